"""What is asked of a fitted model: what is stable of it, and what it makes of each feature."""

from __future__ import annotations

from .dependence import PartialDependence, partial_dependence
from .importance import PermutationImportance, permutation_importance
from .intervals import NumberInterval, NumberTable
from .occurrences import Occurrence, OccurrenceTable
from .stability import Stability, stability

__all__ = [
    "NumberInterval",
    "NumberTable",
    "Occurrence",
    "OccurrenceTable",
    "PartialDependence",
    "PermutationImportance",
    "Stability",
    "partial_dependence",
    "permutation_importance",
    "stability",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
