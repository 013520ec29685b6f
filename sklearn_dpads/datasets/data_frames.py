"""Sequences from data frames: a row per frame, or a row per sequence.

Of a data frame only ``columns``, the column by name and, where there is one, the index is
used, so that pandas and polars are both read and neither is imported.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.frame_labels import missing
from sklearn_dpads.inputs.names import repeated

from .cells import (
    Cells,
    as_text,
    listed,
    only_label,
    select,
    stack_features,
)
from .counters import leave_out_nameless
from .times import order_rows, sort_times

_ORDERS = (("feature", "time"), ("time", "feature"))
_PLACEHOLDERS = {"{feature}": "(?P<feature>.+?)", "{time}": r"(?P<time>-?\d+(?:\.\d+)?)"}


def read_long(
    table: Any, sample: Any, time: Any, features: Any, sequence_label: Any, frame_label: Any
) -> Cells:
    """Read a data frame with one row per frame."""
    label = only_label(sequence_label, frame_label)
    columns = _Columns(table)
    if columns.n_levels > 2:
        raise ValueError(
            f"The columns of the table have {columns.n_levels} levels. read_poses reads files of "
            "DeepLabCut; in other tables join them first: table.columns = ['_'.join(map(str, "
            "name)) for name in table.columns]."
        )
    if columns.nested:
        raise ValueError(
            "The columns of the table have several levels. Pass columns=('feature', 'time') or "
            "columns=('time', 'feature'), in the order of the levels, to read a table with one "
            "row per sequence."
        )
    if sample is None:
        raise ValueError(
            "A table with one row per frame needs sample=, the column that tells the sequences "
            f"apart; there are {listed(columns)}. For a table with one row per sequence pass "
            "columns=, the pattern of its column names, '{feature}_{time}' for instance."
        )
    named = columns.named(
        sample=sample, time=time, sequence_label=sequence_label, frame_label=frame_label
    )
    ids, codes = _number(named["sample"], sample)
    times = named.get("time")
    order = order_rows(codes, times, time, ids)
    grid = _Grid(codes[order], len(ids))
    rest = [name for name in columns.data if name not in (sample, time, label)]
    names = select(features, leave_out_nameless(rest) if features is None else rest)
    rows, feature_names = stack_features({name: columns.get(name) for name in names})
    labels = None
    if sequence_label is not None:
        labels = _constant(named["sequence_label"][order], grid.codes, ids, sequence_label)
    elif frame_label is not None:
        labels = grid.place(named["frame_label"][order])
    grid_times = grid.place(grid.position if times is None else times[order])
    return Cells(grid.place(rows[order]), feature_names, ids, grid_times, labels)


def read_wide(
    table: Any, sample: Any, columns: Any, features: Any, sequence_label: Any, frame_label: Any
) -> Cells:
    """Read a data frame with one row per sequence and one column per feature and time."""
    only_label(sequence_label, frame_label)
    source = _Columns(table)
    named = source.named(sample=sample, sequence_label=sequence_label)
    used = [source.find(name) for name in (sample, sequence_label) if name is not None]
    frames = _FrameColumns(source, [name for name in source.data if name not in used], columns)
    if frame_label is not None and frame_label not in frames.names:
        raise ValueError(
            f"frame_label={frame_label!r} has no columns; columns={columns!r} finds "
            f"{listed(frames.names)}."
        )
    names = select(features, [name for name in frames.names if name != frame_label])
    values, feature_names = stack_features({name: frames.get(name) for name in names})
    ids = named.get("sample", source.row_names())
    _refuse_repeated(ids)
    labels = named.get("sequence_label") if frame_label is None else frames.get(frame_label)
    times = np.broadcast_to(np.array(frames.times), values.shape[:2])
    return Cells(values, feature_names, ids, times, labels)


class _Columns:
    """Columns and named index levels of a data frame, by name."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._index: Any = getattr(table, "index", None)
        self.data = list(table.columns)
        self._names = set(self.data)
        self.n_levels = getattr(table.columns, "nlevels", 1)
        self.nested = self.n_levels > 1
        levels = [] if self._index is None else self._index.names
        self._levels = [level for level in levels if level is not None]
        twice = repeated(self.data)
        if twice:
            raise ValueError(f"Columns must have different names; {listed(twice)} occur twice.")
        if len(table) == 0:
            raise ValueError("The table has no rows.")

    def __iter__(self) -> Iterator[Hashable]:
        return iter([*self._levels, *self.data])

    def find(self, name: Any) -> Hashable | None:
        """The column or index level of a name, or None.

        pandas pads the name of a column with "" to the number of levels.
        """
        for candidate in self:
            if candidate == name:
                return candidate
            if self.nested and isinstance(candidate, tuple):
                padded = (name, *[""] * (len(candidate) - 1))
                if candidate == padded:
                    return candidate
        return None

    def get(self, name: Hashable) -> NDArray[Any]:
        """Values of a column or index level."""
        if name in self._names:
            return np.asarray(self._table[name])
        return np.asarray(self._index.get_level_values(name))

    def named(self, **parameters: Any) -> dict[str, NDArray[Any]]:
        """Values of the columns that parameters name, without those that are None."""
        values = {}
        for parameter, name in parameters.items():
            if name is None:
                continue
            found = self.find(name)
            if found is None:
                raise ValueError(
                    f"{parameter}={name!r} is no column of the table; there are {listed(self)}."
                )
            values[parameter] = self.get(found)
        return values

    def row_names(self) -> NDArray[Any]:
        """The index, or numbers where there is none."""
        return np.arange(len(self._table)) if self._index is None else np.asarray(self._index)


class _Grid:
    """Where rows sorted by sequence and time go in an array (n_samples, n_timesteps, ...)."""

    def __init__(self, codes: NDArray[np.int64], n_samples: int) -> None:
        self.codes = codes
        self.position = np.arange(len(codes)) - np.searchsorted(codes, codes)
        self._shape = (n_samples, int(self.position.max()) + 1)

    def place(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows as such an array, with NaN, or else zeros, past the end of a sequence."""
        placed = np.zeros((*self._shape, *rows.shape[1:]), dtype=rows.dtype)
        if rows.dtype.kind == "f":
            placed.fill(np.nan)
        placed[self.codes, self.position] = rows
        return placed


def _number(values: NDArray[Any], name: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Distinct values in order of appearance, and the index of each value among them."""
    if missing(values).any():
        row = int(np.argmax(missing(values)))
        raise ValueError(f"Column {name!r} tells sequences apart, but has no value in row {row}.")
    positions = {value: code for code, value in enumerate(dict.fromkeys(values.tolist()))}
    codes = np.array([positions[value] for value in values.tolist()], dtype=np.int64)
    first = np.unique(codes, return_index=True)[1]
    return values[first], codes


def _constant(
    labels: NDArray[Any], codes: NDArray[np.int64], ids: NDArray[Any], name: Any
) -> NDArray[Any]:
    """The one label of each sequence; rows are sorted by sequence."""
    unknown = missing(labels)
    if unknown.any():
        # NaN is not equal to itself, None is.
        none: Any = None  # numpy's types know of no choice between None and an array
        labels = np.where(unknown, none, labels)
    first = labels[np.searchsorted(codes, np.arange(len(ids)))]
    differs = labels != first[codes]
    if differs.any():
        row = int(np.argmax(differs))
        raise ValueError(
            f"sequence_label={name!r} must be constant within a sequence, but sequence "
            f"{as_text(ids[codes[row]])} has {as_text(first[codes[row]])} and "
            f"{as_text(labels[row])}. For one label per frame pass frame_label={name!r}."
        )
    return first


class _FrameColumns:
    """Columns that hold one feature at one time, by both."""

    def __init__(self, source: _Columns, candidates: list[Any], columns: Any) -> None:
        self._source = source
        self._cells: dict[tuple[Any, Any], Any] = {}
        split = _level_splitter(columns) if source.nested else _pattern_splitter(columns)
        matching = [name for name in candidates if split(name) is not None]
        for name in leave_out_nameless(matching):
            cell = split(name)
            if cell in self._cells:
                raise ValueError(
                    f"Columns {self._cells[cell]!r} and {name!r} both hold {cell[0]!r} at time "
                    f"{cell[1]!r}."
                )
            self._cells[cell] = name
        if not self._cells:
            raise ValueError(
                f"No column matches columns={columns!r}; the columns are {listed(source.data)}."
            )
        self.names = list(dict.fromkeys(feature for feature, _ in self._cells))
        self.times = sort_times({time for _, time in self._cells})

    def get(self, feature: Any) -> NDArray[Any]:
        """Values of a feature, (n_samples, n_timesteps)."""
        absent = [time for time in self.times if (feature, time) not in self._cells]
        if absent:
            raise ValueError(
                f"{feature!r} has no column for time {listed(absent)}, but others have."
            )
        columns = [self._source.get(self._cells[feature, time]) for time in self.times]
        return np.stack(columns, axis=-1)


def _pattern_splitter(pattern: Any) -> Any:
    """Function that reads feature and time out of a column name, or None."""
    if (
        not isinstance(pattern, str)
        or pattern.count("{time}") != 1
        or pattern.count("{feature}") > 1
    ):
        raise ValueError(
            "columns must be a pattern with {time} once and {feature} at most once, as "
            f"'{{feature}}_{{time}}'; got {pattern!r}. Pairs of levels are for tables whose "
            "columns have two levels."
        )
    parts = re.split(r"(\{feature\}|\{time\})", pattern)
    regex = re.compile("".join(_PLACEHOLDERS.get(part, re.escape(part)) for part in parts))

    def split(name: Any) -> tuple[str, float] | None:
        match = regex.fullmatch(str(name))
        if match is None:
            return None
        time = match["time"]
        return match.groupdict().get("feature", "x0"), float(time) if "." in time else int(time)

    return split


def _level_splitter(levels: Any) -> Any:
    """Function that reads feature and time out of a pair, or None."""
    if isinstance(levels, str) or tuple(levels) not in _ORDERS:
        raise ValueError(
            "The columns of the table have several levels, so columns must be "
            f"('feature', 'time') or ('time', 'feature'); got {levels!r}."
        )
    feature, time = (tuple(levels).index(part) for part in ("feature", "time"))

    def split(name: Any) -> tuple[Any, Any] | None:
        if len(name) != 2:
            raise ValueError(f"Columns must have two levels, feature and time; got {name!r}.")
        return None if "" in name else (name[feature], name[time])

    return split


def _refuse_repeated(ids: NDArray[Any]) -> None:
    values = ids.tolist()
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise ValueError(
            f"A table with columns= has one row per sequence, but {twice!r} has several. Leave "
            "columns out to read a table with one row per frame."
        )


def read_xarray(
    source: Any,
    sample: Hashable,
    time: Hashable,
    feature_dim: Hashable,
    features: Any,
    sequence_label: Any,
    frame_label: Any,
) -> Cells:
    """Read a DataArray, or a Dataset whose variables are features."""
    label = only_label(sequence_label, frame_label)
    _check_dimensions(source.dims, sample, time)
    columns: dict[Any, NDArray[Any]] = {}
    for variable in _variables(source, sample, time, label):
        for name, values in _features(variable, sample, time, feature_dim):
            if name in columns:
                raise ValueError(f"Features must differ from each other; {name!r} occurs twice.")
            columns[name] = values
    names = select(features, columns)
    values, feature_names = stack_features({name: columns[name] for name in names})
    times = _coordinate(source, time, values.shape[1])
    return Cells(
        values,
        feature_names,
        _coordinate(source, sample, values.shape[0]),
        np.broadcast_to(times, values.shape[:2]),
        _labels(source, sample, time, sequence_label, frame_label),
    )


def _check_dimensions(dims: Any, sample: Hashable, time: Hashable) -> None:
    for parameter, name in (("sample", sample), ("time", time)):
        if name not in dims:
            raise ValueError(
                f"There is no dimension {name!r}; there are {listed(dims)}. Pass "
                f"{parameter}=, the dimension of "
                f"{'the sequences' if parameter == 'sample' else 'time'}."
            )


def _variables(source: Any, sample: Hashable, time: Hashable, label: Any) -> list[Any]:
    """Arrays that hold features: those of a Dataset that have both dimensions."""
    if not hasattr(source, "data_vars"):
        return [source]
    return [
        variable
        for name, variable in source.data_vars.items()
        if name != label and sample in variable.dims and time in variable.dims
    ]


def _features(
    variable: Any, sample: Hashable, time: Hashable, feature_dim: Hashable
) -> list[tuple[Any, NDArray[Any]]]:
    """Names and values, (n_samples, n_timesteps), of the features in one array."""
    others = [dim for dim in variable.dims if dim not in (sample, time)]
    if not others:
        name = "x0" if variable.name is None else variable.name
        return [(name, np.asarray(variable.transpose(sample, time).values))]
    if others != [feature_dim]:
        raise ValueError(
            f"An array of sequences has the dimensions {sample!r}, {time!r} and perhaps "
            f"{feature_dim!r}, but {variable.name!r} has {listed(variable.dims)}. Pass "
            "sample=, time= and feature_dim=, or select along the others."
        )
    values = np.asarray(variable.transpose(sample, time, feature_dim).values)
    if feature_dim in variable.coords:
        names = variable.coords[feature_dim].values.tolist()
    else:
        names = [f"x{index}" for index in range(values.shape[2])]
    return [(name, values[:, :, index]) for index, name in enumerate(names)]


def _labels(
    source: Any, sample: Hashable, time: Hashable, sequence_label: Any, frame_label: Any
) -> NDArray[Any] | None:
    if sequence_label is not None:
        return _aligned(source, sequence_label, (sample,), "sequence_label")
    if frame_label is not None:
        return _aligned(source, frame_label, (sample, time), "frame_label")
    return None


def _aligned(source: Any, name: Any, dims: tuple[Hashable, ...], parameter: str) -> NDArray[Any]:
    """Values of a coordinate or variable, which must have just these dimensions."""
    available = [*source.coords, *getattr(source, "data_vars", ())]
    if name not in available:
        raise ValueError(
            f"{parameter}={name!r} is no coordinate or variable; there are {listed(available)}."
        )
    labels = source[name]
    if set(labels.dims) != set(dims):
        raise ValueError(
            f"{parameter}={name!r} must have the dimension(s) {listed(dims)}, but has "
            f"{listed(labels.dims)}."
        )
    return np.asarray(labels.transpose(*dims).values)


def _coordinate(source: Any, dim: Hashable, size: int) -> NDArray[Any]:
    """Labels of a dimension, or numbers where it has none."""
    if dim in source.coords:
        return np.asarray(source.coords[dim].values)
    return np.arange(size)
