"""Grammars as text."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from hypothesis import given

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    ITE,
    LIST_TO_ATOM,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Map,
    SlideWindowAvg,
)

from .. import strategies
from ..strategies import QUICK
from ..user_functions import BLEND, PRODUCTIONS


@QUICK
@given(strategies.grammars())
def test_round_trip(grammar):
    again = Grammar.parse(str(grammar), productions=PRODUCTIONS)
    assert again == grammar
    assert again.productions == grammar.productions


def test_lines_keep_to_the_width():
    assert max(map(len, str(Grammar.preset("sk152")).splitlines())) <= 88


def test_the_text_is_close_to_the_papers():
    grammar = Grammar.paper({"acc": [0, 1, 2], "left paw": [4, 3]}, windows=(5, None))
    assert str(grammar) == dedent(
        """\
        list->list ::= Map(atom->atom) | MapPrefix(list->atom)
                     | ITE(list->list?, list->list, list->list) | Add(list->list, list->list)
                     | Multiply(list->list, list->list)
        list->atom ::= Fold(atom->atom) | SlideWindowAvg[5](atom->atom)
                     | SlideWindowAvg[all](atom->atom) | SlideWindowAvg[all,values](atom->atom)
                     | ITE(list->atom?, list->atom, list->atom) | Add(list->atom, list->atom)
                     | Multiply(list->atom, list->atom)
        atom->atom ::= ITE(atom->atom?, atom->atom, atom->atom) | Add(atom->atom, atom->atom)
                     | Multiply(atom->atom, atom->atom) | Affine[acc] | Affine["left paw"]
                     | Constant | Input
        Affine[acc] = {0, 1, 2}
        Affine["left paw"] = {4, 3}"""
    )


def test_white_space_and_the_order_of_rules_mean_nothing():
    text = """
        Affine [ g ]={ 3,0 }
        atom→atom ::=Constant|Affine[g]
          | Add(atom->atom,atom->atom)
        list->list::=CenteredWindowAvg[3](atom->atom)
        list->atom ::= SlideWindowAvg[4,values](atom->atom) | SlideWindowAvg[4,frames](atom->atom)
          | ITE(list->atom?,list->atom,list->atom)
    """
    assert Grammar.parse(text).productions == (
        CenteredWindowAvg(3),
        SlideWindowAvg(4, "values"),
        SlideWindowAvg(4),
        ITE(LIST_TO_ATOM),
        Constant(),
        Affine("g", (3, 0)),
        Add(),
    )


def test_a_grammar_without_productions_has_no_text():
    assert str(Grammar(())) == ""
    assert Grammar.parse("") == Grammar(())


def test_the_order_of_signatures_is_fixed():
    assert Grammar((Constant(), Fold(), Map())) == Grammar((Map(), Fold(), Constant()))
    assert Grammar((Constant(), Add())) != Grammar((Add(), Constant()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x",
            "Line 1, column 1: found 'x', expected a rule such as list->atom ::= ..., or a "
            "feature group.",
        ),
        ("list", "Line 1, column 5: found the end of the text, expected '->' after list."),
        (
            "list->3",
            "Line 1, column 7: found '3', expected 'list' or 'atom' after '->'.",
        ),
        (
            "atom->list ::= Map",
            "Line 1, column 7: found 'list', expected one of the signatures list->list, "
            "list->atom, atom->atom.",
        ),
        (
            "list->atom = Fold(atom->atom)",
            "Line 1, column 12: found '=', expected '::=' after list->atom.",
        ),
        (
            "list->atom ::=\n  Foldx(atom->atom)",
            "Line 2, column 3: 'Foldx' is not a production; known are Map, MapPrefix, Fold, "
            "SlideWindowAvg, SlideWindowStd, SlideWindowMax, SlideWindowMin, SlideWindowChange, "
            "SlideWindowDelta, CenteredWindowAvg, CenteredWindowStd, CenteredWindowMax, "
            "CenteredWindowMin, CenteredWindowChange, CenteredWindowDelta, TemporalFilter, ITE, "
            "Add, Multiply, Affine, Constant, Input. Pass a production of your own in "
            "productions=.",
        ),
        (
            "list->atom ::= Fold(atom->atom) |",
            "Line 1, column 34: found the end of the text, expected a production of list->atom.",
        ),
        (
            "list->atom ::= Map(atom->atom)",
            "Line 1, column 16: 'Map' is a production of list->list, not of list->atom.",
        ),
        (
            "list->atom ::= Fold(list->atom)",
            "Line 1, column 21: found 'list', expected atom->atom as argument 0 of Fold.",
        ),
        (
            "list->atom ::= Fold(atom->atom?)",
            "Line 1, column 21: found 'atom', expected atom->atom as argument 0 of Fold.",
        ),
        (
            "atom->atom ::= ITE(atom->atom, atom->atom, atom->atom)",
            "Line 1, column 20: found 'atom', expected atom->atom? as argument 0 of ITE.",
        ),
        (
            "atom->atom ::= Add(atom->atom)",
            "Line 1, column 30: found ')', expected ','.",
        ),
        (
            "list->atom ::= Fold",
            "Line 1, column 20: found the end of the text, expected '(' after Fold.",
        ),
        (
            "list->atom ::= Fold(atom->atom, atom->atom)",
            "Line 1, column 31: found ',', expected ')'.",
        ),
        (
            "list->atom ::= SlideWindowAvg(atom->atom)",
            "Line 1, column 30: found '(', expected '[' after SlideWindowAvg.",
        ),
        (
            "list->atom ::= SlideWindowAvg[0](atom->atom)",
            "Line 1, column 31: found '0', expected a window in frames, a part such as 1/3, "
            "or 'all', as an integer of at least 1.",
        ),
        (
            "list->atom ::= SlideWindowAvg[2.5](atom->atom)",
            "Line 1, column 31: found '2.5', expected a window in frames, a part such as "
            "1/3, or 'all', as an integer of at least 1.",
        ),
        (
            "list->atom ::= SlideWindowAvg[5,mean](atom->atom)",
            "Line 1, column 33: found 'mean', expected 'frames' or 'values'.",
        ),
        (
            "list->list ::= CenteredWindowAvg[4](atom->atom)",
            "Line 1, column 34: '4' is even; CenteredWindowAvg needs an odd number of frames.",
        ),
        (
            "list->atom ::= Fold(atom->atom) | Fold(atom->atom)",
            "Line 1, column 35: 'Fold' stands twice in the rule of list->atom; name a "
            "production once.",
        ),
        (
            "list->atom ::= Fold(atom->atom)\nlist->atom ::= Fold(atom->atom)",
            "Line 2, column 1: 'list' starts a second rule of list->atom; write one, with | "
            "between.",
        ),
        (
            "atom->atom ::= Affine[a] | Affine[b]\nAffine[a] = {0}",
            "Line 1, column 35: 'b' is not a feature group that the text defines (it defines a); "
            "add a line like Affine[b] = {0, 1}.",
        ),
        (
            "atom->atom ::= Affine[a]\nAffine[a] = {0}\nAffine[b] = {0}",
            "Line 3, column 8: 'b' is in no rule; add Affine[b] to atom->atom.",
        ),
        (
            "Affine[a] = {0}\nAffine[a] = {1}",
            "Line 2, column 8: 'a' is defined twice; write one line for each feature group.",
        ),
        (
            "Affine[a] = {}",
            "Line 1, column 14: found '}', expected a column index as an integer of at least 0.",
        ),
        (
            "Affine[a] = {1, 2, 1}",
            "Line 1, column 20: '1' stands twice in the group; name a column once.",
        ),
        (
            'atom->atom ::= Affine["a]',
            "Line 1, column 23: found '\"', expected a quoted name closed on the same line.",
        ),
    ],
)
def test_each_error_names_its_token_place_and_remedy(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Grammar.parse(text)


def test_user_productions_must_be_passed():
    text = "atom->atom ::= Constant | blend(atom->atom, atom->atom)"
    assert Grammar.parse(text, productions=[BLEND]).productions == (Constant(), BLEND)
    with pytest.raises(ValueError, match="'blend' is not a production; known are Map,"):
        Grammar.parse(text)


def test_numbers_and_words_that_are_very_long():
    number, word = "9" * 5000, "x" * 5000
    with pytest.raises(ValueError, match=r"^Line 1, column 31: '9{199}… is too large\.$"):
        Grammar.parse(f"list->atom ::= SlideWindowAvg[{number}](atom->atom)")
    with pytest.raises(ValueError, match=r"^Line 1, column 1: found 'x{199}…, expected a rule"):
        Grammar.parse(word)
