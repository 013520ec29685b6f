"""Programs while frames still arrive: a frame in, the value so far out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from ..grammar import StreamKey
from ..inputs.arrays import with_gaps
from ..inputs.names import check_same_names
from ..inputs.outputs import top_codes
from .expression import Array
from .meaning import Meaning, Node
from .prefixes import filter_weights
from .streaming_states import Cell, Filtered, Kept, kept_of
from .text import column_names

if TYPE_CHECKING:
    from .program import Program

# Gives the value of an expression now.
Value = Callable[[], Array]
_FLOAT64 = np.dtype(np.float64)
# What the method ``all`` calls, without its detours.
_ALL = np.logical_and.reduce


class ProgramStream:
    """A program that is given one frame after the other; :meth:`Program.stream` makes it.

    After each frame the value is, up to rounding, what the program gives for all frames so far;
    that of a program of list->list is its value for the last of them.

    A frame takes constant time, on average, and what is kept has a constant size: a window keeps
    its own frames, all frames so far have one state. On average means that every ``w`` frames a
    window of ``w`` frames takes time in proportion to ``w``.

    Parts of all frames so far, as in ``1/3``, are the exception. Their bounds move on slowly, so
    that frames are needed long after they came. What is kept grows with every frame until
    :meth:`reset`, by some 0.1 to 0.4 KB for each part in the program where frames have few
    features; and now and then a frame takes time in proportion to all frames so far.

    Parameters
    ----------
    program : Program
        The program.

    Attributes
    ----------
    n_frames : int
        Number of frames so far.

    Raises
    ------
    ValueError
        If the program has a centred window, which reads frames that are still to come.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> program = Program.parse(
    ...     "SlideWindowAvg[2](Affine[x0](x0 - 1))", Grammar.paper(1), classes=("rest", "walk")
    ... )
    >>> stream = program.stream()
    >>> stream.update([1.0])
    array([0.])
    >>> stream.extend([[4.0], [2.0]])
    array([[1.5],
           [2. ]])
    >>> stream.label, stream.n_frames
    ('walk', 3)
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._compiled = _Closures()
        self._root = self._compiled.over_list(program.expression, None)
        self._steps = self._compiled.steps
        self._frame = self._compiled.raw
        self._shape = (program.n_features,)
        self.reset()

    def reset(self) -> None:
        """Forget all frames; the next one is the first of another sequence."""
        self._compiled.reset()
        self.n_frames = 0
        self._values: Array | None = None

    def update(self, frame: ArrayLike) -> Array:
        """Take the next frame.

        Parameters
        ----------
        frame : array-like of shape (n_features,)
            The frame, in the units of the data; finite numbers.

        Returns
        -------
        values : ndarray of float64 of shape (n_outputs,)
            The value after this frame.

        Raises
        ------
        TypeError
            If the frame holds anything but numbers.
        ValueError
            If the frame has another length, names other than the program's, or a value that is
            not finite. It then counts as not given.
        """
        if type(frame) is np.ndarray and frame.dtype is _FLOAT64:
            x = frame.copy()
        else:
            x = self._read(frame)
        if x.shape != self._shape or not _ALL(np.isfinite(x)):
            self._refuse(x, "")
        return self._take(x).copy()

    def extend(self, frames: ArrayLike) -> Array:
        """Take the next frames.

        Parameters
        ----------
        frames : array-like of shape (n_frames, n_features)
            The frames, in their order.

        Returns
        -------
        values : ndarray of float64 of shape (n_frames, n_outputs)
            The value after each of them.

        Raises
        ------
        TypeError, ValueError
            As :meth:`update` does; none of the frames is taken then.
        """
        check_same_names([frames], self._program.feature_names)
        array = self._read(frames)
        if array.size == 0 and len(array) == 0:
            return np.empty((0, self._program.n_outputs))
        if array.ndim != 2:
            raise ValueError(
                f"extend takes frames of shape (n_frames, {self._shape[0]}), but they have "
                f"{array.shape}; give a single frame to update."
            )
        if array.shape[1:] != self._shape or not np.isfinite(array).all():
            for i, x in enumerate(array):
                if x.shape != self._shape or not np.isfinite(x).all():
                    self._refuse(x, f" {i} of those given")
        # A row that is kept would keep all of the array.
        return np.array([self._take(x.copy()) for x in array])

    @property
    def values(self) -> Array:
        """The value after the last frame, of shape (n_outputs,)."""
        if self._values is None:
            raise ValueError("There is no value before the first frame; call update first.")
        return self._values.copy()

    @property
    def label(self) -> Any:
        """The class after the last frame, of those of the program."""
        classes = self._program.classes
        if classes is None or len(classes) != max(2, self._program.n_outputs):
            raise ValueError(
                "The program has no classes, one for each output or two for a single one. Look "
                "at values, or give parse the classes."
            )
        return classes[int(top_codes(self.values))]

    def _take(self, x: Array) -> Array:
        self._frame[0] = x
        for step in self._steps:
            step(x)
        self.n_frames += 1
        self._values = self._root()
        return self._values

    def _read(self, values: ArrayLike) -> Array:
        """Read an array of float64 that shares nothing with what is given."""
        index: Any = getattr(values, "index", None)
        known = self._program.feature_names
        if hasattr(index, "dtype") and np.ndim(values) == 1 and known is not None:
            names = tuple(index)
            if all(isinstance(name, str) for name in names) and names != known:
                raise ValueError(
                    f"The frame has the names {list(names)}, but the program reads {list(known)}; "
                    "put them into that order."
                )
        given: Any = values
        masked = isinstance(given, np.ma.MaskedArray)
        array = with_gaps(given) if masked else np.asarray(given)
        if array.dtype.kind not in "biufO":
            raise TypeError(f"Frames must be numbers; got an array of {array.dtype}.")
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"Frames must be numbers; got {values!r}.") from error

    def _refuse(self, x: Array, which: str) -> NoReturn:
        if x.shape != self._shape:
            raise ValueError(
                f"A frame must have {self._shape[0]} values, one for each feature of the program; "
                f"frame{which or f' {self.n_frames}'} has shape {x.shape}."
            )
        column = int(np.flatnonzero(~np.isfinite(x))[0])
        names = column_names(self._shape[0], self._program.feature_names)
        raise ValueError(
            f"Frame{which or f' {self.n_frames}'} has {x[column]} in feature {names[column]!r}, "
            "and frames must be finite. Put a number there, such as that of the frame before, or "
            "leave the frame out."
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError("A stream can't be copied or pickled; make another of its program.")


def refuse_centered(key: StreamKey) -> NoReturn:
    """Raise ValueError, since a window reads frames that are still to come."""
    assert isinstance(key.window, int)
    raise ValueError(
        f"CenteredWindow{key.statistic.name}[{key.window}] reads {key.window // 2} frames that "
        "come after each one, so that there is no value while frames still arrive. Call the "
        "program on whole sequences, or search without centred windows."
    )


class _Closures(Meaning[None, Cell, Value]):
    """Makes functions that give the values now, and collects what each frame is given to."""

    def __init__(self) -> None:
        self.raw: Cell = [np.empty(0)]
        self.steps: list[Callable[[Array], None]] = []
        self._resets: list[Callable[[], None]] = []
        self._cells: dict[StreamKey, Cell] = {}

    def reset(self) -> None:
        """Forget all frames."""
        for function in self._resets:
            function()

    def stream(self, key: StreamKey, sequence: None) -> Cell:
        if key.kind == "raw":
            return self.raw
        if key.kind == "centered":
            refuse_centered(key)
        if key not in self._cells:
            self._cells[key] = self._fed(kept_of(key.statistic, key.window)).cell
        return self._cells[key]

    def filtered(self, node: Node, sequence: None) -> Cell:
        return self._fed(Filtered(filter_weights(node))).cell

    def _fed(self, kept: Kept) -> Kept:
        self.steps.append(kept.take)
        self._resets.append(kept.reset)
        return kept

    def statistic_of_values(self, node: Node, sequence: None) -> Value:
        value = self.over_stream(node, None)
        kept = kept_of(node.production.statistic, node.production.window)
        self.steps.append(lambda x: kept.take(value()))
        self._resets.append(kept.reset)
        return lambda: kept.cell[0]

    def fold(self, node: Node, sequence: None) -> Value:
        initial = node.params["initial"]
        accumulator: Cell = [initial]
        value = self.over_frame(node.args[0], self.raw, lambda: accumulator[0])

        def step(x: Array) -> None:
            accumulator[0] = value()

        def reset() -> None:
            accumulator[0] = initial

        self.steps.append(step)
        self._resets.append(reset)
        return lambda: accumulator[0]

    def affine_map(self, node: Node, x: Cell, state: Value | None) -> Value:
        weight, bias = node.params["weight"], node.params["bias"]
        columns = _columns(node.production.features)
        if state is None:
            return lambda: weight.dot(x[0][columns]) + bias
        recurrent, before = node.params["recurrent"], state
        return lambda: weight.dot(x[0][columns]) + bias + recurrent.dot(before())

    def constant(self, node: Node, x: Cell, state: Value | None) -> Value:
        value = node.params["value"]
        return lambda: value

    def frame(self, node: Node, x: Cell, state: Value | None) -> Value:
        return lambda: x[0]

    def add(self, node: Node, left: Value, right: Value) -> Value:
        return lambda: left() + right()

    def multiply(self, node: Node, left: Value, right: Value) -> Value:
        return lambda: left() * right()

    def choice(self, node: Node, condition: Value, then: Value, other: Value) -> Value:
        # What is kept is fed by steps, so that a branch that is not taken need not be computed.
        return lambda: then() if condition()[0] >= 0 else other()

    def side_by_side(self, node: Node, *values: Value) -> Value:
        return lambda: np.concatenate([value() for value in values])

    def call(self, node: Node, *args: Value) -> Value:
        evaluate = node.production.evaluate
        return lambda: evaluate(*(arg() for arg in args))


def _columns(features: tuple[int, ...]) -> Any:
    """Give an index of columns, by a slice where they are neighbours, which costs less."""
    first, end = features[0], features[0] + len(features)
    return slice(first, end) if features == tuple(range(first, end)) else np.array(features)
