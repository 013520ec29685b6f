"""The command that prints a program."""

from __future__ import annotations

from argparse import Namespace

from ..grammar import LIST_TO_LIST, Affine
from ..program import Program
from ..program._names import column_names
from ..program.trace_text import output_meaning
from ._files import read_program, write_text


def run(options: Namespace) -> None:
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
