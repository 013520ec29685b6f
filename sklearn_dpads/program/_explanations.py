"""Methods of a program that show what it does; each delegates to a module of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from .program import Program
    from .trace import Trace


class Explanations:
    """Traces of a program, and its drawing in HTML."""

    @property
    def _itself(self) -> Program:
        return cast("Program", self)

    def trace(
        self,
        X: ArrayLike | Sequence[ArrayLike],
        *,
        reference: ArrayLike | Literal["mean"] | None = None,
    ) -> Trace:
        """Evaluate the program and keep what it does on the way.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of \
                array-like of shape (T_i, n_features)
            Sequences, as for a call of the program. Few are best: the value of every
            subexpression after every frame is kept.
        reference : array-like of shape (n_features,), "mean" or None, default=None
            The frame that features are compared with for their contributions: "mean" is
            that of all frames of `X`; None is 0, so that a contribution is weight times
            value.

        Returns
        -------
        trace : Trace
            Values of all subexpressions, the branches taken, and the contribution of
            each feature.

        Raises
        ------
        TypeError, ValueError
            If `X` is no sequences of `n_features`, or if `reference` is no frame.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse(
        ...     "if SlideWindowAvg[all](Affine[x1](x1)) >= 0:"
        ...     " SlideWindowAvg[all](Affine[x0](2*x0 - 5))"
        ...     " else: SlideWindowAvg[all](Constant(-1))",
        ...     Grammar.default(2),
        ... )
        >>> print(program.trace(np.array([[[1.0, -2.0], [3.0, 4.0]]])))
        Trace of 1 sequence of 2 frames; output: one value, whose sign decides
        reached  least  mean  greatest
          100 %     -1    -1        -1  ITE: then 50 %, else 50 %
          100 %     -2  -0.5         1    if ≥ 0: SlideWindowAvg[all]
          100 %     -2  -0.5         1      Affine[x1](x1)
           50 %     -1    -1        -1    then: SlideWindowAvg[all]
           50 %     -1    -1        -1      Affine[x0](2*x0 - 5)
           50 %     -1    -1        -1    else: SlideWindowAvg[all]
           50 %     -1    -1        -1      Constant(-1)
        mean size of contributions: x0 4
        decisions: not positive 1 sequence; settled from frame 0 on (median)
        """
        from .trace import trace_program

        return trace_program(self._itself, X, reference)

    def to_html(
        self,
        path: str | os.PathLike[str],
        X: ArrayLike | Sequence[ArrayLike] | None = None,
        y: ArrayLike | None = None,
        *,
        max_samples: int = 50,
    ) -> Path:
        """Write a page that shows the program, and with sequences also what it does on them.

        The page is one file that loads nothing else. It holds the program as a tree that
        folds and, for each embedded sequence, the features, the conditions with the branch
        taken, the output, the value of every part at a chosen frame, and what each
        feature brings there, compared with the mean frame of the embedded sequences.

        Parameters
        ----------
        path : str or path-like
            The file to write; one that exists is replaced once the new one is complete.
        X : array-like of shape (n_samples, n_timesteps, n_features), list of \
                array-like of shape (T_i, n_features), or None, default=None
            Sequences to embed, as for a call of the program. Every one of them can be read
            out of the page by those who get it.
        y : array-like of shape (n_samples,) or (n_samples, n_timesteps), or None, default=None
            Their classes, one for each frame in a program of list->list.
        max_samples : int, default=50
            Most sequences to embed, the first ones of `X`. A page takes about seven bytes
            for each value of each part of the program after each frame.

        Returns
        -------
        path : pathlib.Path
            The file.

        Raises
        ------
        FileNotFoundError
            If the folder of `path` does not exist.
        TypeError, ValueError
            If `X` is no sequences of `n_features`, if `y` is of another shape or given
            without `X`, or if `max_samples` is no positive integer.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.9*previous))", Grammar.default(2))
        >>> X = np.random.default_rng(0).normal(size=(3, 20, 2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = program.to_html(Path(folder) / "program.html", X)
        ...     page.read_text(encoding="utf-8").splitlines()[0]
        '<!DOCTYPE html>'
        """
        from ..export.html import write_html

        return write_html(self._itself, path, X, y, max_samples)

    def _repr_html_(self) -> str:
        from ..export.html_tree import program_fragment

        return program_fragment(self._itself)
