"""Productions that a user defines."""

from __future__ import annotations

import functools
import pickle
import re
import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import ATOM_TO_ATOM, Argument, make_production

from ..user_functions import (
    BLEND,
    PRODUCTIONS,
    SHARE,
    SOFT_SIGN,
    TANH,
    blend,
    soft_sign,
)


def standardize_rows(x):
    return x - x.mean(dim=0)


def with_noise(x):
    return x + torch.rand_like(x)


def doubled_in_place(x):
    return x.mul_(2) if not x.requires_grad else 2 * x


def detached(x):
    return torch.tanh(x.detach())


def ignores_second(a, b):
    return torch.tanh(a) + 0 * b.detach()


def flat(x):
    return torch.round(x)


def row_sum(x):
    return x.sum(dim=-1)


def always_single(x):
    return x.float()


def always_three_wide(x):
    return x * torch.ones(5, 3, dtype=x.dtype)


def plain_number(x):
    return 1.0


def root_of_size(x):
    return x.abs().sqrt()


def logarithm(x):
    return torch.log(x.abs())


def test_a_production_is_data():
    assert TANH.signature == ATOM_TO_ATOM
    assert BLEND.arguments == (Argument(ATOM_TO_ATOM),) * 2
    assert (TANH.label, TANH.cost, TANH.template) == ("tanh", 1, "tanh({0})")
    assert BLEND.cost == 5
    assert make_production("mix", blend, arity=2).cost == 2


@pytest.mark.parametrize("production", PRODUCTIONS)
def test_pickle_equality_and_hash(production):
    again = pickle.loads(pickle.dumps(production))
    assert again == production
    assert hash(again) == hash(production)
    assert len({again, production}) == 1


def test_productions_differ_by_function_and_name():
    assert make_production("tanh", soft_sign, arity=1) != TANH
    assert make_production("tanh2", torch.tanh, arity=1) != TANH


def test_function_paths_are_importable_names():
    assert SOFT_SIGN.function_path == f"{soft_sign.__module__}:soft_sign"
    relu = make_production("relu", torch.nn.functional.relu, arity=1)
    assert relu.function_path == "torch.nn.functional:relu"


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 4, 3), (0, 3)])
def test_evaluate_keeps_shape_and_precision(shape):
    values = np.random.default_rng(0).normal(size=shape)
    result = TANH.evaluate(values)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, np.tanh(values), rtol=1e-14)


def test_evaluate_reads_views_that_may_not_be_written_to():
    constant = np.broadcast_to(np.array([1.0, -2.0]), (3, 2))
    frames = np.arange(12.0).reshape(3, 4)[:, ::2]
    expected = constant / (1 + np.exp(-frames)) + 0.5 * frames
    np.testing.assert_allclose(BLEND.evaluate(constant, frames), expected)


def test_evaluate_reduces_over_the_last_axis_where_the_function_does():
    values = np.array([[[0.0, 0.0], [1.0, 1.0]]])
    np.testing.assert_allclose(SHARE.evaluate(values), 0.5 + 0.1 * values)


def test_a_production_joins_a_grammar():
    grammar = Grammar.paper(2).with_production(TANH)
    assert grammar.of(ATOM_TO_ATOM)[-1] == TANH
    assert TANH not in grammar.without("tanh").productions


@pytest.mark.parametrize(
    ("function", "arity", "message"),
    [
        (
            torch.tanh,
            2,
            "was called with 2 tensor(s) of shape (5, 3), as arity=2 asks, and raised TypeError: "
            "tanh() takes 1 positional argument but 2 were given. Set arity to the number of "
            "tensors it takes, and let it take any (n, width).",
        ),
        (blend, 1, "was called with 1 tensor(s) of shape (5, 3), as arity=1 asks, and raised"),
        (
            always_three_wide,
            1,
            "gave a tensor of shape (5, 3) and torch.float64 for arguments of shape (5, 1) and "
            "torch.float64. Return a tensor of the arguments' shape and dtype.",
        ),
        (
            row_sum,
            1,
            "gave a tensor of shape (5,) and torch.float64 for arguments of shape (5, 3) and "
            "torch.float64. Return a tensor of the arguments' shape and dtype.",
        ),
        (
            always_single,
            1,
            "gave a tensor of shape (5, 3) and torch.float32 for arguments of shape (5, 3) and "
            "torch.float64. Return a tensor of the arguments' shape and dtype.",
        ),
        (plain_number, 1, "gave a float. Return a tensor, computed by torch alone."),
        (
            torch.sqrt,
            1,
            "gave a value that is not finite (nan) where its arguments are negative. Make it "
            "finite everywhere, for instance by a clamp.",
        ),
        (
            torch.div,
            2,
            "gave a value that is not finite (nan) where its arguments are zero. Make it finite "
            "everywhere, for instance by a clamp.",
        ),
        (
            logarithm,
            1,
            "gave a value that is not finite (-inf) where its arguments are zero. Make it finite "
            "everywhere, for instance by a clamp.",
        ),
        (
            root_of_size,
            1,
            "has a gradient that is not finite with respect to argument 0 where its arguments "
            "are zero. Keep away from the singularity, for instance by adding a small constant.",
        ),
        (
            detached,
            1,
            "gave a tensor without a gradient. Compute it from the arguments by differentiable "
            "torch functions, without detach, item, numpy or no_grad.",
        ),
        (
            ignores_second,
            2,
            "lets no gradient flow to argument 1. Make its value depend smoothly on every "
            "argument, or leave that one out.",
        ),
        (
            flat,
            1,
            "lets no gradient flow to argument 0. Make its value depend smoothly on every "
            "argument, or leave that one out.",
        ),
        (
            standardize_rows,
            1,
            "gave another value for row 0 alone than among 5 rows. Treat each row by itself: "
            "reduce over the last axis only, never over rows.",
        ),
        (
            with_noise,
            1,
            "gave different values when called twice with the same tensors. Let it depend on "
            "its arguments alone, not on random numbers or a state.",
        ),
        (doubled_in_place, 1, "changed its arguments. Use no in-place operation on them."),
    ],
)
def test_functions_that_could_not_be_trained_are_refused(function, arity, message):
    message = f"The function of 'f' {message}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        make_production("f", function, arity=arity)


def local_function():
    def inner(x):
        return torch.tanh(x)

    return inner


@pytest.mark.parametrize(
    ("function", "seen"),
    [
        (lambda x: torch.tanh(x), "is a lambda"),
        (local_function(), "is local to another function (local_function.<locals>.inner)"),
        (functools.partial(torch.pow, exponent=2), "is an instance of partial, not a function"),
        (torch.nn.Tanh(), "is an instance of Tanh, not a function"),
    ],
)
def test_functions_that_could_not_be_loaded_are_refused(function, seen):
    message = f"The function of 'f' {seen}. Define it with def at the top level of a module"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        make_production("f", function, arity=1)


def test_functions_of_main_must_be_found_there(monkeypatch):
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec("def f(x):\n    return x + 1\n", main.__dict__)
    function = main.f
    assert make_production("f", function, arity=1).function_path == "__main__:f"
    del main.f
    with pytest.raises(ValueError, match=r"^The function of 'f' can't be pickled \(\w*Error: "):
        make_production("f", function, arity=1)
    exec("def f(x):\n    return x + 2\n", main.__dict__)
    with pytest.raises(ValueError, match=r"^The function of 'f' (can't be pickled|is not what)"):
        make_production("f", function, arity=1)


def test_only_functions_are_taken():
    with pytest.raises(TypeError, match="^The function of 'f' must be callable; got 3.$"):
        make_production("f", 3, arity=1)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("1st", ValueError, "'1st' can't name a production; give letters, digits and underscores"),
        ("a b", ValueError, "'a b' can't name a production; "),
        ("if", ValueError, "'if' can't name a production; "),
        ("Map", ValueError, "'Map' is a word of the language; give another name."),
        ("ITE", ValueError, "'ITE' is a word of the language; give another name."),
        ("list", ValueError, "'list' is a word of the language; give another name."),
        (None, TypeError, "The name of a production must be a str; got None."),
    ],
)
def test_bad_names_are_refused(name, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        make_production(name, torch.tanh, arity=1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"arity": 0}, ValueError, "arity must be at least 1; got 0."),
        ({"arity": 1.0}, TypeError, "arity must be an integer of at least 1; got 1.0."),
        ({"arity": 1, "cost": 0}, ValueError, "cost must be at least 1; got 0."),
        ({"arity": 1, "cost": True}, TypeError, "cost must be an integer of at least 1; got True."),
        (
            {"arity": 1, "template": 3},
            TypeError,
            "template of 'f' must be a str; got 3.",
        ),
        (
            {"arity": 1, "template": "{0}²"},
            ValueError,
            "The template '{0}²' of 'f' starts with an argument, so that a program printed with "
            "it could not be read back. Give one like 'f({0})'.",
        ),
        (
            {"arity": 1, "template": "({0})"},
            ValueError,
            "The template '({0})' of 'f' starts with '(', which starts or ends other expressions",
        ),
        (
            {"arity": 1, "template": "if {0}"},
            ValueError,
            "The template 'if {0}' of 'f' starts with 'if', which starts or ends other",
        ),
        (
            {"arity": 1, "template": "Add({0}, 1)"},
            ValueError,
            "The template 'Add({0}, 1)' of 'f' starts with 'Add', which starts or ends other",
        ),
        (
            {"arity": 1, "template": "2*{0}"},
            ValueError,
            "The template '2*{0}' of 'f' starts with '2', which starts or ends other",
        ),
        (
            {"arity": 1, "template": "f{0}"},
            ValueError,
            "The template 'f{0}' of 'f' has no space between an argument and a word beside it",
        ),
        (
            {"arity": 1, "template": 'f"{0}"'},
            ValueError,
            "The template 'f\"{0}\"' of 'f' has an unpaired quote (",
        ),
        (
            {"arity": 1, "template": "f({0}, {1})"},
            ValueError,
            "The template 'f({0}, {1})' of 'f' must name its 1 argument(s) as {0}, each once, "
            "and nothing else in braces.",
        ),
        (
            {"arity": 1, "template": "f({0}, {0})"},
            ValueError,
            "The template 'f({0}, {0})' of 'f' must name its 1 argument(s) as {0}, each once, ",
        ),
        (
            {"arity": 1, "template": "f({0!r})"},
            ValueError,
            "The template 'f({0!r})' of 'f' must name its 1 argument(s) as {0}, each once, ",
        ),
        (
            {"arity": 1, "template": "f{{0"},
            ValueError,
            "The template 'f{{0' of 'f' must name its 1 argument(s) as {0}, each once, ",
        ),
        (
            {"arity": 1, "template": "f({0"},
            ValueError,
            "The template 'f({0' of 'f' is not a format string: expected '}' before end of "
            "string. Name the arguments {0} and double every other brace.",
        ),
        (
            {"arity": 1, "latex_template": r"\tanh{x}"},
            ValueError,
            r"The latex_template '\\tanh{x}' of 'f' must name its 1 argument(s) as {0}, each at "
            "least once, and nothing else in braces.",
        ),
    ],
)
def test_bad_options_are_refused(options, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        make_production("f", torch.tanh, **options)


def test_a_latex_template_may_double_its_braces():
    latex = r"\frac{{{0}}}{{1+|{0}|}}"
    production = make_production("s", soft_sign, arity=1, latex_template=latex)
    assert production.latex_template.format("x") == r"\frac{x}{1+|x|}"
