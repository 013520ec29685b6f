"""A program as a page of its own: its tree, its parts, and traces of some sequences."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from ..grammar import LIST_TO_LIST
from ..inputs.files import write_atomically
from ..inputs.sequences import check_sequences
from .assets import page_script, page_style, program_style
from .html_data import page_data, to_json
from .html_tables import SHOW_NUMBERS
from .html_tree import program_heading, tree

if TYPE_CHECKING:
    from ..program.intervals import ProgramIntervals
    from ..program.program import Program


def write_html(
    program: Program,
    path: str | os.PathLike[str],
    X: ArrayLike | Sequence[ArrayLike] | None,
    y: Any,
    max_samples: int,
    intervals: ProgramIntervals | None = None,
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
    text = page(program, data, intervals)
    return write_atomically(target, text.encode("utf-8", "backslashreplace"))


def page(
    program: Program, data: dict[str, Any] | None, intervals: ProgramIntervals | None = None
) -> str:
    """Give the text of a page; it refers to nothing outside itself.

    The policy in its head lets a browser run the script of this module alone, by its
    checksum, and load nothing.
    """
    style = page_style() + program_style("#program")
    script = "" if data is None else page_script()
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_checksum(style)}'; "
        f"script-src '{_checksum(script)}'; base-uri 'none'; form-action 'none'"
    )
    title = "A program that classifies sequences"
    text = escape(program.to_text(intervals=intervals))
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
{program_heading(program, intervals)}
{"" if data is None else _controls(data)}
<main class="columns{"" if data is None else " two"}">
<section aria-labelledby="program-heading">
<h2 id="program-heading">The program</h2>
<div id="program">{tree(program, intervals)}</div>
<details><summary>as text</summary><pre>{text}</pre></details>
{"" if data is None else _BELOW_PROGRAM}
</section>
{"" if data is None else _CHARTS}
</main>
{"" if data is None else _data_element(data)}
{"" if data is None else f"<script>{script}</script>"}
</body>
</html>
"""


# Of sequences as text; with the program, script and style a page stays below a megabyte, which mail
# takes and a phone opens.
_MOST_BYTES = 900_000

_BELOW_PROGRAM = f"""
<h2 id="chosen-heading">The chosen part</h2>
<div id="chosen"></div>
<h2>What each feature brings</h2>
<p class="soft">The output after the chosen frame, split into a baseline and a contribution of each
feature. The baseline is what the branches taken give on the mean frame of these sequences. A
condition brings nothing: it decides which branch is taken.</p>
{SHOW_NUMBERS}
<div class="scroll"><table id="contributions"></table></div>
"""

_CHARTS = """
<section aria-labelledby="charts-heading">
<h2 id="charts-heading">At work, frame by frame</h2>
<p class="soft">Move the mouse over the curves, or use <kbd>←</kbd> <kbd>→</kbd> here, to choose a
frame, and <kbd>↑</kbd> <kbd>↓</kbd> for another sequence. In the program, arrows go from part to
part.</p>
<div id="charts" tabindex="0" role="group" aria-labelledby="charts-heading"></div>
</section>
<svg id="namespace" width="0" height="0" aria-hidden="true"></svg>
"""


_JUDGED = """<select id="judged" aria-label="right or wrong">
<option value="">right and wrong</option>
<option value="0">right</option>
<option value="1">wrong</option>
</select>"""


def _controls(data: dict[str, Any]) -> str:
    n_samples, n_given = len(data["samples"]), data["nGiven"]
    left_out = ""
    if n_samples < n_given:
        left_out = f'<p class="soft">{n_samples} of {n_given} sequences.</p>'
    judged = ""
    if any(sample["wrong"] is not None for sample in data["samples"]):
        judged = _JUDGED
    told = any(sample["truth"] is not None for sample in data["samples"])
    of_class = "true class" if told else "decided for"
    return f"""
<noscript>
<p>Values and curves are drawn by a script, which this browser does not run.</p>
</noscript>
{left_out}
<div class="controls">
<label for="class">{of_class}</label>
<span class="choice"><select id="class"></select>{judged}</span>
<output id="choice-text" for="class judged"></output>
<label for="sample">sequence</label>
<input id="sample" type="range" min="0" max="{n_samples - 1}" value="0">
<output id="sample-text" for="sample"></output>
<label for="frame">frame</label>
<input id="frame" type="range" min="0" max="0" value="0">
<output id="frame-text" for="frame"></output>
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
    n_shown = min(max_samples, checked.n_samples)
    while True:
        rows = _some_of_each(labels, checked.n_samples, n_shown)
        kept = [checked.frames[i, : checked.lengths[i]] for i in rows]
        trace = program.trace(kept, reference="mean")
        told = None if labels is None else [labels[i] for i in rows]
        data = page_data(trace, told, rows, checked.n_samples)
        n_fitting = _n_fitting(data)
        if n_fitting == n_shown:
            return data
        n_shown = n_fitting


def _some_of_each(labels: list[Any] | None, n_samples: int, n_shown: int) -> list[int]:
    """Choose sequences, of each class as large a share as of the others, from first to last."""
    order = list(range(n_samples))
    if labels is not None and not isinstance(labels[0], list):
        order.sort(key=lambda i: str(labels[i]))
    return sorted(order[k * n_samples // n_shown] for k in range(n_shown))


def _n_fitting(data: dict[str, Any]) -> int:
    """How many of the sequences a page has room for, at least one."""
    room, n_fitting = _MOST_BYTES, 0
    for sample in data["samples"]:
        room -= len(to_json(sample))
        n_fitting += room > 0
    return max(1, n_fitting)


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
