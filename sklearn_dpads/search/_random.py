"""Random search: programs drawn from the grammar, the floor under every other search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..graph import DerivationGraph, describe
from ._enumeration import number_of_programs
from ._partial import empty_program
from .census import Census, CensusResult
from .derivations import Derivations
from .problem import Log, Problem

MOST_REPEATS = 1000


@dataclass(frozen=True)
class RandomOptions:
    """Settings of the random search.

    Parameters
    ----------
    n_programs : int, default=200
        Number of different programs that are drawn and scored.
    n_kept : int, default=200
        Number of the best programs that the result holds whole.
    """

    n_programs: int = 200
    n_kept: int = 200


def random_search(problem: Problem, log: Log, options: RandomOptions | None = None) -> CensusResult:
    """Cross-fit programs drawn at random, and fit the best.

    A program is drawn from the root down: in every place, all productions that can still
    finish within ``max_depth`` are as likely. Programs drawn before are drawn anew; after
    1000 of them in a row the search makes do with what it has.

    A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
    programs scored so far is chosen and fitted. A second one is passed on.

    Parameters
    ----------
    problem : Problem
        The problem; ``max_depth`` of its options applies.
    log : Log
        Record of the search: an event ``"census"`` now and then.
    options : RandomOptions or None, default=None
        Settings.

    Returns
    -------
    result : CensusResult

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within ``max_depth``.
    """
    options = options or RandomOptions()
    empty = empty_program(problem)
    n_programs = min(options.n_programs, number_of_programs(problem, options.n_programs))
    census = Census(problem, log, n_programs=n_programs, n_kept=options.n_kept)
    return census.run(_draws(problem, empty, n_programs))


def _draws(problem: Problem, empty: DerivationGraph, n_programs: int) -> Iterator[DerivationGraph]:
    derivations = Derivations(problem.grammar, problem.n_features)
    rng = np.random.default_rng([problem.seed, 5])
    met: set[str] = set()
    repeats = 0
    while len(met) < n_programs and repeats < MOST_REPEATS:
        derivation = derivations.draw(
            problem.signature,
            width=problem.n_outputs,
            max_depth=problem.options.max_depth,
            rng=rng,
        )
        graph = derivation.graph(empty)
        name = describe(graph)
        repeats = repeats + 1 if name in met else 0
        if name not in met:
            met.add(name)
            yield graph
