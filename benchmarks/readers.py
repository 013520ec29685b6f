"""Which readers pay: sums of readers of several grammars, on divisions of training parts.

Divides the training part of each data set with a label per sequence again, fits sums of up to
five readers, and judges by the F1 on the part left out, so that no test part is seen. A row of
the table is a grammar. Fits that are in the results are not made again.

    python benchmarks/readers.py --data DIR
    python benchmarks/readers.py --data DIR --only default means --divisions 3
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from _common import Column, Table, add_data_option, find_data, load, option_parser, use_one_core
from comparison.results import ResultsFile
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedShuffleSplit

from sklearn_dpads import Grammar, ProgramClassifier
from sklearn_dpads.search import SumsOfReaders

SETS = (
    "uea_RacketSports",
    "uea_NATOPS",
    "uea_BasicMotions",
    "uea_JapaneseVowels",
    "msraction3d_10_t40",
    "calms21_investigation",
)
HELD_OUT = 0.3
MOST_SAMPLES = 700
WINDOWS, THIRDS, FIFTHS = ("5", "10"), ("1/3", "2/3", "3/3"), tuple(f"{i}/5" for i in range(1, 6))
OTHERS = ("Std", "Max", "Min", "Change")
# By name, the spans of means, and the spans and statistics of the other readers.
VARIANTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "windows of means": ((*WINDOWS, "all"), (), ()),
    "means": ((*WINDOWS, *THIRDS, "all"), (), ()),
    "others of all": ((*WINDOWS, *THIRDS, "all"), ("all",), OTHERS),
    "default": ((*WINDOWS, *THIRDS, "all"), (*THIRDS, "all"), OTHERS),
    "fifths": ((*WINDOWS, *FIFTHS, "all"), (*FIFTHS, "all"), OTHERS),
    "with Delta": ((*WINDOWS, *THIRDS, "all"), (*THIRDS, "all"), (*OTHERS, "Delta")),
    **{
        f"without {name}": (
            (*WINDOWS, *THIRDS, "all"),
            (*THIRDS, "all"),
            tuple(other for other in OTHERS if other != name),
        )
        for name in OTHERS
    },
}


def grammar_of(variant: str, feature_groups: dict[str, list[int]]) -> Grammar:
    """Sums of the readers of a variant, over the groups and all features."""
    means, spans, statistics = VARIANTS[variant]
    readers = [f"SlideWindowAvg[{span}]" for span in means]
    readers += [f"SlideWindow{name}[{span}]" for name in statistics for span in spans]
    groups = Grammar.default(feature_groups).feature_groups
    leaves = [f'Affine["{name}"]' for name in groups]
    text = [
        f"list->atom ::= Add(list->atom, list->atom) | "
        f"{' | '.join(f'{reader}(atom->atom)' for reader in readers)}",
        f"atom->atom ::= {' | '.join(leaves)}",
    ]
    for leaf, columns in zip(leaves, groups.values(), strict=True):
        text.append(f"{leaf} = {{{', '.join(map(str, columns))}}}")
    return Grammar.parse("\n".join(text))


def divisions(y: np.ndarray, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Divisions of a training part, the same in every run."""
    yield from StratifiedShuffleSplit(n, test_size=HELD_OUT, random_state=0).split(y, y)


def measure(data: Any, variant: str, number: int, parts: Any) -> dict[str, Any]:
    """F1 on the part left out, the summands, and the seconds of the processor of the fit."""
    train, held_out = parts[0][:MOST_SAMPLES], parts[1]
    grammar = grammar_of(variant, data.feature_groups)
    clf = ProgramClassifier(search=SumsOfReaders(), grammar=grammar, random_state=number)
    begin = time.process_time()
    clf.fit(data.X_train[train], data.y_train[train])
    seconds = time.process_time() - begin
    true, predicted = data.y_train[held_out], clf.predict(data.X_train[held_out])
    average = "binary" if len(clf.classes_) == 2 else "weighted"
    return {
        "f1": f1_score(true, predicted, average=average),
        "n_summands": 1 + clf.program_.expression.skeleton().count("Add("),
        "seconds": seconds,
    }


def report(rows: list[dict[str, Any]], sets: Sequence[str], only: Sequence[str]) -> None:
    """Print the mean F1 of every grammar on every set."""
    columns = [Column(name.removeprefix("uea_")[:13], 13, ".3f") for name in sets]
    table = Table(
        Column("readers", 18), *columns, Column("mean", 6, ".4f"), Column("summands", 8, ".1f")
    )
    for variant in only:
        found = [[r for r in rows if r["variant"] == variant and r["data"] == s] for s in sets]
        if not all(found):
            continue
        means = [float(np.mean([row["f1"] for row in of_set])) for of_set in found]
        summands = float(np.mean([row["n_summands"] for of_set in found for row in of_set]))
        table.row(variant, *means, float(np.mean(means)), summands)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = option_parser(__doc__)
    add_data_option(parser)
    parser.add_argument("--sets", nargs="+", default=SETS, help="names of the data files")
    parser.add_argument("--only", nargs="+", default=tuple(VARIANTS), help="grammars; default all")
    parser.add_argument("--divisions", type=int, default=6, help="divisions of each set (6)")
    parser.add_argument("--results", default="benchmark_results/readers.jsonl")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.only) - set(VARIANTS))
    if unknown:
        parser.error(f"{', '.join(unknown)}: no grammar; there are {', '.join(VARIANTS)}.")
    use_one_core()
    results = ResultsFile(options.results)
    known = {(row["variant"], row["data"], row["division"]) for row in results.rows()}
    sets = [load(path) for path in find_data(options.data, options.sets)]
    for data in sets:
        for variant in options.only:
            for number, parts in enumerate(divisions(data.y_train, options.divisions)):
                if (variant, data.name, number) not in known:
                    row = {"variant": variant, "data": data.name, "division": number}
                    results.append({**row, **measure(data, variant, number, parts)})
    report(results.rows(), [data.name for data in sets], options.only)


if __name__ == "__main__":
    main()
