"""Parts of docstrings that several estimators have in common."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from inspect import cleandoc
from typing import TypeVar

C = TypeVar("C", bound=type)


def with_parts(**parts: str) -> Callable[[C], C]:
    """Decorate a class: put texts in the place of ``{name}`` lines of its docstring.

    Parameters
    ----------
    **parts : str
        The texts.

    Examples
    --------
    >>> class Story:
    ...     "Good morning. {end}"
    >>> with_parts(end="Good night.")(Story).__doc__
    'Good morning. Good night.'
    """

    def fill(cls: C) -> C:
        if cls.__doc__ is not None:
            text = cleandoc(cls.__doc__)
            for name, part in parts.items():
                text = text.replace(f"{{{name}}}", cleandoc(part))
            cls.__doc__ = text
        return cls

    return fill


def parameters_of(kind: type, own: str = "") -> str:
    """Describe the parameters of an estimator in the order of its fields.

    Parameters
    ----------
    kind : type
        A dataclass.
    own : str, default=""
        Entries that go before those that all estimators have in common.
    """
    names = [field.name for field in dataclasses.fields(kind)]
    known = {name.split(" : ")[0] for name in cleandoc(own).splitlines() if name[:1].strip()}
    return "\n".join(entries(own if name in known else PARAMETERS, name) for name in names)


def entries(text: str, *names: str) -> str:
    r"""Pick entries of a section of a docstring, in the order of their names.

    Examples
    --------
    >>> print(entries("a : int\n    First.\nb : str\n    Second.", "b"))
    b : str
        Second.
    """
    found = {entry.split(" : ")[0]: entry for entry in re.split(r"\n(?=\S)", cleandoc(text))}
    return "\n".join(found[name] for name in names)


UNLABELLED = """\
unlabelled : label, "auto" or None, default="auto"
    The label of frames that have none: they are left out of training and scores. It may be
    "" or NaN. None where every label is a class, but None itself among objects. "auto" is -1
    among integers, unless the labels are -1 and 1, and warns of how many frames that takes."""

PARAMETERS = r"""
grammar : {"default", "paper"} or Grammar, default="default"
    The language of the programs: :meth:`Grammar.default` or :meth:`Grammar.paper` of the
    `feature_groups`, or a grammar of your own. What was searched is `grammar_`.
feature_groups : dict of str to sequence of int or str, int, or None, default=None
    Features that one ``Affine`` may read together, by the name of the group, given by
    index or by name; a group ``all`` of all of them is added to the default grammar. None
    makes each feature a group of its own, and all. They are for grammars of a name.
max_depth : int, default=4
    Greatest depth of a program.
structural_penalty : float, default=0.001
    Price of a unit of structural cost, in units of the score and of the loss, with
    1000 sequences or more. With n sequences below that it is 1000 / n times as high,
    twelve times at most, since a search among thousands of programs fits the noise of
    few sequences; not so for sums of readers of ``Affine``, of which there are fewer.
scoring : str, callable or None, default=None
    What ranks programs during the search: the name of a scikit-learn scorer, a
    callable ``scorer(estimator, X, y)``, or None for F1: that of the positive class
    for two classes, see `pos_label`, weighted for more. :meth:`score` is the accuracy
    nevertheless, as for other classifiers.
class_weight : dict, "balanced" or None, default=None
    Weights of the classes in the loss: a dict of label to weight, "balanced" for
    weights inversely proportional to class frequencies, or None for equal weights.
pos_label : label or None, default=None
    The positive class of two: programs give its log-odds. None takes 1 or True where the
    labels are 0 and 1, -1 and 1, or booleans, else the class of fewer labels; of two with as
    many, the last in sorted order.
{unlabelled}
standardize : bool or "robust", default=True
    Whether to shift and scale every feature to mean 0 and variance 1 over all frames
    during the search; "robust" takes the median and the distance of the quartiles
    instead, which outliers don't move. The programs are rewritten without error to take frames as
    they were given. ``Input`` of the grammar is left out then.
n_restarts : int, default=1
    Independent searches with different seeds; all their programs are pooled.
n_jobs : int or None, default=None
    How many of these searches run at a time, as joblib reads it. The result does
    not depend on it. It has no effect on a single search. The first fit waits some seconds
    for the processes to start.
max_time : float or None, default=None
    Seconds for the search, its final fit included, shared by all searches. It is kept
    within a tenth, or within a second where that is more: what would take longer is not begun.
feature_names : sequence of str or None, default=None
    Names of the features, for printing. None takes the columns where `X` is a list of
    data frames, else x0, x1, ….
device : str, default="cpu"
    Where to train: "cpu", "cuda", or "auto" for a GPU where there is one. Fitted
    programs are evaluated in numpy.
random_state : int, RandomState instance or None, default=None
    Determines the validation part, the initial values and the order of the batches.
    Pass an int for the same result in every call. Global generators are left as
    they are.
verbose : bool or "auto", default="auto"
    Whether to print a line for every step of the search: True (or 1, or 2) does, and False (or 0)
    shows nothing. With "auto", a terminal or a notebook shows after three seconds how far the
    fit is, in one line that goes away in the end; files and logs see nothing.
search : Search or None, default=None
    The search, with settings of its own: one of :mod:`sklearn_dpads.search`, such as
    ``DPads(n_folds=8)`` or ``NEAR()``, or one that you wrote. None is :class:`DPads`. A
    grid search reaches its settings as ``search__n_folds``.
decomposition : {"joint", "ovr"} or None, default=None
    With three classes or more: "joint", or None, finds one program with a value for each class,
    "ovr" one short program for each class against all others. Their values are calibrated
    together and stand side by side in `program_`, an ``OneVsRest``, whose cost and numbers are
    the sums of theirs. `max_depth` is that of each. With two classes it changes nothing.
selection : str or rule, default="within_errors"
    Which of the programs scored by cross-fitting is chosen as `program_`.
    "within_errors": of those whose loss plus price of cost, as `structural_penalty`
    sets it, is no more than half a standard error of the difference above the least one, the
    one of best score less that price. "best_score": the one of best score, whatever it costs;
    the best of many is partly luck. "simplest": the cheapest of those whose loss can't be told
    from the least by one standard error. A rule is one of :mod:`sklearn_dpads.search`, such
    as ``WithinErrors(n_errors=1.0)``, or a function like them. All programs stay in
    `programs_`, in the order that the rule gives.
checkpoint_dir : str, path-like or None, default=None
    Folder to keep the steps of the search in. A fit that was cut off, even by a crash, goes
    on from there when it is called again with the same data and parameters, and gives what
    it would have given. Needs an int as `random_state`. Functions of yours are part of the
    parameters, with their code and all that it reads. A file that is damaged is made anew, and
    a full disk ends the checkpoints alone, either with a warning. The files are pickles: use no
    folder that others can write to. None writes nothing.
warm_start : bool, default=False
    Whether the search also starts from the program of the previous call of
    :meth:`fit`; ignored where features, classes or grammar have changed.
d_s : int, default=2
    Levels that the graph is unfolded by per round.
N : int, default=2
    Candidates that each edge keeps after pruning.
node_sharing : bool, default=True
    Whether the candidates of a node share its children. False is an ablation of
    the paper, and slow.
unfolding : bool, default=True
    Whether the graph is unfolded round by round. False, an ablation of the paper,
    begins with the full depth.
max_iter : int, default=10
    Greatest number of epochs of one training of the relaxed graph.
max_refinements : int, default=15
    Greatest number of rounds of local search around the best of the programs without
    recurrence, those that hold neither ``Fold`` nor ``SlideWindowAvg[w,values]``. Up
    to a third as many rounds, rounded up, follow around the best of all programs.
    Either part ends early where nothing gets better. 0 leaves the method of the
    paper alone.
batch_size : int or "auto", default="auto"
    Sequences per step; "auto" is 200, or all of them if there are fewer. With a label
    per frame it is so many that they hold about 3000 frames, at least 16, and an epoch
    takes four of these steps at most, with a label per sequence eight.
learning_rate_init : float, default=0.01
    Step size of Adam for the parameters in the training of the relaxed graph.
validation_fraction : float, default=0.4
    Fraction of each class, in (0, 1), that trains the architecture and steers the
    search; the rest trains the parameters. The final fit takes all the data.
n_iter_no_change : int, default=10
    Epochs without a better validation score after which a training ends.
tol : float, default=1e-4
    Rise of the validation score that counts as better.
""".replace("{unlabelled}", UNLABELLED)

ATTRIBUTES = r"""
program_ : Program
    The program, in the units of the data; ``program_(X)`` evaluates it and
    ``print(program_)`` shows it. It is ``programs_[0].program``.
programs_ : ProgramTable
    All discrete programs that the search scored, a list that prints as a table: the chosen
    one, then the others, best first. Each has ``program``, ``score``, ``loss`` and
    ``loss_error`` (all cross-fitted), ``cost``, ``n_parameters``, ``depth``, ``rank``, its place,
    and ``on_front``, which tells the Pareto front of score and cost.
    ``programs_.front`` holds those on the front, and ``programs_.to_frame()`` is a table of
    pandas. Only the chosen one was fitted to all the data; :meth:`refit` does so for others.
classes_ : ndarray of shape (n_classes,)
    The class labels.
grammar_ : Grammar
    The grammar that was searched.
n_features_in_ : int
    Number of features of a frame.
feature_names_in_ : ndarray of str of shape (n_features,)
    Names of the features, only where they have some: by `feature_names`, by the grammar, or by
    the columns of data frames.
n_outputs_ : int
    Values a program gives: 1 for two classes, else the number of classes.
n_iter_ : int
    Epochs of training of the relaxed graph, over all rounds and restarts.
search_history_ : list of dict
    What happened in the search, in order: ``phase``, ``time`` in seconds, ``restart``
    and what belongs to the phase.
"""

CLASS_PROGRAMS = r"""
class_programs_ : dict of label to ProgramTable
    Of each class, what its search scored, as in `programs_`, only with ``decomposition="ovr"`` and
    three classes or more. The program of ``class_programs_[label][0]`` tells the class from all
    others; its calibrated form is part of `program_`. `programs_` then holds `program_` alone, and
    events of `search_history_` tell their ``class``.
"""

NOTES = r"""
KeyboardInterrupt, the first time, and `max_time` end the search but not :meth:`fit`: the
best program so far is chosen and fitted, and a ConvergenceWarning says so. Of restarts that
run side by side those are kept that have ended, also where a process was killed.

Each search runs on one thread, so that the result is the same for every `n_jobs`;
threads would not make it faster, since its tensors are small. Nor would processes make much of
a single search: most of it goes one step after the other. A second core is best given a second
search, or another fold of a cross-validation.
"""

REFERENCES = r"""
.. [1] G. Cui and H. Zhu, "Differentiable synthesis of program architectures",
   NeurIPS 2021.
.. [2] A. Shah, E. Zhan, J. J. Sun, A. Verma, Y. Yue and S. Chaudhuri, "Learning
   differentiable programs with admissible neural heuristics", NeurIPS 2020.
"""
