"""What has ended is kept where searches that run side by side are interrupted, or killed."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
import torch
from joblib.externals.loky.process_executor import TerminatedWorkerError
from sklearn.exceptions import ConvergenceWarning

from sklearn_dpads.baselines import RNNClassifier
from sklearn_dpads.estimator import base, restarts
from sklearn_dpads.grammar import make_production, make_statistic

from ..classifier.cases import make_means, small
from ..user_functions import blend

SETTINGS = {"max_iter": 1, "n_restarts": 4, "n_jobs": 2}


@pytest.fixture(scope="module")
def data():
    return make_means(20)


def let_end(monkeypatch, order, error):
    """Let some searches end, in an order, and then something happen."""

    class Parallel:
        def __init__(self, **settings):
            assert settings["return_as"] == "generator_unordered"

        def __call__(self, calls):
            calls = list(calls)
            for i in order:
                function, args, kwargs = calls[i]
                yield function(*args, **kwargs)
            if error is not None:
                raise error

    monkeypatch.setattr(restarts, "Parallel", Parallel)


def texts(clf):
    return [(str(record.program), record.score) for record in clf.programs_]


def test_the_order_in_which_searches_end_makes_no_difference(data, monkeypatch):
    alone = small(**{**SETTINGS, "n_jobs": 1}).fit(*data)
    let_end(monkeypatch, [2, 0, 3, 1], None)
    assert texts(small(**SETTINGS).fit(*data)) == texts(alone)


def test_an_interrupt_keeps_what_has_ended(data, monkeypatch):
    let_end(monkeypatch, [3, 1], KeyboardInterrupt())
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf = small(**SETTINGS).fit(*data)
    assert {event["restart"] for event in clf.search_history_} == {1, 3}
    assert [e["phase"] for e in clf.search_history_].count("interrupt") == 1
    assert clf.score(*data) > 0.8


def test_an_interrupt_before_anything_has_ended_gives_a_program(data, monkeypatch):
    let_end(monkeypatch, [], KeyboardInterrupt())
    with pytest.warns(ConvergenceWarning, match="ended by a KeyboardInterrupt"):
        clf = small(**SETTINGS).fit(*data)
    assert clf.n_iter_ == 0
    assert clf.predict(data[0]).shape == data[1].shape


def test_a_killed_process_keeps_what_has_ended(data, monkeypatch):
    let_end(monkeypatch, [1, 0], TerminatedWorkerError("killed"))
    with pytest.warns(ConvergenceWarning, match="the loss of a process, after 2 searches"):
        clf = small(**SETTINGS).fit(*data)
    assert {event["restart"] for event in clf.search_history_} == {0, 1}
    assert "lost" in [event["phase"] for event in clf.search_history_]


def kill(programs, price):
    """A rule that does not survive."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_processes_killed_before_anything_has_ended_are_told_of(data):
    with pytest.raises(RuntimeError, match=r"killed before any of the 4 searches.*n_jobs=1"):
        small(selection=kill, **SETTINGS).fit(*data)


@pytest.mark.parametrize(
    ("settings", "advice"),
    [({}, "more max_iter"), ({"max_time": 1e-6}, "more max_time")],
)
def test_advice_names_what_ended_the_search(data, settings, advice):
    with pytest.warns(ConvergenceWarning) as caught:
        small(max_iter=1, **settings).fit(np.zeros_like(data[0]), data[1])
    messages = [str(w.message) for w in caught if "one class only" in str(w.message)]
    assert [advice in message for message in messages] == [True]


MODES = [torch.no_grad, torch.inference_mode]


@pytest.mark.parametrize("mode", MODES)
def test_fit_has_gradients_whatever_mode_the_caller_is_in(data, mode):
    plain = small(max_iter=1, max_refinements=1).fit(*data)
    with mode():
        clf = small(max_iter=1, max_refinements=1).fit(*data)
        assert torch.is_grad_enabled() is False
        again = clf.refit(*data)
    assert texts(clf) == texts(plain)
    assert again.score(*data) > 0.8


@pytest.mark.parametrize("mode", MODES)
def test_networks_have_gradients_too(data, mode):
    settings = {"max_iter": 2, "hidden_size": 3, "random_state": 0}
    plain = RNNClassifier(**settings).fit(*data)
    with mode():
        clf = RNNClassifier(**settings).fit(*data)
    np.testing.assert_array_equal(clf.decision_function(data[0]), plain.decision_function(data[0]))


def element(x):
    return (x,)


def merge(xp, a, b):
    return (xp.maximum(a[1], b[1]),)


def finish(xp, state):
    return state[1]


@pytest.mark.parametrize("mode", MODES)
def test_what_users_define_is_tried_out_with_gradients(mode):
    with mode():
        make_production("blended", blend, arity=2)
        make_statistic("Top", element=element, merge=merge, finish=finish)


def test_a_tensor_with_gradients_is_read_by_its_values(data):
    X, y = data
    clf = small(max_iter=1).fit(X, y)
    tensor = torch.tensor(X, requires_grad=True)
    assert texts(small(max_iter=1).fit(tensor, y)) == texts(clf)
    np.testing.assert_array_equal(clf.predict(list(tensor)), clf.predict(X))


@pytest.fixture
def interruptible():
    """Ctrl-C as in a terminal: in the background, a shell lets processes ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_while_programs_are_put_away_loses_nothing(data, monkeypatch):
    wanted = small(max_iter=1).fit(*data)
    found = base.ProgramMaker

    def interrupted(*args):
        signal.raise_signal(signal.SIGINT)
        monkeypatch.setattr(base, "ProgramMaker", found)
        return found(*args)

    monkeypatch.setattr(base, "ProgramMaker", interrupted)
    assert texts(small(max_iter=1).fit(*data)) == texts(wanted)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("interruptible")
def test_a_second_interrupt_ends_the_fit(data, monkeypatch):
    def interrupted(*args):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(base, "ProgramMaker", interrupted)
    with pytest.raises(KeyboardInterrupt):
        small(max_iter=1).fit(*data)
