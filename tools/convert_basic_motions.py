"""Make ``sklearn_dpads/datasets/data/basic_motions.npz`` from the archive's .ts files.

Get the files from the aeon package (BSD-3-Clause), which ships them::

    pip download --no-deps aeon==1.6.0
    unzip aeon-1.6.0-py3-none-any.whl 'aeon/datasets/data/BasicMotions/*.ts'
    python tools/convert_basic_motions.py aeon/datasets/data/BasicMotions

The values are decimal numbers with up to six places. They are stored as whole millionths,
which compresses well and gives back exactly the numbers in the text.
"""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).parents[1] / "sklearn_dpads" / "datasets" / "data" / "basic_motions.npz"
MILLION = Decimal(10**6)


def read_ts(path: Path) -> tuple[np.ndarray, list[str]]:
    """Read a multivariate .ts file of equally long series.

    Parameters
    ----------
    path : Path
        Text file in which a line of the data part holds the channels of one sequence,
        separated by colons, and its label.

    Returns
    -------
    millionths : ndarray of shape (n_samples, n_timesteps, n_features), int32
        The values times 1e6.
    labels : list of str
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    data = lines[lines.index("@data") + 1 :]
    sequences, labels = [], []
    for line in data:
        *channels, label = line.split(":")
        sequences.append([[to_millionths(value) for value in c.split(",")] for c in channels])
        labels.append(label)
    return np.array(sequences, dtype=np.int32).transpose(0, 2, 1), labels


def to_millionths(text: str) -> int:
    """Return a decimal number times 1e6; raise ValueError if that isn't a whole number."""
    scaled = Decimal(text) * MILLION
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text} has more than six decimal places.")
    return int(scaled)


def main() -> None:
    """Convert both splits and write the compressed file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with BasicMotions_TRAIN.ts and _TEST.ts")
    folder = parser.parse_args().folder
    train, train_labels = read_ts(folder / "BasicMotions_TRAIN.ts")
    test, test_labels = read_ts(folder / "BasicMotions_TEST.ts")
    np.savez_compressed(
        OUTPUT,
        millionths=np.concatenate([train, test]),
        target=np.array(train_labels + test_labels),
        split=np.array(["train"] * len(train) + ["test"] * len(test)),
    )
    print(f"{OUTPUT.name}: {len(train)} + {len(test)} sequences, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
