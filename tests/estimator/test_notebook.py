"""What a notebook shows of a classifier."""

from __future__ import annotations

import pytest
from sklearn import config_context
from sklearn.pipeline import make_pipeline

from ..classifier.contract import FORMS


@pytest.fixture(scope="module", params=FORMS, ids=str)
def fitted(request):
    return request.param.small().fit(*request.param.data())


def test_a_fitted_classifier_shows_its_program_below_the_diagram(fitted):
    tree = fitted.program_._repr_html_().split("</style>")[1].split(">", 1)[1]
    for page in (fitted._repr_html_(), fitted._repr_mimebundle_()["text/html"]):
        assert page.startswith("<style>")
        assert page.index("sk-top-container") < page.index(tree)


def test_without_a_diagram_there_is_no_program(fitted):
    with config_context(display="text"):
        assert "text/html" not in fitted._repr_mimebundle_()
        assert not hasattr(fitted, "_repr_html_")


def test_a_classifier_that_is_not_fitted_shows_the_diagram_alone(fitted):
    page = type(fitted)()._repr_html_()
    assert "sk-top-container" in page
    assert "dpads-program" not in page


def test_a_pipeline_shows_as_ever(fitted):
    assert "dpads-program" not in make_pipeline(fitted)._repr_html_()


def test_the_chosen_program_stands_out_in_the_table(fitted):
    table = fitted.programs_._repr_html_()
    assert table.count("<tr style=") == 1
    assert "currentColor" in table
