"""The data sets of the comparison: names, forms, grammars."""

from __future__ import annotations

import numpy as np
import pytest
from comparison.data_sets import available_sets, open_set
from comparison.grammars import describe_grammar
from numpy.testing import assert_array_equal

from sklearn_dpads import Grammar
from sklearn_dpads.datasets import load_basic_motions

from .fakes import make_arrays, write_set


def windows(grammar):
    return [p.window for p in grammar.productions if p.symbol == "SlideWindowAvg"]


def test_the_set_of_the_package_needs_no_folder():
    data = open_set("basic_motions", "")
    train = load_basic_motions(split="train")
    assert_array_equal(data.X_train, train.data)
    assert_array_equal(data.y_train, train.target)
    assert data.class_names == ("Badminton", "Running", "Standing", "Walking")
    assert not data.per_frame
    assert available_sets("") == ["basic_motions"]
    assert "40 + 40 sequences of up to 100 frames, 6 features, 4 classes" in data.describe()


def test_files_have_their_groups_and_one_of_all_features(tmp_path):
    write_set(tmp_path / "some.npz")
    data = open_set("some", tmp_path)
    X, y = make_arrays()
    assert_array_equal(data.X_train, X)
    assert_array_equal(data.y_train, y)
    assert data.feature_names == ("f0", "f1", "f2")
    groups = {"a": (0,), "b": (1, 2), "all": (0, 1, 2)}
    assert data.grammar.feature_groups == groups
    assert data.searched_grammar == data.grammar.for_lengths([len(X[0])])
    assert "groups a (1), b (2), all (3); readers SlideWindowAvg[" in data.describe()


def test_the_grammar_of_the_paper_has_the_groups_of_the_file(tmp_path):
    write_set(tmp_path / "some.npz")
    data = open_set("some@paper", tmp_path)
    assert data.grammar == Grammar.paper({"a": [0], "b": [1, 2]})


def test_windows_that_look_ahead_come_on_top(tmp_path):
    write_set(tmp_path / "some.npz")
    grammar, plain = (open_set(name, tmp_path).grammar for name in ("some@centered", "some"))
    more = set(grammar.productions) - set(plain.productions)
    assert {str(p) for p in more} > {"CenteredWindowAvg[5]", "CenteredWindowMax[21]"}
    assert set(plain.productions) < set(grammar.productions)


def test_the_grammar_can_be_left_to_the_estimator(tmp_path):
    write_set(tmp_path / "some.npz")
    data = open_set("some@defaults", tmp_path)
    assert data.name == "some@defaults"
    groups = {"f0": (0,), "f1": (1,), "f2": (2,), "all": (0, 1, 2)}
    assert data.searched_grammar.feature_groups == groups
    with pytest.raises(ValueError, match="@other; there are @defaults, @paper, @centered and @g"):
        open_set("some@other", tmp_path)


def test_groups_of_sequences_are_those_of_the_file(tmp_path):
    animals = np.repeat([3, 8, 5], 4)
    write_set(tmp_path / "some.npz", video_train=animals)
    data = open_set("some@grouped", tmp_path)
    assert_array_equal(data.groups, animals)
    plain = open_set("some", tmp_path)
    assert plain.groups is None
    assert data.grammar == plain.grammar
    assert data.digest != plain.digest
    fewer = data.with_train_size(4)
    rows = [np.flatnonzero((data.X_train == x).all(axis=(1, 2)))[0] for x in fewer.X_train]
    assert_array_equal(fewer.groups, animals[rows])


def test_a_file_without_groups_says_so(tmp_path):
    write_set(tmp_path / "some.npz")
    with pytest.raises(ValueError, match=r"'some' has none of the arrays groups_train, subject_tr"):
        open_set("some@grouped", tmp_path)


@pytest.mark.parametrize(("positive", "label"), [("no", 0), ("yes", 1), ("maybe", 2)])
@pytest.mark.parametrize("per_frame", [False, True])
def test_one_class_against_the_others(tmp_path, positive, label, per_frame):
    def three(y):
        return np.where(np.arange(y.size).reshape(y.shape) % 3 == 2, 2, y)

    names = ["no", "yes", "maybe"]
    write_set(tmp_path / "some.npz", y_of=three, per_frame=per_frame, class_names=names)
    whole, binary = open_set("some", tmp_path), open_set(f"some:{positive}", tmp_path)
    assert set(np.unique(whole.y_train)) == {0, 1, 2}
    assert_array_equal(binary.y_train, whole.y_train == label)
    assert_array_equal(binary.y_test, whole.y_test == label)
    assert (binary.per_frame, len(binary.class_names)) == (per_frame, 2)
    with pytest.raises(ValueError, match="no class 'never'; its classes are no, yes, maybe"):
        open_set("some:never", tmp_path)


def test_frames_without_a_label_stay_so(tmp_path):
    def marked(y):
        y = y.copy()
        y[:, -1] = -1
        return y

    write_set(tmp_path / "some.npz", y_of=marked, per_frame=True)
    whole, binary = open_set("some", tmp_path), open_set("some:no", tmp_path)
    assert_array_equal(binary.y_train == -1, whole.y_train == -1)
    assert_array_equal(binary.y_train == 1, whole.y_train == 0)


def test_text_labels_have_binary_forms_too():
    data = open_set("basic_motions:Walking", "")
    assert_array_equal(data.y_train, load_basic_motions(split="train").target == "Walking")


def test_all_sets_of_a_folder(tmp_path):
    for name in ("some", "uea_BasicMotions"):
        write_set(tmp_path / f"{name}.npz")
    write_set(tmp_path / "wide.npz", n_features=21)
    write_set(tmp_path / "wide_frames.npz", n_features=21, per_frame=True)
    names = ["no", "social"]
    write_set(tmp_path / "rat_social_frames.npz", per_frame=True, class_names=names)
    (tmp_path / "crim13").mkdir()
    assert available_sets(tmp_path) == [
        *("basic_motions", "rat_social_frames", "rat_social_frames:social", "some"),
        *("wide", "wide@defaults", "wide_frames", "crim13"),
    ]
    for name in available_sets(tmp_path)[:-1]:
        assert open_set(name, tmp_path).name == name


def test_the_authors_arrays_have_the_papers_grammar(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "crim13").mkdir()
    written = {}
    for part, n_samples in (("train", 5), ("val", 3), ("test", 4)):
        X, y = rng.standard_normal((n_samples, 6, 19)), rng.integers(0, 2, (n_samples, 6))
        np.save(tmp_path / "crim13" / f"{part}_crim13_data.npy", X)
        np.save(tmp_path / "crim13" / f"{part}_crim13_labels.npy", y)
        written[part] = X, y
    data = open_set("crim13", tmp_path)
    assert_array_equal(data.X_train, np.concatenate([written["train"][0], written["val"][0]]))
    assert_array_equal(data.y_train, np.concatenate([written["train"][1], written["val"][1]]))
    assert_array_equal(data.X_test, written["test"][0])
    assert data.grammar == Grammar.preset("crim13")
    assert data.per_frame


def test_unequal_lengths_of_the_authors_stay_lists(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "fly_vs_fly").mkdir()
    for part in ("train", "val", "test"):
        X = np.empty(14, dtype=object)
        X[:] = [rng.standard_normal((length, 53)) for length in rng.integers(3, 6, 14)]
        np.save(tmp_path / "fly_vs_fly" / f"{part}_data.npy", X, allow_pickle=True)
        np.save(tmp_path / "fly_vs_fly" / f"{part}_label.npy", np.arange(14) % 7)
    with pytest.raises(ValueError, match="allow_pickle=True"):
        open_set("fly_vs_fly", tmp_path)
    data = open_set("fly_vs_fly", tmp_path, allow_pickle=True)
    assert isinstance(data.X_train, list)
    assert len(data.X_train) == len(data.y_train) == 28
    fewer = data.with_train_size(14)
    assert_array_equal(np.unique(fewer.y_train, return_counts=True)[1], 2)
    assert len(fewer.X_train) == 14
    assert data.digest != fewer.digest


def test_names_that_are_no_set_are_told(tmp_path):
    write_set(tmp_path / "some.npz")
    with pytest.raises(ValueError, match="no data set 'other'.* There are basic_motions, some"):
        open_set("other", tmp_path)
    with pytest.raises(ValueError, match="'some': no data folder was given. There are basic_m"):
        open_set("some", "")
    with pytest.raises(FileNotFoundError, match="sk152 is no folder"):
        open_set("sk152", tmp_path)


def test_fewer_sequences_keep_the_classes_in_proportion():
    data = open_set("basic_motions", "").with_train_size(20)
    assert_array_equal(np.unique(data.y_train, return_counts=True)[1], 5)
    assert len(data.X_train) == 20
    assert len(data.X_test) == 40
    whole = open_set("basic_motions", "")
    for X, y in zip(data.X_train, data.y_train, strict=True):
        (place,) = np.flatnonzero((whole.X_train == X).all(axis=(1, 2)))
        assert whole.y_train[place] == y
    assert whole.with_train_size(None) is whole
    assert whole.with_train_size(40) is whole


def test_the_digest_is_that_of_the_data(tmp_path):
    write_set(tmp_path / "one.npz")
    write_set(tmp_path / "two.npz")
    write_set(tmp_path / "three.npz", y_of=lambda y: 1 - y)
    one, two, three = (open_set(name, tmp_path).digest for name in ("one", "two", "three"))
    assert one == two != three


def test_many_single_features_are_counted_not_named():
    text = describe_grammar(Grammar.paper(30, windows=(5,)))
    assert text.startswith("groups 30 single features, all (30); readers SlideWindowAvg[5]")
