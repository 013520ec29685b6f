"""The dPads search as a whole: relax, prune, split, choose, fit."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from itertools import islice

import numpy as np

from ..engine import (
    Parameters,
    architecture_weights,
    from_expression,
    initialize,
    to_expression,
)
from ..graph import (
    DerivationGraph,
    EdgeKey,
    derivation_graph,
    describe,
    discrete_graph,
    discretize,
    keep_top,
    lowest_cost,
    split,
    unfold,
)
from ..program import Expression
from .cross_fitting import (
    ScoredProgram,
    Trial,
    cross_fit,
    fresh_trial,
)
from .drafts import Drafter, canonical
from .ending import (
    SearchResult,
    choose,
    interruptible,
    rank,
)
from .local_search import Refinement
from .problem import Log, Partition, Problem

FEW = 24


def search(problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
    """Run the seven steps of Cui and Zhu (2021) on a problem.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
    programs met so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem.
    log : Log
        Record of the search.
    initial : sequence of Expression, default=()
        Programs of the grammar, with parameters, to score beside those the search finds.

    Returns
    -------
    result : SearchResult
    """
    rng = np.random.default_rng([problem.seed, 0])
    relaxation = Relaxation(problem, log, rng)
    selection = Selection(problem, log, rng)
    with interruptible(log):
        selection.run(relaxation.run())
    found = [_partition(problem, expression) for expression in initial]
    found += sorted(selection.discrete.values(), key=lambda partition: -partition.score)
    if not found or log.stopwatch.expired():
        found.append(likeliest(problem, relaxation.state))
    pool = _trials(problem, found)
    if log.stopwatch.expired():
        # What a search cut short has found may be worse than the simplest programs.
        simple = [draft.trial() for draft in Drafter(problem, rng).shallowest()]
        pool = problem.affordable(pool + simple, lambda trial: trial.graph, FEW)
    n_steps = problem.fit_steps
    scored: list[ScoredProgram] = []
    with interruptible(log):
        scored = cross_fit(problem, pool, log, n_steps=n_steps)
    scored = rank(problem, scored or cross_fit(problem, pool, log, n_steps=n_steps))
    refinement = Refinement(problem, log, rng)
    with interruptible(log):
        refinement.run(scored)
    if log.stopwatch.expired():
        log.add("expired")
    return choose(problem, refinement.programs or scored, log)


def _trials(problem: Problem, found: list[Partition]) -> list[Trial]:
    """Programs to score, each once; the values they were found with serve the final fit."""
    shapes: dict[str, Partition] = {}
    for partition in (_in_canonical_form(problem, partition) for partition in found):
        shapes.setdefault(describe(partition.graph), partition)
    trials = [
        fresh_trial(problem, partition.graph, [partition.parameters])
        for partition in shapes.values()
    ]
    return problem.affordable(trials, lambda trial: trial.graph, problem.options.n_screened)


def _in_canonical_form(problem: Problem, partition: Partition) -> Partition:
    expression = to_expression(partition.graph, partition.parameters)
    form = canonical(expression, problem.grammar)
    return partition if form is expression else _partition(problem, form)


def _partition(problem: Problem, expression: Expression) -> Partition:
    graph = discrete_graph(expression, problem.grammar, problem.n_features)
    return Partition(graph, from_expression(graph, expression))


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
