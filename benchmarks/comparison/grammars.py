"""Which grammar the programs of a data set are made of.

The paper's four data sets have the paper's own feature groups and windows. Other sets
have the groups of their file and one more of all features, where none holds them all, and
the windows that suit the length of their sequences; exceptions stand in ``RULES``. The
variant ``@defaults`` of a set leaves all of that to the estimator, as a user does who
passes no grammar: each feature a group, and what the estimator does beyond where there are
many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sklearn_dpads import Grammar


@dataclass(frozen=True)
class GrammarRule:
    """How to make the grammar of a data set out of its feature groups.

    Parameters
    ----------
    group_of_all : bool, default=True
        Whether to add a group of all features.
    windows : tuple of int or None, default=None
        Windows in frames, None in it for all frames so far; None instead of a tuple for
        those of :meth:`Grammar.default_windows`.
    """

    group_of_all: bool = True
    windows: tuple[int | None, ...] | None = None


MOST_NAMED = 12
RULES = {"calms21_investigation": GrammarRule(group_of_all=False, windows=(5, 10, None))}


def grammar_of(
    name: str, feature_groups: Mapping[str, Sequence[int]], n_features: int, n_timesteps: int
) -> Grammar:
    """The grammar of a data set that has feature groups.

    Parameters
    ----------
    name : str
        Name of the data set; sets that no rule names follow the general one.
    feature_groups : dict of str to sequence of int
        Columns of each group.
    n_features : int
        Length of a frame.
    n_timesteps : int
        Frames of a typical sequence.
    """
    rule = RULES.get(name, GrammarRule())
    groups = {group: list(columns) for group, columns in feature_groups.items()}
    everything = set(range(n_features))
    if rule.group_of_all and all(set(columns) != everything for columns in groups.values()):
        groups["all"] = sorted(everything)
    windows = Grammar.default_windows(n_timesteps) if rule.windows is None else rule.windows
    return Grammar.default(groups, windows=windows)


def describe_grammar(grammar: Grammar) -> str:
    """Groups and windows of a grammar, in one line."""
    of_one = [name for name, columns in grammar.feature_groups.items() if len(columns) == 1]
    groups = [
        f"{name} ({len(columns)})"
        for name, columns in grammar.feature_groups.items()
        if name not in of_one or len(of_one) <= MOST_NAMED
    ]
    if len(of_one) > MOST_NAMED:
        groups.insert(0, f"{len(of_one)} single features")
    windows = [p.label for p in grammar.productions if "WindowAvg" in p.symbol]
    return f"groups {', '.join(groups)}; windows {', '.join(dict.fromkeys(windows))}"
