"""Products of two readers, told by what the errors of a program have left to say.

This is ours, and no part of the paper's method. Beside a trained program, the loss along the
product of two affine functions falls by a bilinear form of their weights, whose matrix is made of
the program's errors and of the statistics that are read. Its first singular vectors are the weights
of the steepest product, so that hundreds of pairs of readers are looked at for the price of a fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement, islice

from torch import Tensor

from ..engine import from_expression, to_expression
from ..grammar import RAW, Affine, Production
from ..graph import discrete_graph
from ..inputs.settings import Settings, integer
from ..program import Expression
from .drafts import canonical
from .linear_programs import Column
from .problem import Problem
from .steepest import AtPositions, Pair, Product, Sight, outputs_of_folds
from .summands import Summand, plus_product, read
from .sums import Sums
from .trials import JudgedProgram, Trial


@dataclass(kw_only=True, repr=False, eq=False)
class ProductSettings(Settings):
    """Settings of the search for products.

    Parameters
    ----------
    n_products : int, default=2
        Products that are tried beside a program, and as many means of products; 0 leaves this
        search out.
    n_parents : int, default=2
        Programs per round that products are tried beside.
    n_likely : int, default=12
        Products that are looked at fold by fold, after all were looked at once.
    n_readers, n_groups : int, default=5 and 6
        Readers of frames and groups of features that factors are made of, those that sums need
        most, beside the frames themselves.
    """

    # What errors tell against the time of cross-fits. On three divisions of the training parts of
    # basketball and of the rats in two classes, products raise F1 from 0.883 to 0.990 and from
    # 0.771 to 0.784 in less time than without; on eight of CalMS21's it is -0.006 ± 0.008. On sets
    # of few sequences none was chosen. Means of products raise F1 from 0.640 to 0.770 on two
    # divisions of MSR Action3D and from 0.595 to 0.726 on RacketSports with the paper's grammar, in
    # twice the time; beside the default readers none was chosen, in 1.0 to 1.1 of the time.
    n_products: int = integer(2, least=0)
    # With 1 a division of basketball's ended at 0.915: its best program had no room for another.
    n_parents: int = integer(2)
    # Time, which goes with the square of readers times groups; not tuned.
    n_likely: int = integer(12)
    n_readers: int = integer(5)
    n_groups: int = integer(6)


# Columns of the bilinear forms, whose memory goes with their square: groups of very many features
# make no factors.
_MOST_COLUMNS = 1_000

# Who has found such programs.
PRODUCTS = "products of readers"

Readers = tuple[Production, ...]


class Products:
    """The search for products that a program lacks.

    Parameters
    ----------
    settings : ProductSettings
        Settings.
    problem : Problem
        The problem.
    sums : Sums
        The search among sums, which says what is read first.
    """

    def __init__(self, settings: ProductSettings, problem: Problem, sums: Sums) -> None:
        self.settings, self.problem, self.sums = settings, problem, sums
        self._forms_of_shape: dict[str, dict[tuple[Readers, Readers], int | None]] = {}
        self._had: set[str] = set()

    def beside_best(self, programs: Iterable[JudgedProgram]) -> list[Trial]:
        """The best programs with the products that they need most, each once.

        Parameters
        ----------
        programs : iterable of JudgedProgram
            Programs, best first.
        """
        with_room = (p for p in programs if self.has_room(p.expression))
        best = list(islice(with_room, self.settings.n_parents))
        new = [p for p in best if p.expression.skeleton() not in self._had]
        self._had.update(p.expression.skeleton() for p in new)
        return [trial for program in new for trial in self.beside(program)]

    def beside(self, program: JudgedProgram) -> list[Trial]:
        """A program with the products that it needs most, with values of each fold's own."""
        forms = self._forms_of(program.expression)
        pairs = [pair for pair in self._pairs if forms[_readers(pair)] is not None]
        if not pairs or not self.settings.n_products:
            return []
        reading = AtPositions(self.problem.few_linear, columns_of_pairs(self._pairs))
        sight = Sight(self.problem, outputs_of_folds(self.problem, program), reading)
        trial, found = program.fitted, []
        for product in most_needed(sight, pairs, self.settings):
            number = forms[_readers(product.pair)] or 0
            versions = []
            for start, factors in zip(trial.starts, factors_of_folds(product), strict=True):
                whole = to_expression(trial.graph, start)
                of_fold = plus_product(whole, product.pair, factors)
                versions.append(next(islice(of_fold, number, None)))
            found.append(trial_of(self.problem, versions))
        return [trial for trial in found if trial is not None]

    @cached_property
    def _pairs(self) -> list[Pair]:
        frames = [s.readers for s in self.sums.summands if s.readers[-1].stream == RAW]
        needed = self.sums.readers[: self.settings.n_readers]
        return pairs_of(list(dict.fromkeys([*frames, *needed])), self.sums, self.settings)

    def has_room(self, expression: Expression) -> bool:
        """Whether the grammar has a program with a product within the depth."""
        return any(form is not None for form in self._forms_of(expression).values())

    def _forms_of(self, expression: Expression) -> dict[tuple[Readers, Readers], int | None]:
        """The form of a program with a product of two readers, whatever groups they are of."""
        shape = expression.skeleton()
        if shape not in self._forms_of_shape:
            of_readers = {_readers(pair): pair for pair in self._pairs}
            found = {key: self._form(expression, pair) for key, pair in of_readers.items()}
            self._forms_of_shape[shape] = found
        return self._forms_of_shape[shape]

    def _form(self, expression: Expression, pair: Pair) -> int | None:
        """The first form of a program with a product that the grammar has within the depth."""
        width = expression.width
        factors = read(pair[0], width), read(pair[1], width)
        for number, form in enumerate(plus_product(expression, pair, factors)):
            if is_program(form, self.problem):
                return number
        return None


def pairs_of(readers: Sequence[Readers], sums: Sums, settings: ProductSettings) -> list[Pair]:
    """Pairs of factors that read groups in some ways; groups are those that sums need most."""
    most = _MOST_COLUMNS // len(readers) if readers else 0
    narrow = [t for t in sums.terminals if len(t.features) <= most]
    terminals: list[Affine] = []
    features: set[int] = set()
    for terminal in narrow[: settings.n_groups]:
        if len(features | {*terminal.features}) <= most:
            terminals.append(terminal)
            features |= {*terminal.features}
    factors = [Summand(r, t) for r in readers for t in terminals]
    return list(combinations_with_replacement(factors, 2))


def columns_of_pairs(pairs: Sequence[Pair]) -> list[Column]:
    """What their factors read, each once."""
    return list(dict.fromkeys(column for pair in pairs for f in pair for column in f.columns))


def most_needed(sight: Sight, pairs: Sequence[Pair], settings: ProductSettings) -> list[Product]:
    """The products to try: the widest of those that are likely, and what one step finds best."""
    likely = sight.likely(pairs, settings.n_likely)
    # What reads most can become all that the others are, and is ahead once it is trained.
    widest = max(likely, key=lambda product: sum(len(f.columns) for f in product.pair))
    others = sorted(likely, key=lambda product: product.loss)
    return list(dict.fromkeys([widest, *others]))[: settings.n_products]


def factors_of_folds(product: Product) -> list[tuple[Expression, Expression]]:
    """The factors of a product, as they are read, with values of each fold's own."""
    of_pair = zip(product.pair, (product.first, product.second), strict=True)
    first, second = (
        [_affine(factor, w, b) for w, b in zip(*of_folds, strict=True)]
        for factor, of_folds in of_pair
    )
    return list(zip(first, second, strict=True))


def _affine(factor: Summand, weights: Tensor, biases: Tensor) -> Expression:
    whole = read(factor, len(weights))
    (terminal,) = whole.args
    params = {"weight": weights.cpu().numpy(), "bias": biases.cpu().numpy()}
    return whole.with_args((replace(terminal, params=params),))


def is_program(form: Expression, problem: Problem) -> bool:
    """Whether the grammar has a program, in the form in which it is searched, within the depth."""
    program = canonical(form, problem.grammar)
    known = {node.production for _, node in program.walk()} <= set(problem.grammar.productions)
    return known and program.depth <= problem.max_depth


def trial_of(problem: Problem, versions: Sequence[Expression]) -> Trial | None:
    """A program of each fold's version; None where a version algebraically is another one."""
    versions = [canonical(version, problem.grammar) for version in versions]
    if len({version.skeleton() for version in versions}) > 1:
        return None
    graph = discrete_graph(versions[0], problem.grammar, problem.n_features)
    starts = [from_expression(graph, version) for version in versions]
    return Trial(graph, starts, found_by=PRODUCTS)


def _readers(pair: Pair) -> tuple[Readers, Readers]:
    return pair[0].readers, pair[1].readers
