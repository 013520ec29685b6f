"""A search that was cut off goes on where it was, and gives what it would have given."""

from __future__ import annotations

import errno
import os
import pickle
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads import DPadsFrameClassifier, Grammar, ProgramClassifier
from sklearn_dpads.grammar import UserProduction
from sklearn_dpads.inputs.files import write_atomically
from sklearn_dpads.search import (
    NEAR,
    Enumerate,
    Journal,
    Log,
    RandomPrograms,
    SparseSums,
    Stopwatch,
    SumsOfReaders,
)
from sklearn_dpads.search.growth import GrowthSettings
from sklearn_dpads.search.journal import _label

from ..brief import BRIEF, dpads
from ..classifier.cases import make_means, mislabelled, small

# Deep enough for programs that are no sums of readers, which the local search looks for.
SETTINGS = {"max_iter": 3, "max_refinements": 3, "max_depth": 3}


@pytest.fixture(scope="module")
def data():
    # Without an error, the local search would have nothing to gain.
    return mislabelled(*make_means(30))


def steps(folder):
    return sorted(folder.glob("*/*.pickle"))


def texts(clf):
    return [(str(record.program), record.score, record.loss) for record in clf.programs_]


def test_nothing_is_written_unless_asked(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small(**SETTINGS).fit(*data)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", [0, 1, 3, 6, -1])
def test_a_search_goes_on_from_any_step(data, tmp_path, left):
    whole = small(**SETTINGS).fit(*data)
    small(checkpoint_dir=tmp_path, **SETTINGS).fit(*data)
    kept = steps(tmp_path)
    assert len(kept) >= 8
    for path in kept[left:] if left >= 0 else kept[-1:]:
        path.unlink()
    resumed = small(checkpoint_dir=str(tmp_path), **SETTINGS).fit(*data)
    assert texts(resumed) == texts(whole)
    assert steps(tmp_path) == kept
    phases = [event["phase"] for event in whole.search_history_]
    assert [event["phase"] for event in resumed.search_history_] == phases
    times = [event["time"] for event in resumed.search_history_]
    assert times == sorted(times)


def test_what_is_kept_is_read_and_not_computed(data, tmp_path, monkeypatch):
    first = small(checkpoint_dir=tmp_path, **SETTINGS).fit(*data)
    monkeypatch.setattr(
        "sklearn_dpads.training.ForestTrainer.train", lambda *args, **kwargs: pytest.fail("again")
    )
    monkeypatch.setattr(
        "sklearn_dpads.training.DiscreteFit.run", lambda *args, **kwargs: pytest.fail("again")
    )
    for module in ("linear", "sums"):
        monkeypatch.setattr(
            f"sklearn_dpads.search.{module}.fit_convex",
            lambda *args, **kwargs: pytest.fail("again"),
        )
    again = small(checkpoint_dir=tmp_path, **SETTINGS).fit(*data)
    assert texts(again) == texts(first)


@pytest.mark.parametrize(
    "changed", [{"max_depth": 3}, {"random_state": 5}, {"class_weight": {"b": 2.0}}]
)
def test_another_search_has_a_folder_of_its_own(data, tmp_path, changed):
    settings = {"max_iter": 1, "max_refinements": 0}
    small(checkpoint_dir=tmp_path, **settings).fit(*data)
    small(checkpoint_dir=tmp_path, **{**settings, **changed}).fit(*data)
    X, y = data
    small(checkpoint_dir=tmp_path, **settings).fit(X + 1e-6 * np.arange(X.shape[1])[:, None], y)
    assert len(list(tmp_path.iterdir())) == 3


def test_restarts_are_kept_apart(data, tmp_path):
    settings = {"n_restarts": 2, "max_iter": 1, "max_refinements": 0}
    whole = small(**settings).fit(*data)
    small(checkpoint_dir=tmp_path, **settings).fit(*data)
    for path in steps(tmp_path)[-2:]:
        path.unlink()
    assert texts(small(checkpoint_dir=tmp_path, **settings).fit(*data)) == texts(whole)
    assert len(list(tmp_path.iterdir())) == 2


def test_frame_labels(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 6, 2))
    y = (X[:, :, 0] > 0).astype(int)
    search = dpads(
        **BRIEF, max_iter=2, max_refinements=1, max_neighbours=20, n_screened=6, n_pooled=6
    )
    settings = {"search": search, "max_depth": 3, "random_state": 0}
    whole = DPadsFrameClassifier(**settings).fit(X, y)
    DPadsFrameClassifier(checkpoint_dir=tmp_path, **settings).fit(X, y)
    for path in steps(tmp_path)[4:]:
        path.unlink()
    resumed = DPadsFrameClassifier(checkpoint_dir=tmp_path, **settings).fit(X, y)
    assert_array_equal(resumed.decision_function(X), whole.decision_function(X))


ANY_SEARCH = {
    "dpads, growing": dpads(
        **BRIEF, max_iter=2, max_refinements=0, growth=GrowthSettings(max_summands=2, max_iter=2)
    ),
    "A*-NEAR": NEAR(max_iter=2, max_expansions=4, n_scored=4),
    "IDS-BB-NEAR": NEAR(max_iter=2, max_expansions=4, n_scored=4, order="ids-bb"),
    "enumeration": Enumerate(fit_steps=4),
    "random programs": RandomPrograms(n_programs=5, fit_steps=4),
    "sums of readers": SumsOfReaders(),
    "sparse sums": SparseSums(),
}


@pytest.mark.parametrize("name", ANY_SEARCH)
def test_any_search_goes_on_and_reads_what_is_kept(data, tmp_path, name):
    settings = {"search": ANY_SEARCH[name], "max_depth": 2, "random_state": 0}
    whole = ProgramClassifier(**settings).fit(*data)
    ProgramClassifier(checkpoint_dir=tmp_path, **settings).fit(*data)
    kept = steps(tmp_path)
    assert kept
    for path in kept[(len(kept) + 1) // 2 :]:
        path.unlink()
    before = {path: path.stat().st_mtime_ns for path in steps(tmp_path)}
    for _ in range(2):
        resumed = ProgramClassifier(checkpoint_dir=tmp_path, **settings).fit(*data)
        assert texts(resumed) == texts(whole)
        assert steps(tmp_path) == kept
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_resumed_search_knows_how_long_the_end_takes(tmp_path):
    def compute():
        stopwatch.set_aside(20.0)

    for _ in range(2):
        stopwatch = Stopwatch(100.0)
        Journal(tmp_path).step("cross-fit", compute, stopwatch)
        assert stopwatch.end_of_search == 80.0


def test_a_grammar_that_no_file_can_hold_is_refused(data, tmp_path):
    bend = UserProduction("bend", lambda x: x * abs(x), 1, 1, "bend({0})")
    grammar = Grammar((*Grammar.default(data[0].shape[-1]).productions, bend))
    with pytest.raises(ValueError, match="top level of a module"):
        small(grammar=grammar, checkpoint_dir=tmp_path, random_state=0).fit(*data)
    assert list(tmp_path.iterdir()) == []


def test_what_was_cut_short_by_time_is_not_kept(tmp_path):
    stopwatch = Stopwatch(1e-9)
    Journal(tmp_path).step("train", lambda: 1, stopwatch)
    assert list(tmp_path.iterdir()) == []
    log = Log(Stopwatch(), journal=Journal(tmp_path))
    assert log.step("train", lambda: 2) == 2
    again = Log(Stopwatch(), journal=Journal(tmp_path))
    assert again.step("train", lambda: pytest.fail("computed")) == 2


def test_a_step_leaves_randomness_where_it_was(tmp_path):
    rngs = [np.random.default_rng(0) for _ in range(2)]
    drawn = [
        Journal(tmp_path).step("draw", lambda rng=rng: rng.integers(100), Stopwatch(), rng)
        for rng in rngs
    ]
    assert drawn[0] == drawn[1]
    assert rngs[0].integers(10**9) == rngs[1].integers(10**9)


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_a_search_that_cannot_be_repeated_is_refused(data, tmp_path, random_state):
    with pytest.raises(ValueError, match="needs an int as random_state"):
        small(checkpoint_dir=tmp_path, random_state=random_state).fit(*data)


def test_what_is_no_folder_is_refused(data, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(ValueError, match="must be a folder"):
        small(checkpoint_dir=file).fit(*data)
    with pytest.raises(TypeError, match="must be a path"):
        small(checkpoint_dir=3).fit(*data)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "a.txt", "old")

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(bytes(content))


def exchange(path):
    other = next(p for p in steps(path.parents[1]) if p != path)
    path.write_bytes(other.read_bytes())


def of_another_search(path):
    content = path.read_bytes()
    path.write_bytes(content.replace(path.parent.name.encode(), b"0" * 32, 1))


def of_renamed_classes(path):
    content = path.read_bytes().split(b"\n", 2)[2]
    content = content.replace(b"sklearn_dpads.engine", b"sklearn_dpads.motors")
    write_atomically(path, _label(path, content) + content)


DAMAGES = {
    "flipped": flip_a_bit,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "empty": lambda path: path.write_bytes(b""),
    "foreign": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99)),
    "text": lambda path: path.write_text("notes\nto\nmyself\n"),
    "pickle": lambda path: path.write_bytes(pickle.dumps((1, None, 0.0))),
    "exchanged": exchange,
    "of another search": of_another_search,
    "of renamed classes": of_renamed_classes,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_not_the_step_is_made_anew(data, tmp_path, damage):
    settings = {"max_iter": 1, "max_refinements": 1}
    whole = small(checkpoint_dir=tmp_path, **settings).fit(*data)
    path = next(path for path in steps(tmp_path) if "train" in path.name)
    good = result_of(path)
    DAMAGES[damage](path)
    with pytest.warns(UserWarning, match="can't be used") as caught:
        resumed = small(checkpoint_dir=tmp_path, **settings).fit(*data)
    assert [str(path) in str(warning.message) for warning in caught] == [True]
    assert texts(resumed) == texts(whole)
    assert result_of(path) == good


@pytest.mark.parametrize("damage", ["empty", "pickle", "text", "truncated"])
def test_what_is_wrong_with_a_file_is_told_in_words(tmp_path, damage):
    Journal(tmp_path / "search").step("train", lambda: [1.5] * 9, Stopwatch())
    (path,) = steps(tmp_path)
    DAMAGES[damage](path)
    with pytest.warns(UserWarning, match=r"can't be used \(it is damaged, or of another step\)"):
        assert Journal(tmp_path / "search").step("train", lambda: 2, Stopwatch()) == 2


def result_of(path):
    """What a file holds but the time at which the step was reached."""
    (trained, *_) = pickle.loads(path.read_bytes().split(b"\n", 2)[2])
    return pickle.dumps(trained)


@pytest.mark.parametrize("name", ["mkstemp", "mkdir"])
def test_a_full_disk_ends_the_checkpoints_and_not_the_fit(data, tmp_path, monkeypatch, name):
    settings = {"max_iter": 1, "max_refinements": 1}
    whole = small(**settings).fit(*data)
    tries = []

    def fail(*args, **kwargs):
        tries.append(args)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile if name == "mkstemp" else Path, name, fail)
    with pytest.warns(UserWarning, match="No space left on device") as caught:
        full = small(checkpoint_dir=tmp_path, **settings).fit(*data)
    assert (len(caught), len(tries)) == (1, 1)
    assert texts(full) == texts(whole)
    assert steps(tmp_path) == []


def test_what_was_kept_is_read_from_a_full_disk(tmp_path, monkeypatch):
    Journal(tmp_path).step("train", lambda: 1, Stopwatch())

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", fail)
    journal = Journal(tmp_path)
    assert journal.step("train", lambda: pytest.fail("again"), Stopwatch()) == 1
    with pytest.warns(UserWarning, match="keeps no further steps"):
        assert journal.step("prune", lambda: 2, Stopwatch()) == 2
    assert journal.n_read == 1


SCRIPT = """
import sys
from tests.classifier.cases import make_means, mislabelled, small
settings = {"max_iter": 3, "max_refinements": 3, "max_depth": 3}
clf = small(checkpoint_dir=sys.argv[1], **settings).fit(*mislabelled(*make_means(30)))
print([(str(r.program), r.score, r.loss) for r in clf.programs_])
"""


def test_killed_in_the_middle(data, tmp_path):
    """kill -9 while it runs; the next run ends as one that was never interrupted."""
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(steps(tmp_path)) < 4 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    running.kill()
    running.wait()
    before = {path: path.stat().st_mtime_ns for path in steps(tmp_path)}
    assert len(before) >= 4
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.strip() == str(texts(small(**SETTINGS).fit(*data)))
    # The next process found the folder, and read what was kept there instead of writing it anew.
    assert len(list(tmp_path.iterdir())) == 1
    assert len(steps(tmp_path)) > len(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before
