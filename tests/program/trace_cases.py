"""Programs and sequences to trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, settings
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.program.scales import Scales

from .. import reference, strategies

FEW = settings(strategies.QUICK, max_examples=30)
NAMES = ["speed", "turn", "height"]
GRAMMAR = Grammar.paper({"motion": [0, 1], "height": [2]}, windows=[2, None])
GATED = """
if SlideWindowAvg[2](Affine[height](height - 1)) >= 0:
    Fold(Affine[motion](0.5*speed - turn + 0.9*previous), initial=-0.3)
else:
    SlideWindowAvg[all](Multiply(Affine[motion](speed), Affine[height](height + 2)))
"""
THREE = """
SlideWindowAvg[all](
    (if Affine[height](height - 1) >= 0:
        Affine[motion](rest: 1, walk: speed, run: 2*speed - 3 + turn)
    else:
        Constant(rest: 2, walk: 0, run: -1))
)
"""
PER_FRAME = "MapPrefix(Fold(Affine[motion](speed + 0.5*previous)))"


def parse(text, classes=("rest", "walk"), names=NAMES, grammar=GRAMMAR):
    return Program.parse(text, grammar, feature_names=names, classes=classes)


def gated():
    return parse(GATED)


def three():
    return parse(THREE, ("rest", "walk", "run"))


def far_from_0():
    """A program that is printed around the mean of what it reads."""
    leaf = "Affine[height](50*(height - 101325) + 1)"
    program = parse(f"SlideWindowAvg[2](if {leaf} >= 0: {leaf} else: Constant(1))")
    return replace(program, scales=Scales({"Avg[2]": {2: (101325.0, 1.0)}}))


def some_sequences(n_samples=4, longest=7, seed=0, n_features=3):
    """Sequences of unequal length, as a list of arrays."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, longest + 1, n_samples)
    return [rng.normal(1.0, 1.5, (length, n_features)) for length in lengths]


@st.composite
def cases(draw, *, user=True):
    """A program and sequences on which it is well defined in floating point."""
    grammar = draw(strategies.grammars(user=user))
    program = draw(strategies.programs(grammar))
    frames_of = draw(strategies.sequences(program.n_features))
    met = reference.trace(program.expression, frames_of)
    assume(met.smallest_condition > 1e-6)
    assume(met.largest_value < 1e4)
    return program, [np.array(frames) for frames in frames_of]
