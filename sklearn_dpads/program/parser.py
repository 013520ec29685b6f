"""Programs read from text: the tree of :mod:`.syntax` is given types and parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..grammar import (
    BUILTIN_PRODUCTIONS,
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    Add,
    Affine,
    Constant,
    Fold,
    Grammar,
    Input,
    Multiply,
    OneVsRest,
    Production,
    Signature,
    TemporalFilter,
    UserProduction,
)
from ..grammar.groups import check_n_features
from ..grammar.lexer import Token, fail, reject
from ..grammar.text import read_production, reader_kinds
from ..inputs.names import refuse_unordered
from .expression import Array, Expression, check_levels
from .folds import with_folds_as_they_are
from .numbers import MOST_DIGITS, round_number
from .program import Program
from .syntax import (
    Row,
    SyntaxNode,
    Term,
    read_syntax,
)
from .text import (
    PREVIOUS,
    column_names,
    format_feature,
    format_output,
    output_names,
)


def parse_program(
    text: str,
    grammar: Grammar,
    *,
    n_features: int | None = None,
    feature_names: Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
) -> Program:
    """Read a program from text, in the notation of :mod:`.syntax`; see :meth:`Program.parse`."""
    refuse_unordered(feature_names, "feature_names")
    refuse_unordered(classes, "classes")
    user_productions = [p for p in grammar.productions if isinstance(p, UserProduction)]
    if n_features is None:
        n_features = grammar.min_features if feature_names is None else len(feature_names)
    check_n_features(n_features)
    grammar.validate_for(n_features)
    names = None if feature_names is None else tuple(str(name) for name in feature_names)
    labels = None if classes is None else tuple(classes)
    try:
        root = read_syntax(text, user_productions)
        builder = _Builder(grammar, n_features, names, labels, root)
        expression = builder.build(root, builder.signature, builder.width, 0)
    except RecursionError:
        raise ValueError("The program is nested too deeply to be read.") from None
    check_levels(expression)
    expression = with_folds_as_they_are(expression)
    return Program(expression, n_features, names, labels, digits=_digits_given(expression))


# What is left of sums of numbers that were read.
_ROUNDING = 1e-14
# Times as large as all weights a constant may be that is printed with the usual digits: rounding it
# then moves a value by a twentieth of what a unit of a feature does.
_LARGE = 100.0


def _digits_given(expression: Expression) -> int | None:
    """Tell how many digits numbers need to be printed as they were read; None for the usual ones.

    It is asked for where a constant is large: ``56.3*(pa - 101325) + 0.85`` is a difference of two
    numbers of seven digits, once it no longer stands around the mean.
    """
    values: list[float] = []
    has_large = False
    for _, node in expression.walk():
        values += [v for of_name in node.params.values() for v in np.ravel(of_name).tolist()]
        if isinstance(node.production, Affine):
            weights = np.abs(node.params["weight"]).max(axis=1)
            has_large |= bool((np.abs(node.params["bias"]) / _LARGE > weights)[weights > 0].any())
    if not has_large:
        return None
    enough = (
        digits
        for digits in range(1, MOST_DIGITS)
        if all(abs(round_number(v, digits) - v) <= _ROUNDING * abs(v) for v in values)
    )
    return next(enough, MOST_DIGITS)


class _Builder:
    """Makes expressions of nodes, given the names that stand for columns and outputs."""

    def __init__(
        self,
        grammar: Grammar,
        n_features: int,
        feature_names: tuple[str, ...] | None,
        classes: tuple[Any, ...] | None,
        root: SyntaxNode,
    ) -> None:
        self._grammar = grammar
        self._columns = column_names(n_features, feature_names)
        self._places: dict[str, dict[str, int]] = {}
        self.signature = self._signature_of(root)
        # Every vector as wide as the program shows how wide it is; Input is as a frame.
        vectors = list(_vectors(root))
        self.width = len(vectors[0].rows) or n_features
        self._outputs = output_names(self.width, classes)
        if classes is None:
            self._outputs = _names_in_text(vectors) or self._outputs

    def build(
        self, node: SyntaxNode, signature: Signature, width: int, accumulator: int
    ) -> Expression:
        """Make the expression of a node at a place of some signature and size."""
        production = self._production(node, signature)
        places = production.arguments
        if len(node.args) != len(places):
            reject(
                node.token,
                f"has {len(node.args)} argument(s), but {node.label} takes {len(places)}",
            )
        shown = production.accumulator_shown(width, accumulator)
        args = tuple(
            self.build(arg, place.signature, place.width_in(width), shown)
            for arg, place in zip(node.args, places, strict=True)
        )
        params = self._parameters(node, production, width, accumulator)
        return Expression(production, width, accumulator, args, params)

    def _signature_of(self, root: SyntaxNode) -> Signature:
        node = root
        # These are there for every signature, and have the one of their last argument.
        combining = (ITE.symbol, Add.symbol, Multiply.symbol, OneVsRest.symbol)
        while node.args and node.label in combining:
            node = node.args[-1]
        for signature in (LIST_TO_ATOM, LIST_TO_LIST):
            if self._found(node, signature) is not None:
                return signature
        known = self._labels(LIST_TO_ATOM, LIST_TO_LIST)
        fail(node.token, f"a production over sequences, such as the grammar's ({known})")

    def _production(self, node: SyntaxNode, signature: Signature) -> Production:
        production = self._found(node, signature)
        if production is None:
            reject(
                node.token,
                f"starts {node.label}, which is no {signature} production; the grammar has "
                f"{self._labels(signature)}",
            )
        return production

    def _found(self, node: SyntaxNode, signature: Signature) -> Production | None:
        """Give a production of the grammar or, with any span, of the language."""
        for production in self._grammar.of(signature):
            is_fold = isinstance(production, Fold) and node.label == Fold.symbol
            if production.label == node.label or is_fold:
                return production
        if node.label == OneVsRest.symbol:
            return self._one_vs_rest(node, signature)
        symbol = node.label.partition("[")[0]
        own = reader_kinds(self._grammar.productions)
        if symbol not in {**BUILTIN_PRODUCTIONS, **own} or symbol == Affine.symbol:
            return None
        try:
            production = read_production(node.label, signature, self._grammar.productions)
        except ValueError as error:
            why = str(error).removesuffix(".")
            reject(node.token, f"starts {node.label}, which can't be read: {why}")
        return production if production.signature == signature else None

    def _one_vs_rest(self, node: SyntaxNode, signature: Signature) -> Production | None:
        if signature not in (LIST_TO_ATOM, LIST_TO_LIST):
            return None
        try:
            return OneVsRest(signature, len(node.args))
        except ValueError as error:
            why = str(error).removesuffix(".")
            reject(node.token, f"starts {node.label}, which can't be read: {why}")

    def _labels(self, *signatures: Signature) -> str:
        known = [p for signature in signatures for p in self._grammar.of(signature)]
        return ", ".join(dict.fromkeys(p.label for p in known)) or "none"

    def _parameters(
        self, node: SyntaxNode, production: Production, width: int, accumulator: int
    ) -> dict[str, Array]:
        if isinstance(production, Affine):
            self._check_outputs(node, width)
            return self._affine(node, production, accumulator)
        if isinstance(production, Constant):
            self._check_outputs(node, width)
            return {"value": _numbers(node)}
        if isinstance(production, Fold):
            if not node.rows:
                return {"initial": np.zeros(width)}
            self._check_outputs(node, width)
            return {"initial": _numbers(node)}
        if isinstance(production, OneVsRest):
            self._check_outputs(node, width)
        if isinstance(production, TemporalFilter):
            pairs = zip(production.parameters, node.numbers, strict=True)
            return {name: np.array([number]) for name, number in pairs}
        if isinstance(production, Input) and width != len(self._columns):
            reject(
                node.token,
                f"gives {len(self._columns)} values, but {width} stand(s) in this place",
            )
        return {}

    def _check_outputs(self, node: SyntaxNode, width: int) -> None:
        wanted = self._outputs if width > 1 else (None,)
        for row, name in zip(node.rows, wanted, strict=False):
            self._check_output(row, name)
        if len(node.rows) < len(wanted):
            names = ", ".join(format_output(name) for name in wanted if name is not None)
            reject(
                node.token,
                f"has {len(node.rows)} output(s), but there are {len(wanted)}: {names}",
            )
        if len(node.rows) > len(wanted):
            reject(
                node.rows[len(wanted)].start, f"is one output more than the {width} of this place"
            )

    def _check_output(self, row: Row, name: str | None) -> None:
        if name is None and row.output is not None:
            reject(row.output, "names an output, but the value of this place is a single number")
        if name is not None and (row.output is None or row.output.text != name):
            fail(row.start, f"the output {format_output(name)}, as in '{format_output(name)}: ...'")

    def _affine(self, node: SyntaxNode, production: Affine, accumulator: int) -> dict[str, Array]:
        n_columns = len(production.features)
        table = np.zeros((len(node.rows), n_columns + accumulator + 1))
        for i, row in enumerate(node.rows):
            seen: set[int] = set()
            for term in row.terms:
                own = i if len(node.rows) == accumulator else None
                j = self._place(term, production, accumulator, own)
                if j in seen:
                    reject(term.token, "starts a second term of its kind; write one")
                seen.add(j)
                table[i, j] += term.factor
                if term.offset:
                    table[i, -1] -= term.factor * term.offset
        params = {"weight": table[:, :n_columns], "bias": table[:, -1]}
        if accumulator:
            params["recurrent"] = table[:, n_columns:-1]
        return params

    def _place(self, term: Term, production: Affine, accumulator: int, own: int | None) -> int:
        """Give a term's place among the features, the accumulator and the bias."""
        if term.variable is None:
            return len(production.features) + accumulator
        if term.is_previous:
            part = self._part(term.variable, term.output, accumulator, own)
            return len(production.features) + part
        places = self._places_of(production)
        if term.variable.text not in places:
            known = ", ".join(format_feature(name) for name in places)
            extra = f", or {PREVIOUS}" if accumulator else ""
            fail(term.variable, f"a feature of {production.label}, which reads {known}{extra}")
        return places[term.variable.text]

    def _places_of(self, production: Affine) -> dict[str, int]:
        """Give the place of each feature in a group, by name."""
        if production.group not in self._places:
            names = (self._columns[i] for i in production.features)
            self._places[production.group] = {name: place for place, name in enumerate(names)}
        return self._places[production.group]

    def _part(self, token: Token, output: Token | None, accumulator: int, own: int | None) -> int:
        if not accumulator:
            reject(token, "is the accumulator of Fold, but stands outside Fold")
        if accumulator == 1:
            if output is not None:
                reject(output, "names a part of the accumulator, which is a single number here")
            return 0
        known = ", ".join(format_output(name) for name in self._outputs)
        if output is None and own is not None:
            return own
        if output is None:
            reject(token, f"needs the name of an output, as in {PREVIOUS}[...]: {known}")
        if output.text not in self._outputs:
            fail(output, f"an output ({known})")
        return self._outputs.index(output.text)


def _vectors(node: SyntaxNode) -> Iterator[SyntaxNode]:
    """Give the nodes as wide as the program whose width shows in the text."""
    if node.rows or node.label == Input.symbol:
        yield node
    if node.label == OneVsRest.symbol:
        return
    for arg in node.args[1:] if node.label == ITE.symbol else node.args:
        yield from _vectors(arg)


def _names_in_text(vectors: list[SyntaxNode]) -> tuple[str, ...]:
    """Give the outputs' names where the first of the vectors that has more parts names them."""
    rows = next((node.rows for node in vectors if len(node.rows) > 1), ())
    names: list[str] = []
    for token in (row.output for row in rows):
        if token is None:
            return ()
        if token.text in names:
            reject(token, "names a second output; names must differ")
        names.append(token.text)
    return tuple(names)


def _numbers(node: SyntaxNode) -> Array:
    return np.array([row.terms[0].factor for row in node.rows])
