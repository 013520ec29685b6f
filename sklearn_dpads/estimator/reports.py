"""Warnings about searches that did not go as they should."""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning

from ..search import Defect
from .restarts import Outcome


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
    interrupted = any(outcome.has("interrupt") for outcome in outcomes)
    expired = any(outcome.has("expired") for outcome in outcomes)
    if interrupted or expired or len(outcomes) < n_searches:
        reason = "a callback" if by_callback else "max_time"
        reason = "a KeyboardInterrupt" if interrupted else reason
        warnings.warn(
            f"The search was ended by {reason}; the program is the best that was found until "
            "then. search_history_ tells how far it came.",
            ConvergenceWarning,
            stacklevel=stacklevel,
        )
    chosen = min(outcomes, key=lambda outcome: outcome.severity)
    if chosen.defect is Defect.ONE_CLASS:
        warnings.warn(
            f"Every program found in {len(outcomes)} search(es) predicts one class only. Try "
            "class_weight='balanced', more max_iter, other features, or a larger grammar.",
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
    exploding = [
        event["program"]
        for outcome in outcomes
        for event in outcome.events
        if event["phase"] == "pass_over" and event["defect"] == Defect.EXPLODES.value
    ]
    if exploding and chosen.defect is None:
        warnings.warn(
            f"{len(exploding)} program(s) of a better score were passed over, since their values "
            f"explode on the training data: {'; '.join(exploding[:3])}.",
            UserWarning,
            stacklevel=stacklevel,
        )
