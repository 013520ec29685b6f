"""What the classifiers have in common that score many programs one and all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import cleandoc
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ..estimator.base import ProgramClassifier
from ..estimator.docs import ATTRIBUTES, PARAMETERS, entries
from ..estimator.parameters import FeatureGroups
from ..estimator.restarts import Outcome
from ..estimator.scaling import FrameScaling
from ..grammar import Grammar
from ..inputs.sequences import SequenceData
from ..search import SELECTION_RULES, SearchOptions
from ..training import TrainingOptions

SEARCH = SearchOptions()


class CensusClassifier(ProgramClassifier):
    """Base of the classifiers that cross-fit programs without a search among them.

    A subclass adds how many programs, and says which.
    """

    # Folds take turns in judging, so that no validation part is set aside.
    validation_fraction: ClassVar[float] = 0.4

    def __init__(
        self,
        *,
        grammar: Grammar | None,
        feature_groups: FeatureGroups | None,
        max_depth: int,
        structural_penalty: float,
        selection: Literal["two_standard_errors", "best_score", "simplest"],
        scoring: str | Callable[[Any, Any, Any], float] | None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None,
        standardize: bool | Literal["robust"],
        n_fit_steps: int,
        n_restarts: int,
        n_jobs: int | None,
        max_time: float | None,
        feature_names: Sequence[str] | None,
        device: str,
        random_state: int | np.random.RandomState | None,
        verbose: bool,
    ) -> None:
        self.grammar = grammar
        self.feature_groups = feature_groups
        self.max_depth = max_depth
        self.structural_penalty = structural_penalty
        self.selection = selection
        self.scoring = scoring
        self.class_weight = class_weight
        self.standardize = standardize
        self.n_fit_steps = n_fit_steps
        self.n_restarts = n_restarts
        self.n_jobs = n_jobs
        self.max_time = max_time
        self.feature_names = feature_names
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _search_options(self) -> SearchOptions:
        return SearchOptions(
            max_depth=int(self.max_depth),
            structural_penalty=float(self.structural_penalty),
            fit_steps=int(self.n_fit_steps),
            rule=SELECTION_RULES[self.selection],
        )

    def _training_options(self, data: SequenceData) -> TrainingOptions:
        return TrainingOptions()

    def _keep(
        self,
        outcomes: list[Outcome],
        scaling: FrameScaling,
        classes: NDArray[Any],
        names: tuple[str, ...] | None,
        n_samples: int,
    ) -> None:
        super()._keep(outcomes, scaling, classes, names, n_samples)
        self.verdicts_ = [verdict for outcome in outcomes for verdict in outcome.verdicts]


def settings_text(*, max_depth: int, drawn: str) -> str:
    """Describe the parameters that all have.

    Parameters
    ----------
    max_depth : int
        Default of the depth.
    drawn : str
        What `random_state` determines beside the initial values and the batches.
    """
    return "\n".join(
        [
            entries(PARAMETERS, "grammar", "feature_groups"),
            cleandoc(_DEPTH.format(max_depth=max_depth)),
            entries(PARAMETERS, "structural_penalty", "selection", "scoring", "class_weight"),
            entries(PARAMETERS, "standardize"),
            cleandoc(_FITS),
            entries(PARAMETERS, "n_restarts", "n_jobs", "max_time", "feature_names", "device"),
            cleandoc(_RANDOMNESS.format(drawn=drawn)),
            entries(PARAMETERS, "verbose"),
        ]
    )


_DEPTH = """
max_depth : int, default={max_depth}
    Greatest depth of a program.
"""

_FITS = """
n_fit_steps : int, default=100
    Steps of the training that a program gets on each of the four folds, with 1000
    sequences or more; up to 2.5 times as many with fewer.
"""

_RANDOMNESS = """
random_state : int, RandomState instance or None, default=None
    Determines {drawn}, the initial values and the order of the batches. Pass an int for
    the same result in every call. Global generators are left as they are.
"""

_VERDICTS = """
    Only 200 of a search are kept here, those of least loss plus price of cost, and the
    choice is among them. They come without parts that another part can take over.
verdicts_ : list of Verdict
    What was found out about every program, in the order in which they were scored:
    ``skeleton``, the text of its productions; ``score``, ``loss`` and ``loss_error``, all
    cross-fitted; and ``cost``. One entry per restart and program;
    ``pandas.DataFrame(clf.verdicts_)`` makes a table of them.
"""

RESULTS = "\n".join(
    [
        entries(ATTRIBUTES, "program_", "programs_"),
        _VERDICTS.strip("\n"),
        entries(ATTRIBUTES, "classes_", "n_features_in_", "feature_names_in_", "n_outputs_"),
        entries(ATTRIBUTES, "search_history_"),
    ]
)
