"""Transformers work on frames as on rows, and sequences keep their layout."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, VarianceThreshold, chi2, f_regression
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.baselines import SummaryClassifier, SummaryFrameClassifier
from sklearn_dpads.preprocessing import ClipOutliers, FrameTransformer
from sklearn_dpads.preprocessing.frames import _inner_has
from sklearn_dpads.search import SumsOfReaders

LENGTHS = [4, 1, 6]


@pytest.fixture
def sequences():
    rng = np.random.default_rng(0)
    return [rng.normal(3.0, 5.0, size=(length, 3)) for length in LENGTHS]


def pad(sequences, n_timesteps=6):
    padded = np.full((len(sequences), n_timesteps, sequences[0].shape[1]), np.nan)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


class RecordingTransformer(TransformerMixin, BaseEstimator):
    """Keeps what it was fitted on."""

    def fit(self, X, y=None, sample_weight=None):
        self.fitted_on_ = X, y, sample_weight
        return self

    def transform(self, X):
        return X


def fitted_on(X, *args, **kwargs):
    return FrameTransformer(RecordingTransformer()).fit(X, *args, **kwargs).transformer_.fitted_on_


class FlatFrameTransformer(FrameTransformer):
    """Reads a 2D array as sequences of a single frame, and gives such an array."""

    set_output = TransformerMixin.set_output

    def fit(self, X, y=None):
        return self._fit_rows(X, y)

    def _fit_rows(self, X, y=None, sample_weight=None):
        super().fit(validate_data(self, X)[:, None, :], y, sample_weight)
        validate_data(self, X, skip_check_array=True)
        return self

    def transform(self, X):
        check_is_fitted(self, "transformer_")
        return super().transform(validate_data(self, X, reset=False)[:, None, :])[:, 0]

    @available_if(_inner_has("inverse_transform"))
    def inverse_transform(self, X):
        return super().inverse_transform(check_array(X)[:, None, :])[:, 0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = True, False
        return tags


class WeightedFlatFrameTransformer(FlatFrameTransformer):
    """Takes weights, which scikit-learn only checks where ``fit`` names them."""

    def fit(self, X, y=None, sample_weight=None):
        return self._fit_rows(X, y, sample_weight)


@pytest.mark.filterwarnings("default")
@parametrize_with_checks(
    [
        WeightedFlatFrameTransformer(StandardScaler()),
        FlatFrameTransformer(SelectKBest(k=1)),
        FlatFrameTransformer(LinearDiscriminantAnalysis()),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_list_gives_list(sequences):
    expected = StandardScaler().fit(np.concatenate(sequences))
    out = FrameTransformer(StandardScaler()).fit_transform(sequences)
    assert isinstance(out, list)
    for sequence, transformed in zip(sequences, out, strict=True):
        assert_allclose(transformed, expected.transform(sequence), rtol=1e-13)


def test_padding_stays_padding_and_is_not_learned(sequences):
    expected = FrameTransformer(StandardScaler()).fit_transform(sequences)
    out = FrameTransformer(StandardScaler()).fit_transform(pad(sequences, 9))
    assert_array_equal(out, pad(expected, 9))


def test_array_gives_array():
    X = np.random.default_rng(0).normal(size=(5, 4, 3)).astype(np.float32)
    out = FrameTransformer(PCA(n_components=2)).fit_transform(X)
    expected = PCA(n_components=2).fit_transform(X.reshape(-1, 3).astype(np.float64))
    assert out.dtype == np.float64
    assert_allclose(out.reshape(-1, 2), expected, atol=1e-12)


def test_array_of_arrays_gives_the_same(sequences):
    X = np.empty(3, dtype=object)
    X[:] = sequences
    out = FrameTransformer(StandardScaler()).fit_transform(X)
    assert out.dtype == object
    assert [member.shape for member in out] == [(length, 3) for length in LENGTHS]


def test_padded_members_of_a_list_keep_their_length(sequences):
    padded = [pad([sequences[0]], 5)[0], sequences[1], pad([sequences[2]], 8)[0]]
    out = FrameTransformer(StandardScaler()).fit_transform(padded)
    assert [len(member) for member in out] == [5, 1, 8]
    assert_array_equal(np.isnan(out[0]).all(axis=1), [False] * 4 + [True])
    expected = FrameTransformer(StandardScaler()).fit_transform(sequences)
    assert_array_equal(out[2][:6], expected[2])


def test_input_is_left_as_it_was(sequences):
    X = pad(sequences)
    before = X.copy()
    FrameTransformer(StandardScaler(copy=False)).fit_transform(X)
    assert_array_equal(X, before)
    whole = np.ones((2, 3, 1)) * [[[1.0]], [[3.0]]]
    FrameTransformer(StandardScaler(copy=False)).fit_transform(whole)
    assert_array_equal(whole[:, 0, 0], [1.0, 3.0])


def test_other_layouts_and_lengths_after_fit(sequences):
    transformer = FrameTransformer(StandardScaler()).fit(pad(sequences))
    (single,) = transformer.transform([sequences[2]])
    assert_array_equal(single, transformer.transform(sequences[2][None])[0])
    assert_array_equal(single, transformer.transform(pad(sequences))[2])


def test_inverse_transform(sequences):
    transformer = FrameTransformer(PCA(n_components=3)).fit(sequences)
    back = transformer.inverse_transform(transformer.transform(pad(sequences)))
    assert_allclose(back, pad(sequences), rtol=1e-12)
    with pytest.raises(AttributeError, match="inverse_transform"):
        FrameTransformer(RecordingTransformer()).inverse_transform(sequences)


# Targets


def test_one_target_per_sequence_is_repeated(sequences):
    X, y, _ = fitted_on(sequences, ["a", "b", "c"])
    assert_array_equal(y, ["a"] * 4 + ["b"] + ["c"] * 6)
    assert_array_equal(X, np.concatenate(sequences))


FRAME_LABELS = np.array(
    [[0, 1, 1, 0, 9, 9], [2, 9, 9, 9, 9, 9], [1, 1, 0, 0, 2, 2]],
)
FLAT_LABELS = [0, 1, 1, 0, 2, 1, 1, 0, 0, 2, 2]


@pytest.mark.parametrize(
    "y",
    [
        FRAME_LABELS,
        FRAME_LABELS.tolist(),
        pd.DataFrame(FRAME_LABELS),
        [row[:length] for row, length in zip(FRAME_LABELS, LENGTHS, strict=True)],
        [row[:length].tolist() for row, length in zip(FRAME_LABELS, LENGTHS, strict=True)],
        np.where(FRAME_LABELS == 9, np.nan, FRAME_LABELS),
        np.ma.masked_array(FRAME_LABELS, FRAME_LABELS == 9),
    ],
)
@pytest.mark.parametrize("padded", [False, True])
def test_targets_per_frame(sequences, y, padded):
    X, targets, _ = fitted_on(pad(sequences) if padded else sequences, y)
    assert_array_equal(targets, FLAT_LABELS)
    assert_array_equal(X, np.concatenate(sequences))


def test_array_of_arrays_of_targets(sequences):
    y = np.empty(3, dtype=object)
    y[:] = [row[:length] for row, length in zip(FRAME_LABELS, LENGTHS, strict=True)]
    assert_array_equal(fitted_on(sequences, y)[1], FLAT_LABELS)


def test_frames_without_label_are_left_out(sequences):
    y = FRAME_LABELS.copy()
    y[0, 1], y[2, 5] = -1, -1
    weights = np.arange(18.0).reshape(3, 6)
    kept = np.ones(11, dtype=bool)
    kept[[1, 10]] = False
    X, targets, sample_weight = fitted_on(sequences, y, weights)
    assert_array_equal(targets, np.array(FLAT_LABELS)[kept])
    assert_array_equal(X, np.concatenate(sequences)[kept])
    flat_weights = np.concatenate([weights[0, :4], weights[1, :1], weights[2]])
    assert_array_equal(sample_weight, flat_weights[kept])


@pytest.mark.parametrize("as_list", [False, True])
def test_masked_frames_are_left_out(sequences, as_list):
    y = np.ma.masked_array(FRAME_LABELS, FRAME_LABELS == 9)
    y[2, 0] = np.ma.masked
    if as_list:
        y = [row[:length] for row, length in zip(y, LENGTHS, strict=True)]
    X, targets, _ = fitted_on(sequences, y)
    assert_array_equal(targets, FLAT_LABELS[:5] + FLAT_LABELS[6:])
    assert len(X) == 10


def test_minus_one_is_a_label_next_to_one_alone(sequences):
    y = np.where(FRAME_LABELS == 1, 1, -1)
    assert_array_equal(fitted_on(sequences, y)[1], np.where(np.array(FLAT_LABELS) == 1, 1, -1))
    assert_array_equal(fitted_on(sequences, [-1, 0, 1])[1], [-1] * 4 + [0] + [1] * 6)


def test_supervised_transformers_select_by_frames():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(8, 10, 4))
    y = (X[:, :, 2] > 0).astype(int)
    selected = FrameTransformer(SelectKBest(k=1)).fit_transform(X, y)
    assert_array_equal(selected[:, :, 0], X[:, :, 2])
    target = X[:, :, 1] + 0.1 * X[:, :, 0]
    selected = FrameTransformer(SelectKBest(f_regression, k=1)).fit_transform(X, target)
    assert_array_equal(selected[:, :, 0], X[:, :, 1])
    per_sequence = np.arange(8) % 2
    X[per_sequence == 1, :, 3] += 5.0
    selected = FrameTransformer(SelectKBest(k=1)).fit_transform(X, per_sequence)
    assert_array_equal(selected[:, :, 0], X[:, :, 3])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1], r"shape \(3,\).*shape \(3, 6\) or a list of 3 1D arrays.*shape is \(2,\)"),
        (np.zeros((3, 5)), r"its shape is \(3, 5\)"),
        (1, r"its shape is \(\)"),
        ([[0, 1, 0, 1], [1]], "X holds 3 sequences, y 2"),
        ([[0, 1, 0], [1], [0] * 6], r"y\[0\] must hold one value per frame.*4, but holds 3"),
        (np.full((3, 6), -1), "y has no label"),
        (np.ma.masked_all(3), "y has no label"),
        (np.where(np.arange(6) == 2, np.nan, np.ones((3, 6))), "no value at sample 0, frame 2"),
    ],
)
def test_targets_that_are_refused(sequences, y, message):
    with pytest.raises(ValueError, match=message):
        FrameTransformer(StandardScaler()).fit(sequences, y)


def test_column_of_targets_is_read_with_a_warning(sequences):
    with pytest.warns(sklearn.exceptions.DataConversionWarning, match="column-vector"):
        targets = fitted_on(sequences, np.array([[1], [2], [3]]))[1]
    assert_array_equal(targets, [1] * 4 + [2] + [3] * 6)


# Weights


@pytest.mark.parametrize(
    "sample_weight",
    [
        [1.0, 0.0, 2.0],
        [[1.0] * 4, [0.0], [2.0] * 6],
        np.outer([1, 0, 2], np.ones(6)),
        np.where(np.arange(6) < np.array(LENGTHS)[:, None], [[1.0], [0.0], [2.0]], np.nan),
    ],
)
def test_weights_reach_the_frames(sequences, sample_weight):
    weighted = FrameTransformer(StandardScaler()).fit(sequences, sample_weight=sample_weight)
    repeated = np.concatenate([sequences[0], sequences[2], sequences[2]])
    assert_allclose(weighted.transformer_.mean_, repeated.mean(axis=0))
    assert_allclose(weighted.transformer_.var_, repeated.var(axis=0))


@pytest.mark.parametrize(
    ("sample_weight", "message"),
    [
        ([1.0, 1.0], r"sample_weight must hold one value per sequence.*\(2,\)"),
        ([1.0, -1.0, 1.0], "a negative weight at sample 1, frame 0"),
        ([1.0, 1.0, np.inf], "NaN or inf at sample 2, frame 0"),
        (["a", "b", "c"], "sample_weight must be numbers"),
    ],
)
def test_weights_that_are_refused(sequences, sample_weight, message):
    with pytest.raises(ValueError, match=message):
        FrameTransformer(StandardScaler()).fit(sequences, sample_weight=sample_weight)


def test_weights_for_a_transformer_that_takes_none(sequences):
    with pytest.raises(TypeError, match="PCA takes no sample_weight"):
        FrameTransformer(PCA()).fit(sequences, sample_weight=[1.0, 1.0, 1.0])


def test_weights_through_a_pipeline(sequences):
    weighted = make_pipeline(FrameTransformer(MaxAbsScaler()), FrameTransformer(StandardScaler()))
    weighted.fit(sequences, **{"frametransformer-2__sample_weight": [1.0, 0.0, 0.0]})
    assert_allclose(weighted.transform(sequences)[0].mean(axis=0), 0.0, atol=1e-12)


def test_weights_by_metadata_routing(sequences):
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = FrameTransformer(StandardScaler()).set_fit_request(sample_weight=True)
        routed = make_pipeline(scaler).fit(sequences, sample_weight=[1.0, 0.0, 0.0])
        assert_allclose(routed.transform(sequences)[0].mean(axis=0), 0.0, atol=1e-12)


# Names


def test_feature_names(sequences):
    names = ["acc_x", "acc_y", "acc_z"]
    transformer = FrameTransformer(StandardScaler(), feature_names=names).fit(sequences)
    assert_array_equal(transformer.feature_names_in_, names)
    assert_array_equal(transformer.get_feature_names_out(), names)
    assert_array_equal(transformer.get_feature_names_out(names), names)
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        transformer.get_feature_names_out(["a", "b", "c"])
    unnamed = transformer.set_params(feature_names=None).fit(sequences)
    assert not hasattr(unnamed, "feature_names_in_")
    assert_array_equal(unnamed.get_feature_names_out(), ["x0", "x1", "x2"])
    assert_array_equal(unnamed.get_feature_names_out(["a", "b", "c"]), ["a", "b", "c"])
    with pytest.raises(ValueError, match=r"number of features \(3\), got 2"):
        unnamed.get_feature_names_out(["a", "b"])


def test_feature_names_of_fewer_and_other_features(sequences):
    names = ["acc_x", "acc_y", "acc_z"]
    columns = ColumnTransformer(
        [("scaled", StandardScaler(), [2]), ("kept", "passthrough", [0])],
        verbose_feature_names_out=False,
    )
    transformer = FrameTransformer(columns, feature_names=names).fit(sequences)
    assert_array_equal(transformer.get_feature_names_out(), ["acc_z", "acc_x"])
    assert_array_equal(transformer.transform(sequences)[0][:, 1], sequences[0][:, 0])
    transformer = FrameTransformer(PCA(n_components=2), feature_names=names).fit(sequences)
    assert_array_equal(transformer.get_feature_names_out(), ["pca0", "pca1"])


def test_names_are_missing_where_the_transformer_gives_none():
    assert not hasattr(FrameTransformer(FunctionTransformer()), "get_feature_names_out")
    assert hasattr(FrameTransformer(StandardScaler()), "get_feature_names_out")


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["a", "b"], ValueError, "each of the 3 features of X; 2 names"),
        (["a", "b", "a"], ValueError, r"differ from each other; \['a'\]"),
        ("abc", TypeError, "sequence of str"),
        ([0, 1, 2], TypeError, "sequence of str"),
    ],
)
def test_feature_names_that_are_refused(sequences, names, error, message):
    with pytest.raises(error, match=message):
        FrameTransformer(StandardScaler(), feature_names=names).fit(sequences)


# The meta-estimator among others


def test_parameters_clone_and_pickle(sequences):
    transformer = FrameTransformer(StandardScaler(with_mean=False), feature_names=["a", "b", "c"])
    assert transformer.get_params()["transformer__with_mean"] is False
    copy = clone(transformer).set_params(transformer__with_mean=True)
    assert transformer.transformer.with_mean is False
    copy.fit(sequences)
    assert not hasattr(copy.transformer, "mean_")
    assert copy.n_features_in_ == 3
    again = pickle.loads(pickle.dumps(copy))
    assert_array_equal(again.transform(pad(sequences)), copy.transform(pad(sequences)))


def test_not_fitted(sequences):
    transformer = FrameTransformer(StandardScaler())
    for method in (transformer.transform, transformer.inverse_transform):
        with pytest.raises(NotFittedError):
            method(sequences)
    with pytest.raises(NotFittedError):
        transformer.get_feature_names_out()


def test_tags():
    tags = get_tags(FrameTransformer(StandardScaler()))
    assert tags.input_tags.three_d_array
    assert not tags.input_tags.two_d_array
    assert not tags.input_tags.sparse
    assert not tags.target_tags.required
    assert get_tags(FrameTransformer(LinearDiscriminantAnalysis())).target_tags.required
    assert get_tags(FrameTransformer(SelectKBest(chi2))).input_tags.positive_only == (
        get_tags(SelectKBest(chi2)).input_tags.positive_only
    )


def test_pipeline_and_grid_search():
    rng = np.random.default_rng(0)
    y = np.arange(20) % 2
    X = rng.normal(size=(20, 5, 3))
    X[:, :, 1] += 3.0 * y[:, None]
    means = FunctionTransformer(np.mean, kw_args={"axis": 1})
    model = make_pipeline(
        FrameTransformer(make_pipeline(StandardScaler(), SelectKBest(k=3))),
        means,
        LinearDiscriminantAnalysis(),
    )
    search = GridSearchCV(
        model, {"frametransformer__transformer__selectkbest__k": [1, 2]}, cv=2
    ).fit(X, y)
    assert search.best_score_ == 1.0


@pytest.mark.parametrize("globally", [False, True])
def test_data_frames_inside_are_read(sequences, globally):
    expected = FrameTransformer(make_pipeline(StandardScaler(), PCA())).fit_transform(sequences)
    inner = make_pipeline(StandardScaler(), PCA())
    if not globally:
        inner.set_output(transform="pandas")
    with sklearn.config_context(transform_output="pandas" if globally else "default"):
        out = FrameTransformer(inner).fit_transform(sequences)
    for transformed, wanted in zip(out, expected, strict=True):
        assert type(transformed) is np.ndarray
        assert_allclose(transformed, wanted, atol=1e-12)


def test_set_output(sequences):
    transformer = FrameTransformer(StandardScaler())
    assert transformer.set_output(transform="default") is transformer
    assert transformer.set_output() is transformer
    with pytest.raises(ValueError, match="don't fit into a data frame"):
        transformer.set_output(transform="pandas")
    with pytest.raises(ValueError, match="don't fit into a data frame"):
        make_pipeline(transformer).set_output(transform="polars")


# What is refused


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        (StandardScaler, r"pass an instance, StandardScaler\(\)"),
        ("passthrough", "FunctionTransformer"),
        (None, "must be a transformer, but is None"),
        (LinearDiscriminantAnalysis().fit, "must be a transformer"),
    ],
)
def test_what_is_no_transformer(sequences, inner, message):
    with pytest.raises(TypeError, match=message):
        FrameTransformer(inner).fit(sequences)


def keep_half(X):
    return X[::2]


def sum_of_rows(X):
    return X.sum(axis=1)


def log(X):
    with np.errstate(invalid="ignore"):
        return np.log(X)


def as_text(X):
    return np.full(X.shape, "text")


def nothing(X):
    return X[:, :0]


@pytest.mark.parametrize(
    ("inner", "error", "message"),
    [
        (FunctionTransformer(keep_half), ValueError, r"got 11 frames and gave shape \(6, 3\)"),
        (FunctionTransformer(sum_of_rows), ValueError, r"gave shape \(11,\)"),
        (FunctionTransformer(log), ValueError, "gives nan at sample 2, frame 1, feature 2"),
        (FunctionTransformer(as_text), TypeError, "must give numbers"),
        (FunctionTransformer(nothing), ValueError, "leaves no feature"),
        (OneHotEncoder(), TypeError, "sparse csr_matrix.*sparse_output=False"),
    ],
)
def test_outputs_that_are_refused(inner, error, message):
    X = [np.ones((4, 3)), np.ones((1, 3)), np.ones((6, 3))]
    X[2][1, 2] = -1.0
    with pytest.raises(error, match=message):
        FrameTransformer(inner).fit_transform(X)


def test_sequences_are_checked(sequences):
    with pytest.raises(ValueError, match="FrameTransformer takes sequences, but X is a 2D"):
        FrameTransformer(StandardScaler()).fit(np.ones((4, 3)))
    transformer = FrameTransformer(StandardScaler()).fit(sequences)
    with pytest.raises(ValueError, match="expecting 3 features"):
        transformer.transform(np.ones((2, 4, 5)))
    with pytest.raises(ValueError, match="NaN inside a sequence"):
        transformer.transform([np.array([[0.0, np.nan, 0.0]])])
    with pytest.raises(ValueError, match="No feature in X meets"):
        FrameTransformer(VarianceThreshold()).fit(np.ones((2, 4, 5)))


def test_robust_scaler_in_a_pipeline_with_clipping(sequences):
    sequences[2][0, 0] = 4164.0
    inner = make_pipeline(
        RobustScaler(), FunctionTransformer(np.clip, kw_args={"a_min": -5.0, "a_max": 5.0})
    )
    transformer = pickle.loads(pickle.dumps(FrameTransformer(inner).fit(sequences)))
    assert transformer.transform(sequences)[2][0, 0] == 5.0


# Values that are missing


def make_gaps(sequences):
    gappy = [sequence.copy() for sequence in sequences]
    gappy[0][1, 2] = gappy[2][0] = np.nan
    return gappy


@pytest.mark.parametrize(
    "imputer",
    [
        SimpleImputer(),
        SimpleImputer(strategy="median", add_indicator=True),
        KNNImputer(),
        make_pipeline(SimpleImputer(), StandardScaler()),
        make_pipeline(StandardScaler(), SimpleImputer()),
    ],
    ids=str,
)
def test_imputers_fill_what_is_missing(sequences, imputer):
    gappy = make_gaps(sequences)
    transformer = FrameTransformer(imputer).fit(gappy)
    filled = transformer.transform(gappy)
    expected = clone(imputer).fit(np.concatenate(gappy)).transform(np.concatenate(gappy))
    assert_array_equal(np.concatenate(filled), expected)
    padded = transformer.transform(pad(gappy, 9))
    for row, sequence in zip(padded, filled, strict=True):
        assert_array_equal(row[: len(sequence)], sequence)
        assert np.isnan(row[len(sequence) :]).all()
    assert_array_equal(np.concatenate(transformer.transform(sequences)).shape, expected.shape)


def test_what_is_missing_must_be_filled(sequences):
    gappy = make_gaps(sequences)
    with pytest.raises(ValueError, match="NaN inside a sequence: sample 0, frame 1, feature 2"):
        FrameTransformer(PCA()).fit(gappy)
    scaler = FrameTransformer(StandardScaler()).fit(gappy)
    with pytest.raises(ValueError, match="NaN inside a sequence: sample 0, frame 1, feature 2"):
        scaler.transform(gappy)


def test_an_imputer_before_a_classifier(sequences):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 10)
    X = rng.normal(size=(20, 12, 2)) + 2 * y[:, None, None]
    frames = np.repeat(y[:, None], 12, axis=1)
    X[3, 4, 1] = X[7, 2:5] = np.nan
    for classifier, labels in ((SummaryClassifier(), y), (SummaryFrameClassifier(), frames)):
        model = make_pipeline(FrameTransformer(SimpleImputer()), classifier).fit(X, labels)
        assert model.score(X, labels) > 0.8


def tables(columns=("speed", "turn", "mass")):
    rng = np.random.default_rng(0)
    return [
        pd.DataFrame(rng.normal(size=(n, 3)), columns=list(columns), index=np.arange(n) + 50)
        for n in LENGTHS
    ]


def test_data_frames_stay_data_frames_with_the_names_of_what_they_hold():
    X = tables()
    clipped = FrameTransformer(VarianceThreshold()).fit(X)
    for frame, given in zip(clipped.transform(X), X, strict=True):
        pd.testing.assert_frame_equal(frame, given)
    reduced = FrameTransformer(PCA(2)).fit(X)
    found = reduced.transform(X)
    assert [list(frame.columns) for frame in found] == [["pca0", "pca1"]] * 3
    assert [list(frame.index) for frame in found] == [list(frame.index) for frame in X]
    assert list(reduced.inverse_transform(found)[0].columns) == ["speed", "turn", "mass"]


@pytest.mark.parametrize("transformer", [FunctionTransformer(np.abs), StandardScaler()])
def test_without_names_arrays_are_made_of_data_frames(transformer):
    nameless = [frame.set_axis(range(3), axis=1) for frame in tables()]
    X = tables() if isinstance(transformer, FunctionTransformer) else nameless
    assert all(isinstance(x, np.ndarray) for x in FrameTransformer(transformer).fit_transform(X))


def test_groups_are_given_by_name_behind_a_transformer():
    y = np.array([0, 1] * 6)
    X = [frame + 3.0 * label for frame, label in zip(tables() * 4, y, strict=True)]
    names = {"feature_groups": {"moves": ["speed", "turn"]}}
    clf = ProgramClassifier(search=SumsOfReaders(), random_state=0, **names)
    model = make_pipeline(FrameTransformer(ClipOutliers()), clf).fit(X, y)
    assert model[-1].feature_names_in_.tolist() == ["speed", "turn", "mass"]


def test_frames_of_polars():
    polars = pytest.importorskip("polars", reason="polars isn't installed")
    X = [polars.DataFrame({name: [1.0, 2.0] for name in frame}) for frame in tables()]
    found = FrameTransformer(ClipOutliers()).fit(X).transform(X)
    assert all(isinstance(frame, polars.DataFrame) for frame in found)
    assert found[0].columns == ["speed", "turn", "mass"]
    assert_array_equal(found[0].to_numpy(), X[0].to_numpy())
