from __future__ import annotations

import inspect
import pickle
import re
import warnings

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.estimator.results import pareto_front

from .cases import (
    WINDOWS,
    make_means,
    small,
)


@pytest.fixture(scope="module")
def binary():
    return make_means()


@pytest.fixture(scope="module")
def fitted(binary):
    X, y = binary
    return DPadsClassifier(
        max_depth=2, max_iter=5, max_refinements=1, feature_names=["u", "v"], random_state=0
    ).fit(X, y)


@pytest.fixture(scope="module")
def three():
    X, y = make_means(45, n_classes=3)
    return X, y, small().fit(X, y)


@pytest.mark.parametrize("labels", [[False, True], [0, 1], [0.0, 1.0], ["a", "b"]])
def test_labels_as_objects_are_scored_as_they_are_fitted(binary, labels):
    X, y = binary
    objects = np.array([labels[label == "b"] for label in y], dtype=object)
    clf = small().fit(X, objects)
    assert clf.classes_.tolist() == labels
    assert clf.score(X, objects) == clf.score(X, objects.tolist()) > 0.8


def test_two_classes(binary, fitted):
    X, y = make_means(seed=1)
    assert fitted.score(X, y) > 0.9
    assert fitted.classes_.tolist() == ["a", "b"]
    values = fitted.decision_function(X)
    assert values.shape == (40,)
    assert_array_equal(fitted.predict(X), np.where(values > 0, "b", "a"))
    proba = fitted.predict_proba(X)
    assert_allclose(proba[:, 1], 1 / (1 + np.exp(-values)))
    assert_allclose(proba.sum(axis=1), 1.0)


def test_logarithms_of_probabilities(fitted, three):
    X, y = make_means(seed=1)
    # So far away that one class is left.
    sure = np.concatenate([X, 1e6 * (X - X.mean())])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        logs = fitted.predict_log_proba(sure)
        found = fitted.predict_log_proba(X, program=1)
    assert np.isneginf(logs[len(X) :]).any()
    assert_allclose(np.exp(logs), fitted.predict_proba(sure), rtol=1e-12)
    assert_allclose(np.exp(found), fitted.predict_proba(X, program=1), rtol=1e-12)
    X, y, clf = three
    crossed = cross_val_predict(clf, X, y, cv=2, method="predict_log_proba")
    assert_allclose(np.exp(crossed).sum(axis=1), 1.0)


def test_three_classes(three):
    X, y, clf = three
    assert clf.score(X, y) > 0.8
    values = clf.decision_function(X)
    assert values.shape == (45, 3)
    assert clf.n_outputs_ == 3
    assert_array_equal(clf.predict(X), clf.classes_[values.argmax(axis=1)])
    exponentials = np.exp(values - values.max(axis=1, keepdims=True))
    assert_allclose(clf.predict_proba(X), exponentials / exponentials.sum(axis=1, keepdims=True))


def test_program_works_alone_in_the_units_of_the_data(binary, fitted):
    X, _ = binary
    assert_array_equal(fitted.program_(X)[:, 0], fitted.decision_function(X))
    assert fitted.program_.classes == ("a", "b")
    again = Program.from_json(fitted.program_.to_json())
    assert_array_equal(again(X), fitted.program_(X))
    assert re.search(r"\bu\b", str(fitted.program_))


def test_fitted_attributes(fitted):
    assert fitted.n_features_in_ == 2
    assert fitted.feature_names_in_.tolist() == ["u", "v"]
    assert fitted.n_outputs_ == 1
    epochs = [e["n_epochs"] for e in fitted.search_history_ if e["phase"] in ("train", "prune")]
    assert fitted.n_iter_ == sum(epochs) >= 1
    times = [event["time"] for event in fitted.search_history_]
    assert times == sorted(times)
    assert {event["phase"] for event in fitted.search_history_} >= {"train", "choose", "fit"}


def test_records(fitted):
    records = fitted.programs_
    assert records[0].program is fitted.program_
    assert all(0 <= r.score <= 1 and r.loss > 0 for r in records)
    assert len({r.program.expression.skeleton() for r in records}) == len(records) > 3
    for record in records:
        assert (record.cost, record.depth) == (record.program.cost, record.program.depth)
        beaten = any(
            other.score >= record.score
            and other.cost <= record.cost
            and (other.score, other.cost) != (record.score, record.cost)
            for other in records
        )
        assert record.on_front == (not beaten)
    assert "Pareto front" in str(next(r for r in records if r.on_front))


def test_pareto_front_keeps_equal_points():
    assert pareto_front([0.5, 0.5, 0.4], [2, 2, 2]) == [True, True, False]
    assert pareto_front([0.4, 0.5, 0.5], [1, 2, 3]) == [True, True, False]


def test_other_programs_predict(binary, fitted):
    X, _ = binary
    third = fitted.programs_[2].program
    assert_array_equal(fitted.decision_function(X, program=2), third(X)[:, 0])
    assert_array_equal(fitted.predict(X, program=2), fitted.predict(X, program=third))
    assert_array_equal(fitted.predict_proba(X, program=0), fitted.predict_proba(X))
    assert_array_equal(
        fitted.predict(X, program=-1), fitted.predict(X, fitted.programs_[-1].program)
    )


def test_program_asked_for_must_fit(binary, fitted, three):
    X, _ = binary
    with pytest.raises(ValueError, match=r"program=999 is no index of programs_.*0 to"):
        fitted.predict(X, program=999)
    allowed = "index or a record of programs_, a Program, or None; got a str"
    with pytest.raises(TypeError, match=allowed):
        fitted.predict(X, program="best")
    with pytest.raises(ValueError, match="2 features and gives 3 value"):
        fitted.predict(X, program=three[2].program_)


def test_unfitted():
    for method in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(DPadsClassifier(), method)(np.ones((1, 1, 1)))


def test_other_number_of_features(fitted):
    with pytest.raises(
        ValueError, match="X has 3 features, but DPadsClassifier is expecting 2 features as input"
    ):
        fitted.predict(np.ones((2, 4, 3)))


def test_layouts_and_padding_do_not_matter(binary, fitted):
    X, y = binary
    ragged = [sequence[: 3 + i % 4] for i, sequence in enumerate(X)]
    padded = np.full((len(X), 9, 2), np.nan)
    for row, sequence in zip(padded, ragged, strict=True):
        row[: len(sequence)] = sequence
    from_list, from_array = small().fit(ragged, y), small().fit(padded, y)
    assert from_list.program_.to_json() == from_array.program_.to_json()
    assert_allclose(fitted.decision_function(ragged), fitted.decision_function(padded), rtol=1e-9)
    assert_allclose(fitted.decision_function(ragged[:1]), fitted.decision_function(ragged)[:1])


@pytest.mark.parametrize("labels", [[3, 7], [False, True], [-1.0, 1.0]])
def test_labels_of_any_type(labels):
    X, y = make_means(24)
    y = np.array(labels)[(y == "b").astype(int)]
    clf = small().fit(X, y)
    assert_array_equal(clf.classes_, labels)
    assert clf.predict(X).dtype == y.dtype
    assert accuracy_score(y, clf.predict(X)) > 0.8


def test_standardize_makes_units_irrelevant(binary):
    X, y = binary
    clf, other = small().fit(X, y), small().fit(X * [1e-3, 1e3] - [7.0, 2.0], y)
    assert clf.program_.expression.skeleton() == other.program_.expression.skeleton()
    assert_allclose(
        other.decision_function(X * [1e-3, 1e3] - [7.0, 2.0]), clf.decision_function(X), atol=1e-2
    )


def test_constant_feature_is_harmless(binary):
    X, y = binary
    X = X.copy()
    X[:, :, 1] = 5.0
    clf = small().fit(X, y)
    assert clf.score(X, y) > 0.9


def test_without_standardize(binary):
    X, y = binary
    X = (X - 100.0) / [20.0, 0.01]
    assert small(standardize=False).fit(X, y).score(X, y) > 0.9


def test_input_is_searched_on_raw_frames_only():
    X, y = make_means(30)
    X = X[:, :, :1] - 100.0
    grammar = Grammar.parse(
        "list->atom ::= SlideWindowAvg[all](atom->atom)\n"
        "atom->atom ::= Input | Affine[x]\n"
        "Affine[x] = {0}"
    )
    scaled = small(grammar=grammar).fit(X, y)
    raw = small(grammar=grammar, standardize=False).fit(X, y)

    def shapes(clf):
        return {record.program.expression.skeleton() for record in clf.programs_}

    assert shapes(scaled) == {"SlideWindowAvg[all](Affine[x])"}
    assert "SlideWindowAvg[all](Input)" in shapes(raw)


def test_class_weight_moves_the_decision():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3 // 2
    X = rng.normal(size=(60, 3, 2)) + 0.7 * y[:, None, None]
    shares = [
        (small(class_weight=weight, grammar=None).fit(X, y).predict(X) == 1).mean()
        for weight in ({1: 0.2}, "balanced", {1: 20.0})
    ]
    assert shares[0] < shares[1] < shares[2]


def test_ablations():
    X, y = make_means(24)
    clf = small(node_sharing=False, unfolding=False, N=1, d_s=1, batch_size="auto").fit(X, y)
    assert clf.score(X, y) > 0.8
    assert max(e["round"] for e in clf.search_history_ if e["phase"] == "train") == 1


def test_same_random_state_same_result(binary, fitted):
    X, y = binary
    again = clone(fitted).fit(X, y)
    assert again.program_.to_json() == fitted.program_.to_json()
    assert [r.score for r in again.programs_] == [r.score for r in fitted.programs_]
    generator = small(random_state=np.random.RandomState(3)).fit(X, y)
    assert generator.program_.to_json() == (
        small(random_state=np.random.RandomState(3)).fit(X, y).program_.to_json()
    )


def test_global_state_is_left_alone(binary):
    X, y = binary
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002
    torch_before, n_threads = torch.get_rng_state(), torch.get_num_threads()
    X_before = X.copy()
    clf = small(n_restarts=2)
    params = clf.get_params()
    clf.fit(X, y)
    assert_array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), torch_before)
    assert torch.get_num_threads() == n_threads
    assert clf.get_params() == params
    assert_array_equal(X, X_before)


def test_pickle_and_joblib(binary, fitted, tmp_path):
    X, _ = binary
    data = pickle.dumps(fitted)
    assert b"torch" not in data
    joblib.dump(fitted, tmp_path / "clf.joblib")
    for again in (pickle.loads(data), joblib.load(tmp_path / "clf.joblib")):
        assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
        assert str(again.program_) == str(fitted.program_)
        assert len(again.programs_) == len(fitted.programs_)


def test_grid_search_over_grammar_and_search(binary):
    X, y = binary
    grammar = Grammar.parse(WINDOWS)
    grid = {
        "grammar": [grammar, grammar.without("Constant")],
        "search__d_s": [1, 2],
        "search__N": [2],
    }
    search = GridSearchCV(small(max_iter=2), grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.8
    assert search.best_params_["grammar"] in grid["grammar"]
    assert search.predict(X).shape == (40,)


def test_pipeline_and_cross_validation(binary):
    X, y = binary
    pipeline = make_pipeline(FunctionTransformer(np.negative), small(max_iter=2))
    assert cross_val_score(pipeline, X, y, cv=2, scoring="f1_macro").min() > 0.8


def test_tags():
    tags = get_tags(DPadsClassifier())
    assert is_classifier(DPadsClassifier())
    assert tags.input_tags.three_d_array
    assert not tags.input_tags.two_d_array
    assert tags.target_tags.required


def test_values_that_overflow_are_reported(fitted):
    program = Program.parse("Fold(Affine[x0](x0 + 9*previous))", Grammar.paper(2))
    with pytest.warns(RuntimeWarning, match="not finite for 1 of 1 sequences"):
        proba = fitted.predict_proba(np.ones((1, 400, 2)), program=program)
    assert_array_equal(proba, [[0.0, 1.0]])


def test_docstring_states_the_defaults():
    documented = re.findall(
        r"^    (\w+) : .*default=([^\n]+)$",
        inspect.getdoc(DPadsClassifier).replace("\n", "\n    "),
        re.M,
    )
    signature = inspect.signature(DPadsClassifier).parameters
    assert dict(documented).keys() == signature.keys()
    for name, default in documented:
        assert eval(default) == signature[name].default, name
