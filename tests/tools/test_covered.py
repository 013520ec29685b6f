"""Coverage is that of folders, lines and branches together."""

from __future__ import annotations

import pytest

from tools import covered

FILES = {
    "a/x.py": ((60, 60), ""),
    "a/y.py": ((40, 36), "3, 5->8"),
    "b/z.py": ((10, 9), "1"),
    "b/empty.py": ((0, 0), ""),
}


def test_files_count_by_their_size():
    folders = covered.by_folder({name: counts for name, (counts, _) in FILES.items()})
    assert {name: covered.percent(counts) for name, counts in folders.items()} == {"a": 96, "b": 90}


@pytest.mark.parametrize(("least", "status"), [("90", 0), ("95", 1), ("97", 1)])
def test_a_folder_that_falls_short_fails(monkeypatch, capsys, least, status):
    monkeypatch.setattr(covered, "read", lambda: FILES)
    assert covered.main(["--least", least]) == status
    out = capsys.readouterr().out
    assert "90.0 %  a/y.py: 3, 5->8" in out
    assert "96.0 %  a, 100 lines and branches" in out
    assert ("Less than" in out) is bool(status)


def test_nothing_measured_is_no_success(monkeypatch):
    monkeypatch.setattr(covered, "read", lambda: {})
    assert covered.main([]) == 1
