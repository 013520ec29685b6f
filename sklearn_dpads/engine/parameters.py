"""Parameters of a derivation graph under the stable names of its parts."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..grammar import Kind, Production
from ..graph import (
    NEURAL,
    DerivationGraph,
    EdgeKey,
    SlotKey,
)
from ..program import Expression

Array = NDArray[np.float64]
ThetaKey = tuple[SlotKey, str]


@dataclass
class Parameters:
    """Values of a graph's parameters, apart from any schedule that packs them.

    Parameters
    ----------
    theta : dict of (SlotKey, label) to dict of str to ndarray
        Parameters of the productions and of the neural completions.
    logits : dict of EdgeKey to dict of str to float
        Architecture weights before the softmax, by candidate label.
    """

    theta: dict[ThetaKey, dict[str, Array]] = field(default_factory=dict)
    logits: dict[EdgeKey, dict[str, float]] = field(default_factory=dict)


def hidden_units(level: int) -> int:
    """Units of a neural completion: 16 at depth 1, halved per level, at least 4."""
    return max(4, 16 >> (level - 1))


def initialize(graph: DerivationGraph, seed: int, known: Parameters | None = None) -> Parameters:
    """Give every part of a graph a value: the known one, or a fresh one.

    Fresh values depend on the seed and the part's own name alone, never on the order in
    which parts are met or on what else the graph holds.

    Parameters
    ----------
    graph : DerivationGraph
        The graph.
    seed : int
        Seed of the fresh values.
    known : Parameters or None, default=None
        Values to carry over, from before a prune, unfold or split.

    Returns
    -------
    parameters : Parameters
        Exactly the graph's own parts; the arrays are copies.
    """
    known = known or Parameters()
    fresh = Parameters()
    for key, slot in graph.slots.items():
        for label, shapes, fan_in, ranges in _shapes(graph, key, slot.candidates):
            if (key, label) in known.theta:
                old = known.theta[key, label]
                fresh.theta[key, label] = {name: np.array(v) for name, v in old.items()}
            elif shapes:
                fresh.theta[key, label] = _draw(key, label, shapes, fan_in, ranges, seed)
            values = fresh.theta.get((key, label), {})
            if label != NEURAL and "recurrent" in values:
                seen = seen_accumulators(graph, key) > 0
                values["recurrent"] = np.where(seen, values["recurrent"], 0.0)
    for edge in graph.edges.values():
        old_logits = known.logits.get(edge.key, {})
        fresh.logits[edge.key] = {label: old_logits.get(label, 0.0) for label in edge.labels}
    return fresh


def seen_accumulators(graph: DerivationGraph, key: SlotKey) -> Array:
    """Tell which parts of the accumulator each output of a place sees: its own, or all of them.

    Returns
    -------
    seen : ndarray of shape (width, accumulator)
        1 for those that are seen, else 0.
    """
    recurrent = (p for p in graph.grammar.productions if p.recurrent)
    if key.width != key.accumulator or any(getattr(p, "mixed", True) for p in recurrent):
        return np.ones((key.width, key.accumulator))
    return np.eye(key.width)


def architecture_weights(
    graph: DerivationGraph, parameters: Parameters
) -> dict[EdgeKey, dict[str, float]]:
    """Softmax of the logits over the live candidates of each edge."""
    weights = {}
    for key, edge in graph.edges.items():
        logits = np.array([parameters.logits[key][label] for label in edge.labels])
        exponentials = np.exp(logits - logits.max())
        weights[key] = dict(zip(edge.labels, exponentials / exponentials.sum(), strict=True))
    return weights


def to_expression(graph: DerivationGraph, parameters: Parameters) -> Expression:
    """Read the one program of a discrete graph off its parameters.

    Raises
    ------
    ValueError
        If the graph is not discrete.
    """
    if not graph.is_discrete:
        raise ValueError("Only a graph with one candidate per edge is a program; split it first.")

    def build(key: SlotKey) -> Expression:
        (production,) = graph.slots[key].candidates
        args = tuple(build(target) for _, target in graph.arguments(key, production))
        params: Mapping[str, Array] = parameters.theta.get((key, production.label), {})
        return Expression(production, key.width, key.accumulator, args, params)

    return build(graph.root)


def from_expression(graph: DerivationGraph, expression: Expression) -> Parameters:
    """Give a discrete graph the parameters of an expression of the same shape."""
    return initialize(graph, 0, _values_below(graph, graph.root, expression))


def beside_relaxed(graph: DerivationGraph, whole: Expression, seed: int) -> Parameters:
    """Give a graph that :func:`~.graph.with_relaxed_summand` builds the values of its program.

    Parameters
    ----------
    graph : DerivationGraph
        The graph, or one that is left of it after pruning.
    whole : Expression
        The program, with its parameters.
    seed : int
        Seed of the values of all else.
    """
    (add,) = graph.slots[graph.root].candidates
    _, first = next(graph.arguments(graph.root, add))
    return initialize(graph, seed, _values_below(graph, first, whole))


def _values_below(graph: DerivationGraph, below: SlotKey, expression: Expression) -> Parameters:
    """Give what stands below a slot, one program, the parameters of an expression of its shape."""
    parameters = Parameters()

    def visit(key: SlotKey, node: Expression) -> None:
        (production,) = graph.slots[key].candidates
        if node.params:
            parameters.theta[key, production.label] = dict(node.params)
        for (_, target), arg in zip(graph.arguments(key, production), node.args, strict=True):
            visit(target, arg)

    visit(below, expression)
    return parameters


_Ranges = Mapping[str, tuple[float, float]]


def _shapes(
    graph: DerivationGraph, key: SlotKey, candidates: tuple[Production, ...]
) -> Iterator[tuple[str, dict[str, tuple[int, ...]], int, _Ranges]]:
    if not candidates:
        yield NEURAL, *_neural_shapes(graph, key), {}
    for production in candidates:
        fan_in = len(getattr(production, "features", ())) + key.accumulator
        shapes = production.parameter_shapes(key.width, key.accumulator)
        yield production.label, shapes, fan_in, production.parameter_ranges


def _neural_shapes(graph: DerivationGraph, key: SlotKey) -> tuple[dict[str, tuple[int, ...]], int]:
    h, d = hidden_units(key.level), graph.n_features
    shapes: dict[str, tuple[int, ...]]
    if key.signature.input is Kind.ATOM:
        n_inputs = d + 1 + key.accumulator
        shapes = {"hidden": (h, n_inputs), "output": (key.width, h + 1)}
        return shapes, n_inputs
    shapes = {"input": (4 * h, d + 1), "recurrent": (4 * h, h), "output": (key.width, h + 1)}
    return shapes, d + 1


def _draw(
    key: SlotKey,
    label: str,
    shapes: Mapping[str, tuple[int, ...]],
    fan_in: int,
    ranges: _Ranges,
    seed: int,
) -> dict[str, Array]:
    rng = np.random.default_rng([seed, zlib.crc32(f"{key}|{label}".encode())])
    values: dict[str, Array] = {}
    for name, shape in shapes.items():
        if name in ranges:
            values[name] = rng.uniform(*ranges[name], shape)
        elif name in ("bias", "initial"):
            values[name] = np.zeros(shape)
        elif name == "recurrent" and label.startswith("Affine"):
            # A leaky accumulator to begin with: it remembers and can't explode.
            values[name] = 0.5 * np.eye(shape[0], shape[1]) + 0.05 * rng.standard_normal(shape)
        else:
            units = shape[-1] if label == NEURAL else max(fan_in, 1)
            values[name] = rng.standard_normal(shape) / np.sqrt(units)
    return values
