"""The grammar: which productions may build a program, and over which features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .base import SIGNATURES, Production, Signature
from .counting import count_programs
from .depths import finishing_depth, fits, least_depth
from .groups import resolve_groups, with_all_features
from .one_vs_rest import OneVsRest
from .presets import PRESETS, default_readers, preset_readers, suited, with_rules
from .productions import Affine, Fold
from .readers import SlideWindowAvg
from .spans import Span, read_span
from .text import format_productions, read_productions


@dataclass(frozen=True, repr=False)
class Grammar:
    """A set of productions over named groups of features.

    A grammar is immutable: :meth:`without` and :meth:`with_production` give a new one.

    Parameters
    ----------
    productions : tuple of Production
        The rules, kept in the order of their signatures (list->list, list->atom,
        atom->atom). Within a signature their order breaks ties in a search.
    name : str or None, default=None
        What the grammar is called. Nothing but its ``repr`` goes by it.
    feature_names : tuple of str or None, default=None
        Names of the columns, for programs over frames that come without.
    adapts : bool, default=False
        Whether :meth:`for_lengths` gives the readers of the last frames other windows.

    Examples
    --------
    >>> from sklearn_dpads import Grammar
    >>> grammar = Grammar.paper({"acc": [0, 1, 2], "gyro": [3, 4, 5]})
    >>> grammar
    Grammar(paper, 2 groups, 20 productions)
    >>> grammar.without("Multiply").count_programs("list->atom", max_depth=2)
    15
    >>> Grammar.parse(str(grammar)) == grammar
    True
    """

    productions: tuple[Production, ...]
    name: str | None = field(default=None, compare=False)
    feature_names: tuple[str, ...] | None = field(default=None, compare=False)
    adapts: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        given: object = self.productions
        if isinstance(given, set | frozenset):
            raise TypeError(
                "The productions of a grammar must be in an order, which breaks ties in a search; "
                f"a {type(given).__name__} has another in every process. Give a tuple."
            )
        seen: set[tuple[Signature, str]] = set()
        for production in self.productions:
            if not isinstance(production, Production):
                raise TypeError(
                    f"A grammar is made of productions; got {type(production).__name__}. "
                    "Use Grammar.default(...) or Grammar.parse(...) to build one."
                )
            if isinstance(production, OneVsRest):
                raise ValueError(
                    "OneVsRest stands around whole programs, and no grammar derives it. Leave it "
                    "out; decomposition='ovr' of a classifier finds a program for each class."
                )
            key = (production.signature, production.label)
            if key in seen:
                raise ValueError(
                    f"The grammar names {production.label} twice for {production.signature}; "
                    "labels must be unique within a signature."
                )
            seen.add(key)
        if len({p.mixed for p in self.productions if isinstance(p, Fold)}) > 1:
            raise ValueError(
                "The grammar has Fold and Fold[mixed], which is more of the same; name one of them."
            )
        # A stable order by signature lets equal grammars have equal texts.
        in_order = tuple(p for signature in SIGNATURES for p in self.of(signature))
        object.__setattr__(self, "productions", in_order)

    @classmethod
    def paper(
        cls,
        feature_groups: Mapping[str, Sequence[int | str]] | int,
        *,
        windows: Sequence[Span | str] = (5, 10, None),
        value_windows: Sequence[Span | str] = (None,),
        feature_names: Sequence[str] | None = None,
    ) -> Grammar:
        """Build the grammar of the dPads paper over the given features.

        Parameters
        ----------
        feature_groups : dict of str to sequence of int or str, or int
            Column indices (or names, with ``feature_names``) of each group that
            ``Affine`` may read. An int is a number of features: each becomes a group
            of its own, and one more group, ``all``, holds all of them.
        windows : sequence of int, Part, str or None, default=(5, 10, None)
            Spans of ``SlideWindowAvg``: frames, the last ones; parts of all frames so far, such
            as ``"1/3"``; None means all frames so far.
        value_windows : sequence of int, Part, str or None, default=(None,)
            The same for the reading ``of="values"``, the mean of f over the frames,
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

        References
        ----------
        Cui and Zhu, "Differentiable Synthesis of Program Architectures", NeurIPS 2021.

        Examples
        --------
        >>> from sklearn_dpads import Grammar
        >>> grammar = Grammar.paper({"acc": [0, 1, 2], "gyro": [3, 4, 5]}, windows=(5,))
        >>> print(grammar)
        list->list ::= Map(atom->atom) | MapPrefix(list->atom)
                     | ITE(list->list?, list->list, list->list) | Add(list->list, list->list)
                     | Multiply(list->list, list->list)
        list->atom ::= Fold(atom->atom) | SlideWindowAvg[5](atom->atom)
                     | SlideWindowAvg[all,values](atom->atom)
                     | ITE(list->atom?, list->atom, list->atom) | Add(list->atom, list->atom)
                     | Multiply(list->atom, list->atom)
        atom->atom ::= ITE(atom->atom?, atom->atom, atom->atom) | Add(atom->atom, atom->atom)
                     | Multiply(atom->atom, atom->atom) | Affine[acc] | Affine[gyro] | Constant
                     | Input
        Affine[acc] = {0, 1, 2}
        Affine[gyro] = {3, 4, 5}
        """
        groups = resolve_groups(feature_groups, feature_names)
        readers = (
            *(SlideWindowAvg(read_span("windows", window)) for window in windows),
            *(SlideWindowAvg(read_span("value_windows", w), "values") for w in value_windows),
        )
        return cls(
            with_rules(readers, groups),
            name="paper",
            feature_names=None if feature_names is None else tuple(map(str, feature_names)),
        )

    @classmethod
    def default(
        cls,
        feature_groups: Mapping[str, Sequence[int | str]] | int,
        *,
        all_features: bool = True,
        feature_names: Sequence[str] | None = None,
    ) -> Grammar:
        """Build the grammar of the paper with readers of more than means.

        Which statistics and spans it has was chosen on data; see
        :func:`~.presets.default_readers`. How long its windows are is settled by
        :meth:`for_lengths`, which the estimators call in ``fit``.

        Parameters
        ----------
        feature_groups : dict of str to sequence of int or str, or int
            As for :meth:`paper`.
        all_features : bool, default=True
            Whether to add a group ``all`` of the columns of all groups.
        feature_names : sequence of str or None, default=None
            As for :meth:`paper`.

        Returns
        -------
        grammar : Grammar

        Raises
        ------
        ValueError
            If a group is empty, names an unknown feature, or has a negative index.

        Examples
        --------
        >>> from sklearn_dpads import Grammar
        >>> grammar = Grammar.default({"acc": [0, 1, 2], "gyro": [3, 4, 5]})
        >>> list(grammar.feature_groups)
        ['acc', 'gyro', 'all']
        """
        groups = resolve_groups(feature_groups, feature_names)
        return cls(
            with_rules(default_readers(), with_all_features(groups) if all_features else groups),
            name="default",
            feature_names=None if feature_names is None else tuple(map(str, feature_names)),
            adapts=True,
        )

    def for_lengths(self, lengths: Sequence[int] | NDArray[np.int64]) -> Grammar:
        """Give the grammar with windows that suit sequences of some lengths.

        Parameters
        ----------
        lengths : sequence of int
            Frames of each sequence.

        Returns
        -------
        grammar : Grammar
            Where it adapts, as that of :meth:`default` does, each reader of the last frames is
            there for windows of these lengths; any other stays as it is.

        Examples
        --------
        >>> from sklearn_dpads import Grammar
        >>> for n_frames in (8, 50):
        ...     grammar = Grammar.default(2).for_lengths([n_frames])
        ...     [p.label for p in grammar.productions if p.symbol == "SlideWindowAvg"]
        ['SlideWindowAvg[4]', 'SlideWindowAvg[5]', 'SlideWindowAvg[1/3]', 'SlideWindowAvg[2/3]',
         'SlideWindowAvg[3/3]', 'SlideWindowAvg[all]', 'SlideWindowAvg[all,values]']
        ['SlideWindowAvg[5]', 'SlideWindowAvg[10]', 'SlideWindowAvg[1/3]', 'SlideWindowAvg[2/3]',
         'SlideWindowAvg[3/3]', 'SlideWindowAvg[all]', 'SlideWindowAvg[all,values]']
        """
        if not self.adapts:
            return self
        productions = suited(self.productions, int(np.median(np.asarray(lengths))))
        return replace(self, productions=productions, adapts=False)

    @classmethod
    def preset(cls, name: str) -> Grammar:
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
            The benchmark; feature groups and windows are those of Cui and Zhu (2021).

        Returns
        -------
        grammar : Grammar

        Raises
        ------
        ValueError
            If there is no preset of this name.

        Examples
        --------
        >>> from sklearn_dpads import Grammar
        >>> Grammar.preset("basketball").feature_groups["ball"]
        (0, 1)
        """
        if name not in PRESETS:
            raise ValueError(f"{name!r} is not a preset; known are {', '.join(PRESETS)}.")
        groups = {group: tuple(columns) for group, columns in PRESETS[name].items()}
        return cls(with_rules(preset_readers(), groups), name=name)

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
        TypeError
            If `productions` holds something else.
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
        return cls(read_productions(text, productions))

    def __str__(self) -> str:
        return format_productions(self.productions)

    def __repr__(self) -> str:
        n_groups, n = len(self.feature_groups), len(self.productions)
        size = f"{n_groups} group{'s'[: n_groups != 1]}, {n} production{'s'[: n != 1]}"
        return f"Grammar({self.name}, {size})" if self.name else f"Grammar({size})"

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
            if fits(p, width, n_features) and finishing_depth(self, p, width, n_features) <= depth
        )

    def min_depth(self, signature: Signature, *, width: int, n_features: int) -> int:
        """Depth of the shallowest program of a signature; ``UNREACHABLE`` if none exists."""
        return least_depth(self, signature, width, n_features)

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
        there = {name for p in self.productions for name in (p.label, p.symbol)}
        for label in labels:
            if label not in there:
                known = ", ".join(dict.fromkeys(p.label for p in self.productions))
                raise ValueError(f"The grammar has no production {label!r}; it has {known}.")
        gone = set(labels)
        kept = tuple(p for p in self.productions if {p.label, p.symbol}.isdisjoint(gone))
        return replace(self, productions=kept)

    def with_production(self, *productions: Production) -> Grammar:
        """Give the grammar with these productions added at the end."""
        return replace(self, productions=self.productions + productions)

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
