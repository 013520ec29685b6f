"""The four benchmarks of the dPads paper, in the layout that its authors distribute."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from sklearn.utils import Bunch

from .paper_files import Expected, find_files, read_part


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
