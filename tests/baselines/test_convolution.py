"""Convolutions are centred, and padding has no influence on them."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import conv1d

from sklearn_dpads.baselines.networks import ConvFrameNet, ConvNet, MaskedConvolutions

LENGTHS = torch.tensor([7, 3, 2, 1])


def make(network, **changes):
    parameters = {
        "n_features": 3,
        "n_outputs": 2,
        "n_filters": 4,
        "kernel_size": 3,
        "num_layers": 2,
        "dropout": 0.5,
    }
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        net = network(**(parameters | changes)).double()
        for layer in net.body.layers:  # so that what lies past the end would not stay zero
            torch.nn.init.normal_(layer.bias)
    return net.eval()


@pytest.fixture
def frames():
    return torch.randn(4, 7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def alone(net, frames):
    """Pass each sequence through the network by itself, without padding."""
    return [
        net(sequence[None, :length], torch.tensor([int(length)]))[0]
        for sequence, length in zip(frames, LENGTHS, strict=True)
    ]


def test_equals_torch_on_each_sequence_alone(frames):
    net = make(ConvNet)
    for sequence, length, logits in zip(frames, LENGTHS, net(frames, LENGTHS), strict=True):
        values = sequence[:length].T
        for layer in net.body.layers:
            values = conv1d(values, layer.weight, layer.bias, padding=1).relu()
        torch.testing.assert_close(logits, net.output(values.mean(dim=1)))


def test_sequence_logits_do_not_depend_on_padding(frames):
    net = make(ConvNet)
    torch.testing.assert_close(net(frames, LENGTHS), torch.stack(alone(net, frames)))


@pytest.mark.parametrize("kernel_size", [1, 3, 9])
def test_frame_logits_do_not_depend_on_padding(frames, kernel_size):
    net = make(ConvFrameNet, kernel_size=kernel_size)
    together = net(frames, LENGTHS)
    assert together.shape == (4, 7, 2)
    for logits, expected in zip(together, alone(net, frames), strict=True):
        torch.testing.assert_close(logits[: len(expected)], expected)


@pytest.mark.parametrize("network", [ConvNet, ConvFrameNet])
@pytest.mark.parametrize("rubbish", [100.0, torch.nan])
def test_frames_past_the_end_have_no_influence(network, rubbish, frames):
    net = make(network)
    changed = frames.clone()
    for sequence, length in zip(changed, LENGTHS, strict=True):
        sequence[length:] = rubbish
    torch.testing.assert_close(net(changed, LENGTHS), net(frames, LENGTHS))


def test_filters_are_centred(frames):
    # A filter that passes on the frame in its middle gives the frames themselves.
    body = MaskedConvolutions(3, n_filters=3, kernel_size=5, num_layers=2, dropout=0.0).double()
    for layer in body.layers:
        torch.nn.init.dirac_(layer.weight)
    mask = torch.ones(4, 7, dtype=torch.bool)
    torch.testing.assert_close(body(frames.abs(), mask), frames.abs())


def test_dropout_acts_in_training_alone(frames):
    net = make(ConvFrameNet, dropout=0.5)
    torch.testing.assert_close(net(frames, LENGTHS), net(frames, LENGTHS), rtol=0, atol=0)
    net.train()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        assert not torch.equal(net(frames, LENGTHS), net(frames, LENGTHS))
