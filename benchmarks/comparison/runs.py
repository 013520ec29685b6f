"""Runs: which fits to make, which of them are done, and making the others."""

from __future__ import annotations

import hashlib
import json
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sklearn.base import ClassifierMixin

import sklearn_dpads

from .data_sets import BenchmarkSet
from .grammars import describe_grammar
from .measure import (
    environment,
    limited_threads,
    measure,
    warm_up,
)
from .results import ResultsFile, Row, plain
from .systems import System

Key = tuple[str, str, str, int, str]
_NOT_SETTINGS = ("random_state", "grammar", "feature_names", "n_jobs", "verbose", "callbacks")


@dataclass(frozen=True, eq=False)
class Run:
    """A fit that a comparison asks for.

    Parameters
    ----------
    data : BenchmarkSet
        The data.
    system : System
        What is fitted.
    seed : int
        Random state.
    settings : dict
        Hyperparameters that differ from those of the system.
    max_time : float or None
        Seconds for the fit, for systems that can be told.
    """

    data: BenchmarkSet
    system: System
    seed: int
    settings: Mapping[str, Any]
    max_time: float | None = None

    def estimator(self) -> ClassifierMixin:
        """The unfitted estimator."""
        return self.system.build(
            self.data, seed=self.seed, settings=self.settings, max_time=self.max_time
        )

    @cached_property
    def settings_hash(self) -> str:
        """Text that changes with any hyperparameter, the grammar, or the data."""
        estimator = self.estimator()
        params = estimator.get_params(deep=False)
        described = {
            "class": type(estimator).__name__,
            "params": {k: v for k, v in params.items() if k not in _NOT_SETTINGS},
            "grammar": str(params.get("grammar")),
            "data": self.data.digest,
        }
        text = json.dumps(plain(described), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def key(self) -> Key:
        """What tells this run from all others."""
        version = sklearn_dpads.__version__
        return (self.data.name, self.system.name, self.settings_hash, self.seed, version)

    def row(self) -> Row:
        """What is known of the run before it is made."""
        name, system, settings_hash, seed, version = self.key
        return {
            "data_set": name,
            "system": system,
            "settings_hash": settings_hash,
            "seed": seed,
            "version": version,
            "settings": dict(self.settings),
            "max_time": self.max_time,
            "grammar": describe_grammar(self.data.searched_grammar),
            "n_train": len(self.data.X_train),
            "n_test": len(self.data.X_test),
        }


def key_of(row: Mapping[str, Any]) -> Key:
    """The key of the run that a row is of."""
    return (row["data_set"], row["system"], row["settings_hash"], row["seed"], row["version"])


def make_runs(
    runs: Iterable[Run],
    results: ResultsFile,
    *,
    n_threads: int = 1,
    redo: bool = False,
    report: Callable[[Row], None] = lambda row: None,
) -> bool:
    """Make the runs that no row of the results is of, and add a row for each.

    A run that fails adds a row with its error, and is made anew next time. One that is
    interrupted adds none, even if its estimator puts up with the interruption.

    Parameters
    ----------
    runs : iterable of Run
        The runs, in their order.
    results : ResultsFile
        Where the rows are, and go.
    n_threads : int, default=1
        Threads of torch and numpy.
    redo : bool, default=False
        Whether to make the runs that are done as well.
    report : callable, default=nothing
        Called with every row added.

    Returns
    -------
    finished : bool
        False after an interruption.
    """
    with limited_threads(n_threads), _interruptions() as interrupted:
        warm_up()
        for run in runs:
            # Asked anew for every run, since another process may be at the same work.
            if not redo and run.key in done(results):
                continue
            try:
                row = _made(run, n_threads)
            except KeyboardInterrupt:
                return False
            if interrupted():
                return False
            results.append(row)
            report(row)
    return True


def done(results: ResultsFile) -> set[Key]:
    """Keys of the runs that came to their end."""
    return {key_of(row) for row in results.rows() if row.get("status") == "ok"}


def _made(run: Run, n_threads: int) -> Row:
    row = {
        **run.row(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": environment(n_threads),
    }
    start = time.perf_counter()
    try:
        return {**row, "status": "ok", **measure(run.estimator(), run.data)}
    except Exception as error:
        return {
            **row,
            "status": "error",
            "error": f"{type(error).__name__}: {error}",
            "traceback": traceback.format_exc(),
            "fit_seconds": time.perf_counter() - start,
        }


@contextmanager
def _interruptions() -> Iterator[Callable[[], bool]]:
    """Note SIGINT, which estimators take as a request to make do with what they have."""
    noted = False

    def note(number: int, frame: Any) -> None:
        nonlocal noted
        noted = True
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: noted
    finally:
        signal.signal(signal.SIGINT, before)
