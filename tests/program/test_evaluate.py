"""The numpy evaluation against the plain Python reference, and its own laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program, inputs
from sklearn_dpads.grammar import (
    ATOM_TO_ATOM,
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Map,
    MapPrefix,
    SlideWindowAvg,
)
from sklearn_dpads.grammar.statistics import MEAN, over_centered
from sklearn_dpads.program import (
    Expression,
    causal_mean,
    evaluate,
)
from sklearn_dpads.program.evaluate import AllPrefixes

from .. import reference, strategies
from ..strategies import QUICK, pad

X0 = Affine("x0", (0,))


@st.composite
def cases(draw, signature):
    """An expression and sequences on which its value is well defined in floating point."""
    grammar = draw(strategies.grammars())
    width = draw(st.integers(1, 3))
    expression = draw(strategies.expressions(grammar, signature, width, max_depth=4))
    sequences = draw(strategies.sequences(grammar.min_features))
    trace = reference.trace(expression, sequences)
    assume(trace.smallest_condition > 1e-6)
    assume(trace.largest_value < 1e6)
    return expression, sequences, trace.values


def leaf(weight=1.0, bias=0.0, *, accumulator=0, recurrent=1.0):
    params = {"weight": [[weight]], "bias": [bias]}
    if accumulator:
        params["recurrent"] = [[recurrent]]
    return Expression(X0, 1, accumulator, (), params)


def constant(value):
    return Expression(Constant(), 1, 0, (), {"value": [value]})


@QUICK
@given(cases(LIST_TO_ATOM))
def test_list_to_atom_agrees_with_the_reference(case):
    expression, sequences, expected = case
    np.testing.assert_allclose(evaluate(expression, pad(sequences)), expected, rtol=1e-9, atol=1e-9)


@QUICK
@given(cases(LIST_TO_LIST))
def test_list_to_list_agrees_with_the_reference(case):
    expression, sequences, expected = case
    values = evaluate(expression, pad(sequences))
    for row, wanted in zip(values, expected, strict=True):
        np.testing.assert_allclose(row[: len(wanted)], wanted, rtol=1e-9, atol=1e-9)


@QUICK
@given(cases(LIST_TO_ATOM))
def test_scan_gives_the_value_of_every_prefix(case):
    expression, sequences, _ = case
    prefixes = [frames[: t + 1] for frames in sequences for t in range(len(frames))]
    trace = reference.trace(expression, prefixes)
    assume(trace.smallest_condition > 1e-6)
    assume(trace.largest_value < 1e6)
    scanned = AllPrefixes().over_list(expression, pad(sequences))
    valid = [
        row[t] for row, frames in zip(scanned, sequences, strict=True) for t in range(len(frames))
    ]
    alone = [evaluate(expression, pad([prefix]))[0] for prefix in prefixes]
    np.testing.assert_allclose(valid, alone, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(valid, trace.values, rtol=1e-9, atol=1e-9)


@QUICK
@given(
    cases(LIST_TO_ATOM) | cases(LIST_TO_LIST),
    st.integers(1, 9),
    st.sampled_from([0.0, 7.5, np.nan]),
)
def test_padding_never_changes_a_result(case, extra, filler):
    expression, sequences, expected = case
    values = evaluate(expression, pad(sequences, extra, filler))
    for row, wanted in zip(values, expected, strict=True):
        valid = row if row.ndim == 1 else row[: len(wanted)]
        np.testing.assert_allclose(valid, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("window", [1, 2, 3, 4, 7, None])
def test_causal_mean_is_the_mean_of_the_last_frames(window):
    frames = np.random.default_rng(0).normal(size=(2, 5, 3))
    means = causal_mean(frames, window)
    for t in range(5):
        first = 0 if window is None else max(0, t + 1 - window)
        np.testing.assert_allclose(means[:, t], frames[:, first : t + 1].mean(axis=1))


@pytest.mark.parametrize("window", [1, 3, 5, 13])
def test_centered_mean_is_cut_at_both_ends(window):
    frames = np.random.default_rng(0).normal(size=(3, 6, 2))
    lengths = np.array([6, 4, 1])
    means = over_centered(MEAN, frames, lengths.tolist(), window, np)
    for i, length in enumerate(lengths):
        for t in range(length):
            around = frames[i, max(0, t - window // 2) : min(length, t + window // 2 + 1)]
            np.testing.assert_allclose(means[i, t], around.mean(axis=0))


@pytest.mark.parametrize(("window", "causal"), [(5, 3), (11, 6)])
def test_a_centred_window_cut_at_the_prefix_is_the_mean_of_its_first_half(window, causal):
    frames = np.random.default_rng(0).normal(size=(1, 9, 2))
    means = causal_mean(frames, causal)
    for t in range(9):
        prefix = frames[:, : t + 1]
        cut = over_centered(MEAN, prefix, [t + 1], window, np)[:, -1]
        np.testing.assert_allclose(means[:, t], cut)


def test_a_condition_of_exactly_zero_holds():
    for at in (-1.0, 0.0, 1.0):
        program = Expression(
            ITE(LIST_TO_ATOM),
            1,
            args=tuple(
                Expression(SlideWindowAvg(None), 1, args=(body,))
                for body in (leaf(), constant(10.0), constant(20.0))
            ),
        )
        expected = 20.0 if at < 0 else 10.0
        assert evaluate(program, pad([[[at]]])).tolist() == [[expected]]


def test_fold_runs_from_its_initial_value_through_the_frames():
    body = leaf(2.0, 1.0, accumulator=1, recurrent=0.5)
    fold = Expression(Fold(), 1, args=(body,), params={"initial": [8.0]})
    assert evaluate(fold, pad([[[1.0], [3.0]], [[1.0]]])).tolist() == [[10.5], [7.0]]


def test_mapprefix_sees_no_later_frame():
    window = Expression(SlideWindowAvg(2), 1, args=(leaf(),))
    program = Expression(MapPrefix(), 1, args=(window,))
    assert evaluate(program, pad([[[1.0], [3.0], [8.0]]]))[0, :, 0].tolist() == [1.0, 2.0, 5.5]


def test_centered_windows_look_ahead():
    program = Expression(CenteredWindowAvg(3), 1, args=(leaf(),))
    assert evaluate(program, pad([[[1.0], [3.0], [8.0]]]))[0, :, 0].tolist() == [2.0, 4.0, 5.5]


@pytest.mark.parametrize(("average", "expected"), [("frames", 4.0), ("values", 5.0)])
def test_the_two_readings_of_slide_window_avg(average, expected):
    grammar = Grammar((SlideWindowAvg(2, average), *Grammar.paper(1).productions))
    label = SlideWindowAvg(2, average).label
    program = Program.parse(f"{label}(Multiply(Affine[x0](x0), Affine[x0](x0)))", grammar)
    assert program([[[9.0], [1.0], [3.0]]]).tolist() == [[expected]]


def test_frames_past_the_end_are_nan_for_frame_labels():
    program = Program(Expression(Map(), 1, args=(leaf(),)), n_features=1)
    values = program([[[1.0], [2.0]], [[3.0]]])
    np.testing.assert_array_equal(values[:, :, 0], [[1.0, 2.0], [3.0, np.nan]])


def test_expressions_over_atoms_alone_are_refused():
    with pytest.raises(TypeError, match=r"^Affine\[x0\] is not a production over lists\.$"):
        evaluate(leaf(), pad([[[1.0]]]))


def test_candidates_of_the_strategies_cover_every_production():
    grammar = Grammar.paper(2).with_production(CenteredWindowAvg(5))
    reached = {
        p.label
        for signature in (LIST_TO_LIST, LIST_TO_ATOM, ATOM_TO_ATOM)
        for p in grammar.candidates(signature, width=2, n_features=2, depth=4)
    }
    assert reached == {p.label for p in grammar.productions}


def test_a_fold_stands_still_past_the_end_of_a_sequence():
    """Run on over padding, which is zero, this one would multiply by 1000 and overflow."""
    text = "Fold(Multiply(Affine[x0](previous), Affine[x0](1000 - x0)), initial=1)"
    program = Program.parse(text, Grammar.paper(1))
    X = [np.full((n, 1), 999.0) for n in (3, 400)]
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_array_equal(program(X), [[1.0], [1.0]])


@QUICK
@given(cases(LIST_TO_ATOM) | cases(LIST_TO_LIST), st.sampled_from([1, 8, 40]))
def test_what_is_evaluated_in_parts_agrees_with_the_reference(case, size):
    expression, X, expected = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs.padded, "_PART", size)
        values = evaluate(expression, inputs.sequences.check_sequences(X, estimator_name="P"))
    per_frame = expression.signature == LIST_TO_LIST
    for found, wanted in zip(values, expected, strict=True):
        found = found[: len(wanted)] if per_frame else found
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
