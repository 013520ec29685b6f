"""Grammars of the four benchmarks of the dPads paper."""

from __future__ import annotations

from .grammar import Grammar
from .productions import CenteredWindowAvg

_PRESETS: dict[str, dict[str, list[int]]] = {
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


def preset_grammar(name: str) -> Grammar:
    """Build the grammar of one of the paper's four benchmarks.

    The paper's windows are the last 5 frames, the last 10, and the 5 and the 11 frames
    around a frame. Under ``MapPrefix`` a window cannot look past the prefix, so a centred
    one of w frames, cut there, is the mean of the last w // 2 + 1: ``SlideWindowAvg[3]``
    and ``SlideWindowAvg[6]`` are exactly the paper's centred windows of 5 and 11 in prefix
    form. On whole sequences, frame by frame, ``CenteredWindowAvg[5]`` and
    ``CenteredWindowAvg[11]`` look ahead inside the window.

    Parameters
    ----------
    name : {"crim13", "flyvfly", "basketball", "sk152"}
        The benchmark.

    Returns
    -------
    grammar : Grammar

    Raises
    ------
    ValueError
        If there is no preset of this name.

    References
    ----------
    Cui and Zhu, "Differentiable Synthesis of Program Architectures", NeurIPS 2021.

    Examples
    --------
    >>> from sklearn_dpads import Grammar
    >>> Grammar.preset("basketball").feature_groups["ball"]
    (0, 1)
    """
    if name not in _PRESETS:
        raise ValueError(f"{name!r} is not a preset; known are {', '.join(_PRESETS)}.")
    grammar = Grammar.default(_PRESETS[name], windows=(5, 10, 3, 6), value_windows=())
    return grammar.with_production(CenteredWindowAvg(5), CenteredWindowAvg(11))
