"""What a notebook shows of a fitted classifier: scikit-learn's diagram, and the program below."""

from __future__ import annotations

from typing import Any


class ShowsProgramMixin:
    """Shows the program of a fitted classifier below scikit-learn's diagram of it."""

    def _repr_html_inner(self) -> str:
        return str(super()._repr_html_inner()) + self._program_html()  # type: ignore[misc]

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        # There is none where scikit-learn is set to show text.
        if "text/html" in bundle:
            bundle["text/html"] += self._program_html()
        return bundle

    def _program_html(self) -> str:
        program = getattr(self, "program_", None)
        if program is None:
            return ""
        return f'<div style="margin-top: .8em">{program._repr_html_()}</div>'
