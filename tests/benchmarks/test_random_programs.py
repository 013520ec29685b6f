"""The random programs of the recovery benchmark: well-typed, balanced, nothing in vain."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from benchmarks._random_programs import (
    draw_sequences,
    needs_all_its_parts,
    productions,
    random_programs,
    shrunken,
    tells_apart,
)
from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import LIST_TO_ATOM, SlideWindowAvg

GRAMMAR = Grammar.paper({"a": [0, 1], "b": [2, 3], "c": [4, 5]})
X = draw_sequences(GRAMMAR, 400, 20, random_state=0)


@pytest.fixture(scope="module")
def drawn() -> list[Program]:
    return list(islice(random_programs(GRAMMAR, X, max_depth=3, seed=0), 12))


def texts(programs: list[Program]) -> list[str]:
    return [program.to_text(precision=17) for program in programs]


def test_they_are_programs_of_the_grammar(drawn):
    for program in drawn:
        assert program.expression.signature == LIST_TO_ATOM
        assert (program.n_features, program.n_outputs) == (6, 1)
        again = Program.parse(program.to_text(precision=17), GRAMMAR, n_features=6)
        assert_array_equal(again(X), program(X))


def test_depths_are_two_and_three(drawn):
    assert {program.depth for program in drawn} == {2, 3}


def test_both_signs_are_frequent_and_values_moderate(drawn):
    for program in drawn:
        values = program(X)[:, 0]
        assert 0.25 <= np.mean(values > 0) <= 0.75
        assert np.abs(values).max() <= 1e3


def test_no_smaller_program_within_stands_in(drawn):
    for program in drawn:
        signs = program(X) > 0
        for smaller in shrunken(program.expression):
            assert np.mean((program.with_expression(smaller)(X) > 0) != signs) >= 0.05


def test_all_are_of_different_productions(drawn):
    assert len({productions(program.expression) for program in drawn}) == len(drawn)


def test_the_seed_determines_them_however_many_are_taken(drawn):
    fewer = list(islice(random_programs(GRAMMAR, X, max_depth=3, seed=0), 4))
    assert texts(fewer) == texts(drawn[:4])
    others = list(islice(random_programs(GRAMMAR, X, max_depth=3, seed=1), 4))
    assert not set(texts(others)) & set(texts(fewer))


def test_recurrences_fade():
    grammar = Grammar.paper({"a": [0, 1]}).without("SlideWindowAvg", "ITE")
    frames = draw_sequences(grammar, 100, 20, random_state=0)
    programs = list(islice(random_programs(grammar, frames, max_depth=3, seed=0), 2))
    norms = [
        np.linalg.norm(node.params["recurrent"], ord=2)
        for program in programs
        for _, node in program.expression.walk()
        if "recurrent" in node.params
    ]
    assert 0 < max(norms) <= 0.9


def test_it_ends_where_there_are_no_more():
    grammar = Grammar.parse("""
        list->atom ::= Fold(atom->atom) | SlideWindowAvg[5](atom->atom)
        atom->atom ::= Affine[a]
        Affine[a] = {0, 1}
    """)
    frames = draw_sequences(grammar, 100, 10, random_state=0)
    with pytest.raises(ValueError, match="2 were found. Ask for fewer or for deeper"):
        list(random_programs(grammar, frames, max_depth=2, seed=0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SlideWindowAvg[all](Affine[a](x0))", True),
        ("SlideWindowAvg[all](Affine[a](x0 + 4))", False),
        ("SlideWindowAvg[all](Affine[a](3000*x0))", False),
        ("Fold(Affine[a](x0 + 9*previous), initial=0)", False),
    ],
)
def test_tells_apart(text, expected):
    assert tells_apart(Program.parse(text, GRAMMAR, n_features=6), X) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SlideWindowAvg[all](Add(Affine[a](x0), Affine[b](x2)))", True),
        ("SlideWindowAvg[all](Add(Affine[a](x0), Affine[b](0.001*x2)))", False),
        ("SlideWindowAvg[all](Add(Affine[a](x0), Affine[a](x1)))", False),
        ("SlideWindowAvg[all](Add(Affine[a](x0), Constant(0.5)))", False),
        ("SlideWindowAvg[all](Multiply(Constant(-2), Affine[a](x0)))", False),
        ("SlideWindowAvg[all](Multiply(Affine[a](x0), Affine[a](x1)))", True),
        ("SlideWindowAvg[5](if Affine[a](x0) >= 0: Affine[b](x2) else: Constant(-1))", True),
        ("SlideWindowAvg[5](if Constant(1) >= 0: Affine[b](x2) else: Constant(-1))", False),
    ],
)
def test_needs_all_its_parts(text, expected):
    assert needs_all_its_parts(Program.parse(text, GRAMMAR, n_features=6), X) == expected


@pytest.mark.parametrize(
    ("body", "equal"),
    [("Affine[a](x0)", True), ("Multiply(Affine[a](x0), Affine[a](x1))", False)],
)
def test_productions_of_windows_that_are_always_equal(body, equal):
    windows = [SlideWindowAvg(5), SlideWindowAvg(5, "values")]
    grammar = GRAMMAR.without("SlideWindowAvg").with_production(*windows)
    of_frames, of_values = (
        Program.parse(f"{window.label}({body})", grammar, n_features=6) for window in windows
    )
    assert np.allclose(of_frames(X), of_values(X)) == equal
    assert (productions(of_frames.expression) == productions(of_values.expression)) == equal


def test_sequences_are_those_that_programs_label():
    assert X.shape == (400, 20, 6)
    assert_array_equal(X, draw_sequences(GRAMMAR, 400, 20, random_state=0))
    assert (draw_sequences(GRAMMAR, 400, 20, random_state=1) != X).all()
