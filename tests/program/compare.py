"""Equality of expressions and programs, parameters included."""

from __future__ import annotations

import numpy as np

from sklearn_dpads import Program
from sklearn_dpads.program import Expression


def assert_same_expression(one: Expression, other: Expression) -> None:
    assert one.production == other.production
    assert (one.width, one.accumulator) == (other.width, other.accumulator)
    assert one.params.keys() == other.params.keys()
    for name, value in one.params.items():
        np.testing.assert_array_equal(other.params[name], value)
    assert len(one.args) == len(other.args)
    for a, b in zip(one.args, other.args, strict=True):
        assert_same_expression(a, b)


def assert_same_program(one: Program, other: Program) -> None:
    assert one.n_features == other.n_features
    assert one.feature_names == other.feature_names
    assert one.classes == other.classes
    assert_same_expression(one.expression, other.expression)
