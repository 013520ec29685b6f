"""The classifier whose fitted model is a program."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from ._device import resolve_device
from ._hyperparameters import (
    check_feature_names,
    check_parameters,
    choose_grammar,
    label_weights,
    search_options,
    searchable,
    training_options,
)
from ._labels import check_class_labels
from ._outputs import probabilities, top_codes
from ._records import make_records
from ._reports import warn_of
from ._restarts import Outcome, Task, run_restarts
from ._scaling import FrameScaling
from ._scoring import make_forest_scorer
from ._validation import SequenceData, check_sequences
from .grammar import LIST_TO_ATOM, Grammar
from .program import Expression, Program, Sequences
from .search import SearchOptions, effective_penalty
from .training import TrainingOptions

_SEARCH, _TRAINING = SearchOptions(), TrainingOptions()
_PHASES_WITH_EPOCHS = ("train", "prune")


class DPadsClassifier(ClassifierMixin, BaseEstimator):
    r"""Classify sequences with a short program found by differentiable search.

    All programs of a grammar up to a depth are relaxed into one differentiable graph,
    which is trained, pruned and split until single programs are left (dPads [1]_). The
    best by cross-fitting is improved by local search and fitted to all the data.

    Parameters
    ----------
    grammar : Grammar or None, default=None
        The language of the programs. None takes :meth:`Grammar.default` with each feature
        as a group of its own and one group, ``all``, of all features; the windows are
        those that :meth:`Grammar.default_windows` gives for the median length.
    d_s : int, default=2
        Levels that the graph is unfolded by per round.
    N : int, default=2
        Candidates that each edge keeps after pruning.
    max_depth : int, default=4
        Greatest depth of a program.
    node_sharing : bool, default=True
        Whether the candidates of a node share its children. False is an ablation of
        the paper, and slow.
    unfolding : bool, default=True
        Whether the graph is unfolded round by round. False, an ablation of the paper,
        begins with the full depth.
    structural_penalty : float, default=0.002
        Price of a unit of structural cost, in units of the score and of the loss, with
        1000 sequences or more. With n sequences below that it is 1000 / n times as high,
        six times at most, since a search among thousands of programs fits the noise of
        few sequences.
    scoring : str, callable or None, default=None
        What ranks programs during the search: the name of a scikit-learn scorer, a
        callable ``scorer(estimator, X, y)``, or None for F1: that of the positive class
        ``classes_[1]`` for two classes, weighted for more. :meth:`score` is the accuracy
        nevertheless, as for other classifiers.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the loss: a dict of label to weight, "balanced" for
        weights inversely proportional to class frequencies, or None for equal weights.
    standardize : bool, default=True
        Whether to shift and scale every feature to mean 0 and variance 1 over all frames
        during the search. The programs are rewritten without error to take frames as
        they were given. ``Input`` of the grammar is left out then.
    max_iter : int, default=40
        Greatest number of epochs of one training of the relaxed graph.
    max_refinements : int, default=15
        Greatest number of rounds of local search around the best of the programs without
        recurrence, those that hold neither ``Fold`` nor ``SlideWindowAvg[w,values]``. Up
        to an eighth as many rounds, rounded up, follow around the best of all programs.
        Either part ends early where nothing gets better. 0 leaves the method of the
        paper alone.
    batch_size : int or "auto", default=200
        Sequences per step; "auto" is 200, or all of them if there are fewer.
    learning_rate_init : float, default=0.01
        Step size of Adam for the parameters in the training of the relaxed graph.
    validation_fraction : float, default=0.4
        Fraction of each class, in (0, 1), that trains the architecture and steers the
        search; the rest trains the parameters. The final fit takes all the data.
    n_iter_no_change : int, default=10
        Epochs without a better validation score after which a training ends.
    tol : float, default=1e-4
        Rise of the validation score that counts as better.
    n_restarts : int, default=1
        Independent searches with different seeds; all their programs are pooled.
    n_jobs : int or None, default=None
        How many of these searches run at a time, as joblib reads it. The result does
        not depend on it. It has no effect with ``n_restarts=1``.
    max_time : float or None, default=None
        Seconds for the search, shared by the restarts. It is looked at between short steps;
        the final fit comes on top.
    feature_names : sequence of str or None, default=None
        Names of the features, for printing; x0, x1, … where None.
    device : str, default="cpu"
        Where to train: "cpu", "cuda", or "auto" for a GPU where there is one. Fitted
        programs are evaluated in numpy.
    random_state : int, RandomState instance or None, default=None
        Determines the validation part, the initial values and the order of the batches.
        Pass an int for the same result in every call. Global generators are left as
        they are.
    verbose : bool, default=False
        Whether to print a line for every step of the search.
    warm_start : bool, default=False
        Whether the search also starts from the program of the previous call of
        :meth:`fit`; ignored where features, classes or grammar have changed.

    Attributes
    ----------
    program_ : Program
        The program, in the units of the data; ``program_(X)`` evaluates it and
        ``print(program_)`` shows it. It is ``programs_[0].program``.
    programs_ : list of ProgramRecord
        All discrete programs that the search scored: the chosen one, then the others, best
        first. Each has ``program``, ``score`` and ``loss`` (both cross-fitted), ``cost``,
        ``depth`` and ``on_front``, which tells the Pareto front of score and cost. Those
        whose loss plus price of cost, as `structural_penalty` sets it, can't be told from
        the least one come first, and are ordered by score less that price.
    classes_ : ndarray of shape (n_classes,)
        The class labels.
    n_features_in_ : int
        Number of features of a frame.
    feature_names_in_ : ndarray of str of shape (n_features,)
        Names of the features, only where `feature_names` was given.
    n_outputs_ : int
        Values a program gives: 1 for two classes, else the number of classes.
    n_iter_ : int
        Epochs of training of the relaxed graph, over all rounds and restarts.
    search_history_ : list of dict
        What happened in the search, in order: ``phase``, ``time`` in seconds, ``restart``
        and what belongs to the phase.

    Notes
    -----
    KeyboardInterrupt, the first time, and `max_time` end the search but not :meth:`fit`: the
    best program so far is chosen and fitted, and a ConvergenceWarning says so.

    Each search runs on one thread, so that the result is the same for every `n_jobs`;
    threads would not make it faster, since its tensors are small.

    References
    ----------
    .. [1] G. Cui and H. Zhu, "Differentiable synthesis of program architectures",
       NeurIPS 2021.
    .. [2] A. Shah, E. Zhan, J. J. Sun, A. Verma, Y. Yue and S. Chaudhuri, "Learning
       differentiable programs with admissible neural heuristics", NeurIPS 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dpads import DPadsClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["rest", "walk"], 30)
    >>> X = rng.normal(size=(60, 8, 2))
    >>> X[y == "walk", :, 0] += 2.0
    >>> clf = DPadsClassifier(max_depth=2, feature_names=["speed", "turn"], random_state=0)
    >>> clf = clf.fit(X, y)
    >>> print(clf.program_.to_text(precision=2))  # doctest: +SKIP
    SlideWindowAvg[10](Affine[speed](1.3*speed - 1.2))
    >>> clf.score(X, y)
    1.0
    """

    def __init__(
        self,
        *,
        grammar: Grammar | None = None,
        d_s: int = _SEARCH.d_s,
        N: int = _SEARCH.n_top,
        max_depth: int = _SEARCH.max_depth,
        node_sharing: bool = _SEARCH.node_sharing,
        unfolding: bool = _SEARCH.unfolding,
        structural_penalty: float = _SEARCH.structural_penalty,
        scoring: str | Callable[[Any, Any, Any], float] | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        standardize: bool = True,
        max_iter: int = _SEARCH.max_epochs,
        max_refinements: int = _SEARCH.max_refinements,
        batch_size: int | Literal["auto"] = _TRAINING.batch_size,
        learning_rate_init: float = _TRAINING.learning_rate,
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
        warm_start: bool = False,
    ) -> None:
        self.grammar = grammar
        self.d_s = d_s
        self.N = N
        self.max_depth = max_depth
        self.node_sharing = node_sharing
        self.unfolding = unfolding
        self.structural_penalty = structural_penalty
        self.scoring = scoring
        self.class_weight = class_weight
        self.standardize = standardize
        self.max_iter = max_iter
        self.max_refinements = max_refinements
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
        self.warm_start = warm_start

    def fit(self, X: ArrayLike | Sequence[ArrayLike], y: ArrayLike) -> DPadsClassifier:
        """Search for a program that tells the classes apart.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like of shape (n_samples,)
            The class labels, of any type that can be sorted; at least two samples of each.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter, `X` or `y` is none of what is allowed, or if the grammar can't
            derive a program for them.

        Warns
        -----
        ConvergenceWarning
            If the search was ended early, or if every program predicts one class only.
        UserWarning
            If the program of the best score was passed over, since its values explode.
        """
        params = self.get_params(deep=False)
        check_parameters(params)
        data = check_sequences(X, estimator_name=type(self).__name__)
        classes, codes = check_class_labels(
            y, n_samples=data.n_samples, estimator_name=type(self).__name__
        )
        names = check_feature_names(self.feature_names, data.n_features)
        scaling = (
            FrameScaling.fit(data) if self.standardize else FrameScaling.identity(data.n_features)
        )
        task = self._task(params, data, classes, codes, names, scaling)
        rng = check_random_state(self.random_state)
        seeds = rng.randint(np.iinfo(np.int32).max, size=self.n_restarts + 1).tolist()
        outcomes = run_restarts(task, seeds, n_jobs=self.n_jobs, max_time=self.max_time)
        self._keep(outcomes, scaling, classes, names, data.n_samples)
        warn_of(outcomes, stacklevel=3)
        return self

    def _task(
        self,
        params: Mapping[str, Any],
        data: SequenceData,
        classes: NDArray[Any],
        codes: NDArray[np.int64],
        names: tuple[str, ...] | None,
        scaling: FrameScaling,
    ) -> Task:
        """Put the problem together; whatever is wrong with it shows here."""
        n_outputs = 1 if len(classes) == 2 else len(classes)
        grammar = searchable(
            choose_grammar(self.grammar, data.n_features, int(np.median(data.lengths)), names),
            LIST_TO_ATOM,
            n_features=data.n_features,
            n_outputs=n_outputs,
            max_depth=self.max_depth,
            standardize=self.standardize,
        )
        initial = self._previous(grammar, classes, data.n_features)
        return Task(
            grammar=grammar,
            signature=LIST_TO_ATOM,
            sequences=scaling.sequences(data),
            codes=codes,
            weights=label_weights(self.class_weight, classes, codes),
            n_classes=len(classes),
            scorer=make_forest_scorer(self.scoring, classes, codes),
            search=search_options(params),
            training=training_options(params, data.n_samples),
            validation_fraction=float(self.validation_fraction),
            device=resolve_device(self.device),
            verbose=bool(self.verbose),
            initial=tuple(scaling.to_scaled(expression) for expression in initial),
        )

    def _previous(
        self, grammar: Grammar, classes: NDArray[Any], n_features: int
    ) -> tuple[Expression, ...]:
        """Give the program to start from, where one is wanted and fits the problem."""
        if not self.warm_start or not hasattr(self, "program_"):
            return ()
        program = self.program_
        fits = (
            program.n_features == n_features
            and np.array_equal(self.classes_, classes)
            and program.depth <= self.max_depth
            and all(node.production in grammar.productions for _, node in program.expression.walk())
        )
        return (program.expression,) if fits else ()

    def _keep(
        self,
        outcomes: list[Outcome],
        scaling: FrameScaling,
        classes: NDArray[Any],
        names: tuple[str, ...] | None,
        n_samples: int,
    ) -> None:
        """Set the fitted attributes."""
        self.classes_ = classes
        self.n_features_in_ = len(scaling.mean)
        self.n_outputs_ = 1 if len(classes) == 2 else len(classes)
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        labels = tuple(classes.tolist())

        def as_program(expression: Expression) -> Program:
            return Program(scaling.to_raw(expression), self.n_features_in_, names, labels)

        penalty = effective_penalty(self.structural_penalty, n_samples)
        self.programs_ = make_records(outcomes, as_program, penalty)
        self.program_ = self.programs_[0].program
        self.search_history_ = [event for outcome in outcomes for event in outcome.events]
        self.n_iter_ = sum(
            event["n_epochs"]
            for event in self.search_history_
            if event["phase"] in _PHASES_WITH_EPOCHS
        )

    def decision_function(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        program: int | Program | None = None,
    ) -> NDArray[np.float64]:
        """Return what the program gives.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        program : int, Program or None, default=None
            Which program to ask: an index of `programs_`, any program over the same
            features with as many outputs, or None for `program_`.

        Returns
        -------
        values : ndarray of shape (n_samples,) or (n_samples, n_classes), float64
            For two classes the log-odds of the second, ``classes_[1]``; for more, one
            logit per class.
        """
        values = self._values(X, program)
        return values[..., 0] if self.n_outputs_ == 1 else values

    def predict_proba(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        program: int | Program | None = None,
    ) -> NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        program : int, Program or None, default=None
            Which program to ask, as in :meth:`decision_function`.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes), float64
            Probabilities, in the order of `classes_`.
        """
        return probabilities(self._values(X, program))

    def predict(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        program: int | Program | None = None,
    ) -> NDArray[Any]:
        """Return the most probable class of each sequence.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences, as in :meth:`fit`.
        program : int, Program or None, default=None
            Which program to ask, as in :meth:`decision_function`.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Labels, of the type that `y` had in :meth:`fit`.
        """
        codes = top_codes(self._values(X, program))
        return self.classes_[codes]

    def _values(
        self, X: ArrayLike | Sequence[ArrayLike], program: int | Program | None
    ) -> NDArray[np.float64]:
        check_is_fitted(self)
        chosen = self._find_program(program)
        data = check_sequences(
            X, estimator_name=type(self).__name__, n_features=self.n_features_in_
        )
        with np.errstate(over="ignore", invalid="ignore"):
            values = chosen.evaluate(Sequences(data.frames, data.lengths))
        finite = np.isfinite(values)
        if not finite.all():
            n_bad = int((~finite.all(axis=-1)).sum())
            warnings.warn(
                f"The program gives values that are not finite for {n_bad} of {len(values)} "
                "sequences; they are replaced by 0 where undefined, else by the largest number. "
                "Look whether these sequences are much longer or their values much larger "
                "than in training, or choose a program without Fold and Multiply.",
                RuntimeWarning,
                stacklevel=3,
            )
        return np.nan_to_num(values)

    def _find_program(self, program: int | Program | None) -> Program:
        if program is None:
            return self.program_
        if isinstance(program, Program):
            if (program.n_features, program.n_outputs) != (self.n_features_in_, self.n_outputs_):
                raise ValueError(
                    f"program takes {program.n_features} features and gives {program.n_outputs} "
                    f"value(s); needed are {self.n_features_in_} and {self.n_outputs_}."
                )
            return program
        if isinstance(program, bool) or not isinstance(program, int | np.integer):
            raise TypeError(
                "program must be an index of programs_, a Program, or None; got a "
                f"{type(program).__name__}."
            )
        if not -len(self.programs_) <= program < len(self.programs_):
            raise ValueError(
                f"program={program} is no index of programs_, which holds "
                f"{len(self.programs_)} programs (0 to {len(self.programs_) - 1})."
            )
        return self.programs_[program].program

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.two_d_array = False
        return tags
