from __future__ import annotations

import signal

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sklearn_dpads import DPadsClassifier, Program, ProgramClassifier
from sklearn_dpads.baselines import RandomProgramClassifier, RNNClassifier
from sklearn_dpads.estimator.interrupts import interrupts_wait
from sklearn_dpads.estimator.resampled import Resampled
from sklearn_dpads.inspection import OccurrenceTable, searches, stability
from sklearn_dpads.inspection.intervals import intervals
from sklearn_dpads.inspection.occurrences import count_occurrences
from sklearn_dpads.search import SumsOfReaders

from .cases import GRAMMAR, NAMES, SUMS, fitted_frames, fitted_sums, sums, walks


@pytest.fixture(scope="module")
def fitted():
    return fitted_sums()


@pytest.fixture(scope="module")
def found(fitted):
    return stability(*fitted, n_bootstraps=3, n_refits=30, random_state=0)


def test_what_tells_the_classes_apart_is_stable(found):
    names = [(o.kind, o.name) for o in found.structure.stable()]
    assert ("group", "motion") in names
    assert ("statistic", "avg") in names
    speed = next(n for n in found.numbers if n.name == "speed")
    assert speed.low <= speed.value <= speed.high
    assert not speed.includes_zero
    turn = next(n for n in found.numbers if n.name == "turn")
    assert turn.includes_zero


def test_what_shows_the_program_takes_its_intervals(fitted, found):
    program, speed = fitted[0].program_, next(n for n in found.numbers if n.name == "speed")
    low, high = found.intervals.quantiles(
        lambda refit: (
            next(n for n in intervals(refit, [refit], 0.5) if n.label == speed.label).value
        )
    )
    assert (low, high) == (speed.low, speed.high)
    assert "*speed" in program.to_text(intervals=found.intervals)
    assert "?" in program.to_text(intervals=found.intervals)
    nothing = stability(*fitted, n_bootstraps=1, n_refits=0, random_state=0)
    assert nothing.intervals is None


def test_programs_are_scored_on_the_sequences_left_out(found):
    assert len(found.programs) == len(found.scores) == 3
    assert (found.scores > 0.6).all()
    assert (found.scores < 1).any()
    assert found.scoring == "F1 of walk"


def test_near_programs_are_within_two_errors_of_the_best(fitted, found):
    best = min(fitted[0].programs_, key=lambda r: r.loss)
    most = best.loss + 2 * best.loss_error
    assert len(found.near) == sum(r.loss <= most for r in fitted[0].programs_)


def test_the_result_is_the_same_for_any_n_jobs(fitted, found):
    with joblib.parallel_config(backend="threading"):
        again = stability(*fitted, n_bootstraps=3, n_refits=30, n_jobs=2, random_state=0)
    assert str(again) == str(found)
    assert_array_equal(again.scores, found.scores)


def test_the_estimator_stays_as_it_is(fitted, found):
    clf = fitted[0]
    assert str(clf.program_) == str(fitted_sums()[0].program_)
    assert clf.get_params()["search"] is SUMS


def test_it_prints_as_two_tables(found):
    text = str(found)
    assert text.startswith("Structure: searches on 3 bootstraps, F1 of walk out of the bag 0.")
    assert "Numbers: the program refitted to 30 bootstraps, 90% intervals." in text
    assert found._repr_html_().count("<table") == 2


def test_frames_are_drawn_by_sequence():
    clf, X, y = fitted_frames()
    groups = np.arange(len(X)) // 2
    found = stability(clf, X, y, groups=groups, n_bootstraps=2, n_refits=5, random_state=0)
    assert found.scoring == "weighted F1"
    assert (found.scores > 0.6).all()
    assert {n.output for n in found.numbers} == {"rest", "run", "turn"}


def test_refits_of_any_program_start_with_its_numbers():
    X, y = walks()
    text = (
        "Multiply(SlideWindowAvg[all](Affine[motion](speed - 0.5)),"
        " Fold(Affine[height](0.1*height + 0.2*previous + 1)))"
    )
    program = Program.parse(text, GRAMMAR, feature_names=NAMES, classes=("rest", "walk"))
    clf = fitted_sums()[0]
    clf.program_ = program
    found = stability(clf, X, y, n_bootstraps=0, n_refits=4, random_state=0)
    assert {"speed", "height", "previous"} <= {n.name for n in found.numbers}
    speed = next(n for n in found.numbers if n.name == "speed")
    # The sign of a factor is that of the program in all refits.
    assert np.sign(speed.low) == np.sign(speed.high) == np.sign(speed.value)


def test_numbers_that_are_0_stay_so():
    X, y = walks()
    search = SumsOfReaders(sums=SUMS.sums, n_folds=3, sparse_errors=2.0)
    clf = sums(search=search).fit(X, y)
    found = stability(clf, X, y, n_bootstraps=0, n_refits=5, random_state=0)
    assert len(found.numbers) == clf.program_.n_parameters


def test_a_search_can_be_given(fitted):
    of_sums, X, y = fitted
    clf = DPadsClassifier(grammar=GRAMMAR, max_iter=1, random_state=0)
    vars(clf).update({name: value for name, value in vars(of_sums).items() if name[-1] == "_"})
    found = stability(clf, X, y, search=SUMS, n_bootstraps=1, n_refits=0, random_state=0)
    assert len(found.programs) == 1
    assert not found.numbers


def test_a_search_that_fails_is_told_of(fitted, monkeypatch):
    clf, X, y = fitted
    fit = ProgramClassifier.fit
    seeds = []

    def sometimes(self, *args, **kwargs):
        seeds.append(self.random_state)
        if len(seeds) == 2:
            raise ValueError("out of luck")
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(ProgramClassifier, "fit", sometimes)
    with pytest.warns(UserWarning, match="1 of 3 searches failed: out of luck"):
        found = stability(clf, X, y, n_bootstraps=3, n_refits=0, random_state=0)
    assert len(found.programs) == len(found.scores) == 2
    assert list(found.failures) == [1]
    assert "(1 failed)" in str(found)


def test_it_is_an_error_where_all_fail(fitted, monkeypatch):
    def never(self, *args, **kwargs):
        raise ValueError("out of luck")

    monkeypatch.setattr(ProgramClassifier, "fit", never)
    with pytest.raises(RuntimeError, match="All 2 searches failed; the first one: out of luck"):
        stability(*fitted, n_bootstraps=2, n_refits=0, random_state=0)


@pytest.mark.parametrize("inside", ["search", "end", "between"])
def test_an_interrupt_keeps_the_searches_that_had_ended(fitted, monkeypatch, inside):
    n_begun = []

    def interrupted(estimator, X, y, counts, seed, number, groups):
        n_begun.append(1)
        is_early = len(n_begun) < 3
        if not is_early and inside == "between":
            raise KeyboardInterrupt
        if not is_early and inside == "end":  # which a fit lets come to its end
            with interrupts_wait():
                signal.raise_signal(signal.SIGINT)
        return searches.Searched(number, fitted[0].program_, None, (), not is_early)

    monkeypatch.setattr(searches, "_search", interrupted)
    with pytest.warns(ConvergenceWarning, match="after 2 of 5 bootstraps"):
        found = stability(*fitted, n_bootstraps=5, n_refits=5, random_state=0)
    assert len(found.programs) == 2
    assert found.numbers
    n_begun += [1] * 9
    with pytest.raises(KeyboardInterrupt):
        stability(*fitted, n_bootstraps=2, n_refits=0, random_state=0)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"n_bootstraps": 2.0}, TypeError, "n_bootstraps must be an integer of at least 0"),
        ({"n_refits": -1}, ValueError, "n_refits must be an integer of at least 0; got -1"),
        ({"n_refits": 0, "n_bootstraps": 0}, ValueError, "there is nothing to do"),
        ({"confidence": 1}, ValueError, "confidence must be a number between 0 and 1; got 1"),
        ({"confidence": "0.9"}, TypeError, "confidence must be a number between 0 and 1"),
        ({"search": "sums"}, TypeError, "search must be a Search"),
        ({"groups": [1, 2]}, ValueError, r"groups must hold one group per sequence, shape \(40,\)"),
        ({"groups": [1] * 40}, ValueError, r"groups holds one group alone, \[1\]"),
        ({"n_jobs": 0}, ValueError, "n_jobs == 0 has no meaning"),
    ],
)
def test_what_is_not_allowed_is_refused_before_work_starts(fitted, changes, error, message):
    with pytest.raises(error, match=message):
        stability(*fitted, **changes)


def test_other_estimators_labels_and_searches_are_refused(fitted):
    _, X, y = fitted
    with pytest.raises(TypeError, match="must be a classifier of programs.*RNNClassifier"):
        stability(RNNClassifier(), X, y)
    with pytest.raises(NotFittedError):
        stability(sums(), X, y)
    with pytest.raises(ValueError, match=r"y has the classes \['rest', 'run'\]"):
        stability(fitted[0], X, np.where(y == "walk", "run", y))
    random = RandomProgramClassifier(grammar=GRAMMAR, n_programs=2, random_state=0, n_fit_steps=2)
    with pytest.raises(ValueError, match="has a search of its own"):
        stability(random.fit(X, y), X, y, search=SUMS)


@pytest.mark.parametrize("as_list", [True, False])
def test_a_bootstrap_that_leaves_no_recording_out_has_no_score(as_list):
    clf, X, y = fitted_frames()
    some, labels = X[:3], y[:3]
    if as_list:
        some, labels = list(some), list(labels)
    clf = clf.fit(some, labels)
    resampled = Resampled.read(clf, some, labels)
    assert np.isnan(resampled.score(clf.program_, np.zeros(0, dtype=np.int64)))
    assert resampled.score(clf.program_, np.arange(3)) > 0.5


def test_what_few_programs_hold_is_counted_and_not_printed():
    def program(text):
        return Program.parse(text, GRAMMAR, feature_names=NAMES, classes=("rest", "walk"))

    speed = program("SlideWindowAvg[all](Affine[motion](speed))")
    height = program("SlideWindowAvg[5](Affine[height](height))")
    table = count_occurrences([speed] * 19 + [height], [speed], speed)
    shares = {o.name: (o.share, o.near_share, o.chosen) for o in table.of_kind("group")}
    assert shares == {"motion": (0.95, 1.0, True), "height": (0.05, 0.0, False)}
    assert "height" not in str(table)
    assert str(table).endswith("… and 4 that fewer than 10 % have; .to_frame() holds all.")
    assert len(OccurrenceTable(table).stable(0.9)) == 5
    with pytest.raises(ValueError, match="kind='groups' is not allowed; give one of 'group'"):
        table.of_kind("groups")


def test_programs_of_classes_have_intervals_each():
    X, y = walks()
    y = np.where((y == "walk") & (X[:, :, 1].mean(axis=1) > 0), "turn", y)
    X[y == "turn", :, 1] += 2.0
    clf = sums(decomposition="ovr").fit(X, y)
    found = stability(clf, X, y, n_bootstraps=0, n_refits=20, random_state=0)
    assert {n.part.split(":")[0] for n in found.numbers} == {"rest", "turn", "walk"}
    assert {n.output for n in found.numbers} == {""}
    turn = next(n for n in found.numbers if n.part.startswith("turn") and n.name == "turn")
    assert 0 < turn.low <= turn.value <= turn.high
    # What is shown is what was refitted: the programs before all were calibrated together.
    with pytest.raises(ValueError, match=r"of other numbers.*intervals\.program"):
        clf.program_.to_text(intervals=found.intervals)
    assert "±" in found.intervals.program.to_text(intervals=found.intervals)
