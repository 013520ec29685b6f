"""Programs as JSON. Reading executes nothing and takes nothing that it does not know.

An object has the keys ``format``, ``version``, ``n_features``, ``feature_names``,
``classes``, ``n_outputs``, ``digits``, ``data_options`` and ``scales`` where they are known, and
``expression``; an expression has ``production``, ``params`` and ``args``. A production is an object
of its ``symbol`` and its options. A user's production is stored by its name and the path of its
function, never by its code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, NoReturn

import numpy as np

from ..grammar import (
    ATOM_TO_ATOM,
    BUILTIN_PRODUCTIONS,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Add,
    Fold,
    Multiply,
    OneVsRest,
    Part,
    Production,
    Signature,
    UserProduction,
)
from ..grammar.text import check_productions, reader_kinds
from ..inputs.names import repeated
from .expression import Array, Expression, check_levels
from .folds import with_folds_as_they_are
from .numbers import MOST_DIGITS
from .program import Program
from .scales import scales_from_data, scales_to_data

FORMAT = "sklearn_dpads.program"
VERSION = 1
# Characters of what is wrong, in a message: a file may hold megabytes in one place.
_MOST_SHOWN = 200
# How the names of readers begin, those of the user among them.
_OF_READERS = ("SlideWindow", "CenteredWindow")

_PROGRAM_KEYS = (
    "format",
    "version",
    "n_features",
    "feature_names",
    "classes",
    "n_outputs",
    "digits",
    "data_options",
    "scales",
    "expression",
)


def program_to_json(program: Program, *, indent: int | None = None) -> str:
    """Give a program as JSON; see :meth:`Program.to_json`."""
    data = {
        "format": FORMAT,
        "version": VERSION,
        "n_features": int(program.n_features),
        "feature_names": None if program.feature_names is None else list(program.feature_names),
        "classes": None
        if program.classes is None
        else [_label_to_data(label) for label in program.classes],
        "n_outputs": int(program.n_outputs),
        **({} if program.digits is None else {"digits": program.digits}),
        **({} if program.data_options is None else {"data_options": dict(program.data_options)}),
        **({} if program.scales is None else {"scales": scales_to_data(program.scales)}),
        "expression": _expression_to_data(program.expression),
    }
    return json.dumps(data, indent=indent, allow_nan=False)


def _label_to_data(label: Any) -> Any:
    value = label.item() if isinstance(label, np.generic) else label
    if not isinstance(value, (str, int, float, bool)):
        raise TypeError(
            f"JSON holds class labels of type str, int, float and bool; got {label!r} of type "
            f"{type(label).__name__}. Convert the labels before fitting, or use pickle."
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"JSON cannot hold the class label {label!r}; use pickle.")
    return value


def _expression_to_data(expression: Expression) -> dict[str, Any]:
    for name, value in expression.params.items():
        if not np.isfinite(value).all():
            raise ValueError(
                f"Parameter {name!r} of {expression.production.label} is not finite, and JSON "
                "holds finite numbers only. Such a program can't be used; fit it again."
            )
    return {
        "production": _production_to_data(expression.production),
        "params": {name: value.tolist() for name, value in expression.params.items()},
        "args": [_expression_to_data(arg) for arg in expression.args],
    }


def _production_to_data(production: Production) -> dict[str, Any]:
    if isinstance(production, UserProduction):
        return {"symbol": production.name, "function": production.function_path}
    options = {field.name: getattr(production, field.name) for field in fields(production)}
    if production == Fold():
        options = {}  # as it was written before there was another one
    return {"symbol": production.symbol} | {
        name: str(value) if isinstance(value, Signature | Part) else value
        for name, value in options.items()
    }


def program_from_json(text: str, productions: Iterable[Production] = ()) -> Program:
    """Read a program from JSON; see :meth:`Program.from_json`."""
    given = check_productions(productions)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
        user = {p.name: p for p in given if isinstance(p, UserProduction)}
        around: dict[str, type[Production]] = {OneVsRest.symbol: OneVsRest}
        kinds = BUILTIN_PRODUCTIONS | around | reader_kinds(given)
        return _program_from_data(data, user, kinds)
    except json.JSONDecodeError as error:
        raise ValueError(f"The text is not JSON: {error}.") from error
    except RecursionError:
        raise ValueError("The program is nested too deeply to be read.") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        twice = repeated(name for name, _ in pairs)[0]
        raise ValueError(f"The key {twice!r} stands twice in one object of the JSON.")
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"The JSON holds {name}; a program has finite numbers only.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse_constant(text)
    return value


def _program_from_data(
    data: Any, user: Mapping[str, UserProduction], kinds: Mapping[str, type[Production]]
) -> Program:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ValueError(f"The JSON is not of format {FORMAT!r}; found {found!r}.")
    version = data.get("version")
    if version != VERSION or isinstance(version, bool):
        raise ValueError(
            f"The program is of version {version!r} of the format; this release reads version "
            f"{VERSION}. Use the release that wrote it, or a newer one."
        )
    data = {"digits": None, "data_options": None, "scales": None, **data}
    _check_keys(data, _PROGRAM_KEYS, "program")
    names, classes = data["feature_names"], data["classes"]
    n_features = _count(data["n_features"], "program.n_features")
    width = _count(data["n_outputs"], "program.n_outputs")
    expression = _expression_from_data(data["expression"], width, 0, (user, kinds), "expression")
    check_levels(expression)
    expression = with_folds_as_they_are(expression)
    if expression.signature not in (LIST_TO_ATOM, LIST_TO_LIST):
        raise ValueError(
            f"program.expression must be {LIST_TO_ATOM} or {LIST_TO_LIST}, a function of "
            f"sequences, but {expression.production.label} is {expression.signature}."
        )
    return Program(
        expression,
        n_features,
        None if names is None else tuple(_list(names, str, "program.feature_names")),
        None if classes is None else _classes(classes, width),
        _digits(data["digits"]),
        data["data_options"],
        scales_from_data(data["scales"]),
    )


def _digits(data: Any) -> int | None:
    return None if data is None else min(_count(data, "program.digits"), MOST_DIGITS)


def _classes(data: Any, width: int) -> tuple[Any, ...]:
    """Give the classes, as many as the outputs tell apart."""
    classes = _list(data, (str, int, float), "program.classes")
    n_classes = max(2, width)
    if len(classes) != n_classes:
        raise ValueError(
            f"program.classes must hold {n_classes} classes, which {width} output(s) tell apart; "
            f"got {len(classes)}."
        )
    if len(set(classes)) < n_classes:
        raise ValueError(f"program.classes must differ from each other; got {_shown(classes)}.")
    return tuple(classes)


# A user's productions by name, and all classes of other productions by symbol.
_Known = tuple[Mapping[str, UserProduction], Mapping[str, type[Production]]]


def _expression_from_data(
    data: Any, width: int, accumulator: int, known: _Known, path: str
) -> Expression:
    _check_keys(data, ("production", "params", "args"), path)
    production = _production_from_data(data["production"], known, f"{path}.production")
    args = _list(data["args"], dict, f"{path}.args")
    places = production.arguments
    if len(args) != len(places):
        raise ValueError(
            f"{path}.args: {production.label} takes {len(places)} argument(s); got {len(args)}."
        )
    shown = production.accumulator_shown(width, accumulator)
    children = tuple(
        _expression_from_data(arg, place.width_in(width), shown, known, f"{path}.args[{i}]")
        for i, (arg, place) in enumerate(zip(args, places, strict=True))
    )
    if not isinstance(data["params"], dict):
        raise ValueError(f"{path}.params must be an object; got {_shown(data['params'])}.")
    params = {
        name: _array(value, f"{path}.params.{name}") for name, value in data["params"].items()
    }
    try:
        return Expression(production, width, accumulator, children, params)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _production_from_data(data: Any, known: _Known, path: str) -> Production:
    user, kinds = known
    if not isinstance(data, dict) or not isinstance(data.get("symbol"), str):
        raise ValueError(f"{path} must be an object with a symbol; got {_shown(data)}.")
    symbol = data["symbol"]
    kind = kinds.get(symbol)
    if kind is None:
        return _user_production(data, user, path)
    # Sums and products of functions of frames were once the only ones, and means those of values.
    data = {"on": str(ATOM_TO_ATOM), **data} if kind in (Add, Multiply) else data
    data = {"mixed": False, **data} if kind is Fold else data
    data = {("of" if key == "average" else key): value for key, value in data.items()}
    _check_keys(data, ("symbol", *(field.name for field in fields(kind))), path)
    options = {name: value for name, value in data.items() if name != "symbol"}
    if "on" in options:
        options["on"] = Signature.parse(str(options["on"]))
    if "group" in options:
        _list([options["group"]], str, f"{path}.group")
        columns = _list(options["features"], int, f"{path}.features")
        if not columns or min(columns) < 0 or len(set(columns)) < len(columns):
            raise ValueError(
                f"{path}.features must be distinct columns, not negative; got {_shown(columns)}."
            )
        options["features"] = tuple(columns)
    try:
        return kind(**options)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _user_production(
    data: Mapping[str, Any], user: Mapping[str, UserProduction], path: str
) -> UserProduction:
    symbol = data["symbol"]
    if "function" not in data:
        known = ", ".join(BUILTIN_PRODUCTIONS)
        raise ValueError(
            f"{path}: {_shown(symbol)} is not a production; known are {known}.{_advice(symbol)}"
        )
    _check_keys(data, ("symbol", "function"), path)
    if symbol not in user:
        raise ValueError(
            f"{path}: the program holds a user's production {symbol!r}, computed by "
            f"{data['function']}. It is not imported on reading; pass it in productions=."
        )
    if user[symbol].function_path != data["function"]:
        raise ValueError(
            f"{path}: the production {symbol!r} was saved with the function {data['function']}, "
            f"but the one passed has {user[symbol].function_path}. Pass the one it was fitted with."
        )
    return user[symbol]


def _advice(symbol: str) -> str:
    """Say what to do where a reader may be the user's own, whose class no file tells."""
    if not symbol.startswith(_OF_READERS) or not symbol.isidentifier() or len(symbol) > _MOST_SHOWN:
        return ""
    return f" If it is of your own, pass one of its productions, as productions=[{symbol}(5)]."


def _check_keys(data: Any, keys: tuple[str, ...], path: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{path} must be an object; got {_shown(data)}.")
    for key in data:
        if key not in keys:
            raise ValueError(
                f"{path} has an unknown key {_shown(key)}; known are {', '.join(keys)}."
            )
    for key in keys:
        if key not in data:
            raise ValueError(f"{path} lacks the key {key!r}.")


def _count(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{path} must be a positive integer; got {_shown(value)}.")
    return value


def _list(value: Any, kinds: type | tuple[type, ...], path: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{path} must be an array; got {_shown(value)}.")
    for item in value:
        if not isinstance(item, kinds) or (kinds is int and isinstance(item, bool)):
            raise ValueError(f"{path} holds {_shown(item)}, which does not belong there.")
    return value


def _array(value: Any, path: str) -> Array:
    """Give nested arrays of numbers as one array; a row without numbers has no columns."""
    rows = value if isinstance(value, list) else [value]
    for item in rows:
        cells = item if isinstance(item, list) else [item]
        if not all(isinstance(c, (int, float)) and not isinstance(c, bool) for c in cells):
            raise ValueError(f"{path} must hold numbers in one or two levels of arrays.")
    try:
        return np.array(value, dtype=np.float64)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{path} can't be read as an array: {error}.") from error


def _shown(value: Any) -> str:
    """A value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
