"""Local search around the best discrete programs, trained as forests."""

from __future__ import annotations

import numpy as np
import torch

from ..engine import Schedule, from_expression, to_expression
from ..graph import discrete_graph
from ..program import Expression
from ..training import DiscreteFit
from ._choice import ScoredProgram, cross_fit, rank
from ._forests import forests
from ._neighbours import Neighbourhood
from ._problem import Log, Partition, Problem


class Refinement:
    """Edits of the best programs, as long as they get better.

    A round takes the best programs not yet edited, trains all their neighbours for a
    few steps on all the data, and cross-fits those of least loss.

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
        options = problem.options
        self.neighbourhood = Neighbourhood(
            problem.grammar, problem.n_features, options.max_depth, rng
        )
        self.programs: list[ScoredProgram] = []
        self._edited: set[str] = set()
        self._seen: set[str] = set()

    def run(self, programs: list[ScoredProgram]) -> list[ScoredProgram]:
        """Give the programs with the better ones found around them, best first."""
        options = self.problem.options
        self.programs = programs
        self._seen.update(p.expression.skeleton() for p in programs)
        idle = 0
        for number in range(options.max_refinements):
            if self.log.stopwatch.expired() or idle >= options.patience:
                break
            before = min(map(self.objective, self.programs))
            neighbours = self._neighbours()
            if not neighbours:
                break
            scored = cross_fit(self.problem, self._screen(neighbours), self.log)
            self.programs = rank(self.problem, self.programs + scored)
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
        return self.programs

    def objective(self, program: ScoredProgram) -> float:
        """What the local search lowers: cross-fitted loss plus the structural penalty."""
        return program.loss + self.problem.options.structural_penalty * program.cost

    def _neighbours(self) -> list[Expression]:
        fresh = [p for p in self.programs if p.expression.skeleton() not in self._edited]
        fresh.sort(key=self.objective)
        found: list[Expression] = []
        for parent in fresh[: self.problem.options.beam]:
            self._edited.add(parent.expression.skeleton())
            for neighbour in self.neighbourhood.of(parent.expression):
                small = neighbour.n_productions <= self.problem.options.max_productions
                if small and neighbour.skeleton() not in self._seen:
                    self._seen.add(neighbour.skeleton())
                    found.append(neighbour)
        return [found[i] for i in self.rng.permutation(len(found))]

    def _screen(self, neighbours: list[Expression]) -> list[Partition]:
        """Train on all data, a little and then more; keep those of least loss each time."""
        problem, options = self.problem, self.problem.options
        untrained = []
        for expression in neighbours:
            graph = discrete_graph(expression, problem.grammar, problem.n_features)
            untrained.append(Partition(graph, from_expression(graph, expression)))
        tried = problem.affordable(untrained, options.max_neighbours)
        first = max(1, options.screen_steps // 4)
        likely = self._best(tried, first)[: max(options.n_screened, len(tried) // 3)]
        likely = self._best(likely, options.screen_steps - first)
        return problem.affordable(likely, options.n_screened)

    def _best(self, partitions: list[Partition], n_steps: int) -> list[Partition]:
        """Train for some steps; order by loss plus the structural penalty."""
        problem = self.problem
        trained: list[Partition] = []
        values: list[torch.Tensor] = []
        for forest in forests(partitions, lambda part: part.graph):
            if trained and self.log.stopwatch.expired():
                break
            graphs = [part.graph for part in forest]
            schedule = Schedule(graphs, device=problem.device)
            fit = DiscreteFit(schedule, problem.data, problem.training, self.rng)
            fitted = fit.run([part.parameters for part in forest], n_steps=n_steps)
            costs = [to_expression(part.graph, part.parameters).cost for part in forest]
            penalty = problem.options.structural_penalty
            values.append(fitted.losses.cpu() + penalty * torch.tensor(costs))
            trained += [Partition(*pair) for pair in zip(graphs, fitted.parameters, strict=True)]
        order = torch.argsort(torch.cat(values), stable=True)
        return [trained[i] for i in order.tolist()]
