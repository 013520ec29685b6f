"""Tell whether a change of the code changes any program that is found.

Fits classifiers of sequences and of frames on four small data sets with three seeds each, and
the other searches once, and keeps the JSON text of every program of ``programs_`` with its
score. Run it at one commit, then at another:

    python tools/same_programs.py --write before.json
    python tools/same_programs.py --compare before.json

It takes some minutes of one core, and needs no data but what the package brings. Floats are
kept by their shortest exact text, so that equal files mean equality to the last bit, on one
machine: another processor or another build of torch may round in another order.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from sklearn_dpads import (
    DPadsClassifier,
    DPadsFrameClassifier,
    Grammar,
    datasets,
)
from sklearn_dpads.baselines import (
    EnumerationClassifier,
    EnumerationFrameClassifier,
    NEARClassifier,
    NEARFrameClassifier,
    RandomProgramClassifier,
    RandomProgramFrameClassifier,
)

SEEDS = (0, 1, 2)


def _watch() -> dict:
    """Four classes, real, in feature groups."""
    train = datasets.load_basic_motions(split="train")
    X = train.data[:, ::4]
    frames = np.where(X[..., 0] > np.median(X[..., 0]), "high", "low")
    return {"X": X, "y": train.target, "frames": frames, "feature_groups": train.feature_groups}


def _pulses() -> dict:
    """Two classes that a sum over time tells apart, with wrong labels among them."""
    grammar = Grammar.default({"position": [0, 1], "speed": [2]})
    text = "SlideWindowAvg[5](Affine[position](x0 - 0.5*x1 + 0.2))"
    X, y = datasets.make_program_classification(
        text, 120, 10, grammar=grammar, noise=0.05, random_state=0
    )
    frames = (X[..., 0] - 0.5 * X[..., 1] > 0.2).astype(int)
    return {"X": X, "y": y, "frames": frames, "feature_groups": {"position": [0, 1], "speed": [2]}}


def _ragged() -> dict:
    """Three classes, sequences of unequal length, an offset, and one feature far from the rest."""
    rng = np.random.default_rng(0)
    y = np.repeat(["left", "right", "still"], 30)
    shift = {"left": -1.0, "right": 1.0, "still": 0.0}
    X = [rng.normal(size=(rng.integers(3, 13), 3)) for _ in y]
    for row, label in zip(X, y, strict=True):
        row[:, 0] += shift[label]
        row[:, 2] += 1e3
    frames = [np.where(np.cumsum(row[:, 0]) > 0, "up", "down") for row in X]
    return {"X": X, "y": y, "frames": frames}


def _memory() -> dict:
    """Two classes that need a recurrence, one feature."""
    grammar = Grammar.default({"a": [0]})
    text = "Fold(Affine[a](1.0*x0 + 0.7*previous), initial=0.0)"
    X, y = datasets.make_program_classification(text, 100, 8, grammar=grammar, random_state=0)
    frames = np.where(np.cumsum(X[..., 0], axis=1) > 0, 1, 0)
    return {"X": X, "y": y, "frames": frames}


SETS: dict[str, Callable[[], dict]] = {
    "watch": _watch,
    "pulses": _pulses,
    "ragged": _ragged,
    "memory": _memory,
}
OTHERS = {
    "near-astar": (NEARClassifier, {"max_depth": 3}),
    "near-ids-bb": (NEARClassifier, {"search": "ids-bb", "max_depth": 3}),
    "enumeration": (EnumerationClassifier, {}),
    "random": (RandomProgramClassifier, {"n_programs": 40}),
    "near-frames": (NEARFrameClassifier, {"max_depth": 3}),
    "enumeration-frames": (EnumerationFrameClassifier, {}),
    "random-frames": (RandomProgramFrameClassifier, {"n_programs": 40}),
}


def fits() -> Iterator[tuple[str, Callable[[], object]]]:
    """Give the name of every fit, and what makes it."""
    for name, make in SETS.items():
        data = make()
        for seed in SEEDS:
            for kind, target in ((DPadsClassifier, "y"), (DPadsFrameClassifier, "frames")):
                clf = kind(
                    feature_groups=data.get("feature_groups"),
                    max_depth=3,
                    max_refinements=3,
                    random_state=seed,
                )
                yield f"{name} {target} {seed}", partial(clf.fit, data["X"], data[target])
    data = _pulses()
    for name, (kind, params) in OTHERS.items():
        clf = kind(feature_groups=data["feature_groups"], random_state=0, **params)
        target = data["frames" if "Frame" in kind.__name__ else "y"]
        yield name, partial(clf.fit, data["X"], target)


def programs(clf: object) -> list[dict]:
    """Every program of a fitted classifier, with what was found out about it."""
    return [
        {
            "program": json.loads(record.program.to_json()),
            "score": repr(float(record.score)),
            "loss": repr(float(record.loss)),
            "loss_error": repr(float(record.loss_error)),
            "on_front": bool(record.on_front),
        }
        for record in clf.programs_
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, metavar="FILE", help="keep the programs in a file")
    what.add_argument("--compare", type=Path, metavar="FILE", help="compare them with a file")
    parser.add_argument("--only", default="", help="the fits whose names hold this text")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    known = json.loads(arguments.compare.read_text()) if arguments.compare else {}
    found: dict[str, list[dict]] = {}
    differing = []
    for name, fit in fits():
        if arguments.only not in name:
            continue
        begin = time.process_time()
        found[name] = programs(fit())
        seconds = time.process_time() - begin
        verdict = ""
        if arguments.compare:
            same = known.get(name) == found[name]
            verdict = "same" if same else "DIFFERENT"
            differing += [] if same else [name]
        print(f"{name:24} {len(found[name]):4} programs {seconds:6.1f} s  {verdict}", flush=True)
    if arguments.write:
        arguments.write.write_text(json.dumps(found, indent=1, sort_keys=True))
        return 0
    n_programs = sum(map(len, found.values()))
    print(f"{len(found) - len(differing)} of {len(found)} fits the same, {n_programs} programs")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
