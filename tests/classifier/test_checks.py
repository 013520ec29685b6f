"""scikit-learn's checks, on subclasses that read a 2D array, and the same restated in 3D."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_html_repr, get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.fixes import parse_version

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier

from ..flat import ReadsFrames, ReadsRows
from .contract import (
    FORMS,
    pad,
    same_fit,
)

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")
PAGES_LIST_PARAMETERS = parse_version(sklearn.__version__) >= parse_version("1.7")


@pytest.fixture(scope="module", params=FORMS, ids=str)
def form(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(form):
    X, y = form.data()
    return form.small().fit(X, y)


class Brief:
    """A search of a moment, that still tells apart what the checks want told apart."""

    def _default_search(self):
        steps = {"fit_steps": 25, "final_steps": 50}
        return super()._default_search().set_params(n_folds=2, n_pooled=6, **steps)


class FlatDPadsClassifier(Brief, ReadsRows, DPadsClassifier):
    """One label per sequence of a single frame."""


class FlatDPadsFrameClassifier(Brief, ReadsFrames, DPadsFrameClassifier):
    """One label per frame, of which each sequence has one."""


def failures_expected(estimator):
    """Name the checks that a search over programs can't pass.

    Zero weights do equal leaving samples out, exactly. But samples repeated are more samples:
    they are drawn into the two parts of the data one by one, and make more steps.
    tests/estimator/test_sample_weight.py says what holds instead.
    """
    return {
        "check_sample_weight_equivalence_on_dense_data": (
            "samples are drawn into the validation part at random, repeated ones one by one"
        )
    }


SETTINGS = {"max_depth": 2, "max_iter": 2, "max_refinements": 0}


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(
    [
        FlatDPadsClassifier(**SETTINGS),
        FlatDPadsFrameClassifier(N=4, **SETTINGS),
    ],
    expected_failed_checks=failures_expected,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_fit_gives_itself_and_is_idempotent(form, fitted):
    X, y = form.data()
    again = clone(fitted)
    assert again.fit(X, y) is again
    assert same_fit(again, fitted)
    assert same_fit(again.fit(X, y), fitted)


def test_nothing_given_is_changed(form):
    X, y = form.data()
    X, y = form.cut(X, y)
    X, weights = pad(X, 8), np.linspace(0.0, 1.0, len(X))
    if form.per_frame:
        y = np.ma.masked_less(pad([row[:, None] for row in y], 8)[:, :, 0], 0)
    given = [X, y, weights]
    before = [value.copy() for value in given]
    for value in given:
        value.flags.writeable = False
    clf = form.small().fit(X, y, weights)
    params, attributes = clf.get_params(), dict(vars(clf))
    for method in METHODS:
        getattr(clf, method)(X)
    for value, old in zip(given, before, strict=True):
        assert_array_equal(np.ma.getdata(value), np.ma.getdata(old))
        assert_array_equal(np.ma.getmaskarray(value), np.ma.getmaskarray(old))
    assert clf.get_params() == params
    assert all(vars(clf)[name] is value for name, value in attributes.items())
    assert vars(clf).keys() == attributes.keys()


def test_attributes_of_a_fit_end_in_an_underscore(form, fitted):
    added = vars(fitted).keys() - vars(form.small()).keys()
    assert added >= {"program_", "programs_", "classes_", "n_features_in_", "n_iter_"}
    assert all(name.endswith("_") and not name.startswith("_") for name in added)


def test_number_of_features_is_the_last_axis(form, fitted):
    X, _ = form.data()
    assert fitted.n_features_in_ == X.shape[-1] == 2
    assert not hasattr(form.small(), "n_features_in_")
    name = form.estimator.__name__
    for method in METHODS:
        with pytest.raises(ValueError, match=f"X has 1 features, but {name} is expecting 2"):
            getattr(fitted, method)(X[:, :, :1])


@pytest.mark.parametrize("method", [*METHODS, "score"])
def test_unfitted(form, method):
    X, y = form.data()
    with pytest.raises(NotFittedError, match=f"This {form.estimator.__name__} instance"):
        getattr(form.small(), method)(X, *([y] if method == "score" else []))


@pytest.mark.parametrize("method", METHODS)
def test_order_and_company_of_samples_do_not_matter(form, fitted, method):
    X, _ = form.data(seed=3)
    predict = getattr(fitted, method)
    together, order = predict(X), np.random.default_rng(0).permutation(len(X))
    assert_array_equal(predict(X[order]), together[order])
    alone = np.concatenate([predict(X[i : i + 1]) for i in range(len(X))])
    assert_allclose(alone, together, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, np.uint8, object])
def test_dtypes(form, dtype):
    X, y = form.data()
    X = np.round(X.clip(0, 255)).astype(dtype)
    clf, wanted = form.small().fit(X, y), form.small().fit(X.astype(np.float64), y)
    assert same_fit(clf, wanted)
    for method in ("predict_proba", "decision_function"):
        values = getattr(clf, method)(X)
        assert values.dtype == np.float64
        assert_array_equal(values, getattr(wanted, method)(X.astype(np.float64)))


def memory_mapped(X, folder):
    np.save(folder / "X.npy", X)
    return np.load(folder / "X.npy", mmap_mode="r")


@pytest.mark.parametrize(
    "arrange",
    [
        lambda X, _: np.asfortranarray(X),
        lambda X, _: np.repeat(X, 2, axis=1)[:, ::2],
        lambda X, _: X.transpose(2, 1, 0).copy().transpose(2, 1, 0),
        memory_mapped,
    ],
    ids=["fortran order", "strides", "transposed", "read-only memory map"],
)
def test_arrangements_in_memory(form, fitted, arrange, tmp_path):
    X, y = form.data()
    arranged = arrange(X, tmp_path)
    assert same_fit(form.small().fit(arranged, y), fitted)
    assert_array_equal(fitted.predict_proba(arranged), fitted.predict_proba(X))


def test_labels_of_a_read_only_memory_map(form, fitted, tmp_path):
    X, y = form.data()
    assert same_fit(form.small().fit(X, memory_mapped(y, tmp_path)), fitted)


def test_lists_for_arrays(form, fitted):
    X, y = form.data()
    assert same_fit(form.small().fit(X.tolist(), y.tolist()), fitted)
    assert_array_equal(fitted.predict(X.tolist()), fitted.predict(X))


def test_pickle_and_joblib(form, fitted, tmp_path):
    X, _ = form.data()
    joblib.dump(fitted, tmp_path / "model")
    for again in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "model")):
        assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
        assert same_fit(again, fitted)
    assert form.small().fit(*form.data()).get_params() == fitted.get_params()
    assert pickle.loads(pickle.dumps(form.small())).get_params() == form.small().get_params()


def test_clone_has_the_parameters_and_no_fit(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not any(name.endswith("_") for name in vars(copy))


def test_parameters_are_kept_as_given_until_fit(form):
    names = list(form.estimator().get_params())
    values = {name: object() for name in names}
    clf = form.estimator(**values)
    assert clf.get_params() == values
    assert all(vars(clf)[name] is value for name, value in values.items())
    assert clf.set_params(d_s="nonsense", N=None) is clf
    assert (clf.d_s, clf.N) == ("nonsense", None)
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        clf.set_params(depth=3)


def test_parameters_set_after_a_fit_count_at_the_next(form, fitted):
    X, y = form.data()
    clf = clone(fitted).fit(X, y).set_params(grammar=form.grammar.without("Affine[first]"))
    clf.fit(X, y)
    assert all("Affine[both]" in str(record.program) for record in clf.programs_)


def test_estimators_have_the_same_parameters():
    sequence, frame = (form.estimator().get_params() for form in FORMS)
    assert sequence | {"unlabelled": "auto"} == frame


def test_tags(form):
    tags = get_tags(form.estimator())
    assert is_classifier(form.estimator())
    assert (tags.input_tags.two_d_array, tags.input_tags.three_d_array) == (False, True)
    assert not tags.input_tags.sparse
    assert not tags.input_tags.allow_nan
    assert tags.target_tags.required
    assert tags.target_tags.multi_output is form.per_frame
    assert tags.target_tags.single_output is not form.per_frame
    assert tags.classifier_tags.multi_class
    assert not tags.classifier_tags.multi_label


def test_representations(form, fitted):
    assert repr(form.estimator()) == f"{form.estimator.__name__}()"
    assert repr(form.estimator(d_s=1)) == f"{form.estimator.__name__}(d_s=1)"
    for clf in (form.estimator(), form.small(), fitted):
        page = estimator_html_repr(clf)
        assert form.estimator.__name__ in page
        assert "validation_fraction" in page or not PAGES_LIST_PARAMETERS
    assert form.small()._repr_html_().startswith("<style>")


def test_classifiers_transform_nothing(form):
    assert not hasattr(form.estimator(), "set_output")
    assert not hasattr(form.estimator(), "transform")
