"""Files of skops: loaded with a short list of types, and nothing else."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline

from sklearn_dpads import (
    DPadsFrameClassifier,
    Grammar,
    Program,
    ProgramClassifier,
    baselines,
)
from sklearn_dpads.compat.skops import trusted_types
from sklearn_dpads.preprocessing import ClipOutliers, FrameTransformer
from sklearn_dpads.search import SumsOfReaders

from ..classifier.cases import make_means, small


def test_the_names_are_types_of_the_package():
    for name in trusted_types():
        module, _, attribute = name.rpartition(".")
        assert isinstance(getattr(import_module(module), attribute), type)
    assert not any("User" in name for name in trusted_types())


def labelled(kind):
    """Sequences with a label each, or one per frame."""
    X, y = make_means(24)
    return X, (X[:, :, 0] > X.mean()).astype(int) if "Frame" in kind.__name__ else y


@pytest.mark.parametrize("name", [n for n in baselines.__all__ if not n.startswith(("CNN", "RNN"))])
def test_every_classifier_with_programs_comes_back_in_a_pipeline(name):
    sio = pytest.importorskip("skops.io", reason="skops is not installed")
    kind = getattr(baselines, name)
    X, y = labelled(kind)
    known = kind().get_params()
    brief = {"max_depth": 2, "max_iter": 1, "n_programs": 4, "max_programs": 400, "n_fit_steps": 5}
    clf = kind(**{name: value for name, value in brief.items() if name in known})
    fitted = make_pipeline(FrameTransformer(ClipOutliers()), clf).fit(X, y)
    again = sio.loads(sio.dumps(fitted), trusted=trusted_types())
    assert_array_equal(again.predict(X), fitted.predict(X))


PRODUCTIONS = (
    "Add(SlideWindowAvg[all](Affine[all](x0)), SlideWindowStd[all](Affine[all](x1)))",
    "ITE(SlideWindowAvg[all](Affine[all](x0)), SlideWindowAvg[all](Affine[all](x1)),"
    " SlideWindowStd[all](Affine[all](x1)))",
    "SlideWindowAvg[1/3](Multiply(Affine[all](x0), Affine[all](x1 + 1)))",
    "Fold(Multiply(Affine[all](x0), Affine[all](0.1*previous + x1)), initial=0)",
)


@pytest.mark.parametrize("text", PRODUCTIONS)
def test_every_production_works_when_it_has_come_back(text):
    sio = pytest.importorskip("skops.io", reason="skops is not installed")
    program = Program.parse(text, Grammar.default(2), n_features=2)
    again = sio.loads(sio.dumps(program), trusted=trusted_types())
    X = np.random.default_rng(0).normal(size=(4, 9, 2))
    assert_array_equal(again(X), program(X))
    assert again.to_python() == program.to_python()
    assert again.to_latex() == program.to_latex()
    assert str(again.trace(X)) == str(program.trace(X))
    assert str(again.describe(X)) == str(program.describe(X))
    assert hash(again.expression.signature) == hash(program.expression.signature)


def test_a_program_for_each_class_predicts_when_it_has_come_back():
    sio = pytest.importorskip("skops.io", reason="skops is not installed")
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 12)
    X = rng.normal(size=(36, 6, 2)) + 2.0 * np.stack([y == 1, y == 2], 1)[:, None]
    clf = ProgramClassifier(search=SumsOfReaders(), decomposition="ovr", random_state=0).fit(X, y)
    again = sio.loads(sio.dumps(clf), trusted=trusted_types())
    assert_array_equal(again.decision_function(X), clf.decision_function(X))
    assert again.program_.to_python() == clf.program_.to_python()


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
