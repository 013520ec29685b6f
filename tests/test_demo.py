from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.utils import Bunch

from sklearn_dpads import demo
from sklearn_dpads.baselines import RNNClassifier

from .classifier.cases import make_means, small


@pytest.fixture(scope="module")
def parts():
    return [
        Bunch(data=X, target=y, feature_names=["u", "v"], feature_groups={"u": [0], "v": [1]})
        for X, y in (make_means(24, seed=0), make_means(16, seed=1))
    ]


def test_demo_prints_and_saves(parts, tmp_path, capsys):
    others = {
        "logistic regression": demo.frame_mean_regression(),
        "LSTM": RNNClassifier(hidden_size=4, max_iter=3, random_state=0),
    }
    out = tmp_path / "new" / "folder"
    results = demo.run(*parts, small(feature_names=["u", "v"]), others, out)
    assert [result.name for result in results] == ["program (dPads)", *others]
    assert results[0].accuracy > 0.8
    assert results[1].f1 > 0.8
    text = capsys.readouterr().out
    assert "24 sequences of 6 frames with 2 features; 12 a, 12 b" in text
    assert "SlideWindowAvg" in text
    assert f"{results[2].f1:.3f}" in text
    for name in ("program_tree.png", "search.png"):
        assert str(out / name) in text
        assert np.ptp(plt.imread(out / name)) > 0.5
    assert plt.get_fignums() == []


def test_table():
    results = [demo.Result("long name", 0.5, 0.75, 12.345), demo.Result("b", 1.0, 1.0, 0.01)]
    lines = demo.format_table(results).splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["long", "name", "0.500", "0.750", "12.3", "s"],
        ["b", "1.000", "1.000", "0.0", "s"],
    ]
    assert len(set(map(len, lines))) == 1


def test_main_reads_the_options(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(demo, "run", lambda *args: calls.append(args))
    demo.main(["--out", str(tmp_path), "--seed", "3"])
    ((train, test, classifier, others, out),) = calls
    assert train.data.shape == test.data.shape == (40, 100, 6)
    assert classifier.random_state == others["LSTM"].random_state == 3
    assert classifier.feature_groups == train.feature_groups
    assert out == tmp_path
