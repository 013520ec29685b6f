"""Kill, interrupt and terminate fits at random moments, and see what is left.

    python benchmarks/faults.py

Three campaigns, of ``--moments`` moments each:

- kill -9, then the same fit in a new process: it must read all steps that were kept, and end as a
  fit that nobody disturbed;
- Ctrl-C and SIGTERM, each with one job and with two, through the command line: it must end with
  status 0 and a program that can be read.

A moment is drawn between the first step that is told of and the end of an undisturbed fit. It
prints how many were tried and how many failed, and ends with status 1 if any did.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sklearn_dpads import Program

# What a process does that keeps its steps: it says how many it read, and what it found.
RESUMED = """
import json, sys
import numpy as np
from sklearn_dpads import DPadsClassifier
from sklearn_dpads.search import Journal

n_read, step = 0, Journal.step

def counting(self, *args, **kwargs):
    global n_read
    before = self.n_read
    result = step(self, *args, **kwargs)
    n_read += self.n_read - before
    return result

Journal.step = counting
data = np.load(sys.argv[1])
print("begun", flush=True)
settings = {"max_depth": 3, "max_iter": 5, "max_refinements": 2, "random_state": 0}
clf = DPadsClassifier(checkpoint_dir=sys.argv[2], **settings)
clf.fit(data["X"], data["y"])
found = [(r.program.to_json(), r.score, r.loss) for r in clf.programs_]
print(json.dumps({"n_read": n_read, "found": found}))
"""
# In the background, a shell lets processes ignore SIGINT.
COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from sklearn_dpads._cli import main
sys.exit(main())
"""
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def write_data(folder: Path) -> Path:
    """Two classes that a mean tells apart, for a search of some seconds."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    X = rng.normal(size=(60, 12, 3))
    X[:, 4:8, 0] += y[:, None] * X[:, 4:8, 1]
    path = folder / "data.npz"
    np.savez(path, X=X, y=y)
    return path


def start(arguments: Sequence[object]) -> subprocess.Popen[str]:
    """Start a process, and wait until it tells that it has begun."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(("begun", "[dPads]")):
            break
    return process


def resumed(data: Path, steps: Path) -> tuple[dict, float]:
    """Fit to the end; give what the process says, and the seconds it took."""
    process = start(["-c", RESUMED, data, steps])
    begin = time.monotonic()
    text = process.communicate()[0]
    return json.loads(text.splitlines()[-1]), time.monotonic() - begin


def kept(steps: Path) -> int:
    """Number of steps on disk."""
    return len(list(steps.glob("*/*.pickle")))


def kill_and_resume(data: Path, folder: Path, rng: random.Random, moments: int) -> int:
    """Kill fits, resume them, and compare; give the number of failures."""
    whole, seconds = resumed(data, folder / "whole")
    n_failed = 0
    for i in range(moments):
        steps = folder / f"killed{i}"
        process = start(["-c", RESUMED, data, steps])
        time.sleep(rng.uniform(0.0, seconds))
        process.kill()
        process.communicate()
        n_kept = kept(steps)
        again, _ = resumed(data, steps)
        failed = again["n_read"] != n_kept or again["found"] != whole["found"]
        n_failed += failed
        print(
            f"  kill -9: {n_kept} steps kept, {again['n_read']} read{_verdict(failed)}", flush=True
        )
    return n_failed


def disturb(
    data: Path, folder: Path, rng: random.Random, moments: int, number: int, n_jobs: int
) -> int:
    """Send signals to the command line; give the number of failures."""
    out = folder / "program.json"
    arguments = ["-c", COMMAND, "fit", data, "--out", out]
    arguments += ["--depth", 3, "--epochs", 5, "--refinements", 2]
    arguments += ["--restarts", n_jobs, "--jobs", n_jobs]
    process = start(arguments)
    begin = time.monotonic()
    process.communicate()
    seconds = time.monotonic() - begin
    n_failed = 0
    for _ in range(moments):
        out.unlink(missing_ok=True)
        process = start(arguments)
        moment = rng.uniform(0.0, seconds)
        time.sleep(moment)
        process.send_signal(number)
        text = process.communicate()[0]
        failed = process.returncode != 0 or not _is_program(out)
        n_failed += failed
        name = signal.Signals(number).name
        print(f"  {name} after {moment:.1f} s, {n_jobs} job(s){_verdict(failed)}", flush=True)
        if failed:
            print("    " + "\n    ".join(text.splitlines()[-8:]))
    return n_failed


def _is_program(path: Path) -> bool:
    try:
        Program.from_json(path.read_text())
    except (OSError, ValueError):
        return False
    return True


def _verdict(failed: bool) -> str:
    return "  FAILED" if failed else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--moments", type=int, default=20, help="of each campaign")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    tried = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = write_data(folder)
        failed += kill_and_resume(data, folder, rng, options.moments)
        tried += options.moments
        for number in (signal.SIGINT, signal.SIGTERM):
            for n_jobs in (1, 2):
                failed += disturb(data, folder, rng, options.moments, number, n_jobs)
                tried += options.moments
    print(f"{tried} tried, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
