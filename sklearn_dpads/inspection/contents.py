"""What a program is made of: groups, features, statistics and spans, by the names of its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..grammar import RAW, Affine, Grammar, StreamKey, TemporalFilter
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


def contents(program: Program, grammar: Grammar | None = None) -> frozenset[Item]:
    """Give what a program is made of.

    Parameters
    ----------
    program : Program
        The program.
    grammar : Grammar or None, default=None
        The language that it is of, by which the same function has the same groups however it is
        written: a sum of two groups, one ``Affine`` of what both hold, or one of more with weights
        of 0. None takes the groups as they stand.

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
    productions = () if grammar is None else grammar.productions
    groups = [p for p in productions if isinstance(p, Affine)]
    return frozenset(_contents(program.expression, _FRAME, columns, groups))


def _contents(
    node: Expression, reader: _Reader, columns: Sequence[str], groups: Sequence[Affine]
) -> Iterator[Item]:
    production = node.production
    if isinstance(production, Affine):
        yield from _of_affine(node, reader, columns, groups)
    else:
        inner = _reader(node) or reader
        for arg in node.args:
            yield from _contents(arg, inner, columns, groups)


def _of_affine(
    node: Expression, reader: _Reader, columns: Sequence[str], groups: Sequence[Affine]
) -> Iterator[Item]:
    assert isinstance(node.production, Affine)
    has_weight = node.params["weight"].any(axis=0)
    read = frozenset(np.array(node.production.features)[has_weight].tolist())
    if not read:
        return
    statistic, span = reader
    for feature in read:
        yield "feature", show_name(columns[feature])
    yield "statistic", statistic
    if span:
        yield "span", span
    for member in _members(node.production, read, groups):
        group = show_name(member.group)
        yield "group", group
        yield "statistic of group", f"{statistic}({group})"


def _members(own: Affine, read: frozenset[int], groups: Sequence[Affine]) -> list[Affine]:
    """Give the groups of the grammar that a sum of the same would be of."""
    found = _covering(read, groups)
    if not found and own not in groups:
        # Some column of a member has a weight of 0.
        found = [
            group
            for group in _covering(frozenset(own.features), groups)
            if read & {*group.features}
        ]
    return found or [own]


def _covering(columns: frozenset[int], groups: Sequence[Affine]) -> list[Affine]:
    """Give the largest groups that together hold just these columns; none where there are none."""
    inside = {frozenset(g.features): g for g in reversed(groups) if columns.issuperset(g.features)}
    largest = [group for held, group in inside.items() if not any(held < other for other in inside)]
    covered = {feature for group in largest for feature in group.features}
    return largest if covered == columns else []


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
