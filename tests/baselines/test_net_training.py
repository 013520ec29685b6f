"""Losses of an epoch, stopping, and the device to compute on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads.baselines import net_training as _skorch
from sklearn_dpads.baselines.net_training import (
    BatchIterator,
    SequenceDataset,
    TrainingSettings,
    inference_device,
    logits_of,
    train,
)
from sklearn_dpads.baselines.networks import LSTMFrameNet, LSTMNet
from sklearn_dpads.inputs.sequences import check_sequences


def make_dataset(n_samples: int, seed: int = 0) -> SequenceDataset:
    X = np.random.default_rng(seed).normal(size=(n_samples, 5, 2))
    data = check_sequences(X, estimator_name="SomeClassifier")
    return SequenceDataset(data, (X.mean(axis=(1, 2)) > 0).astype(np.int64))


def settings(**changes) -> TrainingSettings:
    defaults = {
        "max_iter": 8,
        "batch_size": 8,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "n_iter_no_change": 100,
        "tol": 0.0,
        "class_weights": None,
        "device": "cpu",
        "verbose": False,
    }
    return TrainingSettings(**(defaults | changes))


def train_net(valid_set, **changes):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return train(LSTMNet(2, 2, 6, 1), make_dataset(40), valid_set, settings(**changes))


def test_best_state_on_the_validation_part_is_kept():
    # The labels to validate on are the opposite of what is learned: the first epoch is best.
    valid_set = make_dataset(20, seed=1)
    valid_set.targets["codes"] = 1 - valid_set.targets["codes"]
    result = train_net(valid_set, learning_rate=0.03)
    best = int(np.argmin(result.valid_losses))
    assert best < len(result.valid_losses) - 1
    logits = result.module(valid_set.frames.double(), valid_set.lengths)
    loss = torch.nn.functional.cross_entropy(logits, valid_set.targets["codes"]).item()
    assert loss == pytest.approx(result.valid_losses[best], rel=1e-4)


def test_training_stops_without_improvement():
    valid_set = make_dataset(20, seed=1)
    valid_set.targets["codes"] = 1 - valid_set.targets["codes"]
    result = train_net(valid_set, learning_rate=0.03, n_iter_no_change=2, max_iter=50)
    assert len(result.valid_losses) == int(np.argmin(result.valid_losses)) + 3


@pytest.mark.parametrize("after", [0, 2])
def test_interruption_keeps_the_best_state(monkeypatch, after):
    passes = iter(range(100))

    class Interrupted(BatchIterator):
        def __iter__(self):
            if self.shuffle and next(passes) == after:
                raise KeyboardInterrupt
            return super().__iter__()

    monkeypatch.setattr(_skorch, "BatchIterator", Interrupted)
    valid_set = make_dataset(20, seed=1)
    if after == 0:
        with pytest.raises(KeyboardInterrupt, match="before the first epoch"):
            train_net(valid_set)
    else:
        assert len(train_net(valid_set).valid_losses) == after


def test_loss_that_is_never_finite():
    valid_set = make_dataset(20, seed=1)
    valid_set.frames = torch.full_like(valid_set.frames, torch.nan)
    with pytest.raises(RuntimeError, match="not finite in any epoch"):
        train_net(valid_set)


@pytest.mark.parametrize("weighted", [False, True])
def test_loss_of_an_epoch_is_the_mean_over_frames_with_a_label(monkeypatch, weighted):
    rng = np.random.default_rng(0)
    data = check_sequences(rng.normal(size=(30, 6, 2)), estimator_name="SomeClassifier")
    codes = rng.integers(0, 2, size=(30, 6))
    codes[:10, 1:] = -1
    weights = rng.random((30, 6)) if weighted else None
    monkeypatch.setattr(_skorch, "_PREDICT_BATCH", 5)  # several batches, with few or many labels
    dataset = SequenceDataset(data, codes, weights)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        net = LSTMFrameNet(2, 2, 4, 1)
        result = train(net, dataset, dataset, settings(max_iter=1))
    logits = logits_of(result.module, data, "cpu")[codes >= 0]
    losses = torch.nn.functional.cross_entropy(
        torch.tensor(logits), torch.tensor(codes[codes >= 0]), reduction="none"
    )
    expected = np.average(losses, weights=None if weights is None else weights[codes >= 0])
    assert result.valid_losses == [pytest.approx(expected, rel=1e-4)]


@pytest.mark.parametrize(
    ("limit", "value", "sizes"),
    [
        ("_PREDICT_BATCH", 3, [3, 3, 3, 1]),
        ("_PREDICT_FRAMES", 24, [4, 4, 2]),
        ("_PREDICT_FRAMES", 1, [1] * 10),
    ],
)
def test_evaluation_does_not_depend_on_the_batch(monkeypatch, limit, value, sizes):
    data = check_sequences(
        np.random.default_rng(0).normal(size=(10, 5, 2)), estimator_name="SomeClassifier"
    )
    net = LSTMNet(2, 3, 6, 1).double().eval()
    whole = logits_of(net, data, "cpu")
    seen = []
    net.register_forward_hook(lambda module, inputs, output: seen.append(len(output)))
    monkeypatch.setattr(_skorch, limit, value)
    np.testing.assert_allclose(logits_of(net, data, "cpu"), whole, rtol=0, atol=1e-12)
    assert seen == sizes


def test_without_a_gpu_prediction_is_on_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.warns(UserWarning, match="predicting on the CPU"):
        assert inference_device("cuda") == "cpu"
    assert inference_device("auto") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert inference_device("cuda") == "cuda"
