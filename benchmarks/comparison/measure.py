"""One fit: how long it takes, how good it is, what comes out, and where it ran."""

from __future__ import annotations

import os
import platform
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits

import sklearn_dpads
from sklearn_dpads.metrics import frame_accuracy_score, frame_f1_score

from .data_sets import BenchmarkSet, flat_labels, labelled

_OF_PROGRAM = (
    *("program", "program_json", "skeleton", "cost", "depth", "n_productions"),
    *("n_programs", "ended_early"),
)
_UNFINISHED = ("expired", "limit")


def measure(estimator: ClassifierMixin, data: BenchmarkSet) -> dict[str, Any]:
    """Fit an estimator to the training part and judge it on the test part.

    One that has ``warm_up`` may load what the first fit loads before the clock starts.

    Returns
    -------
    measured : dict
        ``fit_seconds`` by the clock and ``cpu_seconds`` of the processor, ``predict_seconds``;
        ``f1``, of the second class of two, weighted for more, and ``accuracy`` on the test part;
        ``warnings``; and what :func:`judgement` and :func:`describe_program` give.
    """
    if hasattr(estimator, "warm_up"):
        estimator.warm_up()
    takes_groups = data.groups is not None and has_fit_parameter(estimator, "groups")
    beside = {"groups": data.groups} if takes_groups else {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start, cpu_start = time.perf_counter(), time.process_time()
        estimator.fit(data.X_train, data.y_train, **beside)
        fitted, cpu_fitted = time.perf_counter(), time.process_time()
        predicted = estimator.predict(data.X_test)
        predicted_at = time.perf_counter()
    f1, accuracy = held_out_scores(data, estimator.classes_, predicted)
    return {
        "fit_seconds": fitted - start,
        "cpu_seconds": cpu_fitted - cpu_start,
        "predict_seconds": predicted_at - fitted,
        "f1": f1,
        "accuracy": accuracy,
        **judgement(estimator),
        **describe_program(estimator),
        "warnings": list(dict.fromkeys(str(w.message) for w in caught)),
    }


def held_out_scores(data: BenchmarkSet, classes: Any, predicted: Any) -> tuple[float, float]:
    """F1 and accuracy on the test part.

    F1 is that of the second class where there are two, and weighted for more; with one label
    per frame the frames of all sequences are pooled.
    """
    labels = flat_labels(data.y_test)
    # A class that was absent in training counts too: its labels are all wrong.
    seen = np.unique(np.concatenate([classes, labels[labelled(labels)]]))
    f1 = frame_f1_score(data.y_test, predicted, labels=seen)
    return float(f1), frame_accuracy_score(data.y_test, predicted)


def judgement(estimator: ClassifierMixin) -> dict[str, Any]:
    """What a fit itself says of the result, without the test part.

    Returns
    -------
    judged : dict
        ``judged_by``: "cross-fitting" of a program, with its ``score`` and ``loss``, or the
        "validation part" of a network, with its least ``loss``.
    """
    records = getattr(estimator, "programs_", None)
    if records:
        return {"judged_by": "cross-fitting", "score": records[0].score, "loss": records[0].loss}
    losses = getattr(estimator, "validation_loss_curve_", None)
    if losses:
        return {"judged_by": "validation part", "score": None, "loss": min(losses)}
    return {"judged_by": None, "score": None, "loss": None}


def describe_program(estimator: ClassifierMixin) -> dict[str, Any]:
    """The program of a fit: text, size, and how far the search for it came.

    Returns
    -------
    described : dict
        ``program`` as text, ``program_json``, its ``skeleton`` without parameters, ``cost``,
        ``depth``, ``n_productions``, ``n_programs`` that the search scored, and
        ``ended_early`` where time or budget ended the search. All None for a network.
    """
    program = getattr(estimator, "program_", None)
    if program is None:
        return dict.fromkeys(_OF_PROGRAM)
    history = getattr(estimator, "search_history_", [])
    return {
        "program": program.to_text(precision=4, width=None),
        "program_json": program.to_json(),
        "skeleton": program.expression.skeleton(),
        "cost": program.cost,
        "depth": program.depth,
        "n_productions": program.n_productions,
        "n_programs": len(estimator.programs_),
        "ended_early": any(event["phase"] in _UNFINISHED for event in history),
    }


def environment(n_threads: int) -> dict[str, Any]:
    """Versions and machine, for the rows of results."""
    import torch

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "scikit-learn": sklearn.__version__,
        "sklearn_dpads": sklearn_dpads.__version__,
        "revision": revision(),
        "machine": platform.machine(),
        "n_cpus": os.cpu_count(),
        "n_threads": n_threads,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


@cache
def revision() -> str | None:
    """Commit of the source, with a plus where files differ from it; None outside git."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        commit = _output([*git, "rev-parse", "--short", "HEAD"])
        changed = _output([*git, "status", "--porcelain", "--untracked-files=no"])
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + ("+" if changed else "")


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def limited_threads(n_threads: int) -> Iterator[None]:
    """Keep torch and numpy to so many threads within a block."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        with threadpool_limits(limits=n_threads):
            yield
    finally:
        torch.set_num_threads(before)


def warm_up() -> None:
    """Have torch load what it loads at the first use, which no fit is to be charged with."""
    import torch

    net = torch.nn.LSTM(2, 2, batch_first=True)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.zeros(1, 3, 2))[0].sum().backward()
    optimizer.step()
