"""Programs as text to read; :mod:`.syntax` states the notation and reads it back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..grammar import (
    ITE,
    Affine,
    Constant,
    Fold,
    Input,
    Kind,
    OneVsRest,
    TemporalFilter,
    UserProduction,
)
from ..grammar.lexer import is_name, quote
from ..grammar.text import format_label
from ..grammar.user import default_template, split_template
from .expression import Array, Expression
from .folds import own_accumulator, sees_others
from .layout import (
    Break,
    Choice,
    Document,
    Group,
    Nest,
    lay_out,
)
from .numbers import NumberTexts, around, in_sum, term
from .scales import offsets_of

if TYPE_CHECKING:
    from .intervals import ProgramIntervals
    from .program import Program


_INDENT = 4


def format_program(
    program: Program,
    precision: int = 4,
    width: int | None = 88,
    intervals: ProgramIntervals | None = None,
) -> str:
    """Give a program as text that :func:`~.parser.parse_program` reads back.

    Parameters
    ----------
    program : Program
        The program.
    precision : int, default=4
        Significant digits of the numbers; 17 loses nothing.
    width : int or None, default=88
        Columns to keep to where names allow it; None gives one line.
    intervals : ProgramIntervals or None, default=None
        Intervals to print with the numbers; then the text is not read back.

    Returns
    -------
    text : str

    Raises
    ------
    ValueError
        If precision or width is not a positive integer, or intervals are of another program.
    """
    _check_positive("precision", precision)
    if width is not None:
        _check_positive("width", width)
    numbers = NumberTexts(program, precision, intervals)
    return lay_out(_Printer(program, numbers).root(program.expression), width)


def format_part(program: Program, part: Expression, numbers: NumberTexts, width: int | None) -> str:
    """Give a part of a program as it stands in the text of the whole."""
    return lay_out(_Printer(program, numbers).root(part), width)


def _check_positive(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a positive integer; got {value!r}.")


class _Printer:
    """Makes documents of expressions, with a program's names and numbers."""

    def __init__(self, program: Program, numbers: NumberTexts) -> None:
        self._classes = program.classes
        self._numbers = numbers
        self._offsets = offsets_of(program.expression, program.scales)
        self._columns = column_names(program.n_features, program.feature_names)

    def root(self, expression: Expression) -> Document:
        """Give the document of a whole program, or of a branch that stands by itself."""
        if isinstance(expression.production, OneVsRest):
            # Each program begins a line, however short it is.
            inside = self.expression(expression)
            assert isinstance(inside, Group)
            return Group(inside.document, always_open=True)
        if not isinstance(expression.production, ITE):
            return self.expression(expression)
        condition, then, other = expression.args
        return Group(self._choice(condition, self.root(then), self.root(other)), always_open=True)

    def expression(self, expression: Expression) -> Document:
        """Give the document of an expression."""
        production = expression.production
        if isinstance(production, ITE):
            condition, then, other = expression.args
            return Group(self._choice(condition, self._then(then), self.expression(other)))
        if isinstance(production, Input):
            return format_label(production)
        if isinstance(production, Affine):
            return self._call(format_label(production), self._affine_rows(expression, production))
        if isinstance(production, Constant):
            return self._call(production.label, self._constant_rows(expression, "value"))
        if isinstance(production, UserProduction):
            return self._fill(production.template, expression.args)
        if isinstance(production, Fold):
            return self._fold(expression)
        if isinstance(production, OneVsRest):
            return self._side_by_side(expression)
        if isinstance(production, TemporalFilter):
            numbers = self._numbers.of_filter(expression)
            items = [f"{name}={number}" for name, number in numbers.items()]
            return self._call(production.label, [self.expression(expression.args[0]), *items])
        return self._fill(default_template(production.label, len(expression.args)), expression.args)

    def _side_by_side(self, expression: Expression) -> Group:
        rows: list[Document] = []
        for name, arg in zip(self._row_names(expression.width), expression.args, strict=True):
            row: Document = (name, self.expression(arg))
            if isinstance(arg.production, ITE):
                below = (name.rstrip(), Nest(_INDENT, (Break(" "), self.expression(arg))))
                row = Choice((name, self._in_parentheses(arg)), below)
            rows.append(row)
        return self._call(expression.production.label, rows)

    def _choice(self, condition: Expression, then: Document, other: Document) -> Document:
        return (
            ("if ", self._in_parentheses(condition), " >= 0:"),
            Nest(_INDENT, (Break(" "), then)),
            (Break(" "), "else:"),
            Nest(_INDENT, (Break(" "), other)),
        )

    def _then(self, expression: Expression) -> Document:
        if not isinstance(expression.production, ITE):
            return self.expression(expression)
        # On its own line a branch needs no parentheses to be told from its surroundings.
        return Choice(self._in_parentheses(expression), self.expression(expression))

    def _in_parentheses(self, expression: Expression) -> Document:
        document = self.expression(expression)
        if not isinstance(expression.production, ITE):
            return document
        return Group(("(", Nest(_INDENT, (Break(), document)), Break(), ")"))

    def _fill(self, template: str, args: Sequence[Expression]) -> Document:
        texts, order = split_template(template)
        show = self.expression if len(args) == 1 else self._in_parentheses
        inside: list[Document] = []
        for i, text in zip(order, texts[:-1], strict=True):
            word = text.rstrip()
            inside += [word, Break(text[len(word) :]), show(args[i])]
        last = texts[-1].lstrip()
        end: Document = (Break(texts[-1].removesuffix(last)), last) if last else ""
        return Group((inside[0], Nest(_INDENT, tuple(inside[1:])), end))

    def _call(self, label: str, items: Iterable[Document]) -> Group:
        inside: list[Document] = []
        for item in items:
            inside += [",", Break(" "), item] if inside else [Break(), item]
        return Group((f"{label}(", Nest(_INDENT, tuple(inside)), Break(), ")"))

    def _fold(self, expression: Expression) -> Document:
        items = [self.expression(expression.args[0])]
        if expression.params[INITIAL].any():
            values = tuple(self._constant_rows(expression, INITIAL))
            vector = values[0] if len(values) == 1 else self._call("", values)
            items.append((f"{INITIAL}=", vector))
        # Which accumulators are seen shows in the sums, and is read from there.
        return self._call(expression.production.symbol, items)

    def _constant_rows(self, expression: Expression, parameter: str) -> Iterator[Document]:
        texts = self._numbers.of(expression, lambda node: node.params[parameter])
        for name, text in zip(self._row_names(len(texts)), texts, strict=True):
            yield name + text

    def _affine_rows(self, expression: Expression, production: Affine) -> Iterator[Document]:
        columns = [format_feature(self._columns[i]) for i in production.features]
        offsets = self._offsets.get(id(expression), np.zeros(len(columns)))
        variables = [around(*pair) for pair in zip(columns, offsets, strict=True)]
        if expression.accumulator:
            variables += self._previous(expression)
        sums = self._numbers.of(expression, lambda node: sums_printed(node, offsets, expression))
        known = sums_printed(expression, offsets, expression) != 0
        for name, row, there in zip(self._row_names(expression.width), sums, known, strict=True):
            pairs = zip(row[:-1], variables, there[:-1], strict=True)
            terms = [term(text, variable) for text, variable, is_there in pairs if is_there]
            if there[-1] or not terms:
                terms.append(in_sum(row[-1]))
            yield (name, _sum(terms, _INDENT if name else 0))

    def _row_names(self, width: int) -> list[str]:
        if width == 1:
            return [""]
        return [f"{format_output(name)}: " for name in output_names(width, self._classes)]

    def _previous(self, expression: Expression) -> list[str]:
        if expression.accumulator == 1 or _sees_its_own(expression):
            return [PREVIOUS]
        names = output_names(expression.accumulator, self._classes)
        return [f"{PREVIOUS}[{format_output(name)}]" for name in names]


def sums_printed(node: Expression, offsets: Array, like: Expression) -> Array:
    """Give the numbers of an ``Affine`` as they are printed, the constant last.

    Parameters
    ----------
    node : Expression
        The part, or it with other numbers.
    offsets : ndarray of shape (n_features_of_the_group,)
        What features are printed around.
    like : Expression
        The part that is printed. It tells for which accumulators there are numbers.

    Returns
    -------
    numbers : ndarray of shape (width, n_terms + 1)
    """
    weight, bias = node.params["weight"], node.params["bias"]
    columns = [weight]
    if _sees_its_own(like):
        columns.append(own_accumulator(node))
    elif like.accumulator:
        columns.append(node.params["recurrent"])
    if offsets.any():
        bias = bias + weight @ offsets
    return np.hstack([*columns, bias[:, None]])


def _sees_its_own(expression: Expression) -> bool:
    """Whether each of several outputs sees its own accumulator, which needs no name."""
    several = expression.accumulator > 0 and expression.width > 1
    return several and not sees_others(expression)


def _sum(terms: list[str], indent: int) -> Document:
    first, *rest = terms
    signed = (f"- {t[1:]}" if t.startswith("-") else f"+ {t}" for t in rest)
    return Nest(indent, (first, *(Group((Break(" "), text)) for text in signed)))


PREVIOUS = "previous"
INITIAL = "initial"
NOT_FINITE = frozenset(["inf", "nan"])
_RESERVED = NOT_FINITE | {PREVIOUS, "if", "else"}


class _NumberedNames(Sequence[str]):
    """x0, x1, …, made where they are asked for: a short text may say that there are a million."""

    def __init__(self, n_features: int) -> None:
        self._places = range(n_features)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        found = self._places[index]
        return f"x{found}" if isinstance(found, int) else [f"x{place}" for place in found]


def column_names(n_features: int, feature_names: Sequence[str] | None) -> Sequence[str]:
    """Give each column a name of its own.

    Parameters
    ----------
    n_features : int
        Number of columns.
    feature_names : sequence of str or None
        Their names; x0, x1, … where None. Where two are the same, the number of the
        column is added to all.
    """
    if feature_names is None:
        return _NumberedNames(n_features)
    if len(set(feature_names)) < len(feature_names):
        return tuple(f"{name}#{i}" for i, name in enumerate(feature_names))
    return tuple(feature_names)


def output_names(width: int, classes: Sequence[Any] | None) -> tuple[str, ...]:
    """Give each output a name: its class where there is one for each, else y0, y1, …."""
    if classes is not None:
        names = tuple(str(label) for label in classes)
        if len(names) == width and len(set(names)) == width:
            return names
    return tuple(f"y{i}" for i in range(width))


def role_of(node: Expression, index: int, classes: Sequence[Any] | None) -> str:
    """Say what an argument is for: a branch, or one of several classes; else nothing.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> text = "OneVsRest(a: Map(Affine[x0](x0)), b: Map(Affine[x0](-x0)), c: Map(Constant(1)))"
    >>> program = Program.parse(text, Grammar.paper(1), classes="abc")
    >>> role_of(program.expression, 1, program.classes)
    'b'
    """
    if isinstance(node.production, OneVsRest):
        return show_name(output_names(node.width, classes)[index])
    return node.production.arguments[index].role


def class_of_part(program: Program, path: Sequence[int]) -> str:
    """Say for which class a part stands, where each has a program of its own; else nothing.

    Examples
    --------
    >>> from sklearn_dpads import Grammar, Program
    >>> text = "OneVsRest(a: Map(Affine[x0](x0)), b: Map(Affine[x0](-x0)), c: Map(Constant(1)))"
    >>> program = Program.parse(text, Grammar.paper(1), classes="abc")
    >>> class_of_part(program, (1, 0)), class_of_part(program, ())
    ('b: ', '')
    """
    root = program.expression
    if not path or not isinstance(root.production, OneVsRest):
        return ""
    return f"{role_of(root, path[0], program.classes)}: "


def family_of(node: Expression) -> str:
    """Tell what a picture colours alike: "list", "combination" or "terminal"."""
    if Kind.LIST in (node.signature.input, node.signature.output):
        return "list"
    return "combination" if node.args else "terminal"


def format_feature(name: str) -> str:
    """Give a feature's name, quoted where it could be taken for something else."""
    return name if is_name(name) and name not in _RESERVED else quote(name)


def format_output(name: str) -> str:
    """Give an output's name, quoted unless it is a plain name or a whole number."""
    return name if is_name(name) or re.fullmatch("[0-9]+", name) else quote(name)


def show_name(name: Any) -> str:
    """Give a name to read, quoted where it holds what a terminal would obey or a line break."""
    text = str(name)
    return text if text.isprintable() else quote(text)


def shortened(text: str, longest: int) -> str:
    """Cut a text that is longer, and mark where."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def shortened_inside(text: str, longest: int) -> str:
    """Cut a text that is longer in its middle: what tells it from others stands at its ends.

    Examples
    --------
    >>> shortened_inside("avg(velocity of the centre of mass)  constant", 24)
    'avg(velocity…)  constant'
    """
    if len(text) <= longest:
        return text
    n_last = (longest - 1) // 2
    return f"{text[: longest - 1 - n_last]}…{text[len(text) - n_last :]}"
