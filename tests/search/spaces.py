"""Small spaces of programs whose best program is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    Add,
    Affine,
    Constant,
    Multiply,
    SlideWindowAvg,
)
from sklearn_dpads.search import Problem
from sklearn_dpads.training import IGNORED, LabelledStreams, make_targets

from .problem import make_problem, make_sequences

PRODUCTS = Grammar(
    (
        SlideWindowAvg(5),
        SlideWindowAvg(None),
        Add(),
        Multiply(),
        Affine("a", (0,)),
        Affine("b", (1,)),
        Constant(),
    )
)
ANSWER = "SlideWindowAvg[5](Multiply(Affine[a], Affine[b]))"


def product_problem(**options: object) -> Problem:
    """Whether the means of two features over five frames have the same sign."""
    sequences = make_sequences(240)
    last = np.stack(
        [x[n - 5 : n] for x, n in zip(sequences.frames, sequences.lengths, strict=True)]
    )
    codes = (last.mean(axis=1)[:, :2].prod(axis=1) > 0).astype(np.int64)
    options = {"max_depth": 3, "structural_penalty": 0.002, **options}
    return replace(make_problem(n_samples=240, codes=codes, **options), grammar=PRODUCTS)


def three_classes(problem: Problem) -> Problem:
    """The problem with a third class in the place of some of the labels."""
    codes = problem.data.targets.codes.numpy().T.copy()
    codes[::3] = np.where(codes[::3] == IGNORED, IGNORED, 2)
    targets = make_targets(codes, 3, np.ones(codes.shape), torch.float32, "cpu")
    return replace(problem, n_outputs=3, data=LabelledStreams(problem.data.streams, targets))
