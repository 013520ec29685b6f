"""Names and printing templates of user-defined productions.

A template must lead a reader, human or parser, from left to right without doubt: its first
word tells which production it is, and each argument is followed by the template's next
words.
"""

from __future__ import annotations

import keyword
from string import Formatter

from .lexer import is_name, tokenize
from .productions import BUILTIN_PRODUCTIONS

_TAKEN = frozenset([*BUILTIN_PRODUCTIONS, "if", "else", "(", ")", ",", ":", ">="])


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
    if name in BUILTIN_PRODUCTIONS or name in ("list", "atom"):
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
