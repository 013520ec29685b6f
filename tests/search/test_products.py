"""Products that a program lacks: which are found, from what, and what they begin with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_dpads import DPadsFrameClassifier, Grammar
from sklearn_dpads.search import DPads, Phase, ProductSettings, SumSettings, cross_fit
from sklearn_dpads.search import dpads as _dpads
from sklearn_dpads.search.products import PRODUCTS, Products, columns_of_pairs
from sklearn_dpads.search.steepest import AtPositions, Sight, outputs_of_folds
from sklearn_dpads.search.sums import Sums
from sklearn_dpads.training import IGNORED

from .problem import make_log, make_problem, make_sequences, search


def signs_of_products(n_samples: int = 120) -> np.ndarray:
    """Whether the first two features have one sign, per frame."""
    data = make_sequences(n_samples)
    codes = (data.frames[..., 0] * data.frames[..., 1] > 0).astype(np.int64)
    past = np.arange(codes.shape[1]) >= data.lengths[:, None]
    return np.where(past, IGNORED, codes)


def beginning(codes=None, *, max_depth: int = 4, settings: ProductSettings | None = None):
    """A problem, the best sum for it, and the search for products beside it."""
    codes = signs_of_products() if codes is None else codes
    problem = make_problem(
        per_frame=True, codes=codes, max_depth=max_depth, n_folds=3, fit_steps=60
    )
    log = make_log()
    sums = Sums(SumSettings(max_summands=1), problem, log)
    sums.run()
    (best, *_) = cross_fit(problem, sums.trials(), log)
    return problem, best, Products(settings or ProductSettings(), problem, sums), log


def test_the_product_that_labels_are_made_of_is_found_beside_a_sum_that_tells_nothing():
    problem, best, products, log = beginning()
    assert best.score < 0.7
    trials = products.beside(best)
    assert len(trials) == 2
    assert {trial.found_by for trial in trials} == {PRODUCTS}
    found = min(cross_fit(problem, trials, log), key=lambda p: p.loss)
    assert found.loss < 0.6 * best.loss
    assert found.score > 0.85
    text = found.expression.skeleton()
    assert "Multiply" in text
    assert "Affine[a]" in text


def test_what_a_product_begins_with_has_not_seen_its_fold():
    """Wrong labels for a fold change the weights of the other folds only."""

    names = {"Affine[a]", "Affine[b]"}

    def weights(codes):
        problem, best, products, _ = beginning(codes)
        sight = Sight(
            problem,
            outputs_of_folds(problem, best),
            AtPositions(problem.few_linear, columns_of_pairs(products._pairs)),
        )
        pair = next(p for p in products._pairs if {f.terminal.label for f in p} == names)
        (product,) = sight.products([pair])
        return (
            problem,
            best.expression.skeleton(),
            torch.cat([product.first[0], product.second[0]], -1),
        )

    data = make_sequences()
    codes = (3 * data.frames[..., 0] + data.frames[..., 1] * data.frames[..., 2] > 0).astype(int)
    codes[np.arange(codes.shape[1]) >= data.lengths[:, None]] = IGNORED
    problem, shape, before = weights(codes)
    mine = np.flatnonzero((problem.folds.fold_of == 1).numpy())[:12]
    wrong = codes.copy()
    wrong[mine] = np.where(codes[mine] >= 0, 1 - codes[mine], codes[mine])
    _, shape_after, after = weights(wrong)
    assert shape_after == shape
    np.testing.assert_allclose(after[1], before[1], atol=1e-4)
    assert (after[[0, 2]] - before[[0, 2]]).abs().amax((1, 2)).min() > 1e-3


def test_products_keep_to_the_depth_and_to_the_grammar():
    _, best, products, _ = beginning(max_depth=3)
    assert products.beside(best) == []
    _, best, products, _ = beginning()
    assert products.beside(best)
    grammar = products.problem.grammar
    without = Grammar(tuple(p for p in grammar.productions if p.label != "Multiply"))
    poorer = replace(products.problem, grammar=without)
    assert Products(products.settings, poorer, products.sums).beside(best) == []


def test_nothing_is_looked_for_where_none_is_wanted():
    _, best, products, _ = beginning(settings=ProductSettings(n_products=0))
    assert products.beside(best) == []


@pytest.mark.parametrize("wanted", [True, False])
def test_a_search_says_that_products_found_its_program(wanted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 15, 2))
    y = (X[..., 0] * X[..., 1] > 0).astype(int)
    search = DPads(
        products=ProductSettings(n_products=2 if wanted else 0),
        **{"max_iter": 1, "max_splits": 1, "n_pooled": 2, "n_folds": 2, "fit_steps": 60},
    )
    search.set_params(local_search__max_refinements=1, local_search__max_neighbours=2)
    clf = DPadsFrameClassifier(
        grammar=Grammar.default({"a": [0], "b": [1]}), search=search, random_state=0
    ).fit(X, y)
    found_by = [event["found_by"] for event in clf.search_history_ if "found_by" in event]
    assert (PRODUCTS in found_by) == wanted
    assert (clf.score(X, y) > 0.9) or not wanted


def labelled_by_products(*, few=500, **settings):
    how = {"per_frame": True, "max_depth": 4, "n_folds": 2, "fit_steps": 60, "max_iter": 1}
    how |= {"max_splits": 1, "n_pooled": 4, "max_neighbours": 6, "n_screened": 4}
    how |= {"few_linear_positions": few, **settings}
    return make_problem(codes=signs_of_products(), **how)


def test_who_has_no_time_for_the_relaxation_has_products(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(_dpads.Relaxation, "run", interrupted)
    result = search(labelled_by_products(), make_log())
    best = result.programs[0]
    assert best.fitted.found_by == PRODUCTS
    assert best.score > 0.85


def test_products_of_a_program_are_made_once(monkeypatch):
    made, asked = [], []
    beside, beside_best = Products.beside, Products.beside_best

    def counted(self, program):
        made.append(program.expression.skeleton())
        return beside(self, program)

    def told(self, programs):
        programs = list(programs)
        asked.append([program.expression.skeleton() for program in programs])
        return beside_best(self, programs)

    monkeypatch.setattr(Products, "beside", counted)
    monkeypatch.setattr(Products, "beside_best", told)
    log = make_log()
    result = search(labelled_by_products(), log)
    assert len(made) == len(set(made)) >= 1
    assert made[0] in asked[0]
    assert made[0] in asked[1]
    assert PRODUCTS in {p.fitted.found_by for p in result.programs if p.fitted is not None}
    first = next(i for i, event in enumerate(log.events) if event["phase"] == Phase.TRAIN)
    assert [e["phase"] for e in log.events[:first]].count(Phase.CHOOSE) == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"few": 4000},
        {"max_refinements": 0},
        {"products": ProductSettings(n_products=0)},
        {"sums": SumSettings(max_summands=0)},
    ],
)
def test_nothing_comes_before_the_relaxation_where_no_products_are_looked_for(settings):
    log = make_log()
    result = search(labelled_by_products(**settings), log)
    phases = [event["phase"] for event in log.events]
    assert Phase.CHOOSE not in phases[: phases.index(Phase.TRAIN)]
    if "max_refinements" in settings:
        found_by = {p.fitted.found_by for p in result.programs if p.fitted is not None}
        assert PRODUCTS not in found_by
