"""Values of several programs, made probabilities of one distribution."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax

from sklearn_dpads import Grammar, Program
from sklearn_dpads.estimator.calibration import Calibration
from sklearn_dpads.program.identified import shifted

GRAMMAR = Grammar.default({"a": [0], "b": [1]})


def expression(text):
    return Program.parse(text, GRAMMAR).expression


LEAF = expression("SlideWindowAvg[all](Affine[a](2*x0 - 1))")


def draw(n=600, too_sure=4.0):
    """Labels whose log-odds are known, and values that are too sure and off."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(n, 3), scale=1.5)
    codes = np.array([rng.choice(3, p=np.exp(row)) for row in log_softmax(logits, axis=1)])
    return too_sure * (logits - [0.5, 0.0, -0.5]), codes


def loss(values, codes):
    return -log_softmax(values, axis=1)[np.arange(len(codes)), codes].mean()


def test_what_is_too_sure_and_off_is_made_good():
    values, codes = draw()
    fitted = Calibration.fit(values, codes, np.ones(len(codes)), [LEAF] * 3)
    assert_allclose(fitted.scales, 0.25, atol=0.05)
    assert_allclose(fitted.offsets, [0.5, 0.0, -0.5], atol=0.25)
    assert abs(fitted.offsets.sum()) < 1e-3
    assert loss(fitted(values), codes) < loss(values, codes)


def test_nothing_is_made_surer_than_it_was_fitted():
    values, codes = draw(too_sure=0.2)
    fitted = Calibration.fit(values, codes, np.ones(len(codes)), [LEAF] * 3)
    assert (fitted.scales <= 1.0).all()


def test_a_heavier_class_is_more_probable():
    values, codes = draw()
    heavy = np.where(codes == 2, 5.0, 1.0)
    fitted = Calibration.fit(values, codes, heavy, [LEAF] * 3)
    plain = Calibration.fit(values, codes, np.ones(len(codes)), [LEAF] * 3)
    assert fitted.offsets[2] > plain.offsets[2] + 0.5


def test_values_that_explode_spoil_nothing():
    values, codes = draw()
    values[0], values[1] = np.inf, np.nan
    fitted = Calibration.fit(values, codes, np.ones(len(codes)), [LEAF] * 3)
    assert np.isfinite([fitted.scales, fitted.offsets]).all()


def test_a_program_that_takes_up_no_offset_keeps_its_own():
    values, codes = draw()
    product = expression("Multiply(SlideWindowAvg[5](Affine[a](x0)), Fold(Affine[b](x1)))")
    fitted = Calibration.fit(values, codes, np.ones(len(codes)), [LEAF, product, LEAF])
    assert fitted.offsets[1] == 0.0
    assert fitted.scales[1] < 1.0
    assert fitted.offsets[0] != 0.0


@pytest.mark.parametrize(
    "text",
    [
        "SlideWindowStd[all](Affine[a](2*x0 - 1))",
        "SlideWindowMax[all,values](Affine[a](x0))",
        "Add(Fold(Affine[a](x0)), SlideWindowAvg[all](Constant(3)))",
        "if SlideWindowAvg[5](Affine[a](x0)) >= 0: SlideWindowAvg[all](Affine[b](x1))"
        " else: SlideWindowAvg[all](Constant(-1))",
        "Map(if Affine[a](x0) >= 0: Affine[b](x1) else: Constant(1))",
        "MapPrefix(SlideWindowAvg[5](Multiply(Affine[a](x0), Affine[b](x1))))",
        "Fold(Affine[a](x0 + 0.5*previous))",
    ],
)
def test_programs_take_up_what_they_can(text):
    X = np.random.default_rng(0).normal(size=(5, 8, 2))
    before = expression(text)
    after = Calibration(np.array([0.5]), np.array([2.0])).of_program(before, 0)
    old, new = Program(before, 2)(X), Program(after, 2)(X)
    offset = 0.0 if shifted(before, np.ones(1)) is None else 2.0
    assert_allclose(new, 0.5 * old + offset, atol=1e-9)
    assert (offset == 0.0) == ("Multiply" in text or text.startswith("Fold"))
