"""Sequences that are altered: some features, in a span of frames, in the layout they came in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..grammar.groups import resolve_groups
from ..grammar.spans import Part, Span, read_span, span_bounds
from ..inputs.names import names_of
from ..inputs.numbers import is_integral
from ..inputs.sequences import check_sequences_with_gaps
from ..program.text import column_names

Array = NDArray[np.float64]
# Gives new values of shape (n_frames, n_columns), of the number of a sequence and its old ones.
Change = Callable[[int, Array], Array]
Features = Mapping[str, Sequence[int | str]] | Sequence[int | str] | None


@dataclass(frozen=True, eq=False)
class Alterable:
    """Sequences as a fitted estimator is asked about them.

    Parameters
    ----------
    members : list of ndarray of shape (n_timesteps_i, n_features)
        The sequences without padding; values inside them may be NaN.
    n_timesteps : int or None
        What to pad to, of sequences that came as an array; None of a list.
    names : tuple of str
        Names of the features.
    """

    members: list[Array]
    n_timesteps: int | None
    names: tuple[str, ...]

    @classmethod
    def read(cls, estimator: Any, X: Any, caller: str) -> Alterable:
        """Check that an estimator is fitted, and read the sequences.

        Whether values may be missing is left to the estimator.
        """
        check_is_fitted(estimator)
        known = getattr(estimator, "feature_names_in_", None)
        n_features = getattr(estimator, "n_features_in_", None)
        data = check_sequences_with_gaps(
            X, estimator_name=caller, n_features=n_features, feature_names=known
        )
        frames = data.frames
        members = [frames[i, :length] for i, length in enumerate(data.lengths.tolist())]
        names = names_of(X) if known is None else tuple(known)
        is_array = getattr(X, "ndim", 1) == 3
        return cls(
            members,
            data.n_timesteps if is_array else None,
            tuple(column_names(data.n_features, names)),
        )

    def columns(self, features: Features) -> dict[str, tuple[int, ...]]:
        """Give the columns of what is altered together, by its name.

        Raises
        ------
        TypeError, ValueError
            If `features` is none of what is allowed.
        """
        if features is None:
            return {name: (i,) for i, name in enumerate(self.names)}
        if isinstance(features, str) or not isinstance(features, Mapping | Sequence | np.ndarray):
            raise TypeError(
                "features must be a list of names or indices, a dict of the features of each "
                f"group, or None for all; got {features!r}."
            )
        if not isinstance(features, Mapping):
            features = {self._name(feature): [feature] for feature in features}
        found = resolve_groups(features, self.names)
        beyond = [column for columns in found.values() for column in columns]
        if max(beyond) >= len(self.names):
            raise ValueError(
                f"features holds {max(beyond)}, but there are {len(self.names)} features, "
                f"0 to {len(self.names) - 1}."
            )
        return found

    def _name(self, feature: Any) -> str:
        at_hand = is_integral(feature) and 0 <= feature < len(self.names)
        return self.names[int(feature)] if at_hand else str(feature)

    def altered(self, columns: Sequence[int], span: Span, change: Change) -> Any:
        """Give the sequences with other values, in the layout in which they came.

        Parameters
        ----------
        columns : sequence of int
            The features.
        span : int, Part or None
            The frames.
        change : callable
            What to put in their place.
        """
        new = []
        for i, member in enumerate(self.members):
            first, end = span_bounds(span, len(member))
            values = member.copy()
            values[first:end, list(columns)] = change(i, member[first:end, list(columns)])
            new.append(values)
        if self.n_timesteps is None:
            return new
        padded = np.full((len(new), self.n_timesteps, len(self.names)), np.nan)
        for row, values in zip(padded, new, strict=True):
            row[: len(values)] = values
        return padded

    def inside(self, column: int, span: Span) -> Array:
        """Give all values that a feature has in a span, without those that are missing."""
        bounds = [span_bounds(span, len(member)) for member in self.members]
        parts = [
            member[first:end, column]
            for member, (first, end) in zip(self.members, bounds, strict=True)
        ]
        values = np.concatenate(parts)
        return values[~np.isnan(values)]


def read_spans(spans: Any) -> list[Span]:
    """Read spans: a number of equal parts, a list of spans, or None for all frames.

    Examples
    --------
    >>> [str(span) for span in read_spans(2)]
    ['1/2', '2/2']
    """
    if spans is None:
        return [None]
    if is_integral(spans) and not isinstance(spans, bool | np.bool_):
        if spans < 1:
            raise ValueError(f"spans must be at least 1 part; got {spans}.")
        return [Part(number + 1, int(spans)) for number in range(int(spans))]
    if isinstance(spans, str) or not isinstance(spans, Sequence) or not len(spans):
        raise TypeError(
            "spans must be a number of equal parts, a list of spans such as ['1/3', 10], or None "
            f"for all frames; got {spans!r}."
        )
    return [read_span("spans", span) for span in spans]
