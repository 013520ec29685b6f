"""What is printed decides as the program does, whatever the units of the features."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier, Grammar, Program
from sklearn_dpads.estimator.digits import few, rounded, with_digits
from sklearn_dpads.estimator.scaling import FrameScaling
from sklearn_dpads.inputs.sequences import check_sequences
from sklearn_dpads.search import DPads, LocalSearch

# The local search tries little: what is looked at is how programs are printed.
QUICK = {
    "max_depth": 2,
    "search": DPads(
        max_iter=3,
        fit_steps=30,
        # Programs that are far from the best have numbers to print, too.
        local_search=LocalSearch(
            max_refinements=1, max_neighbours=40, n_screened=8, race_errors=1e6
        ),
    ),
    "random_state": 0,
}
# Air pressure in Pa, seconds since 1970, Kelvin, metres of a map, and none.
OFFSETS = [101325.0, 1.7e9, 293.15, -5.4e6, 0.0]


def shifted(offset, n_classes=2, per_frame=False, standardize=True):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 12, 2))
    y = np.arange(60) % n_classes
    X[..., 0] += 1.2 * y[:, None]
    X[..., 1] -= 0.8 * (y[:, None] == 1)
    if per_frame:
        y = np.repeat(y[:, None], 12, axis=1)
    return X + np.array([offset, 0.0]), y


def decisions(program, X):
    values = program(X)
    return values[..., 0] > 0 if values.shape[-1] == 1 else values.argmax(-1)


def parsed(text, clf):
    return Program.parse(text, clf.grammar_, feature_names=["u", "v"], classes=clf.program_.classes)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("kind", ["two", "three", "frames", "as they are"])
def test_a_printed_program_decides_as_the_fitted_one(offset, kind):
    X, y = shifted(offset, 3 if kind == "three" else 2, kind == "frames")
    classifier = DPadsFrameClassifier if kind == "frames" else DPadsClassifier
    # As they are, programs can't be trained on features of an offset.
    scale = kind != "as they are" or offset == 0.0
    clf = classifier(feature_names=["u", "v"], standardize=scale, **QUICK).fit(X, y)
    read = parsed(str(clf.program_), clf)
    assert_array_equal(decisions(read, X), decisions(clf.program_, X))
    assert_array_equal(clf.predict(X, program=read), clf.predict(X))
    # So does what the file keeps, and what is printed of it.
    again = Program.from_json(clf.program_.to_json())
    assert again.to_text() == clf.program_.to_text()
    if abs(offset) < 1:
        assert clf.program_.digits <= 5


@pytest.mark.parametrize("offset", [101325.0, 1.7e9])
def test_other_media_print_around_means_and_with_as_many_digits(offset):
    X, y = shifted(offset)
    clf = DPadsClassifier(feature_names=["u", "v"], **QUICK).fit(X, y)
    program = clf.program_
    # What is printed around the mean needs no more digits than without an offset.
    assert program.digits <= 5
    weight, mean = re.search(r"([0-9.]+)\*\(u - ([0-9.]+)\)", program.to_text()).groups()
    assert abs(float(mean) - X[..., 0].mean()) < 0.1
    for text in (program.to_latex(), program.to_dot(), program._repr_html_()):
        assert f"- {mean}" in text
        assert weight in text
    # Digits that are asked for are given.
    assert re.search(rf"(?<![0-9.])[0-9]0*\*\(u - {mean}\)", program.to_text(1))


def test_all_programs_of_a_fit_can_be_read_from_their_text():
    X, y = shifted(101325.0)
    # Where programs err nowhere, the search ends with few of them.
    y[[4, 5, 8, 9]] = y[[5, 4, 9, 8]]
    clf = DPadsClassifier(feature_names=["u", "v"], **QUICK).fit(X, y)
    assert len(clf.programs_) > 5
    for record in clf.programs_:
        read = parsed(str(record.program), clf)
        assert np.mean(decisions(read, X) == decisions(record.program, X)) == 1.0


def test_a_class_of_one_value_asks_for_no_more_digits_than_others():
    X, _ = shifted(0.0)
    grammar = Grammar.paper({"all": [0, 1]})
    text = "SlideWindowAvg[5](Affine[all](a: 0.123456789*x0, b: 0.98765*x1, c: 0.333333333333))"
    program = Program.parse(text, grammar, classes="abc")
    data = check_sequences(X, estimator_name="test")
    assert with_digits(program, data, FrameScaling.fit(data, False)).digits <= 5


def test_numbers_are_rounded_as_they_are_printed():
    X, y = shifted(293.15)
    clf = DPadsClassifier(feature_names=["u", "v"], **QUICK).fit(X, y)
    for digits in (2, 5, 9):
        text = clf.program_.to_text(digits)
        whole = rounded(clf.program_.expression, digits, clf.program_.scales)
        read = parsed(text, clf).expression
        for (_, one), (_, other) in zip(whole.walk(), read.walk(), strict=True):
            for name, values in one.params.items():
                assert_allclose(other.params[name], values, rtol=1e-14)


def test_the_digits_of_a_file_are_checked():
    text = DPadsClassifier(**QUICK).fit(*shifted(0.0)).program_.to_json()
    assert Program.from_json(re.sub(r'"digits": \d+, ', "", text)).digits is None
    for wrong in ("0", "-3", "2.5", '"4"', "true"):
        with pytest.raises(ValueError, match=r"program\.digits must be a positive integer"):
            Program.from_json(re.sub(r'"digits": \d+', f'"digits": {wrong}', text))


def test_deviations_are_those_of_whole_sequences_of_all_classes():
    # A mean of 600 frames varies far less than that of the first 200, and classes may be sorted.
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 100)
    X = rng.normal(size=(200, 600, 1))
    X[y == 1] += 0.02
    text = (
        "list->atom ::= SlideWindowAvg[all](atom->atom)\natom->atom ::= Affine[u]\nAffine[u] = {0}"
    )
    clf = DPadsClassifier(grammar=Grammar.parse(text), **QUICK).fit(X, y)
    ((center, spread),) = clf.program_.scales.streams["Avg[all]"].values()
    of_means = X.mean(axis=1)
    assert center == pytest.approx(of_means.mean(), abs=1e-9)
    assert spread == pytest.approx(of_means.std(), rel=1e-6)


def test_few_sequences_are_of_all_parts_of_the_data():
    X = np.broadcast_to(np.arange(500.0)[:, None, None], (500, 300, 1))
    data = check_sequences(X, estimator_name="P")
    some = few(data)
    assert some.n_timesteps == 200
    assert some.n_samples == 100
    assert some.frames[0, 0, 0] == 0
    assert some.frames[-1, 0, 0] == 499
