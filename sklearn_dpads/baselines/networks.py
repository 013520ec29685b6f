"""Networks, recurrent and convolutional: frames and lengths in, logits out."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class RecurrentNet(nn.Module):
    """An LSTM, and a linear layer that reads its states.

    Parameters
    ----------
    n_features : int
        Number of features of a frame.
    n_outputs : int
        Number of logits.
    hidden_size : int
        Units of every layer of the LSTM, in each direction.
    num_layers : int
        Number of layers of the LSTM.
    """

    # From how many ends the LSTM reads a sequence.
    n_directions: ClassVar[int] = 1

    def __init__(self, n_features: int, n_outputs: int, hidden_size: int, num_layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(
            n_features,
            hidden_size,
            num_layers,
            batch_first=True,
            bidirectional=self.n_directions == 2,
        )
        self.output = nn.Linear(self.n_directions * hidden_size, n_outputs)
        _open_forget_gates(self.lstm)


class LSTMNet(RecurrentNet):
    """An LSTM over frames; a linear layer reads its state after the last frame."""

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits.

        Parameters
        ----------
        frames : Tensor of shape (batch, n_timesteps, n_features)
            Frames, padded at the end.
        lengths : Tensor of shape (batch,), int64
            Number of frames of each sequence.

        Returns
        -------
        logits : Tensor of shape (batch, n_outputs)
        """
        # The state after a sequence's last frame has seen no padding, since the LSTM runs
        # forward in time: no need to pack the sequences.
        states, _ = self.lstm(frames[:, : int(lengths.max())])
        last = states[torch.arange(len(states), device=states.device), lengths - 1]
        logits: Tensor = self.output(last)
        return logits


class LSTMFrameNet(RecurrentNet):
    """An LSTM over frames; a linear layer reads its state after every frame."""

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits.

        Parameters
        ----------
        frames : Tensor of shape (batch, n_timesteps, n_features)
            Frames, padded at the end.
        lengths : Tensor of shape (batch,), int64
            Number of frames of each sequence.

        Returns
        -------
        logits : Tensor of shape (batch, n_timesteps, n_outputs)
            Those past a sequence's end have no meaning.
        """
        longest = int(lengths.max())
        states, _ = self.lstm(frames[:, :longest])
        return pad(self.output(states), (0, 0, 0, frames.shape[1] - longest))


class BidirectionalLSTMFrameNet(RecurrentNet):
    """Two LSTMs, one from each end; a linear layer reads both states at every frame."""

    n_directions: ClassVar[int] = 2

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits, as :meth:`LSTMFrameNet.forward` does."""
        # Packed, each sequence is read backward from its own last frame.
        packed = pack_padded_sequence(frames, lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=frames.shape[1]
        )
        logits: Tensor = self.output(states)
        return logits


def _open_forget_gates(lstm: nn.LSTM) -> None:
    # A forget gate that starts open lets gradients reach frames far away (Jozefowicz,
    # Zaremba and Sutskever, ICML 2015). torch orders the gates input, forget, cell, output.
    for name, values in lstm.named_parameters():
        if name.startswith("bias_ih"):
            nn.init.ones_(values.data[lstm.hidden_size : 2 * lstm.hidden_size])


class MaskedConvolutions(nn.Module):
    """Convolutions over time, each followed by ReLU and dropout, that keep the time axis.

    What a layer gives past a sequence's end is set to zero, which is what a convolution
    finds past the end of an array: padding has no influence.

    Parameters
    ----------
    n_features : int
        Number of features of a frame.
    n_filters : int
        Number of filters of every layer.
    kernel_size : int
        Frames that a filter sees, an odd number: itself and as many to either side.
    num_layers : int
        Number of layers.
    dropout : float
        Fraction of the values that are set to zero after every layer in training.
    """

    def __init__(
        self, n_features: int, n_filters: int, kernel_size: int, num_layers: int, dropout: float
    ) -> None:
        super().__init__()
        widths = [n_features] + num_layers * [n_filters]
        layers = [
            nn.Conv1d(width, next_width, kernel_size, padding="same")
            for width, next_width in pairwise(widths)
        ]
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        self.layers = nn.ModuleList(layers)
        self.dropout = nn.Dropout(dropout)

    def forward(self, frames: Tensor, mask: Tensor) -> Tensor:
        """Return the activations of the last layer, zero past the end.

        Parameters
        ----------
        frames : Tensor of shape (batch, n_timesteps, n_features)
            Frames, padded at the end.
        mask : Tensor of shape (batch, n_timesteps), bool
            True where a frame belongs to its sequence.

        Returns
        -------
        activations : Tensor of shape (batch, n_timesteps, n_filters)
        """
        inside = mask[:, None, :]
        values = frames.transpose(1, 2).where(inside, 0.0)
        for layer in self.layers:
            values = self.dropout(layer(values).relu()).where(inside, 0.0)
        return values.transpose(1, 2)


class ConvolutionalNet(nn.Module):
    """Convolutions, and a linear layer that reads them.

    Parameters
    ----------
    n_features : int
        Number of features of a frame.
    n_outputs : int
        Number of logits.
    n_filters, kernel_size, num_layers, dropout
        As :class:`MaskedConvolutions` takes them.
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        n_filters: int,
        kernel_size: int,
        num_layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.body = MaskedConvolutions(n_features, n_filters, kernel_size, num_layers, dropout)
        self.output = nn.Linear(n_filters, n_outputs)


class ConvNet(ConvolutionalNet):
    """Convolutions; a linear layer reads their mean over the frames of a sequence."""

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits.

        Parameters
        ----------
        frames : Tensor of shape (batch, n_timesteps, n_features)
            Frames, padded at the end.
        lengths : Tensor of shape (batch,), int64
            Number of frames of each sequence.

        Returns
        -------
        logits : Tensor of shape (batch, n_outputs)
        """
        activations = self.body(frames, _mask(frames, lengths))
        logits: Tensor = self.output(activations.sum(dim=1) / lengths[:, None])
        return logits


class ConvFrameNet(ConvolutionalNet):
    """Convolutions; a linear layer reads them at every frame."""

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits.

        Parameters
        ----------
        frames : Tensor of shape (batch, n_timesteps, n_features)
            Frames, padded at the end.
        lengths : Tensor of shape (batch,), int64
            Number of frames of each sequence.

        Returns
        -------
        logits : Tensor of shape (batch, n_timesteps, n_outputs)
            Those past a sequence's end have no meaning.
        """
        logits: Tensor = self.output(self.body(frames, _mask(frames, lengths)))
        return logits


def _mask(frames: Tensor, lengths: Tensor) -> Tensor:
    return torch.arange(frames.shape[1], device=frames.device) < lengths[:, None]
