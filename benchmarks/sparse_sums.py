"""Sums of few numbers out of all statistics, beside sums of a few readers with all weights.

Both are fitted on divisions of the training parts, and judged by what is left of these; with
``--test`` they are fitted once to the training parts, and judged by the test parts. A row has the
numbers, the cost and the F1 of both, and the difference in F1 with its standard error.

    python benchmarks/sparse_sums.py --data DIR
    python benchmarks/sparse_sums.py --data DIR --sets uea_NATOPS --test

Rows that are in the results are not made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from _common import Column, Table, add_data_option, option_parser, use_one_core
from comparison.data_sets import BenchmarkSet, available_sets, open_set
from comparison.results import ResultsFile
from reading import f1_of
from sklearn.model_selection import StratifiedShuffleSplit

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.search import SparseSums, SumsOfReaders

# Other divisions than those that the settings of SparseSums were chosen by, whose seed was 0.
N_DIVISIONS, HELD_OUT, MOST_SAMPLES, SEED = 10, 0.3, 700, 1
SEARCHES = {"dense": SumsOfReaders(), "sparse": SparseSums()}


def parts_of(data: BenchmarkSet, *, test: bool) -> Iterator[Any]:
    """Sequences and labels to fit, and to judge by."""
    X, y = data.X_train, data.y_train
    if test:
        yield X, y, data.X_test, data.y_test
        return
    splits = StratifiedShuffleSplit(N_DIVISIONS, test_size=HELD_OUT, random_state=SEED)
    for train, held_out in splits.split(y, y):
        of_both = (train[:MOST_SAMPLES], held_out)
        yield [part for rows in of_both for part in ([X[i] for i in rows], y[rows])]


def measure(data: BenchmarkSet, number: int, parts: Sequence[Any]) -> dict[str, float]:
    """Numbers, cost and F1 of both."""
    X, y, X_held_out, y_held_out = parts
    found = {}
    for name, search in SEARCHES.items():
        clf = ProgramClassifier(grammar=data.grammar, search=search, random_state=number)
        program = clf.fit(X, y).program_
        found[f"{name}_numbers"] = float(program.n_parameters)
        found[f"{name}_cost"] = float(program.cost)
        found[f"{name}_f1"] = f1_of(clf, X_held_out, y_held_out)
    return found


def report(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
    """Print the means of every set."""
    table = Table(
        Column("data set", 26),
        Column("sums", 6),
        Column("numbers", 7, ".0f"),
        Column("cost", 5, ".0f"),
        Column("F1", 6, ".3f"),
        Column("gained", 7, "+.3f"),
        Column("±", 6, ".3f"),
    )
    for name in names:
        here = [row for row in rows if row["data"] == name]
        for which in SEARCHES if here else ():
            keys = (f"{which}_numbers", f"{which}_cost", f"{which}_f1")
            means = [float(np.mean([row[key] for row in here])) for key in keys]
            gained = np.array([row[f"{which}_f1"] - row["dense_f1"] for row in here])
            error = gained.std(ddof=1) / len(gained) ** 0.5 if len(gained) > 1 else np.nan
            table.row(name, which, *means, float(gained.mean()), float(error))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what isn't in the results, and print the table."""
    parser = option_parser(__doc__)
    add_data_option(parser)
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="default: all there are")
    parser.add_argument("--test", action="store_true", help="judge by the test parts")
    parser.add_argument("--results", help="default: benchmark_results/sparse_sums.jsonl")
    options = parser.parse_args(arguments)
    use_one_core()
    kind = "sparse_sums_test" if options.test else "sparse_sums"
    results = ResultsFile(options.results or f"benchmark_results/{kind}.jsonl")
    known = {(row["data"], row["number"]) for row in results.rows()}
    names = options.sets or available_sets(options.data)
    for name in names:
        data = open_set(name, options.data)
        if data.per_frame:
            print(f"{name}: left out, since it has labels of frames")
            continue
        for number, parts in enumerate(parts_of(data, test=options.test)):
            if (name, number) not in known:
                row = measure(data, number, parts)
                results.append({"data": name, "number": number, **row})
    report(results.rows(), names)


if __name__ == "__main__":
    main()
