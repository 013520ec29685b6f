"""Cutting programs into forests, and cross-fitting them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from sklearn_dpads.grammar import LIST_TO_ATOM
from sklearn_dpads.search import cross_fit, fresh_trial
from sklearn_dpads.search._folds import Folds
from sklearn_dpads.search._forests import LARGEST_FOREST, MOST_RECURRENCES, affordable, forests
from sklearn_dpads.training import f1_scores, make_targets

from ..graph.build import random_program, space
from .problem import GRAMMAR, make_log, make_problem


def some_programs(n, signature=LIST_TO_ATOM, seed=0):
    rng = np.random.default_rng(seed)
    whole = space(GRAMMAR, signature, max_depth=3)
    return [random_program(whole, rng) for _ in range(n)]


def n_walks(graph):
    labels = [label for slot in graph.slots.values() for label in slot.labels]
    return sum(label == "Fold" or label.endswith(",values]") for label in labels)


@pytest.mark.parametrize("copies", [1, 4])
@pytest.mark.parametrize("n", [0, 1, 150])
def test_every_item_is_in_exactly_one_forest(n, copies):
    items = list(enumerate(some_programs(n)))
    cut = list(forests(items, lambda item: item[1], copies))
    assert sorted(number for forest in cut for number, _ in forest) == list(range(n))
    assert all(cut)
    for forest in cut:
        walks = [n_walks(graph) for _, graph in forest]
        assert len(forest) * copies <= LARGEST_FOREST
        assert sum(walks) * copies <= MOST_RECURRENCES or len(forest) == 1
        # What walks over single frames stays apart from what does not.
        assert len({walk > 0 for walk in walks}) == 1


def test_an_item_larger_than_a_forest_has_one_of_its_own():
    folds = [g for g in some_programs(40) if n_walks(g)][:3]
    cut = list(forests(folds, lambda graph: graph, copies=MOST_RECURRENCES + 1))
    assert [len(forest) for forest in cut] == [1, 1, 1]


def test_a_budget_pays_for_the_first_items_and_at_least_one():
    items = some_programs(40)
    kept = affordable(items, lambda g: g, n_timesteps=80, most=30, budget=15.0)
    assert 1 <= len(kept) < 30
    assert [g for g in items[:30] if g in kept] == kept
    assert affordable(items, lambda g: g, n_timesteps=10**6, most=30, budget=0.0) == items[:1]
    assert affordable(items, lambda g: g, n_timesteps=1, most=30, budget=1e9) == items[:30]
    assert affordable([], lambda g: g, n_timesteps=1, most=30, budget=1.0) == []


@pytest.mark.parametrize("per_frame", [False, True])
def test_folds_take_every_sequence_once(per_frame):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (22, 5) if per_frame else 22)
    targets = make_targets(codes, 3, rng.uniform(1, 2, codes.shape), torch.float32, "cpu")
    folds = Folds(targets, 4, seed=1)
    sizes = Counter(folds.fold_of.tolist())
    assert set(sizes) == {0, 1, 2, 3}
    assert max(sizes.values()) - min(sizes.values()) <= 1
    unseen = torch.stack([folds.weights(fold) == 0 for fold in range(4)])
    assert (unseen.sum(0) == 1).all()
    assert torch.equal(unseen.int().argmax(0), folds.fold_of.expand(targets.codes.shape))
    kept = torch.stack([folds.weights(fold) for fold in range(4)]).sum(0) / 3
    torch.testing.assert_close(kept, targets.weights)


def test_folds_hold_the_classes_in_equal_shares():
    codes = np.repeat([0, 1, 2], [20, 8, 4])
    targets = make_targets(codes, 3, np.ones(32), torch.float32, "cpu")
    folds = Folds(targets, 4, seed=0)
    for k, size in ((0, 5), (1, 2), (2, 1)):
        assert Counter(folds.fold_of[targets.codes == k].tolist()) == dict.fromkeys(range(4), size)


def test_joined_outputs_are_those_of_the_copy_that_left_the_sequence_out():
    targets = make_targets(np.zeros((6, 3), int), 2, np.ones((6, 3)), torch.float32, "cpu")
    folds = Folds(targets, 3, seed=0)
    weights = folds.all_weights(2)
    assert weights.shape == (6, 3, 6)
    copies = torch.arange(6.0).view(6, 1, 1).expand(6, 1, 18)
    joined = folds.join(copies).view(2, 3, 6)
    for program in range(2):
        for sequence in range(6):
            (copy,) = set(joined[program, :, sequence].tolist())
            assert copy // 3 == program
            assert not weights[int(copy), :, sequence].any()


def test_every_sequence_is_predicted_by_parameters_that_have_not_seen_its_labels():
    """Wrong labels for a fold change the predictions of the other folds only."""
    seen = []

    def scorer(outputs, targets):
        seen.append(outputs)
        return f1_scores(outputs, targets)

    def predictions(codes=None):
        problem = make_problem(per_frame=True, n_samples=30, codes=codes, scorer=scorer, n_folds=3)
        graphs = some_programs(6, problem.signature)
        seen.clear()
        scored = cross_fit(
            problem, [fresh_trial(problem, g) for g in graphs], make_log(), n_steps=25
        )
        assert len(scored) == 6
        joined = torch.cat(seen)
        return problem, joined.view(len(joined), -1, 30)

    problem, before = predictions()
    codes = problem.data.targets.codes.numpy().T
    for fold in range(3):
        mine = (problem.folds.fold_of == fold).numpy()
        wrong = codes.copy()
        wrong[mine] = np.where(codes[mine] >= 0, 1 - codes[mine], codes[mine])
        _, after = predictions(wrong)
        assert torch.equal(after[:, :, mine], before[:, :, mine])
        assert not torch.allclose(after[:, :, ~mine], before[:, :, ~mine], atol=1e-2)
