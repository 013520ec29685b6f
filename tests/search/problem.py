"""A search problem with a known answer, and budgets that make it quick."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from sklearn_dpads import Grammar
from sklearn_dpads.engine import FrameStreams, stream_keys
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST
from sklearn_dpads.program import Expression, Sequences, causal_mean
from sklearn_dpads.search import (
    DPads,
    Log,
    Problem,
    SearchResult,
    Stopwatch,
    WithinErrors,
)
from sklearn_dpads.training import (
    IGNORED,
    LabelledStreams,
    Split,
    Training,
    f1_scores,
    make_targets,
)

from ..brief import dpads
from ..small import of_frames

GRAMMAR = of_frames(Grammar.paper({"a": [0], "b": [1], "c": [1, 2]}, windows=(5, None)))
QUICK = {
    "max_iter": 6,
    "prune_iter": 1,
    "split_iter": 2,
    "fit_steps": 100,
    "final_steps": 200,
    "n_folds": 2,
    "max_splits": 4,
    "n_pooled": 30,
    "max_refinements": 1,
    "max_neighbours": 60,
    "screen_steps": 20,
    "n_screened": 30,
}
TRAINING = {
    "batch_size": 30,
    "learning_rate_init": 0.05,
    "architecture_rate": 0.05,
    "fit_rate": 0.2,
    "fit_decay": 0.0,
}
# For laws that hold however little is searched.
TINY = {
    "n_samples": 48,
    "max_iter": 1,
    "max_splits": 2,
    "fit_steps": 15,
    "final_steps": 20,
    "max_neighbours": 16,
    "n_screened": 8,
    "n_pooled": 8,
}


def recent_sign(sequences: Sequences) -> np.ndarray:
    """Whether the mean of the first feature over the last five frames is positive."""
    means = causal_mean(sequences.frames[:, :, :1], 5)[:, :, 0]
    codes = (means > 0).astype(np.int64)
    past = np.arange(codes.shape[1]) >= sequences.lengths[:, None]
    return np.where(past, IGNORED, codes)


def make_sequences(n_samples: int = 120, seed: int = 0) -> Sequences:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(8, 15, n_samples)
    frames = rng.standard_normal((n_samples, 14, 3))
    frames[np.arange(14) >= lengths[:, None]] = 0.0
    return Sequences(frames, lengths)


def make_problem(
    *,
    per_frame: bool = False,
    seed: int = 0,
    n_samples: int = 120,
    codes: np.ndarray | None = None,
    scorer=f1_scores,
    max_depth: int = 3,
    structural_penalty: float = 0.002,
    **settings: object,
) -> Problem:
    """A problem; it is judged as the settings say, and :func:`search` searches it as they say."""
    data = make_sequences(n_samples)
    if codes is None:
        codes = recent_sign(data)
        codes = codes if per_frame else codes[np.arange(n_samples), data.lengths - 1]
    streams = FrameStreams(data, stream_keys(GRAMMAR), per_frame=per_frame)
    targets = make_targets(codes, 2, np.ones(codes.shape), torch.float32, "cpu")
    quarter = n_samples // 4
    return Problem(
        grammar=GRAMMAR,
        signature=LIST_TO_LIST if per_frame else LIST_TO_ATOM,
        n_features=3,
        n_outputs=1,
        sequences=data,
        labelled=codes != IGNORED,
        data=LabelledStreams(streams, targets),
        split=Split(np.arange(quarter, n_samples), np.arange(quarter)),
        scorer=scorer,
        max_depth=max_depth,
        structural_penalty=structural_penalty,
        rule=WithinErrors(),
        judging=dpads(**{**QUICK, **settings}),
        training=Training(**TRAINING),
        seed=seed,
    )


def search(problem: Problem, log: Log, initial: Sequence[Expression] = ()) -> SearchResult:
    """Search a problem with the settings that it was made with."""
    assert isinstance(problem.judging, DPads)
    return problem.judging.run(problem, log, initial)


def make_log(max_time: float | None = None) -> Log:
    return Log(Stopwatch(max_time))
