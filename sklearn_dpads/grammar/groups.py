"""Feature groups: which columns of a frame an ``Affine`` reads, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from numbers import Integral

# Each column has a name, made where it is asked for: a million take 60 MB. Real frames have
# tens of features; a text of a hundred bytes that asks for 10**8 would take gigabytes.
MOST_FEATURES = 10**6


def check_n_features(n_features: int) -> None:
    """Refuse more features than a frame may have.

    Raises
    ------
    ValueError
        If there are more.
    """
    if n_features > MOST_FEATURES:
        raise ValueError(f"Frames have at most {MOST_FEATURES} features; got {n_features}.")


def resolve_groups(
    feature_groups: Mapping[str, Sequence[int | str]] | int,
    feature_names: Sequence[str] | None,
) -> dict[str, tuple[int, ...]]:
    """Give the columns of each group by its name.

    Parameters
    ----------
    feature_groups : dict of str to sequence of int or str, or int
        Columns of each group. An int is a number of features: each is then a group of its own,
        and so are all.
    feature_names : sequence of str or None
        Names of the columns.

    Returns
    -------
    groups : dict of str to tuple of int

    Raises
    ------
    TypeError, ValueError
        If there is no group, or one is empty, holds a column twice, or names an unknown one.
    """
    if isinstance(feature_names, set | frozenset):
        raise TypeError(
            "feature_names must be a list of names, in the order of the columns; got "
            f"{feature_names!r}, which has an order of its own in every process."
        )
    names = None if feature_names is None else list(feature_names)
    if isinstance(feature_groups, int) and not isinstance(feature_groups, bool):
        if feature_groups < 1:
            raise ValueError(f"A frame needs at least 1 feature; got {feature_groups}.")
        check_n_features(feature_groups)
        labels = names if names is not None else [f"x{i}" for i in range(feature_groups)]
        if len(labels) != feature_groups:
            raise ValueError(
                f"{len(labels)} feature names were given for {feature_groups} features."
            )
        groups: dict[str, tuple[int, ...]] = {label: (i,) for i, label in enumerate(labels)}
        if len(groups) < feature_groups:
            raise ValueError(f"Feature names must differ from each other; got {labels}.")
        return with_all_features(groups)
    if not isinstance(feature_groups, Mapping):
        raise TypeError(
            "feature_groups must be a dict of group name to column indices, or a number of "
            f"features; got {type(feature_groups).__name__}."
        )
    if not feature_groups:
        raise ValueError("feature_groups is empty; give at least one group of columns.")
    places = None if names is None else _places(names)
    return {
        str(name): _resolve_columns(str(name), columns, places)
        for name, columns in feature_groups.items()
    }


def with_all_features(groups: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Give the groups and, where none of them is that, one of all their columns.

    It is called ``all``, or ``all_`` where a group has that name.
    """
    columns = tuple(sorted({column for group in groups.values() for column in group}))
    name = "all"
    while name in groups:
        name += "_"
    known = any(sorted(group) == list(columns) for group in groups.values())
    return dict(groups) if known else {**groups, name: columns}


def _places(names: Sequence[str]) -> dict[str, int]:
    """The first place of each name."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(name, place)
    return places


def _resolve_columns(
    group: str, columns: Sequence[int | str], places: Mapping[str, int] | None
) -> tuple[int, ...]:
    if isinstance(columns, str) or not hasattr(columns, "__iter__"):
        raise TypeError(
            f"Feature group {group!r} must be a list of column indices or names; got {columns!r}. "
            f"For one column, write [{columns!r}]."
        )
    resolved: list[int] = []
    for column in columns:
        if isinstance(column, str):
            if places is None or column not in places:
                known = f"known are {list(places)}" if places else "no feature names were given"
                raise ValueError(f"Feature group {group!r} names {column!r}; {known}.")
            resolved.append(places[column])
        else:
            resolved.append(_resolve_index(group, column))
    if isinstance(columns, Set):
        # Which columns are read together needs no order, but a program is printed in one.
        resolved.sort()
    if not resolved:
        raise ValueError(f"Feature group {group!r} is empty; give at least one column.")
    if min(resolved) < 0 or len(set(resolved)) < len(resolved):
        raise ValueError(
            f"Feature group {group!r} is {resolved}; columns must be distinct and not negative."
        )
    return tuple(resolved)


def _resolve_index(group: str, column: object) -> int:
    if isinstance(column, bool) or not isinstance(column, Integral):
        raise TypeError(
            f"Feature group {group!r} must hold column indices or names; got {column!r}."
        )
    return int(column)
