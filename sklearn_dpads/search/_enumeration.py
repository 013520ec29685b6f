"""Enumeration: every program of a grammar, the oracle that other searches are held to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..grammar import count_programs
from ..graph import DerivationGraph
from ._partial import empty_program
from .census import Census, CensusResult
from .derivations import Derivations
from .problem import Log, Problem

BEYOND_COUNTING = 10**15


@dataclass(frozen=True)
class EnumerationOptions:
    """Settings of the enumeration.

    Parameters
    ----------
    max_programs : int, default=20000
        Greatest number of programs that the search consents to train.
    n_kept : int, default=200
        Number of the best programs that the result holds whole.
    """

    max_programs: int = 20_000
    n_kept: int = 200


def enumerate_search(
    problem: Problem, log: Log, options: EnumerationOptions | None = None
) -> CensusResult:
    """Cross-fit every program up to ``max_depth``, the cheapest first, and fit the best.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
    programs scored so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem; ``max_depth`` of its options applies.
    log : Log
        Record of the search: an event ``"census"`` now and then.
    options : EnumerationOptions or None, default=None
        Settings.

    Returns
    -------
    result : CensusResult

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within ``max_depth``, or more
        than ``max_programs``.
    """
    options = options or EnumerationOptions()
    empty = empty_program(problem)
    n_programs = number_of_programs(problem)
    if n_programs > options.max_programs:
        raise ValueError(
            f"The grammar derives {_in_words(n_programs)} programs {problem.signature} with "
            f"{problem.n_outputs} output(s) up to max_depth={problem.options.max_depth}, more "
            f"than max_programs={options.max_programs}. Lower max_depth, leave productions or "
            "feature groups out, or raise max_programs."
        )
    census = Census(problem, log, n_programs=n_programs, n_kept=options.n_kept)
    return census.run(_programs(problem, empty))


def number_of_programs(problem: Problem, enough: int = BEYOND_COUNTING) -> int:
    """How many programs a problem's grammar derives; commutative twins count once.

    The number grows so fast with the depth that its digits can fill the memory: counting
    ends with the first depth whose number is beyond ``enough``.
    """
    count = 0
    for depth in range(1, problem.options.max_depth + 1):
        count = count_programs(
            problem.grammar,
            problem.signature,
            max_depth=depth,
            n_outputs=problem.n_outputs,
            n_features=problem.n_features,
        )
        if count > enough:
            break
    return count


def _programs(problem: Problem, empty: DerivationGraph) -> Iterator[DerivationGraph]:
    derivations = Derivations(problem.grammar, problem.n_features).by_cost(
        problem.signature, width=problem.n_outputs, max_depth=problem.options.max_depth
    )
    for _, derivation in derivations:
        yield derivation.graph(empty)


def _in_words(number: int) -> str:
    return str(number) if number <= BEYOND_COUNTING else f"more than {BEYOND_COUNTING:.0e}"
