"""The device that training runs on."""

from __future__ import annotations

import torch


def resolve_device(device: object) -> str:
    """Turn "auto" into a device that exists, and refuse one that doesn't.

    Parameters
    ----------
    device : str
        "cpu", "cuda" with or without an index, or "auto".

    Returns
    -------
    device : str

    Raises
    ------
    ValueError
        If `device` is none of the above, or names a GPU that torch can't reach.
    """
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return "cuda" if n_gpus else "cpu"
    if device == "cpu":
        return "cpu"
    name, _, index = str(device).partition(":")
    if not isinstance(device, str) or name != "cuda" or not (index.isdecimal() or device == name):
        raise ValueError(f"device must be 'cpu', 'cuda', 'cuda:<index>' or 'auto'; got {device!r}.")
    if int(index or 0) >= n_gpus:
        raise ValueError(
            f"device={device!r} was asked for, but torch finds {n_gpus} GPU(s) here. Use "
            "device='cpu', or 'auto' to take a GPU where there is one."
        )
    return device
