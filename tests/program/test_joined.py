"""What a sum reads in one way is read once, where a grammar has the group that it takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program, ProgramClassifier
from sklearn_dpads.grammar import ATOM_TO_ATOM, Add, Affine
from sklearn_dpads.program import joined
from sklearn_dpads.program.algebra import joined_to_read
from sklearn_dpads.search import SumsOfReaders

from .. import strategies
from ..strategies import QUICK

GRAMMAR = Grammar.default({"a": [0, 1], "b": [1, 2], "c": [3], "ab": [0, 1, 2]})
A = "SlideWindowAvg[5](Affine[a](x0 + 1))"
B = "SlideWindowAvg[5](Affine[b](2*x2 - 3))"
MAX = "SlideWindowMax[all,values](Affine[a](x0))"
STD = "SlideWindowStd[all](Affine[c](x3))"


def short(text, grammar=GRAMMAR):
    program = Program.parse(text, GRAMMAR)
    return program.with_expression(joined(program.expression, grammar.productions))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Add({A}, {B})", "SlideWindowAvg[5](Affine[ab](x0 + 2*x2 - 2))"),
        (f"Add(Add({B}, {STD}), {A})", f"Add(SlideWindowAvg[5](Affine[ab](x0 + 2*x2 - 2)), {STD})"),
        (f"Add({A}, {A})", "SlideWindowAvg[5](Affine[a](2*x0 + 2))"),
        (f"Add({A}, SlideWindowAvg[5](Constant(2)))", "SlideWindowAvg[5](Affine[a](x0 + 3))"),
        # Columns that both read have the sum of their weights.
        (
            "SlideWindowAvg[5](Add(Affine[a](x0 + x1), Affine[b](3*x1)))",
            "SlideWindowAvg[5](Affine[a](x0 + 4*x1))",
        ),
        (
            "Add(SlideWindowStd[all](Affine[a](x0)), SlideWindowStd[all](Affine[b](x2)))",
            "SlideWindowStd[all](Affine[ab](x0 + x2))",
        ),
        (
            f"MapPrefix(Add({A}, {B}))",
            "MapPrefix(SlideWindowAvg[5](Affine[ab](x0 + 2*x2 - 2)))",
        ),
        (
            f"Add(MapPrefix({A}), MapPrefix({B}))",
            "MapPrefix(SlideWindowAvg[5](Affine[ab](x0 + 2*x2 - 2)))",
        ),
        (
            "Fold(Add(Affine[a](x0 + 0.5*previous), Affine[b](x2 + 0.25*previous)))",
            "Fold(Affine[ab](x0 + x2 + 0.75*previous))",
        ),
        # There is no group of x0 and x3 alone, and a larger one could be fitted to more.
        (
            f"Add({A}, SlideWindowAvg[5](Affine[c](x3)))",
            "SlideWindowAvg[5](Add(Affine[a](x0 + 1), Affine[c](x3)))",
        ),
        # Another window, and statistics of values that are no mean, are read as they are.
        (f"Add({A}, {STD})", f"Add({A}, {STD})"),
        (f"Add({MAX}, {MAX})", f"Add({MAX}, {MAX})"),
    ],
)
def test_what_is_read_in_one_way_is_read_once(text, expected):
    program = short(text)
    assert program.to_text(width=None) == expected
    # It is of the grammar, and so is read back.
    assert Program.parse(expected, GRAMMAR).to_text(width=None) == expected


def test_a_grammar_without_the_sum_keeps_the_readers():
    text = f"Add({A}, SlideWindowAvg[5](Affine[c](x3)))"
    without = [p for p in GRAMMAR.productions if p != Add(ATOM_TO_ATOM)]
    assert short(text, Grammar(tuple(without))).to_text(width=None) == text


def test_a_program_gets_no_deeper():
    text = f"Add(Add({A}, {STD}), SlideWindowAvg[5](Affine[c](x3)))"
    assert short(text).to_text(width=None) == text


@QUICK
@given(st.data())
def test_values_agree(data):
    grammar = data.draw(strategies.grammars())
    one = data.draw(strategies.programs(grammar))
    expression = one.expression
    if data.draw(st.booleans()):
        of = (expression.signature, expression.width, 0)
        other = data.draw(
            strategies.expressions(grammar, *of, max_depth=3, n_features=one.n_features)
        )
        expression = type(expression)(
            Add(expression.signature), expression.width, 0, (expression, other), {}
        )
    program = one.with_expression(expression)
    X = [np.array(frames) for frames in data.draw(strategies.sequences(program.n_features))]
    allowed = {*grammar.productions, Add(expression.signature)}
    for new in (joined(expression, allowed), joined_to_read(expression)):
        assert new.n_productions <= expression.n_productions
        assert new.depth <= expression.depth
        with np.errstate(all="ignore"):
            before, after = program(X), program.with_expression(new)(X)
        moderate = np.isfinite(before) & (np.abs(before) < 1e6)
        np.testing.assert_allclose(after[moderate], before[moderate], rtol=1e-9, atol=1e-9)
    made_of = {node.production for _, node in joined(expression, allowed).walk()}
    assert made_of <= allowed


@QUICK
@given(st.data())
def test_sums_of_readers_agree_and_are_read_once(data):
    n = data.draw(st.integers(2, 5))
    sizes = st.floats(-4, 4, allow_subnormal=False)
    parts = []
    for _ in range(n):
        reader = data.draw(st.sampled_from(["SlideWindowAvg[5]", "SlideWindowStd[all]"]))
        group = data.draw(st.sampled_from(["a", "b", "c", "ab"]))
        columns = GRAMMAR.feature_groups[group]
        terms = " + ".join(f"{abs(data.draw(sizes))!r}*x{column}" for column in columns)
        parts.append(f"{reader}(Affine[{group}]({terms} + 1))")
    text = parts[0]
    for part in parts[1:]:
        text = f"Add({text}, {part})"
    program = Program.parse(text, GRAMMAR)
    new = short(text)
    X = np.random.default_rng(0).normal(size=(4, 9, 4))
    np.testing.assert_allclose(new(X), program(X), rtol=1e-9, atol=1e-9)
    leaves = [node for _, node in new.expression.walk() if isinstance(node.production, Affine)]
    assert len(leaves) <= 2 * len({part.split("(")[0] for part in parts})
    again = Program.parse(new.to_text(17), GRAMMAR)
    np.testing.assert_allclose(again(X), program(X), rtol=1e-9, atol=1e-9)


def test_simplify_joins_what_its_own_groups_allow():
    program = Program.parse(f"Add({A}, SlideWindowAvg[5](Affine[ab](x0 - x1)))", GRAMMAR)
    X = np.random.default_rng(0).normal(size=(20, 9, 4))
    found = program.simplify(X).program
    assert found.expression.skeleton() in (
        "SlideWindowAvg[5](Affine[ab])",
        "SlideWindowAvg[5](Affine[a])",
    )
    kept = Program.parse(f"Add({A}, SlideWindowAvg[5](Affine[c](-x3)))", GRAMMAR)
    assert "Affine[ab]" not in str(kept.simplify(X).program)


def test_sentences_tell_of_one_part():
    program = Program.parse(f"Add({A}, SlideWindowAvg[5](Affine[c](-x3)))", GRAMMAR)
    text = program.describe(np.random.default_rng(0).normal(size=(20, 9, 4)))
    assert "parts" not in text
    assert "more x0" in text
    assert "less x3" in text


def test_fits_give_joined_programs():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    X = rng.normal(size=(60, 9, 2)) + 0.5 * y[:, None, None]
    grammar = Grammar.paper({"a": [0], "b": [1]})
    clf = ProgramClassifier(grammar=grammar, search=SumsOfReaders(), random_state=0).fit(X, y)
    shapes = [record.program.expression.skeleton() for record in clf.programs_]
    assert any("(Add(Affine[a], Affine[b]))" in shape for shape in shapes)
    for record in clf.programs_:
        expression = record.program.expression
        assert joined(expression, grammar.productions).skeleton() == expression.skeleton()
        assert record.cost == expression.cost
