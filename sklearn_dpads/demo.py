"""A program learned on real data, beside other classifiers: ``python -m sklearn_dpads.demo``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import Bunch

from . import DPadsClassifier, datasets
from .baselines import RNNClassifier


@dataclass(frozen=True)
class Result:
    """How a classifier did.

    Parameters
    ----------
    name : str
        What the table calls it.
    f1, accuracy : float
        Weighted F1 and accuracy on the test part.
    seconds : float
        Time of fitting.
    """

    name: str
    f1: float
    accuracy: float
    seconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the demo from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sklearn_dpads.demo",
        description="Learn a program that tells activities apart, and show it.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("demo_output"), help="folder for the pictures"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of all classifiers")
    options = parser.parse_args(arguments)
    train = datasets.load_basic_motions(split="train")
    test = datasets.load_basic_motions(split="test")
    classifier = DPadsClassifier(
        feature_groups=train.feature_groups,
        feature_names=train.feature_names,
        random_state=options.seed,
        verbose=True,
    )
    others = {
        "logistic regression on frame means": frame_mean_regression(),
        "LSTM": RNNClassifier(random_state=options.seed),
    }
    run(train, test, classifier, others, options.out)


def run(
    train: Bunch,
    test: Bunch,
    classifier: DPadsClassifier,
    others: dict[str, ClassifierMixin],
    out: Path,
) -> list[Result]:
    """Fit all classifiers, print what came out, and save the pictures.

    Parameters
    ----------
    train, test : Bunch
        Two parts of a data set, with ``data`` and ``target``.
    classifier : DPadsClassifier
        The classifier to show.
    others : dict of str to classifier
        Those to compare it with, by name.
    out : Path
        Folder for the pictures; it is made if it does not exist.

    Returns
    -------
    results : list of Result
        Of ``classifier``, and of the others in their order.
    """
    print(f"Training part: {_describe(train)}")
    print(f"Test part:     {_describe(test)}")
    print("\nSearching for a program:")
    results = [_fit_and_score("program (dPads)", classifier, train, test)]
    print(f"\nThe program:\n\n{classifier.program_.to_text(precision=3)}")
    for name, other in others.items():
        results.append(_fit_and_score(name, other, train, test))
    print(f"\nOn the test part:\n\n{format_table(results)}")
    print()
    for path in save_pictures(classifier, out):
        print(f"Saved {path}")
    return results


def frame_mean_regression() -> Any:
    """Logistic regression on the mean frame of every sequence."""
    return make_pipeline(
        FunctionTransformer(_frame_means), StandardScaler(), LogisticRegression(max_iter=1000)
    )


def format_table(results: Sequence[Result]) -> str:
    """Give results as a table in text."""
    width = max(len(result.name) for result in results)
    head = f"{'':{width}}  weighted F1  accuracy  time to fit"
    rows = [
        f"{r.name:{width}}  {r.f1:11.3f}  {r.accuracy:8.3f}  {r.seconds:9.1f} s" for r in results
    ]
    return "\n".join([head, "-" * len(head), *rows])


def save_pictures(classifier: DPadsClassifier, out: Path) -> list[Path]:
    """Draw a fitted classifier's program and search into files."""
    import matplotlib.pyplot as plt

    from .display import ProgramDisplay, SearchDisplay

    out.mkdir(parents=True, exist_ok=True)
    displays: dict[str, ProgramDisplay | SearchDisplay] = {
        "program_tree.png": ProgramDisplay.from_estimator(classifier),
        "search.png": SearchDisplay.from_estimator(classifier),
    }
    for name, display in displays.items():
        display.figure_.savefig(out / name, dpi=150)
        plt.close(display.figure_)
    return [out / name for name in displays]


def _fit_and_score(name: str, classifier: ClassifierMixin, train: Bunch, test: Bunch) -> Result:
    start = time.perf_counter()
    classifier.fit(train.data, train.target)
    seconds = time.perf_counter() - start
    predicted = classifier.predict(test.data)
    return Result(
        name,
        f1_score(test.target, predicted, average="weighted"),
        accuracy_score(test.target, predicted),
        seconds,
    )


def _describe(part: Bunch) -> str:
    n_samples, n_timesteps, n_features = part.data.shape
    classes, counts = np.unique(part.target, return_counts=True)
    labels = ", ".join(f"{n} {label}" for label, n in zip(classes, counts, strict=True))
    return f"{n_samples} sequences of {n_timesteps} frames with {n_features} features; {labels}"


def _frame_means(X: NDArray[np.float64]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = X.mean(axis=1)
    return means


if __name__ == "__main__":
    main()
