"""NEAR by iteratively deepened depth-first search with branch and bound."""

from __future__ import annotations

import numpy as np

from ..graph import describe
from ._partial import expansions
from .ending import SearchResult, interruptible
from .near import (
    Expander,
    NearOptions,
    Node,
    near_outcome,
)
from .problem import Log, Problem


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
