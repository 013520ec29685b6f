"""Scaling of frames, and programs carried from one scale to another without error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from ..grammar import Affine, TemporalFilter
from ..grammar.statistics import of_constant
from ..inputs.sequences import Sequences
from ..program import Expression
from ..program.prefixes import filter_weights
from .scaled import ScaledSequences

Array = NDArray[np.float64]


# Values that are scaled once, and held: 64 MB. Of more, parts are scaled whenever they are read.
_MOST_SCALED = 2**23

# The square of a larger number, times some millions of frames, is no number any more.
LARGEST = 1e150
# Programs are trained in single precision, where the square of a larger number is none.
LARGEST_AS_GIVEN = 1e18


def check_magnitudes(data: Sequences, names: Sequence[str] | None, standardize: bool | str) -> None:
    """Refuse values that have no variance in double precision, or as they are in single.

    Raises
    ------
    ValueError
        If a feature has values beyond 1e150, or 1e18 where none is scaled; the message names it,
        and where the first one is.
    """
    largest = LARGEST if standardize else LARGEST_AS_GIVEN
    for rows, part in data.parts():
        if max(part.frames.max(), -part.frames.min()) > largest:
            row, frame, feature = np.argwhere(np.abs(part.frames) > largest)[0].tolist()
            name = f"feature {feature}" if names is None else f"feature {names[feature]!r}"
            raise ValueError(
                f"X holds {part.frames[row, frame, feature]:.3g} at sample {rows[row]}, frame "
                f"{frame}, {name}; values beyond {largest:.0e} can't be "
                f"{'scaled' if standardize else 'trained on unscaled'}. Take out what is no "
                "measurement, divide the feature, or take its logarithm."
            )


@dataclass(frozen=True)
class FrameScaling:
    """Shift and scale of every feature: z = (x - mean) / scale.

    Parameters
    ----------
    mean, scale : ndarray of shape (n_features,)
        In the units of the user.
    """

    mean: Array
    scale: Array

    @classmethod
    def fit(cls, data: Sequences, standardize: bool | str = True) -> FrameScaling:
        """The scaling that the frames call for.

        Parameters
        ----------
        data : Sequences
            The sequences.
        standardize : bool or "robust", default=True
            True for mean and standard deviation over all frames, "robust" for median and
            distance of the quartiles, False for none. A feature without spread has scale 1;
            one whose quartiles coincide is scaled by its standard deviation.
        """
        if not standardize:
            return cls.identity(data.n_features)
        scaler = StandardScaler()
        for _, part in data.parts():
            # Sums of another order in memory would differ by rounding.
            scaler.partial_fit(np.ascontiguousarray(part.flat()))
        if standardize != "robust":
            return cls(scaler.mean_, scaler.scale_)
        low, middle, high = np.quantile(data.flat(), [0.25, 0.5, 0.75], axis=0)
        # The quartiles of a normal distribution are 1.349 standard deviations apart.
        spread = (high - low) / 1.349
        # What rounding alone tells apart is no spread.
        least = 10.0 * np.finfo(np.float64).eps * np.maximum(np.abs(low), np.abs(high))
        return cls(middle, np.where(spread > least, spread, scaler.scale_))

    @classmethod
    def identity(cls, n_features: int) -> FrameScaling:
        """The scaling that changes nothing."""
        return cls(np.zeros(n_features), np.ones(n_features))

    def sequences(self, data: Sequences) -> Sequences:
        """Scaled sequences, zero past their ends, padded no further than to the longest."""
        scaled = ScaledSequences(data, self.mean, self.scale)
        if scaled.n_samples * scaled.n_timesteps * scaled.n_features > _MOST_SCALED:
            return scaled
        return Sequences(scaled.frames, data.lengths)

    def to_raw(self, expression: Expression) -> Expression:
        """Program over raw frames that equals a program over scaled ones."""
        return substitute(expression, -self.mean / self.scale, 1.0 / self.scale)

    def to_scaled(self, expression: Expression) -> Expression:
        """Program over scaled frames that equals a program over raw ones."""
        return substitute(expression, self.mean, self.scale)


def substitute(expression: Expression, shift: Array, factor: Array) -> Expression:
    """Put x = shift + factor * z for the frame of a program.

    Only ``Affine`` reads frames, and a statistic of frames or a filter of them scales as a frame
    does, shifted by what it is where all frames are the shift, so that changing the weights and
    biases of all ``Affine`` leaves is exact. Accumulators of ``Fold`` are values, not frames, and
    keep their weights.

    Parameters
    ----------
    expression : Expression
        Program over x, without ``Input``.
    shift, factor : ndarray of shape (n_features,)
        The substitution.

    Returns
    -------
    expression : Expression
        Program over z.
    """
    production, params = expression.production, dict(expression.params)
    key, below = production.stream, shift
    if key is not None and key.kind != "raw":
        below = of_constant(key.statistic, shift, np)
    elif isinstance(production, TemporalFilter):
        below = sum(filter_weights(expression)) * shift
    args = tuple(substitute(arg, below, factor) for arg in expression.args)
    if isinstance(production, Affine):
        columns = list(production.features)
        weight = params["weight"]
        params["weight"] = weight * factor[columns]
        params["bias"] = params["bias"] + weight @ shift[columns]
    return Expression(production, expression.width, expression.accumulator, args, params)
