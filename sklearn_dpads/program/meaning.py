"""The one walk over a program, and what a medium must say to give it a meaning.

A production names the method that says what it computes (:attr:`Production.meaning`); a
medium, be it numpy, LaTeX or ONNX, is a class with all of these methods. Which expression is
asked when, and on what, is told here alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from ..grammar import Kind, StreamKey

S = TypeVar("S")
X = TypeVar("X")
V = TypeVar("V")


class Node(Protocol):
    """A place of a program: an :class:`~.expression.Expression`, or what a medium made of one."""

    @property
    def production(self) -> Any: ...
    @property
    def width(self) -> int: ...
    @property
    def accumulator(self) -> int: ...
    @property
    def args(self) -> Sequence[Any]: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


class Meaning(ABC, Generic[S, X, V]):
    """What programs mean in a medium.

    Three kinds of things are passed on. ``S`` stands for sequences: whatever the medium
    wants to know where an expression over lists is met, such as arrays with lengths, or the
    time of the last frame. ``X`` is what functions of frames read: the frames, or means of
    them. ``V`` is the value of an expression, over lists or over frames.

    A medium that lacks a method can't be instantiated.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> class Reads(Meaning):
    ...     '''Which features a program reads.'''
    ...
    ...     def stream(self, key, sequence):
    ...         return None
    ...
    ...     def filtered(self, node, sequence):
    ...         return None
    ...
    ...     def statistic_of_values(self, node, sequence):
    ...         return self.over_stream(node, sequence)
    ...
    ...     def fold(self, node, sequence):
    ...         return self.over_stream(node, sequence)
    ...
    ...     def affine_map(self, node, x, state):
    ...         return set(node.production.features)
    ...
    ...     def constant(self, node, x, state):
    ...         return set()
    ...
    ...     def frame(self, node, x, state):
    ...         return set(range(node.width))
    ...
    ...     def add(self, node, left, right):
    ...         return left | right
    ...
    ...     def choice(self, node, condition, then, other):
    ...         return condition | then | other
    ...
    ...     def call(self, node, *args):
    ...         return set().union(*args)
    ...
    ...     multiply, side_by_side = add, call
    >>> text = "SlideWindowAvg[5](Multiply(Affine[x0](x0), Affine[x2](2*x2)))"
    >>> Reads().over_list(Program.parse(text, Grammar.paper(3)).expression, None)
    {0, 2}
    """

    def over_list(self, node: Node, sequence: S) -> V:
        """Give the value of an expression over lists."""
        production = node.production
        if production.takes_lists:
            return self._combine(node, [partial(self.over_list, a, sequence) for a in node.args])
        if production.signature.input is not Kind.LIST:
            raise TypeError(f"{production.label} is not a production over lists.")
        value: V = getattr(self, production.meaning)(node, sequence)
        return value

    def over_frame(self, node: Node, x: X, state: V | None = None) -> V:
        """Give the value of a function of frames, with the accumulator inside ``Fold``."""
        if node.production.is_terminal:
            value: V = getattr(self, node.production.meaning)(node, x, state)
            return value
        return self._combine(node, [partial(self.over_frame, a, x, state) for a in node.args])

    def _combine(self, node: Node, args: list[Callable[[], V]]) -> V:
        values = [self.argument(node, i, value) for i, value in enumerate(args)]
        combined: V = getattr(self, node.production.meaning)(node, *values)
        return combined

    def argument(self, node: Node, index: int, value: Callable[[], V]) -> V:
        """Give the value of an argument; a medium that cares which one it is overrides this."""
        return value()

    # Expressions over lists.

    def over_stream(self, node: Node, sequence: S) -> V:
        """``Map`` and windows of frames: a function of frames, applied to their stream."""
        key = node.production.stream
        assert key is not None
        return self.over_frame(node.args[0], self.stream(key, sequence))

    def over_filter(self, node: Node, sequence: S) -> V:
        """``TemporalFilter``: a function of frames, applied to weighted sums of them."""
        return self.over_frame(node.args[0], self.filtered(node, sequence))

    def prefixes(self, node: Node, value: V) -> V:
        """``MapPrefix``: its argument's values on all prefixes, in most media the same thing."""
        return value

    @abstractmethod
    def stream(self, key: StreamKey, sequence: S) -> X:
        """Give the frames, or the means of frames, that a function of frames is applied to."""

    @abstractmethod
    def filtered(self, node: Node, sequence: S) -> X:
        """Give the frames, each summed with those before it, by the weights of a filter."""

    @abstractmethod
    def statistic_of_values(self, node: Node, sequence: S) -> V:
        """Windows of values: a statistic of the argument's values on single frames."""

    @abstractmethod
    def fold(self, node: Node, sequence: S) -> V:
        """``Fold``: the argument makes a new accumulator of a frame and the previous one."""

    # Terminals.

    @abstractmethod
    def affine_map(self, node: Node, x: X, state: V | None) -> V:
        """``Affine``: weighted sums of features and, inside ``Fold``, of the accumulator."""

    @abstractmethod
    def constant(self, node: Node, x: X, state: V | None) -> V:
        """``Constant``: a vector."""

    @abstractmethod
    def frame(self, node: Node, x: X, state: V | None) -> V:
        """``Input``: what is read itself."""

    # Productions that combine values, over lists or over frames.

    @abstractmethod
    def add(self, node: Node, left: V, right: V) -> V:
        """``Add``: the sum."""

    @abstractmethod
    def multiply(self, node: Node, left: V, right: V) -> V:
        """``Multiply``: the elementwise product."""

    @abstractmethod
    def choice(self, node: Node, condition: V, then: V, other: V) -> V:
        """``ITE``: one of two values, by the sign of a third."""

    @abstractmethod
    def side_by_side(self, node: Node, *values: V) -> V:
        """``OneVsRest``: values of one output each become one of an output for each."""

    @abstractmethod
    def call(self, node: Node, *args: V) -> V:
        """Apply a user's production to its arguments' values."""
