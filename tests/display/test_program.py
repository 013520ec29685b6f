from __future__ import annotations

import sys
from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch
from sklearn.exceptions import NotFittedError

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.display import ProgramDisplay
from sklearn_dpads.display.tree import program_nodes
from sklearn_dpads.program import ProgramIntervals

from ..classifier.cases import make_means, small

NAMES = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "a_name_of_some_length"]
GROUPS = {"accelerometer": [0, 1, 2], "gyroscope": [3, 4, 5]}
LARGE = """
if SlideWindowAvg[10](Affine[gyroscope](0.8*gyro_x - 1.2)) >= 0:
    Fold(Affine[accelerometer](0.5*acc_x + 0.9*previous), initial=-0.3)
else:
    SlideWindowAvg[all](
        Add(
            Multiply(
                Affine[accelerometer](0.123*acc_x - 12.4*acc_y + 3.33*acc_z - 1.23e-5),
                Affine[gyroscope](-a_name_of_some_length)
            ),
            (if Affine[gyroscope](gyro_x - 3) >= 0:
                Constant(3)
            else:
                Multiply(Affine[accelerometer](acc_y), Affine[accelerometer](acc_z + 0.32)))
        )
    )
"""
MULTICLASS = """
SlideWindowAvg[5](
    Multiply(
        Affine[accelerometer](A: 0.12*acc_x - acc_y, B: 3, C: acc_z, D: 12.345*acc_x + 0.2),
        Constant(A: 1, B: -2, C: 3.5, D: 0)
    )
)
"""


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def parse(text, classes=("rest", "walk")):
    return Program.parse(text, Grammar.paper(GROUPS), feature_names=NAMES, classes=classes)


@pytest.fixture(params=[LARGE, MULTICLASS], ids=["large", "multiclass"])
def program(request):
    return parse(request.param, ("A", "B", "C", "D") if request.param == MULTICLASS else (0, 1))


def boxes_and_texts(display):
    """Extents in pixels of the boxes, and of the texts, as they are rendered."""
    renderer = display.figure_.canvas.get_renderer()
    boxes = [p for p in display.ax_.patches if isinstance(p, FancyBboxPatch)]
    return (
        [box.get_window_extent(renderer) for box in boxes],
        {text.get_text(): text.get_window_extent(renderer) for text in display.ax_.texts},
    )


def inside(inner, outer, slack=0.5):
    return (
        inner.x0 >= outer.x0 - slack
        and inner.x1 <= outer.x1 + slack
        and inner.y0 >= outer.y0 - slack
        and inner.y1 <= outer.y1 + slack
    )


def test_a_box_per_production_and_none_overlaps(program):
    display = ProgramDisplay.from_program(program)
    boxes, _ = boxes_and_texts(display)
    assert len(boxes) == program.n_productions
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    for box in boxes:
        assert inside(box, display.figure_.bbox)


@pytest.mark.parametrize("dpi", [72, 100, 200])
def test_texts_stay_in_their_boxes(program, dpi):
    display = ProgramDisplay.from_program(program)
    display.figure_.set_dpi(dpi)
    boxes, texts = boxes_and_texts(display)
    loose = [text for text, extent in texts.items() if not any(inside(extent, b) for b in boxes)]
    caption = display.ax_.texts[0].get_text()
    assert set(loose) == {caption} | ({"if ≥ 0", "then", "else"} & set(texts))
    for text in loose:
        assert not any(texts[text].overlaps(box) for box in boxes)


def test_formulas_use_names_and_rounding():
    display = ProgramDisplay.from_program(parse(LARGE), precision=2)
    texts = [text.get_text() for text in display.ax_.texts]
    assert "0.5·acc_x + 0.9·previous" in texts
    assert "-a_name_of_some_length" in texts
    assert "0.12·acc_x - 12·acc_y + 3.3·acc_z - 1.2e-5" in texts
    assert "initial -0.3" in texts
    assert texts.count("Multiply") == 2
    assert [t for t in texts if t in ("if ≥ 0", "then", "else")] == ["if ≥ 0", "then", "else"] * 2
    assert texts[0] == "log-odds of walk against rest"


def test_a_leaf_of_several_classes_is_a_table():
    display = ProgramDisplay.from_program(parse(MULTICLASS, ("A", "B", "C", "D")))
    texts = [text.get_text() for text in display.ax_.texts]
    assert texts[0].startswith("one value per class, the largest decides\n")
    assert texts.count("A") == texts.count("D") == 2
    assert [t for t in texts if t in NAMES] == ["acc_x", "acc_y", "acc_z"]
    first, second = display.ax_.collections
    cells = first.get_array()
    assert cells.shape == (4, 4)
    assert (cells.mask == (np.ma.getdata(cells) == 0)).all()
    assert first.get_clim() == second.get_clim() == (-12.345, 12.345)
    assert texts.count("12") == 1


def varied(program, share):
    """The program with numbers that are more or less by a share of them."""

    def changed(node):
        whole = node.with_args(tuple(map(changed, node.args)))
        return whole.with_params({k: v * (1 + share) for k, v in node.params.items()})

    return program.with_expression(changed(program.expression))


def with_intervals(program, *shares):
    return ProgramIntervals(program, [varied(program, share) for share in shares], 0.5)


def test_texts_with_intervals_stay_in_their_boxes(program):
    display = ProgramDisplay.from_program(program, intervals=with_intervals(program, -0.4, 0.4))
    boxes, texts = boxes_and_texts(display)
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    caption = display.ax_.texts[0].get_text()
    assert caption.endswith(
        "± half the width of the 50% interval, or its ends; ?: the sign is not sure."
    )
    loose = [text for text, extent in texts.items() if not any(inside(extent, b) for b in boxes)]
    assert set(loose) == {caption} | ({"if ≥ 0", "then", "else"} & set(texts))
    assert any("±" in text for text in texts if text != caption)


def test_cells_of_numbers_that_may_be_0_are_white_and_marked():
    program = parse(MULTICLASS, ("A", "B", "C", "D"))
    surely = ProgramDisplay.from_program(program, intervals=with_intervals(program, -0.1, 0.1))
    assert "3.5\n±0.18" in [text.get_text() for text in surely.ax_.texts]
    assert not any("?" in text.get_text() for text in surely.ax_.texts[1:])
    perhaps = ProgramDisplay.from_program(program, intervals=with_intervals(program, -3, 1))
    assert "3.5?\n±3.5" in [text.get_text() for text in perhaps.ax_.texts]
    # A table is one grid for those that are sure, and one for the others.
    sure, doubtful, *_ = (cells.get_array() for cells in perhaps.ax_.collections)
    assert sure.mask.all()
    assert not doubtful.mask.all()
    assert not np.ma.getdata(doubtful).any()


def test_intervals_reach_the_program_of_an_estimator():
    clf = small().fit(*make_means())
    other = parse(LARGE)
    with pytest.raises(ValueError, match=r"intervals\.program"):
        ProgramDisplay.from_estimator(clf, intervals=with_intervals(other, 0.1))
    display = ProgramDisplay.from_estimator(clf, intervals=with_intervals(clf.program_, -0.1, 0.1))
    assert any("±" in text.get_text() for text in display.ax_.texts[1:])


def test_a_wide_table_has_colours_alone():
    grammar = Grammar.paper({"all": list(range(24))})
    rows = ", ".join(f"{c}: " + " + ".join(f"{i + 2}*x{i}" for i in range(24)) for c in "abc")
    program = Program.parse(f"SlideWindowAvg[5](Affine[all]({rows}))", grammar, classes=list("abc"))
    display = ProgramDisplay.from_program(program)
    assert display.ax_.collections[0].get_array().shape == (3, 24)
    assert "25" not in [text.get_text() for text in display.ax_.texts]
    assert display.figure_.get_figwidth() < 8


def test_long_formulas_keep_the_terms_that_weigh_most():
    n = 30
    names = [f"feature_{i}" for i in range(n)]
    grammar = Grammar.paper({"all": list(range(n))})
    terms = " + ".join(f"{i + 1}.5*{name}" for i, name in enumerate(names))
    program = Program.parse(
        f"SlideWindowAvg[5](Affine[all]({terms}))", grammar, feature_names=names
    )
    (leaf,) = program_nodes(program, 3).children
    assert leaf.line == "29.5·feature_28 + 30.5·feature_29  … 28 smaller terms"


def test_a_name_longer_than_a_line_is_cut():
    name = 90 * "n"
    grammar = Grammar.paper({"all": [0]})
    text = f"SlideWindowAvg[5](Affine[all]({name}))"
    (leaf,) = program_nodes(Program.parse(text, grammar, feature_names=[name]), 3).children
    assert leaf.line == 59 * "n" + "…"


def test_names_with_a_dollar_are_no_mathematics():
    names = ["$x_1$", "b"]
    program = Program.parse(
        'SlideWindowAvg[5](Affine["$x_1$"](2*"$x_1$"))',
        Grammar.paper(2, feature_names=names),
        feature_names=names,
    )
    display = ProgramDisplay.from_program(program)
    display.figure_.canvas.draw()
    assert "2·$x_1$" in [text.get_text() for text in display.ax_.texts]


def test_given_axes_are_used_and_filled():
    figure, (left, right) = plt.subplots(1, 2)
    display = ProgramDisplay(parse(LARGE)).plot(left)
    assert display.ax_ is left
    assert display.figure_ is figure
    assert not right.patches
    sizes = {text.get_fontsize() for text in left.texts}
    assert max(sizes) < 9.0
    boxes, texts = boxes_and_texts(display)
    assert any(inside(texts["Fold"], box, slack=2) for box in boxes)


def test_from_estimator():
    X, y = make_means(24)
    clf = small().fit(X, y)
    assert ProgramDisplay.from_estimator(clf).program is clf.program_
    assert ProgramDisplay.from_estimator(clf, 1).program is clf.programs_[1].program
    other = parse(LARGE)
    assert ProgramDisplay.from_estimator(clf, other, ax=plt.gca()).program is other
    with pytest.raises(NotFittedError):
        ProgramDisplay.from_estimator(DPadsClassifier())
    with pytest.raises(TypeError, match="must be a Program; got a str"):
        ProgramDisplay("Fold")


def test_figure_saves(tmp_path, program):
    path = tmp_path / "program.png"
    ProgramDisplay.from_program(program).figure_.savefig(path)
    image = plt.imread(path)
    assert len(np.unique(image.reshape(-1, image.shape[-1]), axis=0)) > 10


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(
        ImportError, match=r"ProgramDisplay needs matplotlib.*sklearn_dpads\[plot\]"
    ):
        ProgramDisplay(parse(LARGE)).plot()
