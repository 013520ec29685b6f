"""How much there is to read in the programs found, and what fewer numbers cost.

For every set, the program of a search has its last fit twice: with all weights, and without those
that cross-fitting can't tell from 0. A row has the numbers of both and the F1 of both on the test
part, and the shares of its decisions that the program keeps when it is read from what is printed
of it, on the data as they are and after 100,000 was added to the first feature that it reads.

    python benchmarks/reading.py --data DIR
    python benchmarks/reading.py --data DIR --sets uea_NATOPS --seeds 0 1 2
    python benchmarks/reading.py --data DIR --nested
    python benchmarks/reading.py --data DIR --stability
    python benchmarks/reading.py --data DIR --decomposition --sets uea_NATOPS

``--nested`` looks at sums of readers alone, on three divisions of the training parts, and at more
strengths: so that what is given up for fewer numbers can be chosen by it. ``--stability`` looks at
them, too, and prints which groups and which statistics of groups are in four of five bootstraps of
the training part. ``--decomposition`` compares, on the same divisions and among sums of readers,
one program of all classes with a program for each class. Rows that are in the results are not made
again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from _common import Column, Table, add_data_option, option_parser, use_one_core
from comparison.data_sets import (
    BenchmarkSet,
    available_sets,
    flat_labels,
    labelled,
    open_set,
)
from comparison.results import ResultsFile
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import StratifiedShuffleSplit

from sklearn_dpads import ProgramClassifier, ProgramFrameClassifier
from sklearn_dpads.inspection import stability
from sklearn_dpads.search import DPads, SumsOfReaders

ADDED = 100_000.0
STRENGTHS = (0.0, 1.0)
NESTED_STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0)
N_BOOTSTRAPS, STABLE = 20, 0.8
STABLE_KINDS = ("group", "statistic of group")
DECOMPOSITIONS = ("joint", "ovr")
# With fewer one program tells them apart either way.
LEAST_CLASSES = 3
N_DIVISIONS, HELD_OUT, MOST_SAMPLES = 3, 0.3, 700


def shares_kept(clf: Any, X: Any) -> float:
    """Share of the decisions that the program as printed gives as the program does."""
    program = clf.program_
    read = type(program).parse(
        str(program),
        clf.grammar_,
        n_features=program.n_features,
        feature_names=program.feature_names,
        classes=program.classes,
    )
    ours, printed = (flat_labels(clf.predict(X, program=p)) for p in (program, read))
    return float(np.mean(ours == printed))


def with_offset(clf: Any, X: Any) -> list[np.ndarray]:
    """Add to the first feature that a program reads."""
    nodes = [node for _, node in clf.program_.expression.walk() if "weight" in node.params]
    feature = int(nodes[0].production.features[0])
    members = [np.array(x, dtype=np.float64) for x in X]
    for member in members:
        member[:, feature] += ADDED
    return members


def divisions(data: BenchmarkSet, *, nested: bool, seeds: Sequence[int]) -> Iterator[Any]:
    """Numbers, and what is fitted and what it is judged by."""
    if not nested:
        for seed in seeds:
            yield seed, data.X_train, data.y_train, data.X_test, data.y_test
        return
    splits = StratifiedShuffleSplit(N_DIVISIONS, test_size=HELD_OUT, random_state=0)
    X, y = np.asarray(data.X_train), np.asarray(data.y_train)
    for number, (train, held_out) in enumerate(splits.split(y, y)):
        train = train[:MOST_SAMPLES]
        yield number, X[train], y[train], X[held_out], y[held_out]


def measure(data: BenchmarkSet, number: int, parts: Sequence[Any], *, nested: bool) -> list[Any]:
    """Numbers, F1 and agreement for every strength."""
    X, y, X_test, y_test = parts
    search = SumsOfReaders if nested else DPads
    kind = ProgramFrameClassifier if data.per_frame else ProgramClassifier
    marks = {"unlabelled": -1} if data.per_frame else {}
    clf = kind(grammar=data.grammar, search=search(sparse_errors=0.0), random_state=number, **marks)
    begin = time.process_time()
    clf.fit(X, y)
    found = []
    for strength in NESTED_STRENGTHS if nested else STRENGTHS:
        fitted = clf
        if strength > 0:
            begin = time.process_time()
            fitted = clf.set_params(search=search(sparse_errors=strength)).refit(X, y)
        row = {
            "strength": strength,
            "seconds": time.process_time() - begin,
            "numbers": fitted.program_.n_parameters,
            "f1": f1_of(fitted, X_test, y_test),
            "kept": shares_kept(fitted, X),
        }
        shifted = with_offset(fitted, X)
        row["kept_offset"] = shares_kept(fitted.refit(shifted, y), shifted)
        found.append(row)
    return found


def measure_stability(data: BenchmarkSet, seed: int) -> dict[str, Any]:
    """Shares of the bootstraps by kind and name, and how many numbers are surely not 0."""
    kind = ProgramFrameClassifier if data.per_frame else ProgramClassifier
    marks = {"unlabelled": -1} if data.per_frame else {}
    clf = kind(grammar=data.grammar, search=SumsOfReaders(), random_state=seed, **marks)
    clf.fit(data.X_train, data.y_train)
    begin = time.process_time()
    found = stability(clf, data.X_train, data.y_train, n_bootstraps=N_BOOTSTRAPS, random_state=seed)
    return {
        "program": clf.program_.compact(),
        "seconds": time.process_time() - begin,
        "f1": f1_of(clf, data.X_test, data.y_test),
        "out_of_bag": float(np.nanmean(found.scores)),
        "numbers": len(found.numbers),
        "sure": sum(not number.includes_zero for number in found.numbers),
        "shares": {
            kind: {o.name: o.share for o in found.structure.of_kind(kind)} for kind in STABLE_KINDS
        },
    }


def report_stability(rows: Sequence[dict[str, Any]], sets: Sequence[str]) -> None:
    """Print what is stable of every set."""
    for row in rows:
        if row["data"] not in sets:
            continue
        print(
            f"{row['data']}, seed {row['number']}: {row['program']}\n"
            f"  F1 {row['f1']:.3f}, out of the bag {row['out_of_bag']:.3f}; {row['sure']} of "
            f"{row['numbers']} numbers have intervals without 0; {row['seconds']:.0f} s"
        )
        for kind, shares in row["shares"].items():
            stable = [f"{name} {share:.0%}" for name, share in shares.items() if share >= STABLE]
            print(f"  {kind}: {', '.join(stable) or 'none'}")


def measure_decompositions(data: BenchmarkSet, number: int, parts: Sequence[Any]) -> list[Any]:
    """F1, cross-entropy, cost and numbers of one program, and of a program for each class."""
    X, y, X_test, y_test = parts
    found = []
    for decomposition in DECOMPOSITIONS:
        clf = ProgramClassifier(
            grammar=data.grammar,
            search=SumsOfReaders(),
            decomposition=decomposition,
            random_state=number,
        )
        begin = time.process_time()
        clf.fit(X, y)
        program = clf.program_
        found.append(
            {
                "decomposition": decomposition,
                "seconds": time.process_time() - begin,
                "f1": f1_of(clf, X_test, y_test),
                "loss": float(log_loss(y_test, clf.predict_proba(X_test), labels=clf.classes_)),
                "cost": program.cost,
                "numbers": program.n_parameters,
                "largest": max(part.n_parameters for part in parts_of(program.expression)),
            }
        )
    return found


def parts_of(expression: Any) -> Sequence[Any]:
    """The programs that are read one by one: that of each class, or the only one."""
    return expression.args if expression.production.symbol == "OneVsRest" else [expression]


def f1_of(clf: Any, X: Any, y: Any) -> float:
    """F1 of the positive class of two, weighted for more."""
    true, predicted = flat_labels(y), flat_labels(clf.predict(X))
    there = labelled(true)
    true, predicted = true[there], predicted[there]
    if len(clf.classes_) == 2:
        return float(f1_score(true, predicted, pos_label=clf.program_.classes[1]))
    return float(f1_score(true, predicted, average="weighted"))


def report(rows: Sequence[dict[str, Any]], sets: Sequence[str], strengths: Sequence[float]) -> None:
    """Print the means of every set, and of all of them."""
    table = Table(
        Column("data set", 26),
        Column("errors", 6, ".2f"),
        Column("numbers", 7, ".0f"),
        Column("of all", 6, ".2f"),
        Column("F1", 6, ".3f"),
        Column("lost", 7, "+.4f"),
        Column("printed", 7, ".3f"),
        Column("+1e5", 6, ".3f"),
    )
    changes: dict[float, list[tuple[float, float]]] = {}
    for name in sets:
        of_set = [row for row in rows if row["data"] == name]
        full = {row["number"]: row for row in of_set if row["strength"] == 0.0}
        for strength in strengths:
            here = [row for row in of_set if row["strength"] == strength]
            if not here:
                continue
            pairs = [(row, full[row["number"]]) for row in here]
            share = float(np.mean([row["numbers"] / all_["numbers"] for row, all_ in pairs]))
            lost = [all_["f1"] - row["f1"] for row, all_ in pairs]
            changes.setdefault(strength, []).extend((share, one) for one in lost)
            means = [float(np.mean([row[key] for row in here])) for key in ("numbers", "f1")]
            kept = [float(np.min([row[key] for row in here])) for key in ("kept", "kept_offset")]
            table.row(name, strength, means[0], share, means[1], float(np.mean(lost)), *kept)
    for strength, found in changes.items():
        shares, lost = np.array(found).T
        error = lost.std(ddof=1) / np.sqrt(len(lost)) if len(lost) > 1 else np.nan
        print(
            f"{strength:.2f} errors: {shares.mean():.2f} of the numbers, F1 less by "
            f"{lost.mean():.4f} ± {error:.4f} ({len(lost)} fits)"
        )


def report_decompositions(rows: Sequence[dict[str, Any]], sets: Sequence[str]) -> None:
    """Print the means of every set, and what a program for each class gains or loses."""
    table = Table(
        Column("data set", 26),
        Column("program", 8),
        Column("F1", 6, ".3f"),
        Column("loss", 6, ".3f"),
        Column("cost", 5, ".1f"),
        Column("numbers", 7, ".0f"),
        Column("largest", 7, ".0f"),
        Column("seconds", 7, ".1f"),
    )
    keys = ("f1", "loss", "cost", "numbers", "largest", "seconds")
    gains = []
    for name in sets:
        of_set = [row for row in rows if row["data"] == name]
        joint = {row["number"]: row for row in of_set if row["decomposition"] == "joint"}
        for decomposition in DECOMPOSITIONS:
            here = [row for row in of_set if row["decomposition"] == decomposition]
            if here:
                means = [float(np.mean([row[key] for row in here])) for key in keys]
                table.row(name, decomposition, *means)
        gains += [r["f1"] - joint[r["number"]]["f1"] for r in of_set if r["decomposition"] == "ovr"]
    if len(gains) > 1:
        error = np.std(gains, ddof=1) / np.sqrt(len(gains))
        print(f"ovr: F1 greater by {np.mean(gains):+.4f} ± {error:.4f} ({len(gains)} divisions)")


def compare_decompositions(
    names: Sequence[str], folder: str, seeds: Sequence[int], results: ResultsFile
) -> None:
    """Measure what isn't in the results, and print the table."""
    known = {(row["data"], row["number"]) for row in results.rows()}
    for name in names:
        data = open_set(name, folder)
        if data.per_frame or len(np.unique(data.y_train)) < LEAST_CLASSES:
            print(f"{name}: left out, since it has labels of frames, or two classes")
            continue
        for number, *parts in divisions(data, nested=True, seeds=seeds):
            if (name, number) not in known:
                for row in measure_decompositions(data, number, parts):
                    results.append({"data": name, "number": number, **row})
    report_decompositions(results.rows(), names)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what isn't in the results, and print the table."""
    parser = option_parser(__doc__)
    add_data_option(parser)
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="default: all there are")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--nested", action="store_true", help="divide the training parts")
    parser.add_argument("--stability", action="store_true", help="what bootstraps have in common")
    parser.add_argument("--decomposition", action="store_true", help="a program for each class")
    parser.add_argument("--results", help="default: benchmark_results/reading.jsonl")
    options = parser.parse_args(arguments)
    use_one_core()
    kind = "reading_nested" if options.nested else "reading"
    kind = "reading_stability" if options.stability else kind
    kind = "reading_decomposition" if options.decomposition else kind
    results = ResultsFile(options.results or f"benchmark_results/{kind}.jsonl")
    names = options.sets or available_sets(options.data)
    if options.decomposition:
        compare_decompositions(names, options.data, options.seeds, results)
        return
    known = {(row["data"], row["number"]) for row in results.rows()}
    for name in names:
        data = open_set(name, options.data)
        if options.stability:
            for seed in options.seeds:
                if (name, seed) not in known:
                    row = measure_stability(data, seed)
                    results.append({"data": name, "number": seed, **row})
            continue
        if options.nested and data.per_frame:
            print(f"{name}: left out, since it has labels of frames")
            continue
        for number, *parts in divisions(data, nested=options.nested, seeds=options.seeds):
            if (name, number) not in known:
                for row in measure(data, number, parts, nested=options.nested):
                    results.append({"data": name, "number": number, **row})
    if options.stability:
        report_stability(results.rows(), names)
        return
    report(results.rows(), names, NESTED_STRENGTHS if options.nested else STRENGTHS)


if __name__ == "__main__":
    main()
