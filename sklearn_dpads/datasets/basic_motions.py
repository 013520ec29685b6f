"""BasicMotions: four activities, recorded by a smart watch."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

_FEATURE_NAMES = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]
_FEATURE_GROUPS = {"accelerometer": [0, 1, 2], "gyroscope": [3, 4, 5]}

_DESCR = """\
BasicMotions
------------

Four students wore a smart watch while they walked, ran, stood and played badminton, each five
times. The watch records ten frames a second, for ten seconds.

:Sequences: 80, the archive's split: 40 to train on (split "train") and 40 to test on ("test")
:Frames: 100 in every sequence, 0.1 s apart
:Features: 6: accelerometer (acc_x, acc_y, acc_z) and gyroscope (gyro_x, gyro_y, gyro_z), in the
    units of the recording, which the archive does not state; no missing values
:Classes: Badminton, Running, Standing, Walking, 10 of each in both parts

The data were recorded in a student project and donated to the UEA multivariate time series
archive. This copy was made from the files in the Python package aeon 1.6.0, which is distributed
under the BSD 3-Clause licence; the licence stands beside the data file.

If you use the data, please cite

    A. Bagnall, H. A. Dau, J. Lines, M. Flynn, J. Large, A. Bostrom, P. Southam and E. Keogh,
    "The UEA multivariate time series classification archive, 2018", arXiv:1811.00075.
"""


@overload
def load_basic_motions(
    *, split: Literal["train", "test"] | None = None, return_X_y: Literal[False] = False
) -> Bunch: ...
@overload
def load_basic_motions(
    *, split: Literal["train", "test"] | None = None, return_X_y: Literal[True]
) -> tuple[NDArray[np.float64], NDArray[np.str_]]: ...
@overload
def load_basic_motions(
    *, split: Literal["train", "test"] | None = None, return_X_y: bool
) -> Bunch | tuple[NDArray[np.float64], NDArray[np.str_]]: ...
def load_basic_motions(
    *, split: Literal["train", "test"] | None = None, return_X_y: bool = False
) -> Bunch | tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Load BasicMotions, a small data set of activities recorded by a smart watch.

    Four activities, 80 sequences of 100 frames, 0.1 s apart, with 6 features: a
    3-axis accelerometer and a 3-axis gyroscope. The data ship with the package.

    Parameters
    ----------
    split : {"train", "test"}, default=None
        Which part of the archive's own split to load, 40 sequences each; None for both,
        the training part first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes

        data : ndarray of shape (n_samples, 100, 6), float64
            The sequences, in the units of the recording.
        target : ndarray of shape (n_samples,), str
            The activity: "Badminton", "Running", "Standing" or "Walking".
        split : ndarray of shape (n_samples,), str
            "train" or "test", the part of the archive's split that a sequence is in.
        feature_names : list of str
            Names of the 6 features.
        feature_groups : dict of str to list of int
            The features of each sensor, as :meth:`Grammar.default` takes them.
        target_names : ndarray of shape (4,), str
            The activities, sorted.
        DESCR : str
            Description, source and citation.

    (data, target) : tuple if `return_X_y` is True
        `data` and `target` of the above.

    Raises
    ------
    ValueError
        If `split` is none of the above.

    References
    ----------
    .. [1] A. Bagnall, H. A. Dau, J. Lines, M. Flynn, J. Large, A. Bostrom, P. Southam and
       E. Keogh, "The UEA multivariate time series classification archive, 2018",
       arXiv:1811.00075.

    Examples
    --------
    >>> from sklearn_dpads.datasets import load_basic_motions
    >>> motions = load_basic_motions(split="train")
    >>> motions.data.shape
    (40, 100, 6)
    >>> motions.target_names.tolist()
    ['Badminton', 'Running', 'Standing', 'Walking']
    """
    if split not in (None, "train", "test"):
        raise ValueError(f"split must be 'train', 'test' or None for both, but is {split!r}.")
    arrays = _read_arrays()
    chosen = np.full(len(arrays["target"]), True) if split is None else arrays["split"] == split
    # Division is correctly rounded, so that these are the floats nearest to the archive's text.
    data = arrays["millionths"][chosen] / 1e6
    target = arrays["target"][chosen]
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        split=arrays["split"][chosen],
        feature_names=list(_FEATURE_NAMES),
        feature_groups={name: list(indices) for name, indices in _FEATURE_GROUPS.items()},
        target_names=np.unique(arrays["target"]),
        DESCR=_DESCR,
    )


def _read_arrays() -> dict[str, NDArray[Any]]:
    with (
        files("sklearn_dpads.datasets").joinpath("data/basic_motions.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as archive,
    ):
        return {name: archive[name] for name in archive.files}
