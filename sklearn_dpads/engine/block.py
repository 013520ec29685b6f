"""Evaluation of one block of a forest, from its deepest level up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .plan import BlockPlan, Group, Level
from .semantics import Gate, combine

External = Callable[[Group], Tensor]


@dataclass(frozen=True)
class Mixed:
    """SlotUse of a level's mixing matrix in the block's flat buffer."""

    start: int
    n_edges: int
    n_columns: int


class Block:
    """Evaluator of a :class:`BlockPlan`.

    Parameters
    ----------
    plan : BlockPlan
        What to compute.
    weight_index : callable
        Maps (width, row, column) to the position of an architecture weight in the flat
        vector of all of them.
    """

    def __init__(self, plan: BlockPlan, weight_index: Callable[[int, int, int], int]) -> None:
        self.plan = plan
        self.mixed: list[dict[int, Mixed]] = []
        entries: list[int] = []
        sources: list[int] = []
        size = 0
        for level in plan.levels:
            here: dict[int, Mixed] = {}
            for width, uses in level.edges.items():
                n_columns = sum(len(g.members) for g in level.groups if g.width == width)
                if not n_columns:
                    continue
                here[width] = Mixed(size, len(uses), n_columns)
                mixing = level.mixing[width]
                for i, column, (row, k) in zip(
                    mixing.edges, mixing.columns, mixing.weights, strict=True
                ):
                    entries.append(size + i * n_columns + column)
                    sources.append(weight_index(width, row, k))
                size += len(uses) * n_columns
            self.mixed.append(here)
        self._size = size
        self._entries = torch.tensor(entries, dtype=torch.long)
        self._sources = torch.tensor(sources, dtype=torch.long)
        self._splits = [_argument_sizes(plan, i) for i in range(len(plan.levels))]
        self._level_sizes = {
            width: [len(level.edges.get(width, [])) for level in plan.levels]
            for width in plan.widths
        }

    def mixing(self, weights: Tensor) -> list[dict[int, Tensor]]:
        """Fill the mixing matrices of all levels from the flat architecture weights."""
        flat = weights.new_zeros(self._size)
        flat = flat.index_put((self._entries,), weights.index_select(0, self._sources))
        return [
            {
                width: flat[m.start : m.start + m.n_edges * m.n_columns].view(
                    m.n_edges, m.n_columns
                )
                for width, m in here.items()
            }
            for here in self.mixed
        ]

    def evaluate(
        self,
        base: Mapping[int, Tensor],
        mixing: list[dict[int, Tensor]],
        external: External,
        gate: Gate,
        bound: float | None,
    ) -> list[dict[int, Tensor]]:
        """Give the values of the edges that enter the block, level by level.

        Parameters
        ----------
        base : dict of int to Tensor of shape (n_edges, width, n_positions)
            Share of the leaves in every edge's mixture, by width.
        mixing : list of dict of int to Tensor of shape (n_edges, n_columns)
            What :meth:`mixing` gives.
        external : callable
            Values of the groups that are computed elsewhere.
        gate : callable
            How a condition becomes the share of the first branch.
        bound : float or None
            Greatest size of a product.

        Returns
        -------
        tops : list of dict of int to Tensor of shape (n_tops, width, n_positions)
        """
        pieces = {w: v.split(self._level_sizes[w], dim=0) for w, v in base.items()}
        tops: list[dict[int, Tensor]] = [{} for _ in self.plan.levels]
        arguments: dict[int, tuple[Tensor, ...]] = {}
        for i in reversed(range(len(self.plan.levels))):
            level = self.plan.levels[i]
            candidates = self._candidates(level, arguments, external, gate, bound)
            arguments = {}
            for width in level.edges:
                value = pieces[width][i]
                if width in mixing[i]:
                    flat = candidates[width].flatten(1)
                    value = torch.addmm(value.flatten(1), mixing[i][width], flat).view_as(value)
                sizes = self._splits[i][width]
                parts = value.split(sizes, dim=0) if len(sizes) > 1 else (value,)
                if width in level.tops:
                    tops[i][width] = parts[-1]
                arguments[width] = parts
        return tops

    def _candidates(
        self,
        level: Level,
        arguments: dict[int, tuple[Tensor, ...]],
        external: External,
        gate: Gate,
        bound: float | None,
    ) -> dict[int, Tensor]:
        used = dict.fromkeys(arguments, 0)
        rows: dict[int, list[Tensor]] = {}
        for group in level.groups:
            values = []
            for width, _, _ in group.arguments:
                values.append(arguments[width][used[width]])
                used[width] += 1
            if group.kind == "combine":
                value = combine(group.production, values, gate, bound)
            elif group.kind == "pass":
                (value,) = values
            else:
                value = external(group)
            rows.setdefault(group.width, []).append(value)
        return {w: torch.cat(r) if len(r) > 1 else r[0] for w, r in rows.items()}


def _argument_sizes(plan: BlockPlan, i: int) -> dict[int, list[int]]:
    """Sizes of the pieces of a level's edges: the level above's arguments, then the tops."""
    sizes: dict[int, list[int]] = {width: [] for width in plan.levels[i].edges}
    for group in plan.levels[i - 1].groups if i else []:
        for width, start, stop in group.arguments:
            sizes[width].append(stop - start)
    for width, (start, stop) in plan.levels[i].tops.items():
        sizes[width].append(stop - start)
    return sizes
