"""Everything a schedule indexes with lives on the device it runs on."""

from __future__ import annotations

import torch

from sklearn_dpads.engine import Schedule
from sklearn_dpads.grammar import LIST_TO_ATOM, Grammar
from sklearn_dpads.graph import derivation_graph


def tensors(value, seen):
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item, seen)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors(item, seen)
    elif type(value).__module__.startswith("sklearn_dpads.engine"):
        yield from tensors(vars(value), seen)


def test_index_tensors_follow_the_device():
    for depth in (2, 4):
        graph = derivation_graph(
            Grammar.paper(3), LIST_TO_ATOM, n_features=3, n_outputs=1, depth=depth, max_depth=4
        )
        found = list(tensors(vars(Schedule([graph], device="meta")), set()))
        assert len(found) > 5
        assert {tensor.device.type for tensor in found} == {"meta"}
