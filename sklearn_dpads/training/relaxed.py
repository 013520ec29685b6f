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
from .objective import IGNORED, Targets, losses
from .optimizer import BestValues, ForestAdam
from .pace import UNHURRIED, Pace, expected_step
from .settings import Training
from .threads import one_thread

ForestScorer = Callable[[Tensor, Targets], Tensor]


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
        Epochs run to their end. With none, the state is the last one, and its score -inf.
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
    settings : Training
        Settings, with a batch size that is a number.
    scorer : callable
        Gives every graph a validation score from its outputs; greater is better.
    """

    def __init__(
        self,
        schedule: Schedule,
        data: LabelledStreams,
        split: Split,
        settings: Training,
        scorer: ForestScorer,
    ) -> None:
        self.schedule, self.split, self.settings, self.scorer = schedule, split, settings, scorer
        self.data = data.bind(schedule)
        self._scored = self._some_held_out()
        self.has_choices = any(graph.compound_edges() for graph in schedule.graphs)

    @one_thread()
    def train(
        self,
        parameters: list[Parameters],
        *,
        max_epochs: int,
        rng: np.random.Generator,
        gate: Gate | None = None,
        scoring_gate: Gate | None = None,
        stop: Callable[[], bool] = lambda: False,
        pace: Pace = UNHURRIED,
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
        pace : Pace, default=UNHURRIED
            Asked the same before every step.
        """
        runtime = Runtime(gate or soft_gate(), self.settings.bound)
        scoring = Runtime(scoring_gate or runtime.gate, self.settings.bound)
        packed = self.schedule.pack(parameters)
        theta = self._optimizer(packed.theta, packed, self.settings.learning_rate_init)
        logits = self._optimizer(packed.logits, packed, self.settings.architecture_rate)
        n_graphs = len(self.schedule.graphs)
        best = [BestValues(o.flat, o.owner, n_graphs) for o in (theta, logits)]
        waited = torch.zeros(n_graphs, device=theta.flat.device)
        active = torch.ones_like(waited)
        n_epochs = 0
        pace.foresee(lambda: self._expected_step(packed, runtime))
        for _ in range(max_epochs):
            if not self._epoch(theta, logits, packed, rng, runtime, active, pace):
                break
            n_epochs += 1
            state = packed.with_tensors({**theta.tensors(), **logits.tensors()})
            scores = self.score(state, scoring)
            improved = best[0].offer(theta.flat, scores, self.settings.tol)
            best[1].offer(logits.flat, scores, self.settings.tol)
            waited = torch.where(improved, torch.zeros_like(waited), waited + 1)
            active = (waited < self.settings.n_iter_no_change).to(theta.flat.dtype)
            if not active.any() or stop():
                break
        if n_epochs:
            theta.flat, logits.flat = (b.values for b in best)
        final = packed.with_tensors({**theta.tensors(), **logits.tensors()})
        return Trained(self.schedule.unpack(final), best[0].scores.cpu().numpy(), n_epochs)

    @property
    def _batch_size(self) -> int:
        batch_size = self.settings.batch_size
        assert batch_size != "auto"  # Training.for_data has settled it
        return batch_size

    def _expected_step(self, packed: Packed, runtime: Runtime) -> float:
        """Seconds of a step, which is two: one for the weights and one for the rest."""
        parts = [self.split.train, *([self.split.validation] if self.has_choices else [])]
        needed = self.schedule.plan.needs_frames
        batches = [
            self.data.take(part[: self._batch_size], need_frames=needed)[0] for part in parts
        ]
        return sum(expected_step(self.schedule, batch, packed, runtime) for batch in batches)

    def _epoch(
        self,
        theta: ForestAdam,
        logits: ForestAdam,
        packed: Packed,
        rng: np.random.Generator,
        runtime: Runtime,
        active: Tensor,
        pace: Pace,
    ) -> bool:
        """Take the steps of an epoch; say whether it came to its end."""
        batches = minibatches(self.split.train, self._batch_size, rng)
        for index in islice(batches, self.settings.steps_per_epoch):
            if pace():
                return False
            if self.has_choices:
                held_out = rng.choice(
                    self.split.validation,
                    size=min(len(index), len(self.split.validation)),
                    replace=False,
                )
                self._step(logits, theta, packed, held_out, runtime, active)
            self._step(theta, logits, packed, index, runtime, active)
        return True

    @torch.no_grad()
    def score(self, packed: Packed, runtime: Runtime) -> Tensor:
        """Validation score of every graph."""
        if self.schedule.per_frame:
            outputs, targets = self._outputs(packed, self._scored, runtime)
            return self.scorer(outputs, targets)
        size = self.settings.walked_sequences(len(self.data.streams.frames))
        starts = range(0, len(self._scored), size)
        parts = [self._outputs(packed, self._scored[i : i + size], runtime)[0] for i in starts]
        targets = self.data.targets.take(torch.as_tensor(self._scored, device=parts[0].device))
        return self.scorer(torch.cat(parts, -1), targets)

    def _some_held_out(self) -> Index:
        """The sequences that scores are taken on: as many of those held out as it takes."""
        held_out = self.split.validation
        most = self.settings.scored_positions // self.data.positions_per_sequence
        most = max(self.settings.least_batch, most)
        if len(held_out) <= most:
            return held_out
        # The same ones for every forest, so that scores can be compared, with each class that there
        # is: of a rare one there might be none.
        drawn = np.random.default_rng(0).permutation(held_out)
        codes = self.data.targets.codes.cpu().numpy().T[drawn].reshape(len(drawn), -1)
        classes = np.unique(codes[codes != IGNORED])
        firsts = [drawn[(codes == code).any(1).argmax()] for code in classes]
        chosen: Index = np.unique([*firsts, *drawn[:most]])
        return chosen

    def _optimizer(
        self, tensors: dict[str, Tensor], packed: Packed, learning_rate: float
    ) -> ForestAdam:
        return ForestAdam(
            tensors,
            packed.owners,
            len(self.schedule.graphs),
            learning_rate=learning_rate,
            weight_decay=self.settings.weight_decay,
            clip=self.settings.clip,
            undecayed=packed.undecayed,
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
        values = losses(outputs, targets, self.settings.f1_weight)
        (gradient,) = torch.autograd.grad((values * active).sum(), moving.flat)
        moving.flat.requires_grad_(False)
        moving.step(gradient, active)

    def _outputs(self, packed: Packed, index: Index, runtime: Runtime) -> tuple[Tensor, Targets]:
        batch, targets = self.data.take(index, need_frames=self.schedule.plan.needs_frames)
        return self.schedule.forward(packed, batch, runtime), targets
