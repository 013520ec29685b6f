"""Classes in pictures: their colours, and the labels of sequences and frames as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..inputs.frame_labels import equals_label, read_frame_labels
from ..inputs.labels import sequence_labels
from ..inputs.sequences import Sequences
from ..program import Program
from .drawing import text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of a legend: points of its letters, and most names side by side.
_SMALL, _NAMES_A_LINE = 8.33, 6
TWO_CLASSES = ("#7b52a3", "#2f7d4f")
MANY_CLASSES = (
    *("#3b75af", "#c8742b", "#2f7d4f", "#b23a48", "#7b52a3"),
    *("#8c6d46", "#c2649a", "#5f6a72", "#8a8a1f", "#2b8a9c"),
)


def class_colors(n_classes: int) -> list[str]:
    """Give each class a colour; beyond ten they recur."""
    if n_classes == 2:
        return list(TWO_CLASSES)
    return [MANY_CLASSES[k % len(MANY_CLASSES)] for k in range(n_classes)]


def sequence_codes(y: Any, classes: Sequence[Any], n_samples: int) -> NDArray[np.int64]:
    """Give the place of each sequence's label among the classes; -1 where it is masked.

    Raises
    ------
    ValueError
        If `y` is no label per sequence, or holds one that is no class.
    """
    if np.shape(y) != (n_samples,):
        raise ValueError(
            f"y must hold one label per sequence, shape ({n_samples},); got shape {np.shape(y)}."
        )
    labels, given = sequence_labels(y)
    found = _codes(labels, classes)
    if (found < 0).any():
        raise ValueError(
            f"y holds {labels[found < 0].tolist()[0]!r}, but the classes are {list(classes)}."
        )
    codes = np.full(n_samples, -1)
    codes[given] = found
    return codes


def frame_codes(y: Any, classes: Sequence[Any], data: Sequences) -> NDArray[np.int64]:
    """Give the place of each frame's label among the classes; -1 where it has none of them.

    Raises
    ------
    ValueError
        If `y` holds no row of labels per sequence, a row is too short, or no label is a class.
    """
    labels = read_frame_labels(y, "y")
    if len(labels.values) != data.n_samples:
        raise ValueError(
            f"X and y must have the same length: X holds {data.n_samples} sequences, y "
            f"{len(labels.values)} rows of labels."
        )
    n_timesteps = min(data.n_timesteps, labels.values.shape[1])
    codes = np.full((data.n_samples, data.n_timesteps), -1)
    found = np.where(labels.present, _codes(labels.values, classes), -1)
    codes[:, :n_timesteps] = found[:, :n_timesteps]
    codes[~data.mask()] = -1
    if (codes < 0).all():
        raise ValueError(f"No frame has a label among the classes, which are {list(classes)}.")
    return codes


def _codes(values: NDArray[Any], classes: Sequence[Any]) -> NDArray[np.int64]:
    codes = np.full(values.shape, -1)
    for code, label in enumerate(classes):
        codes[equals_label(values, label)] = code
    return codes


class Record(Protocol):
    """A record of the ``programs_`` of an estimator."""

    @property
    def program(self) -> Program: ...


AProgram: TypeAlias = int | Record | Program


def chosen_program(estimator: Any, program: AProgram | None) -> Program:
    """Give the program of a fitted estimator that is meant by an index, a record, or itself."""
    program = getattr(program, "program", program)
    if isinstance(program, Program):
        return program
    found: Program = estimator.program_ if program is None else estimator.programs_[program].program
    return found


def legend_columns(names: Sequence[str], room: float) -> int:
    """How many names of a legend stand side by side in a room, in points."""
    # Patch, gap to the name, and gap to the next, in sizes of the letters.
    widest = max(text_width(name, size=_SMALL) for name in names) + 3.8 * _SMALL
    return max(1, min(len(names), _NAMES_A_LINE, int(room / widest)))


def figure_legend(figure: Figure, names: Sequence[str], colors: Sequence[str]) -> None:
    """Name the colours of classes above all panels of a figure, as many to a line as fit."""
    n_columns = legend_columns(names, 72 * figure.get_figwidth())
    _legend(figure, names, colors, loc="outside upper left", ncols=n_columns)


def class_legend(ax: Axes, names: Sequence[str], colors: Sequence[str], **style: Any) -> None:
    """Name the colours of classes above axes, a few to a line."""
    _legend(ax, names, colors, loc="lower left", borderaxespad=0.2, **style)


def _legend(
    place: Axes | Figure, names: Sequence[str], colors: Sequence[str], **style: Any
) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(color=color, label=name) for name, color in zip(names, colors, strict=True)]
    legend = place.legend(
        handles=handles, frameon=False, fontsize="small", handlelength=1.0, **style
    )
    # Names are no formulas, whatever signs are in them.
    for text in legend.get_texts():
        text.set_parse_math(False)
