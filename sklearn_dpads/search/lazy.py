"""Long sequences of which few members are ever asked for, each made when it is."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Generic, TypeVar, overload

T = TypeVar("T")
S = TypeVar("S")


class Lazy(Sequence[T]):
    """A sequence whose members are made when they are asked for, again each time."""

    @abstractmethod
    def made(self, number: int) -> T:
        """Make a member, the first of which is that of number 0."""

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self.made(number) for number in range(len(self))[index]]
        return self.made(index if index >= 0 else range(len(self))[index])

    def __iter__(self) -> Iterator[T]:
        return map(self.made, range(len(self)))


class Made(Lazy[T], Generic[S, T]):
    """What a function makes of each member of a sequence.

    Parameters
    ----------
    of : sequence
        The members.
    make : callable
        The function.
    """

    def __init__(self, of: Sequence[S], make: Callable[[S], T]) -> None:
        self._of, self._make = of, make

    def __len__(self) -> int:
        return len(self._of)

    def made(self, number: int) -> T:
        return self._make(self._of[number])


class Chosen(Lazy[T]):
    """Some members of a sequence.

    Parameters
    ----------
    of : sequence
        The members.
    numbers : sequence of int
        Which ones, in order.
    """

    def __init__(self, of: Sequence[T], numbers: Sequence[int]) -> None:
        self._of, self._numbers = of, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def made(self, number: int) -> T:
        return self._of[self._numbers[number]]


class Joined(Lazy[T]):
    """Sequences one after another.

    Parameters
    ----------
    parts : sequence of sequence
        The sequences.
    """

    def __init__(self, parts: Sequence[Sequence[T]]) -> None:
        self._parts = parts
        self._ends = list(accumulate(map(len, parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def made(self, number: int) -> T:
        which = bisect_right(self._ends, number)
        part = self._parts[which]
        return part[number - self._ends[which] + len(part)]
