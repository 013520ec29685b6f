"""Sequences from pandas, polars and xarray."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.containers import refuse_unloaded

from .cells import narrow
from .counters import warn_of_counters
from .data_frames import read_long, read_wide, read_xarray


class LabelledSequences(NamedTuple):
    """What :func:`read_sequences` finds in a table.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_timesteps, n_features), or list of ndarray
        The sequences, float64: an array where all are of one length, or else a list of
        arrays (n_timesteps_i, n_features). Every estimator takes both.
    y : ndarray, list of ndarray, or None
        One label per sequence, an array of shape (n_samples,); one per frame, laid out as
        `X`: an array of shape (n_samples, n_timesteps) or a list of arrays
        (n_timesteps_i,), or a masked array, where frames have no label, of shape
        (n_samples, n_timesteps) with the greatest length; None without labels.
    feature_names : list of str
        Names of the features, for `feature_names` of an estimator.
    ids : ndarray of shape (n_samples,)
        What the table calls the sequences, in the order of `X`.
    """

    X: NDArray[np.float64] | list[NDArray[np.float64]]
    y: NDArray[Any] | list[NDArray[Any]] | None
    feature_names: list[str]
    ids: NDArray[Any]


def read_sequences(
    table: Any,
    *,
    sample: Hashable | None = None,
    time: Hashable | None = None,
    features: Sequence[Hashable] | None = None,
    sequence_label: Hashable | None = None,
    frame_label: Hashable | None = None,
    columns: str | tuple[str, str] | None = None,
    feature_dim: Hashable = "feature",
) -> LabelledSequences:
    """Read labelled sequences out of a data frame, or an array of xarray.

    Three forms are read:

    - a **long** data frame has one row per frame. `sample` names the column that tells the
      sequences apart, `time` the one that orders their frames, and what else there is are
      features and labels;
    - a **wide** data frame has one row per sequence and one column per feature and time,
      which `columns` describes;
    - a **DataArray** or **Dataset** of xarray has dimensions for sequences, time and,
      where needed, features.

    Data frames may be those of pandas or polars; of those of pandas, levels of the index
    are found by name as columns are. Neither library is needed for anything else.

    Parameters
    ----------
    table : data frame, DataArray or Dataset
        The table.
    sample : hashable, default=None
        Long: the column that tells sequences apart, needed. Wide: the column of the ids;
        None for the index. xarray: the dimension of the sequences; None for "sample".
    time : hashable, default=None
        Long: the column that orders the frames of a sequence, of any type that can be
        sorted; text only where its order is surely that of time, as ISO 8601 and digits of
        one width. None leaves frames in the order of the rows. xarray: the dimension of time;
        None for "time". Frames count as successive, however far apart they are.
    features : sequence of hashable, default=None
        Names of the features to read, in this order; None for all that isn't named
        otherwise and has a name in its file.
    sequence_label : hashable, default=None
        The column or, in xarray, the coordinate or variable of the labels, one per
        sequence: constant within each of them where a row is a frame.
    frame_label : hashable, default=None
        The same for one label per frame. In a wide data frame it is named as a feature is,
        since it has a column for every time. Frames may lack a label.
    columns : str or tuple of str, default=None
        Only for wide data frames: the pattern of the columns' names, with ``{time}`` for a
        number and ``{feature}`` for any text, as ``"{feature}_{time}"``; ``{feature}`` may
        be missing where there is one feature only, which is then called x0. Columns that
        don't match are passed over. For columns with two levels, ``("feature", "time")`` or
        ``("time", "feature")``, in the order of the levels.
    feature_dim : hashable, default="feature"
        Only for xarray: the dimension of the features. An array without it is one
        feature; the variables of a Dataset that have the dimensions `sample` and `time` are
        read side by side.

    Returns
    -------
    sequences : LabelledSequences
        The named tuple ``(X, y, feature_names, ids)``. Sequences come in the order in which
        the table has them, and frames in that of time; in xarray in that of the axis.

    Raises
    ------
    TypeError
        If `table` is none of these, or if features are no numbers.
    ValueError
        If a column or dimension doesn't exist; if a value is missing, unless all values of a
        frame and of all later ones are, which is read as the end of the sequence; if a
        sequence has two rows for one time, more than one `sequence_label`, or no frame; if
        times are text that may not sort as they follow each other; or if parameters don't go
        together.

    Warns
    -----
    UserWarning
        If times are text, and their order isn't that of the rows. Without `features`, also if
        columns without a name are left out, such as the index that pandas writes, and if a
        feature only rises, as indices, ids and frame numbers do.

    See Also
    --------
    from_channels_first : Arrays of aeon and sktime.

    Examples
    --------
    A long table:

    >>> import pandas as pd
    >>> from sklearn_dpads.datasets import read_sequences
    >>> long = pd.DataFrame(
    ...     {
    ...         "trial": ["b", "b", "b", "a", "a"],
    ...         "second": [0.0, 0.1, 0.2, 0.0, 0.1],
    ...         "speed": [1.0, 2.0, 3.0, 4.0, 5.0],
    ...         "turn": [0.0, 0.0, 1.0, 1.0, 0.0],
    ...         "gait": ["walk", "walk", "walk", "run", "run"],
    ...     }
    ... )
    >>> X, y, feature_names, ids = read_sequences(
    ...     long, sample="trial", time="second", sequence_label="gait"
    ... )
    >>> [x.shape for x in X], y.tolist(), feature_names, ids.tolist()
    ([(3, 2), (2, 2)], ['walk', 'run'], ['speed', 'turn'], ['b', 'a'])

    A wide one, with one label per frame:

    >>> wide = pd.DataFrame(
    ...     {"speed_0": [1.0, 4.0], "speed_1": [2.0, 5.0], "gait_0": [0, 1], "gait_1": [0, 0]},
    ...     index=["b", "a"],
    ... )
    >>> X, y, feature_names, ids = read_sequences(
    ...     wide, columns="{feature}_{time}", frame_label="gait"
    ... )
    >>> X.shape, y.tolist(), feature_names
    ((2, 2, 1), [[0, 0], [1, 0]], ['speed'])
    """
    refuse_unloaded(table, "read_sequences")
    if hasattr(table, "dims") and hasattr(table, "coords"):
        _refuse(columns, "columns", "data frames")
        dims = ("sample" if sample is None else sample, "time" if time is None else time)
        cells = read_xarray(table, *dims, feature_dim, features, sequence_label, frame_label)
    elif not hasattr(table, "columns"):
        raise TypeError(
            "read_sequences takes a data frame of pandas or polars, or a DataArray or Dataset of "
            f"xarray, but got {type(table).__name__}. Estimators take arrays as they are; "
            "from_channels_first reads those with channels before time."
        )
    elif columns is None:
        cells = read_long(table, sample, time, features, sequence_label, frame_label)
    else:
        _refuse(time, "time", "tables with one row per frame")
        cells = read_wide(table, sample, columns, features, sequence_label, frame_label)
    lengths = cells.lengths()
    if features is None:
        warn_of_counters(cells)
    return LabelledSequences(
        cells.sequences(lengths), cells.targets(lengths), cells.feature_names, narrow(cells.ids)
    )


def _refuse(value: Any, name: str, allowed: str) -> None:
    if value is not None:
        raise ValueError(f"{name}={value!r} has no meaning here: it is for {allowed}.")
