"""Programs and recurrent networks fitted to the same data, side by side."""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from _common import Column, DataSet, Table, mean_and_spread
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score, f1_score

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.baselines import RNNClassifier

MODELS = ("dpads", "rnn")


@dataclass(frozen=True)
class Measurement:
    """What came of one fit.

    Parameters
    ----------
    model : str
        Name of the model.
    fit_seconds, cpu_seconds : float
        Time of the fit, by the clock and of the processor.
    f1 : float
        F1 on the test part: of class 1 for two classes, weighted for more.
    accuracy : float
        Accuracy on the test part.
    fitted_score : float or None
        Cross-fitted F1 of the program on the training part; None for a network.
    program : Program or None
        The program; None for a network.
    warnings : list of str
        What the fit warned of.
    """

    model: str
    fit_seconds: float
    cpu_seconds: float
    f1: float
    accuracy: float
    fitted_score: float | None
    program: Program | None
    warnings: list[str]


def add_comparison_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--seeds`` and ``--models``."""
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="default: 0 1 2")
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, default=MODELS, help="default: dpads rnn"
    )


def compare(
    data: DataSet,
    *,
    models: Sequence[str],
    seeds: Sequence[int],
    settings: Mapping[str, Any],
    rnn_settings: Mapping[str, Any],
    describe: Callable[[Program], str],
) -> None:
    """Fit every model with every seed, and print a row for each fit and a summary.

    Parameters
    ----------
    data : DataSet
        The data.
    models : sequence of {"dpads", "rnn"}
        What to fit.
    seeds : sequence of int
        Random states.
    settings, rnn_settings : dict
        Hyperparameters that differ from their defaults.
    describe : callable
        Gives a program's text in the table.
    """
    changed = ", ".join(f"{k}={v!r}" for k, v in settings.items() if k != "grammar")
    print(f"\n{data}\nDPadsClassifier: {changed or 'default hyperparameters'}")
    table = Table(
        Column("model", 5),
        Column("seed", 4, "d"),
        Column("fit s", 7, ".1f"),
        Column("cpu s", 7, ".1f"),
        Column("test F1", 7, ".3f"),
        Column("test acc", 8, ".3f"),
        Column("cross-fitted", 12, ".3f"),
        Column("productions", 11, "d"),
        Column("program", 7),
    )
    measured: dict[str, list[Measurement]] = {model: [] for model in models}
    for model, seed, estimator in _estimators(data, models, seeds, settings, rnn_settings):
        m = measure(model, estimator, data)
        measured[model].append(m)
        table.row(
            model,
            seed,
            m.fit_seconds,
            m.cpu_seconds,
            m.f1,
            m.accuracy,
            m.fitted_score,
            None if m.program is None else m.program.n_productions,
            "" if m.program is None else describe(m.program),
        )
        for message in m.warnings:
            print(f"       warning: {message}")
    _summarize(measured)


def _estimators(
    data: DataSet,
    models: Sequence[str],
    seeds: Sequence[int],
    settings: Mapping[str, Any],
    rnn_settings: Mapping[str, Any],
) -> Iterator[tuple[str, int, ClassifierMixin]]:
    """Unfitted models; those of one seed come together, for alike conditions."""
    program_settings = {
        "grammar": Grammar.default(data.feature_groups),
        "feature_names": data.feature_names,
        **settings,
    }
    for seed in seeds:
        for model in models:
            if model == "dpads":
                yield model, seed, DPadsClassifier(random_state=seed, **program_settings)
            else:
                yield model, seed, RNNClassifier(random_state=seed, **rnn_settings)


def measure(model: str, estimator: ClassifierMixin, data: DataSet) -> Measurement:
    """Fit an estimator to the training part and judge it on the test part."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start, cpu_start = time.perf_counter(), time.process_time()
        estimator.fit(data.X_train, data.y_train)
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
        predicted = estimator.predict(data.X_test)
    average = "binary" if len(estimator.classes_) == 2 else "weighted"
    records = getattr(estimator, "programs_", None)
    return Measurement(
        model=model,
        fit_seconds=seconds,
        cpu_seconds=cpu_seconds,
        f1=f1_score(
            data.y_test,
            predicted,
            average=average,
            pos_label=estimator.classes_[1],
            zero_division=0.0,
        ),
        accuracy=accuracy_score(data.y_test, predicted),
        fitted_score=records[0].score if records else None,
        program=records[0].program if records else None,
        warnings=[str(w.message) for w in caught],
    )


def _summarize(measured: Mapping[str, Sequence[Measurement]]) -> None:
    """Print mean and standard deviation over the seeds, model by model."""
    print()
    table = Table(
        Column("mean ± sd", 9),
        Column("fit s", 15),
        Column("test F1", 15),
        Column("test accuracy", 15),
        Column("productions", 15),
    )
    for model, runs in measured.items():
        sizes = [run.program.n_productions for run in runs if run.program is not None]
        table.row(
            model,
            mean_and_spread([run.fit_seconds for run in runs], ".1f"),
            mean_and_spread([run.f1 for run in runs], ".3f"),
            mean_and_spread([run.accuracy for run in runs], ".3f"),
            mean_and_spread(sizes, ".1f") if sizes else "-",
        )
