"""Grammars as text, in a BNF close to the paper's notation.

::

    grammar     ::= { rule | group }
    rule        ::= signature "::=" alternative { "|" alternative }
    alternative ::= NAME [ "[" option { "," option } "]" ] [ "(" place { "," place } ")" ]
    place       ::= signature [ "?" ]
    signature   ::= ("list" | "atom") "->" ("list" | "atom")
    group       ::= "Affine" "[" name "]" "=" "{" INTEGER { "," INTEGER } "}"
    option      ::= name | INTEGER [ "/" INTEGER ]
    name        ::= NAME | '"' any text, escaped as in JSON '"'

A place marked ``?`` is a condition: its value has width 1, and it holds where that is at
least 0. The columns of a feature group stand apart from the rules, in the group's order.
Spaces and line breaks mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from .base import SIGNATURES, Argument, Production, Signature
from .filters import TemporalFilter
from .groups import MOST_FEATURES
from .lexer import (
    Cursor,
    Token,
    fail,
    is_name,
    placed,
    quote,
    reject,
)
from .productions import BUILTIN_PRODUCTIONS, ITE, Add, Affine, Fold, Multiply
from .readers import CenteredWindow, SlideWindow
from .spans import Part, Span
from .statistics import Statistic

_LINE_WIDTH = 88
# Python reads no integer of more than 4,300 digits, and says so in words of its own.
_MOST_DIGITS = 100
_READ: dict[str, Literal["frames", "values"]] = {"frames": "frames", "values": "values"}


def format_name(name: str) -> str:
    """Give the name of a feature group, quoted where it is no plain name."""
    return name if is_name(name) else quote(name)


def format_label(production: Production) -> str:
    """Give a production's label as both texts show it, with the group's name quoted."""
    if isinstance(production, Affine):
        return f"{production.symbol}[{format_name(production.group)}]"
    return production.label


def format_productions(productions: Sequence[Production]) -> str:
    """Give a grammar's productions as text that :func:`read_productions` reads back.

    Parameters
    ----------
    productions : sequence of Production
        The productions, in the grammar's order.

    Returns
    -------
    text : str
        One rule for each signature that has productions, then one line for each group.
    """
    lines: list[str] = []
    for signature in SIGNATURES:
        alternatives = [_format_alternative(p) for p in productions if p.signature == signature]
        if alternatives:
            lines += _wrap(f"{signature} ::=", alternatives)
    for production in productions:
        if isinstance(production, Affine):
            lines += _wrap_columns(f"{format_label(production)} = {{", production.features)
    return "\n".join(lines)


def _format_alternative(production: Production) -> str:
    places = ", ".join(_format_place(place) for place in production.arguments)
    return format_label(production) + (f"({places})" if places else "")


def _format_place(place: Argument) -> str:
    return f"{place.signature}{'?' if place.condition else ''}"


def _wrap(head: str, alternatives: list[str]) -> list[str]:
    lines = [f"{head} {alternatives[0]}"]
    for alternative in alternatives[1:]:
        if len(lines[-1]) + len(alternative) + 3 > _LINE_WIDTH:
            lines.append(" " * (len(head) - 1) + f"| {alternative}")
        else:
            lines[-1] += f" | {alternative}"
    return lines


def _wrap_columns(head: str, columns: tuple[int, ...]) -> list[str]:
    lines = [f"{head}{columns[0]}"]
    for column in columns[1:]:
        if len(lines[-1]) + len(str(column)) + 3 > _LINE_WIDTH:
            lines[-1] += ","
            lines.append(" " * len(head) + str(column))
        else:
            lines[-1] += f", {column}"
    lines[-1] += "}"
    return lines


def read_productions(text: str, productions: Iterable[Production] = ()) -> tuple[Production, ...]:
    """Read the productions of a grammar from text.

    Parameters
    ----------
    text : str
        The rules and the feature groups, in the notation of this module.
    productions : iterable of Production, default=()
        The user-defined productions that the text names.

    Returns
    -------
    productions : tuple of Production

    Raises
    ------
    TypeError
        If `productions` holds something else.
    ValueError
        Where the text is no grammar, with the line, the column, and what was expected.
    """
    return tuple(_GrammarReader(text, check_productions(productions)).read())


def check_productions(productions: Iterable[Production]) -> tuple[Production, ...]:
    """Refuse what is no production among those that a text or a file may name.

    Raises
    ------
    TypeError
        If there is such; the message says what was meant where it is a class or a statistic.
    """
    if isinstance(productions, Production) or not isinstance(productions, Iterable):
        raise TypeError(f"productions must be a list of productions; got {productions!r}.")
    given = tuple(productions)
    for item in given:
        if not isinstance(item, Production):
            raise TypeError(f"productions must hold productions, but holds {_in_words(item)}.")
    return given


def _in_words(item: object) -> str:
    """Say what was given, and what was meant by it."""
    if isinstance(item, type) and issubclass(item, Production):
        takes_span = issubclass(item, SlideWindow | CenteredWindow)
        example = f"{item.__name__}({5 if takes_span else ''})"
        return f"the class {item.__name__}; give one that it makes, such as {example}"
    if isinstance(item, Statistic):
        return f"the statistic {item.name}; give one that its reader makes, such as reader(…)(5)"
    return repr(item)


def reader_kinds(productions: Iterable[Production]) -> dict[str, type[Production]]:
    """Give the classes of the readers among productions, a user's own among them, by name."""
    readers = (p for p in productions if isinstance(p, SlideWindow | CenteredWindow))
    return {p.symbol: type(p) for p in readers}


def read_production(
    label: str, signature: Signature, productions: Iterable[Production] = ()
) -> Production:
    """Read a production of the language from its label, such as ``SlideWindowMax[1/3]``.

    Parameters
    ----------
    label : str
        The label; not one of ``Affine``, whose columns it does not tell.
    signature : Signature
        Signature asked for, where productions of one label have several.
    productions : iterable of Production, default=()
        Others that may be named, such as readers of the user's own.

    Raises
    ------
    ValueError
        If the label is none.
    """
    return _GrammarReader(label, productions).read_label(signature)


class _GrammarReader:
    """Reads the rules, then gives each ``Affine`` the columns of its group."""

    def __init__(self, text: str, productions: Iterable[Production]) -> None:
        self._cursor = Cursor(text)
        self._user = {p.label: p for p in productions}
        self._kinds = {**BUILTIN_PRODUCTIONS, **reader_kinds(self._user.values())}
        self._rules: dict[Signature, list[tuple[Token, Production]]] = {}
        self._groups: dict[str, tuple[Token, tuple[int, ...]]] = {}

    def read(self) -> Iterator[Production]:
        while self._cursor.peek().kind != "end":
            if self._cursor.at("Affine"):
                self._read_group()
            else:
                self._read_rule()
        self._check_groups_are_used()
        for rule in self._rules.values():
            for token, production in rule:
                if isinstance(production, Affine):
                    production = Affine(production.group, self._columns(token, production.group))
                yield production

    def read_label(self, signature: Signature) -> Production:
        symbol = self._cursor.expect_kind(["name"], "a production")
        production, _ = self._read_production(symbol, signature)
        if self._cursor.peek().kind != "end":
            fail(self._cursor.peek(), f"nothing after {production.label}")
        return production

    def _columns(self, token: Token, group: str) -> tuple[int, ...]:
        if group not in self._groups:
            known = ", ".join(format_name(name) for name in self._groups) or "none"
            reject(
                token,
                f"is not a feature group that the text defines (it defines {known}); "
                f"add a line like Affine[{format_name(group)}] = {{0, 1}}",
            )
        return self._groups[group][1]

    def _check_groups_are_used(self) -> None:
        used = {
            production.group
            for rule in self._rules.values()
            for _, production in rule
            if isinstance(production, Affine)
        }
        for group, (token, _) in self._groups.items():
            if group not in used:
                reject(token, f"is in no rule; add Affine[{format_name(group)}] to atom->atom")

    def _read_rule(self) -> None:
        start = self._cursor.peek()
        signature = self._read_signature("a rule such as list->atom ::= ..., or a feature group")
        if signature in self._rules:
            reject(start, f"starts a second rule of {signature}; write one, with | between")
        self._cursor.expect("::=", after=str(signature))
        rule = self._rules[signature] = [self._read_alternative(signature)]
        seen = {rule[0][1]}
        while self._cursor.accept("|"):
            token, production = self._read_alternative(signature)
            if production in seen:
                reject(token, f"stands twice in the rule of {signature}; name a production once")
            seen.add(production)
            rule.append((token, production))

    def _read_signature(self, expected: str) -> Signature:
        start = self._cursor.expect_kind(["name"], expected)
        if start.text not in ("list", "atom"):
            fail(start, expected)
        self._cursor.expect("->", after=start.text)
        end = self._cursor.expect_kind(["name"], "'list' or 'atom' after '->'")
        for signature in SIGNATURES:
            if str(signature) == f"{start.text}->{end.text}":
                return signature
        allowed = ", ".join(str(s) for s in SIGNATURES)
        fail(end, f"one of the signatures {allowed}")

    def _read_alternative(self, signature: Signature) -> tuple[Token, Production]:
        symbol = self._cursor.expect_kind(["name"], f"a production of {signature}")
        production, token = self._read_production(symbol, signature)
        if production.signature != signature:
            reject(symbol, f"is a production of {production.signature}, not of {signature}")
        self._check_places(production)
        return token, production

    def _read_production(self, symbol: Token, signature: Signature) -> tuple[Production, Token]:
        kind = self._kinds.get(symbol.text)
        if kind is None:
            if symbol.text not in self._user:
                known = ", ".join([*self._kinds, *self._user])
                reject(
                    symbol,
                    f"is not a production; known are {known}. Pass a production of your own "
                    "in productions=",
                )
            return self._user[symbol.text], symbol
        if kind in (ITE, Add, Multiply):
            return kind(signature), symbol
        if kind is Affine:
            token, group = self._read_group_name()
            return Affine(group), token
        if kind is Fold:
            return Fold(mixed=self._read_mixed()), symbol
        if issubclass(kind, SlideWindow):
            return self._read_slide_window(kind), symbol
        if issubclass(kind, CenteredWindow | TemporalFilter):
            return self._read_odd_window(kind), symbol
        return kind(), symbol

    def _read_mixed(self) -> bool:
        if not self._cursor.accept("["):
            return False
        self._cursor.expect("mixed", "]")
        return True

    def _read_slide_window(self, kind: type[SlideWindow]) -> SlideWindow:
        self._cursor.expect("[", after=kind.symbol)
        place = self._cursor.peek()
        window = self._read_span()
        of = "frames"
        if kind.statistic.of_values and self._cursor.accept(","):
            token = self._cursor.expect_kind(["name"], "'frames' or 'values'")
            if token.text not in _READ:
                fail(token, "'frames' or 'values'")
            of = token.text
        self._cursor.expect("]")
        with placed(place):
            return kind(window, _READ[of])

    def _read_span(self) -> Span:
        if self._cursor.accept("all"):
            return None
        token = self._cursor.peek()
        number = self._read_integer("a window in frames, a part such as 1/3, or 'all',", least=1)
        if not self._cursor.accept("/"):
            return number
        of = self._read_integer("the number of parts", least=1)
        if number > of:
            reject(token, f"is no part: of {of} parts there are 1/{of} to {of}/{of}")
        with placed(token):
            return Part(number, of)

    def _read_odd_window(
        self, kind: type[CenteredWindow] | type[TemporalFilter]
    ) -> CenteredWindow | TemporalFilter:
        self._cursor.expect("[", after=kind.symbol)
        token = self._cursor.peek()
        window = self._read_integer("a window in frames", least=kind.least_window)
        if window % 2 == 0:
            reject(token, f"is even; {kind.symbol} needs an odd number of frames")
        self._cursor.expect("]")
        with placed(token):
            return kind(window)

    def _check_places(self, production: Production) -> None:
        for i, place in enumerate(production.arguments):
            self._cursor.expect("," if i else "(", after=production.label if i == 0 else "")
            token = self._cursor.peek()
            expected = f"{_format_place(place)} as argument {i} of {production.label}"
            signature = self._read_signature(expected)
            condition = self._cursor.accept("?")
            if (signature, condition) != (place.signature, place.condition):
                fail(token, expected)
        if production.arguments:
            self._cursor.expect(")")

    def _read_group_name(self) -> tuple[Token, str]:
        self._cursor.expect("[", after="Affine")
        token = self._cursor.expect_kind(["name", "string"], "the name of a feature group")
        self._cursor.expect("]")
        return token, token.text

    def _read_group(self) -> None:
        self._cursor.expect("Affine")
        token, group = self._read_group_name()
        if group in self._groups:
            reject(token, "is defined twice; write one line for each feature group")
        self._cursor.expect("=", "{")
        # A dict holds them in order, and tells at once what it holds.
        columns = {self._read_column(): None}
        while self._cursor.accept(","):
            index = self._cursor.peek()
            column = self._read_column()
            if column in columns:
                reject(index, "stands twice in the group; name a column once")
            columns[column] = None
        self._cursor.expect("}")
        self._groups[group] = (token, tuple(columns))

    def _read_column(self) -> int:
        token = self._cursor.peek()
        column = self._read_integer("a column index")
        if column >= MOST_FEATURES:
            reject(token, f"is no column: frames have at most {MOST_FEATURES} features")
        return column

    def _read_integer(self, what: str, least: int = 0) -> int:
        expected = f"{what} as an integer of at least {least}"
        token = self._cursor.expect_kind(["number"], expected)
        if len(token.text) > _MOST_DIGITS:
            reject(token, "is too large")
        number = int(token.text) if token.text.isdecimal() else -1
        if number < least:
            fail(token, expected)
        return number
