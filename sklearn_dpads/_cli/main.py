"""Running a command: what it raises becomes one line, and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Any, NoReturn

from .output import printable
from .signals import signals_kept
from .wording import in_options

DONE, CLOSED, WRONG, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of the command line.

    Parameters
    ----------
    arguments : sequence of str or None, default=None
        The arguments; None takes those of the process.

    Returns
    -------
    status : int
        0 if it is done, 2 if something the user gave is wrong, 130 after a Ctrl-C that left
        nothing to keep, 1 if nobody reads the output.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = make_parser().parse_args(words)
        # The command of a process is its last: a signal that comes while it ends finds it done.
        with nullcontext() if arguments is None else signals_kept(), _warnings_as_lines():
            options.run(options)
            sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter would flush once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except (OSError, ValueError, TypeError, ImportError) as error:
        if "--traceback" in words:
            raise
        _tell("error", _text_of(error))
        return WRONG
    except KeyboardInterrupt:
        _tell("interrupted", "by Ctrl-C.")
        return INTERRUPTED
    return DONE


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Show warnings meant for users, each as a line of its own, and no others."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        _tell("warning", str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = show
        yield


def _tell(kind: str, text: str) -> None:
    line = printable(" ".join(in_options(text).split()))
    print(f"{PROGRAM}: {kind}: {line}", file=sys.stderr, flush=True)


def _text_of(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


PROGRAM = "sklearn_dpads"
_CALL = f"python -m {PROGRAM}"

_DESCRIPTION = """\
Learn a short, readable program that classifies sequences, and use it.

  fit       search for a program on labelled sequences, and write it to a file
  predict   classify sequences with a program
  show      print a program
  export    write a program as Python, C, LaTeX, a tree, ONNX or a web page
"""
_DATA = """\
Data are read from
  .npz   arrays X (sequences, frames, features) and y, or X_train and y_train; shorter
         sequences are padded with NaN at the end; y has one label per sequence, or one
         per frame; feature_names, where there is such an array, names the features
  .csv   a table with one row per frame: --sample names the column that tells sequences
         apart, --label that of the labels, --time the one that orders the frames; all
         others are features. Cells that are empty, NaN, nan or NA are missing. Needs pandas.
  poses  .csv or .h5 of DeepLabCut, .h5 of SLEAP, .csv of SimBA: a file per recording, several at
         once. --annotations names the tables of events of BORIS that label the frames, whose
         names begin as those of the poses do. Needs pandas, and h5py for .h5
Names in a list (A,B,…) that hold a comma stand in quotes, as in --features '"speed, mm/s",turn'.
"""
_EXAMPLES = {
    "fit": """
Examples:
  python -m sklearn_dpads fit walks.npz --out program.json --figure tree.png
  python -m sklearn_dpads fit walks.csv --sample trial --time second --label gait \\
      --groups '{"legs": ["left", "right"]}' --max-time 600 --out program.json
  python -m sklearn_dpads fit poses/*.h5 --annotations events/*.csv --fps 30 \\
      --min-likelihood 0.9 --out program.json

Ctrl-C, or SIGTERM, ends the search and keeps the best program so far; a second one ends
everything. Where the program can't be written, it is printed.
""",
    "predict": """
Examples:
  python -m sklearn_dpads predict program.json new.npz --out predictions.csv
  python -m sklearn_dpads predict program.json new.csv

What fit was told of its data is kept in the program, and needn't be told again; options that are
given win, and an empty one, as --label '', says that there is none.
""",
    "show": """
Examples:
  python -m sklearn_dpads show program.json --precision 2
  python -m sklearn_dpads show program.json --data walks.npz --bootstraps 200
""",
    "export": """
Examples:
  python -m sklearn_dpads export program.json --to python --out program.py
  python -m sklearn_dpads export program.json --to html --data walks.npz --out page.html
""",
}
_USAGES = {
    "fit": "DATA --out FILE [option …]",
    "predict": "PROGRAM DATA [--out FILE] [option …]",
    "show": "PROGRAM [--data DATA] [option …]",
    "export": "PROGRAM --to FORM [--out FILE] [option …]",
}
TARGETS = ("python", "c", "latex", "dot", "onnx", "html")


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        settings |= {"formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message} ({self.prog} --help tells what there is)")


def make_parser() -> argparse.ArgumentParser:
    """Build the parser; what it gives has a function ``run``."""
    from .. import __version__

    parser = _Parser(prog=_CALL, usage=f"{_CALL} COMMAND …", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    _fit(_command(commands, "fit", "search for a program", data=True))
    _predict(_command(commands, "predict", "classify sequences with a program", data=True))
    _show(_command(commands, "show", "print a program", data=True))
    _export(_command(commands, "export", "write a program in another form", data=True))
    return parser


def _command(commands: Any, name: str, summary: str, *, data: bool = False) -> _Parser:
    parser: _Parser = commands.add_parser(
        name,
        prog=f"{_CALL} {name}",
        usage=f"{_CALL} {name} {_USAGES[name]}",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=(_DATA if data else "") + _EXAMPLES[name],
    )

    def run(options: argparse.Namespace) -> None:
        # The modules that compute are imported when a command is run, and not for its help.
        import_module(f"{__package__}.{name}").run(options)

    parser.set_defaults(run=run)
    parser.add_argument(
        "--traceback",
        action="store_true",
        help="show where an error comes from, for reports of bugs",
    )
    return parser


def _fit(parser: _Parser) -> None:
    parser.add_argument(
        "data",
        metavar="DATA",
        nargs="+",
        help="labelled sequences, .npz or .csv, or poses, of which there may be several files",
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="the program, as JSON")
    parser.add_argument("--figure", metavar="FILE", help="draw the program as a tree: .png, .svg …")
    parser.add_argument("--quiet", action="store_true", help="don't show the progress")
    data = _data_options(parser, "what is fitted")
    data.add_argument(
        "--together",
        metavar="NAME",
        help="column of a .csv file, or array of an .npz file, that sequences of one animal or "
        "person share: programs are judged on others",
    )
    search = parser.add_argument_group("search")
    search.add_argument(
        "--labels",
        choices=("sequences", "frames"),
        help="what has a label; by default sequences, or frames where y of an .npz file is 2D",
    )
    search.add_argument(
        "--unlabelled",
        metavar="LABEL",
        help="the label of frames without one; '' where it is empty, or there is none (-1 among "
        "integers)",
    )
    search.add_argument(
        "--groups",
        metavar="JSON",
        help="features that may be read together, by the name of the group, as in "
        "'{\"acc\": [0, 1, 2]}', by number or name; or the path of such a .json file",
    )
    _search_options(search)


def _search_options(search: argparse._ArgumentGroup) -> None:
    search.add_argument("--grammar", metavar="FILE", help="grammar of the programs, as text")
    search.add_argument("--depth", type=int, metavar="N", help="greatest depth of a program (4)")
    search.add_argument("--seed", type=int, default=0, metavar="N", help="for repeatability (0)")
    search.add_argument("--max-time", type=float, metavar="SECONDS", help="end the search then")
    search.add_argument(
        "--decomposition",
        choices=("joint", "ovr"),
        help="of more than two classes: one program of all (joint, the default), or one for each",
    )
    search.add_argument("--restarts", type=int, metavar="N", help="independent searches (1)")
    search.add_argument("--jobs", type=int, metavar="N", help="how many of them at a time (1)")
    search.add_argument(
        "--selection",
        metavar="RULE",
        help="which program to take: within_errors (the default), best_score, simplest",
    )
    search.add_argument("--scoring", metavar="NAME", help="a scorer of scikit-learn (F1)")
    search.add_argument(
        "--balanced", action="store_true", help="let rare classes weigh as much as others"
    )
    search.add_argument("--penalty", type=float, metavar="X", help="price of complexity (0.001)")
    search.add_argument("--epochs", type=int, metavar="N", help="of one training, at most (10)")
    search.add_argument("--refinements", type=int, metavar="N", help="rounds of edits (15)")
    search.add_argument("--device", metavar="NAME", help="cpu (the default), cuda or auto")
    search.add_argument(
        "--checkpoints", metavar="FOLDER", help="keep steps there, to go on after a crash"
    )


def _predict(parser: _Parser) -> None:
    _program(parser)
    parser.add_argument("data", metavar="DATA", nargs="+", help="sequences, .npz or .csv, or poses")
    parser.add_argument("--out", metavar="FILE", help="the predictions, as .csv; else printed")
    _data_options(parser, "what is read")


def _show(parser: _Parser) -> None:
    _program(parser)
    parser.add_argument("--precision", type=int, metavar="N", help="digits of numbers (4)")
    parser.add_argument(
        "--data",
        metavar="DATA",
        nargs="+",
        help="labelled sequences, best those of fit: numbers are fitted again to bootstraps of "
        "them, and shown with their intervals",
    )
    parser.add_argument("--bootstraps", type=int, metavar="N", help="how many, with --data (100)")
    parser.add_argument(
        "--balanced", action="store_true", help="let rare classes weigh more, as fit was told"
    )
    parser.add_argument(
        "--unlabelled", metavar="LABEL", help="the label of frames without one, as fit was told"
    )
    _data_options(parser, "what is read of --data")


def _export(parser: _Parser) -> None:
    _program(parser)
    parser.add_argument("--to", required=True, choices=TARGETS, help="the form")
    parser.add_argument("--out", metavar="FILE", help="the file; else printed, where it is text")
    parser.add_argument(
        "--precision", type=int, metavar="N", help="digits of numbers, for latex and dot"
    )
    parser.add_argument(
        "--name", metavar="NAME", help="name of the function, for python and c (program)"
    )
    parser.add_argument(
        "--max-frames",
        type=int,
        metavar="N",
        help="the most frames of a recording, for c, where parts such as 1/3 are read",
    )
    parser.add_argument(
        "--data",
        metavar="DATA",
        help="sequences to show in the page, for html: .npz or .csv, or poses",
    )
    _data_options(parser, "what is read of --data")


def _program(parser: _Parser) -> None:
    parser.add_argument("program", metavar="PROGRAM", help="a program that fit has written, .json")


def _data_options(parser: _Parser, title: str) -> Any:
    """Add what tells how data are read; give the group of these options."""
    data = parser.add_argument_group(title)
    data.add_argument(
        "--keys", metavar="X,Y", help="names of the arrays of an .npz file, if others than above"
    )
    data.add_argument("--sample", metavar="COLUMN", help="of a .csv file: tells sequences apart")
    data.add_argument("--time", metavar="COLUMN", help="of a .csv file: orders the frames")
    data.add_argument("--label", metavar="COLUMN", help="of a .csv file: the labels")
    data.add_argument("--sep", metavar="CHARACTER", help="of a .csv file: between cells (,)")
    data.add_argument(
        "--encoding", metavar="NAME", help="of a .csv file: such as cp1252 or latin-1 (utf-8)"
    )
    data.add_argument(
        "--features", metavar="A,B,…", help="columns of a .csv file to read, or names for an .npz"
    )
    poses = parser.add_argument_group("how poses are read")
    poses.add_argument(
        "--annotations", metavar="FILE", nargs="+", help="events of BORIS, a table per recording"
    )
    poses.add_argument("--fps", type=float, metavar="X", help="frames per second of the recordings")
    poses.add_argument("--subject", metavar="A,B,…", help="whose events count (the only one)")
    poses.add_argument(
        "--behaviors",
        metavar="A,B,…",
        help="which count, the most important first (all, and never at once)",
    )
    poses.add_argument(
        "--background", metavar="LABEL", help="label of frames without a behavior (none)"
    )
    poses.add_argument(
        "--min-likelihood",
        type=float,
        metavar="X",
        help="interpolate what is missing, and what the tracker is less sure of; 0 to 1",
    )
    return data
