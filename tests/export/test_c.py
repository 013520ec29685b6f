"""Programs as C files that take one frame after the other."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.export.c_text import commented
from sklearn_dpads.grammar import STATISTICS, Affine, Map, Statistic, TemporalFilter, reader
from sklearn_dpads.program import Expression

from ..program.cases import EXPORTS
from ..program.streaming_cases import GRAMMAR, READERS, frames_of, program_of, streamed
from ..strategies import any_finite
from ..user_functions import PRODUCTIONS
from .c_programs import compile_c, load, needs_compiler

TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}
HOSTILE = ["*/ int", "/* */", "??/", "a\\", "b\nc", "é\u202e\U0001f41f", "%s§_real", "NAME"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("c")


@needs_compiler
@settings(EXPORTS, max_examples=12)
@given(st.lists(streamed(user=False, largest=100), min_size=4, max_size=4))
def test_it_gives_what_the_stream_gives(folder, cases):
    names = [f"program_{i}" for i in range(len(cases))]
    sources = {name: case[0].to_c(name=name) for name, case in zip(names, cases, strict=True)}
    for made, (program, frames, _) in zip(load(folder, sources).values(), cases, strict=True):
        expected = program.stream().extend(frames)
        assert_allclose(made.extend(frames), expected, **TOLERANCE)
        made.init()
        assert_allclose(made.extend(frames), expected, **TOLERANCE)


@pytest.fixture(scope="module")
def readers(folder):
    """All readers over every kind of span, in one library."""
    sources = {
        f"reader_{i}": program_of(*case).to_c(name=f"reader_{i}", max_frames=100)
        for i, case in enumerate(READERS)
    }
    # Optimizing so many functions would take longer than all that is computed with them.
    return dict(zip(READERS, load(folder, sources, options=["-O0"]).values(), strict=True))


@needs_compiler
@pytest.mark.parametrize("case", READERS, ids=str)
def test_every_reader_gives_what_the_stream_gives(readers, case):
    made, frames, program = readers[case], frames_of(100), program_of(*case)
    made.init()
    assert_allclose(made.extend(frames), program.stream().extend(frames), **TOLERANCE)
    # One frame more is taken where no frames must be kept for it.
    assert made.update(frames[0])[0] == (2 if "/" in case[1] else 0)


@needs_compiler
@pytest.mark.parametrize("case", READERS, ids=str)
def test_frames_outside_the_span_change_nothing(readers, case):
    made, frames, span = readers[case], frames_of(100), program_of(*case).expression
    span = span.production.window
    disturbed = frames.copy()
    disturbed[3] = 1e17
    made.init()
    expected = made.extend(frames)
    made.init()
    found = made.extend(disturbed)
    apart = np.ones(100, dtype=bool)
    for t in range(100):
        bounds = (0, t + 1) if span is None else None
        if bounds is None:
            bounds = (max(0, t + 1 - span), t + 1) if isinstance(span, int) else span.bounds(t + 1)
        apart[t] = not bounds[0] <= 3 < bounds[1]
    assert apart.sum() >= 3
    assert_array_equal(found[apart], expected[apart])


@needs_compiler
def test_memory_has_one_size_and_holds_parts_no_longer_than_asked(readers):
    assert readers["Avg", "all"].state_bytes < 100
    assert readers["Avg", "40"].state_bytes < 40 * 3 * 8 + 100
    assert readers["Avg", "2/3"].state_bytes < 70 * 3 * 8 + 100
    # Two thirds of the frames wait behind the end of the first part.
    assert readers["Avg", "1/3"].state_bytes < 70 * 3 * 8 + 100


@needs_compiler
def test_filters_and_several_parts_of_a_program(folder):
    grammar = GRAMMAR.with_production(TemporalFilter(7))
    text = """
    if TemporalFilter[7](Affine[a](x2 - 2*x0), frequency=0.8, spread=4) >= 0:
        Add(
            Fold(
                Affine[a](a: x0 + 0.5*previous[b], b: 0.25*previous[a] - x2, c: 0),
                initial=(a: 1, b: 0, c: 0)
            ),
            SlideWindowMax[2/3,values](Affine[b](a: 0, b: 0.5*x1 - 1, c: 2*x1))
        )
    else:
        Add(
            SlideWindowStd[9](Affine[b](a: x1, b: 0, c: 0)),
            SlideWindowStd[9](Affine[a](a: 0, b: 0, c: x0))
        )
    """
    program = Program.parse(text, grammar, n_features=4, classes=("a", "b", "c"))
    made = load(folder, {"walk": program.to_c(name="walk", max_frames=60)})["walk"]
    stream, labels = program.stream(), set()
    for frame in frames_of(60):
        status, values = made.update(frame)
        assert status == 0
        assert_allclose(values, stream.update(frame), **TOLERANCE)
        label = program.classes[made.label(values)]
        assert label == stream.label
        labels.add(label)
    assert len(labels) > 1


def _element(x):
    return (x, 2 * x)


def _merge(xp, a, b):
    return (xp.minimum(a[1], b[1]), xp.maximum(a[2], b[2]))


def _finish(xp, a):
    return -(1 - a[2] / 2) + 1 - 0.5 * a[1] + xp.sqrt(xp.abs(a[1])) * 0 / a[0]


def _decide(xp, a):
    return a[1] if a[1] > 0 else a[2]


@needs_compiler
def test_statistics_of_the_users(folder):
    middle = reader(Statistic("Middle", "*/ SIZE LABEL", _element, _merge, _finish), __name__)
    grammar = GRAMMAR.with_production(middle(5))
    program = Program.parse("SlideWindowMiddle[5](Affine[a](x0 + 2*x2))", grammar, n_features=4)
    made = load(folder, {"program": program.to_c()})["program"]
    frames = frames_of(40)
    assert_allclose(made.extend(frames), program.stream().extend(frames), **TOLERANCE)
    deciding = reader(Statistic("Deciding", "one of two", _element, _merge, _decide), __name__)
    program = Program.parse(
        "SlideWindowDeciding[5](Affine[a](x0))", GRAMMAR.with_production(deciding(5))
    )
    with pytest.raises(ValueError, match=r"^The statistic 'Deciding' can't be written in C \(Typ"):
        program.to_c()


@needs_compiler
@pytest.mark.parametrize("classes", [HOSTILE, HOSTILE[:2]], ids=["several", "two"])
def test_names_are_no_more_than_comments(folder, classes):
    width, n_features = len(classes) if len(classes) > 2 else 1, len(HOSTILE)
    rng = np.random.default_rng(0)
    params = {"weight": rng.normal(size=(width, n_features)), "bias": np.ones(width)}
    affine = Expression(Affine("?\\*/\n/*", tuple(range(n_features))), width, params=params)
    program = Program(Expression(Map(), width, args=(affine,)), n_features, HOSTILE, classes)
    source = program.to_c()
    assert source.isascii()
    made = load(folder, {"program": source})["program"]
    frames = frames_of(3, n_features)
    assert_allclose(made.extend(frames), program(frames[None])[0], **TOLERANCE)


@given(st.text())
def test_comments_hold_nothing_that_ends_or_changes_them(text):
    escaped = commented(text)
    assert escaped.isascii()
    assert not any(part in escaped for part in ("*/", "/*", "??"))


@needs_compiler
@settings(EXPORTS, max_examples=5)
@given(st.lists(any_finite, min_size=20, max_size=20))
def test_numbers_are_read_back_exactly(folder, numbers):
    numbers += [0.1, 5e-324, 1.7976931348623157e308, -0.0, 123456789.123456789]
    texts = ", ".join(f"y{i}: {v!r}" for i, v in enumerate(numbers))
    program = Program.parse(f"Map(Constant({texts}))", Grammar.paper(1))
    made = load(folder, {"program": program.to_c()})["program"]
    assert_array_equal(made.extend([[0.0]])[0], numbers)


@needs_compiler
def test_a_frame_that_is_refused_counts_as_not_given(folder):
    program = program_of("Avg", "2/3")
    made = load(folder, {"program": program.to_c(max_frames=2)})["program"]
    first, second = frames_of(2)
    assert made.update(first)[0] == 0
    for wrong in (np.nan, np.inf, -np.inf):
        # A feature that is not read counts, too, as in a stream.
        status, values = made.update([0.0, 0.0, 0.0, wrong])
        assert status == 1
        assert np.isnan(values).all()
    assert_allclose(made.extend([second]), program(frames_of(2)[None]), **TOLERANCE)
    assert made.update(second)[0] == 2


@needs_compiler
def test_single_precision(folder):
    programs, frames = {name: program_of(name, "7") for name in STATISTICS}, frames_of(50)
    sources = {name: program.to_c(name=name) for name, program in programs.items()}
    for name, made in load(folder, sources, np.float32).items():
        expected = programs[name].stream().extend(frames)
        assert_allclose(made.extend(frames), expected, atol=1e-4)


@needs_compiler
def test_another_file_sees_the_declarations_alone(folder):
    program = Program.parse("Fold(Affine[x0](x0 + 0.5*previous))", Grammar.paper(1))
    program.to_c(folder / "decay.c", name="decay")
    # Functions in two files would be two of one name.
    (folder / "other.c").write_text('#include "decay.c"\n')
    text = """
    #include <stdio.h>
    #define decay_DECLARATIONS
    #include "decay.c"
    int main(void)
    {
        decay_state state;
        double frame[decay_n_features] = {4}, values[decay_n_outputs];
        decay_init(&state);
        decay_update(&state, frame, values);
        decay_update(&state, frame, values);
        printf("%g %d\\n", values[0], decay_class(values));
        return 0;
    }
    """
    made = compile_c(folder, text, str(folder / "other.c"))
    done = subprocess.run([made], capture_output=True, text=True, check=True)
    assert done.stdout == "6 1\n"


def test_the_file_is_the_text(tmp_path):
    program = program_of("Avg", "3")
    source = program.to_c(tmp_path / "a.c", name="a")
    assert (tmp_path / "a.c").read_text() == source
    assert "§" not in source
    assert "alloc" not in source.replace("allocated", "")


def _parse(text: str) -> Program:
    return Program.parse(text, Grammar.paper(1).with_production(*PRODUCTIONS))


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("Fold(tanh(Input))", {}, "The program holds the user's production 'tanh', computed by"),
        ("CenteredWindowAvg[3](Input)", {}, "CenteredWindowAvg[3] reads 1 frames that come"),
        (
            "SlideWindowAvg[1/3,values](Input)",
            {},
            "SlideWindowAvg[1/3,values] reads a part of all frames so far, for which frames must "
            "be kept. Give the most frames of a recording, as in max_frames=3000, or search",
        ),
        ("Fold(Input)", {"max_frames": 0}, "max_frames must be a positive integer; got 0."),
        ("Fold(Constant(inf))", {}, "to_c takes programs with finite numbers only"),
        ("Fold(Input)", {"name": "1a"}, "name='1a' can't begin the names of C functions; give"),
        ("Fold(Input)", {"name": "é"}, "name='é' can't begin the names of C functions"),
        ("Fold(Input)", {"name": "a\n"}, "name='a\\n' can't begin the names of C functions"),
    ],
)
def test_what_is_refused(text, settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        _parse(text).to_c(**settings)


def test_the_name_must_be_a_str():
    with pytest.raises(TypeError, match="^name must be a str; got 3"):
        program_of("Avg", "3").to_c(name=3)
