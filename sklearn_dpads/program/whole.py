"""Values on whole sequences alone: a program reads its spans of the columns that it names.

Where a label per sequence is asked for, nothing is computed on frames that a value doesn't depend
on, and nothing is copied of columns that no number of the program but 0 belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import compress
from math import prod

import numpy as np

from ..grammar import Affine, Input, Span, Statistic, StreamKey
from ..inputs.sequences import Sequences
from .blocks import Asked, Block, Columns, Even, Uneven
from .expression import Array, Expression
from .meaning import Node
from .prefixes import Arithmetic, affine_values, filter_weights, fold_states

# The columns that a program asks of each statistic of each span.
AskedOfSpans = Mapping[Span, Asked]


@dataclass(frozen=True, eq=False)
class Read:
    """Some columns of what a function of frames is applied to.

    Attributes
    ----------
    values : ndarray of float64 of shape (n_samples, n_columns)
        The columns, side by side.
    columns : tuple of int
        Which they are, in ascending order.
    """

    values: Array
    columns: Columns

    def of(self, columns: Columns) -> Array:
        """Give some of the columns."""
        if columns == self.columns:
            return self.values
        return self.values[:, [self.columns.index(column) for column in columns]]


class Whole:
    """Some sequences, and what was read of them.

    Parameters
    ----------
    sequences : Sequences
        The sequences.
    asked : dict or None, default=None
        Columns that are asked for, of each statistic of each span; None asks for all of them.
    """

    def __init__(self, sequences: Sequences, asked: AskedOfSpans | None = None) -> None:
        self.sequences = sequences
        self._asked = asked
        self._found: dict[tuple[Span, Statistic], Read] = {}

    @property
    def all_columns(self) -> Columns:
        """The columns of a frame."""
        return tuple(range(self.sequences.n_features))

    @cached_property
    def block(self) -> Block:
        """The sequences as they lie, without padding."""
        lengths = self.sequences.lengths
        if (lengths == lengths[0]).all():
            return Even(self.sequences.stored[:, : lengths[0]])
        return Uneven(self.sequences.flat(), lengths)

    def statistic(self, statistic: Statistic, span: Span) -> Read:
        """Give a statistic of a span; all that are asked of a span are read together."""
        if (span, statistic) not in self._found:
            known = self._asked
            asked = {statistic: self.all_columns} if known is None else known[span]
            for other, values in self.block.statistics(span, asked).items():
                self._found[span, other] = Read(values, asked[other])
        return self._found[span, statistic]


class WholeSequences(Arithmetic[Whole, Read | Array]):
    """Values on whole sequences, of shape (n_samples, width).

    Functions of frames are evaluated on columns that were read, and where every frame counts, in
    ``Fold`` and in windows of values, on arrays of shape (..., n_features).
    """

    def stream(self, key: StreamKey, sequence: Whole) -> Read:
        # A centred window stands in programs of one value per frame alone.
        return sequence.statistic(key.statistic, key.window)

    def filtered(self, node: Node, sequence: Whole) -> Read:
        return self.weighted(sequence, filter_weights(node), columns_of(node.args[0]))

    def weighted(
        self, sequence: Whole, weights: tuple[float, ...], columns: Columns | None = None
    ) -> Read:
        """Give columns of the frames filtered by weights; all of them where none are named."""
        columns = sequence.all_columns if columns is None else columns
        return Read(sequence.block.weighted(np.array(weights), columns), columns)

    def statistic_of_values(self, node: Node, sequence: Whole) -> Array:
        production, (body,) = node.production, node.args
        function = partial(self.over_frame, body)
        return sequence.block.of_values(production.statistic, production.window, function)

    def fold(self, node: Node, sequence: Whole) -> Array:
        state: Array
        for state in fold_states(self.over_frame, node, sequence.sequences):  # noqa: B007
            pass
        return state

    def affine_map(self, node: Node, x: Read | Array, state: Array | None) -> Array:
        if state is not None:
            assert isinstance(x, np.ndarray)
            return affine_values(node, x, state)
        columns, weight = node.production.features, node.params["weight"]
        used = weight.any(axis=0)
        if not used.all():
            columns, weight = tuple(compress(columns, used)), weight[:, used]
        if isinstance(x, Read):
            # The columns of a group may stand in any order.
            value: Array = x.of(columns) @ weight.T
        else:
            # One product of matrices, where one for every sequence takes much longer.
            rows = x[..., list(columns)].reshape(prod(x.shape[:-1]), len(columns))
            value = (rows @ weight.T).reshape(*x.shape[:-1], node.width)
        value += node.params["bias"]
        return value

    def constant(self, node: Node, x: Read | Array, state: Array | None) -> Array:
        values = x.values if isinstance(x, Read) else x
        return np.broadcast_to(node.params["value"], (*values.shape[:-1], node.width))

    def frame(self, node: Node, x: Read | Array, state: Array | None) -> Array:
        return x.of(tuple(range(node.width))) if isinstance(x, Read) else x


def columns_of(body: Node) -> Columns:
    """Tell which columns a function of frames reads: those with a number other than 0.

    Parameters
    ----------
    body : Node
        The function.

    Returns
    -------
    columns : tuple of int
        Of an ``Affine`` in the order of its group, of all others in ascending order.
    """
    return _columns(
        body, lambda leaf: compress(leaf.production.features, leaf.params["weight"].any(axis=0))
    )


def columns_in_training(body: Node) -> Columns:
    """Tell which columns a function of frames may come to read: weights of 0 are trained, too."""
    return _columns(body, lambda leaf: leaf.production.features)


def _columns(body: Node, of_affine: Callable[[Node], Iterable[int]]) -> Columns:
    if isinstance(body.production, Affine):
        return tuple(of_affine(body))
    if isinstance(body.production, Input):
        return tuple(range(body.width))
    found: set[int] = set()
    for arg in body.args:
        found.update(_columns(arg, of_affine))
    return tuple(sorted(found))


def columns_asked(expression: Expression) -> AskedOfSpans:
    """Tell which columns a program over lists asks of each statistic of each span."""
    asked: dict[Span, dict[Statistic, set[int]]] = {}
    for _, node in expression.walk():
        key = node.production.stream
        if key is not None and key.kind == "causal":
            statistics = asked.setdefault(key.window, {})
            statistics.setdefault(key.statistic, set()).update(columns_of(node.args[0]))
    return {
        span: {statistic: tuple(sorted(columns)) for statistic, columns in statistics.items()}
        for span, statistics in asked.items()
    }
