"""NEAR: its settings, and the orders in which it expands partial programs.

The method is that of Shah et al., "Learning Differentiable Programs with Admissible Neural
Heuristics", NeurIPS 2020: best first (A*), or depth first with a bound (IDS-BB).
"""

from __future__ import annotations

import itertools
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..graph import describe
from ..inputs.settings import integer, one_of, within
from ..program import Expression
from ..training import Training
from .base import Search
from .derivations import expansions, path_cost
from .ending import SearchResult, interruptible
from .log import Log, Phase
from .near_expansion import Expander, near_outcome
from .problem import Problem, ValuedGraph


@dataclass(kw_only=True, repr=False, eq=False)
class NEAR(Search):
    """NEAR: search over partial programs that neural networks complete (Shah et al. 2020).

    With the order "astar" the partial program of least value is expanded first, until a whole
    program is the best. If no neural completion does worse than the best program that it
    stands for, the program found is the best there is on the validation part, structural cost
    included. With "ids-bb" all programs up to a depth are gone through, pass after pass, from
    the shallowest that the grammar derives to ``max_depth``; children in the order of their
    value. A partial program is cut off where its value is not below that of the best whole
    program met in this pass or before. What an earlier pass has trained is used again.

    Parameters
    ----------
    order : {"astar", "ids-bb"}, default="astar"
        The order in which partial programs are expanded.
    max_iter : int, default=15
        Greatest number of epochs that neural completions are trained for; fewer where
        the validation score does not rise.
    max_expansions : int or None, default=None
        Greatest number of expansions; None goes on until the search is done or its time
        is over.
    frontier_capacity : int or None, default=None
        Greatest number of programs that wait for expansion in the order "astar"; the worst
        are forgotten. None keeps all.
    n_scored : int, default=48
        Whole programs that are cross-fitted beside the chosen one, at most; fewer where
        they walk over single frames.
    **settings
        Those of :class:`~.base.Search`. `fit_steps` is also the number of steps of a whole
        program's training before it is scored on the validation part.
    """

    title: ClassVar[str] = "NEAR"

    order: str = one_of("astar", "ids-bb")
    max_iter: int = integer(15)
    max_expansions: int | None = integer(None)
    frontier_capacity: int | None = integer(None)
    n_scored: int = integer(48)
    # Networks need larger steps than programs. With 3000 frames a step, or in too few of them, a
    # completion ends worse than the programs it stands for, and misleads the search: on
    # basketball IDS-BB fell from 0.901 to 0.745 (benchmarks/run.py). The bounds of an epoch and of
    # scores are above what the sets of doc/measurements.rst have: with fewer it was not measured.
    training: Training = within(
        Training,
        learning_rate_init=0.05,
        frames_per_step=8000,
        steps_per_epoch=20,
        steps_per_frame_epoch=4,
        scored_positions=100_000,
        fewest_batches=10,
    )

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Search; no program is begun with.

        A KeyboardInterrupt ends the search as an expired stopwatch does: the best whole program
        met so far is chosen and fitted. A second one is passed on.

        Parameters
        ----------
        problem : Problem
            The problem.
        log : Log
            Record of the search: an event ``"expand"`` per expansion that trains something,
            ``"deepen"`` at the end of a pass of IDS-BB, ``"dequeue"`` for the chosen program,
            ``"limit"`` if the number of expansions ends the search.
        initial : sequence of Expression
            Without effect.

        Returns
        -------
        result : SearchResult
            The program chosen, then the other whole programs that were met, in the order of
            their value.

        Raises
        ------
        ValueError
            If the grammar derives no program of the signature within ``max_depth``.
        """
        expander = Expander(problem, log, self)
        walk: _AStar | _BranchAndBound
        if self.order == "astar":
            walk = _AStar(expander, self.frontier_capacity)
        else:
            walk = _BranchAndBound(expander)
        with interruptible(log):
            walk.run()
        return near_outcome(expander, walk.chosen, walk.last)


class Frontier:
    """Nodes in the order of their value, and of their arrival where it is equal.

    Parameters
    ----------
    capacity : int or None
        Greatest number of nodes; None sets no bound.
    """

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity
        self._arrivals = itertools.count()
        self._nodes: list[tuple[float, int, ValuedGraph]] = []

    def __len__(self) -> int:
        return len(self._nodes)

    def push(self, node: ValuedGraph) -> None:
        """Add a node; if there are too many, forget the worst."""
        insort(self._nodes, (node.priority, next(self._arrivals), node))
        if self.capacity is not None:
            del self._nodes[self.capacity :]

    def pop(self) -> ValuedGraph:
        """Take out the node of least value."""
        return self._nodes.pop(0)[2]


class _AStar:
    def __init__(self, expander: Expander, capacity: int | None) -> None:
        self.expander = expander
        self.last = expander.root()
        self.chosen: ValuedGraph | None = None
        self._frontier = Frontier(capacity)
        self._seen: set[str] = set()

    def run(self) -> None:
        """Expand the best partial program until a whole program is the best."""
        self._frontier.push(self.last)
        while self._frontier:
            self.last = self._frontier.pop()
            if self.last.is_complete:
                self.chosen = self.last
                self._report_choice()
                return
            if self.expander.must_stop():
                return
            self._expand(self.last)

    def _expand(self, node: ValuedGraph) -> None:
        max_depth = self.expander.problem.max_depth
        # Commutative twins hold the same programs: what stands for one stands for both.
        fresh = {describe(graph): graph for graph in expansions(node.graph, max_depth)}
        fresh = {name: graph for name, graph in fresh.items() if name not in self._seen}
        self._seen.update(fresh)
        children = self.expander.train(node, list(fresh.values())) if fresh else []
        for child in children:
            self._frontier.push(child)
        self.expander.report(node, children, n_queued=len(self._frontier))

    def _report_choice(self) -> None:
        self.expander.log.add(
            Phase.DEQUEUE,
            program=describe(self.last.graph),
            score=self.last.score,
            f=self.last.priority,
            path_cost=path_cost(self.last.graph),
            n_expansions=self.expander.n_expansions,
            n_queued=len(self._frontier),
        )


class _BranchAndBound:
    def __init__(self, expander: Expander) -> None:
        self.expander = expander
        self.best: ValuedGraph | None = None
        self.chosen: ValuedGraph | None = None
        self.last = expander.root()
        self.n_cut = 0
        self._trained: dict[str, ValuedGraph] = {}
        self._visited: set[str] = set()

    @property
    def bound(self) -> float:
        """Value of the best whole program met; infinite before there is one."""
        return np.inf if self.best is None else self.best.priority

    def run(self) -> None:
        """Go through all programs, pass by pass, each pass one level deeper."""
        problem, root = self.expander.problem, self.last
        shallowest = problem.grammar.min_depth(
            problem.signature, width=problem.n_outputs, n_features=problem.n_features
        )
        for depth in range(shallowest, problem.max_depth + 1):
            self.n_cut = 0
            self._visited.clear()
            if not self._go_through(root, depth):
                return
            self.expander.log.add(
                Phase.DEEPEN,
                depth=depth,
                n_cut=self.n_cut,
                n_expansions=self.expander.n_expansions,
                bound=self.bound,
            )
        self.chosen = self.best
        self._report_choice()

    def _go_through(self, root: ValuedGraph, depth: int) -> bool:
        """Search depth first; tell whether the pass came to its end."""
        pending = [iter([root])]
        while pending:
            node = next(pending[-1], None)
            if node is None:
                pending.pop()
            elif node.is_complete:
                continue
            elif node.priority >= self.bound:
                self.n_cut += 1
            elif self.expander.must_stop():
                return False
            else:
                self.last = node
                pending.append(iter(self._children(node, depth)))
        return True

    def _children(self, node: ValuedGraph, depth: int) -> list[ValuedGraph]:
        """Children not met in this pass, the best first; whole ones may set the bound."""
        graphs = {describe(graph): graph for graph in expansions(node.graph, depth)}
        names = [name for name in graphs if name not in self._visited]
        self._visited.update(names)
        unknown = [name for name in names if name not in self._trained]
        if unknown:
            trained = self.expander.train(node, [graphs[name] for name in unknown])
            self._trained.update(zip(unknown, trained, strict=True))
            self._bound_by(trained)
            self.expander.report(node, trained, bound=self.bound)
        return sorted((self._trained[name] for name in names), key=lambda node: node.priority)

    def _bound_by(self, nodes: list[ValuedGraph]) -> None:
        for node in nodes:
            if node.is_complete and node.priority < self.bound:
                self.best = node

    def _report_choice(self) -> None:
        if self.best is not None:
            self.expander.log.add(
                Phase.DEQUEUE,
                program=describe(self.best.graph),
                score=self.best.score,
                f=self.best.priority,
                n_expansions=self.expander.n_expansions,
            )
