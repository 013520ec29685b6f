"""Labels of sequences and of frames as places among classes that are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frame_labels import equals_label, read_frame_labels
from .labels import sequence_labels
from .sequences import Sequences


def sequence_codes(y: Any, classes: Sequence[Any], n_samples: int) -> NDArray[np.int64]:
    """Give the place of each sequence's label among the classes; -1 where it is masked.

    Raises
    ------
    ValueError
        If `y` is no label per sequence, or holds one that is no class.
    """
    if np.shape(y) != (n_samples,):
        raise ValueError(
            f"y must hold one label per sequence, shape ({n_samples},); got shape {np.shape(y)}."
        )
    labels, given = sequence_labels(y)
    found = _codes(labels, classes)
    if (found < 0).any():
        raise ValueError(
            f"y holds {labels[found < 0].tolist()[0]!r}, but the classes are {list(classes)}. "
            "Leave sequences of others out."
        )
    codes = np.full(n_samples, -1)
    codes[given] = found
    return codes


def frame_codes(y: Any, classes: Sequence[Any], data: Sequences) -> NDArray[np.int64]:
    """Give the place of each frame's label among the classes; -1 where it has none of them.

    Raises
    ------
    ValueError
        If `y` holds no row of labels per sequence, a row is too short, or no label is a class.
    """
    labels = read_frame_labels(y, "y")
    if len(labels.values) != data.n_samples:
        raise ValueError(
            f"X and y must have the same length: X holds {data.n_samples} sequences, y "
            f"{len(labels.values)} rows of labels."
        )
    n_timesteps = min(data.n_timesteps, labels.values.shape[1])
    codes = np.full((data.n_samples, data.n_timesteps), -1)
    found = np.where(labels.present, _codes(labels.values, classes), -1)
    codes[:, :n_timesteps] = found[:, :n_timesteps]
    codes[~data.mask()] = -1
    if (codes < 0).all():
        raise ValueError(f"No frame has a label among the classes, which are {list(classes)}.")
    return codes


def _codes(values: NDArray[Any], classes: Sequence[Any]) -> NDArray[np.int64]:
    codes = np.full(values.shape, -1)
    if values.dtype.kind == "U" and len({isinstance(label, str) for label in classes}) == 2:
        # An array of text and numbers holds text alone.
        classes = [str(label) for label in classes]
    for code, label in enumerate(classes):
        codes[equals_label(values, label)] = code
    return codes
