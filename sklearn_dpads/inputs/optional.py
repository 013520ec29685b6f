"""Libraries that only some of what is offered needs."""

from __future__ import annotations

from types import ModuleType


def import_pandas(what: str) -> ModuleType:
    """Import pandas, or say how to install it.

    Parameters
    ----------
    what : str
        What it is needed for, such as the name of a method.

    Raises
    ------
    ImportError
        If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            f"{what} needs pandas, which is not installed. Install it with: pip install pandas"
        ) from error
    module: ModuleType = pd
    return module
