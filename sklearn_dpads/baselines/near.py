"""NEAR as a classifier: search over partial programs that neural networks complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from ..estimator.base import ProgramClassifier
from ..estimator.docs import (
    ATTRIBUTES,
    NOTES,
    PARAMETERS,
    entries,
    with_parts,
)
from ..estimator.label_forms import FrameLabels, SequenceLabels
from ..estimator.parameters import FeatureGroups, training_options
from ..grammar import Grammar
from ..inputs.sequences import SequenceData
from ..program import Expression
from ..search import (
    AStarOptions,
    Log,
    NearOptions,
    Problem,
    SearchOptions,
    SearchResult,
    near_astar_search,
    near_ids_bb_search,
)
from ..training import TrainingOptions

LEAST_BATCH = 16
# Networks need larger steps than programs: with 3000 frames they end worse and mislead the search.
FRAMES_PER_STEP = 8000
_SEARCH, _NEAR, _TRAINING = SearchOptions(), NearOptions(), TrainingOptions()


class NeuralGuidedSearch(ProgramClassifier):
    """NEAR with its parameters, for either form of labels."""

    _title: ClassVar[str] = "NEAR"

    def __init__(
        self,
        *,
        search: Literal["astar", "ids-bb"] = "astar",
        grammar: Grammar | None = None,
        feature_groups: FeatureGroups | None = None,
        max_depth: int = _SEARCH.max_depth,
        structural_penalty: float = _SEARCH.structural_penalty,
        frontier_capacity: int | None = None,
        max_expansions: int | None = _NEAR.max_expansions,
        scoring: str | Callable[[Any, Any, Any], float] | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        standardize: bool | Literal["robust"] = True,
        max_iter: int = _NEAR.n_epochs,
        n_fit_steps: int = _NEAR.fit_steps,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate_init: float = _NEAR.learning_rate,
        validation_fraction: float = 0.4,
        n_iter_no_change: int = _TRAINING.patience,
        tol: float = _TRAINING.tol,
        n_restarts: int = 1,
        n_jobs: int | None = None,
        max_time: float | None = None,
        feature_names: Sequence[str] | None = None,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.search = search
        self.grammar = grammar
        self.feature_groups = feature_groups
        self.max_depth = max_depth
        self.structural_penalty = structural_penalty
        self.frontier_capacity = frontier_capacity
        self.max_expansions = max_expansions
        self.scoring = scoring
        self.class_weight = class_weight
        self.standardize = standardize
        self.max_iter = max_iter
        self.n_fit_steps = n_fit_steps
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.n_restarts = n_restarts
        self.n_jobs = n_jobs
        self.max_time = max_time
        self.feature_names = feature_names
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _method(self) -> Method:
        settings = {
            "n_epochs": int(self.max_iter),
            "learning_rate": float(self.learning_rate_init),
            "fit_steps": int(self.n_fit_steps),
            "max_expansions": self.max_expansions,
        }
        if self.search == "ids-bb":
            return Method(near_ids_bb_search, NearOptions(**settings))
        options = AStarOptions(**settings, frontier_capacity=self.frontier_capacity)
        return Method(near_astar_search, options)

    def _search_options(self) -> SearchOptions:
        return SearchOptions(
            max_depth=int(self.max_depth),
            structural_penalty=float(self.structural_penalty),
            fit_steps=int(self.n_fit_steps),
        )

    def _training_options(self, data: SequenceData) -> TrainingOptions:
        options = training_options(
            self.get_params(deep=False),
            self._signature,
            data.n_samples,
            data.n_timesteps,
            FRAMES_PER_STEP,
        )
        if self.batch_size != "auto":
            return options
        # A completion trained in too few steps is worse than the programs it stands for.
        tenth = max(LEAST_BATCH, data.n_samples // 10)
        return replace(options, batch_size=min(options.batch_size, tenth))


_PARAMETERS = "\n".join(
    [
        """\
search : {"astar", "ids-bb"}, default="astar"
    The order in which partial programs are expanded: the best first, A* search; or depth
    first with a bound, one level deeper in every pass, IDS-BB.""",
        entries(PARAMETERS, "grammar", "feature_groups", "max_depth", "structural_penalty"),
        """\
frontier_capacity : int or None, default=None
    Greatest number of programs that wait for expansion in A* search; the worst are
    forgotten. None keeps all. It has no effect on IDS-BB.
max_expansions : int or None, default=None
    Greatest number of expansions; None goes on until the search is done, or its time is
    over. An expansion trains one child per production that can stand in the place.""",
        entries(PARAMETERS, "scoring", "class_weight", "standardize"),
        """\
max_iter : int, default=15
    Greatest number of epochs of one training of neural completions.
n_fit_steps : int, default=100
    Steps of a whole program's training before it is scored on the validation part. Those
    that `programs_` lists get as many on each fold of the cross-fitting, up to 2.5 times
    as many with fewer than 1000 sequences.
batch_size : int or "auto", default="auto"
    Sequences per step in the training of neural completions; "auto" is a tenth of all, at
    least 16 and at most 200. With a label per frame it is no more than hold about 8000
    frames, at least 16, and an epoch takes four of these steps at most.
learning_rate_init : float, default=0.05
    Step size of Adam in the training of neural completions.
validation_fraction : float, default=0.4
    Fraction of each class, in (0, 1), that scores partial and whole programs in the
    search; the rest trains them. The final fit takes all the data.""",
        entries(PARAMETERS, "n_iter_no_change", "tol", "n_restarts", "n_jobs", "max_time"),
        entries(PARAMETERS, "feature_names", "device", "random_state", "verbose"),
    ]
)

_RESULTS = "\n".join(
    [
        entries(ATTRIBUTES, "program_", "programs_"),
        """\
    Beside the program chosen there are 48 at most, those of least value to the search. It
    chose by the score on its validation part; another one can have a better one here.""",
        entries(ATTRIBUTES, "classes_", "n_features_in_", "feature_names_in_", "n_outputs_"),
        """\
n_iter_ : int
    Epochs of training of neural completions, over all expansions and restarts.""",
        entries(ATTRIBUTES, "search_history_"),
    ]
)

_REFERENCES = r"""
.. [1] A. Shah, E. Zhan, J. J. Sun, A. Verma, Y. Yue and S. Chaudhuri, "Learning
   differentiable programs with admissible neural heuristics", NeurIPS 2020.
"""


@with_parts(parameters=_PARAMETERS, attributes=_RESULTS, notes=NOTES, references=_REFERENCES)
class NEARClassifier(SequenceLabels, NeuralGuidedSearch):
    """Classify sequences with a program found by search guided by neural networks.

    A partial program is completed by neural networks, trained, and valued by its structural
    cost times `structural_penalty` plus 1 - its validation score; that of the networks is
    taken for the best that any program in their place could have. Partial programs of
    least value are expanded until a whole program is the best (NEAR [1]_).

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    NEARFrameClassifier : The same with one label per frame.
    EnumerationClassifier : All programs up to a depth.

    Notes
    -----
    {notes}

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import NEARClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 20)
    >>> X = rng.normal(size=(40, 3, 1))
    >>> X[y == "walk"] += 3.0
    >>> clf = NEARClassifier(max_depth=2, max_iter=5, random_state=0).fit(X, y)
    >>> clf.program_.cost
    2
    >>> clf.score(X, y)
    1.0
    """


@with_parts(parameters=_PARAMETERS, attributes=_RESULTS, notes=NOTES, references=_REFERENCES)
class NEARFrameClassifier(FrameLabels, NeuralGuidedSearch):
    """Classify every frame of sequences with a program found by search guided by networks.

    The search is that of :class:`NEARClassifier` (NEAR [1]_), over programs that map a
    sequence to a sequence.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    NEARClassifier : The same with one label per sequence.
    EnumerationFrameClassifier : All programs up to a depth.

    Notes
    -----
    {notes}

    References
    ----------
    {references}

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads.baselines import NEARFrameClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(30, 8, 1))
    >>> y = np.where(X[:, :, 0] > 0.3, "move", "rest")
    >>> clf = NEARFrameClassifier(max_depth=2, max_iter=5, random_state=0).fit(X, y)
    >>> clf.predict(X).shape
    (30, 8)
    >>> bool(clf.score(X, y) > 0.95)
    True
    """


@dataclass(frozen=True)
class Method:
    """A search with its settings, in a form that can be sent to another process.

    Parameters
    ----------
    search : callable
        A function of a module: ``search(problem, log, options)``.
    options : object
        Its settings.
    """

    search: Callable[[Problem, Log, Any], SearchResult]
    options: Any

    def __call__(
        self, problem: Problem, log: Log, initial: Sequence[Expression] = ()
    ) -> SearchResult:
        """Search; these searches begin with no programs, and ``initial`` is none of theirs."""
        return self.search(problem, log, self.options)
