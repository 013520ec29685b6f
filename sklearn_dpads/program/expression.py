"""Expressions: the tree a program is made of, with its parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..grammar import (
    Production,
    Signature,
)

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Expression:
    """A production applied to arguments.

    Parameters
    ----------
    production : Production
        The rule at this place.
    width : int
        Length of the value: the program's number of outputs, or 1 in a condition and in a
        program for one class.
    accumulator : int, default=0
        Length of the accumulator that an enclosing ``Fold`` shows to this place; 0
        outside ``Fold``.
    args : tuple of Expression, default=()
        One expression per argument of the production.
    params : dict of str to ndarray of float64, default={}
        ``Affine``: ``weight`` (width, len(features)), ``bias`` (width,) and, inside
        ``Fold``, ``recurrent`` (width, accumulator). ``Constant``: ``value`` (width,).
        ``Fold``: ``initial`` (width,). ``TemporalFilter``: ``frequency`` and ``spread`` (1,).
        Others have none. Kept as read-only arrays, which
        an expression made of another one shares with it.

    Raises
    ------
    ValueError
        If the arguments or the parameters do not fit the production.
    """

    production: Production
    width: int
    accumulator: int = 0
    args: tuple[Expression, ...] = ()
    params: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        arrays = {name: _frozen(value) for name, value in self.params.items()}
        object.__setattr__(self, "params", arrays)
        object.__setattr__(self, "args", tuple(self.args))
        self._check_arguments()
        self._check_parameters()

    @property
    def signature(self) -> Signature:
        """Signature of the expression."""
        return self.production.signature

    @cached_property
    def cost(self) -> int:
        """Structural cost: the sum over the productions of max(1, number of arguments)."""
        return self.production.cost + sum(arg.cost for arg in self.args)

    @cached_property
    def n_parameters(self) -> int:
        """Number of parameters other than 0."""
        own = sum(int(np.count_nonzero(value)) for value in self.params.values())
        return own + sum(arg.n_parameters for arg in self.args)

    @cached_property
    def depth(self) -> int:
        """Number of levels; 1 for a terminal.

        A sum within a sum is one sum, and adds none; nor do programs side by side.
        """
        own = self.production.meaning != "side_by_side"
        return own + max((self._below(arg) for arg in self.args), default=0)

    def _below(self, arg: Expression) -> int:
        merged = self.production.meaning == "add" and arg.production == self.production
        return arg.depth - merged

    @cached_property
    def n_productions(self) -> int:
        """Number of productions in the tree."""
        return 1 + sum(arg.n_productions for arg in self.args)

    def walk(self, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Expression]]:
        """Visit the tree in depth-first order, giving (path, expression) pairs."""
        yield path, self
        for i, arg in enumerate(self.args):
            yield from arg.walk((*path, i))

    def skeleton(self) -> str:
        """Text of the productions alone, the same for commutative twins."""
        return self._skeleton

    @cached_property
    def _skeleton(self) -> str:
        parts = [arg.skeleton() for arg in self.args]
        if self.production.commutative:
            parts.sort()
        return self.production.label + (f"({', '.join(parts)})" if parts else "")

    def members(self) -> Iterator[Expression]:
        """The arguments; of a sum within a sum, or a product within one, those of both."""
        for arg in self.args:
            if self.production.commutative and arg.production == self.production:
                yield from arg.members()
            else:
                yield arg

    def with_params(self, params: Mapping[str, Array]) -> Expression:
        """Give this expression with other parameters of the same shapes."""
        arrays = {name: _frozen(value) for name, value in params.items()}
        if _shapes(arrays) == _shapes(self.params):
            return self._with(self.args, arrays)
        return Expression(self.production, self.width, self.accumulator, self.args, arrays)

    def with_args(self, args: tuple[Expression, ...]) -> Expression:
        """Give this expression with other arguments."""
        if len(args) == len(self.args) and all(map(_is_alike, args, self.args)):
            return self._with(args, self.params)
        return Expression(self.production, self.width, self.accumulator, args, self.params)

    def changed_at(
        self, path: Sequence[int], change: Callable[[Expression], Expression]
    ) -> Expression:
        """Give this expression with another one at a path.

        Parameters
        ----------
        path : sequence of int
            Which argument to go to, and of that which, and so on.
        change : callable
            Gives what is to stand there of what stands there.
        """
        if not path:
            return change(self)
        args = list(self.args)
        args[path[0]] = args[path[0]].changed_at(path[1:], change)
        return self.with_args(tuple(args))

    def _with(self, args: tuple[Expression, ...], params: Mapping[str, Array]) -> Expression:
        """Give this expression with parts that fit as its own do, which are not checked again.

        A search makes many thousands, of parts that were checked when they were made.
        """
        made = object.__new__(Expression)
        parts = {"production": self.production, "width": self.width, "args": args}
        made.__dict__.update(parts, accumulator=self.accumulator, params=params)
        return made

    def _check_arguments(self) -> None:
        wanted = self.production.arguments
        label = self.production.label
        if self.production.fixed_width not in (None, self.width):
            raise ValueError(
                f"{label} gives {self.production.fixed_width} values, but width {self.width} is "
                "asked for."
            )
        if len(self.args) != len(wanted):
            raise ValueError(f"{label} takes {len(wanted)} arguments; got {len(self.args)}.")
        accumulator = self.production.accumulator_shown(self.width, self.accumulator)
        for i, (arg, place) in enumerate(zip(self.args, wanted, strict=True)):
            width = place.width_in(self.width)
            if arg.signature != place.signature:
                raise ValueError(
                    f"Argument {i} of {label} must be {place.signature}; "
                    f"{arg.production.label} is {arg.signature}."
                )
            if arg.width != width or arg.accumulator != accumulator:
                raise ValueError(
                    f"Argument {i} of {label} must have width {width} and accumulator "
                    f"{accumulator}; got {arg.width} and {arg.accumulator}."
                )

    def _check_parameters(self) -> None:
        wanted = self.production.parameter_shapes(self.width, self.accumulator)
        given = _shapes(self.params)
        if given != wanted:
            raise ValueError(
                f"{self.production.label} of width {self.width} needs parameters of shapes "
                f"{wanted}; got {given}."
            )


def _is_alike(one: Expression, other: Expression) -> bool:
    """Whether an expression fits wherever another one does."""
    return one is other or (
        one.width == other.width
        and one.accumulator == other.accumulator
        and one.signature == other.signature
    )


def _shapes(params: Mapping[str, Array]) -> dict[str, tuple[int, ...]]:
    return {name: value.shape for name, value in params.items()}


def _frozen(value: Array) -> Array:
    array = np.asarray(value, dtype=np.float64)
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


# Exports, copies and pickles walk down a tree with up to six calls a level, and Python allows a
# thousand in all: programs of 130 levels still go through all of them, those of 160 don't.
MOST_LEVELS = 100


def check_levels(expression: Expression) -> None:
    """Refuse a tree that is read from text, and that other functions couldn't walk down.

    Raises
    ------
    ValueError
        If it has more than :data:`MOST_LEVELS` levels.
    """
    level, n_levels = [expression], 0
    while level:
        n_levels += 1
        level = [arg for member in level for arg in member.args]
    if n_levels > MOST_LEVELS:
        raise ValueError(
            f"The program is nested too deeply to be read: it has {n_levels} levels, and at most "
            f"{MOST_LEVELS} are read."
        )
