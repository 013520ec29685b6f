"""Pages in windows of several sizes, and under the hands of a person."""

from __future__ import annotations

import numpy as np
import pytest

from sklearn_dpads import Grammar, Program
from sklearn_dpads.program import ProgramIntervals

from ..program.trace_cases import gated, some_sequences, three
from .browser import NEEDS_BROWSER, Browser

pytestmark = NEEDS_BROWSER
CLASSES = ["all clear", "fold wings", "land left", "land right", "spread wings", "stop"]

# What stands out of the window, or out of a box that scrolls.
OUTSIDE = """
[...document.body.querySelectorAll('*')].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map((element) => element.outerHTML.slice(0, 80)).concat(
[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth + 1)
  .map((box) => `scrolls: ${box.outerHTML.slice(0, 80)}`))
"""


def wide():
    """A program of 24 features and six classes."""
    names = [f"{joint} {axis}" for joint in ("left hand", "right hand") for axis in "abcdefghijkl"]
    rows = [
        f'"{label}": ' + " + ".join(f'{(i * k) % 7 - 2.9}*"{name}"' for i, name in enumerate(names))
        for k, label in enumerate(CLASSES, 1)
    ]
    text = f"SlideWindowAvg[all](Affine[all]({', '.join(rows)}))".replace("+ -", "- ")
    grammar = Grammar.paper({"all": names}, feature_names=names)
    return Program.parse(text, grammar, feature_names=names, classes=CLASSES)


def two(path):
    return gated().to_html(path, some_sequences(), ["rest", "walk", "rest", "walk"])


def many(path):
    X = np.random.default_rng(0).normal(size=(12, 30, 24))
    return wide().to_html(path, X, CLASSES * 2)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = Browser(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture
def page(browser, tmp_path):
    """A page of three classes, where some sequences are decided wrong."""
    X = np.random.default_rng(0).normal(1.0, 1.5, size=(9, 6, 3))
    path = three().to_html(tmp_path / "page.html", X, ["rest", "walk", "run"] * 3)
    browser.open(path)
    return browser


def focused(browser):
    return browser.run(
        "(({tagName, id, dataset}) => id || dataset.node || tagName)(document.activeElement)"
    )


def between(n_features):
    """Make a page of three classes and so many features, with intervals."""

    def make(path):
        rows = [
            f"{label}: " + " + ".join(f"{i + k + 1}.25*x{i}" for i in range(n_features))
            for k, label in enumerate(["resting", "walking", "b"])
        ]
        text = f"SlideWindowAvg[all](Affine[all]({', '.join(rows)}))"
        grammar = Grammar.paper({"all": list(range(n_features))})
        of, *refits = [
            Program.parse(text.replace(".25", end), grammar, classes=["resting", "walking", "b"])
            for end in (".25", ".1234", ".375")
        ]
        X = np.random.default_rng(0).normal(size=(6, 9, n_features))
        y = ["resting", "walking", "b"] * 2
        return of.to_html(path, X, y, intervals=ProgramIntervals(of, refits))

    return make


@pytest.mark.parametrize("make", [two, many, between(6), between(10), between(20)])
@pytest.mark.parametrize("width", [1280, 500, 390])
def test_nothing_is_cut(make, width, browser, tmp_path):
    browser.open(make(tmp_path / "page.html"), width)
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run(OUTSIDE) == []
    assert browser.run("document.querySelectorAll('#charts svg').length") >= 4
    assert browser.errors() == []


# Of a table: size of its numbers, how far it scrolls, and where a class stands before and after.
NUMBERS = """
(async () => {
  const box = [...document.querySelectorAll('.scroll')].find((box) => box.querySelector('%s'));
  const size = () => parseFloat(getComputedStyle(box.querySelector('tbody td[class], .tinted'))
    .fontSize);
  const toggle = box.previousElementSibling, head = box.querySelector('th[scope=row]');
  const shown = getComputedStyle(toggle).display !== 'none';
  const before = size();
  toggle.querySelector('summary').click();
  const after = size(), room = box.scrollWidth - box.clientWidth;
  const left = head.getBoundingClientRect().left;
  box.scrollLeft = room;
  const moved = head.getBoundingClientRect();
  const onTop = document.elementFromPoint(moved.left + 4, moved.top + moved.height / 2);
  const page = document.documentElement.scrollWidth <= innerWidth;
  return {shown, before, after, room, stays: Math.abs(moved.left - left) < 3,
    covered: onTop !== head && !head.contains(onTop), page};
})()
"""


def of_eight_columns(path):
    """A page of three classes and eight features."""
    rows = [
        f"{label}: " + " + ".join(f"{i + k + 1}.25*x{i}" for i in range(8))
        for k, label in enumerate("abc")
    ]
    text = f"SlideWindowAvg[all](Affine[all]({', '.join(rows)}))"
    program = Program.parse(text, Grammar.paper({"all": list(range(8))}), classes=list("abc"))
    return program.to_html(path, np.random.default_rng(0).normal(size=(6, 9, 8)), list("abcabc"))


@pytest.mark.parametrize(
    ("make", "width", "table"),
    [
        (many, 390, "table.classes.wide"),
        (many, 390, "#contributions"),
        (many, 1280, "table.classes.wide"),
        (of_eight_columns, 390, "table.classes.middle"),
    ],
)
def test_numbers_that_have_no_room_are_one_touch_away(make, width, table, browser, tmp_path):
    browser.open(make(tmp_path / "page.html"), width)
    browser.run(f"document.querySelector('{table}').scrollIntoView({{block: 'center'}})")
    found = browser.run(NUMBERS % table)
    assert found["shown"]
    assert found["before"] == 0
    assert found["after"] >= 11
    assert found["stays"]
    assert not found["covered"]
    # The table scrolls, and not the page.
    assert found["page"]
    assert found["room"] > 0 or table != "table.classes.wide" or width > 390


@pytest.mark.parametrize(("make", "width"), [(two, 390), (of_eight_columns, 1280)])
def test_where_numbers_have_room_nothing_asks_for_them(make, width, browser, tmp_path):
    browser.open(make(tmp_path / "page.html"), width)
    boxes = "[...document.querySelectorAll('details.numbers')]"
    shown = f"{boxes}.map((box) => getComputedStyle(box).display)"
    assert set(browser.run(shown)) <= {"none"}


def test_labels_of_many_classes_stay_inside_their_chart(browser, tmp_path):
    classes = [f"c{k:02}" for k in range(15)]
    rows = ", ".join(f"{name}: {k}*x0 + x1" for k, name in enumerate(classes))
    text = f"SlideWindowAvg[all](Affine[all]({rows}))"
    program = Program.parse(text, Grammar.paper({"all": [0, 1]}), classes=classes)
    X = np.random.default_rng(0).normal(1.0, size=(3, 6, 2))
    browser.open(program.to_html(tmp_path / "page.html", X), 390)
    outside = """
    [...document.querySelectorAll('#chosen svg text, #charts svg text')].filter((text) => {
      const [inner, outer] = [text, text.ownerSVGElement].map((e) => e.getBoundingClientRect());
      return inner.top < outer.top - 3 || inner.bottom > outer.bottom + 3;
    }).map((text) => text.textContent)
    """
    assert browser.run(outside) == []
    labels = browser.run(
        "[...document.querySelectorAll('#chosen .fill')].map((t) => t.textContent)"
    )
    assert 4 < len(labels) < 15
    assert labels[0] in ("c14", "c00")


def test_text_of_charts_is_as_large_on_a_phone(browser, tmp_path):
    path = two(tmp_path / "page.html")
    heights = []
    for width in (1280, 390):
        browser.open(path, width)
        text = "document.querySelector('#charts svg text.title')"
        heights.append(browser.run(f"{text}.getBoundingClientRect().height"))
    assert heights[1] > 0.75 * heights[0]


def test_a_phone_that_is_turned_keeps_the_frame(browser, tmp_path):
    browser.open(two(tmp_path / "page.html"), 390)
    browser.run("document.getElementById('charts').focus()")
    browser.press("ArrowDown", "ArrowLeft")
    told = "[...document.querySelectorAll('.controls output')].map((o) => o.textContent).join()"
    before = browser.run(told)
    size = {"width": 800, "height": 390, "deviceScaleFactor": 1, "mobile": True}
    browser.send("Emulation.setDeviceMetricsOverride", **size)
    view = "document.querySelector('#charts svg').getAttribute('viewBox').split(' ')[2]"
    browser.run(
        "new Promise((done) => { let left = 50; const look = () => "
        f"({view} === '720' || !(left -= 1) ? done() : setTimeout(look, 20)); look(); }})"
    )
    assert browser.run(view) == "720"
    assert browser.run(told) == before


def test_tab_goes_through_all_that_can_be_operated(page):
    page.run("document.activeElement.blur()")
    reached = []
    for _ in range(12):
        page.press("Tab")
        reached.append(focused(page))
    assert reached[:4] == ["class", "judged", "sample", "frame"]
    assert reached[4:9] == ["0", "1", "2", "3", "4"]
    assert "charts" in reached


def test_arrows_move_the_frame_slider(page):
    page.run("document.getElementById('frame').focus()")
    page.press("ArrowLeft", "ArrowLeft", "ArrowRight")
    assert page.run("document.getElementById('frame-text').textContent") == "4 / 5"


def test_arrows_go_through_the_tree_and_fold_it(page):
    page.run("document.querySelector('[data-node=\"0\"]').focus()")
    page.press("ArrowDown", "ArrowDown")
    assert focused(page) == "2"
    page.press("ArrowDown", "ArrowUp", "ArrowLeft")
    assert focused(page) == "1"
    page.press("ArrowLeft")
    assert not page.run("document.activeElement.parentElement.open")
    page.press("ArrowDown")
    assert focused(page) == "1"
    page.press("ArrowRight", "ArrowRight")
    assert focused(page) == "2"
    assert page.run("document.querySelector('#chosen title').textContent").startswith("Affine")


def choose(page, name, text):
    """Choose the entry of a list that begins with a text."""
    page.run(
        f"(() => {{ const list = document.getElementById('{name}');"
        f"list.value = [...list.options].find((o) => o.text.startsWith('{text}')).value;"
        "list.dispatchEvent(new Event('input')); })()"
    )


def verdicts(page):
    """The verdicts on all sequences that are chosen."""
    page.run("document.getElementById('charts').focus()")
    found = []
    for _ in range(page.run("Number(document.getElementById('sample').max) + 1")):
        found.append(page.run("document.getElementById('verdict').textContent"))
        page.press("ArrowDown")
    return found


def test_sequences_are_chosen_by_class_and_by_error(page):
    everything = verdicts(page)
    n_wrong = sum("wrong" in text for text in everything)
    assert 0 < n_wrong < len(everything) == 9
    choose(page, "judged", "wrong")
    wrong = verdicts(page)
    assert len(wrong) == n_wrong
    assert all("wrong" in text for text in wrong)
    choose(page, "judged", "right and wrong")
    choose(page, "class", "walk (3)")
    walks = verdicts(page)
    assert len(walks) == 3
    assert all("true: walk" in text for text in walks)
    assert page.run("document.getElementById('choice-text').textContent") == "3 of 9"


def test_a_choice_that_nothing_fits_says_so(browser, tmp_path):
    program, X = three(), some_sequences(3)
    y = [
        program.classes[codes[len(x) - 1]] for codes, x in zip(decided(program, X), X, strict=True)
    ]
    browser.open(program.to_html(tmp_path / "page.html", X, y))
    choose(browser, "judged", "wrong")
    assert browser.run("document.getElementById('choice-text').textContent") == "none of 3"
    assert browser.run("document.getElementById('sample').disabled")
    choose(browser, "judged", "right")
    assert browser.run("document.getElementById('choice-text').textContent") == "3 of 3"


def decided(program, X):
    return program.trace(X).decision_history


def test_without_labels_sequences_are_chosen_by_what_is_decided(browser, tmp_path):
    browser.open(three().to_html(tmp_path / "page.html", some_sequences(8)))
    assert browser.run("document.querySelector('[for=class]').textContent") == "decided for"
    assert browser.run("document.getElementById('judged')") is None
    name = browser.run("document.getElementById('class').options[1].text").split(" (")[0]
    choose(browser, "class", name)
    assert all(text.startswith(f"decides for {name}") for text in verdicts(browser))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_the_ground_of_the_scheme(scheme, browser, tmp_path):
    browser.open(two(tmp_path / "page.html"), scheme=scheme)

    def brightness(what):
        color = browser.run(f"getComputedStyle(document.body).{what}")
        return sum(map(int, color[4:-1].split(",")[:3])) / 765

    ground, ink = brightness("backgroundColor"), brightness("color")
    assert abs(ground - ink) > 0.6
    assert (ground > ink) == (scheme == "light")
