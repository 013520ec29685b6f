"""The systems that are compared, and how each is made for a data set.

Classes are imported when a system is asked for, so that tables can be made without torch.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction
from typing import Any

from sklearn.base import ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier

from .data_sets import BenchmarkSet

DEEPEST = 3
# More than any set of the comparison needs.
_MOST_GROWN = 8


@dataclass(frozen=True)
class System:
    """A system of the comparison.

    Parameters
    ----------
    name : str
        Its name on the command line and in results.
    title : str
        Its name in tables.
    module : str
        Where its classes are.
    classifier : str
        Its class for one label per sequence; that for one per frame has ``Frame`` in its name.
    settings : dict
        Hyperparameters that make it this system; a function makes one of those that are asked
        for, and gives what is left of them.
    depth_limited : bool, default=False
        Whether it tries all programs, so that the depth must suit the grammar.
    labels_frames : bool, default=True
        Whether it has a class for one label per frame.
    needs : str or None, default=None
        Package that it imports and this package does not.
    """

    name: str
    title: str
    module: str
    classifier: str
    settings: Mapping[str, Any]
    depth_limited: bool = False
    labels_frames: bool = True
    needs: str | None = None

    @property
    def installed(self) -> bool:
        """Whether the package that it needs can be imported."""
        return self.needs is None or find_spec(self.needs) is not None

    def takes(self, data: BenchmarkSet) -> bool:
        """Tell whether it has a class for the labels of a data set."""
        return self.labels_frames or not data.per_frame

    def estimator_class(self, *, per_frame: bool) -> type[ClassifierMixin]:
        """Import its class for a form of labels.

        Raises
        ------
        ValueError
            If it has none.
        """
        if per_frame and not self.labels_frames:
            able = ", ".join(name for name, system in SYSTEMS.items() if system.labels_frames)
            raise ValueError(
                f"{self.name} gives one label per sequence, and was asked for one per frame. "
                f"Take a data set with one label per sequence, or one of {able}."
            )
        name = self.classifier
        if per_frame:
            name = name.removesuffix("Classifier") + "FrameClassifier"
        return getattr(import_module(self.module), name)

    def build(
        self,
        data: BenchmarkSet,
        *,
        seed: int,
        settings: Mapping[str, Any] | None = None,
        max_time: float | None = None,
    ) -> ClassifierMixin:
        """Make an unfitted estimator for a data set.

        Parameters
        ----------
        data : BenchmarkSet
            The data; its grammar and feature names are given to what takes them.
        seed : int
            Random state.
        settings : dict or None, default=None
            Hyperparameters that differ from their defaults.
        max_time : float or None, default=None
            Seconds for a fit, for systems that can be told.
        """
        made_of = self.estimator_class(per_frame=data.per_frame)
        known = made_of().get_params(deep=False)
        of_data = {
            "random_state": seed,
            "grammar": data.grammar,
            "feature_names": data.feature_names,
            "max_time": max_time,
        }
        params = {name: value for name, value in of_data.items() if name in known}
        given = dict(settings or {})
        for name, value in self.settings.items():
            if isfunction(value):
                params[name], given = value(given)
            else:
                params[name] = value
        params |= given
        if self.depth_limited and "max_depth" not in params:
            limit = params.get("max_programs", known["max_programs"])
            params["max_depth"] = affordable_depth(data, limit)
        return made_of(**params)


BASELINES = "sklearn_dpads.baselines"
RIVALS = "comparison.rivals"
BOOSTING = HistGradientBoostingClassifier(random_state=0)


def relaxation_alone(settings: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Give dPads as its authors have it: without sums before the relaxation, or edits after it.

    Parameters
    ----------
    settings : dict
        Hyperparameters, of the search and others.

    Returns
    -------
    search : DPads
    others : dict
        Those that are none of the search.
    """
    # Tables of systems are made without torch.
    from sklearn_dpads.search import DPads, LocalSearch, SumSettings

    names = {field.name for field in fields(DPads)}
    own = {name: value for name, value in settings.items() if name in names}
    sums, edits = SumSettings(max_summands=0), LocalSearch(max_refinements=0)
    others = {name: value for name, value in settings.items() if name not in names}
    return DPads(sums=sums, local_search=edits, **own), others


def _relaxed_summands(settings: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Give the same, where relaxed graphs grow sums one summand after the other."""
    from sklearn_dpads.search import GrowthSettings

    search, others = relaxation_alone(settings)
    return search.set_params(growth=GrowthSettings(max_summands=_MOST_GROWN)), others


SYSTEMS = {
    system.name: system
    for system in (
        System("dpads", "dPads", "sklearn_dpads", "DPadsClassifier", {}),
        System("near-astar", "A*-NEAR", BASELINES, "NEARClassifier", {"search": "astar"}),
        System("near-ids-bb", "IDS-BB-NEAR", BASELINES, "NEARClassifier", {"search": "ids-bb"}),
        System("enumeration", "Enumeration", BASELINES, "EnumerationClassifier", {}, True),
        System("random", "Random programs", BASELINES, "RandomProgramClassifier", {}),
        System(
            *("relaxation", "Relaxation alone", "sklearn_dpads", "DPadsClassifier"),
            {"search": relaxation_alone},
        ),
        System(
            *("grown", "Relaxed summands", "sklearn_dpads", "DPadsClassifier"),
            {"search": _relaxed_summands},
        ),
        System("rnn", "RNN", BASELINES, "RNNClassifier", {}),
        System("cnn", "CNN", BASELINES, "CNNClassifier", {}),
        System("logistic", "Logistic regression", BASELINES, "SummaryClassifier", {}),
        System(
            "boosting", "Gradient boosting", BASELINES, "SummaryClassifier", {"estimator": BOOSTING}
        ),
        System("ebm", "EBM", RIVALS, "EBMClassifier", {}, needs="interpret"),
        System(
            *("minirocket", "MiniRocket", RIVALS, "MiniRocketClassifier", {}),
            labels_frames=False,
            needs="aeon",
        ),
    )
}
# Where the name that pip knows is another than the one that is imported.
_INSTALLED_AS = {"interpret": "interpret-core"}


def check_installed(systems: Sequence[str]) -> None:
    """Refuse systems whose packages are missing.

    Raises
    ------
    ValueError
        If there is any; the message says how to install what is missing.
    """
    missing = {name: SYSTEMS[name].needs for name in systems if not SYSTEMS[name].installed}
    if not missing:
        return
    packages = {name: _INSTALLED_AS.get(needs, needs) for name, needs in missing.items()}
    needed = ", ".join(f"{name} needs {package}" for name, package in packages.items())
    raise ValueError(
        f"{needed}, not installed in this environment. `make rivals` makes one that has all of "
        "it: run .venv-rivals/bin/python benchmarks/run.py. Or install it in this one: "
        f"pip install {' '.join(dict.fromkeys(packages.values()))}"
    )


def affordable_depth(data: BenchmarkSet, max_programs: int) -> int:
    """The greatest depth, at most 3, up to which there are few enough programs.

    Parameters
    ----------
    data : BenchmarkSet
        The data, whose grammar counts.
    max_programs : int
        Greatest number of programs.

    Returns
    -------
    max_depth : int
        At least the depth of the shallowest program, whatever their number.
    """
    from sklearn_dpads.grammar import count_programs_by_depth

    n_classes = len(data.class_names)
    counts = count_programs_by_depth(
        data.searched_grammar,
        "list->list" if data.per_frame else "list->atom",
        max_depth=DEEPEST,
        n_outputs=1 if n_classes == 2 else n_classes,
        n_features=data.n_features,
    )
    depth, total = 0, 0
    for depth_here, count in enumerate(counts, start=1):
        total += count
        if total > max_programs and depth > 0:
            break
        if total > 0:
            depth = depth_here
    return depth or DEEPEST


def parse_setting(text: str) -> tuple[str | None, str, Any]:
    """Read ``NAME=VALUE`` or ``SYSTEM.NAME=VALUE``; a value that is no literal is text.

    Raises
    ------
    ValueError
        If the text is neither, or names no system.
    """
    left, separator, value = text.partition("=")
    system, dot, name = left.rpartition(".")
    if not separator or not name:
        raise ValueError(f"{text!r} must be NAME=VALUE or SYSTEM.NAME=VALUE.")
    if dot and system not in SYSTEMS:
        raise ValueError(f"{text!r} names no system; there are {', '.join(SYSTEMS)}.")
    try:
        return system or None, name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return system or None, name, value


def settings_of(
    systems: Sequence[str], settings: Sequence[tuple[str | None, str, Any]]
) -> dict[str, dict[str, Any]]:
    """Sort settings by system; those for no system in particular go to all that know them.

    Settings that are the default anyway are left out.

    Parameters
    ----------
    systems : sequence of str
        The systems that are compared.
    settings : sequence of (system or None, name, value)
        What :func:`parse_setting` gives.

    Raises
    ------
    ValueError
        If no system compared takes a setting.
    """
    sorted_out: dict[str, dict[str, Any]] = {system: {} for system in systems}
    defaults = {
        system: SYSTEMS[system].estimator_class(per_frame=False)().get_params(deep=False)
        for system in (systems if settings else ())
    }
    for chosen, name, value in settings:
        takers = [s for s in systems if chosen in (None, s) and name in defaults[s]]
        if not takers:
            asked = chosen or f"any of {', '.join(systems)}"
            raise ValueError(f"{name}={value!r} is no hyperparameter of {asked}.")
        for system in takers:
            if value != defaults[system][name]:
                sorted_out[system][name] = value
    return sorted_out
