"""Partial programs: derivations with holes, which are filled one production at a time.

A partial program is a derivation graph with one candidate per edge whose holes are neural
slots. They stand wherever the derivation stopped, not on one level as those of an unfolded
graph do; the engine evaluates both alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..grammar import Production
from ..graph import (
    NEURAL,
    ROOT_EDGE,
    DerivationGraph,
    Edge,
    EdgeKey,
    Slot,
    SlotKey,
    derivation_graph,
)
from .problem import Problem

ProductionAt = Callable[[SlotKey], Production | None]


def empty_program(problem: Problem) -> DerivationGraph:
    """The partial program that is one hole.

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within the depth.
    """
    return derivation_graph(
        problem.grammar,
        problem.signature,
        n_features=problem.n_features,
        n_outputs=problem.n_outputs,
        depth=0,
        max_depth=problem.options.max_depth,
    )


def derive(graph: DerivationGraph, production_at: ProductionAt) -> DerivationGraph:
    """Build the partial program that has given productions in its places.

    Parameters
    ----------
    graph : DerivationGraph
        A graph with node sharing, whose root and sizes are taken.
    production_at : callable
        Gives the production in a place, or None for a hole. Asked from the root down.
    """
    slots: dict[SlotKey, Slot] = {}
    edges: dict[EdgeKey, Edge] = {}
    entering = [(ROOT_EDGE, graph.root)]
    while entering:
        following: list[tuple[EdgeKey, SlotKey]] = []
        for key, target in entering:
            production = production_at(target)
            slots[target] = Slot(target, () if production is None else (production,))
            edges[key] = Edge(key, target, slots[target].labels)
            if production is not None:
                following.extend(graph.arguments(target, production))
        entering = following
    return replace(graph, slots=slots, edges=edges)


def top_left_hole(graph: DerivationGraph) -> SlotKey | None:
    """The first hole in depth and then left-to-right order; None in a whole program."""
    return next((e.target for e in graph.edges.values() if e.labels == (NEURAL,)), None)


def fill(graph: DerivationGraph, hole: SlotKey, production: Production) -> DerivationGraph:
    """Put a production into a hole; its arguments become holes."""

    def production_at(key: SlotKey) -> Production | None:
        if key == hole:
            return production
        known = graph.slots.get(key)
        return known.candidates[0] if known is not None and known.candidates else None

    return derive(graph, production_at)


def expansions(graph: DerivationGraph, max_depth: int) -> list[DerivationGraph]:
    """Fill the top-left hole with every production that can still finish within a depth.

    Parameters
    ----------
    graph : DerivationGraph
        A partial program.
    max_depth : int
        Greatest depth of the whole programs.

    Returns
    -------
    children : list of DerivationGraph
        In the order of the grammar; none for a whole program.
    """
    hole = top_left_hole(graph)
    if hole is None:
        return []
    return [fill(graph, hole, p) for p in _fitting(graph, hole, max_depth - hole.level + 1)]


def path_cost(graph: DerivationGraph) -> int:
    """Structural cost of the productions of a partial program; holes are free."""
    return sum(p.cost for slot in graph.slots.values() for p in slot.candidates)


def shallowest_completion(graph: DerivationGraph) -> DerivationGraph:
    """Fill every hole so that the depth is least, with the cheaper production among equals."""
    while (hole := top_left_hole(graph)) is not None:
        choices: tuple[Production, ...] = ()
        depth = 0
        while not choices:
            depth += 1
            choices = _fitting(graph, hole, depth)
        graph = fill(graph, hole, min(choices, key=lambda p: p.cost))
    return graph


def _fitting(graph: DerivationGraph, hole: SlotKey, depth: int) -> tuple[Production, ...]:
    return graph.grammar.candidates(
        hole.signature, width=hole.width, n_features=graph.n_features, depth=depth
    )
