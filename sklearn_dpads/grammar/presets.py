"""What the grammars that the package knows by name are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .base import SIGNATURES, Production
from .productions import (
    ITE,
    Add,
    Affine,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
)
from .readers import SLIDE_WINDOWS, CenteredWindowAvg, SlideWindow, SlideWindowAvg
from .spans import Part


def with_rules(
    readers: Iterable[Production], groups: Mapping[str, tuple[int, ...]]
) -> tuple[Production, ...]:
    """Give the productions of the paper's language, with some readers and feature groups.

    As in the paper's grammar and its figure, sums and products are there for every signature.
    """
    rules: list[Production] = [Map(), MapPrefix(), Fold(), *readers]
    rules += [kind(signature) for kind in (ITE, Add, Multiply) for signature in SIGNATURES]
    rules += [Affine(name, columns) for name, columns in groups.items()]
    return (*rules, Constant(), Input())


# Chosen on six divisions of the training parts of six sets, for the F1 of sums of up to five
# readers (benchmarks/readers.py). Means alone of 5 and 10 frames, thirds and all frames have 0.844
# on average; with the deviation, extremes and change of all frames 0.886; of thirds, too, 0.895.
# Fifths in place of thirds have 0.002 less, Delta beside them no more, and windows of each fifth of
# the length bring nothing beside parts.
_WINDOWS = (5, 10)
_PARTS = (Part(1, 3), Part(2, 3), Part(3, 3))
_STATISTICS = ("Std", "Max", "Min", "Change")


def default_readers() -> tuple[Production, ...]:
    """Give the readers of the default grammar."""
    return (
        *(SlideWindowAvg(span) for span in (*_WINDOWS, *_PARTS, None)),
        SlideWindowAvg(None, "values"),
        *(SLIDE_WINDOWS[name](span) for name in _STATISTICS for span in (*_PARTS, None)),
    )


def preset_readers() -> tuple[Production, ...]:
    """Give the readers of the paper's four benchmarks; see :meth:`Grammar.preset`."""
    windows = (SlideWindowAvg(window) for window in (5, 10, 3, 6))
    return (*windows, CenteredWindowAvg(5), CenteredWindowAvg(11))


def windows_for(n_timesteps: int) -> tuple[int, ...]:
    """Give the windows that suit sequences of a length.

    Parameters
    ----------
    n_timesteps : int
        Frames of a typical sequence.

    Returns
    -------
    windows : tuple of int
        The paper's 5 and 10 frames, or those of half of the length where it has no more.

    Examples
    --------
    >>> from sklearn_dpads.grammar.presets import windows_for
    >>> windows_for(50), windows_for(8)
    ((5, 10), (4, 5))
    """
    suited = (w if w < n_timesteps else n_timesteps // 2 for w in _WINDOWS)
    return tuple(sorted({w for w in suited if w > 1}))


def suited(productions: Iterable[Production], n_timesteps: int) -> tuple[Production, ...]:
    """Give the productions with each reader of the last frames for the windows of a length."""
    windows = windows_for(n_timesteps)
    found: dict[Production, None] = {}
    for production in productions:
        if isinstance(production, SlideWindow) and isinstance(production.window, int):
            found |= {replace(production, window=window): None for window in windows}
        else:
            found[production] = None
    return tuple(found)


PRESETS: dict[str, dict[str, list[int]]] = {
    "crim13": {
        "position": [0, 1, 2, 3],
        "distance": [4],
        "distance_change": [5],
        "angle": [6, 7, 10],
        "angle_change": [8, 9],
        "velocity": [11, 12, 13, 14],
        "acceleration": [15, 16, 17, 18],
    },
    "flyvfly": {
        "linear": [17, 25],
        "angular": [18, 26, 27],
        "positional": [24, 28],
        "ratio": [22, 23],
        "wing": [19, 20, 21],
    },
    "basketball": {
        "ball": [0, 1],
        "offense": list(range(2, 12)),
        "defense": list(range(12, 22)),
    },
    "sk152": {
        "arms": [3 * joint + axis for joint in range(2, 8) for axis in range(3)],
        "legs": [
            3 * joint + axis for joint in (*range(8, 15), *range(19, 25)) for axis in range(3)
        ],
        "face": [3 * joint + axis for joint in (0, 1, *range(15, 19)) for axis in range(3)],
    },
}
