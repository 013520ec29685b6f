"""What can become of a file that was damaged: it is read, or refused as promised."""

from __future__ import annotations


class Refused(Exception):
    """A file was refused as promised."""
