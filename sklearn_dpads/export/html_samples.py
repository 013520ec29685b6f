"""Which sequences a page shows: some of each class, as many as it has room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from ..grammar import LIST_TO_LIST
from ..inputs.class_codes import frame_codes, sequence_codes
from ..inputs.sequences import Sequences, check_sequences
from .html_data import page_data, to_json

if TYPE_CHECKING:
    from ..program.program import Program

# Of sequences as text; with the program, script and style a page stays below a megabyte, which mail
# takes and a phone opens.
_MOST_BYTES = 900_000
# A part of a recording may take a little more room than its share of the frames.
_ROOM_TO_CUT = 0.98


def data_that_fits(
    program: Program, X: ArrayLike | Sequence[ArrayLike], y: Any, max_samples: int
) -> dict[str, Any]:
    """Give what a page shows of sequences; "leftOut" says what it doesn't show, and why.

    Raises
    ------
    TypeError, ValueError
        As :meth:`Program.to_html` tells it of `X` and `y`.
    """
    given = check_sequences(
        X,
        estimator_name="Program.to_html",
        n_features=program.n_features,
        feature_names=program.feature_names,
    )
    labels = None if y is None else _check_labels(program, y, given)
    return _Chosen(program, given, labels).as_many_as_fit(max_samples)


class _Chosen:
    """Chooses sequences, and traces those that are chosen."""

    def __init__(self, program: Program, given: Sequences, labels: list[Any] | None) -> None:
        self._program, self._given, self._labels = program, given, labels
        self._lengths: list[int] = given.lengths.tolist()

    def as_many_as_fit(self, most: int) -> dict[str, Any]:
        """Give the data of sequences that fit together, or of one that had to be cut."""
        n_given, short = self._given.n_samples, list(range(self._given.n_samples))
        too_long, size = None, 0
        while short:
            rows = self._some_of_each(short, min(most, len(short)))
            data, sizes = self._data(rows)
            beyond = [
                (self._lengths[i], size)
                for i, size in zip(rows, sizes, strict=True)
                if size > _MOST_BYTES
            ]
            if beyond:
                too_long, size = min(beyond)
                short = [i for i in short if self._lengths[i] < too_long]
                continue
            most = _n_fitting(sizes)
            if most == len(rows):
                return {**data, "leftOut": _left_out(len(rows), n_given, too_long)}
        # All are as long as the shortest that was too long, or longer.
        return self._cut(self._lengths.index(min(self._lengths)), size)

    def _cut(self, row: int, size: int) -> dict[str, Any]:
        """Give the data of as many frames of a sequence as there is room for."""
        n_frames = length = self._lengths[row]
        while True:
            n_frames = max(1, int(_ROOM_TO_CUT * n_frames * _MOST_BYTES / size))
            data, (size,) = self._data([row], n_frames)
            if size <= _MOST_BYTES or n_frames == 1:
                break
        left_out = (
            f"1 of {self._given.n_samples} sequences, the first {n_frames} of its {length} frames "
            "as if it ended there: there is no room for more."
        )
        return {**data, "leftOut": left_out}

    def _data(
        self, rows: list[int], n_frames: int | None = None
    ) -> tuple[dict[str, Any], list[int]]:
        """Give the data of some sequences, or of their first frames, and the room of each."""
        ends = [min(self._lengths[i], n_frames or self._lengths[i]) for i in rows]
        kept = [self._given.frames[i, :end] for i, end in zip(rows, ends, strict=True)]
        trace = self._program.trace(kept, reference="mean")
        told = None if self._labels is None else [self._labels[i] for i in rows]
        data = page_data(trace, told, rows, self._given.n_samples)
        return data, [len(to_json(sample)) for sample in data["samples"]]

    def _some_of_each(self, rows: list[int], n_shown: int) -> list[int]:
        """Choose some, of each class as large a share as of the others, from first to last."""
        labels, order = self._labels, list(rows)
        if labels is not None and not isinstance(labels[0], list):
            order.sort(key=lambda i: str(labels[i]))
        return sorted(order[k * len(order) // n_shown] for k in range(n_shown))


def _n_fitting(sizes: list[int]) -> int:
    """How many of some sequences a page has room for, each of which it has room for."""
    room, n_fitting = _MOST_BYTES, 0
    for size in sizes:
        room -= size
        n_fitting += room >= 0
    return n_fitting


def _left_out(n_shown: int, n_given: int, too_long: int | None) -> str:
    if n_shown == n_given:
        return ""
    why = "" if too_long is None else f" There is no room for those of {too_long} frames and more."
    return f"{n_shown} of {n_given} sequences.{why}"


def _check_labels(program: Program, y: Any, given: Sequences) -> list[Any]:
    """Labels as plain Python values: one a sequence, or a list of one a frame."""
    lengths = given.lengths.tolist()
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
        if program.classes is not None:
            sequence_codes(y, program.classes, len(lengths))
        return labels
    for label, length in zip(labels, lengths, strict=True):
        if not isinstance(label, list | tuple) or len(label) < length:
            raise ValueError(f"y must be of shape {shape}: the program has one output a frame.")
    if program.classes is not None:
        frame_codes(y, program.classes, given)
    return labels
