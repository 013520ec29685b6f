"""NEAR: search over partial programs, each judged by what a neural completion can reach.

The method is that of Shah et al., "Learning Differentiable Programs with Admissible Neural
Heuristics", NeurIPS 2020. A neural completion is more expressive than the expressions it
stands for, so that its error is taken as a bound of theirs from below. This module trains
and judges partial programs; in which order they are expanded is the matter of
:mod:`.near_orders`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
import torch

from ..engine import Parameters, Schedule, initialize
from ..graph import NEURAL, DerivationGraph, describe
from ..training import DiscreteFit, ForestTrainer
from .cross_fitting import ScoredProgram, cross_fit, fresh_trial
from .derivations import empty_program, path_cost, shallowest_completion
from .ending import SearchResult, choose, interruptible
from .problem import Log, Problem


@dataclass(frozen=True)
class NearOptions:
    """Settings of NEAR, beside those of the problem.

    Parameters
    ----------
    n_epochs : int, default=15
        Greatest number of epochs that neural completions are trained for; fewer where
        the validation score does not rise.
    learning_rate : float, default=0.05
        Step size of that training.
    fit_steps : int, default=100
        Steps of a whole program's training before it is scored on the validation part.
    max_expansions : int or None, default=None
        Greatest number of expansions; None goes on until the search is done or its time
        is over.
    n_scored : int, default=48
        Whole programs that are cross-fitted beside the chosen one, at most; fewer where
        they walk over single frames.
    """

    n_epochs: int = 15
    learning_rate: float = 0.05
    fit_steps: int = 100
    max_expansions: int | None = None
    n_scored: int = 48


@dataclass(frozen=True, eq=False)
class Node:
    """A partial program with what its training showed.

    Parameters
    ----------
    graph : DerivationGraph
        The partial program; a whole program has no hole.
    parameters : Parameters
        Trained values of its productions, without those of the neural completions.
    score : float
        Validation score of the completed program.
    value : float
        Path cost plus 1 - score, the smaller the better: f of the best-first search.
    """

    graph: DerivationGraph
    parameters: Parameters
    score: float
    value: float

    @property
    def is_complete(self) -> bool:
        """Whether the program has no hole."""
        return self.graph.is_discrete


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
    options : NearOptions
        Settings.
    """

    def __init__(self, problem: Problem, log: Log, options: NearOptions) -> None:
        self.problem, self.log, self.options = problem, log, options
        self.rng = np.random.default_rng([problem.seed, 4])
        self.complete: list[Node] = []
        self.n_expansions = 0
        self.n_epochs = 0
        self._training = replace(problem.training, learning_rate=options.learning_rate)

    def root(self) -> Node:
        """The empty program, untrained: it is expanded first in any case."""
        return Node(empty_program(self.problem), Parameters(), score=1.0, value=0.0)

    def must_stop(self) -> bool:
        """Whether the time or the number of expansions is used up."""
        limit = self.options.max_expansions
        return self.log.stopwatch.expired() or (limit is not None and self.n_expansions >= limit)

    def train(self, parent: Node, graphs: list[DerivationGraph]) -> list[Node]:
        """Train some children of a partial program and score them.

        Parameters
        ----------
        parent : Node
            The partial program.
        graphs : list of DerivationGraph
            Its children, at least one.

        Returns
        -------
        children : list of Node
            In the order of the graphs.
        """
        self.n_epochs = 0
        partial = [graph for graph in graphs if graph.has_frontier]
        whole = [graph for graph in graphs if not graph.has_frontier]
        made = {id(node.graph): node for node in self._partial(parent, partial)}
        complete = self._whole(parent, whole)
        made.update({id(node.graph): node for node in complete})
        self.complete = heapq.nsmallest(
            self.options.n_scored + 1, self.complete + complete, key=lambda node: node.value
        )
        self.n_expansions += 1
        return [made[id(graph)] for graph in graphs]

    def report(self, parent: Node, children: list[Node], **values: object) -> None:
        """Add an expansion to the log, with the score of the best whole program so far."""
        if self.complete:
            values["score"] = self.complete[0].score
        self.log.add(
            "expand",
            number=self.n_expansions,
            program=describe(parent.graph),
            f=parent.value,
            path_cost=path_cost(parent.graph),
            n_epochs=self.n_epochs if children else 0,
            n_parts=len(children),
            part_values=[child.value for child in children],
            part_scores=[child.score for child in children],
            **values,
        )

    def _partial(self, parent: Node, graphs: list[DerivationGraph]) -> list[Node]:
        if not graphs:
            return []
        problem = self.problem
        schedule = Schedule(graphs, device=problem.device)
        trainer = ForestTrainer(
            schedule, problem.data, problem.split, self._training, problem.scorer
        )
        trained = trainer.train(
            self._starts(parent, graphs),
            max_epochs=self.options.n_epochs,
            rng=self.rng,
            stop=self.log.stopwatch.expired,
        )
        self.n_epochs = trained.n_epochs
        return self._nodes(graphs, trained.parameters, trained.scores)

    def _whole(self, parent: Node, graphs: list[DerivationGraph]) -> list[Node]:
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
        fitted = fit.run(self._starts(parent, graphs), n_steps=self.options.fit_steps)
        outputs = problem.outputs(schedule, fitted.parameters, problem.split.validation)
        scores = problem.scorer(outputs.flatten(2), targets.take(validation))
        return self._nodes(graphs, fitted.parameters, scores.cpu().numpy())

    def _starts(self, parent: Node, graphs: list[DerivationGraph]) -> list[Parameters]:
        return [initialize(graph, self.problem.seed, parent.parameters) for graph in graphs]

    def _nodes(
        self, graphs: list[DerivationGraph], parameters: list[Parameters], scores: np.ndarray
    ) -> list[Node]:
        nodes = []
        for graph, values, score in zip(graphs, parameters, scores.tolist(), strict=True):
            kept = {place: v for place, v in values.theta.items() if place[1] != NEURAL}
            score = -np.inf if np.isnan(score) else score
            value = self.problem.penalty * path_cost(graph) + (1.0 - score)
            nodes.append(Node(graph, Parameters(kept, values.logits), score, value))
        return nodes


def near_outcome(expander: Expander, chosen: Node | None, last: Node) -> SearchResult:
    """Cross-fit the whole programs that a search met, and fit its choice to all the data.

    Parameters
    ----------
    expander : Expander
        Holds the whole programs.
    chosen : Node or None
        What the search chose. None, where it was stopped before, takes the best whole
        program met; if there is none, ``last`` is completed.
    last : Node
        The partial program that the search was to expand next.

    Returns
    -------
    result : SearchResult
        The chosen program first, then the others in the order of NEAR's own value.
    """
    problem, log = expander.problem, expander.log
    met = sorted(expander.complete, key=lambda node: node.value)
    if chosen is None and expander.must_stop() and not log.stopwatch.expired():
        log.add("limit", n_expansions=expander.n_expansions)
    if chosen is None:
        chosen = met[0] if met else replace(last, graph=shallowest_completion(last.graph))
    others = problem.affordable(
        [node for node in met if node is not chosen],
        lambda node: node.graph,
        expander.options.n_scored,
    )
    scored = _cross_fitted(problem, [chosen], log) or _cross_fitted(problem, [chosen], log)
    if others:
        scored += _cross_fitted(problem, others, log)
    if log.stopwatch.expired():
        log.add("expired")
    return choose(problem, scored, log)


def _cross_fitted(problem: Problem, nodes: list[Node], log: Log) -> list[ScoredProgram]:
    """Score whole programs and keep their order; fewer if the stopwatch expires."""
    place = {id(node.graph): i for i, node in enumerate(nodes)}
    trials = [
        fresh_trial(problem, node.graph, [initialize(node.graph, problem.seed, node.parameters)])
        for node in nodes
    ]
    scored: list[ScoredProgram] = []
    with interruptible(log):
        scored = cross_fit(problem, trials, log, n_steps=problem.fit_steps)
    return sorted(scored, key=lambda program: place[id(program.trial.graph)])
