"""A program in HTML: its productions as a tree that folds, with the numbers of its leaves."""

from __future__ import annotations

from html import escape
from itertools import count
from typing import TYPE_CHECKING

from ..grammar import Affine
from ..program.class_tables import class_tables, largest_of
from ..program.expression import Expression
from ..program.numbers import NumberTexts
from ..program.text import family_of, format_part, output_names, role_of
from ..program.trace_text import count_of, output_meaning
from .assets import program_style
from .html_tables import table_of_classes

if TYPE_CHECKING:
    from ..program.intervals import ProgramIntervals
    from ..program.program import Program

# Where it isn't known how many digits are needed to decide as the program does.
_TEXT_DIGITS = 4
# Of a formula: characters of a line, and lines that stand open; a longer one is folded.
_FORMULA_WIDTH = 72
_MOST_LINES = 7
_ids = count(1)


def program_fragment(program: Program) -> str:
    """Give a program as a piece of HTML with its own style, as notebooks show it."""
    name = f"sklearn-dpads-program-{next(_ids)}"
    text = escape(program.to_text())
    return (
        f"<style>{program_style(f'#{name}')}</style>"
        f'<div id="{name}" class="dpads-program">'
        f"{program_heading(program)}"
        f"{tree(program)}"
        f"<details><summary>as text</summary><pre>{text}</pre></details>"
        "</div>"
    )


def program_heading(program: Program, intervals: ProgramIntervals | None = None) -> str:
    """What the output means, how large the program is, and what intervals are shown."""
    productions = count_of(program.n_productions, "production")
    size = f"Cost {program.cost}, depth {program.depth}, {productions}"
    shown = "" if intervals is None else f" {intervals.legend}"
    return f'<p class="about">Output: {escape(output_meaning(program))}. {escape(size)}.{shown}</p>'


def tree(program: Program, intervals: ProgramIntervals | None = None) -> str:
    """Give the productions of a program as nested ``details`` elements.

    A leaf of several classes is a table. The row of a production has the attribute
    ``data-node``: its number in depth-first order. With intervals, numbers are told with them.
    """
    places, tables = count(), class_tables(program, intervals)
    texts = NumberTexts(program, program.printed_digits(_TEXT_DIGITS), intervals)
    largest = largest_of(tables)

    def branch(expression: Expression, role: str) -> str:
        number = next(places)
        if id(expression) in tables:
            table = tables[id(expression)]
            row = _row(program, texts, expression, role)
            return (
                f'<details open><summary class="row" data-node="{number}">{row}</summary>'
                f'<div class="args">{table_of_classes(table, largest)}</div></details>'
            )
        formula = "" if expression.args else format_part(program, expression, texts, _FORMULA_WIDTH)
        is_long = len(formula.splitlines()) > _MOST_LINES
        row = _row(program, texts, expression, role, "" if is_long else formula)
        if is_long:
            return (
                f'<details><summary class="row" data-node="{number}">{row}</summary>'
                f'<div class="args"><pre>{escape(formula)}</pre></div></details>'
            )
        if not expression.args:
            return f'<div class="row leaf" data-node="{number}">{row}</div>'
        inner = "".join(
            branch(arg, role_of(expression, i, program.classes))
            for i, arg in enumerate(expression.args)
        )
        return (
            f'<details open><summary class="row" data-node="{number}">{row}</summary>'
            f'<div class="args">{inner}</div></details>'
        )

    return f'<div class="tree">{branch(program.expression, "")}</div>'


def _row(
    program: Program,
    texts: NumberTexts,
    expression: Expression,
    role: str,
    formula: str = "",
) -> str:
    """Give what a row says: the formula, or else the production and what it does."""
    parts = [f'<span class="role">{escape(role)}</span>'] if role else []
    if formula:
        parts.append(f"<code>{escape(formula)}</code>")
    else:
        parts.append(
            f'<b class="{family_of(expression)}">{escape(expression.production.label)}</b>'
        )
        gloss = _gloss(program, texts, expression)
        if gloss:
            parts.append(f'<span class="gloss">{escape(gloss)}</span>')
    return " ".join(parts)


def _gloss(program: Program, texts: NumberTexts, expression: Expression) -> str:
    """Say in words what a production does."""
    production = expression.production
    if production.recurrent:
        return f"{production.gloss}; previous starts at {_initial(program, texts, expression)}"
    if isinstance(production, Affine):
        n_features, n_outputs = len(production.features), expression.width
        return (
            f"weights of {count_of(n_features, 'feature')} for {count_of(n_outputs, 'output')}"
            + (" per standard deviation" if n_outputs > 1 and program.scales is not None else "")
        )
    numbers = texts.of_filter(expression)
    return "; ".join([production.gloss, *(f"{name} {v}" for name, v in numbers.items())])


def _initial(program: Program, texts: NumberTexts, expression: Expression) -> str:
    initial = texts.of(expression, lambda node: node.params["initial"]).tolist()
    if len(set(initial)) == 1:
        return str(initial[0])
    names = output_names(len(initial), program.classes)
    return ", ".join(f"{name}: {text}" for name, text in zip(names, initial, strict=True))
