"""Command show: print a program."""

from __future__ import annotations

from argparse import Namespace

from ..grammar import LIST_TO_LIST, Affine
from ..program import Program
from ..program.text import column_names, show_name
from ..program.trace_text import output_meaning
from .data import read_program
from .output import check_precision, write_text


def run(options: Namespace) -> None:
    """Print a program with what its value means and what it reads."""
    program = read_program(options.program)
    if options.precision is not None:
        check_precision(options.precision)
    write_text(f"{program.to_text(options.precision)}\n\n{_facts(program)}", None)


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
