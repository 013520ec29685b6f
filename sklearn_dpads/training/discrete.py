"""Training of discrete programs: hard conditions, each program on samples of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..engine import (
    Gate,
    Packed,
    Parameters,
    Runtime,
    Schedule,
    hard_gate,
    soft_gate,
    straight_through_gate,
)
from .data import Index, LabelledStreams
from .objective import losses
from .optimizer import BestValues, ForestAdam
from .pace import UNHURRIED, Pace, expected_step
from .samplers import make_sampler
from .settings import Training
from .threads import one_thread


@dataclass(frozen=True)
class Fitted:
    """Outcome of fitting a forest of discrete programs.

    Parameters
    ----------
    parameters : list of Parameters
        State of least training loss under hard conditions.
    losses : Tensor of shape (n_graphs,)
        That loss, on the samples that were checked; infinite without a step.
    n_steps : int
        Steps taken.
    """

    parameters: list[Parameters]
    losses: Tensor
    n_steps: int


def _is_checked(step: int, n_steps: int, check_every: int) -> bool:
    """Whether to look at all samples before a step: at the start, and often near the end.

    Only conditions taken hard are near the state kept, and they are in the second half.
    """
    late = 2 * step >= n_steps and n_steps - step >= check_every
    return step == 0 or (late and step % check_every == 0)


# A product that tells all samples apart grows for as long as it is trained, and beyond the bound of
# training it is a defect. From this share of the bound, which other samples have twice, it is left
# as it is, if its loss is as small as this.
_LARGE, _TOLD_APART = 0.5, 0.1


class DiscreteFit:
    """Training of a forest of discrete programs.

    The first half of the steps relaxes the conditions; the second takes them hard in the
    forward pass and relaxed in the gradient, with a falling step size, which without conditions
    falls from the beginning. Now and then all
    samples are looked at, or a fixed part of them where there are very many; the state
    kept is that of least loss there under hard conditions. A program that errs little ends before
    its values reach the bound of training.

    Parameters
    ----------
    schedule : Schedule
        Forest of discrete graphs.
    data : LabelledStreams
        The data.
    settings : Training
        Settings; ``fit_rate`` and ``fit_batch_size`` are those of this training.
    rng : numpy.random.Generator
        Source of the batches, where there are more samples than one batch takes.
    weights : Tensor of shape (n_graphs, …) or None, default=None
        Weights of the labels per graph, for cross-fitting; None takes the data's own.
    """

    def __init__(
        self,
        schedule: Schedule,
        data: LabelledStreams,
        settings: Training,
        rng: np.random.Generator,
        weights: Tensor | None = None,
    ) -> None:
        self.schedule, self.settings, self.rng = schedule, settings, rng
        if weights is not None:
            data = LabelledStreams(data.streams, replace(data.targets, weights=weights))
        self.data = data.bind(schedule)
        self.sampler = make_sampler(schedule, self.data, settings, rng)

    @one_thread()
    def run(
        self,
        parameters: list[Parameters],
        *,
        n_steps: int,
        pace: Pace = UNHURRIED,
        masks: list[Parameters] | None = None,
    ) -> Fitted:
        """Train for a number of steps from the given values, or until it has to stop.

        Values whose place in `masks` holds 0 are left as they are, where that holds 1 they are
        trained; None trains all.
        """
        packed = self.schedule.pack(parameters)
        free = None if masks is None else self._flat(masks)
        adam = self._optimizer(packed)
        best = BestValues(adam.flat, adam.owner, adam.n_graphs)
        active = adam.flat.new_ones(adam.n_graphs)
        n_relaxed = n_steps // 2
        # Whatever stands beside it in the forest, a program takes the steps that it takes alone.
        n_falling = n_steps - n_relaxed * self._has_conditions().to(active)
        pace.foresee(lambda: self._expected_step(packed))
        n_taken = 0
        for step in range(n_steps):
            if pace():
                break
            if _is_checked(step, n_steps, self.settings.check_every):
                self._offer(best, adam, packed)
            gate = soft_gate() if step < n_relaxed else straight_through_gate()
            left = ((n_steps - step) / n_falling).clamp(max=1.0)
            gradient, is_done = self._gradient(adam, packed, gate)
            active = active * ~is_done
            adam.step(gradient if free is None else gradient * free, active * left)
            n_taken += 1
        if n_taken:
            self._offer(best, adam, packed)
        adam.flat = best.values
        state = self._state(adam, packed)
        return Fitted(self.schedule.unpack(state), -best.scores, n_taken)

    @one_thread()
    def go_on(
        self,
        parameters: list[Parameters],
        *,
        n_steps: int,
        masks: list[Parameters] | None = None,
    ) -> list[Parameters]:
        """Train on from values that are fitted, and give those at the end whatever they are worth.

        Conditions are taken hard from the beginning, where they are no longer to be found. The
        step size falls to 0.

        Parameters
        ----------
        parameters : list of Parameters
            Values to begin with.
        n_steps : int
            Number of steps.
        masks : list of Parameters or None, default=None
            As :meth:`run` takes them.
        """
        packed = self.schedule.pack(parameters)
        free = None if masks is None else self._flat(masks)
        adam = self._optimizer(packed)
        active = adam.flat.new_ones(adam.n_graphs)
        for step in range(n_steps):
            adam.learning_rate = self.settings.fit_rate * (n_steps - step) / n_steps
            gradient, _ = self._gradient(adam, packed, straight_through_gate())
            adam.step(gradient if free is None else gradient * free, active)
        return self.schedule.unpack(self._state(adam, packed))

    def _flat(self, masks: list[Parameters]) -> Tensor:
        """One vector of masks, in the order of the optimizer's."""
        packed = self.schedule.pack(masks)
        return torch.cat([value.flatten() for value in packed.theta.values()])

    def _expected_step(self, packed: Packed) -> float:
        runtime = Runtime(soft_gate(), self.settings.bound)
        batch, _ = self.sampler.checked
        return expected_step(self.schedule, batch, packed, runtime)

    def _optimizer(self, packed: Packed) -> ForestAdam:
        return ForestAdam(
            packed.theta,
            packed.owners,
            len(self.schedule.graphs),
            learning_rate=self.settings.fit_rate,
            weight_decay=self.settings.fit_decay / self.data.streams.n_samples,
            clip=self.settings.clip,
            undecayed=packed.undecayed,
        )

    def _has_conditions(self) -> Tensor:
        """Which of the programs have conditions, that are relaxed in the first half."""
        has = [
            any(p.branches for slot in graph.slots.values() for p in slot.candidates)
            for graph in self.schedule.graphs
        ]
        return torch.tensor(has, device=self.schedule.device)

    def _state(self, adam: ForestAdam, packed: Packed) -> Packed:
        return packed.with_tensors({**adam.tensors(), **packed.logits})

    def _gradient(self, adam: ForestAdam, packed: Packed, gate: Gate) -> tuple[Tensor, Tensor]:
        """The gradient of all graphs' losses, and which of them can only grow from here."""
        batch, targets = self.sampler.minibatch()
        adam.flat.requires_grad_(True)
        runtime = Runtime(gate, self.settings.bound)
        outputs = self.schedule.forward(self._state(adam, packed), batch, runtime)
        values = losses(outputs, targets, self.settings.f1_weight)
        (gradient,) = torch.autograd.grad(values.sum(), adam.flat)
        adam.flat.requires_grad_(False)
        largest = outputs.detach().abs().flatten(1).amax(1)
        is_done = (largest > _LARGE * self.settings.bound) & (values.detach() < _TOLD_APART)
        return gradient, is_done

    @torch.no_grad()
    def _offer(self, best: BestValues, adam: ForestAdam, packed: Packed) -> None:
        batch, targets = self.sampler.checked
        runtime = Runtime(hard_gate, self.settings.bound)
        outputs = self.schedule.forward(self._state(adam, packed), batch, runtime)
        values = losses(outputs, targets, self.settings.f1_weight)
        best.offer(adam.flat, -torch.nan_to_num(values, nan=torch.inf), 0.0)


@one_thread()
@torch.no_grad()
def hard_outputs(
    schedule: Schedule, data: LabelledStreams, state: Packed, settings: Training, index: Index
) -> Tensor:
    """Give the outputs of a forest of discrete programs under hard conditions.

    Parameters
    ----------
    schedule : Schedule
        The forest.
    data : LabelledStreams
        The data, with the streams of the schedule.
    state : Packed
        Values of all parameters.
    settings : Training
        Settings: where values are clipped, and how many are computed at once.
    index : ndarray of int
        Which sequences.

    Returns
    -------
    outputs : Tensor of shape (n_graphs, n_outputs, n_frames, n_sequences)
        ``n_frames`` is 1 where labels are per sequence.
    """
    n_frames = data.positions_per_sequence
    shape = (len(schedule.graphs), data.targets.n_outputs, n_frames, len(index))
    whole = data.targets.weights.new_zeros(shape)
    size = max(1, settings.most_positions // n_frames)
    if schedule.plan.needs_frames:
        size = min(size, settings.walked_sequences(len(data.streams.frames)))
    for start in range(0, len(index), size):
        place = slice(start, start + size)
        batch, part = data.take(index[place], need_frames=schedule.plan.needs_frames)
        outputs = schedule.forward(state, batch, Runtime(hard_gate, settings.bound))
        here = outputs.unflatten(2, (-1, part.n_samples))
        whole[:, :, : here.shape[2], place] = here
    return whole
