"""How many digits the numbers of a program need, for what is printed to decide as it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..grammar import Signature
from ..inputs.outputs import top_codes
from ..program import Expression, Program, Sequences, evaluate
from ..program.evaluate import LastValues
from ..program.identified import Sizes, identified
from ..program.numbers import MOST_DIGITS, round_number
from ..program.prefixes import KeptStreams
from ..program.scales import Scales, offsets_of
from .scales import ScaleTable
from .scaling import FrameScaling

Array = NDArray[np.float64]

# Fewer digits change how sure a program is even where they change no decision.
_LEAST = 2
# How far values may move, as a share of their spread: far less than a probability is known.
_TOLERANCE = 0.01
# Spreads of values that are the same but for rounding, beside others.
_ROUNDING = 1e-9


# Frames of each sequence, and of all, by which the digits of very many programs are found; fewer of
# many features, for a statistic is kept of every feature of them.
_FIRST_FRAMES, _MOST_FRAMES, _MOST_NUMBERS = 200, 20_000, 500_000
# Frames of whole sequences by which is told where features lie: a statistic of all frames is
# another one where a sequence is cut.
_MOST_WHOLE_FRAMES = 200_000


def few(sequences: Sequences) -> Sequences:
    """Give some sequences, as if they ended early, for a look that costs next to nothing."""
    n_first = min(sequences.n_timesteps, _FIRST_FRAMES)
    most = min(_MOST_FRAMES, _MOST_NUMBERS // sequences.n_features)
    some = sequences.take(_evenly(sequences.n_samples, most // n_first))
    return Sequences(some.frames[:, :n_first], np.minimum(some.lengths, n_first))


def few_whole(sequences: Sequences) -> Sequences:
    """Give some sequences as they are."""
    n_frames = int(sequences.lengths.sum())
    share = min(1.0, _MOST_WHOLE_FRAMES / n_frames)
    rows = _evenly(sequences.n_samples, int(share * sequences.n_samples))
    return sequences.take(rows)


def _evenly(n_samples: int, most: int) -> NDArray[np.int64]:
    """Numbers of some sequences, of which the first ones may all be of one class."""
    n_taken = min(n_samples, max(1, most))
    return np.linspace(0, n_samples - 1, n_taken).round().astype(np.int64)


class ProgramMaker:
    """Makes programs over raw frames, whose numbers mean something, with the digits they need.

    Programs read the same few statistics of the same few sequences, which are found once.

    Parameters
    ----------
    sequences : Sequences
        Scaled sequences.
    signature : Signature
        Signature of the programs.
    scaling : FrameScaling
        Their scaling.
    table : ScaleTable
        Where features lie on them.
    names, classes
        As :class:`Program` takes them.
    """

    def __init__(
        self,
        sequences: Sequences,
        signature: Signature,
        scaling: FrameScaling,
        table: ScaleTable,
        names: tuple[str, ...] | None,
        classes: tuple[Any, ...],
    ) -> None:
        self._sequences, self._scaling, self._table = sequences, scaling, table
        self._names, self._classes = names, classes
        self._streams = KeptStreams()
        self._values = LastValues(sequences, signature)

    def of_classes(self, classes: tuple[Any, ...]) -> ProgramMaker:
        """Give one of programs of other classes."""
        other = copy(self)
        other._classes = classes
        return other

    def make(self, expression: Expression) -> Program:
        """Give the program of an expression over scaled frames."""
        raw = self._scaling.to_raw(expression)
        scales = self._table.of(raw)
        raw = identified(raw, Sizes.on(expression, self._sequences, self._streams), scales)
        program = Program(raw, len(self._scaling.mean), self._names, self._classes, scales=scales)
        mask = self._sequences.mask()
        return _with_digits(program, self._scaling, mask, self._values.evaluate)


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
    return _with_digits(program, scaling, sequences.mask(), lambda e: evaluate(e, sequences))


def _with_digits(
    program: Program,
    scaling: FrameScaling,
    mask: NDArray[np.bool_],
    evaluated: Callable[[Expression], Array],
) -> Program:
    def values(expression: Expression) -> Array:
        with np.errstate(all="ignore"):
            found = evaluated(scaling.to_scaled(expression))
        return np.nan_to_num(found[mask] if found.ndim == 3 else found)

    exact = values(program.expression)
    spreads = exact.std(axis=0)
    # The value of a class that is always the same is as exact as those that it is compared with.
    varies = spreads > _ROUNDING * spreads.max()
    allowed = _TOLERANCE * np.where(varies, spreads, spreads.max())
    for digits in range(_LEAST, MOST_DIGITS):
        printed = values(rounded(program.expression, digits, program.scales))
        same = np.array_equal(top_codes(printed), top_codes(exact))
        if same and (np.abs(printed - exact).max(axis=0) <= allowed).all():
            return replace(program, digits=digits)
    return replace(program, digits=MOST_DIGITS)


def rounded(expression: Expression, digits: int, scales: Scales | None = None) -> Expression:
    """Give an expression with the numbers that are printed with so many digits."""
    return _rounded(expression, digits, offsets_of(expression, scales))


def _rounded(node: Expression, digits: int, offsets: Mapping[int, Array]) -> Expression:
    def printed(values: Array) -> Array:
        found = [round_number(value, digits) for value in values.ravel().tolist()]
        return np.reshape(found, values.shape)

    params = {name: printed(value) for name, value in node.params.items()}
    if id(node) in offsets:
        # The constant that is printed is that around the means.
        offset, exact = offsets[id(node)], node.params
        constant = printed(exact["bias"] + exact["weight"] @ offset)
        params["bias"] = constant - params["weight"] @ offset
    args = tuple(_rounded(arg, digits, offsets) for arg in node.args)
    return Expression(node.production, node.width, node.accumulator, args, params)
