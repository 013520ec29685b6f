"""Classifiers that have a program without having looked for it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import Grammar, Program, ProgramClassifier
from sklearn_dpads.estimator.given import with_program
from sklearn_dpads.inspection import stability
from sklearn_dpads.search import SumsOfReaders


def walks(classes=("rest", "walk")):
    rng = np.random.default_rng(0)
    y = np.array(classes)[np.arange(40) % len(classes)]
    X = rng.normal(size=(40, 8, 2))
    X[y == "walk", :, 0] += 2.0
    return X, y


def test_it_is_asked_as_the_one_that_found_the_program():
    X, y = walks()
    found = ProgramClassifier(search=SumsOfReaders(), pos_label="rest", random_state=0).fit(X, y)
    program = Program.from_json(found.program_.to_json())
    given = with_program(ProgramClassifier(), program, X, y)
    assert_array_equal(given.predict(X), found.predict(X))
    assert given.score(X, y) == found.score(X, y)
    of_found, of_given = (
        stability(clf, X, y, n_bootstraps=0, n_refits=4, random_state=0) for clf in (found, given)
    )
    for one, other in zip(of_found.numbers, of_given.numbers, strict=True):
        assert_allclose([other.low, other.high], [one.low, one.high], rtol=1e-4, atol=1e-4)


def test_other_labels_are_refused():
    X, y = walks()
    program = Program.parse("SlideWindowAvg[all](Affine[x0](x0))", Grammar.paper(2), classes="ab")
    with pytest.raises(ValueError, match=r"labels are \['rest', 'walk'\], but the classes"):
        with_program(ProgramClassifier(), program, X, y)


def test_programs_of_each_class_are_refused():
    X, y = walks(("rest", "run", "walk"))
    search = SumsOfReaders()
    clf = ProgramClassifier(search=search, decomposition="ovr", random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="one for each class"):
        with_program(ProgramClassifier(), clf.program_, X, y)
