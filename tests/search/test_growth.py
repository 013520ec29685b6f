"""Sums that relaxed graphs find, one summand after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier, Grammar
from sklearn_dpads.program import Expression
from sklearn_dpads.search import DPads, GrowthSettings, LocalSearch, SumSettings, cross_fit
from sklearn_dpads.search.found import trials_of, valued
from sklearn_dpads.search.growth import RELAXED_SUMMANDS, Growth

from .problem import GRAMMAR, TINY, make_log, make_problem, make_sequences

SUMS = Grammar.paper({"a": [0], "b": [1], "c": [2]}, windows=(5, None))
ALONE = {"sums": SumSettings(max_summands=0), "local_search": LocalSearch(max_refinements=0)}


def two_means(n_samples=160):
    """Whether two features are large together on average: one alone tells less."""
    data = make_sequences(n_samples)
    means = data.frames.sum(1) / data.lengths[:, None]
    return (means[:, 0] + means[:, 1] > 0).astype(np.int64)


def beginning(grammar=SUMS, *, n_samples=160, **settings):
    problem = make_problem(n_samples=n_samples, codes=two_means(n_samples), n_folds=3)
    problem = replace(problem, grammar=grammar)
    reader = next(p for p in grammar.productions if p.label == "SlideWindowAvg[all]")
    terminal = next(p for p in grammar.productions if p.label == "Affine[a]")
    log = make_log()
    expression = _reader_of(reader, terminal)
    (one,) = cross_fit(problem, trials_of(problem, [valued(problem, expression)], "a test"), log)
    growth_settings = GrowthSettings(max_summands=2, most_depth=2, **settings)
    search = DPads(max_iter=40, prune_iter=10, split_iter=10)
    rng = np.random.default_rng(0)
    return problem, one, Growth(growth_settings, search, problem, problem, log, rng), log


def _reader_of(reader, terminal):
    shapes = terminal.parameter_shapes(1, 0)
    params = {name: np.zeros(shape) for name, shape in shapes.items()}
    return Expression(reader, 1, 0, (Expression(terminal, 1, 0, (), params),), {})


def test_the_summand_that_is_missing_is_found():
    _, one, growth, log = beginning()
    growth.run([one])
    best = min(growth.found, key=lambda program: program.loss)
    assert best.loss < 0.7 * one.loss
    assert "Affine[a]" in best.expression.skeleton()
    assert "Affine[b]" in best.expression.skeleton()
    assert {program.fitted.found_by for program in growth.found} == {RELAXED_SUMMANDS}
    # Rounds of the graph of all programs stay by themselves in the history.
    assert {event["phase"] for event in log.events} == {"choose", "grow"}


def test_it_ends_where_nothing_is_brought():
    _, one, growth, log = beginning(least_gain=1.0, patience=2)
    growth.run([one])
    grown = [event for event in log.events if event["phase"] == "grow"]
    assert [event["depth"] for event in grown] == [2, 2]


@pytest.mark.parametrize("grammar", [GRAMMAR, SUMS.without("Affine[a]")], ids=["no sums", "other"])
def test_what_the_grammar_cannot_say_is_not_grown(grammar):
    problem, one, growth, _ = beginning()
    growth.relaxed = replace(problem, grammar=grammar)
    growth.run([one])
    assert growth.found == []


def test_searches_grow_where_they_are_told_to():
    X, y = make_sequences(60).frames, two_means(60)
    grow = GrowthSettings(max_summands=1, most_depth=2, max_iter=3, prune_iter=1, split_iter=1)
    histories = [
        DPadsClassifier(
            grammar=SUMS,
            search=DPads(max_iter=2, prune_iter=1, split_iter=1, growth=growth, **ALONE),
            max_depth=3,
            random_state=0,
        )
        .fit(X, y)
        .search_history_
        for growth in (GrowthSettings(), grow)
    ]
    without, with_growth = ({event["phase"] for event in of} for of in histories)
    assert "grow" not in without
    assert with_growth == without | {"grow"}


def test_the_greatest_depth_bounds_the_first():
    _, one, growth, log = beginning(least_depth=4, least_gain=1.0)
    growth.run([one])
    depths = {event["depth"] for event in log.events if event["phase"] == "grow"}
    assert depths == {2}


@pytest.mark.parametrize("max_depth", [2, 3, 4])
def test_no_sum_is_deeper_than_it_may_be(max_depth):
    problem, one, growth, _ = beginning()
    growth.problem = replace(problem, max_depth=max_depth)
    growth.settings = GrowthSettings(max_summands=2, least_depth=3, most_depth=4)
    growth.run([one])
    assert bool(growth.found) == (max_depth > 2)
    assert all(program.expression.depth <= max_depth for program in growth.found)


def test_settings_are_checked_and_few_sequences_do_no_harm():
    with pytest.raises(ValueError, match="max_summands must be an integer of at least 0"):
        GrowthSettings(max_summands=-1).check()
    _, one, growth, _ = beginning(n_samples=TINY["n_samples"])
    growth.run([one])
    assert all(np.isfinite(program.loss) for program in growth.found)
