"""The adapters without their libraries."""

from __future__ import annotations

import subprocess
import sys
from inspect import signature

import pytest

from sklearn_dpads import DPadsClassifier, compat
from sklearn_dpads.compat.adapter import (
    N_JOBS,
    DPadsAdapter,
    parameter_entries,
    small_parameters,
)


def test_package_imports_without_torch_and_the_libraries():
    code = (
        "import sys, sklearn_dpads.compat as compat; dir(compat)\n"
        "loaded = {'torch', 'aeon', 'sktime'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names():
    assert dir(compat) == ["DPadsAeonClassifier", "DPadsSktimeClassifier"]
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = compat.Nothing


@pytest.mark.parametrize(
    ("name", "library", "modules"),
    [
        ("DPadsAeonClassifier", "aeon", ("aeon", "aeon.classification")),
        ("DPadsSktimeClassifier", "sktime", ("sktime", "sktime.classification.base")),
    ],
)
def test_missing_library(monkeypatch, name, library, modules):
    monkeypatch.delitem(sys.modules, f"sklearn_dpads.compat.{library}", raising=False)
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"needs {library}.*'sklearn_dpads\[{library}\]'"):
        getattr(compat, name)


class Adapter(DPadsAdapter):
    """An adapter to a library whose sequences are ours."""

    def _sequences(self, X):
        return X


def test_parameters_are_those_of_the_classifier():
    expected = {name: p.default for name, p in signature(DPadsClassifier).parameters.items()}
    del expected["warm_start"]
    expected["n_jobs"] = 1
    assert {n: p.default for n, p in signature(DPadsAdapter).parameters.items()} == expected


def test_constructor_keeps_parameters():
    given = {name: object() for name in signature(DPadsAdapter).parameters}
    assert vars(Adapter(**given)) == given


def test_layout_is_for_the_adapter_to_say():
    with pytest.raises(TypeError, match="abstract.*_sequences"):
        DPadsAdapter()


def test_entries_describe_every_parameter_once():
    text = parameter_entries(n_jobs=N_JOBS)
    heads = [line.split(" : ")[0] for line in text.splitlines() if not line.startswith(" ")]
    assert heads == list(signature(DPadsAdapter).parameters)
    assert "n_jobs : int, default=1" in text
    assert "joblib" not in text


def test_parameters_for_checks_are_accepted():
    names = set(signature(DPadsAdapter).parameters)
    first, second = small_parameters()
    assert set(first) <= names
    assert set(second) <= names
    assert first != second
