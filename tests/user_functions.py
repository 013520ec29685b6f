"""Torch functions for user-defined productions; they stand at the top of a module, as asked."""

from __future__ import annotations

import torch

from sklearn_dpads.grammar import make_production


def soft_sign(x):
    return x / (1 + x.abs())


def blend(a, b):
    return a * torch.sigmoid(b) + 0.5 * b


def softmax_share(x):
    return torch.softmax(x, dim=-1) + 0.1 * x


SOFT_SIGN = make_production("soft_sign", soft_sign, arity=1, template="|{0}|")
BLEND = make_production("blend", blend, arity=2, cost=5, template="blend {1} into {0} done")
TANH = make_production("tanh", torch.tanh, arity=1)
SHARE = make_production("share", softmax_share, arity=1)

PRODUCTIONS = (SOFT_SIGN, BLEND, TANH, SHARE)
