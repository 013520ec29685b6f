"""Local search around the best discrete programs, trained as forests."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..engine import Parameters, Schedule
from ..graph import DerivationGraph, lowest_cost
from ..program import Expression
from ..training import DiscreteFit
from .cross_fitting import ScoredProgram, Trial, cross_fit
from .drafts import Draft, Drafter
from .ending import rank
from .problem import (
    Log,
    Problem,
    forests,
    is_recurrent,
)


@dataclass(frozen=True)
class Stage:
    """A part of the local search.

    Parameters
    ----------
    n_rounds : int
        Greatest number of rounds.
    beam : int
        Programs edited per round: the best of the stage's kind by the objective.
    n_valued : int
        Further programs edited per round: the best of the stage's kind by their value.
    n_simple : int
        Further programs edited per round: the best of any kind for their cost, the
        cheapest first.
    patience : int
        Rounds without a better program after which the stage ends.
    recurrent : bool
        Whether the stage makes programs that walk over single frames, or the others.
    """

    n_rounds: int
    beam: int
    n_valued: int
    n_simple: int
    patience: int
    recurrent: bool

    def admits(self, expression: Expression) -> bool:
        """Whether a program is of the stage's kind."""
        return any(is_recurrent(node.production) for _, node in expression.walk()) == self.recurrent


class Refinement:
    """Edits of the best programs, as long as they get better.

    A round takes the best programs not yet edited, trains all their neighbours for a
    few steps, and cross-fits those of least loss. An edit is made on the parameters of
    each fold apart, so that what a fold predicts never comes from values that saw it.

    Parameters
    ----------
    problem : Problem
        The problem.
    log : Log
        Record of the search.
    rng : numpy.random.Generator
        Source of new weights.
    """

    def __init__(self, problem: Problem, log: Log, rng: np.random.Generator) -> None:
        self.problem, self.log, self.rng = problem, log, rng
        self.programs: list[ScoredProgram] = []
        self.drafter = Drafter(problem, rng)
        self._edited: set[str] = set()
        self._seen: set[str] = set()
        self._tried: set[str] = set()

    def run(self, programs: list[ScoredProgram]) -> list[ScoredProgram]:
        """Give the programs with the better ones found around them, best first.

        Programs without a recurrence train so much faster that their space is searched
        first, and widely. Then recurrences are put into the best programs of every cost,
        for the best of all are by then too large and too well fitted for the first one to
        help, and what came of it is edited further.
        """
        options = self.problem.options
        self.programs = programs
        self._seen.update(p.expression.skeleton() for p in programs)
        self._climb(
            Stage(
                n_rounds=options.max_refinements,
                beam=options.wide_beam,
                n_valued=options.n_valued,
                n_simple=options.n_wide_simple,
                patience=options.wide_patience,
                recurrent=False,
            )
        )
        self._climb(
            Stage(
                n_rounds=-(-options.max_refinements // 3),
                beam=options.beam,
                n_valued=options.n_valued,
                n_simple=options.n_simple,
                patience=options.patience,
                recurrent=True,
            )
        )
        return self.programs

    def _climb(self, stage: Stage) -> None:
        """Edit the best programs round by round until nothing gets better."""
        problem, options = self.problem, self.problem.options
        self._edited.clear()
        idle = 0
        for number in range(stage.n_rounds):
            if self.log.stopwatch.expired() or idle >= stage.patience:
                break
            self._tried.clear()
            before, value_before = self._standing()
            neighbours = self._neighbours(stage)
            if number == 0:
                simplest = self.drafter.shallowest(lambda e: self._is_wanted(e, stage))
                neighbours = simplest + neighbours
            if not neighbours:
                break
            likely = self._screen(neighbours)
            scored = cross_fit(problem, likely, self.log, n_steps=problem.fit_steps)
            self.programs = rank(problem, self._distinct(self.programs + scored))
            after, value = self._standing()
            better = (
                after < before * (1.0 - options.refinement_tol)
                or value > value_before + problem.penalty
            )
            idle = 0 if better else idle + 1
            self.log.add(
                "refine",
                round=number,
                n_neighbours=len(neighbours),
                objective=after,
                score=self.programs[0].score,
                program=self.programs[0].expression.skeleton(),
            )

    def objective(self, program: ScoredProgram) -> float:
        """What the local search lowers: cross-fitted loss plus the structural penalty."""
        return program.loss + self.problem.penalty * program.cost

    def value(self, program: ScoredProgram) -> float:
        """What the choice raises: cross-fitted score less the structural penalty."""
        return program.score - self.problem.penalty * program.cost

    def _standing(self) -> tuple[float, float]:
        """The least objective and the greatest value of all programs."""
        return min(map(self.objective, self.programs)), max(map(self.value, self.programs))

    def _distinct(self, programs: list[ScoredProgram]) -> list[ScoredProgram]:
        """The better of programs of one shape."""
        best: dict[str, ScoredProgram] = {}
        for program in sorted(programs, key=self.objective):
            best.setdefault(program.expression.skeleton(), program)
        return list(best.values())

    def _neighbours(self, stage: Stage) -> list[Draft]:
        """Edits of the best programs not edited yet."""
        makers = [self.drafter.edits]
        if stage.recurrent:
            # Only what averages values can be found by an edit of what does.
            makers.append(self.drafter.edits_of_values)
        found: list[Draft] = []
        for parent in self._parents(stage):
            self._edited.add(parent.expression.skeleton())

            def wanted(e: Expression, size: int = parent.expression.n_productions) -> bool:
                return self._is_wanted(e, stage, size)

            for edits in makers:
                found += edits(parent, wanted)
        return [found[i] for i in self.rng.permutation(len(found))]

    def _is_wanted(self, expression: Expression, stage: Stage, size: int = 0) -> bool:
        """Whether to try a program, an edit of one of a size; from now on it was tried.

        A shape is tried once. But one smaller than what it is made of may have been turned down
        with values that were not yet trained as far as those it has now, and is tried
        again, once a round, as long as it was not edited itself.
        """
        shape = expression.skeleton()
        again = expression.n_productions < size and shape not in self._edited
        if shape in self._tried or (shape in self._seen and not again):
            return False
        if not stage.admits(expression):
            return False
        self._tried.add(shape)
        self._seen.add(shape)
        return True

    def _parents(self, stage: Stage) -> list[ScoredProgram]:
        fresh = [p for p in self.programs if p.expression.skeleton() not in self._edited]
        of_kind = [p for p in fresh if stage.admits(p.expression)]
        best = sorted(of_kind, key=self.objective)[: stage.beam]
        rest = [p for p in of_kind if p not in best]
        best += sorted(rest, key=self.value, reverse=True)[: stage.n_valued]
        others = [p for p in fresh if p not in best]
        return [*best, *self._front(others)[: stage.n_simple]]

    def _front(self, programs: list[ScoredProgram]) -> list[ScoredProgram]:
        """The programs that none of lower or equal cost beats, the cheapest first."""
        front: list[ScoredProgram] = []
        for program in sorted(programs, key=lambda p: (p.cost, self.objective(p))):
            if not front or program.loss < front[-1].loss:
                front.append(program)
        return front

    def _screen(self, neighbours: list[Draft]) -> list[Trial]:
        """Train on the first fold's sequences, a little and then more; keep the best."""
        options = self.problem.options
        tried = self.problem.affordable(neighbours, _graph_of, options.max_neighbours)

        def screen() -> list[tuple[int, Parameters]]:
            first = max(1, options.screen_steps // 4)
            n_likely = max(options.n_screened, len(tried) // 3)
            likely = self._best(list(enumerate(tried)), first)[:n_likely]
            likely = self._best(likely, options.screen_steps - first)
            return [(number, draft.start) for number, draft in likely]

        ordered = self.log.step("screen", screen, self.rng)
        likely = [replace(tried[number], start=start) for number, start in ordered]
        likely = self.problem.affordable(likely, _graph_of, options.n_screened)
        return [draft.trial() for draft in likely]

    def _best(self, drafts: list[tuple[int, Draft]], n_steps: int) -> list[tuple[int, Draft]]:
        """Train numbered drafts for some steps; order by loss plus the structural penalty."""
        problem = self.problem
        trained: list[tuple[float, int, Draft]] = []
        for forest in forests(drafts, lambda numbered: numbered[1].graph):
            if trained and self.log.stopwatch.expired():
                break
            graphs = [draft.graph for _, draft in forest]
            weights = problem.folds.weights(0).expand(
                len(forest), *problem.data.targets.weights.shape
            )
            schedule = Schedule(graphs, device=problem.device)
            fit = DiscreteFit(schedule, problem.data, problem.training, self.rng, weights)
            fitted = fit.run([draft.start for _, draft in forest], n_steps=n_steps)
            for (number, draft), start, loss in zip(
                forest, fitted.parameters, fitted.losses.tolist(), strict=True
            ):
                value = loss + problem.penalty * lowest_cost(draft.graph)
                trained.append((value, number, replace(draft, start=start)))
        trained.sort(key=lambda entry: entry[0])
        return [(number, draft) for _, number, draft in trained]


def _graph_of(draft: Draft) -> DerivationGraph:
    return draft.graph
