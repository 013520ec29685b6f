"""Random grammars, expressions, programs and sequences, for hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import (
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    SIGNATURES,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    OneVsRest,
    Signature,
    SlideWindowAvg,
    TemporalFilter,
)
from sklearn_dpads.program import Expression, Sequences

from .user_functions import PRODUCTIONS

QUICK = settings(deadline=None, derandomize=True, max_examples=60)

# Far enough from 0 for conditions to be clear, small enough for folds not to explode.
moderate = st.builds(lambda size, sign: size * sign, st.floats(0.125, 1), st.sampled_from([1, -1]))
frame_values = st.integers(-16, 16).map(lambda eighths: eighths / 8)
any_finite = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(max_size=8) | st.sampled_from(
    ["previous", "if", "else", "inf", "nan", "x0", "y1", "Affine", "Input", "2", "a b", 'q"\\', "ω"]
)


@st.composite
def grammars(draw, *, n_features: int | None = None, user: bool = True) -> Grammar:
    """Grammars that have a terminal and a production for every signature."""
    if n_features is None:
        n_features = draw(st.integers(1, 4))
    columns = st.lists(st.integers(0, n_features - 1), min_size=1, max_size=n_features, unique=True)
    group_names = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    # The last column is always read, so that the grammar tells how long a frame is.
    groups = [Affine(name, tuple(draw(columns))) for name in group_names[1:]]
    groups.append(Affine(group_names[0], (n_features - 1,)))
    averages = st.sampled_from(["frames", "values"])
    windows = st.none() | st.integers(1, 8)
    optional = [
        *draw(st.lists(st.builds(SlideWindowAvg, windows, averages), max_size=3, unique=True)),
        *draw(st.lists(st.sampled_from([1, 3, 5]).map(CenteredWindowAvg), max_size=2, unique=True)),
        *draw(st.lists(st.sampled_from([3, 5, 7]).map(TemporalFilter), max_size=2, unique=True)),
        *(ITE(signature) for signature in SIGNATURES),
        *(Map(), Add(), Multiply(), Constant(), Input()),
        *(PRODUCTIONS if user else ()),
    ]
    fold = Fold(mixed=draw(st.booleans()))
    dropped = draw(st.sets(st.sampled_from(optional)))
    kept = [p for p in optional if p not in dropped]
    return Grammar(tuple(draw(st.permutations([*groups, *kept, fold, MapPrefix()]))))


@st.composite
def expressions(
    draw,
    grammar: Grammar,
    signature: Signature,
    width: int,
    accumulator: int = 0,
    max_depth: int = 3,
    n_features: int | None = None,
    parameters: st.SearchStrategy[float] = moderate,
) -> Expression:
    """Well-typed expressions of a grammar, with random parameters."""
    if n_features is None:
        n_features = grammar.min_features
    candidates = grammar.candidates(signature, width=width, n_features=n_features, depth=max_depth)
    # Terminals are most of the candidates; growing more often gives deeper expressions.
    inner = [p for p in candidates if not p.is_terminal]
    grows = bool(inner) and draw(st.integers(0, 3)) > 0
    production = draw(st.sampled_from(inner if grows else candidates))
    shown = width if isinstance(production, Fold) else accumulator
    args = tuple(
        draw(
            expressions(
                grammar,
                place.signature,
                place.width_in(width),
                shown,
                max_depth - 1,
                n_features,
                parameters,
            )
        )
        for place in production.arguments
    )
    params = {}
    for name, shape in production.parameter_shapes(width, accumulator).items():
        size = int(np.prod(shape))
        values = draw(st.lists(parameters, min_size=size, max_size=size))
        params[name] = np.array(values, dtype=np.float64).reshape(shape)
        mixed = any(p.mixed for p in grammar.productions if isinstance(p, Fold))
        if name == "recurrent" and shape[0] == shape[1] and not mixed:
            params[name] = np.diag(np.diag(params[name]))
    return Expression(production, width, accumulator, args, params)


@st.composite
def programs(
    draw,
    grammar: Grammar,
    *,
    signature: Signature | None = None,
    n_outputs: int | None = None,
    max_depth: int = 4,
    n_features: int | None = None,
    parameters: st.SearchStrategy[float] = moderate,
) -> Program:
    """Programs with or without names of features and classes."""
    if n_features is None:
        n_features = grammar.min_features
    if signature is None:
        signature = draw(st.sampled_from([LIST_TO_ATOM, LIST_TO_LIST]))
    if n_outputs is None:
        n_outputs = draw(st.integers(1, 3))
    expression = draw(
        expressions(grammar, signature, n_outputs, 0, max_depth, n_features, parameters=parameters)
    )
    feature_names = st.lists(names, min_size=n_features, max_size=n_features, unique=True)
    return Program(
        expression,
        n_features,
        draw(st.none() | feature_names.map(tuple)),
        draw(st.none() | class_labels(max(2, n_outputs)).map(tuple)),
    )


@st.composite
def one_vs_rest(draw, grammar: Grammar) -> Program:
    """Programs of two or three classes, with a program of one output for each."""
    signature = draw(st.sampled_from([LIST_TO_ATOM, LIST_TO_LIST]))
    n_programs = draw(st.integers(2, 3))
    each = [draw(expressions(grammar, signature, 1, max_depth=3)) for _ in range(n_programs)]
    whole = Expression(OneVsRest(signature, n_programs), n_programs, args=tuple(each))
    classes = draw(st.none() | class_labels(n_programs).map(tuple))
    return Program(whole, grammar.min_features, None, classes)


def class_labels(n_classes: int) -> st.SearchStrategy[list]:
    """Labels as a classifier meets them: all text, or all whole numbers."""
    kinds = [names, st.integers(-3, 9), st.integers(0, 9).map(np.int64)]
    sizes = {"min_size": n_classes, "max_size": n_classes}
    return st.one_of([st.lists(kind, unique=True, **sizes) for kind in kinds])


def sequences(
    n_features: int, *, max_samples: int = 3, max_timesteps: int = 6
) -> st.SearchStrategy[list[list[list[float]]]]:
    """Sequences of unequal length, as lists of frames."""
    frame = st.lists(frame_values, min_size=n_features, max_size=n_features)
    frames = st.lists(frame, min_size=1, max_size=max_timesteps)
    return st.lists(frames, min_size=1, max_size=max_samples)


def pad(frames_of: list[list[list[float]]], extra: int = 0, filler: float = 0.0) -> Sequences:
    """Pad sequences to the longest and some frames more."""
    lengths = np.array([len(frames) for frames in frames_of])
    shape = (len(frames_of), lengths.max() + extra, len(frames_of[0][0]))
    padded = np.full(shape, filler)
    for row, frames in zip(padded, frames_of, strict=True):
        row[: len(frames)] = frames
    return Sequences(padded, lengths)
