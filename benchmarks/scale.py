"""Time and memory of a fit as its data grow, one dimension after the other.

    python benchmarks/scale.py
    python benchmarks/scale.py --axes n d --results scale.jsonl --figure scale.png
    python benchmarks/scale.py --search "SumsOfReaders()"

A row is a fit in a process of its own: seconds of the processor, the peak of memory beside what
the imports take, and that in sizes of the data. Below an axis stands the slope of its second half:
of the logarithm of seconds over the logarithm of what grows, so that 1 is in proportion. Sequences
are noise in which two features differ by class. The data are drawn, and no files are needed; rows
that are in the results are not measured again.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from _common import Column, Table, option_parser, use_one_core
from comparison.results import ResultsFile


@dataclass(frozen=True)
class Point:
    """What is fitted.

    Parameters
    ----------
    n, timesteps, d : int
        Sequences, frames of one, and features.
    groups : int
        Groups that the features are in; 0 leaves each by itself.
    classes, depth : int
        Classes, and ``max_depth``.
    skew : int
        How many times as long as the others the first two sequences are, with as many frames in
        all.
    per_frame : int
        1 where every frame has a label.
    """

    n: int = 400
    timesteps: int = 25
    d: int = 12
    groups: int = 4
    classes: int = 2
    depth: int = 4
    skew: int = 1
    per_frame: int = 0


START = Point()
AXES: dict[str, list[Point]] = {
    "n": [replace(START, n=n) for n in (200, 800, 3_200, 12_800, 51_200)],
    "timesteps": [replace(START, timesteps=t) for t in (25, 100, 400, 1_600)],
    "d": [replace(START, d=d, groups=0) for d in (12, 48, 192, 768)],
    "groups": [replace(START, d=64, groups=g) for g in (4, 16, 64)],
    "classes": [replace(START, classes=k) for k in (2, 4, 8, 16)],
    "depth": [replace(START, depth=depth) for depth in (2, 3, 4, 5)],
    "skew": [replace(START, n=200, timesteps=50, skew=s) for s in (1, 10, 50)],
    "recording": [
        replace(START, n=n, timesteps=t, per_frame=1)
        for n, t in ((4, 500), (4, 2_000), (4, 5_000), (10, 20_000), (40, 20_000))
    ],
}
# What grows along an axis, where it isn't the field of its name.
SIZES = {"recording": lambda point: point.n * point.timesteps}
# On these, more is not more of the same work, so that no slope is asked for.
WITHOUT_SLOPE = ("depth", "skew")


def draw(point: Point) -> tuple[list[np.ndarray], Any, dict[str, list[int]] | None]:
    """Sequences, their labels, and groups of features."""
    rng = np.random.default_rng(0)
    n_frames = point.n * point.timesteps
    long = point.timesteps * point.skew if point.skew > 1 else point.timesteps
    rest = max(2, (n_frames - 2 * long) // max(1, point.n - 2))
    lengths = [long] * min(2, point.n) + [rest if point.skew > 1 else long] * (point.n - 2)
    X, y = [], []
    for i, length in enumerate(lengths):
        x = rng.standard_normal((length, point.d)).astype(np.float32)
        if point.per_frame:
            codes = np.repeat(rng.integers(0, point.classes, length // 10 + 1), 10)[:length]
            x[:, 0] += codes
            x[:, 1] += codes == 1
        else:
            codes = i % point.classes
            x[:, 0] += 0.3 * codes
            x[:, 1] *= 1.0 + 0.3 * (codes % 2)
        X.append(x)
        y.append(codes)
    columns = np.array_split(np.arange(point.d), point.groups) if point.groups else []
    groups = {f"g{i}": part.tolist() for i, part in enumerate(columns)} or None
    return X, y if point.per_frame else np.array(y), groups


def measure(point: Point, search: str) -> dict[str, Any]:
    """Fit once, in this process."""
    from sklearn_dpads import ProgramClassifier, ProgramFrameClassifier
    from sklearn_dpads import search as searches

    X, y, groups = draw(point)
    kind = ProgramFrameClassifier if point.per_frame else ProgramClassifier
    found = eval(search, vars(searches))
    clf = kind(feature_groups=groups, search=found, max_depth=point.depth, random_state=0)
    before, begin = peak(), time.process_time()
    clf.fit(X, y)
    seconds, size = time.process_time() - begin, sum(x.nbytes for x in X)
    return {
        "seconds": seconds,
        "megabytes": (peak() - before) / 1e6,
        "sizes": (peak() - before) / size,
        "data_megabytes": size / 1e6,
        "program": clf.program_.compact(),
    }


def peak() -> float:
    """Most bytes that the process has held; on Linux it is told in kilobytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def measured_apart(point: Point, search: str, most_seconds: float) -> dict[str, Any]:
    """Fit in a process of its own, whose peak of memory is that of the fit."""
    command = [sys.executable, __file__, "--search", search, "--point", json.dumps(asdict(point))]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=most_seconds, check=True
        )
    except subprocess.TimeoutExpired:
        return {"failure": f"not done in {most_seconds:.0f} s"}
    except subprocess.CalledProcessError as error:
        return {"failure": (error.stderr.strip().splitlines() or [f"{error}"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float | None:
    """Slope of the logarithms over the second half of an axis."""
    first = max(0, len(sizes) // 2 - 1)
    if len(sizes) - first < 2:
        return None
    x, y = np.log(sizes[first:]), np.log(seconds[first:])
    return float(np.polyfit(x, y, 1)[0])


def report(axis: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print the fits of an axis, and its slope."""
    print(f"\n{axis}")
    table = Table(
        Column(axis, 9, ".0f"),
        Column("seconds", 9, ".1f"),
        Column("megabytes", 9, ".0f"),
        Column("of data", 8, ".1f"),
        Column("program", 0),
    )
    for row in rows:
        text = row.get("failure") or row["program"]
        table.row(row["size"], *(row.get(k) for k in ("seconds", "megabytes", "sizes")), text)
    ended = [row for row in rows if "seconds" in row]
    steep = slope([row["size"] for row in ended], [row["seconds"] for row in ended])
    if steep is not None and axis not in WITHOUT_SLOPE:
        print(f"slope of {axis}: {steep:.2f}")


def draw_figure(path: Path, found: dict[str, list[dict[str, Any]]]) -> None:
    """Draw seconds over what grows, an axis a panel."""
    import matplotlib.pyplot as plt

    n_columns = min(4, len(found))
    n_rows = -(-len(found) // n_columns)
    figure, axes = plt.subplots(
        n_rows, n_columns, figsize=(3.2 * n_columns, 2.8 * n_rows), squeeze=False
    )
    for ax in axes.flat[len(found) :]:
        ax.set_visible(False)
    for ax, (axis, rows) in zip(axes.flat, found.items(), strict=False):
        ended = [row for row in rows if "seconds" in row]
        sizes = [row["size"] for row in ended]
        ax.loglog(sizes, [row["seconds"] for row in ended], marker="o")
        if axis not in WITHOUT_SLOPE and ended:
            start = ended[0]["seconds"] / sizes[0]
            ax.loglog(sizes, [start * size for size in sizes], color="0.6", linestyle=":")
        ax.set(xlabel=axis, ylabel="seconds of the processor")
    figure.tight_layout()
    figure.savefig(path, dpi=150)


def measure_axis(axis: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows of an axis, those that are there already as they are."""
    kept = ResultsFile(arguments.results) if arguments.results else None
    known = kept.rows() if kept else []
    found = []
    for point in AXES[axis]:
        key = {"point": asdict(point), "search": arguments.search}
        rows = [row for row in known if {name: row.get(name) for name in key} == key]
        row = rows[-1] if rows else {}
        if not rows:
            row = key | measured_apart(point, arguments.search, arguments.most_seconds)
            if kept:
                kept.append(row)
        size = SIZES[axis](point) if axis in SIZES else getattr(point, axis)
        found.append({**row, "size": size})
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all axes, or one fit where one is given."""
    parser = option_parser(__doc__)
    parser.add_argument("--axes", nargs="+", choices=list(AXES), default=list(AXES))
    parser.add_argument("--search", default="DPads()", help="a search, as one writes it")
    parser.add_argument("--most-seconds", type=float, default=900.0, help="longest fit")
    parser.add_argument("--results", type=Path, help="file that keeps rows")
    parser.add_argument("--figure", type=Path, help="file of the figure")
    parser.add_argument("--point", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    use_one_core()
    if options.point:
        print(json.dumps(measure(Point(**options.point), options.search)))
        return
    found = {}
    for axis in options.axes:
        found[axis] = measure_axis(axis, options)
        report(axis, found[axis])
    if options.figure:
        draw_figure(options.figure, found)


if __name__ == "__main__":
    main()
