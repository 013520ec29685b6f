"""Labels of frames out of the tables that BORIS writes."""

from __future__ import annotations

import itertools
import math
import operator
import os
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.files import naming
from sklearn_dpads.inputs.names import refuse_unordered

from .cells import as_floats, listed
from .csv_files import check_settings, read_csv
from .events import Event, to_labels

_SEPARATORS = (",", "\t", ";")
# Older tables begin with lines about the observation, one for each variable and each film.
_MOST_LINES_ABOVE = 200
_OBSERVATION, _SUBJECT, _BEHAVIOR = "Observation id", "Subject", "Behavior"
_START, _STOP, _TIME = "Start (s)", "Stop (s)", "Time"
# START, STOP or POINT; newer tables call the column by the second name.
_STATUS, _TYPE = "Status", "Behavior type"
_ADVICE = "Times are in seconds: export them so."
_NO_SUBJECT = "No focal subject"


def read_annotations(
    path: str | os.PathLike[str],
    *,
    fps: float,
    n_timesteps: int,
    subject: str | Sequence[str] | None = None,
    observation: str | None = None,
    behaviors: Sequence[str] | None = None,
    background: str = "none",
    encoding: str = "utf-8",
) -> NDArray[np.str_]:
    """Read the labels of the frames of one recording out of a table of events of BORIS.

    Two forms are read, as .csv or .tsv: *aggregated events*, a row per event with the columns
    ``Behavior``, ``Start (s)`` and ``Stop (s)``; and *tabular events*, a row per start and per
    stop, with ``Behavior``, ``Time`` and ``Status`` or ``Behavior type``, which is START, STOP or
    POINT. Lines above the names of the columns are passed over.

    Parameters
    ----------
    path : str or path-like
        The file.
    fps : float
        Frames per second of the recording.
    n_timesteps : int
        Its number of frames, ``len(poses)``.
    subject : str, sequence of str or None, default=None
        Whose events count; those of several together if they are listed. ``"No focal subject"``
        is that of events without one. None where the table has a single subject.
    observation : str or None, default=None
        The id of the observation; None where the table has one.
    behaviors : sequence of str or None, default=None
        The behaviors that count, the most important first: it gets the frames that several
        claim. Others are background. None reads all, and refuses frames that two claim.
    background : str, default="none"
        The label of frames without a behavior.
    encoding : str, default="utf-8"
        How the file holds text.

    Returns
    -------
    labels : ndarray of shape (n_timesteps,), str
        The behavior at each frame. A list of them is what DPadsFrameClassifier takes as `y`.

    Raises
    ------
    ImportError
        If pandas isn't installed.
    OSError
        If there is no such file, or it can't be read.
    TypeError
        If times are no numbers, or `behaviors` is a single name or a set.
    ValueError
        If the file is no such table; if two behaviors claim one frame, and `behaviors` doesn't
        say which is more important; if there are several subjects or observations, or none
        of the name given; if a STOP has no START, or a START follows another.

    Warns
    -----
    UserWarning
        If an event has no end: it lasts to that of the recording. If an event begins
        past the last frame: it is left out. One that only ends there is cut.

    See Also
    --------
    read_poses : The features of the frames.

    Notes
    -----
    A behavior has the frames from that nearest to its start to that before the one nearest to its
    stop, frame ``i`` being at ``i / fps`` seconds. One shorter than half a frame may have none. An
    event that takes no time, of type POINT, has the frame nearest to it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_dpads.datasets import read_annotations
    >>> text = '''Subject,Behavior,Behavior type,Start (s),Stop (s)
    ... mouse,groom,STATE,0.2,0.5
    ... mouse,rear,POINT,0.7,0.7
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "events.csv"
    ...     _ = path.write_text(text)
    ...     labels = read_annotations(path, fps=10, n_timesteps=9)
    >>> labels.tolist()
    ['none', 'none', 'groom', 'groom', 'groom', 'none', 'none', 'rear', 'none']
    """
    _check(fps, n_timesteps, behaviors, background)
    check_settings(",", encoding)
    table = _read_table(path, encoding)
    with naming(path):
        table = _select(table, _OBSERVATION, "observation", observation)
        table = _select(table, _SUBJECT, "subject", subject)
        if table[_BEHAVIOR].isna().any():
            raise ValueError(f"a row of the column {_BEHAVIOR!r} is empty.")
        events = _spans(table) if _START in table else _pairs(table)
        return to_labels(
            events,
            fps=float(fps),
            n_timesteps=operator.index(n_timesteps),
            background=background,
            behaviors=behaviors,
        )


def read_behaviors(path: str | os.PathLike[str], *, encoding: str = "utf-8") -> list[str]:
    """Read the names of the behaviors in a table of events of BORIS, of all subjects.

    Parameters
    ----------
    path : str or path-like
        The file.
    encoding : str, default="utf-8"
        How it holds text.

    Returns
    -------
    behaviors : list of str
        In the order of their first events.

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it is no such table.
    """
    return list(dict.fromkeys(_read_table(path, encoding)[_BEHAVIOR].dropna().tolist()))


def _read_table(path: str | os.PathLike[str], encoding: str) -> Any:
    n_skipped, sep = _header_of(path, encoding)
    names = (_OBSERVATION, _SUBJECT, _BEHAVIOR, _STATUS, _TYPE)
    return read_csv(path, sep=sep, encoding=encoding, as_text=names, n_skipped=n_skipped)


def _check(fps: Any, n_timesteps: Any, behaviors: Any, background: Any) -> None:
    number = isinstance(fps, Real) and fps is not True
    if not number or not 0 < float(fps) < math.inf:
        raise ValueError(f"fps must be a positive number, frames per second; got {fps!r}.")
    if not hasattr(n_timesteps, "__index__") or operator.index(n_timesteps) < 1:
        raise ValueError(
            f"n_timesteps must be a positive integer, the number of frames; got {n_timesteps!r}."
        )
    if isinstance(behaviors, str):
        raise TypeError(f"behaviors must be a list of names; got {behaviors!r}.")
    refuse_unordered(behaviors, "behaviors")
    if not isinstance(background, str):
        raise TypeError(f"background must be a label, a str; got {background!r}.")


def _header_of(path: str | os.PathLike[str], encoding: str) -> tuple[int, str]:
    """How many lines stand above the names of the columns, and what stands between those."""
    with open(path, encoding=encoding, errors="replace") as file:
        for place, line in enumerate(itertools.islice(file, _MOST_LINES_ABOVE)):
            for sep in _SEPARATORS:
                cells = [cell.strip().strip('"\ufeff') for cell in line.split(sep)]
                if _BEHAVIOR in cells and (_TIME in cells or {_START, _STOP} <= set(cells)):
                    return place, sep
    raise ValueError(
        f"{path}: a table of events has the columns Behavior, Start (s) and Stop (s), or Behavior, "
        "Time and Status; no line names them. Export events of BORIS as aggregated or tabular "
        "events, .csv or .tsv."
    )


def _select(table: Any, column: str, parameter: str, wanted: Any) -> Any:
    """Rows of one observation, or of the subjects that are asked for."""
    if column not in table:
        if wanted is not None:
            raise ValueError(f"{parameter}={wanted!r} can't be found: there is no {column!r}.")
        return table
    values = table[column].fillna(_NO_SUBJECT)
    there = list(dict.fromkeys(values))
    if wanted is None:
        if len(there) > 1:
            raise ValueError(f"pass {parameter}=, one of {listed(there)}.")
        return table
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    absent = [name for name in names if name not in there]
    if absent:
        raise ValueError(f"there is no {parameter} {absent[0]!r}; there are {listed(there)}.")
    return table[values.isin(names)]


def _spans(table: Any) -> list[Event]:
    """Events of a table that has a row for each."""
    starts, stops = (as_floats(table[name], name, advice=_ADVICE) for name in (_START, _STOP))
    _refuse_missing(starts, _START)
    kinds = table[_TYPE] if _TYPE in table else [""] * len(table)
    return [
        Event(
            behavior,
            start,
            None if math.isnan(stop) else stop,
            "POINT" in str(kind).upper() or start == stop,
        )
        for behavior, start, stop, kind in zip(
            table[_BEHAVIOR].tolist(), starts.tolist(), stops.tolist(), kinds, strict=True
        )
    ]


def _pairs(table: Any) -> list[Event]:
    """Events of a table that has a row for each start and each stop, paired as BORIS does."""
    column = _STATUS if _STATUS in table else _TYPE
    if column not in table:
        raise ValueError(f"there is no column {_STATUS!r} or {_TYPE!r}, with START and STOP.")
    times = as_floats(table[_TIME], _TIME, advice=_ADVICE)
    _refuse_missing(times, _TIME)
    modifiers = [name for name in table if str(name).startswith("Modifier")]
    keys = [name for name in (_SUBJECT, _BEHAVIOR, *modifiers) if name in table]
    # Cells of a modifier that is nowhere set are numbers, NaN.
    rows = table[keys].astype(object).fillna("").astype(str).itertuples(index=False, name=None)
    statuses = table[column].fillna("").str.strip().str.upper().tolist()
    entries = list(zip(times.tolist(), statuses, rows, table[_BEHAVIOR].tolist(), strict=True))
    events: list[Event] = []
    running: dict[tuple[str, ...], float] = {}
    for time, status, key, behavior in sorted(entries, key=lambda entry: entry[0]):
        if status == "POINT":
            events.append(Event(behavior, time, time, True))
        elif status == "START" and key not in running:
            running[key] = time
        elif status == "STOP" and key in running:
            events.append(Event(behavior, running.pop(key), time, False))
        elif status in ("START", "STOP"):
            raise ValueError(
                f"{behavior!r} has a {status} at {time:g} s, but "
                + (f"began at {running[key]:g} s" if key in running else "has not begun")
                + ". Add the other end in BORIS, or delete the row."
            )
        else:
            raise ValueError(f"{column} must be START, STOP or POINT; got {status!r}.")
    behavior_at = keys.index(_BEHAVIOR)
    events += [Event(key[behavior_at], start, None, False) for key, start in running.items()]
    return events


def _refuse_missing(times: NDArray[np.float64], column: str) -> None:
    if np.isnan(times).any():
        raise ValueError(
            f"the column {column!r} has no value in row {int(np.argmax(np.isnan(times)))}, counted "
            "from 0. Events of images have no times; export those of films."
        )
