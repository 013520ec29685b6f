"""The parts of a program, and what they give on labelled sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..inputs.sequences import Sequences
from ..program import Expression, Program
from ..program.class_tables import ADDITIVE
from ..program.compact import compact, compact_part
from ..program.text import class_of_part, output_names
from ..program.walk import walk_values

Array = NDArray[np.float64]
Path = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PartValues:
    """What a part of a program gives.

    Parameters
    ----------
    path : tuple of int
        Where it stands.
    title : str
        The part in one line, with its role in a choice, and its class where each has a program.
    values : ndarray of float64 of shape (n_samples, n_timesteps, width)
        Its value after each frame; NaN past a sequence's end, where other branches are taken, and
        where it is not finite. Of several classes, less the mean of all where that decides nothing.
    per_class : bool
        Whether it has a value for each class.
    """

    path: Path
    title: str
    values: Array
    per_class: bool


def part_values(program: Program, data: Sequences, most: int) -> list[PartValues]:
    """Evaluate the program and what it adds, multiplies and chooses between.

    Parameters
    ----------
    program : Program
        The program.
    data : Sequences
        The sequences.
    most : int
        Most parts; those nearest to the root are kept, in the order of the program.
    """
    titles = dict(_parts(program))
    kept = set(sorted(titles, key=len)[:most])
    additive = set(_added(program.expression, ()))
    found = []
    with np.errstate(all="ignore"):
        for place in walk_values(program.expression, data):
            if place.path not in kept:
                continue
            seen = place.reached & data.mask() & np.isfinite(place.values).all(axis=-1)
            values = np.where(seen[..., None], place.values, np.nan)
            per_class = place.expression.width > 1
            if per_class and place.path in additive:
                values = values - values.mean(axis=-1, keepdims=True)
            found.append(PartValues(place.path, titles[place.path], values, per_class))
    return found


def class_names(program: Program) -> tuple[str, ...]:
    """Give the names of the classes of a program that knows them."""
    assert program.classes is not None
    return output_names(len(program.classes), program.classes)


def _parts(program: Program) -> Iterator[tuple[Path, str]]:
    """Give the paths and titles of the program and of its parts."""
    yield (), compact(program)
    for path, node in program.expression.walk():
        places = node.production.arguments
        for i, (arg, place) in enumerate(zip(node.args, places, strict=True)):
            # The arguments of a sum within a sum are parts of the whole one.
            if len(node.args) > 1 and arg.production != node.production:
                role = f"{place.role}: " if place.role else ""
                below = (*path, i)
                yield below, class_of_part(program, below) + role + compact_part(program, arg)


def _added(node: Expression, path: Path) -> Iterator[Path]:
    """Give the paths of what is added up on its way to the root."""
    yield path
    if node.production.meaning in ADDITIVE:
        for i, (arg, place) in enumerate(zip(node.args, node.production.arguments, strict=True)):
            if not place.condition:
                yield from _added(arg, (*path, i))
