"""Every production has a meaning in every medium, and a medium that lacks one isn't made."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads.engine.semantics import _COMBINATIONS
from sklearn_dpads.export.c import _Statements
from sklearn_dpads.export.latex import _Formulas
from sklearn_dpads.export.onnx import _Operators
from sklearn_dpads.export.onnx_whole import WholeOperators
from sklearn_dpads.export.python import _Source
from sklearn_dpads.export.sympy import _Symbols
from sklearn_dpads.export.torch import _Tensors, _WholeTensors
from sklearn_dpads.grammar import (
    BUILTIN_PRODUCTIONS,
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Grammar,
    OneVsRest,
    SlideWindowAvg,
)
from sklearn_dpads.program import Meaning, Program, Sequences
from sklearn_dpads.program.attribution import Attribution
from sklearn_dpads.program.evaluate import AllPrefixes, LastValues, evaluate
from sklearn_dpads.program.streaming import _Closures
from sklearn_dpads.program.whole import WholeSequences

from ..user_functions import BLEND

MEDIA = [
    *(AllPrefixes, WholeSequences, LastValues, Attribution, _Closures),
    *(_Formulas, _Operators, _Source, _Statements, _Symbols, _Tensors),
    *(WholeOperators, _WholeTensors),
]
PRODUCTIONS = [
    *(kind() for kind in BUILTIN_PRODUCTIONS.values()),
    SlideWindowAvg(5, "values"),
    ITE(LIST_TO_ATOM),
    ITE(LIST_TO_LIST),
    BLEND,
]


@pytest.mark.parametrize("production", [*PRODUCTIONS, OneVsRest()], ids=str)
def test_every_production_has_a_meaning(production):
    assert callable(getattr(Meaning, production.meaning))


@pytest.mark.parametrize("production", PRODUCTIONS, ids=str)
def test_productions_of_frames_combine_in_the_engine(production):
    combines = not production.is_terminal and not production.streams
    assert (production.meaning in _COMBINATIONS) == (combines and production.meaning != "prefixes")


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("lacking", sorted(Meaning.__abstractmethods__))
def test_a_medium_that_lacks_a_meaning_is_not_made(medium, lacking):
    assert not medium.__abstractmethods__
    incomplete = type("Incomplete", (medium,), {lacking: getattr(Meaning, lacking)})
    with pytest.raises(TypeError, match=lacking):
        incomplete()


def test_arguments_are_asked_for_in_order_and_once():
    asked = []

    class Recording(AllPrefixes):
        def argument(self, node, index, value):
            asked.append((node.production.label, index))
            return super().argument(node, index, value)

    grammar = Grammar.paper({"a": [0], "b": [1]})
    text = """
    if SlideWindowAvg[5](Affine[a](x0)) >= 0:
        SlideWindowAvg[5](Multiply(Add(Affine[a](x0), Affine[b](x1)), Affine[b](2*x1)))
    else:
        SlideWindowAvg[all](Affine[a](x0))
    """
    program = Program.parse(text, grammar)
    data = Sequences(np.random.default_rng(0).normal(size=(4, 6, 2)), np.array([6, 2, 5, 1]))
    values = Recording().over_list(program.expression, data)
    assert asked == [
        ("ITE", 0),
        ("ITE", 1),
        *[("Multiply", 0), ("Add", 0), ("Add", 1), ("Multiply", 1)],
        ("ITE", 2),
    ]
    last = values[np.arange(len(values)), data.lengths - 1]
    assert_allclose(last, evaluate(program.expression, data))
