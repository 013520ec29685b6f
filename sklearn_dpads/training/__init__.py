"""Bi-level training of forests, losses, scores and the final fit."""

from ._data import Index, LabelledStreams, minibatches
from ._loop import ForestScorer, ForestTrainer, Split, Trained, TrainingOptions
from ._objective import IGNORED, Targets, cross_entropies, losses, make_targets
from ._optimizer import ForestAdam
from ._outputs import hard_outputs
from ._refine import DiscreteFit, Fitted
from ._samples import sequences_per_batch
from ._scores import f1_scores, negative_losses, predicted_codes

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
