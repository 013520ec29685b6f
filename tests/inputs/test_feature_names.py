"""Names of features: given as a parameter, or as the columns of data frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dpads import Grammar, Program
from sklearn_dpads.baselines import RNNClassifier, SummaryClassifier
from sklearn_dpads.estimator import restarts as _restarts
from sklearn_dpads.preprocessing import FrameTransformer

from ..classifier.contract import FORMS, same_fit


@pytest.fixture(scope="module", params=FORMS, ids=str)
def form(request):
    return request.param


@pytest.fixture(scope="module")
def data(form):
    return form.data()


@pytest.fixture
def no_training(monkeypatch):
    def train(*args, **kwargs):
        pytest.fail("The search began before the mistake was found.")

    monkeypatch.setattr(_restarts.Task, "run", train)


def frames(X, *columns):
    return [pd.DataFrame(sequence, columns=list(columns)) for sequence in X]


def test_columns_name_the_features(form, data):
    X, y = data
    clf = form.small().fit(frames(X, "speed", "turn"), y)
    assert clf.feature_names_in_.tolist() == ["speed", "turn"]
    assert clf.feature_names_in_.dtype == object
    assert clf.program_.feature_names == ("speed", "turn")
    assert "*speed" in str(clf.program_)


def test_names_change_nothing_but_the_names(form, data):
    X, y = data
    named = form.small().fit(frames(X, "speed", "turn"), y)
    parameter = form.small(feature_names=["speed", "turn"]).fit(X, y)
    plain = form.small().fit(X, y)
    assert same_fit(named, parameter)
    assert [r.score for r in named.programs_] == [r.score for r in plain.programs_]
    assert_array_equal(named.predict_proba(X), plain.predict_proba(X))
    assert not hasattr(plain, "feature_names_in_")
    assert str(plain.program_).replace("x0", "speed").replace("x1", "turn") == str(named.program_)


@pytest.mark.parametrize(
    "names", [("speed", "turn"), np.array(["speed", "turn"]), pd.Index(["speed", "turn"])], ids=type
)
def test_sequences_of_names(form, data, names):
    clf = form.small(feature_names=names).fit(*data)
    assert clf.feature_names_in_.tolist() == ["speed", "turn"]
    assert all(type(name) is str for name in clf.feature_names_in_)
    assert clone(clf).fit(*data).feature_names_in_.tolist() == ["speed", "turn"]


@pytest.mark.parametrize("names", [("acc (x)", "acc (y)"), ("previous", "if"), ("Größe", "x 0")])
def test_names_that_are_no_identifiers(form, data, names):
    X, y = data
    clf = form.small().fit(frames(X, *names), y)
    grammar = form.grammar
    again = Program.parse(str(clf.program_), grammar, feature_names=names, classes=(0, 1))
    assert again.expression.skeleton() == clf.program_.expression.skeleton()
    assert Program.from_json(clf.program_.to_json()).feature_names == names


def test_names_in_feature_groups(form, data):
    X, y = data
    groups = {"motion": ["turn", "speed"]}
    clf = form.small(grammar=None, feature_groups=groups).fit(frames(X, "speed", "turn"), y)
    by_index = form.small(
        grammar=None, feature_groups={"motion": [1, 0]}, feature_names=["speed", "turn"]
    ).fit(X, y)
    assert same_fit(clf, by_index)


@pytest.mark.usefixtures("no_training")
def test_unknown_names_in_feature_groups(form, data):
    X, y = data
    clf = form.small(grammar=None, feature_groups={"motion": ["speed", "height"]})
    with pytest.raises(ValueError, match="'motion' names 'height'.*speed.*turn"):
        clf.fit(frames(X, "speed", "turn"), y)
    with pytest.raises(ValueError, match="'motion' names 'speed'; no feature names were given"):
        clf.fit(X, y)
    with pytest.raises(ValueError, match="'motion' names 'height'"):
        Grammar.paper({"motion": ["height"]}, feature_names=["speed", "turn"])


def test_predict_takes_the_same_columns_or_none(form, data):
    X, y = data
    clf = form.small().fit(frames(X, "speed", "turn"), y)
    wanted = clf.predict(frames(X, "speed", "turn"))
    assert_array_equal(clf.predict(X), wanted)
    assert clf.score(frames(X, "speed", "turn"), y) == clf.score(X, y)
    for columns in (("turn", "speed"), ("speed", "height")):
        with pytest.raises(ValueError, match=r"should match those.*\['speed', 'turn'\]; X has"):
            clf.predict(frames(X, *columns))


def test_columns_at_predict_alone_are_ignored(form, data):
    X, y = data
    clf = form.small().fit(X, y)
    assert_array_equal(clf.predict(frames(X, "speed", "turn")), clf.predict(X))


def test_names_of_the_last_fit_count(form, data):
    X, y = data
    clf = form.small().fit(frames(X, "speed", "turn"), y)
    clf.fit(frames(X, "a", "b"), y)
    assert clf.feature_names_in_.tolist() == ["a", "b"]
    clf.fit(X, y)
    assert not hasattr(clf, "feature_names_in_")


@pytest.mark.usefixtures("no_training")
def test_names_and_columns_that_differ(form, data):
    X, y = data
    clf = form.small(feature_names=["u", "v"])
    message = r"feature_names gives \['u', 'v'\], but .* columns \['speed', 'turn'\]. Leave out"
    with pytest.raises(ValueError, match=message):
        clf.fit(frames(X, "speed", "turn"), y)


def test_names_and_columns_that_agree(form, data):
    X, y = data
    given = frames(X, "speed", "turn")
    clf = form.small(feature_names=["speed", "turn"]).fit(given, y)
    assert clf.predict(given).shape == y.shape


@pytest.mark.usefixtures("no_training")
def test_columns_that_are_refused(form, data):
    X, y = data
    with pytest.raises(ValueError, match=r"must have names that differ; \['a'\] occur repeatedly"):
        form.small().fit(frames(X, "a", "a"), y)
    mixed = [*frames(X[:-1], "a", "b"), *frames(X[-1:], "b", "a")]
    with pytest.raises(ValueError, match=r"X\[0\] has \['a', 'b'\], X\[19\] has \['b', 'a'\]"):
        form.small().fit(mixed, y)


@pytest.mark.parametrize("columns", [(0, 1), ("a", 1)])
def test_columns_that_are_no_names(form, data, columns):
    X, y = data
    clf = form.small().fit(frames(X, *columns), y)
    assert not hasattr(clf, "feature_names_in_")


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("names", "error", "match"),
    [
        ("uv", TypeError, "feature_names must be a sequence of str, or None; got 'uv'"),
        (5, TypeError, "feature_names must be a sequence of str, or None; got 5"),
        ([0, 1], TypeError, r"feature_names must be a sequence of str, or None; got \[0, 1\]"),
        ({"u", "v"}, TypeError, "feature_names must be in an order .* a set has not.*Give a list"),
        (["u"], ValueError, "each of the 2 features of X; 1 names were given"),
        (["u", "u"], ValueError, r"must differ from each other; \['u'\] occur repeatedly"),
    ],
)
def test_names_that_are_refused(form, data, names, error, match):
    with pytest.raises(error, match=match):
        form.small(feature_names=names).fit(*data)


def test_names_do_not_pass_a_transformer(form, data):
    """Arrays come out of it, so that names have to be given."""
    X, y = data
    names = ["speed", "turn"]
    model = make_pipeline(FrameTransformer(StandardScaler()), form.small(feature_names=names))
    model.fit(frames(X, *names), y)
    assert model[-1].feature_names_in_.tolist() == names
    assert model.predict(frames(X, *names)).shape == y.shape


def test_programs_take_their_own_columns_or_none(tmp_path):
    names = ["speed", "turn"]
    X = np.random.default_rng(0).normal(size=(3, 4, 2))
    program = Program.parse(
        "SlideWindowAvg[all](Affine[speed](speed))",
        Grammar.paper(2, feature_names=names),
        feature_names=names,
    )
    assert_array_equal(program(frames(X, *names)), program(X))
    uses = (
        program,
        program.trace,
        lambda X: program.simplify(X),
        lambda X: program.to_html(tmp_path / "page.html", X),
    )
    for use in uses:
        with pytest.raises(ValueError, match=r"should match those.*\['speed', 'turn'\]; X has"):
            use(frames(X, "turn", "speed"))


@pytest.mark.parametrize("estimator", [RNNClassifier(max_iter=1), SummaryClassifier()], ids=repr)
def test_baselines_take_the_same_columns_or_none(estimator):
    X = np.random.default_rng(0).normal(size=(8, 4, 2))
    y = np.arange(8) % 2
    fitted = estimator.fit(frames(X, "speed", "turn"), y)
    assert fitted.feature_names_in_.tolist() == ["speed", "turn"]
    assert_array_equal(fitted.predict(frames(X, "speed", "turn")), fitted.predict(X))
    with pytest.raises(ValueError, match="should match those"):
        fitted.predict(frames(X, "turn", "speed"))
    assert not hasattr(fitted.fit(X, y), "feature_names_in_")


def test_transformers_take_the_same_columns_or_none():
    X = np.random.default_rng(0).normal(size=(8, 4, 2))
    scaler = FrameTransformer(StandardScaler()).fit(frames(X, "speed", "turn"))
    assert scaler.get_feature_names_out().tolist() == ["speed", "turn"]
    assert_array_equal(scaler.transform(frames(X, "speed", "turn")), scaler.transform(X))
    with pytest.raises(ValueError, match="should match those"):
        scaler.transform(frames(X, "turn", "speed"))
    with pytest.raises(ValueError, match="feature_names gives"):
        scaler.set_params(feature_names=["turn", "speed"]).fit(frames(X, "speed", "turn"))
