"""Leaves as tables of classes by features."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program
from sklearn_dpads.program.class_tables import class_tables, largest_of
from sklearn_dpads.program.scales import Scales

CLASSES = ["a", "b", "c"]


def tables(text, scales=None):
    grammar = Grammar.paper({"all": [0, 1]})
    program = Program.parse(text, grammar, classes=CLASSES)
    return list(class_tables(Program(**{**vars_of(program), "scales": scales})).values())


def vars_of(program):
    names = ("expression", "n_features", "feature_names", "classes")
    return {name: getattr(program, name) for name in names}


def test_weights_are_per_standard_deviation_and_the_rest_is_at_the_mean():
    scales = Scales({"Avg[5]": {0: (10.0, 2.0), 1: (0.0, 0.5)}})
    (table,) = tables("SlideWindowAvg[5](Affine[all](a: x0 + x1, b: -x0, c: 3))", scales)
    assert table.rows == tuple(CLASSES)
    assert table.columns == ("x0", "x1", "at the mean")
    assert_allclose(table.values, [[2.0, 0.5, 9.0], [-2.0, 0.0, -11.0], [0.0, 0.0, 2.0]])


def test_what_all_classes_share_is_taken_away_where_it_decides_nothing():
    leaf = "Affine[all](a: x0 + 1, b: 2, c: 3)"
    (_, added) = tables(f"SlideWindowAvg[5](Add({leaf}, Constant(a: 1, b: 2, c: 3)))")
    assert_allclose(added.values[:, -1], [-1.0, 0.0, 1.0])
    (_, product) = tables(f"SlideWindowAvg[5](Multiply({leaf}, Constant(a: 1, b: 2, c: 3)))")
    assert_allclose(product.values[:, -1], [1.0, 2.0, 3.0])


def test_values_of_the_frame_before_have_columns():
    (table,) = tables("Fold(Affine[all](a: x0 + 0.5*previous[b], b: x1, c: -x1))")
    assert table.columns == ("x0", "x1", "previous[b]")
    assert_allclose(table.values[0], [1.0, 0.0, 0.5])


def test_a_leaf_of_zeros_has_one_column():
    (table,) = tables("SlideWindowAvg[5](Affine[all](a: 0, b: 0, c: 0))")
    assert table.columns == ("constant",)
    assert not np.any(table.values)


def test_leaves_of_one_output_have_no_table():
    program = Program.parse("SlideWindowAvg[5](Affine[x0](x0))", Grammar.paper(1))
    assert class_tables(program) == {}


def test_weights_have_their_colours_however_large_the_values_at_the_mean_are():
    found = tables("SlideWindowAvg[5](Affine[all](a: x0 + 100, b: -2*x1, c: 3))")
    assert largest_of(dict(enumerate(found))) == 2.0
    alone = tables("SlideWindowAvg[5](Constant(a: 5, b: 0, c: -7))")
    assert largest_of(dict(enumerate(alone))) == 7.0
