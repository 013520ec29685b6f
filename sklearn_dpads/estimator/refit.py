"""The parameters of a program fitted again, without a search."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from ..grammar import Grammar, Input, OneVsRest
from ..program import Expression, Program
from ..search import GivenPrograms, Phase
from .label_forms import read_samples
from .listeners import FitContext
from .one_vs_rest import assembled, task_of_each_class
from .parameters import check_parameters
from .positive import order_of_program, ordered_classes
from .prediction import AProgram
from .restarts import run_interrupted, run_restarts
from .scaling import FrameScaling, check_magnitudes
from .task import Outcome, Task

E = TypeVar("E", bound="RefitMixin")


class RefitMixin:
    """A method that fits a program again, for classifiers whose model is a program."""

    def refit(
        self: E,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        program: AProgram | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> E:
        """Fit the parameters of a program to data, and search for no other.

        This estimator stays as it is, so that its other programs can be fitted as well.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`; others than there, or the same.
        y : array-like
            The class labels, as in :meth:`fit`; as many classes as there, which may have
            other names.
        program : int, ProgramRecord, Program or None, default=None
            Which program to fit: an index of `programs_` or one of its records, any program over
            the same features with as many outputs, or None for `program_`. Its numbers are one
            of several beginnings of the fit.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), or None, \
default=None
            Weights, as in :meth:`fit`.
        groups : array-like of shape (n_samples,) or None, default=None
            Which sequences belong together, as in :meth:`fit`.

        Returns
        -------
        fitted : object
            A new estimator with the same parameters. Its `program_` is fitted to all of the
            data. Its `programs_` holds this program alone, with its score by cross-fitting
            on the data. Parts that another part can take over are left out of it.

        Raises
        ------
        NotFittedError
            If this estimator is not fitted.
        TypeError, ValueError
            If a parameter, `X`, `y`, `sample_weight` or `groups` is none of what is allowed, or
            `program` does not suit them.

        Warns
        -----
        ConvergenceWarning
            If the program predicts one class only, if its values explode, or if a
            KeyboardInterrupt ended the fit.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_dpads import DPadsClassifier
        >>> rng = np.random.default_rng(0)
        >>> y = np.repeat(["rest", "walk"], 15)
        >>> X = rng.normal(size=(30, 6, 1))
        >>> X[y == "walk"] += 2.0
        >>> clf = DPadsClassifier(max_depth=2, max_iter=5, max_refinements=0, random_state=0)
        >>> clf = clf.fit(X, y)
        >>> again = clf.refit(10 * X, y, program=0)
        >>> again.score(10 * X, y) == clf.score(X, y)
        True
        """
        estimator: Any = self
        data = estimator._read(X)
        check_parameters(estimator.get_params(deep=False))
        chosen = estimator._find_program(program)
        if estimator._order_of_columns(chosen) is not None:
            raise ValueError(
                f"program reads the features in the order {list(chosen.feature_names)}, the "
                f"classifier in the order {estimator.feature_names_in_.tolist()}. Parse its text "
                "with feature_names in that order."
            )
        samples = read_samples(estimator, y, sample_weight, data, groups)
        data = data.take(samples.rows)
        _check_outputs(chosen, len(samples.classes))
        names = getattr(estimator, "feature_names_in_", None)
        names = None if names is None else tuple(names.tolist())
        # A frame given as it is can't be written as one that was scaled.
        standardize = False if holds_input(chosen.expression) else estimator.standardize
        check_magnitudes(data, names, standardize)
        scaling = FrameScaling.fit(data, standardize)
        fitted: Any = clone(estimator)
        if set(chosen.classes or ()) == set(samples.classes.tolist()):
            # The numbers of the program are a beginning as they are.
            ordered = order_of_program(chosen.classes, samples.classes)
        else:
            ordered = ordered_classes(fitted.pos_label, samples)
        divided = isinstance(chosen.expression.production, OneVsRest)
        task = fitted._task(data, samples, names, scaling, ordered, divided=divided)
        begun = scaling.to_scaled(chosen.expression)
        by_class: list[list[Outcome]] = []
        if divided:
            by_class = _fit_each(task, begun, fitted)
            outcomes = [assembled(task, by_class)]
        else:
            outcomes = _fit(task_of(task, begun), _seeds(fitted.random_state, 1)[0])
        fitted._keep(outcomes, task, scaling, samples.classes, names, by_class)
        _warn_of(outcomes)
        of_this_class: E = fitted
        return of_this_class


def _seeds(random_state: Any, n_programs: int) -> list[list[int]]:
    """Two for each program."""
    draw = check_random_state(random_state).randint
    seeds: list[list[int]] = draw(np.iinfo(np.int32).max, size=(n_programs, 2)).tolist()
    return seeds


def _fit_each(task: Task, expression: Expression, estimator: Any) -> list[list[Outcome]]:
    """Fit the program of each class; after an interrupt, the others on the folds alone."""
    tasks = task_of_each_class(replace(task, initial=()), estimator.scoring)
    seeds = _seeds(estimator.random_state, len(tasks))
    by_class: list[list[Outcome]] = []
    for of_class, program, own in zip(tasks, expression.args, seeds, strict=True):
        given = task_of(of_class, program)
        if any(outcome.has(Phase.INTERRUPT) for found in by_class for outcome in found):
            by_class.append([run_interrupted(given, own[0], 0, 1)])
        else:
            by_class.append(_fit(given, own))
    return by_class


def task_of(task: Task, expression: Expression) -> Task:
    """Give the task of fitting a program, in the units of training, in place of a search."""
    productions = dict.fromkeys(node.production for _, node in expression.walk())
    names = [field.name for field in dataclasses.fields(GivenPrograms)]
    common = {name: getattr(task.search, name) for name in names}
    return replace(
        task,
        grammar=Grammar(tuple(productions)),
        search=GivenPrograms(**common),
        initial=(expression,),
        checkpoint_dir=None,
    )


def _fit(task: Task, seeds: list[int]) -> list[Outcome]:
    """Fit once, and a second time if nothing sound came out."""
    nobody = FitContext(None, {}, 1)
    return run_restarts(task, seeds, n_jobs=None, max_time=None, callbacks=nobody)


def _check_outputs(program: Program, n_classes: int) -> None:
    n_outputs = 1 if n_classes == 2 else n_classes
    if program.n_outputs != n_outputs:
        raise ValueError(
            f"y has {n_classes} classes, for which a program gives {n_outputs} value(s), but the "
            f"one to fit gives {program.n_outputs}. Use fit to search for another one."
        )


def holds_input(expression: Expression) -> bool:
    """Tell whether a program gives frames as they are, which can't be those before scaling."""
    return any(isinstance(node.production, Input) for _, node in expression.walk())


def _warn_of(outcomes: list[Outcome]) -> None:
    messages = []
    if any(outcome.has(Phase.INTERRUPT) for outcome in outcomes):
        messages.append(
            "The fit was ended by a KeyboardInterrupt; the program's numbers are not fitted to "
            "all the data."
        )
    best = min(outcomes, key=lambda outcome: outcome.severity)
    if best.defect is not None:
        messages.append(
            f"The program, fitted to these data, {best.defect.value}. Take another one of "
            "programs_, or search for one with fit."
        )
    for message in messages:
        warnings.warn(message, ConvergenceWarning, stacklevel=3)
