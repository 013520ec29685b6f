"""The table of programs, and the rules that choose among them."""

from __future__ import annotations

import copy
import pickle
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.baselines import EnumerationClassifier
from sklearn_dpads.estimator.results import ProgramRecord, ProgramTable, make_records
from sklearn_dpads.estimator.task import Outcome
from sklearn_dpads.search import SELECTION_RULES, JudgedProgram, Judging, WithinErrors, ranked
from sklearn_dpads.search.ending import Defect

from ..classifier.cases import make_means, small

TEXTS = [
    "SlideWindowAvg[5](Add(Affine[x0](2*x0), Affine[x1](3*x1)))",
    "SlideWindowAvg[5](Affine[x0](x0))",
    "SlideWindowAvg[10](Affine[x1](x1 - 0.125))",
]


def record(text, rank, *, score=0.5, on_front=False):
    program = Program.parse(text, Grammar.paper(2))
    size = (program.cost, program.n_parameters, program.depth)
    return ProgramRecord(program, score, 0.25, 0.0625, *size, on_front, rank)


@pytest.fixture
def table():
    scores = [0.9, 0.75, 0.5]
    return ProgramTable(
        record(text, rank, score=score, on_front=rank < 2)
        for rank, (text, score) in enumerate(zip(TEXTS, scores, strict=True))
    )


def test_prints_a_row_per_program(table):
    assert str(table) == repr(table)
    assert str(table).splitlines() == [
        "rank  score   loss ± error  cost  numbers  front  program",
        "   0  0.900  0.250 ± 0.062     5        2    yes  avg5(x0 + x1)",
        "   1  0.750  0.250 ± 0.062     2        1    yes  avg5(x0)",
        "   2  0.500  0.250 ± 0.062     2        2         avg10(x1)",
    ]
    named = ProgramTable(replace(r, scoring="F1 of walk") for r in table)
    assert str(named).splitlines()[0].startswith("rank  F1 of walk   loss ± error")
    assert repr(table[:0]) == "No programs."


def test_a_list_whose_parts_are_tables(table):
    assert isinstance(table, list)
    assert table == list(table)
    assert table[-1] is list(table)[-1]
    tail = table[1:]
    assert isinstance(tail, ProgramTable)
    assert [r.rank for r in tail] == [1, 2]
    assert [r.rank for r in table.front] == [1, 0]
    assert isinstance(table.front, ProgramTable)
    table.sort(key=lambda r: r.score)
    assert str(table).splitlines()[1].startswith("   2  0.500")


@pytest.mark.parametrize("again", [copy.copy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_are_tables(table, again):
    assert isinstance(again(table), ProgramTable)
    assert str(again(table)) == str(table)


def test_long_programs_and_long_tables_are_cut(table):
    inner = TEXTS[0]
    for _ in range(4):
        inner = f"if {TEXTS[1]} >= 0: ({inner}) else: {TEXTS[1]}"
    long = ProgramTable(record(text, i) for i, text in enumerate([inner] + TEXTS * 9))
    lines = str(long).splitlines()
    assert lines[1].endswith("…")
    assert max(map(len, lines[1:-1])) == lines[0].index("program") + 100
    assert len(lines) == 22
    assert lines[-1].startswith("… and 8 more")
    assert long._repr_html_().count("</tr>") == 21
    assert "… and 8 more" in long._repr_html_()


def test_no_two_rows_are_alike():
    texts = ["Map(Affine[x0](x0))", "MapPrefix(SlideWindowAvg[5](Affine[x0](x0)))"]
    texts += ["Map(Affine[all](2*x0))", "Map(Affine[all](x1))"]
    table = ProgramTable(record(text, i) for i, text in enumerate(texts))
    rows = [line.split()[-1] for line in str(table).splitlines()[1:]]
    assert rows == ["Map(Affine[x0])", "avg5(x0)", "Map(Affine[all])", "x1"]


def test_html_escapes_names(table):
    names = ["<b>", "x1"]
    grammar = Grammar.paper(2, feature_names=names)
    program = Program.parse('SlideWindowAvg[5](Affine["<b>"]("<b>"))', grammar, feature_names=names)
    html = ProgramTable([ProgramRecord(program, 0.5, 0.5, 0.1, 2, 15, 2, True, 0)])._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert table[:0]._repr_html_() == "<p>No programs.</p>"


def test_to_frame(table):
    frame = table[1:].to_frame()
    assert frame.index.tolist() == [1, 2]
    assert frame.index.name == "rank"
    assert frame.loc[1].to_dict() == {
        "score": 0.75,
        "loss": 0.25,
        "loss_error": 0.0625,
        "cost": 2,
        "n_parameters": 1,
        "depth": 2,
        "on_front": True,
        "program": TEXTS[1],
    }
    assert list(table[:0].to_frame().columns) == list(frame.columns)


def test_to_frame_without_pandas(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas.*pip install pandas"):
        table.to_frame()


@dataclass(frozen=True)
class Judgement:
    score: float
    loss: float
    loss_error: float
    cost: int


GREAT = Judgement(0.95, 0.40, 0.05, 9)
GOOD = Judgement(0.90, 0.30, 0.04, 6)
FAIR = Judgement(0.85, 0.33, 0.05, 3)
POOR = Judgement(0.60, 0.70, 0.05, 1)
UNDEFINED = Judgement(0.10, float("nan"), float("nan"), 1)


@pytest.mark.parametrize(
    ("rule", "penalty", "order"),
    [
        ("within_errors", 0.0, [GOOD, GREAT, FAIR, POOR]),
        ("within_errors", 0.02, [FAIR, GOOD, GREAT, POOR]),
        ("best_score", 0.02, [GREAT, GOOD, FAIR, POOR]),
        ("simplest", 0.0, [FAIR, GOOD, GREAT, POOR]),
    ],
)
def test_rules(rule, penalty, order):
    programs = [UNDEFINED, POOR, GREAT, GOOD, FAIR]
    assert ranked(programs, penalty, SELECTION_RULES[rule]) == [*order, UNDEFINED]
    assert ranked([], penalty, SELECTION_RULES[rule]) == []


def test_how_many_standard_errors_each_rule_allows():
    within_one = Judgement(0.95, 0.33, 0.05, 3)
    rules = (SELECTION_RULES["within_errors"], GOOD), (SELECTION_RULES["simplest"], within_one)
    for rule, first in (*rules, (WithinErrors(n_errors=1.0), within_one)):
        assert ranked([GOOD, within_one], 0.0, rule)[0] is first


@dataclass(frozen=True)
class OnSequences(Judgement):
    parts: np.ndarray


def test_losses_on_the_same_sequences_are_compared_one_by_one():
    parts = np.linspace(0.0, 0.02, 40)
    least = OnSequences(0.8, parts.sum(), 1.0, 6, parts)
    always_more = OnSequences(0.9, parts.sum() + 0.04, 1.0, 6, parts + 0.001)
    rule = WithinErrors(n_errors=2.0)
    # Beside the error of either loss 0.04 is little, but it is the same in every sequence.
    assert ranked([always_more, least], 0.0, rule)[0] is least
    now_and_then = parts + np.where(np.arange(40) % 8 == 0, 0.03, -0.0025)
    unsure = OnSequences(0.9, now_and_then.sum(), 1.0, 6, now_and_then)
    assert unsure.loss > least.loss
    assert ranked([unsure, least], 0.0, rule)[0] is unsure


def test_what_a_program_costs_counts_as_loss():
    """Beyond half an error of the least loss, its price included, no score helps."""
    least, dear = Judgement(0.9, 0.30, 0.04, 6), Judgement(0.99, 0.31, 0.04, 9)
    rule = SELECTION_RULES["within_errors"]
    assert ranked([dear, least], 0.0, rule)[0] is dear
    assert ranked([dear, least], 0.01, rule)[0] is least


@pytest.mark.parametrize(("n_spreads", "first"), [(9.0, "better"), (11.0, "least")])
def test_the_error_of_a_sum_grows_with_the_root_of_its_parts(n_spreads, first):
    """Of a hundred parts whose differences have a spread of 0.01, it is 0.1."""
    difference = np.where(np.arange(100) % 2, 0.01, -0.01) + n_spreads * 0.0001
    least = OnSequences(0.8, 1.0, 5.0, 1, np.full(100, 0.01))
    better = OnSequences(0.9, 1.0 + difference.sum(), 5.0, 1, 0.01 + difference)
    chosen = ranked([better, least], 0.0, WithinErrors(n_errors=1.0))[0]
    assert chosen is (better if first == "better" else least)


def test_a_loss_one_error_from_the_least_is_within_it():
    least, cheap = Judgement(0.9, 0.25, 0.25, 3), Judgement(0.5, 0.5, 0.1, 1)
    assert ranked([least, cheap], 0.0, SELECTION_RULES["simplest"]) == [cheap, least]


def test_equal_scores_go_to_the_cheapest():
    dear, cheap = Judgement(1.0, 0.1, 0.01, 7), Judgement(1.0, 0.2, 0.01, 2)
    assert ranked([dear, cheap], 0.0, SELECTION_RULES["best_score"]) == [cheap, dear]


def candidate(text, score, loss, error, *, sound=True):
    expression = Program.parse(text, Grammar.paper(2)).expression
    return JudgedProgram(expression, score, loss, error, sound=sound)


def records(*outcomes, rule):
    return make_records(outcomes, lambda e: Program(e, 2), 0.0, SELECTION_RULES[rule])


def test_a_rule_looks_at_the_programs_of_all_restarts():
    """What the second search chose is within one error of its own best, not of the first's."""
    best = candidate(TEXTS[0], 0.9, 0.30, 0.02)
    near = candidate(TEXTS[1], 0.8, 0.33, 0.05)
    one = Outcome([best, candidate(TEXTS[2], 0.5, 0.9, 0.05)], None, [])
    two = Outcome([near, candidate(TEXTS[0], 0.85, 0.31, 0.05)], None, [])
    for rule in ("simplest", "within_errors"):
        table = records(one, two, rule=rule)
        assert [r.loss for r in table] == [0.30, 0.33, 0.9]
        assert [r.rank for r in table] == [0, 1, 2]
        assert [r.loss_error for r in table] == [0.02, 0.05, 0.05]


def test_the_choice_is_a_fitted_program_and_a_sound_one():
    """A better program that no search chose has numbers fitted to a part of the data."""
    better = candidate(TEXTS[0], 0.95, 0.2, 0.01)
    one = Outcome([candidate(TEXTS[1], 0.9, 0.3, 0.02), better], None, [])
    bad = Outcome([candidate(TEXTS[2], 1.0, 0.1, 0.01, sound=False)], Defect.EXPLODES, [])
    assert [r.score for r in records(one, bad, rule="best_score")] == [0.9, 0.95, 1.0]
    assert [r.score for r in records(bad, rule="best_score")] == [1.0]


@pytest.mark.parametrize("rule", SELECTION_RULES)
def test_selection_of_a_classifier(rule):
    X, y = make_means(36)
    y = np.where(np.random.default_rng(0).random(36) < 0.2, y[::-1], y)
    clf = small(grammar=None, max_refinements=2, selection=rule).fit(X, y)
    penalty = Judging().price(clf.structural_penalty, 36)
    order = ranked(clf.programs_, penalty, SELECTION_RULES[rule])
    assert len(order) > 5
    assert clf.program_ is clf.programs_[0].program
    assert clf.programs_[0] is order[0]
    assert isinstance(clf.programs_, ProgramTable)


def test_unknown_selection_is_refused_first():
    message = r"selection must be one of \['within_errors', 'best_score', 'simplest'\].*'best'"
    with pytest.raises(ValueError, match=message):
        DPadsClassifier(selection="best").fit(None, None)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_recalls_are_those_of_predictions_by_cross_fitting(n_classes):
    rng = np.random.default_rng(0)
    y = rng.choice(["a", "b", "c"][:n_classes], size=60)
    X = rng.normal(size=(60, 5, 2))
    X[y == "b", :, 0] += 1.0
    X[y == "c", :, 1] += 1.5
    clf = EnumerationClassifier(n_fit_steps=20, scoring="accuracy", random_state=0).fit(X, y)
    for record in clf.programs_:
        assert list(record.recalls) == list(record.program.classes)
        right = sum(record.recalls[label] * (y == label).sum() for label in clf.classes_)
        assert right == pytest.approx(record.score * 60, abs=1e-3)
    assert len({tuple(record.recalls.values()) for record in clf.programs_}) > 3
    frame = clf.programs_.to_frame(recalls=True)
    assert frame["recall of b"].tolist() == [record.recalls["b"] for record in clf.programs_]
