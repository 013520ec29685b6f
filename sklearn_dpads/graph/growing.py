"""Graphs of a whole program beside a relaxed one: what a sum may still take."""

from __future__ import annotations

from ..grammar import Add, Grammar
from ..program import Expression
from .graph import DerivationGraph, assemble
from .slots import ROOT_EDGE, Edge, EdgeKey, SlotKey


def with_relaxed_summand(
    whole: Expression, grammar: Grammar, n_features: int, depth: int
) -> DerivationGraph | None:
    """Build the graph of ``Add(whole, …)``, whose second argument holds all programs up to a depth.

    Parameters
    ----------
    whole : Expression
        A program of the grammar, without its parameters here.
    grammar : Grammar
        Grammar of both.
    n_features : int
        Length of a frame.
    depth : int
        Greatest depth of the summand.

    Returns
    -------
    graph : DerivationGraph or None
        With node sharing, and without a frontier. None where the grammar has no sums of the
        program's signature, or no summand of the depth.
    """
    signature, width = whole.signature, whole.width
    add = Add(signature)
    summands = grammar.candidates(signature, width=width, n_features=n_features, depth=depth)
    if add not in grammar.productions or not summands:
        return None
    nodes = dict(whole.walk())

    def live(_key: EdgeKey, target: SlotKey) -> tuple[str, ...]:
        place = tuple(step for step in target.path if isinstance(step, int))
        if not place:
            return (add.label,)
        if place[0] == 0:
            return (nodes[place[1:]].production.label,)
        fitting = grammar.candidates(
            target.signature,
            width=target.width,
            n_features=n_features,
            depth=depth - len(place) + 1,
        )
        return tuple(production.label for production in fitting)

    n_levels = 2 + max(depth - 1, *(len(place) for place in nodes))
    root = SlotKey((), signature, width, 0)
    empty = DerivationGraph(
        grammar,
        n_features,
        width,
        n_levels,
        node_sharing=True,
        slots={},
        edges={ROOT_EDGE: Edge(ROOT_EDGE, root, ())},
    )
    return assemble(empty, live, n_levels)
