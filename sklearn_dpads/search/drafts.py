"""Programs that the local search tries, with the values they begin with, per fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ..engine import Parameters, from_expression, initialize, to_expression
from ..grammar import (
    Grammar,
    Production,
    SlideWindowAvg,
)
from ..graph import (
    DerivationGraph,
    derivation_graph,
    discrete_graph,
    split_all,
)
from ..inputs.settings import Settings, integer
from ..program import Expression, joined_in_shape, reduced
from .changes import Edit
from .derivations import Derivation, Derivations
from .lazy import Made
from .neighbours import Neighbourhood
from .problem import Problem, RandomStream
from .trials import JudgedProgram, Trial, fold_seeds


@dataclass(frozen=True, eq=False)
class Draft:
    """A program with values for the first fold; those of the others are made on demand.

    Parameters
    ----------
    graph : DerivationGraph
        The program.
    start : Parameters
        Values that have not seen the first fold.
    others : callable
        Makes the values for each other fold, which have not seen it.
    found_by : str, default="local search"
        What made it.
    """

    graph: DerivationGraph
    start: Parameters
    others: Callable[[], list[Parameters]]
    found_by: str = "local search"

    def trial(self) -> Trial:
        """The program with values for every fold."""
        return Trial(self.graph, [self.start, *self.others()], found_by=self.found_by)


# Another way to write a program, which computes the same.
Form = Callable[[Expression], Expression]


@dataclass(frozen=True, eq=False)
class Plan:
    """An edit of a program that is not made yet.

    Parameters
    ----------
    parent : JudgedProgram
        The program.
    origin : Expression
        What is edited: the program in some form, with values that the first fold has not seen.
    form : callable
        Gives a version of the program that form.
    edit : Edit
        The edit.
    """

    parent: JudgedProgram
    origin: Expression
    form: Form
    edit: Edit


@dataclass(kw_only=True, repr=False, eq=False)
class DraftSettings(Settings):
    """How large and how many the programs are that the local search tries.

    Parameters
    ----------
    max_productions : int, default=15
        Greatest size of a program.
    n_combined : int, default=100
        Edits of a program that bring two new terminals at once, drawn at random.
    largest_repeated : int, default=4
        Productions of a part that an edit may make both branches of a condition, at most.
    most_read : int, default=60
        Readers of a terminal that an edit adds at a place, drawn where there are more.
    """

    # What a person still reads.
    max_productions: int = integer(15)
    # There are as many as pairs of groups, which would leave other edits no chance to be drawn.
    n_combined: int = integer(100)
    # A part that is said twice is read twice.
    largest_repeated: int = integer(4)
    # Sums of readers are searched one and all elsewhere; here they are conditions and factors.
    most_read: int = integer(60)


class Drafter:
    """Makes the programs to try.

    Parameters
    ----------
    problem : Problem
        The problem.
    settings : DraftSettings
        How large and how many they may be.
    rng : numpy.random.Generator
        Source of what is drawn.
    """

    def __init__(self, problem: Problem, settings: DraftSettings, rng: np.random.Generator) -> None:
        self.problem, self.settings, self.rng = problem, settings, rng
        self.neighbourhood = Neighbourhood(
            problem.grammar,
            problem.n_features,
            problem.max_depth,
            rng,
            largest_repeated=settings.largest_repeated,
            most_read=settings.most_read,
        )

    def plans(self, parent: JudgedProgram) -> Sequence[Plan]:
        """The edits of a program, each described when it is asked for."""
        return self._plans(parent, _origin(parent), _as_it_is)

    def plans_of_values(self, parent: JudgedProgram) -> Sequence[Plan]:
        """The edits of the same program with windows that average values, if it has any."""
        origin, grammar = _origin(parent), self.problem.grammar
        averaging = of_values(origin, grammar)
        if averaging is origin:
            return []
        return self._plans(parent, averaging, lambda expression: of_values(expression, grammar))

    def _plans(self, parent: JudgedProgram, origin: Expression, form: Form) -> Sequence[Plan]:
        edits = self.neighbourhood.edits(origin, n_combined=self.settings.n_combined)
        return Made(edits, lambda edit: Plan(parent, origin, form, edit))

    def drafts(
        self,
        plans: Sequence[Plan],
        wanted: Callable[[Expression, int], bool],
        hopeful: Callable[[Plan], bool] | None = None,
    ) -> Iterator[Draft]:
        """Carry out edits in random order, each when it is asked for.

        Parameters
        ----------
        plans : sequence of Plan
            The edits.
        wanted : callable
            Whether an expression, an edit of a program of so many productions, is worth trying.
        hopeful : callable or None, default=None
            Whether an edit may lead to one, told before it is made; None says nothing.

        Yields
        ------
        draft : Draft
            One that is wanted and not too large.
        """
        for i in self.rng.permutation(len(plans)):
            plan = plans[int(i)]
            if hopeful is not None and not hopeful(plan):
                continue
            edited = self.neighbourhood.made(plan.origin, plan.edit)
            if edited is None or edited.n_productions > self.settings.max_productions:
                continue
            expression = canonical(edited, self.problem.grammar)
            if wanted(expression, plan.parent.expression.n_productions):
                yield self._draft(expression, plan)

    def _draft(self, expression: Expression, plan: Plan) -> Draft:
        problem, trial = self.problem, plan.parent.fitted
        graph = discrete_graph(expression, problem.grammar, problem.n_features)

        def others() -> list[Parameters]:
            """Make the edit in the versions of the other folds, whose labels they have not seen."""
            versions = (plan.form(to_expression(trial.graph, start)) for start in trial.starts[1:])
            edited = (canonical(plan.edit.apply(version), problem.grammar) for version in versions)
            return [
                from_expression(graph, version)
                if _productions(version) == _productions(expression)
                # Of a constant condition it is the branch of its sign that is left, which
                # may be the other one here.
                else initialize(graph, seed)
                for version, seed in zip(edited, fold_seeds(problem)[1:], strict=True)
            ]

        return Draft(graph, from_expression(graph, expression), others)

    def shallowest(self, wanted: Callable[[Expression], bool] = lambda _: True) -> list[Draft]:
        """The programs of the least depth, so that no search starts from one corner.

        Where there are very many, some of those that are wanted are drawn.

        Parameters
        ----------
        wanted : callable, default=all are
            Whether an expression is worth trying.
        """
        problem = self.problem
        depth = problem.grammar.min_depth(
            problem.signature, width=problem.n_outputs, n_features=problem.n_features
        )
        there_are = problem.grammar.count_programs(
            problem.signature, max_depth=depth, n_outputs=problem.n_outputs
        )
        if there_are <= _MANY_SHALLOW:
            return list(self._wanted_of(split_all(self._graph(depth, depth)), wanted))
        drawn = self._wanted_of(self._drawn_of(depth), wanted)
        return list(islice(drawn, _SHALLOW_DRAWN))

    def _drawn_of(self, depth: int) -> Iterator[DerivationGraph]:
        """Programs up to a depth, drawn at random, each once."""
        problem, met = self.problem, set[Derivation]()
        derivations = Derivations(problem.grammar, problem.n_features)
        empty = self._graph(0, depth)
        rng = problem.rng(RandomStream.SHALLOWEST)
        for _ in range(_MOST_DRAWS):
            drawn = derivations.draw(
                problem.signature, width=problem.n_outputs, max_depth=depth, rng=rng
            )
            if drawn not in met:
                met.add(drawn)
                yield drawn.graph(empty)

    def _graph(self, depth: int, max_depth: int) -> DerivationGraph:
        problem = self.problem
        return derivation_graph(
            problem.grammar,
            problem.signature,
            n_features=problem.n_features,
            n_outputs=problem.n_outputs,
            depth=depth,
            max_depth=max_depth,
        )

    def _wanted_of(
        self, graphs: Iterator[DerivationGraph], wanted: Callable[[Expression], bool]
    ) -> Iterator[Draft]:
        for graph in graphs:
            draft = _fresh(self.problem, graph)
            shape = to_expression(draft.graph, draft.start)
            if canonical(shape, self.problem.grammar) is shape and wanted(shape):
                yield draft


# Programs of the least depth that are gone through one and all. With a group for every feature
# there are thousands, which would leave the edits of the best no place: then as many are drawn as
# are a third of a round. Neither was tuned.
_MANY_SHALLOW, _SHALLOW_DRAWN = 300, 50
# Few may be wanted of all that are drawn: those with a recurrence are one in seven.
_MOST_DRAWS = 2000


def _productions(expression: Expression) -> list[Production]:
    return [node.production for _, node in expression.walk()]


def _as_it_is(expression: Expression) -> Expression:
    return expression


def _origin(parent: JudgedProgram) -> Expression:
    """A program with the values that the first fold has not seen."""
    return to_expression(parent.fitted.graph, parent.fitted.starts[0])


def _fresh(problem: Problem, graph: DerivationGraph) -> Draft:
    first, *others = fold_seeds(problem)
    start = initialize(graph, first)
    return Draft(graph, start, lambda: [initialize(graph, seed) for seed in others])


def canonical(expression: Expression, grammar: Grammar) -> Expression:
    """Give a program in the one form in which it is searched; what it computes stays the same.

    What algebra shows to be superfluous is left out: it would be trained, and its price be asked,
    as if it could do something. Frames are averaged rather than values where the function of
    frames is affine: the mean of its values is its value for the mean frame, which needs one
    evaluation per window, not one per frame. What a sum reads in one way is read once. Sums and
    products of more than two stand in one order and nesting.

    Parameters
    ----------
    expression : Expression
        A program.
    grammar : Grammar
        The language; a window that it lacks is not put in.
    """
    averaged = _averaging("frames", reduced(expression), grammar)
    return nested(joined_in_shape(averaged, grammar.productions))


def nested(expression: Expression) -> Expression:
    """Give sums and products of more than two one order and nesting, as flat as can be."""
    if not expression.args:
        return expression
    args = tuple(nested(arg) for arg in expression.args)
    changed = any(new is not old for new, old in zip(args, expression.args, strict=True))
    whole = expression.with_args(args) if changed else expression
    members = list(whole.members())
    if len(members) <= len(whole.args):
        return whole
    joined = joined_evenly(whole, sorted(members, key=Expression.skeleton))
    return whole if joined.skeleton() == whole.skeleton() else joined


def joined_evenly(of: Expression, members: Sequence[Expression]) -> Expression:
    """Join expressions by an expression's production, a half on each side."""
    if len(members) == 1:
        return members[0]
    half = (len(members) + 1) // 2
    sides = (joined_evenly(of, members[:half]), joined_evenly(of, members[half:]))
    return of.with_args(sides)


def of_values(expression: Expression, grammar: Grammar) -> Expression:
    """Undo :func:`canonical`: average values where the function of frames is affine.

    What it computes is the same, but an edit that makes the function another than affine
    then gives another program.
    """
    return _averaging("values", expression, grammar)


def _averaging(of: str, expression: Expression, grammar: Grammar) -> Expression:
    if not expression.args:
        return expression
    args = tuple(_averaging(of, arg, grammar) for arg in expression.args)
    changed = any(new is not old for new, old in zip(args, expression.args, strict=True))
    whole = expression.with_args(args) if changed else expression
    production = expression.production
    if not isinstance(production, SlideWindowAvg) or production.of == of:
        return whole
    if not all(node.production.affine for _, node in args[0].walk()):
        return whole
    for other in grammar.productions:
        if isinstance(other, SlideWindowAvg) and (other.window, other.of) == (
            production.window,
            of,
        ):
            return Expression(other, whole.width, whole.accumulator, args, whole.params)
    return whole
