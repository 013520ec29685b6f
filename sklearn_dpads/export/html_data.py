"""What a page shows of traced sequences, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..grammar import LIST_TO_LIST, Production
from ..program.expression import Array
from ..program.text import column_names, output_names
from ..program.trace import Trace
from ..program.trace_text import decision_names, frames_seen, output_meaning

# Of the values that are embedded: more make the page larger, and none is shown with more.
_DIGITS = 5


def page_data(
    trace: Trace, labels: Sequence[Any] | None, rows: Sequence[int], n_given: int
) -> dict[str, Any]:
    """Gather what a page shows of traced sequences.

    Parameters
    ----------
    trace : Trace
        The sequences to embed.
    labels : sequence or None
        True class of each sequence, or of each frame of each sequence for a program of
        list->list.
    rows : sequence of int
        Their numbers among those that were given.
    n_given : int
        How many sequences there were.

    Returns
    -------
    data : dict
        Of what JSON knows; numbers are rounded to five significant digits, and None where
        they are not finite.
    """
    program = trace.program
    names = column_names(program.n_features, program.feature_names)
    features = list(trace.features_read)
    return {
        "meaning": output_meaning(program),
        "perFrame": program.expression.signature == LIST_TO_LIST,
        "decisions": list(decision_names(program)),
        "outputs": list(output_names(program.n_outputs, program.classes)),
        "features": [names[column] for column in features],
        "nGiven": n_given,
        "nodes": [
            {
                "text": node.text,
                "label": _label(node.expression.production),
                "seen": frames_seen(program.expression, node.path),
                "outputs": list(output_names(node.expression.width, program.classes)),
            }
            for node in trace.nodes
        ],
        "branches": [_branch(trace, path) for path in (branch.path for branch in trace.branches)],
        "samples": _samples(trace, features, labels, rows),
    }


def to_json(data: dict[str, Any]) -> str:
    """Write data so that it can stand in a ``script`` element of a page."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _branch(trace: Trace, path: tuple[int, ...]) -> dict[str, int]:
    """Numbers of the condition of an ``ITE`` and of its two branches among the nodes."""
    numbers = {node.path: number for number, node in enumerate(trace.nodes)}
    keys = ("condition", "then", "else")
    return {key: numbers[(*path, i)] for i, key in enumerate(keys)}


def _label(production: Production) -> str:
    return "if …" if production.branches else production.label


def _samples(
    trace: Trace, features: list[int], labels: Sequence[Any] | None, rows: Sequence[int]
) -> list[dict[str, Any]]:
    contributions, baseline = trace.contribution_history, trace.baseline_history
    remainder, decisions, settled = trace.remainder_history, trace.decision_history, trace.settled
    samples = []
    for i, length in enumerate(trace.sequences.lengths.tolist()):
        label = None if labels is None else labels[i]
        samples.append(
            {
                "number": rows[i],
                "length": length,
                "features": _rows(trace.sequences.frames[i, :length, features].T),
                "nodes": [_rows(node.values[i, :length]) for node in trace.nodes],
                "reached": [_bits(node.mask[i, :length]) for node in trace.nodes],
                "decisions": decisions[i, :length].tolist(),
                "settled": int(settled[i]),
                "contributions": [_rows(contributions[i, :length, j]) for j in features],
                "baseline": _rows(baseline[i, :length]),
                "remainder": _rows(remainder[i, :length]),
                **_truth(trace, label, decisions[i, :length]),
            }
        )
    return samples


def _truth(trace: Trace, label: Any, decisions: NDArray[Any]) -> dict[str, Any]:
    """What is true, as texts, and which decisions are wrong, where that can be told.

    What is masked has come as None, and is neither.
    """
    per_frame = trace.program.expression.signature == LIST_TO_LIST
    truths = list(label)[: len(decisions)] if per_frame and label is not None else [label]
    if all(truth is None for truth in truths):
        return {"truth": None, "wrong": None}
    decided = decisions if per_frame else decisions[-1:]
    classes = trace.program.classes
    wrong = None
    if classes is not None:
        pairs = zip(decided, truths, strict=True)
        wrong = "".join(
            " " if truth is None else "01"[classes[code] != truth] for code, truth in pairs
        )
    return {"truth": [truth if truth is None else str(truth) for truth in truths], "wrong": wrong}


def _rows(values: Array) -> list[list[float | None]]:
    """One list for each column of values of shape (n_frames, n_columns)."""
    return [[_rounded(value) for value in column] for column in values.T.tolist()]


def _rounded(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None


def _bits(mask: NDArray[np.bool_]) -> str:
    return "".join("1" if one else "0" for one in mask.tolist())
