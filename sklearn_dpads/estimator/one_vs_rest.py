"""A short program for each class against all others, and one of several classes made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..grammar import OneVsRest
from ..program import Expression
from ..search import Defect, JudgedProgram, OutputScores, defect_of
from ..training import IGNORED, few_labelled
from .calibration import Calibration
from .checkpoints import identity_of
from .interrupts import interrupts_wait
from .results import outcome_of_choice
from .scoring import make_forest_scorer
from .task import Outcome, Task

# Two numbers for each class are told by so many labels as well as by all of them.
_MOST_LABELS = 20_000

Scoring = str | Callable[[Any, Any, Any], float] | None


def is_divided(decomposition: str | None, n_classes: int) -> bool:
    """Whether each class has a program of its own; with two classes one tells both."""
    return decomposition == "ovr" and n_classes > 2


def names_against_rest(label: Any) -> tuple[str, str]:
    """Give names of the two classes that a program for one class tells apart.

    Examples
    --------
    >>> names_against_rest("walk"), names_against_rest(3)
    (('not walk', 'walk'), ('not 3', '3'))
    """
    return f"not {label}", str(label)


def price_of_each(task: Task) -> float:
    """Price of a unit of structural cost of a program for one class.

    It is as many times that of a program of all classes as there are classes: so many programs
    are to be read. On three divisions of the training parts of BasicMotions, RacketSports and
    NATOPS, sums of readers cost 31 in place of 42 for four times the price, with 100 numbers in
    place of 134 and an F1 of 0.919 in place of 0.914; more than that hasn't been tried
    (benchmarks/reading.py --decomposition).
    """
    return task.search.price(_penalty_of_each(task), task.n_sequences)


def _penalty_of_each(task: Task) -> float:
    return task.structural_penalty * len(task.classes)


def task_of_each_class(task: Task, scoring: Scoring) -> list[Task]:
    """Divide what is searched into a task for each class: whether a label is it, or another.

    Parameters
    ----------
    task : Task
        With three classes or more.
    scoring : str, callable or None
        What programs are ranked by; their labels are 0 and 1 here.
    """
    tasks = []
    for number, label in enumerate(task.classes):
        codes = np.where(task.codes < 0, task.codes, task.codes == number)
        of_class = replace(
            task,
            codes=codes,
            classes=names_against_rest(label),
            scorer=make_forest_scorer(scoring, np.array([0, 1]), codes),
            structural_penalty=_penalty_of_each(task),
            initial=tuple(whole.args[number] for whole in task.initial),
            one_class=(label,),
        )
        tasks.append(replace(of_class, identity=identity_of(of_class)))
    return tasks


@interrupts_wait()
def assembled(task: Task, by_class: Sequence[Sequence[Outcome]]) -> Outcome:
    """Make one program of the program of each class, and judge it by cross-fitting.

    Its values are calibrated together on what the programs give for sequences that they were
    fitted without, and by these values it is judged.

    Parameters
    ----------
    task : Task
        The problem of all classes.
    by_class : sequence of sequence of Outcome
        What the searches of each class gave.

    Returns
    -------
    outcome : Outcome
        With one program, its defect, and the events of all searches.
    """
    price = price_of_each(task)
    chosen = [outcome_of_choice(outcomes, price, task.rule) for outcomes in by_class]
    programs = [outcome.programs[0].expression for outcome in chosen]
    values = np.concatenate(
        [outcome.held_out for outcome in chosen if outcome.held_out is not None]
    )
    targets = replace(task, device="cpu").targets(torch.float64)
    if targets.codes.ndim > 1:
        targets = targets.until(values.shape[1] // targets.n_samples)
    codes, weights = (part.numpy() for part in targets.flatten())
    known = few_labelled(targets, _MOST_LABELS).numpy()
    calibration = Calibration.fit(values.T[known], codes[known], weights[known], programs)
    outputs = torch.as_tensor(calibration(values.T).T[None])
    found = OutputScores.of(
        outputs,
        targets,
        task.scorer,
        task.search,
        task.search.training.f1_weight,
        task.groups_trained_on(),
    )
    whole = Expression(
        OneVsRest(task.signature, len(programs)),
        len(programs),
        args=tuple(calibration.of_program(p, k) for k, p in enumerate(programs)),
    )
    defect = _defect(task, whole)
    judged = JudgedProgram(
        whole,
        float(found.scores[0]),
        float(found.losses[0]),
        float(found.errors[0]),
        sound=defect is None,
        recalls=tuple(found.recalls[0]),
    )
    events = [event for outcomes in by_class for outcome in outcomes for event in outcome.events]
    return Outcome([judged], defect, events)


def _defect(task: Task, expression: Expression) -> Defect | None:
    """The worst defect on the training data."""
    bound = task.search.training.bound
    return defect_of(expression, task.sequences, task.codes != IGNORED, bound)
