"""The order of frames in time: numbers and dates as they sort, text where it surely sorts so."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads.inputs.frame_labels import missing

from .cells import COMMA_ADVICE, as_text, have_decimal_comma

# Year first, two digits each: what is earlier comes first as text, too. A text that goes on where
# another ends comes after it, so that seconds and their fractions may be left out.
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_OFFSET = r"(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_ISO_8601 = (
    re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?"),
    re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?P<between>[T ]){_CLOCK}{_OFFSET}"),
    re.compile(rf"[0-9]{{8}}(?P<between>T)[0-9]{{6}}(?:\.[0-9]+)?{_OFFSET}"),
    re.compile(_CLOCK),
)
_ONE_NUMBER = re.compile(r"(?P<before>[^0-9]*)(?P<digits>[0-9]+)(?P<after>[^0-9]*)")

_EXTRACT = r"{column}.str.extract('([0-9]+)', expand=False).astype(int)"
# What texts look like, and what makes times of them that sort.
_CONVERSIONS: tuple[tuple[str, str], ...] = (
    (r"\s*[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?\s*", "pandas.to_numeric({column})"),
    (r"[0-9]+:[0-9]+\s*[AaPp][Mm]", "pandas.to_datetime({column}, format='%I:%M %p')"),
    (r"[0-9]+:[0-9]+:[0-9]+\s*[AaPp][Mm]", "pandas.to_datetime({column}, format='%I:%M:%S %p')"),
    (r"[0-9]+:[0-9]+:[0-9.]+", "pandas.to_timedelta({column})"),
    (r"[0-9]+:[0-9]+", "pandas.to_datetime({column}, format='%H:%M')"),
    (r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]+.*", "pandas.to_datetime({column}, format='%d/%m/%Y')"),
    (r"[0-9]{4}[/.-].*", "pandas.to_datetime({column})"),
    (r"[^0-9]*[0-9]+[^0-9]*", _EXTRACT),
)


def order_rows(
    codes: NDArray[np.int64], times: NDArray[Any] | None, name: Any, ids: NDArray[Any]
) -> NDArray[np.int64]:
    """Order of rows by sequence and then time, if there are times.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,), int64
        The sequence of each row.
    times : ndarray of shape (n_rows,) or None
        The time of each row; None keeps the order of the rows.
    name : hashable
        The column of the times.
    ids : ndarray of shape (n_samples,)
        What the table calls the sequences.

    Raises
    ------
    TypeError
        If times can't be sorted.
    ValueError
        If a time is missing, stands twice in a sequence, or is text whose order may not be
        that of time.

    Warns
    -----
    UserWarning
        If times are text, and rows of a sequence stand in another order.
    """
    if times is None:
        return np.argsort(codes, kind="stable")
    if missing(times).any():
        row = int(np.argmax(missing(times)))
        raise ValueError(f"Column {name!r} orders the frames, but has no value in row {row}.")
    is_text = _refuse_unsure(set(times.tolist()), f"Column {name!r}", f"table[{name!r}]")
    try:
        ranks = np.unique(times, return_inverse=True)[1]
    except TypeError as error:
        raise TypeError(f"Column {name!r} holds times that can't be sorted: {error}.") from error
    order = np.lexsort((ranks, codes))
    twice = (np.diff(codes[order]) == 0) & (np.diff(ranks[order]) == 0)
    if twice.any():
        row = order[int(np.argmax(twice))]
        raise ValueError(
            f"Sequence {as_text(ids[codes[row]])} has two rows for time {as_text(times[row])} in "
            f"column {name!r}. Drop or average such rows, or pass the column that tells "
            "these sequences apart."
        )
    if is_text:
        _warn_of_another_order(codes, times, ranks, name, ids)
    return order


def sort_times(times: Iterable[Any]) -> list[Any]:
    """Times of columns in order.

    Raises
    ------
    TypeError
        If they can't be sorted.
    ValueError
        If they are text whose order may not be that of time.
    """
    times = list(times)
    _refuse_unsure(times, "The level of the times", "that level")
    try:
        return sorted(times)
    except TypeError as error:
        raise TypeError(f"The times of the columns can't be sorted: {error}.") from error


def _refuse_unsure(times: Iterable[Any], where: str, column: str) -> bool:
    """Tell whether times are text, and refuse text whose order may not be that of time."""
    times = list(times)
    if not all(isinstance(time, str) for time in times):
        return False
    if not (_are_iso_8601(times) or _are_padded(times)):
        in_order = sorted(times, key=lambda time: (len(time), time))
        first, last = in_order[0], in_order[-1]
        raise ValueError(
            f"{where} holds text such as {as_text(first)} and {as_text(last)}, whose order as text "
            f"may not be that of time. {_advice(times, column)} Text is taken as it is where it is "
            "ISO 8601 throughout, or digits of one width."
        )
    return True


def _are_iso_8601(times: list[str]) -> bool:
    return any(_all_match(form, times) for form in _ISO_8601)


def _all_match(form: re.Pattern[str], times: list[str]) -> bool:
    """Whether all texts are of a form, with one separator and one offset from UTC."""
    found = [form.fullmatch(time) for time in times]
    parts = {tuple(match.groups()) for match in found if match is not None}
    # An offset that stands after seconds here, after their fraction there, would be compared
    # with the point.
    same_width = len({len(time) for time in times}) == 1
    plain = all(match is None or match.groupdict().get("offset") is None for match in found)
    return None not in found and len(parts) == 1 and (plain or same_width)


def _are_padded(times: list[str]) -> bool:
    """Whether texts differ in one number alone, which has one width and no sign."""
    found = [_ONE_NUMBER.fullmatch(time) for time in times]
    frames = {
        (match["before"], match["after"], len(match["digits"]))
        for match in found
        if match is not None
    }
    if None in found or len(frames) != 1:
        return False
    return next(iter(frames))[0].strip() not in ("-", "\N{MINUS SIGN}")


def _advice(times: list[str], column: str) -> str:
    if have_decimal_comma(times):
        return COMMA_ADVICE
    for form, conversion in _CONVERSIONS:
        if all(re.fullmatch(form, time) for time in times):
            what = conversion.format(column=column)
            which = " (or %m/%d/%Y, as the file has it)" if "%d/" in what else ""
            return f"Convert it first: {what}{which}."
    return f"Convert it first, to numbers, or with pandas.to_datetime({column})."


def _warn_of_another_order(
    codes: NDArray[np.int64],
    times: NDArray[Any],
    ranks: NDArray[np.int64],
    name: Any,
    ids: NDArray[Any],
) -> None:
    ordered = np.argsort(codes, kind="stable")
    falls = (np.diff(codes[ordered]) == 0) & (np.diff(ranks[ordered]) < 0)
    if falls.any():
        at = int(np.argmax(falls))
        first, second = ordered[at], ordered[at + 1]
        warnings.warn(
            f"Frames are sorted by the text in column {name!r}, and {falls.sum()} rows of their "
            f"sequence stand in another order: in sequence {as_text(ids[codes[first]])}, "
            f"{as_text(times[second])} follows {as_text(times[first])}. If the rows were right, "
            "leave the time out.",
            UserWarning,
            stacklevel=5,
        )
