"""Programs that a classifier did not find, which name classes and features as they like."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_dpads import Grammar, Program, ProgramClassifier
from sklearn_dpads.display import PartsDisplay, TraceDisplay
from sklearn_dpads.estimator.given import with_program
from sklearn_dpads.inspection import stability
from sklearn_dpads.search import SumsOfReaders

NAMES = ["u", "v", "w"]
SEARCH = SumsOfReaders(n_folds=2)


def gestures():
    """Each class by the mean of a feature of its own."""
    rng = np.random.default_rng(0)
    y = np.array(["a", "b", "c"])[np.arange(60) % 3]
    X = rng.normal(size=(60, 12, 3))
    for k, label in enumerate("abc"):
        X[y == label, :, k] += 2.0
    return X, y


@pytest.fixture(scope="module")
def fitted():
    return ProgramClassifier(search=SEARCH, feature_names=NAMES, random_state=0).fit(*gestures())


def parse(text, classes=("c", "a", "b"), names=NAMES):
    grammar = Grammar.default(3, feature_names=names)
    return Program.parse(text, grammar, feature_names=names, classes=classes)


TURNED = "SlideWindowAvg[all](Affine[all](c: w, a: u, b: v))"


def test_classes_count_by_name(fitted):
    X, y = gestures()
    program = parse(TURNED)
    assert (fitted.predict(X, program=program) == y).all()
    values = fitted.decision_function(X, program=program)
    np.testing.assert_array_equal(values, program(X)[:, [1, 2, 0]])
    shares = fitted.predict_proba(X, program=program)
    assert (fitted.classes_[shares.argmax(axis=1)] == y).all()
    assert fitted.refit(X, y, program=program).score(X, y) == 1.0


def test_features_count_by_name(fitted):
    X, y = gestures()
    program = parse(TURNED, names=["w", "u", "v"])
    assert (fitted.predict(X, program=program) == y).all()
    with pytest.raises(ValueError, match="features in the order"):
        fitted.refit(X, y, program=program)
    foreign = parse("SlideWindowAvg[all](Affine[all](c: z, a: u, b: v))", names=["z", "u", "v"])
    with pytest.raises(ValueError, match="reads the features .*'z'.*'u', 'v', 'w'"):
        fitted.predict(X, program=foreign)


def test_other_classes_are_refused(fitted):
    program = parse("SlideWindowAvg[all](Affine[all](x: w, y: u, z: v))", ("x", "y", "z"))
    with pytest.raises(ValueError, match="tells the classes .*'x'.*'a', 'b', 'c'"):
        fitted.predict(gestures()[0], program=program)


def test_a_program_of_a_file_is_asked_and_fitted_by_the_names_of_its_classes():
    X, y = gestures()
    X += np.random.default_rng(1).normal(size=(60, 1, 3))
    unfitted = ProgramClassifier(search=SEARCH, random_state=0)
    given = with_program(unfitted, parse(TURNED), X, y)
    assert given.score(X, y) == np.mean(np.array(list("cab"))[parse(TURNED)(X).argmax(1)] == y)
    found = stability(given, X, y, search=SEARCH, n_bootstraps=1, n_refits=5, random_state=0)
    for refit in found.intervals.refits:
        assert np.mean(np.array(refit.classes)[refit(X).argmax(axis=1)] == y) > 0.8


def test_records_stand_for_their_programs(fitted):
    X, y = gestures()
    record = fitted.programs_[1]
    for method in ("predict", "predict_proba", "decision_function"):
        found = getattr(fitted, method)(X, program=record)
        np.testing.assert_array_equal(found, getattr(fitted, method)(X, program=1))
    again = fitted.refit(X, y, program=record)
    assert again.program_.to_json() == fitted.refit(X, y, program=1).program_.to_json()
    for display in (PartsDisplay, TraceDisplay):
        data = (X, y) if display is PartsDisplay else (X,)
        display.from_estimator(fitted, *data, program=record)
    plt.close("all")
    with pytest.raises(TypeError, match="an index or a record of programs_, a Program, or None"):
        fitted.predict(X, program="SlideWindowAvg")
