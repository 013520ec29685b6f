"""Programs one edit away."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dpads import Program
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST
from sklearn_dpads.graph import derivation_graph, describe, discrete_graph
from sklearn_dpads.program import evaluate
from sklearn_dpads.search.neighbours import Neighbourhood

from .. import strategies
from ..graph.build import programs_of
from ..program.compare import assert_same_expression
from .problem import GRAMMAR, make_sequences

SOME = settings(deadline=None, derandomize=True, max_examples=25)
SIGNATURES = [LIST_TO_ATOM, LIST_TO_LIST]


def neighbours(expression, grammar, n_features, max_depth, seed=0):
    rng = np.random.default_rng(seed)
    found = Neighbourhood(grammar, n_features, max_depth, rng).of(expression)
    return [edited for edited, _ in found]


@pytest.mark.parametrize("signature", SIGNATURES, ids=str)
@SOME
@given(data=st.data())
def test_neighbours_are_programs_of_the_grammar_within_the_depth(signature, data):
    grammar = data.draw(strategies.grammars())
    width = data.draw(st.integers(1, 3))
    expression = data.draw(strategies.expressions(grammar, signature, width, max_depth=4))
    max_depth = expression.depth + data.draw(st.integers(0, 1))
    found = neighbours(expression, grammar, grammar.min_features, max_depth)
    skeletons = [neighbour.skeleton() for neighbour in found]
    assert len(skeletons) == len(set(skeletons))
    assert expression.skeleton() not in skeletons
    for neighbour in found:
        # Widths, accumulators and shapes are checked where an expression is built.
        assert neighbour.signature == signature
        assert neighbour.width == width
        assert neighbour.depth <= max_depth
        assert {node.production for _, node in neighbour.walk()} <= set(grammar.productions)
        graph = discrete_graph(neighbour, grammar, grammar.min_features)
        assert describe(graph) == neighbour.skeleton()
        assert_input_fits(neighbour, grammar.min_features)


def test_small_programs_reach_all_others_by_edits():
    """Every program of depth 3 over windows is some edits away from the simplest one."""
    grammar = GRAMMAR.without("Fold", "Multiply", "ITE", "Affine[c]")
    graph = derivation_graph(grammar, LIST_TO_ATOM, n_features=3, n_outputs=1, depth=3, max_depth=3)
    every = {text for text, *_ in programs_of(graph)}
    start = parse("SlideWindowAvg[5](Constant(1))")
    met, pending = {start.skeleton()}, [start]
    while pending:
        for neighbour in neighbours(pending.pop(), grammar, 3, 3):
            # A sum within a sum is no deeper, so that edits lead on to sums without end.
            n_levels = 1 + max(len(path) for path, _ in neighbour.walk())
            if n_levels <= 3 and neighbour.skeleton() not in met:
                met.add(neighbour.skeleton())
                pending.append(neighbour)
    assert met == every


TEXTS = [
    "SlideWindowAvg[5](Affine[a](2*x0 - 1))",
    "SlideWindowAvg[all](Add(Affine[a](2*x0 - 1), Affine[b](0.5*x1)))",
    "MapPrefix(SlideWindowAvg[5](Affine[a](2*x0 - 1)))",
    "Map(Affine[c](2*x1 - x2))",
]
RECURRENT = "Fold(Affine[a](2*x0 + 0.5*previous - 1), initial=1)"


@pytest.mark.parametrize("text", [*TEXTS, RECURRENT])
def test_grown_neighbours_begin_close_to_the_function_they_come_from(text):
    """An added summand is near zero, an added factor near one, branches repeat the node."""
    expression = parse(text)
    frames = make_sequences(40)
    before = evaluate(expression, frames)
    kinds = set()
    changes = defaultdict(list)
    found = [n for seed in range(5) for n in neighbours(expression, GRAMMAR, 3, 5, seed)]
    for neighbour in found:
        old, new = difference(expression, neighbour)
        kind = kind_of(old, new)
        kinds.add(kind)
        after = evaluate(neighbour, frames)
        if kind == "branches":
            assert_same_expression(new.args[1], old)
            assert_same_expression(new.args[2], old)
            np.testing.assert_array_equal(after, before)
        elif kind in ("summand", "factor") or (kind == "product" and text != RECURRENT):
            change = np.mean(np.abs(after - before)) / np.mean(np.abs(before))
            changes[neighbour.skeleton()].append(change)
        elif kind == "leaf made a choice":
            assert not old.args
            assert_same_expression(new.args[1], old)
            assert new.args[2].skeleton() != old.skeleton()
    # What is new is drawn; a draw alone may be three times its spread.
    assert max(map(np.mean, changes.values())) < 0.2
    assert max(map(max, changes.values())) < 0.5
    assert {"branches", "summand", "factor", "product", "leaf made a choice"} <= kinds


def test_added_summands_and_factors_read_no_accumulator_yet():
    expression = parse(RECURRENT)
    found = [difference(expression, n) for n in neighbours(expression, GRAMMAR, 3, 5)]
    added = [new.args[1] for old, new in found if kind_of(old, new) in ("summand", "factor")]
    reading = [part for part in added if "recurrent" in part.params]
    assert Counter(part.production.symbol for part in reading) == {"Affine": 6}
    for part in reading:
        np.testing.assert_array_equal(part.params["recurrent"], [[0.0]])
        assert part.params["weight"].any()
    (recurrent,) = (a.params["recurrent"] for a in expression.args)
    np.testing.assert_array_equal(recurrent, [[0.5]])


def combined(expression, neighbour):
    return kind_of(*difference(expression, neighbour)) in ("product", "leaf made a choice")


@pytest.mark.parametrize("text", [*TEXTS, RECURRENT])
def test_all_plain_edits_are_made_and_combined_ones_drawn(text):
    expression = parse(text)

    def skeletons(n_combined, seed=0):
        rng = np.random.default_rng(seed)
        found = Neighbourhood(GRAMMAR, 3, 5, rng).of(expression, n_combined=n_combined)
        found = [edited for edited, _ in found]
        return (
            [n.skeleton() for n in found if not combined(expression, n)],
            [n.skeleton() for n in found if combined(expression, n)],
        )

    plain, none = skeletons(0)
    assert plain
    assert none == []
    every = skeletons(10**6)
    assert every[0] == plain
    some = skeletons(5)
    assert some[0] == plain
    assert 0 < len(some[1]) <= 5 < len(every[1])
    assert set(some[1]) < set(every[1])
    assert set(skeletons(5, seed=1)[1]) != set(some[1])


@pytest.mark.parametrize("seed", range(5))
def test_of_the_combined_edits_those_that_read_most_are_always_drawn(seed):
    rng = np.random.default_rng(seed)
    expression = parse("SlideWindowAvg[5](Affine[a](x0))")
    found = Neighbourhood(GRAMMAR, 3, 5, rng).of(expression, n_combined=8)
    drawn = {n.skeleton() for n, _ in found if combined(expression, n)}
    widest = {
        "SlideWindowAvg[5](Add(Affine[a], Multiply(Affine[c], Affine[c])))",
        "SlideWindowAvg[5](ITE(Affine[c], Affine[a], Affine[c]))",
    }
    assert widest < drawn
    assert len(drawn) <= 8


@pytest.mark.parametrize("signature", SIGNATURES, ids=str)
@SOME
@given(data=st.data())
def test_an_edit_of_another_version_has_none_of_the_numbers_of_the_one_it_was_made_for(
    signature, data
):
    """A number that an edit carried over would tell a fold what another has seen."""
    grammar = data.draw(strategies.grammars())
    width = data.draw(st.integers(1, 2))
    one = renumbered(data.draw(strategies.expressions(grammar, signature, width, max_depth=3)), 1)
    other = renumbered(one, 2)
    rng = np.random.default_rng(3)
    neighbourhood = Neighbourhood(grammar, grammar.min_features, one.depth + 1, rng)
    for edited, edit in neighbourhood.of(one, n_combined=7):
        assert_same_expression(edit.apply(one), edited)
        twin = edit.apply(other)
        assert twin.skeleton() == edited.skeleton()
        assert not numbers(twin) & numbers(one)
        # What is new in the edit is new in both.
        assert numbers(edited) - numbers(one) == numbers(twin) - numbers(other)


def renumbered(expression, version):
    """The same program with numbers of its own, which nothing else draws."""
    numbers = count()

    def fill(node):
        params = {
            name: np.reshape([1e6 * version + next(numbers) for _ in value.flat], value.shape)
            for name, value in node.params.items()
        }
        return node.with_args(tuple(map(fill, node.args))).with_params(params)

    return fill(expression)


def numbers(expression):
    return {float(v) for _, node in expression.walk() for a in node.params.values() for v in a.flat}


def difference(before, after):
    """The smallest node that holds all of an edit, before and after it."""
    if before.production != after.production:
        return before, after
    differ = [
        (a, b) for a, b in zip(before.args, after.args, strict=True) if a.skeleton() != b.skeleton()
    ]
    return difference(*differ[0]) if len(differ) == 1 else (before, after)


def kind_of(old, new):
    """How an edit makes a node grow, or "other"."""
    kept = [arg.skeleton() == old.skeleton() for arg in new.args]
    if new.production.symbol == "ITE" and kept[1]:
        return "branches" if kept[2] else "leaf made a choice"
    if new.production.symbol == "Multiply" and kept[0]:
        return "factor"
    if new.production.symbol == "Add" and kept[0]:
        return "product" if new.args[1].args else "summand"
    return "other"


def parse(text):
    return Program.parse(text, GRAMMAR, n_features=3).expression


def assert_input_fits(expression, n_features):
    for _, node in expression.walk():
        assert node.production.symbol != "Input" or node.width == n_features
