"""How many digits the numbers of a program need, for what is printed to decide as it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..inputs.outputs import top_codes
from ..program import Expression, Program, Sequences, evaluate
from ..program.text import MOST_DIGITS, format_number
from .scaling import FrameScaling

# Fewer digits change how sure a program is even where they change no decision.
_LEAST = 2
# How far values may move, as a share of their spread: far less than a probability is known.
_TOLERANCE = 0.01


# Frames of each sequence, and of all, by which the digits of very many programs are found.
_FIRST_FRAMES, _MOST_FRAMES = 200, 20_000


def few(sequences: Sequences) -> Sequences:
    """Give some sequences, as if they ended early, for a look that costs next to nothing."""
    frames = sequences.frames[:, :_FIRST_FRAMES]
    n_samples = max(1, _MOST_FRAMES // frames.shape[1])
    lengths = np.minimum(sequences.lengths[:n_samples], _FIRST_FRAMES)
    return Sequences(frames[:n_samples], lengths)


def with_digits(program: Program, sequences: Sequences, scaling: FrameScaling) -> Program:
    """Give a program with the digits that its numbers need on some sequences.

    A weight of 1.3824 that is printed as 1.382 moves the value for an air pressure of 101325 Pa
    by 40. The digits are the fewest with which all decisions on the sequences stay as they are,
    and values move by no more than a hundredth of their spread.

    Parameters
    ----------
    program : Program
        A program over raw frames.
    sequences : Sequences
        Scaled sequences.
    scaling : FrameScaling
        Their scaling.
    """
    mask = sequences.mask()

    def values(expression: Expression) -> np.ndarray:
        with np.errstate(all="ignore"):
            found = evaluate(scaling.to_scaled(expression), sequences)
        return np.nan_to_num(found[mask] if found.ndim == 3 else found)

    exact = values(program.expression)
    allowed = _TOLERANCE * exact.std(axis=0)
    for digits in range(_LEAST, MOST_DIGITS):
        printed = values(rounded(program.expression, digits))
        same = np.array_equal(top_codes(printed), top_codes(exact))
        if same and (np.abs(printed - exact).max(axis=0) <= allowed).all():
            return replace(program, digits=digits)
    return replace(program, digits=MOST_DIGITS)


def rounded(expression: Expression, digits: int) -> Expression:
    """Give an expression with the numbers that are printed with so many digits."""
    params = {
        name: np.reshape([float(format_number(v, digits)) for v in value.flat], value.shape)
        for name, value in expression.params.items()
    }
    args = tuple(rounded(arg, digits) for arg in expression.args)
    return Expression(expression.production, expression.width, expression.accumulator, args, params)
