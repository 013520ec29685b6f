"""What a search is asked: the data, the language, the folds, and how programs are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..engine import Parameters, Schedule
from ..grammar import (
    Grammar,
    Production,
    Signature,
)
from ..graph import DerivationGraph
from ..inputs.sequences import Sequences
from ..program import Expression
from ..training import (
    ForestScorer,
    ForestTrainer,
    Index,
    LabelledStreams,
    Split,
    Training,
    frames_per_walk,
    hard_outputs,
    sequences_per_batch,
)
from .folds import Folds
from .judging import Judging
from .linear import LinearFits
from .linear_programs import linear_leaves
from .rules import Rule

T = TypeVar("T")

# How many times as long a last fit takes that leaves numbers out: 3 to 6 on basketball, 2 on the
# rats. Whoever keeps too little time has more numbers, whoever keeps too much searches less.
_SPARSE_TIMES = 5.0


class RandomStream(IntEnum):
    """Sources of randomness of a search, one per purpose, so that none shifts another."""

    SEARCH = 0
    FOLDS = 1
    CROSS_FITTING = 2
    FINAL_FIT = 3
    NEAR = 4
    RANDOM_PROGRAMS = 5
    SHALLOWEST = 6


@dataclass(frozen=True)
class Problem:
    """A search problem.

    Parameters
    ----------
    grammar : Grammar
        The language.
    signature : Signature
        list->atom for a label per sequence, list->list for a label per frame.
    n_features, n_outputs : int
        Length of a frame and of the output vector.
    sequences : Sequences
        All sequences.
    labelled : ndarray of bool of shape (n_samples,) or (n_samples, n_timesteps)
        Which of them, or of their frames, have a label.
    data : LabelledStreams
        What programs read of those that are trained on, with their labels.
    split : Split
        Which sequences train the parameters, and which the architecture.
    scorer : callable
        Validation score of every graph of a forest.
    max_depth : int
        Greatest depth of a program.
    structural_penalty : float
        Price of a unit of structural cost with many sequences.
    rule : callable
        What makes one judged program better than another.
    judging : Judging
        How programs are judged.
    training : Training
        Settings of all training, with what depends on the data settled.
    seed : int
        Seed of the initial values.
    device : str
        Where training runs.
    groups : ndarray of int64 of shape (n_sequences,) or None, default=None
        Groups of sequences that no two folds share.
    """

    grammar: Grammar
    signature: Signature
    n_features: int
    n_outputs: int
    sequences: Sequences
    labelled: NDArray[np.bool_]
    data: LabelledStreams
    split: Split
    scorer: ForestScorer
    max_depth: int
    structural_penalty: float
    rule: Rule
    judging: Judging
    training: Training
    seed: int
    device: str = "cpu"
    groups: NDArray[np.int64] | None = None

    @property
    def penalty(self) -> float:
        """Price of a unit of structural cost on these data; see :meth:`Judging.price`."""
        return self.judging.price(self.structural_penalty, self.n_sequences)

    def price_share(self, expression: Expression) -> float:
        """Share of the price that is asked of a program; see :meth:`Judging.linear_share`."""
        if linear_leaves(expression) is None:
            return 1.0
        return self.judging.linear_share(self.n_sequences)

    @cached_property
    def perfect_score(self) -> float:
        """Score of outputs that are right on every label, and sure of it."""
        codes = self.data.targets.flatten()[0].clamp(min=0)
        is_class = codes == torch.arange(self.data.targets.n_classes, device=codes.device)[:, None]
        outputs = torch.where(is_class, _SURE, -_SURE)[-self.n_outputs :]
        return float(self.scorer(outputs[None], self.data.targets)[0])

    @property
    def fit_steps(self) -> int:
        """Steps of a fit without a fold; see :meth:`Judging.n_fit_steps`."""
        return self.judging.n_fit_steps(self.n_sequences)

    @property
    def final_steps(self) -> int:
        """Steps of the last fit; see :meth:`Judging.n_final_steps`."""
        return self.judging.n_final_steps(self.n_sequences)

    @property
    def steps_set_aside(self) -> float:
        """Steps of the last fit that time is kept for; a sparse one takes longer."""
        times = _SPARSE_TIMES if self.judging.sparse_errors > 0 else 1.0
        return times * self.final_steps

    @property
    def n_final_starts(self) -> int:
        """Beginnings of the last fit, but for those that a search has met on its way."""
        return self.folds.n_folds + self.judging.fresh_starts

    @property
    def n_sequences(self) -> int:
        """Number of sequences that are trained on."""
        return self.data.streams.n_samples

    @cached_property
    def folds(self) -> Folds:
        """Division of the sequences for cross-fitting."""
        rng = self.rng(RandomStream.FOLDS)
        return Folds(self.data.targets, self.judging.n_folds, rng, self.groups)

    @cached_property
    def linear(self) -> LinearFits:
        """Fits of programs that are linear in their parameters."""
        return self._linear(self.judging.most_linear_positions)

    @cached_property
    def all_linear(self) -> LinearFits:
        """The same on as many labels as memory allows, for the last fit."""
        return self._linear(self.judging.all_linear_positions, torch.float64)

    @cached_property
    def few_linear(self) -> LinearFits:
        """The same on fewer labels, to look at very many programs."""
        return self._linear(self.judging.few_linear_positions)

    @property
    def has_many_labels(self) -> bool:
        """Whether there are more labels than very many programs are looked at by."""
        return len(self.few_linear.positions) >= self.judging.few_linear_positions

    def _linear(self, most_positions: int, dtype: torch.dtype = torch.float32) -> LinearFits:
        return LinearFits(self.data, self.folds, most_positions, self.training.f1_weight, dtype)

    def rng(self, stream: RandomStream) -> np.random.Generator:
        """Begin a source of randomness."""
        return np.random.default_rng([self.seed, int(stream)])

    def trainer(self, graphs: list[DerivationGraph]) -> ForestTrainer:
        """A trainer of a forest on the problem's data."""
        schedule = Schedule(graphs, device=self.device)
        return ForestTrainer(schedule, self.data, self.split, self.training, self.scorer)

    def outputs(self, schedule: Schedule, parameters: list[Parameters], index: Index) -> Tensor:
        """Outputs of a forest of discrete programs on some sequences; see :func:`hard_outputs`."""
        state, data = schedule.pack(parameters), self.data.bind(schedule)
        return hard_outputs(schedule, data, state, self.training, index)

    @property
    def walk_price(self) -> float:
        """Work of walking over single frames, in programs that need none.

        A step's work goes with the values it computes, beside those that its overhead is worth.
        """
        streams, most = self.data.streams, self.training.fit_batch_size
        n_sequences = sequences_per_batch(self.data, self.training)
        n_walked = n_sequences * frames_per_walk(self.data, self.training)
        n_plain = min(streams.n_samples * self.data.positions_per_sequence, most)
        extra = max(0, n_walked - n_plain) * self.n_outputs
        return extra / (self.judging.step_overhead + n_plain * self.n_outputs)

    def affordable(
        self, items: list[T], graph_of: Callable[[T], DerivationGraph], most: int
    ) -> list[T]:
        """The first items that a round can pay for; see :func:`affordable`."""
        return affordable(
            items,
            graph_of,
            walk_price=self.walk_price,
            most=most,
            budget=self.judging.work_per_program * most,
        )


# Log-odds of one who is sure.
_SURE = 30.0


@dataclass
class ValuedGraph:
    """A derivation graph with values of its parameters, and what they are worth.

    Parameters
    ----------
    graph : DerivationGraph
        The graph, of any number of programs.
    parameters : Parameters
        Values.
    score : float
        Score of these values; greater is better.
    priority : float
        What a best-first search orders graphs by; smaller is better.
    """

    graph: DerivationGraph
    parameters: Parameters
    score: float = -np.inf
    priority: float = np.inf

    @property
    def is_complete(self) -> bool:
        """Whether the graph is a single program without a hole."""
        return self.graph.is_discrete


def forests(
    items: list[T],
    graph_of: Callable[[T], DerivationGraph],
    judging: Judging,
    n_copies: Callable[[T], int] = lambda item: 1,
) -> Iterator[list[T]]:
    """Cut items into forests, programs that walk over single frames apart from the rest.

    Programs without ``Fold`` cost nothing per frame, so that they should not wait for
    those with it; and the recurrent part of a forest is a dense matrix over its folds.

    Parameters
    ----------
    items : list
        What to train.
    graph_of : callable
        Gives an item's graph.
    judging : Judging
        Says how large a forest may be.
    n_copies : callable, default=one
        Gives the number of copies of an item that a forest holds, for cross-fitting.

    Yields
    ------
    forest : list
        Some of the items; each is in exactly one forest.
    """
    forest: list[T] = []
    size = n_recurrences = 0
    for item in sorted(items, key=lambda item: recurrences(graph_of(item)) > 0):
        copies = n_copies(item)
        here = recurrences(graph_of(item)) * copies
        full = size + copies > judging.largest_forest
        full = full or n_recurrences + here > judging.largest_recurrent_forest
        mixed = here > 0 and n_recurrences == 0
        if forest and (full or mixed):
            yield forest
            forest, size, n_recurrences = [], 0, 0
        forest.append(item)
        size += copies
        n_recurrences += here
    if forest:
        yield forest


def affordable(
    items: list[T],
    graph_of: Callable[[T], DerivationGraph],
    *,
    walk_price: float,
    most: int,
    budget: float,
) -> list[T]:
    """The first items that a budget of work pays for, at least one.

    Work is counted, not timed, so that the same seed gives the same search on any machine.
    A program without recurrence costs 1; each recurrence adds a price.

    Parameters
    ----------
    items : list
        What to train, best first.
    graph_of : callable
        Gives an item's graph.
    walk_price : float
        Work of a recurrence.
    most : int
        Greatest number of items.
    budget : float
        Greatest work, in programs without recurrence.
    """
    kept: list[T] = []
    spent = 0.0
    for item in items[:most]:
        price = 1.0 + recurrences(graph_of(item)) * walk_price
        if kept and spent + price > budget:
            continue
        spent += price
        kept.append(item)
    return kept


def recurrences(graph: DerivationGraph) -> int:
    """Number of productions of a graph that walk over single frames."""
    return sum(map(is_recurrent, (p for slot in graph.slots.values() for p in slot.candidates)))


def is_recurrent(production: Production) -> bool:
    """Whether a production walks over single frames."""
    return production.walks_frames
