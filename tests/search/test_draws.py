"""Edits are drawn before they are described: which there are, and which come first."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy import stats

from sklearn_dpads import Grammar, Program
from sklearn_dpads.engine import to_expression
from sklearn_dpads.search import DraftSettings, changes, drafts, fresh_trial
from sklearn_dpads.search.drafts import Drafter
from sklearn_dpads.search.lazy import Chosen, Joined, Made
from sklearn_dpads.search.neighbours import Neighbourhood

from .problem import TINY, make_problem

SMALL = Grammar.paper({"a": [0], "b": [1]}, windows=(5, None), value_windows=()).without(
    "Fold", "ITE", "Input"
)
TEXT = "SlideWindowAvg[5](Affine[a](x0))"


def parse(text, grammar, n_features):
    return Program.parse(text, grammar, n_features=n_features).expression


def plain(*parts):
    """The one order of the parts of a sum or a product."""
    return ", ".join(sorted(parts))


def neighbours_of_text():
    """What every edit makes of the text, written out."""
    terminals = ["Affine[a]", "Affine[b]", "Constant"]
    leaves = [*terminals]
    for join, terminal in product(["Add", "Multiply"], terminals):
        leaves.append(f"{join}({plain('Affine[a]', terminal)})")
    for pair in combinations_with_replacement(["Affine[a]", "Affine[b]"], 2):
        leaves.append(f"Add({plain('Affine[a]', f'Multiply({plain(*pair)})')})")
    found = ["SlideWindowAvg[all](Affine[a])"]
    for join, window, terminal in product(["Add", "Multiply"], ["5", "all"], terminals):
        reader = f"SlideWindowAvg[{window}]({terminal})"
        found.append(f"{join}({plain('SlideWindowAvg[5](Affine[a])', reader)})")
    return found + [f"SlideWindowAvg[5]({leaf})" for leaf in leaves]


def test_the_edits_are_those_of_a_description_of_all():
    expression = parse(TEXT, SMALL, 2)
    edits = Neighbourhood(SMALL, 2, 4, np.random.default_rng(0)).edits(expression)
    assert len(edits) == 25
    made = Counter(edit.apply(expression).skeleton() for edit in edits)
    assert made == Counter(neighbours_of_text())


def test_an_edit_is_the_same_each_time_that_it_is_described():
    expression = parse(TEXT, SMALL, 2)
    edits = Neighbourhood(SMALL, 2, 4, np.random.default_rng(0)).edits(expression)
    for i, edit in enumerate(edits):
        again = edits[i]
        assert (again.path, again.seed, again.brings) == (edit.path, edit.seed, edit.brings)
        one, other = (str(Program(e.apply(expression), n_features=2)) for e in (edit, again))
        assert one == other


def test_edits_that_are_not_drawn_are_not_described(monkeypatch):
    described = []
    for name in ("put", "in_place", "joined_to", "both", "plus_product", "one_of"):
        monkeypatch.setattr(changes, name, counting(getattr(changes, name), described))
    grammar = Grammar.paper(300)
    group = next(iter(grammar.feature_groups))
    expression = parse(f"SlideWindowAvg[5](Affine[{group}](x0))", grammar, 300)
    edits = Neighbourhood(grammar, 300, 4, np.random.default_rng(0)).edits(expression)
    assert len(edits) > 1000
    assert not described
    for i in range(0, 1000, 100):
        edits[i].apply(expression)
    assert len(described) <= 10


def counting(function, calls):
    def counted(*args):
        calls.append(function)
        return function(*args)

    return counted


def draws(n_draws):
    """The order in which the edits of a program are carried out, by their numbers, and which."""
    problem = make_problem(**TINY)
    drafter = Drafter(problem, DraftSettings(n_combined=5), np.random.default_rng(0))
    origin = parse(TEXT, problem.grammar, 3)
    plans = drafter._plans(None, origin, lambda expression: expression)
    number_of = {plan.edit.seed: i for i, plan in enumerate(plans)}
    carried_out = []
    drafter.neighbourhood.made = lambda _, edit: carried_out.append(number_of[edit.seed])
    for seed in range(n_draws):
        drafter.rng = np.random.default_rng(seed)
        assert list(drafter.drafts(plans, lambda e, size: True)) == []
    return np.reshape(carried_out, (n_draws, len(plans)))


def test_every_edit_is_drawn_once():
    for order in draws(20):
        assert sorted(order) == list(range(len(order)))


@pytest.mark.parametrize("place", [0, 1, -1], ids=["first", "second", "last"])
def test_every_edit_is_as_likely_as_any_other(place):
    drawn = draws(1500)
    counts = np.bincount(drawn[:, place], minlength=drawn.shape[1])
    assert stats.chisquare(counts).pvalue > 0.01


def test_lazy_sequences_are_as_lists():
    twice = Made([1, 2, 3], lambda i: 2 * i)
    joined = Joined([twice, [], [7], Chosen(twice, [2, 0]), []])
    assert list(joined) == [2, 4, 6, 7, 6, 2]
    assert [joined[i] for i in range(len(joined))] == list(joined)
    assert joined[-1] == 2
    assert joined[1:4] == [4, 6, 7]
    assert list(Joined([])) == []
    with pytest.raises(IndexError):
        joined[6]


def shallowest(drafter, wanted=lambda e: True):
    drafts = drafter.shallowest(wanted)
    return [to_expression(draft.graph, draft.start).skeleton() for draft in drafts]


def test_of_very_many_programs_of_the_least_depth_some_are_drawn(monkeypatch):
    drafter = Drafter(make_problem(**TINY), DraftSettings(), np.random.default_rng(0))
    every = shallowest(drafter)
    assert len(set(every)) == len(every) > 4
    before = drafter.rng.bit_generator.state
    monkeypatch.setattr(drafts, "_MANY_SHALLOW", 12)
    monkeypatch.setattr(drafts, "_SHALLOW_DRAWN", 4)
    some = shallowest(drafter)
    assert len(set(some)) == len(some) == 4
    assert set(some) < set(every)
    assert shallowest(drafter) == some
    # Other draws are the same, however many programs there are.
    assert drafter.rng.bit_generator.state == before


def test_of_those_drawn_only_what_is_wanted_is_given(monkeypatch):
    drafter = Drafter(make_problem(**TINY), DraftSettings(), np.random.default_rng(0))
    monkeypatch.setattr(drafts, "_MANY_SHALLOW", 12)
    monkeypatch.setattr(drafts, "_SHALLOW_DRAWN", 4)
    assert set(shallowest(drafter, lambda e: "Fold" in e.skeleton())) == {
        f"Fold({leaf})" for leaf in ("Affine[a]", "Affine[b]", "Affine[c]", "Constant")
    }
    assert shallowest(drafter, lambda e: False) == []


def test_the_programs_of_the_least_depth_begin_apart_in_every_fold():
    """Values that are drawn on demand are those of a fresh trial."""
    problem = make_problem(**TINY)
    first, *_ = Drafter(problem, DraftSettings(), np.random.default_rng(0)).shallowest()
    made, fresh = first.trial().starts, fresh_trial(problem, first.graph).starts
    assert len(made) == len(fresh) > 1
    for one, other in zip(made, fresh, strict=True):
        assert str(one) == str(other)
