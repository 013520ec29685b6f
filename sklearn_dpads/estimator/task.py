"""What one search of a fit needs, all but its seed, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

import numpy as np
import torch
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
from ..training import IGNORED, ForestScorer, LabelledStreams, Split, Targets, make_targets
from .checkpoints import checkpoint_folder
from .event_log import EventLogger, is_logged
from .interrupts import interrupts_wait
from .listeners import ProgressPrinter, SearchContext


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
    groups : ndarray of int of shape (n_samples,) or None, default=None
        Sequences that stay together where some are held out.
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
    groups: NDArray[np.int64] | None = None

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
        groups = self.groups_trained_on()
        parts = split_sequences(codes, self.search.validation_fraction, rng, groups)
        return Problem(
            grammar=self.grammar,
            signature=self.signature,
            n_features=self.sequences.n_features,
            n_outputs=targets.n_outputs,
            sequences=self.sequences,
            labelled=self.codes != IGNORED,
            data=LabelledStreams(streams, targets),
            split=Split(*parts),
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
            groups=groups,
        )

    def groups_trained_on(self) -> NDArray[np.int64] | None:
        """Groups of the sequences that are trained on, if these are of several."""
        if self.groups is None or self.kept is None:
            return self.groups
        groups = self.groups[self.kept.rows]
        return groups if len(np.unique(groups)) > 1 else None

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
                held_out = held_out_outputs(problem, result.of_folds or result.programs[0].of_folds)
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
