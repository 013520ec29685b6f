"""The children of NEAR's partial programs, each judged by what a neural completion can reach.

A neural completion is more expressive than the expressions it stands for, so that its error is
taken as a bound of theirs from below. In which order programs are expanded is the matter of
:mod:`.near`.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch

from ..engine import Parameters, Schedule, initialize
from ..graph import NEURAL, DerivationGraph, describe
from ..training import DiscreteFit
from .cross_fitting import cross_fit
from .derivations import empty_program, path_cost, shallowest_completion
from .ending import SearchResult, choose, interruptible
from .log import Log, Phase
from .problem import Problem, RandomStream, ValuedGraph
from .trials import JudgedProgram, fresh_trial


class ExpansionSettings(Protocol):
    """What NEAR says of the training of children, and of how many there may be."""

    @property
    def max_iter(self) -> int: ...
    @property
    def fit_steps(self) -> int: ...
    @property
    def max_expansions(self) -> int | None: ...
    @property
    def n_scored(self) -> int: ...


class Expander:
    """Trains and judges the children of partial programs, and keeps the whole ones.

    The children of one expansion are trained side by side: those with holes as one forest
    with neural completions, drawn anew, and relaxed conditions; whole programs as one
    forest with hard conditions, as they are when they are used. All begin with the
    parent's values of the productions they share.

    Parameters
    ----------
    problem : Problem
        The problem; the parameters see the training part of its split, the scores are
        those of the validation part.
    log : Log
        Record of the search.
    settings : ExpansionSettings
        Settings.
    """

    def __init__(self, problem: Problem, log: Log, settings: ExpansionSettings) -> None:
        self.problem, self.log, self.settings = problem, log, settings
        self.rng = problem.rng(RandomStream.NEAR)
        self.complete: list[ValuedGraph] = []
        self.n_expansions = 0
        self.n_epochs = 0

    def root(self) -> ValuedGraph:
        """The empty program, untrained: it is expanded first in any case."""
        return ValuedGraph(empty_program(self.problem), Parameters(), score=1.0, priority=0.0)

    def must_stop(self) -> bool:
        """Whether the time or the number of expansions is used up."""
        limit = self.settings.max_expansions
        return self.log.stopwatch.expired() or (limit is not None and self.n_expansions >= limit)

    def train(self, parent: ValuedGraph, graphs: list[DerivationGraph]) -> list[ValuedGraph]:
        """Train some children of a partial program and score them.

        Parameters
        ----------
        parent : ValuedGraph
            The partial program.
        graphs : list of DerivationGraph
            Its children, at least one.

        Returns
        -------
        children : list of ValuedGraph
            In the order of the graphs.
        """
        children, self.n_epochs = self.log.step(
            "expand", lambda: self._children(parent, graphs), self.rng
        )
        complete = [node for node in children if not node.graph.has_frontier]
        self.complete = heapq.nsmallest(
            self.settings.n_scored + 1, self.complete + complete, key=lambda node: node.priority
        )
        self.n_expansions += 1
        return children

    def report(self, parent: ValuedGraph, children: list[ValuedGraph], **values: object) -> None:
        """Add an expansion to the log, with the score of the best whole program so far."""
        if self.complete:
            values["score"] = self.complete[0].score
        self.log.add(
            Phase.EXPAND,
            number=self.n_expansions,
            program=describe(parent.graph),
            f=parent.priority,
            path_cost=path_cost(parent.graph),
            n_epochs=self.n_epochs if children else 0,
            n_parts=len(children),
            part_values=[child.priority for child in children],
            part_scores=[child.score for child in children],
            **values,
        )

    def _children(
        self, parent: ValuedGraph, graphs: list[DerivationGraph]
    ) -> tuple[list[ValuedGraph], int]:
        """Train the children; give them, and the epochs that those with completions took."""
        partial = [graph for graph in graphs if graph.has_frontier]
        whole = [graph for graph in graphs if not graph.has_frontier]
        relaxed, n_epochs = self._partial(parent, partial)
        of_kind = {True: iter(relaxed), False: iter(self._whole(parent, whole))}
        return [next(of_kind[graph.has_frontier]) for graph in graphs], n_epochs

    def _partial(
        self, parent: ValuedGraph, graphs: list[DerivationGraph]
    ) -> tuple[list[ValuedGraph], int]:
        if not graphs:
            return [], 0
        problem = self.problem
        trained = problem.trainer(graphs).train(
            self._starts(parent, graphs),
            max_epochs=self.settings.max_iter,
            rng=self.rng,
            stop=self.log.stopwatch.expired,
            pace=self.log.stopwatch.pace(),
        )
        return self._nodes(graphs, trained.parameters, trained.scores), trained.n_epochs

    def _whole(self, parent: ValuedGraph, graphs: list[DerivationGraph]) -> list[ValuedGraph]:
        if not graphs:
            return []
        problem, targets = self.problem, self.problem.data.targets
        validation = torch.as_tensor(problem.split.validation, device=targets.codes.device)
        weights = targets.weights.index_fill(-1, validation, 0.0)
        schedule = Schedule(graphs, device=problem.device)
        fit = DiscreteFit(
            schedule,
            problem.data,
            problem.training,
            self.rng,
            weights.expand(len(graphs), *weights.shape),
        )
        fitted = fit.run(
            self._starts(parent, graphs),
            n_steps=self.settings.fit_steps,
            pace=self.log.stopwatch.pace(),
        )
        outputs = problem.outputs(schedule, fitted.parameters, problem.split.validation)
        scores = problem.scorer(outputs.flatten(2), targets.take(validation))
        return self._nodes(graphs, fitted.parameters, scores.cpu().numpy())

    def _starts(self, parent: ValuedGraph, graphs: list[DerivationGraph]) -> list[Parameters]:
        return [initialize(graph, self.problem.seed, parent.parameters) for graph in graphs]

    def _nodes(
        self, graphs: list[DerivationGraph], parameters: list[Parameters], scores: np.ndarray
    ) -> list[ValuedGraph]:
        nodes = []
        for graph, values, score in zip(graphs, parameters, scores.tolist(), strict=True):
            kept = {place: v for place, v in values.theta.items() if place[1] != NEURAL}
            score = -np.inf if np.isnan(score) else score
            value = self.problem.penalty * path_cost(graph) + (1.0 - score)
            nodes.append(ValuedGraph(graph, Parameters(kept, values.logits), score, value))
        return nodes


def near_outcome(expander: Expander, chosen: ValuedGraph | None, last: ValuedGraph) -> SearchResult:
    """Cross-fit the whole programs that a search met, and fit its choice to all the data.

    Parameters
    ----------
    expander : Expander
        Holds the whole programs.
    chosen : ValuedGraph or None
        What the search chose. None, where it was stopped before, takes the best whole
        program met; if there is none, ``last`` is completed.
    last : ValuedGraph
        The partial program that the search was to expand next.

    Returns
    -------
    result : SearchResult
        The chosen program first, then the others in the order of NEAR's own value.
    """
    problem, log = expander.problem, expander.log
    met = sorted(expander.complete, key=lambda node: node.priority)
    if chosen is None and expander.must_stop() and not log.stopwatch.expired():
        log.add(Phase.LIMIT, n_expansions=expander.n_expansions)
    if chosen is None:
        chosen = met[0] if met else replace(last, graph=shallowest_completion(last.graph))
    others = problem.affordable(
        [node for node in met if node is not chosen],
        lambda node: node.graph,
        expander.settings.n_scored,
    )
    scored = _cross_fitted(problem, [chosen], log) or _cross_fitted(problem, [chosen], log)
    if others and not log.stopwatch.is_late():
        scored += _cross_fitted(problem, others, log)
    if log.stopwatch.expired():
        log.add(Phase.EXPIRED)
    return choose(problem, scored, log)


def _cross_fitted(problem: Problem, nodes: list[ValuedGraph], log: Log) -> list[JudgedProgram]:
    """Score whole programs and keep their order; fewer if the stopwatch expires."""
    trials = [
        fresh_trial(problem, node.graph, [initialize(node.graph, problem.seed, node.parameters)])
        for node in nodes
    ]
    scored: list[JudgedProgram] = []
    with interruptible(log):
        scored = cross_fit(problem, trials, log)
    return scored
