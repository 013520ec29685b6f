"""Productions and grammars as data."""

from __future__ import annotations

import pickle
import re

import pytest

from sklearn_dpads import Grammar
from sklearn_dpads.grammar import (
    ATOM_TO_ATOM,
    ITE,
    LIST_TO_ATOM,
    LIST_TO_LIST,
    SIGNATURES,
    UNREACHABLE,
    Add,
    Affine,
    CenteredWindowAvg,
    Constant,
    Fold,
    Input,
    Map,
    MapPrefix,
    Multiply,
    Part,
    Signature,
    SlideWindowAvg,
    TemporalFilter,
)


def labels(productions):
    return [p.label for p in productions]


def test_the_grammar_of_the_paper():
    grammar = Grammar.paper({"acc": [0, 1], "gyro": [2]})
    assert labels(grammar.of(LIST_TO_LIST)) == ["Map", "MapPrefix", "ITE", "Add", "Multiply"]
    assert labels(grammar.of(LIST_TO_ATOM)) == [
        "Fold",
        "SlideWindowAvg[5]",
        "SlideWindowAvg[10]",
        "SlideWindowAvg[all]",
        "SlideWindowAvg[all,values]",
        "ITE",
        "Add",
        "Multiply",
    ]
    assert labels(grammar.of(ATOM_TO_ATOM)) == [
        "ITE",
        "Add",
        "Multiply",
        "Affine[acc]",
        "Affine[gyro]",
        "Constant",
        "Input",
    ]


def test_without_the_mean_of_values_it_is_the_papers():
    rest = Grammar.paper({"acc": [0, 1], "gyro": [2]}, value_windows=())
    whole = Grammar.paper({"acc": [0, 1], "gyro": [2]})
    assert rest == whole.without("SlideWindowAvg[all,values]")
    several = Grammar.paper(1, windows=(5,), value_windows=(3, None))
    windows = [p for p in several.productions if isinstance(p, SlideWindowAvg)]
    assert windows == [
        SlideWindowAvg(5),
        SlideWindowAvg(3, "values"),
        SlideWindowAvg(None, "values"),
    ]


@pytest.mark.parametrize(
    ("n_timesteps", "windows"),
    [
        (1, ()),
        (2, ()),
        (3, ()),
        (5, (2,)),
        (8, (4, 5)),
        (10, (5,)),
        (11, (5, 10)),
        (1000, (5, 10)),
    ],
)
def test_windows_that_suit_a_length(n_timesteps, windows):
    grammar = Grammar.default(2)
    suited = grammar.for_lengths([n_timesteps])
    of_frames = [p for p in suited.productions if isinstance(p, SlideWindowAvg)]
    found = [p.window for p in of_frames if isinstance(p.window, int)]
    assert found == list(windows)
    assert suited.for_lengths([7]) == suited
    assert Grammar.paper(2).for_lengths([n_timesteps]) == Grammar.paper(2)


def test_the_default_grammar_reads_more_than_the_papers():
    groups = {"acc": [0, 1], "gyro": [2]}
    default, paper = Grammar.default(groups), Grammar.paper(groups)
    assert default.feature_groups == {**paper.feature_groups, "all": (0, 1, 2)}
    assert set(labels(paper.productions)) < set(labels(default.productions))
    assert Grammar.default(groups, all_features=False).feature_groups == paper.feature_groups
    assert Grammar.default({"b": [1, 0]}).feature_groups == {"b": (1, 0)}


def test_a_grammar_is_shown_in_one_line():
    assert repr(Grammar.paper({"a": [0]})) == "Grammar(paper, 1 group, 19 productions)"
    assert repr(Grammar.parse(str(Grammar.paper(2)))) == "Grammar(3 groups, 21 productions)"


@pytest.mark.parametrize("span", ["0/3", "4/3", "1/0"])
def test_parts_that_are_none_are_refused(span):
    with pytest.raises(ValueError, match=f"^{span} is no part: of"):
        SlideWindowAvg(span)


def test_a_number_of_features_gives_a_group_for_each_and_one_for_all():
    assert Grammar.paper(2).feature_groups == {"x0": (0,), "x1": (1,), "all": (0, 1)}
    assert Grammar.paper(1).feature_groups == {"x0": (0,)}
    named = Grammar.paper(2, feature_names=["a", "b"])
    assert named.feature_groups == {"a": (0,), "b": (1,), "all": (0, 1)}


def test_a_feature_called_all_keeps_its_group():
    groups = Grammar.paper(2, feature_names=["all", "b"]).feature_groups
    assert groups == {"all": (0,), "b": (1,), "all_": (0, 1)}


def test_feature_names_must_differ():
    with pytest.raises(ValueError, match="^Feature names must differ from each other; got "):
        Grammar.paper(2, feature_names=["a", "a"])


def test_a_set_of_feature_names_is_refused():
    with pytest.raises(TypeError, match="feature_names must be a list of names, in the order of"):
        Grammar.default(2, feature_names={"a", "b"})


def test_a_set_of_productions_is_refused():
    with pytest.raises(TypeError, match="must be in an order.* a set has another in every process"):
        Grammar(set(Grammar.paper(2).productions))


def test_groups_may_name_their_columns():
    grammar = Grammar.paper({"acc": ["b", 0]}, feature_names=["a", "b"])
    assert grammar.feature_groups == {"acc": (1, 0)}


def test_a_group_that_is_a_set_has_the_order_of_the_columns():
    names = [f"x{i}" for i in range(9)]
    grammar = Grammar.paper({"acc": set(names[::2])}, feature_names=names)
    assert grammar.feature_groups == {"acc": (0, 2, 4, 6, 8)}


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        (0, ValueError, "A frame needs at least 1 feature; got 0."),
        (
            [0, 1],
            TypeError,
            "feature_groups must be a dict of group name to column indices, or a number of "
            "features; got list.",
        ),
        ({}, ValueError, "feature_groups is empty; give at least one group of columns."),
        ({"a": []}, ValueError, "Feature group 'a' is empty; give at least one column."),
        (
            {"a": [-1]},
            ValueError,
            "Feature group 'a' is [-1]; columns must be distinct and not negative.",
        ),
        (
            {"a": [1, 1]},
            ValueError,
            "Feature group 'a' is [1, 1]; columns must be distinct and not negative.",
        ),
        ({"a": ["z"]}, ValueError, "Feature group 'a' names 'z'; no feature names were given."),
    ],
)
def test_bad_groups_are_refused(groups, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Grammar.paper(groups)


@pytest.mark.parametrize(
    ("production", "cost"),
    [
        (Map(), 1),
        (MapPrefix(), 1),
        (Fold(), 1),
        (SlideWindowAvg(5), 1),
        (CenteredWindowAvg(5), 1),
        (ITE(LIST_TO_LIST), 3),
        (Add(), 2),
        (Multiply(), 2),
        (Affine("a", (0, 1)), 1),
        (Constant(), 1),
        (Input(), 1),
    ],
)
def test_the_cost_is_the_number_of_arguments_and_at_least_one(production, cost):
    assert production.cost == cost
    assert str(production) == production.label
    assert pickle.loads(pickle.dumps(production)) == production


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signatures_are_read_from_their_text(signature):
    assert Signature.parse(str(signature)) == signature
    assert Signature.parse(str(signature).replace("->", " → ")) == signature


@pytest.mark.parametrize("window", [0, -1, 2.5, True, "5"])
def test_windows_must_be_positive_integers(window):
    with pytest.raises(ValueError, match="^SlideWindowAvg needs a window of at least 1 frame, a"):
        SlideWindowAvg(window)
    with pytest.raises(ValueError, match="^CenteredWindowAvg needs a window of at least 1 frame;"):
        CenteredWindowAvg(window)


def test_centred_windows_must_be_odd():
    message = "^CenteredWindowAvg needs an odd window, got 4; give 3 or 5.$"
    with pytest.raises(ValueError, match=message):
        CenteredWindowAvg(4)


def test_the_average_must_be_known():
    with pytest.raises(ValueError, match="^of='sum' is not allowed; give 'frames'"):
        SlideWindowAvg(5, "sum")


def test_productions_are_removed_by_symbol_or_label():
    grammar = Grammar.paper({"a": [0], "b": [1]})
    assert "Multiply" not in labels(grammar.without("Multiply").productions)
    kept = labels(
        grammar.without("SlideWindowAvg[5]", "Affine", "ITE", "Add", "Multiply").productions
    )
    assert kept == [
        "Map",
        "MapPrefix",
        "Fold",
        "SlideWindowAvg[10]",
        "SlideWindowAvg[all]",
        "SlideWindowAvg[all,values]",
        "Constant",
        "Input",
    ]
    with pytest.raises(ValueError, match="^The grammar has no production 'Divide'; it has Map,"):
        grammar.without("Divide")


def test_productions_are_added_at_the_end_of_their_signature():
    grammar = Grammar.paper(1).with_production(CenteredWindowAvg(3))
    assert labels(grammar.of(LIST_TO_LIST))[-1] == "CenteredWindowAvg[3]"


def test_a_label_may_not_stand_twice():
    message = "^The grammar names Affine\\[a\\] twice for atom->atom; labels must be unique"
    with pytest.raises(ValueError, match=message):
        Grammar((Affine("a", (0,)), Affine("a", (1,))))


def test_only_productions_make_a_grammar():
    with pytest.raises(TypeError, match="^A grammar is made of productions; got str."):
        Grammar(("Map",))


def test_candidates_can_finish_within_the_depth():
    grammar = Grammar.paper({"a": [0, 1]})
    at = {"width": 1, "n_features": 2}
    assert labels(grammar.candidates(ATOM_TO_ATOM, depth=1, **at)) == ["Affine[a]", "Constant"]
    assert grammar.candidates(LIST_TO_ATOM, depth=1, **at) == ()
    assert "ITE" not in labels(grammar.candidates(LIST_TO_ATOM, depth=2, **at))
    assert "ITE" in labels(grammar.candidates(LIST_TO_ATOM, depth=3, **at))
    assert labels(grammar.candidates(LIST_TO_LIST, depth=2, **at)) == ["Map"]


def test_input_stands_only_where_widths_agree():
    grammar = Grammar((Fold(), Input()))
    assert grammar.min_depth(LIST_TO_ATOM, width=2, n_features=2) == 2
    assert grammar.min_depth(LIST_TO_ATOM, width=1, n_features=2) == UNREACHABLE


def test_min_features_follows_the_last_column():
    assert Grammar.paper({"a": [7, 3], "b": [1]}).min_features == 8
    assert Grammar((Constant(),)).min_features == 1


def test_groups_past_the_frame_are_refused():
    grammar = Grammar.paper({"a": [0, 4]})
    grammar.validate_for(5)
    message = "Feature group 'a' reads column 4, but frames have 4 features (columns 0 to 3)."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        grammar.validate_for(4)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"a": 0}, r"'a' must be a list of column indices or names; got 0.*write \[0\]"),
        ({"a": "speed"}, r"must be a list.*write \['speed'\]"),
        ({"a": [0.5]}, "'a' must hold column indices or names; got 0.5"),
        ({"a": [True]}, "got True"),
        ({"a": [None]}, "got None"),
    ],
)
def test_groups_that_are_no_columns_are_refused(groups, message):
    with pytest.raises(TypeError, match=message):
        Grammar.paper(groups, feature_names=["speed"])


def test_spans_and_windows_have_a_greatest_one():
    """What is longer couldn't be read back, or would take gigabytes where it is evaluated."""
    most = 10**9
    for text in (f"1/{most}", f"{most}/{most}"):
        assert str(SlideWindowAvg(text).window) == text
    assert SlideWindowAvg(most).window == most
    assert CenteredWindowAvg(most - 1).window == most - 1
    for make, message in (
        (lambda: Part(1, most + 1), "at most 1000000000 parts; got 1/1000000001"),
        (lambda: SlideWindowAvg(f"1/{most + 1}"), "at most 1000000000 parts"),
        (lambda: SlideWindowAvg(most + 1), "SlideWindowAvg reads at most 1000000000 frames; got"),
        (lambda: CenteredWindowAvg(most + 1), "CenteredWindowAvg reads at most 1000000000 frames"),
        (lambda: TemporalFilter(10_001), "TemporalFilter reads at most 9999 frames; got 10001"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    assert TemporalFilter(9_999).window == 9_999


def test_names_make_no_other_grammar():
    """What a grammar is called, and its columns, is for showing it: programs are the same."""
    paper = Grammar.paper({"a": [0, 1]})
    assert Grammar.parse(str(paper)) == paper
    assert Grammar.parse(str(paper)).name != paper.name
    assert Grammar.paper({"a": [0, 1]}, feature_names=["speed", "turn"]) == paper
    default = Grammar.default({"a": [0, 1]})
    assert default.adapts
    assert Grammar.parse(str(default)) == default


@pytest.mark.parametrize(("n_features", "possible"), [(1, True), (2, False)])
def test_a_condition_is_one_number_wide(n_features, possible):
    """Input is as wide as a frame, so that it gives a condition where frames are one number."""
    grammar = Grammar.parse(
        "list->atom ::= SlideWindowAvg[all](atom->atom)"
        " | ITE(list->atom?, list->atom, list->atom)\natom->atom ::= Input"
    )
    settings = {"width": n_features, "n_features": n_features, "depth": 3}
    found = labels(grammar.candidates(LIST_TO_ATOM, **settings))
    assert found == (["SlideWindowAvg[all]", "ITE"] if possible else ["SlideWindowAvg[all]"])
