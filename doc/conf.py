"""Configuration of Sphinx, for the documentation of sklearn_dpads."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from pathlib import Path

project = "sklearn_dpads"
author = "sklearn_dpads developers"
copyright = author
release = version = installed_version("sklearn_dpads")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections state the types
numpydoc_show_class_members = False  # the template of a class lists its methods
nitpicky = False
autodoc_mock_imports = ["aeon", "sktime"]  # the adapters are described without their libraries

html_theme = "pydata_sphinx_theme"
html_title = f"{project} {release}"
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}

_examples = Path(__file__).parents[1] / "examples"
if any(_examples.glob("plot_*.py")):
    extensions.append("sphinx_gallery.gen_gallery")
    sphinx_gallery_conf = {
        "examples_dirs": str(_examples),
        "gallery_dirs": "auto_examples",
        "abort_on_example_error": True,
        "show_memory": False,
    }
