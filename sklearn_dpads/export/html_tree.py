"""A program as a tree of HTML that folds, for notebooks and pages."""

from __future__ import annotations

from html import escape
from itertools import count
from typing import TYPE_CHECKING

from ..grammar import (
    ITE,
    Add,
    Affine,
    CenteredWindowAvg,
    Fold,
    Map,
    MapPrefix,
    Multiply,
    SlideWindowAvg,
)
from ..program._names import format_number, output_names
from ..program._places import argument_roles
from ..program.expression import Expression
from ..program.trace_text import count_of, output_meaning
from .html_style import TREE_STYLE

if TYPE_CHECKING:
    from ..program.program import Program

_DIGITS = 4
_FORMULA_WIDTH = 72
_MOST_LINES = 7
_ids = count(1)


def program_fragment(program: Program) -> str:
    """Give a program as a piece of HTML with its own style, as notebooks show it."""
    name = f"sklearn-dpads-program-{next(_ids)}"
    text = escape(program.to_text(_DIGITS))
    return (
        f"<style>{TREE_STYLE.replace('#ROOT', f'#{name}')}</style>"
        f'<div id="{name}" class="dpads-program">'
        f"{program_heading(program)}"
        f"{tree(program)}"
        f"<details><summary>as text</summary><pre>{text}</pre></details>"
        "</div>"
    )


def program_heading(program: Program) -> str:
    """What the output means, and how large the program is."""
    productions = count_of(program.n_productions, "production")
    size = f"Cost {program.cost}, depth {program.depth}, {productions}"
    return f'<p class="about">Output: {escape(output_meaning(program))}. {escape(size)}.</p>'


def tree(program: Program) -> str:
    """Give the productions of a program as nested ``details`` elements.

    The row of a production has the attribute ``data-node``: its number in depth-first order.
    """
    numbers = count()

    def branch(expression: Expression, role: str) -> str:
        row = _row(program, expression, role)
        number = next(numbers)
        if not expression.args and len(_formula(program, expression).splitlines()) > _MOST_LINES:
            return (
                f'<details><summary class="row" data-node="{number}">{row}</summary>'
                f'<div class="args"><pre>{escape(_formula(program, expression))}</pre></div>'
                "</details>"
            )
        if not expression.args:
            return f'<div class="row leaf" data-node="{number}">{row}</div>'
        inner = "".join(
            branch(arg, name)
            for arg, name in zip(expression.args, argument_roles(expression), strict=True)
        )
        return (
            f'<details open><summary class="row" data-node="{number}">{row}</summary>'
            f'<div class="args">{inner}</div></details>'
        )

    return f'<div class="tree">{branch(program.expression, "")}</div>'


def _row(program: Program, expression: Expression, role: str) -> str:
    parts = [f'<span class="role">{escape(role)}</span>'] if role else []
    formula = _formula(program, expression) if not expression.args else ""
    if formula and len(formula.splitlines()) <= _MOST_LINES:
        parts.append(f"<code>{escape(formula)}</code>")
    else:
        parts.append(f'<b class="{_kind(expression)}">{escape(expression.production.label)}</b>')
        gloss = _gloss(program, expression)
        if gloss:
            parts.append(f'<span class="gloss">{escape(gloss)}</span>')
    return " ".join(parts)


def _formula(program: Program, expression: Expression) -> str:
    return program.with_expression(expression).to_text(_DIGITS, width=_FORMULA_WIDTH)


def _kind(expression: Expression) -> str:
    if not expression.args:
        return "terminal"
    return "list" if "list" in str(expression.signature) else "combination"


def _gloss(program: Program, expression: Expression) -> str:
    """Say in words what a production does."""
    production = expression.production
    if isinstance(production, SlideWindowAvg):
        frames = "all frames so far"
        if production.window is not None:
            frames = f"the last {production.window} frames"
        if production.average == "values":
            return f"mean of the value over {frames}"
        return f"of the mean of {frames}"
    if isinstance(production, CenteredWindowAvg):
        return f"of the mean of the {production.window} frames around each frame"
    if isinstance(production, Fold):
        return f"frame by frame; previous starts at {_initial(program, expression)}"
    if isinstance(production, Affine):
        n_features, n_outputs = len(production.features), expression.width
        return f"weights of {count_of(n_features, 'feature')} for {count_of(n_outputs, 'output')}"
    words = {
        Map: "of each frame",
        MapPrefix: "of all frames so far, for each frame",
        ITE: "one branch is taken",
        Add: "sum",
        Multiply: "product",
    }
    return words.get(type(production), "")


def _initial(program: Program, expression: Expression) -> str:
    initial = expression.params["initial"]
    texts = [format_number(float(value), _DIGITS) for value in initial]
    if len(set(texts)) == 1:
        return texts[0]
    names = output_names(len(texts), program.classes)
    return ", ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True))
