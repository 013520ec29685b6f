"""The four benchmarks of the dPads paper, in the layout that its authors distribute."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from sklearn_dpads.inputs.archives import HoldsObjects, read_npy

Sequences = NDArray[np.floating[Any]] | list[NDArray[np.floating[Any]]]
Labels = NDArray[np.int64] | list[NDArray[np.int64]]


@dataclass(frozen=True)
class Expected:
    """What the arrays of a benchmark must be like.

    Parameters
    ----------
    n_features : int
        Length of a frame.
    n_classes : int
        Number of classes; labels are 0 to n_classes - 1.
    per_frame : bool
        Whether every frame has a label, or every sequence.
    """

    n_features: int
    n_classes: int
    per_frame: bool


def read_part(
    data_file: Path, label_file: Path, expected: Expected, allow_pickle: bool
) -> tuple[Sequences, Labels]:
    """Read the sequences of a part and their labels.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, n_features), or list of ndarray
        A list of 2D arrays where sequences differ in length.
    y : ndarray of int64 of shape (n_samples,) or (n_samples, n_timesteps), or list of ndarray
        A list of 1D arrays for labels per frame where sequences differ in length.

    Raises
    ------
    ValueError
        If the arrays are not as expected.
    """
    sequences = _sequences(_read(data_file, allow_pickle), data_file, expected.n_features)
    labels = _read(label_file, allow_pickle)
    if len(labels) != len(sequences):
        raise ValueError(
            f"{label_file} labels {len(labels)} sequences, but {data_file} holds "
            f"{len(sequences)}. They must belong together."
        )
    if not expected.per_frame:
        return _stacked(sequences), _codes(labels, label_file, expected.n_classes).reshape(-1)
    frames = [_codes(row, label_file, expected.n_classes) for row in labels]
    for i, (row, sequence) in enumerate(zip(frames, sequences, strict=True)):
        if row.shape != (len(sequence),):
            raise ValueError(
                f"{label_file} has labels of shape {row.shape} for sequence {i}, which has "
                f"{len(sequence)} frames in {data_file}. There must be one label per frame."
            )
    return _stacked(sequences), _stacked(frames)


def _read(file: Path, allow_pickle: bool) -> NDArray[Any]:
    try:
        array = read_npy(file, allow_pickle=allow_pickle)
    except HoldsObjects as error:
        raise ValueError(
            f"{file} holds objects, as sequences of unequal length do, and to read them is to "
            "unpickle them, which can run any code. Pass allow_pickle=True if you trust it."
        ) from error
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{file} holds no sequences: its array has the shape {array.shape}.")
    return array


def _sequences(array: NDArray[Any], file: Path, n_features: int) -> list[NDArray[Any]]:
    sequences = [np.asarray(sequence) for sequence in array]
    for i, sequence in enumerate(sequences):
        if sequence.dtype.kind not in "fiub":
            raise ValueError(
                f"{file} holds values of type {sequence.dtype} as sequence {i}, where numbers are "
                "expected."
            )
        if sequence.dtype.kind != "f":
            sequences[i] = sequence = sequence.astype(np.float64)
        if sequence.ndim != 2 or sequence.shape[1] != n_features or len(sequence) == 0:
            raise ValueError(
                f"{file} holds an array of shape {sequence.shape} as sequence {i}. Expected are "
                f"frames of {n_features} features: (n_timesteps, {n_features})."
            )
    return sequences


def _codes(labels: Any, file: Path, n_classes: int) -> NDArray[np.int64]:
    """Labels as integers, less an axis of length one that some files have at the end."""
    values = np.asarray(labels)
    if values.dtype == object:
        values = np.array([np.asarray(value).item() for value in values])
    if values.ndim > 1 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.ndim != 1 or values.dtype.kind not in "fiub":
        raise ValueError(
            f"{file} holds labels of shape {values.shape} and dtype {values.dtype}, where one "
            "whole number per label is expected."
        )
    # What is no whole number, or too large for one, is another one then.
    with np.errstate(invalid="ignore"):
        codes = values.astype(np.int64)
    wrong = (codes != values) | (codes < 0) | (codes >= n_classes)
    if wrong.any():
        raise ValueError(
            f"{file} holds the label {values[wrong][0]}; expected are whole numbers from 0 to "
            f"{n_classes - 1}."
        )
    return codes


def _stacked(members: list[NDArray[Any]]) -> Any:
    """One array where all have the same length."""
    return np.stack(members) if len({len(member) for member in members}) == 1 else members


@dataclass(frozen=True)
class Benchmark:
    """What is known of a benchmark before its files are read.

    Parameters
    ----------
    title : str
        Name of the data.
    preset : str
        Name of its grammar, as :meth:`Grammar.preset` takes it.
    folder : str
        Name that the authors give to the folder of its files.
    infix : str
        What the authors write between part and content in a file's name.
    expected : Expected
        What its arrays must be like.
    """

    title: str
    preset: str
    folder: str
    infix: str
    expected: Expected


_CRIM13 = Benchmark("CRIM13", "crim13", "crim13_processed", "crim13_", Expected(19, 2, True))
_FLY_VS_FLY = Benchmark("Fly-vs-Fly", "flyvfly", "fly_process", "", Expected(53, 7, False))
_BASKETBALL = Benchmark(
    "Basketball", "basketball", "basketball_processed", "basket_", Expected(22, 6, True)
)
_SK152 = Benchmark("Skeletics-152", "sk152", "sk152_process", "", Expected(75, 10, False))


def load_crim13(path: str | PathLike[str], *, allow_pickle: bool = False) -> Bunch:
    """Load CRIM13, mice that sniff each other, as the authors of NEAR and dPads processed it.

    Sequences of 100 frames with 19 features of two mice [1]_, and a label per frame: 1 where
    one sniffs the other, else 0. The data are not part of this package.

    Parameters
    ----------
    path : str or path-like
        Folder of the files, or the folder that holds the authors' ``crim13_processed``.
        Files are ``train_crim13_data.npy``, ``train_crim13_labels.npy``, the same with
        ``val`` and ``test`` in place of ``train``; the middle of the name may be another or
        missing, ``label`` stand for ``labels``, ``valid`` for ``val``. The validation files may
        be missing together.
    allow_pickle : bool, default=False
        Whether to read arrays of objects, which hold sequences of unequal length. They
        are unpickled, which can run any code: allow it only for files that you trust.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes

        X_train, X_valid, X_test : ndarray of shape (n_samples, n_timesteps, 19)
            The sequences, in the floating-point type of the files; a list of 2D arrays
            (n_timesteps_i, 19) where they differ in length. `X_valid` is None where there are
            no validation files.
        y_train, y_valid, y_test : ndarray of shape (n_samples, n_timesteps), int64
            The labels, 0 and 1; a list of 1D arrays where lengths differ.
        feature_groups : dict of str to list of int
            The features that each ``Affine`` of the paper's grammar reads.
        preset : str
            "crim13", for :meth:`Grammar.preset`.
        DESCR : str
            What this is.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or files are missing; the message says which.
    ValueError
        If a file holds objects and `allow_pickle` is False, several files could be meant, or
        arrays have another shape or other labels than the benchmark.

    See Also
    --------
    load_basketball : The other benchmark with a label per frame.

    References
    ----------
    .. [1] G. Cui and H. Zhu, "Differentiable synthesis of program architectures",
       NeurIPS 2021.

    Examples
    --------
    Files of the same layout, in a folder of their own:

    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sklearn_dpads import Grammar
    >>> from sklearn_dpads.datasets import load_crim13
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for part, n_samples in (("train", 8), ("test", 4)):
    ...         data, labels = np.ones((n_samples, 100, 19)), np.zeros((n_samples, 100))
    ...         np.save(Path(folder) / f"{part}_crim13_data.npy", data)
    ...         np.save(Path(folder) / f"{part}_crim13_labels.npy", labels)
    ...     mice = load_crim13(folder)
    >>> mice.X_train.shape, mice.y_test.shape, mice.X_valid
    ((8, 100, 19), (4, 100), None)
    >>> grammar = Grammar.preset(mice.preset)
    >>> grammar.feature_groups["angle"]
    (6, 7, 10)
    """
    return _load(_CRIM13, path, allow_pickle)


def load_fly_vs_fly(path: str | PathLike[str], *, allow_pickle: bool = False) -> Bunch:
    """Load Fly-vs-Fly, acts of fruit flies, as the authors of dPads processed it.

    Sequences of unequal length, up to 300 frames, with 53 features of two fruit flies [1]_,
    and a label per sequence, 0 to 6. The data are not part of this package.

    Parameters
    ----------
    path : str or path-like
        Folder of the files, or the folder that holds the authors' ``fly_process``. Files
        are ``train_data.npy``, ``train_label.npy``, the same with ``val`` and ``test`` in place
        of ``train``; other names as :func:`load_crim13` takes them.
    allow_pickle : bool, default=False
        Whether to read arrays of objects, as for :func:`load_crim13`. Sequences of
        unequal length need it.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        As :func:`load_crim13` gives it, with 53 features, labels of shape (n_samples,), int64,
        and `preset` "flyvfly".

    Raises
    ------
    FileNotFoundError, ValueError
        As in :func:`load_crim13`.

    References
    ----------
    .. [1] G. Cui and H. Zhu, "Differentiable synthesis of program architectures",
       NeurIPS 2021.

    Examples
    --------
    >>> from sklearn_dpads.datasets import load_fly_vs_fly
    >>> flies = load_fly_vs_fly("data/fly_process", allow_pickle=True)  # doctest: +SKIP
    """
    return _load(_FLY_VS_FLY, path, allow_pickle)


def load_basketball(path: str | PathLike[str], *, allow_pickle: bool = False) -> Bunch:
    """Load Basketball, who has the ball, as the authors of dPads processed it.

    Sequences of 25 frames with the positions of the ball and of ten players, 22 features
    [1]_, and a label per frame: 0 to 4 for an offensive player, 5 for none. The data are not
    part of this package.

    Parameters
    ----------
    path : str or path-like
        Folder of the files, or the folder that holds the authors' ``basketball_processed``.
        Files are ``train_basket_data.npy``, ``train_basket_labels.npy``, the same with
        ``valid`` and ``test`` in place of ``train``; other names as :func:`load_crim13`
        takes them.
    allow_pickle : bool, default=False
        Whether to read arrays of objects, as for :func:`load_crim13`.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        As :func:`load_crim13` gives it, with 22 features, labels 0 to 5, and `preset`
        "basketball".

    Raises
    ------
    FileNotFoundError, ValueError
        As in :func:`load_crim13`.

    References
    ----------
    .. [1] G. Cui and H. Zhu, "Differentiable synthesis of program architectures",
       NeurIPS 2021.

    Examples
    --------
    >>> from sklearn_dpads.datasets import load_basketball
    >>> games = load_basketball("data/basketball_processed")  # doctest: +SKIP
    """
    return _load(_BASKETBALL, path, allow_pickle)


def load_sk152(path: str | PathLike[str], *, allow_pickle: bool = False) -> Bunch:
    """Load ten classes of Skeletics-152, as the authors of dPads processed them.

    Sequences with the positions of 25 joints of a person, 75 features [1]_, and a label
    per sequence, 0 to 9. Joint j has the features 3j, 3j + 1 and 3j + 2. The data are not part
    of this package.

    Parameters
    ----------
    path : str or path-like
        Folder of the files, or the folder that holds the authors' ``sk152_process``. Files
        are ``train_data.npy``, ``train_label.npy``, the same with ``valid`` and ``test`` in place
        of ``train``; other names as :func:`load_crim13` takes them.
    allow_pickle : bool, default=False
        Whether to read arrays of objects, as for :func:`load_crim13`. Sequences of
        unequal length need it.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        As :func:`load_crim13` gives it, with 75 features, labels of shape (n_samples,), int64,
        and `preset` "sk152".

    Raises
    ------
    FileNotFoundError, ValueError
        As in :func:`load_crim13`.

    References
    ----------
    .. [1] G. Cui and H. Zhu, "Differentiable synthesis of program architectures",
       NeurIPS 2021.

    Examples
    --------
    >>> from sklearn_dpads.datasets import load_sk152
    >>> people = load_sk152("data/sk152_process")  # doctest: +SKIP
    """
    return _load(_SK152, path, allow_pickle)


def _load(benchmark: Benchmark, path: str | PathLike[str], allow_pickle: bool) -> Bunch:
    if not isinstance(allow_pickle, bool):
        raise TypeError(f"allow_pickle must be True or False; got {allow_pickle!r}.")
    from sklearn_dpads.grammar import Grammar

    files = find_files(Path(path), benchmark.folder, benchmark.infix)
    parts: dict[str, Any] = {}
    for part in ("train", "valid", "test"):
        pair = files.get(part)
        parts[f"X_{part}"], parts[f"y_{part}"] = (
            (None, None) if pair is None else read_part(*pair, benchmark.expected, allow_pickle)
        )
    groups = Grammar.preset(benchmark.preset).feature_groups
    labels = "frame" if benchmark.expected.per_frame else "sequence"
    return Bunch(
        **parts,
        feature_groups={name: list(columns) for name, columns in groups.items()},
        preset=benchmark.preset,
        DESCR=(
            f"{benchmark.title}, processed by the authors of dPads (Cui and Zhu 2021): "
            f"{benchmark.expected.n_features} features, {benchmark.expected.n_classes} classes, "
            f"one label per {labels}. Read from {files['train'][0].parent}."
        ),
    )


_PARTS = {"train": ("train",), "valid": ("valid", "val", "validation"), "test": ("test",)}
_CONTENTS = {"data": ("data",), "labels": ("labels", "label")}


def find_files(path: Path, folder: str, infix: str) -> dict[str, tuple[Path, Path]]:
    """Find the files of each part.

    Parameters
    ----------
    path : Path
        The folder of the files, or the one that holds ``folder``.
    folder : str
        Usual name of the folder.
    infix : str
        What usually stands between part and content in a name, to say in messages.

    Returns
    -------
    files : dict of str to (Path, Path)
        Data and labels of "train", "test" and, where there are files of it, "valid".

    Raises
    ------
    FileNotFoundError
        If there is no folder, or files are missing.
    ValueError
        If several files could be meant.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"{path} is no folder. Pass the folder of the .npy files.")
    names = _names(path)
    if not _matching(names, "train", "data") and (path / folder).is_dir():
        path = path / folder
        names = _names(path)
    found: dict[str, tuple[Path, Path]] = {}
    missing: list[str] = []
    for part in _PARTS:
        pair = [_only(path, _matching(names, part, content)) for content in _CONTENTS]
        if pair[0] is not None and pair[1] is not None:
            found[part] = (pair[0], pair[1])
        elif part != "valid" or any(pair):
            usual = (f"{part}_{infix}{content}.npy" for content in _CONTENTS)
            missing += [name for name, file in zip(usual, pair, strict=True) if file is None]
    if missing:
        raise FileNotFoundError(
            f"{path} lacks {', '.join(missing)}. Expected are PART_{infix}data.npy and "
            f"PART_{infix}labels.npy, where PART is train, valid and test; valid may be missing. "
            "Also read are val for valid, label for labels, and another word, or none, between "
            "the part and what the file holds."
        )
    return found


def _names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir() if file.suffix == ".npy")


def _matching(names: list[str], part: str, content: str) -> list[str]:
    pattern = f"({'|'.join(_PARTS[part])})_(.+_)?({'|'.join(_CONTENTS[content])})\\.npy"
    return [name for name in names if re.fullmatch(pattern, name)]


def _only(path: Path, names: list[str]) -> Path | None:
    if len(names) > 1:
        raise ValueError(
            f"{path} holds {' and '.join(names)}, and only one of them can be meant. "
            "Move the others to another folder."
        )
    return path / names[0] if names else None
