"""ONNX models of a value per sequence: they read spans at the end, and no prefix before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_dpads import Program
from sklearn_dpads.inputs.sequences import Sequences

from ..program.test_whole import (
    GRAMMAR,
    KINDS,
    TEXT,
    last_of_prefixes,
    lengths_of,
    members_of,
    texts,
)
from .test_onnx import run
from .test_python_whole import padded

onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
FEW = settings(
    deadline=None, derandomize=True, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)


def operators_of(model) -> set[str]:
    return {node.op_type for node in model.graph.node}


@FEW
@given(texts, lengths_of, st.integers(0, 2), st.sampled_from([0.0, 1e5]))
def test_it_gives_the_last_value(text, lengths, extra, far):
    program, members = Program.parse(text, GRAMMAR), members_of(lengths, far=far)
    frames, n_frames = padded(members, np.nan, extra)
    data = Sequences(frames, n_frames)
    values = run(onnxruntime, program.to_onnx(dtype="float64"), data, np.float64)
    expected = last_of_prefixes(program, members)
    assert_allclose(values, expected, rtol=1e-9, atol=1e-9 * max(1.0, far))


@pytest.mark.parametrize("name", [name for name in KINDS if name != "Own"])
@pytest.mark.parametrize("span", ["3", "40", "2/3", "all"])
def test_no_statistic_of_the_language_needs_a_loop(name, span):
    program = Program.parse(f"SlideWindow{name}[{span}](Affine[some](x1 - x3))", GRAMMAR)
    model = program.to_onnx(dtype="float64")
    assert not operators_of(model) & {"Scan", "Loop"}
    # A runtime would warn of a constant that nothing uses.
    used = {name for node in model.graph.node for name in node.input}
    assert {constant.name for constant in model.graph.initializer} <= used
    members = members_of([30, 1, 12, 2, 45])
    data = Sequences(*padded(members, 1e9, 2))
    values = run(onnxruntime, model, data, np.float64)
    assert_allclose(values, program(members), rtol=1e-9, atol=1e-9)


def test_columns_that_are_not_read_are_not_computed_with():
    program = Program.parse(TEXT, GRAMMAR)
    frames, lengths = padded(members_of([9, 4, 12]), np.nan)
    other = frames.copy()
    other[:, :, 4] = np.nan
    model = program.to_onnx(dtype="float64")
    found = [run(onnxruntime, model, Sequences(x, lengths), np.float64) for x in (frames, other)]
    np.testing.assert_array_equal(*found)
