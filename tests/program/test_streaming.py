"""Programs that are given one frame after the other."""

from __future__ import annotations

import copy
import pickle
import re
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import STATISTICS, TemporalFilter
from sklearn_dpads.grammar.statistics import over_span

from .cases import EXPORTS
from .streaming_cases import GRAMMAR, READERS, frames_of, on_prefixes, program_of, streamed

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}


@EXPORTS
@given(streamed())
def test_after_each_frame_it_gives_what_the_prefix_gives(case):
    program, frames, expected = case
    stream = program.stream()
    for i, frame in enumerate(frames):
        values = stream.update(frame)
        assert values.shape == (program.n_outputs,)
        assert_allclose(values, expected[i], **TOLERANCE)
        assert_array_equal(stream.values, values)
        assert stream.n_frames == i + 1


@EXPORTS
@given(streamed(), st.integers(0, 12), st.integers(0, 12))
def test_in_chunks_and_after_a_reset_it_gives_the_same(case, first, second):
    program, frames, expected = case
    stream = program.stream()
    stream.extend(frames[::-1])
    stream.reset()
    assert stream.n_frames == 0
    cuts = sorted((first, second))
    values = [stream.extend(chunk) for chunk in np.split(frames, cuts)]
    assert_allclose(np.concatenate(values), expected, **TOLERANCE)


@pytest.mark.parametrize(("name", "span"), READERS)
def test_every_reader_gives_what_the_prefix_gives(name, span):
    program, frames = program_of(name, span), frames_of(100)
    expected = on_prefixes(program)(frames[None])[0]
    assert_allclose(program.stream().extend(frames), expected, **TOLERANCE)


@pytest.mark.parametrize("window", [3, 5, 21])
def test_a_filter_gives_what_the_prefix_gives(window):
    grammar = Grammar.paper(2).with_production(TemporalFilter(window))
    text = f"TemporalFilter[{window}](Affine[x1](x1), frequency=0.8, spread=4)"
    program, frames = Program.parse(text, grammar, n_features=2), frames_of(50, 2)
    expected = on_prefixes(program)(frames[None])[0]
    assert_allclose(program.stream().extend(frames), expected, **TOLERANCE)


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("glitch", [1e17, 1e308, -1e308])
@pytest.mark.parametrize("span", ["4", "1/3", "2/3", "3/3"])
def test_frames_outside_the_span_change_nothing(name, glitch, span):
    program = Program.parse(f"SlideWindow{name}[{span}](Input)", Grammar.paper(1))
    span = program.expression.production.window
    frames, disturbed = frames_of(40, 1), frames_of(40, 1)
    disturbed[3] = glitch
    with np.errstate(over="ignore", invalid="ignore"):
        found = [program.stream().extend(x) for x in (frames, disturbed)]
    seen = over_span(STATISTICS["Max"], np.arange(40.0)[None, :, None] == 3, span, np)[0, :, 0]
    assert 5 < np.sum(~seen) < 40
    assert_array_equal(found[0][~seen], found[1][~seen])


@pytest.mark.parametrize("name", STATISTICS)
def test_a_window_is_merged_as_in_one_pass_bit_for_bit(name):
    program, frames = program_of(name, "7"), frames_of(60)
    stream, found = program.stream(), []
    for frame in frames:
        stream.update(frame)
        (key,) = stream._compiled._cells
        found.append(stream._compiled._cells[key][0])
    assert_array_equal(found, over_span(STATISTICS[name], frames[None], 7, np)[0])


def memory_after(program: Program, n_frames: tuple[int, ...]) -> list[int]:
    """Bytes that a stream holds after so many frames."""
    rng, found = np.random.default_rng(0), []
    tracemalloc.start()
    stream = program.stream()
    for n in n_frames:
        while stream.n_frames < n:
            stream.update(rng.normal(size=program.n_features))
        found.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return found


def test_memory_does_not_grow_with_the_frames():
    text = """
    if SlideWindowStd[20](Affine[b](x1 - 0.9)) >= 0:
        Fold(Affine[a](0.5*x0 + 0.5*previous))
    else:
        Add(SlideWindowMax[all](Affine[a](x0)), SlideWindowAvg[9,values](Affine[b](x1)))
    """
    program = Program.parse(text, GRAMMAR, n_features=4)
    few, many = memory_after(program, (1_000, 20_000))
    assert many - few < 2_000


def test_parts_keep_what_they_may_need_again_until_a_reset():
    program = program_of("Avg", "2/3")
    few, many = memory_after(program, (1_000, 5_000))
    per_frame = (many - few) / 4_000
    assert 32 < per_frame < 400
    stream = program.stream()
    stream.extend(frames_of(500))
    stream.reset()
    kept = stream._compiled.steps[0].__self__
    assert len(kept) + len(kept._waiting) == 0


def test_what_is_read_several_times_is_kept_once():
    text = "Add(SlideWindowAvg[7](Affine[a](x0)), SlideWindowAvg[7](Affine[b](x1)))"
    stream = Program.parse(text, GRAMMAR).stream()
    assert len(stream._compiled.steps) == 1


def test_arrays_that_go_in_and_out_share_nothing_with_what_is_kept():
    text = "Add(Map(Input), MapPrefix(Add(SlideWindowMax[3](Input), Fold(Input))))"
    program = Program.parse(text, Grammar.paper(2))
    stream, again = program.stream(), program.stream()
    frames = frames_of(5, 2)
    expected = program(frames[None])[0]
    for i, frame in enumerate(frames):
        given = frame.copy()
        values = stream.update(given)
        assert_array_equal(values, expected[i])
        given[:] = values[:] = stream.values[:] = np.nan
    chunk = frames[:3].copy()
    again.extend(chunk)[:] = np.nan
    chunk[:] = np.nan
    assert_array_equal(again.extend(frames[3:]), expected[3:])


@pytest.mark.parametrize(
    ("n_outputs", "classes", "frames", "labels"),
    [
        (1, ("rest", "walk"), [[0.0], [2.0], [-1.0]], ["rest", "walk", "rest"]),
        (2, (3, 5), [[0.0, 1.0], [1.0, 1.0]], [5, 3]),
    ],
)
def test_the_class_so_far(n_outputs, classes, frames, labels):
    program = Program.parse("Map(Input)", Grammar.paper(n_outputs), classes=classes)
    stream, found = program.stream(), []
    for frame in frames:
        stream.update(frame)
        found.append(stream.label)
    assert found == labels


def test_there_is_nothing_to_tell_before_the_first_frame_or_without_classes():
    stream = Program.parse("Map(Input)", Grammar.paper(1)).stream()
    with pytest.raises(ValueError, match=r"^There is no value before the first frame; call update"):
        stream.values  # noqa: B018
    stream.update([1.0])
    with pytest.raises(ValueError, match=r"^The program has no classes, one for each output or"):
        stream.label  # noqa: B018


def test_frames_may_be_of_any_kind():
    names = ["a", "b"]
    grammar = Grammar.paper(2, feature_names=names)
    program = Program.parse("Map(Input)", grammar, feature_names=names)
    stream = program.stream()
    for frame in ([1, 2], (1, 2), np.array([1, 2], dtype=np.float32), pd.Series([1, 2], names)):
        assert_array_equal(stream.update(frame), [1, 2])
    table = pd.DataFrame([[1, 2], [3, 4]], columns=names)
    assert_array_equal(stream.extend(table), table)
    assert stream.extend(np.empty((0, 2))).shape == (0, 2)
    with pytest.raises(ValueError, match=r"^The frame has the names \['b', 'a'\], but the program"):
        stream.update(pd.Series([1, 2], ["b", "a"]))
    with pytest.raises(ValueError, match="feature names should match"):
        stream.extend(table[["b", "a"]])
    assert stream.n_frames == 6


NAN = (
    "Frame 1 has nan in feature 'x1', and frames must be finite. Put a number there, such as that "
    "of the frame before, or leave the frame out."
)


@pytest.mark.parametrize(
    ("frame", "kind", "message"),
    [
        ([1.0, np.nan], ValueError, NAN),
        (np.ma.MaskedArray([1.0, 2.0], [False, True]), ValueError, NAN),
        (np.array([-np.inf, 2.0]), ValueError, "Frame 1 has -inf in feature 'x0'"),
        ([1.0], ValueError, "A frame must have 2 values, one for each feature of the program; "),
        ([[1.0, 2.0]], ValueError, "A frame must have 2 values, one for each feature of the"),
        (3.0, ValueError, "A frame must have 2 values"),
        (["a", "b"], TypeError, "Frames must be numbers; got an array of <U1."),
        ([None, {}], TypeError, "Frames must be numbers; got [None, {}]."),
        ([1j, 2], TypeError, "Frames must be numbers; got an array of complex128."),
    ],
)
def test_a_frame_that_is_refused_counts_as_not_given(frame, kind, message):
    stream = Program.parse("Fold(Input)", Grammar.paper(2)).stream()
    stream.update([1.0, 2.0])
    with pytest.raises(kind, match=f"^{re.escape(message)}"):
        stream.update(frame)
    assert stream.n_frames == 1
    assert_array_equal(stream.values, [1.0, 2.0])


def test_of_frames_that_are_refused_none_is_taken():
    stream = Program.parse("Fold(Input)", Grammar.paper(2)).stream()
    with pytest.raises(ValueError, match="^Frame 1 of those given has nan in feature 'x0'"):
        stream.extend([[1.0, 2.0], [np.nan, 2.0]])
    with pytest.raises(ValueError, match="^A frame must have 2 values, .* frame 0 of those given"):
        stream.extend([[1.0], [2.0]])
    with pytest.raises(ValueError, match=r"^extend takes frames of shape \(n_frames, 2\), but .*2"):
        stream.extend([1.0, 2.0])
    assert stream.n_frames == 0


def test_programs_that_look_ahead_are_refused():
    program = Program.parse("CenteredWindowMax[5](Affine[a](x0))", GRAMMAR)
    with pytest.raises(ValueError, match=r"^CenteredWindowMax\[5\] reads 2 frames that come after"):
        program.stream()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_streams_are_not_copied(copied):
    # A copy would go on with the same states.
    with pytest.raises(TypeError, match="^A stream can't be copied or pickled"):
        copied(program_of("Avg", "3").stream())
