"""The notation of programs, read into a tree that knows no types yet.

::

    expression  ::= conditional | "(" expression ")" | "Input"
                  | "Affine" "[" name "]" "(" sums ")"
                  | "Constant" "(" numbers ")"
                  | "Fold" "(" expression [ "," "initial" "=" initial ] ")"
                  | "TemporalFilter" "[" INTEGER "]" "(" expression ","
                    "frequency" "=" number "," "spread" "=" number ")"
                  | "OneVsRest" "(" program "," program { "," program } ")"
                  | label "(" expression { "," expression } ")"
                  | what the template of a user's production gives
    program     ::= name ":" expression
    conditional ::= "if" expression ">=" "0" ":" expression "else" ":" expression
    label       ::= NAME [ "[" option { "," option } "]" ]
    sums        ::= sum | name ":" sum { "," name ":" sum }
    numbers     ::= number | name ":" number { "," name ":" number }
    initial     ::= number | "(" numbers ")"
    sum         ::= [ "-" ] term { ( "+" | "-" ) term }
    term        ::= NUMBER [ "*" factor ] | factor
    factor      ::= variable | "(" name ( "+" | "-" ) NUMBER ")"
    variable    ::= name | "previous" [ "[" name "]" ]
    number      ::= [ "-" ] NUMBER

A name is a plain word, or any text in double quotes with the escapes of JSON; an output may
be named by a whole number, too. Where the output is a vector, each of its parts is named:
by its class, or y0, y1, …. Inside ``Fold``, ``previous`` is the accumulator. A weight that
is not written is 0, and a fold starts at 0 where no ``initial`` is written. Spaces and line
breaks mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..grammar import (
    Affine,
    Constant,
    Fold,
    Input,
    OneVsRest,
    TemporalFilter,
    UserProduction,
)
from ..grammar.lexer import (
    Cursor,
    Token,
    fail,
    tokenize,
)
from ..grammar.text import format_name
from ..grammar.user import split_template
from .text import INITIAL, NOT_FINITE, PREVIOUS


@dataclass(frozen=True)
class Term:
    """A number, alone or times a feature or a part of the accumulator.

    Parameters
    ----------
    token : Token
        Where the term starts.
    factor : float
        The number.
    variable : Token or None, default=None
        The feature, or the word ``previous``.
    output : Token or None, default=None
        Which part of the accumulator is meant.
    offset : float, default=0.0
        What is taken from the feature first.
    """

    token: Token
    factor: float
    variable: Token | None = None
    output: Token | None = None
    offset: float = 0.0

    @property
    def is_previous(self) -> bool:
        """Whether the variable is the accumulator."""
        variable = self.variable
        return variable is not None and variable.kind == "name" and variable.text == PREVIOUS


@dataclass(frozen=True)
class Row:
    """One part of a vector, with its name where the vector has more parts than one."""

    start: Token
    output: Token | None
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class SyntaxNode:
    """A production as written, with what stands in its parentheses.

    Parameters
    ----------
    token : Token
        Where it starts.
    label : str
        Label of the production; ``"ITE"`` for a conditional.
    args : tuple of SyntaxNode, default=()
        Its arguments.
    rows : tuple of Row, default=()
        The parameters of ``Affine``, ``Constant`` or, where written, of ``Fold``; of
        ``OneVsRest`` the outputs alone.
    numbers : tuple of float, default=()
        The parameters of ``TemporalFilter``.
    """

    token: Token
    label: str
    args: tuple[SyntaxNode, ...] = ()
    rows: tuple[Row, ...] = ()
    numbers: tuple[float, ...] = ()


def read_syntax(text: str, user_productions: Iterable[UserProduction] = ()) -> SyntaxNode:
    """Read a text into a tree.

    Parameters
    ----------
    text : str
        The program.
    user_productions : iterable of UserProduction, default=()
        Productions whose templates the text may hold.

    Raises
    ------
    ValueError
        Where the text breaks the notation, with the line and the column.
    """
    return _Reader(text, user_productions).program()


class _Reader:
    """Reads by recursive descent: one method for each rule of the notation."""

    def __init__(self, text: str, user_productions: Iterable[UserProduction]) -> None:
        self._cursor = Cursor(text)
        self._templates = _by_first_word(user_productions)

    def program(self) -> SyntaxNode:
        node = self.expression()
        if self._cursor.peek().kind != "end":
            fail(self._cursor.peek(), "the end of the program")
        return node

    def expression(self) -> SyntaxNode:
        token = self._cursor.peek()
        if token.kind in ("name", "symbol"):
            if token.text in self._templates:
                return self.user_call(self._templates[token.text])
            if self._cursor.accept("("):
                node = self.expression()
                self._cursor.expect(")")
                return node
            if self._cursor.accept("if"):
                return self.conditional(token)
            if token.kind == "name" and token.text != "else":
                return self.call()
        fail(token, "a production, 'if' or '('")

    def conditional(self, token: Token) -> SyntaxNode:
        condition = self.expression()
        self._cursor.expect(">=", after="a condition")
        if self._cursor.peek().kind != "number" or float(self._cursor.peek().text) != 0:
            fail(self._cursor.peek(), "'0', which every condition is compared with")
        self._cursor.next()
        self._cursor.expect(":")
        then = self.expression()
        self._cursor.expect("else", ":")
        return SyntaxNode(token, "ITE", (condition, then, self.expression()))

    def user_call(self, production: UserProduction) -> SyntaxNode:
        token = self._cursor.peek()
        texts, order = split_template(production.template)
        args: dict[int, SyntaxNode] = {}
        for text, position in zip(texts, [*order, None], strict=True):
            self._cursor.expect(*(word.text for word in tokenize(text)[:-1]))
            if position is not None:
                args[position] = self.expression()
        return SyntaxNode(token, production.label, tuple(args[i] for i in sorted(args)))

    def call(self) -> SyntaxNode:
        token = self._cursor.next()
        if token.text == Affine.symbol:
            return self.affine(token)
        if token.text == Input.symbol:
            return SyntaxNode(token, token.text)
        if token.text == OneVsRest.symbol:
            return self.one_vs_rest(token)
        label = token.text + self.options()
        self._cursor.expect("(", after=label)
        if token.text == Constant.symbol:
            rows = self.rows(self.number)
            self._cursor.expect(")")
            return SyntaxNode(token, label, rows=rows)
        args = [self.expression()]
        if token.text == TemporalFilter.symbol:
            return SyntaxNode(token, label, tuple(args), numbers=self.filter_numbers(label))
        initial: tuple[Row, ...] = ()
        while self._cursor.accept(","):
            if token.text == Fold.symbol:
                self._cursor.expect(INITIAL, "=", after="the body of Fold")
                initial = self.initial()
                break
            args.append(self.expression())
        self._cursor.expect(")")
        return SyntaxNode(token, label, tuple(args), initial)

    def options(self) -> str:
        if not self._cursor.accept("["):
            return ""
        words = [self._cursor.expect_kind(["name", "number"], "a window").text]
        if self._cursor.accept("/"):
            words[0] += "/" + self._cursor.expect_kind(["number"], "the number of parts").text
        while self._cursor.accept(","):
            words.append(self._cursor.expect_kind(["name"], "an option").text)
        self._cursor.expect("]")
        return f"[{','.join(words)}]"

    def affine(self, token: Token) -> SyntaxNode:
        self._cursor.expect("[", after=token.text)
        group = self._cursor.expect_kind(["name", "string"], "the name of a feature group")
        self._cursor.expect("]")
        self._cursor.expect("(", after=f"Affine[{format_name(group.text)}]")
        rows = self.rows(self.sum)
        self._cursor.expect(")")
        return SyntaxNode(token, f"{Affine.symbol}[{group.text}]", rows=rows)

    def one_vs_rest(self, token: Token) -> SyntaxNode:
        self._cursor.expect("(", after=token.text)
        rows: list[Row] = []
        args: list[SyntaxNode] = []
        while not args or self._cursor.accept(","):
            start = self._cursor.peek()
            rows.append(Row(start, self.output_name(), ()))
            self._cursor.expect(":", after="the name of an output")
            args.append(self.expression())
        self._cursor.expect(")")
        return SyntaxNode(token, token.text, tuple(args), tuple(rows))

    def filter_numbers(self, label: str) -> tuple[float, ...]:
        numbers = []
        for name in TemporalFilter.parameters:
            if not self._cursor.accept(","):
                fail(self._cursor.peek(), f"', {name}=...', which {label} needs")
            self._cursor.expect(name, "=")
            (term,) = self.number()
            numbers.append(term.factor)
        self._cursor.expect(")")
        return tuple(numbers)

    def initial(self) -> tuple[Row, ...]:
        if not self._cursor.accept("("):
            return (Row(self._cursor.peek(), None, self.number()),)
        rows = self.rows(self.number)
        self._cursor.expect(")")
        return rows

    def rows(self, read: Callable[[], tuple[Term, ...]]) -> tuple[Row, ...]:
        rows = [self.row(read)]
        while self._cursor.accept(","):
            rows.append(self.row(read))
        return tuple(rows)

    def row(self, read: Callable[[], tuple[Term, ...]]) -> Row:
        start, colon = self._cursor.peek(), self._cursor.peek(1)
        if colon.kind != "symbol" or colon.text != ":":
            return Row(start, None, read())
        output = self.output_name()
        self._cursor.expect(":")
        return Row(start, output, read())

    def output_name(self) -> Token:
        return self._cursor.expect_kind(["name", "string", "number"], "the name of an output")

    def sum(self) -> tuple[Term, ...]:
        terms = [self.term(-1.0 if self._cursor.accept("-") else 1.0)]
        while self._cursor.at("+") or self._cursor.at("-"):
            terms.append(self.term(-1.0 if self._cursor.next().text == "-" else 1.0))
        return tuple(terms)

    def term(self, sign: float) -> Term:
        token = self._cursor.peek()
        if not self._at_number():
            return self.variable(token, sign)
        factor = sign * float(self._cursor.next().text)
        return self.variable(token, factor) if self._cursor.accept("*") else Term(token, factor)

    def variable(self, token: Token, factor: float) -> Term:
        if self._cursor.accept("("):
            return self.difference(token, factor)
        variable = self._cursor.expect_kind(["name", "string"], "a number or a feature")
        output = None
        if Term(token, factor, variable).is_previous and self._cursor.accept("["):
            output = self.output_name()
            self._cursor.expect("]")
        return Term(token, factor, variable, output)

    def difference(self, token: Token, factor: float) -> Term:
        variable = self._cursor.expect_kind(["name", "string"], "a feature")
        if Term(token, factor, variable).is_previous:
            fail(variable, "a feature, from which a number is taken")
        if not (self._cursor.at("+") or self._cursor.at("-")):
            fail(self._cursor.peek(), "'-' or '+', and a number")
        sign = 1.0 if self._cursor.next().text == "-" else -1.0
        offset = sign * float(self._cursor.expect_kind(["number"], "a number").text)
        self._cursor.expect(")")
        return Term(token, factor, variable, offset=offset)

    def number(self) -> tuple[Term, ...]:
        token = self._cursor.peek()
        sign = -1.0 if self._cursor.accept("-") else 1.0
        if not self._at_number():
            fail(self._cursor.peek(), "a number")
        return (Term(token, sign * float(self._cursor.next().text)),)

    def _at_number(self) -> bool:
        token = self._cursor.peek()
        return token.kind == "number" or (token.kind == "name" and token.text in NOT_FINITE)


def _by_first_word(productions: Iterable[UserProduction]) -> dict[str, UserProduction]:
    table: dict[str, UserProduction] = {}
    for production in productions:
        first = tokenize(production.template)[0].text
        if first in table:
            raise ValueError(
                f"The templates of {table[first].label!r} and {production.label!r} both start "
                f"with {first!r}, so that programs with them can't be told apart; change one."
            )
        table[first] = production
    return table
