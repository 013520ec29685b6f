"""Random sequences with the labels that a given program gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from sklearn_dpads.inputs.numbers import is_integral, is_real

if TYPE_CHECKING:
    from ..grammar import Grammar
    from ..program import Program


def make_program_classification(
    program: Program | str,
    n_samples: int = 200,
    n_timesteps: int = 20,
    *,
    noise: float = 0.0,
    autocorrelation: float = 0.8,
    grammar: Grammar | None = None,
    n_features: int | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    r"""Draw random sequences and label them with a program.

    A search can then be asked to find a program as good as the one that is known to
    exist. Every feature is an independent stationary autoregressive process of order 1,

    .. math:: x_1 = \varepsilon_1, \qquad
        x_t = \rho\, x_{t-1} + \sqrt{1 - \rho^2}\; \varepsilon_t, \qquad
        \varepsilon_t \sim \mathcal{N}(0, 1),

    so that every frame has mean 0 and variance 1, and neighbouring frames are alike with
    correlation :math:`\rho`. With independent frames the mean of a window would
    shrink to 0 as the window grows, and windows, prefixes and folds would hardly differ
    between sequences.

    Parameters
    ----------
    program : Program or str
        The program that labels the sequences, or its text, as :meth:`Program.parse` reads
        it, in which case `grammar` is needed as well.
    n_samples : int, default=200
        Number of sequences.
    n_timesteps : int, default=20
        Number of frames of every sequence.
    noise : float, default=0.0
        Fraction of the labels that are wrong, in [0, 1): ``round(noise * n_labels)`` labels,
        drawn at random, are replaced by another class, drawn at random. No classifier can be
        expected to do better than an accuracy of ``1 - noise``, for a `noise` below chance.
    autocorrelation : float, default=0.8
        Correlation :math:`\rho` of a feature in neighbouring frames, in [0, 1).
    grammar : Grammar, default=None
        Grammar that names the productions and feature groups of `program` given as text.
    n_features : int, default=None
        Number of features of a frame for a `program` given as text; by default, as many as
        `grammar` reads.
    random_state : int, RandomState instance or None, default=None
        Determines the sequences and the wrong labels. Pass an int for the same data in
        every call.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, n_features), float64
        The sequences.
    y : ndarray of shape (n_samples,) or (n_samples, n_timesteps)
        The labels: for a program with one output, 1 where it is positive and 0 elsewhere;
        for one with more, the index of the largest. Where the program knows its classes,
        these stand in place of the numbers. A program that has one value per frame
        gives one label per frame.

    Raises
    ------
    TypeError
        If `program` is neither a program nor text, or is text without a `grammar`.
    ValueError
        If a number is out of its range, or if the program puts all the sequences in one
        class.

    Examples
    --------
    >>> from sklearn_dpads import Grammar
    >>> from sklearn_dpads.datasets import make_program_classification
    >>> grammar = Grammar.paper({"position": [0, 1], "speed": [2]})
    >>> X, y = make_program_classification(
    ...     "SlideWindowAvg[5](Affine[speed](x2))", grammar=grammar, random_state=0
    ... )
    >>> X.shape, y.shape
    ((200, 20, 3), (200,))
    """
    _check_numbers(n_samples, n_timesteps, noise, autocorrelation)
    program = _as_program(program, grammar, n_features)
    rng = check_random_state(random_state)
    X = _autoregressive((n_samples, n_timesteps, program.n_features), autocorrelation, rng)
    outputs = program(X)
    n_outputs = outputs.shape[-1]
    codes = outputs.argmax(axis=-1) if n_outputs > 1 else (outputs[..., 0] > 0).astype(np.int64)
    if np.unique(codes).size < 2:
        raise ValueError(
            f"The program gives class {codes.flat[0]} to all {codes.size} drawn samples, so there "
            "is nothing to classify. Move its constants, or draw more samples."
        )
    _replace_labels(codes, max(2, n_outputs), noise, rng)
    classes = getattr(program, "classes", None)
    return X, codes if classes is None else np.asarray(classes)[codes]


def _check_numbers(n_samples: int, n_timesteps: int, noise: float, autocorrelation: float) -> None:
    for name, count in (("n_samples", n_samples), ("n_timesteps", n_timesteps)):
        if not is_integral(count) or count < 1:
            raise ValueError(f"{name} must be a positive integer, but is {count!r}.")
    for name, value in (("noise", noise), ("autocorrelation", autocorrelation)):
        if not is_real(value) or not 0 <= value < 1:
            raise ValueError(f"{name} must be a number in [0, 1), but is {value!r}.")


def _as_program(program: Program | str, grammar: Grammar | None, n_features: int | None) -> Program:
    if isinstance(program, str):
        if grammar is None:
            raise TypeError(
                "A program given as text can be read only with a grammar, but grammar is None. "
                "Pass the grammar that the text was written in, or a Program."
            )
        from ..program import Program

        return Program.parse(program, grammar, n_features=n_features)
    if not callable(program) or not hasattr(program, "n_features"):
        raise TypeError(
            f"program must be a Program or the text of one, but is a {type(program).__name__}."
        )
    return program


def _autoregressive(
    shape: tuple[int, int, int], correlation: float, rng: np.random.RandomState
) -> NDArray[np.float64]:
    """Draw stationary processes along the second axis."""
    X = rng.standard_normal(shape)
    X[:, 1:] *= np.sqrt(1.0 - correlation**2)
    for t in range(1, shape[1]):
        X[:, t] += correlation * X[:, t - 1]
    return X


def _replace_labels(
    codes: NDArray[np.int64], n_classes: int, noise: float, rng: np.random.RandomState
) -> None:
    """Replace a fraction of the labels in place, each by one of the other classes."""
    flat = codes.reshape(-1)
    wrong = rng.choice(flat.size, size=round(noise * flat.size), replace=False)
    flat[wrong] = (flat[wrong] + rng.randint(1, n_classes, size=wrong.size)) % n_classes
