"""The grammar: which productions may build a program, and over which features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

from .base import SIGNATURES, Production, Signature
from .counting import count_programs
from .productions import (
    ITE,
    Add,
    Affine,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
)
from .readers import CenteredWindowAvg, SlideWindowAvg
from .text import format_productions, read_productions

UNREACHABLE = 10**9


@dataclass(frozen=True)
class Grammar:
    """A set of productions over named groups of features.

    A grammar is immutable: :meth:`without` and :meth:`with_production` give a new one.

    Parameters
    ----------
    productions : tuple of Production
        The rules, kept in the order of their signatures (list->list, list->atom,
        atom->atom). Within a signature their order breaks ties in a search.

    Examples
    --------
    >>> from sklearn_dpads import Grammar
    >>> grammar = Grammar.default({"acc": [0, 1, 2], "gyro": [3, 4, 5]})
    >>> sorted(grammar.feature_groups)
    ['acc', 'gyro']
    >>> grammar.without("Multiply").count_programs("list->atom", max_depth=2)
    15
    >>> Grammar.parse(str(grammar)) == grammar
    True
    """

    productions: tuple[Production, ...]

    def __post_init__(self) -> None:
        seen: set[tuple[Signature, str]] = set()
        for production in self.productions:
            if not isinstance(production, Production):
                raise TypeError(
                    f"A grammar is made of productions; got {type(production).__name__}. "
                    "Use Grammar.default(...) or Grammar.parse(...) to build one."
                )
            key = (production.signature, production.label)
            if key in seen:
                raise ValueError(
                    f"The grammar names {production.label} twice for {production.signature}; "
                    "labels must be unique within a signature."
                )
            seen.add(key)
        # A stable order by signature lets equal grammars have equal texts.
        in_order = tuple(p for signature in SIGNATURES for p in self.of(signature))
        object.__setattr__(self, "productions", in_order)

    @classmethod
    def default(
        cls,
        feature_groups: Mapping[str, Sequence[int | str]] | int,
        *,
        windows: Sequence[int | None] = (5, 10, None),
        value_windows: Sequence[int | None] = (None,),
        feature_names: Sequence[str] | None = None,
    ) -> Grammar:
        """Build the grammar of the dPads paper over the given features.

        Parameters
        ----------
        feature_groups : dict of str to sequence of int or str, or int
            Column indices (or names, with ``feature_names``) of each group that
            ``Affine`` may read. An int is a number of features: each becomes a group
            of its own, and one more group, ``all``, holds all of them.
        windows : sequence of int or None, default=(5, 10, None)
            Lengths of ``SlideWindowAvg`` in frames; None means all frames so far.
        value_windows : sequence of int or None, default=(None,)
            The same for the reading ``average="values"``, the mean of f over the frames,
            which sees how much a signal moves where the mean frame shows only where it is.
        feature_names : sequence of str or None, default=None
            Column names, needed where groups are given by name, and used to name the
            single features where ``feature_groups`` is an int.

        Returns
        -------
        grammar : Grammar

        Raises
        ------
        ValueError
            If a group is empty, names an unknown feature, or has a negative index.
        """
        groups = _resolve_groups(feature_groups, feature_names)
        rules: list[Production] = [Map(), MapPrefix(), Fold()]
        rules += [SlideWindowAvg(window) for window in windows]
        rules += [SlideWindowAvg(window, "values") for window in value_windows]
        rules += [ITE(signature) for signature in SIGNATURES]
        rules += [Add(), Multiply()]
        rules += [Affine(name, indices) for name, indices in groups.items()]
        rules += [Constant(), Input()]
        return cls(tuple(rules))

    @staticmethod
    def default_windows(n_timesteps: int) -> tuple[int | None, ...]:
        """Give the windows that suit sequences of a length.

        Parameters
        ----------
        n_timesteps : int
            Frames of a typical sequence.

        Returns
        -------
        windows : tuple of int or None
            The paper's 5 and 10 frames, each fifth of the length, and None for all
            frames; windows as long as the sequence are left out.

        Examples
        --------
        >>> from sklearn_dpads import Grammar
        >>> Grammar.default_windows(50)
        (5, 10, 20, 30, 40, None)
        """
        fifths = (round(n_timesteps * k / 5) for k in range(1, 5))
        lengths = sorted({w for w in (5, 10, *fifths) if 1 < w < n_timesteps})
        return (*lengths, None)

    @classmethod
    def preset(cls, name: str) -> Grammar:
        """Build the grammar of one of the paper's four benchmarks.

        Parameters
        ----------
        name : {"crim13", "flyvfly", "basketball", "sk152"}
            Benchmark; feature groups and windows are those of Cui and Zhu (2021).
        """
        return preset_grammar(name)

    @classmethod
    def parse(cls, text: str, *, productions: Iterable[Production] = ()) -> Grammar:
        """Read a grammar from the text that ``str(grammar)`` gives.

        Parameters
        ----------
        text : str
            One rule per signature, its productions separated by ``|``, and the columns
            of each feature group. A ``?`` marks a condition.
        productions : iterable of Production, default=()
            The user-defined productions that the text names.

        Returns
        -------
        grammar : Grammar

        Raises
        ------
        ValueError
            Where the text is no grammar, with the line, the column, and what was
            expected there.

        Examples
        --------
        >>> from sklearn_dpads import Grammar
        >>> text = '''
        ... list->atom ::= Fold(atom->atom) | SlideWindowAvg[all](atom->atom)
        ... atom->atom ::= Affine[speed] | ITE(atom->atom?, atom->atom, atom->atom)
        ... Affine[speed] = {0, 1}
        ... '''
        >>> Grammar.parse(text).count_programs("list->atom", max_depth=2)
        2
        """
        return cls(read_productions(text, tuple(productions)))

    def __str__(self) -> str:
        return format_productions(self.productions)

    @property
    def feature_groups(self) -> dict[str, tuple[int, ...]]:
        """Column indices by group name, in the order of the ``Affine`` productions."""
        return {p.group: p.features for p in self.productions if isinstance(p, Affine)}

    @property
    def min_features(self) -> int:
        """Fewest features of a frame: one more than the last column read, at least 1."""
        return 1 + max((max(columns) for columns in self.feature_groups.values()), default=0)

    def of(self, signature: Signature) -> tuple[Production, ...]:
        """Productions that build expressions of a signature, in the grammar's order."""
        return tuple(p for p in self.productions if p.signature == signature)

    def candidates(
        self, signature: Signature, *, width: int, n_features: int, depth: int
    ) -> tuple[Production, ...]:
        """Productions that can stand in a place and still finish within a depth.

        Parameters
        ----------
        signature : Signature
            Signature asked for.
        width : int
            Output width asked for; ``Input`` fits only where it equals ``n_features``.
        n_features : int
            Length of a frame.
        depth : int
            Number of levels left, the production's own included.
        """
        return tuple(
            p
            for p in self.of(signature)
            if _fits(p, width, n_features)
            and self._finishing_depth(p, width, n_features, frozenset()) <= depth
        )

    def min_depth(self, signature: Signature, *, width: int, n_features: int) -> int:
        """Depth of the shallowest program of a signature; ``UNREACHABLE`` if none exists."""
        return self._min_depth(signature, width, n_features, frozenset())

    def _min_depth(
        self,
        signature: Signature,
        width: int,
        n_features: int,
        pending: frozenset[tuple[Signature, int]],
    ) -> int:
        # A shallowest derivation never meets the same place twice on one path.
        if (signature, width) in pending:
            return UNREACHABLE
        pending = pending | {(signature, width)}
        depths = (
            self._finishing_depth(p, width, n_features, pending)
            for p in self.of(signature)
            if _fits(p, width, n_features)
        )
        return min(depths, default=UNREACHABLE)

    def _finishing_depth(
        self,
        production: Production,
        width: int,
        n_features: int,
        pending: frozenset[tuple[Signature, int]],
    ) -> int:
        deepest = 0
        for argument in production.arguments:
            asked = 1 if argument.condition else width
            deepest = max(deepest, self._min_depth(argument.signature, asked, n_features, pending))
        return min(UNREACHABLE, deepest + 1)

    def without(self, *labels: str) -> Grammar:
        """Give the grammar less the productions of these labels or symbols.

        Parameters
        ----------
        *labels : str
            Labels such as ``"SlideWindowAvg[5]"`` or symbols such as ``"Multiply"``,
            which remove every production of that symbol.

        Raises
        ------
        ValueError
            If a label names no production of the grammar.
        """
        for label in labels:
            if not any(label in (p.label, p.symbol) for p in self.productions):
                known = ", ".join(dict.fromkeys(p.label for p in self.productions))
                raise ValueError(f"The grammar has no production {label!r}; it has {known}.")
        kept = tuple(
            p for p in self.productions if p.label not in labels and p.symbol not in labels
        )
        return Grammar(kept)

    def with_production(self, *productions: Production) -> Grammar:
        """Give the grammar with these productions added at the end."""
        return Grammar(self.productions + productions)

    def count_programs(
        self, signature: str | Signature, *, max_depth: int, n_outputs: int = 1
    ) -> int:
        """Count the distinct programs derivable up to a depth.

        Parameters
        ----------
        signature : str or Signature
            Signature of the root, for instance ``"list->atom"``.
        max_depth : int
            Greatest number of levels; a terminal alone has depth 1.
        n_outputs : int, default=1
            Width of the output. It matters only for ``Input``.

        Returns
        -------
        count : int
            Exact, for frames of ``min_features`` features. Programs that differ only in
            the order of the arguments of a commutative production are counted once.
        """
        return count_programs(self, signature, max_depth=max_depth, n_outputs=n_outputs)

    def validate_for(self, n_features: int) -> None:
        """Raise ValueError if a feature group reads past a frame of ``n_features``."""
        for production in self.productions:
            if isinstance(production, Affine) and max(production.features) >= n_features:
                raise ValueError(
                    f"Feature group {production.group!r} reads column "
                    f"{max(production.features)}, but frames have {n_features} features "
                    f"(columns 0 to {n_features - 1})."
                )


def _fits(production: Production, width: int, n_features: int) -> bool:
    return not isinstance(production, Input) or width == n_features


def _resolve_groups(
    feature_groups: Mapping[str, Sequence[int | str]] | int,
    feature_names: Sequence[str] | None,
) -> dict[str, tuple[int, ...]]:
    names = None if feature_names is None else list(feature_names)
    if isinstance(feature_groups, int) and not isinstance(feature_groups, bool):
        if feature_groups < 1:
            raise ValueError(f"A frame needs at least 1 feature; got {feature_groups}.")
        labels = names if names is not None else [f"x{i}" for i in range(feature_groups)]
        if len(labels) != feature_groups:
            raise ValueError(
                f"{len(labels)} feature names were given for {feature_groups} features."
            )
        groups: dict[str, tuple[int, ...]] = {label: (i,) for i, label in enumerate(labels)}
        if len(groups) < feature_groups:
            raise ValueError(f"Feature names must differ from each other; got {labels}.")
        if feature_groups > 1:
            everything = "all"
            while everything in groups:
                everything += "_"
            groups[everything] = tuple(range(feature_groups))
        return groups
    if not isinstance(feature_groups, Mapping):
        raise TypeError(
            "feature_groups must be a dict of group name to column indices, or a number of "
            f"features; got {type(feature_groups).__name__}."
        )
    if not feature_groups:
        raise ValueError("feature_groups is empty; give at least one group of columns.")
    return {
        str(name): _resolve_columns(str(name), columns, names)
        for name, columns in feature_groups.items()
    }


def _resolve_columns(
    group: str, columns: Sequence[int | str], names: list[str] | None
) -> tuple[int, ...]:
    if isinstance(columns, str) or not hasattr(columns, "__iter__"):
        raise TypeError(
            f"Feature group {group!r} must be a list of column indices or names; got {columns!r}. "
            f"For one column, write [{columns!r}]."
        )
    resolved: list[int] = []
    for column in columns:
        if isinstance(column, str):
            if names is None or column not in names:
                known = "no feature names were given" if names is None else f"known are {names}"
                raise ValueError(f"Feature group {group!r} names {column!r}; {known}.")
            resolved.append(names.index(column))
        else:
            resolved.append(_resolve_index(group, column))
    if not resolved:
        raise ValueError(f"Feature group {group!r} is empty; give at least one column.")
    if min(resolved) < 0 or len(set(resolved)) < len(resolved):
        raise ValueError(
            f"Feature group {group!r} is {resolved}; columns must be distinct and not negative."
        )
    return tuple(resolved)


def _resolve_index(group: str, column: object) -> int:
    if isinstance(column, bool) or not isinstance(column, Integral):
        raise TypeError(
            f"Feature group {group!r} must hold column indices or names; got {column!r}."
        )
    return int(column)


_PRESETS: dict[str, dict[str, list[int]]] = {
    "crim13": {
        "position": [0, 1, 2, 3],
        "distance": [4],
        "distance_change": [5],
        "angle": [6, 7, 10],
        "angle_change": [8, 9],
        "velocity": [11, 12, 13, 14],
        "acceleration": [15, 16, 17, 18],
    },
    "flyvfly": {
        "linear": [17, 25],
        "angular": [18, 26, 27],
        "positional": [24, 28],
        "ratio": [22, 23],
        "wing": [19, 20, 21],
    },
    "basketball": {
        "ball": [0, 1],
        "offense": list(range(2, 12)),
        "defense": list(range(12, 22)),
    },
    "sk152": {
        "arms": [3 * joint + axis for joint in range(2, 8) for axis in range(3)],
        "legs": [
            3 * joint + axis for joint in (*range(8, 15), *range(19, 25)) for axis in range(3)
        ],
        "face": [3 * joint + axis for joint in (0, 1, *range(15, 19)) for axis in range(3)],
    },
}


def preset_grammar(name: str) -> Grammar:
    """Build the grammar of one of the paper's four benchmarks.

    The paper's windows are the last 5 frames, the last 10, and the 5 and the 11 frames
    around a frame. Under ``MapPrefix`` a window cannot look past the prefix, so a centred
    one of w frames, cut there, is the mean of the last w // 2 + 1: ``SlideWindowAvg[3]``
    and ``SlideWindowAvg[6]`` are exactly the paper's centred windows of 5 and 11 in prefix
    form. On whole sequences, frame by frame, ``CenteredWindowAvg[5]`` and
    ``CenteredWindowAvg[11]`` look ahead inside the window.

    Parameters
    ----------
    name : {"crim13", "flyvfly", "basketball", "sk152"}
        The benchmark.

    Returns
    -------
    grammar : Grammar

    Raises
    ------
    ValueError
        If there is no preset of this name.

    References
    ----------
    Cui and Zhu, "Differentiable Synthesis of Program Architectures", NeurIPS 2021.

    Examples
    --------
    >>> from sklearn_dpads import Grammar
    >>> Grammar.preset("basketball").feature_groups["ball"]
    (0, 1)
    """
    if name not in _PRESETS:
        raise ValueError(f"{name!r} is not a preset; known are {', '.join(_PRESETS)}.")
    grammar = Grammar.default(_PRESETS[name], windows=(5, 10, 3, 6), value_windows=())
    return grammar.with_production(CenteredWindowAvg(5), CenteredWindowAvg(11))
