"""Write programs and their values as this release saves them, for later releases to read.

Run ``python tests/program/make_fixture.py`` before a release; files of earlier releases stay
as they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_dpads import Grammar, Program, __version__
from sklearn_dpads.grammar import CenteredWindowAvg, SlideWindowAvg

FOLDER = Path(__file__).parent / "fixtures"
NAMES = ["acc_x", "left paw"]
GRAMMAR = Grammar.paper({"all": NAMES, 'the "rest"': NAMES[1:]}, feature_names=NAMES)
GRAMMAR = GRAMMAR.with_production(
    CenteredWindowAvg(3), SlideWindowAvg(2), SlideWindowAvg(3, "values")
)
PROGRAMS: list[tuple[str, tuple[Any, ...] | None]] = [
    (
        "if SlideWindowAvg[2](Affine[all](acc_x - 0.1)) >= 0: "
        'Fold(Affine["the \\"rest\\""](0.3*"left paw" + 0.7*previous), initial=-0.125) '
        "else: SlideWindowAvg[all](Constant(-1.5e-7))",
        ("rest", "walk"),
    ),
    (
        "if CenteredWindowAvg[3](Affine[all](acc_x)) >= 0: Map(Input) "
        "else: MapPrefix(SlideWindowAvg[3,values](Multiply(Affine[all](0: acc_x, 1: 2), "
        'Add(Constant(0: 0.1, 1: 3), if Affine[all]("left paw") >= 0: Input '
        "else: Constant(0: 1, 1: 0)))))",
        (0, 1),
    ),
    (
        "Fold(Affine[all](a: 0.5*acc_x + previous[c], b: -previous[a], c: 0.25), "
        "initial=(a: 1, b: 0, c: -2))",
        ("a", "b", "c"),
    ),
]


def main() -> None:
    X = np.random.default_rng(0).normal(size=(3, 5, 2)).round(3)
    cases = []
    for text, classes in PROGRAMS:
        program = Program.parse(text, GRAMMAR, feature_names=NAMES, classes=classes)
        saved = json.loads(program.to_json())
        cases.append({"program": saved, "text": str(program), "values": program(X).tolist()})
    path = FOLDER / f"programs-{__version__}.json"
    content = {"release": __version__, "X": X.tolist(), "cases": cases}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
