"""The meaning of the language in plain Python, one sequence, prefix and frame at a time.

Nothing here is shared with the evaluators it is compared with, and nothing is fast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from sklearn_dpads.program import Expression

Vector = list[float]
Frames = list[Vector]


@dataclass
class Trace:
    """What an evaluation met, beside its values.

    Two evaluators that round differently may take different branches where a condition is
    close to 0, and differ in many digits where a value is large.
    """

    values: list = field(default_factory=list)
    smallest_condition: float = math.inf
    largest_value: float = 0.0

    def see(self, value: Vector) -> Vector:
        self.largest_value = max([self.largest_value, *(abs(v) for v in value)])
        return value

    def holds(self, condition: Vector) -> bool:
        (value,) = condition
        self.smallest_condition = min(self.smallest_condition, abs(value))
        return value >= 0


def evaluate(expression: Expression, sequences: list[Frames]) -> list:
    """Give the value of an expression over lists on each sequence.

    A value is a vector for list->atom, and a list of one vector per frame for list->list.
    """
    return trace(expression, sequences).values


def trace(expression: Expression, sequences: list[Frames]) -> Trace:
    """Evaluate, and note how close conditions came to 0 and how large values got."""
    record = Trace()
    over_list = {"list->list": list_to_list, "list->atom": list_to_atom}
    of = over_list[str(expression.signature)]
    record.values = [of(expression, frames, record) for frames in sequences]
    return record


def list_to_list(expression: Expression, frames: Frames, record: Trace) -> list[Vector]:
    production, args = expression.production, expression.args
    if production.symbol == "Map":
        return [atom_to_atom(args[0], x, None, record) for x in frames]
    if production.symbol == "MapPrefix":
        return [list_to_atom(args[0], frames[: t + 1], record) for t in range(len(frames))]
    if production.symbol == "CenteredWindowAvg":
        half = (production.window - 1) // 2
        values = []
        for t in range(len(frames)):
            around = [frames[s] for s in range(t - half, t + half + 1) if 0 <= s < len(frames)]
            values.append(atom_to_atom(args[0], mean(around), None, record))
        return values
    if production.symbol == "OneVsRest":
        parts = [list_to_list(arg, frames, record) for arg in args]
        return [[part[t][0] for part in parts] for t in range(len(frames))]
    assert production.symbol == "ITE"
    conditions, thens, others = (list_to_list(arg, frames, record) for arg in args)
    return [thens[t] if record.holds(conditions[t]) else others[t] for t in range(len(frames))]


def list_to_atom(expression: Expression, frames: Frames, record: Trace) -> Vector:
    production, args = expression.production, expression.args
    if production.symbol == "Fold":
        accumulator = expression.params["initial"].tolist()
        for x in frames:
            accumulator = atom_to_atom(args[0], x, accumulator, record)
        return accumulator
    if production.symbol == "SlideWindowAvg":
        window = len(frames) if production.window is None else production.window
        last = frames[-window:]
        if production.of == "frames":
            return atom_to_atom(args[0], mean(last), None, record)
        return mean([atom_to_atom(args[0], x, None, record) for x in last])
    if production.symbol == "TemporalFilter":
        numbers = [expression.params[name].item() for name in ("frequency", "spread")]
        return atom_to_atom(args[0], filtered(frames, production.window, *numbers), None, record)
    if production.symbol == "OneVsRest":
        return [list_to_atom(arg, frames, record)[0] for arg in args]
    assert production.symbol == "ITE"
    condition, then, other = (list_to_atom(arg, frames, record) for arg in args)
    return then if record.holds(condition) else other


def atom_to_atom(
    expression: Expression, x: Vector, accumulator: Vector | None, record: Trace
) -> Vector:
    production, params = expression.production, expression.params
    if production.symbol == "Affine":
        chosen = [x[i] for i in production.features]
        value = affine(params["weight"].tolist(), chosen, params["bias"].tolist())
        if accumulator is not None:
            value = affine(params["recurrent"].tolist(), accumulator, value)
        return record.see(value)
    if production.symbol == "Constant":
        return record.see(params["value"].tolist())
    if production.symbol == "Input":
        return record.see(list(x))
    values = [atom_to_atom(arg, x, accumulator, record) for arg in expression.args]
    if production.symbol == "ITE":
        return values[1] if record.holds(values[0]) else values[2]
    return record.see(COMBINE[production.label](*values))


def affine(matrix: list[Vector], vector: Vector, offset: Vector) -> Vector:
    return [
        sum(w * v for w, v in zip(row, vector, strict=True)) + b
        for row, b in zip(matrix, offset, strict=True)
    ]


def mean(vectors: list[Vector]) -> Vector:
    return [sum(column) / len(vectors) for column in zip(*vectors, strict=True)]


def filtered(frames: Frames, window: int, frequency: float, spread: float) -> Vector:
    middle = window // 2
    spread = max(abs(spread), 0.1)
    weights = []
    for tau in range(-middle, middle + 1):
        envelope = math.exp(-0.5 * (frequency * tau / spread) ** 2)
        weights.append(envelope * math.cos(frequency * tau))
    total = [0.0] * len(frames[0])
    for tau, weight in zip(range(-middle, middle + 1), weights, strict=True):
        frame = frames[max(0, len(frames) - 1 - middle - tau)]
        total = [u + weight * v for u, v in zip(total, frame, strict=True)]
    return [v / sum(map(abs, weights)) for v in total]


def share(a: Vector) -> Vector:
    weights = [math.exp(v - max(a)) for v in a]
    return [w / sum(weights) + 0.1 * v for w, v in zip(weights, a, strict=True)]


COMBINE = {
    "Add": lambda a, b: [u + v for u, v in zip(a, b, strict=True)],
    "Multiply": lambda a, b: [u * v for u, v in zip(a, b, strict=True)],
    "soft_sign": lambda a: [v / (1 + abs(v)) for v in a],
    "blend": lambda a, b: [
        u * 0.5 * (1 + math.tanh(v / 2)) + 0.5 * v for u, v in zip(a, b, strict=True)
    ],
    "tanh": lambda a: [math.tanh(v) for v in a],
    "share": share,
}
