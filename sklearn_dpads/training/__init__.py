"""Bi-level training of forests, losses, scores and the final fit."""

from .convex import ConvexProblem, fit_convex, linear_errors, linear_outputs
from .data import (
    Index,
    LabelledStreams,
    minibatches,
)
from .discrete import DiscreteFit, Fitted, hard_outputs
from .few_labels import few_labelled
from .objective import (
    IGNORED,
    Targets,
    class_shares,
    cross_entropies,
    f1_scores,
    losses,
    make_targets,
    negative_losses,
    predicted_codes,
    recalls_of,
)
from .optimizer import ForestAdam
from .pace import UNHURRIED, Pace, expected_step
from .pieces import in_pieces
from .relaxed import (
    ForestScorer,
    ForestTrainer,
    Split,
    Trained,
)
from .samplers import frames_per_walk, sequences_per_batch
from .settings import Training
from .thinning import thinned
from .threads import gradients, one_thread

__all__ = [
    "IGNORED",
    "UNHURRIED",
    "ConvexProblem",
    "DiscreteFit",
    "Fitted",
    "ForestAdam",
    "ForestScorer",
    "ForestTrainer",
    "Index",
    "LabelledStreams",
    "Pace",
    "Split",
    "Targets",
    "Trained",
    "Training",
    "class_shares",
    "cross_entropies",
    "expected_step",
    "f1_scores",
    "few_labelled",
    "fit_convex",
    "frames_per_walk",
    "gradients",
    "hard_outputs",
    "in_pieces",
    "linear_errors",
    "linear_outputs",
    "losses",
    "make_targets",
    "minibatches",
    "negative_losses",
    "one_thread",
    "predicted_codes",
    "recalls_of",
    "sequences_per_batch",
    "thinned",
]

# Classes are saved under their public home, so that files can move within the folder.
for _public in [globals()[name] for name in __all__]:
    if isinstance(_public, type):
        _public.__module__ = __name__
