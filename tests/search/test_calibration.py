"""The temperature at which outputs are judged."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads.search import Judging
from sklearn_dpads.search import output_scores as _output_scores
from sklearn_dpads.training import cross_entropies, make_targets


def calibrated(outputs, targets):
    return _output_scores.calibrated(outputs, targets, Judging())


def draw(n_classes, n=6000, factor=1.0, seed=0):
    """Log-odds times a factor, and labels that have them."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.standard_normal((1 if n_classes == 2 else n_classes, n))
    rows = np.stack([np.zeros(n), logits[0]]) if n_classes == 2 else logits
    shares = np.exp(rows) / np.exp(rows).sum(0)
    codes = (rng.random(n) > shares.cumsum(0)[:-1]).sum(0)
    targets = make_targets(codes, n_classes, np.ones(n), torch.float32, "cpu")
    return torch.as_tensor(factor * logits, dtype=torch.float32)[None], targets


def mean_loss(outputs, targets):
    return cross_entropies(outputs, targets).mean(-1)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("factor", [1.0, 3.0, 10.0])
def test_outputs_too_sure_of_themselves_are_brought_back(n_classes, factor):
    honest, _ = draw(n_classes)
    outputs, targets = draw(n_classes, factor=factor)
    scaled = calibrated(outputs, targets)
    ratio = (scaled / honest).flatten()
    assert torch.allclose(ratio, ratio[0])
    assert ratio[0].item() == pytest.approx(1.0, rel=0.2)
    assert mean_loss(scaled, targets) <= mean_loss(outputs, targets) + 1e-6


def test_every_program_has_a_factor_of_its_own_and_none_above_one():
    (a, targets), (b, _) = draw(3, factor=0.3), draw(3, factor=5.0)
    both = calibrated(torch.cat([a, b]), targets)
    assert torch.equal(both[:1], a)
    torch.testing.assert_close(both[1:], calibrated(b, targets))


def test_outputs_that_tell_nothing_are_judged_as_ignorance():
    _, targets = draw(2)
    noise = 50 * torch.randn(1, 1, 6000, generator=torch.Generator().manual_seed(1))
    scaled = calibrated(noise, targets)
    torch.testing.assert_close(scaled, Judging.coldest * noise)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_values_that_are_not_finite_leave_the_other_programs_alone(value):
    outputs, targets = draw(3, factor=4.0)
    broken = outputs.clone()
    broken[0, 0, 5] = value
    both = calibrated(torch.cat([broken, outputs]), targets)
    torch.testing.assert_close(both[1:], calibrated(outputs, targets))
    assert not both[0, 0, 5].isfinite()


def test_labels_of_no_weight_have_no_say():
    outputs, _ = draw(2, factor=3.0)
    codes = (outputs[0, 0] > 0).long().numpy()
    weights = np.ones(6000)
    weights[:3000], codes[:3000] = 0.0, 1 - codes[:3000]
    targets = make_targets(codes, 2, weights, torch.float32, "cpu")
    torch.testing.assert_close(calibrated(outputs, targets), outputs)
