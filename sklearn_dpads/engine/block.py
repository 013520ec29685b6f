"""Evaluation of one block of a forest, from its deepest level up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .plan import BlockPlan, EdgeUse, Group, Level, Mixing
from .semantics import Gate, PermuteRows, combine

External = Callable[[Group], Tensor]


@dataclass(frozen=True)
class Route:
    """Where the rows of a level come from whose every edge has one candidate.

    Parameters
    ----------
    leaves : list of int
        Edges whose candidate is a leaf.
    order, inverse : Tensor of int of shape (n_edges,), or None
        Rows of the leaves and, after them, of the candidates, in the order of the edges, and the
        other way round; None where they are in it.
    """

    leaves: list[int]
    order: Tensor | None
    inverse: Tensor | None

    @classmethod
    def of(cls, n_edges: int, mixing: Mixing) -> Route:
        """Find the route of a level."""
        leaves = sorted(set(range(n_edges)) - set(mixing.edges))
        place = dict(zip(leaves, range(len(leaves)), strict=True))
        for edge, column in zip(mixing.edges, mixing.columns, strict=True):
            place[edge] = len(leaves) + column
        order = [place[edge] for edge in range(n_edges)]
        if order == list(range(n_edges)):
            return cls(leaves, None, None)
        index = torch.tensor(order)
        return cls(leaves, index, torch.argsort(index))

    def rows(self, parts: list[Tensor]) -> Tensor:
        """Put the leaves' rows and the candidates' into the order of the edges."""
        joined = torch.cat(parts) if len(parts) > 1 else parts[0]
        if self.order is None:
            return joined
        rows: Tensor = PermuteRows.apply(joined, self.order, self.inverse)
        return rows


@dataclass(frozen=True)
class Mixed:
    """Place of a level's mixing matrix in the block's flat buffer."""

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
        self._routes: list[dict[int, Route]] = []
        # Edge, candidate, and number of the weight, of each level's mixing matrices.
        self.shares: list[dict[int, list[tuple[int, int, int]]]] = []
        entries: list[int] = []
        sources: list[int] = []
        size = 0
        for level in plan.levels:
            here: dict[int, Mixed] = {}
            routes: dict[int, Route] = {}
            shares: dict[int, list[tuple[int, int, int]]] = {}
            for width, uses in level.edges.items():
                mixing = level.mixing[width]
                if mixing.is_choice:
                    routes[width] = Route.of(len(uses), mixing)
                    continue
                numbers = range(len(sources), len(sources) + len(mixing.edges))
                shares[width] = list(zip(mixing.edges, mixing.columns, numbers, strict=True))
                n_columns = sum(len(g.members) for g in level.groups if g.width == width)
                if not n_columns:
                    continue
                here[width] = Mixed(size, len(uses), n_columns)
                for i, column, (row, k) in zip(
                    mixing.edges, mixing.columns, mixing.weights, strict=True
                ):
                    entries.append(size + i * n_columns + column)
                    sources.append(weight_index(width, row, k))
                size += len(uses) * n_columns
            self.mixed.append(here)
            self._routes.append(routes)
            self.shares.append(shares)
        self._size = size
        self._entries = torch.tensor(entries, dtype=torch.long)
        self._sources = torch.tensor(sources, dtype=torch.long)
        self._splits = [_argument_sizes(plan, i) for i in range(len(plan.levels))]
        self._level_sizes = {
            width: [len(self.with_leaves(i, width)) for i in range(len(plan.levels))]
            for width in plan.widths
        }

    def with_leaves(self, i: int, width: int) -> list[EdgeUse]:
        """Edges of a level that may lead to leaves."""
        uses = self.plan.levels[i].edges.get(width, [])
        route = self._routes[i].get(width)
        return uses if route is None else [uses[edge] for edge in route.leaves]

    def leaf_edges(self, width: int) -> list[EdgeUse]:
        """All edges of a width that may lead to leaves, level by level."""
        return [use for i in range(len(self.plan.levels)) for use in self.with_leaves(i, width)]

    @property
    def leaf_widths(self) -> list[int]:
        """Widths of which there are such edges."""
        return [width for width in self.plan.widths if sum(self._level_sizes[width])]

    @property
    def n_shares(self) -> int:
        """Entries of all mixing matrices that aren't 0 by construction."""
        return len(self._sources)

    def share_weights(self, weights: Tensor) -> Tensor:
        """Those entries, as :attr:`shares` numbers them, from the flat architecture weights."""
        return weights.index_select(0, self._sources)

    def mixing(self, weights: Tensor) -> list[dict[int, Tensor]]:
        """Fill the mixing matrices of all levels from the flat architecture weights."""
        flat = weights.new_zeros(self._size)
        flat = flat.index_put((self._entries,), self.share_weights(weights))
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
            Share of the leaves in the mixture of each of :meth:`leaf_edges`, by width.
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
                if width in self._routes[i]:
                    leaves = [pieces[width][i]] if self._level_sizes[width][i] else []
                    chosen = [candidates[width]] if width in candidates else []
                    value = self._routes[i][width].rows(leaves + chosen)
                else:
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
