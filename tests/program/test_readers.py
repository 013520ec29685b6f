"""Readers of every statistic, in every medium."""

from __future__ import annotations

import pickle
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.estimator.scaling import FrameScaling
from sklearn_dpads.grammar import STATISTICS, Part, Statistic, reader
from sklearn_dpads.grammar.spans import span_bounds
from sklearn_dpads.grammar.statistics import over_centered, over_end, over_span

from .compare import assert_same_program

PLAIN = {
    "Avg": lambda frames: frames.mean(axis=0),
    "Std": lambda frames: frames.std(axis=0),
    "Max": lambda frames: frames.max(axis=0),
    "Min": lambda frames: frames.min(axis=0),
    "Change": lambda frames: np.abs(np.diff(frames, axis=0)).sum(axis=0) / max(1, len(frames) - 1),
    "Delta": lambda frames: frames[-1] - frames[0],
}
WINDOWS = (None, 1, 2, 3, 5, 40, Part(1, 1), Part(1, 3), Part(2, 3), Part(5, 5))
names = pytest.mark.parametrize("name", STATISTICS)
SPANS = ("all", "1", "3", "1/3", "3/3", "2/2")
OF_VALUES = [f"{s},values" for s in ("all", "3", "2/3")]
cases = pytest.mark.parametrize(
    ("name", "span"),
    [
        *product(STATISTICS, SPANS),
        *product([name for name, s in STATISTICS.items() if s.of_values], OF_VALUES),
    ],
)
GRAMMAR = Grammar.paper({"a": [0, 1]}, windows=(), value_windows=())


def program_of(name: str, span: str) -> Program:
    body = f"SlideWindow{name}[{span}](Multiply(Affine[a](2*x0 - x1 + 1), Affine[a](x1 + 0.5)))"
    return Program.parse(body, GRAMMAR)


def frames_of(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


@names
@given(st.integers(1, 70), st.sampled_from(WINDOWS))
def test_of_whole_sequences_it_is_the_last_of_the_prefixes(name, n_timesteps, window):
    x = frames_of(2, n_timesteps, 3)
    expected = over_span(STATISTICS[name], x, window, np)[:, -1]
    assert_allclose(over_end(STATISTICS[name], x, window, np), expected, atol=1e-12)
    first, end = span_bounds(window, n_timesteps)
    outside = x.copy()
    outside[:, :first], outside[:, end:] = 1e17, 1e308
    assert_array_equal(
        over_end(STATISTICS[name], x, window, np), over_end(STATISTICS[name], outside, window, np)
    )


@names
@given(st.integers(1, 14), st.sampled_from(WINDOWS))
def test_it_is_what_a_plain_loop_gives(name, n_timesteps, window):
    x = frames_of(2, n_timesteps, 3)
    values = over_span(STATISTICS[name], x, window, np)
    for t in range(n_timesteps):
        first, end = span_bounds(window, t + 1)
        expected = [PLAIN[name](sequence[first:end]) for sequence in x]
        assert_allclose(values[:, t], expected, atol=1e-12)
        # Cut after a frame, a sequence gives that frame the same value, bit for bit.
        assert_array_equal(
            over_span(STATISTICS[name], x[:, : t + 1], window, np)[:, t], values[:, t]
        )


@names
@pytest.mark.parametrize("glitch", [1e17, 1e308, -1e308])
@pytest.mark.parametrize("span", [4, Part(1, 3), Part(2, 3), Part(3, 3)])
def test_frames_outside_the_span_change_nothing(name, glitch, span):
    x = frames_of(1, 20, 2)
    values = over_span(STATISTICS[name], x, span, np)
    x[:, 3] = glitch
    with np.errstate(over="ignore", invalid="ignore"):
        disturbed = over_span(STATISTICS[name], x, span, np)
    bounds = [span_bounds(span, t + 1) for t in range(20)]
    apart = [t for t, (first, end) in enumerate(bounds) if not first <= 3 < end]
    assert 5 < len(apart) < 20
    assert_array_equal(values[:, apart], disturbed[:, apart])


@cases
def test_the_exports_say_what_numpy_says(name, span):
    torch = pytest.importorskip("torch")
    program, frames = program_of(name, span), frames_of(3, 9, 2)
    lengths = np.array([9, 1, 5])
    ragged = [x[:n] for x, n in zip(frames, lengths, strict=True)]
    expected = program(ragged)
    namespace: dict = {}
    exec(program.to_python("join"), namespace)
    assert_allclose(namespace["join"](frames, lengths), expected)
    tensors = torch.tensor(frames, requires_grad=True), torch.tensor(lengths)
    outputs = program.to_torch(dtype=torch.float64)(*tensors)
    assert_allclose(outputs.detach().numpy(), expected)
    outputs.sum().backward()
    assert torch.isfinite(tensors[0].grad).all()


@cases
def test_a_formula_says_what_numpy_says(name, span):
    sympy = pytest.importorskip("sympy")
    program, frames = program_of(name, span), frames_of(1, 5, 2)
    formula = program.to_sympy(n_timesteps=5)
    x = sympy.IndexedBase("x")
    values = {x[t, j]: frames[0, t, j] for t in range(5) for j in range(2)}
    assert_allclose(float(formula.xreplace(values)), program(frames)[0, 0])
    if name != "Avg" or "/" in span:
        with pytest.raises(ValueError, match=f"SlideWindow{name}, which is written out"):
            program.to_sympy()
    operator = {"Max": r"\max", "Min": r"\min"}.get(name) if "values" in span else None
    operator = r"\sum" if name == "Avg" else operator or rf"\operatorname{{{name.lower()}}}"
    assert rf"{operator}_{{s=" in program.to_latex()


@cases
def test_an_onnx_model_says_what_numpy_says(name, span):
    pytest.importorskip("onnx")
    reference = pytest.importorskip("onnx.reference")
    program, frames = program_of(name, span), frames_of(3, 9, 2)
    lengths = np.array([9, 1, 5])
    session = reference.ReferenceEvaluator(program.to_onnx(dtype="float64"))
    (values,) = session.run(None, {"frames": frames, "lengths": lengths})
    assert_allclose(values, program([x[:n] for x, n in zip(frames, lengths, strict=True)]))


@cases
def test_parts_of_features_sum_to_the_value(name, span):
    program, frames = program_of(name, span), frames_of(3, 6, 2)
    trace = program.trace(frames)
    total = trace.baseline + trace.contributions.sum(axis=-2)
    assert_allclose(total, program(frames).reshape(total.shape))


@cases
def test_a_program_is_carried_from_one_scale_to_another(name, span):
    program, frames = program_of(name, span), 3 * frames_of(3, 6, 2) + 100
    scaling = FrameScaling(np.array([100.0, 90.0]), np.array([3.0, 0.5]))
    scaled = program.with_expression(scaling.to_scaled(program.expression))
    assert_allclose(scaled((frames - scaling.mean) / scaling.scale), program(frames))
    back = program.with_expression(scaling.to_raw(scaled.expression))
    assert_allclose(back(frames), program(frames))


@cases
def test_texts_json_and_pickles_come_back(name, span):
    program = program_of(name, span)
    assert_same_program(Program.parse(program.to_text(), GRAMMAR), program)
    assert_same_program(Program.from_json(program.to_json()), program)
    assert_same_program(pickle.loads(pickle.dumps(program)), program)
    assert Grammar.parse(str(GRAMMAR)) == GRAMMAR
    assert STATISTICS[name].words in program.expression.production.gloss


@names
@given(st.lists(st.integers(1, 9), min_size=1, max_size=3), st.sampled_from([1, 3, 5, 9]))
def test_around_a_frame_it_is_what_a_plain_loop_gives(name, lengths, window):
    x = frames_of(len(lengths), max(lengths), 2)
    values = over_centered(STATISTICS[name], x, lengths, window, np)
    for frames, length, found in zip(x, lengths, values, strict=True):
        for t in range(length):
            near = frames[max(0, t - window // 2) : min(length, t + window // 2 + 1)]
            assert_allclose(found[t], PLAIN[name](near), atol=1e-12)


@pytest.mark.parametrize(("name", "window"), list(product(STATISTICS, (1, 5))))
def test_centred_readers_say_the_same_in_every_medium(name, window):
    torch, sympy = pytest.importorskip("torch"), pytest.importorskip("sympy")
    reference = pytest.importorskip("onnx.reference")
    text = f"CenteredWindow{name}[{window}](Affine[a](2*x0 - x1 + 1))"
    program, frames = Program.parse(text, GRAMMAR), frames_of(3, 7, 2)
    lengths = np.array([7, 1, 4])
    ragged = [x[:n] for x, n in zip(frames, lengths, strict=True)]
    expected = program(ragged)
    valid = ~np.isnan(expected)
    namespace: dict = {}
    exec(program.to_python("near"), namespace)
    assert_allclose(namespace["near"](frames, lengths), expected)
    outputs = program.to_torch(dtype=torch.float64)(torch.tensor(frames), torch.tensor(lengths))
    assert_allclose(outputs.detach().numpy()[valid], expected[valid])
    session = reference.ReferenceEvaluator(program.to_onnx(dtype="float64"))
    (values,) = session.run(None, {"frames": frames, "lengths": lengths})
    assert_allclose(np.asarray(values)[valid], expected[valid])
    x = sympy.IndexedBase("x")
    known = {x[t, j]: frames[0, t, j] for t in range(7) for j in range(2)}
    formula = program.to_sympy(n_timesteps=7).xreplace(known)
    assert_allclose(np.array(formula, dtype=float), expected[0])
    assert_same_program(Program.parse(program.to_text(), GRAMMAR), program)
    assert_same_program(Program.from_json(program.to_json()), program)
    assert_same_program(pickle.loads(pickle.dumps(program)), program)
    trace = program.trace(frames[:1])
    total = trace.baseline + trace.contributions.sum(axis=-2)
    assert_allclose(total, program(frames[:1]).reshape(total.shape))
    assert "_{s=" in program.to_latex()


def test_a_statistic_without_a_source_can_not_be_written_down():
    kind = reader(
        Statistic(
            "Last",
            "last value",
            element=lambda x: (x,),
            merge=lambda xp, a, b: (b[1],),
            finish=lambda xp, a: a[1],
        )
    )
    grammar = Grammar((kind(2), *Grammar.paper(1, windows=(), value_windows=()).productions))
    program = Program.parse("SlideWindowLast[2](Affine[x0](x0))", grammar)
    assert_array_equal(program(frames_of(1, 4, 1)), frames_of(1, 4, 1)[:, -1])
    with pytest.raises(ValueError, match="define it with def"):
        program.to_python()


def first(x):
    return (x,)


def keep(xp, a, b):
    return (a[1],)


def kept(xp, a):
    return a[1]


SlideWindowFirst = reader(Statistic("First", "first value", first, keep, kept))


def test_a_reader_of_ones_own_is_pickled_by_its_name():
    grammar = Grammar((SlideWindowFirst(3), *Grammar.paper(1, windows=()).productions))
    program = Program.parse("SlideWindowFirst[3](Affine[x0](x0))", grammar)
    assert_same_program(pickle.loads(pickle.dumps(program)), program)
    assert SlideWindowFirst.__module__ == __name__
