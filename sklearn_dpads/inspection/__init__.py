"""What of a fitted program is stable, and what would be another on other sequences."""

from __future__ import annotations

from .intervals import NumberInterval, NumberTable
from .occurrences import Occurrence, OccurrenceTable
from .stability import Stability, stability

__all__ = [
    "NumberInterval",
    "NumberTable",
    "Occurrence",
    "OccurrenceTable",
    "Stability",
    "stability",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
