"""Neural completions: what stands in for the part of a program not unfolded yet.

Completions of atoms are perceptrons with one hidden layer, those of lists are LSTMs. All
of one size are computed together.
"""

from __future__ import annotations

import torch
from torch import Tensor


def perceptrons(hidden: Tensor, output: Tensor) -> Tensor:
    """Second layer of a batch of perceptrons.

    Parameters
    ----------
    hidden : Tensor of shape (n, units, n_positions)
        Hidden layer before its activation.
    output : Tensor of shape (n, width, units + 1)
        Weights of the output layer; the last column is the bias.

    Returns
    -------
    values : Tensor of shape (n, width, n_positions)
    """
    return torch.baddbmm(output[:, :, -1:], output[:, :, :-1], torch.tanh(hidden))


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
    n, four_units, _ = inputs.shape
    units = four_units // 4
    n_samples = frames.shape[1]
    driven = torch.matmul(inputs.flatten(0, 1), frames.transpose(1, 2))
    state = frames.new_zeros(n, units, n_samples)
    cell = frames.new_zeros(n, units, n_samples)
    states = []
    for step in driven.unbind(0):
        gates = torch.baddbmm(step.view(n, four_units, n_samples), recurrent, state)
        opened = torch.sigmoid(gates[:, : 3 * units])
        keep_in, forget, show = opened.split(units, dim=1)
        cell = forget * cell + keep_in * torch.tanh(gates[:, 3 * units :])
        state = show * torch.tanh(cell)
        states.append(state)
    if lengths is None:
        last = torch.stack(states, dim=2).flatten(2)
    else:
        stacked = torch.stack(states)
        rows = (lengths - 1).view(1, 1, 1, -1).expand(1, n, units, n_samples)
        last = stacked.gather(0, rows)[0]
    return torch.baddbmm(output[:, :, -1:], output[:, :, :-1], last)
