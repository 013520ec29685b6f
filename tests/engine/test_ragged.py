"""A few long sequences among short ones: what is computed of them, and of their frames alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads.engine.lstm import lstms


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


@pytest.mark.parametrize("lengths", [[3, 9, 1, 9, 4], [2] * 4, [1], None])
def test_an_lstm_has_the_gradient_that_differences_give(lengths):
    rng = np.random.default_rng(1)
    frames = torch.as_tensor(rng.normal(size=(9 if lengths is None else max(lengths), 5, 3)))
    if lengths is not None:
        frames = frames[:, : len(lengths)]
        lengths = torch.tensor(lengths)
    given = [w.requires_grad_() for w in weights(rng, 2, 3, 3)]
    assert torch.autograd.gradcheck(lambda *of: lstms(frames, lengths, *of), given)


def test_an_lstm_is_that_of_torch():
    rng = np.random.default_rng(2)
    frames = torch.as_tensor(rng.normal(size=(6, 4, 3)))
    inputs, recurrent, output = weights(rng, 1, 5, 3)
    theirs = torch.nn.LSTM(3, 5, bias=False, dtype=torch.float64)
    # Torch has the gates in the order input, forget, cell, output.
    input_, forget, show, new = range(4)
    order = [gate * 5 + i for gate in (input_, forget, new, show) for i in range(5)]
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(inputs[0, order])
        theirs.weight_hh_l0.copy_(recurrent[0, order])
        states, _ = theirs(frames)
    expected = states @ output[0, :, :-1].T + output[0, :, -1]
    found = lstms(frames, None, inputs, recurrent, output)
    torch.testing.assert_close(found[0].T.view(6, 4, 2), expected)
