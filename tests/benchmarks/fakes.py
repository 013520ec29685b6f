"""Systems that are fitted in no time, and rows as they would leave them."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
from comparison.systems import System
from sklearn.base import BaseEstimator, ClassifierMixin

N_CLASSES = 2


class FakeClassifier(ClassifierMixin, BaseEstimator):
    """Says of every sequence what the last training label was; counts its fits."""

    n_fits = 0

    def __init__(
        self,
        *,
        grammar=None,
        feature_names=None,
        max_time=None,
        random_state=None,
        size=1,
        fails=False,
        interrupted=False,
        node_sharing=True,
        unfolding=True,
        N=2,
        d_s=2,
        search=None,
    ):
        self.grammar = grammar
        self.feature_names = feature_names
        self.max_time = max_time
        self.random_state = random_state
        self.size = size
        self.search = search
        self.fails = fails
        self.interrupted = interrupted
        self.node_sharing = node_sharing
        self.unfolding = unfolding
        self.N = N
        self.d_s = d_s

    def fit(self, X, y):
        type(self).n_fits += 1
        if self.fails:
            raise RuntimeError(f"seed {self.random_state} is too hard")
        if self.interrupted:
            # As the real ones do: make do with what there is.
            with suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        self.classes_ = np.unique(np.concatenate([np.atleast_1d(labels) for labels in y]))
        self.label_ = np.ravel(y[-1])[-1]
        return self

    def predict(self, X):
        return np.full(len(X), self.label_)


class FakeFrameClassifier(FakeClassifier):
    """The same for every frame."""

    def predict(self, X):
        return np.full((len(X), max(len(sequence) for sequence in X)), self.label_)


def fake_system(name="fake", **settings) -> System:
    return System(name, name.capitalize(), __name__, "FakeClassifier", settings)


def fake_program(text="Map(Affine[a])"):
    """What the harness asks a program for."""
    return SimpleNamespace(
        to_text=lambda precision, width: f"{text} in {precision} digits",
        to_json=lambda: json.dumps(text),
        expression=SimpleNamespace(skeleton=lambda: text),
        cost=3,
        depth=2,
        n_productions=2,
    )


def make_arrays(n_samples=12, n_timesteps=4, n_features=3, *, per_frame=False, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_timesteps, n_features))
    y = (X[:, :, 0] > 0).astype(np.int64) if per_frame else np.arange(n_samples) % N_CLASSES
    return X, y


def write_set(path, *, y_of=lambda y: y, per_frame=False, n_features=3, class_names=None, **more):
    """A .npz file in the layout of the benchmarks."""
    X_train, y_train = make_arrays(n_features=n_features, per_frame=per_frame)
    X_test, y_test = make_arrays(8, n_features=n_features, per_frame=per_frame, seed=1)
    np.savez(
        path,
        X_train=X_train,
        y_train=y_of(y_train),
        X_test=X_test,
        y_test=y_of(y_test),
        feature_names=np.array([f"f{i}" for i in range(n_features)]),
        feature_groups=json.dumps({"a": [0], "b": [1, 2]}),
        class_names=np.array(class_names or ["no", "yes"]),
        **more,
    )


def make_row(system="dpads", seed=0, **changes):
    """A row as a finished run leaves it."""
    row = {
        "data_set": "set one",
        "system": system,
        "settings_hash": "abc",
        "seed": seed,
        "version": "1.0",
        "settings": {},
        "n_train": 20,
        "n_test": 10,
        "status": "ok",
        "fit_seconds": 2.0,
        "cpu_seconds": 1.0,
        "f1": 0.5,
        "accuracy": 0.6,
        "score": 0.7,
        "n_productions": 4,
        "ended_early": False,
        "environment": {"n_threads": 1},
    }
    return row | changes
