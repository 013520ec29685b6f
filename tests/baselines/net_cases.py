"""Small classifiers and data for the tests of the networks."""

from __future__ import annotations

import numpy as np

from sklearn_dpads.baselines import (
    CNNClassifier,
    CNNFrameClassifier,
    RNNClassifier,
    RNNFrameClassifier,
)

SEQUENCE_CLASSIFIERS = [RNNClassifier, CNNClassifier]
FRAME_CLASSIFIERS = [RNNFrameClassifier, CNNFrameClassifier]
_NETWORKS = {
    RNNClassifier: {"hidden_size": 8},
    RNNFrameClassifier: {"hidden_size": 8},
    CNNClassifier: {"n_filters": 8, "num_layers": 2, "kernel_size": 3},
    CNNFrameClassifier: {"n_filters": 8, "num_layers": 2, "kernel_size": 3},
}


def small(kind, **changes):
    """Make a classifier that trains in a moment."""
    training = {"max_iter": 15, "learning_rate": 0.02, "random_state": 0}
    return kind(**(_NETWORKS[kind] | training | changes))


def make_peaks(n_samples: int, n_classes: int, seed: int = 0):
    """Draw sequences of unequal length that differ in which feature peaks, at any time."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % n_classes
    X = []
    for label in y:
        sequence = rng.normal(scale=0.2, size=(rng.integers(4, 9), n_classes))
        sequence[rng.integers(len(sequence)), label] += 3.0
        X.append(sequence)
    return X, y


def make_phases(n_samples: int, n_classes: int, seed: int = 0):
    """Draw sequences of unequal length; each frame is labelled by the largest feature."""
    rng = np.random.default_rng(seed)
    X = [rng.normal(size=(rng.integers(5, 10), n_classes)) for _ in range(n_samples)]
    return X, [sequence.argmax(axis=1) for sequence in X]


def pad(X, extra: int = 0):
    """Pad sequences with NaN to a common length, and by more frames."""
    padded = np.full((len(X), max(map(len, X)) + extra, X[0].shape[1]), np.nan)
    for row, sequence in zip(padded, X, strict=True):
        row[: len(sequence)] = sequence
    return padded


def pad_codes(y, extra: int = 0, fill: int = -1):
    """Pad labels to a common length, and by more frames."""
    padded = np.full((len(y), max(map(len, y)) + extra), fill)
    for row, labels in zip(padded, y, strict=True):
        row[: len(labels)] = labels
    return padded


ALL_CLASSIFIERS = SEQUENCE_CLASSIFIERS + FRAME_CLASSIFIERS


def make_data(kind, n_samples: int, n_classes: int, seed: int = 0):
    """Draw sequences of unequal length with the labels that a classifier takes."""
    make = make_phases if kind in FRAME_CLASSIFIERS else make_peaks
    return make(n_samples, n_classes, seed)
