"""The command line, for those who don't write Python."""

from .main import main

__all__ = ["main"]
