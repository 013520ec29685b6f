"""Programs that can be given frame by frame, with frames and the value after each of them."""

from __future__ import annotations

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import LIST_TO_ATOM, STATISTICS, MapPrefix
from sklearn_dpads.program import Expression

from .. import reference, strategies

SPANS = ("all", "1", "2", "7", "40", "1/1", "1/3", "2/3", "3/3", "4/7")
READERS = [
    *((name, span) for name in STATISTICS for span in SPANS),
    *((name, f"{span},values") for name in ("Avg", "Max", "Min") for span in SPANS),
]
GRAMMAR = Grammar.paper({"a": [0, 2], "b": [1]}, windows=(), value_windows=())


def on_prefixes(program: Program) -> Program:
    """The program, made one that gives a value per frame."""
    expression = program.expression
    if expression.signature == LIST_TO_ATOM:
        expression = Expression(MapPrefix(), expression.width, 0, (expression,))
    return program.with_expression(expression)


def program_of(name: str, span: str) -> Program:
    product = "Multiply(Affine[a](2*x0 - x2 + 1), Affine[b](x1 + 0.5))"
    return Program.parse(f"SlideWindow{name}[{span}]({product})", GRAMMAR, n_features=4)


def frames_of(n_frames: int, n_features: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n_frames, n_features))


@st.composite
def streamed(draw, *, user: bool = True, max_timesteps: int = 12, largest: float = 1e6):
    """A random program without centred windows, frames, and the value after each of them.

    No condition comes close to 0 after any frame, and no value is as large as `largest`.
    """
    grammar = draw(strategies.grammars(user=user))
    program = draw(strategies.programs(grammar))
    symbols = {node.production.symbol for _, node in program.expression.walk()}
    assume(not any(symbol.startswith("CenteredWindow") for symbol in symbols))
    frames = draw(
        strategies.sequences(program.n_features, max_samples=1, max_timesteps=max_timesteps)
    )
    whole = on_prefixes(program)
    trace = reference.trace(whole.expression, frames)
    assume(trace.smallest_condition > 1e-6 and trace.largest_value < largest)
    return program, np.array(frames[0]), whole(np.array(frames))[0]
