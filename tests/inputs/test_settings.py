"""Settings that say what is allowed, and refuse the rest before any work starts."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_dpads import DPadsClassifier, ProgramClassifier
from sklearn_dpads.inputs.settings import Settings, integer, one_of, real, switch, within
from sklearn_dpads.search import (
    NEAR,
    BestScore,
    DPads,
    Enumerate,
    GivenPrograms,
    RandomPrograms,
    Simplest,
    WithinErrors,
)

SEARCHES = [DPads, NEAR, Enumerate, RandomPrograms, GivenPrograms]


@dataclass(kw_only=True, repr=False, eq=False)
class Inner(Settings):
    width: float = real(0.5, most=1.0)


@dataclass(kw_only=True, repr=False, eq=False)
class Outer(Settings):
    n: int = integer(3)
    most: int | None = integer(None, least=2)
    share: float = real(0.4, most=1.0, open=True)
    fast: bool = switch(True)
    order: str = one_of("first", "last")
    inner: Inner = within(Inner)


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"n": 0}, ValueError, r"^Outer: n must be an integer of at least 1; got 0\.$"),
        ({"n": 1.0}, TypeError, "n must be an integer"),
        ({"n": True}, TypeError, "n must be an integer"),
        ({"n": None}, TypeError, "n must be an integer"),
        ({"most": 1}, ValueError, "most must be an integer of at least 2 or None; got 1"),
        ({"share": 1.0}, ValueError, "share must be a number above 0 and below 1; got 1.0"),
        ({"share": np.nan}, ValueError, "share must be a number"),
        ({"share": "half"}, TypeError, "share must be a number.*got 'half'"),
        ({"fast": 1}, TypeError, "fast must be True or False; got 1"),
        ({"order": "middle"}, ValueError, r"order must be one of \['first', 'last'\]"),
        ({"inner__width": 1.5}, ValueError, "Inner: width must be .* at most 1; got 1.5"),
    ],
)
def test_what_is_not_allowed_is_named(changes, error, match):
    with pytest.raises(error, match=match):
        Outer().set_params(**changes).check()


@pytest.mark.parametrize(
    "changes", [{}, {"n": np.int64(2), "most": 2}, {"share": 1e-9}, {"inner__width": 1}]
)
def test_what_is_allowed_passes(changes):
    Outer().set_params(**changes).check()


def test_settings_within_settings_are_not_shared():
    one, other = Outer(), Outer()
    one.inner.width = 0.1
    assert other.inner.width == 0.5


@pytest.mark.parametrize("kind", [*SEARCHES, WithinErrors, BestScore, Simplest])
def test_every_setting_of_a_search_and_of_a_rule_is_documented_and_reached(kind):
    settings = kind()
    settings.check()
    names = set(settings.get_params())
    assert {field.name for field in fields(settings)} <= names
    copy = clone(settings)
    assert copy.get_params().keys() == names
    documented = "\n".join(base.__doc__ or "" for base in kind.__mro__)
    for field in fields(settings):
        assert field.name in documented, field.name
        if is_dataclass(getattr(settings, field.name)):
            assert any(name.startswith(f"{field.name}__") for name in names)


def test_a_classifier_tells_its_search_what_it_was_told():
    clf = DPadsClassifier(d_s=3, N=4, max_iter=5, max_refinements=6, batch_size=7, tol=0.5)
    search = clf._make_search()
    assert (search.d_s, search.N, search.max_iter) == (3, 4, 5)
    assert search.local_search.max_refinements == 6
    assert (search.training.batch_size, search.training.tol) == (7, 0.5)


@pytest.mark.parametrize("kind", [DPadsClassifier, ProgramClassifier])
def test_defaults_of_a_classifier_are_those_of_the_search(kind):
    assert kind()._make_search().get_params().keys() == DPads().get_params().keys()
    for name, value in DPads().get_params().items():
        if not isinstance(value, Settings):
            assert kind()._make_search().get_params()[name] == value


@pytest.fixture
def data():
    return np.zeros((8, 3, 1)), np.repeat([0, 1], 4)


def test_what_the_search_says_is_not_said_beside_it(data):
    with pytest.raises(ValueError, match=r"search has settings of its own, but d_s=3 was given"):
        DPadsClassifier(search=DPads(), d_s=3).fit(*data)


@pytest.mark.parametrize("kind", [DPadsClassifier, ProgramClassifier])
def test_what_is_no_search_is_refused(kind, data):
    with pytest.raises(TypeError, match="search must be a Search.*got 'dpads'"):
        kind(search="dpads").fit(*data)
    with pytest.raises(ValueError, match="DPads: n_folds must be an integer of at least 2; got 1"):
        kind(search=DPads(n_folds=1)).fit(*data)


def test_a_rule_is_checked_too(data):
    with pytest.raises(ValueError, match="WithinErrors: n_errors must be a number of at least 0"):
        DPadsClassifier(selection=WithinErrors(n_errors=-1.0)).fit(*data)
