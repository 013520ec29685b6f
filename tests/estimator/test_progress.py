"""The line that tells how far a fit is: who sees it, and what it says."""

from __future__ import annotations

import io
import sys
import threading
from types import SimpleNamespace

import pytest

from sklearn_dpads.estimator import progress as _progress
from sklearn_dpads.estimator.progress import (
    NotebookScreen,
    Progress,
    TerminalScreen,
    find_screen,
    progress_of,
)

from ..classifier.contract import FORMS, SEQUENCES


class Lines:
    """A screen that keeps what it shows."""

    def __init__(self):
        self.shown, self.is_clear = [], True

    def show(self, line):
        self.shown.append(line)
        self.is_clear = False

    def clear(self):
        self.is_clear = True


@pytest.fixture
def screen(monkeypatch):
    """A screen that every fit finds, without the wait for a long one."""
    lines = Lines()
    monkeypatch.setattr(_progress, "find_screen", lambda: lines)
    monkeypatch.setattr(_progress, "_DELAY", 0.0)
    monkeypatch.setattr(_progress, "_PAUSE", 0.001)
    return lines


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(params=FORMS, ids=str)
def form(request):
    return request.param


def test_a_fit_shows_a_line_that_goes_away(form, screen, capfd):
    form.small().fit(*form.data())
    assert screen.shown[0].startswith("dPads, 0 s: getting ready")
    assert any("; best " in line for line in screen.shown)
    assert screen.is_clear
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", [False, 0, True])
def test_a_user_can_do_without_the_line(verbose, screen):
    SEQUENCES.small(verbose=verbose).fit(*SEQUENCES.data())
    assert screen.shown == []


def test_callbacks_of_the_user_take_the_place_of_the_line(screen):
    estimator = SEQUENCES.small()
    estimator._skl_callbacks = [object()]
    with progress_of(estimator, "dPads"):
        pass
    assert screen.shown == []


def test_a_short_fit_shows_nothing(screen, monkeypatch):
    monkeypatch.setattr(_progress, "_DELAY", 60.0)
    SEQUENCES.small().fit(*SEQUENCES.data())
    assert screen.shown == []


def test_the_line_goes_away_after_an_error(screen):
    def fail():
        with Progress("dPads", 1, None, screen) as progress:
            while not screen.shown:
                progress.tell({"phase": "train"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert screen.is_clear


def test_a_terminal_that_is_gone_ends_no_fit(screen, monkeypatch):
    asked = threading.Event()

    def show(line):
        asked.set()
        raise ValueError("I/O operation on closed file.")

    monkeypatch.setattr(screen, "show", show)
    with Progress("dPads", 1, None, screen):
        assert asked.wait(10)


def test_searches_are_counted():
    progress = Progress("dPads", 2, None, None)
    progress.end_search()
    assert progress.line(61.0) == "dPads, search 2 of 2, 1 min 1 s: getting ready"
    progress.end_search()
    assert "search 2 of 2" in progress.line(62.0)


def test_steps_of_unknown_searches_change_nothing():
    progress = Progress("dPads", 1, None, None)
    progress.tell({"phase": "train"})
    progress.tell({"phase": "mine"})
    assert progress.line(1.0).endswith("weighing many programs at once")


def test_a_terminal_has_a_line_and_a_file_has_none(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    screen = find_screen()
    assert isinstance(screen, TerminalScreen)
    screen.show("x" * 999)
    assert len(sys.stderr.getvalue()) < 200
    screen.clear()
    assert sys.stderr.getvalue().endswith("\r\x1b[K")
    monkeypatch.setenv("TERM", "dumb")
    assert find_screen() is None
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        assert find_screen() is None


def test_what_runs_beside_others_has_no_line(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    found = []
    thread = threading.Thread(target=lambda: found.append(find_screen()))
    thread.start()
    thread.join()
    monkeypatch.setattr(_progress.multiprocessing, "parent_process", object)
    assert [*found, find_screen()] == [None, None]


def test_a_notebook_has_one_output_that_is_replaced(monkeypatch):
    told = []
    handle = SimpleNamespace(update=lambda content, raw: told.append(content["text/plain"]))

    def display(content, raw, display_id):
        told.append(content["text/plain"])
        return handle

    shell = type("ZMQInteractiveShell", (), {})()
    module = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    screen = find_screen()
    assert isinstance(screen, NotebookScreen)
    screen.show("one")
    screen.show("two")
    screen.clear()
    assert told == ["one", "two", ""]


@pytest.mark.parametrize("verbose", [3, -1, "loud", None, 0.5])
def test_other_values_of_verbose_are_refused(form, verbose):
    with pytest.raises(ValueError, match=r"verbose=.* is not allowed; give True .* 'auto'"):
        form.small(verbose=verbose).fit(*form.data())


def test_searches_side_by_side_print_one_line_each(capfd):
    SEQUENCES.small(verbose=True, n_restarts=2, n_jobs=2).fit(*SEQUENCES.data())
    lines = capfd.readouterr().out.splitlines()
    assert sorted(line[:18] for line in lines) == ["[dPads] search 1/2", "[dPads] search 2/2"]
    assert all("found by" in line for line in lines)
