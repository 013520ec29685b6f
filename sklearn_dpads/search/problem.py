"""What a search is asked: the data, the language and how programs are judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from torch import Tensor

from ..engine import Parameters, Schedule
from ..grammar import Grammar, Signature
from ..graph import DerivationGraph
from ..training import (
    ForestScorer,
    ForestTrainer,
    Index,
    LabelledStreams,
    Split,
    TrainingOptions,
    hard_outputs,
    sequences_per_batch,
)
from ._folds import Folds
from ._forests import affordable
from ._stopping import Stopwatch
from .log import Journal
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
