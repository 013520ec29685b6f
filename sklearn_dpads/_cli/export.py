"""Command export: write a program in another form."""

from __future__ import annotations

from argparse import Namespace

from ..inputs.files import write_atomically
from ..program import Program
from .data import NEW, TRAINING, read_for_program
from .files import read_program
from .output import check_precision, check_targets, write_text

# Which forms take an option.
_TAKERS = {
    "precision": ("latex", "dot"),
    "name": ("python", "c"),
    "data": ("html",),
    "max_frames": ("c",),
}
_FILES_ONLY = ("onnx", "html")


def run(options: Namespace) -> None:
    """Write a program in the form that is asked for."""
    _check(options)
    program = read_program(options.program)
    if options.to == "html":
        _write_page(program, options)
    elif options.to == "onnx":
        model = program.to_onnx()
        write_atomically(options.out, model.SerializeToString())
    else:
        write_text(_text(program, options), options.out)
    if options.out is not None:
        print(f"Wrote {options.out}")


def _check(options: Namespace) -> None:
    for name, takers in _TAKERS.items():
        if getattr(options, name) is not None and options.to not in takers:
            option = name.replace("_", "-")
            raise ValueError(f"--{option} is for --to {' or '.join(takers)}, not {options.to}.")
    check_targets(options)
    if options.out is None and options.to in _FILES_ONLY:
        raise ValueError(f"--to {options.to} needs --out, the file to write.")
    if options.precision is not None:
        check_precision(options.precision)


def _text(program: Program, options: Namespace) -> str:
    if options.to == "python":
        return program.to_python(options.name or "program")
    if options.to == "c":
        return program.to_c(name=options.name or "program", max_frames=options.max_frames)
    digits = {} if options.precision is None else {"precision": options.precision}
    return program.to_latex(**digits) if options.to == "latex" else program.to_dot(**digits)


def _write_page(program: Program, options: Namespace) -> None:
    if options.data is None:
        program.to_html(options.out)
        return
    data = read_for_program([options.data], options, (*NEW, *TRAINING), program)
    program.to_html(options.out, data.X, data.y)
