"""Programs as ONNX models, run by two runtimes."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import CenteredWindowAvg, SlideWindowAvg
from sklearn_dpads.inputs.sequences import check_sequences

from .. import reference
from ..program.cases import EXPORTS, cases, values_of
from ..strategies import pad
from ..user_functions import PRODUCTIONS


@pytest.fixture(scope="module")
def onnxruntime():
    return pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


@pytest.fixture(scope="module")
def onnx():
    return pytest.importorskip("onnx", reason="onnx is not installed")


def run(onnxruntime, model, data, dtype):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feed = {"frames": data.frames.astype(dtype), "lengths": data.lengths.astype(np.int64)}
    (values,) = session.run(["values"], feed)
    return values


@EXPORTS
@given(case=cases(), extra=st.integers(0, 2), filler=st.sampled_from([0.0, 1e6, np.nan]))
def test_float64_agrees_with_the_program(onnx, onnxruntime, case, extra, filler):
    program, frames_of = case
    data = pad(frames_of, extra, filler)
    values = run(onnxruntime, program.to_onnx(dtype="float64"), data, np.float64)
    expected = values_of(program, frames_of)
    if values.ndim == 3:
        assert np.isnan(values[:, expected.shape[1] :]).all()
        values = values[:, : expected.shape[1]]
    np.testing.assert_allclose(values, expected, rtol=1e-10, atol=1e-10)


@EXPORTS
@given(case=cases(clear=1e-2, largest=50))
def test_float32_agrees_with_the_program_to_single_precision(onnx, onnxruntime, case):
    program, frames_of = case
    largest = max(1.0, reference.trace(program.expression, frames_of).largest_value)
    values = run(onnxruntime, program.to_onnx(), pad(frames_of), np.float32)
    expected = values_of(program, frames_of)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-5 * largest)


NAMES = ["speed", "left paw"]
GRAMMAR = Grammar.paper({"all": NAMES}, feature_names=NAMES).with_production(
    CenteredWindowAvg(3), SlideWindowAvg(2), SlideWindowAvg(2, "values")
)
TEXTS = [
    "if SlideWindowAvg[2,values](Multiply(Affine[all](speed), Affine[all](speed - 0.5))) >= 0: "
    "Fold(Affine[all](0.5*previous - speed), initial=2) else: SlideWindowAvg[all](Constant(1))",
    "if CenteredWindowAvg[3](Affine[all](speed)) >= 0: Map(Input) else: "
    "MapPrefix(SlideWindowAvg[2](Affine[all](a: speed, b: 2)))",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_reference_implementation_of_onnx_agrees(text):
    older = "the reference implementation did not see constants from outside a graph within a graph"
    pytest.importorskip("onnx", minversion="1.22", reason=older)
    from onnx.reference import ReferenceEvaluator

    program = Program.parse(text, GRAMMAR, feature_names=NAMES, classes=("a", "b"))
    data = pad(np.random.default_rng(0).normal(size=(3, 7, 2)).tolist())
    data.lengths[:] = [7, 1, 4]
    model = program.to_onnx(dtype="float64")
    feed = {"frames": data.frames, "lengths": data.lengths}
    (values,) = ReferenceEvaluator(model).run(None, feed)
    np.testing.assert_allclose(values, program.evaluate(data), rtol=1e-12)


def test_the_model_says_what_it_is(onnx):
    program = Program.parse(TEXTS[1], GRAMMAR, feature_names=NAMES, classes=("a", "b"))
    model = program.to_onnx()
    properties = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert properties == {
        "feature_names": NAMES,
        "output_names": ["a", "b"],
        "classes": ["a", "b"],
    }
    assert model.graph.doc_string == program.to_text()
    assert [value.name for value in model.graph.input] == ["frames", "lengths"]
    assert {entry.domain: entry.version for entry in model.opset_import} == {"": 18}


def test_a_file_is_written_whole(onnx, tmp_path):
    program = Program.parse(TEXTS[0], GRAMMAR, feature_names=NAMES)
    path = tmp_path / "program.onnx"
    model = program.to_onnx(path)
    assert onnx.load(path) == model
    assert [file.name for file in tmp_path.iterdir()] == ["program.onnx"]
    with pytest.raises(FileNotFoundError):
        program.to_onnx(tmp_path / "no folder" / "program.onnx")


def test_user_productions_are_refused():
    grammar = Grammar.paper(1).with_production(*PRODUCTIONS)
    program = Program.parse("Fold(|Affine[x0](x0)|)", grammar)
    with pytest.raises(ValueError, match="^The program holds the user's production 'soft_sign'"):
        program.to_onnx()


def test_the_type_of_numbers_is_checked():
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    with pytest.raises(ValueError, match="^dtype must be 'float32' or 'float64'; got 'float16'"):
        program.to_onnx(dtype="float16")


def test_without_onnx_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    message = r"^to_onnx needs onnx, which is not installed\. .*pip install sklearn_dpads\[onnx\]$"
    with pytest.raises(ImportError, match=message):
        program.to_onnx()


def test_what_single_precision_loses_is_told(onnx, onnxruntime):
    grammar = Grammar.paper({"t": ["t"]}, feature_names=["t"])
    text = "SlideWindowAvg[all](Affine[t](0.01*t - 17000000))"
    program = Program.parse(text, grammar, feature_names=["t"])
    with pytest.warns(UserWarning, match=r"float32 keeps 7 digits.*to_onnx\(dtype='float64'"):
        program.to_onnx()
    X = 1.7e9 + np.random.default_rng(0).normal(scale=60.0, size=(40, 5, 1))
    data = check_sequences(X, estimator_name="Program")
    values = run(onnxruntime, program.to_onnx(dtype="float64"), data, np.float64)
    np.testing.assert_allclose(values, program(X), rtol=1e-9, atol=1e-7)
