"""Archives from anyone: arrays are read, and whatever else is there is refused by name."""

from __future__ import annotations

import io
import warnings
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads.inputs import archives
from sklearn_dpads.inputs.archives import Archive, HoldsObjects, read_npy

ARRAYS = {
    "X": np.arange(24.0).reshape(2, 3, 4),
    "turned": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "y": np.array(["walk", "run"]),
    "one": np.array(7),
    "none": np.zeros((0, 3)),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.npz"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(path, save):
    save(path, **ARRAYS)
    with Archive(path) as archive:
        assert archive.names == list(ARRAYS)
        for name, array in ARRAYS.items():
            read = archive.read(name)
            assert_array_equal(read, array)
            assert read.dtype == array.dtype


def member(header, data=b"", version=(1, 0)):
    """An array as numpy writes it, with a header of one's own."""
    text = header.encode() + b"\n"
    size = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + size + text + data


def header(shape, descr="<f8"):
    return f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}}}"


def write(path, data, name="X.npy", **settings):
    with zipfile.ZipFile(path, "w", **settings) as archive:
        archive.writestr(name, data)


def objects():
    stream = io.BytesIO()
    np.save(stream, np.array([None, {}], dtype=object), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "'X' can't be read: "),
        (b"a longer text", "'X' can't be read: the magic string is not correct"),
        (member("(" * 50), "'X' can't be read: "),
        (member("(" * 20_000), "'X' can't be read: "),
        (member("[" * 9_000), "'X' can't be read: "),
        (member("{'descr': '<f8'}"), "'X' can't be read: "),
        (member(header("(2,)", "<q9"), b"0" * 16), "'X' can't be read: "),
        (member(header("(10**24,)")), "'X' can't be read: "),
        (member(header(f"({10**24},)")), "header promises 8000000000000000000000000 bytes, but it"),
        (member(header("(100000000000,)")), "header promises 800000000000 bytes, but it has 0"),
        (member(header("(2,)"), b"0" * 15), "header promises 16 bytes, but it has 15"),
        (member(header("(2,)"), b"0" * 17), "header promises 16 bytes, but it has 17"),
        (member(header("(-1, -2)"), b"0" * 16), r"its shape is \(-1, -2\)"),
        (member(header("(2,)"), b"0" * 16, version=(3, 0)), r"of version \(3, 0\) of the format"),
        (objects(), "Files with Python objects are not opened"),
    ],
)
def test_arrays_that_are_not_what_they_say(path, data, message):
    write(path, data)
    with Archive(path) as archive, pytest.raises(ValueError, match=f"a.npz: .*{message}"):
        archive.read("X")


def test_members_that_are_no_arrays(path):
    write(path, b"a text", "X.txt")
    with Archive(path) as archive, pytest.raises(ValueError, match=r"'X.txt' .* it is no array"):
        archive.read("X.txt")


def changed(path, change):
    """Change the flags or the compression of the only member, in both of its records."""
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature)
        change(data, at + flags, at + flags + 2)
    path.write_bytes(data)


def test_encrypted_and_unknown_compression(path):
    stored = member(header("(2,)"), b"0" * 16)
    write(path, stored)
    changed(path, lambda data, flags, kind: data.__setitem__(flags, 1))
    with Archive(path) as archive, pytest.raises(ValueError, match="'X' .*: it is encrypted"):
        archive.read("X")
    write(path, stored)
    changed(path, lambda data, flags, kind: data.__setitem__(kind, 99))
    with Archive(path) as archive, pytest.raises(ValueError, match="'X' can't be read: "):
        archive.read("X")


def test_damaged(path):
    write(path, member(header("(2,)"), b"0" * 16))
    path.write_bytes(path.read_bytes().replace(b"0" * 16, b"1" * 16))
    with Archive(path) as archive, pytest.raises(ValueError, match="'X' can't be read: Bad CRC"):
        archive.read("X")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match="is no .npz archive"):
        Archive(path)


def test_what_unpacks_to_much_more_than_the_file(path, monkeypatch):
    monkeypatch.setattr(archives, "_SMALL", 1000)
    zeros = member(header("(10000,)"), bytes(80_000))
    write(path, zeros, compression=zipfile.ZIP_DEFLATED)
    with Archive(path) as archive, pytest.raises(ValueError, match="unpacks to 80.* more than 100"):
        archive.read("X")
    write(path, zeros)
    with Archive(path) as archive:
        assert archive.read("X").shape == (10_000,)


@pytest.mark.parametrize("order", "<>")
def test_text_whose_characters_are_none(path, order):
    """numpy reads them, and fails with SystemError where they are used."""
    label = np.array([0x61, 0x110000], f"{order}u4").tobytes()
    write(path, member(header("(1,)", f"{order}U2"), label), name="y.npy")
    with Archive(path) as archive, pytest.raises(ValueError, match="'y' .* no characters, as text"):
        archive.read("y")
    label = np.array([0x61, 0x10FFFF], f"{order}u4").tobytes()
    write(path, member(header("(1,)", f"{order}U2"), label), name="y.npy")
    with Archive(path) as archive:
        assert archive.read("y").tolist() == ["a\U0010ffff"]


def test_an_array_by_itself(tmp_path):
    path = tmp_path / "a.npy"
    for array in ARRAYS.values():
        np.save(path, array)
        assert_array_equal(read_npy(path), array)
    path.write_bytes(objects())
    with pytest.raises(HoldsObjects, match=r"a\.npy holds objects"):
        read_npy(path)
    assert read_npy(path, allow_pickle=True).tolist() == [None, {}]
    path.write_bytes(objects()[:-9])
    with pytest.raises(ValueError, match=r"a\.npy can't be read as an \.npy file"):
        read_npy(path, allow_pickle=True)
    with pytest.raises(FileNotFoundError):
        read_npy(tmp_path / "absent.npy")


@pytest.mark.parametrize(("shape", "n_bytes"), [("(2,)", 15), ("(2,)", 17), ("(100000000000,)", 0)])
def test_an_array_by_itself_that_is_not_what_it_says(tmp_path, shape, n_bytes):
    path = tmp_path / "a.npy"
    path.write_bytes(member(header(shape), b"0" * n_bytes))
    with pytest.raises(ValueError, match=f"promises .* bytes, but it has {n_bytes}"):
        read_npy(path)


@pytest.mark.parametrize("names", [("X.npy", "X"), ("X.npy", "y.npy", "X.npy")])
def test_two_arrays_of_one_name(path, names):
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, member(header("(2,)"), b"0" * 16))
    with pytest.raises(ValueError, match=r"a.npz holds [23] arrays, but 'X' is the name of more"):
        Archive(path)
