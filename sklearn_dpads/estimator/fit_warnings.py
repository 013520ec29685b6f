"""What a user should know of how a fit went, said as warnings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from ..search import Defect, Phase
from .task import Outcome

_ENDS = (Phase.INTERRUPT, Phase.LOST, Phase.EXPIRED)


def warn_of_unpredicted(
    predicted: NDArray[np.int64], codes: NDArray[np.int64], classes: Sequence[Any], stacklevel: int
) -> None:
    """Warn of classes that are there in training and that the program never predicts.

    Parameters
    ----------
    predicted, codes : ndarray of int of shape (n_samples,) or (n_samples, n_timesteps)
        Codes that the program gives for the training data, and the true ones, -1 where there is
        none, as beyond the frames of the longest sequence.
    classes : sequence
        The class labels, in the order of their codes.
    stacklevel : int
        Whose line the warning names, as :func:`warnings.warn` counts from here.
    """
    if codes.ndim > 1:
        codes = codes[:, : predicted.shape[1]]
    met = np.bincount(codes[codes >= 0], minlength=len(classes))
    given = np.bincount(predicted[codes >= 0], minlength=len(classes))
    missed = np.flatnonzero((met > 0) & (given == 0))
    if len(missed) == 0 or (given > 0).sum() < 2:
        return
    unit = "frames" if codes.ndim > 1 else "sequences"
    texts = ", ".join(f"{classes[int(k)]!r} (0 of {met[k]} {unit})" for k in missed)
    warnings.warn(
        f"The program never predicts {texts} on the training data. Try class_weight='balanced', "
        "scoring='f1_macro', another program of programs_, or more data of it.",
        UserWarning,
        stacklevel=stacklevel,
    )


def warn_of(
    outcomes: list[Outcome], *, n_searches: int, by_callback: bool, stacklevel: int
) -> None:
    """Warn of what a user should know of how the searches of a fit went.

    Parameters
    ----------
    outcomes : list of Outcome
        What the searches gave.
    n_searches : int
        How many searches were asked for.
    by_callback : bool
        Whether it was a callback that ended those that were ended.
    stacklevel : int
        Whose line the warnings name, as :func:`warnings.warn` counts from here.
    """
    ends = {phase for phase in _ENDS if any(outcome.has(phase) for outcome in outcomes)}
    was_ended = bool(ends) or len(outcomes) < n_searches
    if was_ended:
        warnings.warn(
            f"The search was ended by {_what_ended(ends, len(outcomes), by_callback)}; the program "
            "is the best that was found until then. search_history_ tells how far it came.",
            ConvergenceWarning,
            stacklevel=stacklevel,
        )
    chosen = min(outcomes, key=lambda outcome: outcome.severity)
    if chosen.defect is Defect.ONE_CLASS:
        more = "a search that is not cut short" if was_ended else "more max_iter"
        more = "more max_time" if ends == {Phase.EXPIRED} and not by_callback else more
        warnings.warn(
            f"Every program found in {len(outcomes)} search(es) predicts one class only. Try "
            f"class_weight='balanced', {more}, other features, or a larger grammar.",
            ConvergenceWarning,
            stacklevel=stacklevel,
        )
    elif chosen.defect is Defect.EXPLODES:
        warnings.warn(
            f"Every program found in {len(outcomes)} search(es) gives values that explode on the "
            "training data. Use standardize=True, or a grammar without Fold and Multiply.",
            ConvergenceWarning,
            stacklevel=stacklevel,
        )
    elif exploding := _passed_over(outcomes):
        warnings.warn(
            f"{len(exploding)} program(s) of a better score were passed over, since their values "
            f"explode on the training data: {'; '.join(exploding[:3])}.",
            UserWarning,
            stacklevel=stacklevel,
        )


def _what_ended(ends: Set[Phase], n_outcomes: int, by_callback: bool) -> str:
    """Say what ended searches before their time; of several things the rarest."""
    if Phase.INTERRUPT in ends:
        return "a KeyboardInterrupt"
    if Phase.LOST in ends:
        return f"the loss of a process, after {n_outcomes} searches"
    return "a callback" if by_callback else "max_time"


def _passed_over(outcomes: list[Outcome]) -> list[str]:
    """Give the programs of a better score whose values explode."""
    return [
        event["program"]
        for outcome in outcomes
        for event in outcome.events
        if event["phase"] == Phase.PASS_OVER and event["defect"] == Defect.EXPLODES.value
    ]
