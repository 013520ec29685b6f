"""Small derivation graphs for tests, and what a graph holds, by brute force."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Input,
    Signature,
    SlideWindowAvg,
    TemporalFilter,
)
from sklearn_dpads.graph import (
    ROOT_EDGE,
    DerivationGraph,
    EdgeKey,
    derivation_graph,
    describe,
    split,
)

from ..small import of_frames

PAPER = Grammar.paper({"a": [0, 1], "b": [2], "all": [0, 1, 2]})
DEFAULT = of_frames(PAPER)
RICH = DEFAULT.with_production(SlideWindowAvg(4, "values"), CenteredWindowAvg(3))
RICH_SUMS = PAPER.with_production(SlideWindowAvg(4, "values"), CenteredWindowAvg(3))
WITH_FILTERS = RICH_SUMS.with_production(TemporalFilter(3), TemporalFilter(5))
TINY = Grammar((SlideWindowAvg(5), Add(), Affine("a", (0,)), Constant(), Input()))
WITH_CHOICE = Grammar((SlideWindowAvg(None), ITE(), Add(), Affine("a", (0,)), Affine("b", (1,))))

SIGNATURES_OF_PROGRAMS = (LIST_TO_ATOM, LIST_TO_LIST)


def space(
    grammar: Grammar = DEFAULT,
    signature: Signature = LIST_TO_ATOM,
    *,
    n_outputs: int = 1,
    depth: int | None = None,
    max_depth: int = 4,
    node_sharing: bool = True,
    n_features: int | None = None,
) -> DerivationGraph:
    return derivation_graph(
        grammar,
        signature,
        n_features=grammar.min_features if n_features is None else n_features,
        n_outputs=n_outputs,
        depth=max_depth if depth is None else depth,
        max_depth=max_depth,
        node_sharing=node_sharing,
    )


def random_program(graph: DerivationGraph, rng: np.random.Generator) -> DerivationGraph:
    """A discrete part of a graph, chosen edge by edge from the root down."""
    while not graph.is_discrete:
        edge = graph.compound_edges()[0]
        label = edge.labels[rng.integers(len(edge.labels))]
        graph = graph.restrict({edge.key: (label,)})
    return graph


def random_part(
    graph: DerivationGraph, rng: np.random.Generator, most: int = 2, deepest: int = 99
) -> DerivationGraph:
    """A part of a graph that keeps up to some random candidates on every edge."""
    kept = {
        key: tuple(rng.permutation(edge.labels)[: rng.integers(1, most + 1)])
        for key, edge in graph.edges.items()
        if edge.target.level <= deepest
    }
    return graph.restrict(kept)


def random_scores(
    graph: DerivationGraph, rng: np.random.Generator
) -> dict[EdgeKey, dict[str, float]]:
    return {
        key: {label: float(rng.standard_normal()) for label in edge.labels}
        for key, edge in graph.edges.items()
    }


def programs_of(graph: DerivationGraph) -> Iterator[tuple[str, int, int, int]]:
    """Every choice of one candidate per place: skeleton, cost, depth, like-rooted pairs.

    The last counts commutative productions whose two arguments are different programs
    that begin with the same production.
    """

    def expand(key: EdgeKey) -> list[tuple[str, int, int, int]]:
        edge = graph.edges[key]
        productions = {p.label: p for p in graph.slots[edge.target].candidates}
        found = []
        for label in edge.labels:
            production = productions[label]
            combined: list[tuple[tuple[str, ...], int, int, int]] = [((), production.cost, 1, 0)]
            for argument, _ in graph.arguments(edge.target, production):
                choices = expand(argument)
                combined = [
                    ((*texts, text), cost + c, max(depth, d + 1), pairs + p)
                    for texts, cost, depth, pairs in combined
                    for text, c, d, p in choices
                ]
            for texts, cost, depth, pairs in combined:
                alike = production.commutative and len({t.split("(")[0] for t in texts}) == 1
                unlike = len(set(texts)) > 1
                arguments = sorted(texts) if production.commutative else texts
                text = f"{label}({', '.join(arguments)})" if texts else label
                found.append((text, cost, depth, pairs + (alike and unlike)))
        return found

    yield from expand(ROOT_EDGE)


def programs_by_splitting(graph: DerivationGraph) -> list[str]:
    """Skeletons that come out when a graph is split until every part is discrete."""
    if graph.is_discrete:
        return [describe(graph)]
    return [text for part in split(graph) for text in programs_by_splitting(part)]


def same_graph(one: DerivationGraph, other: DerivationGraph) -> bool:
    """Whether two graphs have the same parts in the same order."""
    return list(one.slots.items()) == list(other.slots.items()) and list(one.edges.items()) == list(
        other.edges.items()
    )
