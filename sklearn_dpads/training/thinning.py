"""Long recordings thinned: pieces from all over them, no more than training needs.

Frames of one recording are alike, so that a hundred hours of it teach little more than some
minutes from all of it. What readers give at a frame stays what they gave of the whole recording.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..engine import KeptFrames
from .objective import IGNORED

Index = NDArray[np.int64]

# Frames are padded to the sequence of which most are kept: so many times as many, at most, as are
# kept. Memory, where one recording is far longer than the others.
_MOST_PADDING = 4
# Shorter pieces of all sequences come before whole ones of some: these are what programs are judged
# by, and frames of one are alike.
_LEAST_FRAMES = 10


def thinned(codes: Index, piece_frames: int, most_frames: int) -> KeptFrames | None:
    """Choose pieces of sequences with a label per frame, evenly from all of them.

    Each sequence has the same number of pieces, as far as it goes, drawn from those with a label.
    Of more sequences than there may be pieces, some are drawn. Every class stays.

    Parameters
    ----------
    codes : ndarray of int64 of shape (n_sequences, n_timesteps)
        Class of each frame; -1 where there is no label.
    piece_frames : int
        Frames of a piece.
    most_frames : int
        Labelled frames that are kept, about.

    Returns
    -------
    kept : KeptFrames or None
        None where all may stay.
    """
    labelled = codes != IGNORED
    until = labelled.shape[1] - labelled[:, ::-1].argmax(axis=1)
    if until.sum() <= most_frames and until.max() * len(codes) <= _MOST_PADDING * most_frames:
        return None
    piece_frames = min(piece_frames, max(_LEAST_FRAMES, most_frames // len(codes)))
    there = _pieces_with(labelled, piece_frames)
    rng = np.random.default_rng(0)
    order = np.where(there, rng.random(there.shape), np.inf)
    ranks = order.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    ranks = np.where(there, ranks, there.shape[1])
    frames = np.minimum(piece_frames, labelled.shape[1])
    chosen = ranks < _pieces_each(there.sum(axis=1), frames, most_frames)
    if chosen.sum() * frames > most_frames and (chosen.sum(axis=1) == 1).all():
        rows = rng.permutation(len(chosen))[max(1, most_frames // frames) :]
        chosen[rows] = False
    for code in np.unique(codes[labelled]):
        holding = _pieces_with(codes == code, piece_frames)
        if not (chosen & holding).any():
            row, piece = np.argwhere(holding)[0]
            chosen[row, piece] = True
    return _kept(chosen, until, piece_frames)


def _pieces_with(marked: NDArray[np.bool_], piece_frames: int) -> NDArray[np.bool_]:
    """Tell pieces that hold a marked frame, of shape (n_sequences, n_pieces)."""
    starts = np.arange(0, marked.shape[1], piece_frames)
    found: NDArray[np.bool_] = np.logical_or.reduceat(marked, starts, axis=1)
    return found


def _pieces_each(n_pieces: Index, piece_frames: int, most_frames: int) -> int:
    """How many pieces of each sequence there may be, at least one."""
    each = np.arange(1, n_pieces.max() + 1)
    kept = np.minimum(n_pieces[:, None], each).sum(axis=0) * piece_frames
    padded = each * len(n_pieces) * piece_frames
    fitting = (kept <= most_frames) & (padded <= _MOST_PADDING * most_frames)
    return max(1, int(fitting.sum()))


def _kept(chosen: NDArray[np.bool_], until: Index, piece_frames: int) -> KeptFrames:
    rows = np.flatnonzero(chosen.any(axis=1))
    of_rows = [
        np.concatenate(
            [
                np.arange(piece * piece_frames, min((piece + 1) * piece_frames, until[row]))
                for piece in np.flatnonzero(chosen[row])
            ]
        )
        for row in rows
    ]
    lengths = np.array([len(times) for times in of_rows], dtype=np.int64)
    times = np.zeros((len(rows), int(lengths.max())), dtype=np.int64)
    for padded, own in zip(times, of_rows, strict=True):
        padded[: len(own)] = own
    return KeptFrames(rows, times, lengths)
