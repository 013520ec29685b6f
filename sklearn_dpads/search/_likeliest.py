"""The programs that the architecture weights favour."""

from __future__ import annotations

from ..engine import Parameters, architecture_weights, initialize
from ..graph import (
    DerivationGraph,
    EdgeKey,
    discretize,
    unfold,
)
from .problem import Partition, Problem

# Weights that were never trained are equal, and the cheaper candidate is taken.
TIE_BREAK = 1e-6


def edge_scores(
    graph: DerivationGraph, parameters: Parameters, price: float
) -> dict[EdgeKey, dict[str, float]]:
    """Give each edge's candidates their architecture weight less the price of their cost."""
    costs = {(key, p.label): p.cost for key, slot in graph.slots.items() for p in slot.candidates}
    return {
        key: {
            label: weight - price * costs.get((graph.edges[key].target, label), 0)
            for label, weight in of.items()
        }
        for key, of in architecture_weights(graph, parameters).items()
    }


def likeliest(problem: Problem, state: Partition) -> Partition:
    """The program of largest architecture weights, cheap parts where nothing is trained."""
    graph, parameters = state.graph, state.parameters
    graph = discretize(graph, edge_scores(graph, parameters, TIE_BREAK))
    if graph.has_frontier:
        graph = unfold(graph, graph.max_depth)
        parameters = initialize(graph, problem.seed, parameters)
        graph = discretize(graph, edge_scores(graph, parameters, TIE_BREAK))
    return Partition(graph, initialize(graph, problem.seed, parameters))
