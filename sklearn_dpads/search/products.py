"""Products of two readers, told by what the errors of a program have left to say.

This is ours, and no part of the paper's method. Beside a trained program, the loss along the
product of two affine functions falls by a bilinear form of their weights, whose matrix is made of
the program's errors and of the statistics that are read. Its first singular vectors are the weights
of the steepest product, so that hundreds of pairs of readers are looked at for the price of a fit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement, islice

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from ..engine import Schedule, from_expression, to_expression
from ..grammar import RAW, Affine, Production
from ..graph import discrete_graph
from ..inputs.settings import Settings, integer
from ..program import Expression
from ..training import cross_entropies
from .cross_fitting import JudgedProgram, Trial
from .drafts import canonical
from .linear_programs import Column
from .problem import Problem
from .summands import Summand, plus_product, read
from .sums import Sums


@dataclass(kw_only=True, repr=False, eq=False)
class ProductSettings(Settings):
    """Settings of the search for products.

    Parameters
    ----------
    n_products : int, default=2
        Products that are tried beside a program; 0 leaves this search out.
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
    # of few sequences none was chosen.
    n_products: int = integer(2, least=0)
    # With 1 a division of basketball's ended at 0.915: its best program had no room for another.
    n_parents: int = integer(2)
    # Time, which goes with the square of readers times groups; not tuned.
    n_likely: int = integer(12)
    n_readers: int = integer(5)
    n_groups: int = integer(6)


# Steps of the power iteration; what it finds is trained further.
_N_ITERATIONS = 12
# Values that are computed at once: memory.
_MOST_VALUES = 2_000_000
# Columns of the bilinear forms, whose memory goes with their square: groups of very many features
# make no factors.
_MOST_COLUMNS = 1_000

# Who has found such programs.
PRODUCTS = "products of readers"

# Two factors of a product, and what one stands in.
Pair = tuple[Summand, Summand]
Readers = tuple[Production, ...]


@dataclass(frozen=True, eq=False)
class _Product:
    """A product with weights of each fold's own.

    Parameters
    ----------
    pair : Pair
        Its factors.
    first, second : Tensor of shape (n_folds, n_outputs, n_columns)
        Weights of their scaled columns.
    loss : float
        Cross-fitted loss of the program with it, as far as one step tells.
    """

    pair: Pair
    first: Tensor
    second: Tensor
    loss: float


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

    def beside(self, program: JudgedProgram) -> list[Trial]:
        """A program with the products that it needs most, with values of each fold's own."""
        forms = self._forms_of(program.expression)
        pairs = [pair for pair in self._pairs if forms[_readers(pair)] is not None]
        if not pairs or not self.settings.n_products:
            return []
        sight = _Sight(self.problem, program, self._pairs)
        likely = sight.likely(pairs, self.settings.n_likely)
        # What reads most can become all that the others are, and is ahead once it is trained.
        widest = max(likely, key=lambda product: sum(len(f.columns) for f in product.pair))
        others = sorted(likely, key=lambda product: product.loss)
        chosen = list(dict.fromkeys([widest, *others]))[: self.settings.n_products]
        trials = [self._trial(program, p, forms[_readers(p.pair)] or 0) for p in chosen]
        return [trial for trial in trials if trial is not None]

    @cached_property
    def _pairs(self) -> list[Pair]:
        settings = self.settings
        frames = [s.readers for s in self.sums.summands if s.readers[-1].stream == RAW]
        readers = dict.fromkeys([*frames, *self.sums.readers[: settings.n_readers]])
        most = _MOST_COLUMNS // len(readers) if readers else 0
        narrow = [t for t in self.sums.terminals if len(t.features) <= most]
        terminals: list[Affine] = []
        features: set[int] = set()
        for terminal in narrow[: settings.n_groups]:
            if len(features | {*terminal.features}) <= most:
                terminals.append(terminal)
                features |= {*terminal.features}
        factors = [Summand(r, t) for r in readers for t in terminals]
        return list(combinations_with_replacement(factors, 2))

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
        width, grammar = expression.width, self.problem.grammar
        factors = read(pair[0], width), read(pair[1], width)
        for number, form in enumerate(plus_product(expression, pair, factors)):
            program = canonical(form, grammar)
            known = {node.production for _, node in program.walk()} <= set(grammar.productions)
            if known and program.depth <= self.problem.max_depth:
                return number
        return None

    def _trial(self, program: JudgedProgram, product: _Product, form: int) -> Trial | None:
        """The program with a product; None where a fold's version algebraically is another one."""
        problem, trial = self.problem, program.fitted
        versions = []
        for start, first, second in zip(trial.starts, product.first, product.second, strict=True):
            factors = self._affine(product.pair[0], first), self._affine(product.pair[1], second)
            forms = plus_product(to_expression(trial.graph, start), product.pair, factors)
            versions.append(canonical(next(islice(forms, form, None)), problem.grammar))
        if len({version.skeleton() for version in versions}) > 1:
            return None
        graph = discrete_graph(versions[0], problem.grammar, problem.n_features)
        starts = [from_expression(graph, version) for version in versions]
        return Trial(graph, starts, found_by=PRODUCTS)

    def _affine(self, factor: Summand, weights: Tensor) -> Expression:
        """A factor with weights of its scaled columns."""
        scaled = [self.problem.few_linear.column(column) for column in factor.columns]
        divisors = np.array([scale if scale else np.inf for _, _, scale in scaled])
        weight = weights[:, : len(divisors)].cpu().numpy() / divisors
        bias = -weight @ np.array([mean for _, mean, _ in scaled])
        whole = read(factor, len(weight))
        (terminal,) = whole.args
        return whole.with_args((replace(terminal, params={"weight": weight, "bias": bias}),))


class _Sight:
    """What products would bring beside a program, by the version of each fold.

    Parameters
    ----------
    problem : Problem
        The problem.
    program : JudgedProgram
        The program, with its trial.
    pairs : list of Pair
        Factors that may be asked for.
    """

    def __init__(self, problem: Problem, program: JudgedProgram, pairs: list[Pair]) -> None:
        self._fits = fits = problem.few_linear
        factors = [factor for pair in pairs for factor in pair]
        columns = list(dict.fromkeys(column for f in factors for column in f.columns))
        self._values = fits.design(columns)[:, :-1]
        self._at: dict[Column, int] = {column: i for i, column in enumerate(columns)}
        self._outputs = outputs = _outputs_of_folds(problem, program)
        binary = fits.targets.n_classes == 2
        shares = torch.sigmoid(outputs) if binary else torch.softmax(outputs, 1)
        weights = fits.folds.weights[:, None]
        # By which the loss of each fold's version rises with each output, and how that changes.
        self._errors = (shares - fits.folds.targets()) * weights
        self._curvatures = shares * (1 - shares) * weights

    def likely(self, pairs: list[Pair], n_likely: int) -> list[_Product]:
        """The products by which the loss is expected to fall most."""
        errors, curvatures = (v.mean(0, keepdim=True) for v in (self._errors, self._curvatures))
        forms = self._forms(errors)
        at_once = max(1, _MOST_VALUES // self._outputs[0].numel())
        gains: list[float] = []
        for start in range(0, len(pairs), at_once):
            values = [self._steepest(p, forms)[2] for p in pairs[start : start + at_once]]
            slopes, bends, _ = self._slopes(torch.cat(values), errors, curvatures)
            gains += (slopes.square() / bends).sum(-1).tolist()
        order = np.argsort(gains, kind="stable")[::-1][:n_likely]
        forms = self._forms(self._errors)
        return [self._product(pairs[i], forms) for i in order]

    def _forms(self, errors: Tensor) -> Tensor:
        """Matrices of the bilinear forms of all columns, for every output of every version."""
        flat = [(self._values * error[:, None]).mT @ self._values for error in errors.flatten(0, 1)]
        forms: Tensor = torch.stack(flat).unflatten(0, errors.shape[:2])
        return forms

    def _steepest(self, pair: Pair, forms: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights of length 1 of the steepest product, and its values."""
        rows, columns = ([self._at[column] for column in factor.columns] for factor in pair)
        block = forms[..., rows, :][..., columns]
        second = block.square().sum(-2).sqrt()
        for _ in range(_N_ITERATIONS):
            first = normalize((block @ second[..., None])[..., 0], dim=-1)
            second = normalize((first[..., None, :] @ block)[..., 0, :], dim=-1)
        values = (first @ self._values[:, rows].mT) * (second @ self._values[:, columns].mT)
        return first, second, values

    def _product(self, pair: Pair, forms: Tensor) -> _Product:
        """A product with the step that Newton's method takes along it."""
        first, second, values = self._steepest(pair, forms)
        slopes, bends, means = self._slopes(values, self._errors, self._curvatures)
        steps = -slopes / bends
        moved = self._outputs + steps[..., None] * (values - means[..., None])
        size = steps.abs().sqrt()[..., None]
        return _Product(
            pair, first * size, second * size * steps.sign()[..., None], self._held_out_loss(moved)
        )

    def _held_out_loss(self, outputs: Tensor) -> float:
        fits = self._fits
        held_out = outputs.gather(0, fits.fold_of.expand(1, outputs.shape[1], -1))
        return float(fits.mean(cross_entropies(held_out, fits.targets)))

    def _slopes(
        self, values: Tensor, errors: Tensor, curvatures: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """First and second derivatives of the loss along products, beside a bias, and means."""
        means = (values * curvatures).sum(-1) / curvatures.sum(-1).clamp(min=1e-30)
        centered = values - means[..., None]
        bends = (centered.square() * curvatures).sum(-1) + self._fits.ridges([1.0])
        return (centered * errors).sum(-1), bends, means


def _readers(pair: Pair) -> tuple[Readers, Readers]:
    return pair[0].readers, pair[1].readers


def _outputs_of_folds(problem: Problem, program: JudgedProgram) -> Tensor:
    """Outputs of each fold's version at the positions of linear fits, none left out.

    Returns
    -------
    outputs : Tensor of shape (n_folds, n_outputs, n_positions)
    """
    trial, positions = program.fitted, problem.few_linear.positions
    schedule = Schedule([trial.graph] * len(trial.starts), device=problem.device)
    sequences, of_positions = (positions % problem.n_sequences).unique(return_inverse=True)
    outputs = problem.outputs(schedule, trial.starts, sequences.cpu().numpy())
    frames = positions // problem.n_sequences
    return outputs[:, :, frames, of_positions].to(problem.few_linear.dtype)
