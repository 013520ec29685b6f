"""The positive class is the rarer one or the one named; what classes are called changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_dpads import DPadsClassifier, DPadsFrameClassifier, Program
from sklearn_dpads.baselines import NEARClassifier
from sklearn_dpads.search import DPads, LocalSearch

# The local search tries little: what is looked at is which class is the positive one.
QUICK = {
    "max_depth": 2,
    "search": DPads(
        max_iter=4,
        local_search=LocalSearch(max_refinements=1, max_neighbours=40, n_screened=8),
    ),
    "random_state": 0,
}


def rare(n=80, share=0.25, per_frame=False):
    """Sequences, and which of them, or of their frames, are of the rarer class."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 8, 2))
    hit = rng.random((n, 8) if per_frame else n) < share
    X[..., 0] += 1.5 * (hit if per_frame else hit[:, None])
    return X, hit


def named(hit, rarer, other):
    return np.where(hit, rarer, other)


@pytest.mark.parametrize("per_frame", [False, True])
@pytest.mark.parametrize("names", [("investigation", "other"), (7, 3)])
def test_names_of_classes_change_nothing(per_frame, names):
    X, hit = rare(per_frame=per_frame)
    kind = DPadsFrameClassifier if per_frame else DPadsClassifier
    one = kind(**QUICK).fit(X, named(hit, *names))
    other = kind(**QUICK).fit(X, named(hit, *names[::-1]))
    for clf, (rarer, _) in ((one, names), (other, names[::-1])):
        assert clf.program_.classes[1] == rarer
        assert clf.classes_.tolist() == sorted(names)
    assert [r.program.to_text() for r in one.programs_] == [
        r.program.to_text() for r in other.programs_
    ]
    assert [r.score for r in one.programs_] == [r.score for r in other.programs_]
    assert_array_equal(one.predict(X) == names[0], other.predict(X) == names[1])
    # Sorted classes stand the other way round.
    assert_array_equal(one.decision_function(X), -other.decision_function(X))
    assert_array_equal(one.predict_proba(X), other.predict_proba(X)[..., ::-1])


@pytest.mark.parametrize("scoring", [None, "roc_auc", "neg_log_loss"])
def test_decisions_probabilities_and_scores_agree_whichever_is_positive(scoring):
    X, hit = rare()
    y = hit.astype(int)
    scores = []
    for pos_label in (0, 1):
        clf = DPadsClassifier(**QUICK, scoring=scoring, pos_label=pos_label).fit(X, y)
        assert clf.program_.classes == (1 - pos_label, pos_label)
        values = clf.decision_function(X)
        assert_array_equal(clf.predict(X), (values > 0).astype(int))
        assert_allclose(clf.predict_proba(X)[:, 1], 1 / (1 + np.exp(-values)))
        assert clf.score(X, y) > 0.85
        scores.append(clf.programs_[0].score)
        raw = clf.program_(X)[:, 0]
        assert_array_equal(values, raw if pos_label else -raw)
    assert min(scores) > (0.7 if scoring != "neg_log_loss" else -0.6)


@pytest.mark.parametrize(
    ("labels", "positive"),
    [((0, 1), 1), ((-1, 1), 1), ((False, True), True), ((0.0, 1.0), 1.0), ((1, 2), 2)],
)
def test_labels_that_say_which_one_is_positive(labels, positive):
    X, hit = rare(share=0.8)
    clf = DPadsClassifier(**QUICK).fit(X, np.where(hit, labels[1], labels[0]))
    # Of 1 and 2 nothing is known but that the first is rarer here.
    assert clf.program_.classes[1] == (positive if labels != (1, 2) else 1)


def test_weights_tell_which_class_is_rarer():
    X, hit = rare(share=0.3)
    y = named(hit, "a", "b")
    assert DPadsClassifier(**QUICK).fit(X, y).program_.classes == ("b", "a")
    heavy = np.where(hit, 5.0, 1.0)
    assert DPadsClassifier(**QUICK).fit(X, y, sample_weight=heavy).program_.classes == ("a", "b")


def test_what_is_no_positive_class_is_refused_before_any_work():
    X, hit = rare()
    y = named(hit, "a", "b")
    with pytest.raises(
        ValueError, match=r"pos_label='c' is no class: the classes are \['a', 'b'\]"
    ):
        DPadsClassifier(pos_label="c").fit(X, y)
    y[:10] = "c"
    with pytest.raises(ValueError, match="pos_label='a' is for two classes, but y has 3"):
        DPadsClassifier(pos_label="a").fit(X, y)


def test_other_programs_are_asked_in_their_own_order():
    X, hit = rare()
    clf = DPadsClassifier(**QUICK).fit(X, named(hit, "attack", "other"))
    assert clf.program_.classes == ("other", "attack")
    text, grammar = clf.program_.to_text(17), clf.grammar_
    nameless = Program.parse(text, grammar)
    turned = Program.parse(text, grammar, classes=("attack", "other"))
    assert_array_equal(clf.predict(X, program=nameless), clf.predict(X))
    assert (clf.predict(X, program=turned) != clf.predict(X)).all()


def test_a_program_fitted_again_keeps_its_order_and_a_warm_start_its_program():
    X, hit = rare()
    y = named(hit, "attack", "other")
    clf = DPadsClassifier(**QUICK, warm_start=True).fit(X, y)
    flipped = named(~hit, "attack", "other")
    again = clf.refit(X, flipped)
    assert again.program_.classes == ("other", "attack")
    assert again.score(X, flipped) > 0.85
    assert clf.fit(X, y).score(X, y) > 0.85
    # Now the other class is rarer, and the program of before says the opposite.
    assert clf.fit(X, flipped).program_.classes == ("attack", "other")
    assert clf.score(X, flipped) > 0.85


def test_rivals_that_search_for_programs_do_the_same():
    X, hit = rare()
    options = {"max_depth": 2, "max_expansions": 3, "random_state": 0}
    one = NEARClassifier(**options).fit(X, named(hit, "attack", "other"))
    other = NEARClassifier(**options).fit(X, named(hit, "other", "attack"))
    assert str(one.program_) == str(other.program_)
