"""Names of devices, with and without a GPU."""

from __future__ import annotations

import pytest
import torch

from sklearn_dpads.estimator.parameters import resolve_device


def let_torch_find(n_gpus, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: n_gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: n_gpus)


def test_without_a_gpu(monkeypatch):
    let_torch_find(0, monkeypatch)
    assert resolve_device("cpu") == "cpu"
    assert resolve_device("auto") == "cpu"
    for device in ("cuda", "cuda:1"):
        with pytest.raises(ValueError, match=r"torch finds 0 GPU\(s\) here. Use device='cpu', or"):
            resolve_device(device)


def test_with_gpus(monkeypatch):
    let_torch_find(2, monkeypatch)
    assert resolve_device("cpu") == "cpu"
    assert resolve_device("auto") == "cuda"
    assert resolve_device("cuda") == "cuda"
    assert resolve_device("cuda:1") == "cuda:1"
    with pytest.raises(ValueError, match=r"device='cuda:2' was asked for, but torch finds 2 GPU"):
        resolve_device("cuda:2")


@pytest.mark.parametrize("device", ["gpu", "", "cuda:", "cuda:x", "cpu:0", None, 0])
def test_unknown_device(device):
    with pytest.raises(ValueError, match="device must be 'cpu', 'cuda', 'cuda:<index>' or 'auto'"):
        resolve_device(device)
