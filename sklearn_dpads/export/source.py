"""Functions of the package written down again, to stand in source of their own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from contextlib import suppress
from inspect import getsource
from textwrap import dedent
from typing import Any

Function = Callable[..., Any]


def private_name(function: Function) -> str:
    """Name that a function has in the source it is copied to."""
    return "_" + function.__name__.lstrip("_")


def copied_source(function: Function, others: Iterable[Function] = ()) -> str:
    """Give a function's source, without annotations, under its private name.

    Parameters
    ----------
    function : function
        Defined with ``def``; it may call `others`, its arguments, and builtins.
    others : iterable of function
        The functions it calls that are copied to the same source.

    Returns
    -------
    source : str

    Raises
    ------
    ValueError
        If the function's source can't be found, or is that of a lambda.
    """
    found: list[ast.stmt] = []
    with suppress(OSError, SyntaxError, TypeError):
        found = ast.parse(dedent(getsource(function))).body
    tree = found[0] if len(found) == 1 else None
    if not isinstance(tree, ast.FunctionDef):
        raise ValueError(
            f"The source of {function!r} can't be copied; define it with def, in a module, and not "
            "in an interactive session."
        )
    names = {other.__name__: private_name(other) for other in (function, *others)}
    return ast.unparse(_Copied(names).visit(tree)) + "\n"


class _Copied(ast.NodeTransformer):
    """Takes annotations and all but a docstring's first line away, and renames functions."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.name, node.returns = self._names[node.name], None
        text = ast.get_docstring(node)
        if text is not None:
            node.body[0] = ast.Expr(ast.Constant(text.partition("\n")[0]))
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node
