"""Programs as source of a self-contained numpy function."""

from __future__ import annotations

import builtins
import keyword
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..grammar import LIST_TO_LIST, Part, Span, Statistic, StreamKey
from ..grammar.filters import at_end, over_lags
from ..grammar.statistics import (
    grown,
    grown_back,
    join,
    lift,
    over_all,
    over_bounds,
    over_centered,
    over_windows,
)
from ..grammar.text import format_label
from ..program.expression import Array
from ..program.meaning import Meaning, Node
from ..program.prefixes import filter_weights
from ..program.text import (
    PREVIOUS,
    column_names,
    format_feature,
    format_output,
    output_names,
)
from ..program.whole import columns_of
from . import python_whole
from .common import check_finite, user_productions
from .source import copied_source, private_name

if TYPE_CHECKING:
    from ..program.program import Program


_INDENT = "    "


def to_python(
    program: Program, name: str = "program", functions: Mapping[str, str] | None = None
) -> str:
    """Give the source of a numpy function; :meth:`Program.to_python` describes it."""
    _check_name(name)
    check_finite(program, "to_python")
    return _Source(program, _checked_functions(program, functions or {})).source(name)


def _check_name(name: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"name must be a str; got {name!r}.")
    taken = name == "np" or name.startswith("_") or hasattr(builtins, name)
    if not name.isidentifier() or keyword.iskeyword(name) or taken:
        raise ValueError(
            f"name={name!r} can't name the function; give an identifier that starts with a "
            "letter and is no keyword, no builtin and not 'np'."
        )


def _checked_functions(program: Program, functions: Mapping[str, str]) -> dict[str, str]:
    held = {production.name: production for production in user_productions(program)}
    for name, production in held.items():
        if name not in functions:
            places = ", ".join(f"{{{i}}}" for i in range(production.arity))
            raise ValueError(
                f"The program holds the user's production {name!r}, computed by the torch "
                f"function {production.function_path}, which numpy source can't call. Give its "
                f"numpy expression of {places}, as in functions={{{name!r}: '…{{0}}…'}}."
            )
    for name, template in functions.items():
        if name not in held:
            raise ValueError(
                f"functions names {name!r}, but the program's own productions are "
                f"{', '.join(held) or 'none'}."
            )
        try:
            template.format(*("x" for _ in range(held[name].arity)))
        except (AttributeError, IndexError, KeyError, ValueError) as error:
            raise ValueError(
                f"functions[{name!r}]={template!r} is no expression of {held[name].arity} "
                "argument(s) in the notation of str.format."
            ) from error
    return dict(functions)


class _Source(Meaning[None, str, str]):
    """Writes a function for each part of a program that is over lists, and for each body."""

    def __init__(self, program: Program, functions: Mapping[str, str]) -> None:
        self._program = program
        self._functions = functions
        self._counts: Counter[str] = Counter()
        self._helpers: dict[str, str] = {}
        self._parts: dict[str, str] = {}
        self._lines: list[str] = []
        self._per_frame = program.expression.signature == LIST_TO_LIST
        self._columns = column_names(program.n_features, program.feature_names)

    def source(self, name: str) -> str:
        program = self._program
        root = self.over_list(program.expression, None)
        template = MAIN if self._per_frame else python_whole.MAIN
        numbers = {"n_features": program.n_features, "n_outputs": program.n_outputs}
        main = template.format(name=name, root=root, **numbers)
        return "\n\n".join([self._heading(), *self._helpers.values(), *self._parts.values(), main])

    def over_list(self, node: Node, sequence: None) -> str:
        """Write the functions of an expression over lists and give the name of its own."""
        if not node.production.takes_lists or len(node.args) == 1:
            return super().over_list(node, sequence)
        # What combines values combines here what the functions of the arguments return.
        calls = [f"{self.over_list(arg, sequence)}(frames, lengths)" for arg in node.args]
        self._lines = []
        value = getattr(self, node.production.meaning)(node, *calls)
        return self._function("part", "frames, lengths", value)

    def over_stream(self, node: Node, sequence: None) -> str:
        body, key = self._body("body", node.args[0], "x"), node.production.stream
        if self._per_frame:
            return self._list_function("read", f"{body}({self.stream(key, None)})")
        lines, which = python_whole.frames_of_span(key.window)
        if key.statistic not in python_whole.FORMS:
            name = self._statistic_of(key.statistic, over_all)
            value = f"{body}({private_name(over_all)}({name}, frames[:, {which}], np))"
            return self._whole_function(lines, value)
        function = self._copied(python_whole.FORMS[key.statistic])
        # What isn't read stays 0, so that columns keep their numbers.
        lines.append(f"x = np.zeros((len(frames), {self._program.n_features}))")
        for j in sorted(columns_of(node.args[0])):
            column = format_feature(self._columns[j])
            lines.append(f"x[:, {j}] = {function}(frames[:, {which}, {j}])  # {column}")
        return self._whole_function(lines, f"{body}(x)")

    def over_filter(self, node: Node, sequence: None) -> str:
        body = self._body("body", node.args[0], "x")
        value = f"{body}({self.filtered(node, None)})"
        if self._per_frame:
            return self._list_function("read", value)
        return self._whole_function([], value)

    def filtered(self, node: Node, sequence: None) -> str:
        name = self._copied(over_lags if self._per_frame else at_end)
        weights = self._new("wavelet")
        numbers = ",\n".join(f"{_INDENT}{weight!r}" for weight in filter_weights(node))
        self._helpers[weights] = f"{weights} = [\n{numbers},\n]\n"
        return f"{name}(frames, {weights})"

    def stream(self, key: StreamKey, sequence: None) -> str:
        if key.kind == "centered":
            name = self._statistic_of(key.statistic, over_bounds, over_centered)
            return f"_over_centered({name}, frames, lengths.tolist(), {key.window}, np)"
        if key.kind == "raw":
            return "frames"
        return self._statistic(key.statistic, "frames", key.window)

    def _statistic(self, statistic: Statistic, values: str, span: Span) -> str:
        """Write what takes a statistic of a span."""
        over = over_bounds if isinstance(span, Part) else over_windows
        name = self._statistic_of(statistic, over)
        which = _bounds(span) if isinstance(span, Part) else str(span)
        return f"{private_name(over)}({name}, {values}, {which}, np)"

    def _statistic_of(self, statistic: Statistic, *over: Callable[..., Any]) -> str:
        """Write down a statistic's own functions, and others that take it; give its name."""
        parts: dict[str, Callable[..., Any]] = {
            "element": statistic.element,
            "merge": statistic.merge,
            "finish": statistic.finish,
        }
        shared: tuple[Callable[..., Any], ...] = (lift, join, grown, grown_back, *over)
        for function in (*parts.values(), *shared):
            self._helpers[private_name(function)] = copied_source(function, shared)
        name = f"_{statistic.name}"
        members = ", ".join(f"{part}={private_name(f)}" for part, f in parts.items())
        self._helpers[name] = f"{name} = SimpleNamespace({members})\n"
        return name

    def statistic_of_values(self, node: Node, sequence: None) -> str:
        body = self._body("body", node.args[0], "x")
        statistic, span = node.production.statistic, node.production.window
        if self._per_frame:
            value = self._statistic(statistic, f"{body}(frames)", span)
            return self._list_function("read", value)
        lines, which = python_whole.frames_of_span(span)
        values = f"{body}(frames[:, {which}])"
        if statistic in python_whole.FORMS:
            value = f"{self._copied(python_whole.FORMS[statistic])}({values})"
        else:
            name = self._statistic_of(statistic, over_all)
            value = f"{private_name(over_all)}({name}, {values}, np)"
        return self._whole_function(lines, value)

    def fold(self, node: Node, sequence: None) -> str:
        step = self._body("step", node.args[0], f"x, {PREVIOUS}")
        name = self._new("fold")
        initial = _vector(node.params["initial"])
        template = FOLD if self._per_frame else python_whole.FOLD
        self._parts[name] = template.format(name=name, initial=initial, width=node.width, step=step)
        return name

    def affine_map(self, node: Node, x: str, state: str | None) -> str:
        return self._scalar_affine(node) if node.width == 1 else self._vector_affine(node)

    def constant(self, node: Node, x: str, state: str | None) -> str:
        return self._assign("constant", self._filled(node.params["value"]))

    def frame(self, node: Node, x: str, state: str | None) -> str:
        return x

    def add(self, node: Node, left: str, right: str) -> str:
        return self._assign("sum", f"{left} + {right}")

    def multiply(self, node: Node, left: str, right: str) -> str:
        return self._assign("product", f"{left} * {right}")

    def choice(self, node: Node, condition: str, then: str, other: str) -> str:
        return self._assign("choice", f"np.where({condition} >= 0, {then}, {other})")

    def side_by_side(self, node: Node, *values: str) -> str:
        return self._assign("values", f"np.concatenate([{', '.join(values)}], axis=-1)")

    def call(self, node: Node, *args: str) -> str:
        return self._assign("value", self._functions[node.production.name].format(*args))

    def _scalar_affine(self, node: Node) -> str:
        production, params = node.production, node.params
        terms = [
            (weight, f"x[..., {j}:{j + 1}]", format_feature(self._columns[j]))
            for j, weight in zip(production.features, params["weight"][0], strict=True)
        ]
        if node.accumulator:
            names = self._previous(node.accumulator)
            for i, weight in enumerate(params["recurrent"][0]):
                terms.append((weight, f"{PREVIOUS}[..., {i}:{i + 1}]", names[i]))
        lines = [f"{float(w)!r} * {variable}  # {n}" for w, variable, n in terms if w]
        if not lines:
            return self._assign("affine", self._filled(params["bias"]))
        if params["bias"][0]:
            lines.append(_vector(params["bias"]))
        first, *rest = lines
        signed = (f"- {line[1:]}" if line.startswith("-") else f"+ {line}" for line in rest)
        return self._assign_lines(format_label(production), [first, *signed])

    def _vector_affine(self, node: Node) -> str:
        production, params = node.production, node.params
        names = [format_feature(self._columns[j]) for j in production.features]
        outputs = ", ".join(self._outputs(node.width))
        lines = [f"x[..., {list(production.features)}]", *_matrix(params["weight"], names)]
        if node.accumulator:
            previous = self._previous(node.accumulator)
            lines += [f"+ {PREVIOUS}", *_matrix(params["recurrent"], previous)]
        lines.append(f"+ {_vector(params['bias'])}")
        comment = f"{format_label(production)}, a column for each of {outputs}"
        return self._assign_lines(comment, lines)

    def _assign_lines(self, comment: str, lines: list[str]) -> str:
        name = self._new("affine", "")
        body = [_INDENT + line for line in lines]
        self._lines += [f"# {comment}", f"{name} = (", *body, ")"]
        return name

    def _assign(self, stem: str, value: str) -> str:
        name = self._new(stem, "")
        self._lines.append(f"{name} = {value}")
        return name

    def _body(self, stem: str, node: Node, arguments: str) -> str:
        """Write the function of a function of frames."""
        self._lines = []
        return self._function(stem, arguments, self.over_frame(node, "x"))

    def _function(self, stem: str, arguments: str, value: str) -> str:
        """Write a function of the lines so far."""
        name = self._new(stem)
        lines = [f"def {name}({arguments}):", *(_INDENT + line for line in self._lines)]
        self._parts[name] = "\n".join([*lines, f"{_INDENT}return {value}", ""])
        return name

    def _list_function(self, stem: str, value: str) -> str:
        name = self._new(stem)
        self._parts[name] = f"def {name}(frames, lengths):\n{_INDENT}return {value}\n"
        return name

    def _whole_function(self, lines: list[str], value: str) -> str:
        """Write a function of sequences that are equally long, and one for all of them."""
        self._lines = lines
        read = self._function("whole", "frames", value)
        by_length = self._copied(python_whole.by_length)
        return self._list_function("read", f"{by_length}({read}, frames, lengths)")

    def _copied(self, function: Callable[..., Any]) -> str:
        """Write a function down that stands for itself, and give its name."""
        name = private_name(function)
        self._helpers[name] = copied_source(function)
        return name

    def _new(self, stem: str, prefix: str = "_") -> str:
        self._counts[prefix + stem] += 1
        return f"{prefix}{stem}_{self._counts[prefix + stem]}"

    def _filled(self, values: Array) -> str:
        return f"np.full((*x.shape[:-1], {len(values)}), {_vector(values)})"

    def _outputs(self, width: int) -> list[str]:
        return [format_output(name) for name in output_names(width, self._program.classes)]

    def _previous(self, accumulator: int) -> list[str]:
        if accumulator == 1:
            return [PREVIOUS]
        return [f"{PREVIOUS}[{name}]" for name in self._outputs(accumulator)]

    def _heading(self) -> str:
        program = self._program
        lines = ["A program over sequences of frames, exported from sklearn_dpads:", ""]
        lines += [_INDENT + line for line in program.to_text().splitlines()] + [""]
        if program.n_outputs > 1:
            lines.append(f"The outputs are {', '.join(self._outputs(program.n_outputs))}.")
        elif program.classes is not None and len(program.classes) == 2:
            other, positive = (format_output(str(label)) for label in program.classes)
            lines.append(f"A value above 0 means {positive}, any other {other}.")
        imports = ["import numpy as np"]
        if any("SimpleNamespace" in helper for helper in self._helpers.values()):
            imports.insert(0, "from types import SimpleNamespace\n")
        return "\n".join([*(f"# {line}".rstrip() for line in lines), "", *imports, ""])


def _matrix(weights: Array, names: Iterable[str]) -> list[str]:
    """Lines that multiply by a transposed matrix, one row for each named input."""
    rows = [f"{_INDENT}{row.tolist()},  # {n}" for row, n in zip(weights.T, names, strict=True)]
    return ["@ np.array([", *rows, "])"]


def _bounds(part: Part) -> str:
    """Write down the first frame and the end of a part, for the prefixes of all lengths."""
    first, end = f"{part.number - 1} * t // {part.of}", f"{part.number} * t // {part.of}"
    return f"[({first}, max({first} + 1, {end})) for t in range(1, frames.shape[1] + 1)]"


def _vector(values: Array) -> str:
    return repr(float(values[0])) if len(values) == 1 else f"np.array({values.tolist()})"


FOLD = '''\
def {name}(frames, lengths):
    """Start at `initial`; every frame makes a new value of the previous one."""
    initial = {initial}
    n_samples, n_timesteps, _ = frames.shape
    value = np.full((n_samples, {width}), initial)
    values = np.zeros((n_samples, n_timesteps, {width}))
    for t in range(n_timesteps):
        running = t < lengths
        value[running] = {step}(frames[running, t], value[running])
        values[:, t] = value
    return values
'''

MAIN = '''\
def {name}(X, lengths=None):
    """Evaluate the program.

    X: array of shape (n_samples, n_timesteps, {n_features}), or one sequence of shape
        (n_timesteps, {n_features}).
    lengths: the number of frames of each sequence, where the array is padded at the end; by
        default the end is where frames are NaN throughout.

    Returns an array of shape (n_samples, n_timesteps, {n_outputs}); for one sequence without
    the first axis. Past the end of a sequence it is NaN.
    """
    X = np.asarray(X, dtype=np.float64)
    if X.ndim not in (2, 3) or X.shape[-1] != {n_features}:
        raise ValueError(
            "X must have shape (n_samples, n_timesteps, {n_features}) or "
            f"(n_timesteps, {n_features}), but has {{X.shape}}."
        )
    frames = X if X.ndim == 3 else X[np.newaxis]
    n_samples, n_timesteps, _ = frames.shape
    if lengths is None:
        lengths = n_timesteps - np.isnan(frames).all(axis=2).sum(axis=1)
    lengths = np.atleast_1d(lengths)
    if lengths.shape != (n_samples,) or (lengths < 1).any() or (lengths > n_timesteps).any():
        raise ValueError(f"Every sequence needs a length from 1 to {{n_timesteps}}.")
    past = np.arange(n_timesteps)[:, np.newaxis] >= lengths[:, np.newaxis, np.newaxis]
    values = {root}(np.where(past, 0.0, frames), lengths)
    values = np.where(past, np.nan, values)
    return values if X.ndim == 3 else values[0]
'''
