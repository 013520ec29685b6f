"""Command predict: classify sequences with a program."""

from __future__ import annotations

import csv
import io
import sys
import warnings
from argparse import Namespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..inputs.files import naming
from ..inputs.frame_labels import concatenate_labels
from ..inputs.outputs import pad_labels, probabilities, top_codes
from ..inputs.sequences import Sequences, check_sequences
from ..program import Program
from .data import NEW, named, read_for_program
from .files import Data, read_program
from .output import check_targets, write_text


def run(options: Namespace) -> None:
    """Classify sequences and write the classes with their probabilities."""
    check_targets(options)
    program = read_program(options.program)
    data = read_for_program(options.data, options, NEW, program)
    sequences = check_sequences(data.X, estimator_name="predict", n_features=program.n_features)
    values = _values(program, sequences)
    table = _table(program, data, sequences, values)
    with naming(named(options.data)):
        accuracy = None if data.y is None else _accuracy(program, data, sequences, values)
    write_text(table, options.out)
    if accuracy is not None:
        # What is printed beside predictions must not be taken for one of them.
        target = sys.stderr if options.out is None else sys.stdout
        print(f"Accuracy: {accuracy:.3f}", file=target)
    if options.out is not None:
        print(f"Wrote {options.out}")


def _values(program: Program, sequences: Sequences) -> NDArray[np.float64]:
    """What the program gives, finite throughout."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = program.evaluate(sequences)
    known = values if values.ndim == 2 else values[sequences.mask()]
    if not np.isfinite(known).all():
        warnings.warn(
            "The program gives values that are not finite for some of the sequences; they are "
            "replaced by 0 where undefined, else by the largest number.",
            RuntimeWarning,
            stacklevel=2,
        )
    return np.nan_to_num(values)


def _classes(program: Program) -> NDArray[Any]:
    """Class labels, or numbers where the program has none."""
    if program.classes is None:
        return np.arange(max(2, program.n_outputs))
    return np.array(program.classes)


def _table(program: Program, data: Data, sequences: Sequences, values: NDArray[np.float64]) -> str:
    """Predictions as text of a .csv file: a row per sequence, or per frame."""
    classes = _classes(program)
    labels, shares = classes[top_codes(values)], probabilities(values)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    per_frame = values.ndim == 3
    frame = ["frame"] if per_frame else []
    writer.writerow(["sequence", *frame, "prediction", *(f"p({c})" for c in classes.tolist())])
    for i, name in enumerate(data.ids):
        if per_frame:
            for t in range(sequences.lengths[i]):
                writer.writerow([name, t, labels[i, t], *map(_share, shares[i, t])])
        else:
            writer.writerow([name, labels[i], *map(_share, shares[i])])
    return text.getvalue()


def _share(value: float) -> str:
    return f"{value:.6f}"


def _accuracy(
    program: Program, data: Data, sequences: Sequences, values: NDArray[np.float64]
) -> float:
    from sklearn.metrics import accuracy_score

    from ..metrics import frame_accuracy_score

    classes = _classes(program)
    given = [np.ma.compressed(row) for row in (data.y if isinstance(data.y, list) else [data.y])]
    concatenate_labels([classes, *given], "the classes of the program and the labels together")
    predicted = classes[top_codes(values)]
    if values.ndim == 2:
        return float(accuracy_score(data.y, predicted))
    predicted = pad_labels(predicted, sequences.mask())
    return float(frame_accuracy_score(data.y, predicted, lengths=sequences.lengths))
