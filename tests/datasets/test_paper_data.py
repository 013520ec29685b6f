"""The authors' arrays of the paper's four benchmarks, on small files of the same layout."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads import Grammar
from sklearn_dpads.datasets import (
    load_basketball,
    load_crim13,
    load_fly_vs_fly,
    load_sk152,
)

SIZES = {"train": 6, "valid": 4, "test": 5}


def objects(members):
    array = np.empty(len(members), dtype=object)
    array[:] = members
    return array


def make_arrays(n_features, n_classes, *, per_frame, unequal, seed=0):
    """Data and labels of each part."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for part, n_samples in SIZES.items():
        lengths = rng.integers(2, 7, n_samples) if unequal else np.full(n_samples, 5)
        X = [rng.standard_normal((length, n_features)) for length in lengths]
        y = [rng.integers(0, n_classes, length if per_frame else ()) for length in lengths]
        ragged = unequal and per_frame
        arrays[part] = (
            objects(X) if unequal else np.stack(X),
            objects(y) if ragged else np.stack(y),
        )
    return arrays


def write(folder, arrays, data="{part}_data.npy", labels="{part}_label.npy"):
    folder.mkdir(exist_ok=True, parents=True)
    for part, (X, y) in arrays.items():
        np.save(folder / data.format(part=part), X, allow_pickle=True)
        np.save(folder / labels.format(part=part), y, allow_pickle=True)


CASES = [
    (load_crim13, "crim13", 19, 2, True, "crim13_"),
    (load_fly_vs_fly, "flyvfly", 53, 7, False, ""),
    (load_basketball, "basketball", 22, 6, True, "basket_"),
    (load_sk152, "sk152", 75, 10, False, ""),
]


@pytest.mark.parametrize(("load", "preset", "n_features", "n_classes", "per_frame", "infix"), CASES)
@pytest.mark.parametrize("unequal", [False, True])
def test_what_is_written_is_read(
    tmp_path, load, preset, n_features, n_classes, per_frame, infix, unequal
):
    arrays = make_arrays(n_features, n_classes, per_frame=per_frame, unequal=unequal)
    label = "labels" if per_frame else "label"
    write(tmp_path, arrays, f"{{part}}_{infix}data.npy", f"{{part}}_{infix}{label}.npy")
    bunch = load(tmp_path, allow_pickle=unequal)
    for part, (X, y) in arrays.items():
        read_X, read_y = bunch[f"X_{part}"], bunch[f"y_{part}"]
        assert len(read_X) == len(read_y) == SIZES[part]
        for read, written in zip([*read_X, *read_y], [*X, *y], strict=True):
            assert_array_equal(read, written)
    assert bunch.preset == preset
    grammar = Grammar.preset(bunch.preset)
    assert {name: list(of) for name, of in grammar.feature_groups.items()} == bunch.feature_groups
    assert max(max(of) for of in bunch.feature_groups.values()) < n_features
    assert f"{n_features} features, {n_classes} classes" in bunch.DESCR


def test_equal_lengths_give_arrays_and_others_lists(tmp_path):
    write(tmp_path / "a", make_arrays(53, 7, per_frame=False, unequal=False))
    write(tmp_path / "b", make_arrays(53, 7, per_frame=False, unequal=True))
    assert load_fly_vs_fly(tmp_path / "a").X_train.shape == (6, 5, 53)
    flies = load_fly_vs_fly(tmp_path / "b", allow_pickle=True)
    assert isinstance(flies.X_train, list)
    assert flies.y_train.shape == (6,)
    assert flies.y_train.dtype == np.int64


def test_objects_of_equal_length_become_one_array(tmp_path):
    arrays = make_arrays(19, 2, per_frame=True, unequal=False)
    write(tmp_path, {part: (objects(list(X)), objects(list(y))) for part, (X, y) in arrays.items()})
    mice = load_crim13(tmp_path, allow_pickle=True)
    assert_array_equal(mice.X_test, arrays["test"][0])
    assert_array_equal(mice.y_test, arrays["test"][1])


def test_objects_are_read_only_if_allowed(tmp_path):
    write(tmp_path, make_arrays(53, 7, per_frame=False, unequal=True))
    with pytest.raises(ValueError, match=r"train_data\.npy holds objects.*allow_pickle=True"):
        load_fly_vs_fly(tmp_path)
    with pytest.raises(TypeError, match="allow_pickle must be True or False; got 1"):
        load_fly_vs_fly(tmp_path, allow_pickle=1)


@pytest.mark.parametrize("valid", ["val", "valid", "validation"])
@pytest.mark.parametrize("infix", ["", "crim13_", "mice_sniff_"])
def test_names_vary(tmp_path, valid, infix):
    arrays = make_arrays(19, 2, per_frame=True, unequal=False)
    arrays[valid] = arrays.pop("valid")
    write(tmp_path, arrays, f"{{part}}_{infix}data.npy", f"{{part}}_{infix}label.npy")
    assert_array_equal(load_crim13(str(tmp_path)).X_valid, arrays[valid][0])


@pytest.mark.parametrize(
    ("load", "folder", "n_features", "n_classes", "per_frame"),
    [
        (load_crim13, "crim13_processed", 19, 2, True),
        (load_fly_vs_fly, "fly_process", 53, 7, False),
        (load_basketball, "basketball_processed", 22, 6, True),
        (load_sk152, "sk152_process", 75, 10, False),
    ],
)
def test_the_folder_above_will_do(tmp_path, load, folder, n_features, n_classes, per_frame):
    arrays = make_arrays(n_features, n_classes, per_frame=per_frame, unequal=False)
    write(tmp_path / folder, arrays)
    assert_array_equal(load(tmp_path).X_train, arrays["train"][0])


def test_the_validation_part_may_be_missing(tmp_path):
    arrays = make_arrays(19, 2, per_frame=True, unequal=False)
    write(tmp_path, {part: arrays[part] for part in ("train", "test")})
    mice = load_crim13(tmp_path)
    assert mice.X_valid is None
    assert mice.y_valid is None


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent is no folder"):
        load_crim13(tmp_path / "absent")
    with pytest.raises(
        FileNotFoundError,
        match=r"lacks train_crim13_data\.npy, train_crim13_labels\.npy, test_crim13_data\.npy, "
        r"test_crim13_labels\.npy\. Expected are PART_crim13_data\.npy",
    ):
        load_crim13(tmp_path)
    write(tmp_path, make_arrays(75, 10, per_frame=False, unequal=False))
    (tmp_path / "valid_label.npy").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks valid_labels\.npy\. Expected"):
        load_sk152(tmp_path)


def test_names_that_could_both_be_meant_are_refused(tmp_path):
    arrays = make_arrays(19, 2, per_frame=True, unequal=False)
    write(tmp_path, arrays)
    np.save(tmp_path / "train_crim13_data.npy", arrays["train"][0])
    with pytest.raises(ValueError, match=r"train_crim13_data\.npy and train_data\.npy"):
        load_crim13(tmp_path)


def test_labels_may_have_an_axis_of_one_and_be_floats(tmp_path):
    arrays = make_arrays(75, 10, per_frame=False, unequal=False)
    changed = {part: (X, y[:, None].astype(float)) for part, (X, y) in arrays.items()}
    write(tmp_path, changed)
    people = load_sk152(tmp_path)
    assert_array_equal(people.y_train, arrays["train"][1])
    assert people.y_train.dtype == np.int64


def broken(part, change):
    def apply(arrays):
        X, y = arrays[part]
        arrays[part] = change(X, y)

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (broken("train", lambda X, y: (X[:, :, :18], y)), r"train_data.*\(5, 18\) as sequence 0"),
        (broken("test", lambda X, y: (X[:, 0], y)), r"test_data.*\(19,\) as sequence 0"),
        (broken("test", lambda X, y: (X[:-1], y)), r"labels 5 sequences, but .* holds 4"),
        (broken("train", lambda X, y: (X, y[:, :-1])), r"shape \(4,\) for sequence 0.*5 frames"),
        (broken("train", lambda X, y: (X, y + 1)), r"label 2; expected are .* from 0 to 1"),
        (broken("train", lambda X, y: (X, y + 0.5)), r"expected are whole numbers from 0 to 1"),
        (broken("train", lambda X, y: (X, y.astype(str))), r"dtype <U21, where one whole number"),
        (broken("train", lambda X, y: (X, y * np.nan)), r"label nan; expected are whole numbers"),
        (
            broken("train", lambda X, y: (X, y * 1e300)),
            r"label 1e\+300; expected are whole",
        ),
        (broken("train", lambda X, y: (X + 1j, y)), r"values of type complex128 as sequence 0"),
        (broken("train", lambda X, y: (X.astype(str), y)), r"values of type <U32 as sequence 0"),
        (broken("train", lambda X, y: (X[:0], y[:0])), r"holds no sequences.*\(0, 5, 19\)"),
        (broken("train", lambda X, y: (X[:, :0], y[:, :0])), r"holds no sequences.*\(6, 0, 19\)"),
    ],
)
def test_arrays_of_another_kind_are_refused(tmp_path, spoil, message):
    arrays = make_arrays(19, 2, per_frame=True, unequal=False)
    spoil(arrays)
    write(tmp_path, arrays)
    with pytest.raises(ValueError, match=message):
        load_crim13(tmp_path)


def test_a_file_of_another_format_is_named(tmp_path):
    write(tmp_path, make_arrays(19, 2, per_frame=True, unequal=False))
    (tmp_path / "test_label.npy").write_bytes(b"label,0,1,0,1")
    with pytest.raises(ValueError, match=r"test_label\.npy can't be read as an \.npy file"):
        load_crim13(tmp_path)


def test_a_file_that_is_shorter_than_it_says_is_refused_before_anything_is_read(tmp_path):
    write(tmp_path, make_arrays(19, 2, per_frame=True, unequal=False))
    path = tmp_path / "train_data.npy"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(6, 5, 19)", b"(9, 9, 99)"))
    with pytest.raises(ValueError, match=r"train_data\.npy can't be read as an \.npy file"):
        load_crim13(tmp_path)
    path.write_bytes(content[:-8])
    with pytest.raises(ValueError, match="its header promises 4560 bytes, but it has 4552"):
        load_crim13(tmp_path)
