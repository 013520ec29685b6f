from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import tomllib
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_dpads import Grammar, Program
from sklearn_dpads.export.assets import page_style, program_style
from sklearn_dpads.export.html_tables import table_of_classes
from sklearn_dpads.program import ProgramIntervals
from sklearn_dpads.program.class_tables import ClassTable

from ..program.trace_cases import (
    NAMES,
    PER_FRAME,
    gated,
    parse,
    some_sequences,
    three,
)

VOID = {"meta", "link", "input", "br", "img"}
HOSTILE = [
    "<script>document.title='taken'</script>",
    "</script><img src=x onerror=\"document.title='taken'\">",
    "a\" onfocus=\"document.title='taken'\" b='&amp;\u2028",
]


class Page(HTMLParser):
    """The elements of a page; complains where tags do not nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts = [], [], {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data):
        tag = self.open[-1] if self.open else ""
        self.texts[tag] = [*self.texts.get(tag, []), data]

    def count(self, tag, **attributes):
        wanted = attributes.items()
        return sum(name == tag and wanted <= given.items() for name, given in self.elements)

    def data(self):
        """The embedded data: the first of the two script elements."""
        return json.loads(self.texts["script"][0])


def written(program, tmp_path, *args, **options):
    path = program.to_html(tmp_path / "page.html", *args, **options)
    return path.read_text(encoding="utf-8")


def hostile_program():
    grammar = Grammar.paper({HOSTILE[1]: [0, 1, 2]}, feature_names=HOSTILE)
    terms = " + ".join(json.dumps(name) for name in HOSTILE)
    text = f"Fold(Affine[{json.dumps(HOSTILE[1])}]({terms}))"
    return Program.parse(text, grammar, feature_names=HOSTILE, classes=HOSTILE[:2])


def check_closed(text):
    """No element of a page reaches out of it."""
    page = Page(text)
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert name not in ("srcset", "action", "data", "poster", "background")
            assert not name.startswith("on")
            if name in ("src", "href"):
                assert (tag, value) == ("link", "data:,")
        assert tag not in ("iframe", "object", "embed", "base", "form", "img")
    for style in page.texts.get("style", []):
        assert "url(" not in style
        assert "@import" not in style
    assert "://" not in text
    return page


@pytest.mark.parametrize("make", [gated, three])
def test_the_page_is_well_formed_and_refers_to_nothing(make, tmp_path):
    program, X = make(), some_sequences()
    y = [program.classes[0]] * len(X)
    page = check_closed(written(program, tmp_path, X, y))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    numbers = [int(a["data-node"]) for _, a in page.elements if "data-node" in a]
    assert numbers == list(range(program.n_productions))
    labelled = {a["for"] for tag, a in page.elements if tag == "label"}
    assert labelled == {"class", "sample", "frame"} <= set(ids)
    for _, attributes in page.elements:
        assert set(attributes.get("aria-labelledby", "").split()) <= set(ids)


def test_a_page_without_sequences_is_a_tree_without_script(tmp_path):
    page = check_closed(written(gated(), tmp_path))
    assert page.count("script") == 0
    assert page.count("input") == 0
    assert page.count("details") == 6
    assert page.count("div", **{"class": "row leaf"}) == 4


def test_the_policy_allows_this_style_and_this_script_alone(tmp_path):
    page = Page(written(gated(), tmp_path, some_sequences()))
    (policy,) = (
        a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for rule, text in [
        ("style-src", "".join(page.texts["style"])),
        ("script-src", page.texts["script"][-1]),
    ]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


def test_names_stay_text(tmp_path):
    program = hostile_program()
    text = written(program, tmp_path, some_sequences(2), HOSTILE[:2])
    page = check_closed(text)
    assert page.count("script") == 2
    assert page.data()["features"] == HOSTILE
    assert page.data()["decisions"] == HOSTILE[:2]
    assert "taken'</script>" not in text
    fragment = check_closed(program._repr_html_())
    assert fragment.count("script") == 0
    assert HOSTILE[0].split("'")[0] in "".join(fragment.texts["p"])


def test_the_data_is_that_of_the_trace(tmp_path):
    program, X = three(), some_sequences(3)
    y = ["rest", "run", "walk"]
    data = Page(written(program, tmp_path, X, y)).data()
    trace = program.trace(X, reference="mean")
    assert data["features"] == NAMES
    assert [node["text"] for node in data["nodes"]] == [node.text for node in trace.nodes]
    assert data["nodes"][2]["seen"] == "on the mean of all frames so far"
    assert data["branches"] == [{"condition": 2, "then": 3, "else": 4}]
    decided = [
        program.classes[row[len(x) - 1]] for row, x in zip(trace.decision_history, X, strict=True)
    ]
    for i, sample in enumerate(data["samples"]):
        n = sample["length"]
        assert n == len(X[i])
        assert_allclose(np.transpose(sample["features"]), X[i], rtol=1e-4)
        for values, node in zip(sample["nodes"], trace.nodes, strict=True):
            assert_allclose(np.transpose(values), node.values[i, :n], rtol=1e-4)
        reached = [[bit == "1" for bit in bits] for bits in sample["reached"]]
        assert reached == [node.mask[i, :n].tolist() for node in trace.nodes]
        assert sample["decisions"] == trace.decision_history[i, :n].tolist()
        assert sample["settled"] == trace.settled[i]
        total = np.sum(sample["contributions"], axis=0) + sample["baseline"] + sample["remainder"]
        assert_allclose(total, sample["nodes"][0], rtol=1e-3, atol=1e-3)
        assert sample["truth"] == [y[i]]
        assert sample["wrong"] == ("0" if decided[i] == y[i] else "1")


def test_labels_per_frame(tmp_path):
    program, X = parse(PER_FRAME), some_sequences(3)
    y = np.full((3, 9), "walk")
    samples = Page(written(program, tmp_path, X, y)).data()["samples"]
    for sample in samples:
        assert sample["truth"] == ["walk"] * sample["length"]
        assert sample["wrong"] == "".join("01"[code == 0] for code in sample["decisions"])


def test_masked_frames_have_no_true_class(tmp_path):
    program, X = parse(PER_FRAME), some_sequences(3)
    mask = np.zeros((3, 9), dtype=bool)
    mask[0, :2], mask[1] = True, True
    y = np.ma.masked_array(np.full((3, 9), "walk"), mask)
    first, second, third = Page(written(program, tmp_path, X, y)).data()["samples"]
    assert first["truth"] == [None, None] + ["walk"] * (first["length"] - 2)
    assert first["wrong"][:2] == "  "
    assert set(first["wrong"][2:]) <= {"0", "1"}
    assert (second["truth"], second["wrong"]) == (None, None)
    assert None not in third["truth"]


def test_masked_sequences_have_no_true_class(tmp_path):
    program, X = parse("Fold(Affine[motion](speed))"), some_sequences(3)
    y = np.ma.masked_array(["garbage", "walk", "rest"], [True, False, False])
    text = written(program, tmp_path, X, y)
    samples = Page(text).data()["samples"]
    assert [sample["truth"] for sample in samples] == [None, ["walk"], ["rest"]]
    assert samples[0]["wrong"] is None
    assert "true class" in text


def test_labels_of_a_program_without_classes_are_shown_and_not_judged(tmp_path):
    program = parse("Fold(Affine[motion](speed))", classes=None)
    samples = Page(written(program, tmp_path, some_sequences(2), [3, 4])).data()["samples"]
    assert [sample["truth"] for sample in samples] == [["3"], ["4"]]
    assert [sample["wrong"] for sample in samples] == [None, None]


def test_values_that_are_not_finite_are_left_out(tmp_path):
    program = Program.parse("Fold(Affine[x0](x0 + 1e99*previous))", Grammar.paper(1))
    (sample,) = Page(written(program, tmp_path, np.full((1, 6, 1), 1e9))).data()["samples"]
    values = sample["nodes"][0][0]
    assert values[0] == 1e9
    assert values[-1] is None


def test_no_more_sequences_than_asked_for(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 4, 3))
    assert len(Page(written(gated(), tmp_path, X)).data()["samples"]) == 50
    text = written(gated(), tmp_path, X, max_samples=7)
    data = Page(text).data()
    assert (len(data["samples"]), data["nGiven"]) == (7, 60)
    assert ">7 of 60 sequences." in text


def test_the_file_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_text("old", encoding="utf-8")
    assert gated().to_html(str(target)) == target
    new = target.read_text(encoding="utf-8")
    assert new.startswith("<!DOCTYPE html>")

    def fail(*names):
        raise OSError("no room")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no room"):
        three().to_html(target)
    assert target.read_text(encoding="utf-8") == new
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"y": [0, 1]}, ValueError, "give them as X"),
        ({"X": some_sequences(), "y": [0, 1]}, ValueError, r"shape \(n_samples,\).* 4 sequences"),
        ({"X": some_sequences(), "y": "rest"}, ValueError, r"shape \(n_samples,\)"),
        ({"X": some_sequences(), "y": np.zeros((4, 9))}, ValueError, "one output a sequence"),
        ({"X": some_sequences(), "max_samples": 0}, ValueError, "max_samples"),
        ({"X": some_sequences(), "max_samples": True}, ValueError, "max_samples"),
        ({"X": np.zeros((2, 3))}, ValueError, "to_html"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(options, error, match, tmp_path):
    with pytest.raises(error, match=match):
        gated().to_html(tmp_path / "page.html", **options)
    assert list(tmp_path.iterdir()) == []


def test_labels_of_too_few_frames_and_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="one output a frame"):
        parse(PER_FRAME).to_html(tmp_path / "page.html", some_sequences(1), [["walk"]])
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        gated().to_html(tmp_path / "none" / "page.html")


def test_a_notebook_shows_the_tree_with_a_style_of_its_own():
    first, second = gated()._repr_html_(), three()._repr_html_()
    page = check_closed(first)
    (name,) = (a["id"] for _, a in page.elements if "id" in a)
    assert name not in second
    assert "#ROOT" not in first
    style = "".join(page.texts["style"])
    selectors = [s for rule in re.findall(r"([^{}]+)\{", style) for s in rule.split(",")]
    assert selectors
    assert {s.split()[0] for s in selectors} <= {f"#{name}", "@media"}
    labels = page.texts["b"]
    assert labels == ["ITE", "SlideWindowAvg[2]", "Fold", "SlideWindowAvg[all]", "Multiply"]
    assert "Affine[motion](0.5*speed - turn + 0.9*previous)" in page.texts["code"]
    assert "frame by frame; previous starts at -0.3" in page.texts["span"]
    assert page.texts["pre"] == [str(gated())]


def test_a_leaf_of_several_classes_is_a_table_without_inline_style(tmp_path):
    """The policy of a page allows no style in an element."""
    page = check_closed(written(three(), tmp_path))
    n_leaves = sum(not e.args and e.width > 1 for _, e in three().expression.walk())
    assert page.count("table", **{"class": "classes"}) == n_leaves > 0
    assert not any("style" in attributes for _, attributes in page.elements)
    heads = [h for h in page.texts["th"] if h in three().classes]
    assert heads == list(three().classes) * n_leaves
    shades = {a["class"] for tag, a in page.elements if tag == "td" and "class" in a}
    assert {"up8", "down8"} & shades
    style = "".join(page.texts["style"])
    assert all(f"td.{shade} " in style for shade in shades)


def test_cells_have_colours_and_zeros_are_blank():
    table = ClassTable(("a", "b"), ("<x>", "y"), np.array([[2.0, 0.0], [-0.01, -1.0]]))
    html = table_of_classes(table, 2.0)
    assert '<td class="up8" title="2">2</td><td></td>' in html
    assert '<td class="down1" title="-0.01">-0.01</td>' in html
    assert '<td class="down4" title="-1">-1</td>' in html
    assert "&lt;x&gt;" in html


def test_cells_have_intervals_and_no_colour_where_0_is_inside():
    ends = (np.array([[1.9, 0.0], [-0.03, -1.5]]), np.array([[2.2, 0.0], [0.02, -0.9]]))
    table = ClassTable(("a", "b"), ("x", "y"), np.array([[2.0, 0.0], [-0.01, -1.0]]), ends)
    html = table_of_classes(table, 2.0)
    assert '<td class="up8" title="2, 1.9 to 2.2">2<small>±0.15</small></td><td></td>' in html
    doubtful = '<td class="doubt" title="-0.01, -0.03 to 0.02">-0.01?<small>±0.025</small></td>'
    assert doubtful in html
    assert '<td class="down4" title="-1, -1.5 to -0.9">-1<small>±0.3</small></td>' in html


def test_a_page_shows_intervals_where_they_are_given(tmp_path):
    program = three()
    alone = program.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "±" not in alone
    intervals = ProgramIntervals(program, [program], confidence=0.8)
    same = program.to_html(tmp_path / "page.html", intervals=intervals).read_text(encoding="utf-8")
    assert "± half the width of the 80% interval, or its ends; ?: the sign is not sure." in same
    other = three_times(1.5)
    intervals = ProgramIntervals(program, [three_times(0.5), other], confidence=0.8)
    page = check_closed(
        program.to_html(tmp_path / "page.html", intervals=intervals).read_text(encoding="utf-8")
    )
    assert any("±" in text for text in page.texts["small"])
    assert "±" in "".join(page.texts["pre"])
    with pytest.raises(ValueError, match=r"intervals\.program"):
        other.to_html(tmp_path / "page.html", intervals=intervals)


def three_times(factor):
    """The program of three classes, with larger numbers or smaller ones."""

    def changed(node):
        whole = node.with_args(tuple(map(changed, node.args)))
        return whole.with_params({name: factor * value for name, value in node.params.items()})

    return three().with_expression(changed(three().expression))


@pytest.mark.parametrize(("n_columns", "size"), [(6, ""), (7, " middle"), (11, " wide")])
def test_tables_with_intervals_are_narrow_earlier(n_columns, size):
    columns, ones = tuple(f"x{i}" for i in range(n_columns)), np.ones((1, n_columns))
    table = ClassTable(("a",), columns, ones, (0.5 * ones, 1.5 * ones))
    assert f'<table class="classes{size}">' in table_of_classes(table, 1.0)


@pytest.mark.parametrize(("n_columns", "size"), [(7, ""), (8, " middle"), (15, " wide")])
def test_tables_of_many_columns_are_narrow(n_columns, size):
    columns = tuple(f"x{i}" for i in range(n_columns))
    table = ClassTable(("a",), columns, np.ones((1, n_columns)))
    assert f'<table class="classes{size}">' in table_of_classes(table, 1.0)


def test_long_formulas_are_folded():
    names = [f"sensor_{i}" for i in range(30)]
    grammar = Grammar.paper({"all": names}, feature_names=names)
    text = f"Fold(Affine[all]({' + '.join(names)}))"
    program = Program.parse(text, grammar, feature_names=names)
    page = check_closed(program._repr_html_())
    assert page.texts["b"] == ["Fold", "Affine[all]"]
    assert "weights of 30 features for 1 output" in page.texts["span"]
    assert "code" not in page.texts


def test_names_that_utf_8_cannot_say(tmp_path):
    program = Program.parse(
        "SlideWindowAvg[all](Affine[x](x))",
        Grammar.paper({"x": [0]}),
        feature_names=["x"],
        classes=["\ud800", "b"],
    )
    page = program.to_html(tmp_path / "page.html", np.ones((2, 3, 1)), ["b", "b"])
    assert "\\ud800" in page.read_text(encoding="utf-8")


def test_a_page_stays_below_a_megabyte_and_has_sequences_of_all_classes(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 300, 3))
    y = np.repeat(["rest", "run", "walk"], 20)
    text = written(three(), tmp_path, X, y)
    assert len(text.encode()) < 1_000_000
    samples = Page(text).data()["samples"]
    assert 3 < len(samples) < 50
    counts = np.unique([sample["truth"][0] for sample in samples], return_counts=True)[1]
    assert len(counts) == 3
    assert counts.max() - counts.min() <= 1
    numbers = [sample["number"] for sample in samples]
    assert numbers == sorted(set(numbers))
    assert_allclose(samples[-1]["features"][0][0], X[numbers[-1], 0, 0], rtol=1e-4)


def test_a_long_recording_leaves_the_page_to_the_short_ones(tmp_path):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(length, 3)) for length in [9_000, *[30] * 6, 8_000, 1]]
    text = written(gated(), tmp_path, X, np.repeat(["rest", "walk", "rest"], 3))
    assert len(text.encode()) < 1_000_000
    samples = Page(text).data()["samples"]
    assert [sample["number"] for sample in samples] == [1, 2, 3, 4, 5, 6, 8]
    assert ">7 of 9 sequences. There is no room for those of 8000 frames and more.<" in text


@pytest.mark.parametrize("per_frame", [False, True])
def test_where_all_recordings_are_too_long_the_shortest_is_cut(per_frame, tmp_path):
    program = parse(PER_FRAME) if per_frame else gated()
    lengths = (20_000, 18_000) if per_frame else (9_000, 8_000)
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(length, 3)) for length in lengths]
    labels = [np.full(len(x), "walk") for x in X] if per_frame else ["rest", "walk"]
    page = written(program, tmp_path, X, labels)
    assert 800_000 < len(page.encode()) < 1_000_000
    (sample,) = Page(page).data()["samples"]
    assert sample["number"] == 1
    told = f"the first {sample['length']} of its {lengths[1]} frames as if it ended there"
    assert f"1 of 2 sequences, {told}" in page
    trace = program.trace([X[1][: sample["length"]]])
    assert_allclose(sample["nodes"][0][0], trace.nodes[0].values[0, :, 0], rtol=1e-4)


@pytest.mark.parametrize("y", [["rest", "zz", "walk", "rest"], [0, 1, 1, 0]])
def test_labels_that_are_no_class_are_refused(y, tmp_path):
    with pytest.raises(ValueError, match=r"y holds ('zz'|0), but the classes are \['rest', 'walk'"):
        gated().to_html(tmp_path / "page.html", some_sequences(), y)
    frames = [[y[1]] * len(x) for x in some_sequences()]
    with pytest.raises(ValueError, match="No frame has a label among the classes"):
        parse(PER_FRAME).to_html(tmp_path / "page.html", some_sequences(), frames)
    assert list(tmp_path.iterdir()) == []


def test_styles_and_script_are_files_that_are_installed():
    project = Path(__file__).parents[2] / "pyproject.toml"
    data = tomllib.loads(project.read_text())["tool"]["setuptools"]["package-data"]
    assert data["sklearn_dpads.export"] == ["page/*"]
    assert "#ROOT" in files("sklearn_dpads.export").joinpath("page", "tree.css").read_text()
    assert "/*" not in program_style("#x") + page_style()
