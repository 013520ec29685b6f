"""Derivations against what splitting the whole graph gives."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    ATOM_TO_ATOM,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Affine,
    Constant,
    Fold,
    Input,
    Multiply,
    SlideWindowAvg,
    count_programs,
)
from sklearn_dpads.graph import describe, lowest_cost, split_all
from sklearn_dpads.search.derivations import Derivations

from ..graph.build import (
    DEFAULT,
    TINY,
    WITH_CHOICE,
    space,
)
from ..user_functions import BLEND

ORDERED = Grammar((SlideWindowAvg(5), Fold(), BLEND, Affine("a", (0,)), Constant()))
WITH_INPUT = Grammar((Fold(), Multiply(), Affine("b", (1,)), Constant(), Input()))
SPACES = {
    "sums": (TINY, LIST_TO_ATOM, 1, 4),
    "choices": (WITH_CHOICE, LIST_TO_ATOM, 1, 3),
    "wide choices": (WITH_CHOICE, LIST_TO_ATOM, 2, 3),
    "input fits": (WITH_INPUT, LIST_TO_ATOM, 2, 3),
    "frames": (DEFAULT, LIST_TO_LIST, 1, 3),
    "user's own": (ORDERED, LIST_TO_ATOM, 1, 3),
}


@pytest.mark.parametrize("name", SPACES)
def test_every_program_comes_once_the_cheapest_first(name):
    grammar, signature, width, max_depth = SPACES[name]
    n_features = grammar.min_features
    empty = space(grammar, signature, n_outputs=width, depth=0, max_depth=max_depth)
    costs, names = [], []
    derivations = Derivations(grammar, n_features)
    for cost, derivation in derivations.by_cost(signature, width=width, max_depth=max_depth):
        graph = derivation.graph(empty)
        assert lowest_cost(graph) == cost
        costs.append(cost)
        names.append(describe(graph))
    whole = space(grammar, signature, n_outputs=width, max_depth=max_depth)
    assert sorted(names) == sorted(describe(graph) for graph in split_all(whole))
    assert costs == sorted(costs)
    assert len(names) == count_programs(
        grammar, signature, max_depth=max_depth, n_outputs=width, n_features=n_features
    )


@pytest.mark.parametrize(
    ("n_features", "width", "fits"), [(1, 1, True), (4, 4, True), (4, 1, False)]
)
def test_the_count_knows_whether_the_frame_itself_fits(n_features, width, fits):
    derivations = Derivations(TINY, n_features)
    found = [d for _, d in derivations.by_cost(LIST_TO_ATOM, width=width, max_depth=3)]
    assert any(arg.production == Input() for d in found for arg in d.args) == fits
    assert len(found) == count_programs(
        TINY, LIST_TO_ATOM, max_depth=3, n_outputs=width, n_features=n_features
    )


@pytest.mark.parametrize("n_features", [0, 2.0])
def test_a_frame_has_a_positive_number_of_features(n_features):
    with pytest.raises(ValueError, match="^n_features must be a positive integer; got "):
        count_programs(TINY, LIST_TO_ATOM, max_depth=2, n_features=n_features)


def test_in_every_place_all_productions_that_can_finish_are_as_likely():
    derivations, rng = Derivations(DEFAULT, 3), np.random.default_rng(0)
    drawn = [derivations.draw(LIST_TO_ATOM, width=1, max_depth=3, rng=rng) for _ in range(4000)]
    roots = Counter(d.production.label for d in drawn)
    expected = {p.label for p in DEFAULT.of(LIST_TO_ATOM)}
    assert set(roots) == expected
    assert all(abs(n / 4000 - 1 / len(expected)) < 0.03 for n in roots.values())
    windows = Counter(
        d.args[0].production.label for d in drawn if d.production == SlideWindowAvg(5)
    )
    total = sum(windows.values())
    assert set(windows) == {
        p.label
        for p in derivations.grammar.candidates(ATOM_TO_ATOM, width=1, n_features=3, depth=2)
    }
    assert all(abs(n / total - 1 / len(windows)) < 0.05 for n in windows.values())
