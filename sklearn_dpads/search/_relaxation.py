"""Training of the relaxed space of programs: unfold, train, prune, round by round."""

from __future__ import annotations

from itertools import islice

import numpy as np

from ..engine import architecture_weights, initialize
from ..graph import (
    DerivationGraph,
    derivation_graph,
    keep_top,
    unfold,
)
from ._likeliest import edge_scores
from .problem import Log, Partition, Problem

# Without node sharing there may be very many.
MOST_EDGES_LOGGED = 400


class Relaxation:
    """The derivation graph of a problem, brought down to a few candidates per edge.

    Parameters
    ----------
    problem : Problem
        The problem.
    log : Log
        Record of the search.
    rng : numpy.random.Generator
        Order of the batches.
    """

    def __init__(self, problem: Problem, log: Log, rng: np.random.Generator) -> None:
        self.problem, self.log, self.rng = problem, log, rng
        options = problem.options
        graph = derivation_graph(
            problem.grammar,
            problem.signature,
            n_features=problem.n_features,
            n_outputs=problem.n_outputs,
            depth=min(options.d_s, options.max_depth) if options.unfolding else options.max_depth,
            max_depth=options.max_depth,
            node_sharing=options.node_sharing,
        )
        self.state = Partition(graph, initialize(graph, problem.seed))

    def run(self) -> Partition:
        """Unfold to the full depth; give the pruned graph with its parameters."""
        round_number = 1
        while True:
            self._train(self.problem.options.max_epochs, "train", round_number)
            self._prune(round_number)
            if not self.state.graph.has_frontier or self.log.stopwatch.expired():
                break
            self._adopt(unfold(self.state.graph, self.problem.options.d_s))
            round_number += 1
        if self.state.graph.has_frontier:
            self._adopt(unfold(self.state.graph, self.problem.options.max_depth))
        return self.state

    def _prune(self, round_number: int) -> None:
        """Lower the number of candidates per edge one by one, training in between."""
        graph, n_top = self.state.graph, self.problem.options.n_top
        widest = max(len(edge.labels) for edge in graph.edges.values())
        for n in _prune_steps(widest, n_top):
            graph = self.state.graph
            scores = edge_scores(graph, self.state.parameters, self.problem.penalty)
            self._adopt(keep_top(graph, scores, n))
            self._train(self.problem.options.prune_epochs, "prune", round_number, n_top=n)

    def _adopt(self, graph: DerivationGraph) -> None:
        """Go on with another graph; what it shares with the old one keeps its values."""
        parameters = initialize(graph, self.problem.seed, self.state.parameters)
        self.state = Partition(graph, parameters, self.state.score)

    def _train(self, max_epochs: int, phase: str, round_number: int, **values: object) -> None:
        graph = self.state.graph
        start = self.state.parameters
        trained = self.log.step(
            phase,
            lambda: self.problem.trainer([graph]).train(
                [start], max_epochs=max_epochs, rng=self.rng, stop=self.log.stopwatch.expired
            ),
            self.rng,
        )
        self.state = Partition(graph, trained.parameters[0], float(trained.scores[0]))
        self.log.add(
            phase,
            round=round_number,
            depth=graph.depth,
            n_edges=len(graph.edges),
            n_candidates=sum(len(edge.labels) for edge in graph.edges.values()),
            n_epochs=trained.n_epochs,
            score=self.state.score,
            weights=rounded_weights(self.state),
            **values,
        )


def _prune_steps(widest: int, n_top: int) -> list[int]:
    """Numbers of candidates to pass through: a fast fall to 4, then one by one."""
    steps = [n for n in (8, 4, 3, 2, 1) if n_top < n < widest]
    return [*steps, n_top] if n_top < widest else []


def rounded_weights(state: Partition) -> dict[str, dict[str, float]]:
    """Architecture weights by the text of the edge and the label of the candidate.

    The edges nearest to the root come first, those beyond a number are left out.
    """
    weights = architecture_weights(state.graph, state.parameters)
    return {
        str(key): {label: round(float(weight), 3) for label, weight in of_edge.items()}
        for key, of_edge in islice(weights.items(), MOST_EDGES_LOGGED)
    }
