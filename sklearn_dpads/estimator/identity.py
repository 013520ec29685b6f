"""What tells a value from others, in this process and in the next.

A value is described by plain text, numbers and bytes. What is installed is known by its module and
name. What a user wrote is not: the next process may find other code under the same name. Of such
functions the code is described, with all that they read.
"""

from __future__ import annotations

import hashlib
import site
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodType,
    ModuleType,
)
from typing import Any

import numpy as np

PACKAGE = __name__.partition(".")[0]

# Tuples of tuples, text, numbers and bytes, whose repr is the same in every process.
Description = Any


def digest(value: object) -> str:
    """Give a text that only equal values share.

    Parameters
    ----------
    value : object
        Data, settings, functions, or anything made of them.

    Returns
    -------
    digest : str of 32 hexadecimal digits

    Raises
    ------
    TypeError
        If a part of it can't be told from others in another process, such as an open file.
    """
    return hashlib.sha256(repr(_describe(value, ())).encode()).hexdigest()[:32]


def _describe(value: Any, around: tuple[object, ...]) -> Description:
    """Describe a value that stands within others, of which it may be one."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return (type(value).__name__, repr(value))
    if isinstance(value, np.ndarray) and value.dtype != object:
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return ("array", str(value.dtype), value.shape, content)
    for i, outer in enumerate(around):
        if outer is value:
            return ("around", i)
    around = (*around, value)
    if isinstance(value, tuple | list | Set | Mapping):
        return (_name(type(value)), _describe_items(value, around))
    if isinstance(value, type):
        return _describe_class(value, around)
    if isinstance(value, FunctionType):
        return _describe_function(value, around)
    if isinstance(value, CodeType):
        return _describe_code(value, around)
    if isinstance(value, ModuleType):
        return ("module", value.__name__)
    return _describe_object(value, around)


def _describe_items(value: Any, around: tuple[object, ...]) -> Description:
    if isinstance(value, Mapping):
        return tuple((_describe(k, around), _describe(v, around)) for k, v in value.items())
    items = [_describe(item, around) for item in value]
    # The order of a set follows hashes of text, which every process draws anew.
    return tuple(sorted(items, key=repr) if isinstance(value, Set) else items)


def _name(value: Any) -> str:
    return f"{value.__module__}:{value.__qualname__}"


def _describe_class(kind: type, around: tuple[object, ...]) -> Description:
    if _is_installed(kind):
        return ("class", _name(kind))
    members = {name: m for name, m in vars(kind).items() if _is_written(m)}
    return ("class", _name(kind), _describe([kind.__bases__, members], around))


def _is_written(member: object) -> bool:
    """Whether a member of a class is one of those that decide what it does."""
    plain = bool | int | float | str | bytes | tuple
    return isinstance(member, FunctionType | staticmethod | classmethod | property | plain)


def _describe_function(function: Any, around: tuple[object, ...]) -> Description:
    if _is_installed(function) and "<" not in function.__qualname__:
        return ("function", _name(function))
    cells = [_content(cell) for cell in function.__closure__ or ()]
    known = function.__globals__
    read = {name: known[name] for name in sorted(_names(function.__code__)) if name in known}
    parts = [function.__code__, function.__defaults__, function.__kwdefaults__, cells, read]
    return ("function", _name(function), _describe(parts, around))


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # what it is to hold was not assigned yet
        return None


def _names(code: CodeType) -> Iterator[str]:
    """Names that code looks up, and code within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _describe_code(code: CodeType, around: tuple[object, ...]) -> Description:
    signature = (code.co_argcount, code.co_kwonlyargcount, code.co_flags)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return ("code", code.co_code, signature, names, _describe(code.co_consts, around))


def _describe_object(value: Any, around: tuple[object, ...]) -> Description:
    kind = type(value)
    if isinstance(value, staticmethod | classmethod | MethodType):
        return (_name(kind), _describe([value.__func__, getattr(value, "__self__", 0)], around))
    if isinstance(value, property):
        return ("property", _describe([value.fget, value.fset], around))
    if isinstance(value, BuiltinFunctionType | np.ufunc):
        module = getattr(value, "__module__", None)
        return ("function", f"{module}:{getattr(value, '__qualname__', value.__name__)}")
    if isinstance(value, Enum):
        return ("member", _name(kind), value.name)
    if is_dataclass(value):
        # What isn't compared makes no difference.
        parts = {f.name: getattr(value, f.name) for f in fields(value) if f.compare}
        return ("object", _describe([kind, parts], around))
    return ("object", _describe([kind, _parts(value)], around))


def _parts(value: Any) -> object:
    """What pickle would make an object of again."""
    try:
        made = value.__reduce_ex__(2)
    except Exception as error:
        raise TypeError(
            f"a {_name(type(value))} can't be told from others in another process ({error})"
        ) from error
    if isinstance(made, str):
        return made
    # Items of lists and dictionaries come as iterators.
    return [list(part) if isinstance(part, Iterator) else part for part in made]


def _installed_folders() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [*(paths[name] for name in names), *site.getsitepackages()]
    return tuple({Path(folder).resolve() for folder in folders})


_INSTALLED = _installed_folders()


def _is_installed(value: Any) -> bool:
    """Whether a function or class comes with Python, from a package of its, or from this one."""
    name = value.__module__
    if name is None or name.partition(".")[0] == PACKAGE:
        return True
    if name == "__main__":
        return False
    path = getattr(sys.modules.get(name), "__file__", None)
    if path is None:
        return name.partition(".")[0] in sys.stdlib_module_names
    return any(folder in Path(path).resolve().parents for folder in _INSTALLED)
