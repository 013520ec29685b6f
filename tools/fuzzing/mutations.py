"""Valid files, changed at random: bytes, words, nodes of JSON and members of archives.

All that is random comes from a generator that is passed in, so that a seed gives the same files.
"""

from __future__ import annotations

import copy
import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Change = Callable[[Random, bytes], bytes]

# More than this takes its time to be read, and finds nothing that less doesn't.
MOST_BYTES = 2**16

_NUMBERS = [
    *("0", "-1", "1", "2", "-0.0", "1e308", "1e-320", "1e400", "-1e400", "NaN", "Infinity", "inf"),
    *(
        "9" * 25,
        "9" * 5000,
        "2147483648",
        "9223372036854775808",
        "1000000",
        "999999999",
        "0.5",
        "1e5",
    ),
]
_TEXTS = ["", "x0", "all", "previous", 'a"b\\', "\x00", "\ud800", "\u202e", "ω", "a\nb", "x" * 3000]
_NESTING = [(b"[", b"]"), (b'{"a":', b"}"), (b"(", b")"), (b"Multiply(Constant(1), ", b")")]
_JSON_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 2, 10**6, 10**30, 10**400, 0.5, 1e308, 5e-324, [], {}, [[]], [0]),
    *([[0.0]], [None], {"symbol": "Map"}, *_TEXTS),
]
_WORD = re.compile(rb"\w+|\s+|[^\w\s]")
_NUMBER = re.compile(rb"\d+(?:\.\d+)?")


def mutate(
    rng: Random, data: bytes, others: Sequence[bytes], own: Sequence[Change], words: Sequence[bytes]
) -> bytes:
    """Change a file once or a few times.

    Parameters
    ----------
    rng : Random
        Source of all randomness.
    data : bytes
        The file.
    others : sequence of bytes
        Files whose parts may be taken over.
    own : sequence of callable
        Changes that know the format.
    words : sequence of bytes
        Words of the language.
    """
    general: list[Change] = [
        _flip,
        _cut,
        _repeat,
        _number,
        _nest,
        lambda rng, data: _word(rng, data, words),
        _exchange_words,
        lambda rng, data: _splice(rng, data, rng.choice(others)),
    ]
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        # Most changes leave the format whole, so that they get past its reader.
        changes = own if own and rng.random() < 0.7 else general
        data = rng.choice(changes)(rng, data)
    return data[:MOST_BYTES]


def _span(rng: Random, size: int) -> tuple[int, int]:
    """Draw a part of what has this size, short ones more often."""
    start = rng.randint(0, size)
    return start, min(size, start + rng.choice([1, 1, 2, 4, 16, 64, size]))


def _flip(rng: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 3])):
        if changed:
            place = rng.randrange(len(changed))
            changed[place] = rng.choice([changed[place] ^ 1 << rng.randrange(8), 0, 255, 34])
    return bytes(changed)


def _cut(rng: Random, data: bytes) -> bytes:
    start, end = _span(rng, len(data))
    return data[:start] + data[end:]


def _repeat(rng: Random, data: bytes) -> bytes:
    start, end = _span(rng, len(data))
    return data[:end] + data[start:end] * rng.choice([1, 1, 2, 50, 500]) + data[end:]


def _number(rng: Random, data: bytes) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + rng.choice(_NUMBERS).encode() + data[match.end() :]


def _nest(rng: Random, data: bytes) -> bytes:
    opening, closing = rng.choice(_NESTING)
    start, end = _span(rng, len(data))
    depth = rng.choice([1, 5, 90, 110, 300, 3000])
    return data[:start] + opening * depth + data[start:end] + closing * depth + data[end:]


def _word(rng: Random, data: bytes, words: Sequence[bytes]) -> bytes:
    found = list(_WORD.finditer(data))
    given = [*words, *(text.encode("utf-8", "replace") for text in _TEXTS)]
    if not found:
        return rng.choice(given)
    match = rng.choice(found)
    start = rng.choice([match.start(), match.end()])
    return data[:start] + rng.choice(given) + data[match.end() :]


def _exchange_words(rng: Random, data: bytes) -> bytes:
    found = _WORD.findall(data)
    if len(found) > 1:
        i, j = rng.randrange(len(found)), rng.randrange(len(found))
        found[i], found[j] = found[j], found[i]
    return b"".join(found)


def _splice(rng: Random, data: bytes, other: bytes) -> bytes:
    start, end = _span(rng, len(data))
    of_other = _span(rng, len(other))
    return data[:start] + other[slice(*of_other)] + data[end:]


def change_json(rng: Random, data: bytes) -> bytes:
    """Change a node of JSON: its value, its key, its place, or how often it is there."""
    try:
        root = json.loads(data)
    except (ValueError, RecursionError):
        return data
    holder = {"root": root}
    places = _places(holder)
    where, key = rng.choice(places)
    kind = rng.randrange(6)
    if kind <= 1:
        where[key] = copy.deepcopy(rng.choice(_JSON_VALUES))
    elif kind == 2:
        other, its_key = rng.choice(places)
        where[key] = other[its_key]
    elif kind == 3 and where is not holder:
        del where[key]
    elif kind == 4 and isinstance(where, dict) and where is not holder:
        where[rng.choice([*_TEXTS, "digits", "of", "on"])] = where.pop(key)
    elif isinstance(where, list):
        where[key:key] = [where[key]] * rng.choice([1, 2, 200])
    # A node that was put into itself has no end, and a deep one can't be written.
    try:
        text = json.dumps(holder["root"], ensure_ascii=rng.random() < 0.5)
    except (ValueError, RecursionError):
        return data
    return text.encode("utf-8", "surrogatepass")


def _places(holder: dict[str, Any]) -> list[tuple[Any, Any]]:
    """All nodes, as what holds them and the key or index there."""
    found: list[tuple[Any, Any]] = []
    waiting: list[Any] = [holder]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        for key in keys:
            found.append((node, key))
            if isinstance(node[key], dict | list):
                waiting.append(node[key])
    return found


_TERM = re.compile(rb"\w+(?:\[[^\]]*\])?|\d[\d.e+-]*")


def change_text(rng: Random, data: bytes) -> bytes:
    """Put one part of a program or a grammar into the place of another, brackets closed."""
    parts = _terms(data)
    if not parts:
        return data
    start, end = rng.choice(parts)
    other = data[slice(*rng.choice(parts))]
    kind = rng.randrange(4)
    if kind == 0:
        return data[:start] + data[end:]
    if kind == 1:
        return data[:start] + b"Add(" + data[start:end] + b", " + other + b")" + data[end:]
    return data[:start] + other + data[end:]


def _terms(data: bytes) -> list[tuple[int, int]]:
    """Where words stand, with their options and arguments."""
    closed: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer(rb"[()]", data):
        if match.group() == b"(":
            opened.append(match.start())
        elif opened:
            closed[opened.pop()] = match.end()
    words = [match.span() for match in _TERM.finditer(data)]
    return [(start, closed.get(end, end)) for start, end in words]


def change_archive(rng: Random, data: bytes) -> bytes:
    """Change a member of an archive, which then has the right checksum, or its name."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [[info.filename, archive.read(info)] for info in archive.filelist]
    # zipfile raises errors of many kinds where a file is damaged.
    except Exception:
        return data
    if not members:
        return data
    member = rng.choice(members)
    kind = rng.randrange(6)
    if kind <= 3:
        member[1] = change_array(rng, member[1])
    elif kind == 4:
        member[0] = rng.choice(["X.npy", "y.npy", "y", "../X.npy", "feature_names.npy", ""])
    else:
        members.append([member[0], rng.choice(members)[1]])
    buffer = io.BytesIO()
    # Two members of one name are warned of, and are what some of these archives are to have.
    with (
        warnings.catch_warnings(action="ignore"),
        zipfile.ZipFile(buffer, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as out,
    ):
        for name, content in members:
            out.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def change_array(rng: Random, data: bytes) -> bytes:
    """Change the header of an array, which is text that numpy evaluates, or what comes after it."""
    header, body = data[10:128], data[128:]
    if rng.random() < 0.3:
        return data[:128] + rng.choice([_flip, _flip, _cut, _repeat])(rng, body)
    changed = rng.choice([_flip, _number, _exchange_words, _cut, *[_header_word] * 3])(rng, header)
    length = len(changed) + rng.choice([0, 0, 0, 0, 1, -1])
    return data[:8] + max(0, length).to_bytes(2, "little") + changed + body


_HEADER_WORDS = [
    *("'<f8'", "'>f4'", "'<i8'", "'<U3'", "'|S2'", "'|b1'", "'<c16'", "'|O'", "'<M8[ns]'", "'|V8'"),
    *("'<f2'", "'<u8'", "'<U0'", "[('a', '<f8')]", "('<f8', (2,))", "'<m8[D]'", "'<g'", "'q'"),
    *("(8, 4, 2)", "(64,)", "(0,)", "()", "(-1, 2)", "(4, 16)", "(0, 4, 2)", "(8, 0, 2)", "(8, 8)"),
    *("True", "False", "None", "(1,) * 40", "{}"),
]


def _header_word(rng: Random, data: bytes) -> bytes:
    found = list(re.finditer(rb"'[<>|]\w+'|\([\d, ]*\)|True|False", data))
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + rng.choice(_HEADER_WORDS).encode() + data[match.end() :]


def change_table(rng: Random, data: bytes) -> bytes:
    """Change a cell, a row or a column of a table."""
    rows = [row.split(b",") for row in data.split(b"\n")]
    row = rng.choice(rows)
    kind = rng.randrange(6)
    column = rng.randrange(len(row))
    if kind <= 1:
        row[column] = rng.choice(
            [*_NUMBERS[:14], *_TEXTS, '"', "1,5", "None", "NA", "-", " 1"]
        ).encode("utf-8", "replace")
    elif kind == 2:
        rows.remove(row)
    elif kind == 3:
        rows.insert(rng.randint(0, len(rows)), list(row))
    elif kind == 4:
        for one in rows:
            del one[column : column + 1]
    else:
        cells = rng.choice([b"", b"0", b"1e308", b"a", b"2020-01-01", b"9:58", b"True"])
        for one in rows[1:]:
            if len(one) > column:
                one[column] = cells
    return b"\n".join(b",".join(row) for row in rows)
