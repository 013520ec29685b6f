"""Labels that are drawn are of all sequences, however many of them there are."""

from __future__ import annotations

import pytest
import torch

from sklearn_dpads.training import Targets, few_labelled


def targets(n_timesteps: int, n_samples: int) -> Targets:
    shape = (n_timesteps, n_samples)
    return Targets(torch.zeros(shape, dtype=torch.int64), torch.ones(shape), 2)


@pytest.mark.parametrize(
    ("n_timesteps", "n_samples"), [(4000, 4), (4000, 5), (4001, 4), (20000, 2)]
)
def test_each_recording_has_its_share(n_timesteps, n_samples):
    found = few_labelled(targets(n_timesteps, n_samples), 4000)
    assert len(set(found.tolist())) == 4000
    counts = torch.bincount(found % n_samples)
    assert (counts - 4000 // n_samples).abs().max() <= 1
    # And all along each recording.
    times = found[found % n_samples == 0] // n_samples
    assert torch.bincount(times * 10 // n_timesteps).min() > 4000 // n_samples // 10 - 3


def test_what_has_no_label_or_weight_is_not_drawn():
    of = targets(100, 3)
    of.codes[:, 0], of.weights[50:] = -1, 0.0
    everything = few_labelled(of, 1000)
    assert len(everything) == 100
    found = few_labelled(of, 10)
    assert len(found) == 10
    assert set(found.tolist()) < set(everything.tolist())
    assert found.tolist() == sorted(found.tolist())


def test_one_label_per_sequence():
    of = Targets(torch.zeros(50, dtype=torch.int64), torch.ones(50), 2)
    assert few_labelled(of, 50).tolist() == list(range(50))
    assert len(few_labelled(of, 7)) == 7
