"""NEAR by A*: the partial program of least value is expanded first."""

from __future__ import annotations

import itertools
from bisect import insort
from dataclasses import dataclass

from ..graph import describe
from ._partial import expansions, path_cost
from .ending import SearchResult, interruptible
from .near import (
    Expander,
    NearOptions,
    Node,
    near_outcome,
)
from .problem import Log, Problem


@dataclass(frozen=True)
class AStarOptions(NearOptions):
    """Settings of NEAR's A*.

    Parameters
    ----------
    frontier_capacity : int or None, default=None
        Greatest number of programs that wait for expansion; the worst are forgotten.
        None keeps all.
    """

    frontier_capacity: int | None = None


def near_astar_search(
    problem: Problem, log: Log, options: AStarOptions | None = None
) -> SearchResult:
    """Search as A*-NEAR does (Shah et al. 2020), until a whole program is the best.

    If no neural completion does worse than the best program that it stands for, the
    program found is the best there is on the validation part, structural cost included.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best whole program
    met so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem; ``max_depth`` and ``structural_penalty`` of its options apply.
    log : Log
        Record of the search: an event ``"expand"`` per expansion, ``"dequeue"`` for the
        program that ends the search, ``"limit"`` if the number of expansions does.
    options : AStarOptions or None, default=None
        Settings.

    Returns
    -------
    result : SearchResult
        The program that came first out of the frontier, then the other whole programs
        that were met, in the order of their value.

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within ``max_depth``.
    """
    options = options or AStarOptions()
    search = _AStar(Expander(problem, log, options), options.frontier_capacity)
    with interruptible(log):
        search.run()
    return near_outcome(search.expander, search.chosen, search.last)


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
        self._nodes: list[tuple[float, int, Node]] = []

    def __len__(self) -> int:
        return len(self._nodes)

    def push(self, node: Node) -> None:
        """Add a node; if there are too many, forget the worst."""
        insort(self._nodes, (node.value, next(self._arrivals), node))
        if self.capacity is not None:
            del self._nodes[self.capacity :]

    def pop(self) -> Node:
        """Take out the node of least value."""
        return self._nodes.pop(0)[2]


class _AStar:
    def __init__(self, expander: Expander, capacity: int | None) -> None:
        self.expander = expander
        self.last = expander.root()
        self.chosen: Node | None = None
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

    def _expand(self, node: Node) -> None:
        max_depth = self.expander.problem.options.max_depth
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
            "dequeue",
            program=describe(self.last.graph),
            score=self.last.score,
            f=self.last.value,
            path_cost=path_cost(self.last.graph),
            n_expansions=self.expander.n_expansions,
            n_queued=len(self._frontier),
        )
