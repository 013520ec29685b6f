"""Where values come from: streams, single frames, and the recurrence of ``Fold``.

Each source turns the effective weights of the edges (the mixture of an edge's leaves is
itself one affine map) into base values for a block, and evaluates the block.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ._block import Block, External
from ._neural import perceptrons
from ._packing import Packer, completion_name
from ._plan import BlockPlan, EdgeUse, Group, Place, Plan, StreamKey
from ._semantics import Gate
from ._streams import Batch

MOST_DENSE_STATES = 24

Theta = Mapping[str, Tensor]
Weights = Mapping[int, Tensor]


class PermuteRows(torch.autograd.Function):
    """Reorder the first axis by a permutation; the gradient is the inverse gather."""

    @staticmethod
    def forward(ctx, values: Tensor, order: Tensor, inverse: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(inverse)
        return values.index_select(0, order)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[no-untyped-def]
        (inverse,) = ctx.saved_tensors
        return gradient.index_select(0, inverse), None, None


class Bounded(torch.autograd.Function):
    """Clip values, and the gradient too, which a long recurrence can let explode."""

    @staticmethod
    def forward(ctx, values: Tensor, bound: float) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(values)
        ctx.bound = bound
        return values.clamp(-bound, bound)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        (values,) = ctx.saved_tensors
        inside = values.abs() <= ctx.bound
        return gradient.clamp(-ctx.bound, ctx.bound) * inside, None


def edge_rows(plan: Plan, block: BlockPlan, width: int) -> list[int]:
    """Rows of a block's edges in the effective weights of their width."""
    return [plan.tables.rows[use.graph, use.key].row for use in block.edges(width)]


class Completions:
    """Perceptrons of a block, each in its contexts.

    Parameters
    ----------
    packer : Packer
        Names and rows of the packed tensors.
    block : BlockPlan
        The block.
    """

    def __init__(self, packer: Packer, block: BlockPlan) -> None:
        self.places: dict[tuple[int, int, int], list[Place]] = dict(block.neural)
        self.names = {size: completion_name("mlp", size) for size in self.places}
        self.rows = {
            size: torch.tensor(
                [packer.completion_rows("mlp", size)[g, key] for g, key, _ in places]
            )
            for size, places in self.places.items()
        }

    def weights(self, theta: Theta, part: str) -> dict[tuple[int, int, int], Tensor]:
        """A layer's weights for every place, by size."""
        return {
            size: theta[f"{name}.{part}"].index_select(0, self.rows[size])
            for size, name in self.names.items()
        }


class StreamSource:
    """The output block: every edge reads one stream at the output positions."""

    def __init__(self, plan: Plan, packer: Packer, block: Block) -> None:
        self.block = block
        self.completions = Completions(packer, plan.output)
        streams = plan.streams
        self._groups: dict[int, list[tuple[int, Tensor]]] = {}
        self._orders: dict[int, tuple[Tensor, Tensor] | None] = {}
        for width in plan.output.widths:
            uses = plan.output.edges(width)
            of = [streams.index(u.context) if isinstance(u.context, tuple) else 0 for u in uses]
            rows = edge_rows(plan, plan.output, width)
            order = sorted(range(len(uses)), key=lambda i, of=of: of[i])
            self._groups[width] = [
                (s, torch.tensor([rows[i] for i in order if of[i] == s])) for s in sorted(set(of))
            ]
            back = torch.tensor(order)
            identity = order == list(range(len(order)))
            self._orders[width] = None if identity else (torch.argsort(back), back)
        self._hidden = {
            size: torch.tensor([streams.index(_stream_of(p)) for p in places])
            for size, places in self.completions.places.items()
        }
        self._n_columns = packer.n_features + 1

    def base(self, weights: Weights, streams: Tensor) -> dict[int, Tensor]:
        """Leaf mixtures of all edges, in the block's order."""
        base: dict[int, Tensor] = {}
        for width, groups in self._groups.items():
            usable = weights[width][:, :, : self._n_columns]
            parts = []
            for stream, rows in groups:
                selected = usable.index_select(0, rows)
                values = selected.flatten(0, 1) @ streams[stream].T
                parts.append(values.view(len(rows), width, -1))
            joined = torch.cat(parts) if len(parts) > 1 else parts[0]
            order = self._orders[width]
            base[width] = joined if order is None else PermuteRows.apply(joined, *order)
        return base

    def evaluate(
        self,
        theta: Theta,
        weights: Weights,
        mixing: list[dict[int, Tensor]],
        batch: Batch,
        external: External,
        gate: Gate,
        bound: float | None,
    ) -> list[dict[int, Tensor]]:
        """Give the values of the root edges."""
        hidden = self.completions.weights(theta, "hidden")
        output = self.completions.weights(theta, "output")

        def source(group: Group) -> Tensor:
            if group.kind != "mlp":
                return external(group)
            size = (group.width, group.hidden, group.accumulator)
            here = slice(group.first, group.first + len(group.members))
            inputs = batch.streams.index_select(0, self._hidden[size][here]).transpose(1, 2)
            return perceptrons(torch.bmm(hidden[size][here], inputs), output[size][here])

        base = self.base(weights, batch.streams)
        return self.block.evaluate(base, mixing, source, gate, bound)


class FrameSource:
    """Expressions evaluated on every single frame and averaged over windows."""

    def __init__(self, plan: Plan, packer: Packer, block: Block) -> None:
        self.block = block
        self.windows = plan.windows
        self.completions = Completions(packer, plan.values)
        self._rows = {w: torch.tensor(edge_rows(plan, plan.values, w)) for w in plan.values.widths}
        self._n_columns = packer.n_features + 1

    def evaluate(
        self,
        theta: Theta,
        weights: Weights,
        mixing: list[dict[int, Tensor]],
        batch: Batch,
        per_frame: bool,
        gate: Gate,
        bound: float | None,
    ) -> dict[int, Tensor]:
        """Give the window averages by width: (n_windows, width, n_positions)."""
        assert batch.frames is not None
        n_timesteps, n_samples, _ = batch.frames.shape
        flat = batch.frames.flatten(0, 1).T
        hidden = self.completions.weights(theta, "hidden")
        output = self.completions.weights(theta, "output")

        def source(group: Group) -> Tensor:
            size = (group.width, group.hidden, group.accumulator)
            here = slice(group.first, group.first + len(group.members))
            return perceptrons(torch.matmul(hidden[size][here], flat), output[size][here])

        base = {
            w: (
                weights[w].index_select(0, rows)[:, :, : self._n_columns].flatten(0, 1) @ flat
            ).view(len(rows), w, -1)
            for w, rows in self._rows.items()
        }
        tops = self.block.evaluate(base, mixing, source, gate, bound)
        averages = {}
        for width, windows in self.windows.items():
            values = torch.cat([level[width] for level in tops if width in level])
            values = values.view(len(windows), width, n_timesteps, n_samples)
            averages[width] = _window_means(values, windows, batch, per_frame)
        return averages


def _window_means(
    values: Tensor, windows: list[int | None], batch: Batch, per_frame: bool
) -> Tensor:
    """Causal means over time of rows that have each a window of their own."""
    n_timesteps = values.shape[2]
    sums = torch.nn.functional.pad(values.cumsum(2), (0, 0, 1, 0))
    device = values.device
    lengths = torch.tensor([w or n_timesteps for w in windows], device=device)
    steps = torch.arange(1, n_timesteps + 1, device=device)
    first = (steps - lengths[:, None]).clamp(min=0)
    counts = (steps - first).to(values.dtype)
    shape = (len(windows), values.shape[1], n_timesteps, values.shape[3])
    starts = sums.gather(2, first[:, None, :, None].expand(shape))
    means = (sums[:, :, 1:] - starts) / counts[:, None, :, None]
    if per_frame:
        return means.flatten(2)
    last = (batch.lengths - 1).view(1, 1, 1, -1).expand(*shape[:2], 1, shape[3])
    return means.gather(2, last)[:, :, 0]


class DenseRecurrence:
    """What edges make of the accumulators, as one matrix over all of them.

    Parameters
    ----------
    uses : list of EdgeUse
        Edges of one width inside ``Fold``.
    width : int
        Their width.
    starts : dict
        First row of each fold's accumulator.
    n_states : int
        Rows of all accumulators.
    n_recurrent : int
        Recurrent columns of an edge's weights.
    """

    def __init__(
        self,
        uses: list[EdgeUse],
        width: int,
        starts: Mapping[tuple[int, object], int],
        n_states: int,
        n_recurrent: int,
    ) -> None:
        self.width, self._shape = width, (len(uses) * width, n_states)
        entries, sources = [], []
        for e, use in enumerate(uses):
            start = starts[use.graph, use.context]
            for i in range(e * width, (e + 1) * width):
                for j in range(use.target.accumulator):
                    entries.append(i * n_states + start + j)
                    sources.append(i * n_recurrent + j)
        self._entries, self._sources = torch.tensor(entries), torch.tensor(sources)

    def prepare(self, weights: Tensor) -> Tensor:
        """Fill the matrix from weights of shape (n_edges, width, n_recurrent)."""
        flat = weights.reshape(-1).index_select(0, self._sources)
        matrix = weights.new_zeros(self._shape[0] * self._shape[1])
        return matrix.index_put((self._entries,), flat).view(self._shape)

    def apply(self, driven: Tensor, matrix: Tensor, state: Tensor) -> Tensor:
        """Add the accumulators' share: (n_edges, width, n_samples)."""
        return torch.addmm(driven, matrix, state).view(-1, self.width, state.shape[1])


class SparseRecurrence:
    """What edges make of the accumulators, each looking its own fold's up.

    For forests of many folds, where a matrix over all accumulators is nearly empty. The
    parameters are those of :class:`DenseRecurrence`.
    """

    def __init__(
        self,
        uses: list[EdgeUse],
        width: int,
        starts: Mapping[tuple[int, object], int],
        n_states: int,
        n_recurrent: int,
    ) -> None:
        self.width = width
        self._n_seen = max(use.target.accumulator for use in uses)
        # Columns past an edge's own accumulator have weight 0; any row will do there.
        rows = [
            min(starts[use.graph, use.context] + j, n_states - 1)
            for use in uses
            for j in range(self._n_seen)
        ]
        self._rows = torch.tensor(rows)

    def prepare(self, weights: Tensor) -> Tensor:
        """Cut the weights of shape (n_edges, width, n_recurrent) to what is read."""
        return weights[:, :, : self._n_seen].contiguous()

    def apply(self, driven: Tensor, weights: Tensor, state: Tensor) -> Tensor:
        """Add the accumulators' share: (n_edges, width, n_samples)."""
        n_samples = state.shape[1]
        seen = state.index_select(0, self._rows).view(-1, self._n_seen, n_samples)
        driven = driven.view(-1, self.width, n_samples)
        if self._n_seen == 1:
            return torch.addcmul(driven, weights, seen)
        return torch.baddbmm(driven, weights, seen)


def _recurrence(
    uses: list[EdgeUse],
    width: int,
    starts: Mapping[tuple[int, object], int],
    n_states: int,
    n_recurrent: int,
) -> DenseRecurrence | SparseRecurrence:
    kind = DenseRecurrence if n_states <= MOST_DENSE_STATES else SparseRecurrence
    return kind(uses, width, starts, n_states, n_recurrent)


class FoldSource:
    """Bodies of all ``Fold`` productions, run side by side over time.

    What a body's leaves make of the frame is computed for all time steps at once; only
    the part that reads the accumulator stays in the loop.
    """

    def __init__(self, plan: Plan, packer: Packer, block: Block) -> None:
        self.block = block
        self.folds = plan.folds
        self.completions = Completions(packer, plan.fold)
        self._n_columns = packer.n_features + 1
        self._n_recurrent = packer.n_inputs - self._n_columns
        widths = sorted(plan.folds)
        starts: dict[tuple[int, object], int] = {}
        offset = 0
        self._sizes = []
        for width in widths:
            for g, key in plan.folds[width]:
                starts[g, key] = offset
                offset += width
            self._sizes.append(len(plan.folds[width]) * width)
        self._n_states = offset
        self._rows = {w: torch.tensor(edge_rows(plan, plan.fold, w)) for w in plan.fold.widths}
        self._recurrent = {
            w: _recurrence(plan.fold.edges(w), w, starts, offset, self._n_recurrent)
            for w in plan.fold.widths
        }
        self._states = {
            size: torch.tensor(
                [[starts[g, fold] + i for i in range(size[2])] for g, _, fold in places]
            )
            for size, places in self.completions.places.items()
        }

    def evaluate(
        self,
        theta: Theta,
        weights: Weights,
        mixing: list[dict[int, Tensor]],
        batch: Batch,
        per_frame: bool,
        gate: Gate,
        bound: float | None,
    ) -> dict[int, Tensor]:
        """Give the accumulators by width: (n_folds, width, n_positions)."""
        assert batch.frames is not None
        frames = batch.frames.transpose(1, 2)
        n_timesteps, _, n_samples = frames.shape
        selected = {w: weights[w].index_select(0, rows) for w, rows in self._rows.items()}
        driven = {
            w: torch.matmul(s[:, :, : self._n_columns].flatten(0, 1), frames).unbind(0)
            for w, s in selected.items()
        }
        recurrent = {
            w: self._recurrent[w].prepare(s[:, :, self._n_columns :]) for w, s in selected.items()
        }
        hidden = self.completions.weights(theta, "hidden")
        output = self.completions.weights(theta, "output")
        driven_hidden = {
            size: torch.matmul(h[:, :, : self._n_columns].flatten(0, 1), frames).unbind(0)
            for size, h in hidden.items()
        }
        widths = sorted(self.folds)
        state = torch.cat([theta[f"initial{w}"].flatten() for w in widths])
        state = state[:, None].expand(-1, n_samples)
        states = []
        for t in range(n_timesteps):
            base = {w: self._recurrent[w].apply(driven[w][t], recurrent[w], state) for w in driven}

            def source(group: Group, t: int = t, state: Tensor = state) -> Tensor:
                size = (group.width, group.hidden, group.accumulator)
                here = slice(group.first, group.first + len(group.members))
                units = driven_hidden[size][t].view(-1, group.hidden, n_samples)[here]
                seen = state[self._states[size][here]]
                inside = torch.baddbmm(units, hidden[size][here][:, :, self._n_columns :], seen)
                return perceptrons(inside, output[size][here])

            tops = self.block.evaluate(base, mixing, source, gate, bound)
            following = torch.cat(
                [level[w].flatten(0, 1) for w in widths for level in tops if w in level]
            )
            if bound is not None:
                following = Bounded.apply(following, bound)
            if batch.ragged and not per_frame:
                following = torch.where(t < batch.lengths, following, state)
            state = following
            if per_frame:
                states.append(state)
        final = torch.stack(states, dim=1).flatten(1) if per_frame else state
        parts = final.split(self._sizes)
        return {w: part.view(-1, w, part.shape[-1]) for w, part in zip(widths, parts, strict=True)}


def _stream_of(place: Place) -> StreamKey:
    context = place[2]
    assert isinstance(context, tuple)
    return context
