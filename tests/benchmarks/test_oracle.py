"""Exhaustive verdicts, and the place of a program among all."""

from __future__ import annotations

import numpy as np
import pytest
from comparison.data_sets import open_set
from comparison.layout import as_text
from comparison.oracle import Census, Oracle, Verdict, canonical, common_problem
from comparison.regret import CHOICE, mean_table, placings, regret_table, restrict_grammar
from comparison.results import ResultsFile

from sklearn_dpads import DPadsClassifier, Program
from sklearn_dpads.grammar import LIST_TO_ATOM, LIST_TO_LIST

from .fakes import make_row, write_set


@pytest.fixture
def results(tmp_path):
    return ResultsFile(tmp_path / "regret.jsonl")


@pytest.fixture
def data(tmp_path):
    write_set(tmp_path / "some.npz")
    return restrict_grammar(open_set("some", tmp_path), ["a", "b"], ["Fold", "MapPrefix"])


def make_oracle(data, max_depth, results):
    return Oracle(data, max_depth, results, batch_size=5, fit_steps=1)


@pytest.fixture
def oracle(data, results):
    return make_oracle(data, 2, results)


def test_the_grammar_can_be_restricted(data):
    assert set(data.grammar.feature_groups) == {"a", "b"}
    symbols = {p.symbol for p in data.grammar.productions}
    assert "Fold" not in symbols
    assert "SlideWindowAvg" in symbols
    with pytest.raises(ValueError, match="no feature group 'z'; it has a, b"):
        restrict_grammar(data, ["a", "z"], [])
    with pytest.raises(ValueError, match="no production 'Fold'"):
        restrict_grammar(data, None, ["Fold"])


@pytest.mark.parametrize("per_frame", [False, True])
def test_the_problem_is_that_of_the_estimator(tmp_path, per_frame):
    write_set(tmp_path / "some.npz", per_frame=per_frame)
    data = open_set("some", tmp_path)
    problem = common_problem(data, 3)
    assert problem.signature == (LIST_TO_LIST if per_frame else LIST_TO_ATOM)
    assert problem.max_depth == 3
    assert problem.data.streams.n_samples == len(data.X_train)
    assert problem.grammar == data.searched_grammar.without("Input")
    assert problem.seed == common_problem(data, 3).seed


def test_the_census_holds_every_program_once(data, oracle):
    reported = []
    census = oracle.census(report=lambda census: reported.append(len(census.verdicts)))
    assert census.is_complete
    n_programs = data.searched_grammar.without("Input").count_programs("list->atom", max_depth=2)
    assert len(census.verdicts) == census.n_programs == n_programs
    assert len({verdict.program for verdict in census.verdicts}) == n_programs
    assert reported == [*range(5, n_programs, 5), n_programs]
    costs = [verdict.cost for verdict in census.verdicts]
    assert costs == sorted(costs)
    assert all(0 <= verdict.score <= 1 for verdict in census.verdicts)


def test_a_census_that_was_ended_goes_on(oracle, data, results, tmp_path):
    begun = oracle.census(budget=0.0)
    assert not begun.is_complete
    assert len(begun.verdicts) == 5
    again = make_oracle(data, 2, results)
    reported = []
    census = again.census(report=lambda census: reported.append(len(census.verdicts)))
    assert reported[0] == 10
    whole = make_oracle(data, 2, ResultsFile(tmp_path / "other.jsonl")).census()
    for one, other in zip(census.verdicts, whole.verdicts, strict=True):
        assert one.program == other.program
        assert one.loss == pytest.approx(other.loss, rel=1e-5)
    make_oracle(data, 2, results).census(
        report=lambda census: pytest.fail("nothing was left to do")
    )


def test_other_data_and_depths_have_verdicts_of_their_own(oracle, data, results):
    others = [
        make_oracle(data.with_train_size(8), 2, results),
        make_oracle(data, 3, results),
        make_oracle(restrict_grammar(data, ["a"], []), 2, results),
    ]
    assert len({oracle.key, *(other.key for other in others)}) == 4


def program(data, text):
    return Program.parse(text, data.grammar, n_features=3)


def test_a_program_of_the_census_has_its_verdict(oracle, data):
    census = oracle.census()
    found = program(data, "SlideWindowAvg[all](Affine[a](3*x0 - 1))")
    verdict = oracle.judge(found.expression, census)
    assert verdict in census.verdicts
    assert verdict.program == found.expression.skeleton()


def test_another_program_is_judged_by_the_same_procedure_once(oracle, data, results):
    census = oracle.census()
    deeper = program(data, "SlideWindowAvg[all](Add(Affine[b](x1), Affine[a](x0)))")
    verdict = oracle.judge(deeper.expression, census)
    assert verdict.program == "SlideWindowAvg[all](Add(Affine[a], Affine[b]))"
    assert verdict not in census.verdicts
    n_rows = len(results.rows())
    swapped = program(data, "SlideWindowAvg[all](Add(Affine[a](2*x0), Affine[b](x2)))")
    assert oracle.judge(swapped.expression, census) == verdict
    assert len(results.rows()) == n_rows


def test_a_verdict_does_not_depend_on_the_company(oracle, data):
    census = oracle.census()
    found = program(data, "SlideWindowAvg[all](Affine[a](x0))")
    alone = oracle.judge(found.expression, Census([], 0))
    (among,) = (v for v in census.verdicts if v.program == alone.program)
    assert alone.loss == pytest.approx(among.loss, rel=1e-5)
    assert alone.score == among.score


def test_canonical_order_reaches_everywhere(data):
    text = "SlideWindowAvg[all](Add(Multiply(Affine[b](x1), Affine[a](x0)), Affine[b](x2)))"
    skeleton = canonical(program(data, text).expression).skeleton()
    assert skeleton == "SlideWindowAvg[all](Add(Affine[b], Multiply(Affine[a], Affine[b])))"
    condition = "if Affine[b](x1) >= 0: Affine[b](x2) else: Affine[a](x0)"
    expression = program(data, f"SlideWindowAvg[all]({condition})").expression
    assert canonical(expression).skeleton() == expression.skeleton()


def test_a_loss_that_overflows_survives_the_file(oracle):
    verdict = Verdict("Map(Affine[a])", 0.5, np.inf, np.inf, 2)
    oracle._remember("verdict", [verdict])
    assert oracle._remembered("verdict") == [verdict]


def known_census(oracle, data):
    """Verdicts of known numbers, on programs that exist."""
    texts = ["Affine[a](x0)", "Affine[b](x1)", "Constant(1)"]
    programs = [program(data, f"SlideWindowAvg[all]({text})") for text in texts]
    numbers = [(0.9, 0.30), (0.8, 0.20), (0.8, 0.60)]
    verdicts = [
        Verdict(p.expression.skeleton(), score, loss, 0.0, p.cost)
        for p, (score, loss) in zip(programs, numbers, strict=True)
    ]
    return programs, Census(verdicts, 3)


def test_regret_and_rank(oracle, data):
    programs, census = known_census(oracle, data)
    rows = [
        make_row(seed=seed, program_json=found.to_json()) for seed, found in enumerate(programs)
    ]
    placed = placings(oracle, census, rows)
    assert [(p.label, p.seed) for p in placed] == [
        *[(CHOICE, None), ("dPads", 0), ("dPads", 1), ("dPads", 2)]
    ]
    assert [p.regret for p in placed[1:]] == pytest.approx([0.0, 0.1, 0.1])
    assert [p.rank for p in placed[1:]] == [1, 2, 2]
    assert [p.price_regret for p in placed[1:]] == pytest.approx([0.1, 0.0, 0.4])
    assert [p.price_rank for p in placed[1:]] == [2, 1, 3]
    # The choice is by loss and cost first, and only then by score.
    assert placed[0].verdict == census.verdicts[1]
    means = mean_table(placed)
    assert means.rows[1] == ["dPads", "3", "0.0667", "2", "0.1667", "2"]
    text = as_text(regret_table(data, 2, census, placed))
    assert "some, 12 sequences, depth <= 2, 3 programs; best score 0.9000: SlideWind" in text


def test_a_census_in_part_is_told(oracle, data):
    _, census = known_census(oracle, data)
    title = regret_table(data, 2, Census(census.verdicts, 99), []).title
    assert "the 3 cheapest of 99 programs: regrets are lower bounds" in title


def test_what_a_real_search_finds_is_placed(oracle, data):
    census = oracle.census()
    search = DPadsClassifier(
        grammar=data.grammar, max_depth=2, max_iter=1, max_refinements=0, random_state=0
    ).fit(data.X_train, data.y_train)
    row = make_row(program_json=search.program_.to_json())
    choice, found = placings(oracle, census, [row])
    assert choice.price_regret >= 0
    assert 0 <= found.regret <= 1
    assert 1 <= found.rank <= census.n_programs
    assert found.verdict in census.verdicts
