"""The recurrence inside ``Fold``: how accumulators are laid out, and walked over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .block import Block
from .fold_code import FoldCode, Layout, Lowering
from .fold_walk import DTYPES, RealFrames, Setting, Walk, kernels
from .packing import Packer
from .plan import CompletionKey, EdgeUse, Group, Plan
from .semantics import Bounded, Gate
from .sources import (
    Completions,
    Theta,
    Weights,
    leaf_rows,
    perceptrons,
)
from .streams import Batch

MOST_DENSE_STATES = 24


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


def recurrence(
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

    What a body's leaves make of the frame is computed for many time steps at once; only
    the part that reads the accumulator stays in the loop.
    """

    def __init__(self, plan: Plan, packer: Packer, block: Block) -> None:
        self.block = block
        self.folds = plan.folds
        self.completions = Completions(packer, plan.fold)
        self._n_columns = packer.n_features + 1
        self._n_recurrent = packer.n_inputs - self._n_columns
        self._widths = sorted(plan.folds)
        self._starts: dict[tuple[int, object], int] = {}
        offset = 0
        self._sizes = []
        for width in self._widths:
            for g, key in plan.folds[width]:
                self._starts[g, key] = offset
                offset += width
            self._sizes.append(len(plan.folds[width]) * width)
        self._n_states = offset
        self._rows = {w: torch.tensor(leaf_rows(plan, block, w)) for w in block.leaf_widths}
        self._recurrent = {
            w: recurrence(block.leaf_edges(w), w, self._starts, offset, self._n_recurrent)
            for w in block.leaf_widths
        }
        self._states = {
            size: torch.tensor(
                [[self._starts[g, fold] + i for i in range(size[2])] for g, _, fold in places]
            )
            for size, places in self.completions.places.items()
        }

    @cached_property
    def code(self) -> FoldCode | None:
        """The bodies for the compiled loop, or None where it can't run them."""
        layout = Layout(self.block, self.completions.places, self._n_recurrent)
        return Lowering(self.block, layout, self._starts, self._n_states).code(self._widths)

    def evaluate(
        self,
        theta: Theta,
        weights: Weights,
        flat: Tensor,
        batch: Batch,
        per_frame: bool,
        gate: Gate,
        bound: float | None,
    ) -> dict[int, Tensor]:
        """Give the accumulators by width: (n_folds, width, n_positions)."""
        assert batch.frames is not None
        body = Body(
            {w: weights[w].index_select(0, rows) for w, rows in self._rows.items()},
            flat,
            self.completions.weights(theta, "hidden"),
            self.completions.weights(theta, "output"),
            torch.cat([theta[f"initial{w}"].flatten() for w in self._widths]),
        )
        # The compiled loop needs numba, and knows neither productions nor gates of a user's
        # own, nor other devices and precisions. It has no second derivatives, which nothing
        # here asks for.
        setting = Setting.of(gate, bound)
        known = batch.frames.device.type == "cpu" and batch.frames.dtype in DTYPES
        if known and setting is not None and kernels() is not None and self.code is not None:
            final = self._walk(body, self.code, batch, per_frame, setting)
        else:
            final = self._loop(body, batch, per_frame, gate, bound)
        parts = final.split(self._sizes)
        return {
            w: part.view(-1, w, part.shape[-1]) for w, part in zip(self._widths, parts, strict=True)
        }

    def _walk(
        self, body: Body, code: FoldCode, batch: Batch, per_frame: bool, setting: Setting
    ) -> Tensor:
        """All accumulators by the compiled loop, in a row each."""
        n = self._n_columns
        layers = [*body.selected.values(), *body.hidden.values()]
        leaves = torch.cat([of[:, :, :n].flatten(0, 1) for of in layers])
        numbers = [of[:, :, n:].flatten() for of in body.selected.values()]
        numbers.append(self.block.share_weights(body.shares))
        for size, hidden in body.hidden.items():
            numbers += [hidden[:, :, n:].flatten(), body.output[size].flatten()]
        walked: Tensor = Walk.apply(
            code, setting, RealFrames(batch), per_frame, leaves, torch.cat(numbers), body.initial
        )
        return walked

    def _loop(
        self, body: Body, batch: Batch, per_frame: bool, gate: Gate, bound: float | None
    ) -> Tensor:
        """All accumulators by torch, frame by frame, in a row each."""
        assert batch.frames is not None
        frames = batch.frames.transpose(1, 2)
        n_timesteps, _, n_samples = frames.shape
        mixing = self.block.mixing(body.shares)
        driven = {
            w: torch.matmul(s[:, :, : self._n_columns].flatten(0, 1), frames).unbind(0)
            for w, s in body.selected.items()
        }
        recurrent = {
            w: self._recurrent[w].prepare(s[:, :, self._n_columns :])
            for w, s in body.selected.items()
        }
        hidden, output = body.hidden, body.output
        driven_hidden = {
            size: torch.matmul(h[:, :, : self._n_columns].flatten(0, 1), frames).unbind(0)
            for size, h in hidden.items()
        }
        state = body.initial[:, None].expand(-1, n_samples)
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
                [level[w].flatten(0, 1) for w in self._widths for level in tops if w in level]
            )
            if bound is not None:
                following = Bounded.apply(following, bound)
            if batch.ragged and not per_frame:
                following = torch.where(t < batch.lengths, following, state)
            state = following
            if per_frame:
                states.append(state)
        return torch.stack(states, dim=1).flatten(1) if per_frame else state


@dataclass(frozen=True)
class Body:
    """Numbers of all bodies in a step of training.

    Parameters
    ----------
    selected : dict of int to Tensor of shape (n_edges, width, n_inputs)
        What the leaves of each edge that may lead to some make of frame and accumulator.
    shares : Tensor of shape (n_weights,)
        All architecture weights.
    hidden, output : dict of (width, hidden, accumulator) to Tensor
        Layers of the completions.
    initial : Tensor of shape (n_states,)
        The first accumulators.
    """

    selected: Mapping[int, Tensor]
    shares: Tensor
    hidden: Mapping[CompletionKey, Tensor]
    output: Mapping[CompletionKey, Tensor]
    initial: Tensor
