"""Which products the errors of a program ask for: the steepest, by bilinear forms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from ..engine import Schedule
from ..grammar.spans import Span, span_bounds
from ..training import cross_entropies
from .designs import Designs
from .linear_programs import Column
from .problem import Problem
from .summands import Summand
from .trials import JudgedProgram

# Steps of the power iteration; what it finds is trained further.
_N_ITERATIONS = 12
# Values that are computed at once: memory.
_MOST_VALUES = 2_000_000
# Values of frames by which means of products are told; of more, some frames of each sequence.
_MOST_OF_FRAMES = 8_000_000

# Two factors of a product, and what one stands in.
Pair = tuple[Summand, Summand]
# Weights and biases.
Affines = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Product:
    """A product with weights of each fold's own.

    Parameters
    ----------
    pair : Pair
        Its factors.
    first, second : tuple of Tensor of float64
        Weights of what they read, of shape (n_folds, n_outputs, n_columns), and biases, of shape
        (n_folds, n_outputs).
    loss : float
        Cross-fitted loss of the program with it, as far as one step tells.
    """

    pair: Pair
    first: Affines
    second: Affines
    loss: float


class Reading(ABC):
    """What the factors of products read at the positions of linear fits.

    Parameters
    ----------
    columns : sequence of Column
        The columns.
    means, scales : Tensor of float64 of shape (n_columns,)
        What is taken off each, and what it is then divided by; infinite, where it tells nothing.
    """

    def __init__(self, columns: Sequence[Column], means: Tensor, scales: Tensor) -> None:
        self.at: dict[Column, int] = {column: i for i, column in enumerate(columns)}
        self._means, self._scales = means, scales

    def unscaled(self, weights: Tensor, places: list[int]) -> Affines:
        """Give the weights of columns as they are, and the biases, for those of scaled ones."""
        raw = weights.double() / self._scales[places]
        return raw, -(raw * self._means[places]).sum(-1)

    @abstractmethod
    def forms(self, errors: Tensor) -> Tensor:
        """Give matrices of bilinear forms: what the loss changes by along products of columns.

        Parameters
        ----------
        errors : Tensor of shape (n_versions, n_outputs, n_positions)
            What the loss changes by with the outputs.

        Returns
        -------
        forms : Tensor of shape (n_versions, n_outputs, n_columns, n_columns)
        """

    @abstractmethod
    def products(self, first: Tensor, second: Tensor, places: tuple[list[int], ...]) -> Tensor:
        """Give the values of products.

        Parameters
        ----------
        first, second : Tensor of shape (n_versions, n_outputs, n_columns_of_factor)
            Weights of the factors.
        places : tuple of two lists of int
            Columns of the factors.

        Returns
        -------
        values : Tensor of shape (n_versions, n_outputs, n_positions)
        """


class AtPositions(Reading):
    """Statistics, of which a product has one value at each position.

    Parameters
    ----------
    fits : Designs
        The positions.
    columns : sequence of Column
        What is read.
    """

    def __init__(self, fits: Designs, columns: Sequence[Column]) -> None:
        scales = [fits.column(column)[1:] for column in columns]
        super().__init__(columns, *_means_and_scales(scales, fits))
        self._values = fits.design(columns)[:, :-1]

    def forms(self, errors: Tensor) -> Tensor:
        return _forms(self._values, errors)

    def products(self, first: Tensor, second: Tensor, places: tuple[list[int], ...]) -> Tensor:
        one, other = (self._values[:, of].mT for of in places)
        return (first @ one) * (second @ other)


class OverSpan(Reading):
    """Frames, of which a product is averaged over a span before each position.

    Parameters
    ----------
    problem : Problem
        A problem of whole sequences.
    columns : sequence of Column
        What is read.
    span : int, Part or None
        The span: the last frames, a part of all, or all.
    """

    def __init__(self, problem: Problem, columns: Sequence[Column], span: Span) -> None:
        fits, streams = problem.few_linear, problem.data.streams
        spans = [span_bounds(span, n) for n in streams.lengths[fits.positions].tolist()]
        size = len(columns) * sum(end - first for first, end in spans)
        step = -(-size // _MOST_OF_FRAMES)
        times = [torch.arange(first, end)[::step] for first, end in spans]
        device = fits.positions.device
        self._counts = torch.tensor([len(of) for of in times], device=device)
        self._of = torch.repeat_interleave(self._counts)
        rows, features = fits.positions[self._of], [feature for _, feature in columns]
        frames = streams.frames[torch.cat(times).to(device), rows][:, features].double()
        means, scales = frames.mean(0), frames.std(0, correction=0)
        super().__init__(columns, means, torch.where(scales > 0, scales, torch.inf))
        self._frames = ((frames - self._means) / self._scales).to(fits.dtype)

    def forms(self, errors: Tensor) -> Tensor:
        return _forms(self._frames, (errors / self._counts)[..., self._of])

    def products(self, first: Tensor, second: Tensor, places: tuple[list[int], ...]) -> Tensor:
        one, other = (self._frames[:, of].mT for of in places)
        found = first.new_zeros((*first.shape[:-1], len(self._counts)))
        # One version at a time: there are many frames.
        for sums, a, b in zip(found, first, second, strict=True):
            sums.index_add_(-1, self._of, (a @ one) * (b @ other))
        return found / self._counts


class Sight:
    """What products would bring beside a program, by the version of each fold.

    Parameters
    ----------
    problem : Problem
        The problem.
    outputs : Tensor of shape (n_folds, n_outputs, n_positions)
        What the versions give at the positions of linear fits.
    reading : Reading
        What factors read.
    """

    def __init__(self, problem: Problem, outputs: Tensor, reading: Reading) -> None:
        self._fits = fits = problem.few_linear
        self._reading, self._outputs = reading, outputs
        binary = fits.targets.n_classes == 2
        shares = torch.sigmoid(outputs) if binary else torch.softmax(outputs, 1)
        weights = fits.folds.weights[:, None]
        # By which the loss of each fold's version rises with each output, and how that changes.
        self._errors = (shares - fits.folds.targets) * weights
        self._curvatures = shares * (1 - shares) * weights

    def likely(self, pairs: Sequence[Pair], n_likely: int) -> list[Product]:
        """The products by which the loss is expected to fall most."""
        errors, curvatures = (v.mean(0, keepdim=True) for v in (self._errors, self._curvatures))
        forms = self._reading.forms(errors)
        at_once = max(1, _MOST_VALUES // self._outputs[0].numel())
        gains: list[float] = []
        for start in range(0, len(pairs), at_once):
            here = pairs[start : start + at_once]
            steepest = zip(here, self._steepest(here, forms), strict=True)
            values = [self._values(pair, *weights) for pair, weights in steepest]
            slopes, bends, _ = self._slopes(torch.cat(values), errors, curvatures)
            gains += (slopes.square() / bends).sum(-1).tolist()
        order = np.argsort(gains, kind="stable")[::-1][:n_likely]
        return self.products([pairs[i] for i in order])

    def products(self, pairs: Sequence[Pair]) -> list[Product]:
        """Pairs of factors with the weights of each fold's own."""
        forms = self._reading.forms(self._errors)
        steepest = zip(pairs, self._steepest(pairs, forms), strict=True)
        return [self._product(pair, *weights) for pair, weights in steepest]

    def _places(self, pair: Pair) -> tuple[list[int], ...]:
        return tuple([self._reading.at[column] for column in factor.columns] for factor in pair)

    def _steepest(self, pairs: Sequence[Pair], forms: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Weights of length 1 of the steepest product of each pair."""
        places = [self._places(pair) for pair in pairs]
        # Pairs that read as many columns are iterated together: calls of torch.
        alike: dict[tuple[int, int], list[int]] = {}
        for number, (one, other) in enumerate(places):
            alike.setdefault((len(one), len(other)), []).append(number)
        found: dict[int, tuple[Tensor, Tensor]] = {}
        for (height, width), numbers in alike.items():
            at_once = max(1, _MOST_VALUES // (forms.shape[0] * forms.shape[1] * height * width))
            for start in range(0, len(numbers), at_once):
                here = numbers[start : start + at_once]
                rows, columns = (torch.tensor([places[n][k] for n in here]) for k in (0, 1))
                first, second = _singular(forms[..., rows[:, :, None], columns[:, None, :]])
                found |= zip(
                    here, zip(first.unbind(-2), second.unbind(-2), strict=True), strict=True
                )
        return [found[number] for number in range(len(pairs))]

    def _values(self, pair: Pair, first: Tensor, second: Tensor) -> Tensor:
        return self._reading.products(first, second, self._places(pair))

    def _product(self, pair: Pair, first: Tensor, second: Tensor) -> Product:
        """A product with the step that Newton's method takes along it."""
        values = self._values(pair, first, second)
        slopes, bends, means = self._slopes(values, self._errors, self._curvatures)
        steps = -slopes / bends
        moved = self._outputs + steps[..., None] * (values - means[..., None])
        size = steps.abs().sqrt()[..., None]
        weights = first * size, second * size * steps.sign()[..., None]
        reading = self._reading
        one, other = (
            reading.unscaled(of, places)
            for of, places in zip(weights, self._places(pair), strict=True)
        )
        return Product(pair, one, other, self.held_out_loss(moved))

    def held_out_loss(self, outputs: Tensor) -> float:
        """Cross-fitted loss of outputs of each fold's version."""
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


def outputs_of_folds(problem: Problem, program: JudgedProgram) -> Tensor:
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


def outputs_of_nothing(problem: Problem) -> Tensor:
    """Log-odds of the classes without a fold, in the shape of :func:`outputs_of_folds`."""
    fits = problem.few_linear
    shares = (fits.folds.weights @ fits.folds.targets.mT).clamp(min=1e-6)
    logits = torch.logit(shares, eps=1e-6) if fits.targets.n_classes == 2 else shares.log()
    return logits[..., None].expand(-1, -1, len(fits.positions)).contiguous()


def _singular(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """First singular vectors of matrices, by power iteration."""
    second = blocks.square().sum(-2).sqrt()
    for _ in range(_N_ITERATIONS):
        first = normalize((blocks @ second[..., None])[..., 0], dim=-1)
        second = normalize((first[..., None, :] @ blocks)[..., 0, :], dim=-1)
    return first, second


def _forms(values: Tensor, errors: Tensor) -> Tensor:
    flat = [(values * error[:, None]).mT @ values for error in errors.flatten(0, 1)]
    forms: Tensor = torch.stack(flat).unflatten(0, errors.shape[:2])
    return forms


def _means_and_scales(found: Sequence[tuple[float, float]], fits: Designs) -> tuple[Tensor, Tensor]:
    means, scales = torch.tensor(found, dtype=torch.float64, device=fits.positions.device).mT
    return means, torch.where(scales > 0, scales, torch.inf)
