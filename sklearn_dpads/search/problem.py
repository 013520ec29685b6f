"""What a search is asked: the data, the language, the folds, and how programs are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from ..engine import Parameters, Schedule
from ..grammar import (
    Grammar,
    Production,
    Signature,
)
from ..graph import DerivationGraph
from ..training import (
    ForestScorer,
    ForestTrainer,
    Index,
    LabelledStreams,
    Split,
    Targets,
    TrainingOptions,
    hard_outputs,
    sequences_per_batch,
)
from .log import Journal, Stopwatch
from .rules import Rule, two_standard_errors

T = TypeVar("T")

# What calling torch costs a program per step, in values computed; measured on several data sets.
OVERHEAD_OF_A_STEP = 1000


@dataclass(frozen=True)
class SearchOptions:
    """Settings of the search itself.

    Parameters
    ----------
    d_s : int
        Levels unfolded per round.
    n_top : int
        Candidates each edge keeps (the paper's N).
    max_depth : int
        Greatest depth of a program.
    node_sharing, unfolding : bool
        The paper's two ablations.
    structural_penalty : float
        Price of a unit of structural cost with 1000 sequences or more.
    max_epochs : int
        Greatest number of epochs of one training of the relaxed graph.
    prune_epochs : int
        Epochs between two steps of gradual pruning.
    split_epochs : int
        Greatest number of epochs of a partition's training.
    fit_steps, final_steps : int
        Steps of a discrete program's training with 1000 sequences or more: on the folds,
        and the last one.
    n_folds : int
        Parts of the cross-fitting that judges discrete programs.
    max_splits : int
        Greatest number of partitions expanded.
    max_refinements : int
        Greatest number of rounds of local search around the best programs.
    max_productions : int
        Greatest size of a program that the local search makes.
    wide_beam, beam : int
        Best programs edited per round: among those without a recurrence, and among those
        with one.
    n_valued : int
        Programs edited beside them: the best by score less penalty, as the choice is.
    n_wide_simple, n_simple : int
        Further programs edited: the best for their cost, the cheapest first.
    max_neighbours : int
        Neighbours tried per round, drawn at random where there are more.
    work_per_program : float
        Work that a round can spend on a program on average; see :func:`affordable`.
    screen_steps : int
        Full-batch steps that a neighbour is trained for before it is judged.
    n_screened : int
        Neighbours cross-fitted per round.
    wide_patience, patience : int
        Rounds without a better program after which the search without recurrences ends,
        and that with them.
    refinement_tol : float
        Fall of cross-fitted loss plus penalty, as a share of it, that counts as better.
    rule : callable
        What makes one scored program better than another, for the choice.
    """

    d_s: int = 2
    n_top: int = 2
    max_depth: int = 4
    node_sharing: bool = True
    unfolding: bool = True
    structural_penalty: float = 0.002
    max_epochs: int = 20
    prune_epochs: int = 5
    split_epochs: int = 8
    fit_steps: int = 100
    final_steps: int = 400
    n_folds: int = 4
    max_splits: int = 4
    max_refinements: int = 15
    max_productions: int = 15
    wide_beam: int = 6
    beam: int = 2
    n_valued: int = 1
    n_wide_simple: int = 2
    n_simple: int = 4
    max_neighbours: int = 300
    work_per_program: float = 2.0
    screen_steps: int = 60
    n_screened: int = 24
    wide_patience: int = 2
    patience: int = 1
    refinement_tol: float = 0.005
    rule: Rule = two_standard_errors


def effective_penalty(structural_penalty: float, n_samples: int) -> float:
    """Price of a unit of structural cost, in units of score and of loss.

    With few sequences a search among thousands of programs fits their noise: what a
    parameter gains by chance in mean loss goes as 1 / n (Akaike 1974). Below 1000
    sequences the price grows accordingly, as 1000 / n, up to six times.
    """
    return structural_penalty * _scarcity(n_samples, at_most=6.0)


def _scarcity(n_samples: int, at_most: float) -> float:
    """How many times fewer sequences there are than 1000, which are as good as more."""
    return min(max(1.0, 1000.0 / n_samples), at_most)


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
    data : LabelledStreams
        All sequences with their labels.
    split : Split
        Which sequences train the parameters, and which the architecture.
    scorer : callable
        Validation score of every graph of a forest.
    options : SearchOptions
        Settings of the search.
    training : TrainingOptions
        Settings of the training loop.
    seed : int
        Seed of the initial values.
    device : str
        Where training runs.
    """

    grammar: Grammar
    signature: Signature
    n_features: int
    n_outputs: int
    data: LabelledStreams
    split: Split
    scorer: ForestScorer
    options: SearchOptions
    training: TrainingOptions
    seed: int
    device: str = "cpu"

    @property
    def penalty(self) -> float:
        """Price of a unit of structural cost on these data; see :func:`effective_penalty`."""
        return effective_penalty(self.options.structural_penalty, self._n_samples)

    @property
    def fit_steps(self) -> int:
        """Steps of a fit without a fold; with few sequences they are cheap, and more."""
        return round(self.options.fit_steps * _scarcity(self._n_samples, at_most=2.5))

    @property
    def final_steps(self) -> int:
        """Steps of the last fit; with few sequences they are fewer, since more fit noise.

        They come on top of those of the fits without a fold, which are what was scored.
        """
        return round(self.options.final_steps / _scarcity(self._n_samples, at_most=3.0))

    @property
    def _n_samples(self) -> int:
        return self.data.streams.n_samples

    @cached_property
    def folds(self) -> Folds:
        """Division of the sequences for cross-fitting."""
        return Folds(self.data.targets, self.options.n_folds, self.seed)

    def trainer(self, graphs: list[DerivationGraph]) -> ForestTrainer:
        """A trainer of a forest on the problem's data."""
        schedule = Schedule(graphs, device=self.device)
        return ForestTrainer(schedule, self.data, self.split, self.training, self.scorer)

    def outputs(self, schedule: Schedule, parameters: list[Parameters], index: Index) -> Tensor:
        """Outputs of a forest of discrete programs on some sequences; see :func:`hard_outputs`."""
        state, data = schedule.pack(parameters), self.data.bind(schedule)
        return hard_outputs(schedule, data, state, self.training.bound, index)

    @property
    def walk_price(self) -> float:
        """Work of walking over single frames, in programs that need none.

        A step's work goes with the values it computes, beside those that its overhead is worth.
        """
        streams, most = self.data.streams, self.training.fit_batch_size
        n_walked = sequences_per_batch(self.data, most) * len(streams.frames)
        n_plain = min(streams.n_samples * self.data.positions_per_sequence, most)
        extra = max(0, n_walked - n_plain) * self.n_outputs
        return extra / (OVERHEAD_OF_A_STEP + n_plain * self.n_outputs)

    def affordable(
        self, items: list[T], graph_of: Callable[[T], DerivationGraph], most: int
    ) -> list[T]:
        """The first items that a round can pay for; see :func:`affordable`."""
        return affordable(
            items,
            graph_of,
            walk_price=self.walk_price,
            most=most,
            budget=self.options.work_per_program * most,
        )


@dataclass
class Partition:
    """A derivation graph with its trained parameters and its score.

    Parameters
    ----------
    graph : DerivationGraph
        The graph.
    parameters : Parameters
        Trained values.
    score : float
        Validation score.
    """

    graph: DerivationGraph
    parameters: Parameters
    score: float = -np.inf


Listener = Callable[[dict], None]


@dataclass
class Log:
    """Record of a search, and whoever listens to it.

    Parameters
    ----------
    stopwatch : Stopwatch
        Clock of the search.
    listeners : list of callable
        Called with every event as it is added.
    journal : Journal
        Keeps the results of costly steps, where it has a folder.
    """

    stopwatch: Stopwatch
    listeners: list[Listener] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    events: list[dict] = field(default_factory=list)

    def add(self, phase: str, **values: object) -> None:
        """Add an event."""
        event = {"phase": phase, "time": self.stopwatch.elapsed(), **values}
        self.events.append(event)
        for listener in self.listeners:
            listener(event)

    def step(
        self, name: str, compute: Callable[[], T], rng: np.random.Generator | None = None
    ) -> T:
        """Do a costly step, or read its result where it was done before."""
        return self.journal.step(name, compute, self.stopwatch, rng)


class Folds:
    """A fixed division of the sequences into folds.

    Parameters
    ----------
    targets : Targets
        Labels; folds are stratified where labels are per sequence.
    n_folds : int
        Number of folds; fewer where there are fewer sequences.
    seed : int
        Seed of the division.
    """

    def __init__(self, targets: Targets, n_folds: int, seed: int) -> None:
        codes = targets.codes
        n_samples = codes.shape[-1]
        order = np.random.default_rng([seed, 1]).permutation(n_samples)
        if codes.ndim == 1:
            labels = codes.cpu().numpy()
            order = order[np.argsort(labels[order], kind="stable")]
        self.targets = targets
        self.n_folds = min(n_folds, n_samples)
        fold_of = np.empty(n_samples, dtype=np.int64)
        fold_of[order] = np.arange(n_samples) % self.n_folds
        self.fold_of = torch.as_tensor(fold_of, device=codes.device)

    def weights(self, fold: int) -> Tensor:
        """Weights of the labels for parameters that must not see a fold."""
        seen = (self.fold_of != fold).to(self.targets.weights.dtype)
        return seen * self.targets.weights

    def members(self, fold: int) -> Index:
        """The sequences of a fold, in their order."""
        return np.flatnonzero((self.fold_of == fold).cpu().numpy())

    def join(self, parts: list[Tensor]) -> Tensor:
        """Put values of the sequences of each fold in the order of all sequences.

        Parameters
        ----------
        parts : list of Tensor of shape (..., n_members)
            One per fold.

        Returns
        -------
        joined : Tensor of shape (..., n_samples)
        """
        order = np.concatenate([self.members(fold) for fold in range(self.n_folds)])
        back = torch.as_tensor(np.argsort(order), device=parts[0].device)
        return torch.cat(parts, -1).index_select(-1, back)


LARGEST_FOREST = 96
MOST_RECURRENCES = 64


def forests(
    items: list[T],
    graph_of: Callable[[T], DerivationGraph],
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
        full = size + copies > LARGEST_FOREST or n_recurrences + here > MOST_RECURRENCES
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
