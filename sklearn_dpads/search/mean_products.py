"""Means of products, told by what the errors of a program have left to say.

A mean of products over a span is no product of means: it tells how two features go together within
a sequence, and of one feature how large it is, whatever its sign. This is ours, as products are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from torch import Tensor

from ..engine import to_expression
from ..grammar import LIST_TO_ATOM, Add, Multiply, Production, SlideWindow
from ..grammar.statistics import MEAN
from ..program import Expression
from .problem import Problem
from .products import (
    ProductSettings,
    columns_of_pairs,
    factors_of_folds,
    is_program,
    most_needed,
    pairs_of,
    trial_of,
)
from .steepest import OverSpan, Pair, Product, Sight, outputs_of_folds, outputs_of_nothing
from .summands import read
from .sums import Sums
from .trials import JudgedProgram, Trial

# Share of the loss after one step that training may leave, where nothing else stands beside: it
# leaves a half to two thirds on RacketSports and MSR Action3D. Beside sums of the default readers
# none is trained then, which took a sixth of a fit.
_TRAINED = 0.5


class MeansOfProducts:
    """The search for means of products that a program lacks.

    Parameters
    ----------
    settings : ProductSettings
        Settings; as many are tried as of products.
    problem : Problem
        The problem.
    sums : Sums
        The search among sums, which says what is read first.
    """

    def __init__(self, settings: ProductSettings, problem: Problem, sums: Sums) -> None:
        self.settings, self.problem, self.sums = settings, problem, sums

    def beside(self, program: JudgedProgram) -> list[Trial]:
        """A program with those that promise more than their price."""
        outputs = outputs_of_folds(self.problem, program)
        graph = program.fitted.graph
        versions = [to_expression(graph, start) for start in program.fitted.starts]

        def pays(gain: float, product: Product, whole: Expression) -> bool:
            return gain > self.problem.penalty * (whole.cost - program.cost)

        return self._trials(outputs, versions, pays)

    def alone(self, objective: float) -> list[Trial]:
        """Those that tell most by themselves, where they may come near to an objective."""
        n_folds = self.problem.folds.n_folds

        def may_reach(gain: float, product: Product, whole: Expression) -> bool:
            return _TRAINED * product.loss < objective

        return self._trials(outputs_of_nothing(self.problem), [None] * n_folds, may_reach)

    def _trials(
        self,
        outputs: Tensor,
        versions: Sequence[Expression | None],
        is_hopeful: Callable[[float, Product, Expression], bool],
    ) -> list[Trial]:
        found = []
        for reader, pairs in self._pairs.items():
            shape = _mean(reader, *(read(factor, outputs.shape[1]) for factor in pairs[0]))
            number = self._form(versions[0], shape)
            if number is None:
                continue
            reading = OverSpan(self.problem, columns_of_pairs(pairs), reader.window)
            sight = Sight(self.problem, outputs, reading)
            before = sight.held_out_loss(outputs)
            for product in most_needed(sight, pairs, self.settings):
                means = [_mean(reader, *factors) for factors in factors_of_folds(product)]
                wholes = [
                    next(islice(_beside(whole, mean), number, None))
                    for whole, mean in zip(versions, means, strict=True)
                ]
                if is_hopeful(before - product.loss, product, wholes[0]):
                    found.append(trial_of(self.problem, wholes))
        return [trial for trial in found if trial is not None]

    def _form(self, whole: Expression | None, mean: Expression) -> int | None:
        """The first form of a program with a mean that the grammar has within the depth."""
        forms = enumerate(_beside(whole, mean))
        return next((i for i, form in forms if is_program(form, self.problem)), None)

    @cached_property
    def _pairs(self) -> dict[SlideWindow, list[Pair]]:
        """For what averages values over a span, the factors of what it may average."""
        if self.problem.signature != LIST_TO_ATOM or not self.settings.n_products:
            return {}
        readers = [
            production
            for production in self.problem.grammar.of(LIST_TO_ATOM)
            if isinstance(production, SlideWindow)
            and production.statistic == MEAN
            and production.of == "values"
        ]
        found = {r: pairs_of([(r,)], self.sums, self.settings) for r in readers}
        return {reader: pairs for reader, pairs in found.items() if pairs}


def _mean(reader: Production, first: Expression, second: Expression) -> Expression:
    """The mean of the product of two functions of frames, given as they are read."""
    of_frames = first.args[0], second.args[0]
    width = first.width
    product = Expression(Multiply(of_frames[0].signature), width, 0, of_frames, {})
    return Expression(reader, width, 0, (product,), {})


def _beside(whole: Expression | None, mean: Expression) -> Iterator[Expression]:
    """A program with a mean, in each of the forms that a grammar may have."""
    if whole is None:
        yield mean
        return
    yield Expression(Add(whole.signature), whole.width, 0, (whole, mean), {})
    if whole.production == mean.production:
        inner = (*whole.args, *mean.args)
        joined = Expression(Add(inner[0].signature), whole.width, 0, inner, {})
        yield whole.with_args((joined,))
