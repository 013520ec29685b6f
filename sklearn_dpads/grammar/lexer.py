"""Tokens of the two texts of this package, grammars and programs, and a cursor over them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NoReturn

# Characters of a word that a message shows.
_MOST_SHOWN = 200
_NAME = r"[^\W\d]\w*"
_TOKEN = re.compile(
    rf"""
      (?P<name>{_NAME})
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<symbol>::=|->|→|>=|\S)
    """,
    re.VERBOSE,
)

TokenKind = Literal["name", "number", "string", "symbol", "end"]


@dataclass(frozen=True)
class Token:
    """A word of a text.

    Parameters
    ----------
    kind : {"name", "number", "string", "symbol", "end"}
        What the word is.
    text : str
        The word; for a string, what stands between the quotes.
    line, column : int
        Where it starts, counted from 1.
    """

    kind: TokenKind
    text: str
    line: int
    column: int

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the text"
        text = json.dumps(self.text) if self.kind == "string" else f"'{self.text}'"
        return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def is_name(text: str) -> bool:
    """Whether a text is a name that needs no quotes, words of a language aside."""
    return re.fullmatch(_NAME, text) is not None


def quote(text: str) -> str:
    """Give a text between double quotes, as the lexer reads it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens, the last of kind ``"end"``.

    Raises
    ------
    ValueError
        Where a quoted name is not closed or holds an unknown escape.
    """
    tokens: list[Token] = []
    line, start, position = 1, 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            if text[position] == "\n":
                line, start = line + 1, position + 1
            position += 1
            continue
        tokens.append(_token(match, line, position - start + 1))
        position = match.end()
    tokens.append(Token("end", "", line, position - start + 1))
    return tokens


def _token(match: re.Match[str], line: int, column: int) -> Token:
    text = match.group()
    if match.lastgroup == "name":
        return Token("name", text, line, column)
    if match.lastgroup == "number":
        return Token("number", text, line, column)
    if match.lastgroup == "string":
        try:
            return Token("string", json.loads(text), line, column)
        except json.JSONDecodeError as error:
            fail(Token("symbol", text, line, column), f"a quoted name ({error.msg})")
    if text == '"':
        fail(Token("symbol", text, line, column), "a quoted name closed on the same line")
    return Token("symbol", "->" if text == "→" else text, line, column)


def fail(token: Token, expected: str) -> NoReturn:
    """Raise ValueError that names a token, where it stands, and what belongs there."""
    raise ValueError(
        f"Line {token.line}, column {token.column}: found {token}, expected {expected}."
    )


def reject(token: Token, why: str) -> NoReturn:
    """Raise ValueError that names a token, where it stands, and what is wrong with it."""
    raise ValueError(f"Line {token.line}, column {token.column}: {token} {why}.")


@contextmanager
def placed(token: Token) -> Iterator[None]:
    """Let errors about what a token says begin with where it stands."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"Line {token.line}, column {token.column}: {error}") from error


class Cursor:
    """A position in a list of tokens.

    Parameters
    ----------
    text : str
        The text to read.
    """

    def __init__(self, text: str) -> None:
        self._tokens = tokenize(text)
        self._position = 0

    def peek(self, ahead: int = 0) -> Token:
        """Give a token without moving."""
        return self._tokens[min(self._position + ahead, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Give the token and move past it."""
        token = self.peek()
        self._position += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next tokens are these words, none of them quoted."""
        return all(_is(self.peek(i), text) for i, text in enumerate(texts))

    def accept(self, *texts: str) -> bool:
        """Move past these words where they are next, and tell whether they were."""
        if not self.at(*texts):
            return False
        self._position += len(texts)
        return True

    def expect(self, *texts: str, after: str = "") -> None:
        """Move past these words.

        Raises
        ------
        ValueError
            If another token is found.
        """
        for text in texts:
            if not self.accept(text):
                fail(self.peek(), f"'{text}'" + (f" after {after}" if after else ""))

    def expect_kind(self, kinds: Iterable[TokenKind], expected: str) -> Token:
        """Give the token and move past it, if it is of one of these kinds."""
        if self.peek().kind not in kinds:
            fail(self.peek(), expected)
        return self.next()


def _is(token: Token, text: str) -> bool:
    return token.text == text and token.kind not in ("string", "end")
