"""LSTMs that complete lists, many of one size over the same frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor


def lstms(
    frames: Tensor, lengths: Tensor | None, inputs: Tensor, recurrent: Tensor, output: Tensor
) -> Tensor:
    """A batch of LSTMs over the same frames.

    Parameters
    ----------
    frames : Tensor of shape (n_timesteps, n_samples, n_features + 1)
        Frames with a column of ones.
    lengths : Tensor of int of shape (n_samples,) or None
        Valid frames per sequence; None gives the output for every frame.
    inputs : Tensor of shape (n, 4 * units, n_features + 1)
        Input weights of the gates: input, forget, output, cell.
    recurrent : Tensor of shape (n, 4 * units, units)
        Recurrent weights of the gates.
    output : Tensor of shape (n, width, units + 1)
        Weights of the output layer.

    Returns
    -------
    values : Tensor of shape (n, width, n_samples) or (n, width, n_timesteps * n_samples)
    """
    if lengths is None:
        states = LSTMStates.apply(inputs, recurrent, frames.unbind(), True)
    else:
        # The longest first, so that those that have not ended yet stand together.
        order = torch.argsort(lengths, descending=True, stable=True)
        steps = torch.arange(len(frames), device=frames.device)
        running = steps[:, None] < lengths[order]
        counts = [count for count in running.sum(1).tolist() if count]
        real = frames[:, order][running].split(counts)
        last = LSTMStates.apply(inputs, recurrent, real, False)
        states = last.index_select(2, torch.argsort(order))
    return torch.baddbmm(output[:, :, -1:], output[:, :, :-1], states)


class Moment(NamedTuple):
    """What the way back needs of one frame.

    Parameters
    ----------
    frame : Tensor of shape (n_samples, n_features + 1)
        What was read, of the sequences that had not ended.
    gates : Tensor of shape (n, 4 * units, n_samples)
        How far each gate was open, and the new values of the cells.
    squashed : Tensor of shape (n, units, n_samples)
        The hyperbolic tangent of the cells.
    state, cell : Tensor of shape (n, units, n_samples)
        Both as they were before the frame.
    """

    frame: Tensor
    gates: Tensor
    squashed: Tensor
    state: Tensor
    cell: Tensor


class LSTMStates(torch.autograd.Function):
    """States of LSTMs, frame by frame, with a gradient of its own.

    A frame takes some twenty operations of torch in both directions, in place of the fifty
    and the copies that autograd makes of it: 0.65 to 0.8 of the time. There are no second
    derivatives.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, recurrent: Tensor, frames: Sequence[Tensor], every: bool
    ) -> Tensor:
        """Walk over the frames.

        Parameters
        ----------
        ctx : object
            Keeps what the way back needs.
        inputs, recurrent : Tensor
            As in :func:`lstms`.
        frames : sequence of Tensor of shape (n_running, n_features + 1)
            Frames of the sequences that have not ended, which are the first ones.
        every : bool
            Whether to give the states after each frame, or after each sequence's last.

        Returns
        -------
        states : Tensor of shape (n, units, n_timesteps * n_samples) or (n, units, n_samples)
        """
        n, _, units = recurrent.shape
        flat = inputs.flatten(0, 1)
        state = inputs.new_zeros(n, units, len(frames[0]))
        cell = torch.zeros_like(state)
        moments, found = [], []
        # Who only looks at values holds none of those before.
        is_trained = any(ctx.needs_input_grad)
        for frame in frames:
            n_running = len(frame)
            if n_running < state.shape[2]:
                found.append(state[:, :, n_running:])
                state = state[:, :, :n_running].contiguous()
                cell = cell[:, :, :n_running].contiguous()
            gates = torch.mm(flat, frame.T).view(n, 4 * units, n_running)
            gates.baddbmm_(recurrent, state)
            gates[:, : 3 * units].sigmoid_()
            gates[:, 3 * units :].tanh_()
            keep, forget, show, new = gates.split(units, dim=1)
            following = torch.addcmul(keep * new, forget, cell)
            squashed = torch.tanh(following)
            if is_trained:
                moments.append(Moment(frame, gates, squashed, state, cell))
            state, cell = show * squashed, following
            if every:
                found.append(state)
        if is_trained:
            ctx.save_for_backward(inputs, recurrent)
            ctx.moments, ctx.every = moments, every
        # The shortest ended first.
        return torch.stack(found, 2).flatten(2) if every else torch.cat([state, *found[::-1]], 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Walk back, with what the loss rises by with each state."""
        inputs, recurrent = ctx.saved_tensors
        (rises,) = gradients
        n, four_units, units = recurrent.shape
        if ctx.every:
            rises = rises.view(n, units, len(ctx.moments), -1)
        of_inputs, of_recurrent = torch.zeros_like(inputs), torch.zeros_like(recurrent)
        back = recurrent.mT.contiguous()
        of_state = of_cell = recurrent.new_zeros(n, units, 0)
        for t in reversed(range(len(ctx.moments))):
            moment = ctx.moments[t]
            n_running, n_before = len(moment.frame), of_state.shape[2]
            if n_before < n_running:
                # Sequences that end here; all do after the last frame.
                ending = rises.new_zeros(n, units, n_running - n_before)
                of_cell = torch.cat([of_cell, ending], 2)
                if not ctx.every:
                    ending = rises[:, :, n_before:n_running]
                of_state = torch.cat([of_state, ending], 2)
            if ctx.every:
                of_state = of_state + rises[:, :, t]
            of_gates, of_cell = _through_gates(moment, of_state, of_cell)
            of_state = torch.bmm(back, of_gates)
            of_recurrent.baddbmm_(of_gates, moment.state.mT)
            of_inputs.view(n * four_units, -1).addmm_(of_gates.flatten(0, 1), moment.frame)
        return of_inputs, of_recurrent, None, None


def _through_gates(moment: Moment, of_state: Tensor, of_cell: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of what goes into the gates, and of the cells before, given those after."""
    units = of_state.shape[1]
    gates, squashed = moment.gates, moment.squashed
    opened = gates[:, : 3 * units]
    keep, forget, show, new = gates.split(units, dim=1)
    shown = of_state * show
    of_cell = of_cell + shown.addcmul_(shown * squashed, squashed, value=-1)
    of_gates = torch.empty_like(gates)
    torch.mul(of_cell, new, out=of_gates[:, :units])
    torch.mul(of_cell, moment.cell, out=of_gates[:, units : 2 * units])
    torch.mul(of_state, squashed, out=of_gates[:, 2 * units : 3 * units])
    of_gates[:, : 3 * units].mul_(torch.addcmul(opened, opened, opened, value=-1))
    of_new = of_cell * keep
    torch.addcmul(of_new, of_new * new, new, value=-1, out=of_gates[:, 3 * units :])
    return of_gates, of_cell * forget
