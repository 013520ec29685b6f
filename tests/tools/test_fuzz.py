"""Damaged files are refused or can be used, and what fails is told and kept."""

from __future__ import annotations

import sys
from random import Random

import pytest

from tools import fuzz
from tools.fuzzing.kinds import KINDS, Kind

if sys.platform != "linux":
    pytest.skip("memory is limited on Linux only", allow_module_level=True)


@pytest.fixture
def campaign(tmp_path, monkeypatch):
    """Makes campaigns; the script has its own folder among those that modules are found in."""
    monkeypatch.syspath_prepend(fuzz.HERE)

    def make(name):
        return fuzz.Campaign(name, tmp_path, tmp_path / "failures")

    return make


# A fit takes a quarter of a second.
N_FILES = {"data-npz": 6, "data-csv": 6, "groups": 6}


@pytest.mark.parametrize("name", KINDS)
def test_no_file_fails(campaign, name):
    files = campaign(name)
    rng = Random(1)
    for data in files.seeds[:2]:
        files.run(data)
    assert files.counts == {"read": len(files.seeds[:2])}
    for _ in range(N_FILES.get(name, 40)):
        files.run(files.mutate(rng.choice(files.seeds), rng))
    assert files.counts["failed"] == 0
    assert files.counts["refused"] > 0


def test_names_are_those_of_the_kinds():
    assert list(KINDS) == fuzz.NAMES


@pytest.mark.parametrize("name", KINDS)
def test_a_seed_gives_the_same_files(campaign, name):
    files = campaign(name)
    first, again = (
        [files.mutate(files.seeds[0], rng) for _ in range(20)] for rng in (Random(3), Random(3))
    )
    assert first == again
    assert len(set(first)) > 10


def loops(path):
    while True:
        pass


def recurs(path):
    recurs(path)


def allocates(path):
    bytes(2**40)


def is_wrong(path):
    raise KeyError("x")


@pytest.mark.parametrize("check", [loops, recurs, allocates, is_wrong])
def test_what_fails_is_kept_once(campaign, tmp_path, monkeypatch, capsys, check):
    from fuzzing import kinds, limits  # as the script imports them

    monkeypatch.setitem(kinds.KINDS, "groups", Kind(".json", lambda: [b"{}"], check))
    monkeypatch.setattr(limits, "SECONDS", 0.1)
    files = campaign("groups")
    for data in (b"1", b"2"):
        files.run(data)
    assert files.counts == {"failed": 2}
    (kept,) = (tmp_path / "failures").iterdir()
    assert kept.read_bytes() == b"1"
    assert kept.name.startswith("groups-")
    assert check.__name__ in capsys.readouterr().err


def test_a_file_that_failed_is_read_again(campaign, tmp_path, capsys):
    files = campaign("grammar-text")
    path = fuzz.keep("grammar-text", ".txt", files.seeds[0], tmp_path)
    assert fuzz.run_again(path) == 0
    assert capsys.readouterr().out == "read\n"
    path = fuzz.keep("grammar-text", ".txt", b"list->atom ::= Nothing", tmp_path)
    assert fuzz.run_again(path) == 0
    assert "refused: Line 1, column 16: 'Nothing' is not a production" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="begins with none of"):
        fuzz.run_again(tmp_path / "other.txt")
