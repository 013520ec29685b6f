"""What a search does to a derivation graph: unfold, prune, split, make discrete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .graph import DerivationGraph
from .slots import ROOT_EDGE, Edge, EdgeKey

Scores = Mapping[EdgeKey, Mapping[str, float]]


def unfold(graph: DerivationGraph, levels: int) -> DerivationGraph:
    """Replace neural completions by productions, some levels further down.

    Parameters
    ----------
    graph : DerivationGraph
        A graph with a frontier.
    levels : int
        Number of levels to add; not past the graph's ``max_depth``.

    Returns
    -------
    graph : DerivationGraph
        Keys of slots and edges that held productions before are unchanged.
    """
    return graph.replace_candidates(min(graph.depth + levels, graph.max_depth))


def keep_top(graph: DerivationGraph, scores: Scores, n: int) -> DerivationGraph:
    """Keep the n best candidates of each edge; a node keeps the union over its edges.

    Parameters
    ----------
    graph : DerivationGraph
        The graph to prune.
    scores : dict of EdgeKey to dict of str to float
        Score of each live candidate; greater is better. Ties keep the grammar's order.
    n : int
        Candidates kept per edge.
    """
    kept: dict[EdgeKey, tuple[str, ...]] = {}
    for key, edge in graph.edges.items():
        ranked = sorted(edge.labels, key=scores[key].__getitem__, reverse=True)
        kept[key] = tuple(ranked[:n])
    return graph.restrict(kept)


def split(graph: DerivationGraph) -> list[DerivationGraph]:
    """Split at the top-left compound edge: one graph per candidate of that edge.

    Where the edge and its right neighbour are the two arguments of a commutative
    production, what an earlier part has on the left is taken off the right of the later
    parts, so that a pair of different productions is met once. This needs both sides to
    hold the same below the two productions: else an earlier part would lack the twin.

    Returns
    -------
    parts : list of DerivationGraph
        In the order of the edge's candidates; the graph alone if it is discrete.
    """
    compound = graph.compound_edges()
    if not compound:
        return [graph]
    edge = compound[0]
    twin = _twin(graph, edge)
    alike = _alike(graph, edge, twin) if twin is not None else set()
    parts = []
    for i, label in enumerate(edge.labels):
        kept: dict[EdgeKey, tuple[str, ...]] = {edge.key: (label,)}
        if twin is not None and label in alike:
            met = alike & set(edge.labels[:i])
            kept[twin.key] = tuple(name for name in twin.labels if name not in met)
        parts.append(graph.restrict(kept))
    return parts


def split_all(graph: DerivationGraph) -> Iterator[DerivationGraph]:
    """Every program of a graph without a frontier, one at a time, twins once.

    Yields
    ------
    program : DerivationGraph
        Discrete graphs, in the order of the candidates.
    """
    # Twins whose arguments begin with the same production come out of a split both.
    met: set[str] = set()
    pending = [graph]
    while pending:
        part = pending.pop()
        if not part.is_discrete:
            pending.extend(reversed(split(part)))
        elif (text := describe(part)) not in met:
            met.add(text)
            yield part


def discretize(graph: DerivationGraph, scores: Scores) -> DerivationGraph:
    """Keep the best candidate of every edge, from the root down."""
    return keep_top(graph, scores, 1)


def describe(graph: DerivationGraph) -> str:
    """Text of a graph: candidates joined by ``|``, equal for commutative twins."""
    return _Description(graph).of_edge(ROOT_EDGE)


def lowest_cost(graph: DerivationGraph) -> int:
    """Structural cost of the cheapest program that a graph holds."""
    best: dict[EdgeKey, int] = {}
    for key, edge in reversed(list(graph.edges.items())):
        productions = {p.label: p for p in graph.slots[edge.target].candidates}
        costs = [1]
        if productions:
            costs = [
                productions[label].cost
                + sum(best[k] for k, _ in graph.arguments(edge.target, productions[label]))
                for label in edge.labels
            ]
        best[key] = min(costs)
    return best[ROOT_EDGE]


def _twin(graph: DerivationGraph, edge: Edge) -> Edge | None:
    """Second argument of a commutative production whose first argument the edge is."""
    parent = edge.key.parent
    if parent is None or edge.key.argument != 0:
        return None
    siblings = [p for p in graph.slots[parent].candidates if p.label == edge.key.label]
    if not siblings[0].commutative:
        return None
    return graph.edges[EdgeKey(parent, edge.key.label, 1)]


def _alike(graph: DerivationGraph, edge: Edge, twin: Edge) -> set[str]:
    """Candidates that two edges share with all that stands below."""
    description = _Description(graph)
    return {
        label
        for label in set(edge.labels) & set(twin.labels)
        if description.of_candidate(edge, label) == description.of_candidate(twin, label)
    }


class _Description:
    """Texts of the parts of a graph, equal for commutative twins."""

    def __init__(self, graph: DerivationGraph) -> None:
        self._graph = graph
        self._productions = {
            (key, production.label): production
            for key, slot in graph.slots.items()
            for production in slot.candidates
        }
        self._texts: dict[EdgeKey, str] = {}

    def of_edge(self, key: EdgeKey) -> str:
        if key not in self._texts:
            edge = self._graph.edges[key]
            self._texts[key] = "|".join(self.of_candidate(edge, label) for label in edge.labels)
        return self._texts[key]

    def of_candidate(self, edge: Edge, label: str) -> str:
        production = self._productions.get((edge.target, label))
        if production is None or production.is_terminal:
            return label
        arguments = self._graph.arguments(edge.target, production)
        parts = [self.of_edge(key) for key, _ in arguments]
        if production.commutative:
            parts.sort()
        return f"{label}({', '.join(parts)})"
