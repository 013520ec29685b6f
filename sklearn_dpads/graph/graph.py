"""The derivation graph: the whole space of programs of a grammar, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..grammar import (
    UNREACHABLE,
    Grammar,
    Production,
    Signature,
)
from ..program import Expression
from .slots import NEURAL, ROOT_EDGE, Edge, EdgeKey, Slot, SlotKey

Live = Callable[[EdgeKey, SlotKey], tuple[str, ...] | None]


@dataclass(frozen=True, eq=False)
class DerivationGraph:
    """All programs derivable up to a depth, with shared places named once.

    Graphs are immutable: unfolding, pruning and splitting give new ones in which
    everything that stays keeps its key.

    Parameters
    ----------
    grammar : Grammar
        The productions.
    n_features, n_outputs : int
        Length of a frame and of the output vector.
    max_depth : int
        Greatest depth of a program.
    node_sharing : bool
        Whether the i-th arguments of all candidates of a node share one child node.
    slots : dict of SlotKey to Slot
        The reachable slots, parents before children.
    edges : dict of EdgeKey to Edge
        The reachable edges, in depth and then left-to-right order.
    """

    grammar: Grammar
    n_features: int
    n_outputs: int
    max_depth: int
    node_sharing: bool
    slots: Mapping[SlotKey, Slot]
    edges: Mapping[EdgeKey, Edge]

    @property
    def root(self) -> SlotKey:
        """The slot that the root edge enters."""
        return self.edges[ROOT_EDGE].target

    @property
    def signature(self) -> Signature:
        """Signature of the programs."""
        return self.root.signature

    @cached_property
    def is_discrete(self) -> bool:
        """Whether every edge has one candidate and none is a neural completion."""
        return not self.has_frontier and all(len(e.labels) == 1 for e in self.edges.values())

    @cached_property
    def has_frontier(self) -> bool:
        """Whether neural completions stand in for places not unfolded yet."""
        return any(slot.is_neural for slot in self.slots.values())

    @property
    def depth(self) -> int:
        """Greatest level of a slot that holds productions."""
        return max(s.key.level for s in self.slots.values() if not s.is_neural)

    def arguments(self, slot: SlotKey, production: Production) -> Iterator[tuple[EdgeKey, SlotKey]]:
        """Edges of a candidate, with the slots they lead to."""
        for i, place in enumerate(production.arguments):
            step = i if self.node_sharing else (production.label, i)
            target = SlotKey(
                path=(*slot.path, step),
                signature=place.signature,
                width=1 if place.condition else slot.width,
                accumulator=production.accumulator_shown(slot.width, slot.accumulator),
            )
            yield EdgeKey(slot, production.label, i), target

    def compound_edges(self) -> list[Edge]:
        """Edges with more than one candidate, in depth and then left-to-right order."""
        return [edge for edge in self.edges.values() if len(edge.labels) > 1]

    def restrict(self, labels: Mapping[EdgeKey, tuple[str, ...]]) -> DerivationGraph:
        """Keep only the named candidates on the named edges, and what stays reachable.

        Parameters
        ----------
        labels : dict of EdgeKey to tuple of str
            Live candidates per edge; edges not named keep theirs.

        Returns
        -------
        graph : DerivationGraph
        """

        def live(edge: Edge) -> tuple[str, ...]:
            if edge.key not in labels:
                return edge.labels
            # An edge may have a thousand of them.
            wanted = set(labels[edge.key])
            return tuple(label for label in edge.labels if label in wanted)

        return assemble(self, lambda key, _target: live(self.edges[key]), depth=0)

    def replace_candidates(self, depth: int) -> DerivationGraph:
        """Unfold neural completions down to a depth; see :func:`unfold`."""

        def live(key: EdgeKey, _target: SlotKey) -> tuple[str, ...] | None:
            edge = self.edges.get(key)
            return None if edge is None or edge.labels == (NEURAL,) else edge.labels

        return assemble(self, live, depth)


def derivation_graph(
    grammar: Grammar,
    signature: Signature,
    *,
    n_features: int,
    n_outputs: int,
    depth: int,
    max_depth: int,
    node_sharing: bool = True,
) -> DerivationGraph:
    """Build the derivation graph of a grammar, unfolded to a depth.

    Parameters
    ----------
    grammar : Grammar
        The productions.
    signature : Signature
        Signature of the programs: list->atom or list->list.
    n_features, n_outputs : int
        Length of a frame and of the output vector.
    depth : int
        Levels that hold productions; below them stand neural completions.
    max_depth : int
        Greatest depth of a program. Candidates that can't finish within it are left out.
    node_sharing : bool, default=True
        Whether the i-th arguments of all candidates of a node share one child node.

    Returns
    -------
    graph : DerivationGraph

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within ``max_depth``.

    Examples
    --------
    >>> from sklearn_dpads.grammar import Grammar, LIST_TO_ATOM
    >>> from sklearn_dpads.graph import derivation_graph
    >>> graph = derivation_graph(
    ...     Grammar.paper(2), LIST_TO_ATOM, n_features=2, n_outputs=1, depth=2, max_depth=2
    ... )
    >>> [production.label for production in graph.slots[graph.root].candidates]
    ['Fold', 'SlideWindowAvg[5]', 'SlideWindowAvg[10]', 'SlideWindowAvg[all]',
     'SlideWindowAvg[all,values]']
    """
    shallowest = grammar.min_depth(signature, width=n_outputs, n_features=n_features)
    if shallowest > max_depth:
        detail = (
            "no program of any depth"
            if shallowest >= UNREACHABLE
            else f"none shallower than depth {shallowest}"
        )
        raise ValueError(
            f"The grammar can't derive a program {signature} with {n_outputs} output(s) within "
            f"max_depth={max_depth}: it derives {detail}. Add productions or raise max_depth."
        )
    root = SlotKey((), signature, n_outputs, 0)
    seed = DerivationGraph(
        grammar,
        n_features,
        n_outputs,
        max_depth,
        node_sharing,
        slots={},
        edges={ROOT_EDGE: Edge(ROOT_EDGE, root, ())},
    )
    return assemble(seed, lambda _key, _target: None, depth)


def assemble(graph: DerivationGraph, live: Live, depth: int) -> DerivationGraph:
    """Walk from the root, level by level, and keep what is reached.

    ``live(edge key, target)`` gives the labels an edge keeps, or None for all that the
    grammar allows there.
    """
    slots: dict[SlotKey, Slot] = {}
    edges: dict[EdgeKey, Edge] = {}
    entering: list[tuple[EdgeKey, SlotKey]] = [(ROOT_EDGE, graph.root)]
    while entering:
        allowed = {target: _allowed(graph, target, depth) for _, target in entering}
        kept: dict[SlotKey, set[str]] = {target: set() for _, target in entering}
        for key, target in entering:
            slot = Slot(target, allowed[target])
            wanted = live(key, target)
            names = slot.labels
            if wanted is not None:
                kept_here = set(wanted)
                names = tuple(name for name in names if name in kept_here)
            edges[key] = Edge(key, target, names)
            kept[target].update(edges[key].labels)
        following: list[tuple[EdgeKey, SlotKey]] = []
        for target in sorted(kept, key=_order):
            candidates = tuple(p for p in allowed[target] if p.label in kept[target])
            slots[target] = Slot(target, candidates)
            for production in candidates:
                following.extend(graph.arguments(target, production))
        entering = sorted(following, key=lambda pair: _order(pair[1]))
    return DerivationGraph(
        graph.grammar,
        graph.n_features,
        graph.n_outputs,
        graph.max_depth,
        graph.node_sharing,
        slots,
        edges,
    )


def _allowed(graph: DerivationGraph, key: SlotKey, depth: int) -> tuple[Production, ...]:
    known = graph.slots.get(key)
    if known is not None and not known.is_neural:
        return known.candidates
    if key.level > depth:
        return ()
    return graph.grammar.candidates(
        key.signature,
        width=key.width,
        n_features=graph.n_features,
        depth=graph.max_depth - key.level + 1,
    )


def _order(key: SlotKey) -> tuple[int, tuple[str, ...], str, int, int]:
    path = tuple(str(step) for step in key.path)
    return (key.level, path, str(key.signature), key.width, key.accumulator)


def discrete_graph(expression: Expression, grammar: Grammar, n_features: int) -> DerivationGraph:
    """Build the derivation graph that holds one expression and nothing else.

    Parameters
    ----------
    expression : Expression
        The program's tree.
    grammar : Grammar
        Grammar that the graph belongs to.
    n_features : int
        Length of a frame.

    Returns
    -------
    graph : DerivationGraph
        With node sharing; its edges have one candidate each.
    """
    n_levels = 1 + max(len(path) for path, _ in expression.walk())
    root = SlotKey((), expression.signature, expression.width, 0)
    graph = DerivationGraph(
        grammar,
        n_features,
        expression.width,
        n_levels,
        node_sharing=True,
        slots={},
        edges={},
    )
    slots: dict[SlotKey, Slot] = {}
    edges = {ROOT_EDGE: Edge(ROOT_EDGE, root, (expression.production.label,))}
    level = [(root, expression)]
    while level:
        following = []
        for key, node in level:
            slots[key] = Slot(key, (node.production,))
            arguments = graph.arguments(key, node.production)
            for (edge, target), arg in zip(arguments, node.args, strict=True):
                edges[edge] = Edge(edge, target, (arg.production.label,))
                following.append((target, arg))
        level = following
    return DerivationGraph(grammar, n_features, expression.width, n_levels, True, slots, edges)
