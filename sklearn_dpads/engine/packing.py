"""Parameters of a forest packed into a few tensors, and back under their stable names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..grammar import (
    Affine,
    Constant,
    Input,
    Production,
)
from ..graph import NEURAL, SlotKey
from .parameters import Parameters, seen_accumulators
from .plan import CompletionKey, Plan
from .tables import SlotTable

MASKED = -1e9


@dataclass
class Packed:
    """Tensors of a forest, by name; the first axis runs over parts of single graphs.

    Parameters
    ----------
    theta, logits : dict of str to Tensor
        Parameters of the productions and completions; architecture logits.
    owners : dict of str to Tensor of int
        Graph that each entry of a tensor's first axis belongs to.
    undecayed : frozenset of str, default=frozenset()
        Tensors of numbers for which 0 is no simpler than any other.
    """

    theta: dict[str, Tensor]
    logits: dict[str, Tensor]
    owners: dict[str, Tensor]
    undecayed: frozenset[str] = frozenset()

    def tensors(self) -> dict[str, Tensor]:
        """All tensors by name."""
        return {**self.theta, **self.logits}

    def with_tensors(self, tensors: Mapping[str, Tensor]) -> Packed:
        """The same forest with other values."""
        return Packed(
            {name: tensors[name] for name in self.theta},
            {name: tensors[name] for name in self.logits},
            self.owners,
            self.undecayed,
        )


class Packer:
    """Moves parameters between their stable names and a plan's tensors.

    Parameters
    ----------
    plan : Plan
        The forest's plan.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.n_features = plan.graphs[0].n_features
        self.n_inputs = self.n_features + 1 + plan.tables.max_accumulator
        self._completions = _completion_slots(plan)
        # Graph, slot and candidate of each row of the tensors that hold equal parts.
        self._places = {
            **{n: [(g, key, NEURAL) for g, key in of] for n, of in self._completions.items()},
            **{
                filter_name(window): [(g, key, production.label) for g, key, production in keys]
                for window, keys in plan.filters.items()
            },
        }

    def masks(self) -> dict[str, np.ndarray]:
        """Constant tensors by name: trainable entries, fixed entries, live candidates."""
        masks: dict[str, np.ndarray] = {}
        for width, table in self.plan.tables.by_width.items():
            shape = (table.n_slots, table.n_leaves, width, self.n_inputs)
            free, fixed = np.zeros(shape), np.zeros(shape)
            for (g, key), slot in table.index.items():
                for k, leaf in enumerate(table.leaves[slot]):
                    free[slot, k][:, self._columns(leaf, key)] = 1.0
                    if isinstance(leaf, Affine) and key.accumulator:
                        free[slot, k][:, self._previous(key)] = self._seen(g, key)
                    if isinstance(leaf, Input):
                        fixed[slot, k][:, : self.n_features] = np.eye(width, self.n_features)
            masks[f"free{width}"], masks[f"fixed{width}"] = free, fixed
            masks[f"live{width}"] = self._live(table)
        return masks

    def pack(self, parameters: list[Parameters], dtype: torch.dtype, device: str = "cpu") -> Packed:
        """Pack the parameters of all graphs."""
        arrays: dict[str, np.ndarray] = {}
        owners: dict[str, list[int]] = {}
        for width, table in self.plan.tables.by_width.items():
            arrays[f"leaf{width}"] = self._pack_leaves(table, parameters)
            arrays[f"logits{width}"] = self._pack_logits(table, parameters)
            graphs = [g for g, _ in table.index]
            owners[f"leaf{width}"] = owners[f"logits{width}"] = graphs
        for width, folds in self.plan.folds.items():
            values = [
                parameters[g].theta[key, self._label_of_fold(g, key)]["initial"] for g, key in folds
            ]
            arrays[f"initial{width}"] = np.stack(values)
            owners[f"initial{width}"] = [g for g, _ in folds]
        for name, places in self._places.items():
            first, key, label = places[0]
            for part in parameters[first].theta[key, label]:
                values = [parameters[g].theta[key, label][part] for g, key, label in places]
                arrays[f"{name}.{part}"] = np.stack(values)
                owners[f"{name}.{part}"] = [g for g, _, _ in places]
        tensors = {k: torch.as_tensor(v, dtype=dtype, device=device) for k, v in arrays.items()}
        theta = {k: v for k, v in tensors.items() if not k.startswith("logits")}
        logits = {k: v for k, v in tensors.items() if k.startswith("logits")}
        index = {k: torch.as_tensor(v, device=device) for k, v in owners.items()}
        filters = tuple(f"{filter_name(window)}." for window in self.plan.filters)
        return Packed(theta, logits, index, frozenset(k for k in theta if k.startswith(filters)))

    def unpack(self, packed: Packed) -> list[Parameters]:
        """Give the parameters back under their names, in float64."""
        arrays = {
            k: v.detach().cpu().numpy().astype(np.float64) for k, v in packed.tensors().items()
        }
        parameters = [Parameters() for _ in self.plan.graphs]
        for width, table in self.plan.tables.by_width.items():
            self._unpack_table(table, arrays, parameters, width)
        for width, folds in self.plan.folds.items():
            for (g, key), value in zip(folds, arrays[f"initial{width}"], strict=True):
                label = self._label_of_fold(g, key)
                parameters[g].theta[key, label] = {"initial": value.copy()}
        for name, places in self._places.items():
            for part in [n for n in arrays if n.startswith(f"{name}.")]:
                for (g, key, label), value in zip(places, arrays[part], strict=True):
                    values = parameters[g].theta.setdefault((key, label), {})
                    values[part.removeprefix(f"{name}.")] = value.copy()
        return parameters

    def completion_rows(self, kind: str, size: CompletionKey) -> dict[tuple[int, SlotKey], int]:
        """Row of each slot in the tensors of equal completions."""
        return {slot: i for i, slot in enumerate(self._completions[completion_name(kind, size)])}

    def _label_of_fold(self, graph: int, key: SlotKey) -> str:
        candidates = self.plan.graphs[graph].slots[key].candidates
        return next(production.label for production in candidates if production.recurrent)

    def _columns(self, leaf: Production, key: SlotKey) -> list[int]:
        bias = self.n_features
        if isinstance(leaf, Affine):
            return [*leaf.features, bias, *range(bias + 1, bias + 1 + key.accumulator)]
        return [bias] if isinstance(leaf, Constant) else []

    def _previous(self, key: SlotKey) -> slice:
        """Columns of the accumulator."""
        return slice(self.n_features + 1, self.n_features + 1 + key.accumulator)

    def _seen(self, graph: int, key: SlotKey) -> np.ndarray:
        """Parts of the accumulator that each output sees."""
        return seen_accumulators(self.plan.graphs[graph], key)

    def _pack_leaves(self, table: SlotTable, parameters: list[Parameters]) -> np.ndarray:
        packed = np.zeros((table.n_slots, table.n_leaves, table.width, self.n_inputs))
        bias = self.n_features
        for (g, key), slot in table.index.items():
            theta = parameters[g].theta
            for k, leaf in enumerate(table.leaves[slot]):
                target = packed[slot, k]
                if isinstance(leaf, Affine):
                    values = theta[key, leaf.label]
                    target[:, list(leaf.features)] = values["weight"]
                    target[:, bias] = values["bias"]
                    if key.accumulator:
                        target[:, self._previous(key)] = np.where(
                            self._seen(g, key) > 0, values["recurrent"], 0.0
                        )
                elif isinstance(leaf, Constant):
                    target[:, bias] = theta[key, leaf.label]["value"]
        return packed

    def _pack_logits(self, table: SlotTable, parameters: list[Parameters]) -> np.ndarray:
        packed = np.zeros((table.n_slots, table.n_entering, table.n_columns))
        for (g, _), slot in table.index.items():
            columns = table.columns[slot]
            for p, edge in enumerate(table.entering[slot]):
                for label, value in parameters[g].logits[edge].items():
                    packed[slot, p, columns[label]] = value
        return packed

    def _live(self, table: SlotTable) -> np.ndarray:
        live = np.full((table.n_slots, table.n_entering, table.n_columns), MASKED)
        for (g, _), slot in table.index.items():
            columns = table.columns[slot]
            for p, edge in enumerate(table.entering[slot]):
                for label in self.plan.graphs[g].edges[edge].labels:
                    live[slot, p, columns[label]] = 0.0
        return live

    def _unpack_table(
        self,
        table: SlotTable,
        arrays: dict[str, np.ndarray],
        parameters: list[Parameters],
        width: int,
    ) -> None:
        leaves, logits = arrays[f"leaf{width}"], arrays[f"logits{width}"]
        bias = self.n_features
        for (g, key), slot in table.index.items():
            for k, leaf in enumerate(table.leaves[slot]):
                source = leaves[slot, k]
                if isinstance(leaf, Affine):
                    values = {
                        "weight": source[:, list(leaf.features)],
                        "bias": source[:, bias].copy(),
                    }
                    if key.accumulator:
                        values["recurrent"] = source[:, self._previous(key)].copy()
                    parameters[g].theta[key, leaf.label] = values
                elif isinstance(leaf, Constant):
                    parameters[g].theta[key, leaf.label] = {"value": source[:, bias].copy()}
            columns = table.columns[slot]
            for p, edge in enumerate(table.entering[slot]):
                live = self.plan.graphs[g].edges[edge].labels
                parameters[g].logits[edge] = {
                    label: float(logits[slot, p, columns[label]]) for label in live
                }


def completion_name(kind: str, size: CompletionKey) -> str:
    """Prefix of the tensors that hold completions of a kind and (width, units, accumulator)."""
    width, hidden, accumulator = size
    return f"{kind}{width}x{hidden}a{accumulator}"


def filter_name(window: int) -> str:
    """Prefix of the tensors that hold filters of a window."""
    return f"filter{window}"


def _completion_slots(plan: Plan) -> dict[str, list[tuple[int, SlotKey]]]:
    """Slots of equal neural completions, each once however many contexts it has."""
    found: dict[str, dict[tuple[int, SlotKey], None]] = {}
    for kind, registry in (
        ("mlp", plan.output.neural),
        ("mlp", plan.fold.neural),
        ("mlp", plan.values.neural),
        ("lstm", plan.lstms),
    ):
        for size, places in registry.items():
            slots = found.setdefault(completion_name(kind, size), {})
            slots.update({(g, key): None for g, key, _ in places})
    return {name: list(slots) for name, slots in found.items()}
