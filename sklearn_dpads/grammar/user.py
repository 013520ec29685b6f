"""Productions defined by the user from a torch function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._template import (
    check_latex_template,
    check_name,
    check_template,
    default_template,
)
from ._types import ATOM_TO_ATOM
from .productions import Argument, Production


@dataclass(frozen=True)
class UserProduction(Production):
    """An atom->atom production whose value is a user's function of its arguments.

    Use :func:`make_production`, which checks the function, to build one.

    Parameters
    ----------
    name : str
        What texts call the production.
    function : callable
        Maps ``arity`` torch tensors of shape (n, width) to one of the same shape.
    arity : int
        Number of arguments.
    structural_cost : int
        What the production adds to the structural cost of a program.
    template : str
        How a program prints it, ``{0}``, ``{1}``, … standing for the arguments.
    latex_template : str or None, default=None
        The same in LaTeX, in the notation of :meth:`str.format`.
    """

    name: str
    function: Callable[..., Any]
    arity: int
    structural_cost: int
    template: str
    latex_template: str | None = None

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return tuple(Argument(ATOM_TO_ATOM) for _ in range(self.arity))

    @property
    def label(self) -> str:
        return self.name

    @property
    def cost(self) -> int:
        return self.structural_cost

    @property
    def function_path(self) -> str:
        """Module and qualified name of the function, as in ``torch.nn.functional:relu``."""
        module = getattr(self.function, "__module__", None)
        return f"{module}:{getattr(self.function, '__qualname__', self.name)}"

    def evaluate(self, *arrays: NDArray[np.float64]) -> NDArray[np.float64]:
        """Apply the function to arrays, in float64 and without a gradient.

        Parameters
        ----------
        *arrays : ndarray of float64 of shape (..., width)
            The values of the arguments, all of one shape; they are not written to.

        Returns
        -------
        values : ndarray of float64 of shape (..., width)
        """
        import torch

        shape = arrays[0].shape
        # Copies, since torch cannot wrap read-only views such as broadcast constants.
        copies = [np.array(array, dtype=np.float64).reshape(-1, shape[-1]) for array in arrays]
        with torch.no_grad():
            values = self.function(*(torch.from_numpy(copy) for copy in copies))
        return np.array(values.numpy(), dtype=np.float64).reshape(shape)


def make_production(
    name: str,
    function: Callable[..., Any],
    *,
    arity: int,
    cost: int | None = None,
    template: str | None = None,
    latex_template: str | None = None,
) -> UserProduction:
    r"""Define a production from a torch function.

    The function is called on small tensors at once, so that one which could not be
    trained or saved is refused here and not in the middle of a search.

    Parameters
    ----------
    name : str
        What grammars and programs call the production: an identifier that no other
        production has.
    function : callable
        Maps ``arity`` torch tensors of shape (n, width), float32 or float64, to one of
        the same shape and dtype. It must treat the n rows independently, give finite
        values for zeros, negative and ordinary values, let a finite gradient flow to each
        argument, and be importable by its module and name: no lambda, no local function.
    arity : int
        Number of arguments, at least 1.
    cost : int or None, default=None
        Structural cost; by default the number of arguments, as for other productions.
    template : str or None, default=None
        How a program prints the production, ``{0}``, ``{1}``, … standing for its
        arguments, each once; by default the name and the arguments in parentheses. It
        must start with a word or sign that starts no other expression, so that the
        printed program can be read back.
    latex_template : str or None, default=None
        The same in LaTeX. Braces that LaTeX is to see are doubled.

    Returns
    -------
    production : UserProduction

    Raises
    ------
    TypeError
        If the function is not callable or an argument is of the wrong type.
    ValueError
        If a check fails; the message says what was seen and what to do.

    Examples
    --------
    >>> import torch
    >>> from sklearn_dpads.grammar import Grammar, make_production
    >>> tanh = make_production("tanh", torch.tanh, arity=1, latex_template=r"\tanh({0})")
    >>> tanh.cost
    1
    >>> grammar = Grammar.default(2).with_production(tanh)
    >>> make_production("root", torch.sqrt, arity=1)
    Traceback (most recent call last):
    ...
    ValueError: The function of 'root' gave a value that is not finite (nan) where its ...
    """
    from ._probe import check_function

    check_name(name)
    _check_positive("arity", arity)
    if cost is not None:
        _check_positive("cost", cost)
    template = default_template(name, arity) if template is None else template
    check_template(name, template, arity)
    if latex_template is not None:
        check_latex_template(name, latex_template, arity)
    check_function(name, function, arity)
    return UserProduction(
        name, function, arity, arity if cost is None else cost, template, latex_template
    )


def _check_positive(what: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} must be an integer of at least 1; got {value!r}.")
    if value < 1:
        raise ValueError(f"{what} must be at least 1; got {value}.")
