"""Independent searches for one fit: seeded up front, run by joblib, pooled, resumed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray

from ..engine import FrameStreams, KeptFrames, stream_keys
from ..grammar import Grammar, Kind, Signature
from ..inputs.splitting import split_sequences
from ..program import Expression, Sequences, joined, reduced
from ..program.text import show_name
from ..search import (
    Defect,
    Journal,
    JudgedProgram,
    Listener,
    Log,
    Phase,
    Problem,
    Rule,
    Search,
    Stopwatch,
    Verdict,
    held_out_outputs,
)
from ..training import (
    IGNORED,
    ForestScorer,
    LabelledStreams,
    Split,
    Targets,
    gradients,
    make_targets,
    one_thread,
)
from .checkpoints import checkpoint_folder
from .event_log import EventLogger, is_logged
from .interrupts import interrupts_wait
from .listeners import FitContext, ProgressPrinter, SearchContext


@dataclass(frozen=True)
class Outcome:
    """What one search gave.

    Parameters
    ----------
    programs : list of JudgedProgram
        The chosen program first, then the others, best first; without torch.
    defect : Defect or None
        What is wrong with the chosen one.
    events : list of dict
        Record of the search.
    verdicts : list of Verdict, default=[]
        What a census found out about every program; empty after any other search.
    restart : int, default=0
        Number of the search.
    held_out : ndarray of shape (n_outputs, n_positions) or None, default=None
        What the chosen program gives for sequences that its numbers have not seen, where a
        program of several classes is to be made of it.
    """

    programs: list[JudgedProgram]
    defect: Defect | None
    events: list[dict[str, Any]]
    verdicts: list[Verdict] = field(default_factory=list)
    restart: int = 0
    held_out: NDArray[np.float64] | None = None

    def ended_by(self, phase: Phase) -> Outcome:
        """The same, with an event that tells what kept further searches from coming to an end."""
        time_of_last = max((event["time"] for event in self.events), default=0.0)
        told = {k: v for event in self.events[:1] for k, v in event.items() if k == "class"}
        event = {"phase": phase.value, "time": time_of_last, "restart": self.restart, **told}
        return replace(self, events=[*self.events, event])

    @property
    def severity(self) -> int:
        """How bad the chosen program's defect is; -1 without one."""
        return -1 if self.defect is None else self.defect.severity

    @property
    def was_ended(self) -> bool:
        """Whether the search ended before its time."""
        return any(map(self.has, (Phase.INTERRUPT, Phase.EXPIRED, Phase.LOST)))

    def has(self, phase: Phase) -> bool:
        """Whether an event of a phase took place."""
        return any(event["phase"] == phase for event in self.events)


@dataclass(frozen=True)
class Task:
    """Everything a search needs but a seed; made of numpy arrays, so that it can be sent.

    Parameters
    ----------
    grammar : Grammar
        The language.
    signature : Signature
        Signature of the programs.
    sequences : Sequences
        Scaled sequences.
    codes : ndarray of int of shape (n_samples,) or (n_samples, n_timesteps)
        Class codes.
    weights : ndarray of float of the same shape
        Weights of the labels in the loss, of classes and of samples.
    counts : ndarray of float of the same shape, or None
        How often each label counts in scores; None for once each.
    classes : tuple
        The class labels, in the order of their codes.
    scorer : callable
        Validation score of every graph of a forest.
    max_depth : int
        Greatest depth of a program.
    structural_penalty : float
        Price of a unit of structural cost with many sequences.
    rule : callable
        What makes one judged program better than another.
    search : Search
        The search, with its settings.
    device : str
        Where to train.
    verbose : bool
        Whether to print progress.
    checkpoint_dir : str or path-like or None, default=None
        Folder of the checkpoints.
    initial : tuple of Expression
        Programs to begin with, in the units of training.
    identity : str, default=""
        What tells the task from others; see :func:`~.checkpoints.identity_of`.
    one_class : tuple, default=()
        The label that is told from all others, where programs of several classes are made of
        a program for each.
    kept : KeptFrames or None, default=None
        The frames that are trained on, where there are more than it needs.
    """

    grammar: Grammar
    signature: Signature
    sequences: Sequences
    codes: NDArray[np.int64]
    weights: NDArray[np.float64]
    counts: NDArray[np.float64] | None
    classes: tuple[Any, ...]
    scorer: ForestScorer
    max_depth: int
    structural_penalty: float
    rule: Rule
    search: Search
    device: str
    verbose: bool
    checkpoint_dir: str | PathLike[str] | None = None
    initial: tuple[Expression, ...] = ()
    identity: str = ""
    one_class: tuple[Any, ...] = ()
    kept: KeptFrames | None = None

    @property
    def n_sequences(self) -> int:
        """Sequences that are trained on."""
        return len(self.codes) if self.kept is None else len(self.kept.rows)

    def targets(self, dtype: torch.dtype) -> Targets:
        """The labels that are trained on."""
        codes, weights, counts = self.codes, self.weights, self.counts
        if self.kept is not None:
            codes, weights = self.kept.of(codes, IGNORED), self.kept.of(weights, 0.0)
            counts = None if counts is None else self.kept.of(counts, 0.0)
        return make_targets(codes, len(self.classes), weights, dtype, self.device, counts=counts)

    def problem(self, seed: int) -> Problem:
        """The search problem with a seed, which also draws the validation part."""
        per_frame = self.signature.output is Kind.LIST
        streams = FrameStreams(
            self._trained_on(),
            stream_keys(self.grammar),
            per_frame=per_frame,
            device=self.device,
            kept=self.kept,
        )
        targets = self.targets(streams.frames.dtype)
        codes = targets.codes.cpu().numpy().T
        rng = np.random.RandomState(seed)
        return Problem(
            grammar=self.grammar,
            signature=self.signature,
            n_features=self.sequences.n_features,
            n_outputs=targets.n_outputs,
            sequences=self.sequences,
            labelled=self.codes != IGNORED,
            data=LabelledStreams(streams, targets),
            split=Split(*split_sequences(codes, self.search.validation_fraction, rng)),
            scorer=self.scorer,
            max_depth=self.max_depth,
            structural_penalty=self.structural_penalty,
            rule=self.rule,
            judging=self.search,
            training=self.search.training.for_data(
                n_samples=streams.n_samples, n_timesteps=len(streams.frames), per_frame=per_frame
            ),
            seed=seed,
            device=self.device,
        )

    def _trained_on(self) -> Sequences:
        if self.kept is None or self.n_sequences == len(self.codes):
            return self.sequences
        return self.sequences.take(self.kept.rows)

    def run(
        self,
        seed: int,
        max_time: float | None,
        restart: int,
        n_restarts: int,
        callbacks: SearchContext | None = None,
    ) -> Outcome:
        """Search once."""
        listeners: list[Listener] = []
        if self.verbose:
            listeners.append(ProgressPrinter(restart, n_restarts, max_time, self.title))
        if is_logged():
            listeners.append(EventLogger(restart, n_restarts, self.title))
        stopwatch = Stopwatch(max_time)
        if callbacks is not None:
            callbacks.stopwatch = stopwatch
            listeners.append(callbacks)
        log = Log(stopwatch, listeners, Journal(checkpoint_folder(self, seed)))
        problem = self.problem(seed)
        result = self.search.run(problem, log, self.initial)
        held_out = None
        if self.one_class:
            with interrupts_wait():
                held_out = held_out_outputs(problem, result.programs[0])
        n_sound = len(result.programs) - result.n_defective
        short = [joined(reduced(p.expression), self.grammar.productions) for p in result.programs]
        programs = [
            replace(p, expression=expression, trial=None, sound=i < n_sound)
            for i, (p, expression) in enumerate(zip(result.programs, short, strict=True))
        ]
        told = {"restart": restart, **dict(zip(["class"], self.one_class, strict=False))}
        events = [{**event, **told} for event in log.events]
        return Outcome(programs, result.defect, events, result.verdicts, restart, held_out)

    @property
    def title(self) -> str:
        """Name of the search, with the class that it is for."""
        return ", ".join([self.search.title, *map(show_name, self.one_class)])


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
    stopwatch = Stopwatch(max_time)
    n_searches = len(seeds) - 1
    n_parallel = min(n_searches, effective_n_jobs(n_jobs))
    slots = Slots.of(max_time, n_searches, n_parallel)
    outcomes = run_all([(task, seed) for seed in seeds[:-1]], n_jobs, slots, callbacks)
    stopped = stopwatch.expired() or any(outcome.was_ended for outcome in outcomes)
    stopped = stopped or callbacks.is_over
    if all(outcome.defect is not None for outcome in outcomes) and not stopped:
        left = None if max_time is None else max_time - stopwatch.elapsed()
        last = len(seeds) - 1
        outcomes.append(run_here(task, seeds[-1], left, last, len(seeds), callbacks))
    return outcomes


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


def run_all(
    searches: Sequence[tuple[Task, int]],
    n_jobs: int | None,
    slots: Slots,
    callbacks: FitContext,
) -> list[Outcome]:
    """Search for what each task asks, with its seed; see :func:`run_restarts`."""
    n_searches = len(searches)
    outcomes: list[Outcome] = []
    if slots.n_parallel == 1:
        for i, (task, seed) in enumerate(searches):
            outcomes.append(run_here(task, seed, slots.left(i), i, n_searches, callbacks))
            if outcomes[-1].has(Phase.INTERRUPT) or callbacks.is_over:
                break
        return outcomes
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


def run_here(
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
