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
    pieces = Pieces.of(lengths, most_frames)
    times = pieces.starts + np.arange(pieces.lengths.max())[:, None]
    device = data.streams.lengths.device
    codes = _codes(data.targets, pieces, times, device)
    kept = np.flatnonzero((codes != IGNORED).any(0).cpu().numpy())
    pieces, times = pieces.those(kept), times[:, kept]
    where = torch.as_tensor(pieces.sequences, device=device)
    when = torch.as_tensor(np.minimum(times, len(data.streams.frames) - 1), device=device)

    def cut(values: Tensor) -> Tensor:
        return values[when, where]

    codes = codes[:, torch.as_tensor(kept, device=device)]
    counts = None if data.targets.counts is None else cut(data.targets.counts)
    weights = torch.where(codes == IGNORED, 0.0, cut(data.targets.weights))
    parts = Split(pieces.members(split.train), pieces.members(split.validation))
    if not (len(parts.train) and len(parts.validation)):
        return data, split
    streams = data.streams.cut(when, where, torch.as_tensor(pieces.lengths, device=device))
    targets = Targets(codes, weights, data.targets.n_classes, counts)
    return LabelledStreams(streams, targets), parts


def _codes(targets: Targets, pieces: Pieces, times: Index, device: torch.device) -> Tensor:
    """Labels of the frames of pieces of shape (n_frames, n_pieces), none beyond their ends."""
    beyond = torch.as_tensor(times >= pieces.starts + pieces.lengths, device=device)
    when = torch.as_tensor(np.minimum(times, len(targets.codes) - 1), device=device)
    where = torch.as_tensor(pieces.sequences, device=device)
    return torch.where(beyond, IGNORED, targets.codes[when, where])
