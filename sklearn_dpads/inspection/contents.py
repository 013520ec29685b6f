"""What a program is made of: groups, features, statistics and spans, by the names of its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..grammar import RAW, Affine, StreamKey, TemporalFilter
from ..grammar.spans import span_label
from ..grammar.statistics import MEAN
from ..program import Expression, Program
from ..program.text import column_names, show_name

# In the order in which tables have them.
KINDS = ("group", "feature", "statistic", "span", "statistic of group")

Item = tuple[str, str]
# The names of a statistic and of a span.
_Reader = tuple[str, str]
_FRAME = ("frame", "")


def contents(program: Program) -> frozenset[Item]:
    """Give what a program is made of.

    Parameters
    ----------
    program : Program
        The program.

    Returns
    -------
    items : frozenset of (str, str)
        Kinds and names: of what is read with a weight other than 0, the group, the feature, the
        statistic and the span, and the statistic with the group.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> text = "SlideWindowStd[1/3](Affine[speed](2*speed - 3))"
    >>> grammar = Grammar.default(2, feature_names=["speed", "turn"])
    >>> program = Program.parse(text, grammar, feature_names=["speed", "turn"])
    >>> sorted(name for _, name in contents(program))
    ['1/3', 'speed', 'speed', 'std', 'std(speed)']
    """
    columns = column_names(program.n_features, program.feature_names)
    return frozenset(_contents(program.expression, _FRAME, columns))


def _contents(node: Expression, reader: _Reader, columns: Sequence[str]) -> Iterator[Item]:
    production = node.production
    if isinstance(production, Affine):
        yield from _of_affine(node, reader, columns)
    else:
        inner = _reader(node) or reader
        for arg in node.args:
            yield from _contents(arg, inner, columns)


def _of_affine(node: Expression, reader: _Reader, columns: Sequence[str]) -> Iterator[Item]:
    assert isinstance(node.production, Affine)
    read = node.params["weight"].any(axis=0)
    if not read.any():
        return
    group, (statistic, span) = show_name(node.production.group), reader
    yield "group", group
    for feature in np.array(node.production.features)[read].tolist():
        yield "feature", show_name(columns[feature])
    yield "statistic", statistic
    if span:
        yield "span", span
    yield "statistic of group", f"{statistic}({group})"


def _reader(node: Expression) -> _Reader | None:
    """Give what reads frames for the arguments of an expression, if it is one that does."""
    production = node.production
    if production.meaning == "statistic_of_values":
        statistic = getattr(production, "statistic", MEAN)
        return statistic.name.lower(), span_label(getattr(production, "window", None))
    if production.recurrent:
        return "fold", ""
    if isinstance(production, TemporalFilter):
        return "wave", str(production.window)
    key = production.stream
    return None if key is None or key == RAW else _of_stream(key)


def _of_stream(key: StreamKey) -> _Reader:
    centered = "~" if key.kind == "centered" else ""
    return f"{centered}{key.statistic.name.lower()}", span_label(key.window)
