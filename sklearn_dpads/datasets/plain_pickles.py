"""Lists of texts out of a pickle that isn't executed.

A pickle is a program. pandas stores the names of columns as one, and a file from others may hold
any other in its place; here the few words are read that such a list is made of.
"""

from __future__ import annotations

import pickletools
from typing import Any

_MARK = object()


def read_plain(data: bytes) -> Any:
    """Read lists, tuples, texts and whole numbers.

    Parameters
    ----------
    data : bytes
        A pickle of protocol 0, which PyTables writes.

    Raises
    ------
    ValueError
        If it is no pickle, or holds anything else.

    Examples
    --------
    >>> import pickle
    >>> read_plain(pickle.dumps([(1, ["nose", "tail"])], protocol=0))
    [(1, ['nose', 'tail'])]
    """
    stack: list[Any] = []
    memory: dict[Any, Any] = {}
    try:
        for word, value, _ in pickletools.genops(data):
            if word.name == "STOP":
                return stack.pop()
            _obey(word.name, value, stack, memory)
    except (IndexError, KeyError) as error:
        raise ValueError("a list of names in it is damaged.") from error
    raise ValueError("a list of names in it has no end.")


def _obey(word: str, value: Any, stack: list[Any], memory: dict[Any, Any]) -> None:
    if word == "MARK":
        stack.append(_MARK)
    elif word in ("UNICODE", "STRING", "INT", "LONG"):
        stack.append(value)
    elif word in ("LIST", "TUPLE"):
        members = _to_mark(stack)
        stack.append(members if word == "LIST" else tuple(members))
    elif word == "APPEND":
        member = stack.pop()
        if not isinstance(stack[-1], list):
            raise ValueError("a list of names in it is damaged.")
        stack[-1].append(member)
    elif word == "PUT":
        memory[value] = stack[-1]
    elif word == "GET":
        stack.append(memory[value])
    else:
        raise ValueError(
            f"a list of names in it holds {word}, which is no text. Such a file may execute code, "
            "and isn't read."
        )


def _to_mark(stack: list[Any]) -> list[Any]:
    """Take what was pushed since the last mark."""
    members: list[Any] = []
    while (member := stack.pop()) is not _MARK:
        members.append(member)
    return members[::-1]
