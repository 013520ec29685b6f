"""What is refused before any training, and what the messages say."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier, Grammar
from sklearn_dpads.estimator import restarts as _restarts

from .cases import WINDOWS, make_means, small


@pytest.fixture(autouse=True)
def no_training(monkeypatch):
    def train(*args, **kwargs):
        pytest.fail("The search began before the mistake was found.")

    monkeypatch.setattr(_restarts.Task, "run", train)


def make(**parameters):
    """A classifier that is told all itself, so that its own names stand in the messages."""
    return DPadsClassifier(**({"grammar": Grammar.parse(WINDOWS), "max_depth": 2} | parameters))


def refused(error, match, X=None, y=None, **parameters):
    default_X, default_y = make_means(12)
    with pytest.raises(error, match=match):
        make(**parameters).fit(default_X if X is None else X, default_y if y is None else y)


@pytest.mark.parametrize("name", ["d_s", "N", "max_depth", "max_iter", "n_restarts", "batch_size"])
def test_positive_integers(name):
    refused(ValueError, f"{name} == 0, must be >= 1", **{name: 0})
    refused(TypeError, name, **{name: 1.5})
    refused(TypeError, f"{name} must be an integer of at least 1; got True", **{name: True})
    refused(TypeError, name, **{name: "2"})


def test_numpy_integers_pass(monkeypatch):
    monkeypatch.undo()
    X, y = make_means(12)
    clf = make(d_s=np.int64(2), max_iter=np.int32(1), max_refinements=0).fit(X, y)
    assert clf.n_iter_ >= 1


@pytest.mark.parametrize(
    ("parameters", "error", "match"),
    [
        ({"max_refinements": -1}, ValueError, "max_refinements == -1, must be >= 0"),
        ({"batch_size": "all"}, TypeError, "batch_size"),
        ({"structural_penalty": -0.1}, ValueError, "structural_penalty == -0.1, must be >= 0"),
        ({"structural_penalty": np.nan}, ValueError, "structural_penalty must be a number"),
        ({"structural_penalty": None}, TypeError, "structural_penalty"),
        ({"tol": True}, TypeError, "tol must be a number; got True"),
        ({"learning_rate_init": 0.0}, ValueError, "learning_rate_init == 0.0, must be > 0"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction == 1.0, must be < 1"),
        ({"validation_fraction": 0}, ValueError, "validation_fraction == 0, must be > 0"),
        ({"max_time": 0}, ValueError, "max_time == 0, must be > 0"),
        ({"node_sharing": "yes"}, TypeError, "node_sharing must be True or False; got 'yes'"),
        ({"standardize": 1}, TypeError, 'standardize must be True, False or "robust"; got 1'),
        (
            {"grammar": "dPads"},
            ValueError,
            "grammar='dPads' is no name of a grammar; give 'default' or",
        ),
        ({"grammar": 3}, TypeError, "grammar must be 'default', 'paper' or a Grammar; got a int."),
        ({"class_weight": "equal"}, ValueError, "'balanced', a dict .* or None; got 'equal'"),
        ({"class_weight": [1, 2]}, TypeError, "class_weight must be .*; got a list"),
        ({"class_weight": {"z": 1}}, ValueError, r"names \['z'\], but the classes of y are"),
        ({"class_weight": {"a": 0}}, ValueError, "positive numbers; class 'a' has 0"),
        ({"scoring": "best"}, ValueError, "scoring='best' is not the name of a scorer"),
        ({"scoring": 3}, TypeError, "scoring must be the name of a scorer.*; got 3"),
        ({"scoring": "f1"}, ValueError, r"scoring='f1' can't score these labels \(2 classes"),
        ({"device": "tpu"}, ValueError, "device must be 'cpu', 'cuda'.* got 'tpu'"),
        ({"device": 0}, ValueError, "device must be 'cpu', 'cuda'.* got 0"),
        ({"device": "cuda:99"}, ValueError, "torch finds 0 GPU.*device='cpu', or 'auto'"),
        ({"feature_names": ["u"]}, ValueError, "each of the 2 features of X; 1 names were given"),
        ({"feature_names": ["u", "u"]}, ValueError, r"differ from each other; \['u'\] occur"),
        ({"feature_names": "uv"}, TypeError, "feature_names must be a sequence of str"),
        ({"random_state": "x"}, ValueError, "cannot be used to seed"),
    ],
)
def test_parameters(parameters, error, match, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    refused(error, match, **parameters)


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (np.ones((12, 5)), r"X.reshape\(12, 5, 1\).*X.reshape\(12, 1, 5\)"),
        (np.full((12, 3, 2), np.inf), "infinite value"),
        ([np.ones((3, 2))] * 11 + [np.ones((0, 2))], "sample 11 of X is empty"),
    ],
)
def test_sequences(X, match):
    refused(ValueError, match, X=X)


def test_nan_inside_a_sequence():
    X, _ = make_means(12)
    X[4, 2, 1] = np.nan
    refused(ValueError, "NaN inside a sequence: sample 4, frame 2, feature 1", X=X)


@pytest.mark.parametrize(
    ("y", "match"),
    [
        (["a"] * 12, "one class only: .*'a'"),
        (["a"] * 11 + ["b"], r"a single sample of \['b'\]"),
        (["a", "b"] * 5, "X holds 12 sequences, y 10 labels"),
        (np.linspace(0, 1, 12), "continuous"),
        (np.ones((12, 2)), "1d array"),
        (None, "requires y to be passed"),
    ],
)
def test_labels(y, match):
    X, _ = make_means(12)
    with pytest.raises(ValueError, match=match):
        small().fit(X, y)


def test_group_out_of_range():
    refused(ValueError, "reads column 2, but frames have 2", grammar=Grammar.paper({"g": [0, 2]}))


def test_grammar_without_a_program():
    refused(ValueError, "within max_depth=1: it derives none shallower than depth 2", max_depth=1)
    no_root = Grammar.paper(2).without("Fold", "SlideWindowAvg", "ITE")
    refused(ValueError, "it derives no program of any depth", grammar=no_root)


def test_grammar_of_input_alone():
    text = "list->atom ::= SlideWindowAvg[all](atom->atom)\natom->atom ::= Input"
    X = make_means(12)[0][:, :, :1]
    match = "Input is left out where standardize=True"
    refused(ValueError, match, X=X, grammar=Grammar.parse(text))


def test_nothing_is_set_by_a_failed_fit():
    clf = DPadsClassifier(d_s=0)
    before = vars(clf).copy()
    with pytest.raises(ValueError, match="d_s == 0"):
        clf.fit(*make_means(12))
    assert vars(clf) == before
