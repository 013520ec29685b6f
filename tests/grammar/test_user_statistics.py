"""Statistics of the user's own, and what is refused of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import Map, make_statistic, reader


def two(x):
    return (x, x)


def outermost(xp, a, b):
    return (xp.maximum(a[1], b[1]), xp.minimum(a[2], b[2]))


def distance(xp, a):
    return a[1] - a[2]


RANGE = make_statistic("Range", element=two, merge=outermost, finish=distance, words="range")
SlideWindowRange = reader(RANGE)
GRAMMAR = Grammar.paper(2).with_production(SlideWindowRange(5))


def test_its_readers_are_read_with_any_span():
    program = Program.parse("SlideWindowRange[2/3](Affine[x0](2*x0 + 1))", GRAMMAR)
    x = np.random.default_rng(0).normal(size=(3, 9, 2))
    assert_allclose(program(x)[:, 0], 2 * np.ptp(x[:, 3:6, 0], axis=1) + 1)
    again = Program.from_json(program.to_json(), productions=[SlideWindowRange(5)])
    assert str(again) == str(program)
    with pytest.raises(ValueError, match="'SlideWindowRange' is not a production") as error:
        Program.from_json(program.to_json())
    assert "pass one of its productions, as productions=[SlideWindowRange(5)]." in str(error.value)
    assert Grammar.parse(str(GRAMMAR), productions=GRAMMAR.productions) == GRAMMAR
    assert "range" in program.expression.production.gloss


@pytest.mark.parametrize(
    ("productions", "message"),
    [
        ([SlideWindowRange], r"the class SlideWindowRange; .* such as SlideWindowRange\(5\)"),
        ([Map], r"the class Map; give one that it makes, such as Map\(\)"),
        ([SlideWindowRange(5), RANGE], "holds the statistic Range; give one that its reader makes"),
        ([42], "productions must hold productions, but holds 42"),
        (SlideWindowRange(5), "productions must be a list of productions; got SlideWindowRange"),
        (SlideWindowRange, "productions must be a list of productions; got <class"),
    ],
)
def test_what_is_no_production_is_refused(productions, message):
    program = Program.parse("SlideWindowRange[5](Affine[x0](x0))", GRAMMAR)
    with pytest.raises(TypeError, match=message):
        Program.from_json(program.to_json(), productions=productions)
    with pytest.raises(TypeError, match=message):
        Grammar.parse(str(GRAMMAR), productions=productions)


def first(x):
    return (x,)


def earlier(xp, a, b):
    return (a[1],)


def later(xp, a, b):
    return (b[1] - a[1],)


def only(xp, a):
    return a[1]


def squared(xp, a):
    return a[1] * a[1]


def undefined(xp, a):
    return a[1] / (a[0] - a[0])


def by_numpy(xp, a):
    return np.sort(np.asarray(a[1]))


def cornered(xp, a):
    return a[1][..., :1]


def rooted(xp, a):
    return xp.sqrt(a[1] - a[1])


def broken(xp, a):
    return a[7]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"name": "two words"}, ValueError, "can't name a production; give letters, digits and"),
        ({"name": "Max"}, ValueError, "There is a statistic 'Max' already; give another name"),
        ({"merge": 3}, TypeError, "The merge of 'Mine' must be callable; got 3."),
        ({"finish": lambda xp, a: a[1]}, ValueError, "'finish of Mine' is a lambda"),
        ({"finish": broken}, ValueError, "fails on frames of numpy .IndexError"),
        ({"finish": cornered}, ValueError, r"gives values of shape \(2, 1\) for frames"),
        ({"merge": later}, ValueError, "depends on how a span is cut into parts"),
        ({"finish": squared}, ValueError, "does not follow frames that are 2 times themselves"),
        ({"finish": by_numpy}, ValueError, "fails on frames of torch"),
    ],
)
def test_what_is_refused(changes, error, message):
    options = {"name": "Mine", "element": first, "merge": earlier, "finish": only, **changes}
    with pytest.raises(error, match=message):
        make_statistic(options.pop("name"), **options)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_values_and_gradients_must_be_finite():
    with pytest.raises(ValueError, match="gives values that are not finite"):
        make_statistic("Mine", element=first, merge=earlier, finish=undefined)
    with pytest.raises(ValueError, match="has a gradient that is not finite"):
        make_statistic("Mine", element=first, merge=earlier, finish=rooted)
