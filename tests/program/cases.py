"""Random programs with sequences on which evaluators must agree, for tests of exports."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from sklearn_dpads import Program

from .. import reference, strategies

EXPORTS = settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@st.composite
def cases(
    draw,
    *,
    user=False,
    clear=1e-6,
    largest=1e6,
    max_depth=4,
    max_timesteps=6,
):
    """A program and sequences of unequal length.

    No condition comes close to 0 and no value is large, so that rounding decides nothing.
    """
    grammar = draw(strategies.grammars(user=user))
    program = draw(strategies.programs(grammar, max_depth=max_depth))
    sequences = strategies.sequences(program.n_features, max_timesteps=max_timesteps)
    frames_of = draw(sequences)
    trace = reference.trace(program.expression, frames_of)
    assume(trace.smallest_condition > clear)
    assume(trace.largest_value < largest)
    return program, frames_of


def values_of(program: Program, frames_of) -> np.ndarray:
    """What the program gives for sequences that are lists of frames."""
    return program([np.array(frames) for frames in frames_of])


def holds(program: Program, *symbols: str) -> bool:
    """Whether a program has one of some productions."""
    return any(node.production.symbol in symbols for _, node in program.expression.walk())
