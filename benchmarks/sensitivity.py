"""How flat the optimum of each setting is: every number of the search halved and doubled.

Divides the training part of each data set again, fits dPads with one setting changed, and judges
by the F1 on the part left out, so that no test part is seen. A row of the table compares fits on
the same divisions with the same seeds: the mean difference from the defaults with its standard
error, and the ratio of the processor's time. Fits that are in the results are not made again.

    python benchmarks/sensitivity.py --data DIR --sets uea_RacketSports uea_NATOPS
    python benchmarks/sensitivity.py --data DIR --only fit_steps n_folds
    python benchmarks/sensitivity.py --data DIR --sets bball_sportvu_4hz --only n_products
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from _common import Column, Table, add_data_option, find_data, load, option_parser, use_one_core
from comparison.results import ResultsFile
from sklearn.metrics import f1_score
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

from sklearn_dpads import ProgramClassifier, ProgramFrameClassifier
from sklearn_dpads.search import DPads

SETS = ("uea_RacketSports", "uea_NATOPS", "calms21_investigation")
# What decides how much is kept or looked at, and not what is found.
LEFT_OUT = {"step_overhead", "most_edges_logged", "most_positions", "largest_batch", "least_batch"}
LEFT_OUT |= {"frames_per_step", "steps_per_frame_epoch", "bound", "calibration_positions"}
# What leaves a part of the search out, with 0.
SWITCHES = {"n_products", "n_settled", "max_summands", "max_refinements"}
HELD_OUT = 0.3


def numeric(settings: Any, prefix: str = "") -> Iterator[tuple[str, float]]:
    """The numbers among settings, by the names that ``set_params`` takes."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        name = f"{prefix}{field.name}"
        if is_dataclass(value):
            yield from numeric(value, f"{name}__")
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and value and field.name not in LEFT_OUT:
            yield name, value


def field_of(name: str) -> str:
    """The last part of a name as ``set_params`` takes it."""
    return name.rpartition("__")[2]


def variants(only: Sequence[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Names of the variants, the defaults first, with what they change."""
    yield "defaults", {}
    for name, value in numeric(DPads()):
        if only and field_of(name) not in only:
            continue
        if field_of(name) in SWITCHES:
            yield f"{name}=0", {name: 0}
        for factor in (0.5, 2.0):
            changed = max(1, round(value * factor)) if isinstance(value, int) else value * factor
            if changed == value or (name == "n_folds" and changed < 2):
                changed = value + 1 if factor > 1 else value
            if name in ("validation_fraction", "coldest", "training__f1_weight"):
                changed = min(changed, 0.9)
            if "most_" in name:
                changed = max(changed, 1)
            if changed != value:
                yield f"{name}={changed:g}", {name: changed}


def divisions(y: np.ndarray, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Divisions of the training part, the same in every run."""
    kind = ShuffleSplit if y.ndim > 1 else StratifiedShuffleSplit
    yield from kind(n, test_size=HELD_OUT, random_state=0).split(y, y)


def measure(data: Any, changes: dict[str, float], number: int, parts: Any) -> dict[str, Any]:
    """F1 on the part left out, and the seconds of the processor that the fit took."""
    train, held_out = parts
    kind = ProgramFrameClassifier if data.y_train.ndim > 1 else ProgramClassifier
    estimator = kind(
        search=DPads().set_params(**changes),
        feature_groups=data.feature_groups,
        random_state=number,
    )
    begin = time.process_time()
    estimator.fit(data.X_train[train], data.y_train[train])
    seconds = time.process_time() - begin
    true, predicted = data.y_train[held_out], estimator.predict(data.X_train[held_out])
    labelled = true != -1
    true, predicted = true[labelled], predicted[labelled]
    average = "binary" if len(estimator.classes_) == 2 else "weighted"
    return {"f1": f1_score(true, predicted, average=average), "seconds": seconds}


def report(rows: list[dict[str, Any]]) -> None:
    """Print what every variant brings beside the defaults."""
    by_variant: dict[str, dict[tuple[str, int], dict[str, Any]]] = {}
    for row in rows:
        by_variant.setdefault(row["variant"], {})[row["data"], row["division"]] = row
    base = by_variant.get("defaults", {})
    table = Table(
        Column("variant", 44), Column("fits", 4, "d"), Column("F1", 7, "+.4f"),
        Column("error", 6, ".4f"), Column("time", 5, ".2f"),
    )  # fmt: skip
    for variant, found in by_variant.items():
        common = [key for key in found if key in base]
        if variant == "defaults" or not common:
            continue
        gains = np.array([found[key]["f1"] - base[key]["f1"] for key in common])
        ratio = sum(found[k]["seconds"] for k in common) / sum(base[k]["seconds"] for k in common)
        error = gains.std(ddof=1) / len(gains) ** 0.5 if len(gains) > 1 else np.nan
        table.row(variant, len(common), float(gains.mean()), float(error), float(ratio))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = option_parser(__doc__)
    add_data_option(parser)
    parser.add_argument("--sets", nargs="+", default=SETS, help="names of the data files")
    parser.add_argument("--only", nargs="+", default=(), help="settings to vary; default all")
    parser.add_argument("--divisions", type=int, default=3, help="divisions of each set (3)")
    parser.add_argument("--max-samples", type=int, default=700, help="sequences of a set (700)")
    parser.add_argument("--results", default="benchmark_results/sensitivity.jsonl")
    options = parser.parse_args(arguments)
    use_one_core()
    results = ResultsFile(options.results)
    known = {(row["variant"], row["data"], row["division"]) for row in results.rows()}
    sets = [load(path) for path in find_data(options.data, options.sets)]
    for variant, changes in variants(options.only):
        for data in sets:
            for number, parts in enumerate(divisions(data.y_train, options.divisions)):
                if (variant, data.name, number) in known:
                    continue
                parts = (parts[0][: options.max_samples], parts[1])
                found = measure(data, changes, number, parts)
                row = {"variant": variant, "data": data.name, "division": number, **found}
                results.append(row)
                print(f"{variant:44} {data.name:24} {number} {found['f1']:.4f}", flush=True)
    print()
    report(results.rows())


if __name__ == "__main__":
    main()
