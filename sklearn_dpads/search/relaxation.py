"""The relaxed graph of a problem: trained, pruned, and split until single programs are left."""

from __future__ import annotations

import heapq
import itertools
from itertools import islice
from typing import Protocol

import numpy as np

from ..engine import Parameters, architecture_weights, initialize
from ..graph import (
    DerivationGraph,
    EdgeKey,
    derivation_graph,
    describe,
    discretize,
    keep_top,
    lowest_cost,
    split,
    unfold,
)
from .log import Log, Phase
from .problem import Problem, ValuedGraph


class RelaxationSettings(Protocol):
    """What a search says of the relaxation; see :class:`~.dpads.DPads`."""

    @property
    def d_s(self) -> int: ...
    @property
    def N(self) -> int: ...
    @property
    def node_sharing(self) -> bool: ...
    @property
    def unfolding(self) -> bool: ...
    @property
    def max_iter(self) -> int: ...
    @property
    def prune_iter(self) -> int: ...
    @property
    def split_iter(self) -> int: ...
    @property
    def max_splits(self) -> int: ...
    @property
    def most_edges_logged(self) -> int: ...


class Relaxation:
    """The derivation graph of a problem, brought down to a few candidates per edge.

    Parameters
    ----------
    settings : RelaxationSettings
        Settings of the search.
    problem : Problem
        The problem.
    log : Log
        Record of the search.
    rng : numpy.random.Generator
        Order of the batches.
    start : ValuedGraph or None, default=None
        A graph to begin with, with its values; None takes that of all programs, with fresh ones.
    """

    def __init__(
        self,
        settings: RelaxationSettings,
        problem: Problem,
        log: Log,
        rng: np.random.Generator,
        start: ValuedGraph | None = None,
    ) -> None:
        self.settings, self.problem, self.log, self.rng = settings, problem, log, rng
        self.state = start or _all_programs(settings, problem)

    def run(self) -> ValuedGraph:
        """Unfold to the full depth; give the pruned graph with its parameters."""
        round_number = 1
        while True:
            self._train(self.settings.max_iter, Phase.TRAIN, round_number)
            self._prune(round_number)
            if not self.state.graph.has_frontier or self.log.stopwatch.expired():
                break
            self._adopt(unfold(self.state.graph, self.settings.d_s))
            round_number += 1
        if self.state.graph.has_frontier:
            self._adopt(unfold(self.state.graph, self.problem.max_depth))
        return self.state

    def _prune(self, round_number: int) -> None:
        """Lower the number of candidates per edge one by one, training in between."""
        graph, n_top = self.state.graph, self.settings.N
        widest = max(len(edge.labels) for edge in graph.edges.values())
        for n in _prune_steps(widest, n_top):
            graph = self.state.graph
            scores = edge_scores(graph, self.state.parameters, self.problem.penalty)
            self._adopt(keep_top(graph, scores, n))
            self._train(self.settings.prune_iter, Phase.PRUNE, round_number, n_top=n)

    def _adopt(self, graph: DerivationGraph) -> None:
        """Go on with another graph; what it shares with the old one keeps its values."""
        parameters = initialize(graph, self.problem.seed, self.state.parameters)
        self.state = ValuedGraph(graph, parameters, self.state.score)

    def _train(self, max_epochs: int, phase: Phase, round_number: int, **values: object) -> None:
        graph = self.state.graph
        start = self.state.parameters
        trained = self.log.step(
            phase.value,
            lambda: self.problem.trainer([graph]).train(
                [start],
                max_epochs=max_epochs,
                rng=self.rng,
                stop=self.log.stopwatch.expired,
                pace=self.log.stopwatch.pace(),
            ),
            self.rng,
        )
        # Without a whole epoch there is no score, and the last one stays.
        score = float(trained.scores[0]) if trained.n_epochs else self.state.score
        self.state = ValuedGraph(graph, trained.parameters[0], score)
        if not trained.n_epochs:
            return
        self.log.add(
            phase,
            round=round_number,
            depth=graph.depth,
            n_edges=len(graph.edges),
            n_candidates=sum(len(edge.labels) for edge in graph.edges.values()),
            n_epochs=trained.n_epochs,
            score=self.state.score,
            weights=rounded_weights(self.state, self.settings.most_edges_logged),
            **values,
        )


def _all_programs(settings: RelaxationSettings, problem: Problem) -> ValuedGraph:
    """The graph of all programs, as far as it is unfolded first."""
    max_depth = problem.max_depth
    graph = derivation_graph(
        problem.grammar,
        problem.signature,
        n_features=problem.n_features,
        n_outputs=problem.n_outputs,
        depth=min(settings.d_s, max_depth) if settings.unfolding else max_depth,
        max_depth=max_depth,
        node_sharing=settings.node_sharing,
    )
    return ValuedGraph(graph, initialize(graph, problem.seed))


def _prune_steps(widest: int, n_top: int) -> list[int]:
    """Numbers of candidates to pass through: a fast fall to 4, then one by one."""
    steps = [n for n in (8, 4, 3, 2, 1) if n_top < n < widest]
    return [*steps, n_top] if n_top < widest else []


def rounded_weights(state: ValuedGraph, most: int) -> dict[str, dict[str, float]]:
    """Architecture weights by the text of the edge and the label of the candidate.

    The edges nearest to the root come first, those beyond a number are left out.
    """
    weights = architecture_weights(state.graph, state.parameters)
    return {
        str(key): {label: round(float(weight), 3) for label, weight in of_edge.items()}
        for key, of_edge in islice(weights.items(), most)
    }


class Selection:
    """Search over partitions of a relaxed graph.

    The partition of the best priority is taken from the queue and split at its top-left
    compound edge; its parts are trained from its own weights, as one forest. The search
    ends when a discrete program has the best priority. Discrete programs met on the way,
    and the likeliest program of each partition taken, are kept.

    Parameters
    ----------
    settings : RelaxationSettings
        Settings of the search.
    problem : Problem
        The problem.
    log : Log
        Record of the search.
    rng : numpy.random.Generator
        Order of the batches.
    """

    def __init__(
        self, settings: RelaxationSettings, problem: Problem, log: Log, rng: np.random.Generator
    ) -> None:
        self.settings, self.problem, self.log, self.rng = settings, problem, log, rng
        self.discrete: dict[str, ValuedGraph] = {}
        self._seen: set[str] = set()

    def priority(self, partition: ValuedGraph) -> float:
        """Cost-to-go of a partition; smaller is better."""
        return (1.0 - partition.score) + self.problem.penalty * lowest_cost(partition.graph)

    def run(self, start: ValuedGraph) -> None:
        """Split until a discrete program is dequeued; see :attr:`discrete`."""
        counter = itertools.count()
        queue = [(self.priority(start), next(counter), start)]
        for number in range(self.settings.max_splits):
            if not queue:
                break
            priority, _, best = heapq.heappop(queue)
            self._keep_likeliest(best)
            if best.graph.is_discrete or self.log.stopwatch.expired():
                self.log.add(
                    Phase.DEQUEUE,
                    split=number,
                    priority=priority,
                    score=best.score,
                    program=describe(best.graph),
                )
                break
            parts = self.expand(best)
            for part in parts:
                heapq.heappush(queue, (self.priority(part), next(counter), part))
            self.log.add(
                Phase.SPLIT,
                split=number,
                priority=priority,
                score=best.score,
                n_parts=len(parts),
                n_queued=len(queue),
                n_discrete=len(self.discrete),
                part_scores=[part.score for part in parts],
                part_priorities=[self.priority(part) for part in parts],
            )

    def expand(self, partition: ValuedGraph) -> list[ValuedGraph]:
        """Split a partition and train the parts that were not met before."""
        graphs = []
        for graph in split(partition.graph):
            name = describe(graph)
            if name not in self._seen:
                self._seen.add(name)
                graphs.append(graph)
        if not graphs:
            return []
        starts = [initialize(graph, self.problem.seed, partition.parameters) for graph in graphs]
        trained = self.log.step(
            "split",
            lambda: self.problem.trainer(graphs).train(
                starts,
                max_epochs=self.settings.split_iter,
                rng=self.rng,
                stop=self.log.stopwatch.expired,
                pace=self.log.stopwatch.pace(),
            ),
            self.rng,
        )
        # Without a whole epoch there are no scores, and that of the whole stands for its parts.
        scores = trained.scores.tolist() if trained.n_epochs else [partition.score] * len(graphs)
        parts = [
            ValuedGraph(graph, parameters, score)
            for graph, parameters, score in zip(graphs, trained.parameters, scores, strict=True)
        ]
        for part in parts:
            if part.graph.is_discrete:
                self.discrete[describe(part.graph)] = part
        return parts

    def _keep_likeliest(self, partition: ValuedGraph) -> None:
        program = likeliest(self.problem, partition)
        self.discrete.setdefault(describe(program.graph), program)


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


def likeliest(problem: Problem, state: ValuedGraph) -> ValuedGraph:
    """The program of largest architecture weights, cheap parts where nothing is trained."""
    graph, parameters = state.graph, state.parameters
    graph = discretize(graph, edge_scores(graph, parameters, TIE_BREAK))
    if graph.has_frontier:
        graph = unfold(graph, graph.max_depth)
        parameters = initialize(graph, problem.seed, parameters)
        graph = discretize(graph, edge_scores(graph, parameters, TIE_BREAK))
    return ValuedGraph(graph, initialize(graph, problem.seed, parameters))
