"""What all classifiers have in common whose fitted model is a program."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state

from ..grammar import LIST_TO_LIST, Grammar, OneVsRest
from ..inputs.names import choose_names, keep_names
from ..inputs.outputs import top_codes
from ..inputs.sequences import Sequences, check_sequences, warn_of_channels_first
from ..program import Expression, Program, evaluate
from ..search import DEFAULT_RULE, Search
from ..training import thinned
from .checkpoints import check_checkpoint_dir, identity_of
from .digits import ProgramMaker, few, few_whole, with_digits
from .fit_warnings import warn_of, warn_of_unpredicted
from .interrupts import interrupts_wait
from .label_forms import (
    Samples,
    class_weights,
    read_samples,
)
from .listeners import CallbackSupportMixin, FitContext, with_callbacks
from .notebook import ShowsProgramMixin
from .one_vs_rest import (
    assembled,
    is_divided,
    names_against_rest,
    price_of_each,
    task_of_each_class,
)
from .parameters import (
    FeatureGroups,
    check_parameters,
    choose_grammar,
    choose_rule,
    prints_lines,
    resolve_device,
    searchable,
)
from .positive import ordered_classes, recoded
from .prediction import PredictsMixin
from .progress import progress_of
from .refit import RefitMixin
from .restarts import run_restarts, run_tasks
from .results import ProgramTable, make_records
from .scales import ScaleTable
from .scaling import FrameScaling, check_magnitudes
from .scoring import make_forest_scorer, name_of_score
from .task import Outcome, Task


@dataclass(kw_only=True, repr=False, eq=False)
class SearchParameters:
    """The parameters that all classifiers have that search for a program.

    A default is said where the parameter is declared, and nowhere else. Parameters stand in
    classes that have nothing to do with scikit-learn, of which type checkers know no types:
    of a dataclass that comes from there, they let any parameter pass.
    """

    grammar: Grammar | Literal["default", "paper"] | None = "default"
    feature_groups: FeatureGroups | None = None
    max_depth: int = 4
    structural_penalty: float = 0.001
    scoring: str | Callable[[Any, Any, Any], float] | None = None
    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None
    pos_label: Any = None
    standardize: bool | Literal["robust"] = True
    n_restarts: int = 1
    n_jobs: int | None = None
    max_time: float | None = None
    feature_names: Sequence[str] | None = None
    device: str = "cpu"
    random_state: int | np.random.RandomState | None = None
    verbose: bool | int | Literal["auto"] = "auto"


class SearchingClassifier(
    SearchParameters,
    PredictsMixin,
    RefitMixin,
    ShowsProgramMixin,
    CallbackSupportMixin,
    ClassifierMixin,
    BaseEstimator,
):
    """Base of the classifiers that search for a program.

    A subclass has a form of labels as its leftmost base, then a dataclass of its parameters,
    which extends :class:`SearchParameters`, and makes the search of what it was told.
    """

    @abstractmethod
    def _make_search(self) -> Search:
        """Return the search, with its settings; parameters were checked before."""

    @with_callbacks
    def fit(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        y: ArrayLike | Sequence[ArrayLike],
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Search for a program that tells the classes apart.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of array-like
            The sequences: a 3D array, padded with NaN at the end where sequences are
            shorter, or a list of 2D arrays (n_timesteps_i, n_features).
        y : array-like
            The class labels: text, numbers or times. One per sequence: of shape (n_samples,),
            at least two of each class; masked sequences are left out. One per frame: of shape
            (n_samples, n_timesteps), or a list of 1D arrays; frames past a sequence's end don't
            count, nor do masked ones and those labelled as `unlabelled` says.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_timesteps), or None, \
default=None
            Weights of the sequences or, with a label per frame, of the frames, in the
            loss and in the default score. Those of weight zero are left out. One of weight 2
            counts as two: give weights with a mean of 1, not a sum of 1, where they say no more
            than how much sequences count beside each other. Equal weights are as none.
        groups : array-like of shape (n_samples,) or None, default=None
            Which sequences belong together, as those of one animal or person do. Programs are
            then judged on groups that their numbers have not seen, so that one is chosen, and
            its score told, that does for others as well. None judges every sequence by itself.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter, `X`, `y`, `sample_weight` or `groups` is none of what is allowed, or
            if the grammar can't derive a program for them.

        Warns
        -----
        ConvergenceWarning
            If the search was ended early, or if every program predicts one class only.
        UserWarning
            If the program of the best score was passed over, since its values explode, or if
            the program never predicts one of several classes.
        """
        params = self.get_params(deep=False)
        check_parameters(params)
        self._make_search().check()
        check_checkpoint_dir(params.get("checkpoint_dir"), self.random_state)
        data = check_sequences(X, estimator_name=type(self).__name__)
        warn_of_channels_first(data, type(self).__name__)
        known = getattr(self.grammar, "feature_names", None)
        given = self.feature_names if self.feature_names is not None else known
        names = choose_names(given, X, data.n_features)
        check_magnitudes(data, names, self.standardize)
        samples = read_samples(self, y, sample_weight, data, groups)
        if len(samples.rows) < data.n_samples:
            data = data.take(samples.rows)
        scaling = FrameScaling.fit(data, self.standardize)
        ordered = ordered_classes(self.pos_label, samples)
        divided = is_divided(getattr(self, "decomposition", None), len(samples.classes))
        task = self._task(data, samples, names, scaling, ordered, divided=divided)
        task = replace(task, identity=identity_of(task))
        beside = {"sample_weight": sample_weight, "groups": groups}
        metadata = {name: value for name, value in beside.items() if value is not None}
        told = {"X": X, "y": y, "metadata": metadata or None}
        outcomes, by_class, context = self._search(task, told, divided=divided)
        self._keep(outcomes, task, scaling, samples.classes, names, by_class)
        n_searches = 1 if divided else self.n_restarts
        warn_of(outcomes, n_searches=n_searches, by_callback=context.stopped, stacklevel=4)
        found = evaluate(scaling.to_scaled(self.program_.expression), task.sequences)
        predicted = top_codes(np.nan_to_num(found))
        warn_of_unpredicted(predicted, task.codes, task.classes, stacklevel=4)
        context.end({name: value for name, value in vars(self).items() if name.endswith("_")})
        return self

    def _search(
        self, task: Task, told: Mapping[str, Any], *, divided: bool
    ) -> tuple[list[Outcome], list[list[Outcome]], FitContext]:
        """Run the searches, and give what they found, that of each class, and the callbacks'."""
        rng = check_random_state(self.random_state)
        n_rows = len(task.classes) if divided else 1
        shape = (n_rows, self.n_restarts + 1)
        seeds = rng.randint(np.iinfo(np.int32).max, size=shape).tolist()
        limits: dict[str, Any] = {"n_jobs": self.n_jobs, "max_time": self.max_time}
        by_class: list[list[Outcome]] = []
        with progress_of(self, task.search.title, n_rows) as progress:
            context = FitContext(self, told, n_rows * len(seeds[0]), progress)
            if divided:
                tasks = task_of_each_class(task, self.scoring)
                by_class = run_tasks(tasks, seeds, **limits, callbacks=context)
                outcomes = [assembled(task, by_class)]
            else:
                outcomes = run_restarts(task, seeds[0], **limits, callbacks=context)
        return outcomes, by_class, context

    def _task(
        self,
        data: Sequences,
        samples: Samples,
        names: tuple[str, ...] | None,
        scaling: FrameScaling,
        ordered: NDArray[Any],
        *,
        divided: bool,
    ) -> Task:
        """Put the problem together; whatever is wrong with it shows here.

        The classes stand in the order of a program's outputs. Where they are divided, programs
        for one class each have to be found, with one output.
        """
        search = self._make_search()
        classes, counts = samples.classes, samples.weights
        codes = recoded(samples, ordered)
        grammar = searchable(
            choose_grammar(self.grammar, self.feature_groups, data.n_features, data.lengths, names),
            self._signature,
            n_features=data.n_features,
            n_outputs=1 if len(classes) == 2 or divided else len(classes),
            max_depth=self.max_depth,
            standardize=bool(self.standardize),
        )
        initial = self._previous(grammar, ordered, data.n_features)
        per_class = class_weights(self.class_weight, samples)
        weights = np.ones(codes.shape) if per_class is None else per_class[samples.codes]
        kept = None
        if self._signature == LIST_TO_LIST:
            most = search.training.kept_frames
            kept = thinned(codes, search.training.piece_frames, most)
        return Task(
            grammar=grammar,
            signature=self._signature,
            sequences=scaling.sequences(data),
            codes=codes,
            weights=weights if counts is None else weights * counts,
            counts=counts,
            classes=tuple(ordered.tolist()),
            scorer=make_forest_scorer(self.scoring, ordered, codes),
            max_depth=int(self.max_depth),
            structural_penalty=float(self.structural_penalty),
            rule=choose_rule(getattr(self, "selection", DEFAULT_RULE)),
            search=search,
            device=resolve_device(self.device),
            verbose=prints_lines(self.verbose),
            checkpoint_dir=getattr(self, "checkpoint_dir", None),
            initial=tuple(scaling.to_scaled(expression) for expression in initial),
            kept=kept,
            groups=samples.groups,
        )

    def _previous(
        self, grammar: Grammar, classes: NDArray[Any], n_features: int
    ) -> tuple[Expression, ...]:
        """Give the programs to start from: none, unless a subclass knows some."""
        return ()

    @interrupts_wait()
    def _keep(
        self,
        outcomes: list[Outcome],
        task: Task,
        scaling: FrameScaling,
        classes: NDArray[Any],
        names: tuple[str, ...] | None,
        by_class: Sequence[Sequence[Outcome]] = (),
    ) -> None:
        """Set the fitted attributes."""
        for name in ("n_iter_", "verdicts_", "class_programs_"):
            if hasattr(self, name):
                delattr(self, name)
        self.classes_ = classes
        self.grammar_ = task.grammar
        self.n_features_in_ = len(scaling.mean)
        self.n_outputs_ = 1 if len(classes) == 2 else len(classes)
        keep_names(self, names)

        some = few(task.sequences)
        # Of every frame there would be too much to look at.
        per_frame = task.signature == LIST_TO_LIST
        seen = some if per_frame else few_whole(task.sequences)
        table = ScaleTable(seen, scaling, task.signature)
        maker = ProgramMaker(some, task.signature, scaling, table, names, task.classes)

        def records(
            found: Sequence[Outcome], labels: tuple[Any, ...], price: float
        ) -> ProgramTable:
            called = name_of_score(self.scoring, labels)
            return make_records(found, maker.of_classes(labels).make, price, task.rule, called)

        price = task.search.price(task.structural_penalty, task.n_sequences)
        self.programs_ = records(outcomes, task.classes, price)
        if by_class:
            of_each = price_of_each(task)
            self.class_programs_ = {
                label: records(own, names_against_rest(label), of_each)
                for label, own in zip(task.classes, by_class, strict=True)
            }
        # The one that is printed most is right on all of the data.
        chosen = with_digits(self.programs_[0].program, task.sequences, scaling)
        self.programs_[0] = replace(self.programs_[0], program=chosen)
        self.program_ = chosen
        self.search_history_ = [event for outcome in outcomes for event in outcome.events]
        verdicts = [verdict for outcome in outcomes for verdict in outcome.verdicts]
        if verdicts:
            self.verdicts_ = verdicts
        if hasattr(task.search, "max_iter"):
            self.n_iter_ = sum(event.get("n_epochs", 0) for event in self.search_history_)


def fitted_program_fits(
    estimator: Any, grammar: Grammar, classes: NDArray[Any], n_features: int
) -> bool:
    """Whether the program of an earlier fit is one of the grammar, for the same labels."""
    program: Program = estimator.program_
    root = program.expression
    divided = isinstance(root.production, OneVsRest)
    parts = root.args if divided else (root,)
    return bool(
        program.n_features == n_features
        and list(program.classes or ()) == classes.tolist()
        and divided == is_divided(getattr(estimator, "decomposition", None), len(classes))
        and program.depth <= estimator.max_depth
        and all(node.production in grammar.productions for p in parts for _, node in p.walk())
    )
