"""Torch modules of a value per sequence: they read what the program reads, with gradients."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_dpads import Program

from ..program.test_whole import GRAMMAR, TEXT, last_of_prefixes, lengths_of, members_of, texts
from ..strategies import QUICK
from .test_python_whole import padded


@QUICK
@given(texts, lengths_of, st.integers(0, 2), st.sampled_from([0.0, 1e5]))
def test_it_gives_the_last_value(text, lengths, extra, far):
    program, members = Program.parse(text, GRAMMAR), members_of(lengths, far=far)
    module = program.to_torch(dtype=torch.float64)
    expected = last_of_prefixes(program, members)
    frames, n_frames = padded(members, np.nan, extra)
    values = module(torch.tensor(frames), torch.tensor(n_frames))
    assert_allclose(values.detach(), expected, rtol=1e-9, atol=1e-9 * max(1.0, far))
    with torch.no_grad():
        assert_allclose(module(torch.tensor(frames), torch.tensor(n_frames)), values.detach())
    values.sum().backward()
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    if len(set(lengths)) == 1:
        alone = module(torch.tensor(np.stack(members)))
        assert_allclose(alone.detach(), expected, rtol=1e-9, atol=1e-9 * max(1.0, far))


def test_weights_of_0_are_trained_too():
    module = Program.parse("SlideWindowAvg[3](Affine[all](x1))", GRAMMAR).to_torch()
    module(torch.ones(2, 4, 5)).sum().backward()
    assert module.get_parameter("root.args.0.weight").grad.tolist() == [[2.0] * 5]


def test_the_gradient_reaches_the_frames_that_are_read_and_no_other():
    module = Program.parse(TEXT, GRAMMAR).to_torch(dtype=torch.float64)
    frames, lengths = padded(members_of([3, 12, 7]), np.nan, 2)
    X = torch.tensor(frames, requires_grad=True)
    module(X, torch.tensor(lengths)).sum().backward()
    for gradient, length in zip(X.grad, lengths.tolist(), strict=True):
        assert (gradient[length:] == 0).all()
        assert (gradient[max(0, length - 5) : length, :2] != 0).all()
        assert (gradient[: max(0, length - 5), :2] == 0).all()
        assert torch.isfinite(gradient[:length]).all()


def test_no_sequences_give_no_values():
    module = Program.parse(TEXT, GRAMMAR).to_torch()
    assert module(torch.ones(0, 4, 5)).shape == (0, 1)
    assert module(torch.ones(0, 4, 5), torch.ones(0, dtype=torch.int64)).shape == (0, 1)
