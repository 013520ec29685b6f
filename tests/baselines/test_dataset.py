"""Batches cover the data, are cut to the longest sequence, and carry scaled weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sklearn_dpads.baselines.net_training import BatchIterator, SequenceDataset
from sklearn_dpads.inputs.sequences import check_sequences


def make_dataset(n_samples: int) -> SequenceDataset:
    X = np.random.default_rng(0).normal(size=(n_samples, 5, 2))
    data = check_sequences(X, estimator_name="SomeClassifier")
    return SequenceDataset(data, np.arange(n_samples) % 2)


@pytest.mark.parametrize(
    ("n_samples", "sizes"), [(16, [8, 8]), (17, [9, 8]), (20, [10, 10]), (21, [7, 7, 7]), (3, [3])]
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_cover_the_data_without_small_tails(n_samples, sizes, shuffle):
    dataset = make_dataset(n_samples)
    batches = list(BatchIterator(dataset, batch_size=8, shuffle=shuffle))
    assert [len(targets["codes"]) for _, targets in batches] == sizes
    frames = torch.cat([inputs["frames"] for inputs, _ in batches])
    assert sorted(frames[:, 0, 0].tolist()) == sorted(dataset.frames[:, 0, 0].tolist())


def test_order_changes_with_every_pass():
    iterator = BatchIterator(make_dataset(40), batch_size=40, shuffle=True)
    first, second = (next(iter(iterator))[0]["frames"] for _ in range(2))
    assert not torch.equal(first, second)


def test_what_belongs_together_stays_together():
    X = [np.full((length, 1), float(length)) for length in (4, 2, 3, 1)]
    data = check_sequences(X, estimator_name="SomeClassifier")
    codes = np.where(data.mask(), data.lengths[:, None], -1)
    dataset = SequenceDataset(data, codes, weights=codes.astype(float))
    inputs, targets = dataset[torch.tensor([2, 1])]
    assert inputs["lengths"].tolist() == [3, 2]
    assert inputs["frames"][:, :, 0].tolist() == [[3.0, 3.0, 3.0], [2.0, 2.0, 0.0]]
    assert targets["codes"].tolist() == [[3, 3, 3], [2, 2, -1]]
    assert targets["weights"].shape == (2, 3)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_weights_have_mean_one_over_the_labels(unit):
    data = check_sequences(np.zeros((3, 2, 1)), estimator_name="SomeClassifier")
    codes = np.array([[0, 1], [1, -1], [0, 0]])
    weights = unit * np.array([[1.0, 2.0], [3.0, 99.0], [4.0, 5.0]])
    scaled = SequenceDataset(data, codes, weights).targets["weights"].numpy()
    assert_allclose(scaled[codes >= 0], np.array([1.0, 2.0, 3.0, 4.0, 5.0]) / 3.0, rtol=1e-6)
