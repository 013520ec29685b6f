"""Bodies of ``Fold`` as a list of operations on rows of values, which a compiled loop runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .block import Block
from .plan import CompletionKey, EdgeUse, Group, Level, SlotUse

# Kinds of operations; fold_kernels.py says what each computes.
LINEAR, ADD, MULTIPLY, SHARE, BLEND, TANH = range(6)

NOTHING = -1

# Kinds of gates.
HARD, SOFT, STRAIGHT_THROUGH = range(3)

Starts = Mapping[tuple[int, object], int]
Rows = list[int]


@dataclass(frozen=True)
class FoldCode:
    """What to compute for a frame, one row of values after the other.

    A row has a value per sequence. The first rows are the accumulators, and each operation
    adds one.

    Parameters
    ----------
    ops : ndarray of int of shape (n_ops, 5)
        Kind and operands. Operands are rows, but for ``LINEAR``: the row of what the frame gives
        or ``NOTHING``, the number of a weight to add or ``NOTHING``, and the first and last plus
        one of its terms.
    terms : ndarray of int of shape (n_terms, 2)
        Row and number of its weight.
    following : ndarray of int of shape (n_states,)
        Rows that become the accumulators.
    """

    ops: np.ndarray
    terms: np.ndarray
    following: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All of it, as the compiled loops take it."""
        return self.ops, self.terms, self.following


class Completion(NamedTuple):
    """Perceptrons of one size in a body: first of their numbers, and what they are of."""

    driven: int
    recurrent: int
    output: int
    places: list[SlotUse]


class Layout:
    """Numbers of the weights and of the rows that frames give.

    Weights are numbered in the order: those that edges give to accumulators, by width; shares of
    candidates; and the completions' by size, those of accumulators and those of the second layer.
    Rows of frames: the edges' by width, then the hidden units' by size.

    Parameters
    ----------
    block : Block
        The bodies.
    completions : dict of (width, hidden, accumulator) to list of SlotUse
        Its perceptrons.
    n_recurrent : int
        Weights for accumulators that an edge has.
    """

    def __init__(
        self, block: Block, completions: Mapping[CompletionKey, list[SlotUse]], n_recurrent: int
    ) -> None:
        self.n_recurrent = n_recurrent
        self.driven: dict[int, int] = {}
        self.recurrent: dict[int, int] = {}
        rows = weights = 0
        for width in block.leaf_widths:
            self.driven[width], self.recurrent[width] = rows, weights
            n = len(block.leaf_edges(width)) * width
            rows, weights = rows + n, weights + n * n_recurrent
        self.shares = weights
        weights += block.n_shares
        self.completions: dict[CompletionKey, Completion] = {}
        for size, places in completions.items():
            width, hidden, accumulator = size
            n = len(places) * hidden
            self.completions[size] = Completion(rows, weights, weights + n * accumulator, places)
            rows += n
            weights += n * accumulator + len(places) * width * (hidden + 1)


class Lowering:
    """Writes the operations of a block, from its deepest level up.

    Parameters
    ----------
    block : Block
        The bodies.
    layout : Layout
        Numbers of weights and rows.
    starts : dict
        First row of each fold's accumulator.
    n_states : int
        Rows of all accumulators.
    """

    def __init__(self, block: Block, layout: Layout, starts: Starts, n_states: int) -> None:
        self.block, self.layout, self.starts = block, layout, starts
        self.n_states = n_states
        self._ops: list[list[int]] = []
        self._terms: list[tuple[int, int]] = []

    def code(self, widths: list[int]) -> FoldCode | None:
        """Write all operations, or give None where a body has a production of a user's own."""
        levels = self.block.plan.levels
        arguments: dict[int, list[Rows]] = {}
        tops: list[dict[int, list[Rows]]] = [{} for _ in levels]
        for i in reversed(range(len(levels))):
            candidates = self._candidates(levels[i], arguments)
            if candidates is None:
                return None
            arguments = {
                width: self._edges(i, width, candidates.get(width, [])) for width in levels[i].edges
            }
            for width, (start, stop) in levels[i].tops.items():
                tops[i][width] = arguments[width][start:stop]
        following = [
            row for width in widths for top in tops for rows in top.get(width, []) for row in rows
        ]
        return FoldCode(
            np.array(self._ops, dtype=np.int64).reshape(-1, 5),
            np.array(self._terms, dtype=np.int64).reshape(-1, 2),
            np.array(following, dtype=np.int64),
        )

    def _write(self, kind: int, *operands: int) -> int:
        self._ops.append([kind, *operands, *[NOTHING] * (4 - len(operands))])
        return self.n_states + len(self._ops) - 1

    def _linear(self, driven: int, weight: int, terms: list[tuple[int, int]]) -> int:
        start = len(self._terms)
        self._terms.extend(terms)
        return self._write(LINEAR, driven, weight, start, len(self._terms))

    def _edges(self, i: int, width: int, candidates: list[Rows]) -> list[Rows]:
        """Rows of a level's edges."""
        uses, shares = self.block.plan.levels[i].edges[width], self.block.shares[i]
        before = sum(len(self.block.with_leaves(j, width)) for j in range(i))
        if width in shares:
            terms: dict[int, list[tuple[int, int]]] = {}
            for edge, column, number in shares[width]:
                terms.setdefault(edge, []).append((column, number))
            return [
                self._leaf(use, before + e, [(candidates[c], s) for c, s in terms.get(e, [])])
                for e, use in enumerate(uses)
            ]
        # Every edge has one candidate: what isn't a leaf is the candidate's row itself.
        mixing = self.block.plan.levels[i].mixing[width]
        chosen = dict(zip(mixing.edges, mixing.columns, strict=True))
        found = []
        for e, use in enumerate(uses):
            if e in chosen:
                found.append(candidates[chosen[e]])
            else:
                found.append(self._leaf(use, before, []))
                before += 1
        return found

    def _leaf(self, use: EdgeUse, number: int, shares: list[tuple[Rows, int]]) -> Rows:
        """Rows of an edge that may lead to leaves, with what its other candidates add."""
        width, n_recurrent = use.target.width, self.layout.n_recurrent
        state = self.starts[use.graph, use.context]
        found = []
        for i in range(width):
            row = number * width + i
            first = self.layout.recurrent[width] + row * n_recurrent
            terms = [(state + j, first + j) for j in range(use.target.accumulator)]
            terms += [(rows[i], self.layout.shares + share) for rows, share in shares]
            found.append(self._linear(self.layout.driven[width] + row, NOTHING, terms))
        return found

    def _candidates(
        self, level: Level, arguments: dict[int, list[Rows]]
    ) -> dict[int, list[Rows]] | None:
        found: dict[int, list[Rows]] = {}
        for group in level.groups:
            values = [arguments[width][start:stop] for width, start, stop in group.arguments]
            if group.kind == "mlp":
                rows = self._perceptrons(group)
            elif group.kind == "pass":
                (rows,) = values
            else:
                write = _COMBINATIONS.get(getattr(group.production, "meaning", ""))
                if write is None:
                    return None
                rows = [write(self, *of) for of in zip(*values, strict=True)]
            found.setdefault(group.width, []).extend(rows)
        return found

    def _add(self, one: Rows, other: Rows) -> Rows:
        return [self._write(ADD, *pair) for pair in zip(one, other, strict=True)]

    def _multiply(self, one: Rows, other: Rows) -> Rows:
        return [self._write(MULTIPLY, *pair) for pair in zip(one, other, strict=True)]

    def _choice(self, condition: Rows, then: Rows, other: Rows) -> Rows:
        share = self._write(SHARE, *condition)
        return [self._write(BLEND, share, *pair) for pair in zip(then, other, strict=True)]

    def _perceptrons(self, group: Group) -> list[Rows]:
        width, hidden, accumulator = group.width, group.hidden, group.accumulator
        of = self.layout.completions[width, hidden, accumulator]
        found = []
        for place in range(group.first, group.first + len(group.members)):
            g, _, fold = of.places[place]
            units = []
            for unit in range(place * hidden, (place + 1) * hidden):
                first = of.recurrent + unit * accumulator
                terms = [(self.starts[g, fold] + j, first + j) for j in range(accumulator)]
                units.append(self._write(TANH, self._linear(of.driven + unit, NOTHING, terms)))
            rows = []
            for i in range(place * width, (place + 1) * width):
                first = of.output + i * (hidden + 1)
                terms = [(unit, first + j) for j, unit in enumerate(units)]
                rows.append(self._linear(NOTHING, first + hidden, terms))
            found.append(rows)
        return found


# By the name of the meaning, as in semantics.py.
_COMBINATIONS: dict[str, Callable[..., Rows]] = {
    "add": Lowering._add,
    "multiply": Lowering._multiply,
    "choice": Lowering._choice,
}
