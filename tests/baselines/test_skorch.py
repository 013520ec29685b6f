"""Batches, stopping, and the device to compute on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sklearn_dpads._validation import check_sequences
from sklearn_dpads.baselines import _skorch
from sklearn_dpads.baselines._nets import LSTMNet
from sklearn_dpads.baselines._skorch import (
    BatchIterator,
    SequenceDataset,
    TrainingSettings,
    evaluate,
    inference_device,
    train,
)


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


@pytest.mark.parametrize(
    ("n_samples", "sizes"), [(16, [8, 8]), (17, [9, 8]), (20, [10, 10]), (21, [7, 7, 7]), (3, [3])]
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_cover_the_data_without_small_tails(n_samples, sizes, shuffle):
    dataset = make_dataset(n_samples)
    batches = list(BatchIterator(dataset, batch_size=8, shuffle=shuffle))
    assert [len(codes) for _, codes in batches] == sizes
    frames = torch.cat([inputs["frames"] for inputs, _ in batches])
    assert sorted(frames[:, 0, 0].tolist()) == sorted(dataset.frames[:, 0, 0].tolist())


def test_order_changes_with_every_pass():
    iterator = BatchIterator(make_dataset(40), batch_size=40, shuffle=True)
    first, second = (next(iter(iterator))[0]["frames"] for _ in range(2))
    assert not torch.equal(first, second)


def train_net(valid_set, **changes):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return train(LSTMNet(2, 2, 6, 1), make_dataset(40), valid_set, settings(**changes))


def test_best_state_on_the_validation_part_is_kept():
    # The labels to validate on are the opposite of what is learned: the first epoch is best.
    valid_set = make_dataset(20, seed=1)
    valid_set.codes = 1 - valid_set.codes
    result = train_net(valid_set, learning_rate=0.03)
    best = int(np.argmin(result.valid_losses))
    assert best < len(result.valid_losses) - 1
    logits = result.module(valid_set.frames.double(), valid_set.lengths)
    loss = torch.nn.functional.cross_entropy(logits, valid_set.codes).item()
    assert loss == pytest.approx(result.valid_losses[best], rel=1e-4)


def test_training_stops_without_improvement():
    valid_set = make_dataset(20, seed=1)
    valid_set.codes = 1 - valid_set.codes
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


def test_evaluation_does_not_depend_on_the_batch(monkeypatch):
    data = check_sequences(
        np.random.default_rng(0).normal(size=(10, 5, 2)), estimator_name="SomeClassifier"
    )
    net = LSTMNet(2, 3, 6, 1).double().eval()
    whole = evaluate(net, data, "cpu")
    monkeypatch.setattr(_skorch, "_PREDICT_BATCH", 3)
    np.testing.assert_allclose(evaluate(net, data, "cpu"), whole, rtol=0, atol=1e-12)


def test_without_a_gpu_prediction_is_on_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.warns(UserWarning, match="predicting on the CPU"):
        assert inference_device("cuda") == "cpu"
    assert inference_device("auto") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert inference_device("cuda") == "cuda"
