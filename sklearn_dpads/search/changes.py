"""What edits do: changes of one place of a program, with parameters that keep what it computes.

Some edits begin close to the function they come from, and training only has to find
whether the new part helps: an added summand is near zero, and reads no accumulator yet; so
is an added product of two terminals; an added factor is near one; an added condition has
two branches that repeat the node. ``Input`` is no small part wherever it is added, since
it has no parameters.

The other edits begin elsewhere. A leaf made one of two branches keeps its values, but the
other branch is a new terminal with small weights; a production swapped, removed, or
put around a node changes the function at once. A filter in the place of another one keeps its
frequency and its spread, and a terminal its bias and what it reads of an accumulator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..grammar import Production
from ..program import Expression

# Makes another expression of one in its place.
Change = Callable[[Expression, np.random.Generator], Expression]
# A terminal, and the readers around it, outermost first; none where it stands alone.
Simplest = tuple[tuple[Production, ...], Production]


@dataclass(frozen=True)
class Edit:
    """A change of one place of a program, which can be made in every version of the program.

    An edit holds no number of the program it was made for, so that versions whose parameters
    have seen other sequences stay apart.

    Parameters
    ----------
    path : tuple of int
        The place, as the numbers of the arguments that lead to it.
    change : callable
        Makes what comes there of what is there.
    seed : int
        Seed of the numbers that are new, the same in every version.
    brings : tuple of Production
        Productions that come into the program by it.
    """

    path: tuple[int, ...]
    change: Change
    seed: int
    brings: tuple[Production, ...]

    def apply(self, expression: Expression) -> Expression:
        """Make the edit in a version of the program."""
        rng = np.random.default_rng(self.seed)
        return expression.changed_at(self.path, lambda node: self.change(node, rng))


def argument(index: int) -> Change:
    """Leave one argument of a node alone."""
    return lambda node, rng: node.args[index]


def put(terminal: Production) -> Change:
    """Put a terminal in the place of whatever is there."""
    return lambda node, rng: _make(terminal, node.width, node.accumulator, (), rng)


def in_place(terminal: Production) -> Change:
    """Put a terminal in the place of another, whose bias and accumulator it takes over."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        made = _make(terminal, node.width, node.accumulator, (), rng)
        bias = node.params.get("bias", node.params.get("value"))
        if bias is None:
            return made
        return _beginning(made, bias, node.params.get("recurrent"))

    return change


def around(production: Production) -> Change:
    """Put a production around a node."""
    return lambda node, rng: _make(production, node.width, node.accumulator, (node,), rng)


def joined_to(production: Production, neutral: float, other: Simplest) -> Change:
    """Join a node with another that begins near what changes nothing."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        bias = np.full(node.width, neutral)
        args = (node, _small(other, node.width, node.accumulator, bias, rng))
        return _make(production, node.width, node.accumulator, args, rng)

    return change


def plus_product(
    add: Production, multiply: Production, left: Production, right: Production
) -> Change:
    """Add a product of two terminals, small but with a gradient to both."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        size = node.width, node.accumulator
        nothing = np.zeros(node.width)
        factors = tuple(_small(((), t), *size, nothing, rng) for t in (left, right))
        product = _make(multiply, *size, factors, rng)
        return _make(add, *size, (node, product), rng)

    return change


def both(production: Production, condition: Simplest) -> Change:
    """Make a node both branches of a condition."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        args = (_small(condition, 1, node.accumulator, None, rng), node, node)
        return _make(production, node.width, node.accumulator, args, rng)

    return change


def one_of(production: Production, condition: Simplest, other: Production) -> Change:
    """Make a node one of two branches, the other a terminal."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        args = (
            _small(condition, 1, node.accumulator, None, rng),
            node,
            _make(other, node.width, node.accumulator, (), rng),
        )
        return _make(production, node.width, node.accumulator, args, rng)

    return change


def exchanged(production: Production) -> Change:
    """Put another production in the place of a node's own."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        accumulator = production.accumulator_shown(node.width, node.accumulator)
        args = tuple(_with_accumulator(arg, accumulator, rng) for arg in node.args)
        made = _make(production, node.width, node.accumulator, args, rng)
        return _with_shared(made, node)

    return change


def read_by(readers: tuple[Production, ...], n_readers: int) -> Change:
    """Put other readers in the place of those around a function of frames."""

    def change(node: Expression, rng: np.random.Generator) -> Expression:
        function = node
        for _ in range(n_readers):
            (function,) = function.args
        return _read(readers, function, node.width, rng)

    return change


def _read(
    readers: tuple[Production, ...],
    function: Expression,
    width: int,
    rng: np.random.Generator,
) -> Expression:
    accumulator = readers[-1].accumulator_shown(width, 0)
    expression = _with_accumulator(function, accumulator, rng)
    for production in reversed(readers):
        expression = _make(production, width, 0, (expression,), rng)
    return expression


def _small(
    simplest: Simplest,
    width: int,
    accumulator: int,
    bias: np.ndarray | None,
    rng: np.random.Generator,
) -> Expression:
    """Make one of the simplest expressions; where a bias is given, it begins as just that."""
    readers, terminal = simplest
    shown = readers[-1].accumulator_shown(width, 0) if readers else accumulator
    leaf = _make(terminal, width, shown, (), rng)
    leaf = leaf if bias is None else _beginning(leaf, bias, None)
    return _read(readers, leaf, width, rng) if readers else leaf


def _make(
    production: Production,
    width: int,
    accumulator: int,
    args: tuple[Expression, ...],
    rng: np.random.Generator,
) -> Expression:
    shapes = production.parameter_shapes(width, accumulator)
    ranges = production.parameter_ranges
    params = {name: _draw(name, shape, ranges.get(name), rng) for name, shape in shapes.items()}
    return Expression(production, width, accumulator, args, params)


def _with_accumulator(node: Expression, accumulator: int, rng: np.random.Generator) -> Expression:
    if node.accumulator == accumulator:
        return node
    args = tuple(_with_accumulator(arg, accumulator, rng) for arg in node.args)
    made = _make(node.production, node.width, accumulator, args, rng)
    return _with_shared(made, node)


# New weights begin small, so that what is added changes little, and not at zero, where a product
# has no gradient. An accumulator begins by halving what came before.
_NEW_WEIGHT, _NEW_RECURRENCE = 0.1, 0.5


def _draw(
    name: str,
    shape: tuple[int, ...],
    bounds: tuple[float, float] | None,
    rng: np.random.Generator,
) -> np.ndarray:
    if bounds is not None:
        return rng.uniform(*bounds, size=shape)
    if name == "weight":
        return _NEW_WEIGHT * rng.standard_normal(shape)
    if name == "recurrent":
        return _NEW_RECURRENCE * np.eye(shape[0], shape[1])
    return np.zeros(shape)


def _with_shared(made: Expression, node: Expression) -> Expression:
    """Give an expression the parameters that it shares with the one it comes in the place of."""
    kept = {name: value for name, value in node.params.items() if name in made.params}
    return made.with_params({**made.params, **kept})


def _beginning(terminal: Expression, bias: np.ndarray, recurrent: np.ndarray | None) -> Expression:
    """Give a terminal another bias, and let it read the accumulator as told, or not at all."""
    params = dict(terminal.params)
    for name in ("bias", "value"):
        if name in params:
            params[name] = bias
    if "recurrent" in params:
        shape = params["recurrent"].shape
        params["recurrent"] = np.zeros(shape) if recurrent is None else recurrent
    return terminal.with_params(params)
