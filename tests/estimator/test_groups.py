"""Sequences that belong together: a program is judged on animals that it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, cross_val_score

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier, ProgramClassifier
from sklearn_dpads.baselines import NEARClassifier, RNNClassifier
from sklearn_dpads.grammar import Affine
from sklearn_dpads.inspection import stability
from sklearn_dpads.search import SumsOfReaders

N_ANIMALS, N_EACH, N_MARKS = 16, 8, 12
GROUPS = {"marks": list(range(N_MARKS)), "effort": [N_MARKS]}


def animals(seed, *, per_frame=False):
    """Sequences of animals that mostly walk or mostly rest, and have marks by which to know them.

    Effort tells of any animal what it does, if not always; marks tell of these alone.
    """
    rng = np.random.default_rng(seed)
    animal = np.repeat(np.arange(N_ANIMALS), N_EACH)
    walker = rng.permutation(N_ANIMALS) < N_ANIMALS // 2
    walks = np.where(rng.random(len(animal)) < 0.95, walker[animal], ~walker[animal])
    marks = rng.normal(size=(N_ANIMALS, 1, N_MARKS))[animal]
    X = 0.1 * rng.normal(size=(len(animal), 12, N_MARKS + 1))
    X[:, :, :N_MARKS] += marks
    X[:, :, N_MARKS] += (walks + 0.8 * rng.normal(size=len(animal)))[:, None]
    y = np.where(walks, "walk", "rest")
    names = np.char.add("rat ", animal.astype(str))
    return X, np.repeat(y[:, None], 12, axis=1) if per_frame else y, names


def classifier(**settings):
    return ProgramClassifier(
        search=SumsOfReaders(), feature_groups=GROUPS, random_state=0, **settings
    )


def groups_read(clf):
    """Names of the feature groups that a program reads."""
    terminals = [node.production for _, node in clf.program_.expression.walk()]
    return {terminal.group for terminal in terminals if isinstance(terminal, Affine)}


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_a_program_is_chosen_that_tells_of_other_animals_too(seed):
    X, y, animal = animals(seed)
    alone, together = classifier().fit(X, y), classifier().fit(X, y, groups=animal)
    assert {"marks", "all"} & groups_read(alone)
    assert groups_read(together) == {"effort"}


@pytest.mark.parametrize("seed", [1, 4])
def test_a_score_is_that_of_animals_that_were_not_seen(seed):
    """Of another animal, marks tell nothing: half of what is said of it is right."""
    X, y, animal = animals(seed)
    X = X[:, :, :N_MARKS]
    clf = ProgramClassifier(search=SumsOfReaders(), random_state=0, scoring="accuracy")
    alone = clone(clf).fit(X, y).programs_[0].score
    together = clone(clf).fit(X, y, groups=animal).programs_[0].score
    assert 0.5 < together < alone - 0.05


def test_without_groups_nothing_is_different():
    X, y, _ = animals(0)
    a, b = classifier().fit(X, y), classifier().fit(X, y, groups=None)
    assert str(a.program_) == str(b.program_)


@pytest.mark.parametrize(
    "clf",
    [
        DPadsClassifier(max_depth=2, max_iter=2, max_refinements=1, random_state=0),
        DPadsClassifier(
            decomposition="ovr", max_depth=2, max_iter=1, max_refinements=0, random_state=0
        ),
        NEARClassifier(max_depth=2, max_iter=1, random_state=0),
        RNNClassifier(max_iter=2, random_state=0),
    ],
    ids=["dpads", "one for each class", "near", "rnn"],
)
def test_all_classifiers_take_them(clf):
    X, y, animal = animals(0)
    y = np.where(np.arange(len(y)) % 5 == 0, "groom", y)
    X[y == "groom", :, N_MARKS] -= 5.0
    clf.fit(X, y, groups=animal)
    assert set(clf.predict(X)) <= {"groom", "rest", "walk"}


def test_frames_take_them():
    X, y, animal = animals(0, per_frame=True)
    clf = DPadsFrameClassifier(max_depth=2, max_iter=2, max_refinements=0, random_state=0)
    clf.fit(X, y, groups=animal)
    alone = DPadsFrameClassifier(max_depth=2, max_iter=2, max_refinements=0, random_state=0)
    alone.fit(X, y)
    assert clf.programs_[0].score != alone.programs_[0].score


def test_a_refit_is_judged_by_them_too():
    X, y, animal = animals(0)
    clf = classifier().fit(X, y, groups=animal)
    again = clf.refit(X, y, groups=animal)
    assert again.programs_[0].score != clf.refit(X, y).programs_[0].score


def test_the_result_does_not_depend_on_n_jobs():
    X, y, animal = animals(0)
    found = [
        str(classifier(n_restarts=2, n_jobs=n_jobs).fit(X, y, groups=animal).program_)
        for n_jobs in (1, 2)
    ]
    assert found[0] == found[1]


def test_steps_of_other_groups_are_not_taken_for_those_of_these(tmp_path):
    X, y, animal = animals(0)
    kept = classifier(checkpoint_dir=tmp_path).fit(X, y, groups=animal)
    n_steps = len(list(tmp_path.rglob("*")))
    again = classifier(checkpoint_dir=tmp_path).fit(X, y, groups=animal)
    assert len(list(tmp_path.rglob("*"))) == n_steps
    assert str(again.program_) == str(kept.program_)
    classifier(checkpoint_dir=tmp_path).fit(X, y)
    assert len(list(tmp_path.rglob("*"))) > n_steps


def test_cross_validation_hands_them_on_where_it_is_asked_to():
    X, y, animal = animals(0)
    with config_context(enable_metadata_routing=True):
        clf = classifier(scoring="accuracy").set_fit_request(groups=True)
        scores = cross_val_score(clf, X, y, cv=GroupKFold(2), params={"groups": animal})
    assert np.isfinite(scores).all()


def test_searches_on_bootstraps_keep_them_together():
    X, y, animal = animals(0)
    clf = classifier().fit(X, y, groups=animal)
    found = stability(clf, X, y, groups=animal, n_bootstraps=3, n_refits=0, random_state=0)
    assert len(found.programs) == 3
    # Two groups, of which a bootstrap often has one alone.
    halves = np.where(np.arange(len(y)) % 2 == 0, "a", "b")
    found = stability(clf, X, y, groups=halves, n_bootstraps=4, n_refits=0, random_state=0)
    assert not found.failures


def test_weights_of_0_may_leave_one_group_alone():
    X, y, animal = animals(0)
    weights = (animal == "rat 0").astype(float)
    y = np.where(np.arange(len(y)) % 2 == 0, "walk", "rest")
    with pytest.raises(ValueError, match=r"of one group.*leave groups out"):
        classifier().fit(X, y, sample_weight=weights, groups=animal)


@pytest.mark.parametrize("clf", [classifier(), RNNClassifier()], ids=["program", "rnn"])
def test_groups_of_another_length_are_refused(clf):
    X, y, animal = animals(0)
    with pytest.raises(
        ValueError, match=r"groups must hold one group per sequence, shape \(128,\)"
    ):
        clf.fit(X, y, groups=animal[:-1])
