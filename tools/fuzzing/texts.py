"""Programs and grammars, as text and as JSON."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np

from sklearn_dpads import Grammar, Program
from sklearn_dpads.grammar import CenteredWindowAvg, TemporalFilter
from sklearn_dpads.inputs.files import read_text

from .commands import run
from .outcomes import Refused

GRAMMAR = Grammar.default({"x0": [0], "both": [0, 1], "odd name": [1]}).with_production(
    CenteredWindowAvg(3), TemporalFilter(5)
)
PROGRAMS = [
    "SlideWindowAvg[5](Affine[x0](0.5*x0 - 1.25))",
    "if Fold(Affine[both](x0 - 2*x1 + 0.5*previous + 1)) >= 0: SlideWindowMax[1/3](Constant(1)) "
    "else: SlideWindowAvg[all,values](Multiply(Affine[x0](x0), Constant(-2)))",
    'SlideWindowStd[2/3](Affine["odd name"](a: x1, b: 2*x1 - 1e-9, c: 0))',
    "Map(Add(Input, Affine[both](u: x0, v: 3*x1)))",
    "MapPrefix(Fold(Affine[both](a: x0 + previous[b], b: 2 - previous[a])))",
    "Map(Affine[x0](5*x0 - 1))",
]


def programs() -> list[Program]:
    programs = [Program.parse(text, GRAMMAR) for text in PROGRAMS]
    named = Program.parse(
        PROGRAMS[2].replace("x1", "turn"),
        GRAMMAR,
        feature_names=["speed", "turn"],
        classes=["a", "b", "c"],
    )
    numbered = Program(programs[0].expression, 2, None, (0, 1), 6)
    return [*programs, named, numbered]


def _check_program(program: Program) -> None:
    """See that a program that was read can be evaluated, shown and saved."""
    X = np.random.default_rng(0).normal(size=(2, 5, program.n_features))
    with np.errstate(all="ignore"):
        values = program(X)
    assert values.shape in ((2, program.n_outputs), (2, 5, program.n_outputs)), values.shape
    for text in (repr(program), str(program), program.to_text(17, width=None), program.to_dot()):
        assert text
    again = copy.deepcopy(pickle.loads(pickle.dumps(program)))
    assert again.to_text(17) == program.to_text(17)
    parameters = [value for _, node in program.expression.walk() for value in node.params.values()]
    # Text may say nan, which a trained program never holds and JSON has no word for.
    if all(np.isfinite(value).all() for value in parameters):
        text = program.to_json()
        assert Program.from_json(text).to_json() == text
        compile(program.to_python(), "program.py", "exec")
        program.to_latex()


def check_program_json(path: Path) -> None:
    try:
        program = Program.from_json(read_text(path))
    except ValueError as error:
        raise Refused(str(error)) from error
    _check_program(program)
    run("show", path)


def check_program_text(path: Path) -> None:
    try:
        program = Program.parse(read_text(path), GRAMMAR)
    except ValueError as error:
        raise Refused(str(error)) from error
    _check_program(program)
    text = program.to_text(17)
    assert Program.parse(text, GRAMMAR, classes=program.classes).to_text(17) == text


def check_grammar(path: Path) -> None:
    try:
        grammar = Grammar.parse(read_text(path))
    except ValueError as error:
        raise Refused(str(error)) from error
    assert Grammar.parse(str(grammar)).productions == grammar.productions
    assert repr(grammar)
    assert pickle.loads(pickle.dumps(grammar)) == grammar
    grammar.validate_for(grammar.min_features)
    for signature in ("list->atom", "list->list"):
        assert grammar.count_programs(signature, max_depth=2) >= 0
    grammar.for_lengths([3, 7])
