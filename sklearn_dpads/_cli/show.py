"""Command show: print a program."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..grammar import LIST_TO_LIST, Affine
from ..inputs.files import naming
from ..program import Program, ProgramIntervals
from ..program.text import column_names, show_name
from ..program.trace_text import output_meaning
from .data import TRAINING, named, read_for_program
from .files import Data, read_program
from .output import check_precision, write_text
from .words import label_like

# As many as `stability` makes.
_N_BOOTSTRAPS = 100
# Options that refits alone take.
_OF_REFITS = ("bootstraps", "unlabelled", "balanced")


def run(options: Namespace) -> None:
    """Print a program with what its value means and what it reads."""
    _check(options)
    program = read_program(options.program)
    if options.data is None:
        write_text(f"{program.to_text(options.precision)}\n\n{_facts(program)}", None)
        return
    found = _intervals(program, options)
    text = found.program.to_text(options.precision, intervals=found)
    write_text(f"{text}\n\n{found.legend}\n\n{_facts(program)}", None)


def _check(options: Namespace) -> None:
    if options.precision is not None:
        check_precision(options.precision)
    given = [name for name in _OF_REFITS if getattr(options, name) not in (None, False)]
    if given and options.data is None:
        raise ValueError(f"--{given[0]} is for refits, which need --data, labelled sequences.")
    if options.bootstraps is not None and options.bootstraps < 2:
        raise ValueError(f"--bootstraps must be at least 2; got {options.bootstraps}.")


def _intervals(program: Program, options: Namespace) -> ProgramIntervals:
    """Fit the program to bootstraps of the sequences."""
    from ..estimator.given import with_program
    from ..inspection import stability

    data = read_for_program(options.data, options, TRAINING, program)
    path = named(options.data)
    if data.y is None:
        raise ValueError(f"{path}: there are no labels to fit the program to again.")
    n_refits = _N_BOOTSTRAPS if options.bootstraps is None else options.bootstraps
    with naming(path):
        clf = with_program(_classifier(program, data, options), program, data.X, data.y)
        found = stability(clf, data.X, data.y, n_bootstraps=0, n_refits=n_refits, random_state=0)
    assert found.intervals is not None
    return found.intervals


def _classifier(program: Program, data: Data, options: Namespace) -> Any:
    from .. import ProgramClassifier, ProgramFrameClassifier

    settings: dict[str, Any] = {"class_weight": "balanced" if options.balanced else None}
    if program.expression.signature != LIST_TO_LIST:
        if options.unlabelled is not None:
            raise ValueError("--unlabelled is for labels of frames; leave sequences without out.")
        return ProgramClassifier(**settings)
    if options.unlabelled is None:
        return ProgramFrameClassifier(**settings)
    unlabelled = label_like(data.y, options.unlabelled)
    return ProgramFrameClassifier(unlabelled=unlabelled, **settings)


def _facts(program: Program) -> str:
    per_frame = program.expression.signature == LIST_TO_LIST
    names = column_names(program.n_features, program.feature_names)
    columns = {
        column
        for _, node in program.expression.walk()
        if isinstance(node.production, Affine)
        for column in node.production.features
    }
    read = ", ".join(show_name(names[column]) for column in sorted(columns))
    facts = {
        "value": f"{output_meaning(program)}, {'per frame' if per_frame else 'per sequence'}",
        "classes": ", ".join(map(show_name, program.classes or ())) or "not named",
        "cost": f"{program.cost} ({program.n_productions} productions, depth {program.depth})",
        "reads": f"{read or 'no single feature'} (of {program.n_features} features)",
    }
    return "\n".join(f"{name + ':':9}{text}" for name, text in facts.items())
