"""Temporal filters: the last frames weighted by a wavelet, in every medium."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program
from sklearn_dpads.estimator.scaling import FrameScaling
from sklearn_dpads.grammar import BUILTIN_PRODUCTIONS, TemporalFilter
from sklearn_dpads.grammar.filters import over_lags, wavelet
from sklearn_dpads.program import reduced
from sklearn_dpads.program.trace_text import frames_seen

from ..reference import filtered
from ..strategies import QUICK
from .compare import assert_same_program

GRAMMAR = Grammar.paper({"a": [0, 1]}, windows=(), value_windows=())
BODY = "Multiply(Affine[a](2*x0 - x1 + 1), Affine[a](x1 + 0.5))"
SHAPES = [(3, 0.7, 2.0), (5, -1.9, 0.3), (11, 0.4, -6.0), (5, 0.0, 3.0), (3, 1.0, 0.0)]
shapes = pytest.mark.parametrize(("window", "frequency", "spread"), SHAPES)
windows = st.sampled_from([3, 5, 7, 21])
frequencies = st.floats(-4, 4)
spreads = st.floats(-8, 8)


def text_of(window, frequency, spread, body=BODY):
    return f"TemporalFilter[{window}]({body}, frequency={frequency}, spread={spread})"


def program_of(*shape, body=BODY):
    return Program.parse(text_of(*shape, body=body), GRAMMAR)


def frames_of(*shape):
    return np.random.default_rng(0).normal(size=shape)


def weights_of(window, frequency, spread):
    return np.ravel(wavelet(np, np.array([frequency]), np.array([spread]), window))


@QUICK
@given(windows, frequencies, spreads, st.integers(1, 14))
def test_it_is_what_a_plain_loop_gives(window, frequency, spread, n_timesteps):
    x = frames_of(2, n_timesteps, 3)
    weights = weights_of(window, frequency, spread)
    values = over_lags(x, weights)
    for t in range(n_timesteps):
        for frames, value in zip(x, values, strict=True):
            expected = filtered(frames[: t + 1].tolist(), window, frequency, spread)
            assert_allclose(value[t], expected, atol=1e-12)
        # Cut after a frame, a sequence gives that frame the same value, bit for bit.
        assert_array_equal(over_lags(x[:, : t + 1], weights)[:, t], values[:, t])


@given(windows, frequencies, spreads)
def test_weights_are_symmetric_and_of_size_1(window, frequency, spread):
    weights = weights_of(window, frequency, spread)
    assert len(weights) == window
    assert_array_equal(weights, weights[::-1])
    assert np.abs(weights).sum() == pytest.approx(1)
    assert np.isfinite(weights).all()


def test_a_slow_and_wide_wavelet_is_a_mean():
    x = frames_of(1, 9, 2)
    assert_allclose(over_lags(x, weights_of(5, 1e-4, 4.0))[:, 8], x[:, 4:].mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("glitch", [1e17, 1e308, -1e308])
@pytest.mark.parametrize("where", ["before", "behind"])
def test_frames_outside_the_window_change_nothing(glitch, where):
    weights, x = weights_of(5, 0.9, 2.0), frames_of(1, 20, 2)
    values = over_lags(x, weights)
    x[:, 7] = glitch
    with np.errstate(over="ignore"):
        disturbed = over_lags(x, weights)
    apart = range(12, 20) if where == "before" else range(7)
    assert_array_equal(values[:, apart], disturbed[:, apart])
    assert (values[:, 7:12] != disturbed[:, 7:12]).any()


@shapes
def test_padding_has_no_influence(window, frequency, spread):
    program, frames = program_of(window, frequency, spread), frames_of(2, 9, 2)
    padded = np.concatenate([frames, np.full((2, 3, 2), np.nan)], axis=1)
    assert_array_equal(program(padded), program(frames))
    prefixes = Program.parse(f"MapPrefix({program})", GRAMMAR)
    assert_array_equal(prefixes(padded)[:, :9], prefixes(frames))
    assert np.isnan(prefixes(padded)[:, 9:]).all()
    for t in range(1, 10):
        assert_array_equal(prefixes(frames)[:, t - 1], program(frames[:, :t]))


@shapes
def test_the_exports_say_what_numpy_says(window, frequency, spread):
    torch = pytest.importorskip("torch")
    program, frames = program_of(window, frequency, spread), frames_of(3, 9, 2)
    lengths = np.array([9, 1, 5])
    expected = program([x[:n] for x, n in zip(frames, lengths, strict=True)])
    namespace: dict = {}
    exec(program.to_python("filtered"), namespace)
    assert_allclose(namespace["filtered"](frames, lengths), expected)
    frames[1, 1:] = np.nan
    module = program.to_torch(dtype=torch.float64)
    outputs = module(torch.tensor(frames), torch.tensor(lengths))
    assert_allclose(outputs.detach().numpy(), expected)
    outputs.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in module.parameters())
    assert_same_program(module.to_program(), program)


@shapes
def test_an_onnx_model_says_what_numpy_says(window, frequency, spread):
    reference = pytest.importorskip("onnx.reference")
    program, frames = program_of(window, frequency, spread), frames_of(3, 9, 2)
    lengths = np.array([9, 1, 5])
    session = reference.ReferenceEvaluator(program.to_onnx(dtype="float64"))
    (values,) = session.run(None, {"frames": frames, "lengths": lengths})
    assert_allclose(values, program([x[:n] for x, n in zip(frames, lengths, strict=True)]))


@shapes
@pytest.mark.parametrize("n_timesteps", [2, 8])
def test_a_formula_says_what_numpy_says(window, frequency, spread, n_timesteps):
    sympy = pytest.importorskip("sympy")
    program, frames = program_of(window, frequency, spread), frames_of(1, n_timesteps, 2)
    x = sympy.IndexedBase("x")
    known = {x[t, j]: frames[0, t, j] for t in range(n_timesteps) for j in range(2)}
    formula = program.to_sympy(n_timesteps=n_timesteps).xreplace(known)
    assert_allclose(float(formula), program(frames)[0, 0])
    general = program.to_sympy().subs("T", n_timesteps).xreplace(known)
    assert_allclose(float(general), program(frames)[0, 0])


def test_the_gradients_of_a_module_are_slopes():
    torch = pytest.importorskip("torch")
    frames = torch.tensor(frames_of(2, 6, 2))
    for frequency, spread in ((0.7, 2.0), (-1.9, -0.4)):
        module = program_of(5, frequency, spread).to_torch(dtype=torch.float64)
        numbers = (module.root.frequency, module.root.spread)

        def value(*values, module=module):
            names = ("root.frequency", "root.spread")
            return torch.func.functional_call(
                module, dict(zip(names, values, strict=True)), (frames,)
            )

        assert torch.autograd.gradcheck(value, numbers)


@shapes
def test_parts_of_features_sum_to_the_value(window, frequency, spread):
    program, frames = program_of(window, frequency, spread), frames_of(3, 6, 2)
    for reference in (None, "mean"):
        trace = program.trace(frames, reference=reference)
        total = trace.baseline + trace.contributions.sum(axis=-2)
        assert_allclose(total, program(frames).reshape(total.shape))
    seen = frames_seen(program.expression, (0,))
    assert seen == f"on the last {window} frames, weighted by a wavelet"
    of_argument = trace.nodes[1]
    weights = weights_of(window, frequency, spread)
    assert_allclose(of_argument.inputs, over_lags(frames, weights))


@shapes
def test_scaling_the_frames_is_exact(window, frequency, spread):
    """For sequences shorter than the window, too."""
    program, frames = program_of(window, frequency, spread), 3 * frames_of(3, 4, 2) + 100
    scaling = FrameScaling(np.array([100.0, 90.0]), np.array([3.0, 0.5]))
    scaled = program.with_expression(scaling.to_scaled(program.expression))
    assert_allclose(scaled((frames - scaling.mean) / scaling.scale), program(frames))
    back = program.with_expression(scaling.to_raw(scaled.expression))
    assert_allclose(back(frames), program(frames))


@shapes
def test_texts_json_and_pickles_come_back(window, frequency, spread):
    program = program_of(window, frequency, spread)
    assert_same_program(Program.parse(program.to_text(), GRAMMAR), program)
    assert_same_program(Program.from_json(program.to_json()), program)
    assert_same_program(pickle.loads(pickle.dumps(program)), program)
    grammar = GRAMMAR.with_production(TemporalFilter(window))
    assert f"TemporalFilter[{window}](atom->atom)" in str(grammar)
    assert Grammar.parse(str(grammar)) == grammar
    assert BUILTIN_PRODUCTIONS["TemporalFilter"] is TemporalFilter


def test_it_is_in_no_grammar_by_itself():
    for grammar in (Grammar.paper(2), Grammar.default(2), Grammar.preset("sk152")):
        assert not any(isinstance(p, TemporalFilter) for p in grammar.productions)


def test_its_numbers_are_shown_and_counted():
    program = program_of(5, 1.25, 3.0, body="Affine[a](2*x0)")
    assert str(program) == "TemporalFilter[5](Affine[a](2*x0), frequency=1.25, spread=3)"
    assert program.n_parameters == 3
    assert program.cost == 2
    assert "frequency 1.25; spread 3" in program._repr_html_()
    assert r"TemporalFilter[5]\lfrequency 1.25\lspread 3\l" in program.to_dot()


def test_a_formula_in_latex_defines_each_wavelet():
    pair = (program_of(5, 1.25, 3, body="Affine[a](x0)"), program_of(3, -2, 0, body="Constant(1)"))
    text = f"Add({pair[0]}, Add({pair[0]}, {pair[1]}))"
    latex = Program.parse(text, GRAMMAR).to_latex()
    for i in (1, 2):
        assert (
            rf"k^{{({i})}}(\tau) &= \exp\left( -\frac{{1}}{{2}} \left( "
            r"\frac{1.25 \, \tau}{3} \right)^2 \right) \cos(1.25 \, \tau)"
        ) in latex
    # What is read by a constant alone is not there.
    assert r"k^{(3)}" not in latex
    one = pair[0].to_latex()
    assert r"y &= \widehat{x}_{T,0} \\" in one
    assert r"k(\tau) \, \mathbf{x}_{\max(1, t - 2 - \tau)} \\" in one
    # A spread that counts as 0.1 is written so.
    assert r"{0.1} \right)^2" in program_of(3, -2, 0, body="Affine[a](x0)").to_latex()


def test_a_program_is_simplified_around_it():
    program = Program.parse(
        f"Add({program_of(5, 1.2, 3, body='Affine[a](2*x0)')},"
        f" {program_of(3, 1.2, 3, body='Affine[a](0.001*x1)')})",
        GRAMMAR,
    )
    simplified = program.simplify(frames_of(40, 8, 2)).program
    assert str(simplified) == "TemporalFilter[5](Affine[a](2*x0), frequency=1.2, spread=3)"
    condition = program_of(5, 1.2, 3, body="Constant(-1)")
    branches = [program_of(5, 1.2, 3, body=f"Affine[a](x{i})") for i in (0, 1)]
    text = f"if {condition} >= 0: {branches[0]} else: {branches[1]}"
    whole = Program.parse(text, GRAMMAR)
    assert str(whole.with_expression(reduced(whole.expression))) == str(branches[1])


@pytest.mark.parametrize("window", [0, 1, -3, 2.0, True, None, "all"])
def test_windows_it_does_not_take(window):
    with pytest.raises(ValueError, match=r"^TemporalFilter needs a window of at least 3 frames;"):
        TemporalFilter(window)


def test_a_window_has_a_middle():
    message = r"^TemporalFilter needs an odd window, got 6; give 5 or 7\.$"
    with pytest.raises(ValueError, match=message):
        TemporalFilter(6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "TemporalFilter[5](Affine[a](x0))",
            r"found '\)', expected ', frequency=...', which TemporalFilter\[5\] needs",
        ),
        (
            "TemporalFilter[5](Affine[a](x0), frequency=1)",
            r"found '\)', expected ', spread=...', which TemporalFilter\[5\] needs",
        ),
        ("TemporalFilter[5](Affine[a](x0), spread=1)", "found 'spread', expected 'frequency'"),
        ("TemporalFilter[4](Affine[a](x0), frequency=1, spread=1)", "needs an odd number"),
        ("TemporalFilter[1](Affine[a](x0), frequency=1, spread=1)", "integer of at least 3"),
    ],
)
def test_mistakes_in_texts_are_named(text, message):
    with pytest.raises(ValueError, match=message):
        Program.parse(text, GRAMMAR)


def test_mistakes_in_json_are_named():
    text = program_of(5, 1.2, 3).to_json()
    with pytest.raises(ValueError, match="odd window, got 4"):
        Program.from_json(text.replace('"window": 5', '"window": 4'))
    with pytest.raises(ValueError, match="needs parameters of shapes"):
        Program.from_json(text.replace('"frequency": [1.2]', '"frequency": [1.2, 3]'))
