"""Independent searches for one fit: seeded up front, run by joblib, pooled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray

from ._progress import ProgressPrinter
from ._split import stratified_split
from .engine import FrameStreams, stream_keys
from .grammar import Grammar, Kind, Signature
from .program import Expression, Sequences, reduced
from .search import (
    Defect,
    Log,
    Problem,
    SearchOptions,
    Stopwatch,
    search,
)
from .training import ForestScorer, LabelledStreams, Split, TrainingOptions, make_targets


@dataclass(frozen=True)
class Candidate:
    """A program that a search scored, in the units of training, without torch.

    Parameters
    ----------
    expression : Expression
        The program.
    score : float
        Cross-fitted score.
    loss, loss_error : float
        Cross-fitted cross-entropy and its standard error.
    sound : bool
        Whether the search found no defect.
    """

    expression: Expression
    score: float
    loss: float
    loss_error: float
    sound: bool

    @property
    def cost(self) -> int:
        """Structural cost."""
        return self.expression.cost

    @property
    def shape(self) -> str:
        """Text of the productions alone."""
        return self.expression.skeleton()


@dataclass(frozen=True)
class Outcome:
    """What one search gave.

    Parameters
    ----------
    candidates : list of Candidate
        The chosen program first, then the others, best first.
    defect : Defect or None
        What is wrong with the chosen one.
    events : list of dict
        Record of the search.
    """

    candidates: list[Candidate]
    defect: Defect | None
    events: list[dict[str, Any]]

    @property
    def severity(self) -> int:
        """How bad the chosen program's defect is; -1 without one."""
        return -1 if self.defect is None else self.defect.severity

    def has(self, phase: str) -> bool:
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
        Weights of the labels.
    n_classes : int
        Number of classes.
    scorer : callable
        Validation score of every graph of a forest.
    search, training : SearchOptions, TrainingOptions
        Settings.
    validation_fraction : float
        Share of the sequences that train the architecture.
    device : str
        Where to train.
    verbose : bool
        Whether to print progress.
    initial : tuple of Expression
        Programs to begin with, in the units of training.
    """

    grammar: Grammar
    signature: Signature
    sequences: Sequences
    codes: NDArray[np.int64]
    weights: NDArray[np.float64]
    n_classes: int
    scorer: ForestScorer
    search: SearchOptions
    training: TrainingOptions
    validation_fraction: float
    device: str
    verbose: bool
    initial: tuple[Expression, ...] = ()

    def problem(self, seed: int) -> Problem:
        """The search problem with a seed, which also draws the validation part."""
        streams = FrameStreams(
            self.sequences,
            stream_keys(self.grammar),
            per_frame=self.signature.output is Kind.LIST,
            device=self.device,
        )
        targets = make_targets(
            self.codes, self.n_classes, self.weights, streams.means.dtype, self.device
        )
        rng = np.random.RandomState(seed)
        return Problem(
            grammar=self.grammar,
            signature=self.signature,
            n_features=self.sequences.frames.shape[2],
            n_outputs=targets.n_outputs,
            data=LabelledStreams(streams, targets),
            split=Split(*stratified_split(self.codes, self.validation_fraction, rng)),
            scorer=self.scorer,
            options=self.search,
            training=self.training,
            seed=seed,
            device=self.device,
        )

    def run(self, seed: int, max_time: float | None, restart: int, n_restarts: int) -> Outcome:
        """Search once."""
        listeners = [ProgressPrinter(restart, n_restarts)] if self.verbose else []
        log = Log(Stopwatch(max_time), listeners)
        result = search(self.problem(seed), log, self.initial)
        n_sound = len(result.programs) - result.n_defective
        candidates = [
            Candidate(reduced(p.expression), p.score, p.loss, p.loss_error, sound=i < n_sound)
            for i, p in enumerate(result.programs)
        ]
        events = [{**event, "restart": restart} for event in log.events]
        return Outcome(candidates, result.defect, events)


def run_restarts(
    task: Task, seeds: Sequence[int], *, n_jobs: int | None, max_time: float | None
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

    Returns
    -------
    outcomes : list of Outcome
        In the order of the seeds. Fewer than asked for after a KeyboardInterrupt.
    """
    stopwatch = Stopwatch(max_time)
    outcomes = _run_all(task, seeds[:-1], n_jobs, max_time)
    stopped = stopwatch.expired() or any(outcome.has("interrupt") for outcome in outcomes)
    if all(outcome.defect is not None for outcome in outcomes) and not stopped:
        left = None if max_time is None else max_time - stopwatch.elapsed()
        last = len(seeds) - 1
        outcomes.append(_run_on_one_thread(task, seeds[-1], left, last, len(seeds)))
    return outcomes


def _run_all(
    task: Task, seeds: Sequence[int], n_jobs: int | None, max_time: float | None
) -> list[Outcome]:
    n_searches = len(seeds)
    if n_searches == 1:
        return [_run_on_one_thread(task, seeds[0], max_time, 0, 1)]
    n_rounds = -(-n_searches // effective_n_jobs(n_jobs))
    share = None if max_time is None else max_time / n_rounds
    outcomes: list[Outcome] = []
    with _one_thread():
        running = Parallel(n_jobs=n_jobs, return_as="generator")(
            delayed(_run_on_one_thread)(task, seed, share, i, n_searches)
            for i, seed in enumerate(seeds)
        )
        for outcome in running:
            outcomes.append(outcome)
            if outcome.has("interrupt"):
                break
    return outcomes


def _run_on_one_thread(
    task: Task, seed: int, max_time: float | None, restart: int, n_restarts: int
) -> Outcome:
    # The tensors are small: threads only wait for each other. Sums in another order also
    # round otherwise, and the result would depend on n_jobs and on the machine.
    with _one_thread():
        return task.run(seed, max_time, restart, n_restarts)


@contextmanager
def _one_thread() -> Iterator[None]:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
