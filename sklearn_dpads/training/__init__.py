"""Bi-level training of forests, losses, scores and the final fit."""

from ._outputs import hard_outputs
from ._samples import sequences_per_batch
from ._scores import f1_scores, negative_losses, predicted_codes
from .data import Index, LabelledStreams, minibatches
from .discrete import DiscreteFit, Fitted
from .objective import (
    IGNORED,
    Targets,
    cross_entropies,
    losses,
    make_targets,
)
from .optimizer import ForestAdam
from .relaxed import (
    ForestScorer,
    ForestTrainer,
    Split,
    Trained,
    TrainingOptions,
)

__all__ = [
    "IGNORED",
    "DiscreteFit",
    "Fitted",
    "ForestAdam",
    "ForestScorer",
    "ForestTrainer",
    "Index",
    "LabelledStreams",
    "Split",
    "Targets",
    "Trained",
    "TrainingOptions",
    "cross_entropies",
    "f1_scores",
    "hard_outputs",
    "losses",
    "make_targets",
    "minibatches",
    "negative_losses",
    "predicted_codes",
    "sequences_per_batch",
]
