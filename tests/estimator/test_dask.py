"""Searches on a cluster of dask."""

from __future__ import annotations

import joblib
import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier

distributed = pytest.importorskip(
    "distributed", reason="needs dask: pip install 'sklearn_dpads[distributed]'"
)

SMALL = {
    "n_restarts": 3,
    "max_depth": 2,
    "max_iter": 2,
    "max_refinements": 0,
    "grammar": "paper",
    "random_state": 0,
}


def texts(clf):
    return [str(record.program) for record in clf.programs_]


def test_a_cluster_finds_the_same_programs():
    rng = np.random.default_rng(0)
    y = np.arange(24) % 2
    X = rng.normal(size=(24, 6, 2))
    X[:, :, 0] += y[:, None]
    here = DPadsClassifier(**SMALL).fit(X, y)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    )
    with cluster, distributed.Client(cluster), joblib.parallel_config(backend="dask"):
        there = DPadsClassifier(**SMALL, n_jobs=2).fit(X, y)
    assert texts(there) == texts(here)
    assert {event["restart"] for event in there.search_history_} == {0, 1, 2}
