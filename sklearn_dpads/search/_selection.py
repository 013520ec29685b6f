"""Best-first splitting of the relaxed graph until a discrete program comes out."""

from __future__ import annotations

import heapq
import itertools

import numpy as np

from ..engine import initialize
from ..graph import describe, lowest_cost, split
from ._likeliest import likeliest
from .problem import Log, Partition, Problem


class Selection:
    """Search over partitions of a relaxed graph.

    The partition of the best priority is taken from the queue and split at its top-left
    compound edge; its parts are trained from its own weights, as one forest. The search
    ends when a discrete program has the best priority. Discrete programs met on the way,
    and the likeliest program of each partition taken, are kept.

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
        self.discrete: dict[str, Partition] = {}
        self._seen: set[str] = set()

    def priority(self, partition: Partition) -> float:
        """Cost-to-go of a partition; smaller is better."""
        return (1.0 - partition.score) + self.problem.penalty * lowest_cost(partition.graph)

    def run(self, start: Partition) -> None:
        """Split until a discrete program is dequeued; see :attr:`discrete`."""
        counter = itertools.count()
        queue = [(self.priority(start), next(counter), start)]
        for number in range(self.problem.options.max_splits):
            if not queue:
                break
            priority, _, best = heapq.heappop(queue)
            self._keep_likeliest(best)
            if best.graph.is_discrete or self.log.stopwatch.expired():
                self.log.add(
                    "dequeue",
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
                "split",
                split=number,
                priority=priority,
                score=best.score,
                n_parts=len(parts),
                n_queued=len(queue),
                n_discrete=len(self.discrete),
                part_scores=[part.score for part in parts],
                part_priorities=[self.priority(part) for part in parts],
            )

    def expand(self, partition: Partition) -> list[Partition]:
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
                max_epochs=self.problem.options.split_epochs,
                rng=self.rng,
                stop=self.log.stopwatch.expired,
            ),
            self.rng,
        )
        parts = [
            Partition(graph, parameters, float(score))
            for graph, parameters, score in zip(
                graphs, trained.parameters, trained.scores, strict=True
            )
        ]
        for part in parts:
            if part.graph.is_discrete:
                self.discrete[describe(part.graph)] = part
        return parts

    def _keep_likeliest(self, partition: Partition) -> None:
        program = likeliest(self.problem, partition)
        self.discrete.setdefault(describe(program.graph), program)
