"""The dPads search as a whole: relax, prune, split, choose, fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..engine import stream_keys
from ..grammar import RAW, Grammar
from ..inputs.settings import integer, switch, within
from ..program import Expression
from ..training import in_pieces
from .base import Search
from .cross_fitting import cross_fit
from .drafts import Drafter
from .ending import (
    SearchResult,
    choose,
    interruptible,
    rank,
)
from .found import new_beside, trials_of, valued
from .growth import Growth, GrowthSettings
from .local_search import Climb
from .log import Log, Phase
from .mean_products import MeansOfProducts
from .problem import Problem, RandomStream, ValuedGraph
from .products import Products, ProductSettings
from .relaxation import Relaxation, Selection, likeliest
from .settling import in_reach, settle
from .stages import LocalSearch
from .sums import Sums, SumSettings
from .trials import JudgedProgram, Trial


@dataclass(kw_only=True, repr=False, eq=False)
class DPads(Search):
    """The dPads search: relax, prune and split as the paper does, then judge, edit and fit.

    Its steps are the seven of Cui and Zhu (2021): the space of programs is relaxed into a
    graph, whose nodes are shared, and which is unfolded, trained and pruned round by round;
    partitions of it are split until single programs are left. What comes before and after is
    ours: sums of readers are searched for themselves, programs are judged by cross-fitting, and
    a :class:`~.local_search.LocalSearch` edits the best.

    Parameters
    ----------
    d_s : int, default=2
        Levels unfolded per round.
    N : int, default=2
        Candidates that each edge keeps.
    node_sharing, unfolding : bool, default=True
        The paper's two ablations.
    max_iter : int, default=10
        Greatest number of epochs of one training of the relaxed graph.
    prune_iter : int, default=3
        Epochs between two steps of gradual pruning.
    split_iter : int, default=5
        Greatest number of epochs of a partition's training.
    max_splits : int, default=4
        Greatest number of partitions expanded.
    n_pooled : int, default=24
        Programs that are judged before the local search, at most.
    most_edges_logged : int, default=400
        Edges whose architecture weights an event holds, those nearest to the root.
    n_readers : int, default=8
        Readers of frames that the relaxed graph has, at most: those that sums need most. All of
        them where there is no search among sums.
    n_groups : int, default=100
        The same of groups of features.
    growth : GrowthSettings
        Settings of the search for summands by relaxed graphs, which by default is left out.
    sums : SumSettings
        Settings of the search among sums of readers.
    products : ProductSettings
        Settings of the search for products that programs lack.
    local_search : LocalSearch
        Settings of the local search.
    **settings
        Those of :class:`~.base.Search`.
    """

    title: ClassVar[str] = "dPads"

    # benchmarks/ablations.py --alone, CalMS21: d_s of 1, 2 and 4 have 0.726, 0.707 and 0.580 in 10,
    # 7 and 3 s; N of 1, 2 and 4 have 0.710, 0.707 and 0.684, with a spread of up to 0.06 between
    # seeds (0.16 with d_s of 4).
    d_s: int = integer(2)
    N: int = integer(2)
    node_sharing: bool = switch(True)
    unfolding: bool = switch(True)
    # What a longer training learns against its time. On three divisions of the training parts of
    # RacketSports, NATOPS and CalMS21 the relaxation by itself has an F1 of -0.027 ± 0.018 with
    # twice as many of all three, in 1.7 of the time; the whole search doesn't tell them apart.
    max_iter: int = integer(10)
    prune_iter: int = integer(3)
    split_iter: int = integer(5)
    max_splits: int = integer(4)
    n_pooled: int = integer(24)
    # Without node sharing there may be very many.
    most_edges_logged: int = integer(400)
    n_readers: int = integer(8)
    # Memory and time of the relaxed graph go with the square of the groups where each is a feature:
    # with 1,000 of them it took half of a fit. Features that tell something only beside others come
    # in by edits. Not tuned: few data have as many groups.
    n_groups: int = integer(100)
    growth: GrowthSettings = within(GrowthSettings)
    sums: SumSettings = within(SumSettings)
    products: ProductSettings = within(ProductSettings)
    local_search: LocalSearch = within(LocalSearch)

    def run(self, problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
        """Search; see :class:`DPads`.

        A KeyboardInterrupt ends the search as an expired stopwatch does: the best of the
        programs met so far is chosen and fitted. A second one is passed on.

        Parameters
        ----------
        problem : Problem
            The problem.
        log : Log
            Record of the search.
        initial : sequence of Expression, default=()
            Programs of the grammar, with parameters, to judge beside those the search finds.

        Returns
        -------
        result : SearchResult
        """
        rng = problem.rng(RandomStream.SEARCH)
        sums = Sums(self.sums, problem, log)
        products = Products(self.products, problem, sums)
        known: list[JudgedProgram] = []
        with_products: list[JudgedProgram] = []
        with interruptible(log):
            sums.run()
            trials = sums.trials() if self._tells_products_first(problem) else []
            if trials and not log.stopwatch.is_late():
                known = cross_fit(problem, trials, log)
                with_products = self._with_products(problem, known, products, log)
        relaxed = None if log.stopwatch.expired() else self._relaxed_problem(problem, sums)
        pool = self._pool(problem, relaxed, log, initial, rng)
        # What the relaxation has found as well is said to be its own.
        new = new_beside(pool, [program.fitted for program in known])
        known = [program for program in known if program.fitted in new]
        # Sums first: they are sound where time ends before all others are fitted.
        pool = [*new_beside([*pool, *new], sums.trials()), *pool]
        judged: list[JudgedProgram] = []
        with interruptible(log):
            judged = cross_fit(problem, pool, log)
        judged = rank(problem, [*known, *judged] or cross_fit(problem, pool, log))
        if self.growth.max_summands and relaxed is not None:
            judged = self._grown(problem, relaxed, log, rng, judged)
        # Sums of readers were searched for themselves; edits of the best look for what is more.
        # Exchanged one for another until the loss no longer falls, they fit the folds by chance.
        linear_too = self.sums.max_summands == 0
        climb = Climb(
            self.local_search,
            problem,
            log,
            rng,
            judged,
            linear_too=linear_too,
            products=products,
            means=MeansOfProducts(self.products, problem, sums),
            ready=with_products,
        )
        with interruptible(log):
            climb.run()
        if log.stopwatch.expired():
            log.add(Phase.EXPIRED)
        return choose(problem, climb.programs, log)

    def _tells_products_first(self, problem: Problem) -> bool:
        """Whether there are many labels, and a first round that would look for products."""
        would_look = self.local_search.max_refinements > 0 and self.products.n_products > 0
        return would_look and problem.has_many_labels

    def _with_products(
        self, problem: Problem, sums: list[JudgedProgram], products: Products, log: Log
    ) -> list[JudgedProgram]:
        """The best sums with the products that they need most, trained until they have settled.

        With many labels they bring most, and who has little time has them. On the test parts of
        basketball and of the rats in two and three classes, a fit that 8 s end has an F1 of 0.931,
        0.769 and 0.768 in place of 0.647, 0.737 and 0.742 (benchmarks/run.py --max-time 8).
        """

        def objective(program: JudgedProgram) -> float:
            return program.priced_loss(problem.penalty)

        by_objective = sorted(sums, key=objective)
        trials = products.beside_best(by_objective)
        if not trials or log.stopwatch.is_late():
            return []
        found = cross_fit(problem, trials, log)
        near = in_reach(found, objective, min(map(objective, [*sums, *found])))
        return [*found, *settle(problem, near, self.local_search.settling_tol, log)]

    def _grown(
        self,
        problem: Problem,
        relaxed: Problem,
        log: Log,
        rng: np.random.Generator,
        judged: list[JudgedProgram],
    ) -> list[JudgedProgram]:
        """The programs with sums that relaxed graphs have found, best first."""
        own = self.growth
        epochs = replace(
            self, max_iter=own.max_iter, prune_iter=own.prune_iter, split_iter=own.split_iter
        )
        growth = Growth(own, epochs, problem, relaxed, log, rng)
        with interruptible(log):
            growth.run(judged)
        return rank(problem, [*judged, *growth.found])

    def _relaxed_problem(self, problem: Problem, sums: Sums) -> Problem:
        """The problem of the relaxation: fewer readers, and pieces of long recordings."""
        grammar = self._relaxed_grammar(problem.grammar, sums)
        streams = problem.data.streams
        if not streams.per_frame or len(streams.frames) <= self.training.piece_frames:
            return replace(problem, grammar=grammar)
        data = replace(problem.data, streams=streams.select(stream_keys(grammar)))
        data, split = in_pieces(data, problem.split, self.training.piece_frames)
        training = self.training.for_data(
            n_samples=data.streams.n_samples, n_timesteps=self.training.piece_frames, per_frame=True
        )
        # Pieces are divided as the sequences were; nothing is judged by them.
        return replace(
            problem, grammar=grammar, data=data, split=split, training=training, groups=None
        )

    def _relaxed_grammar(self, grammar: Grammar, sums: Sums) -> Grammar:
        """The grammar with no more readers and groups than those that sums need most."""
        of_spans = dict.fromkeys(r[-1].label for r in sums.readers if r[-1].stream != RAW)
        groups = [terminal.label for terminal in sums.terminals]
        return grammar.without(*list(of_spans)[self.n_readers :], *groups[self.n_groups :])

    def _pool(
        self,
        problem: Problem,
        relaxed: Problem | None,
        log: Log,
        initial: Sequence[Expression],
        rng: np.random.Generator,
    ) -> list[Trial]:
        """The programs of the relaxation, and those to begin with."""
        given = [valued(problem, expression) for expression in initial]
        pool = trials_of(problem, given, "programs to begin with")
        if relaxed is not None:
            found = self._relaxed_programs(relaxed, log, rng)
            pool += new_beside(pool, trials_of(problem, found, "relaxation"))
        pool = problem.affordable(pool, lambda trial: trial.graph, self.n_pooled)
        if log.stopwatch.expired():
            # What a search cut short has found may be worse than the simplest programs.
            drafter = Drafter(problem, self.local_search.drafts, rng)
            pool += [draft.trial() for draft in drafter.shallowest()]
            pool = problem.affordable(pool, lambda trial: trial.graph, self.n_pooled)
        return pool

    def _relaxed_programs(
        self, problem: Problem, log: Log, rng: np.random.Generator
    ) -> list[ValuedGraph]:
        """The programs that the relaxation finds, best first; where it was cut short, one."""
        relaxation = Relaxation(self, problem, log, rng)
        selection = Selection(self, problem, log, rng)
        with interruptible(log):
            selection.run(relaxation.run())
        found = sorted(selection.discrete.values(), key=lambda graph: -graph.score)
        if not found or log.stopwatch.expired():
            found.append(likeliest(problem, relaxation.state))
        return found
