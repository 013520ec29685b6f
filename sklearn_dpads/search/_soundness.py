"""Defects of programs that no score shows: values that explode, and only one class."""

from __future__ import annotations

from enum import Enum

import numpy as np

from ..program import Expression, Sequences, evaluate
from .problem import Problem


class Defect(Enum):
    """What is wrong with a program on the training data."""

    ONE_CLASS = "predicts one class only"
    EXPLODES = "gives values that are not finite or beyond the bound of training"

    @property
    def severity(self) -> int:
        """Rank of a defect; greater is worse."""
        return list(Defect).index(self)


class Inspector:
    """Looks at what programs give on the training data, in float64 and without bounds.

    Training clips products and accumulators; a program that lives on that computes
    something else when it is evaluated by itself.

    Parameters
    ----------
    problem : Problem
        The problem.
    """

    def __init__(self, problem: Problem) -> None:
        streams, codes = problem.data.streams, problem.data.targets.codes
        frames = streams.frames[..., :-1].transpose(0, 1).cpu().numpy().astype(np.float64)
        self._sequences = Sequences(frames, streams.lengths.cpu().numpy())
        self._valid = (codes >= 0).cpu().numpy().T
        self._bound = problem.training.bound

    def defect(self, expression: Expression) -> Defect | None:
        """The worst defect of a program, or None."""
        with np.errstate(all="ignore"):
            values = evaluate(expression, self._sequences)[self._valid]
        if not (np.abs(values) <= self._bound).all():
            return Defect.EXPLODES
        codes = values[:, 0] > 0 if values.shape[1] == 1 else values.argmax(axis=1)
        return Defect.ONE_CLASS if (codes == codes[0]).all() else None
