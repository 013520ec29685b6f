"""Methods of a program that take it elsewhere; each delegates to a module of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import torch

    from ..export.torch import ProgramModule
    from .intervals import ProgramIntervals
    from .program import Program
    from .simplify import Simplification
    from .streaming import ProgramStream


class Exports:
    """Exports of a program, its use while frames arrive, and its simplification on data."""

    @property
    def _itself(self) -> Program:
        return cast("Program", self)

    def stream(self) -> ProgramStream:
        """Give an object that takes one frame after the other, and tells the value so far.

        Returns
        -------
        stream : ProgramStream
            Its ``update(frame)`` gives the value, (n_outputs,), that ``MapPrefix`` of a program of
            list->atom has after the frame; ``extend(frames)`` takes several, and ``reset()``
            begins another sequence. Time and memory are constant per frame, but for parts of all
            frames so far: :class:`~sklearn_dpads.program.ProgramStream` says what they keep.

        Raises
        ------
        ValueError
            If the program has a centred window, which reads frames that are still to come.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.5*previous))", Grammar.paper(1))
        >>> stream = program.stream()
        >>> stream.update([4.0]), stream.update([2.0])
        (array([2.]), array([2.]))
        """
        from .streaming import ProgramStream

        return ProgramStream(self._itself)

    def to_python(
        self, name: str = "program", *, functions: Mapping[str, str] | None = None
    ) -> str:
        """Give the source of a numpy function that does what the program does.

        Parameters
        ----------
        name : str, default="program"
            Name of the function.
        functions : mapping of str to str or None, default=None
            For each of the user's productions in the program, a numpy expression of its
            arguments ``{0}``, ``{1}``, …, arrays of shape (..., width), in the notation of
            :meth:`str.format`. It becomes part of the source as it is.

        Returns
        -------
        source : str
            A module that imports numpy alone. Its function takes an array (n_samples,
            n_timesteps, n_features), or one sequence (n_timesteps, n_features), and the
            lengths where they differ; its values are the program's, up to rounding.

        Raises
        ------
        TypeError
            If `name` is no str.
        ValueError
            If `name` can't name a function, if `functions` lacks one of the user's
            productions, or if a parameter is not finite.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.5*previous))", Grammar.paper(1))
        >>> namespace = {}
        >>> exec(program.to_python("decay"), namespace)
        >>> namespace["decay"](np.array([[4.0], [2.0]]))
        array([2.])
        """
        from ..export.python import to_python

        return to_python(self._itself, name, functions)

    def to_torch(self, *, dtype: torch.dtype | None = None) -> ProgramModule:
        """Give the program as a torch module whose numbers are trainable.

        Parameters
        ----------
        dtype : torch.dtype or None, default=None
            Type of the parameters; None takes torch's default.

        Returns
        -------
        module : ProgramModule
            A :class:`torch.nn.Module`; its ``forward(frames, lengths=None)`` gives the
            program's values, with 0 past the end of a sequence, and its ``to_program()``
            the program of the present parameters. Conditions are hard, with the gradient
            of the relaxed condition. To train it further, center features that are far from 0
            before the fit.

        Warns
        -----
        UserWarning
            If single precision loses what the program reads, as it does of a time since 1970.

        Examples
        --------
        >>> import torch
        >>> from sklearn_dpads import Grammar, Program
        >>> module = Program.parse("Map(Affine[x0](2*x0 - 1))", Grammar.paper(2)).to_torch()
        >>> module(torch.ones(1, 2, 2)).tolist()
        [[[1.0], [1.0]]]
        >>> with torch.no_grad():
        ...     module.root.args[0].bias += 3
        >>> print(module.to_program())
        Map(Affine[x0](2*x0 + 2))
        """
        from ..export.torch import ProgramModule

        return ProgramModule(self._itself, dtype=dtype)

    def to_onnx(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> Any:
        """Give the program as an ONNX model, for runtimes without Python.

        Parameters
        ----------
        path : str, path or None, default=None
            File to write as well; None writes nothing.
        dtype : {"float32", "float64"}, default="float32"
            Type of the numbers.

        Returns
        -------
        model : onnx.ModelProto
            Inputs are ``frames`` (n_samples, n_timesteps, n_features) and ``lengths``
            (n_samples,), int64. The output ``values`` has shape (n_samples, n_outputs), or
            (n_samples, n_timesteps, n_outputs) with NaN past the end of a sequence. Names
            of features, outputs and classes are in the model's properties, as JSON. The
            operators are those of opset 18.

        Raises
        ------
        ImportError
            If the package onnx is not installed.
        ValueError
            If the program holds a user's production, which is a torch function, or if a
            parameter is not finite.

        Warns
        -----
        UserWarning
            If float32 loses what the program reads, as it does of a time since 1970.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Map(Affine[x0](2*x0 - 1))", Grammar.paper(2))
        >>> model = program.to_onnx("program.onnx")  # doctest: +SKIP
        """
        from ..export.onnx import to_onnx

        return to_onnx(self._itself, path, dtype)

    def to_c(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        name: str = "program",
        max_frames: int | None = None,
    ) -> str:
        """Give the program as a C file that takes one frame after the other, as :meth:`stream`.

        Parameters
        ----------
        path : str, path or None, default=None
            File to write as well; None writes nothing.
        name : str, default="program"
            What the names of its functions begin with.
        max_frames : int or None, default=None
            The most frames of a recording, for a program that reads parts of all frames so far,
            as in ``1/3``: it must keep frames. Others need no such number.

        Returns
        -------
        source : str
            C99, which allocates nothing: a type ``program_state`` and the functions
            ``program_init(&state)``, ``program_update(&state, frame, values)`` and
            ``program_class(values)``; its heading describes them. Where ``program_FLOAT`` is
            defined, numbers are of single precision.

        Raises
        ------
        TypeError
            If `name` is no str.
        ValueError
            If `name` can't begin a name, if the program holds a user's production, a centred
            window, or parts without `max_frames`, or if a parameter is not finite.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Fold(Affine[x0](0.5*x0 + 0.5*previous))", Grammar.paper(1))
        >>> source = program.to_c(name="decay")
        >>> "int decay_update(decay_state *state, const decay_real *frame" in source
        True
        """
        from ..export.c import to_c

        return to_c(self._itself, path, name, max_frames)

    def to_latex(
        self, precision: int | None = None, *, intervals: ProgramIntervals | None = None
    ) -> str:
        r"""Give the program as a formula in LaTeX.

        Parameters
        ----------
        precision : int or None, default=None
            Significant digits of the numbers; None takes as many as the program
            needs, :attr:`Program.digits`, or 3 where that is not known.
        intervals : ProgramIntervals or None, default=None
            Intervals of the numbers, such as those of
            :func:`~sklearn_dpads.inspection.stability`. Their ends stand behind numbers in
            small print; a number with a question mark has a sign that is not sure.

        Returns
        -------
        text : str
            An ``aligned`` environment, to stand in a displayed formula; it needs the
            package amsmath, or MathJax. The first line is the value after the last frame
            T, or after each frame t; what its symbols mean follows. Means over a window
            have a bar, those of centred windows a tilde, and the window's length as an
            exponent; :math:`\mathbf{x}_t` is frame t.

        Raises
        ------
        ValueError
            If `precision` is no positive integer, or if `intervals` are of another program.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> names = ["acc_x", "acc_y"]
        >>> program = Program.parse(
        ...     "Fold(Affine[acc](0.5*acc_x + 0.9*previous))",
        ...     Grammar.paper({"acc": names}, feature_names=names),
        ...     feature_names=names,
        ... )
        >>> print(program.to_latex())
        \begin{aligned}
        y &= a_{T} \\
        a_{t} &= 0.5 \, \mathrm{acc\_x}_{t} + 0.9 \, a_{t-1} \\
        a_{0} &= 0
        \end{aligned}
        """
        from ..export.latex import to_latex

        return to_latex(self._itself, self._itself.printed_digits(3, precision), intervals)

    def to_sympy(self, n_timesteps: int | None = None) -> Any:
        """Give the program as a sympy expression.

        Parameters
        ----------
        n_timesteps : int or None, default=None
            Number of frames, for which sums and ``Fold`` are written out. None leaves it
            open: sums stay sums, over ``s``, and ``Fold`` can't be expressed.

        Returns
        -------
        expression : sympy.Expr or sympy.Matrix
            In ``x[t, j]`` of ``IndexedBase("x")``, feature j of frame t, both counted from
            0. A column of the outputs where there are several. For a program that gives a
            value per frame: a matrix (n_timesteps, n_outputs), or, with the number of
            frames left open, the value at frame ``t`` of ``T``. A user's production is an
            undefined function of all parts of its arguments, one function per output
            (``name_0``, ``name_1``, …) where there are several.

        Raises
        ------
        ImportError
            If sympy is not installed.
        ValueError
            If `n_timesteps` is no positive integer, if it is None and the program holds
            ``Fold``, or if a parameter is not finite.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Fold(Affine[x0](3*x0 + 2*previous))", Grammar.paper(1))
        >>> program.to_sympy(3)
        12*x[0, 0] + 6*x[1, 0] + 3*x[2, 0]
        """
        from ..export.sympy import to_sympy

        return to_sympy(self._itself, n_timesteps)

    def to_dot(
        self, precision: int | None = None, *, intervals: ProgramIntervals | None = None
    ) -> str:
        r"""Give the program's tree as text for Graphviz.

        Parameters
        ----------
        precision : int or None, default=None
            Significant digits of the numbers; None takes as many as the program
            needs, :attr:`Program.digits`, or 4 where that is not known.
        intervals : ProgramIntervals or None, default=None
            Intervals of the numbers, which are written as :meth:`to_text` does.

        Returns
        -------
        text : str
            A directed graph: a box for each production, the leaves with their formulas.

        Raises
        ------
        ValueError
            If `precision` is no positive integer, or if `intervals` are of another program.

        Examples
        --------
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse("Map(Affine[x0](2*x0 - 1))", Grammar.paper(2))
        >>> print(program.to_dot().splitlines()[-3])
            n_0 [label="Affine[x0](2*x0 - 1)\l", fillcolor="#f4f4f1"];
        """
        from ..export.dot import to_dot

        return to_dot(self._itself, self._itself.printed_digits(4, precision), intervals)

    def simplify(
        self, X: ArrayLike | Sequence[ArrayLike], *, min_agreement: float = 1.0
    ) -> Simplification:
        """Remove the parts of the program that decide nothing on data.

        Tried are: dropping single numbers of ``Affine`` expressions, outright or with the
        bias taking over what the term is on average, and the start of a ``Fold``; leaving
        one argument of ``Add`` or ``Multiply``; leaving one branch of a condition. What
        changes no value at all goes first, such as branches never taken; then, greedily,
        what changes the least, as long as enough decisions stay. First of all, what a sum
        reads in one way is read once, where one of the program's own groups can hold it. A
        decision is the sign of a single output, and the largest of several; programs that
        give a value per frame decide at each valid frame.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features), or list of \
                array-like of shape (T_i, n_features)
            Sequences to compare decisions on; how programs differ elsewhere is not known.
        min_agreement : float, default=1.0
            Share of the decisions that have to stay, from 0 to 1.

        Returns
        -------
        simplification : Simplification
            The program, the agreement reached and the number of parts removed.

        Raises
        ------
        TypeError, ValueError
            If `X` is no sequences of `n_features`, if the program has values on them that
            are not finite, or if `min_agreement` is no number from 0 to 1.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_dpads import Grammar, Program
        >>> program = Program.parse(
        ...     "SlideWindowAvg[5](Add(Affine[x0](2*x0 - 0.01), Affine[x1](0.001*x1)))",
        ...     Grammar.paper(2),
        ... )
        >>> X = np.random.default_rng(0).normal(size=(50, 8, 2))
        >>> print(program.simplify(X))
        SlideWindowAvg[5](Affine[x0](2*x0))
        decides as the original does in 50 of 50 cases; 4 of 7 parts removed
        """
        from .simplify import simplify

        return simplify(self._itself, X, min_agreement)
