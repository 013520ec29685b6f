"""Searches that take a moment, and classifiers that make them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sklearn_dpads.classifier import DifferentiableSearch, ResumableClassifier
from sklearn_dpads.search import DPads, LocalSearch
from sklearn_dpads.training import Training


def names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


# The parameters of the classifier that are settings of its search.
OF_THE_SEARCH = names(DifferentiableSearch) - names(ResumableClassifier)
BRIEF = {"prune_iter": 1, "split_iter": 1, "n_folds": 2, "fit_steps": 4, "final_steps": 24}


def dpads(**settings: Any) -> DPads:
    """Give a search, with settings of its parts by their names alone."""
    parts = {
        part: kind(**{name: settings.pop(name) for name in names(kind) & settings.keys()})
        for part, kind in (("local_search", LocalSearch), ("training", Training))
    }
    return DPads(**parts, **settings)


def with_search(estimator: type, brief: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """Make a classifier; what is a setting of the search, the search is told."""
    if "search" in parameters:
        return estimator(**{n: v for n, v in parameters.items() if n not in OF_THE_SEARCH})
    known = OF_THE_SEARCH | names(DPads) | names(LocalSearch) | names(Training)
    known -= names(ResumableClassifier)
    settings = brief | {name: parameters[name] for name in known & parameters.keys()}
    others = {name: value for name, value in parameters.items() if name not in known}
    return estimator(search=dpads(**settings), **others)
