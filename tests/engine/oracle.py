"""The meaning of a compound graph by plain recursion, one sequence and one node at a time.

The value of an edge is the sum over its candidates of their softmax weight times their
value. Every edge is evaluated anew in every place that asks for it, prefix by prefix.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from sklearn_dpads.engine import Parameters
from sklearn_dpads.graph import (
    NEURAL,
    ROOT_EDGE,
    DerivationGraph,
    EdgeKey,
    SlotKey,
)

from ..reference import filtered

Array = np.ndarray


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


class Oracle:
    def __init__(
        self,
        graph: DerivationGraph,
        parameters: Parameters,
        gate: Callable[[Array], Array] = sigmoid,
    ) -> None:
        self.graph, self.parameters, self.gate = graph, parameters, gate
        self.productions = {
            (key, p.label): p for key, slot in graph.slots.items() for p in slot.candidates
        }

    def __call__(self, frames: Array) -> Array:
        """Value on one sequence: (width,), or (n_timesteps, width) for list->list."""
        return self.edge(ROOT_EDGE, frames, None)

    def edge(self, key: EdgeKey, x: Array, state: Array | None) -> Array:
        edge = self.graph.edges[key]
        logits = np.array([self.parameters.logits[key][label] for label in edge.labels])
        shares = np.exp(logits) / np.exp(logits).sum()
        values = [self.candidate(edge.target, label, x, state) for label in edge.labels]
        return sum(share * value for share, value in zip(shares, values, strict=True))

    def candidate(self, slot: SlotKey, label: str, x: Array, state: Array | None) -> Array:
        theta = self.parameters.theta.get((slot, label), {})
        if label == NEURAL:
            return self.neural(slot, theta, x, state)
        production = self.productions[slot, label]
        argument = [
            lambda x, state=state, key=key: self.edge(key, x, state)
            for key, _ in self.graph.arguments(slot, production)
        ]
        return self.apply(production, theta, argument, x, state)

    def apply(self, production, theta, argument, x, state):
        match production.symbol:
            case "Map":
                return np.array([argument[0](frame) for frame in x])
            case "MapPrefix":
                return np.array([argument[0](x[: t + 1]) for t in range(len(x))])
            case "CenteredWindowAvg":
                half = production.window // 2
                around = [x[max(0, t - half) : t + half + 1] for t in range(len(x))]
                return np.array([argument[0](frames.mean(0)) for frames in around])
            case "SlideWindowAvg":
                last = x if production.window is None else x[-production.window :]
                if production.of == "frames":
                    return argument[0](last.mean(0))
                return np.mean([argument[0](frame) for frame in last], axis=0)
            case "TemporalFilter":
                numbers = theta["frequency"].item(), theta["spread"].item()
                return argument[0](np.array(filtered(x.tolist(), production.window, *numbers)))
            case "Fold":
                state = theta["initial"]
                for frame in x:
                    state = argument[0](frame, state)
                return state
            case "ITE":
                share = self.gate(argument[0](x))
                return share * argument[1](x) + (1 - share) * argument[2](x)
            case "Add":
                return argument[0](x) + argument[1](x)
            case "Multiply":
                return argument[0](x) * argument[1](x)
            case "Affine":
                value = theta["weight"] @ x[list(production.features)] + theta["bias"]
                return value if state is None else value + theta["recurrent"] @ state
            case "Constant":
                return theta["value"]
            case "Input":
                return x
        rows = [torch.from_numpy(a(x))[None] for a in argument]
        return production.function(*rows)[0].numpy()

    def neural(self, slot: SlotKey, theta: dict, x: Array, state: Array | None) -> Array:
        weight, bias = theta["output"][:, :-1], theta["output"][:, -1]
        if str(slot.signature.input) == "list":
            hidden = lstm(theta, x)
            hidden = hidden if str(slot.signature.output) == "list" else hidden[-1]
            return hidden @ weight.T + bias
        inputs = np.concatenate([x, [1.0], [] if state is None else state])
        return weight @ np.tanh(theta["hidden"] @ inputs) + bias


def lstm(theta: dict, x: Array) -> Array:
    """Hidden states of torch's own LSTM with the weights of a completion."""
    units = theta["recurrent"].shape[1]
    # Ours are in the order input, forget, output, cell; torch's input, forget, cell, output.
    i, f, o, c = np.arange(4 * units).reshape(4, units)
    order = np.concatenate([i, f, c, o])
    net = torch.nn.LSTM(x.shape[1], units, batch_first=True, dtype=torch.float64)
    values = {
        "weight_ih_l0": theta["input"][order, :-1],
        "bias_ih_l0": theta["input"][order, -1],
        "weight_hh_l0": theta["recurrent"][order],
        "bias_hh_l0": np.zeros(4 * units),
    }
    net.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()})
    with torch.no_grad():
        return net(torch.from_numpy(x)[None])[0][0].numpy()
