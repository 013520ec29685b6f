"""What each command does: fit, predict, show and export."""

from __future__ import annotations

import csv
import io
import json
import sys
import warnings
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..grammar import LIST_TO_LIST, Affine
from ..inputs.files import naming, read_text, write_atomically
from ..inputs.outputs import pad_labels, probabilities, top_codes
from ..inputs.sequences import Sequences, check_sequences
from ..program import Program
from ..program.text import column_names
from ..program.trace_text import output_meaning
from .data import (
    NEW,
    TEST,
    TRAINING,
    Data,
    check_target,
    for_program,
    read_data,
    read_pair,
    read_program,
    write_text,
)

# Option, and the parameter of the classifier that it sets where it is given.
_PARAMETERS = {
    "depth": "max_depth",
    "seed": "random_state",
    "max_time": "max_time",
    "restarts": "n_restarts",
    "jobs": "n_jobs",
    "selection": "selection",
    "scoring": "scoring",
    "penalty": "structural_penalty",
    "epochs": "max_iter",
    "refinements": "max_refinements",
    "device": "device",
    "checkpoints": "checkpoint_dir",
}


def run_fit(options: Namespace) -> None:
    """Search for a program and write it."""
    out = check_target(options.out)
    figure = None if options.figure is None else _check_figure(options.figure)
    if Path(options.data).suffix.lower() == ".csv" and options.label is None:
        raise ValueError(f"{options.data}: --label must name the column of the labels.")
    data = read_data(options.data, options, TRAINING, per_frame=options.labels == "frames")
    _check_labels(data, options.data)
    classifier = _classifier(options, data)
    if not options.quiet:
        _tell(f"{len(data.ids)} sequences. Ctrl-C ends the search, and keeps the best so far.")
    with redirect_stdout(sys.stderr):
        classifier.fit(data.X, data.y)
    write_atomically(out, classifier.program_.to_json(indent=2) + "\n")
    if figure is not None:
        _draw(classifier.program_, figure)
    _report(classifier, options, [out] if figure is None else [out, figure])


def _classifier(options: Namespace, data: Data) -> Any:
    from .. import DPadsClassifier, DPadsFrameClassifier

    per_frame = options.labels == "frames"
    if options.labels is None and isinstance(data.y, np.ndarray):
        per_frame = data.y.ndim == 2 and data.y.shape[1] > 1
    parameters = {
        parameter: getattr(options, option)
        for option, parameter in _PARAMETERS.items()
        if getattr(options, option) is not None
    }
    return (DPadsFrameClassifier if per_frame else DPadsClassifier)(
        **parameters,
        grammar=_grammar(options.grammar),
        feature_groups=_groups(options.groups),
        feature_names=data.feature_names,
        class_weight="balanced" if options.balanced else None,
        verbose=not options.quiet,
    )


def _check_labels(data: Data, path: str) -> None:
    """Refuse, before the search, what couldn't be written after it."""
    y = data.y
    if y is None:
        raise ValueError(f"{path}: there are no labels to learn from; an array y gives them.")
    for labels in [y] if isinstance(y, np.ndarray) else y:
        values = np.ma.compressed(labels) if np.ma.isMaskedArray(labels) else labels.ravel()
        known = values.dtype.kind in "biufU" or all(
            isinstance(value, str | int | float) for value in values.tolist()
        )
        if not known:
            raise ValueError(f"{path}: labels must be text or numbers, but are {values.dtype}.")


def _groups(text: str | None) -> dict[str, list[int | str]] | None:
    if text is None:
        return None
    if text.lower().endswith(".json"):
        text = read_text(text)
    try:
        groups = json.loads(text)
    except ValueError as error:
        raise ValueError(f"--groups is not JSON: {error}. {_GROUPS}") from error
    except RecursionError:
        raise ValueError(f"--groups is nested too deeply. {_GROUPS}") from None
    fits = isinstance(groups, dict) and all(
        isinstance(members, list)
        and all(isinstance(m, int | str) and not isinstance(m, bool) for m in members)
        for members in groups.values()
    )
    if not fits:
        raise ValueError(f"--groups must be an object of lists. {_GROUPS}")
    checked: dict[str, list[int | str]] = groups
    return checked


_GROUPS = """Write it as '{"acc": [0, 1, 2], "turn": ["yaw"]}'."""


def _grammar(path: str | None) -> Any:
    if path is None:
        return None
    from ..grammar import Grammar

    with naming(path):
        return Grammar.parse(read_text(path))


def _check_figure(path: str) -> Path:
    """Refuse, before the search, what couldn't be drawn after it."""
    target = check_target(path)
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            "--figure needs matplotlib, which is not installed. Install it with: "
            "pip install sklearn_dpads[plot]"
        ) from error
    matplotlib.use("Agg")
    from matplotlib.backend_bases import FigureCanvasBase

    known = sorted(FigureCanvasBase.get_supported_filetypes())
    if target.suffix[1:].lower() not in known:
        raise ValueError(f"--figure {path}: the name must end in one of {', '.join(known)}.")
    return target


def _draw(program: Any, target: Path) -> None:
    import matplotlib.pyplot as plt

    from ..display import ProgramDisplay

    figure = ProgramDisplay.from_program(program).figure_
    buffer = io.BytesIO()
    figure.savefig(buffer, format=target.suffix[1:].lower(), dpi=150)
    plt.close(figure)
    write_atomically(target, buffer.getvalue())


def _report(classifier: Any, options: Namespace, written: list[Path]) -> None:
    print(classifier.program_)
    print(f"\n{len(classifier.programs_)} programs were scored. The best of each cost:\n")
    print(classifier.programs_.front)
    test = _test_part(options)
    if test is not None:
        print(f"\nAccuracy on X_test: {classifier.score(*test):.3f}")
    print()
    for path in written:
        print(f"Wrote {path}")


def _test_part(options: Namespace) -> tuple[Any, Any] | None:
    if options.keys is not None or Path(options.data).suffix.lower() != ".npz":
        return None
    return read_pair(options.data, TEST)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run_predict(options: Namespace) -> None:
    """Classify sequences and write the classes with their probabilities."""
    program = read_program(options.program)
    if options.out is not None:
        check_target(options.out)
    per_frame = program.expression.signature == LIST_TO_LIST
    data = read_data(
        options.data, options, NEW, per_frame=per_frame, features=program.feature_names
    )
    data = for_program(data, program, options.data)
    sequences = check_sequences(data.X, estimator_name="predict", n_features=program.n_features)
    values = _values(program, sequences)
    write_text(_table(program, data, sequences, values), options.out)
    if data.y is not None:
        accuracy = _accuracy(program, data, sequences, values)
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

    predicted = _classes(program)[top_codes(values)]
    if values.ndim == 2:
        return float(accuracy_score(data.y, predicted))
    predicted = pad_labels(predicted, sequences.mask())
    return float(frame_accuracy_score(data.y, predicted, lengths=sequences.lengths))


def run_show(options: Namespace) -> None:
    """Print a program with what its value means and what it reads."""
    program = read_program(options.program)
    precision = 4 if options.precision is None else check_precision(options.precision)
    write_text(f"{program.to_text(precision)}\n\n{_facts(program)}", None)


def check_precision(precision: int) -> int:
    """Refuse a number of digits below one."""
    if precision < 1:
        raise ValueError(f"--precision must be a positive number of digits; got {precision}.")
    return precision


def _facts(program: Program) -> str:
    per_frame = program.expression.signature == LIST_TO_LIST
    names = column_names(program.n_features, program.feature_names)
    columns = {
        column
        for _, node in program.expression.walk()
        if isinstance(node.production, Affine)
        for column in node.production.features
    }
    facts = {
        "value": f"{output_meaning(program)}, {'per frame' if per_frame else 'per sequence'}",
        "classes": ", ".join(map(str, program.classes or ())) or "not named",
        "cost": f"{program.cost} ({program.n_productions} productions, depth {program.depth})",
        "reads": f"{', '.join(names[c] for c in sorted(columns)) or 'no single feature'} "
        f"(of {program.n_features} features)",
    }
    return "\n".join(f"{name + ':':9}{text}" for name, text in facts.items())


# Which forms take an option.
_TAKERS = {"precision": ("latex", "dot"), "name": ("python",), "data": ("html",)}
_FILES_ONLY = ("onnx", "html")


def run_export(options: Namespace) -> None:
    """Write a program in the form that is asked for."""
    _check(options)
    program = read_program(options.program)
    if options.to == "html":
        _write_page(program, options)
    elif options.to == "onnx":
        model = program.to_onnx()
        write_atomically(options.out, model.SerializeToString())
    else:
        write_text(_text(program, options), options.out)
    if options.out is not None:
        print(f"Wrote {options.out}")


def _check(options: Namespace) -> None:
    for name, takers in _TAKERS.items():
        if getattr(options, name) is not None and options.to not in takers:
            raise ValueError(f"--{name} is for --to {' or '.join(takers)}, not {options.to}.")
    if options.out is not None:
        check_target(options.out)
    elif options.to in _FILES_ONLY:
        raise ValueError(f"--to {options.to} needs --out, the file to write.")
    if options.precision is not None:
        check_precision(options.precision)


def _text(program: Program, options: Namespace) -> str:
    if options.to == "python":
        return program.to_python(options.name or "program")
    digits = {} if options.precision is None else {"precision": options.precision}
    return program.to_latex(**digits) if options.to == "latex" else program.to_dot(**digits)


def _write_page(program: Program, options: Namespace) -> None:
    if options.data is None:
        program.to_html(options.out)
        return
    per_frame = program.expression.signature == LIST_TO_LIST
    data = read_data(
        options.data,
        options,
        (*NEW, *TRAINING),
        per_frame=per_frame,
        features=program.feature_names,
    )
    data = for_program(data, program, options.data)
    program.to_html(options.out, data.X, data.y)
