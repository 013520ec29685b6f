"""What a program does on one sequence, frame by frame: a panel for each feature and condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..grammar import LIST_TO_LIST
from ..program import BranchTrace, Expression, Program, Trace
from ..program.numbers import NumberTexts
from ..program.text import format_part, shortened_inside, show_name
from ..program.trace_text import decision_names, frames_seen, output_meaning
from .classes import TWO_CLASSES, class_colors
from .drawing import LINE
from .names import told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOTE = "#6b6b6b"
_GATE = {True: ("#3b75af", "#d6e6f4"), False: ("#b5651d", "#fde6cf")}
_NOT_ASKED = "#ededed"
_DIGITS = 3
LONGEST_TITLE = 92
_LONGEST_SIDE_LABEL = 28


def used_features(trace: Trace, sample: int, most: int) -> tuple[list[int], int]:
    """Columns that the program reads, those that move its output most.

    Returns
    -------
    columns : list of int
        At most `most`, in the order of the columns.
    n_left_out : int
        How many more the program reads.
    """
    if not trace.features_read:
        return [], 0
    columns = np.array(trace.features_read)
    history = trace.contribution_history[sample, trace.mask[sample]]
    moves = np.ptp(np.nan_to_num(history), axis=0).max(axis=-1)[columns]
    kept = np.sort(columns[np.argsort(-moves, kind="stable")[:most]])
    return kept.tolist(), len(columns) - len(kept)


def draw_feature(ax: Axes, trace: Trace, sample: int, column: int, name: str) -> None:
    """Draw a feature over the frames."""
    n_frames = trace.sequences.lengths[sample]
    values = trace.sequences.frames[sample, :n_frames, column]
    ax.plot(values, color=LINE, linewidth=1.1, **_points(n_frames))
    _give_room(ax, values, _deviation(trace.program, column))
    _finish(ax, name, n_frames)


def draw_gate(ax: Axes, trace: Trace, sample: int, branch: BranchTrace) -> None:
    """Draw a condition over the frames, shaded by the branch that is taken."""
    n_frames = trace.sequences.lengths[sample]
    condition = branch.condition[sample, :n_frames]
    asked, taken = branch.mask[sample, :n_frames], branch.taken[sample, :n_frames]
    states = np.where(asked, taken.astype(int), -1)
    for first, last, state in _runs(states):
        color = _NOT_ASKED if state == -1 else _GATE[bool(state)][1]
        ax.axvspan(first - 0.5, last + 0.5, color=color, linewidth=0, zorder=0)
        if state == -1 and last - first + 1 >= 0.12 * n_frames:
            ax.text(
                (first + last) / 2,
                0.06,
                "not asked",
                transform=ax.get_xaxis_transform(),
                ha="center",
                fontsize="x-small",
                color=NOTE,
            )
    ax.axhline(0, color=NOTE, linewidth=0.8, zorder=1)
    ax.plot(condition, color=LINE, linewidth=1.1, zorder=2, **_points(n_frames))
    _include_zero(ax, condition)
    node = next(node for node in trace.nodes if node.path == branch.path)
    then, other = (_label(argument) for argument in node.expression.args[1:])
    above, below = _around_zero(ax)
    names = told_apart([f"≥ 0: {then}", f"else: {other}"], _LONGEST_SIDE_LABEL)
    colors = (_GATE[True][0], _GATE[False][0])
    _side_labels(ax, list(zip(names, (above, below), colors, strict=True)))
    seen = frames_seen(trace.program.expression, branch.path)
    seen = f", {seen}" if seen else ""
    condition_text = _text(trace, node.expression.args[0])
    title = shortened_inside(f"if {condition_text}", LONGEST_TITLE - len(seen)) + f" ≥ 0{seen}"
    _finish(ax, title, n_frames)


def draw_output(ax: Axes, trace: Trace, sample: int) -> None:
    """Draw the output after each frame, and what it decides for."""
    n_frames = int(trace.sequences.lengths[sample])
    values = trace.output_history[sample, :n_frames]
    names = [show_name(name) for name in decision_names(trace.program)]
    decisions = trace.decision_history[sample, :n_frames]
    if values.shape[-1] == 1:
        _draw_log_odds(ax, values[:, 0], decisions, names)
    else:
        _draw_scores(ax, values, decisions, names)
    per_frame = trace.program.expression.signature == LIST_TO_LIST
    title = f"output {'for' if per_frame else 'after'} each frame: {output_meaning(trace.program)}"
    _finish(ax, title, n_frames)
    if not per_frame:
        _mark_settled(ax, int(trace.settled[sample]), names[decisions[-1]])


def _draw_log_odds(
    ax: Axes, values: NDArray[Any], decisions: NDArray[Any], names: Sequence[str]
) -> None:
    for first, last, code in _runs(decisions):
        color = TWO_CLASSES[code]
        ax.axvspan(first - 0.5, last + 0.5, color=color, alpha=0.13, linewidth=0, zorder=0)
    ax.axhline(0, color=NOTE, linewidth=0.8, zorder=1)
    ax.plot(values, color=LINE, linewidth=1.6, zorder=3, **_points(len(values)))
    _include_zero(ax, values)
    above, below = _around_zero(ax)
    texts = told_apart([f"> 0: {names[1]}", f"≤ 0: {names[0]}"], _LONGEST_SIDE_LABEL)
    _side_labels(ax, list(zip(texts, (above, below), TWO_CLASSES[::-1], strict=True)))


def _draw_scores(
    ax: Axes, values: NDArray[Any], decisions: NDArray[Any], names: Sequence[str]
) -> None:
    colors = class_colors(len(names))
    for first, last, code in _runs(decisions):
        ax.axvspan(first - 0.5, last + 0.5, color=colors[code], alpha=0.13, linewidth=0, zorder=0)
    for scores, color in zip(values.T, colors, strict=True):
        ax.plot(scores, color=color, linewidth=1.6, zorder=3, **_points(len(scores)))
    low, high = ax.get_ylim()
    texts = told_apart(names, _LONGEST_SIDE_LABEL)
    places = (np.nan_to_num(values[-1]) - low) / (high - low)
    _side_labels(ax, list(zip(texts, places.tolist(), colors, strict=True)))


def _mark_settled(ax: Axes, settled: int, name: str) -> None:
    """A line where the decision falls for good, and the decision above it."""
    since = f"frame {settled}" if settled else "the first frame"
    if settled:
        ax.axvline(settled - 0.5, color=LINE, linewidth=1.0, linestyle="--", zorder=2)
    ax.set_title(ax.get_title("left"), loc="left", fontsize="small", pad=16, parse_math=False)
    ax.annotate(
        f"decides for {name} from {since} on",
        (0.0, 1.0),
        xycoords="axes fraction",
        xytext=(0, 3),
        textcoords="offset points",
        fontsize="small",
        weight="bold",
        parse_math=False,
    )


def _finish(ax: Axes, title: str, n_frames: int) -> None:
    ax.set_title(title, loc="left", fontsize="small", pad=3, parse_math=False)
    ax.set_xlim(-0.5, n_frames - 0.5)
    locator: Any = ax.xaxis.get_major_locator()  # whose parameters depend on its kind
    # Of one frame there is one tick, where else halves would be told for want of a second.
    locator.set_params(integer=True, min_n_ticks=1)
    ax.locator_params(axis="y", nbins=4)
    ax.tick_params(labelsize="small")
    ax.spines[["top", "right"]].set_visible(False)


def _deviation(program: Program, column: int) -> float:
    """Give the largest deviation of what is read of a feature; 0 where none is known."""
    streams = {} if program.scales is None else program.scales.streams
    known = [features[column][1] for features in streams.values() if column in features]
    return max(known, default=0.0)


def _give_room(ax: Axes, values: NDArray[Any], deviation: float) -> None:
    """Give a value that stays the same some deviations, not parts of itself, of either side."""
    if deviation > 0 and np.ptp(values) == 0:
        ax.set_ylim(values[0] - 2 * deviation, values[0] + 2 * deviation)


def _include_zero(ax: Axes, values: NDArray[Any]) -> None:
    """Give the value 0 room on both sides, so that both sides can be named."""
    known = values[np.isfinite(values)]
    low, high = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    span = (high - low) or 1.0
    ax.set_ylim(min(low - 0.12 * span, -0.25 * span), max(high + 0.12 * span, 0.25 * span))


def _around_zero(ax: Axes) -> tuple[float, float]:
    """Middle of what lies above 0 and of what lies below, as fractions of the axes."""
    low, high = ax.get_ylim()
    zero = -low / (high - low)
    return (1 + zero) / 2, zero / 2


def _side_labels(ax: Axes, labels: list[tuple[str, float, str]]) -> None:
    """Write coloured labels to the right of the axes, moved apart where they would touch."""
    gap = min(0.17, 1.0 / max(len(labels), 1))
    order = sorted(range(len(labels)), key=lambda i: labels[i][1])
    wanted = np.array([labels[i][1] for i in order])
    steps = gap * np.arange(len(order))
    apart = np.maximum.accumulate(wanted - steps) + steps
    # Moving all of them pushed the upper ones up; half of that is taken back.
    apart -= (apart - wanted).max() / 2
    apart -= max(0.0, apart[-1] - (1 - gap / 3))
    places = dict(zip(order, apart.tolist(), strict=True))
    for i, (text, _, color) in enumerate(labels):
        ax.annotate(
            text,
            (1.0, places[i]),
            xycoords="axes fraction",
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            color=color,
            annotation_clip=False,
            parse_math=False,
        )


def _runs(states: NDArray[Any]) -> Iterator[tuple[int, int, int]]:
    """First frame, last frame and state of every run of equal states."""
    for state, members in groupby(range(len(states)), key=lambda t: int(states[t])):
        frames = list(members)
        yield frames[0], frames[-1], state


def _points(n_frames: int) -> dict[str, Any]:
    """Mark the frames where they are few enough to be told apart."""
    return {"marker": "o", "markersize": 3} if n_frames <= 40 else {}


def _text(trace: Trace, expression: Expression) -> str:
    numbers = NumberTexts(trace.program, _DIGITS)
    return format_part(trace.program, expression, numbers, width=None)


def _label(expression: Expression) -> str:
    production = expression.production
    return "if …" if production.branches else production.label
