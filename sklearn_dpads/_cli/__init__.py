"""The command line, for those who don't write Python."""

from ._main import main

__all__ = ["main"]
