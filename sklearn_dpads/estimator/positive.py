"""The positive class of two: the one whose log-odds a program gives, whatever it is called."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..inputs.frame_pairs import equals_label
from .label_forms import Samples

# Pairs of labels that say themselves which one is positive, as scikit-learn reads them.
_TELLING: tuple[frozenset[Any], ...] = (frozenset([0, 1]), frozenset([-1, 1]))


def ordered_classes(pos_label: Any, samples: Samples) -> NDArray[Any]:
    """Give the classes in the order of a program's outputs: of two, the positive one last.

    Parameters
    ----------
    pos_label : label or None
        The positive class. None takes 1 or True where the labels are 0 and 1, -1 and 1, or
        booleans, else the class of fewer labels, by weight; of two as frequent ones, the last.
    samples : Samples
        The labels.

    Raises
    ------
    ValueError
        If `pos_label` is no class, or if there are more than two.
    """
    classes = samples.classes
    if pos_label is None:
        positive = _default(samples) if len(classes) == 2 else len(classes) - 1
    else:
        positive = _given(pos_label, classes)
    return classes if positive else classes[::-1].copy()


def _given(pos_label: Any, classes: NDArray[Any]) -> int:
    if len(classes) > 2:
        raise ValueError(
            f"pos_label={pos_label!r} is for two classes, but y has {len(classes)}. Leave "
            "pos_label out."
        )
    found = np.flatnonzero(equals_label(classes, pos_label))
    if not found.size:
        raise ValueError(
            f"pos_label={pos_label!r} is no class: the classes are {classes.tolist()}."
        )
    return int(found[0])


def _default(samples: Samples) -> int:
    if frozenset(samples.classes.tolist()) in _TELLING:
        return 1
    labelled = samples.codes >= 0
    weights = None if samples.weights is None else samples.weights[labelled]
    first, second = np.bincount(samples.codes[labelled], weights, minlength=2)
    return int(second <= first)


def recoded(samples: Samples, ordered: NDArray[Any]) -> NDArray[np.int64]:
    """Give the codes of the labels in another order of the classes."""
    new = places_of(samples.classes, ordered)
    return np.where(samples.codes < 0, samples.codes, new[samples.codes])


def order_of_program(program_classes: Any, classes: NDArray[Any]) -> NDArray[Any]:
    """Give classes in the order in which a program names them; as they are where it doesn't."""
    named = list(program_classes or ())
    known = classes.tolist()
    if len(named) != len(known) or set(named) != set(known):
        return classes
    return classes[[known.index(label) for label in named]]


def places_of(classes: NDArray[Any], ordered: NDArray[Any]) -> NDArray[np.int64]:
    """Tell where each class stands in another order of the same classes.

    Examples
    --------
    >>> places_of(np.array(["a", "b", "c"]), np.array(["c", "a", "b"]))
    array([1, 2, 0])
    """
    there = ordered.tolist()
    return np.array([there.index(label) for label in classes.tolist()], dtype=np.int64)
