"""Independent searches for one fit: seeded up front, run by joblib, pooled, resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray

from ..engine import FrameStreams, stream_keys
from ..grammar import Grammar, Kind, Signature
from ..inputs.splitting import split_sequences
from ..program import Expression, Sequences, reduced
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
)
from ..training import (
    ForestScorer,
    LabelledStreams,
    Split,
    make_targets,
    one_thread,
)
from .checkpoints import checkpoint_folder
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
    """

    programs: list[JudgedProgram]
    defect: Defect | None
    events: list[dict[str, Any]]
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def severity(self) -> int:
        """How bad the chosen program's defect is; -1 without one."""
        return -1 if self.defect is None else self.defect.severity

    @property
    def was_ended(self) -> bool:
        """Whether the search ended before its time."""
        return self.has(Phase.INTERRUPT) or self.has(Phase.EXPIRED)

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

    def problem(self, seed: int) -> Problem:
        """The search problem with a seed, which also draws the validation part."""
        streams = FrameStreams(
            self.sequences,
            stream_keys(self.grammar),
            per_frame=self.signature.output is Kind.LIST,
            device=self.device,
        )
        targets = make_targets(
            self.codes,
            len(self.classes),
            self.weights,
            streams.means.dtype,
            self.device,
            counts=self.counts,
        )
        rng = np.random.RandomState(seed)
        return Problem(
            grammar=self.grammar,
            signature=self.signature,
            n_features=self.sequences.frames.shape[2],
            n_outputs=targets.n_outputs,
            data=LabelledStreams(streams, targets),
            split=Split(*split_sequences(self.codes, self.search.validation_fraction, rng)),
            scorer=self.scorer,
            max_depth=self.max_depth,
            structural_penalty=self.structural_penalty,
            rule=self.rule,
            judging=self.search,
            training=self.search.training.for_data(
                n_samples=len(self.codes),
                n_timesteps=self.sequences.frames.shape[1],
                per_frame=self.signature.output is Kind.LIST,
            ),
            seed=seed,
            device=self.device,
        )

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
            listeners.append(ProgressPrinter(restart, n_restarts, max_time, self.search.title))
        stopwatch = Stopwatch(max_time)
        if callbacks is not None:
            callbacks.stopwatch = stopwatch
            listeners.append(callbacks)
        log = Log(stopwatch, listeners, Journal(checkpoint_folder(self, seed)))
        result = self.search.run(self.problem(seed), log, self.initial)
        n_sound = len(result.programs) - result.n_defective
        programs = [
            replace(p, expression=reduced(p.expression), trial=None, sound=i < n_sound)
            for i, p in enumerate(result.programs)
        ]
        events = [{**event, "restart": restart} for event in log.events]
        return Outcome(programs, result.defect, events, result.verdicts)


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
        In the order of the seeds. Fewer than asked for after a KeyboardInterrupt, or where
        a callback has ended the fit.
    """
    stopwatch = Stopwatch(max_time)
    outcomes = _run_all(task, seeds[:-1], n_jobs, max_time, callbacks)
    stopped = stopwatch.expired() or any(outcome.was_ended for outcome in outcomes)
    stopped = stopped or callbacks.is_over
    if all(outcome.defect is not None for outcome in outcomes) and not stopped:
        left = None if max_time is None else max_time - stopwatch.elapsed()
        last = len(seeds) - 1
        outcomes.append(_run_here(task, seeds[-1], left, last, len(seeds), callbacks))
    return outcomes


def _run_all(
    task: Task,
    seeds: Sequence[int],
    n_jobs: int | None,
    max_time: float | None,
    callbacks: FitContext,
) -> list[Outcome]:
    n_searches = len(seeds)
    n_parallel = min(n_searches, effective_n_jobs(n_jobs))
    share = None if max_time is None else max_time * n_parallel / n_searches
    outcomes: list[Outcome] = []
    if n_parallel == 1:
        for i, seed in enumerate(seeds):
            outcomes.append(_run_here(task, seed, share, i, n_searches, callbacks))
            if outcomes[-1].has(Phase.INTERRUPT) or callbacks.is_over:
                break
        return outcomes
    with one_thread():
        running = Parallel(n_jobs=n_jobs, return_as="generator")(
            delayed(_run_on_one_thread)(task, seed, share, i, n_searches)
            for i, seed in enumerate(seeds)
        )
        for outcome in running:
            callbacks.search().end()
            outcomes.append(outcome)
            if outcome.has(Phase.INTERRUPT) or callbacks.is_over:
                break
    return outcomes


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


def _run_on_one_thread(
    task: Task,
    seed: int,
    max_time: float | None,
    restart: int,
    n_restarts: int,
    callbacks: SearchContext | None = None,
) -> Outcome:
    with one_thread():
        return task.run(seed, max_time, restart, n_restarts, callbacks)
