"""Checks of the classifier's parameters, and what they mean to the search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from types import FunctionType
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_scalar

from ..grammar import (
    Grammar,
    Input,
    Signature,
)
from ..graph import derivation_graph
from ..inputs.numbers import is_real
from ..inputs.settings import Settings
from ..search import DEFAULT_RULE, SELECTION_RULES, Rule

C = TypeVar("C", bound=type)
FeatureGroups = Mapping[str, Sequence[int | str]] | int

_POSITIVE_INTEGERS = (
    *("d_s", "N", "max_depth", "max_iter", "n_iter_no_change", "n_restarts"),
    *("max_programs", "n_programs", "n_fit_steps"),
)
_OPTIONAL_POSITIVE_INTEGERS = ("frontier_capacity", "max_expansions")
_INTEGERS = ("max_refinements",)
_NUMBERS = ("structural_penalty", "tol")
_POSITIVE_NUMBERS = ("learning_rate_init",)
_SWITCHES = ("node_sharing", "unfolding", "warm_start")


def check_parameters(params: Mapping[str, Any]) -> None:
    """Check what can be checked without data.

    Raises
    ------
    TypeError, ValueError
        If a parameter is none of what is allowed; the message names it.
    """
    for name, value in params.items():
        if name in _OPTIONAL_POSITIVE_INTEGERS and value is None:
            continue
        if name in (*_POSITIVE_INTEGERS, *_OPTIONAL_POSITIVE_INTEGERS):
            _check_integer(value, name, 1)
        elif name in _INTEGERS:
            _check_integer(value, name, 0)
        elif name == "n_jobs" and value is not None:
            check_n_jobs(value)
        elif name in _NUMBERS:
            _check_number(value, name, "left")
        elif name in _POSITIVE_NUMBERS:
            _check_number(value, name, "neither")
        elif name in _SWITCHES and not isinstance(value, bool | np.bool_):
            raise TypeError(f"{name} must be True or False; got {value!r}.")
    if params.get("batch_size", "auto") != "auto":
        _check_integer(params["batch_size"], "batch_size", 1)
    if "validation_fraction" in params:
        _check_number(params["validation_fraction"], "validation_fraction", "neither", max_val=1)
    if params["max_time"] is not None:
        _check_number(params["max_time"], "max_time", "neither")
    standardize = params["standardize"]
    if not isinstance(standardize, bool | np.bool_) and standardize != "robust":
        raise TypeError(f'standardize must be True, False or "robust"; got {standardize!r}.')
    prints_lines(params["verbose"])
    _check_selection(params.get("selection", DEFAULT_RULE))
    if params.get("decomposition") not in (None, "joint", "ovr"):
        raise ValueError(
            f"decomposition={params['decomposition']!r} is not allowed; give 'ovr' for a program "
            "for each class, or 'joint' (or None) for one program of all classes."
        )
    _check_grammar(params["grammar"], params["feature_groups"])


NAMED_GRAMMARS: dict[str, Callable[..., Grammar]] = {
    "default": Grammar.default,
    "paper": Grammar.paper,
}


def _check_grammar(grammar: object, feature_groups: object) -> None:
    if isinstance(grammar, str) and grammar not in NAMED_GRAMMARS:
        names = " or ".join(map(repr, NAMED_GRAMMARS))
        raise ValueError(
            f"grammar={grammar!r} is no name of a grammar; give {names}, or build one with "
            "Grammar.parse(text)."
        )
    if grammar is not None and not isinstance(grammar, Grammar | str):
        raise TypeError(
            f"grammar must be 'default', 'paper' or a Grammar; got a {type(grammar).__name__}. "
            "Build one with Grammar.default(feature_groups) or Grammar.parse(text)."
        )
    if isinstance(grammar, Grammar) and feature_groups is not None:
        raise ValueError(
            "Give either a grammar, which has feature groups of its own, or feature_groups for "
            "the grammar of a name; both were given."
        )


def prints_lines(verbose: object) -> bool:
    """Whether a line is printed for every step; "auto" prints none, as False does.

    Raises
    ------
    ValueError
        If it is anything else than a bool, 0, 1, 2 or "auto".
    """
    if isinstance(verbose, str) and verbose == "auto":
        return False
    if isinstance(verbose, bool | np.bool_ | Integral) and verbose in (0, 1, 2):
        return bool(verbose)
    raise ValueError(
        f"verbose={verbose!r} is not allowed; give True for a line per step, False for nothing, or "
        "'auto' for a line that tells how far the fit is, in terminals and notebooks alone."
    )


def _check_integer(value: object, name: str, least: int) -> None:
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an integer of at least {least}; got {value!r}.")
    check_scalar(value, name, Integral, min_val=least)


def check_n_jobs(value: object) -> None:
    """Raise TypeError or ValueError unless joblib knows what a number of jobs means."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"n_jobs must be an integer or None; got {value!r}.")
    if value == 0:
        raise ValueError("n_jobs == 0 has no meaning; give 1, -1 for all cores, or None.")


def _check_number(
    value: object, name: str, include_boundaries: str, max_val: float = np.inf
) -> None:
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be a number; got {value!r}.")
    if is_real(value) and np.isnan(value):
        raise ValueError(f"{name} must be a number; got {value!r}.")
    check_scalar(
        value, name, Real, min_val=0, max_val=max_val, include_boundaries=include_boundaries
    )


def with_own_init(cls: C) -> C:
    """Decorate a class that inherits its ``__init__``: errors of it name the class itself."""
    inherited: Any = cls.__init__  # type: ignore[misc]
    own = FunctionType(
        inherited.__code__,
        inherited.__globals__,
        inherited.__name__,
        inherited.__defaults__,
        inherited.__closure__,
    )
    own.__kwdefaults__ = inherited.__kwdefaults__
    own.__annotations__ = inherited.__annotations__
    own.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = own  # type: ignore[misc]
    return cls


def choose_rule(selection: str | Rule) -> Rule:
    """The rule of a name, or the rule given."""
    return SELECTION_RULES[selection] if isinstance(selection, str) else selection


def _check_selection(selection: object) -> None:
    if isinstance(selection, Settings):
        selection.check()
    if callable(selection) or (isinstance(selection, str) and selection in SELECTION_RULES):
        return
    raise ValueError(
        f"selection must be one of {list(SELECTION_RULES)} or a rule, such as "
        f"WithinErrors(n_errors=1.0); got {selection!r}."
    )


def choose_grammar(
    grammar: Grammar | str | None,
    feature_groups: FeatureGroups | None,
    n_features: int,
    lengths: NDArray[np.int64],
    feature_names: tuple[str, ...] | None,
) -> Grammar:
    """The grammar given, or the one of a name, checked against the data and suited to them."""
    groups = n_features if feature_groups is None else feature_groups
    chosen = grammar
    if not isinstance(chosen, Grammar):
        chosen = NAMED_GRAMMARS[chosen or "default"](groups, feature_names=feature_names)
    chosen.validate_for(n_features)
    return chosen.for_lengths(lengths)


def searchable(
    grammar: Grammar,
    signature: Signature,
    *,
    n_features: int,
    n_outputs: int,
    max_depth: int,
    standardize: bool,
) -> Grammar:
    """The part of a grammar that is searched, certain to derive a program.

    ``Input`` is left out where frames are scaled: it gives the frame itself, and a scaled
    frame can't be written as a program over raw ones.

    Raises
    ------
    ValueError
        If the grammar derives no program of the signature within the depth.
    """
    has_input = any(isinstance(p, Input) for p in grammar.productions)
    searched = grammar.without(Input.symbol) if standardize and has_input else grammar
    try:
        derivation_graph(
            searched,
            signature,
            n_features=n_features,
            n_outputs=n_outputs,
            depth=1,
            max_depth=max_depth,
        )
    except ValueError as error:
        if grammar.min_depth(signature, width=n_outputs, n_features=n_features) > max_depth:
            raise
        raise ValueError(f"{error} Input is left out where standardize=True.") from error
    return searched


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
