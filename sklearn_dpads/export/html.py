"""A program as a page of its own: its tree, its parts, and traces of some sequences."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..grammar import (
    LIST_TO_LIST,
    Production,
)
from ..inputs.files import write_atomically
from ..inputs.sequences import check_sequences
from ..program.expression import Array
from ..program.text import (
    column_names,
    output_names,
)
from ..program.trace import Trace
from ..program.trace_text import (
    decision_names,
    frames_seen,
    output_meaning,
)
from .html_script import PAGE_SCRIPT
from .html_style import PAGE_STYLE
from .html_tree import PROGRAM_STYLE, program_heading, tree

if TYPE_CHECKING:
    from ..program.program import Program


def write_html(
    program: Program,
    path: str | os.PathLike[str],
    X: ArrayLike | Sequence[ArrayLike] | None,
    y: Any,
    max_samples: int,
) -> Path:
    """Write a page; :meth:`Program.to_html` tells the parameters."""
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {target.parent}; make it first.")
    if isinstance(max_samples, bool) or not isinstance(max_samples, int) or max_samples < 1:
        raise ValueError(f"max_samples must be a positive integer; got {max_samples!r}.")
    if X is None and y is not None:
        raise ValueError("y tells the classes of sequences; give them as X, too.")
    data = None if X is None else _data(program, X, y, max_samples)
    # A name may hold half of a pair of code units, which UTF-8 can't say; it is written out.
    return write_atomically(target, page(program, data).encode("utf-8", "backslashreplace"))


def page(program: Program, data: dict[str, Any] | None) -> str:
    """Give the text of a page; it refers to nothing outside itself.

    The policy in its head lets a browser run the script of this module alone, by its
    checksum, and load nothing.
    """
    style = PAGE_STYLE + PROGRAM_STYLE.replace("#ROOT", "#program")
    script = "" if data is None else PAGE_SCRIPT
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_checksum(style)}'; "
        f"script-src '{_checksum(script)}'; base-uri 'none'; form-action 'none'"
    )
    title = "A program that classifies sequences"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{program_heading(program)}
{"" if data is None else _controls(data)}
<main class="columns{"" if data is None else " two"}">
<section aria-labelledby="program-heading">
<h2 id="program-heading">The program</h2>
<div id="program">{tree(program)}</div>
<details><summary>as text</summary><pre>{escape(program.to_text())}</pre></details>
{"" if data is None else _BELOW_PROGRAM}
</section>
{"" if data is None else _CHARTS}
</main>
{"" if data is None else _data_element(data)}
{"" if data is None else f"<script>{script}</script>"}
</body>
</html>
"""


_BELOW_PROGRAM = """
<h2 id="chosen-heading">The chosen part</h2>
<div id="chosen"></div>
<h2>What each feature brings</h2>
<p class="soft">The output after the chosen frame, split into a baseline and a contribution of each
feature. The baseline is what the branches taken give on the mean frame of these sequences. A
condition brings nothing: it decides which branch is taken.</p>
<div class="scroll"><table id="contributions"></table></div>
"""

_CHARTS = """
<section aria-labelledby="charts-heading">
<h2 id="charts-heading">At work, frame by frame</h2>
<p class="soft">Move the mouse over the curves, or use <kbd>←</kbd> <kbd>→</kbd> here, to choose a
frame, and <kbd>↑</kbd> <kbd>↓</kbd> for another sequence.</p>
<div id="charts" tabindex="0" role="group" aria-labelledby="charts-heading"></div>
</section>
<svg id="namespace" width="0" height="0" aria-hidden="true"></svg>
"""


def _controls(data: dict[str, Any]) -> str:
    n_samples, n_given = len(data["samples"]), data["nGiven"]
    left_out = ""
    if n_samples < n_given:
        left_out = f'<p class="soft">The first {n_samples} of {n_given} sequences.</p>'
    button = ""
    if any("1" in (sample["wrong"] or "") for sample in data["samples"]):
        button = '<button id="next-wrong" type="button">next wrong one</button>'
    return f"""
<noscript>
<p>Values and curves are drawn by a script, which this browser does not run.</p>
</noscript>
{left_out}
<div class="controls">
<label for="sample">sequence</label>
<input id="sample" type="range" min="0" max="{n_samples - 1}" value="0">
<output id="sample-text" for="sample"></output>
<span>{button}</span>
<label for="frame">frame</label>
<input id="frame" type="range" min="0" max="0" value="0">
<output id="frame-text" for="frame"></output>
<span></span>
<div class="verdict" id="verdict" aria-live="polite"></div>
</div>
"""


def _data_element(data: dict[str, Any]) -> str:
    return f'<script type="application/json" id="data">{to_json(data)}</script>'


def _checksum(text: str) -> str:
    """Checksum of an inline element, as a content security policy states it."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _data(
    program: Program, X: ArrayLike | Sequence[ArrayLike], y: Any, max_samples: int
) -> dict[str, Any]:
    checked = check_sequences(
        X,
        estimator_name="Program.to_html",
        n_features=program.n_features,
        feature_names=program.feature_names,
    )
    labels = None if y is None else _check_labels(program, y, checked.lengths.tolist())
    lengths = checked.lengths[:max_samples].tolist()
    kept = [checked.frames[i, :length] for i, length in enumerate(lengths)]
    trace = program.trace(kept, reference="mean")
    return page_data(trace, labels, checked.n_samples)


def _check_labels(program: Program, y: Any, lengths: list[int]) -> list[Any]:
    """Labels as plain Python values: one a sequence, or a list of one a frame."""
    per_frame = program.expression.signature == LIST_TO_LIST
    shape = "(n_samples, n_timesteps)" if per_frame else "(n_samples,)"
    if isinstance(y, str) or not hasattr(y, "__len__") or len(y) != len(lengths):
        raise ValueError(
            f"y must be of shape {shape}, with a label for each of {len(lengths)} sequences."
        )
    labels = [getattr(label, "tolist", lambda label=label: label)() for label in y]
    if not per_frame:
        if any(isinstance(label, list) for label in labels):
            raise ValueError(f"y must be of shape {shape}: the program has one output a sequence.")
        return labels
    for label, length in zip(labels, lengths, strict=True):
        if not isinstance(label, list | tuple) or len(label) < length:
            raise ValueError(f"y must be of shape {shape}: the program has one output a frame.")
    return labels


_DIGITS = 5


def page_data(trace: Trace, labels: Sequence[Any] | None, n_given: int) -> dict[str, Any]:
    """Gather what a page shows of traced sequences.

    Parameters
    ----------
    trace : Trace
        The sequences to embed.
    labels : sequence or None
        True class of each sequence, or of each frame of each sequence for a program of
        list->list.
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
        "samples": _samples(trace, features, labels),
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
    trace: Trace, features: list[int], labels: Sequence[Any] | None
) -> list[dict[str, Any]]:
    contributions, baseline = trace.contribution_history, trace.baseline_history
    remainder, decisions, settled = trace.remainder_history, trace.decision_history, trace.settled
    samples = []
    for i, length in enumerate(trace.sequences.lengths.tolist()):
        label = None if labels is None else labels[i]
        samples.append(
            {
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
    """What is true, as texts, and which decisions are wrong, where that can be told."""
    if label is None:
        return {"truth": None, "wrong": None}
    per_frame = trace.program.expression.signature == LIST_TO_LIST
    truths = list(label)[: len(decisions)] if per_frame else [label]
    decided = decisions if per_frame else decisions[-1:]
    classes = trace.program.classes
    wrong = None
    if classes is not None:
        pairs = zip(decided, truths, strict=True)
        wrong = "".join("1" if classes[code] != truth else "0" for code, truth in pairs)
    return {"truth": [str(truth) for truth in truths], "wrong": wrong}


def _rows(values: Array) -> list[list[float | None]]:
    """One list for each column of values of shape (n_frames, n_columns)."""
    return [[_rounded(value) for value in column] for column in values.T.tolist()]


def _rounded(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None


def _bits(mask: NDArray[np.bool_]) -> str:
    return "".join("1" if one else "0" for one in mask.tolist())
