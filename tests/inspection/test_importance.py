from __future__ import annotations

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance as of_scikit_learn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dpads import ProgramClassifier, ProgramFrameClassifier
from sklearn_dpads.baselines import CNNClassifier, RNNClassifier, SummaryClassifier
from sklearn_dpads.estimator.scoring import OutputsClassifier
from sklearn_dpads.inspection import permutation_importance
from sklearn_dpads.metrics import frame_accuracy_scorer, frame_f1_scorer
from sklearn_dpads.preprocessing import FrameTransformer

from .cases import GRAMMAR, SUMS, fitted_frames, fitted_sums, frames, walks


@pytest.fixture(scope="module")
def once():
    """A fitted classifier for tests that change nothing."""
    return fitted_sums()


class Last(BaseEstimator):
    """Says which class the last value of the first feature stands for."""

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y):
        return self

    def score(self, X, y):
        return float(np.mean([(x[-1, 0] > 0) == label for x, label in zip(X, y, strict=True)]))


def test_what_a_program_reads_is_lost_and_nothing_else(once):
    clf, X, y = once
    found = permutation_importance(clf, X, y, n_repeats=3, random_state=0)
    assert found.importances.shape == (3, 3)
    assert found.names == ["speed", "turn", "height"]
    assert found.score == clf.score(X, y)
    assert found.importances_mean.argmax() == 0
    unread = [k for k, name in enumerate(found.names) if name not in str(clf.program_)]
    assert unread
    assert_array_equal(found.importances[unread], 0.0)


def test_of_one_frame_it_is_what_scikit_learn_gives():
    """Exchanges differ by their draws alone, which the mean of many does not tell."""
    X, y = walks()
    flat = X.mean(axis=1)
    model = LogisticRegression().fit(flat, y)

    class OfFrames(Last):
        def score(self, X, y):
            return model.score(X[:, 0], y)

    ours = permutation_importance(OfFrames(), flat[:, None], y, n_repeats=60, random_state=0)
    theirs = of_scikit_learn(model, flat, y, n_repeats=60, random_state=1)
    assert_allclose(ours.importances_mean, theirs.importances_mean, atol=0.04)


def test_only_the_span_that_is_read_matters():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 9, 2))
    y = (X[:, -1, 0] > 0).astype(int)
    found = permutation_importance(Last(), X, y, spans=3, random_state=0)
    assert found.importances.shape == (2, 3, 5)
    assert found.spans == ["1/3", "2/3", "3/3"]
    assert found.importances_mean[0, 2] > 0.3
    assert_array_equal(np.delete(found.importances_mean.ravel(), 2), 0.0)
    one = permutation_importance(Last(), X, y, features=["x0"], spans=[1, "1/3"], random_state=0)
    assert_array_equal(one.importances[0, 0], found.importances[0, 2])
    assert one.spans == ["1", "1/3"]


def test_donors_of_another_length_give_what_they_have_at_the_same_place():
    """Sequences that rise from 0 to 1 rise so with the values of any other."""
    lengths = [4, 9, 13, 20]
    seen = []

    class Watch(Last):
        def score(self, X, y):
            seen.append(X)
            return 0.0

    X = [i + (np.arange(n)[:, None] + 0.5) / n for i, n in enumerate(lengths)]
    permutation_importance(Watch(), X, [0, 1, 0, 1], n_repeats=1, random_state=1)
    _, after = seen
    assert [len(x) for x in after] == lengths
    donors = [int(x[0, 0]) for x in after]
    assert sorted(donors) == [0, 1, 2, 3]
    assert donors != [0, 1, 2, 3]
    for n, x, donor in zip(lengths, after, donors, strict=True):
        places = (np.arange(n) + 0.5) / n
        assert np.abs(x[:, 0] - donor - places).max() <= 0.125 + 1e-9
        assert set(x[:, 0]) <= set(X[donor][:, 0])


def test_a_padded_array_and_a_list_give_the_same(once):
    clf, X, y = once
    cut = [x[: 4 + i % 5] for i, x in enumerate(X)]
    padded = np.full(X.shape, np.nan)
    for row, x in zip(padded, cut, strict=True):
        row[: len(x)] = x
    ours = [permutation_importance(clf, data, y, random_state=0) for data in (cut, padded)]
    assert_array_equal(ours[0].importances, ours[1].importances)


def test_groups_are_exchanged_together(once):
    clf, X, y = once
    groups = {"motion": ["speed", "turn"], "height": [2]}
    found = permutation_importance(clf, X, y, features=groups, random_state=0)
    assert found.names == ["motion", "height"]
    everything = permutation_importance(clf, X, y, features={"all": [0, 1, 2]}, random_state=0)
    assert everything.importances_mean[0] > 0.2


@pytest.mark.parametrize("kind", [RNNClassifier, CNNClassifier, SummaryClassifier])
def test_baselines_are_asked_as_programs_are(kind):
    X, y = walks(shift=3.0)
    settings = {} if kind is SummaryClassifier else {"max_iter": 2, "random_state": 0}
    found = permutation_importance(kind(**settings).fit(X, y), X, y, n_repeats=2, random_state=0)
    assert found.importances.shape == (3, 2)
    assert found.names[0] == "x0"


def test_frames_have_labels_of_their_own():
    clf, X, y = fitted_frames()
    found = permutation_importance(clf, X, y, scoring=frame_f1_scorer, random_state=0)
    assert found.importances_mean[:2].min() > 0.1
    assert found.importances_mean[2] < 0.05


def test_names_of_scorers_score_the_frames_that_have_a_label():
    clf, X, y = fitted_frames()
    by_name, own = (
        permutation_importance(clf, X, y, scoring=scoring, n_repeats=2, random_state=0)
        for scoring in ("accuracy", frame_accuracy_scorer)
    )
    assert by_name.score == own.score
    assert_array_equal(by_name.importances, own.importances)
    masked = [np.ma.masked_array(row, np.arange(len(row)) < 2) for row in y]
    first = [np.ma.masked_array(np.where(row.mask, "garbage", row), row.mask) for row in masked]
    found = permutation_importance(clf, X, first, scoring="accuracy", n_repeats=1)
    assert found.score == clf.score(X, masked)


@pytest.mark.parametrize(
    "scoring", ["f1_macro", "neg_log_loss", "roc_auc_ovr", "balanced_accuracy"]
)
def test_a_scorer_by_name_is_told_of_frames_what_a_fit_tells_it(scoring):
    clf, X, y = fitted_frames()
    found = permutation_importance(clf, X, y, scoring=scoring, n_repeats=1, random_state=0)
    labels, rows = np.concatenate(y), [np.arange(len(row)) for row in y]
    asked = clf.predict_proba(X)
    shares = np.concatenate([asked[i, row] for i, row in enumerate(rows)])
    model = OutputsClassifier(np.log(shares), clf.classes_)
    expected = get_scorer(scoring)(model, np.arange(len(labels))[:, None], labels)
    assert_allclose(found.score, expected)


def test_two_classes_of_frames_have_log_odds():
    X, y = frames()
    y = [np.where(row == "rest", 0, 1) for row in y]
    clf = ProgramFrameClassifier(grammar=GRAMMAR, search=SUMS, random_state=0).fit(X, y)
    found = permutation_importance(clf, X, y, scoring="roc_auc", n_repeats=1, random_state=0)
    assert found.score > 0.7
    assert found.importances_mean[:2].min() > found.importances_mean[2]


def test_labels_of_frames_for_a_classifier_of_sequences(once):
    clf, X, y = once
    rows = np.repeat(y[:, None], X.shape[1], axis=1)
    with pytest.raises(ValueError, match="Give one label per sequence"):
        permutation_importance(clf, X, rows, scoring="accuracy")


@pytest.mark.parametrize("scoring", [None, "accuracy", "f1_macro"])
def test_masked_sequences_do_not_count(once, scoring):
    clf, X, y = once
    given = np.arange(len(y)) % 4 > 0
    masked = np.ma.masked_array(np.where(given, y, "garbage"), ~given)
    found, alone = (
        permutation_importance(clf, *labelled, scoring=scoring, random_state=0)
        for labelled in ((X, masked), (X[given], y[given]))
    )
    assert_array_equal(found.importances, alone.importances)


def test_pipelines_take_sequences_too():
    X, y = walks()
    pipeline = make_pipeline(FrameTransformer(StandardScaler()), SummaryClassifier()).fit(X, y)
    assert permutation_importance(pipeline, X, y, random_state=0).importances_mean.argmax() == 0


def test_the_number_of_jobs_changes_nothing():
    X, y = walks()
    clf = SummaryClassifier().fit(X, y)
    with parallel_config(backend="threading"):
        one, two = (
            permutation_importance(clf, X, y, spans=2, n_jobs=n_jobs, random_state=0)
            for n_jobs in (1, 2)
        )
    assert_array_equal(one.importances, two.importances)


def test_it_prints_the_largest_loss_first_and_as_a_table(once):
    clf, X, y = once
    found = permutation_importance(clf, X, y, spans=2, random_state=0)
    lines = repr(found).splitlines()
    assert lines[0].startswith("score as it is: ")
    assert lines[1].split() == ["lost", "deviation", "span", "name"]
    assert lines[2].split()[-1] == "speed"
    assert "<table" in found._repr_html_()
    table = found.to_frame()
    assert list(table.columns) == ["name", "span", "importance", "deviation"]
    assert_array_equal(table["importance"], found.importances_mean.ravel())


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"features": "speed"}, TypeError, "features must be"),
        ({"features": ["colour"]}, ValueError, "colour"),
        ({"features": [3]}, ValueError, "0 to 2"),
        ({"spans": 0}, ValueError, "at least 1 part"),
        ({"spans": "1/3"}, TypeError, "spans must be"),
        ({"spans": ["half"]}, ValueError, "half"),
        ({"scoring": ["accuracy"]}, TypeError, "scoring must be"),
        ({"n_repeats": 0}, ValueError, "n_repeats"),
        ({"n_repeats": 1.5}, TypeError, "n_repeats"),
        ({"n_jobs": 0}, ValueError, "n_jobs"),
    ],
)
def test_what_is_not_allowed_is_refused(changes, error, text, once):
    clf, X, y = once
    with pytest.raises(error, match=text):
        permutation_importance(clf, X, y, **changes)


def test_a_model_that_is_not_fitted_is_refused():
    X, y = frames()
    with pytest.raises(NotFittedError):
        permutation_importance(ProgramClassifier(), X, y)
