"""The package lists its classifiers, and loads torch when one is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_package_imports_without_torch():
    code = (
        "import sys, sklearn_dpads.baselines as b; dir(b)\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
        "b.RNNClassifier\n"
        "assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names():
    import sklearn_dpads.baselines as baselines

    assert {"CNNClassifier", "CNNFrameClassifier", "RNNClassifier", "RNNFrameClassifier"} <= set(
        dir(baselines)
    )
    for name in dir(baselines):
        assert getattr(baselines, name).__name__ == name


def test_unknown_name():
    import sklearn_dpads.baselines as baselines

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = baselines.Nothing
