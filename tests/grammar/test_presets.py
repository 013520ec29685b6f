"""The grammars of the paper's benchmarks."""

from __future__ import annotations

import pytest

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST

SIZES = {
    "crim13": (19, 7, 19),
    "flyvfly": (29, 5, 12),
    "basketball": (22, 3, 22),
    "sk152": (75, 3, 75),
}


@pytest.mark.parametrize("name", SIZES)
def test_feature_groups_are_disjoint_and_of_the_papers_size(name):
    grammar = Grammar.preset(name)
    columns = [i for group in grammar.feature_groups.values() for i in group]
    assert len(columns) == len(set(columns))
    assert (grammar.min_features, len(grammar.feature_groups), len(columns)) == SIZES[name]


@pytest.mark.parametrize("name", SIZES)
def test_windows(name):
    grammar = Grammar.preset(name)
    sliding = [p for p in grammar.of(LIST_TO_ATOM) if p.symbol == "SlideWindowAvg"]
    causal = {p.window for p in sliding}
    centred = {p.window for p in grammar.of(LIST_TO_LIST) if p.symbol == "CenteredWindowAvg"}
    assert causal == {5, 10, 5 // 2 + 1, 11 // 2 + 1}
    assert {p.of for p in sliding} == {"frames"}
    assert centred == {5, 11}


def test_joints_of_sk152_are_triples():
    groups = Grammar.preset("sk152").feature_groups
    assert groups["arms"] == tuple(range(6, 24))
    assert groups["legs"] == (*range(24, 45), *range(57, 75))
    assert groups["face"] == (*range(6), *range(45, 57))


def test_the_groups_of_crim13():
    assert Grammar.preset("crim13").feature_groups["angle"] == (6, 7, 10)


def test_an_unknown_name_is_refused():
    message = "^'mnist' is not a preset; known are crim13, flyvfly, basketball, sk152.$"
    with pytest.raises(ValueError, match=message):
        Grammar.preset("mnist")
