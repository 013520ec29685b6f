"""Where the features lie that a program reads: their means and spreads on the data of a fit.

They decide nothing. Numbers are printed by them: around the mean of a feature that is far from 0,
with the digits that its spread calls for, or for each standard deviation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..grammar import RAW, Affine, StreamKey
from ..grammar.spans import span_label
from .expression import Array, Expression

# A feature whose mean is more of its standard deviations away from 0 than these is printed
# around its mean. With fewer, two digits more are easier to read than a difference.
_FAR = 10.0


@dataclass(frozen=True)
class Scales:
    """Means and standard deviations of what a program reads.

    Parameters
    ----------
    streams : dict of str to dict of int to (float, float)
        By the name of what stands for the frames, and by the number of the feature; see
        :func:`name_of`.

    Raises
    ------
    ValueError
        If a number is not finite, or a deviation negative.
    """

    streams: Mapping[str, Mapping[int, tuple[float, float]]]

    def __post_init__(self) -> None:
        for name, features in self.streams.items():
            for feature, (center, spread) in features.items():
                if not (math.isfinite(center) and math.isfinite(spread) and spread >= 0):
                    raise ValueError(
                        f"scales of {name}, feature {feature}: a mean and a standard deviation "
                        f"must be finite, the second not negative; got {center!r}, {spread!r}."
                    )

    def of(self, node: Expression, key: StreamKey) -> tuple[Array, Array]:
        """Give means and deviations of the features of an ``Affine``; 0 and 1 if not known."""
        known = self.streams.get(name_of(key), {})
        pairs = [known.get(feature, (0.0, 1.0)) for feature in features_of(node)]
        centers, spreads = zip(*pairs, strict=True)
        return np.array(centers), np.array(spreads)


def features_of(node: Expression) -> tuple[int, ...]:
    """Give the numbers of the features that an ``Affine`` reads."""
    assert isinstance(node.production, Affine)
    return node.production.features


def name_of(key: StreamKey) -> str:
    """Give what a function of frames is applied to a name: ``frames``, ``Avg[10]``, ….

    Examples
    --------
    >>> from sklearn_dpads.grammar import SlideWindowAvg
    >>> name_of(SlideWindowAvg(10).stream)
    'Avg[10]'
    """
    if key.kind == "raw":
        return "frames"
    before = "" if key.kind == "causal" else key.kind.capitalize()
    return f"{before}{key.statistic.name}[{span_label(key.window)}]"


def readings(expression: Expression) -> Iterator[tuple[Expression, StreamKey]]:
    """Give each ``Affine``, and the stream that it reads."""
    return _readings(expression, RAW)


def _readings(node: Expression, key: StreamKey) -> Iterator[tuple[Expression, StreamKey]]:
    production = node.production
    if isinstance(production, Affine):
        yield node, key
    elif production.streams:
        # What a filter gives is about as large as the frames.
        key = production.stream or RAW
    for arg in node.args:
        yield from _readings(arg, key)


def offsets_of(expression: Expression, scales: Scales | None) -> dict[int, Array]:
    """Give what is taken from the features of each ``Affine`` where it is printed.

    Parameters
    ----------
    expression : Expression
        The program.
    scales : Scales or None
        Where its features lie.

    Returns
    -------
    offsets : dict of int to ndarray of shape (n_features_of_the_group,)
        By the id of the node; 0 for features that lie around 0.
    """
    if scales is None:
        return {}
    return {id(node): _offsets(*scales.of(node, key)) for node, key in readings(expression)}


def n_numbers(expression: Expression, scales: Scales | None) -> int:
    """Count the numbers other than 0 of an expression as it is printed.

    Of features far from 0 a constant is printed around their means, where it may be 0.

    Parameters
    ----------
    expression : Expression
        The program.
    scales : Scales or None
        Where its features lie.
    """
    found = expression.n_parameters
    offsets = offsets_of(expression, scales)
    for _, node in expression.walk():
        if id(node) in offsets:
            bias, moved = node.params["bias"], node.params["weight"] @ offsets[id(node)]
            is_none = np.abs(bias + moved) <= _ROUNDING * (np.abs(bias) + np.abs(moved))
            found += int(np.count_nonzero(~is_none)) - int(np.count_nonzero(bias))
    return found


# What is left of a constant that is 0 around the means.
_ROUNDING = 1e-9


def _offsets(centers: Array, spreads: Array) -> Array:
    return np.array([_offset(c, s) for c, s in zip(centers, spreads, strict=True)])


def _offset(center: float, spread: float) -> float:
    """Round a mean to the first digit of the spread, if it is far away from 0."""
    if spread <= 0.0 or abs(center) <= _FAR * spread:
        return 0.0
    return round(float(center), -math.floor(math.log10(spread)))


def per_deviation(expression: Expression, scales: Scales) -> Expression:
    """Give an expression of features that are told in standard deviations from their means.

    Parameters
    ----------
    expression : Expression
        Of features as they are.
    scales : Scales
        Where they lie.
    """
    places = {id(node): scales.of(node, key) for node, key in readings(expression)}

    def changed(node: Expression) -> Expression:
        whole = node.with_args(tuple(changed(arg) for arg in node.args))
        if id(node) not in places:
            return whole
        centers, spreads = places[id(node)]
        weight, bias = node.params["weight"], node.params["bias"]
        scaled = {"weight": weight * spreads, "bias": bias + weight @ centers}
        return whole.with_params({**node.params, **scaled})

    return changed(expression)


def scales_to_data(scales: Scales | None) -> Any:
    """Give scales as what JSON holds."""
    if scales is None:
        return None
    return {
        name: {str(feature): list(pair) for feature, pair in features.items()}
        for name, features in scales.streams.items()
    }


def scales_from_data(data: Any) -> Scales | None:
    """Read what :func:`scales_to_data` gives.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    if data is None:
        return None
    try:
        streams = {
            str(name): {int(feature): _pair(pair) for feature, pair in features.items()}
            for name, features in data.items()
        }
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            "program.scales must hold [mean, deviation] by stream and by number of the feature."
        ) from error
    return Scales(streams)


def _pair(pair: Any) -> tuple[float, float]:
    center, spread = pair
    if any(isinstance(value, bool | str) for value in (center, spread)):
        raise TypeError("no numbers")
    return float(center), float(spread)
