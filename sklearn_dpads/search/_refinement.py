"""Local search around the best discrete programs, trained as forests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..engine import Schedule, from_expression, to_expression
from ..graph import (
    DerivationGraph,
    derivation_graph,
    describe,
    discrete_graph,
    lowest_cost,
    split_all,
)
from ..program import Expression
from ..training import DiscreteFit
from ._choice import rank
from ._crossfit import ScoredProgram, Trial, cross_fit, fresh_trial
from ._forests import forests, recurrences
from ._neighbours import Neighbourhood
from ._problem import Log, Problem


@dataclass(frozen=True)
class Stage:
    """A part of the local search.

    Parameters
    ----------
    n_rounds : int
        Greatest number of rounds.
    beam : int
        Programs edited per round.
    patience : int
        Rounds without a better program after which the stage ends.
    recurrent : bool
        Whether programs that walk over single frames take part.
    """

    n_rounds: int
    beam: int
    patience: int
    recurrent: bool

    def admits(self, trial: Trial) -> bool:
        """Whether a program takes part."""
        return self.recurrent or not recurrences(trial.graph)


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
        self._edited: set[str] = set()
        self._seen: set[str] = set()

    def run(self, programs: list[ScoredProgram]) -> list[ScoredProgram]:
        """Give the programs with the better ones found around them, best first.

        Programs without a recurrence train so much faster that their space is searched
        first, and widely; then all edits are allowed, around the best of any kind.
        """
        options = self.problem.options
        self.programs = programs
        self._seen.update(p.expression.skeleton() for p in programs)
        n_rounds = options.max_refinements
        self._climb(Stage(n_rounds, options.wide_beam, options.patience, recurrent=False))
        self._climb(Stage(-(-n_rounds // 8), options.beam, 1, recurrent=True))
        return self.programs

    def _climb(self, stage: Stage) -> None:
        """Edit the best programs round by round until nothing gets better."""
        problem, options = self.problem, self.problem.options
        self._edited.clear()
        idle = 0
        for number in range(stage.n_rounds):
            if self.log.stopwatch.expired() or idle >= stage.patience:
                break
            before = min(map(self.objective, self.programs))
            neighbours = self._neighbours(stage)
            if number == 0:
                neighbours = self._shallowest(stage) + neighbours
            if not neighbours:
                break
            likely = self._screen(neighbours)
            scored = cross_fit(problem, likely, self.log, n_steps=problem.fit_steps)
            self.programs = rank(problem, self.programs + scored)
            after = min(map(self.objective, self.programs))
            idle = 0 if after < before - options.refinement_tol else idle + 1
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

    def _neighbours(self, stage: Stage) -> list[Trial]:
        """Edits of the best programs not edited yet, each made on every fold's values."""
        found: list[Trial] = []
        for parent in self._parents(stage):
            self._edited.add(parent.expression.skeleton())
            for versions in self._versions(parent):
                small = versions[0].n_productions <= self.problem.options.max_productions
                if small and stage.admits(trial := self._trial(versions)):
                    found += [trial] if self._is_new(versions[0].skeleton()) else []
        return [found[i] for i in self.rng.permutation(len(found))]

    def _parents(self, stage: Stage) -> list[ScoredProgram]:
        fresh = [
            p
            for p in self.programs
            if p.expression.skeleton() not in self._edited and stage.admits(p.trial)
        ]
        return sorted(fresh, key=self.objective)[: stage.beam]

    def _shallowest(self, stage: Stage) -> list[Trial]:
        """All programs of the least depth, so that no search starts from one corner."""
        problem = self.problem
        shape = {"width": problem.n_outputs, "n_features": problem.n_features}
        depth = problem.grammar.min_depth(problem.signature, **shape)
        graph = derivation_graph(
            problem.grammar,
            problem.signature,
            n_features=problem.n_features,
            n_outputs=problem.n_outputs,
            depth=depth,
            max_depth=depth,
        )
        found = [fresh_trial(problem, part) for part in split_all(graph)]
        return [t for t in found if stage.admits(t) and self._is_new(describe(t.graph))]

    def _is_new(self, shape: str) -> bool:
        """Whether a shape was not tried before; from now on it was."""
        new = shape not in self._seen
        self._seen.add(shape)
        return new

    def _versions(self, parent: ScoredProgram) -> list[tuple[Expression, ...]]:
        """All edits of a program, per edit one version for the parameters of each fold."""
        problem = self.problem
        seed = int(self.rng.integers(2**31))
        edited = []
        for start in parent.trial.starts:
            # The same seed makes the same edits in the same order.
            neighbourhood = Neighbourhood(
                problem.grammar,
                problem.n_features,
                problem.options.max_depth,
                np.random.default_rng(seed),
            )
            edited.append(neighbourhood.of(to_expression(parent.trial.graph, start)))
        return list(zip(*edited, strict=True))

    def _trial(self, versions: tuple[Expression, ...]) -> Trial:
        graph = discrete_graph(versions[0], self.problem.grammar, self.problem.n_features)
        return Trial(graph, [from_expression(graph, version) for version in versions])

    def _screen(self, neighbours: list[Trial]) -> list[Trial]:
        """Train on the first fold's sequences, a little and then more; keep the best."""
        options = self.problem.options
        tried = self.problem.affordable(neighbours, _graph_of, options.max_neighbours)
        first = max(1, options.screen_steps // 4)
        likely = self._best(tried, first)[: max(options.n_screened, len(tried) // 3)]
        likely = self._best(likely, options.screen_steps - first)
        return self.problem.affordable(likely, _graph_of, options.n_screened)

    def _best(self, trials: list[Trial], n_steps: int) -> list[Trial]:
        """Train for some steps; order by loss plus the structural penalty."""
        problem = self.problem
        trained: list[Trial] = []
        values: list[float] = []
        for forest in forests(trials, _graph_of):
            if trained and self.log.stopwatch.expired():
                break
            schedule = Schedule([trial.graph for trial in forest], device=problem.device)
            weights = problem.folds.weights(0).expand(
                len(forest), *problem.data.targets.weights.shape
            )
            fit = DiscreteFit(schedule, problem.data, problem.training, self.rng, weights)
            fitted = fit.run([trial.starts[0] for trial in forest], n_steps=n_steps)
            for trial, start, loss in zip(
                forest, fitted.parameters, fitted.losses.tolist(), strict=True
            ):
                trained.append(Trial(trial.graph, [start, *trial.starts[1:]]))
                cost = lowest_cost(trial.graph)
                values.append(loss + problem.penalty * cost)
        order = sorted(range(len(trained)), key=values.__getitem__)
        return [trained[i] for i in order]


def _graph_of(trial: Trial) -> DerivationGraph:
    return trial.graph
