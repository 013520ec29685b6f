"""A few long sequences among short ones: what is computed of them, and of their frames alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads.engine.sources import lstms


def weights(rng: np.random.Generator, n: int, units: int, width: int) -> list[torch.Tensor]:
    shapes = ((n, 4 * units, width), (n, 4 * units, units), (n, 2, units + 1))
    return [torch.as_tensor(rng.normal(size=shape) * 0.5) for shape in shapes]


@pytest.mark.parametrize("lengths", [[3, 9, 1, 9, 4], [5] * 4, [1, 1, 30], [7]])
def test_an_lstm_gives_each_sequence_what_it_gives_it_alone(lengths):
    rng = np.random.default_rng(0)
    parts = [torch.as_tensor(rng.normal(size=(length, 3))) for length in lengths]
    # What stands behind an end must not matter, not even where it is no number.
    frames = torch.full((max(lengths), len(lengths), 3), torch.nan, dtype=torch.float64)
    for i, part in enumerate(parts):
        frames[: len(part), i] = part
    given = weights(rng, 2, 4, 3)
    found = lstms(frames, torch.tensor(lengths), *given)
    assert found.shape == (2, 2, len(lengths))
    for i, part in enumerate(parts):
        alone = lstms(part[:, None], torch.tensor([len(part)]), *given)
        torch.testing.assert_close(found[:, :, i : i + 1], alone)
        every = lstms(part[:, None], None, *given)
        torch.testing.assert_close(every[:, :, -1:], alone)
