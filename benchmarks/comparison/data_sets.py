"""The data sets of the comparison.

A name is that of the set that ships with the package (``basic_motions``), of a .npz file in
the data folder, less the ending, or of one of the paper's four sets, of which the authors'
arrays lie in a subfolder of that name. After it may stand ``:CLASS``, for the binary task of
telling this class from all others, and last what the grammar is made of: the default grammar has
the feature groups of the file; ``@paper`` stands for the paper's grammar of these groups,
``@defaults`` for the default grammar of one that gives no groups, and ``@centered`` for that of
the file's groups with windows that look ahead, where labels are given after the fact. ``@grouped``
leaves the grammar as it is, and tells fits which sequences are of one person, video or game.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_dpads import Grammar, datasets
from sklearn_dpads.datasets import load_basic_motions
from sklearn_dpads.grammar.readers import CENTERED_WINDOWS
from sklearn_dpads.inputs.sequences import check_sequences

from .grammars import describe_grammar

OWN = "basic_motions"
PAPER_LOADERS = {
    "crim13": "load_crim13",
    "fly_vs_fly": "load_fly_vs_fly",
    "basketball": "load_basketball",
    "sk152": "load_sk152",
}
DEFAULTS, PAPER, CENTERED, GROUPED = VARIANTS = ("defaults", "paper", "centered", "grouped")
# Arrays of a file that tell which sequences belong together.
_GROUPS = ("groups_train", "subject_train", "video_train", "game_train")
CENTERED_SPANS = (5, 11, 21)
WIDE = 20
# The group that the default grammar adds.
ALL = "all"
# The copy that ships with the package stands for the archive's file.
_COPIES = {"uea_BasicMotions": OWN}
_BINARY_FORMS = {"rat_social_frames": ("social",)}


@dataclass(frozen=True, eq=False)
class BenchmarkSet:
    """A data set with its split, and the grammar for its programs.

    Parameters
    ----------
    name : str
        Its name.
    X_train, X_test : ndarray of shape (n_samples, n_timesteps, n_features), or list of ndarray
        The sequences, padded with NaN or a list where they differ in length.
    y_train, y_test : ndarray of shape (n_samples,) or (n_samples, n_timesteps), or list
        The labels, per sequence or per frame; -1 marks frames without one.
    grammar : Grammar
        The grammar.
    feature_names : tuple of str or None
        Names of the columns.
    class_names : tuple of str
        Names of the classes, in the order of their labels.
    groups : ndarray of shape (n_samples,) or None, default=None
        Which training sequences belong together, where fits are to be told.
    """

    name: str
    X_train: Any
    y_train: Any
    X_test: Any
    y_test: Any
    grammar: Grammar
    feature_names: tuple[str, ...] | None
    class_names: tuple[str, ...]
    groups: NDArray[Any] | None = None

    @property
    def per_frame(self) -> bool:
        """Whether every frame has a label."""
        return np.ndim(self.y_train[0]) > 0

    @property
    def n_features(self) -> int:
        """Length of a frame."""
        return int(np.shape(self.X_train[0])[-1])

    @cached_property
    def digest(self) -> str:
        """Text that changes with the data."""
        hashed = hashlib.sha256()
        for part in (self.X_train, self.y_train, self.X_test, self.y_test):
            for member in part if isinstance(part, list) else [part]:
                hashed.update(f"{member.shape}{member.dtype}".encode())
                hashed.update(np.ascontiguousarray(member).tobytes())
        if self.groups is not None:
            hashed.update(np.unique(self.groups, return_inverse=True)[1].tobytes())
        return hashed.hexdigest()[:12]

    @cached_property
    def searched_grammar(self) -> Grammar:
        """The grammar that estimators search, suited to the lengths of the sequences."""
        sequences = check_sequences(self.X_train, estimator_name=self.name)
        return self.grammar.for_lengths(sequences.lengths)

    def with_train_size(self, n_train: int | None) -> BenchmarkSet:
        """The set with so many training sequences, classes in proportion.

        Parameters
        ----------
        n_train : int or None
            Number of sequences; all if there are no more, or for None.
        """
        n_samples = len(self.X_train)
        if n_train is None or n_train >= n_samples:
            return self
        order = np.random.default_rng(0).permutation(n_samples)
        if not self.per_frame:
            order = order[np.argsort(np.asarray(self.y_train)[order], kind="stable")]
        chosen = np.sort(order[np.linspace(0, n_samples - 1, n_train).round().astype(int)])
        return replace(
            self,
            X_train=_take(self.X_train, chosen),
            y_train=_take(self.y_train, chosen),
            groups=None if self.groups is None else self.groups[chosen],
        )

    def describe(self) -> str:
        """Sizes, classes and grammar, in two lines."""
        n_timesteps = max(len(sequence) for sequence in self.X_train)
        labels = "a label per frame" if self.per_frame else "a label per sequence"
        return (
            f"{self.name}: {len(self.X_train)} + {len(self.X_test)} sequences of up to "
            f"{n_timesteps} frames, {self.n_features} features, {len(self.class_names)} classes, "
            f"{labels}\n  {describe_grammar(self.searched_grammar)}"
        )


def available_sets(folder: str | Path) -> list[str]:
    """Names of the sets that a comparison runs on where none is chosen.

    Parameters
    ----------
    folder : str or Path
        The data folder; "" for none.
    """
    names = [OWN]
    if not str(folder):
        return names
    for path in sorted(Path(folder).glob("*.npz")):
        if path.stem in _COPIES:
            continue
        names.append(path.stem)
        names += [f"{path.stem}:{label}" for label in _BINARY_FORMS.get(path.stem, ())]
        if _width(path) > WIDE and not _has_frame_labels(path):
            names.append(f"{path.stem}@{DEFAULTS}")
    return names + [name for name in PAPER_LOADERS if (Path(folder) / name).is_dir()]


def open_set(name: str, folder: str | Path, *, allow_pickle: bool = False) -> BenchmarkSet:
    """Read a data set.

    Parameters
    ----------
    name : str
        Its name, as the module's text explains.
    folder : str or Path
        The data folder; "" for none.
    allow_pickle : bool, default=False
        Whether to unpickle the authors' arrays of sequences of unequal length.

    Raises
    ------
    ValueError
        If there is no set of the name; the message lists those that there are.
    """
    base, _, variant = name.partition("@")
    base, _, positive = base.partition(":")
    if variant and variant not in VARIANTS:
        *most, last = (f"@{known}" for known in VARIANTS)
        raise ValueError(
            f"{name!r} has the variant @{variant}; there are {', '.join(most)} and {last}."
        )
    data = _read(base, Path(folder) if str(folder) else None, allow_pickle)
    if positive:
        data = _binary(data, positive)
    if variant == GROUPED:
        if data.groups is None:
            raise ValueError(f"{base!r} has none of the arrays {', '.join(_GROUPS)}.")
        return replace(data, name=name)
    return replace(data, name=name, grammar=_variant(data, variant), groups=None)


def _variant(data: BenchmarkSet, variant: str) -> Grammar:
    names = data.feature_names
    if variant == DEFAULTS:
        return Grammar.default(data.n_features, feature_names=names)
    if variant == PAPER:
        groups = {g: c for g, c in data.grammar.feature_groups.items() if g != ALL}
        return Grammar.paper(groups or data.grammar.feature_groups, feature_names=names)
    if variant == CENTERED:
        readers = (kind(span) for kind in CENTERED_WINDOWS.values() for span in CENTERED_SPANS)
        return data.grammar.with_production(*readers)
    return data.grammar


def flat_labels(y: Any) -> NDArray[Any]:
    """All labels of a part in one array."""
    return np.concatenate([np.atleast_1d(labels) for labels in y])


def labelled(y: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which labels are labels, and not -1 in place of one."""
    return y != -1 if y.dtype.kind == "i" else np.full(y.shape, True)


def _read(base: str, folder: Path | None, allow_pickle: bool) -> BenchmarkSet:
    if base == OWN:
        return _own()
    if folder is not None and (folder / f"{base}.npz").is_file():
        return _from_file(folder / f"{base}.npz")
    if base in PAPER_LOADERS and folder is not None:
        return _of_the_paper(base, folder / base, allow_pickle)
    known = ", ".join(available_sets(folder or ""))
    where = "no data folder was given" if folder is None else f"{folder} holds none"
    raise ValueError(f"There is no data set {base!r}: {where}. There are {known}.")


def _own() -> BenchmarkSet:
    train, test = load_basic_motions(split="train"), load_basic_motions(split="test")
    return _with_grammar(
        OWN,
        (train.data, train.target, test.data, test.target),
        train.feature_groups,
        tuple(train.feature_names),
        tuple(train.target_names.tolist()),
    )


def _from_file(path: Path) -> BenchmarkSet:
    with np.load(path, allow_pickle=False) as file:
        parts = tuple(file[key] for key in ("X_train", "y_train", "X_test", "y_test"))
        names = tuple(str(label) for label in _classes(parts[1]))
        told = [key for key in _GROUPS if key in file]
        data = _with_grammar(
            path.stem,
            parts,
            json.loads(str(file["feature_groups"])),
            tuple(file["feature_names"].tolist()),
            tuple(file["class_names"].tolist()) if "class_names" in file else names,
        )
        return replace(data, groups=file[told[0]]) if told else data


def _of_the_paper(name: str, folder: Path, allow_pickle: bool) -> BenchmarkSet:
    bunch = getattr(datasets, PAPER_LOADERS[name])(folder, allow_pickle=allow_pickle)
    # An estimator sets its own validation part aside.
    X, y = _joined(bunch.X_train, bunch.X_valid), _joined(bunch.y_train, bunch.y_valid)
    classes = tuple(str(label) for label in _classes(y))
    grammar = Grammar.preset(bunch.preset)
    return BenchmarkSet(name, X, y, bunch.X_test, bunch.y_test, grammar, None, classes)


def _with_grammar(
    name: str,
    parts: tuple[Any, ...],
    feature_groups: dict[str, list[int]],
    feature_names: tuple[str, ...],
    class_names: tuple[str, ...],
) -> BenchmarkSet:
    grammar = Grammar.default(feature_groups, feature_names=feature_names)
    return BenchmarkSet(name, *parts, grammar, feature_names, class_names)


def _binary(data: BenchmarkSet, positive: str) -> BenchmarkSet:
    """The task of telling one class from the others: labels 1 and 0, and -1 as it was."""
    if positive not in data.class_names:
        raise ValueError(
            f"{data.name} has no class {positive!r}; its classes are {', '.join(data.class_names)}."
        )
    label = _classes(data.y_train)[data.class_names.index(positive)]

    def code(y: Any) -> Any:
        if isinstance(y, list):
            return [code(member) for member in y]
        return np.where(labelled(y), (y == label).astype(np.int64), -1)

    return replace(
        data,
        y_train=code(data.y_train),
        y_test=code(data.y_test),
        class_names=(f"not {positive}", positive),
    )


def _classes(y: Any) -> NDArray[Any]:
    labels = flat_labels(y)
    return np.unique(labels[labelled(labels)])


def _joined(first: Any, second: Any) -> Any:
    if second is None:
        return first
    members = [*first, *second]
    alike = isinstance(first, np.ndarray) and len({np.shape(member) for member in members}) == 1
    return np.stack(members) if alike else members


def _take(part: Any, indices: NDArray[np.intp]) -> Any:
    return [part[i] for i in indices] if isinstance(part, list) else part[indices]


def _width(path: Path) -> int:
    with np.load(path, allow_pickle=False) as file:
        return len(file["feature_names"])


def _has_frame_labels(path: Path) -> bool:
    with np.load(path, allow_pickle=False) as file:
        return file["y_train"].ndim > 1
