"""Parameters out of range are refused before training, by name."""

from __future__ import annotations

import pytest

from .net_cases import ALL_CLASSIFIERS, make_data, small

SHARED = [
    ({"max_iter": 0}, ValueError),
    ({"batch_size": "auto"}, TypeError),
    ({"learning_rate": 0.0}, ValueError),
    ({"weight_decay": -1.0}, ValueError),
    ({"validation_fraction": 1.0}, ValueError),
    ({"n_iter_no_change": 0}, ValueError),
    ({"tol": -1e-3}, ValueError),
    ({"device": "tpu"}, ValueError),
]
RECURRENT = [({"hidden_size": 0}, ValueError), ({"num_layers": 1.5}, TypeError)]
CONVOLUTIONAL = [
    ({"n_filters": 0}, ValueError),
    ({"kernel_size": 0}, ValueError),
    ({"kernel_size": 4}, ValueError),
    ({"kernel_size": 3.0}, TypeError),
    ({"num_layers": 0}, ValueError),
    ({"dropout": 1.0}, ValueError),
    ({"dropout": -0.1}, ValueError),
    ({"dropout": None}, TypeError),
]
OWN = {
    "RNNClassifier": RECURRENT,
    "RNNFrameClassifier": [*RECURRENT, ({"bidirectional": 2}, TypeError)],
    "CNNClassifier": CONVOLUTIONAL,
    "CNNFrameClassifier": CONVOLUTIONAL,
}
CASES = [
    (kind, parameters, error)
    for kind in ALL_CLASSIFIERS
    for parameters, error in SHARED + OWN[kind.__name__]
]


@pytest.mark.parametrize(("kind", "parameters", "error"), CASES)
def test_parameters_out_of_range(kind, parameters, error):
    clf = small(kind, **parameters)
    with pytest.raises(error, match=next(iter(parameters))):
        clf.fit(*make_data(kind, 12, 2))
    assert not hasattr(clf, "classes_")


@pytest.mark.parametrize("kind", ALL_CLASSIFIERS)
def test_unknown_class_in_class_weight(kind):
    with pytest.raises(ValueError, match="class"):
        small(kind, class_weight={0: 1.0, 7: 2.0, 1: 1.0}).fit(*make_data(kind, 12, 3))
