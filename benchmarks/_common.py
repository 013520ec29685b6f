"""What the benchmarks share: options, data, tables, one core."""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

DATA_VARIABLE = "SKLEARN_DPADS_DATA"


@dataclass(frozen=True)
class DataSet:
    """A data set with its own split and feature groups.

    Parameters
    ----------
    name : str
        Name of the file, without the ending.
    X_train, X_test : ndarray of shape (n_samples, n_timesteps, n_features)
        The sequences.
    y_train, y_test : ndarray of shape (n_samples,)
        The labels.
    feature_groups : dict of str to list of int
        Columns of each group that ``Affine`` may read.
    feature_names : tuple of str
        Names of the columns.
    """

    name: str
    X_train: NDArray[Any]
    y_train: NDArray[Any]
    X_test: NDArray[Any]
    y_test: NDArray[Any]
    feature_groups: Mapping[str, Sequence[int]]
    feature_names: tuple[str, ...]

    def __str__(self) -> str:
        n_classes = len(np.unique(self.y_train))
        return (
            f"{self.name}: {self.X_train.shape} training, {self.X_test.shape} test, "
            f"{n_classes} classes, {len(self.feature_groups)} feature groups"
        )


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    title : str
        Its heading.
    width : int
        Characters it takes.
    form : str, default=""
        Format of its values; numbers are aligned to the right, text to the left.
    """

    title: str
    width: int
    form: str = ""

    def cell(self, value: object) -> str:
        """A value in the form and width of the column; None is a dash."""
        text = "-" if value is None else format(value, self.form)
        return text.ljust(self.width) if isinstance(value, str) else text.rjust(self.width)


class Table:
    """Rows that are printed as they come, below a heading.

    Parameters
    ----------
    *columns : Column
        The columns; the last may overflow its width.
    """

    def __init__(self, *columns: Column) -> None:
        self.columns = columns
        titles = [c.title.rjust(c.width) if c.form else c.title.ljust(c.width) for c in columns]
        print("  ".join(titles).rstrip())
        print("  ".join("-" * c.width for c in columns), flush=True)

    def row(self, *values: object) -> None:
        """Print a row, one value per column."""
        cells = [c.cell(value) for c, value in zip(self.columns, values, strict=True)]
        print("  ".join(cells).rstrip(), flush=True)


def option_parser(doc: str | None) -> argparse.ArgumentParser:
    """A parser that shows a script's docstring as its help."""
    return argparse.ArgumentParser(
        description=cleandoc(doc or ""), formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--data``, the folder of the data sets."""
    parser.add_argument(
        "--data",
        default=os.environ.get(DATA_VARIABLE, ""),
        metavar="DIR",
        help=f"folder of the .npz files; by default what the variable {DATA_VARIABLE} says",
    )


def add_settings_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--set``, hyperparameters that differ from their defaults."""
    parser.add_argument(
        "--set",
        dest="settings",
        type=setting,
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="hyperparameters of DPadsClassifier, as in --set N=3 node_sharing=False",
    )


def setting(text: str) -> tuple[str, Any]:
    """Read ``name=value``; a value that is no Python literal is taken as text."""
    from sklearn_dpads import DPadsClassifier

    name, separator, value = text.partition("=")
    known = sorted(set(DPadsClassifier().get_params()) - {"grammar", "random_state"})
    if not separator or name not in known:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be NAME=VALUE, with a NAME of {', '.join(known)}"
        )
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def find_data(folder: str, names: Iterable[str]) -> list[Path]:
    """The files of data sets, or an exit that says what to do."""
    if not folder:
        raise SystemExit(
            f"no data folder: pass --data DIR, or set the environment variable {DATA_VARIABLE}"
        )
    if not Path(folder).is_dir():
        raise SystemExit(
            f"data folder {folder} not found: pass --data, or set the environment variable "
            f"{DATA_VARIABLE}"
        )
    paths = [Path(folder) / f"{name}.npz" for name in names]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise SystemExit(
            f"data folder {folder} has no {', '.join(missing)}: pass the folder that has to --data"
        )
    return paths


def load(path: Path) -> DataSet:
    """Read a data set.

    Parameters
    ----------
    path : Path
        A .npz file with arrays ``X_train`` and ``X_test`` of shape (n_samples, n_timesteps,
        n_features), ``y_train`` and ``y_test`` of shape (n_samples,), ``feature_names`` of
        shape (n_features,), and ``feature_groups``, a JSON text that maps names to lists
        of columns.
    """
    with np.load(path, allow_pickle=False) as file:
        return DataSet(
            name=path.stem,
            X_train=file["X_train"],
            y_train=file["y_train"],
            X_test=file["X_test"],
            y_test=file["y_test"],
            feature_groups=json.loads(str(file["feature_groups"])),
            feature_names=tuple(file["feature_names"].tolist()),
        )


def use_one_core() -> None:
    """Keep torch and numpy to one thread from now on, and say on what all this runs."""
    import torch

    torch.set_num_threads(1)
    threadpool_limits(limits=1)
    print(
        f"one thread; torch {torch.__version__}, scikit-learn {sklearn.__version__}, "
        f"numpy {np.__version__}, Python {platform.python_version()}, {platform.machine()}"
    )


def mean_and_spread(values: Sequence[float], form: str) -> str:
    """Mean, and from two values on their standard deviation."""
    mean = format(np.mean(values), form)
    return mean if len(values) < 2 else f"{mean} ± {np.std(values, ddof=1):{form}}"
