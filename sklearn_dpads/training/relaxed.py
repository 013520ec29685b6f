"""The training loop of a forest: architecture and parameters in turn, best state kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from ..engine import (
    Gate,
    Packed,
    Parameters,
    Runtime,
    Schedule,
    soft_gate,
)
from .data import Index, LabelledStreams, minibatches
from .objective import Targets, losses
from .optimizer import BestValues, ForestAdam

ForestScorer = Callable[[Tensor, Targets], Tensor]


@dataclass(frozen=True)
class TrainingOptions:
    """Settings of the loop, equal for all graphs of a forest.

    Parameters
    ----------
    learning_rate, architecture_rate : float
        Step sizes of the parameters and of the architecture logits.
    weight_decay : float
        Decoupled decay, of both.
    clip : float
        Greatest norm of a graph's gradient.
    batch_size : int
        Sequences per step.
    f1_weight : float
        Share of the soft F1 term in the loss of two classes.
    bound : float
        Size to which products and accumulators are clipped in training.
    fit_rate, fit_decay : float
        Step size of the parameters of discrete programs, and their decoupled decay,
        which is divided by the number of sequences as a prior would be.
    fit_batch_size : int
        Sequences per step of that training.
    steps_per_epoch : int or None
        Greatest number of steps of an epoch, where the data allow more.
    patience : int
        Epochs without a better validation score after which a graph stops.
    tol : float
        Rise of the validation score that counts as better.
    """

    learning_rate: float = 0.01
    architecture_rate: float = 0.01
    weight_decay: float = 1e-3
    clip: float = 5.0
    batch_size: int = 200
    f1_weight: float = 0.3
    bound: float = 1e4
    fit_rate: float = 0.1
    fit_decay: float = 10.0
    fit_batch_size: int = 512
    steps_per_epoch: int | None = None
    patience: int = 10
    tol: float = 1e-4


@dataclass(frozen=True)
class Split:
    """Sequences for the parameters, and those held out for weights and scores."""

    train: Index
    validation: Index


@dataclass(frozen=True)
class Trained:
    """Outcome of training a forest.

    Parameters
    ----------
    parameters : list of Parameters
        Best state of every graph on the validation part.
    scores : ndarray of float of shape (n_graphs,)
        Validation score of that state.
    n_epochs : int
        Epochs run.
    """

    parameters: list[Parameters]
    scores: np.ndarray
    n_epochs: int


class ForestTrainer:
    """Trains all graphs of a schedule side by side.

    Parameters
    ----------
    schedule : Schedule
        The forest.
    data : LabelledStreams
        All data; ``split`` says what each part is for.
    split : Split
        Sequences for training and for validation.
    options : TrainingOptions
        Settings.
    scorer : callable
        Gives every graph a validation score from its outputs; greater is better.
    """

    def __init__(
        self,
        schedule: Schedule,
        data: LabelledStreams,
        split: Split,
        options: TrainingOptions,
        scorer: ForestScorer,
    ) -> None:
        self.schedule, self.split, self.options, self.scorer = schedule, split, options, scorer
        self.data = data.bind(schedule)
        self.has_choices = any(graph.compound_edges() for graph in schedule.graphs)

    def train(
        self,
        parameters: list[Parameters],
        *,
        max_epochs: int,
        rng: np.random.Generator,
        gate: Gate | None = None,
        scoring_gate: Gate | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Trained:
        """Run epochs until every graph has stopped getting better.

        Parameters
        ----------
        parameters : list of Parameters
            Values to begin with.
        max_epochs : int
            Greatest number of epochs.
        rng : numpy.random.Generator
            Order of the batches.
        gate, scoring_gate : callable or None, default=None
            How a condition acts in training and when scores are taken; by default the
            relaxed one, and the same as in training.
        stop : callable, default=never
            Asked after every epoch whether to end now.
        """
        runtime = Runtime(gate or soft_gate(), self.options.bound)
        scoring = Runtime(scoring_gate or runtime.gate, self.options.bound)
        packed = self.schedule.pack(parameters)
        theta = self._optimizer(packed.theta, packed, self.options.learning_rate)
        logits = self._optimizer(packed.logits, packed, self.options.architecture_rate)
        n_graphs = len(self.schedule.graphs)
        best = [BestValues(o.flat, o.owner, n_graphs) for o in (theta, logits)]
        waited = torch.zeros(n_graphs, device=theta.flat.device)
        active = torch.ones_like(waited)
        n_epochs = 0
        for _ in range(max_epochs):
            batches = minibatches(self.split.train, self.options.batch_size, rng)
            for index in islice(batches, self.options.steps_per_epoch):
                if self.has_choices:
                    held_out = rng.choice(
                        self.split.validation,
                        size=min(len(index), len(self.split.validation)),
                        replace=False,
                    )
                    self._step(logits, theta, packed, held_out, runtime, active)
                self._step(theta, logits, packed, index, runtime, active)
            n_epochs += 1
            state = packed.with_tensors({**theta.tensors(), **logits.tensors()})
            scores = self.score(state, scoring)
            improved = best[0].offer(theta.flat, scores, self.options.tol)
            best[1].offer(logits.flat, scores, self.options.tol)
            waited = torch.where(improved, torch.zeros_like(waited), waited + 1)
            active = (waited < self.options.patience).to(theta.flat.dtype)
            if not active.any() or stop():
                break
        theta.flat, logits.flat = (b.values for b in best)
        final = packed.with_tensors({**theta.tensors(), **logits.tensors()})
        return Trained(self.schedule.unpack(final), best[0].scores.cpu().numpy(), n_epochs)

    @torch.no_grad()
    def score(self, packed: Packed, runtime: Runtime) -> Tensor:
        """Validation score of every graph."""
        outputs, targets = self._outputs(packed, self.split.validation, runtime)
        return self.scorer(outputs, targets)

    def _optimizer(
        self, tensors: dict[str, Tensor], packed: Packed, learning_rate: float
    ) -> ForestAdam:
        return ForestAdam(
            tensors,
            packed.owners,
            len(self.schedule.graphs),
            learning_rate=learning_rate,
            weight_decay=self.options.weight_decay,
            clip=self.options.clip,
        )

    def _step(
        self,
        moving: ForestAdam,
        resting: ForestAdam,
        packed: Packed,
        index: Index,
        runtime: Runtime,
        active: Tensor,
    ) -> None:
        moving.flat.requires_grad_(True)
        state = packed.with_tensors({**moving.tensors(), **resting.tensors()})
        outputs, targets = self._outputs(state, index, runtime)
        values = losses(outputs, targets, self.options.f1_weight)
        (gradient,) = torch.autograd.grad((values * active).sum(), moving.flat)
        moving.flat.requires_grad_(False)
        moving.step(gradient, active)

    def _outputs(self, packed: Packed, index: Index, runtime: Runtime) -> tuple[Tensor, Targets]:
        batch, targets = self.data.take(index, need_frames=self.schedule.plan.needs_frames)
        return self.schedule.forward(packed, batch, runtime), targets
