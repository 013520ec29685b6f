"""Damage valid files, and see that what reads them refuses or takes them.

    python tools/fuzz.py --seconds 600                  # all kinds, one after the other
    python tools/fuzz.py --kinds program-json,groups
    python tools/fuzz.py --again fuzz_failures/groups-0123456789.json

Files are changed at random, determined by ``--seed``: their bytes, their words, nodes of JSON,
members of archives, cells of tables. Where atheris is installed, its coverage of the package tells
which files to go on with. A file is *refused* where its reader raises an error that it promises,
*read* where it then can be used, and has *failed* otherwise, also where it takes too long, too much
memory, or the process with it. What failed is kept under ``--failures``, one file for each place
where an error was raised. Ends with status 1 if anything failed.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

NAMES = [
    *("program-json", "program-text", "grammar-text"),
    *("data-npz", "data-npy", "data-csv", "checkpoint", "groups"),
]
HERE = Path(__file__).parent
# Seconds that a process has beyond its own, to start and to end.
_EXTRA = 120.0
_EVERY = 0.5


class Campaign:
    """Files of one kind, counted by what became of them.

    Parameters
    ----------
    name : str
        Name of the kind.
    folder : Path
        Where the file is that is read, and the counts.
    failures : Path
        Where files that failed are kept.
    """

    def __init__(self, name: str, folder: Path, failures: Path) -> None:
        from fuzzing.kinds import KINDS

        self.name = name
        self.kind = KINDS[name]
        self.seeds = self.kind.seeds()
        self.counts: collections.Counter[str] = collections.Counter()
        self.messages: collections.Counter[str] = collections.Counter()
        self._input = folder / f"input{self.kind.suffix}"
        self._report = folder / "report.json"
        self._failures = failures
        self._places: set[str] = set()
        self._told = 0.0

    def mutate(self, data: bytes, rng: Random) -> bytes:
        from fuzzing.mutations import mutate

        return mutate(rng, data, self.seeds, self.kind.changes, self.kind.words)

    def run(self, data: bytes) -> None:
        """Read a file, and count what became of it."""
        from fuzzing.limits import limited
        from fuzzing.outcomes import Refused

        self._input.write_bytes(data)
        try:
            with limited():
                self.kind.check(self._input)
            verdict = "read"
        except Refused as error:
            verdict = "refused"
            self.messages["".join("0" if c.isdigit() else c for c in str(error))[:160]] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            verdict = "failed"
            self._keep(data, error)
        self.counts[verdict] += 1
        if time.monotonic() > self._told + _EVERY:
            self.tell()

    def tell(self) -> None:
        """Write what was counted, so that it outlives the process."""
        self._told = time.monotonic()
        part = self._report.with_suffix(".part")
        part.write_text(json.dumps({"counts": self.counts, "messages": self.messages}))
        os.replace(part, self._report)

    def _keep(self, data: bytes, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        inner = [f for f in frames if "sklearn_dpads" in f.filename] or frames
        place = f"{type(error).__name__} in {inner[-1].filename}:{inner[-1].lineno}"
        if place in self._places:
            return
        self._places.add(place)
        path = keep(self.name, self.kind.suffix, data, self._failures)
        print(f"\n{path}: {place}", file=sys.stderr)
        print("".join(traceback.format_exception(error)[-12:])[-3000:], file=sys.stderr, flush=True)


def keep(name: str, suffix: str, data: bytes, failures: Path) -> Path:
    """Keep a file that failed, under the name of its kind."""
    failures.mkdir(parents=True, exist_ok=True)
    path = failures / f"{name}-{hashlib.sha256(data).hexdigest()[:10]}{suffix}"
    path.write_bytes(data)
    return path


def run_here(name: str, seconds: float, seed: int, folder: Path, failures: Path) -> None:
    """Make a campaign in this process, which atheris may end."""
    try:
        import atheris
    except ImportError:
        atheris = None
    if atheris is not None:
        with atheris.instrument_imports(include=["sklearn_dpads"]):
            import sklearn_dpads._cli.fit
            import sklearn_dpads._cli.predict
            import sklearn_dpads._cli.show
            import sklearn_dpads.search  # noqa: F401
    import torch

    torch.set_num_threads(1)
    campaign = Campaign(name, folder, failures)
    # What is imported at the first file counts for none. If a valid one isn't read, nothing is.
    for data in campaign.seeds:
        campaign.run(data)
    if campaign.counts["read"] < len(campaign.seeds):
        raise SystemExit(f"{name}: valid files are not read: {dict(campaign.messages)}")
    campaign.tell()
    end = time.monotonic() + seconds
    if atheris is None:
        rng = Random(seed)
        while time.monotonic() < end:
            campaign.run(campaign.mutate(rng.choice(campaign.seeds), rng))
        campaign.tell()
        return
    corpus = folder / "corpus"
    corpus.mkdir()
    for i, data in enumerate(campaign.seeds):
        (corpus / str(i)).write_bytes(data)

    def mutator(data: bytes, most: int, of: int) -> bytes:
        rng = Random(of)
        if rng.random() < 0.1:
            return atheris.Mutate(data, most)
        # What is new to a reader is mostly refused, and gives files that are refused again.
        data = rng.choice([data, rng.choice(campaign.seeds)])
        return campaign.mutate(data, rng)[:most]

    # libFuzzer takes 0 for no seed.
    settings = {"max_total_time": max(1, round(seconds)), "seed": seed + 1, "max_len": 2**16}
    settings |= {"timeout": 300, "rss_limit_mb": 8192, "verbosity": 0}
    arguments = [sys.argv[0], *(f"-{key}={value}" for key, value in settings.items())]
    atheris.Setup(
        [*arguments, f"-artifact_prefix={folder}/", str(corpus)],
        campaign.run,
        custom_mutator=mutator,
    )
    atheris.Fuzz()


def run_apart(name: str, options: argparse.Namespace) -> dict[str, int]:
    """Make a campaign in a process of its own; give its counts."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--here", name, "--folder", folder]
        command += ["--seconds", str(options.seconds), "--seed", str(options.seed)]
        command += ["--failures", str(options.failures)]
        process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
        try:
            status = process.wait(options.seconds + _EXTRA)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        report = Path(folder) / "report.json"
        told = json.loads(report.read_text()) if report.exists() else {"counts": {}, "messages": {}}
        counts = {"read": 0, "refused": 0, "failed": 0, **told["counts"]}
        if status != 0:
            # The file that ended the process is the one that it was reading.
            counts["failed"] += 1
            last = next(Path(folder).glob("input.*"), None)
            if last is not None:
                where = keep(name, last.suffix, last.read_bytes(), options.failures)
                print(f"\n{where}: the process ended with {status}", file=sys.stderr)
    if options.messages:
        for message, count in sorted(told["messages"].items(), key=lambda item: -item[1]):
            print(f"  {count:7d}  {message}")
    return counts


def run_again(path: Path) -> int:
    """Read one file that failed once more, and show what happens."""
    name = next((name for name in NAMES if path.name.startswith(f"{name}-")), None)
    if name is None:
        raise SystemExit(f"{path}: the name begins with none of {', '.join(NAMES)}.")
    from fuzzing.kinds import KINDS
    from fuzzing.limits import limited
    from fuzzing.outcomes import Refused

    with tempfile.TemporaryDirectory() as folder:
        copied = Path(shutil.copy(path, Path(folder) / f"input{KINDS[name].suffix}"))
        try:
            with limited():
                KINDS[name].check(copied)
        except Refused as error:
            print(f"refused: {error}")
        else:
            print("read")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="of each kind (600)")
    parser.add_argument("--seed", type=int, default=0, help="of what is random (0)")
    parser.add_argument("--kinds", default=",".join(NAMES), help=f"of {', '.join(NAMES)}")
    parser.add_argument("--failures", type=Path, default=Path("fuzz_failures"), help="folder")
    parser.add_argument("--messages", action="store_true", help="show how files were refused")
    parser.add_argument("--again", type=Path, help="a file that failed, to be read once more")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.again is not None:
        return run_again(options.again)
    if options.here is not None:
        run_here(options.here, options.seconds, options.seed, options.folder, options.failures)
        return 0
    names = options.kinds.split(",")
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"there is no kind {unknown[0]}; there are {', '.join(NAMES)}")
    total = 0
    for name in names:
        counts = run_apart(name, options)
        total += counts["failed"]
        print(
            f"{name:14} {sum(counts.values()):8d} tried  {counts['read']:8d} read  "
            f"{counts['refused']:8d} refused  {counts['failed']:4d} failed",
            flush=True,
        )
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
