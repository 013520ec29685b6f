from __future__ import annotations

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_dpads import Program
from sklearn_dpads.display import StabilityDisplay
from sklearn_dpads.inspection import NumberInterval, NumberTable, Stability
from sklearn_dpads.inspection.occurrences import count_occurrences

from ..inspection.cases import GRAMMAR, NAMES, fitted_sums


def program(text):
    return Program.parse(text, GRAMMAR, feature_names=NAMES, classes=("rest", "walk"))


def number(name, low, high, part="avg(motion)"):
    ends = (low, high)
    return NumberInterval(part, "", name, 2.0, *ends, (low + high) / 2, *ends)


def known(n_numbers=3, *, searched=True):
    """What is stable of a program that reads the speed, as three bootstraps of four do."""
    speed = program("SlideWindowAvg[all](Affine[motion](speed))")
    height = program("SlideWindowStd[5](Affine[height](height))")
    drawn = [speed, speed, speed, height] if searched else []
    numbers = [number(f"n{i}", -1.0 if i == 1 else 1.0, 4.0 + i) for i in range(n_numbers)]
    return Stability(
        structure=count_occurrences(drawn, [speed, height], speed),
        numbers=NumberTable(numbers),
        programs=drawn,
        scores=np.full(len(drawn), 0.9),
        near=[speed, height],
        failures={},
        n_bootstraps=len(drawn),
        n_refits=10,
        confidence=0.9,
        scoring="F1 of walk",
    )


def labels(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


def test_bars_are_shares_and_those_of_the_chosen_program_stand_out():
    shares, _ = StabilityDisplay.from_stability(known()).axes_
    assert labels(shares) == ["motion", "height", "avg", "std", "all", "5"]
    assert [bar.get_width() for bar in shares.patches] == [75, 25] * 3
    colors = [bar.get_facecolor() for bar in shares.patches]
    assert colors[0] == colors[2] == colors[4] != colors[1]
    assert 80 in [line.get_xdata()[0] for line in shares.lines]
    assert shares.get_xlabel() == "% of 4 bootstraps"


def test_ticks_are_the_shares_of_near_programs():
    shares, _ = StabilityDisplay.from_stability(known(), kinds=["group"]).axes_
    assert [line.get_xdata()[0] for line in shares.lines] == [50, 50, 80]


def test_numbers_have_intervals_the_largest_first_and_grey_with_0_inside():
    _, numbers = StabilityDisplay.from_stability(known(), max_numbers=2).axes_
    assert labels(numbers) == ["avg(motion)  n2", "avg(motion)  n0"]
    assert list(numbers.lines[0].get_xdata()) == [1.0, 6.0]
    assert "1 smaller ones are left out" in numbers.get_title("left")
    _, numbers = StabilityDisplay.from_stability(known()).axes_
    assert numbers.lines[4].get_color() != numbers.lines[0].get_color()


def test_labels_of_long_names_differ():
    name = "velocity of the centre of mass [mm/s]"
    parts = [f'{reader}("{name}")' for reader in ("avg", "std")]
    numbers = [number(of, 1.0, 2.0, part) for part in parts for of in (f'"{name}"', "constant")]
    found = replace(known(), numbers=NumberTable(numbers))
    _, ax = StabilityDisplay.from_stability(found).axes_
    assert len(set(labels(ax))) == 4
    assert labels(ax)[1] == 'avg("velocity of the c…ss [mm/s]")  constant'


@pytest.mark.parametrize(("n_numbers", "searched"), [(0, True), (3, False)])
def test_what_was_not_found_out_is_not_drawn(n_numbers, searched):
    display = StabilityDisplay.from_stability(known(n_numbers, searched=searched))
    assert len(display.axes_) == 1


def test_axes_are_divided():
    _, axes = plt.subplots(1, 2, figsize=(12, 4))
    display = StabilityDisplay.from_stability(known(), ax=axes[1])
    assert len(display.axes_) == 2
    assert display.figure_ is axes[1].figure


def test_of_an_estimator_it_is_found_out_first():
    display = StabilityDisplay.from_estimator(
        *fitted_sums(), n_bootstraps=2, n_refits=5, random_state=0
    )
    assert display.stability.n_refits == 5
    assert len(display.axes_) == 2


def test_what_is_not_allowed_is_refused():
    with pytest.raises(ValueError, match="max_numbers must be a positive integer; got 0"):
        StabilityDisplay.from_stability(known(), max_numbers=0)
    with pytest.raises(ValueError, match="kind='groups' is not allowed"):
        StabilityDisplay.from_stability(known(), kinds=["groups"])
