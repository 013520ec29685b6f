"""A search finds its own steps again, in any process, and never those of another."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import fbeta_score, get_scorer, make_scorer

from sklearn_dpads import Grammar
from sklearn_dpads.estimator.identity import digest
from sklearn_dpads.grammar import make_production
from sklearn_dpads.search import DPads, Journal, WithinErrors

from ..classifier.cases import make_means, small
from ..user_functions import BLEND, SOFT_SIGN, blend

BETA = 2
SETTINGS = {"max_iter": 1}


def share(estimator, X, y):
    return float(np.mean(estimator.predict(X) == y))


def weighted(estimator, X, y):
    return float(fbeta_score(y, estimator.predict(X), beta=BETA, pos_label="b"))


class Share:
    """A scorer with a setting."""

    def __init__(self, power=1.0):
        self.power = power

    def __call__(self, estimator, X, y):
        return share(estimator, X, y) ** self.power


def raised_to(power):
    return lambda estimator, X, y: share(estimator, X, y) ** power


def counted(monkeypatch):
    """Count the steps that fits read and compute from now on."""
    count = {"read": 0, "computed": 0}
    step = Journal.step

    def counting(self, name, compute, *args):
        before = self.n_read

        def computing():
            count["computed"] += 1
            return compute()

        result = step(self, name, computing, *args)
        count["read"] += self.n_read - before
        return result

    monkeypatch.setattr(Journal, "step", counting)
    return count


@pytest.mark.parametrize(
    "scorer",
    [
        "accuracy",
        share,
        weighted,
        Share(2.0),
        raised_to(2.0),
        lambda estimator, X, y: sum(p in {"a"} for p in estimator.predict(X)) / len(X),
        make_scorer(fbeta_score, beta=2, pos_label="b"),
        partial(Share.__call__, Share(3.0)),
    ],
)
def test_the_same_search_reads_all_its_steps(tmp_path, monkeypatch, scorer):
    data = make_means(20)
    count = counted(monkeypatch)
    small(scoring=scorer, checkpoint_dir=tmp_path, **SETTINGS).fit(*data)
    n_steps = count["computed"]
    assert (count["read"], n_steps > 3) == (0, True)
    small(scoring=scorer, checkpoint_dir=tmp_path, **SETTINGS).fit(*data)
    assert count == {"read": n_steps, "computed": n_steps}


def least(programs, price):
    return lambda program: (program.loss,)


def most(programs, price):
    return lambda program: (-program.loss,)


# Pairs that look alike: one name, or one code, or one text.
PAIRS = {
    "code": [{"scoring": lambda e, X, y: 0.5}, {"scoring": lambda e, X, y: 0.25}],
    "inner code": [
        {"scoring": lambda e, X, y: float(np.mean([p == "a" for p in e.predict(X)]))},
        {"scoring": lambda e, X, y: float(np.mean([p == "b" for p in e.predict(X)]))},
    ],
    "closure": [{"scoring": raised_to(1.0)}, {"scoring": raised_to(2.0)}],
    "state": [{"scoring": Share(1.0)}, {"scoring": Share(2.0)}],
    "settings": [{"scoring": make_scorer(fbeta_score, beta=b, pos_label="b")} for b in (1, 2)],
    "rule": [{"selection": least}, {"selection": most}],
    "rule's settings": [{"selection": WithinErrors(n_errors=e)} for e in (1.0, 2.0)],
    "search": [{"n_folds": 2}, {"n_folds": 3}],
}


@pytest.mark.parametrize("pair", PAIRS)
def test_no_search_reads_the_steps_of_another(tmp_path, monkeypatch, pair):
    data = make_means(20)
    count = counted(monkeypatch)
    for changed in PAIRS[pair]:
        small(checkpoint_dir=tmp_path, **SETTINGS, **changed).fit(*data)
    assert (count["read"], count["computed"] > 6) == (0, True)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_function_reads_tells_it_from_others(monkeypatch):
    before = digest(weighted)
    assert digest(weighted) == before
    monkeypatch.setitem(globals(), "BETA", 3)
    assert digest(weighted) != before


def test_a_production_is_known_by_its_code():
    source = "def f(x):\n    return x {} 2.0\n"
    made = {}
    for sign in "+-":
        exec(source.format(sign), namespace := {"__name__": "__main__"})
        made[sign] = digest(namespace["f"])
    assert made["+"] != made["-"]
    others = [SOFT_SIGN, BLEND, make_production("blend", blend, arity=2, cost=5)]
    found = {digest(Grammar.paper(2).with_production(production)) for production in others}
    assert len(found) == 3


def test_the_program_to_begin_with_counts_with_its_numbers(tmp_path):
    data = make_means(20)
    clf = small(warm_start=True, checkpoint_dir=tmp_path, **SETTINGS).fit(*data)
    clf.fit(*data)
    n_folders = len(list(tmp_path.iterdir()))
    clf.program_ = clf.refit(data[0] * 1.5, data[1]).program_
    clf.fit(*data)
    assert (n_folders, len(list(tmp_path.iterdir()))) == (2, 3)


@pytest.mark.parametrize("parameter", ["scoring", "selection"])
def test_what_cannot_be_told_from_others_is_refused(tmp_path, parameter):
    file = (tmp_path / "log").open("w")

    def scorer(estimator, X, y):
        return float(file.name == "")

    def rule(programs, price):
        return lambda program: (file.name, program.loss)

    data = make_means(20)
    given = {parameter: scorer if parameter == "scoring" else rule}
    with pytest.raises(ValueError, match=rf"can't be used with this {parameter}: .*TextIOWrapper"):
        small(checkpoint_dir=tmp_path / "steps", **given).fit(*data)
    assert not (tmp_path / "steps").exists()
    file.close()


SCRIPT = """
import sys
import torch
from sklearn_dpads import Grammar
from sklearn_dpads.grammar import make_production
from sklearn_dpads.search import Journal
from tests.classifier.cases import WINDOWS, make_means, small
from tests.user_functions import SOFT_SIGN

journals = []
make = Journal.__init__

def made(self, *args, **kwargs):
    journals.append(self)
    make(self, *args, **kwargs)

Journal.__init__ = made
LIMITS = {"a", "b", "c", "d"}

def scorer(estimator, X, y):
    return sum(p == q for p, q in zip(estimator.predict(X), y) if p in LIMITS) / len(y)

def rule(programs, price):
    return lambda program: (program.loss, [program.cost][0])

grammar = Grammar.parse(WINDOWS).with_production(SOFT_SIGN)
settings = {"max_iter": 1, "checkpoint_dir": sys.argv[1]}
small(grammar=grammar, scoring=scorer, selection=rule, **settings).fit(*make_means(20))
print(sum(j.n_steps for j in journals), sum(j.n_read for j in journals))
"""


def test_another_process_reads_the_steps(tmp_path):
    def run(seed):
        command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path)]
        environment = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return tuple(map(int, done.stdout.split()))

    n_steps, n_read = run("1")
    assert (n_steps > 3, n_read) == (True, 0)
    assert run("2") == (n_steps, n_steps)


@pytest.mark.parametrize("value", [DPads(), Grammar.default(3), get_scorer("f1_macro"), {"a": 1}])
def test_equal_values_have_one_digest(value):
    again = type(value)(**value.get_params(deep=False)) if isinstance(value, DPads) else value
    assert digest(again) == digest(value)
    assert digest([value]) != digest(value)


def test_a_value_within_itself():
    loop = [1]
    loop.append(loop)
    other = [2]
    other.append(other)
    assert digest(loop) != digest(other)
