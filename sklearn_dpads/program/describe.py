"""A program in plain sentences, with what its parts do on data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..grammar import LIST_TO_LIST, RAW, Affine, Constant, StreamKey
from ..grammar.spans import span_words
from ..inputs.sequences import Sequences
from .algebra import joined_to_read
from .expression import Array, Expression
from .numbers import format_number
from .scales import features_of
from .text import column_names, output_names, role_of, show_name
from .walk import Mask, NodeValues, walk_values

if TYPE_CHECKING:
    from .program import Program

# Features that are named of a function; of more, how many there are is said.
_MOST_NAMED = 4
_DIGITS = 2
_INDENT = "  "


def describe(program: Program, X: ArrayLike | Sequence[ArrayLike]) -> str:
    """Give sentences about a program; :meth:`Program.describe` describes them."""
    data = program.read(X)
    return "\n".join(_Describer(program, data).lines())


class _Describer:
    """Says what each part of a program reads, how often it is reached, and what it adds."""

    def __init__(self, program: Program, data: Sequences) -> None:
        self._program = program
        self._data = data
        self._per_frame = program.expression.signature == LIST_TO_LIST
        self._unit = "frames" if self._per_frame else "sequences"
        self._columns = column_names(program.n_features, program.feature_names)
        self._expression = joined_to_read(program.expression)
        self._parts = {part.path: part for part in walk_values(self._expression, data)}

    def lines(self) -> Iterator[str]:
        yield self._meaning()
        yield from self._part(self._expression, (), RAW, "")

    def _meaning(self) -> str:
        classes = self._program.classes
        of = "each frame" if self._per_frame else "a sequence"
        if self._program.n_outputs > 1:
            return (
                f"Gives {self._program.n_outputs} values for {of}; the class of the largest wins."
            )
        if classes is None:
            return f"Gives one value for {of}, whose sign decides."
        no, yes = (show_name(label) for label in classes)
        return f"Gives one value for {of}: above 0 it is {yes}, else {no}."

    def _part(
        self, node: Expression, path: tuple[int, ...], key: StreamKey, indent: str
    ) -> Iterator[str]:
        meaning = node.production.meaning
        if meaning == "prefixes":
            yield from self._part(node.args[0], (*path, 0), key, indent)
        elif meaning == "choice":
            yield from self._choice(node, path, key, indent)
        elif meaning == "side_by_side":
            for i, arg in enumerate(node.args):
                yield f"{indent}{role_of(node, i, self._program.classes)}:"
                yield from self._part(arg, (*path, i), key, indent + _INDENT)
        elif meaning in ("add", "multiply"):
            paths = list(_members(node, path))
            what = "sum" if meaning == "add" else "product"
            yield f"{indent}The {what} of {len(paths)} parts:"
            for inner, where in paths:
                yield from self._part(inner, where, key, indent + _INDENT)
        elif node.production.stream is not None and meaning == "over_stream":
            yield from self._part(node.args[0], (*path, 0), node.production.stream, indent)
        elif isinstance(node.production, Affine):
            yield f"{indent}{self._read(key)}: {self._affine(node, path)}{self._size(path)}"
        elif isinstance(node.production, Constant):
            yield f"{indent}The constant {self._numbers(node.params['value'])}."
        else:
            yield f"{indent}{self._whole(node)}{self._size(path)}"
            # A function of the user's is applied to what its place reads; others read frames.
            below = key if meaning == "call" else RAW
            for i, arg in enumerate(node.args):
                yield from self._part(arg, (*path, i), below, indent + _INDENT)

    def _choice(
        self, node: Expression, path: tuple[int, ...], key: StreamKey, indent: str
    ) -> Iterator[str]:
        share = self._share((*path, 1), path)
        how_often = f"as in {share:.0%} of the {self._unit} that come here"
        yield f"{indent}If this is at least 0, {how_often}:"
        yield from self._part(node.args[0], (*path, 0), key, indent + _INDENT)
        yield f"{indent}then"
        yield from self._part(node.args[1], (*path, 1), key, indent + _INDENT)
        yield f"{indent}else"
        yield from self._part(node.args[2], (*path, 2), key, indent + _INDENT)

    def _read(self, key: StreamKey) -> str:
        if key.kind == "raw":
            return "Each frame"
        return f"{key.words[0].upper()}{key.words[1:]}"

    def _whole(self, node: Expression) -> str:
        production = node.production
        if production.meaning == "statistic_of_values":
            statistic = getattr(production, "statistic", None)
            words = statistic.words if statistic is not None else "mean"
            span = span_words(getattr(production, "window", None))
            return f"The {words} over {span} of what this gives for each"
        gloss = getattr(production, "gloss", "") or production.label
        return f"{production.label}, {gloss}" if gloss != production.label else gloss

    def _affine(self, node: Expression, path: tuple[int, ...]) -> str:
        weights, spreads = node.params["weight"], self._spreads(path)
        names = [show_name(self._columns[i]) for i in features_of(node)]
        before = node.params.get("recurrent", np.zeros((node.width, 0)))
        texts = [
            ", ".join([*self._terms(row, spreads, names), *self._before(kept)])
            for row, kept in zip(weights, before, strict=True)
        ]
        if node.width == 1:
            return texts[0] or "a constant alone"
        outputs = output_names(node.width, self._program.classes)
        rows = [
            f"{show_name(output)} for {text}"
            for output, text in zip(outputs, texts, strict=True)
            if text
        ]
        return "; ".join(rows) or "constants alone"

    def _before(self, weights: Array) -> list[str]:
        """What an ``Affine`` within ``Fold`` takes of the values that the frame before has left."""
        there = np.flatnonzero(weights)
        if len(weights) == 1:
            return [f"{self._numbers(weights[there])} times the value before"] * len(there)
        if len(there) > _MOST_NAMED:
            return [f"{len(there)} of the values before"]
        names = output_names(len(weights), self._program.classes)
        return [
            f"{self._numbers(weights[j : j + 1])} times the value of {show_name(names[j])} before"
            for j in there
        ]

    def _terms(self, weights: Array, spreads: Array, names: list[str]) -> list[str]:
        vary = bool((weights * spreads).any())
        # Where no feature varies, as in one sequence, none moves the value by anything.
        sizes = np.abs(weights * spreads) if vary else np.abs(weights)
        order = [j for j in np.argsort(-sizes, kind="stable") if sizes[j] != 0]
        texts = [
            f"{'more' if weights[j] > 0 else 'less'} {names[j]}"
            + f" ({format_number(float(sizes[j]), _DIGITS)})" * vary
            for j in order[:_MOST_NAMED]
        ]
        if len(order) > _MOST_NAMED:
            n_more = len(order) - _MOST_NAMED
            texts.append(f"{n_more} other feature{'s'[: n_more != 1]}")
        return texts

    def _spreads(self, path: tuple[int, ...]) -> Array:
        """Deviations of the features that an ``Affine`` reads, where it is reached."""
        part = self._parts[path]
        values = part.inputs[self._at(part)]
        columns = list(features_of(part.expression))
        spreads: Array = values[:, columns].std(axis=0) if len(values) else np.ones(len(columns))
        return spreads

    def _at(self, part: NodeValues) -> Mask:
        """Frames at which a part counts: all that are reached, or the last of sequences."""
        reached = part.reached
        if self._per_frame:
            return reached
        last = np.zeros_like(reached)
        lengths = self._data.lengths
        last[np.arange(len(last)), lengths - 1] = True
        return reached & last

    def _share(self, path: tuple[int, ...], parent: tuple[int, ...]) -> float:
        here, there = (int(self._at(self._parts[p]).sum()) for p in (path, parent))
        return here / there if there else 0.0

    def _size(self, path: tuple[int, ...]) -> str:
        part = self._parts[path]
        values = part.values[self._at(part)]
        if not len(values) or not np.isfinite(values).all():
            return "."
        if len(values) == 1:
            return f"; it is {self._numbers(values[0])} in the only {self._unit[:-1]} here."
        if values.shape[1] > 1:
            values = values - values.mean(axis=1, keepdims=True)
        spread = float(values.std(axis=0).mean())
        return f"; it varies by {format_number(spread, _DIGITS)}."

    def _numbers(self, values: Array) -> str:
        return ", ".join(format_number(float(value), _DIGITS) for value in values)


def _members(
    node: Expression, path: tuple[int, ...]
) -> Iterator[tuple[Expression, tuple[int, ...]]]:
    """Members of a sum or a product, and of those of its kind within it."""
    for i, arg in enumerate(node.args):
        if arg.production == node.production:
            yield from _members(arg, (*path, i))
        else:
            yield arg, (*path, i)
