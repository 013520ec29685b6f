"""Frames and their window means, ready for training: computed once per data set.

A *stream* is what an atom->atom expression outside ``Fold`` is evaluated on: the frames
themselves or the means of a window. Windows depend on the data alone, so a training step
never touches them again, and its cost without ``Fold`` does not grow with the sequences'
length.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..grammar import StreamKey
from ..program import Sequences
from ..program.prefixes import AllPrefixes


@dataclass(frozen=True)
class Batch:
    """Data of one forward pass.

    Parameters
    ----------
    streams : Tensor of shape (n_streams, n_positions, n_features + 1)
        Window means at the output positions, with a column of ones. The positions are
        the sequences for list->atom programs, and all (frame, sequence) pairs, frames
        outermost, for list->list.
    frames : Tensor of shape (n_timesteps, n_samples, n_features + 1) or None
        The frames, with a column of ones, where a schedule asks for them.
    lengths : Tensor of int of shape (n_samples,)
        Valid frames per sequence.
    ragged : bool
        Whether the lengths differ.
    """

    streams: Tensor
    frames: Tensor | None
    lengths: Tensor
    ragged: bool

    def until(self, n_frames: int, *, per_frame: bool) -> Batch:
        """The first frames of all sequences, as if these ended there or before."""
        assert self.frames is not None
        n_samples = self.frames.shape[1]
        streams = self.streams[:, : n_frames * n_samples] if per_frame else self.streams
        lengths = self.lengths.clamp(max=n_frames)
        return Batch(streams, self.frames[:n_frames], lengths, self.ragged)


class FrameStreams:
    """All streams of a data set, in torch.

    Parameters
    ----------
    sequences : Sequences
        The data, scaled as the training wants it.
    keys : tuple of StreamKey
        Streams to hold: frames, or statistics of them.
    per_frame : bool
        Whether outputs are wanted for every frame (list->list) or the last one.
    dtype : torch.dtype, default=torch.float32
        Precision.
    device : str, default="cpu"
        Where the tensors live.
    """

    def __init__(
        self,
        sequences: Sequences,
        keys: tuple[StreamKey, ...],
        *,
        per_frame: bool,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
    ) -> None:
        # An array may be padded past the end of its longest sequence.
        longest = int(sequences.lengths.max())
        sequences = Sequences(sequences.frames[:, :longest], sequences.lengths)
        means = [AllPrefixes().stream(key, sequences) for key in keys]
        if per_frame:
            means = [m.transpose(1, 0, 2) for m in means]
        else:
            rows = np.arange(len(sequences.frames))
            means = [m[rows, sequences.lengths - 1][None] for m in means]
        self.keys = keys
        self.per_frame = per_frame
        self.lengths = torch.as_tensor(sequences.lengths, device=device)
        self.frames = _with_ones(sequences.frames.transpose(1, 0, 2), dtype, device)
        self.means = _with_ones(np.stack(means), dtype, device)
        self._equal = bool((sequences.lengths == sequences.lengths[0]).all())

    def select(self, keys: tuple[StreamKey, ...]) -> FrameStreams:
        """The same data with only the named streams, in that order."""
        if keys == self.keys:
            return self
        chosen = copy(self)
        chosen.keys = keys
        chosen.means = self.means[[self.keys.index(key) for key in keys]]
        return chosen

    def cut(self, times: Tensor, sequences: Tensor, lengths: Tensor) -> FrameStreams:
        """Pieces of sequences, each with what its frames gave as parts of the whole.

        Parameters
        ----------
        times : Tensor of int of shape (n_timesteps, n_pieces)
            Frames of each piece.
        sequences : Tensor of int of shape (n_pieces,)
            The sequence that each is of.
        lengths : Tensor of int of shape (n_pieces,)
            Frames that count.
        """
        pieces = copy(self)
        pieces.frames = self.frames[times, sequences]
        pieces.means = torch.stack([of_stream[times, sequences] for of_stream in self.means])
        pieces.lengths = lengths
        pieces._equal = bool((lengths == lengths[0]).all())
        return pieces

    @property
    def n_samples(self) -> int:
        """Number of sequences."""
        return self.frames.shape[1]

    def batch(self, index: Tensor | None = None, *, need_frames: bool = True) -> Batch:
        """Take some sequences, or all of them.

        Parameters
        ----------
        index : Tensor of int or None, default=None
            Positions of the sequences.
        need_frames : bool, default=True
            Whether a schedule reads single frames.
        """
        if index is None:
            means, frames, lengths = self.means, self.frames, self.lengths
        else:
            means = self.means.index_select(2, index)
            frames = self.frames.index_select(1, index) if need_frames else self.frames
            lengths = self.lengths.index_select(0, index)
        ragged = not self._equal and bool((lengths != lengths[0]).any())
        if not self._equal:
            longest = int(lengths.max())
            frames = frames[:longest]
            means = means[:, :longest] if self.per_frame else means
        return Batch(
            means.reshape(means.shape[0], -1, means.shape[-1]),
            frames if need_frames else None,
            lengths,
            ragged,
        )

    def positions(self, index: Tensor) -> Batch:
        """Take some output positions, for schedules that read no single frames.

        Parameters
        ----------
        index : Tensor of int
            Positions as a batch of all sequences has them.
        """
        means = self.means.flatten(1, 2).index_select(1, index)
        return Batch(means, None, torch.ones_like(index), False)


def _with_ones(values: np.ndarray, dtype: torch.dtype, device: str) -> Tensor:
    padded = np.concatenate([values, np.ones((*values.shape[:-1], 1))], axis=-1)
    return torch.as_tensor(padded, dtype=dtype, device=device).contiguous()
