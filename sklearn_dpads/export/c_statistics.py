"""Statistics of spans in C, written down by following their functions of Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from types import SimpleNamespace

from ..grammar import Statistic
from ..grammar.statistics import State
from .c_text import commented, number


class _Traced:
    """A number that C will know: a name, or an operator applied to others."""

    # Numbers of numpy leave the operators to this class.
    __array_ufunc__ = None

    def __init__(self, form: str, *operands: _Traced | float) -> None:
        self.form, self.operands = form, operands

    def __add__(self, other: _Traced | float) -> _Traced:
        return _Traced("{} + {}", self, other)

    def __radd__(self, other: float) -> _Traced:
        return _Traced("{} + {}", other, self)

    def __sub__(self, other: _Traced | float) -> _Traced:
        return _Traced("{} - {}", self, other)

    def __rsub__(self, other: float) -> _Traced:
        return _Traced("{} - {}", other, self)

    def __mul__(self, other: _Traced | float) -> _Traced:
        return _Traced("{} * {}", self, other)

    def __rmul__(self, other: float) -> _Traced:
        return _Traced("{} * {}", other, self)

    def __truediv__(self, other: _Traced | float) -> _Traced:
        return _Traced("{} / {}", self, other)

    def __rtruediv__(self, other: float) -> _Traced:
        return _Traced("{} / {}", other, self)

    def __neg__(self) -> _Traced:
        return _Traced("-{}", self)

    def __eq__(self, other: object) -> _Traced:  # type: ignore[override]
        assert isinstance(other, _Traced | int | float)
        return _Traced("{} == {}", self, other)

    def __bool__(self) -> bool:
        raise TypeError("a decision by a value can't be followed")

    __hash__ = object.__hash__


# NaN stays, as in numpy.
_FUNCTIONS = SimpleNamespace(
    maximum=lambda a, b: _Traced("{0} >= {1} || {0} != {0} ? {0} : {1}", a, b),
    minimum=lambda a, b: _Traced("{0} <= {1} || {0} != {0} ? {0} : {1}", a, b),
    abs=lambda a: _Traced("{0} < 0 ? -{0} : {0}", a),
    sqrt=lambda a: _Traced("§_sqrt({})", a),
)


class CStatistic:
    """The functions of a statistic in C, whose names begin with § until the file is whole.

    Parameters
    ----------
    statistic : Statistic
        The statistic.
    label : str
        What its functions are called after.

    Attributes
    ----------
    label : str
        The same.
    size : int
        Numbers in a state, beside that of the values.

    Raises
    ------
    ValueError
        If its functions do what can't be followed.
    """

    def __init__(self, statistic: Statistic, label: str) -> None:
        self._statistic, self.label = statistic, label
        try:
            element = statistic.element(_Traced("x"))
            self.size = len(element)
            a, b = self._state("m", "a"), self._state("n", "b")
            merged = statistic.merge(_FUNCTIONS, a, b)
            value = statistic.finish(_FUNCTIONS, a)
            self._bodies = [
                _body(element, "x, to"),
                _body(merged, "m, a, n, b, to"),
                _body((value,), "m, a"),
            ]
        except Exception as error:
            raise ValueError(
                f"The statistic {statistic.name!r} can't be written in C "
                f"({type(error).__name__}: {error}). Its functions may use operators, and "
                "maximum, minimum, abs and sqrt of xp."
            ) from error

    def _state(self, count: str, array: str) -> State:
        parts = (_Traced(f"{array}[{i}]") for i in range(self.size))
        return (_Traced(f"(§_real){count}"), *parts)

    def functions(self, over: Sequence[str]) -> str:
        """Write the functions, and those that take the statistic of values that `OVER` names."""
        element, merge, finish = self._bodies
        text = FUNCTIONS.format(element=element, merge=merge, finish=finish)
        text += "".join(OVER[values] for values in over)
        text = text.replace("SIZE", str(self.size)).replace("LABEL", self.label)
        return text.replace("WORDS", commented(self._statistic.words))


def _body(outputs: Sequence[_Traced | float], parameters: str) -> str:
    """Write statements that compute outputs into ``to``, or return the only one without it."""
    lines: list[str] = []
    names: dict[int, str] = {}

    def written(value: _Traced | float) -> str:
        if not isinstance(value, _Traced):
            if not isfinite(value):
                raise ValueError(f"the number {value} can't be written")
            return number(value)
        if not value.operands:
            return value.form
        if id(value) not in names:
            text = value.form.format(*(written(operand) for operand in value.operands))
            names[id(value)] = f"t{len(names) + 1}"
            lines.append(f"    const §_real {names[id(value)]} = {text};")
        return names[id(value)]

    found = [written(value) for value in outputs]
    if parameters.endswith("to"):
        # What is written to may be what is read, so that it is written last.
        for i, name in enumerate(found):
            if not name.startswith("t"):
                lines.append(f"    const §_real to{i} = {name};")
                found[i] = f"to{i}"
        lines += [f"    to[{i}] = {name};" for i, name in enumerate(found)]
    else:
        lines.append(f"    return {found[0]};")
    text = "\n".join(lines)
    unused = [name for name in parameters.split(", ") if not re.search(rf"\b{name}\b", text)]
    return "\n".join([*(f"    (void){name};" for name in unused), text])


# Values leave a span as they leave a queue of two stacks: see the class Queue of
# program/streaming_states.py. The states of the older ones stand in the places of the values.
FUNCTIONS = """\
/* WORDS: the state of a value, that of two neighbouring spans, and what a state gives. */

static void §_LABEL_element(§_real x, §_real *to)
{{
{element}
}}

static void §_LABEL_merge(uint64_t m, const §_real *a,
                          uint64_t n, const §_real *b, §_real *to)
{{
{merge}
}}

static §_real §_LABEL_finish(uint64_t m, const §_real *a)
{{
{finish}
}}
"""

ALL = """
/* Of all values so far, of which x is the one after the first n. */
static §_real §_LABEL_all(§_real x, uint64_t n, §_real *total)
{
    §_real state[SIZE];
    §_LABEL_element(x, state);
    if (n == 0)
        memcpy(total, state, sizeof state);
    else
        §_LABEL_merge(n, total, 1, state, total);
    return §_LABEL_finish(n + 1, total);
}
"""

SPAN = """
/* Of the values from first up to end, of which x is the one after the first n. */
static §_real §_LABEL_span(§_real x, uint64_t n, const §_span *before,
                           uint64_t first, uint64_t end,
                           uint64_t room, §_real (*kept)[SIZE], §_real *newer)
{
    §_real state[SIZE];
    uint64_t split = before->split;
    if (first > before->first && before->first == split) {
        /* No older ones are left: the newer become older, merged backwards. */
        for (uint64_t i = before->end - 1; i-- > before->first;)
            §_LABEL_merge(1, kept[i % room], before->end - 1 - i, kept[(i + 1) % room],
                             kept[i % room]);
        split = before->end;
    }
    §_LABEL_element(x, kept[n % room]);
    if (end > before->end) {
        const §_real *next = kept[before->end % room];
        if (before->end == split)
            memcpy(newer, next, sizeof state);
        else
            §_LABEL_merge(before->end - split, newer, 1, next, newer);
    }
    if (first >= split)
        return §_LABEL_finish(end - first, newer);
    if (end == split)
        return §_LABEL_finish(end - first, kept[first % room]);
    §_LABEL_merge(split - first, kept[first % room], end - split, newer, state);
    return §_LABEL_finish(end - first, state);
}
"""

# Of which values a statistic is taken: all so far, or those of a span.
OVER = {"all": ALL, "span": SPAN}
