"""NEAR as a classifier: search over partial programs that neural networks complete."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from ..estimator.base import SearchingClassifier, SearchParameters
from ..estimator.docs import ATTRIBUTES, NOTES, entries, parameters_of, with_parts
from ..estimator.label_forms import LabelPerFrame, LabelPerSequence
from ..estimator.parameters import with_own_init
from ..search import NEAR

ORDERS = ("astar", "ids-bb")
_TRAINING = NEAR().training


@dataclass(kw_only=True, repr=False, eq=False)
class NeuralGuidedParameters(SearchParameters):
    """Parameters of NEAR."""

    search: Literal["astar", "ids-bb"] = "astar"
    frontier_capacity: int | None = NEAR.frontier_capacity
    max_expansions: int | None = NEAR.max_expansions
    max_iter: int = NEAR.max_iter
    n_fit_steps: int = NEAR.fit_steps
    batch_size: int | Literal["auto"] = "auto"
    learning_rate_init: float = _TRAINING.learning_rate_init
    validation_fraction: float = NEAR.validation_fraction
    n_iter_no_change: int = _TRAINING.n_iter_no_change
    tol: float = _TRAINING.tol


@dataclass(kw_only=True, repr=False, eq=False)
class NeuralGuidedFrameParameters(NeuralGuidedParameters):
    """Parameters of NEAR, with one label per frame."""

    unlabelled: Any = "auto"


class NeuralGuidedSearch(NeuralGuidedParameters, SearchingClassifier):
    """NEAR with its parameters, for either form of labels."""

    def _make_search(self) -> NEAR:
        if self.search not in ORDERS:
            raise ValueError(f"search must be one of {list(ORDERS)}; got {self.search!r}.")
        training = replace(
            _TRAINING,
            batch_size=self.batch_size,
            learning_rate_init=self.learning_rate_init,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
        )
        return NEAR(
            order=self.search,
            max_iter=self.max_iter,
            max_expansions=self.max_expansions,
            frontier_capacity=self.frontier_capacity,
            fit_steps=self.n_fit_steps,
            validation_fraction=self.validation_fraction,
            training=training,
        )


_OWN = """
search : {"astar", "ids-bb"}, default="astar"
    The order in which partial programs are expanded: the best first, A* search; or depth
    first with a bound, one level deeper in every pass, IDS-BB.
frontier_capacity : int or None, default=None
    Greatest number of programs that wait for expansion in A* search; the worst are
    forgotten. None keeps all. It has no effect on IDS-BB.
max_expansions : int or None, default=None
    Greatest number of expansions; None goes on until the search is done, or its time is
    over. An expansion trains one child per production that can stand in the place.
max_iter : int, default=15
    Greatest number of epochs of one training of neural completions.
n_fit_steps : int, default=100
    Steps of a whole program's training before it is scored on the validation part. Those
    that `programs_` lists get as many on each fold of the cross-fitting, up to 1.25 times
    as many with fewer than 1000 sequences.
batch_size : int or "auto", default="auto"
    Sequences per step in the training of neural completions; "auto" is a tenth of all, at
    least 16 and at most 200. With a label per frame it is no more than hold about 8000
    frames, at least 16, and an epoch takes four of these steps at most.
learning_rate_init : float, default=0.05
    Step size of Adam in the training of neural completions.
validation_fraction : float, default=0.4
    Fraction of each class, in (0, 1), that scores partial and whole programs in the
    search; the rest trains them. The final fit takes all the data.
"""

_RESULTS = "\n".join(
    [
        entries(ATTRIBUTES, "program_", "programs_"),
        """\
    Beside the program chosen there are 48 at most, those of least value to the search. It
    chose by the score on its validation part; another one can have a better one here.""",
        entries(
            ATTRIBUTES, "classes_", "grammar_", "n_features_in_", "feature_names_in_", "n_outputs_"
        ),
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


@with_parts(
    parameters=parameters_of(NeuralGuidedParameters, _OWN),
    attributes=_RESULTS,
    notes=NOTES,
    references=_REFERENCES,
)
@with_own_init
class NEARClassifier(LabelPerSequence, NeuralGuidedSearch):
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


@with_parts(
    parameters=parameters_of(NeuralGuidedFrameParameters, _OWN),
    attributes=_RESULTS,
    notes=NOTES,
    references=_REFERENCES,
)
@with_own_init
class NEARFrameClassifier(LabelPerFrame, NeuralGuidedFrameParameters, NeuralGuidedSearch):
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


# Estimators are saved under the name that users import them by.
for _public in (NEARClassifier, NEARFrameClassifier):
    _public.__module__ = __package__ or ""
