"""Searches among programs with temporal filters."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier, Grammar, Program, ProgramClassifier
from sklearn_dpads.engine import Schedule, from_expression, initialize
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST, TemporalFilter
from sklearn_dpads.graph import derivation_graph, discrete_graph
from sklearn_dpads.search import NEAR, Enumerate, RandomPrograms, SumsOfReaders
from sklearn_dpads.search.linear_programs import linear_leaves
from sklearn_dpads.search.neighbours import Neighbourhood
from sklearn_dpads.search.sums import summands

from ..brief import dpads

READERS = Grammar.paper({"a": [0], "b": [1]}, windows=(5, None), value_windows=())
GRAMMAR = READERS.with_production(TemporalFilter(7), TemporalFilter(9))
PLAIN = GRAMMAR.without("Fold", "ITE")


def parse(text):
    return Program.parse(text, GRAMMAR).expression


def oscillations(n, seed=0):
    """Classes told by a rate alone; phases are the same for both, and so is the level."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    phase = rng.normal(scale=0.5, size=(n, 1))
    wave = np.cos(np.where(y, 1.5, 0.6)[:, None] * (np.arange(24) - 19) + phase)
    X = np.stack([wave, rng.normal(size=(n, 24))], axis=2)
    return 10 * (X + rng.normal(scale=0.3, size=X.shape)) + 50, np.where(y, "fast", "slow")


def test_an_oscillation_is_recovered():
    X, y = oscillations(200)
    # The mean of all frames hardly tells the rates apart.
    grammar = Grammar.paper({"a": [0], "b": [1]}, windows=(None,), value_windows=())
    grammar = grammar.with_production(TemporalFilter(9)).without("Fold", "ITE", "Multiply")
    search = dpads(max_iter=8, n_folds=2, fit_steps=60, final_steps=100)
    clf = DPadsClassifier(grammar=grammar, max_depth=2, random_state=0, search=search)
    clf.fit(X[:100], y[:100])
    frequency = clf.program_.expression.params["frequency"].item()
    assert min(abs(frequency - rate) for rate in (0.6, 1.5)) < 0.2
    assert clf.score(X[100:], y[100:]) > 0.9
    without = grammar.without("TemporalFilter")
    plain = DPadsClassifier(grammar=without, max_depth=2, random_state=0, search=search)
    assert plain.fit(X[:100], y[:100]).score(X[100:], y[100:]) < 0.7
    # What is fitted to scaled frames is the same program over raw ones.
    scored = clf.program_(X)[:, 0]
    np.testing.assert_array_equal(scored > 0, clf.predict(X) == clf.classes_[1])


@pytest.mark.parametrize(
    "search",
    [NEAR(max_expansions=4), Enumerate(), RandomPrograms(n_programs=6)],
    ids=lambda search: type(search).__name__,
)
def test_other_searches_take_it(search):
    X, y = oscillations(60)
    grammar = Grammar.paper({"a": [0]}, windows=(), value_windows=())
    grammar = grammar.with_production(TemporalFilter(7)).without("Fold", "ITE", "Multiply")
    clf = ProgramClassifier(grammar=grammar, search=search, max_depth=2, random_state=0)
    clf.fit(X, y)
    assert "TemporalFilter[7](" in str(clf.program_)
    assert clf.score(X, y) > 0.7


def test_frames_are_labelled_by_it():
    X, y = oscillations(20)
    labels = [np.repeat(label, 24) for label in y]
    grammar = PLAIN.without("Multiply", "SlideWindowAvg", "Map")
    clf = DPadsFrameClassifier(
        grammar=grammar, max_depth=3, random_state=0, search=dpads(max_iter=1)
    )
    clf.fit(list(X), labels)
    assert "MapPrefix(TemporalFilter" in clf.program_.expression.skeleton()
    assert np.isfinite(clf.program_(X)).all()


def test_it_is_not_linear_in_its_parameters():
    reader = "SlideWindowAvg[5](Affine[a](x0))"
    of_filter = "TemporalFilter[7](Affine[a](x0), frequency=1, spread=2)"
    assert linear_leaves(parse(reader)) is not None
    assert linear_leaves(parse(of_filter)) is None
    assert linear_leaves(parse(f"Add({reader}, {of_filter})")) is None
    for signature in (LIST_TO_ATOM, LIST_TO_LIST):
        found = {s.readers[-1].symbol for s in summands(GRAMMAR, signature)}
        assert "SlideWindowAvg" in found
        assert "TemporalFilter" not in found
    X, y = oscillations(60)
    sums = ProgramClassifier(grammar=GRAMMAR, search=SumsOfReaders(), random_state=0).fit(X, y)
    assert "TemporalFilter" not in str(sums.program_)


def edits_of(text):
    expression = parse(text)
    found = Neighbourhood(GRAMMAR, 2, expression.depth, np.random.default_rng(0)).of(expression)
    return {edited.skeleton(): edited for edited, _ in found}


def test_edits_exchange_it_with_readers_and_change_its_window():
    found = edits_of("TemporalFilter[7](Affine[a](x0), frequency=0.9, spread=2.5)")
    assert "SlideWindowAvg[5](Affine[a])" in found
    wider = found["TemporalFilter[9](Affine[a])"]
    assert wider.params["frequency"] == 0.9
    assert wider.params["spread"] == 2.5
    assert wider.args[0].params["weight"] == 1
    fresh = edits_of("SlideWindowAvg[5](Affine[a](x0))")["TemporalFilter[7](Affine[a])"]
    for name, (low, high) in TemporalFilter(7).parameter_ranges.items():
        assert low <= fresh.params[name].item() <= high
    assert "Fold(Affine[a])" in found
    of_lists = Program.parse("Map(Affine[a](x0))", GRAMMAR).expression
    found = Neighbourhood(GRAMMAR, 2, 3, np.random.default_rng(0)).of(of_lists)
    assert "MapPrefix(TemporalFilter[7](Affine[a]))" in {e.skeleton() for e, _ in found}


def test_filters_need_no_frames_in_training():
    graph = derivation_graph(PLAIN, LIST_TO_LIST, n_features=2, n_outputs=1, depth=3, max_depth=3)
    assert not Schedule([graph]).plan.needs_frames


def test_a_program_is_the_same_in_a_forest_and_with_fresh_values():
    expression = parse("TemporalFilter[7](Affine[a](x0), frequency=0.9, spread=2.5)")
    graph = discrete_graph(expression, GRAMMAR, 2)
    parameters = from_expression(graph, expression)
    assert initialize(graph, 3, parameters).theta[graph.root, "TemporalFilter[7]"] == {
        "frequency": 0.9,
        "spread": 2.5,
    }
    one, other = (initialize(graph, seed).theta[graph.root, "TemporalFilter[7]"] for seed in (0, 1))
    assert one["frequency"] != other["frequency"]
