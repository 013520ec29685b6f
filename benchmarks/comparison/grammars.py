"""How the grammars of data sets are told in one line."""

from __future__ import annotations

from sklearn_dpads import Grammar

MOST_NAMED = 12


def describe_grammar(grammar: Grammar) -> str:
    """Groups and readers of a grammar, in one line."""
    of_one = [name for name, columns in grammar.feature_groups.items() if len(columns) == 1]
    groups = [
        f"{name} ({len(columns)})"
        for name, columns in grammar.feature_groups.items()
        if name not in of_one or len(of_one) <= MOST_NAMED
    ]
    if len(of_one) > MOST_NAMED:
        groups.insert(0, f"{len(of_one)} single features")
    readers = [p.label for p in grammar.productions if "Window" in p.symbol]
    return f"groups {', '.join(groups)}; readers {', '.join(dict.fromkeys(readers))}"
