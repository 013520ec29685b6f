"""Files that Python reads and the command line does not: arrays of the paper, and checkpoints."""

from __future__ import annotations

import io
import pickle
import tempfile
import warnings
from functools import cache
from pathlib import Path

import numpy as np

from sklearn_dpads.datasets import load_sk152
from sklearn_dpads.search import Journal, Stopwatch

from .outcomes import Refused


def check_npy(path: Path) -> None:
    folder = path.parent / "paper"
    folder.mkdir(exist_ok=True)
    content = path.read_bytes()
    refused = []
    # As sequences, and as labels.
    for name in ("data", "label"):
        for part in ("train", "test"):
            (folder / f"{part}_data.npy").write_bytes(_saved(_MOTION))
            (folder / f"{part}_label.npy").write_bytes(_saved(np.array([0.0, 9.0])))
        (folder / f"train_{name}.npy").write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                motions = load_sk152(folder)
        except ValueError as error:
            refused.append(str(error))
        else:
            assert {x.dtype.kind for x in motions.X_train} == {"f"}
            assert motions.y_train.dtype == np.int64
    assert all("train_" in message for message in refused), "a message names no file"
    if len(refused) == 2:
        raise Refused(refused[0])


_MOTION = np.zeros((2, 3, 75))


def _saved(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npy_files() -> list[bytes]:
    return [_saved(_MOTION), _saved(_MOTION.astype(np.float32)), _saved(np.array([[1], [2]]))]


_STEP = {"programs": [1, 2.5, "three"], "array": np.arange(6.0).reshape(2, 3)}


@cache
def checkpoints() -> list[bytes]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "0123456789abcdef"
        rng = np.random.default_rng(0)
        Journal(folder).step("train", lambda: _STEP, Stopwatch(), rng)
        return [next(folder.iterdir()).read_bytes()]


def check_checkpoint(path: Path) -> None:
    """Put a file in the place of a step: it is what was kept, or else made anew, with a warning."""
    folder = path.parent / "0123456789abcdef"
    folder.mkdir(exist_ok=True)
    step, content = folder / "0000-train.pickle", path.read_bytes()
    step.write_bytes(content)
    genuine = content in checkpoints()
    made = []

    def make() -> object:
        made.append(True)
        return _STEP

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = Journal(folder).step("train", make, Stopwatch(), np.random.default_rng(0))
    assert pickle.dumps(result) == pickle.dumps(_STEP), "gave another result"
    assert bool(made) is not genuine
    assert len(caught) == len(made), f"warned {len(caught)} times"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Journal(folder).step("train", make, Stopwatch(), np.random.default_rng(0))
    assert len(made) <= 1, "what was made anew can't be read"
    if made:
        assert str(step) in str(caught[0].message)
        raise Refused(str(caught[0].message))
