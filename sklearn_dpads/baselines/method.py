"""A search with its settings, as a classifier hands it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..program import Expression
from ..search import Log, Problem, SearchResult


@dataclass(frozen=True)
class Method:
    """A search with its settings, in a form that can be sent to another process.

    Parameters
    ----------
    search : callable
        A function of a module: ``search(problem, log, options)``.
    options : object
        Its settings.
    """

    search: Callable[[Problem, Log, Any], SearchResult]
    options: Any

    def __call__(
        self, problem: Problem, log: Log, initial: Sequence[Expression] = ()
    ) -> SearchResult:
        """Search; these searches begin with no programs, and ``initial`` is none of theirs."""
        return self.search(problem, log, self.options)
