"""Programs as C: a state of fixed size, and a function that takes the next frame."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..grammar import Part, Span, Statistic, StreamKey
from ..grammar.text import format_label
from ..inputs.files import write_atomically
from ..program.meaning import Meaning, Node
from ..program.prefixes import filter_weights
from ..program.streaming import refuse_centered
from ..program.text import PREVIOUS, column_names, format_feature, format_output, output_names
from ..program.whole import columns_of
from .c_statistics import OVER, CStatistic
from .c_text import FILE, FILTER, LARGEST, MOVE, SIGN, SPAN_TYPE, commented, number
from .common import check_finite, check_positive, user_productions

if TYPE_CHECKING:
    from ..program.program import Program

_INDENT = "    "
# Gives the text of a feature of what is read.
Read = Callable[[int], str]


def to_c(
    program: Program,
    path: str | os.PathLike[str] | None = None,
    name: str = "program",
    max_frames: int | None = None,
) -> str:
    """Give the source of a C file; :meth:`Program.to_c` describes it."""
    _check_name(name)
    if max_frames is not None:
        check_positive("max_frames", max_frames)
    check_finite(program, "to_c")
    for production in user_productions(program):
        raise ValueError(
            f"The program holds the user's production {production.name!r}, computed by the torch "
            f"function {production.function_path}, which C can't call. Use stream, or to_python "
            "with a numpy expression of it."
        )
    source = _Statements(program, max_frames).source(name)
    if path is not None:
        write_atomically(path, source)
    return source


def _check_name(name: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"name must be a str; got {name!r}.")
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(
            f"name={name!r} can't begin the names of C functions; give letters of ASCII, digits "
            "and _, with a letter first."
        )


@dataclass(frozen=True)
class _Value:
    """An array of C: its name, and the statements that compute it."""

    name: str
    lines: tuple[str, ...] = ()


class _Statements(Meaning[None, Read, _Value]):
    """Writes what each frame does to the state, and then the statements of the values."""

    def __init__(self, program: Program, max_frames: int | None) -> None:
        self._program, self._max_frames = program, max_frames
        columns = column_names(program.n_features, program.feature_names)
        self._columns = [commented(format_feature(column)) for column in columns]
        self._counts: Counter[str] = Counter()
        self._reads: dict[StreamKey, Read] = {}
        self._used = _columns_by_stream(program)
        self._statistics: dict[Statistic, CStatistic] = {}
        self._over: set[tuple[Statistic, str]] = set()
        self._helpers: dict[str, str] = {}
        self._tables: list[str] = []
        self._fields: list[str] = []
        self._initial: list[str] = []
        self._steps: list[str] = []
        self._has_parts = False

    def source(self, name: str) -> str:
        program, n_outputs = self._program, self._program.n_outputs
        root = self.over_list(program.expression, None)
        limited = self._has_parts
        text = FILE.format(
            heading="\n".join(f" * {line}".rstrip() for line in self._heading()),
            full=f", 2 after {self._max_frames} frames" if limited else "",
            n_features=program.n_features,
            n_outputs=n_outputs,
            span=SPAN_TYPE if any(values == "span" for _, values in self._over) else "",
            fields=_block(self._fields),
            functions=self._functions(),
            initial=_block(self._initial),
            limit=_block([f"if (n >= {self._max_frames})", f"{_INDENT}return 2;"] * limited),
            steps=_block(self._steps),
            lines=_block(root.lines),
            root=root.name,
            decision=SIGN if n_outputs == 1 else LARGEST.format(n_outputs=n_outputs),
        )
        return text.replace("§", name)

    def _heading(self) -> list[str]:
        program = self._program
        lines = ["A program over sequences of frames, exported from sklearn_dpads:", ""]
        lines += [_INDENT + line for line in commented(program.to_text()).split("\n")]
        lines += ["", f"The features of a frame are {', '.join(self._columns)}."]
        if program.n_outputs > 1:
            lines.append(f"The values are {', '.join(self._outputs(program.n_outputs))}.")
        elif program.classes is not None and len(program.classes) == 2:
            other, positive = (commented(format_output(str(c))) for c in program.classes)
            lines.append(f"A value above 0 means {positive}, class 1, any other {other}, class 0.")
        return lines

    def _functions(self) -> str:
        parts = [self._helpers[key] for key in sorted(self._helpers)]
        for statistic, written in self._statistics.items():
            over = [values for values in OVER if (statistic, values) in self._over]
            parts.append(written.functions(over))
        return "".join(f"{part}\n" for part in [*parts, *self._tables])

    # What is read.

    def stream(self, key: StreamKey, sequence: None) -> Read:
        if key.kind == "raw":
            return _entries("frame")
        if key.kind == "centered":
            refuse_centered(key)
        if key not in self._reads:
            columns = self._used[key]
            if not columns:
                return _entries("frame")
            source, label = self._table(columns), f"[{key.window}]"
            self._steps.append(f"/* {commented(key.words)} */")
            name = self._statistic(key.statistic, key.window, len(columns), source, label)
            self._reads[key] = _entries(name, columns)
        return self._reads[key]

    def filtered(self, node: Node, sequence: None) -> Read:
        columns, weights = sorted(columns_of(node.args[0])), filter_weights(node)
        if not columns:
            return _entries("frame")
        self._helpers["filter"] = FILTER
        name, size, source = self._new("read"), len(weights), self._table(columns)
        table = f"§_{self._new('weights')}"
        numbers = ",\n".join(_INDENT + number(weight) for weight in weights)
        self._tables.append(f"static const §_real {table}[{size}] = {{\n{numbers},\n}};\n")
        self._fields.append(f"§_real {name}_last[{len(columns)}][{size}];")
        call = f"§_filter({source}, n, {size}, {table}, state->{name}_last[i])"
        self._steps.append(f"/* the last {size} frames, weighted by a wavelet */")
        self._steps += _filled(name, len(columns), call)
        return _entries(name, columns)

    def statistic_of_values(self, node: Node, sequence: None) -> _Value:
        value, production = self.over_stream(node, None), node.production
        self._steps += [f"/* {commented(production.gloss)} */", *value.lines]
        source, label = f"{value.name}[i]", f"[{production.window},values]"
        return _Value(
            self._statistic(production.statistic, production.window, node.width, source, label)
        )

    def fold(self, node: Node, sequence: None) -> _Value:
        name, initial = self._new("fold"), node.params["initial"].tolist()
        self._fields.append(f"§_real {name}[{node.width}];")
        self._initial += [f"state->{name}[{i}] = {number(v)};" for i, v in enumerate(initial)]
        kept = _Value(f"state->{name}")
        value = self.over_frame(node.args[0], _entries("frame"), kept)
        self._steps += [
            *value.lines,
            f"for (int i = 0; i < {node.width}; i++)",
            f"{_INDENT}state->{name}[i] = {value.name}[i];",
        ]
        return kept

    def _statistic(
        self, statistic: Statistic, span: Span, size: int, source: str, label: str
    ) -> str:
        """Write the step that takes a statistic of the values of a source; give its name."""
        written = self._written(statistic)
        self._over.add((statistic, "all" if span is None else "span"))
        name, state = self._new("read"), f"[{size}][{written.size}];"
        if span is None:
            self._fields.append(f"§_real {name}_total{state}")
            call = f"§_{written.label}_all({source}, n, state->{name}_total[i])"
            self._steps += _filled(name, size, call)
            return name
        room = self._room(span, f"SlideWindow{statistic.name}{label}")
        self._helpers["move"] = MOVE
        self._fields += [
            f"§_span {name}_span;",
            f"§_real {name}_kept[{size}][{room}][{written.size}];",
            f"§_real {name}_newer{state}",
        ]
        first, end, further = f"{name}_first", f"{name}_end", "\n" + 3 * _INDENT
        call = (
            f"§_{written.label}_span({further}{source}, n, &state->{name}_span, {first}, {end}, "
            f"{room},{further}state->{name}_kept[i], state->{name}_newer[i])"
        )
        self._steps += [
            *_bounds(span, first, end),
            *_filled(name, size, call),
            f"§_move(&state->{name}_span, {first}, {end});",
        ]
        return name

    def _written(self, statistic: Statistic) -> CStatistic:
        if statistic not in self._statistics:
            taken = {written.label for written in self._statistics.values()}
            plain = statistic.name.isascii() and statistic.name not in taken
            label = statistic.name if plain else f"statistic_{len(taken)}"
            self._statistics[statistic] = CStatistic(statistic, label)
        return self._statistics[statistic]

    def _room(self, span: int | Part, label: str) -> int:
        """Give how many values must be kept."""
        if not isinstance(span, Part):
            return span
        self._has_parts = True
        if self._max_frames is None:
            raise ValueError(
                f"{label} reads a part of all frames so far, for which frames must be kept. Give "
                "the most frames of a recording, as in max_frames=3000, or search without parts."
            )
        if span.number > 1:
            return self._max_frames - span.bounds(self._max_frames)[0]
        # The first part loses no frame, so that those behind its end are enough.
        before = self._max_frames - 1
        return before - span.number * before // span.of + 1

    def _table(self, columns: Sequence[int]) -> str:
        """Write a table of columns; give the text of the i-th of them in a frame."""
        name = f"§_{self._new('columns')}"
        names = ", ".join(self._columns[j] for j in columns)
        numbers = ", ".join(map(str, columns))
        self._tables.append(
            f"/* {names} */\nstatic const int {name}[{len(columns)}] = {{{numbers}}};\n"
        )
        return f"frame[{name}[i]]"

    # What is computed of it.

    def affine_map(self, node: Node, x: Read, state: _Value | None) -> _Value:
        name, params, production = self._new("affine"), node.params, node.production
        outputs = self._outputs(node.width)
        lines = [f"/* {commented(format_label(production))} */", f"§_real {name}[{node.width}];"]
        for k in range(node.width):
            terms = [
                (weight, f" * {x(j)}", self._columns[j])
                for j, weight in zip(production.features, params["weight"][k], strict=True)
                if weight
            ]
            if state is not None:
                previous = self._previous(node.accumulator)
                terms += [
                    (weight, f" * {state.name}[{i}]", previous[i])
                    for i, weight in enumerate(params["recurrent"][k])
                    if weight
                ]
            if params["bias"][k] or not terms:
                terms.append((params["bias"][k], "", "bias"))
            lines.append(f"{name}[{k}] = /* {outputs[k]} */" if node.width > 1 else f"{name}[0] =")
            lines += [
                f"{_INDENT}{_sign(weight, i)}{number(abs(weight))}{read}"
                f"{';' if i == len(terms) - 1 else ''} /* {word} */"
                for i, (weight, read, word) in enumerate(terms)
            ]
        return _Value(name, tuple(lines))

    def constant(self, node: Node, x: Read, state: _Value | None) -> _Value:
        name = self._new("constant")
        numbers = ", ".join(number(value) for value in node.params["value"])
        return _Value(name, (f"static const §_real {name}[{node.width}] = {{{numbers}}};",))

    def frame(self, node: Node, x: Read, state: _Value | None) -> _Value:
        name = self._new("input")
        lines = [f"{name}[{j}] = {x(j)};" for j in range(node.width)]
        return _Value(name, (f"§_real {name}[{node.width}];", *lines))

    def add(self, node: Node, left: _Value, right: _Value) -> _Value:
        return self._combined(node, "sum", "+", left, right)

    def multiply(self, node: Node, left: _Value, right: _Value) -> _Value:
        return self._combined(node, "product", "*", left, right)

    def _combined(
        self, node: Node, stem: str, operator: str, left: _Value, right: _Value
    ) -> _Value:
        name = self._new(stem)
        both = f"{left.name}[i] {operator} {right.name}[i]"
        return _Value(name, (*left.lines, *right.lines, *_filled(name, node.width, both)))

    def choice(self, node: Node, condition: _Value, then: _Value, other: _Value) -> _Value:
        name, width = self._new("choice"), node.width
        lines = [*condition.lines, f"§_real {name}[{width}];"]
        for word, value in ((f"if ({condition.name}[0] >= 0)", then), ("else", other)):
            taken = (f"for (int i = 0; i < {width}; i++)", f"{_INDENT}{name}[i] = {value.name}[i];")
            lines += [f"{word} {{", *(_INDENT + line for line in (*value.lines, *taken)), "}"]
        return _Value(name, tuple(lines))

    def side_by_side(self, node: Node, *values: _Value) -> _Value:
        name, outputs = self._new("values"), self._outputs(node.width)
        lines = [line for value in values for line in value.lines]
        lines.append(f"§_real {name}[{node.width}];")
        lines += [
            f"{name}[{i}] = {value.name}[0]; /* {output} */"
            for i, (value, output) in enumerate(zip(values, outputs, strict=True))
        ]
        return _Value(name, tuple(lines))

    def call(self, node: Node, *args: _Value) -> _Value:
        raise TypeError(f"No function of C stands for {node.production.label}.")

    def _new(self, stem: str) -> str:
        self._counts[stem] += 1
        return f"{stem}_{self._counts[stem]}"

    def _outputs(self, width: int) -> list[str]:
        return [commented(format_output(n)) for n in output_names(width, self._program.classes)]

    def _previous(self, accumulator: int) -> list[str]:
        if accumulator == 1:
            return [PREVIOUS]
        return [f"{PREVIOUS}[{name}]" for name in self._outputs(accumulator)]


def _entries(array: str, columns: Sequence[int] | None = None) -> Read:
    """Give the text of a feature in an array of some columns; None stands for all."""
    if columns is None:
        return lambda j: f"{array}[{j}]"
    places = {j: i for i, j in enumerate(columns)}
    return lambda j: f"{array}[{places[j]}]"


def _filled(name: str, size: int, value: str) -> list[str]:
    """Declare an array, and fill its i-th entries."""
    loop = f"for (int i = 0; i < {size}; i++)"
    return [f"§_real {name}[{size}];", loop, f"{_INDENT}{name}[i] = {value};"]


def _bounds(span: int | Part, first: str, end: str) -> list[str]:
    """Declare the first value of a span and the one after its last, where n + 1 are there."""
    since, up_to = f"n + 1 > {span} ? n + 1 - {span} : 0", "n + 1"
    if isinstance(span, Part):
        since, there = (f"{i} * (n + 1) / {span.of}" for i in (span.number - 1, span.number))
        up_to = f"{first} + 1 > {there} ? {first} + 1 : {there}"
    return [f"const uint64_t {first} = {since};", f"const uint64_t {end} = {up_to};"]


def _columns_by_stream(program: Program) -> dict[StreamKey, list[int]]:
    """Give the columns that are read of each stream."""
    found: dict[StreamKey, set[int]] = {}
    for _, node in program.expression.walk():
        key = node.production.stream
        if key is not None:
            found.setdefault(key, set()).update(columns_of(node.args[0]))
    return {key: sorted(columns) for key, columns in found.items()}


def _sign(weight: float, place: int) -> str:
    return "-" if weight < 0 and place == 0 else ("- " if weight < 0 else "+ " if place else "")


def _block(lines: Sequence[str]) -> str:
    return "".join(f"{_INDENT}{line}\n" for line in lines)
