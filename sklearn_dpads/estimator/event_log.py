"""The events of searches as records of logging, for those who collect these."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .listeners import format_event

# It has no handler, as libraries should: who wants to see records says where.
LOGGER = logging.getLogger("sklearn_dpads.search")


def is_logged() -> bool:
    """Whether anybody asked for records of events; nothing is made of them otherwise."""
    return LOGGER.isEnabledFor(logging.DEBUG)


@dataclass(frozen=True)
class EventLogger:
    """Logs every event of a search as a record of level DEBUG.

    Parameters
    ----------
    restart, n_restarts : int
        Number of the search, from 0, and how many there are.
    title : str
        Name of the search.

    Examples
    --------
    >>> import sys
    >>> handler = logging.StreamHandler(sys.stdout)
    >>> LOGGER.addHandler(handler)
    >>> LOGGER.setLevel(logging.DEBUG)
    >>> EventLogger(0, 2, "dPads")({"phase": "choose", "time": 1.5, "score": 0.9})
    dPads, search 1 of 2:     1.5 s  cross-fit  score 0.900
    >>> LOGGER.removeHandler(handler)
    >>> LOGGER.setLevel(logging.NOTSET)
    """

    restart: int
    n_restarts: int
    title: str

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Log an event; the record holds it as ``event``, with the number of its search."""
        LOGGER.debug(
            "%s, search %d of %d: %s",
            *(self.title, self.restart + 1, self.n_restarts, format_event(event)),
            extra={"event": {**event, "restart": self.restart}},
        )
