"""Frames and statistics of them, ready for training: computed once per data set.

A *stream* is what an atom->atom expression outside ``Fold`` is evaluated on: the frames
themselves or a statistic of a span. Statistics depend on the data alone, so a training step
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
from ..program.whole import Whole, WholeSequences
from .kept_frames import KeptFrames

# Values of all frames that are computed at once: memory against the loops over the frames of long
# sequences, which take as long for many sequences as for one.
_PER_FRAME_VALUES = 2**22


@dataclass(frozen=True)
class Batch:
    """Data of one forward pass.

    Parameters
    ----------
    streams : Tensor of shape (n_streams, n_positions, n_features + 1)
        Statistics at the output positions, with a column of ones. The positions are
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
    kept : KeptFrames or None, default=None
        The frames that there are streams at, of each of the sequences; None for all. Windows
        reach back over frames that are not kept.
    """

    def __init__(
        self,
        sequences: Sequences,
        keys: tuple[StreamKey, ...],
        *,
        per_frame: bool,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
        kept: KeptFrames | None = None,
    ) -> None:
        self.keys = keys
        self.per_frame = per_frame
        lengths = sequences.lengths if kept is None else kept.lengths
        self.lengths = torch.as_tensor(lengths, device=device)
        self._equal = bool((lengths == lengths[0]).all())
        n_samples, width = sequences.n_samples, sequences.n_features + 1
        # An array may be padded past the end of its longest sequence.
        longest = int(lengths.max())
        frames = torch.zeros(longest, n_samples, width, dtype=dtype)
        outputs = longest if per_frame else 1
        values = [torch.zeros(outputs, n_samples, width, dtype=dtype) for _ in keys]
        for of_stream in (frames, *values):
            of_stream[..., -1] = 1.0
        # A part at a time, and of it a stream at a time, so that little is held in float64.
        for rows, part in sequences.parts(most_values=_PER_FRAME_VALUES if per_frame else None):
            part = _without_padding(part)
            at = torch.as_tensor(rows)
            _fill(frames, at, _at_kept(part.frames, kept, rows))
            for of_stream, key in zip(values, keys, strict=True):
                if per_frame:
                    _fill(of_stream, at, _at_kept(AllPrefixes().stream(key, part), kept, rows))
                else:
                    _fill(of_stream, at, _at_the_end(key, part)[None])
        self.frames = frames.to(device)
        # One tensor a stream, so that a choice of streams is no copy.
        self.values = [of_stream.to(device) for of_stream in values]

    def select(self, keys: tuple[StreamKey, ...]) -> FrameStreams:
        """The same data with only the named streams, in that order."""
        if keys == self.keys:
            return self
        chosen = copy(self)
        chosen.keys = keys
        chosen.values = [self.values[self.keys.index(key)] for key in keys]
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
        pieces.values = [of_stream[times, sequences] for of_stream in self.values]
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
            values, frames, lengths = self.values, self.frames, self.lengths
        else:
            values = [of_stream.index_select(1, index) for of_stream in self.values]
            frames = self.frames.index_select(1, index) if need_frames else self.frames
            lengths = self.lengths.index_select(0, index)
        ragged = not self._equal and bool((lengths != lengths[0]).any())
        if not self._equal:
            longest = int(lengths.max())
            frames = frames[:longest]
            values = [of_stream[:longest] for of_stream in values] if self.per_frame else values
        return Batch(
            torch.stack([of_stream.flatten(0, 1) for of_stream in values]),
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
        values = [of_stream.flatten(0, 1).index_select(0, index) for of_stream in self.values]
        return Batch(torch.stack(values), None, torch.ones_like(index), False)


def _without_padding(part: Sequences) -> Sequences:
    longest = int(part.lengths.max())
    return (
        part if longest == part.n_timesteps else Sequences(part.frames[:, :longest], part.lengths)
    )


def _at_kept(values: np.ndarray, kept: KeptFrames | None, rows: np.ndarray) -> np.ndarray:
    """Values at the kept frames of some rows, of shape (n_timesteps, n_rows, d)."""
    if kept is None:
        return values.transpose(1, 0, 2)
    until = int(kept.lengths[rows].max())
    return values[np.arange(len(rows)), kept.times[rows, :until].T]


def _fill(target: Tensor, rows: Tensor, values: np.ndarray) -> None:
    """Write values of shape (n_timesteps, n_rows, d) beside the column of ones."""
    target[: len(values), rows, :-1] = torch.as_tensor(values, dtype=target.dtype)


def _at_the_end(key: StreamKey, sequences: Sequences) -> np.ndarray:
    """What a stream holds at the last frame of each sequence, of shape (n_samples, n_features)."""
    if key.kind == "causal":
        return WholeSequences().stream(key, Whole(sequences)).values
    all_values = AllPrefixes().stream(key, sequences)
    return all_values[np.arange(sequences.n_samples), sequences.lengths - 1]
