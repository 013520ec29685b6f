"""The dPads search as a whole: relax, prune, split, choose, fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._choice import ScoredProgram, cross_fit, final_fit
from ._problem import Log, Problem
from ._refinement import Refinement
from ._relaxation import Relaxation
from ._selection import Selection


@dataclass(frozen=True)
class SearchResult:
    """Outcome of a search.

    Parameters
    ----------
    programs : list of ScoredProgram
        All discrete programs scored, the chosen and finally fitted one first.
    """

    programs: list[ScoredProgram]


def search(problem: Problem, log: Log) -> SearchResult:
    """Run the seven steps of Cui and Zhu (2021) on a problem."""
    rng = np.random.default_rng([problem.seed, 0])
    relaxed = Relaxation(problem, log, rng).run()
    selection = Selection(problem, log, rng)
    selection.run(relaxed)
    scored = cross_fit(problem, list(selection.discrete.values()), log)
    scored = Refinement(problem, log, rng).run(scored)
    chosen = final_fit(problem, scored[0], log)
    return SearchResult([chosen, *scored[1:]])
