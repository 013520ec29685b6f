"""Names as pictures write them: in one line, no longer than there is room, and no two alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any

from ..program.text import shortened, shortened_inside, show_name

Cut = Callable[[str, int], str]

# Letters of a word before those that tell names apart, where there are no more of them.
_LONGEST_START = 8


def told_apart(names: Iterable[Any], longest: int, cut: Cut = shortened) -> list[str]:
    """Give names to write beside each other.

    Parameters
    ----------
    names : iterable
        Features, classes or parts.
    longest : int
        Characters that there is room for. Names take more where they would look alike.
    cut : callable, default=shortened
        Cuts a name, where what is left tells it from all others.

    Returns
    -------
    texts : list of str

    Examples
    --------
    >>> told_apart(["angle of the left elbow", "angle of the right elbow"], 16)
    ['angle of the le…', 'angle of the ri…']
    >>> told_apart(["median velocity of the left paw", "median velocity of the left ear"], 16)
    ['median v…eft paw', 'median v…eft ear']
    >>> told_apart([f"velocity of the {part} paw, in mm" for part in ("left", "right")], 16)
    ['veloc…left paw,…', 'veloc…right paw…']
    """
    shown = [show_name(name) for name in names]
    n_different = len(set(shown))
    for limit in range(longest, max(map(len, shown), default=0)):
        for texts in (
            [cut(name, limit) for name in shown],
            [shortened_inside(name, limit) for name in shown],
            _from_where_they_differ(shown, limit),
        ):
            if len(set(texts)) == n_different:
                return texts
    return shown


def _from_where_they_differ(names: Sequence[str], longest: int) -> list[str]:
    """Cut what names have in common out of those that begin alike."""
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        alike.setdefault(shortened(name, longest), []).append(name)
    texts = {}
    for text, group in alike.items():
        letters = zip(*group, strict=False)
        n_common = sum(takewhile(bool, (len(set(of_place)) == 1 for of_place in letters)))
        common = group[0][:n_common]
        word = re.search(r"[^\W_]*$", common)
        if word is not None and len(word[0]) <= _LONGEST_START:
            common = common[: word.start()]
        for name in group:
            from_there = f"{name[: longest // 3]}…{name[len(common) :]}"
            texts[name] = text if len(group) == 1 else shortened(from_there, longest)
    return [texts[name] for name in names]
