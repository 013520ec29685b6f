"""What pytest leaves out where a library isn't there."""

from __future__ import annotations

from importlib.util import find_spec

# The examples in docstrings of an adapter can't be collected without its library.
collect_ignore = [
    f"sklearn_dpads/compat/{library}.py"
    for library in ("aeon", "sktime")
    if find_spec(library) is None
]
