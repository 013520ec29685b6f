"""Small labelled data for training, and graphs to train."""

from __future__ import annotations

import numpy as np
import torch

from sklearn_dpads import Grammar
from sklearn_dpads.engine import FrameStreams, stream_keys
from sklearn_dpads.grammar import (
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Add,
    Affine,
    Constant,
    Fold,
    Map,
    MapPrefix,
    Multiply,
    SlideWindowAvg,
)
from sklearn_dpads.graph import DerivationGraph
from sklearn_dpads.program import Sequences
from sklearn_dpads.training import IGNORED, LabelledStreams, make_targets

from ..graph.build import space

GRAMMAR = Grammar(
    (
        *(Map(), MapPrefix(), Fold(), SlideWindowAvg(5), SlideWindowAvg(None, "values")),
        *(ITE(), Add(), Multiply(), Affine("a", (0,)), Affine("b", (1, 2)), Constant()),
    )
)


def sequences(n_samples: int = 40, seed: int = 0, *, padding: int = 0) -> Sequences:
    """Random sequences of 4 to 8 frames, padded with zeros to the longest and further."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(4, 9, n_samples)
    frames = rng.standard_normal((n_samples, lengths.max() + padding, 3))
    frames[np.arange(frames.shape[1]) >= lengths[:, None]] = 0.0
    return Sequences(frames, lengths)


def codes_of(data: Sequences, n_classes: int, per_frame: bool) -> np.ndarray:
    """Labels that tell the size of the mean of the last five values of the first feature."""
    n_samples, n_timesteps, _ = data.frames.shape
    codes = np.full((n_samples, n_timesteps), IGNORED)
    cuts = np.linspace(-0.4, 0.4, n_classes - 1) if n_classes > 2 else [0.0]
    for i, length in enumerate(data.lengths):
        for t in range(length):
            mean = data.frames[i, max(0, t - 4) : t + 1, 0].mean()
            codes[i, t] = np.searchsorted(cuts, mean)
    return codes if per_frame else codes[np.arange(n_samples), data.lengths - 1]


def labelled(
    n_classes: int = 2,
    *,
    per_frame: bool = False,
    n_samples: int = 40,
    seed: int = 0,
    padding: int = 0,
    codes: np.ndarray | None = None,
    dtype: torch.dtype = torch.float32,
) -> LabelledStreams:
    data = sequences(n_samples, seed, padding=padding)
    codes = codes_of(data, n_classes, per_frame) if codes is None else codes
    streams = FrameStreams(data, stream_keys(GRAMMAR), per_frame=per_frame, dtype=dtype)
    targets = make_targets(codes, n_classes, np.ones(codes.shape), dtype, "cpu")
    return LabelledStreams(streams, targets)


def whole_graph(
    n_classes: int = 2, *, per_frame: bool = False, max_depth: int = 3, depth: int | None = None
) -> DerivationGraph:
    return space(
        GRAMMAR,
        LIST_TO_LIST if per_frame else LIST_TO_ATOM,
        n_outputs=1 if n_classes == 2 else n_classes,
        max_depth=max_depth,
        depth=depth,
    )
