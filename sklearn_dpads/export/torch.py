"""A program as a torch module, to be trained further inside a larger model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ..grammar import LIST_TO_LIST, STATISTICS, Statistic, StreamKey
from ..grammar.filters import at_end, over_lags, wavelet
from ..grammar.spans import span_bounds
from ..grammar.statistics import over_all, over_centered, over_span
from ..program import Expression, Meaning, Node, Program
from ..program.whole import columns_in_training, columns_of
from .common import warn_of_single_precision


class ProgramModule(nn.Module):
    """A discrete program whose numbers are trainable parameters.

    Conditions are hard: the value is that of the branch taken, in training too. Their
    gradient is passed straight through: towards the condition c it is that of
    sigmoid(c)·a + (1 - sigmoid(c))·b (Bengio, Léonard and Courville 2013, "Estimating or
    propagating gradients through stochastic neurons").

    To train it further, center features that are far from 0 for how much they vary, before the
    program is fitted: otherwise a small step of a weight moves the value by far more than the
    constant makes good.

    Parameters
    ----------
    program : Program
        Where the tree and the values of the parameters come from.
    dtype : torch.dtype or None, default=None
        Type of the parameters; None takes torch's default.

    Examples
    --------
    >>> import torch
    >>> from sklearn_dpads import Grammar, Program
    >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.9*previous))", Grammar.paper(2))
    >>> module = program.to_torch()
    >>> [name for name, _ in module.named_parameters()]
    ['root.initial', 'root.args.0.weight', 'root.args.0.bias', 'root.args.0.recurrent']
    >>> frames = torch.ones(1, 3, 2)
    >>> optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    >>> module(frames).sum().backward()
    >>> optimizer.step()
    >>> print(module.to_program().to_text(precision=3))
    Fold(Affine[x0](0.473*x0 + 0.886*previous - 0.0271), initial=-0.00729)
    """

    def __init__(self, program: Program, *, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        if (dtype or torch.get_default_dtype()).itemsize < 8:
            warn_of_single_precision(program, "to_torch", "torch.float64")
        self._program = program
        self.root = _Node(program.expression, dtype)

    def forward(self, frames: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Evaluate the program.

        Parameters
        ----------
        frames : Tensor of shape (n_samples, n_timesteps, n_features)
            Sequences, padded at the end with anything.
        lengths : Tensor of int of shape (n_samples,) or None, default=None
            Number of valid frames of each sequence, at least 1. None means all, up to an end
            where frames are NaN throughout; under ``torch.export``, ``torch.compile``,
            ``torch.jit.trace`` and ``torch.func.vmap``, which can't look, it means all.

        Returns
        -------
        values : Tensor
            (n_samples, n_outputs) for a program of list->atom, (n_samples, n_timesteps,
            n_outputs) for list->list, with 0 past the end of a sequence.

        Raises
        ------
        ValueError
            If a shape or a length does not fit, or if other frames follow on those that tell an
            end.
        """
        self._check_shape(frames)
        lengths = _told_by_nan(frames) if lengths is None else lengths
        checked = self._checked_lengths(frames, lengths)
        if self._program.expression.signature != LIST_TO_LIST:
            return self._last_values(frames, None if lengths is None else checked)
        steps = torch.arange(frames.shape[1], device=frames.device)
        past = (steps >= checked[:, None])[..., None]
        # Not a number times a gradient of 0 would not be 0.
        frames = frames.masked_fill(past, 0.0)
        values = _Tensors().over_list(self.root, _Sequences(frames, checked))
        return values.masked_fill(past, 0.0)

    def _last_values(self, frames: Tensor, lengths: Tensor | None) -> Tensor:
        """Give values of whole sequences, which read nothing past the end of one."""
        meaning: Any = _WholeTensors()
        if lengths is None or bool((lengths == lengths[:1]).all()):
            n_frames = frames.shape[1] if lengths is None else max(lengths[:1].tolist(), default=1)
            sequences = _Ordered(frames[:, :n_frames], [n_frames] * len(frames))
            values: Tensor = meaning.over_list(self.root, sequences)
            return values
        ordered, order = lengths.sort(stable=True)
        values = meaning.over_list(self.root, _Ordered(frames[order], ordered.tolist()))
        return values[order.argsort()]

    def to_program(self) -> Program:
        """Give the program with the present values of the parameters."""
        return self._program.with_expression(self.root.to_expression())

    def __repr__(self) -> str:
        lines = ("    " + line for line in self.to_program().to_text().splitlines())
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])

    def _check_shape(self, frames: Tensor) -> None:
        n_features = self._program.n_features
        if frames.ndim != 3 or frames.shape[1] < 1 or frames.shape[2] != n_features:
            raise ValueError(
                f"frames must have shape (n_samples, n_timesteps, {n_features}); "
                f"got {tuple(frames.shape)}."
            )

    def _checked_lengths(self, frames: Tensor, lengths: Tensor | None) -> Tensor:
        n_samples, n_timesteps, _ = frames.shape
        if lengths is None:
            return torch.full((n_samples,), n_timesteps, device=frames.device)
        lengths = torch.as_tensor(lengths, device=frames.device)
        fits = lengths.shape == (n_samples,) and not lengths.is_floating_point()
        if not fits or bool(((lengths < 1) | (lengths > n_timesteps)).any()):
            raise ValueError(
                f"lengths must hold a whole number from 1 to {n_timesteps} for each of the "
                f"{n_samples} sequences; got {lengths.tolist()}."
            )
        return lengths.long()


def _told_by_nan(frames: Tensor) -> Tensor | None:
    """Give the lengths of sequences that are padded with NaN, or None where none is."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return None
    # Where no last frame is NaN no other is looked at: a program may read few of them.
    try:
        if not bool(frames[:, -1].isnan().all(dim=1).any()):
            return None
    except RuntimeError:  # of vmap, whose tensors have no values to ask for
        return None
    absent = frames.isnan().all(dim=2)
    lengths = frames.shape[1] - absent.sum(dim=1)
    past = torch.arange(frames.shape[1], device=frames.device) >= lengths[:, None]
    wrong = ((absent != past).any(dim=1) | (lengths == 0)).nonzero()[:, 0].tolist()
    if wrong:
        raise ValueError(
            "Without lengths, frames that are NaN throughout are allowed at the end of a sequence "
            f"alone, after at least one other; sequence {wrong[0]} has them elsewhere. Fill them "
            "in, or leave the sequence out."
        )
    return lengths


class _Node(nn.Module):
    """A place in a program, with its parameters as tensors to train."""

    def __init__(self, expression: Expression, dtype: torch.dtype | None) -> None:
        super().__init__()
        self.expression = expression
        dtype = dtype or torch.get_default_dtype()
        for name, value in expression.params.items():
            self.register_parameter(name, nn.Parameter(torch.tensor(value, dtype=dtype)))
        # Typed as what it holds, of which torch's types know no more than that they are modules.
        self.args: Any = nn.ModuleList(_Node(arg, dtype) for arg in expression.args)

    @property
    def production(self) -> Any:
        return self.expression.production

    @property
    def width(self) -> int:
        return self.expression.width

    @property
    def accumulator(self) -> int:
        return self.expression.accumulator

    @property
    def params(self) -> dict[str, nn.Parameter]:
        return dict(self.named_parameters(recurse=False))

    def to_expression(self) -> Expression:
        params = {
            name: value.detach().cpu().double().numpy() for name, value in self.params.items()
        }
        args = tuple(arg.to_expression() for arg in self.args)
        return self.expression.with_args(args).with_params(params)


@dataclass(frozen=True)
class _Sequences:
    frames: Tensor
    lengths: Tensor


class _Tensors(Meaning[_Sequences, Tensor, Tensor]):
    """Values on all prefixes, with gradients."""

    def stream(self, key: StreamKey, sequence: _Sequences) -> Tensor:
        if key.kind == "centered":
            assert isinstance(key.window, int)
            lengths = sequence.lengths.tolist()
            around: Tensor = over_centered(
                key.statistic, sequence.frames, lengths, key.window, _Functions
            )
            return around
        if key.kind == "raw":
            return sequence.frames
        values: Tensor = over_span(key.statistic, sequence.frames, key.window, _Functions)
        return values

    def filtered(self, node: Node, sequence: _Sequences) -> Tensor:
        frequency, spread = node.params["frequency"], node.params["spread"]
        weights = wavelet(torch, frequency, spread, node.production.window)
        values: Tensor = over_lags(sequence.frames, weights)
        return values

    def statistic_of_values(self, node: Node, sequence: _Sequences) -> Tensor:
        production, frames = node.production, self.over_stream(node, sequence)
        values: Tensor = over_span(production.statistic, frames, production.window, _Functions)
        return values

    def fold(self, node: Node, sequence: _Sequences) -> Tensor:
        frames, (body,) = sequence.frames, node.args
        state = node.params["initial"].expand(len(frames), -1)
        states = []
        for t in range(frames.shape[1]):
            running = (t < sequence.lengths).nonzero()[:, 0]
            if len(running) == len(frames):
                state = self.over_frame(body, frames[:, t], state)
            else:
                # Run on over padding, a fold could overflow, and spoil the gradient.
                value = self.over_frame(body, frames[running, t], state[running])
                state = state.index_copy(0, running, value)
            states.append(state)
        return torch.stack(states, dim=1)

    def affine_map(self, node: Node, x: Tensor, state: Tensor | None) -> Tensor:
        params, columns = node.params, list(node.production.features)
        value = nn.functional.linear(x[..., columns], params["weight"], params["bias"])
        return value if state is None else value + nn.functional.linear(state, params["recurrent"])

    def constant(self, node: Node, x: Tensor, state: Tensor | None) -> Tensor:
        value: Tensor = node.params["value"]
        return value.expand(*x.shape[:-1], -1)

    def frame(self, node: Node, x: Tensor, state: Tensor | None) -> Tensor:
        return x

    def add(self, node: Node, left: Tensor, right: Tensor) -> Tensor:
        return left + right

    def multiply(self, node: Node, left: Tensor, right: Tensor) -> Tensor:
        return left * right

    def choice(self, node: Node, condition: Tensor, then: Tensor, other: Tensor) -> Tensor:
        chosen = torch.where(condition >= 0, then, other)
        if not torch.is_grad_enabled():
            return chosen
        # Nothing is added to the value, and to the gradient what the relaxed condition has.
        share = torch.sigmoid(condition)
        return chosen + (share - share.detach()) * (then - other).detach().nan_to_num()

    def side_by_side(self, node: Node, *values: Tensor) -> Tensor:
        return torch.cat(values, dim=-1)

    def call(self, node: Node, *args: Tensor) -> Tensor:
        rows = [arg.reshape(-1, arg.shape[-1]) for arg in args]
        value: Tensor = node.production.function(*rows)
        return value.reshape(args[0].shape)


@dataclass(frozen=True)
class _Ordered:
    """Sequences, the shortest first, and their lengths; what stands behind an end is not read."""

    frames: Tensor
    lengths: list[int]

    def each(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """Apply a function to sequences that are equally long, of one length after the other."""
        if not self.lengths:
            return function(self.frames)
        parts, start = [], 0
        while start < len(self.lengths):
            length = self.lengths[start]
            end = bisect_right(self.lengths, length)
            parts.append(function(self.frames[start:end, :length]))
            start = end
        return parts[0] if len(parts) == 1 else torch.cat(parts)


class _WholeTensors(_Tensors):
    """Values on whole sequences, of the frames and columns that are read."""

    def over_stream(self, node: Node, sequence: Any) -> Tensor:
        key, (body,) = node.production.stream, node.args
        n_features = sequence.frames.shape[2]
        columns = sorted((columns_in_training if torch.is_grad_enabled() else columns_of)(body))

        def read(frames: Tensor) -> Tensor:
            first, end = span_bounds(key.window, frames.shape[1])
            if key.statistic not in _FORMS:
                own: Tensor = over_all(key.statistic, frames[:, first:end], _Functions)
                return own
            if len(columns) == n_features:
                return _FORMS[key.statistic](frames[:, first:end])
            values = _FORMS[key.statistic](frames[:, first:end, columns])
            index = torch.tensor(columns, dtype=torch.int64, device=frames.device)
            return frames.new_zeros(len(frames), n_features).index_copy(1, index, values)

        return self.over_frame(body, sequence.each(read))

    def over_filter(self, node: Node, sequence: Any) -> Tensor:
        frequency, spread = node.params["frequency"], node.params["spread"]
        weights = wavelet(torch, frequency, spread, node.production.window)
        filtered = sequence.each(partial(at_end, weights=weights))
        return self.over_frame(node.args[0], filtered)

    def statistic_of_values(self, node: Node, sequence: Any) -> Tensor:
        production, (body,) = node.production, node.args
        statistic = production.statistic

        def read(frames: Tensor) -> Tensor:
            first, end = span_bounds(production.window, frames.shape[1])
            values = self.over_frame(body, frames[:, first:end])
            if statistic in _FORMS:
                return _FORMS[statistic](values)
            own: Tensor = over_all(statistic, values, _Functions)
            return own

        of_each: Tensor = sequence.each(read)
        return of_each

    def fold(self, node: Node, sequence: Any) -> Tensor:
        frames, lengths, (body,) = sequence.frames, sequence.lengths, node.args
        state: Tensor = node.params["initial"].expand(len(frames), -1)
        for t in range(lengths[-1] if lengths else 0):
            first = bisect_right(lengths, t)
            following = self.over_frame(body, frames[first:, t], state[first:])
            state = torch.cat([state[:first], following]) if first else following
        return state


def _deviation(x: Tensor) -> Tensor:
    # Of no values at all torch would warn.
    variance = x.var(dim=1, correction=0) if x.numel() else x.sum(dim=1)
    deviation: Tensor = _Functions.sqrt(variance)
    return deviation


def _change(x: Tensor) -> Tensor:
    steps = (x[:, 1:] - x[:, :-1]).abs().sum(dim=1)
    mean: Tensor = steps / max(1, x.shape[1] - 1)
    return mean


# What torch has of its own for the frames of all; statistics of a user's are merged.
_FORMS: dict[Statistic, Callable[[Tensor], Tensor]] = {
    STATISTICS["Avg"]: lambda x: x.mean(dim=1),
    STATISTICS["Std"]: _deviation,
    STATISTICS["Max"]: lambda x: x.amax(dim=1),
    STATISTICS["Min"]: lambda x: x.amin(dim=1),
    STATISTICS["Change"]: _change,
    STATISTICS["Delta"]: lambda x: x[:, -1] - x[:, 0],
}


class _Functions:
    """What statistics ask of numpy, for tensors."""

    concatenate = torch.concatenate
    stack = torch.stack
    abs = torch.abs

    @staticmethod
    def maximum(a: Tensor, b: Tensor | float) -> Tensor:
        return torch.maximum(a, torch.as_tensor(b, dtype=a.dtype, device=a.device))

    @staticmethod
    def minimum(a: Tensor, b: Tensor | float) -> Tensor:
        return torch.minimum(a, torch.as_tensor(b, dtype=a.dtype, device=a.device))

    @staticmethod
    def sqrt(a: Tensor) -> Tensor:
        # At 0 the gradient would be infinite, and times 0 no number.
        positive = a > 0
        return torch.where(positive, torch.where(positive, a, 1).sqrt(), 0)
