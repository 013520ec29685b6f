"""Files of skops: loaded with a short list of types, and nothing else."""

from __future__ import annotations

from importlib import import_module

import pytest
from numpy.testing import assert_array_equal

from sklearn_dpads import DPadsFrameClassifier
from sklearn_dpads.compat.skops import trusted_types

from ..classifier.cases import make_means, small


def test_the_names_are_types_of_the_package():
    for name in trusted_types():
        module, _, attribute = name.rpartition(".")
        assert isinstance(getattr(import_module(module), attribute), type)
    assert not any("User" in name for name in trusted_types())


def test_round_trip():
    sio = pytest.importorskip("skops.io", reason="skops is not installed")
    X, y = make_means(24)
    clf = small(max_refinements=1).fit(X, y)
    frames = (X[:, :, 0] > X.mean()).astype(int)
    of_frames = DPadsFrameClassifier(max_depth=2, max_iter=1, max_refinements=0, random_state=0)
    for fitted in (clf, of_frames.fit(X, frames)):
        data = sio.dumps(fitted)
        assert set(sio.get_untrusted_types(data=data)) <= set(trusted_types())
        again = sio.loads(data, trusted=trusted_types())
        assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
        assert str(again.program_) == str(fitted.program_)
        assert len(again.programs_) == len(fitted.programs_)
