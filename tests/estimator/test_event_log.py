from __future__ import annotations

import logging

import numpy as np

from sklearn_dpads import DPadsClassifier
from sklearn_dpads.search import SumsOfReaders

SETTINGS = {"max_depth": 2, "search": SumsOfReaders(), "random_state": 0}


def fitted():
    y = np.repeat(["rest", "walk"], 8)
    X = np.random.default_rng(0).normal(size=(16, 5, 1)) + (y == "walk")[:, None, None]
    return DPadsClassifier(**SETTINGS).fit(X, y)


def test_every_event_is_a_record(caplog):
    with caplog.at_level(logging.DEBUG, logger="sklearn_dpads"):
        clf = fitted()
    assert [record.event for record in caplog.records] == clf.search_history_
    assert {record.levelname for record in caplog.records} == {"DEBUG"}
    assert ", search 1 of 1: " in caplog.messages[0]
    assert f"{clf.search_history_[-1]['loss']:.3f}" in caplog.messages[-1]


def test_nothing_is_logged_unless_somebody_asks(caplog):
    with caplog.at_level(logging.INFO, logger="sklearn_dpads"):
        fitted()
    assert not caplog.records


def test_the_package_brings_no_handler():
    for name in ("sklearn_dpads", "sklearn_dpads.search"):
        assert not logging.getLogger(name).handlers
