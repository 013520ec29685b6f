"""Discrete graphs: one candidate per edge, so one program."""

from __future__ import annotations

from ..grammar import Grammar
from ..program import Expression
from ._keys import ROOT_EDGE, SlotKey
from .graph import DerivationGraph, Edge, Slot


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
    root = SlotKey((), expression.signature, expression.width, 0)
    graph = DerivationGraph(
        grammar,
        n_features,
        expression.width,
        expression.depth,
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
    return DerivationGraph(
        grammar, n_features, expression.width, expression.depth, True, slots, edges
    )
