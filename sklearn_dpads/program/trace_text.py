"""A trace as a summary to read, and as a table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from ..grammar import (
    LIST_TO_LIST,
)
from ..inputs.optional import import_pandas
from .expression import Array, Expression
from .numbers import format_number
from .text import column_names, output_names, shortened, show_name

if TYPE_CHECKING:
    import pandas as pd

    from .program import Program
    from .trace import NodeTrace, Trace

# Of a table that is printed: what fits into a line of a terminal beside the numbers.
_DIGITS = 3
_MOST_FEATURES = 8
_LONGEST_FORMULA = 72


def output_meaning(program: Program) -> str:
    """Say what the output of a program means."""
    if program.n_outputs > 1:
        return "one value per class, the largest decides"
    if program.classes is not None and len(program.classes) == 2:
        other, positive = (show_name(label) for label in program.classes)
        return f"log-odds of {positive} against {other}"
    return "one value, whose sign decides"


def decision_names(program: Program) -> tuple[str, ...]:
    """Names of what a program can decide for, in the order of the decision's codes."""
    if program.n_outputs > 1:
        return output_names(program.n_outputs, program.classes)
    if program.classes is not None and len(program.classes) == 2:
        return (str(program.classes[0]), str(program.classes[1]))
    return ("not positive", "positive")


def node_name(path: tuple[int, ...]) -> str:
    """A path as text: "root", or the positions of arguments, as in "0.1"."""
    return ".".join(map(str, path)) or "root"


def frames_seen(expression: Expression, path: tuple[int, ...]) -> str:
    """Say what stands in for frames at a place of a program, where a window hands down means."""
    for i in path:
        if expression.production.reads:
            return f"on {expression.production.reads}"
        expression = expression.args[i]
    return ""


def summarize(trace: Trace) -> str:
    """Sum a trace up in a few lines.

    Beside the tree of the program stand the share of frames in which each part is reached,
    and its values there; of a value for each class that of the class decided for, since over
    classes they may add up to 0 whatever they are.
    """
    lengths = trace.sequences.lengths
    shortest, longest = int(lengths.min()), int(lengths.max())
    span = count_of(longest, "frame")
    if shortest < longest:
        span = f"{shortest} to {span}"
    rows = [("reached", "least", "mean", "greatest", "")]
    rows += [_node_row(trace, node) for node in trace.nodes]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    table = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=False))
        + f"  {row[4]}".rstrip()
        for row in rows
    ]
    return "\n".join(
        [
            f"Trace of {count_of(len(lengths), 'sequence')} of {span}; "
            f"output: {output_meaning(trace.program)}",
            *table,
            *_line_of_classes(trace),
            *_contribution_lines(trace),
            _decision_line(trace),
        ]
    )


def _node_row(trace: Trace, node: NodeTrace) -> tuple[str, str, str, str, str]:
    production = node.expression.production
    text = shortened(node.text, _LONGEST_FORMULA) if production.is_terminal else production.label
    if production.branches:
        branch = next(branch for branch in trace.branches if branch.path == node.path)
        n_asked, n_then = branch.mask.sum(), (branch.taken & branch.mask).sum()
        if n_asked:
            text += f": then {_percent(n_then / n_asked)}, else {_percent(1 - n_then / n_asked)}"
    role = f"{node.role}: " if node.role else ""
    values = _of_decided(trace, node)[node.mask]
    values = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        least, mean, greatest = (
            map(_number, (values.min(), values.mean(), values.max())) if values.size else "---"
        )
    reached = _percent(node.mask.sum() / trace.mask.sum())
    return reached, least, mean, greatest, "  " * len(node.path) + role + text


def _of_decided(trace: Trace, node: NodeTrace) -> Array:
    """Give the values of a part, of several that of the class decided for after the frame."""
    if node.expression.width == 1:
        return node.values[..., 0]
    decided = np.maximum(trace.decision_history, 0)[..., None]
    return np.take_along_axis(node.values, decided, axis=-1)[..., 0]


def _line_of_classes(trace: Trace) -> list[str]:
    if trace.program.n_outputs == 1:
        return []
    return ["where a part has a value for each class, it is that of the class decided for"]


def _contribution_lines(trace: Trace) -> list[str]:
    """Mean size of the contributions, over sequences (or frames) and outputs."""
    sizes = _mean_size(trace.contributions, axis=-2)
    names = column_names(trace.program.n_features, trace.program.feature_names)
    order = [i for i in np.argsort(-sizes, kind="stable") if sizes[i] > 0]
    texts = [f"{show_name(names[i])} {_number(sizes[i])}" for i in order[:_MOST_FEATURES]]
    if len(order) > _MOST_FEATURES:
        texts.append(f"and {len(order) - _MOST_FEATURES} more features")
    if np.nan_to_num(trace.remainder).any():
        texts.append(
            f"of no single feature {_number(_mean_size(trace.remainder[..., None, :])[0])}"
        )
    return [f"mean size of contributions: {', '.join(texts) or 'none'}"]


def _mean_size(contributions: Array, axis: int = -2) -> Array:
    """Mean absolute value for each entry of an axis."""
    sizes = np.abs(np.moveaxis(contributions, axis, 0)).reshape(contributions.shape[axis], -1)
    known = np.isfinite(sizes)
    with np.errstate(over="ignore"):
        means: Array = np.where(known, sizes, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return means


def _decision_line(trace: Trace) -> str:
    names, decisions = decision_names(trace.program), trace.decision_history
    if trace.program.expression.signature == LIST_TO_LIST:
        counts, unit = Counter(decisions[trace.mask].tolist()), "frame"
    else:
        last = decisions[np.arange(len(decisions)), trace.sequences.lengths - 1]
        counts, unit = Counter(last.tolist()), "sequence"
    texts = [f"{show_name(names[code])} {count_of(n, unit)}" for code, n in sorted(counts.items())]
    line = f"decisions: {', '.join(texts)}"
    if unit == "sequence":
        line += f"; settled from frame {_number(float(np.median(trace.settled)))} on (median)"
    return line


def trace_to_frame(trace: Trace) -> pd.DataFrame:
    """Give the values of all subexpressions as a table; see :meth:`Trace.to_frame`."""
    pandas = import_pandas("Trace.to_frame")
    sample, frame = np.nonzero(trace.mask)
    tables = []
    for node in trace.nodes:
        for k, name in enumerate(output_names(node.expression.width, trace.program.classes)):
            tables.append(
                pandas.DataFrame(
                    {
                        "sample": sample,
                        "frame": frame,
                        "node": node_name(node.path),
                        "text": node.text,
                        "output": name,
                        "value": node.values[sample, frame, k],
                        "reached": node.mask[sample, frame],
                    }
                )
            )
    frames: pd.DataFrame = pandas.concat(tables, ignore_index=True)
    return frames


def count_of(n: int, noun: str) -> str:
    """A number and a noun, in the plural where it must be."""
    return f"{n} {noun}{'s' * (n != 1)}"


def _number(value: float) -> str:
    return format_number(float(value), _DIGITS)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
