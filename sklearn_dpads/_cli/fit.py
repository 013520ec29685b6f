"""Command fit: search for a program and write it."""

from __future__ import annotations

import io
import json
import signal
import sys
import warnings
from argparse import Namespace
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from ..inputs.files import naming, read_text, write_atomically
from ..inputs.frame_labels import concatenate_labels
from ..inputs.sequences import check_sequences
from .data import (
    TEST,
    TRAINING,
    check_annotated,
    form_of,
    is_per_frame,
    named,
    read_data,
)
from .files import Data, read_pair
from .kept import keep_options
from .output import check_targets, is_json_file, printable
from .signals import handle
from .words import label_like

# Option, and the parameter of the classifier that it sets where it is given.
_PARAMETERS = {
    "depth": "max_depth",
    "seed": "random_state",
    "max_time": "max_time",
    "decomposition": "decomposition",
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


def run(options: Namespace) -> None:
    """Search for a program and write it."""
    check_targets(options)
    out = Path(options.out)
    figure = None if options.figure is None else _check_figure(options.figure)
    path = named(options.data)
    _check_how_labelled(options, path)
    data = read_data(options.data, options, TRAINING, per_frame=options.labels == "frames")
    _check_labels(data, path, options.keys)
    classifier = _classifier(options, data)
    test = _test_part(options)
    if test is not None:
        _check_test_part(*test, data, path)
    if not options.quiet:
        _tell(f"{len(data.ids)} sequences. Ctrl-C ends the search, and keeps the best so far.")
    # What ends a service or a job of a queue ends the search, as Ctrl-C does.
    handle(signal.SIGTERM, signal.default_int_handler)
    beside = {} if data.groups is None else {"groups": data.groups}
    with redirect_stdout(sys.stderr):
        classifier.fit(data.X, data.y, **beside)
    # The program is what took long: nothing that comes after may keep it from being written, nor
    # make of what was done something that failed.
    handle(signal.SIGINT, signal.SIG_IGN)
    handle(signal.SIGTERM, signal.SIG_IGN)
    _write(keep_options(classifier.program_, options), out)
    written = [out]
    if figure is not None and _draw(classifier.program_, figure):
        written.append(figure)
    _report(classifier, test, written)


def _write(program: Any, out: Path) -> None:
    """Write a program; where that fails, print it, since it took long."""
    text = program.to_json(indent=2)
    try:
        write_atomically(out, text + "\n")
    except OSError as error:
        print(text, flush=True)
        raise OSError(
            f"{out}: {error.strerror or error}. The program was printed instead; keep that as the "
            "file."
        ) from error


def _classifier(options: Namespace, data: Data) -> Any:
    from .. import DPadsClassifier, DPadsFrameClassifier

    per_frame = options.labels == "frames"
    if options.labels is None:
        per_frame = is_per_frame(data.y)
    parameters = {
        parameter: getattr(options, option)
        for option, parameter in _PARAMETERS.items()
        if getattr(options, option) is not None
    }
    if options.unlabelled is not None:
        if not per_frame:
            raise ValueError("--unlabelled is for labels of frames; leave sequences without out.")
        parameters["unlabelled"] = label_like(data.y, options.unlabelled)
    return (DPadsFrameClassifier if per_frame else DPadsClassifier)(
        **parameters,
        grammar=_grammar(options.grammar),
        feature_groups=_groups(options.groups),
        feature_names=data.feature_names,
        class_weight="balanced" if options.balanced else None,
        verbose=not options.quiet,
    )


def _check_how_labelled(options: Namespace, path: str) -> None:
    """Refuse tables and recordings without labels, before they are read."""
    form = form_of(options.data, options)
    if form == "csv" and not options.label:
        raise ValueError(f"{path}: --label must name the column of the labels.")
    if form == "poses" and options.annotations is None:
        raise ValueError(
            f"{path}: --annotations must name tables of events, which label the frames; or make a "
            "table with a row per frame and a column of labels."
        )
    if form == "poses" and options.labels == "sequences":
        raise ValueError("--labels sequences: --annotations label frames.")
    if form == "poses":
        check_annotated(options)


def _check_labels(data: Data, path: str, keys: str | None) -> None:
    """Refuse, before the search, what couldn't be written after it."""
    y = data.y
    if y is None:
        how = f"name their array, too, as --keys {keys},y" if keys else "an array y gives them"
        raise ValueError(f"{path}: there are no labels to learn from; {how}.")
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
    if is_json_file(text):
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
    target = Path(path)
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


def _draw(program: Any, target: Path) -> bool:
    """Draw a program; where that fails, say so, since the program itself is there."""
    import matplotlib.pyplot as plt

    from ..display import ProgramDisplay

    try:
        figure = ProgramDisplay.from_program(program).figure_
        buffer = io.BytesIO()
        figure.savefig(buffer, format=target.suffix[1:].lower(), dpi=150)
        plt.close(figure)
        write_atomically(target, buffer.getvalue())
    except (OSError, ValueError, RuntimeError) as error:
        warnings.warn(f"{target} can't be drawn: {error}", RuntimeWarning, stacklevel=2)
        return False
    return True


def _report(classifier: Any, test: tuple[Any, Any] | None, written: list[Path]) -> None:
    print(printable(str(classifier.program_)))
    print(f"\n{len(classifier.programs_)} programs were scored. The best of each cost:\n")
    print(printable(str(classifier.programs_.front)))
    if test is not None:
        print(f"\nAccuracy on X_test: {classifier.score(*test):.3f}")
    print()
    for path in written:
        print(f"Wrote {path}")


def _test_part(options: Namespace) -> tuple[Any, Any] | None:
    if options.keys is not None or form_of(options.data, options) != "npz":
        return None
    return read_pair(options.data[0], TEST)


def _check_test_part(X: Any, y: Any, data: Data, path: str) -> None:
    """Refuse, before the search, what couldn't be scored after it."""
    width = data.X.shape[2] if data.X.ndim == 3 else None
    with naming(f"{path}: X_test and y_test"):
        sequences = check_sequences(X, estimator_name="fit", n_features=width)
        n_samples, n_timesteps = sequences.n_samples, sequences.n_timesteps
        per_frame = is_per_frame(data.y)
        fits = y.shape[1] >= n_timesteps if is_per_frame(y) else y.size == n_samples
        if is_per_frame(y) != per_frame or len(y) != n_samples or not fits:
            wanted = f"({n_samples}, {n_timesteps})" if per_frame else f"({n_samples},)"
            raise ValueError(f"y_test must have the shape {wanted}, but has {y.shape}.")
        concatenate_labels([data.y.ravel(), y.ravel()], "the labels together")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
