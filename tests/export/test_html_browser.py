"""Pages in a real browser, where there is one."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest

from ..program.trace_cases import gated, some_sequences, three
from .browser import NEEDS_BROWSER, browser_path
from .test_html import HOSTILE, Page, hostile_program

pytestmark = NEEDS_BROWSER


@pytest.fixture
def browse(tmp_path):
    """Open a page without a window, and give what the browser writes and what it logs."""
    path_of_browser = browser_path()

    def run(path, *options):
        arguments = [
            path_of_browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            "--virtual-time-budget=1000",
            f"--user-data-dir={tmp_path / 'profile'}",
            *options,
            path.as_uri(),
        ]
        done = subprocess.run(arguments, capture_output=True, timeout=120, check=True)
        return done.stdout.decode(), done.stderr.decode(errors="replace")

    return run


def act(path, script):
    """Let a page run a script of the test at its end, which its own policy would not."""
    text = path.read_text(encoding="utf-8")
    start = text.index('<meta http-equiv="Content-Security-Policy"')
    text = text[:start] + text[text.index(">", start) + 1 :]
    path.write_text(text.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    return path


def text_of(dom, name):
    return dom.split(f'id="{name}"', 1)[1].split(">", 1)[1].split("<", 1)[0]


def test_the_page_draws_itself_under_its_own_policy(browse, tmp_path):
    program, X = gated(), some_sequences()
    path = program.to_html(tmp_path / "page.html", X, ["rest"] * 4)
    dom, log = browse(path, "--dump-dom")
    assert "CONSOLE" not in log
    trace = program.trace(X)
    name = program.classes[trace.decision_history[0, len(X[0]) - 1]]
    assert text_of(dom, "verdict").startswith(f"decides for {name} from ")
    assert text_of(dom, "frame-text") == f"{len(X[0]) - 1} / {len(X[0]) - 1}"
    # Three features, a condition and the output; and the chosen part.
    assert dom.count('role="img"') == 6
    values = re.findall('<span class="value">([^<]*)<', dom)
    assert len(values) == program.n_productions
    assert float(values[0]) == pytest.approx(trace.output[0, 0], rel=0.01)


def test_names_are_not_run(browse, tmp_path):
    path = hostile_program().to_html(tmp_path / "page.html", some_sequences(2), HOSTILE[:2])
    dom, log = browse(path, "--dump-dom")
    assert "CONSOLE" not in log
    page = Page(dom)
    assert page.texts["title"][0] == "A program that classifies sequences"
    assert page.count("img") == 0
    assert page.count("script") == 2
    assert not any(name.startswith("on") for _, given in page.elements for name in given)
    assert HOSTILE[0] in page.texts["th"]


def test_a_script_that_is_not_the_pages_own_is_not_run(browse, tmp_path):
    path = gated().to_html(tmp_path / "page.html", some_sequences())
    text = path.read_text(encoding="utf-8")
    foreign = "<script>document.title = 'taken'</script></body>"
    path.write_text(text.replace("</body>", foreign), encoding="utf-8")
    dom, log = browse(path, "--dump-dom")
    assert Page(dom).texts["title"][0] == "A program that classifies sequences"
    assert "Content Security Policy" in log


def test_keys_and_sliders_choose_frame_sequence_and_part(browse, tmp_path):
    X = np.random.default_rng(0).normal(size=(4, 6, 3))
    path = three().to_html(tmp_path / "page.html", X, ["rest", "walk", "run", "rest"])
    script = """
    const log = [];
    const note = () => log.push([...document.querySelectorAll('#sample-text, #frame-text')]
      .map((output) => output.textContent).join(' '));
    const press = (key) => {
      document.getElementById('charts').dispatchEvent(new KeyboardEvent('keydown', { key }));
      note();
    };
    note();
    ['ArrowLeft', 'ArrowLeft', 'Home', 'ArrowLeft', 'ArrowRight', 'End', 'ArrowUp',
      'ArrowDown', 'ArrowDown'].forEach(press);
    const slider = document.getElementById('frame');
    slider.value = 3;
    slider.dispatchEvent(new Event('input'));
    note();
    document.querySelector('[data-node="2"]').focus();
    log.push(document.querySelector('#chosen title').textContent);
    log.push(String(document.querySelectorAll('#program .row.off').length));
    document.title = log.join('|');
    """
    dom, log = browse(act(path, script), "--dump-dom")
    assert "CONSOLE" not in log
    steps = Page(dom).texts["title"][0].split("|")
    assert steps[:10] == [
        *("0 / 3 5 / 5", "0 / 3 4 / 5", "0 / 3 3 / 5", "0 / 3 0 / 5", "0 / 3 0 / 5"),
        *("0 / 3 1 / 5", "0 / 3 5 / 5", "3 / 3 5 / 5", "0 / 3 5 / 5", "1 / 3 5 / 5"),
    ]
    assert steps[10] == "1 / 3 3 / 5"
    assert steps[11] == "Affine[height](height - 1), on the mean of all frames so far"
    assert steps[12] == "1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screenshot_has_ink_on_the_ground_of_the_scheme(scheme, browse, tmp_path):
    image = pytest.importorskip("matplotlib.image")
    path = three().to_html(tmp_path / "page.html", some_sequences())
    shot = tmp_path / "shot.png"
    options = ["--force-dark-mode"] if scheme == "dark" else []
    browse(path, f"--screenshot={shot}", "--window-size=1100,900", *options)
    pixels = image.imread(shot)[..., :3]
    ground = pixels[0, 0]
    assert (ground.mean() > 0.9) == (scheme == "light")
    assert (np.abs(pixels - ground).max(axis=-1) > 0.3).mean() > 0.005
