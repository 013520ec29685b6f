"""What a program loses without one of its parts, of its groups, or of its features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import accuracy_score

from ..grammar import LIST_TO_LIST, Affine
from ..inputs.class_codes import frame_codes, sequence_codes
from ..inputs.frame_pairs import pair_frames
from ..inputs.labels import sequence_labels
from ..inputs.outputs import top_codes
from ..inputs.sequences import Sequences
from .compact import compact_part
from .evaluate import evaluate
from .expression import Array, Expression
from .scales import features_of
from .text import class_of_part, column_names, show_name
from .walk import walk_values

if TYPE_CHECKING:
    from .program import Program

Score = Callable[[Any, Any], float]
Path = tuple[int, ...]
# Which features of which ``Affine`` are knocked out.
Targets = dict[Path, NDArray[np.bool_]]


@dataclass(frozen=True)
class KnockOut:
    """What a program scores without something.

    Parameters
    ----------
    kind : {"part", "group", "feature"}
        What sort of thing is left out.
    name : str
        The part in one line, or the name of the group or the feature.
    score : float
        Score of the program without it.
    lost : float
        By how much that is less than the score of the whole program.
    """

    kind: str
    name: str
    score: float
    lost: float


class KnockOutTable(list["KnockOut"]):
    """A list that prints as a table; :meth:`Program.knock_out` gives it.

    Parameters
    ----------
    rows : iterable of KnockOut
        The rows.
    score : float
        Score of the whole program.
    """

    def __init__(self, rows: Sequence[KnockOut], score: float) -> None:
        super().__init__(rows)
        self.score = score

    def __repr__(self) -> str:
        lines = [f"score of the whole program: {self.score:.3f}", "without   score    lost"]
        lines += [f"{r.kind:<8}  {r.score:.3f}  {r.lost:+.3f}  {show_name(r.name)}" for r in self]
        return "\n".join(lines)


def knock_out(
    program: Program, X: ArrayLike | Sequence[ArrayLike], y: Any, score: Score | None
) -> KnockOutTable:
    """Score a program without its parts; :meth:`Program.knock_out` describes it."""
    if program.classes is None:
        raise ValueError("knock_out needs a program that knows its classes; this one has none.")
    data = program.read(X)
    labels = _checked_labels(program, data, y)
    judge = _Judge(program, data, labels, accuracy_score if score is None else score)
    means = _means_read(program.expression, data)
    whole = judge(program.expression)
    rows = []
    for kind, name, targets in _targets(program):
        found = judge(_without(program.expression, (), targets, means))
        rows.append(KnockOut(kind, name, found, whole - found))
    kinds = ("part", "group", "feature")
    rows.sort(key=lambda row: (kinds.index(row.kind), -row.lost))
    return KnockOutTable(rows, whole)


def _checked_labels(program: Program, data: Sequences, y: Any) -> Any:
    """Give labels of the program's classes, which a score may take for any others.

    Of whole sequences they come with which of them have a label.
    """
    assert program.classes is not None
    if program.expression.signature == LIST_TO_LIST:
        frame_codes(y, program.classes, data)
        return y
    sequence_codes(y, program.classes, data.n_samples)
    return sequence_labels(y)


class _Judge:
    """Scores expressions on labelled sequences."""

    def __init__(self, program: Program, data: Sequences, y: Any, score: Score) -> None:
        assert program.classes is not None
        self._classes = np.array(program.classes)
        self._data, self._y, self._score = data, y, score

    def __call__(self, expression: Expression) -> float:
        predicted = self._classes[top_codes(evaluate(expression, self._data))]
        if predicted.ndim == 1:
            labels, given = self._y
            return float(self._score(labels, predicted[given]))
        pairs = pair_frames(
            self._y, predicted, padding=None, lengths=self._data.lengths, weights=None
        )
        return float(self._score(pairs.true, pairs.predicted))


def _targets(program: Program) -> Iterator[tuple[str, str, Targets]]:
    """Give what can be left out: parts of sums and products, groups and features."""
    leaves = [
        (path, node)
        for path, node in program.expression.walk()
        if isinstance(node.production, Affine)
    ]
    everything = {path: np.ones(len(features_of(node)), dtype=bool) for path, node in leaves}
    for path, node in program.expression.walk():
        by_class = node.production.meaning == "side_by_side"
        if node.production.commutative or by_class:
            for i, arg in enumerate(node.args):
                if arg.production == node.production or (by_class and arg.production.commutative):
                    continue  # its own arguments are parts of this one
                below = (*path, i)
                inside = {p: mask for p, mask in everything.items() if p[: len(below)] == below}
                if inside:
                    name = compact_part(program, arg)
                    yield "part", class_of_part(program, below) + name, inside
    for group in dict.fromkeys(_group(node) for _, node in leaves):
        chosen = {path: everything[path] for path, node in leaves if _group(node) == group}
        yield "group", group, chosen
    columns = column_names(program.n_features, program.feature_names)
    used = sorted({f for _, node in leaves for f in features_of(node)})
    for feature in used:
        masks = {path: np.array(features_of(node)) == feature for path, node in leaves}
        read = any(node.params["weight"][:, masks[path]].any() for path, node in leaves)
        if read:
            yield "feature", columns[feature], masks


def _group(node: Expression) -> str:
    assert isinstance(node.production, Affine)
    return node.production.group


def _means_read(expression: Expression, data: Sequences) -> dict[Path, Array]:
    """Mean of what each ``Affine`` reads, over the frames or sequences that come to it."""
    means = {}
    for part in walk_values(expression, data):
        if isinstance(part.expression.production, Affine):
            reached = part.reached if part.reached.any() else data.mask()
            means[part.path] = part.inputs[reached].mean(axis=0)[list(features_of(part.expression))]
    return means


def _without(
    node: Expression, path: Path, targets: Targets, means: dict[Path, Array]
) -> Expression:
    """Let features be what they are on average."""
    if path in targets:
        weight, mask = node.params["weight"], targets[path]
        bias = node.params["bias"] + weight[:, mask] @ means[path][mask]
        return node.with_params(
            {**node.params, "weight": np.where(mask, 0.0, weight), "bias": bias}
        )
    args = (_without(arg, (*path, i), targets, means) for i, arg in enumerate(node.args))
    return node.with_args(tuple(args))
