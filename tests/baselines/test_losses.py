"""The loss is the mean over labels, weighted, and what has no label adds nothing."""

from __future__ import annotations

import pytest
import torch

from sklearn_dpads.baselines.net_training import CrossEntropy, WeightedCrossEntropy

CLASS_WEIGHTS = torch.tensor([1.0, 3.0, 0.5])


@pytest.fixture
def logits():
    return torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def codes():
    codes = torch.randint(0, 3, (4, 5), generator=torch.Generator().manual_seed(1))
    codes[0, 3:] = codes[2, 1:] = -1
    return codes


def by_hand(logits, codes, weights, class_weights):
    terms, total = [], 0.0
    for row, code, weight in zip(
        logits.reshape(-1, 3), codes.flatten(), weights.flatten(), strict=True
    ):
        if code >= 0:
            terms.append(-row.log_softmax(0)[code] * class_weights[code] * weight)
            total += class_weights[code]
    return torch.stack(terms).sum() / total


@pytest.mark.parametrize("class_weights", [None, CLASS_WEIGHTS])
def test_mean_over_frames_with_a_label(logits, codes, class_weights):
    loss = CrossEntropy(class_weights)(logits, {"codes": codes})
    weights = torch.ones(3) if class_weights is None else class_weights
    torch.testing.assert_close(loss, by_hand(logits, codes, torch.ones(codes.shape), weights))


@pytest.mark.parametrize("class_weights", [None, CLASS_WEIGHTS])
def test_weighted_mean(logits, codes, class_weights):
    weights = torch.rand(4, 5, generator=torch.Generator().manual_seed(2))
    expected = by_hand(
        logits, codes, weights, torch.ones(3) if class_weights is None else class_weights
    )
    weights[codes < 0] = torch.nan
    targets = {"codes": codes, "weights": weights}
    torch.testing.assert_close(WeightedCrossEntropy(class_weights)(logits, targets), expected)


def test_one_label_per_sequence(logits, codes):
    loss = CrossEntropy()(logits[:, 0], {"codes": codes[:, 0]})
    torch.testing.assert_close(loss, torch.nn.functional.cross_entropy(logits[:, 0], codes[:, 0]))


@pytest.mark.parametrize("criterion", [CrossEntropy, WeightedCrossEntropy])
def test_what_has_no_label_has_no_gradient(logits, codes, criterion):
    logits.requires_grad_()
    criterion()(logits, {"codes": codes, "weights": torch.full((4, 5), 2.0)}).backward()
    assert (logits.grad[codes < 0] == 0).all()
    assert (logits.grad[codes >= 0] != 0).all()
