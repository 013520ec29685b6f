"""Where values come from outside ``Fold``: streams and single frames.

Each source turns the effective weights of the edges (the mixture of an edge's leaves is
itself one affine map) into base values for a block, and evaluates the block.

Neural completions stand in for the part of a program that is not unfolded yet: perceptrons
with one hidden layer for atoms, LSTMs for lists. All of one size are computed together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import torch
from torch import Tensor

from ..grammar import SlideWindow, StreamKey
from ..grammar.spans import span_bounds
from ..grammar.statistics import MEAN, STATISTICS, over_span
from .block import Block, External
from .filters import FilteredEdges, Filters
from .packing import Packer, completion_name
from .plan import (
    BlockPlan,
    Context,
    FilterKey,
    Group,
    Plan,
    Read,
    SlotUse,
)
from .semantics import Gate, PermuteRows
from .streams import Batch

Theta = Mapping[str, Tensor]
Weights = Mapping[int, Tensor]


def leaf_rows(plan: Plan, block: Block, width: int) -> list[int]:
    """Rows of the edges to a block's leaves in the effective weights of their width."""
    return [plan.tables.rows[use.graph, use.key].row for use in block.leaf_edges(width)]


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
        self.places: dict[tuple[int, int, int], list[SlotUse]] = dict(block.neural)
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
    """The output block: every edge reads one stream or filter at the output positions."""

    def __init__(self, plan: Plan, packer: Packer, block: Block) -> None:
        self.block = block
        self.completions = Completions(packer, plan.output)
        self._filters = Filters(plan)
        self._filtered: dict[int, FilteredEdges] = {}
        read, n_streams = plan.read, len(plan.streams)
        self._groups: dict[int, tuple[Tensor, dict[int, int]]] = {}
        self._orders: dict[int, tuple[Tensor, Tensor] | None] = {}
        for width in block.leaf_widths:
            uses = block.leaf_edges(width)
            of = [_number_in(read, use.context) for use in uses]
            rows = leaf_rows(plan, block, width)
            order = sorted(range(len(uses)), key=of.__getitem__)
            of_streams = [i for i in order if of[i] < n_streams]
            counts = Counter(of[i] for i in of_streams)
            self._groups[width] = torch.tensor([rows[i] for i in of_streams]), counts
            filtered = [i for i in order if of[i] >= n_streams]
            if filtered:
                self._filtered[width] = FilteredEdges(
                    [of[i] for i in filtered], [rows[i] for i in filtered]
                )
            back = torch.tensor(order)
            identity = order == list(range(len(order)))
            self._orders[width] = None if identity else (torch.argsort(back), back)
        self._hidden = {
            size: torch.tensor([read.index(_read_by(p)) for p in places])
            for size, places in self.completions.places.items()
        }
        self._n_columns = packer.n_features + 1

    def base(self, weights: Weights, streams: Tensor) -> dict[int, Tensor]:
        """Leaf mixtures of the edges that may lead to leaves, in the block's order."""
        base: dict[int, Tensor] = {}
        for width, (rows, counts) in self._groups.items():
            usable = weights[width][:, :, : self._n_columns]
            parts = []
            if counts:
                selected = usable.index_select(0, rows).split(list(counts.values()))
                for stream, of_stream in zip(counts, selected, strict=True):
                    values = of_stream.flatten(0, 1) @ streams[stream].T
                    parts.append(values.view(len(of_stream), width, -1))
            if width in self._filtered:
                parts.append(self._filtered[width].values(usable, streams))
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
        streams = self._filters.extend(theta, batch.streams)

        def source(group: Group) -> Tensor:
            if group.kind != "mlp":
                return external(group)
            size = (group.width, group.hidden, group.accumulator)
            here = slice(group.first, group.first + len(group.members))
            inputs = streams.index_select(0, self._hidden[size][here]).transpose(1, 2)
            return perceptrons(torch.bmm(hidden[size][here], inputs), output[size][here])

        base = self.base(weights, streams)
        return self.block.evaluate(base, mixing, source, gate, bound)


class FrameSource:
    """Expressions evaluated on every single frame, of whose values a statistic is taken."""

    def __init__(self, plan: Plan, packer: Packer, block: Block) -> None:
        self.block = block
        self.windows = plan.windows
        self.completions = Completions(packer, plan.values)
        self._rows = {w: torch.tensor(leaf_rows(plan, block, w)) for w in block.leaf_widths}
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
        """Give the statistics by width: (n_windows, width, n_positions)."""
        assert batch.frames is not None
        n_timesteps, n_samples, _ = batch.frames.shape
        flat = batch.frames.flatten(0, 1)
        # A few long sequences among short ones are mostly padding.
        real = _real(batch).flatten() if batch.ragged else None
        flat = flat.T if real is None else flat[real].T
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
            if real is not None:
                padded = values.new_zeros(*values.shape[:-1], len(real))
                padded[..., real] = values
                values = padded
            values = values.view(len(windows), width, n_timesteps, n_samples)
            averages[width] = _window_values(values, windows, batch, per_frame)
        return averages


def _real(batch: Batch) -> Tensor:
    """Whether frames are of a sequence, of shape (n_timesteps, n_samples)."""
    assert batch.frames is not None
    steps = torch.arange(len(batch.frames), device=batch.frames.device)
    return steps[:, None] < batch.lengths


def _window_values(
    values: Tensor, windows: list[SlideWindow], batch: Batch, per_frame: bool
) -> Tensor:
    """Statistics over time of rows that have each a reader of their own."""
    readers = list(dict.fromkeys(windows))
    take = _of_prefixes if per_frame else _at_the_end
    rows = [[i for i, window in enumerate(windows) if window == reader] for reader in readers]
    if len(readers) == 1:
        return take(values, readers[0], batch)
    parts = [
        take(values[which], reader, batch) for reader, which in zip(readers, rows, strict=True)
    ]
    order = torch.tensor([i for which in rows for i in which], device=values.device)
    return torch.cat(parts).index_select(0, torch.argsort(order))


def _of_prefixes(values: Tensor, reader: SlideWindow, batch: Batch) -> Tensor:
    n_rows, width, n_timesteps, n_samples = values.shape
    if reader.window is None and reader.statistic == MEAN:
        counts = torch.arange(1, n_timesteps + 1, device=values.device, dtype=values.dtype)
        return (values.cumsum(2) / counts[:, None]).flatten(2)
    over_time = values.reshape(-1, n_timesteps, n_samples)
    found: Tensor = over_span(reader.statistic, over_time, reader.window, torch)
    return found.reshape(n_rows, width, -1)


def _at_the_end(values: Tensor, reader: SlideWindow, batch: Batch) -> Tensor:
    """Statistics over the span of whole sequences, all of their frames at once."""
    lengths = batch.lengths.tolist()
    bounds = {length: span_bounds(reader.window, length) for length in set(lengths)}
    ends = torch.tensor([bounds[length] for length in lengths], device=values.device)
    steps = torch.arange(values.shape[2], device=values.device)[:, None]
    outside = (steps < ends[:, 0]) | (steps >= ends[:, 1])
    # What is not finite behind a sequence's end must not count, not even times 0.
    if reader.statistic == MEAN:
        counts = (ends[:, 1] - ends[:, 0]).to(values.dtype)
        return values.masked_fill(outside, 0.0).sum(2) / counts
    if reader.statistic == STATISTICS["Max"]:
        return values.masked_fill(outside, -torch.inf).amax(2)
    return values.masked_fill(outside, torch.inf).amin(2)


def _number_in(read: tuple[Read, ...], context: Context) -> int:
    return read.index(context) if isinstance(context, StreamKey | FilterKey) else 0


def _read_by(place: SlotUse) -> Read:
    context = place[2]
    assert isinstance(context, StreamKey | FilterKey)
    return context


def perceptrons(hidden: Tensor, output: Tensor) -> Tensor:
    """Second layer of a batch of perceptrons.

    Parameters
    ----------
    hidden : Tensor of shape (n, units, n_positions)
        Hidden layer before its activation.
    output : Tensor of shape (n, width, units + 1)
        Weights of the output layer; the last column is the bias.

    Returns
    -------
    values : Tensor of shape (n, width, n_positions)
    """
    return torch.baddbmm(output[:, :, -1:], output[:, :, :-1], torch.tanh(hidden))
