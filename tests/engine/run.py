"""Evaluation of forests in tests: random parameters, ragged data, outputs per sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from sklearn_dpads.engine import (
    Packed,
    Parameters,
    Runtime,
    Schedule,
    initialize,
)
from sklearn_dpads.graph import DerivationGraph
from sklearn_dpads.program import Sequences

LENGTHS = (5, 1, 4, 7)


def ragged(seed: int = 0, *, n_features: int = 3, lengths: tuple[int, ...] = LENGTHS) -> Sequences:
    """Random sequences, padded with zeros to the longest."""
    rng = np.random.default_rng(seed)
    frames = rng.standard_normal((len(lengths), max(lengths), n_features))
    for row, length in zip(frames, lengths, strict=True):
        row[length:] = 0.0
    return Sequences(frames, np.array(lengths))


def random_parameters(graph: DerivationGraph, seed: int) -> Parameters:
    """Fresh values with logits, biases and initial accumulators that are not 0."""
    rng = np.random.default_rng(seed)
    parameters = initialize(graph, seed)
    for values in parameters.theta.values():
        for name, value in values.items():
            values[name] = value + 0.3 * rng.standard_normal(value.shape)
    for logits in parameters.logits.values():
        for label in logits:
            logits[label] = float(rng.standard_normal())
    # Outputs see the accumulators that the grammar lets them see.
    return initialize(graph, seed, parameters)


def outputs(
    graphs: list[DerivationGraph],
    parameters: list[Parameters],
    data: Sequences,
    *,
    dtype: torch.dtype = torch.float64,
    **runtime: object,
) -> list[list[np.ndarray]]:
    """Value of every graph on every sequence, without what stands past its end."""
    schedule = Schedule(graphs)
    batch = schedule.streams(data, dtype=dtype).batch()
    with torch.no_grad():
        values = schedule.forward(
            schedule.pack(parameters, dtype=dtype), batch, Runtime(**runtime)
        ).numpy()
    return [list(by_sequence(value, data.lengths, schedule.per_frame)) for value in values]


def by_sequence(value: np.ndarray, lengths: np.ndarray, per_frame: bool) -> Iterator[np.ndarray]:
    """Cut (n_outputs, n_positions) into one value per sequence."""
    if not per_frame:
        yield from value.T
        return
    over_time = value.reshape(len(value), -1, len(lengths))
    for i, length in enumerate(lengths):
        yield over_time[:, :length, i].T


def trainable(packed: Packed) -> dict[str, Tensor]:
    """The packed tensors as leaves of a gradient."""
    return {name: value.clone().requires_grad_() for name, value in packed.tensors().items()}


def assert_same_parameters(one: Parameters, other: Parameters) -> None:
    """Exact equality of all values."""
    assert one.theta.keys() == other.theta.keys()
    assert one.logits == other.logits
    for key, values in one.theta.items():
        assert_same_arrays(values, other.theta[key])


def assert_same_arrays(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(other[name], value)
