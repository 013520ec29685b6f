"""What a search is: settings, and one method that finds programs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..inputs.settings import real, within
from ..program import Expression
from ..training import Training
from .judging import Judging

if TYPE_CHECKING:
    from .ending import SearchResult
    from .log import Log
    from .problem import Problem


@dataclass(kw_only=True, repr=False, eq=False)
class Search(Judging, ABC):
    """Base of the searches, each an object with settings of its own.

    A search of your own is a subclass with a method :meth:`run`; the page on extending the
    package builds one. It is a dataclass like this one, so that a grid search reaches its
    fields as ``search__n_folds``.

    Parameters
    ----------
    validation_fraction : float, default=0.4
        Fraction of each class, in (0, 1), that scores what is trained on the rest, where
        the search wants such a part.
    training : Training
        Settings of all training.
    **settings
        Those of :class:`~.judging.Judging`.
    """

    title: ClassVar[str] = "search"

    validation_fraction: float = real(0.4, most=1.0, open=True)
    training: Training = within(Training)

    @abstractmethod
    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Find programs for a problem.

        Parameters
        ----------
        problem : Problem
            The problem; it was made with this search's own settings.
        log : Log
            Record of the search.
        initial : sequence of Expression, default=()
            Programs of the grammar, with parameters, to begin with.

        Returns
        -------
        result : SearchResult
            What :func:`~.ending.choose` makes of programs that :func:`~.cross_fitting.cross_fit`
            has judged.
        """
