"""What a fold that screened programs have not seen tells of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sklearn_dpads.search.racing import Race

from .problem import TINY, make_problem
from .test_local_search import FOLD, PRODUCT, SUM, scored


def setting(text, *, per_frame=False):
    """A problem, and a program judged on it."""
    problem = make_problem(**TINY, per_frame=per_frame)
    text = f"MapPrefix({text})" if per_frame else text
    (judged,) = scored(problem, text)
    return problem, judged


def race(problem, n_errors=1.0):
    return Race(problem, lambda p: p.loss + problem.penalty * p.priced_cost, n_errors)


def changed(judged, of_value):
    """The same program with other values in each fold."""
    trial = judged.fitted
    starts = [
        replace(
            start,
            theta={
                key: {name: of_value(value) for name, value in values.items()}
                for key, values in start.theta.items()
            },
        )
        for start in trial.starts
    ]
    return replace(trial, starts=starts)


def poor(judged):
    """With values that say the opposite, and are sure of it."""
    return changed(judged, lambda value: -20.0 * value)


def test_a_program_is_a_match_for_itself():
    problem, judged = setting(PRODUCT)
    assert race(problem).hopeful([judged.fitted], [judged], [judged]) == [judged.fitted]


def test_a_program_far_behind_its_rivals_is_left_out():
    problem, judged = setting(PRODUCT)
    trials = [judged.fitted, poor(judged)]
    assert race(problem).hopeful(trials, [judged], [judged]) == trials[:1]


def test_more_errors_are_more_lenient():
    problem, judged = setting(PRODUCT)
    trials = [poor(judged)]
    assert race(problem, 1e6).hopeful(trials, [judged], [judged]) == trials


def test_without_a_cheaper_program_there_is_no_rival():
    problem, judged = setting(PRODUCT)
    (cheap,) = scored(problem, FOLD)
    trials = [poor(cheap)]
    assert race(problem).hopeful(trials, [judged], ()) == trials
    assert race(problem).hopeful(trials, [cheap, judged], ()) == []


def test_parameters_that_saw_the_fold_are_not_asked():
    """Values of other folds may be anything."""
    problem, judged = setting(PRODUCT)
    trial = judged.fitted
    wrong = poor(judged).starts
    mixed = replace(trial, starts=[trial.starts[0], *wrong[1:]])
    assert race(problem).hopeful([mixed], [judged], [judged]) == [mixed]


def test_values_that_are_not_finite_lose():
    problem, judged = setting(PRODUCT)
    broken = changed(judged, lambda value: value * np.nan)
    assert race(problem, 100.0).hopeful([broken], [judged], [judged]) == []


def test_a_rival_whose_values_are_not_finite_beats_nobody():
    problem, judged = setting(PRODUCT)
    broken = replace(judged, trial=changed(judged, lambda value: value * np.nan))
    assert race(problem, 0.0).hopeful([judged.fitted], [broken], [broken]) == [judged.fitted]


def test_linear_programs_do_not_race():
    """They come from the screening with the values they began with, and are fitted anew."""
    problem, judged = setting(SUM)
    trials = [poor(judged)]
    assert race(problem, 0.0).hopeful(trials, [judged], [judged]) == trials


@pytest.mark.parametrize("labelled", [0, 5, 12])
def test_a_few_sequences_leave_nothing_out(labelled):
    """The error of a difference is told by the sequences of the fold that have a label."""
    problem, judged = setting(FOLD, per_frame=True)
    trials = [poor(judged)]
    assert race(problem).hopeful(trials, [judged], [judged]) == []
    members = problem.folds.members(0)
    problem.data.targets.weights[:, members[labelled:]] = 0
    kept = trials if labelled < 8 else []
    assert race(problem).hopeful(trials, [judged], [judged]) == kept
