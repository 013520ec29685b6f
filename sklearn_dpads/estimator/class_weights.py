"""The parameter class_weight, checked and turned into a weight per class."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .samples import Samples


def class_weights(
    class_weight: Mapping[Any, float] | str | None, samples: Samples
) -> NDArray[np.float64] | None:
    """Give the weight of each class.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        As the estimators take it; "balanced" goes by the sum of the weights of each class's
        labels. Classes that a dict leaves out have weight 1.
    samples : Samples
        The labels with their weights.

    Returns
    -------
    weights : ndarray of shape (n_classes,), float64, or None
        None where all classes weigh the same because nothing else was asked for.

    Raises
    ------
    TypeError, ValueError
        If ``class_weight`` is none of what is allowed, names an unknown class, or holds a
        weight that is not positive.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, Mapping):
        _check_class_weights(class_weight, samples.classes)
        return np.array([class_weight.get(label, 1.0) for label in samples.classes.tolist()], float)
    if not isinstance(class_weight, str):
        raise TypeError(
            "class_weight must be 'balanced', a dict of class label to weight, or None; got a "
            f"{type(class_weight).__name__}."
        )
    if class_weight != "balanced":
        raise ValueError(
            "class_weight must be 'balanced', a dict of class label to weight, or None; got "
            f"{class_weight!r}."
        )
    labelled = samples.codes >= 0
    weights = None if samples.weights is None else samples.weights[labelled]
    totals = np.bincount(samples.codes[labelled], weights)
    balanced: NDArray[np.float64] = totals.sum() / (len(totals) * totals)
    return balanced


def _check_class_weights(class_weight: Mapping[Any, float], classes: NDArray[Any]) -> None:
    known = classes.tolist()
    unknown = [label for label in class_weight if label not in known]
    if unknown:
        raise ValueError(f"class_weight names {unknown}, but the classes of y are {known}.")
    for label, weight in class_weight.items():
        if not (isinstance(weight, Real) and 0 < weight < np.inf):
            raise ValueError(
                f"class_weight must hold positive numbers; class {label!r} has {weight!r}."
            )
