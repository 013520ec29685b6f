"""What neither estimator can learn from: refused before anything is trained, and said how to mend.

Every case names what was given, and what to do about it.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.utils.fixes import parse_version

from sklearn_dpads import Grammar
from sklearn_dpads.estimator import restarts as _restarts

from ..classifier.contract import (
    FORMS,
    FRAMES,
    SEQUENCES,
    pad,
)

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


@pytest.fixture(params=FORMS, ids=str)
def form(request):
    return request.param


@pytest.fixture(scope="module")
def fitted():
    """Estimators of both forms, fitted before training is forbidden."""
    return {form.name: form.small().fit(*form.data()) for form in FORMS}


@pytest.fixture(autouse=True)
def no_training(fitted, monkeypatch):
    def train(*args, **kwargs):
        pytest.fail("The search began before the mistake was found.")

    monkeypatch.setattr(_restarts.Task, "run", train)


def refused(form, error, match, X=None, y=None, **parameters):
    """Check that a fit fails, and leaves no trace."""
    data = form.data()
    clf = form.small(**parameters)
    before = dict(vars(clf))
    with pytest.raises(error, match=match):
        clf.fit(data[0] if X is None else X, data[1] if y is None else y)
    assert vars(clf) == before


def refused_throughout(form, fitted, error, match, X):
    """Check that neither fit nor a fitted estimator takes the sequences."""
    refused(form, error, match, X=X)
    for method in METHODS:
        with pytest.raises(error, match=match):
            getattr(fitted[form.name], method)(X)


def test_two_dimensions(form, fitted):
    match = r"takes sequences, but X is a 2D array of shape \(20, 2\).*X.reshape\(20, 2, 1\).*"
    match += r"X.reshape\(20, 1, 2\)"
    for X in (np.ones((20, 2)), np.ones((20, 2)).tolist()):
        refused_throughout(form, fitted, ValueError, match, X)


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (
            np.ones(20),
            r"3D array .* or a list of 2D arrays.*1D, shape \(20,\).*reshape\(1, -1, 1\)",
        ),
        (np.ones((20, 6, 2, 1)), r"3D array .* or a list of 2D arrays.*4D, shape \(20, 6, 2, 1\)"),
        ([np.ones((3, 2))] * 19 + [np.ones(3)], "member 19 is 1D, shape .*x.reshape"),
    ],
    ids=["1D", "4D", "one of 1D in a list"],
)
def test_other_dimensions(form, fitted, X, match):
    refused_throughout(form, fitted, ValueError, match, X)


def test_unequal_numbers_of_features(form, fitted):
    X = [np.ones((3, 2))] * 19 + [np.ones((2, 3))]
    match = r"same number of features: X\[0\] has 2 .*X\[19\] has 3 .*transposed sequence needs .T"
    refused_throughout(form, fitted, ValueError, match, X)


def test_other_number_of_features_than_in_fit(form, fitted):
    with pytest.raises(ValueError, match="X has 3 features, but .* is expecting 2 features"):
        fitted[form.name].predict(np.ones((4, 6, 3)))


def test_nan_inside_a_sequence(form, fitted):
    X, _ = form.data()
    X[4, 2, 1] = np.nan
    match = "NaN inside a sequence: sample 4, frame 2, feature 1.*Fill or interpolate"
    refused_throughout(form, fitted, ValueError, match, X)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values(form, fitted, value):
    X, _ = form.data()
    X[3, 5, 0] = value
    match = r"infinite value \(inf\) at sample 3, frame 5, feature 0.*Clip or replace"
    refused_throughout(form, fitted, ValueError, match, X)


def test_infinite_values_in_padded_sequences(form, fitted):
    X, _ = form.cut(*form.data())
    X = pad(X, 8)
    X[0, 1, 1] = np.inf
    with pytest.raises(ValueError, match="at sample 0, frame 1, feature 1"):
        fitted[form.name].predict(X)


@pytest.mark.parametrize(
    "X",
    [
        [np.ones((3, 2))] * 11 + [np.ones((0, 2))] + [np.ones((3, 2))] * 8,
        np.where(np.arange(20)[:, None, None] == 11, np.nan, np.ones((20, 6, 2))),
    ],
    ids=["list", "padding throughout"],
)
def test_empty_sequence(form, fitted, X):
    match = "at least one frame in every sequence, but sample 11 .* empty.*Leave such samples out"
    refused_throughout(form, fitted, ValueError, match, X)


@pytest.mark.parametrize(
    ("X", "match"),
    [
        ([], "at least one sequence, but X is empty"),
        (np.ones((0, 6, 2)), r"at least one sequence, but X has 0 samples, shape \(0, 6, 2\)"),
        (np.ones((20, 6, 0)), r"0 feature\(s\).*minimum of 1"),
    ],
    ids=["empty list", "no sequence", "no feature"],
)
def test_nothing_to_learn_from(form, fitted, X, match):
    refused_throughout(form, fitted, ValueError, match, X)


@pytest.mark.parametrize(
    ("X", "error", "match"),
    [
        (None, TypeError, "takes a 3D array .*; X is None"),
        ("walk", TypeError, "takes a 3D array .*; X is a str"),
        ({"speed": [1.0]}, TypeError, "takes a 3D array .*; X is a dict"),
        (sparse.eye(20).tocsr(), TypeError, "can't read sparse data: .*Pass a dense 3D array"),
        (np.full((20, 6, 2), "a"), ValueError, "takes numbers, but X holds text"),
        (np.full((20, 6, 2), 1j), ValueError, "Complex data not supported"),
        (np.full((20, 6, 2), np.datetime64("2020")), TypeError, "takes numbers, .* dtype datetime"),
    ],
    ids=["None", "str", "dict", "sparse", "text", "complex", "dates"],
)
def test_what_are_no_sequences(form, fitted, X, error, match):
    clf = form.small()
    with pytest.raises(error, match=match):
        clf.fit(X, form.data()[1])
    with pytest.raises(error, match=match):
        fitted[form.name].predict(X)


def test_no_labels(form):
    X, _ = form.data()
    with pytest.raises(ValueError, match="requires y to be passed.*pass one class label per"):
        form.small().fit(X, None)


def test_one_class(form):
    _, y = form.data()
    match = f"{form.estimator.__name__} needs at least two classes in y, but .* one class only: 'a'"
    refused(form, ValueError, match, y=np.full(y.shape, "a"))


def test_one_sample_of_a_class(form):
    _, y = form.data()
    y = np.zeros(y.shape, dtype=int)
    y[3] = [1, 0, 0, 0, 0, 0] if form.per_frame else 1
    kind = "frame" if form.per_frame else "sample"
    match = rf"at least two {kind}s of every class.*single {kind} of \[1\].*collect more"
    refused(form, ValueError, match, y=y)


def test_one_sequence(form):
    X, y = form.data()
    if form.per_frame:
        refused(form, ValueError, "labels in at least two sequences.*Cut long", X=X[:1], y=y[:1])
    else:
        refused(form, ValueError, "at least two classes in y", X=X[:1], y=y[:1])


def test_labels_of_other_sequences(form):
    _, y = form.data()
    match = "X and y must have the same length: X holds 20 sequences, y .*1[78]"
    refused(form, ValueError, match, y=y[:18])
    refused(form, ValueError, match, y=list(y[:17]))


def test_continuous_labels(form):
    _, y = form.data()
    refused(form, ValueError, "continuous", y=np.linspace(0, 1, y.size).reshape(y.shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_labels_that_are_no_numbers(form, value):
    _, y = form.data()
    y = y.astype(float)
    y[(2, 4) if form.per_frame else 2] = value
    what = "NaN" if np.isnan(value) else "infinity"
    match = f"y contains {what}" + (".*sample 2, frame 4" if form.per_frame else "")
    refused(form, ValueError, match, y=y)


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.7"),
    reason="before 1.7 scikit-learn takes them for labels, and warns",
)
def test_labels_of_bytes(form):
    _, y = form.data()
    match = "bytes is not supported. Convert the labels to a string or integer"
    refused(form, TypeError, match, y=np.array([b"a", b"b"])[y])


def test_labels_of_frames_for_sequences():
    _, y = FRAMES.data()
    match = "one label per sequence, y a 1d array of shape .*several labels.*use DPadsFrameClassif"
    for labels in (y, y.tolist(), list(y)):
        refused(SEQUENCES, ValueError, match, y=labels)


def test_labels_of_sequences_for_frames():
    _, y = SEQUENCES.data()
    match = (
        r"one label per frame, y of shape .*1D, shape \(20,\). For one label per sequence, use D"
    )
    for labels in (y, y.tolist()):
        refused(FRAMES, ValueError, match, y=labels)


@pytest.mark.parametrize(
    ("cut", "match"),
    [
        (lambda y: y[:, :4], r"it must have the shape \(20, 6\), but has \(20, 4\)"),
        (lambda y: np.hstack([y, y]), r"it must have the shape \(20, 6\), but has \(20, 12\)"),
        (lambda y: [*y[:7], y[7][:4], *y[8:]], r"y\[7\] has 4 labels and sequence 7 of X has 6"),
        (lambda y: y[:, :, None], "must be a 2D array .* it is 3D"),
    ],
    ids=["too short", "too long", "one too short", "3D"],
)
def test_labels_of_other_frames(cut, match):
    _, y = FRAMES.data()
    refused(FRAMES, ValueError, match, y=cut(y))


def test_masked_throughout():
    _, y = FRAMES.data()
    refused(FRAMES, ValueError, "y has none: every frame is masked", y=np.ma.masked_array(y, True))
    refused(FRAMES, ValueError, "y has none: every frame is masked", y=np.full(y.shape, -1))


def test_labels_that_score_cannot_read(form, fitted):
    X, y = form.data()
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[.*19.*\]"):
        fitted[form.name].score(X, y[:-1])


def test_unknown_feature_name(form):
    names = {"feature_names": ["speed", "turn"], "grammar": None}
    match = r"'motion' names 'height'.*'speed', 'turn'"
    refused(form, ValueError, match, feature_groups={"motion": ["height"]}, **names)
    match = "'motion' names 'speed'; no feature names were given"
    refused(form, ValueError, match, feature_groups={"motion": ["speed"]}, grammar=None)


def test_index_out_of_range(form):
    match = r"'far' reads column 2, but frames have 2 features \(columns 0 to 1\)"
    refused(form, ValueError, match, grammar=None, feature_groups={"far": [0, 2]})
    refused(form, ValueError, match, grammar=Grammar.paper({"far": [0, 2]}))
    match = r"'far' is \[-1\]; columns must be distinct and not negative"
    refused(form, ValueError, match, grammar=None, feature_groups={"far": [-1]})


def test_groups_beside_a_grammar(form):
    match = "Give either a grammar, .* or feature_groups .*; both were given"
    refused(form, ValueError, match, feature_groups={"all": [0, 1]})


@pytest.mark.parametrize("name", ["d_s", "N", "max_depth"])
@pytest.mark.parametrize("value", [0, -3, 2.0, "2", None, True, np.nan])
def test_positive_integers(form, name, value):
    integer = type(value) is int
    match = f"{name}( == {value}, must be >= 1| must be an in(teger|stance))"
    refused(form, ValueError if integer else TypeError, match, **{name: value})


@pytest.mark.parametrize(
    ("value", "error", "match"),
    [
        ("2", TypeError, "n_jobs must be an integer or None; got '2'"),
        (True, TypeError, "n_jobs must be an integer or None; got True"),
        (1.0, TypeError, "n_jobs must be an integer or None; got 1.0"),
        (0, ValueError, "n_jobs == 0 has no meaning; give 1, -1 for all cores, or None"),
    ],
)
def test_number_of_jobs(form, value, error, match):
    refused(form, error, match, n_jobs=value)


def test_no_program_within_the_depth(form):
    match = "max_depth=1: it derives none shallower than depth 2"
    refused(form, ValueError, match, max_depth=1)


def test_no_program_of_the_form(form):
    (other,) = (known for known in FORMS if known is not form)
    refused(form, ValueError, "derives no program of any depth", grammar=other.grammar)
    no_leaf = form.grammar.without("Affine[first]", "Affine[both]")
    refused(form, ValueError, "derives no program of any depth", grammar=no_leaf)


def test_input_alone(form):
    grammar = form.grammar.without("Affine[first]", "Affine[both]")
    text = str(grammar).splitlines()
    lines = [line for line in text if not line.startswith("atom->atom")]
    grammar = Grammar.parse("\n".join([*lines, "atom->atom ::= Input"]))
    X = form.data()[0][:, :, :1]
    match = "Input is left out where standardize=True"
    refused(form, ValueError, match, X=X, grammar=grammar)


NAMED = {
    "sklearn_dpads": (
        *("DPadsClassifier", "DPadsFrameClassifier"),
        *("ProgramClassifier", "ProgramFrameClassifier"),
    ),
    "sklearn_dpads.baselines": (
        *("NEARClassifier", "NEARFrameClassifier"),
        *("EnumerationClassifier", "EnumerationFrameClassifier"),
        *("RandomProgramClassifier", "RandomProgramFrameClassifier"),
        *("RNNClassifier", "RNNFrameClassifier", "CNNClassifier", "CNNFrameClassifier"),
        *("SummaryClassifier", "SummaryFrameClassifier"),
    ),
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMED.items() for name in names]
)
def test_a_parameter_that_is_mistyped_is_told_by_the_class_itself(module, name):
    kind = getattr(import_module(module), name)
    with pytest.raises(TypeError, match=rf"^{name}\.__init__\(\) .*'max_dept'"):
        kind(max_dept=3)
    assert kind(**kind().get_params()).get_params().keys() == kind().get_params().keys()
