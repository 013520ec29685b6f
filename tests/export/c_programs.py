"""C files of programs, compiled with all warnings as errors and called through ctypes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pytest

COMPILER = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler (cc, gcc, clang)")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2")
_NUMBERS = count()


def compile_c(folder: Path, text: str, *options: str) -> Path:
    """Compile a text that may include files of a folder; give what was made of it."""
    source = folder / f"made_{next(_NUMBERS)}.c"
    source.write_text(text, encoding="ascii")
    made = source.with_suffix(".so" if "-shared" in options else ".out")
    command = [str(COMPILER), *STRICT, *options, str(source), "-o", str(made), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


class CProgram:
    """A compiled program with a state of its own."""

    def __init__(self, library: ctypes.CDLL, name: str, dtype: type = np.float64) -> None:
        self._dtype = dtype
        self._init, self._update, self._class = (
            getattr(library, f"{name}_{what}") for what in ("init", "update", "class")
        )
        shape = (ctypes.c_int * 3).in_dll(library, f"{name}_shape")
        self.n_features, self.n_outputs, self.state_bytes = shape
        # Whatever stands there before, the state begins with init.
        self._state = ctypes.create_string_buffer(b"\x7f" * shape[2], shape[2])
        self.init()

    def init(self) -> None:
        self._init(self._state)

    def update(self, frame) -> tuple[int, np.ndarray]:
        """Give what the function returns, and the values."""
        frame = np.ascontiguousarray(frame, dtype=self._dtype)
        assert frame.shape == (self.n_features,)
        values = np.full(self.n_outputs, np.nan, dtype=self._dtype)
        status = self._update(self._state, *map(_pointer, (frame, values)))
        return status, values

    def extend(self, frames) -> np.ndarray:
        """Give the values after each frame, none of which is refused."""
        found = [self.update(frame) for frame in frames]
        assert all(status == 0 for status, _ in found)
        return np.array([values for _, values in found])

    def label(self, values) -> int:
        return self._class(_pointer(np.ascontiguousarray(values, dtype=self._dtype)))


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def load(
    folder: Path,
    sources: Mapping[str, str],
    dtype: type = np.float64,
    options: Sequence[str] = (),
) -> dict[str, CProgram]:
    """Compile programs into one library, by the names of their functions."""
    lines: list[str] = []
    for name, source in sources.items():
        file = folder / f"{name}_{next(_NUMBERS)}.c"
        file.write_text(source, encoding="ascii")
        lines.append(f'#include "{file.name}"')
        sizes = (f"{name}_n_features", f"{name}_n_outputs", f"(int)sizeof({name}_state)")
        lines.append(f"const int {name}_shape[3] = {{{', '.join(sizes)}}};")
    single = [f"-D{name}_FLOAT" for name in sources if dtype is np.float32]
    path = compile_c(folder, "\n".join([*lines, ""]), "-shared", "-fPIC", *single, *options)
    library = ctypes.CDLL(str(path))
    return {name: CProgram(library, name, dtype) for name in sources}
