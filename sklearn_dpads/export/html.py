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

from ..inputs.files import write_atomically
from .assets import page_script, page_style, program_style
from .html_data import to_json
from .html_samples import data_that_fits
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
    data = None if X is None else data_that_fits(program, X, y, max_samples)
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
    n_samples = len(data["samples"])
    left_out = f'<p class="soft">{data["leftOut"]}</p>' if data["leftOut"] else ""
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
