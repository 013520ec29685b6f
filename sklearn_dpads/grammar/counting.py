"""How many programs a grammar derives, as exact integers."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import comb, prod

from .base import Production, Signature
from .depths import Language, fits


def count_programs(
    grammar: Language,
    signature: str | Signature,
    *,
    max_depth: int,
    n_outputs: int = 1,
    n_features: int | None = None,
) -> int:
    """Count the distinct programs derivable up to a depth.

    Parameters
    ----------
    grammar : Grammar
        The grammar.
    signature : str or Signature
        Signature of the root.
    max_depth : int
        Greatest number of levels; a terminal alone has depth 1.
    n_outputs : int, default=1
        Width of the output.
    n_features : int or None, default=None
        Length of a frame, which matters for ``Input``; None takes a frame to end with
        the last column that the grammar reads.

    Returns
    -------
    count : int
        Programs that differ only in the order of the arguments of a commutative
        production are counted once.

    Raises
    ------
    ValueError
        If ``max_depth``, ``n_outputs`` or ``n_features`` is not a positive integer, or
        the text is no signature.
    """
    counts = count_programs_by_depth(
        grammar, signature, max_depth=max_depth, n_outputs=n_outputs, n_features=n_features
    )
    return sum(counts)


def count_programs_by_depth(
    grammar: Language,
    signature: str | Signature,
    *,
    max_depth: int,
    n_outputs: int = 1,
    n_features: int | None = None,
) -> tuple[int, ...]:
    """Count the distinct programs of each depth.

    Parameters
    ----------
    grammar, signature, max_depth, n_outputs, n_features
        As for :func:`count_programs`.

    Returns
    -------
    counts : tuple of int
        Number of programs of depth exactly 1, 2, …, ``max_depth``.

    Examples
    --------
    >>> from sklearn_dpads import Grammar
    >>> from sklearn_dpads.grammar import count_programs_by_depth
    >>> grammar = Grammar.paper({"acc": [0, 1, 2], "gyro": [3, 4, 5]})
    >>> count_programs_by_depth(grammar, "atom->atom", max_depth=3)
    (3, 39, 75855)
    """
    _check_positive("max_depth", max_depth)
    _check_positive("n_outputs", n_outputs)
    n_features = grammar.min_features if n_features is None else n_features
    _check_positive("n_features", n_features)
    root = Signature.parse(str(signature))

    @cache
    def up_to(depth: int, asked: Signature, width: int) -> int:
        if depth == 0:
            return 0
        fitting = (p for p in grammar.of(asked) if fits(p, width, n_features))
        return sum(derivations(p, depth, width) for p in fitting)

    def derivations(production: Production, depth: int, width: int) -> int:
        choices = [
            up_to(depth - 1, place.signature, 1 if place.condition else width)
            for place in production.arguments
        ]
        if production.commutative:
            # As many multisets as there are ways to pick the arguments in any order.
            return comb(choices[0] + len(choices) - 1, len(choices))
        return prod(choices)

    totals = [up_to(depth, root, n_outputs) for depth in range(max_depth + 1)]
    return tuple(deeper - total for total, deeper in pairwise(totals))


def _check_positive(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a positive integer; got {value!r}.")
