"""Long recordings cut into pieces, of which a step of training takes some from all over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .data import Index, LabelledStreams
from .objective import IGNORED, Targets
from .relaxed import Split


@dataclass(frozen=True)
class Pieces:
    """Where pieces of sequences begin and end.

    Parameters
    ----------
    sequences : ndarray of int of shape (n_pieces,)
        Sequence of each.
    starts, lengths : ndarray of int of shape (n_pieces,)
        Its first frame, and how many it has.
    """

    sequences: Index
    starts: Index
    lengths: Index

    @classmethod
    def of(cls, lengths: Index, most_frames: int) -> Pieces:
        """Cut sequences into pieces of at most so many frames, the last one shorter."""
        n_pieces = -(-lengths // most_frames)
        sequences = np.repeat(np.arange(len(lengths)), n_pieces)
        numbers = np.arange(len(sequences)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
        starts = numbers * most_frames
        return cls(sequences, starts, np.minimum(most_frames, lengths[sequences] - starts))

    def those(self, kept: Index) -> Pieces:
        """Some of them."""
        return Pieces(self.sequences[kept], self.starts[kept], self.lengths[kept])

    def members(self, sequences: Index) -> Index:
        """Numbers of the pieces of some sequences."""
        return np.flatnonzero(np.isin(self.sequences, sequences))

    def labelled(self, targets: Targets) -> Pieces:
        """Those with a label that counts."""
        counted = (targets.codes != IGNORED).cpu().numpy()
        before = np.concatenate([np.zeros_like(counted[:1], dtype=int), counted.cumsum(0)])
        ends = np.minimum(self.starts + self.lengths, len(counted))
        starts = np.minimum(self.starts, len(counted))
        found = before[ends, self.sequences] > before[starts, self.sequences]
        return self.those(np.flatnonzero(found))

    def of_data(self, data: LabelledStreams) -> LabelledStreams:
        """The pieces of labelled sequences, as if each were a sequence."""
        device = data.streams.lengths.device
        times = self.starts + np.arange(self.lengths.max())[:, None]
        where = torch.as_tensor(self.sequences, device=device)
        when = torch.as_tensor(np.minimum(times, len(data.streams.frames) - 1), device=device)
        beyond = torch.as_tensor(times >= self.starts + self.lengths, device=device)

        def cut(values: Tensor) -> Tensor:
            return values[..., when, where]

        codes = torch.where(beyond, IGNORED, cut(data.targets.codes))
        weights = torch.where(codes == IGNORED, 0.0, cut(data.targets.weights))
        counts = None if data.targets.counts is None else cut(data.targets.counts)
        streams = data.streams.cut(when, where, torch.as_tensor(self.lengths, device=device))
        return LabelledStreams(streams, Targets(codes, weights, data.targets.n_classes, counts))


def in_pieces(
    data: LabelledStreams, split: Split, most_frames: int
) -> tuple[LabelledStreams, Split]:
    """Cut sequences with a label per frame into pieces, as if each were a sequence.

    What readers give at a frame stays what they gave of the whole sequence. Only what walks
    over frames one by one begins anew with each piece, as networks are trained on long
    sequences by truncated backpropagation (Williams and Peng, 1990).

    Parameters
    ----------
    data : LabelledStreams
        Sequences with a label per frame.
    split : Split
        Which sequences train, and which are held out.
    most_frames : int
        Frames of a piece.

    Returns
    -------
    pieces : LabelledStreams
        Every piece with a label; the sequences as they were, where a part would have none.
    split : Split
        The pieces of the same sequences.
    """
    lengths = data.streams.lengths.cpu().numpy()
    pieces = Pieces.of(lengths, most_frames).labelled(data.targets)
    parts = Split(pieces.members(split.train), pieces.members(split.validation))
    if not (len(parts.train) and len(parts.validation)):
        return data, split
    return pieces.of_data(data), parts
