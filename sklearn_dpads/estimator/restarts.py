"""Independent searches for one fit: seeded up front, run by joblib, pooled, resumed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs

from ..search import Phase, Stopwatch
from ..training import gradients, one_thread
from .listeners import FitContext, ProgressPrinter, SearchContext
from .task import Outcome, Task


def run_restarts(
    task: Task,
    seeds: Sequence[int],
    *,
    n_jobs: int | None,
    max_time: float | None,
    callbacks: FitContext,
) -> list[Outcome]:
    """Search once per seed but the last, and with the last if nothing sound came out.

    Parameters
    ----------
    task : Task
        What to search.
    seeds : sequence of int
        One seed per search, and one in reserve.
    n_jobs : int or None
        Number of searches at a time, as joblib reads it.
    max_time : float or None
        Seconds for all of them.
    callbacks : FitContext
        Callbacks of the fit.

    Returns
    -------
    outcomes : list of Outcome
        In the order of the seeds. Fewer than asked for after a KeyboardInterrupt, where a
        callback has ended the fit, or where a process was killed.

    Raises
    ------
    RuntimeError
        If a process was killed before any search had ended.
    """
    limits: dict[str, Any] = {"n_jobs": n_jobs, "max_time": max_time}
    return run_tasks([task], [seeds], **limits, callbacks=callbacks)[0]


def run_tasks(
    tasks: Sequence[Task],
    seeds: Sequence[Sequence[int]],
    *,
    n_jobs: int | None,
    max_time: float | None,
    callbacks: FitContext,
) -> list[list[Outcome]]:
    """Search for what each task asks, as :func:`run_restarts` does for one.

    Parameters
    ----------
    tasks : sequence of Task
        What to search; one for each class, where each has a program of its own.
    seeds : sequence of sequence of int
        Seeds of each task, equally many.
    n_jobs, max_time, callbacks
        As for :func:`run_restarts`, for all tasks together.

    Returns
    -------
    outcomes : list of list of Outcome
        At least one for each task. Where a KeyboardInterrupt, a callback or the loss of a process
        has ended the fit, a task that was not searched has the simplest programs, judged.
    """
    stopwatch, n_each = Stopwatch(max_time), len(seeds[0]) - 1
    searches = [(task, s) for task, own in zip(tasks, seeds, strict=True) for s in own[:-1]]
    n_parallel = min(len(searches), effective_n_jobs(n_jobs))
    slots = Slots.of(max_time, len(searches), n_parallel)
    found = _run_all(searches, n_jobs, slots, callbacks)
    by_task = [[o for o in found if o.restart // n_each == k] for k in range(len(tasks))]
    stopped = stopwatch.expired() or any(o.was_ended for o in found) or callbacks.is_over
    reserve = len(searches)
    ends = (Phase.INTERRUPT, Phase.LOST)
    by = next((phase for phase in ends if any(outcome.has(phase) for outcome in found)), None)
    for k, (task, own, outcomes) in enumerate(zip(tasks, seeds, by_task, strict=True)):
        if not outcomes:
            outcomes.append(run_interrupted(task, own[0], k * n_each, reserve, by))
        elif all(outcome.defect is not None for outcome in outcomes) and not stopped:
            left = None if max_time is None else max_time - stopwatch.elapsed()
            outcomes.append(_run_here(task, own[-1], left, reserve, reserve + 1, callbacks))
            stopped = outcomes[-1].has(Phase.INTERRUPT) or callbacks.is_over
            reserve += 1
    return by_task


@dataclass(frozen=True)
class Slots:
    """When each search has to be over, by a clock that all processes share.

    Parameters
    ----------
    begin : float
        When the first ones begin, in seconds since the epoch.
    length : float or None
        Seconds of a slot; None for no limit.
    n_parallel : int
        Searches that run side by side in a slot.
    """

    begin: float
    length: float | None
    n_parallel: int

    @classmethod
    def of(cls, max_time: float | None, n_searches: int, n_parallel: int) -> Slots:
        """Divide a time among searches."""
        n_slots = -(-n_searches // n_parallel)
        return cls(time.time(), None if max_time is None else max_time / n_slots, n_parallel)

    def left(self, search: int) -> float | None:
        """Seconds that a search which begins now may take.

        The start of a process counts, too, and so does what an earlier search took too long.
        """
        if self.length is None:
            return None
        end = self.begin + self.length * (search // self.n_parallel + 1)
        # Clocks can be set, and a search takes no more than its slot then either.
        return min(max(end - time.time(), 0.0), self.length)


def _run_all(
    searches: Sequence[tuple[Task, int]],
    n_jobs: int | None,
    slots: Slots,
    callbacks: FitContext,
) -> list[Outcome]:
    """Search for what each task asks, with its seed; see :func:`run_restarts`."""
    n_searches = len(searches)
    if slots.n_parallel > 1:
        return _run_side_by_side(searches, n_jobs, slots, callbacks)
    outcomes: list[Outcome] = []
    for i, (task, seed) in enumerate(searches):
        outcomes.append(_run_here(task, seed, slots.left(i), i, n_searches, callbacks))
        if outcomes[-1].has(Phase.INTERRUPT) or callbacks.is_over:
            break
    return outcomes


def _run_side_by_side(
    searches: Sequence[tuple[Task, int]],
    n_jobs: int | None,
    slots: Slots,
    callbacks: FitContext,
) -> list[Outcome]:
    """Search in processes of their own."""
    n_searches = len(searches)
    outcomes: list[Outcome] = []
    with one_thread():
        running = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
            delayed(_run_in_slot)(task, seed, slots, i, n_searches)
            for i, (task, seed) in enumerate(searches)
        )
        try:
            for outcome in running:
                callbacks.search().end()
                outcomes.append(outcome)
                task = searches[outcome.restart][0]
                if task.verbose:
                    printer = ProgressPrinter(outcome.restart, n_searches, None, task.title)
                    printer(outcome.events[-1])
                if outcome.has(Phase.INTERRUPT) or callbacks.is_over:
                    break
        except KeyboardInterrupt:
            if not outcomes:
                return [run_interrupted(*searches[0], 0, n_searches)]
            outcomes[-1] = outcomes[-1].ended_by(Phase.INTERRUPT)
        except BrokenExecutor as error:
            if not outcomes:
                raise RuntimeError(
                    f"A process that searches was killed before any of the {n_searches} searches "
                    "had ended, maybe for want of memory. Let fewer run at a time, as n_jobs=1 "
                    "does, or give fewer data."
                ) from error
            outcomes[-1] = outcomes[-1].ended_by(Phase.LOST)
    # They come as they end.
    return sorted(outcomes, key=lambda outcome: outcome.restart)


def run_interrupted(
    task: Task,
    seed: int,
    restart: int,
    n_restarts: int,
    by: Phase | None = Phase.INTERRUPT,
) -> Outcome:
    """Give what a search has that is interrupted as it begins: the simplest programs, judged."""
    task = replace(task, checkpoint_dir=None)
    with one_thread(), gradients():
        found = task.run(seed, 0.0, restart, n_restarts)
    return found if by is None else found.ended_by(by)


def _run_here(
    task: Task,
    seed: int,
    max_time: float | None,
    restart: int,
    n_restarts: int,
    callbacks: FitContext,
) -> Outcome:
    """Search in this process, where callbacks can follow every step."""
    context = callbacks.search()
    outcome = _run_on_one_thread(task, seed, max_time, restart, n_restarts, context)
    context.end()
    return outcome


def _run_in_slot(task: Task, seed: int, slots: Slots, restart: int, n_restarts: int) -> Outcome:
    """Search in a process of its own, which prints nothing: lines of several would mix."""
    task = replace(task, verbose=False)
    return _run_on_one_thread(task, seed, slots.left(restart), restart, n_restarts)


def _run_on_one_thread(
    task: Task,
    seed: int,
    max_time: float | None,
    restart: int,
    n_restarts: int,
    callbacks: SearchContext | None = None,
) -> Outcome:
    with one_thread(), gradients():
        return task.run(seed, max_time, restart, n_restarts, callbacks)
