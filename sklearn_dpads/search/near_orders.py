"""The orders in which NEAR expands partial programs: best first (A*), or depth first (IDS-BB)."""

from __future__ import annotations

import itertools
from bisect import insort
from dataclasses import dataclass

import numpy as np

from ..graph import describe
from .derivations import expansions, path_cost
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


def near_ids_bb_search(
    problem: Problem, log: Log, options: NearOptions | None = None
) -> SearchResult:
    """Search as IDS-BB-NEAR does (Shah et al. 2020): depth first, cut by the best found.

    Pass after pass, all programs up to a depth are gone through, from the shallowest
    that the grammar derives to ``max_depth``; children in the order of their value. A
    partial program is cut off where its value is not below that of the best whole
    program met in this pass or before. What an earlier pass has trained is used again.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best whole program
    met so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem; ``max_depth`` and ``structural_penalty`` of its options apply.
    log : Log
        Record of the search: an event ``"expand"`` per expansion that trains something,
        ``"deepen"`` at the end of a pass, ``"dequeue"`` for the chosen program at the
        end, ``"limit"`` if the number of expansions ends the search.
    options : NearOptions or None, default=None
        Settings.

    Returns
    -------
    result : SearchResult
        The whole program of least value, then the others that were met, in the order of
        their value.

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within ``max_depth``.
    """
    search = _BranchAndBound(Expander(problem, log, options or NearOptions()))
    with interruptible(log):
        search.run()
    return near_outcome(search.expander, search.best if search.is_done else None, search.last)


class _BranchAndBound:
    def __init__(self, expander: Expander) -> None:
        self.expander = expander
        self.best: Node | None = None
        self.is_done = False
        self.last = expander.root()
        self.n_cut = 0
        self._trained: dict[str, Node] = {}
        self._visited: set[str] = set()

    @property
    def bound(self) -> float:
        """Value of the best whole program met; infinite before there is one."""
        return np.inf if self.best is None else self.best.value

    def run(self) -> None:
        """Go through all programs, pass by pass, each pass one level deeper."""
        problem, root = self.expander.problem, self.last
        shallowest = problem.grammar.min_depth(
            problem.signature, width=problem.n_outputs, n_features=problem.n_features
        )
        for depth in range(shallowest, problem.options.max_depth + 1):
            self.n_cut = 0
            self._visited.clear()
            if not self._go_through(root, depth):
                return
            self.expander.log.add(
                "deepen",
                depth=depth,
                n_cut=self.n_cut,
                n_expansions=self.expander.n_expansions,
                bound=self.bound,
            )
        self.is_done = True
        self._report_choice()

    def _go_through(self, root: Node, depth: int) -> bool:
        """Search depth first; tell whether the pass came to its end."""
        pending = [iter([root])]
        while pending:
            node = next(pending[-1], None)
            if node is None:
                pending.pop()
            elif node.is_complete:
                continue
            elif node.value >= self.bound:
                self.n_cut += 1
            elif self.expander.must_stop():
                return False
            else:
                self.last = node
                pending.append(iter(self._children(node, depth)))
        return True

    def _children(self, node: Node, depth: int) -> list[Node]:
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
        return sorted((self._trained[name] for name in names), key=lambda node: node.value)

    def _bound_by(self, nodes: list[Node]) -> None:
        for node in nodes:
            if node.is_complete and node.value < self.bound:
                self.best = node

    def _report_choice(self) -> None:
        if self.best is not None:
            self.expander.log.add(
                "dequeue",
                program=describe(self.best.graph),
                score=self.best.score,
                f=self.best.value,
                n_expansions=self.expander.n_expansions,
            )
