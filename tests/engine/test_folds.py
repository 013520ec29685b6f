"""Each of several outputs sees its own accumulator, unless a grammar asks for more."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program, ProgramClassifier
from sklearn_dpads.engine import Schedule, from_expression, to_expression
from sklearn_dpads.grammar import LIST_TO_ATOM, Affine, Fold
from sklearn_dpads.graph import derivation_graph
from sklearn_dpads.program import Expression
from sklearn_dpads.search import Enumerate

GROUP = Affine("all", (0, 1))
OWN, MIXED = (Grammar((Fold(mixed=mixed), GROUP)) for mixed in (False, True))
TEXT = "Fold(Affine[all](a: x0 + 0.5*previous, b: x1, c: 0.25*previous - 1))"


def graph_of(grammar, n_outputs=3):
    return derivation_graph(
        grammar, LIST_TO_ATOM, n_features=2, n_outputs=n_outputs, depth=2, max_depth=2
    )


def expression(grammar, recurrent):
    rng = np.random.default_rng(0)
    width = len(recurrent)
    params = {"weight": rng.normal(size=(width, 2)), "bias": rng.normal(size=width)}
    body = Expression(GROUP, width, width, params={**params, "recurrent": recurrent})
    (fold,) = (p for p in grammar.productions if isinstance(p, Fold))
    return Expression(fold, width, args=(body,), params={"initial": np.zeros(width)})


@pytest.mark.parametrize(("grammar", "seen"), [(OWN, np.eye(3)), (MIXED, np.ones((3, 3)))])
def test_what_outputs_see_is_all_that_a_fit_changes(grammar, seen):
    graph = graph_of(grammar)
    known = from_expression(graph, expression(grammar, np.full((3, 3), 0.5)))
    schedule = Schedule([graph])
    packed = schedule.pack([known])
    (back,) = schedule.packer.unpack(packed)
    recurrent = to_expression(graph, back).args[0].params["recurrent"]
    assert_allclose(recurrent, 0.5 * seen)
    free = schedule.packer.masks()["free3"]
    assert free.sum() == 3 * (2 + 1) + seen.sum()


def make_data():
    rng = np.random.default_rng(0)
    codes = np.arange(24) % 3
    X = rng.normal(size=(24, 5, 2)) + np.array([[2.0, 0], [0, 2.0], [-1.5, -1.5]])[codes][:, None]
    return X, np.array(["a", "b", "c"])[codes]


@pytest.mark.parametrize("grammar", [OWN, MIXED])
def test_a_search_finds_folds_of_the_kind_that_is_asked_for(grammar):
    X, y = make_data()
    search = Enumerate(fit_steps=10, final_steps=20, n_folds=2, fresh_starts=1)
    clf = ProgramClassifier(grammar=grammar, search=search, max_depth=2, random_state=0).fit(X, y)
    recurrent = clf.program_.expression.args[0].params["recurrent"]
    is_mixed = grammar is MIXED
    assert bool((recurrent != np.diag(np.diag(recurrent))).any()) == is_mixed
    assert ("previous[" in str(clf.program_)) == is_mixed
    read = Program.parse(str(clf.program_), OWN, n_features=2, classes=clf.program_.classes)
    assert read.expression.skeleton() == clf.program_.expression.skeleton()
    again = clf.refit(X, y, read)
    assert again.program_.expression.skeleton() == read.expression.skeleton()


def test_two_classes_have_one_accumulator_and_the_same_program_either_way():
    X, y = make_data()
    y = np.where(y == "a", "a", "b")
    search = Enumerate(fit_steps=10, final_steps=20, n_folds=2, fresh_starts=1)
    found = [
        ProgramClassifier(grammar=g, search=search, max_depth=2, random_state=0).fit(X, y)
        for g in (OWN, MIXED)
    ]
    assert str(found[0].program_) == str(found[1].program_)


def test_texts_and_files_of_before_are_read_as_they_are():
    program = Program.parse(TEXT, OWN, classes="abc")
    assert program.expression.production == Fold()
    assert str(program) == TEXT
    mixed = Program.parse(TEXT.replace("b: x1", "b: x1 + 0.1*previous[a]"), OWN, classes="abc")
    assert mixed.expression.production == Fold(mixed=True)
    X = make_data()[0]
    for written in (program, mixed):
        data = json.loads(written.to_json())
        assert Program.from_json(json.dumps(data)).expression.production == (
            written.expression.production
        )
        data["expression"]["production"].pop("mixed", None)
        old = Program.from_json(json.dumps(data))
        assert old.expression.production == written.expression.production
        assert_allclose(old(X), written(X))


def test_a_grammar_has_one_kind_and_says_which():
    for grammar, word in ((OWN, "Fold(atom->atom)"), (MIXED, "Fold[mixed](atom->atom)")):
        assert word in str(grammar)
        assert Grammar.parse(str(grammar)) == grammar
    with pytest.raises(ValueError, match=r"has Fold and Fold\[mixed\]"):
        Grammar((Fold(), Fold(mixed=True), GROUP))
    with pytest.raises(ValueError, match="mixed must be True or False"):
        Fold(mixed="yes")
