"""Callbacks of scikit-learn (1.9 or later) that follow a fit for other tools."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from .program.text import shortened

__all__ = ["MLflowCallback"]

# What MLflow takes as the value of a parameter at most.
_LONGEST = 500
# Phases whose score is by cross-fitting; those of others are on the validation part.
_CROSS_FITTED = frozenset(["choose", "refine", "census"])


class MLflowCallback:
    """Logs a fit to MLflow: the parameters, the steps of the search, and the program.

    While the fit goes on, each step is logged under its phase as the tag ``phase``, its score and
    its loss as the metrics ``score of PHASE`` and ``loss of PHASE``, and the best score by
    cross-fitting until then as ``best_score``, over the number of the step. In the end come
    ``score``, ``loss``, ``cost`` and ``n_parameters`` of the chosen program, its text as the
    artifact ``program.txt`` and, to be read by :meth:`Program.from_json`, ``program.json``. With
    ``n_jobs`` searches in other processes tell of no steps.

    Parameters
    ----------
    run_name : str or None, default=None
        Name of the run, where the callback starts one. If a run is active, it is logged to, and
        left open.

    See Also
    --------
    sklearn_dpads.DPadsClassifier.set_callbacks : Tells a fit of its callbacks.

    Examples
    --------
    >>> from sklearn_dpads import DPadsClassifier
    >>> from sklearn_dpads.callbacks import MLflowCallback
    >>> callback = MLflowCallback(run_name="gaits")
    >>> clf = DPadsClassifier().set_callbacks(callback)  # doctest: +SKIP
    >>> clf.fit(X, y)  # doctest: +SKIP
    """

    def __init__(self, run_name: str | None = None) -> None:
        self.run_name = run_name
        self._is_own = self._has_ended = False
        self._n_steps, self._best = 0, -np.inf

    def setup(self, estimator: Any, context: Any) -> None:
        """Start a run where there is none, and log the parameters.

        Parameters
        ----------
        estimator : estimator instance
            What is fitted.
        context : CallbackContext
            The task, which is the whole fit.

        Raises
        ------
        ImportError
            If MLflow is not installed.
        """
        mlflow = _import_mlflow()
        self._has_ended, self._n_steps, self._best = False, 0, -np.inf
        self._is_own = mlflow.active_run() is None
        if self._is_own:
            mlflow.start_run(run_name=self.run_name)
        given = estimator.get_params()
        mlflow.log_params({name: shortened(str(value), _LONGEST) for name, value in given.items()})
        mlflow.set_tag("estimator", type(estimator).__name__)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: steps are logged when they have ended."""

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> bool:
        """Log a step of a search or, at the end of the fit, the program.

        Parameters
        ----------
        estimator : estimator instance
            What is fitted.
        context : CallbackContext
            The task; that of a step has what happened as ``event``.
        fitted_estimator : estimator instance or None
            At the end of the fit, the fitted estimator.

        Returns
        -------
        stop : bool
            False: no search is ended.
        """
        event = getattr(context, "event", None)
        if event is not None:
            self._log_step(event)
        elif fitted_estimator is not None and hasattr(fitted_estimator, "programs_"):
            self._log_program(fitted_estimator)
        return False

    def teardown(self, estimator: Any, context: Any) -> None:
        """End the run that was started, as failed where the fit was."""
        if self._is_own:
            _import_mlflow().end_run("FINISHED" if self._has_ended else "FAILED")

    def _log_step(self, event: Mapping[str, Any]) -> None:
        mlflow, phase = _import_mlflow(), str(event["phase"])
        told = {key: event[key] for key in ("score", "loss") if _is_finite(event.get(key))}
        metrics = {f"{key} of {phase}": float(value) for key, value in told.items()}
        if phase in _CROSS_FITTED and _is_finite(event.get("score")):
            self._best = max(self._best, float(event["score"]))
        if np.isfinite(self._best):
            metrics["best_score"] = self._best
        mlflow.set_tag("phase", phase)
        mlflow.log_metrics({"seconds": float(event["time"]), **metrics}, step=self._n_steps)
        self._n_steps += 1

    def _log_program(self, fitted: Any) -> None:
        mlflow, chosen = _import_mlflow(), fitted.programs_[0]
        names = ("score", "loss", "cost", "n_parameters")
        found = {name: float(getattr(chosen, name)) for name in names}
        mlflow.log_metrics({name: value for name, value in found.items() if np.isfinite(value)})
        mlflow.set_tag("program", fitted.program_.compact())
        mlflow.log_text(fitted.program_.to_text(), "program.txt")
        mlflow.log_text(fitted.program_.to_json(), "program.json")
        self._has_ended = True


def _import_mlflow() -> ModuleType:
    try:
        import mlflow
    except ImportError as error:
        raise ImportError(
            "MLflowCallback needs MLflow, which is not installed. Install it with: "
            "pip install mlflow-skinny"
        ) from error
    module: ModuleType = mlflow
    return module


def _is_finite(value: Any) -> bool:
    return value is not None and bool(np.isfinite(value))
