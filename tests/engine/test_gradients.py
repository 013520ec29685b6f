"""Gradients against finite differences, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from sklearn_dpads import Grammar
from sklearn_dpads.engine import (
    Runtime,
    Schedule,
    hard_gate,
    soft_gate,
    straight_through_gate,
)
from sklearn_dpads.engine.semantics import Bounded, PermuteRows, combine
from sklearn_dpads.grammar import (
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    SIGNATURES,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    SlideWindowAvg,
    TemporalFilter,
)

from ..graph.build import random_part, space
from ..user_functions import BLEND, SHARE
from .run import ragged, random_parameters

ALL = Grammar(
    (
        *(Map(), MapPrefix(), CenteredWindowAvg(3), Fold(mixed=True), TemporalFilter(3)),
        *(SlideWindowAvg(2), SlideWindowAvg(3, "values"), SlideWindowAvg(None, "values")),
        *(ITE(signature) for signature in SIGNATURES),
        *(Add(), Multiply(), BLEND, SHARE, Affine("a", (0, 2)), Affine("b", (1,))),
        *(Constant(), Input()),
    )
)
N_DIRECTIONS = 8


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize(
    ("signature", "depth", "max_depth"),
    [
        (LIST_TO_ATOM, 1, 4),
        (LIST_TO_ATOM, 2, 4),
        (LIST_TO_ATOM, 3, 3),
        (LIST_TO_LIST, 1, 4),
        (LIST_TO_LIST, 2, 4),
        (LIST_TO_LIST, 3, 3),
    ],
)
def test_gradients_of_relaxed_forests(signature, depth, max_depth, n_outputs):
    """Slopes along random directions: parameters and logits, completions included."""
    rng = np.random.default_rng(depth)
    whole = space(ALL, signature, n_outputs=n_outputs, depth=depth, max_depth=max_depth)
    assert whole.has_frontier == (depth < max_depth)
    graphs = [whole, random_part(whole, rng, most=3)]
    value, point = scalar_of(graphs, Runtime(), ragged(lengths=(4, 1, 3)))
    assert_slopes_agree(value, point, rng)


def test_every_entry_of_a_small_graph():
    grammar = Grammar((Fold(), SlideWindowAvg(3, "values"), ITE(), Multiply(), Affine("a", (0,))))
    graph = space(grammar, max_depth=3)
    value, point = scalar_of([graph], Runtime(), ragged(n_features=1, lengths=(3, 1)))
    assert 20 < len(point) < 200
    assert gradcheck(value, point.clone().requires_grad_(), eps=1e-6, atol=1e-7, rtol=1e-6)


def test_a_wide_bound_leaves_the_gradients_alone():
    graph = space(ALL, n_outputs=3, max_depth=3)
    slopes = []
    for bound in (None, 1e6):
        value, point = scalar_of([graph], Runtime(bound=bound), ragged(lengths=(4, 2)))
        point.requires_grad_()
        slopes.append(torch.autograd.grad(value(point), point)[0])
    torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-12, atol=1e-12)


def test_bounds_keep_gradients_finite_where_a_fold_explodes():
    grammar = Grammar((Fold(), Multiply(), Affine("a", (0,))))
    graph = space(grammar, max_depth=3)
    body = list(graph.edges)[1]
    graph = graph.restrict({body: ("Multiply",)})
    data = ragged(n_features=1, lengths=(60, 40))
    norms = {}
    for bound in (None, 1e4):
        value, point = scalar_of([graph], Runtime(bound=bound), data, scale=3.0, dtype="float32")
        point.requires_grad_()
        (gradient,) = torch.autograd.grad(value(point), point)
        norms[bound] = float(gradient.norm())
    assert not np.isfinite(norms[None])
    assert np.isfinite(norms[1e4])


@pytest.mark.parametrize("sharpness", [1.0, 4.0])
def test_straight_through_is_hard_forward_and_soft_backward(sharpness):
    condition = torch.tensor([-2.0, -0.1, 0.0, 0.3], dtype=torch.float64, requires_grad=True)
    hard, soft = straight_through_gate(sharpness)(condition), soft_gate(sharpness)(condition)
    assert torch.equal(hard.detach(), torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64))
    assert torch.equal(hard_gate(condition), hard.detach())
    slopes = [torch.autograd.grad(gate.sum(), condition)[0] for gate in (hard, soft)]
    torch.testing.assert_close(slopes[0], slopes[1])
    assert (slopes[0] > 0).all()


def test_permutation_of_rows():
    values = torch.randn(5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    order = torch.tensor([3, 0, 4, 1, 2])
    inverse = torch.argsort(order)
    assert torch.equal(PermuteRows.apply(values, order, inverse), values[order])
    inputs = (values.requires_grad_(), order, inverse)
    assert gradcheck(PermuteRows.apply, inputs)


def test_bounded_values_and_gradients():
    values = torch.tensor([-9.0, -1.0, 0.5, 7.0], requires_grad=True)
    bounded = Bounded.apply(values, 5.0)
    assert bounded.tolist() == [-5.0, -1.0, 0.5, 5.0]
    bounded.backward(torch.tensor([1.0, 100.0, -2.0, 1.0]))
    assert values.grad.tolist() == [0.0, 5.0, -2.0, 0.0]


def test_only_productions_of_atoms_combine():
    with pytest.raises(TypeError, match="can't be combined"):
        combine(Fold(), [torch.zeros(1, 1, 1)], soft_gate(), None)


def scalar_of(graphs, runtime, data, *, scale=1.0, dtype="float64"):
    """A function of all packed values in one vector, and the vector to look around."""
    kind = getattr(torch, dtype)
    schedule = Schedule(graphs)
    parameters = [random_parameters(g, seed) for seed, g in enumerate(graphs)]
    packed = schedule.pack(parameters, dtype=kind)
    batch = schedule.streams(data, dtype=kind).batch()
    tensors = packed.tensors()
    shapes = {name: value.shape for name, value in tensors.items()}
    point = scale * torch.cat([value.flatten() for value in tensors.values()])

    def value(flat):
        parts = flat.split([shape.numel() for shape in shapes.values()])
        named = {
            name: part.view(shape)
            for (name, shape), part in zip(shapes.items(), parts, strict=True)
        }
        outputs = schedule.forward(packed.with_tensors(named), batch, runtime)
        weights = torch.linspace(-1, 1, outputs.numel(), dtype=kind)
        return (outputs.flatten() * weights).sum()

    return value, point


def assert_slopes_agree(value, point, rng, step=1e-6):
    (gradient,) = torch.autograd.grad(value(point.requires_grad_()), point)
    point = point.detach()
    assert gradient.norm() > 0
    for _ in range(N_DIRECTIONS):
        direction = torch.as_tensor(rng.standard_normal(len(point)))
        rise = value(point + step * direction) - value(point - step * direction)
        slope = float(rise) / (2 * step)
        assert slope == pytest.approx(float(gradient @ direction), rel=1e-6, abs=1e-7)
