"""Sums of readers: which are built, how they are fitted, and that they are found."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from sklearn_dpads import DPadsClassifier, Grammar, Program, ProgramClassifier
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST, Affine, SlideWindowAvg
from sklearn_dpads.search import DPads, SumSettings, SumsOfReaders, sums
from sklearn_dpads.search.drafts import canonical
from sklearn_dpads.search.linear_programs import linear_leaves
from sklearn_dpads.search.summands import sum_of, summands

GRAMMAR = Grammar.default({"a": [0], "b": [1]})


def parse(text: str, grammar: Grammar = GRAMMAR) -> Program:
    return Program.parse(text, grammar)


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("SlideWindowMax[all](Affine[a](x0))", True),
        ("Add(SlideWindowMax[all](Affine[a](x0)), SlideWindowAvg[1/3](Constant(2)))", True),
        ("SlideWindowAvg[5](Add(Affine[a](x0), Affine[b](x1)))", True),
        (
            "MapPrefix(Add(SlideWindowStd[5](Affine[a](x0)), SlideWindowAvg[5](Affine[b](x1))))",
            True,
        ),
        ("Add(Map(Affine[a](x0)), MapPrefix(SlideWindowMin[all](Affine[b](x1))))", True),
        ("CenteredWindowMax[5](Affine[a](x0))", True),
        ("SlideWindowAvg[5](Multiply(Affine[a](x0), Affine[b](x1)))", False),
        ("Multiply(SlideWindowAvg[5](Affine[a](x0)), SlideWindowAvg[5](Affine[b](x1)))", False),
        ("Fold(Affine[a](x0))", False),
        ("SlideWindowAvg[all,values](Affine[a](x0))", False),
        (
            "if SlideWindowAvg[5](Affine[a](x0)) >= 0: SlideWindowAvg[5](Constant(1))"
            " else: SlideWindowAvg[5](Constant(2))",
            False,
        ),
    ],
)
def test_which_programs_are_linear(text, linear):
    leaves = linear_leaves(parse(text).expression)
    assert (leaves is not None) == linear


def test_summands_are_readers_of_frames():
    found = summands(GRAMMAR, LIST_TO_ATOM)
    names = {str(s.readers[-1]) for s in found}
    assert "SlideWindowAvg[all,values]" not in names
    assert "Fold" not in names
    assert {"SlideWindowMax[1/3]", "SlideWindowAvg[all]"} < names
    assert len(found) == 3 * len(names)
    of_lists = summands(GRAMMAR, LIST_TO_LIST)
    assert {str(s.readers[0]) for s in of_lists} == {"Map", "MapPrefix"}


def test_a_sum_of_prefixes_is_written_within_one_prefix():
    chosen = [s for s in summands(GRAMMAR, LIST_TO_LIST) if s.terminal == Affine("a", (0,))]
    of_frames, first, second = chosen[0], chosen[1], chosen[2]
    program = sum_of([first, of_frames, second], 1, GRAMMAR)
    assert program is not None
    assert program.skeleton().count("MapPrefix") == 1
    assert program.skeleton().count("Add") == 2
    assert sum_of([first, second], 1, GRAMMAR.without("Add")) is None


def test_sums_have_one_form_and_no_depth_of_their_own():
    parts = [f"SlideWindowMax[{i}/4](Affine[a](x0))" for i in (1, 2, 3, 4)]
    deep = parse(f"Add({parts[3]}, Add({parts[0]}, Add({parts[2]}, {parts[1]})))")
    flat = parse(f"Add(Add({parts[1]}, {parts[0]}), Add({parts[3]}, {parts[2]}))")
    one, other = (canonical(p.expression, GRAMMAR) for p in (deep, flat))
    assert one.skeleton() == other.skeleton()
    assert one.depth == other.depth == deep.depth == flat.depth == 3
    x = np.random.default_rng(0).normal(size=(3, 9, 2))
    assert_allclose(deep.with_expression(one)(x), deep(x))


def parts_data(n: int, seed: int = 0):
    """Classes told by the spread of the first third and the largest value of the last.

    Elsewhere there are such spreads and values, too, that say nothing.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 30, 2))
    spread, top = rng.uniform(0.3, 3, (2, n)), rng.uniform(0, 8, (2, n))
    for third, which in ((0, 0), (2, 1)):
        X[:, 10 * third : 10 * third + 10, 0] *= spread[which][:, None]
    for third, which in ((2, 0), (1, 1)):
        X[np.arange(n), 10 * third + rng.integers(10, size=n), 1] += top[which]
    y = np.where(2 * spread[0] + top[0] > 7.3, "high", "low")
    return X + np.array([50.0, -1e4]), y


def test_a_sum_is_found_and_fitted_as_a_logistic_regression():
    X, y = parts_data(300)
    clf = ProgramClassifier(
        search=SumsOfReaders(), grammar=GRAMMAR, feature_names=["u", "v"], random_state=0
    ).fit(X, y)
    text = str(clf.program_)
    assert "SlideWindowStd[1/3]" in text
    assert "SlideWindowMax[3/3]" in text
    Xt, yt = parts_data(400, 1)
    # The same columns, by the reference.
    columns = np.column_stack([X[:, :10, 0].std(1), X[:, 20:, 1].max(1)])
    tests = np.column_stack([Xt[:, :10, 0].std(1), Xt[:, 20:, 1].max(1)])
    mean, scale = columns.mean(0), columns.std(0)
    model = LogisticRegression(C=1.0).fit((columns - mean) / scale, y)
    reference = model.score((tests - mean) / scale, yt)
    assert reference > 0.85
    assert clf.score(Xt, yt) > reference - 0.02
    assert [e["phase"] for e in clf.search_history_][:2] == ["sum", "sum"]


def test_of_very_many_sums_slopes_choose_which_are_looked_at(monkeypatch):
    """A few sums of many come to a look, and the same one is found."""
    X, y = parts_data(300)
    search, looked_at = sums.Sums._looked_at, []

    def counted(self, some, known):
        looked_at.append(len(some))
        return search(self, some, known)

    monkeypatch.setattr(sums.Sums, "_looked_at", counted)
    options = {"search": SumsOfReaders(), "grammar": GRAMMAR, "random_state": 0}
    every = ProgramClassifier(**options).fit(X, y)
    assert min(looked_at) > 20
    looked_at.clear()
    monkeypatch.setattr(sums, "_MANY_SUMS", 18)
    some = ProgramClassifier(**options).fit(X, y)
    # All single readers are looked at, since they tell which readers and groups matter.
    assert looked_at[0] > 20
    assert set(looked_at[1:]) == {18}
    texts = [
        [event["program"] for event in clf.search_history_ if event["phase"] == "sum"]
        for clf in (every, some)
    ]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 2


def test_the_relaxed_graph_has_the_groups_that_tell_most():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 12, 6))
    y = (X[..., 4].mean(1) > 0).astype(int)
    search = DPads(n_groups=2, max_iter=1, n_pooled=3)
    search.set_params(local_search__max_refinements=0)
    grammar = Grammar.default({f"x{i}": [i] for i in range(6)}, all_features=False)
    clf = ProgramClassifier(search=search, grammar=grammar, random_state=0).fit(X, y)
    trained = next(e for e in clf.search_history_ if e["phase"] == "train")
    leaves = {label for edge in trained["weights"].values() for label in edge if "Affine" in label}
    assert len(leaves) == 2
    assert "Affine[x4]" in leaves


def test_the_last_fit_of_one_reader_is_that_of_logistic_regression():
    X, y = parts_data(120)
    grammar = Grammar((SlideWindowAvg(None), Affine("all", (0, 1))))
    clf = ProgramClassifier(search=SumsOfReaders(), grammar=grammar, random_state=0).fit(X, y)
    columns = X.mean(1)
    mean, scale = columns.mean(0), columns.std(0)
    scaled = (columns - mean) / scale
    values = clf.decision_function(X)
    found = [
        LogisticRegression(C=1 / prior, tol=1e-8).fit(scaled, y == "low").decision_function(scaled)
        for prior in (10.0, 1.0, 0.1, 0.01)
    ]
    assert min(np.abs(values - other).max() for other in found) < 1e-2


def test_frames_have_sums_too():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 20, 2))
    running = np.maximum.accumulate(X[..., 0], axis=1)
    y = (running + X[..., 1] > 1.5).astype(int)
    from sklearn_dpads import ProgramFrameClassifier

    clf = ProgramFrameClassifier(search=SumsOfReaders(), grammar=GRAMMAR, random_state=0).fit(X, y)
    assert "SlideWindowMax[all]" in str(clf.program_)
    assert clf.score(X, y) > 0.95


@pytest.mark.filterwarnings("ignore:The search was ended by max_time")
def test_without_time_there_is_a_sum_of_one_reader():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 6, 2)), np.arange(30) % 2
    clf = ProgramClassifier(search=SumsOfReaders(), max_time=1e-4, random_state=0).fit(X, y)
    assert clf.program_.n_productions == 2


def test_without_summands_the_search_does_without_sums():
    X, y = parts_data(40)
    off = DPads(sums=SumSettings(max_summands=0), max_iter=2, n_pooled=3)
    off.set_params(local_search__max_refinements=0)
    clf = ProgramClassifier(search=off, grammar=GRAMMAR, max_depth=2, random_state=0).fit(X, y)
    assert not any(event["phase"] == "sum" for event in clf.search_history_)
    with pytest.raises(ValueError, match="no reader of a statistic of frames"):
        ProgramClassifier(
            search=SumsOfReaders(), grammar=GRAMMAR.without("Affine"), random_state=0
        ).fit(X, y)


def test_sums_do_not_depend_on_the_process_or_the_scale():
    X, y = parts_data(60)
    options = {"grammar": GRAMMAR, "max_refinements": 0, "max_iter": 2, "random_state": 0}
    one = DPadsClassifier(**options).fit(X, y)
    other = DPadsClassifier(**options).fit(X * [1e3, 1e-3], y)
    assert one.program_.expression.skeleton() == other.program_.expression.skeleton()
    assert_allclose(one.decision_function(X), other.decision_function(X * [1e3, 1e-3]), atol=1e-3)
