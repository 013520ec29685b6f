"""Means of products that a program lacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_dpads import DPadsClassifier, Grammar
from sklearn_dpads.grammar.spans import Part
from sklearn_dpads.search import ProductSettings, SumSettings, cross_fit
from sklearn_dpads.search.mean_products import MeansOfProducts
from sklearn_dpads.search.products import PRODUCTS, columns_of_pairs
from sklearn_dpads.search.steepest import OverSpan, outputs_of_nothing
from sklearn_dpads.search.sums import Sums

from .problem import make_log, make_problem, make_sequences


def signs_of_covariance(n_samples: int = 120) -> np.ndarray:
    """Whether the first two features go together within a sequence."""
    data = make_sequences(n_samples)
    means = (data.frames[..., 0] * data.frames[..., 1]).sum(1) / data.lengths
    return (means > 0).astype(np.int64)


def beginning(*, max_depth: int = 4, per_frame: bool = False, n_products: int = 2):
    codes = None if per_frame else signs_of_covariance()
    problem = make_problem(
        per_frame=per_frame, codes=codes, max_depth=max_depth, n_folds=3, fit_steps=60
    )
    # With sums of readers, which the grammar of other tests is without.
    grammar = Grammar.paper({"a": [0], "b": [1], "c": [1, 2]}, windows=(5, None))
    problem = replace(problem, grammar=grammar)
    log = make_log()
    sums = Sums(SumSettings(max_summands=1), problem, log)
    sums.run()
    (best, *_) = cross_fit(problem, sums.trials(), log)
    means = MeansOfProducts(ProductSettings(n_products=n_products), problem, sums)
    return problem, best, means, log


def test_what_labels_are_made_of_is_found_alone_and_beside_a_sum():
    problem, best, means, log = beginning()
    assert best.score < 0.75
    for trials in (means.alone(np.inf), means.beside(best)):
        assert 1 <= len(trials) <= 2
        assert {trial.found_by for trial in trials} == {PRODUCTS}
        found = min(cross_fit(problem, trials, log), key=lambda p: p.loss)
        assert found.score > 0.85
        assert "SlideWindowAvg[all,values](Multiply(" in found.expression.skeleton()


def test_they_keep_to_the_depth_and_to_the_grammar():
    _, best, means, _ = beginning(max_depth=3)
    assert means.beside(best) == []
    assert means.alone(np.inf)
    grammar = means.problem.grammar
    for lacking in ("Multiply", "SlideWindowAvg[all,values]"):
        without = Grammar(tuple(p for p in grammar.productions if p.label != lacking))
        poorer = replace(means.problem, grammar=without)
        assert MeansOfProducts(means.settings, poorer, means.sums).alone(np.inf) == []


def test_those_that_can_not_pay_are_left_out():
    problem, best, means, _ = beginning()
    assert means.alone(0.1) == []
    dear = replace(problem, structural_penalty=1.0)
    assert MeansOfProducts(means.settings, dear, means.sums).beside(best) == []


def test_none_are_looked_for_where_none_is_wanted_or_every_frame_has_a_label():
    assert beginning(n_products=0)[2].alone(np.inf) == []
    assert beginning(per_frame=True)[2].alone(np.inf) == []


@pytest.mark.parametrize("span", [None, 4, Part(2, 2)])
def test_forms_are_those_of_means_of_products(span):
    problem, _, means, _ = beginning()
    (pairs,) = means._pairs.values()
    columns = columns_of_pairs(pairs)
    reading = OverSpan(problem, columns, span)
    errors = torch.randn(2, 1, problem.n_sequences, generator=torch.Generator().manual_seed(0))
    frames = problem.sequences.frames[..., [feature for _, feature in columns]]
    parts = []
    for x, length in zip(frames, problem.sequences.lengths, strict=True):
        first = {None: 0, 4: max(0, length - 4)}.get(span, length // 2)
        parts.append(x[first:length])
    flat = np.concatenate(parts)
    scaled = [(part - flat.mean(0)) / flat.std(0) for part in parts]
    moments = np.stack([part.T @ part / len(part) for part in scaled])
    expected = np.einsum("vkn,nij->vkij", errors.numpy(), moments)
    np.testing.assert_allclose(reading.forms(errors), expected, atol=1e-3)
    n = len(columns)
    first, second = torch.eye(n)[None, :1].repeat(2, 1, 1), torch.ones(2, 1, n)
    values = reading.products(first, second, (list(range(n)), list(range(n))))
    np.testing.assert_allclose(values[1, 0], moments[:, 0].sum(-1), atol=1e-4)
    raw, biases = reading.unscaled(first, list(range(n)))
    np.testing.assert_allclose(raw[0, 0, 0], 1 / flat.std(0)[0], rtol=1e-5)
    np.testing.assert_allclose(biases[0, 0], -flat.mean(0)[0] / flat.std(0)[0], atol=1e-5)


def test_of_nothing_the_classes_are_as_frequent_as_without_the_fold():
    problem, *_ = beginning()
    outputs = outputs_of_nothing(problem)
    seen = problem.folds.fold_of.numpy() != 1
    share = problem.data.targets.codes.numpy()[seen].mean()
    np.testing.assert_allclose(torch.sigmoid(outputs[1, 0, 0]), share, rtol=1e-5)


def test_a_search_finds_what_is_a_mean_of_products():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 15, 2))
    y = ((X[..., 0] * X[..., 1]).mean(1) > 0).astype(int)
    clf = DPadsClassifier(grammar=Grammar.paper({"a": [0], "b": [1]}), random_state=0).fit(X, y)
    assert clf.score(X, y) > 0.9
    assert "SlideWindowAvg[all,values](Multiply(" in clf.program_.expression.skeleton()
