"""Schedules: how a forest of derivation graphs is evaluated in few torch calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..grammar import Kind
from ..graph import DerivationGraph
from ..program import Sequences
from .block import Block
from .lstm import lstms
from .packing import Packed, Packer, completion_name
from .parameters import Parameters
from .plan import Group, Plan
from .recurrence import FoldSource
from .semantics import Gate, soft_gate
from .sources import FrameSource, StreamSource
from .streams import Batch, FrameStreams


@dataclass(frozen=True)
class Runtime:
    """How values are computed: the gate of conditions and the bound on products.

    Parameters
    ----------
    gate : callable, default=soft_gate()
        How a condition becomes the share of the first branch.
    bound : float or None, default=None
        Size to which products and accumulators are clipped.
    """

    gate: Gate = field(default_factory=soft_gate)
    bound: float | None = None


class Schedule:
    """Evaluator of a forest: several derivation graphs over the same data.

    The number of torch calls grows with the depth and the number of productions, never
    with the number of graphs, nodes or candidates; with ``Fold`` it grows with the number
    of frames too, where its loop is not compiled.

    Parameters
    ----------
    graphs : sequence of DerivationGraph
        The forest; all over frames of one length, with one signature and output width.
    device : str, default="cpu"
        Where it runs.

    Raises
    ------
    ValueError
        If the forest is empty or its graphs differ in signature, frame or output length.
    """

    def __init__(self, graphs: Sequence[DerivationGraph], *, device: str = "cpu") -> None:
        shapes = {(g.signature, g.n_features, g.n_outputs) for g in graphs}
        if len(shapes) != 1:
            raise ValueError(
                "A schedule takes at least one graph, all of one signature, frame length and "
                f"output width; got {sorted(map(str, shapes)) or 'no graphs'}."
            )
        self.graphs = list(graphs)
        self.device = device
        self.plan = Plan(self.graphs)
        self.packer = Packer(self.plan)
        self._masks = self.packer.masks()
        self._offsets: dict[int, int] = {}
        total = 0
        for width, table in self.plan.tables.by_width.items():
            self._offsets[width] = total
            total += table.n_slots * table.n_entering * table.n_columns
        # Index tensors have to live where the values are.
        with torch.device(device):
            self._output = Block(self.plan.output, self._weight_index)
            self._fold = Block(self.plan.fold, self._weight_index)
            self._values = Block(self.plan.values, self._weight_index)
            self._stream_source = StreamSource(self.plan, self.packer, self._output)
            self._fold_source = FoldSource(self.plan, self.packer, self._fold)
            self._frame_source = FrameSource(self.plan, self.packer, self._values)
        self._constants: dict[torch.dtype, dict[str, Tensor]] = {}
        (self._root_width,) = self.plan.output.levels[0].edges

    @property
    def per_frame(self) -> bool:
        """Whether the outputs are one per frame."""
        return self.graphs[0].signature.output is Kind.LIST

    def streams(
        self, data: Sequences | FrameStreams, *, dtype: torch.dtype = torch.float32
    ) -> FrameStreams:
        """Data in the form :meth:`forward` takes batches of.

        Parameters
        ----------
        data : Sequences or FrameStreams
            Sequences, or streams that hold at least those the schedule reads.
        dtype : torch.dtype, default=torch.float32
            Precision, where ``data`` are sequences.
        """
        if isinstance(data, FrameStreams):
            return data.select(self.plan.streams)
        return FrameStreams(
            data, self.plan.streams, per_frame=self.per_frame, dtype=dtype, device=self.device
        )

    def pack(self, parameters: list[Parameters], *, dtype: torch.dtype = torch.float32) -> Packed:
        """Pack parameters into the schedule's tensors."""
        return self.packer.pack(parameters, dtype, self.device)

    def unpack(self, packed: Packed) -> list[Parameters]:
        """Give parameters back under their stable names."""
        return self.packer.unpack(packed)

    def forward(
        self,
        packed: Packed,
        batch: Batch,
        runtime: Runtime | None = None,
    ) -> Tensor:
        """Outputs of all graphs.

        Parameters
        ----------
        packed : Packed
            Parameters.
        batch : Batch
            Data, from the schedule's own :meth:`streams`.
        runtime : Runtime or None, default=None
            Gate and bound.

        Returns
        -------
        outputs : Tensor of shape (n_graphs, n_outputs, n_positions)
            Positions are the sequences, or the (frame, sequence) pairs, frames outermost.
        """
        runtime = runtime or Runtime()
        gate, bound = runtime.gate, runtime.bound
        flat, weights = self._effective_weights(packed)
        theta = packed.theta
        folds: dict[int, Tensor] = {}
        averages: dict[int, Tensor] = {}
        if self.plan.folds:
            folds = self._fold_source.evaluate(
                theta, weights, flat, batch, self.per_frame, gate, bound
            )
        if self.plan.windows:
            mixing = self._values.mixing(flat)
            averages = self._frame_source.evaluate(
                theta, weights, mixing, batch, self.per_frame, gate, bound
            )

        def external(group: Group) -> Tensor:
            here = slice(group.first, group.first + len(group.members))
            if group.kind == "lstm":
                return self._lstms(group, theta, batch)
            return (folds if group.kind == "fold" else averages)[group.width][here]

        tops = self._stream_source.evaluate(
            theta, weights, self._output.mixing(flat), batch, external, gate, bound
        )
        return tops[0][self._root_width]

    def _effective_weights(self, packed: Packed) -> tuple[Tensor, dict[int, Tensor]]:
        """Architecture weights in one vector, and the affine map each edge's leaves make."""
        dtype = next(iter(packed.logits.values())).dtype
        constants = self._constants_of(dtype)
        flat, weights = [], {}
        for width, table in self.plan.tables.by_width.items():
            shares = torch.softmax(packed.logits[f"logits{width}"] + constants[f"live{width}"], -1)
            flat.append(shares.flatten())
            leaves = packed.theta[f"leaf{width}"] * constants[f"free{width}"]
            leaves = leaves + constants[f"fixed{width}"]
            mixed = torch.bmm(shares[:, :, : table.n_leaves], leaves.flatten(2))
            weights[width] = mixed.view(-1, width, self.packer.n_inputs)
        return torch.cat(flat), weights

    def _constants_of(self, dtype: torch.dtype) -> dict[str, Tensor]:
        if dtype not in self._constants:
            self._constants[dtype] = {
                k: torch.as_tensor(v, dtype=dtype, device=self.device)
                for k, v in self._masks.items()
            }
        return self._constants[dtype]

    def _lstms(self, group: Group, theta: dict[str, Tensor], batch: Batch) -> Tensor:
        size = (group.width, group.hidden, group.accumulator)
        name = completion_name("lstm", size)
        rows = self.packer.completion_rows("lstm", size)
        index = torch.tensor([rows[g, key] for g, key, _ in group.members], device=self.device)
        assert batch.frames is not None
        return lstms(
            batch.frames,
            None if self.per_frame else batch.lengths,
            *(
                theta[f"{name}.{p}"].index_select(0, index)
                for p in ("input", "recurrent", "output")
            ),
        )

    def _weight_index(self, width: int, row: int, column: int) -> int:
        return self._offsets[width] + row * self.plan.tables.by_width[width].n_columns + column
