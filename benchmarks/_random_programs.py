"""Random programs that are worth searching for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads import Grammar, Program
from sklearn_dpads.datasets import make_program_classification
from sklearn_dpads.grammar import (
    LIST_TO_ATOM,
    Add,
    Affine,
    Constant,
    Fold,
    Multiply,
    Signature,
    SlideWindowAvg,
)
from sklearn_dpads.program import Expression

LARGEST_VALUE = 1e3
LARGEST_RECURRENT_NORM = 0.9
LEAST_CHANGE = 0.05
MOST_REFUSED = 2000


def random_programs(
    grammar: Grammar, X: NDArray[np.float64], *, max_depth: int, seed: int
) -> Iterator[Program]:
    """Draw programs of one output, all of different productions, that are worth finding.

    Refused are programs whose sign is positive for less than a quarter or more than three
    quarters of the sequences, those with a value beyond ±1000, and those that a smaller program
    stands in for: see :func:`needs_all_its_parts`.

    Parameters
    ----------
    grammar : Grammar
        The language.
    X : ndarray of shape (n_samples, n_timesteps, n_features)
        Sequences of the kind that the programs are for.
    max_depth : int
        Greatest depth.
    seed : int
        Determines the programs. The first ones do not depend on how many are taken.

    Yields
    ------
    program : Program
        From list to atom.

    Raises
    ------
    ValueError
        If 2000 programs in a row were refused.
    """
    rng = np.random.default_rng(seed)
    n_features = X.shape[2]
    met: set[str] = set()
    refused = 0
    while refused < MOST_REFUSED:
        expression = random_expression(grammar, LIST_TO_ATOM, n_features, max_depth, rng)
        program = Program(expression, n_features)
        shape = productions(expression)
        wanted = shape not in met and tells_apart(program, X)
        if not wanted or not needs_all_its_parts(program, X):
            refused += 1
            continue
        met.add(shape)
        refused = 0
        yield program
    raise ValueError(
        f"The last {MOST_REFUSED} random programs were unbalanced, larger than needed, or of "
        f"productions drawn before; {len(met)} were found. Ask for fewer or for deeper ones."
    )


def random_expression(
    grammar: Grammar,
    signature: Signature,
    n_features: int,
    depth: int,
    rng: np.random.Generator,
    width: int = 1,
    accumulator: int = 0,
) -> Expression:
    """Draw an expression, at each place uniformly from the productions that fit in the depth.

    Parameters are standard normal; the recurrent part of ``Affine`` is scaled down to norm
    0.9 where it is larger.
    """
    candidates = grammar.candidates(signature, width=width, n_features=n_features, depth=depth)
    production = candidates[rng.integers(len(candidates))]
    shown = width if isinstance(production, Fold) else accumulator
    args = tuple(
        random_expression(
            grammar,
            place.signature,
            n_features,
            depth - 1,
            rng,
            1 if place.condition else width,
            shown,
        )
        for place in production.arguments
    )
    params = {
        name: rng.standard_normal(shape)
        for name, shape in production.parameter_shapes(width, accumulator).items()
    }
    if "recurrent" in params:
        norm = np.linalg.norm(params["recurrent"], ord=2)
        params["recurrent"] *= min(1.0, LARGEST_RECURRENT_NORM / norm)
    return Expression(production, width, accumulator, args, params)


def tells_apart(program: Program, X: NDArray[np.float64]) -> bool:
    """Whether both signs are frequent and no value is huge."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = program(X)[:, 0]
    if not (np.abs(values) <= LARGEST_VALUE).all():
        return False
    return 0.25 <= np.mean(values > 0) <= 0.75


def needs_all_its_parts(program: Program, X: NDArray[np.float64]) -> bool:
    """Whether no part of the program is in vain.

    It is in vain if putting one of its own arguments in its place leaves the sign as it was for
    more than 95 % of the sequences, as with a condition that nearly always holds; and if its
    neighbour could take it up, as with a constant that is added to ``Affine``.
    """
    if any(_collapses(node) for _, node in program.expression.walk()):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        signs = program(X) > 0
        return all(
            np.mean((program.with_expression(smaller)(X) > 0) != signs) >= LEAST_CHANGE
            for smaller in shrunken(program.expression)
        )


def shrunken(expression: Expression) -> Iterator[Expression]:
    """The expression with one argument in the place of its parent, in all ways."""
    for i, arg in enumerate(expression.args):
        if _place(arg) == _place(expression):
            yield arg
        for smaller in shrunken(arg):
            yield expression.with_args((*expression.args[:i], smaller, *expression.args[i + 1 :]))


def _place(expression: Expression) -> tuple[Signature, int, int]:
    return expression.signature, expression.width, expression.accumulator


def _collapses(node: Expression) -> bool:
    """Whether one argument could take up the other: k + f, k * f, or two Affine of one group."""
    if not isinstance(node.production, Add | Multiply):
        return False
    first, second = (arg.production for arg in node.args)
    if isinstance(first, Constant) or isinstance(second, Constant):
        return True
    return isinstance(node.production, Add) and isinstance(first, Affine) and first == second


def productions(expression: Expression) -> str:
    """The productions of an expression, the same for those that are always equal.

    Windows that average values and windows that average frames are, over affine maps.
    """
    return _with_mean_frames(expression).skeleton()


def _with_mean_frames(expression: Expression) -> Expression:
    args = tuple(_with_mean_frames(arg) for arg in expression.args)
    production = expression.production
    if isinstance(production, SlideWindowAvg):
        inner = (node.production for arg in args for _, node in arg.walk())
        if all(isinstance(p, Affine | Constant | Add) for p in inner):
            production = replace(production, of="frames")
    return Expression(production, expression.width, expression.accumulator, args, expression.params)


def draw_sequences(
    grammar: Grammar, n_samples: int, n_timesteps: int, random_state: int
) -> NDArray[np.float64]:
    """Sequences as :func:`make_program_classification` draws them, whatever the program."""
    group, columns = next(iter(grammar.feature_groups.items()))
    any_program = f"Fold(Affine[{group}](x{columns[0]}))"
    X, _ = make_program_classification(
        any_program, n_samples, n_timesteps, grammar=grammar, random_state=random_state
    )
    return X
