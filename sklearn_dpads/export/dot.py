"""Programs as text for Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..grammar.text import format_label
from ..program.expression import Expression
from ..program.numbers import NumberTexts
from ..program.text import family_of, format_part, output_names, role_of
from .common import check_positive

if TYPE_CHECKING:
    from ..program.intervals import ProgramIntervals
    from ..program.program import Program

# Characters of a line in a leaf: a tree is wide already.
_LEAF_WIDTH = 40
_FILLS = {"list": "#d6e6f4", "combination": "#fde6cf", "terminal": "#f4f4f1"}
_HEAD = """\
digraph program {
    rankdir=LR;
    node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=10];
    edge [fontname="sans-serif", fontsize=9];
"""


def to_dot(program: Program, precision: int = 4, intervals: ProgramIntervals | None = None) -> str:
    """Give the text of a directed graph; :meth:`Program.to_dot` describes it."""
    check_positive("precision", precision)
    numbers = NumberTexts(program, precision, intervals)
    lines = []
    for path, node in program.expression.walk():
        label = _quoted(_label(program, node, numbers))
        lines.append(
            f'    {_identifier(path)} [label={label}, fillcolor="{_FILLS[family_of(node)]}"];'
        )
        if path:
            edge = f"    {_identifier(path[:-1])} -> {_identifier(path)}"
            parent = _at(program.expression, path[:-1])
            role = "".join(map(_escape, role_of(parent, path[-1], program.classes)))
            lines.append(edge + (f' [label="{role}"];' if role else ";"))
    return _HEAD + "\n".join(lines) + "\n}\n"


def _label(program: Program, expression: Expression, numbers: NumberTexts) -> list[str]:
    """Give the lines of a box: a leaf with its formula, the name of any other production."""
    if not expression.args:
        return format_part(program, expression, numbers, _LEAF_WIDTH).splitlines()
    lines = [format_label(expression.production)]
    if expression.production.recurrent:
        initial = list(numbers.of(expression, lambda node: node.params["initial"]))
        names = output_names(expression.width, program.classes)
        rows = [f"{name}: {v}" for name, v in zip(names, initial, strict=True)]
        lines += [f"initial {row}" for row in (rows if expression.width > 1 else initial)]
    lines += [f"{name} {v}" for name, v in numbers.of_filter(expression).items()]
    return lines


def _at(expression: Expression, path: tuple[int, ...]) -> Expression:
    for i in path:
        expression = expression.args[i]
    return expression


def _identifier(path: tuple[int, ...]) -> str:
    return "_".join(["n", *map(str, path)])


def _quoted(lines: list[str]) -> str:
    """Give lines as a quoted text, each ended and set to the left by Graphviz's own mark."""
    escaped = ["".join(_escape(character) for character in line) for line in lines]
    return '"' + "".join(line + r"\l" for line in escaped) + '"'


def _escape(character: str) -> str:
    if character == "&":
        return "&amp;"
    if character in '\\"':
        return "\\" + character
    return character if character.isprintable() else " "
