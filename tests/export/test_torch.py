"""Programs as torch modules."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import LIST_TO_LIST

from .. import reference
from ..program.cases import EXPORTS, cases, values_of
from ..program.compare import assert_same_program
from ..strategies import pad
from ..user_functions import PRODUCTIONS


def in_torch(module, data, dtype):
    frames = torch.tensor(data.frames, dtype=dtype)
    return module(frames, torch.tensor(data.lengths))


def expected_of(program, frames_of, n_timesteps):
    """The program's own values, with 0 past the end of a sequence."""
    values = values_of(program, frames_of)
    if values.ndim == 3:
        missing = n_timesteps - values.shape[1]
        values = np.nan_to_num(np.pad(values, ((0, 0), (0, missing), (0, 0))))
    return values


@EXPORTS
@given(cases(user=True), st.integers(0, 3), st.sampled_from([0.0, 1e6, np.nan]), st.booleans())
def test_float64_agrees_with_the_program(case, extra, filler, with_gradient):
    program, frames_of = case
    data = pad(frames_of, extra, filler)
    with torch.set_grad_enabled(with_gradient):
        values = in_torch(program.to_torch(dtype=torch.float64), data, torch.float64)
    expected = expected_of(program, frames_of, data.frames.shape[1])
    np.testing.assert_allclose(values.detach().numpy(), expected, rtol=1e-10, atol=1e-10)


@EXPORTS
@given(cases(user=True), st.integers(0, 3))
def test_nan_tells_the_end_where_no_lengths_are_given(case, extra):
    program, frames_of = case
    data = pad(frames_of, extra, np.nan)
    module = program.to_torch(dtype=torch.float64)
    values = module(torch.tensor(data.frames)).detach().numpy()
    expected = expected_of(program, frames_of, data.frames.shape[1])
    np.testing.assert_allclose(values, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("absent", [[3, 5], [0, 1, 2, 3, 4, 5]])
def test_nan_before_other_frames_or_throughout_tells_no_end(absent):
    frames = FRAMES[:3].clone()
    frames[1, absent] = np.nan
    with pytest.raises(ValueError, match=r"end of a sequence alone.*sequence 1 has them elsewhere"):
        conditional().to_torch()(frames)


def test_what_cannot_look_for_an_end_takes_all_frames():
    module = conditional().to_torch()
    of_one = torch.func.vmap(lambda frames: module(frames[None])[0])
    torch.testing.assert_close(of_one(FRAMES), module(FRAMES))
    exported = torch.export.export(module, (FRAMES,)).module()
    torch.testing.assert_close(exported(FRAMES), module(FRAMES))


@EXPORTS
@given(cases(user=True, clear=1e-2, largest=50))
def test_float32_agrees_with_the_program_to_single_precision(case):
    program, frames_of = case
    largest = max(1.0, reference.trace(program.expression, frames_of).largest_value)
    values = in_torch(program.to_torch(), pad(frames_of), torch.float32)
    expected = expected_of(program, frames_of, max(map(len, frames_of)))
    assert values.dtype == torch.float32
    np.testing.assert_allclose(values.detach().numpy(), expected, rtol=1e-5, atol=1e-5 * largest)


@EXPORTS
@given(cases(user=True))
def test_the_program_comes_back_out_of_it(case):
    program, _ = case
    assert_same_program(program.to_torch(dtype=torch.float64).to_program(), program)


@EXPORTS
@given(cases(user=True, clear=1e-2, largest=50), st.sampled_from([0.0, 1e30, np.nan]))
def test_padding_never_reaches_a_gradient(case, filler):
    program, frames_of = case
    # Frames as they are have nothing that a gradient could reach.
    assume(any(node.params for _, node in program.expression.walk()))
    gradients = []
    for extra, value in ((0, 0.0), (2, filler)):
        module = program.to_torch(dtype=torch.float64)
        in_torch(module, pad(frames_of, extra, value), torch.float64).sum().backward()
        gradients.append([p.grad for p in module.parameters()])
    for alone, padded in zip(*gradients, strict=True):
        assert (alone is None) == (padded is None)
        if alone is not None:
            torch.testing.assert_close(padded, alone)


FRAMES = torch.tensor(np.random.default_rng(0).normal(size=(40, 6, 2)), dtype=torch.float32)


def conditional() -> Program:
    text = (
        "if SlideWindowAvg[3](Affine[x0](x0 + 0.5)) >= 0: "
        "Fold(Affine[x1](0.4*x1 + 0.5*previous), initial=0.2) else: SlideWindowAvg[3](Constant(-1))"
    )
    return Program.parse(text, Grammar.paper(2, windows=[3]))


def test_a_few_steps_of_adam_lower_the_loss():
    module = conditional().to_torch()
    module.train()
    labels = (FRAMES[:, :, 0].mean(dim=1) > 0).float()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    losses = []
    for _ in range(30):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(module(FRAMES)[:, 0], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    tuned = module.to_program()
    np.testing.assert_allclose(tuned(FRAMES.numpy()), module(FRAMES).detach().numpy(), atol=1e-5)
    assert str(tuned) != str(conditional())


def test_conditions_are_hard_and_their_gradient_is_that_of_the_relaxed_one():
    module = conditional().to_torch(dtype=torch.float64)
    frames = FRAMES.double()
    condition, then, other = (
        conditional().with_expression(arg).to_torch(dtype=torch.float64)(frames)
        for arg in conditional().expression.args
    )
    values = module(frames)
    assert torch.equal(values, torch.where(condition >= 0, then, other))
    values.sum().backward()
    share = torch.sigmoid(condition)
    slope = (share * (1 - share) * (then - other)).sum()
    bias = module.get_parameter("root.args.0.args.0.bias")
    torch.testing.assert_close(bias.grad, slope[None])
    constant = module.get_parameter("root.args.2.args.0.value")
    assert constant.grad.item() == (condition < 0).sum()


def test_states_are_saved_and_loaded():
    module = conditional().to_torch()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0))
    buffer = io.BytesIO()
    torch.save(module.state_dict(), buffer)
    buffer.seek(0)
    other = conditional().to_torch()
    other.load_state_dict(torch.load(buffer, weights_only=True))
    assert torch.equal(other(FRAMES), module(FRAMES))
    assert_same_program(other.to_program(), module.to_program())
    assert set(module.state_dict()) == {
        "root.args.0.args.0.weight",
        "root.args.0.args.0.bias",
        "root.args.1.initial",
        "root.args.1.args.0.weight",
        "root.args.1.args.0.bias",
        "root.args.1.args.0.recurrent",
        "root.args.2.args.0.value",
    }


def test_it_is_a_layer_like_any_other():
    grammar = Grammar.paper(2).with_production(*PRODUCTIONS)
    text = "Map(|Affine[x0](a: x0, b: 2*x0)|)"
    head = Program.parse(text, grammar, classes=("a", "b")).to_torch()
    net = torch.nn.Sequential(torch.nn.Linear(5, 2), head, torch.nn.Flatten())
    net(torch.ones(3, 4, 5)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    assert repr(head) == f"ProgramModule(\n    {text}\n)"


def test_the_value_of_a_branch_not_taken_may_be_infinite():
    grammar = Grammar.paper(1)
    big = "Affine[x0](1e30*x0)"
    program = Program.parse(
        f"Map(if Constant(-1) >= 0: Multiply({big}, {big}) else: Affine[x0](x0))", grammar
    )
    module = program.to_torch()
    values = module(torch.ones(1, 2, 1))
    assert values.tolist() == [[[1.0], [1.0]]]
    values.sum().backward()
    bias = module.get_parameter("root.args.0.args.2.bias")
    assert bias.grad.item() == 2


@pytest.mark.parametrize(
    ("frames", "lengths", "message"),
    [
        (torch.ones(3, 2), None, r"^frames must have shape \(n_samples, n_timesteps, 2\); got"),
        (torch.ones(1, 3, 1), None, r"got \(1, 3, 1\)\.$"),
        (torch.ones(1, 0, 2), None, r"got \(1, 0, 2\)\.$"),
        (torch.ones(1, 3, 2), torch.tensor([4]), r"^lengths must hold a whole number from 1 to 3"),
        (torch.ones(1, 3, 2), torch.tensor([0]), r"got \[0\]\.$"),
        (torch.ones(1, 3, 2), torch.tensor([1.0]), r"got \[1\.0\]\.$"),
        (torch.ones(2, 3, 2), torch.tensor([1]), r"each of the 2 sequences; got \[1\]\.$"),
    ],
)
def test_what_does_not_fit_is_refused(frames, lengths, message):
    with pytest.raises(ValueError, match=message):
        conditional().to_torch()(frames, lengths)


def test_long_windows_keep_single_precision():
    program = Program.parse(
        "MapPrefix(SlideWindowAvg[2](Affine[x0](x0)))", Grammar.paper(1, windows=[2])
    )
    assert program.expression.signature == LIST_TO_LIST
    X = 1000 + np.random.default_rng(0).normal(size=(1, 20_000, 1)).astype(np.float32)
    values = program.to_torch()(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(values, program(X), rtol=1e-6)


def test_nothing_imports_torch_before_it_is_asked_for():
    code = (
        "import sys; from sklearn_dpads import Grammar, Program; "
        "p = Program.parse('Fold(Affine[x0](x0))', Grammar.paper(1)); "
        "p.to_python(); p.to_latex(); p.to_dot(); p.simplify([[[1.0]]]); p([[[1.0]]]); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


OF_TIME = "SlideWindowAvg[all](Affine[t](0.01*t - 17000000))"


@pytest.mark.parametrize("digits", [None, 9])
def test_what_single_precision_loses_is_told(digits):
    grammar = Grammar.paper({"t": ["t"]}, feature_names=["t"])
    text = OF_TIME if digits is None else "Map(Affine[t](t - 5))"
    program = replace(Program.parse(text, grammar, feature_names=["t"]), digits=digits)
    with pytest.warns(UserWarning, match=r"float32 keeps 7 digits.*to_torch\(dtype=torch.float64"):
        program.to_torch()
    X = 1.7e9 + np.random.default_rng(0).normal(scale=60.0, size=(40, 5, 1))
    found = program.to_torch(dtype=torch.float64)(torch.tensor(X))
    np.testing.assert_allclose(found.detach(), program(X), rtol=1e-9, atol=1e-7)
