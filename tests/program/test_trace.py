from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import (
    ITE,
    Affine,
    CenteredWindowAvg,
    SlideWindowAvg,
)
from sklearn_dpads.program import causal_mean
from sklearn_dpads.program.evaluate import AllPrefixes

from .trace_cases import (
    FEW,
    PER_FRAME,
    cases,
    far_from_0,
    gated,
    parse,
    some_sequences,
    three,
)


def by_path(trace):
    return {node.path: node for node in trace.nodes}


@FEW
@given(cases())
def test_every_trace_has_a_summary(case):
    program, X = case
    trace = program.trace(X)
    assert len(str(trace).splitlines()) == len(trace.nodes) + 4 + (program.n_outputs > 1)


@FEW
@given(cases())
def test_every_value_is_that_of_its_production_on_the_values_of_its_arguments(case):
    program, X = case
    trace = program.trace(X)
    nodes, valid = by_path(trace), trace.mask
    assert list(nodes) == [path for path, _ in program.expression.walk()]
    for path, node in nodes.items():
        production = node.expression.production
        args = [nodes[(*path, i)].values for i in range(len(node.expression.args))]
        assert np.isnan(node.values[~valid]).all()
        if isinstance(production, ITE):
            expected = np.where(args[0] >= 0, args[1], args[2])
        elif isinstance(production, SlideWindowAvg) and production.of == "values":
            expected = causal_mean(args[0], production.window)
        elif len(args) == 1 and str(node.expression.signature) != "atom->atom":
            expected = args[0]
        elif args:
            with np.errstate(invalid="ignore"):
                expected = getattr(AllPrefixes(), production.meaning)(node.expression, *args)
        else:
            continue
        assert_allclose(node.values[valid], expected[valid], rtol=1e-9, atol=1e-9)


@FEW
@given(cases())
def test_outputs_are_those_of_the_program_on_the_prefixes(case):
    program, X = case
    trace = program.trace(X)
    assert_allclose(trace.output, program(X), rtol=1e-9, atol=1e-9)
    looks_ahead = any(
        isinstance(node.expression.production, CenteredWindowAvg) for node in trace.nodes
    )
    if not looks_ahead:
        prefixes = program([x[: (len(x) + 1) // 2] for x in X])
        for i, x in enumerate(X):
            t = (len(x) + 1) // 2 - 1
            last = prefixes[i] if prefixes.ndim == 2 else prefixes[i, t]
            assert_allclose(trace.output_history[i, t], last, rtol=1e-9, atol=1e-9)


def test_terms_of_a_leaf_are_weight_times_value():
    X = some_sequences()
    trace = gated().trace(X)
    leaf = by_path(trace)[(1, 0)]
    assert isinstance(leaf.expression.production, Affine)
    assert leaf.terms.shape == (4, trace.mask.shape[1], 2, 1)
    assert_allclose(leaf.terms[0, 1, :, 0], X[0][1, :2] * [0.5, -1.0])
    before = np.concatenate([[-0.3], by_path(trace)[(1,)].values[0, :-1, 0]])
    total = leaf.terms.sum(axis=2)[0, :, 0] + 0.9 * before
    assert_allclose(total[: len(X[0])], leaf.values[0, : len(X[0]), 0])
    # A window hands down means.
    condition = by_path(trace)[(0, 0)]
    assert_allclose(condition.terms[0, 1, 0, 0], X[0][:2, 2].mean())
    assert by_path(trace)[()].terms is None


def test_branches_tell_the_condition_the_choice_and_its_share():
    X = [np.array([[0.0, 0, 3], [0, 0, -3], [0, 0, 6], [0, 0, 0]]), np.full((2, 3), -1.0)]
    trace = gated().trace(X)
    (branch,) = trace.branches
    assert branch.path == ()
    assert branch.text == "SlideWindowAvg[2](Affine[height](height - 1))"
    assert_allclose(branch.condition[0], [2, -1, 0.5, 2])
    assert_array_equal(branch.taken[0], [True, False, True, True])
    assert_array_equal(branch.mask[1], [True, True, False, False])
    assert_allclose(branch.shares, [[0.75, 0.25], [0, 1]])
    nodes = by_path(trace)
    assert [nodes[(i,)].role for i in range(3)] == ["if ≥ 0", "then", "else"]
    assert_array_equal(nodes[(0, 0)].mask, trace.mask)
    assert_array_equal(nodes[(1, 0)].mask, trace.mask & branch.taken)
    assert_array_equal(nodes[(2, 0, 1)].mask, trace.mask & ~branch.taken)


def test_a_choice_inside_a_branch_not_taken_is_not_asked():
    text = """
    SlideWindowAvg[all,values](
        if Affine[height](height) >= 0: Constant(1)
        else: (if Affine[motion](speed) >= 0: Constant(2) else: Constant(3))
    )
    """
    trace = parse(text).trace(np.array([[[1.0, 0, 1], [-1, 0, 2]], [[1, 0, 1], [-1, 0, -1]]]))
    outer, inner = trace.branches
    assert (outer.path, inner.path) == ((0,), (0, 2))
    assert_array_equal(inner.mask, [[False, False], [False, True]])
    assert_array_equal(inner.shares, [[np.nan, np.nan], [0, 1]])
    assert_array_equal(inner.taken, [[True, False], [True, False]])


@pytest.mark.parametrize("make", [gated, three])
def test_the_decision_settles_with_the_first_frame_from_which_it_stays(make):
    trace = make().trace(some_sequences(20, 9))
    decisions, lengths = trace.decision_history, trace.sequences.lengths
    for row, length, settled in zip(decisions, lengths, trace.settled, strict=True):
        assert (row[length:] == -1).all()
        assert (row[settled:length] == row[length - 1]).all()
        assert settled == 0 or row[settled - 1] != row[length - 1]
    assert len(set(trace.settled)) > 2


def test_one_output_of_zero_decides_for_the_first_class():
    trace = parse("Fold(Affine[motion](speed))").trace(np.array([[[0.0, 0, 0], [1, 0, 0]]]))
    assert_array_equal(trace.decision_history, [[0, 1]])


def test_a_program_per_frame_has_outputs_per_frame():
    X = some_sequences()
    trace = parse(PER_FRAME).trace(X)
    assert trace.output.shape == (4, trace.mask.shape[1], 1)
    assert trace.contributions.shape == (4, trace.mask.shape[1], 3, 1)
    assert_allclose(trace.output, parse(PER_FRAME)(X))
    assert "frame" in str(trace).splitlines()[-1]


def test_padding_and_company_change_nothing():
    X = some_sequences(5)
    padded = np.full((5, 12, 3), np.nan)
    for row, x in zip(padded, X, strict=True):
        row[: len(x)] = x
    together, alone = gated().trace(padded), gated().trace([X[2]])
    n = len(X[2])
    for one, other in zip(together.nodes, alone.nodes, strict=True):
        assert_allclose(one.values[2, :n], other.values[0])
        assert_array_equal(one.mask[2, :n], other.mask[0])
    assert_allclose(together.contributions[2], alone.contributions[0])


def test_summary_shows_tree_branches_and_decisions():
    text = str(three().trace(some_sequences()))
    lines = text.splitlines()
    assert lines[0].startswith("Trace of 4 sequences of ")
    assert lines[0].endswith("output: one value per class, the largest decides")
    assert lines[1].split() == ["reached", "least", "mean", "greatest"]
    assert lines[2].split()[-1] == "SlideWindowAvg[all]"
    assert "ITE: then " in lines[3]
    assert lines[-2].startswith("mean size of contributions: speed ")
    assert lines[-1].startswith("decisions: ")
    assert "settled from frame" in lines[-1]


def test_summary_has_the_values_of_the_classes_decided_for():
    text = "SlideWindowAvg[all](Affine[motion](rest: speed, walk: turn, run: -speed - turn))"
    program, X = parse(text, ("rest", "walk", "run")), some_sequences()
    lines = str(program.trace(X)).splitlines()
    highest = np.concatenate([program.trace([x]).output_history[0].max(axis=-1) for x in X])
    expected = [f"{value:.3g}" for value in (highest.min(), highest.mean(), highest.max())]
    assert lines[2].split()[2:5] == lines[3].split()[2:5] == expected
    assert "of the class decided for" in lines[-3]
    assert "decided for" not in str(gated().trace(X))


def test_parts_read_as_in_the_text_of_the_program():
    program = far_from_0()
    trace = program.trace(np.full((1, 3, 3), 101325.0))
    leaf = "Affine[height](50*(height - 101325) + 1)"
    assert [trace.nodes[2].text, trace.branches[0].text] == [leaf, leaf]
    assert leaf in str(trace)
    assert leaf in program.to_text(width=None)
    assert trace.nodes[0].text == program.to_text(width=None)
    rounded = replace(parse("SlideWindowAvg[2](Affine[height](1.2345*height))"), digits=2)
    assert rounded.trace(np.ones((1, 3, 3))).nodes[1].text == "Affine[height](1.2*height)"


def test_summary_of_values_that_are_not_finite():
    program = Program.parse("Fold(Affine[x0](x0 + 1e99*previous))", Grammar.paper(1))
    lines = str(program.trace(np.full((1, 9, 1), 1e9))).splitlines()
    assert lines[2].split()[:3] == ["100", "%", "1000000000"]
    assert lines[-1].startswith("decisions: positive 1 sequence")


def test_to_frame_holds_every_value_once():
    pytest.importorskip("pandas")
    X = some_sequences()
    trace = three().trace(X)
    table = trace.to_frame()
    n_frames = sum(map(len, X))
    widths = sum(node.expression.width for node in trace.nodes)
    assert len(table) == n_frames * widths
    assert not table["value"].isna().any()
    leaf = table[(table["node"] == "0.1") & (table["output"] == "run") & (table["sample"] == 1)]
    assert_allclose(
        leaf["value"],
        2 * X[1][:, 0].cumsum() / np.arange(1, len(X[1]) + 1)
        - 3
        + X[1][:, 1].cumsum() / np.arange(1, len(X[1]) + 1),
    )
    assert set(table[table["node"] == "root"]["text"]) == {trace.nodes[0].text}


def test_to_frame_without_pandas_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        gated().trace(some_sequences()).to_frame()


@pytest.mark.parametrize(
    ("reference", "error", "match"),
    [
        ("median", ValueError, "None, 'mean' or 3 finite numbers"),
        ([1.0, 2.0], ValueError, "3 finite numbers"),
        ([1.0, np.nan, 2.0], ValueError, "3 finite numbers"),
        ({"a": 1}, TypeError, "got a dict"),
    ],
)
def test_a_reference_that_is_no_frame_is_refused(reference, error, match):
    with pytest.raises(error, match=match):
        gated().trace(some_sequences(), reference=reference)


def test_sequences_of_other_features_are_refused():
    with pytest.raises(ValueError, match="Program.trace"):
        gated().trace(np.zeros((2, 3, 5)))
