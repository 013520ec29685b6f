"""Productions defined by the user from a torch function: named, and printed by a template.

A template must lead a reader, human or parser, from left to right without doubt: its first
word tells which production it is, and each argument is followed by the template's next
words.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import ATOM_TO_ATOM, Argument, Production
from .lexer import is_name, tokenize
from .one_vs_rest import OneVsRest
from .productions import BUILTIN_PRODUCTIONS
from .user_functions import check_function


@dataclass(frozen=True)
class UserProduction(Production):
    """An atom->atom production whose value is a user's function of its arguments.

    Use :func:`make_production`, which checks the function, to build one.

    Parameters
    ----------
    name : str
        What texts call the production.
    function : callable
        Maps ``arity`` torch tensors of shape (n, width) to one of the same shape.
    arity : int
        Number of arguments.
    structural_cost : int
        What the production adds to the structural cost of a program.
    template : str
        How a program prints it, ``{0}``, ``{1}``, … standing for the arguments.
    latex_template : str or None, default=None
        The same in LaTeX, in the notation of :meth:`str.format`.
    """

    name: str
    function: Callable[..., Any]
    arity: int
    structural_cost: int
    template: str
    latex_template: str | None = None

    @property
    def meaning(self) -> str:
        return "call"

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return tuple(Argument(ATOM_TO_ATOM) for _ in range(self.arity))

    @property
    def label(self) -> str:
        return self.name

    @property
    def cost(self) -> int:
        return self.structural_cost

    @property
    def function_path(self) -> str:
        """Module and qualified name of the function, as in ``torch.nn.functional:relu``."""
        module = getattr(self.function, "__module__", None)
        return f"{module}:{getattr(self.function, '__qualname__', self.name)}"

    def evaluate(self, *arrays: NDArray[np.float64]) -> NDArray[np.float64]:
        """Apply the function to arrays, in float64 and without a gradient.

        Parameters
        ----------
        *arrays : ndarray of float64 of shape (..., width)
            The values of the arguments, all of one shape; they are not written to.

        Returns
        -------
        values : ndarray of float64 of shape (..., width)
        """
        import torch

        shape = arrays[0].shape
        # Copies, since torch cannot wrap read-only views such as broadcast constants.
        copies = [np.array(array, dtype=np.float64).reshape(-1, shape[-1]) for array in arrays]
        with torch.no_grad():
            values = self.function(*(torch.from_numpy(copy) for copy in copies))
        return np.array(values.numpy(), dtype=np.float64).reshape(shape)


def make_production(
    name: str,
    function: Callable[..., Any],
    *,
    arity: int,
    cost: int | None = None,
    template: str | None = None,
    latex_template: str | None = None,
) -> UserProduction:
    r"""Define a production from a torch function.

    The function is called on small tensors at once, so that one which could not be
    trained or saved is refused here and not in the middle of a search.

    Parameters
    ----------
    name : str
        What grammars and programs call the production: an identifier that no other
        production has.
    function : callable
        Maps ``arity`` torch tensors of shape (n, width), float32 or float64, to one of
        the same shape and dtype. It must treat the n rows independently, give finite
        values for zeros, negative and ordinary values, let a finite gradient flow to each
        argument, and be importable by its module and name: no lambda, no local function.
    arity : int
        Number of arguments, at least 1.
    cost : int or None, default=None
        Structural cost; by default the number of arguments, as for other productions.
    template : str or None, default=None
        How a program prints the production, ``{0}``, ``{1}``, … standing for its
        arguments, each once; by default the name and the arguments in parentheses. It
        must start with a word or sign that starts no other expression, so that the
        printed program can be read back.
    latex_template : str or None, default=None
        The same in LaTeX. Braces that LaTeX is to see are doubled.

    Returns
    -------
    production : UserProduction

    Raises
    ------
    TypeError
        If the function is not callable or an argument is of the wrong type.
    ValueError
        If a check fails; the message says what was seen and what to do.

    Examples
    --------
    >>> import torch
    >>> from sklearn_dpads.grammar import Grammar, make_production
    >>> tanh = make_production("tanh", torch.tanh, arity=1, latex_template=r"\tanh({0})")
    >>> tanh.cost
    1
    >>> grammar = Grammar.paper(2).with_production(tanh)
    >>> make_production("root", torch.sqrt, arity=1)
    Traceback (most recent call last):
    ...
    ValueError: The function of 'root' gave a value that is not finite (nan) where its ...
    """
    check_name(name)
    _check_positive("arity", arity)
    if cost is not None:
        _check_positive("cost", cost)
    template = default_template(name, arity) if template is None else template
    check_template(name, template, arity)
    if latex_template is not None:
        check_latex_template(name, latex_template, arity)
    check_function(name, function, arity)
    return UserProduction(
        name, function, arity, arity if cost is None else cost, template, latex_template
    )


def _check_positive(what: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be an integer of at least 1; got {value!r}.")
    if value < 1:
        raise ValueError(f"{what} must be at least 1; got {value}.")


_WORDS = frozenset([*BUILTIN_PRODUCTIONS, OneVsRest.symbol, "list", "atom"])
_TAKEN = frozenset([*BUILTIN_PRODUCTIONS, OneVsRest.symbol, "if", "else", "(", ")", ",", ":", ">="])


def default_template(name: str, arity: int) -> str:
    """Give the template of a call, such as ``tanh({0})``."""
    return f"{name}({', '.join(f'{{{i}}}' for i in range(arity))})"


def split_template(template: str) -> tuple[list[str], list[int]]:
    """Split a template into its texts and, between them, the positions of arguments.

    Returns
    -------
    texts : list of str
        One more than there are arguments.
    order : list of int
        Which argument follows each text but the last.
    """
    texts, order = [""], []
    for text, field, _, _ in Formatter().parse(template):
        texts[-1] += text
        if field is not None:
            order.append(int(field))
            texts.append("")
    return texts, order


def check_name(name: str) -> None:
    """Raise unless a name can stand in a grammar and in a program."""
    if not isinstance(name, str):
        raise TypeError(f"The name of a production must be a str; got {name!r}.")
    if not (name.isidentifier() and is_name(name)) or keyword.iskeyword(name):
        raise ValueError(
            f"{name!r} can't name a production; give letters, digits and underscores, not "
            "starting with a digit, and no Python keyword."
        )
    if name in _WORDS:
        raise ValueError(f"{name!r} is a word of the language; give another name.")


def check_template(name: str, template: str, arity: int) -> None:
    """Raise ValueError unless a printed program could be read back."""
    _check_fields(name, "template", template, arity, once=True)
    texts, order = split_template(template)
    problem = _ambiguity(texts, order)
    if problem:
        raise ValueError(
            f"The template {template!r} of {name!r} {problem}, so that a program printed with "
            f"it could not be read back. Give one like {default_template(name, arity)!r}."
        )


def check_latex_template(name: str, template: str, arity: int) -> None:
    """Raise ValueError unless a LaTeX template names each argument."""
    _check_fields(name, "latex_template", template, arity, once=False)


def _ambiguity(texts: list[str], order: list[int]) -> str:
    if not texts[0].strip():
        return "starts with an argument"
    try:
        words = [tokenize(text)[:-1] for text in texts]
    except ValueError as error:
        return f"has an unpaired quote ({error})"
    first = words[0][0]
    if first.text in _TAKEN or first.kind in ("number", "string"):
        return f"starts with {first}, which starts or ends other expressions"
    # An argument may start or end with a name, which must not grow into the text beside it.
    filled = "".join(f"{text}x" for text in texts[:-1]) + texts[-1]
    if len(tokenize(filled)) - 1 != sum(map(len, words)) + len(order):
        return "has no space between an argument and a word beside it"
    return ""


def _check_fields(name: str, what: str, template: str, arity: int, *, once: bool) -> None:
    if not isinstance(template, str):
        raise TypeError(f"{what} of {name!r} must be a str; got {template!r}.")
    expected = ", ".join(f"{{{i}}}" for i in range(arity))
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(
            f"The {what} {template!r} of {name!r} is not a format string: {error}. Name the "
            f"arguments {expected} and double every other brace."
        ) from error
    plain = all(not spec and conversion is None for _, _, spec, conversion in parts)
    fields = [field for _, field, _, _ in parts if field is not None]
    named = sorted(fields) if once else sorted(set(fields))
    if not plain or named != sorted(str(i) for i in range(arity)):
        times = "each once" if once else "each at least once"
        raise ValueError(
            f"The {what} {template!r} of {name!r} must name its {arity} argument(s) as "
            f"{expected}, {times}, and nothing else in braces."
        )
