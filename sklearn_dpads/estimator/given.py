"""Classifiers that have a program without having looked for it, such as one from a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from sklearn.base import clone

from ..grammar import Grammar, OneVsRest
from ..inputs.names import keep_names
from ..inputs.sequences import check_sequences
from ..program import Program
from .label_forms import read_samples
from .results import ProgramTable

E = TypeVar("E")


def with_program(estimator: E, program: Program, X: Any, y: Any) -> E:
    """Give a classifier that has a program as if it had found it.

    Parameters
    ----------
    estimator : SearchingClassifier
        Tells how sequences are labelled and weighed.
    program : Program
        The program.
    X, y : array-like
        Sequences and their labels, as in `fit`.

    Returns
    -------
    fitted : SearchingClassifier
        A clone, whose grammar has the productions of the program.

    Raises
    ------
    TypeError, ValueError
        If `X` and `y` are none of what is allowed, if they don't fit the program, or if it is made
        of one for each class.
    """
    whole = program.expression
    if isinstance(whole.production, OneVsRest):
        raise ValueError(
            "The program has one for each class, whose numbers were calibrated together after "
            "they were fitted, so that refits of it don't compare."
        )
    productions = tuple(dict.fromkeys(node.production for _, node in whole.walk()))
    name = type(estimator).__name__
    unfitted: Any = clone(estimator)
    data = check_sequences(X, estimator_name=name, n_features=program.n_features)
    classes = read_samples(unfitted, y, None, data).classes
    known = tuple(classes.tolist()) if program.classes is None else program.classes
    if set(known) != set(classes.tolist()):
        raise ValueError(
            f"The labels are {classes.tolist()}, but the classes of the program are "
            f"{list(known)}. Give labels of the same classes."
        )
    changes: dict[str, Any] = {"grammar": Grammar(productions), "feature_groups": None}
    changes |= {"max_depth": max(2, whole.depth)}
    if len(known) == 2:
        changes["pos_label"] = known[1]
    fitted: Any = unfitted.set_params(**changes)
    fitted.classes_, fitted.grammar_ = classes, changes["grammar"]
    fitted.n_features_in_, fitted.n_outputs_ = program.n_features, program.n_outputs
    keep_names(fitted, program.feature_names)
    fitted.program_ = replace(program, classes=known)
    fitted.programs_ = ProgramTable()
    of_this_class: E = fitted
    return of_this_class
