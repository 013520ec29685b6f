"""A program at work: what its parts give, which branches it takes, and what features bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..grammar import LIST_TO_LIST, Affine, Input
from ..inputs.outputs import top_codes
from ..inputs.sequences import Sequences, check_sequences
from .attribution import Attributed, Attribution
from .expression import Array, Expression
from .numbers import NumberTexts
from .text import format_part, role_of
from .walk import Mask, NodeValues, walk_values

if TYPE_CHECKING:
    import pandas as pd

    from .program import Program


# Where it isn't known how many digits are needed to decide as the program does.
_TEXT_DIGITS = 4


@dataclass(frozen=True, eq=False)
class Trace:
    """A program at work on sequences; :meth:`Program.trace` makes one.

    Every output is split as ``output == baseline + contributions.sum(axis=-2) + remainder``,
    up to rounding. The baseline is what the branches taken give on a sequence that stands at
    `reference` throughout. The split is exact through ``Affine``, ``Add``, ``Fold``, windows,
    filters and the branch that an ``ITE`` takes; a product is shared by halves between its
    factors, as the Shapley value does for a product of two sums. A condition gets no
    contribution: what it does stands in `branches`. What comes out of a user's
    production goes to the feature that alone departs from its reference there, and
    otherwise to the remainder, which is 0 in programs without such productions.

    Parameters
    ----------
    program : Program
        The program.
    sequences : Sequences
        The checked sequences.
    reference : ndarray of float64 of shape (n_features,)
        The frame that features are compared with.
    nodes : tuple of NodeTrace
        One for each subexpression, in depth-first order; the first is the program.
    branches : tuple of BranchTrace
        One for each ``ITE``, in the same order.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import Grammar, Program
    >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + previous - 1))", Grammar.paper(2))
    >>> trace = program.trace(np.array([[[2.0, 0.0], [6.0, 0.0], [4.0, 0.0]]]))
    >>> trace.output_history[0, :, 0]
    array([0., 2., 3.])
    >>> trace.contributions[0, :, 0], trace.baseline[0]
    (array([6., 0.]), array([-3.]))
    """

    program: Program
    sequences: Sequences
    reference: Array
    nodes: tuple[NodeTrace, ...]
    branches: tuple[BranchTrace, ...]

    @property
    def mask(self) -> Mask:
        """Frames of the sequences, as an ndarray of bool of shape (n_samples, n_timesteps)."""
        return self.sequences.mask()

    @property
    def features_read(self) -> tuple[int, ...]:
        """Columns that the program reads with a weight other than 0, in order."""
        read: set[int] = set()
        for node in self.nodes:
            production = node.expression.production
            if isinstance(production, Affine):
                weighed = node.expression.params["weight"].any(axis=0)
                read.update(np.array(production.features)[weighed].tolist())
            elif isinstance(production, Input):
                read.update(range(self.program.n_features))
        return tuple(sorted(read))

    @property
    def output_history(self) -> Array:
        """Output after each frame, of shape (n_samples, n_timesteps, n_outputs)."""
        return self.nodes[0].values

    @property
    def output(self) -> Array:
        """Output as ``program(X)`` gives it.

        (n_samples, n_outputs) for a program of list->atom, (n_samples, n_timesteps,
        n_outputs) for list->list.
        """
        return self._as_output(self.output_history)

    @property
    def contribution_history(self) -> Array:
        """Contributions to the output after each frame.

        An ndarray of shape (n_samples, n_timesteps, n_features, n_outputs).
        """
        return self._masked(self._split.parts[..., :-1, :])

    @property
    def contributions(self) -> Array:
        """Contribution of each feature to the output.

        (n_samples, n_features, n_outputs) for a program of list->atom, (n_samples,
        n_timesteps, n_features, n_outputs) for list->list.
        """
        return self._as_output(self.contribution_history)

    @property
    def baseline_history(self) -> Array:
        """Baseline after each frame, of shape (n_samples, n_timesteps, n_outputs)."""
        return self._masked(self._split.baseline)

    @property
    def baseline(self) -> Array:
        """Baseline of the contributions, of the shape of `output`."""
        return self._as_output(self.baseline_history)

    @property
    def remainder_history(self) -> Array:
        """Remainder after each frame, of shape (n_samples, n_timesteps, n_outputs)."""
        return self._masked(self._split.parts[..., -1, :])

    @property
    def remainder(self) -> Array:
        """What no single feature brings, of the shape of `output`."""
        return self._as_output(self.remainder_history)

    @property
    def decision_history(self) -> NDArray[np.int64]:
        """Index of the class that the output after each frame stands for.

        An ndarray of int of shape (n_samples, n_timesteps), -1 past a sequence's end. One
        output decides for 1 where it is positive, else 0; of several the largest decides.
        """
        codes = top_codes(np.nan_to_num(self.output_history))
        return np.where(self.mask, codes, -1)

    @property
    def settled(self) -> NDArray[np.int64]:
        """First frame from which the decision stays what it is after the last frame.

        An ndarray of int of shape (n_samples,), counted from 0.
        """
        decisions, lengths = self.decision_history, self.sequences.lengths
        last = decisions[np.arange(len(decisions)), lengths - 1]
        differs = (decisions != last[:, None]) & self.mask
        # Distance from the end to the last frame of another decision.
        back = np.argmax(differs[:, ::-1], axis=1)
        return np.where(differs.any(axis=1), differs.shape[1] - back, 0)

    def to_frame(self) -> pd.DataFrame:
        """Give the values of all subexpressions as a table, one value a row.

        Returns
        -------
        table : pandas.DataFrame
            With the columns ``sample``, ``frame``, ``node`` (the path, as in "0.1", or
            "root"), ``text``, ``output``, ``value`` and ``reached``; without what lies past
            a sequence's end.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        from .trace_text import trace_to_frame

        return trace_to_frame(self)

    def __str__(self) -> str:
        from .trace_text import summarize

        return summarize(self)

    @cached_property
    def _split(self) -> Attributed:
        expression = self.program.expression
        with np.errstate(all="ignore"):
            return Attribution(self.reference).over_list(expression, self.sequences)

    def _masked(self, values: Array) -> Array:
        return _masked(values, self.mask)

    def _as_output(self, values: Array) -> Array:
        if self.program.expression.signature == LIST_TO_LIST:
            return values
        return values[np.arange(len(values)), self.sequences.lengths - 1]


def trace_program(
    program: Program, X: ArrayLike | Sequence[ArrayLike], reference: ArrayLike | str | None
) -> Trace:
    """Trace a program; :meth:`Program.trace` tells the parameters."""
    data = check_sequences(
        X,
        estimator_name="Program.trace",
        n_features=program.n_features,
        feature_names=program.feature_names,
    )
    sequences = data
    frame = _check_reference(reference, program.n_features, sequences)
    valid = sequences.mask()
    # Places share their inputs; each array is masked once.
    masked: dict[int, Array] = {}
    at: dict[tuple[int, ...], Expression] = {}
    nodes, branches = [], []
    numbers = NumberTexts(program, program.printed_digits(_TEXT_DIGITS))
    for place in walk_values(program.expression, sequences):
        if id(place.inputs) not in masked:
            masked[id(place.inputs)] = _masked(place.inputs, valid)
        text = format_part(program, place.expression, numbers, width=None)
        values = _masked(place.values, valid)
        at[place.path] = place.expression
        if place.path:
            role = role_of(at[place.path[:-1]], place.path[-1], program.classes)
            named = replace(place, role=role)
        else:
            named = place
        nodes.append(_node(named, text, values, masked[id(place.inputs)]))
        if place.role == "if ≥ 0":
            condition = values[..., 0]
            branches.append(
                BranchTrace(place.path[:-1], text, condition, condition >= 0, place.reached)
            )
    return Trace(program, sequences, frame, tuple(nodes), tuple(branches))


def _node(place: NodeValues, text: str, values: Array, inputs: Array) -> NodeTrace:
    return NodeTrace(place.path, place.role, text, place.expression, values, place.reached, inputs)


def _masked(values: Array, mask: Mask) -> Array:
    return np.where(mask.reshape(*mask.shape, *[1] * (values.ndim - 2)), values, np.nan)


def _check_reference(reference: Any, n_features: int, sequences: Sequences) -> Array:
    allowed = f"None, 'mean' or {n_features} finite numbers, one a feature"
    if reference is None:
        return np.zeros(n_features)
    if isinstance(reference, str):
        if reference != "mean":
            raise ValueError(f"reference={reference!r} is not allowed; give {allowed}.")
        mean: Array = sequences.frames[sequences.mask()].mean(axis=0)
        return mean
    try:
        frame = np.array(reference, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"reference must be {allowed}; got a {type(reference).__name__}."
        ) from error
    if frame.shape != (n_features,) or not np.isfinite(frame).all():
        raise ValueError(f"reference must be {allowed}; got {reference!r}.")
    return frame


@dataclass(frozen=True, eq=False)
class NodeTrace:
    """What one subexpression gives.

    Parameters
    ----------
    path : tuple of int
        Positions of the arguments that lead to it from the root, which is ``()``.
    role : str
        ``"if ≥ 0"``, ``"then"`` or ``"else"`` for an argument of ``ITE``, the class for one of
        ``OneVsRest``, else empty.
    text : str
        The subexpression on one line, as it stands in the text of the program.
    expression : Expression
        The subexpression.
    values : ndarray of float64 of shape (n_samples, n_timesteps, width)
        Its value after each frame; NaN past a sequence's end.
    mask : ndarray of bool of shape (n_samples, n_timesteps)
        Frames after which the branches taken lead to it, so that it has a say.
    inputs : ndarray of float64 of shape (n_samples, n_timesteps, n_features)
        What it is applied to: the frames, or the means of frames that a window above it
        hands down; NaN past a sequence's end.
    """

    path: tuple[int, ...]
    role: str
    text: str
    expression: Expression
    values: Array
    mask: Mask
    inputs: Array

    @property
    def terms(self) -> Array | None:
        """Weight times feature, for ``Affine``; None for other productions.

        An ndarray of float64 of shape (n_samples, n_timesteps, n_group_features, width). With
        the bias and, inside ``Fold``, the share of the accumulator, the terms of a frame add
        up to the value.
        """
        production = self.expression.production
        if not isinstance(production, Affine):
            return None
        columns = self.inputs[..., list(production.features)]
        terms: Array = columns[..., None] * self.expression.params["weight"].T
        return terms


@dataclass(frozen=True, eq=False)
class BranchTrace:
    """How one condition decides.

    Parameters
    ----------
    path : tuple of int
        Path of the ``ITE``.
    text : str
        Its condition, on one line.
    condition : ndarray of float64 of shape (n_samples, n_timesteps)
        Value of the condition after each frame; NaN past a sequence's end. The distance
        from 0 tells how far the choice is from switching.
    taken : ndarray of bool of shape (n_samples, n_timesteps)
        Whether the condition is at least 0, so that the first branch is taken.
    mask : ndarray of bool of shape (n_samples, n_timesteps)
        Frames after which the choice has a say: other branches taken lead to it.
    """

    path: tuple[int, ...]
    text: str
    condition: Array
    taken: Mask
    mask: Mask

    @property
    def shares(self) -> Array:
        """Share of the frames in `mask` that take the first branch and the second.

        An ndarray of float64 of shape (n_samples, 2), NaN for a sequence that is never asked.
        """
        asked = self.mask.sum(axis=1)
        then = (self.taken & self.mask).sum(axis=1)
        counts = np.column_stack([then, asked - then])
        return np.where(asked[:, None] > 0, counts / np.maximum(asked, 1)[:, None], np.nan)
