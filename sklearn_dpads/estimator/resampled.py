"""What a fitted classifier is asked over again on samples of some sequences: fits and scores."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ..grammar import OneVsRest
from ..inputs.sequences import Sequences
from ..program import Expression, Program, evaluate
from ..program.identified import Sizes, identified, with_signs_of
from ..program.scales import Scales
from ..search import Search, reweighted
from ..training import gradients, make_targets, one_thread
from .digits import few, few_whole
from .label_forms import Samples, read_samples
from .one_vs_rest import task_of_each_class
from .parameters import check_parameters
from .positive import order_of_program, recoded
from .refit import holds_input, task_of
from .scales import ScaleTable
from .scaling import FrameScaling, check_magnitudes
from .scoring import make_forest_scorer, name_of_score
from .task import Task


@dataclass(frozen=True, eq=False)
class Resampled:
    """A fitted classifier with labelled sequences, of which samples are drawn.

    Parameters
    ----------
    estimator : SearchingClassifier
        The classifier.
    data : Sequences
        The sequences, those without a label among them.
    samples : Samples
        Their labels.
    names : tuple of str or None
        Names of the features.
    """

    estimator: Any
    data: Sequences
    samples: Samples
    names: tuple[str, ...] | None

    @classmethod
    def read(cls, estimator: Any, X: Any, y: Any) -> Self:
        """Check sequences and labels as `refit` does.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted.
        TypeError, ValueError
            If `X` or `y` is none of what is allowed, or if the classes are not those of the fit.
        """
        check_is_fitted(estimator)
        data = estimator._read(X)
        check_parameters(estimator.get_params(deep=False))
        samples = read_samples(estimator, y, None, data)
        if not np.array_equal(samples.classes, estimator.classes_):
            raise ValueError(
                f"y has the classes {samples.classes.tolist()}, but the classifier was fitted to "
                f"{estimator.classes_.tolist()}. Give the sequences that it was fitted to."
            )
        names = getattr(estimator, "feature_names_in_", None)
        names = None if names is None else tuple(names.tolist())
        check_magnitudes(data, names, estimator.standardize)
        return cls(estimator, data, samples, names)

    @property
    def codes(self) -> NDArray[np.int64]:
        """Codes of the labels of all sequences; -1 where there is none."""
        whole = np.full((self.data.n_samples, *self.samples.codes.shape[1:]), -1, dtype=np.int64)
        whole[self.samples.rows] = self.samples.codes
        return whole

    @property
    def score_name(self) -> str:
        """What :meth:`score` gives."""
        return name_of_score(self.estimator.scoring, self._ordered.tolist())

    @property
    def _ordered(self) -> NDArray[Any]:
        return order_of_program(self.estimator.program_.classes, self.samples.classes)

    def anew(self, search: Search | None) -> Any:
        """Give a classifier that isn't fitted, of the same language and positive class.

        Parameters
        ----------
        search : Search or None
            Its search; None leaves that of the fitted one.

        Raises
        ------
        TypeError, ValueError
            If the classifier does not take the search.
        """
        changes: dict[str, Any] = {
            "grammar": self.estimator.grammar_,
            "feature_groups": None,
            "verbose": False,
        }
        if len(self.samples.classes) == 2:
            # Which class is the rarer one may be another in a sample.
            changes["pos_label"] = self._ordered[1]
        if search is not None:
            changes["search"] = search
            # Settings of the search that it takes the place of are no longer there to be given.
            beside = self.estimator._given_beside()
            changes |= {f.name: f.default for f in fields(self.estimator) if f.name in beside}
        unfitted = clone(self.estimator).set_params(**changes)
        unfitted._make_search().check()
        return unfitted

    def fits(self, counts: NDArray[np.float64], seed: int) -> list[Program]:
        """Fit the numbers of the chosen program to samples of the sequences.

        Parameters
        ----------
        counts : ndarray of shape (n_fits, n_samples)
            How often each sequence is in the sample.
        seed : int
            Seed of the batches, where there are more sequences than one takes.

        Returns
        -------
        programs : list of Program
            The chosen program as it is, and then with the numbers of each fit. What decisions
            leave open is fixed on all sequences, and in the same way for all, so that numbers
            compare.
        """
        program: Program = self.estimator.program_
        data = self.data.take(self.samples.rows)
        standardize = not holds_input(program.expression) and self.estimator.standardize
        scaling = FrameScaling.fit(data, standardize)
        estimator = clone(self.estimator)
        divided = isinstance(program.expression.production, OneVsRest)
        task = estimator._task(
            data, self.samples, self.names, scaling, self._ordered, divided=divided
        )
        rows = counts[:, self.samples.rows]
        if divided:
            found = self._fits_of_classes(task, scaling, rows, seed)
        else:
            found = _fits(task, scaling.to_scaled(program.expression), rows, seed)
        per_frame = self.samples.codes.ndim == 2
        some = few(task.sequences)
        seen = some if per_frame else few_whole(task.sequences)
        scales = ScaleTable(seen, scaling, task.signature).of(program.expression)
        whole = [_named(of_one, some, scaling, scales) for of_one in found]
        raw = few(data)
        whole = [with_signs_of(of_one, program.expression, raw) for of_one in whole]
        return [replace(program, expression=of_one, scales=scales) for of_one in whole]

    def _fits_of_classes(
        self, task: Task, scaling: FrameScaling, counts: NDArray[np.float64], seed: int
    ) -> list[Expression]:
        """Fit the program of each class by itself, as it was before all were calibrated."""
        by_class = []
        for of_class, label in zip(
            task_of_each_class(task, self.estimator.scoring), task.classes, strict=True
        ):
            own = self.estimator.class_programs_[label][0].program
            by_class.append(_fits(of_class, scaling.to_scaled(own.expression), counts, seed))
        whole = self.estimator.program_.expression
        return [whole.with_args(args) for args in zip(*by_class, strict=True)]

    def score(self, program: Program, rows: NDArray[np.int64]) -> float:
        """Score a program on some of the sequences, as `scoring` says.

        Parameters
        ----------
        program : Program
            A program with the classes of the classifier.
        rows : ndarray of int
            Which sequences.

        Returns
        -------
        score : float
            NaN where there are none, or none of them has a label.
        """
        if not len(rows):
            return float("nan")
        samples = Samples(rows, self.samples.classes, self.codes[rows], None)
        codes = recoded(samples, order_of_program(program.classes, self.samples.classes))
        data = self.data.take(rows)
        codes = codes[:, : data.n_timesteps] if codes.ndim == 2 else codes
        with np.errstate(all="ignore"):
            values = np.nan_to_num(evaluate(program.expression, data))[codes >= 0]
        there = codes[codes >= 0]
        if not len(there):
            return float("nan")
        targets = make_targets(
            there, len(self.samples.classes), np.ones(len(there)), torch.float64, "cpu"
        )
        classes = np.array(program.classes)
        scorer = make_forest_scorer(self.estimator.scoring, classes, self.codes[self.codes >= 0])
        return float(scorer(torch.as_tensor(values.T[None]), targets)[0])


def _fits(
    task: Task, expression: Expression, counts: NDArray[np.float64], seed: int
) -> list[Expression]:
    """Give a program as it is, and then fitted to each sample."""
    with one_thread(), gradients():
        problem = task_of(task, expression).problem(seed)
        counts = counts if task.kept is None else counts[:, task.kept.rows]
        return [expression, *reweighted(problem, expression, counts)]


def _named(
    expression: Expression, some: Sequences, scaling: FrameScaling, scales: Scales
) -> Expression:
    """Give an expression over raw frames whose numbers mean something."""
    return identified(scaling.to_raw(expression), Sizes.on(expression, some), scales)
