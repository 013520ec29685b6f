"""The networks behind the baselines: frames and lengths in, one logit per class out."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LSTMNet(nn.Module):
    """An LSTM over frames; a linear layer reads its state after the last frame.

    Parameters
    ----------
    n_features : int
        Number of features of a frame.
    n_outputs : int
        Number of logits.
    hidden_size : int
        Units of every layer of the LSTM.
    num_layers : int
        Number of layers of the LSTM.
    """

    def __init__(self, n_features: int, n_outputs: int, hidden_size: int, num_layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(n_features, hidden_size, num_layers, batch_first=True)
        self.output = nn.Linear(hidden_size, n_outputs)
        self._open_forget_gates()

    def _open_forget_gates(self) -> None:
        # A forget gate that starts open lets gradients reach the early frames (Jozefowicz,
        # Zaremba and Sutskever, ICML 2015). torch orders the gates input, forget, cell, output.
        size = self.lstm.hidden_size
        for layer in range(self.lstm.num_layers):
            bias = getattr(self.lstm, f"bias_ih_l{layer}")
            nn.init.ones_(bias.data[size : 2 * size])

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
        return self.output(states[torch.arange(len(states), device=states.device), lengths - 1])
