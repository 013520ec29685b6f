"""Bi-level training of forests, losses, scores and the final fit."""

from ._data import LabelledStreams, minibatches
from ._loop import ForestScorer, ForestTrainer, Split, Trained, TrainingOptions
from ._objective import IGNORED, Targets, cross_entropies, losses, make_targets
from ._optimizer import ForestAdam
from ._refine import DiscreteFit, Fitted
from ._scores import f1_scores, negative_losses, predicted_codes

__all__ = [
    "IGNORED",
    "DiscreteFit",
    "Fitted",
    "ForestAdam",
    "ForestScorer",
    "ForestTrainer",
    "LabelledStreams",
    "Split",
    "Targets",
    "Trained",
    "TrainingOptions",
    "cross_entropies",
    "f1_scores",
    "losses",
    "make_targets",
    "minibatches",
    "negative_losses",
    "predicted_codes",
]
