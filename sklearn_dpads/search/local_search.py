"""Local search around the best discrete programs, trained as forests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice, takewhile

import numpy as np

from ..engine import Parameters, Schedule, to_expression
from ..graph import DerivationGraph, lowest_cost
from ..program import Expression
from ..training import DiscreteFit
from .cross_fitting import cross_fit
from .drafts import Draft, Drafter, Plan
from .ending import rank
from .lazy import Chosen, Joined
from .linear_programs import keeps_linear, linear_leaves
from .log import Log, Phase
from .mean_products import MeansOfProducts
from .problem import Problem, forests, is_recurrent
from .products import PRODUCTS, Products
from .racing import Race, cost_front
from .settling import in_reach, settle
from .stages import LocalSearch, Stage, has_recurrence
from .trials import JudgedProgram, Trial

# A reader of a terminal.
_LEAST_COST = 2


# Times as many standard errors by which means of products may be worse than their rivals: they
# begin as they are told to, and not with the values of a parent. With 1 the best program of
# RacketSports with the paper's grammar up to depth 3 was lost on one of three seeds.
_LONGER = 2.0


class Climb:
    """Edits of the best programs, as long as they get better.

    A round takes the best programs not yet edited, trains all their neighbours for a
    few steps, and cross-fits those of least loss. An edit is made on the parameters of
    each fold apart, so that what a fold predicts never comes from values that saw it.

    Parameters
    ----------
    settings : LocalSearch
        Settings.
    problem : Problem
        The problem.
    log : Log
        Record of the search.
    rng : numpy.random.Generator
        Source of new weights.
    programs : list of JudgedProgram
        Where to begin, best first.
    linear_too : bool, default=True
        Whether programs linear in their parameters are tried as well.
    products : Products or None, default=None
        The search for products that programs lack; None does without.
    means : MeansOfProducts or None, default=None
        The same for means of products, which walk over frames.
    ready : sequence of JudgedProgram, default=()
        Programs with products, judged and settled, that a first round would find anew.

    Attributes
    ----------
    programs : list of JudgedProgram
        Those and the better ones found around them, best first.
    """

    def __init__(
        self,
        settings: LocalSearch,
        problem: Problem,
        log: Log,
        rng: np.random.Generator,
        programs: list[JudgedProgram],
        *,
        linear_too: bool = True,
        products: Products | None = None,
        means: MeansOfProducts | None = None,
        ready: Sequence[JudgedProgram] = (),
    ) -> None:
        self.linear_too, self.products, self.means = linear_too, products, means
        self.settings, self.problem, self.log, self.rng = settings, problem, log, rng
        self.programs, self._ready = programs, list(ready)
        self.drafter = Drafter(problem, settings.drafts, rng)
        self._edited: set[str] = set()
        self._seen: set[str] = {p.expression.skeleton() for p in programs}
        self._asked: set[str] = set()
        self._averaged: set[str] = set()

    def run(self) -> None:
        """Climb in both stages, as long as there is time."""
        self._join(self.programs)
        for stage in self.settings.stages():
            if stage.n_rounds:
                why = self.climb(stage)
                # That time is over, or who has interrupted, is told by itself.
                if why:
                    self.log.add(Phase.END, stage=stage.title, why=why)
        self._take_ready()

    def climb(self, stage: Stage) -> str:
        """Edit the best programs round by round until nothing gets better.

        Returns
        -------
        why : str
            Why it ended; nothing, where time was over.
        """
        problem = self.problem
        self._edited.clear()
        idle = 0
        for number in range(stage.n_rounds):
            if self.log.stopwatch.expired() or self._reason_to_end(stage, idle):
                break
            self._asked.clear()
            before = self.standing()
            simplest: list[Draft] = []
            if number == 0:
                simplest = self.drafter.shallowest(lambda e: self._is_wanted(e, stage))
                # Edits of the best keep a place.
                simplest = simplest[: self.settings.max_neighbours // 2]
            drafts = chain(simplest, self._neighbours(stage))
            in_time = takewhile(lambda _: not self.log.stopwatch.is_late(), drafts)
            neighbours = list(islice(in_time, self.settings.max_neighbours))
            if self.log.stopwatch.is_late():
                break
            if not neighbours:
                return "nothing left to try"
            screened = problem.affordable(neighbours, _graph_of, self.settings.max_neighbours)
            likely = self._screen(screened)
            if self.log.stopwatch.is_late():
                break
            hopeful = self._hopeful(likely, stage)
            hopeful += self._with_means(number) if stage.recurrent else self._with_products(stage)
            scored = cross_fit(problem, hopeful, self.log) if hopeful else []
            self._take_ready()
            self._join(scored)
            idle = 0 if self.has_gained(before) else idle + 1
            self.log.add(
                Phase.REFINE,
                round=number,
                n_neighbours=len(screened),
                n_judged=len(scored),
                objective=self.standing()[0],
                score=self.programs[0].score,
                program=self.programs[0].expression.skeleton(),
            )
        if self.log.stopwatch.expired() or self.log.stopwatch.is_late():
            return ""
        return self._reason_to_end(stage, idle) or "all rounds done"

    def _reason_to_end(self, stage: Stage, idle: int) -> str:
        """Say why a stage should end now; nothing, if it should go on."""
        if self.is_settled():
            return "nothing more to gain"
        return "nothing better was found" if idle >= stage.patience else ""

    def objective(self, program: JudgedProgram) -> float:
        """What the local search lowers: cross-fitted loss plus the structural penalty."""
        return program.priced_loss(self.problem.penalty)

    def value(self, program: JudgedProgram) -> float:
        """What the choice raises: cross-fitted score less the structural penalty."""
        return program.score - self.problem.penalty * program.priced_cost

    def standing(self) -> tuple[float, float]:
        """The least objective and the greatest value of all programs."""
        return min(map(self.objective, self.programs)), max(map(self.value, self.programs))

    def is_settled(self) -> bool:
        """Whether no program that is still to be tried can be worth more than the best.

        It would have to be better than one that errs nowhere, or cost less than the cheapest.
        """
        problem = self.problem
        share = problem.judging.linear_share(problem.n_sequences) if self.linear_too else 1.0
        most = problem.perfect_score - problem.penalty * share * _LEAST_COST
        return self.standing()[1] >= most

    def has_gained(self, before: tuple[float, float]) -> bool:
        """Whether the least objective fell, or the greatest value rose, by what counts."""
        objective, value = self.standing()
        less = objective < before[0] * (1.0 - self.settings.refinement_tol)
        return less or value > before[1] + self.problem.penalty

    def _distinct(self, programs: list[JudgedProgram]) -> list[JudgedProgram]:
        """The better of programs of one shape."""
        best: dict[str, JudgedProgram] = {}
        for program in sorted(programs, key=self.objective):
            best.setdefault(program.expression.skeleton(), program)
        return list(best.values())

    def _neighbours(self, stage: Stage) -> Iterator[Draft]:
        """Edits of the best programs not edited yet, in random order, made when asked for."""
        plans: list[Sequence[Plan]] = []
        for parent in self._parents(stage):
            self._edited.add(parent.expression.skeleton())
            own = self.drafter.plans(parent)
            plans.append(own if self.linear_too else _not_surely_linear(own))
            if stage.recurrent:
                # Only what averages values can be found by an edit of what does.
                plans.append(self.drafter.plans_of_values(parent))
        return self.drafter.drafts(
            Joined(plans),
            lambda expression, size: self._is_wanted(expression, stage, size),
            _may_recur if stage.recurrent else None,
        )

    def _is_wanted(self, expression: Expression, stage: Stage, size: int = 0) -> bool:
        """Whether to try a program, an edit of one of a size; it is asked for once a round.

        A shape is tried once. But one smaller than what it is made of may have been turned down
        with values that were not yet trained as far as those it has now, and is tried
        again, once a round, as long as it was not edited itself.
        """
        shape = expression.skeleton()
        again = expression.n_productions < size and shape not in self._edited
        if shape in self._asked or (shape in self._seen and not again):
            return False
        if not stage.admits(expression):
            return False
        if not self.linear_too and linear_leaves(expression) is not None:
            return False
        # It is seen when it is trained: there may be more than a round can pay for.
        self._asked.add(shape)
        return True

    def _parents(self, stage: Stage) -> list[JudgedProgram]:
        fresh = [p for p in self.programs if p.expression.skeleton() not in self._edited]
        of_kind = [p for p in fresh if stage.admits(p.expression)]
        best = sorted(of_kind, key=self.objective)[: stage.beam]
        rest = [p for p in of_kind if p not in best]
        best += sorted(rest, key=self.value, reverse=True)[: stage.n_valued]
        others = [p for p in fresh if p not in best]
        return [*best, *cost_front(others, self.objective)[: stage.n_simple]]

    def _with_products(self, stage: Stage) -> list[Trial]:
        """The best programs with the products that they need most, each once."""
        if self.products is None:
            return []
        of_kind = (p for p in self.programs if stage.admits(p.expression))
        return self.products.beside_best(sorted(of_kind, key=self.objective))

    def _with_means(self, number: int) -> list[Trial]:
        """In a first round means of products alone, and the best program with them.

        They walk over frames, and take long: those that the first fold tells to be worse than
        their rivals are left out.
        """
        means = self.means
        if means is None:
            return []
        best = min(self.programs, key=self.objective)
        alone = means.alone(self.objective(best)) if number == 0 else []
        is_new = best.expression.skeleton() not in self._averaged
        self._averaged.add(best.expression.skeleton())
        trials = [*alone, *(means.beside(best) if is_new else ())]
        if not trials:
            return []
        drafts = [Draft(t.graph, t.starts[0], partial(_others, t), PRODUCTS) for t in trials]

        def train() -> list[tuple[int, Parameters]]:
            best = self._best(list(enumerate(drafts)), self.problem.fit_steps)
            return [(number, draft.start) for number, draft in best]

        trained = self.log.step("means", train, self.rng)
        race = Race(self.problem, self.objective, _LONGER * self.settings.race_errors)
        changed = [replace(drafts[number], start=start).trial() for number, start in trained]
        return race.hopeful(changed, self.programs, ())

    def _join(self, scored: list[JudgedProgram]) -> None:
        """Put new programs beside the others, the best of them trained until they have settled."""
        best = min(map(self.objective, [*self.programs, *scored]), default=0.0)
        near = in_reach(scored, self.objective, best)
        plain = [p for p in near if not has_recurrence(p.expression)]
        plain.sort(key=lambda p: (p.fitted.found_by != PRODUCTS, self.objective(p)))
        n_best = self.settings.n_settled + sum(p.fitted.found_by == PRODUCTS for p in plain)
        better = settle(self.problem, plain[:n_best], self.settings.settling_tol, self.log)
        self.programs = rank(self.problem, self._distinct(self.programs + scored + better))

    def _take_ready(self) -> None:
        """Put programs that were ready before beside the others, once."""
        ready, self._ready = self._ready, []
        self._seen.update(p.expression.skeleton() for p in ready)
        self.programs = rank(self.problem, self._distinct([*self.programs, *ready]))

    def _hopeful(self, likely: list[Trial], stage: Stage) -> list[Trial]:
        """Those of the screened programs that may be worth editing in their turn."""
        race = Race(self.problem, self.objective, self.settings.race_errors)
        of_kind = [p for p in self.programs if stage.admits(p.expression)]
        beam = sorted(of_kind, key=self.objective)[: stage.beam]
        return race.hopeful(likely, self.programs, beam if len(beam) == stage.beam else ())

    def _screen(self, tried: list[Draft]) -> list[Trial]:
        """Train on the first fold's sequences, a little and then more; keep the best."""
        settings = self.settings
        self._seen.update(to_expression(draft.graph, draft.start).skeleton() for draft in tried)

        def screen() -> list[tuple[int, Parameters]]:
            first = max(1, settings.screen_steps // 4)
            n_likely = max(settings.n_screened, len(tried) // 3)
            likely = self._best(list(enumerate(tried)), first)[:n_likely]
            likely = self._best(likely, settings.screen_steps - first)
            return [(number, draft.start) for number, draft in likely]

        ordered = self.log.step("screen", screen, self.rng)
        likely = [replace(tried[number], start=start) for number, start in ordered]
        likely = self.problem.affordable(likely, _graph_of, settings.n_screened)
        return [draft.trial() for draft in likely]

    def _best(self, drafts: list[tuple[int, Draft]], n_steps: int) -> list[tuple[int, Draft]]:
        """Train numbered drafts for some steps; order by loss plus the structural penalty."""
        problem, pace = self.problem, self.log.stopwatch.pace()
        trained: list[tuple[float, int, Draft]] = []
        programs = {number: to_expression(draft.graph, draft.start) for number, draft in drafts}
        linear = [(n, draft) for n, draft in drafts if linear_leaves(programs[n]) is not None]
        losses = problem.few_linear.seen([programs[number] for number, _ in linear], pace)
        for i in sorted(losses):
            (number, draft), loss = linear[i], losses[i]
            price = problem.penalty * problem.price_share(programs[number])
            trained.append((loss + price * programs[number].cost, number, draft))
        numbers = {number for number, _ in linear}
        drafts = [(number, draft) for number, draft in drafts if number not in numbers]
        for forest in forests(drafts, lambda numbered: numbered[1].graph, problem.judging):
            if trained and (self.log.stopwatch.expired() or pace.has_stopped):
                break
            graphs = [draft.graph for _, draft in forest]
            weights = problem.folds.weights(0).expand(
                len(forest), *problem.data.targets.weights.shape
            )
            schedule = Schedule(graphs, device=problem.device)
            fit = DiscreteFit(schedule, problem.data, problem.training, self.rng, weights)
            fitted = fit.run([draft.start for _, draft in forest], n_steps=n_steps, pace=pace)
            for (number, draft), start, loss in zip(
                forest, fitted.parameters, fitted.losses.tolist(), strict=True
            ):
                value = loss + problem.penalty * lowest_cost(draft.graph)
                trained.append((value, number, replace(draft, start=start)))
        trained.sort(key=lambda entry: entry[0])
        return [(number, draft) for _, number, draft in trained]


def _others(trial: Trial) -> list[Parameters]:
    return trial.starts[1:]


def _graph_of(draft: Draft) -> DerivationGraph:
    return draft.graph


def _not_surely_linear(plans: Sequence[Plan]) -> Sequence[Plan]:
    """The edits of a program that may lead to one that is not linear in its parameters."""
    if not plans or linear_leaves(plans[0].origin) is None:
        return plans
    brought = enumerate(plan.edit.brings for plan in plans)
    return Chosen(plans, [i for i, brings in brought if not all(map(keeps_linear, brings))])


def _may_recur(plan: Plan) -> bool:
    """Whether an edit may lead to a program that walks over single frames."""
    return any(map(is_recurrent, plan.edit.brings)) or has_recurrence(plan.origin)
