"""Show how much of the search the tests reach, folder by folder.

    make coverage

Counts lines and branches together, as coverage.py does, of what `coverage combine` has left, and
says what each file misses. Ends with status 1 where a folder has less than ``--least`` percent.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

# Lines and branches that there are, and those of them that were reached.
Counts = tuple[int, int]


def by_folder(files: Mapping[str, Counts]) -> dict[str, Counts]:
    """Add up what files have, by the folder of each."""
    found: dict[str, Counts] = defaultdict(lambda: (0, 0))
    for name, (n, reached) in files.items():
        folder = Path(name).parent.as_posix()
        found[folder] = (found[folder][0] + n, found[folder][1] + reached)
    return dict(found)


def percent(counts: Counts) -> float:
    """Share of what was reached, in percent; of nothing, all."""
    n, reached = counts
    return 100.0 * reached / n if n else 100.0


def read() -> dict[str, tuple[Counts, str]]:
    """Give what coverage.py has measured of every file, and the lines and branches it missed."""
    import coverage

    data = coverage.Coverage()
    data.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        data.json_report(outfile=str(path))
        files = json.loads(path.read_text())["files"]
    found = {}
    for name, file in files.items():
        told = file["summary"]
        n = told["num_statements"] + told["num_branches"]
        reached = told["covered_lines"] + told["covered_branches"]
        jumps = [f"{a}->{b}" for a, b in file["missing_branches"] if a not in file["missing_lines"]]
        found[name] = ((n, reached), ", ".join([*map(str, file["missing_lines"]), *jumps]))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--least", type=float, default=95.0, help="percent of each folder (95)")
    options = parser.parse_args(arguments)
    files = read()
    for name, (counts, missed) in files.items():
        if missed:
            print(f"  {percent(counts):5.1f} %  {name}: {missed}")
    folders = by_folder({name: counts for name, (counts, _) in files.items()})
    for name, counts in sorted(folders.items()):
        print(f"{percent(counts):5.1f} %  {name}, {counts[0]} lines and branches")
    short = [name for name, counts in folders.items() if percent(counts) < options.least]
    if short or not folders:
        print(f"Less than {options.least:g} %: {', '.join(short) or 'nothing was measured'}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
