"""A line that tells how far a fit is, for people who wait for it in a terminal or a notebook."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol, Self

from ..program.text import shortened

# Seconds. A fit that takes no longer needs no line, and what flickers is read by nobody.
_DELAY = 3.0
_PAUSE = 0.5
# Characters: a notebook would wrap a longer line, and a terminal cuts it anyway.
_WIDEST = 160

# What goes on once an event of a phase has come, for those who know nothing of the method.
_NEXT = {
    "sum": "adding up single features",
    "train": "weighing many programs at once",
    "prune": "weighing many programs at once",
    "split": "narrowing down",
    "expand": "narrowing down",
    "deepen": "narrowing down",
    "dequeue": "comparing single programs",
    "grow": "adding summands",
    "choose": "changing the best programs",
    "refine": "changing the best programs",
    "census": "comparing single programs",
    "fit": "fitting the chosen program",
}
_BEST = frozenset(["sum", "refine", "census", "fit"])


class Screen(Protocol):
    """Where a line is shown, and shown anew in its place."""

    def show(self, line: str) -> None:
        """Put a line in place of the one before."""

    def clear(self) -> None:
        """Take the line away."""


class TerminalScreen:
    """The last line of a terminal, written to standard error."""

    def show(self, line: str) -> None:
        """Put a line in place of the one before."""
        # A line that is wrapped could not be taken away.
        room = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{shortened(line, room)}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class NotebookScreen:
    """An output of a notebook's cell that is replaced."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, line: str) -> None:
        """Put a line in place of the one before."""
        from IPython.display import display

        content = {"text/plain": line}
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def clear(self) -> None:
        """Take the line away."""
        self._handle.update({"text/plain": ""}, raw=True)


def find_screen() -> Screen | None:
    """Give where a person sees a line now; None where output goes to a file or to a test."""
    # What runs beside others, as in a grid search, would write over their lines.
    if multiprocessing.parent_process() is not None:
        return None
    if threading.current_thread() is not threading.main_thread():
        return None
    if _in_notebook():
        return NotebookScreen()
    stream = sys.stderr
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        return None
    return TerminalScreen()


def _in_notebook() -> bool:
    """Whether the code runs in a cell; nobody has to have IPython for it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class Progress:
    """Follows a fit, and shows a line of it once it takes more than some seconds.

    Parameters
    ----------
    title : str
        Name of the search.
    n_searches : int
        How many searches there are.
    max_time : float or None
        Seconds the fit may take; what is left of them is shown.
    screen : Screen or None
        Where to show the line; None shows nothing.

    Examples
    --------
    >>> progress = Progress("dPads", 2, 60.0, None)
    >>> progress.tell({"phase": "train"})
    >>> progress.line(4.0)
    'dPads, search 1 of 2, 4 s, 56 s left: weighing many programs at once'
    >>> progress.tell({"phase": "refine", "score": 0.9, "program": "SlideWindowAvg[5](Affine[x])"})
    >>> progress.line(70.0)
    'dPads, search 1 of 2, 1 min 10 s, ending soon: changing the best programs; best 0.900 avg5(x)'
    """

    def __init__(
        self, title: str, n_searches: int, max_time: float | None, screen: Screen | None
    ) -> None:
        self._title, self._n_searches, self._max_time = title, n_searches, max_time
        self._screen = screen
        self._n_done = 0
        self._now, self._best = "getting ready", ""
        self._begin = time.monotonic()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._screen is not None:
            # Steps take long, and the time goes on meanwhile.
            self._thread = threading.Thread(target=self._run, args=(self._screen,), daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, screen: Screen) -> None:
        if self._over.wait(_DELAY):
            return
        try:
            while True:
                screen.show(self.line(time.monotonic() - self._begin))
                if self._over.wait(_PAUSE):
                    break
            screen.clear()
        except (OSError, ValueError):  # a terminal that was closed keeps no fit from its end
            return

    def tell(self, event: Mapping[str, Any]) -> None:
        """Take notice of a step of a search."""
        phase = event["phase"]
        self._now = _NEXT.get(phase, self._now)
        if phase in _BEST and event.get("program"):
            score = f"{event['score']:.3f} " if "score" in event else ""
            self._best = f"; best {score}{short_shape(event['program'])}"

    def end_search(self) -> None:
        """Take notice of the end of a search."""
        self._n_done += 1
        self._now = "getting ready"

    def line(self, elapsed: float) -> str:
        """Give the line to show.

        Parameters
        ----------
        elapsed : float
            Seconds since the fit began.
        """
        parts = [self._title]
        if self._n_searches > 1:
            number = min(self._n_done + 1, self._n_searches)
            parts.append(f"search {number} of {self._n_searches}")
        parts.append(_duration(elapsed))
        if self._max_time is not None:
            left = self._max_time - elapsed
            parts.append(f"{_duration(left)} left" if left > 0 else "ending soon")
        return f"{', '.join(parts)}: {self._now}{self._best}"[:_WIDEST]


def progress_of(estimator: Any, title: str, n_each: int = 1) -> Progress:
    """Give the progress of a fit, which is shown unless the user wants no line, or another one.

    Parameters
    ----------
    estimator : estimator instance
        Whose ``verbose``, ``n_restarts`` and ``max_time`` hold; what it has of scikit-learn's
        callbacks may be a progress bar.
    title : str
        Name of the search.
    n_each : int, default=1
        Searches of each restart: one, or one for each class.
    """
    shown = isinstance(estimator.verbose, str) and not getattr(estimator, "_skl_callbacks", None)
    screen = find_screen() if shown else None
    return Progress(title, n_each * estimator.n_restarts, estimator.max_time, screen)


def short_shape(text: str) -> str:
    """Shorten the shape of a program: its readers and groups as :meth:`Program.compact` has them.

    Examples
    --------
    >>> short_shape("Add(SlideWindowStd[3/3](Affine[all]), SlideWindowMin[all](Affine[hand]))")
    'Add(std3/3(all), min(hand))'
    """
    text = re.sub(r"SlideWindow(\w+)\[([^\],]+)[^\]]*\]", _reader, text)
    return re.sub(r"Affine\[([^\]]+)\]", r"\1", text)


def _reader(match: re.Match[str]) -> str:
    return match[1].lower() + ("" if match[2] == "all" else match[2])


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
