"""Settings of all training: of relaxed graphs, and of discrete programs.

Comments say what a number trades, and what is known of its optimum. ``benchmarks/sensitivity.py``
halves and doubles each; where a comment gives no figure, that has not been done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Literal

import numpy as np

from ..inputs.settings import Settings, integer, real


@dataclass(kw_only=True, repr=False, eq=False)
class Training(Settings):
    """Settings of training, equal for all graphs of a forest.

    Parameters
    ----------
    learning_rate_init, architecture_rate : float, default=0.01
        Step sizes of Adam for the parameters and for the architecture logits of relaxed
        graphs.
    weight_decay : float, default=1e-3
        Decoupled decay, of both.
    clip : float, default=5.0
        Greatest norm of a graph's gradient.
    batch_size : int or "auto", default="auto"
        Sequences per step of relaxed graphs. "auto" is `largest_batch`, or all of them if
        there are fewer; where every frame has a label, so many as hold `frames_per_step`
        frames.
    largest_batch : int, default=200
        Sequences of such a step at most.
    least_batch : int, default=16
        Sequences of such a step at least, however long they are.
    fewest_batches : int, default=1
        Parts that an "auto" batch cuts the sequences into, at least.
    frames_per_step : int, default=3000
        Frames of such a step, where every frame has a label.
    steps_per_epoch : int, default=8
        Greatest number of steps of an epoch, where the data allow more.
    steps_per_frame_epoch : int, default=4
        The same, where every frame has a label.
    n_iter_no_change : int, default=10
        Epochs without a better validation score after which a graph stops.
    tol : float, default=1e-4
        Rise of the validation score that counts as better.
    scored_positions : int, default=10_000
        Labels of the held-out part that scores are taken on, at most, after each epoch.
    f1_weight : float, default=0.3
        Share of the soft F1 term in the loss, by which programs are trained and judged.
    bound : float, default=1e4
        Size to which products and accumulators are clipped in training.
    fit_rate, fit_decay : float, default=0.1 and 10.0
        Step size of the parameters of discrete programs, and their decoupled decay,
        which is divided by the number of sequences as a prior would be.
    fit_batch_size : int, default=512
        Sequences per step of that training.
    check_every : int, default=20
        Steps between two looks at all sequences in that training.
    checked_positions : int, default=4000
        Labels that such a look takes at most.
    most_positions : int, default=20000
        Labels that are computed at once.
    walked_frames : int, default=400_000
        Frames that are walked over at once, at most, but for `least_batch` sequences.
    piece_frames : int, default=200
        Frames of the pieces that longer sequences are cut into where every frame has a label,
        for graphs and programs that walk over frames.
    kept_frames : int, default=100_000
        Frames with a label that are trained on at most, about: of more, pieces from all of the
        recordings are drawn, and so they are of one that is far longer than the others, to which
        these would be padded. Programs are looked at for defects, and scaled, on all of them.
    """

    # A larger step trains in fewer epochs; the parts of a split then begin from parameters that
    # have run ahead of their architecture. Half of it has an F1 of +0.003 ± 0.026, in the same time
    # (benchmarks/sensitivity.py; six fits, see search/judging.py).
    learning_rate_init: float = real(0.01, open=True)
    architecture_rate: float = real(0.01, open=True)
    # Against the drift of logits that no longer matter.
    weight_decay: float = real(1e-3)
    # Against the steps of a recurrence that explodes.
    clip: float = real(5.0, open=True)
    batch_size: int | Literal["auto"] = "auto"
    # The noise of a step against the number of steps in an epoch.
    largest_batch: int = integer(200)
    least_batch: int = integer(16)
    fewest_batches: int = integer(1)
    # Labels of neighbouring frames tell nearly the same: fewer sequences make a step.
    frames_per_step: int = integer(3000)
    # What is learned against the time of many sequences, which then no longer grows with them. None
    # of the sets of doc/measurements.rst has more than 8.
    steps_per_epoch: int = integer(8)
    # The time of an epoch against what it learns, where every frame is a label. On divisions of the
    # training parts, 4 has an F1 of +0.001 ± 0.001 on basketball (three), -0.002 ± 0.002 on the
    # rats in two classes (three), and -0.001 ± 0.001 in three (eight) against 8, in 0.7 to 0.9 of a
    # fit's time.
    steps_per_frame_epoch: int = integer(4)
    # The time of a training that has settled against one that had only paused.
    n_iter_no_change: int = integer(10)
    tol: float = real(1e-4)
    # The noise of scores against the time of an epoch.
    scored_positions: int = integer(10_000)
    # The likelihood against the recall of rare classes, which F1 asks for.
    f1_weight: float = real(0.3, most=1.0)
    # Far beyond any log-odds, near enough for float32; a program that reaches it is a defect.
    bound: float = real(1e4, open=True)
    # The step falls to zero, so that a large one costs little. Half has an F1 of +0.023 ± 0.013,
    # twice as much +0.010 ± 0.039 (benchmarks/sensitivity.py).
    fit_rate: float = real(0.1, open=True)
    # A prior on the numbers of a program: 10 / n per step. Half has an F1 of -0.009 ± 0.014, twice
    # as much -0.014 ± 0.050 (benchmarks/sensitivity.py).
    fit_decay: float = real(10.0)
    # The noise of a step against its time; all sequences at once up to here.
    fit_batch_size: int = integer(512)
    # Looks at all sequences keep the best parameters met; each costs as much as some steps.
    check_every: int = integer(20)
    checked_positions: int = integer(4_000)
    # Memory: a forest of 96 programs of six outputs then takes 50 MB.
    most_positions: int = integer(20_000)
    # Memory against time: a step walks over many sequences as fast as over few. As many frames take
    # 1.3 GB; an eighth of them 0.4 GB and four times as long on 400 sequences of 1,600 frames. No
    # set of doc/measurements.rst has steps of as many.
    walked_frames: int = integer(400_000)
    # What a recurrence may remember in training against walks over thousands of frames one by one.
    # No set of doc/measurements.rst has longer sequences with a label per frame.
    piece_frames: int = integer(200)
    # Time and memory against what more frames of the same recordings teach. No set of
    # doc/measurements.rst has more than 100,000. Of 67,000 frames of the rats, 40,000 have the same
    # F1 on three divisions of the training part in two classes (+0.002 ± 0.010), and 20,000 lose
    # 0.004 there and 0.014 in three.
    kept_frames: int = integer(100_000)

    def check(self) -> None:
        """Check every field, with the batch size, which may be a word."""
        super().check()
        size: Any = self.batch_size
        if isinstance(size, str) and size == "auto":
            return
        is_number = isinstance(size, Integral) and not isinstance(size, bool | np.bool_)
        if not is_number or size < 1:
            raise (ValueError if is_number else TypeError)(
                f"Training: batch_size must be an integer of at least 1 or 'auto'; got {size!r}."
            )

    def for_data(self, *, n_samples: int, n_timesteps: int, per_frame: bool) -> Training:
        """Settle what depends on the data: the size of a batch, the steps of an epoch.

        Parameters
        ----------
        n_samples, n_timesteps : int
            Number of sequences, and of frames of the longest.
        per_frame : bool
            Whether every frame has a label.
        """
        auto, steps = self.largest_batch, self.steps_per_epoch
        if per_frame:
            auto = min(auto, max(self.least_batch, self.frames_per_step // n_timesteps))
            steps = self.steps_per_frame_epoch
        auto = min(auto, n_samples, self.walked_sequences(n_timesteps))
        if self.fewest_batches > 1:
            auto = min(auto, max(self.least_batch, n_samples // self.fewest_batches))
        size = auto if self.batch_size == "auto" else min(int(self.batch_size), n_samples)
        return replace(self, batch_size=size, steps_per_epoch=steps)

    def walked_sequences(self, n_timesteps: int) -> int:
        """Sequences of so many frames that are walked over at once, at most."""
        return max(self.least_batch, self.walked_frames // n_timesteps)
