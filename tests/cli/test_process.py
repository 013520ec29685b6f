"""The command line in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from sklearn_dpads import Program
from sklearn_dpads._cli import main

from .cases import FAST, PROGRAM, make_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_files(tmp_path_factory.mktemp("cli"))


# Short ones, so many that some still run when the first has ended.
SIDE_BY_SIDE = (
    *("--restarts", "12", "--jobs", "2"),
    *("--depth", "2", "--refinements", "1", "--epochs", "3"),
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("jobs", [(), SIDE_BY_SIDE], ids=["one", "two"])
def test_what_ends_the_process_keeps_the_best_so_far(folder, tmp_path, number, jobs):
    out = tmp_path / "p.json"
    # Where the tests run in the background, the signal is ignored unless it is asked for.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from sklearn_dpads._cli import main; sys.exit(main())"
    )
    arguments = ["fit", folder / "a.npz", "--out", out, *jobs]
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:
        # Of searches that run side by side a line tells which have ended; another one begins then.
        for line in process.stderr:
            if ("  fit" if jobs else "train") in line:
                break
        process.send_signal(number)
        text, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "warning: The search was ended by a KeyboardInterrupt" in errors
    assert "refine" not in errors or jobs
    assert "Traceback" not in errors
    assert Program.from_json(out.read_text()).classes == ("a", "b")
    assert f"Wrote {out}" in text
    assert os.listdir(tmp_path) == ["p.json"]


# Sent while what was found is told, and when all that is left is to end.
SENT_LATE = """
import atexit, os, signal, sys
from sklearn_dpads._cli import fit, main

def send():
    os.kill(os.getpid(), {number})

def report(*arguments, told=fit._report):
    send()
    told(*arguments)

fit._report = report
atexit.register(send)
sys.exit(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_program_was_written_makes_no_failure_of_it(folder, tmp_path, number):
    out = tmp_path / "p.json"
    command = ["fit", folder / "a.npz", "--out", out, "--grammar", folder / "grammar.txt", *FAST]
    done = subprocess.run(
        [sys.executable, "-c", SENT_LATE.format(number=int(number)), *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert f"Wrote {out}" in done.stdout
    assert Program.from_json(out.read_text()).classes == ("a", "b")


def test_as_a_process(folder):
    command = [sys.executable, "-m", "sklearn_dpads"]
    wrong = subprocess.run([*command, "show", "none.json"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert wrong.stdout == ""
    assert wrong.stderr == "sklearn_dpads: error: none.json: No such file or directory\n"
    shown = subprocess.run(
        [*command, "show", str(folder / "p.json")], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith(PROGRAM)
    assert shown.stderr == ""


def test_nobody_reads_the_output(folder):
    command = [sys.executable, "-m", "sklearn_dpads", "show", str(folder / "p.json")]
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (process.returncode, process.stderr) == (1, "")


def test_help_is_light_and_tells_of_every_command(capsys):
    code = (
        "import sys\nfrom sklearn_dpads._cli import main\n"
        "try: main(['fit', '--help'])\nexcept SystemExit as end: assert end.code == 0\n"
        "assert not {'torch', 'sklearn', 'numpy', 'pandas'} & set(sys.modules)"
    )
    text = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert "usage: python -m sklearn_dpads fit DATA --out FILE" in text
    for command in ("predict", "show", "export"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert f"python -m sklearn_dpads {command}" in capsys.readouterr().out
