"""Programs as formulas in LaTeX."""

from __future__ import annotations

import re
import shutil
import string
import subprocess
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given

from sklearn_dpads import Grammar, Program
from sklearn_dpads.engine import initialize, to_expression
from sklearn_dpads.export.latex_symbols import escape, number
from sklearn_dpads.grammar import (
    LIST_TO_ATOM,
    LIST_TO_LIST,
    CenteredWindowAvg,
    SlideWindowAvg,
    make_production,
)
from sklearn_dpads.program import ProgramIntervals

from ..graph.build import RICH, random_program, space
from ..program.cases import EXPORTS, cases
from ..user_functions import PRODUCTIONS, soft_sign

NAMES = ["acc_x", "acc_y", "left paw", "x^2"]
GRAMMAR = Grammar.paper({"acc": NAMES}, feature_names=NAMES).with_production(
    *PRODUCTIONS, CenteredWindowAvg(5), SlideWindowAvg(3, "values")
)


def show(text, *, names=NAMES, classes=None, precision=3):
    program = Program.parse(text, GRAMMAR, n_features=4, feature_names=names, classes=classes)
    head, *lines, tail = program.to_latex(precision).splitlines()
    assert (head, tail) == (r"\begin{aligned}", r"\end{aligned}")
    return "\n".join(lines)


def test_an_affine_of_a_window_mean_and_what_the_mean_is():
    assert show("SlideWindowAvg[5](Affine[acc](0.5*acc_x - acc_y - 1.25))") == dedent(
        r"""
        y &= 0.5 \, \overline{\mathrm{acc\_x}}^{(5)}_{T} - \overline{\mathrm{acc\_y}}^{(5)}_{T} - 1.25 \\
        \overline{\mathbf{x}}^{(5)}_{t} &= \frac{1}{\min(5, t)} \sum_{s=\max(1, t - 4)}^{t} \mathbf{x}_{s}
        """  # noqa: E501
    ).strip("\n")


def test_parts_of_all_frames_have_no_factor_of_1():
    def meaning(span):
        grammar = Grammar.default(1)
        program = Program.parse(f"SlideWindowAvg[{span}](Affine[x0](x0))", grammar)
        return program.to_latex().splitlines()[2].partition(r"&= ")[2]

    assert meaning("1/3") == (
        r"\frac{1}{\max(1, \lfloor t/3 \rfloor)} "
        r"\sum_{s=1}^{\max(1, \lfloor t/3 \rfloor)} \mathbf{x}_{s}"
    )
    assert meaning("2/3") == (
        r"\frac{1}{\max(\lfloor t/3 \rfloor + 1, \lfloor 2t/3 \rfloor) - \lfloor t/3 \rfloor} "
        r"\sum_{s=\lfloor t/3 \rfloor + 1}^{\max(\lfloor t/3 \rfloor + 1, \lfloor 2t/3 \rfloor)} "
        r"\mathbf{x}_{s}"
    )
    assert r"\sum_{s=\lfloor 2t/3 \rfloor + 1}^{t}" in meaning("3/3")


def test_the_mean_of_values_is_a_sum_over_frames():
    text = "SlideWindowAvg[3,values](Multiply(Affine[acc](acc_x), Affine[acc](acc_x - 1)))"
    assert show(text) == (
        r"y &= \frac{1}{\min(3, T)} \sum_{s=\max(1, T - 2)}^{T} "
        r"\mathrm{acc\_x}_{s} \cdot \left( \mathrm{acc\_x}_{s} - 1 \right)"
    )
    assert show("SlideWindowAvg[all,values](Add(Constant(2), Affine[acc](-acc_x)))") == (
        r"y &= \frac{1}{T} \sum_{s=1}^{T} \left( 2 - \mathrm{acc\_x}_{s} \right)"
    )


def test_conditions_are_cases_and_folds_recursions():
    text = (
        "if Fold(Affine[acc](acc_x + 0.5*previous), initial=-1) >= 0: "
        "SlideWindowAvg[all](Constant(1)) else: Fold(Affine[acc](-acc_y + 1e-7*previous))"
    )
    assert show(text) == dedent(
        r"""
        y &= \begin{cases}
        1 & \text{if } a^{(1)}_{T} \ge 0 \\
        a^{(2)}_{T} & \text{otherwise}
        \end{cases} \\
        a^{(1)}_{t} &= \mathrm{acc\_x}_{t} + 0.5 \, a^{(1)}_{t-1} \\
        a^{(1)}_{0} &= -1 \\
        a^{(2)}_{t} &= -\mathrm{acc\_y}_{t} + 10^{-7} \, a^{(2)}_{t-1} \\
        a^{(2)}_{0} &= 0
        """
    ).strip("\n")


def test_several_outputs_are_columns_with_named_parts():
    text = (
        "MapPrefix(Fold(Multiply(Affine[acc](run: acc_x, walk: 2*previous[run]), "
        "Constant(run: 1, walk: -2)), initial=(run: 1, walk: 0)))"
    )
    assert show(text, classes=("run", "walk")) == dedent(
        r"""
        \mathbf{y}_{t} &= \mathbf{a}_{t} \\
        \mathbf{y}_{t} &= \left( y_{t,\mathrm{run}}, y_{t,\mathrm{walk}} \right)^\top \\
        \mathbf{a}_{t} &= \begin{pmatrix} \mathrm{acc\_x}_{t} \\ 2 \, a_{t-1,\mathrm{run}} \end{pmatrix} \odot \begin{pmatrix} 1 \\ -2 \end{pmatrix} \\
        \mathbf{a}_{0} &= \begin{pmatrix} 1 \\ 0 \end{pmatrix}
        """  # noqa: E501
    ).strip("\n")


def test_columns_without_names_are_indices():
    text = "CenteredWindowAvg[5](Affine[acc](x1 + 2))"
    grammar = Grammar.paper({"acc": [0, 1]}).with_production(CenteredWindowAvg(5))
    first, second = Program.parse(text, grammar).to_latex().splitlines()[1:-1]
    assert first == r"y_{t} &= \widetilde{x}^{(5)}_{t,1} + 2 \\"
    assert second == (
        r"\widetilde{\mathbf{x}}^{(5)}_{t} &= \frac{1}{\min(T, t + 2) - \max(1, t - 2) + 1} "
        r"\sum_{s=\max(1, t - 2)}^{\min(T, t + 2)} \mathbf{x}_{s}"
    )


def test_frames_as_they_are():
    program = Program.parse("Map(Input)", Grammar.paper(2))
    assert r"\mathbf{y}_{t} &= \mathbf{x}_{t}" in program.to_latex()
    program = Program.parse("Map(Input)", Grammar.paper(1))
    assert r"y_{t} &= x_{t,0}" in program.to_latex()


def test_factors_hold_together():
    text = (
        "Map(Multiply(Add(Constant(1), Affine[acc](acc_x)), "
        "Multiply(Constant(-2), if Constant(1) >= 0: Constant(2) else: Constant(3))))"
    )
    assert show(text) == dedent(
        r"""
        y_{t} &= \left( 1 + \mathrm{acc\_x}_{t} \right) \cdot \left( -2 \right) \cdot \left( \begin{cases}
        2 & \text{if } 1 \ge 0 \\
        3 & \text{otherwise}
        \end{cases} \right)
        """  # noqa: E501
    ).strip("\n")


def test_user_productions_without_a_template_are_operators():
    assert show("Map(|Affine[acc](acc_x - 1)|)") == (
        r"y_{t} &= \operatorname{soft\_sign}\left( \mathrm{acc\_x}_{t} - 1 \right)"
    )


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        (r"\tanh({0})", r"\tanh(x_{t,0} - 1)"),
        (r"\left| {0} \right|", r"\left| x_{t,0} - 1 \right|"),
        ("{0}^2", r"\left( x_{t,0} - 1 \right)^2"),
        (r"\frac{{{0}}}{{2}}", r"\frac{\left( x_{t,0} - 1 \right)}{2}"),
        ("{0}/(1+|{0}|)", r"\left( x_{t,0} - 1 \right)/(1+|x_{t,0} - 1|)"),
    ],
)
def test_user_templates_get_parentheses_where_they_have_none(template, shown):
    production = make_production("mine", soft_sign, arity=1, latex_template=template)
    grammar = Grammar.paper(1).with_production(production)
    program = Program.parse("Map(mine(Affine[x0](x0 - 1)))", grammar)
    assert program.to_latex().splitlines()[1] == f"y_{{t}} &= {shown}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-2.5, "-2.5"),
        (1e-7, "10^{-7}"),
        (-1e-7, "-10^{-7}"),
        (1.25e22, r"1.25 \cdot 10^{22}"),
        (float("-inf"), r"-\infty"),
        (float("nan"), r"\mathrm{nan}"),
    ],
)
def test_numbers(value, text):
    assert number(value, 3) == text


def test_special_characters_are_escaped():
    assert escape("a_b %") == r"a\_b\ \%"
    assert escape("\\^~\n\x00") == r"\backslash \hat{\ }\sim \ \ "


@pytest.mark.parametrize("precision", [0, -1, 2.0, True])
def test_precision_must_be_a_positive_integer(precision):
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    with pytest.raises(ValueError, match="^precision must be a positive integer; got "):
        program.to_latex(precision)


def with_ends(text, *others):
    """Formula of a program with intervals that others of its productions make."""
    program, *refits = (Program.parse(t, GRAMMAR, feature_names=NAMES) for t in (text, *others))
    return program.to_latex(intervals=ProgramIntervals(program, refits, confidence=0.5))


def test_ends_of_intervals_stand_behind_numbers():
    text = with_ends(
        *(
            f"Map(Affine[acc]({weight}*acc_x - {constant}))"
            for weight, constant in ((2, 0.5), (1, 0.5), (2, 0.5), (3, 0.5))
        )
    )
    assert r"2 \, {\scriptstyle [1.5,\, 2.5]} \, \mathrm{acc\_x}_{t} - 0.5" in text
    assert text.count("scriptstyle") == 1


def test_a_sign_that_is_not_sure_is_marked():
    text = with_ends(*(f"Map(Constant({value}))" for value in (1e-5, -1, 1e-5, 1)))
    assert r"{10^{-5}}^{?} \, {\scriptstyle [-0.5,\, 0.5]}" in text
    text = with_ends(*(f"Map(Constant({value}))" for value in (0.25, -1, 0.5, 1)))
    assert r"0.25^{?} \, {\scriptstyle [-0.25,\, 0.75]}" in text


def test_numbers_of_a_recurrence_have_intervals():
    text = with_ends(
        *(
            f"Fold(Affine[acc](0.5*acc_x + {previous}*previous), initial={initial})"
            for previous, initial in ((0.9, 1), (0.8, 2), (0.9, 3), (1.0, 4))
        )
    )
    assert r"0.9 \, {\scriptstyle [0.85,\, 0.95]} \, a_{t-1}" in text
    assert r"a_{0} &= 1 \, {\scriptstyle [2.5,\, 3.5]}" in text


def test_intervals_of_another_program_are_refused():
    program, other = (Program.parse(f"Map(Constant({value}))", GRAMMAR) for value in (1, 2))
    with pytest.raises(ValueError, match="intervals are those of another program"):
        program.to_latex(intervals=ProgramIntervals(other, [other]))


def check_well_formed(text: str) -> None:
    """Braces and environments are paired, and no special character stands by itself."""
    open_environments: list[str] = []
    depth = 0
    for token in re.findall(r"\\begin\{\w+\}|\\end\{\w+\}|\\[A-Za-z]+|\\.|.", text, re.DOTALL):
        if token.startswith(r"\begin"):
            open_environments.append(token[7:-1])
        elif token.startswith(r"\end"):
            assert open_environments.pop() == token[5:-1]
        elif token in "{}":
            depth += 1 if token == "{" else -1
            assert depth >= 0
        elif token in ("&", r"\\"):
            assert open_environments
        else:
            assert token not in "#$%~"
    assert depth == 0
    assert open_environments == []
    assert text.count(r"\left") - text.count(r"\leftarrow") == text.count(r"\right")


@EXPORTS
@given(cases(user=True))
def test_any_program_is_well_formed(case):
    program, _ = case
    check_well_formed(program.to_latex())


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_formulas_compile(tmp_path):
    rng = np.random.default_rng(0)
    nasty = ("".join(c for c in string.printable if c not in string.ascii_letters), "a'b'c", "")
    grammar = RICH.with_production(*PRODUCTIONS, SlideWindowAvg(2), CenteredWindowAvg(5))
    texts = []
    for signature in (LIST_TO_ATOM, LIST_TO_LIST):
        for n_outputs, classes in ((1, ("no", "yes")), (3, nasty), (3, None)):
            graph = space(grammar, signature, n_outputs=n_outputs)
            for seed in range(5):
                chosen = random_program(graph, rng)
                expression = to_expression(chosen, initialize(chosen, seed))
                names = (*nasty, *(f"f_{i}" for i in range(3, graph.n_features)))
                names = names[: graph.n_features] if classes else None
                program = Program(expression, graph.n_features, names, classes)
                refit = to_expression(chosen, initialize(chosen, seed + 1))
                found = ProgramIntervals(program, [program.with_expression(refit)])
                texts += [program.to_latex(), program.to_latex(intervals=found)]
    lines = [r"\documentclass{article}", r"\usepackage{amsmath}", r"\begin{document}"]
    lines += [f"\\[\n{text}\n\\]" for text in texts]
    (tmp_path / "all.tex").write_text("\n".join([*lines, r"\end{document}"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "all.pdf").exists()
