"""Programs and grammars from anyone: what couldn't be used is refused on reading, and at once."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest
import torch

from sklearn_dpads import Grammar, Program
from sklearn_dpads.export import python
from sklearn_dpads.grammar import TemporalFilter
from sklearn_dpads.program import text as texts
from sklearn_dpads.program.expression import MOST_LEVELS


def changed(program, **changes):
    return json.dumps(json.loads(program.to_json()) | changes)


SINGLE = Program.parse("SlideWindowAvg[all](Constant(1))", Grammar.paper(2))
VECTOR = Program.parse("SlideWindowAvg[all](Constant(a: 1, b: 2, c: 3))", Grammar.paper(2))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(SINGLE, classes=[]), "must hold 2 classes, which 1 output.* got 0"),
        (changed(SINGLE, classes=list("abcde")), "must hold 2 classes, .* got 5"),
        (changed(SINGLE, classes=["a", "a"]), "must differ from each other"),
        (changed(SINGLE, classes=[0, False]), "must differ from each other"),
        (changed(VECTOR, classes=["a", "b"]), "must hold 3 classes, which 3 output.* got 2"),
        (changed(SINGLE, classes=["a", 1.5]).replace("1.5", "1e400"), "The JSON holds 1e400"),
        (changed(SINGLE, n_features=2.5).replace("2.5", "-1e999"), "The JSON holds -1e999"),
        (changed(SINGLE, n_features=200_000_000), "at most 1000000 features; got 200000000"),
        (changed(SINGLE, n_features=10**30), "at most 1000000 features"),
        (changed(SINGLE, feature_names="x" * 10_000), r"an array; got 'x{190,200}…\.$"),
    ],
)
def test_programs_that_could_not_be_used(text, message):
    with pytest.raises(ValueError, match=message):
        Program.from_json(text)


def test_the_root_is_a_function_of_sequences():
    data = json.loads(VECTOR.to_json())
    data["expression"] = data["expression"]["args"][0]
    with pytest.raises(ValueError, match="must be list->atom or .*Constant is atom->atom"):
        Program.from_json(json.dumps(data))


PRODUCT = {"symbol": "Multiply", "on": "atom->atom"}


def nested(n_levels):
    """A program of so many levels, as text and as JSON."""
    text = "Multiply(" * (n_levels - 2) + "Constant(1)" + ", Constant(1))" * (n_levels - 2)
    data = json.loads(Program.parse("SlideWindowAvg[all](Constant(1))", Grammar.paper(1)).to_json())
    constant = data["expression"]["args"][0]
    for _ in range(n_levels - 2):
        inner = data["expression"]["args"][0]
        data["expression"]["args"][0] = {
            "production": PRODUCT,
            "params": {},
            "args": [inner, constant],
        }
    return f"SlideWindowAvg[all]({text})", json.dumps(data)


def test_programs_that_are_read_can_be_walked_down():
    text, data = nested(MOST_LEVELS)
    for program in (Program.parse(text, Grammar.paper(1)), Program.from_json(data)):
        assert program.depth == MOST_LEVELS
        assert "Multiply" in repr(program)
        assert pickle.loads(pickle.dumps(program)).to_json() == program.to_json()
        assert copy.deepcopy(program).to_json() == program.to_json()
        X = np.ones((1, 2, 1))
        assert program.to_torch()(torch.ones(1, 2, 1)).item() == program(X).item() == 1.0


@pytest.mark.parametrize("n_levels", [MOST_LEVELS + 1, 150, 300])
def test_deeper_programs_are_refused_on_reading(n_levels):
    text, data = nested(n_levels)
    for read in (lambda: Program.parse(text, Grammar.paper(1)), lambda: Program.from_json(data)):
        with pytest.raises(ValueError, match="nested too deeply to be read"):
            read()


def test_many_keys():
    """Objects with many keys are refused at once: work that grew with their square took minutes."""
    keys = ", ".join(f'"k{i}": 0' for i in range(60_000))
    with pytest.raises(ValueError, match="The key 'k59999' stands twice"):
        Program.from_json(f'{{{keys}, "k59999": 0}}')
    with pytest.raises(ValueError, match="unknown key 'k0'"):
        Program.from_json(SINGLE.to_json()[:-1] + f", {keys}}}")


def many_columns(n_columns):
    columns = ", ".join(map(str, range(n_columns)))
    rules = "list->atom ::= SlideWindowAvg[all](atom->atom)\natom->atom ::= Affine[a]"
    return f"{rules}\nAffine[a] = {{{columns}}}"


def test_many_columns():
    """As with keys: a group of 100,000 columns, and a program that reads all of them."""
    n_columns = 30_000
    grammar = Grammar.parse(many_columns(n_columns))
    assert grammar.min_features == n_columns
    terms = " + ".join(f"x{i}" for i in range(n_columns))
    program = Program.parse(f"SlideWindowAvg[all](Affine[a]({terms}))", grammar)
    assert program.n_parameters == n_columns
    assert str(program).count("x") == n_columns
    names = [f"f{i}" for i in range(n_columns)]
    assert Grammar.paper({"a": names}, feature_names=names).feature_groups["a"][-1] == n_columns - 1


@pytest.mark.parametrize("index", [10**6, 199_999_999, 10**30])
def test_a_column_that_no_frame_has(index):
    with pytest.raises(ValueError, match=f"Line 3, column 20: '{index}' is no column.*1000000"):
        Grammar.parse(many_columns(2).replace("{0, 1}", f"{{0, 1, {index}}}"))


def test_more_features_than_a_frame_has():
    grammar = Grammar.paper(2)
    with pytest.raises(ValueError, match="at most 1000000 features; got 200000000"):
        Program.parse("SlideWindowAvg[all](Constant(1))", grammar, n_features=200_000_000)
    with pytest.raises(ValueError, match="at most 1000000 features; got 200000000"):
        Grammar.paper(200_000_000)
    with pytest.raises(ValueError, match="at most 1000000 features; got 200000000"):
        Program(SINGLE.expression, 200_000_000)


FILTER = "TemporalFilter[{}](Constant(1), frequency=1, spread=4)"


def test_windows_that_would_take_all_memory():
    """A text of a hundred bytes asked for a list of a billion frames."""
    grammar = Grammar.paper(2).with_production(TemporalFilter(5))
    for text, message in (
        (FILTER.format(999_999_999), "TemporalFilter reads at most 9999 frames; got 999999999"),
        ("SlideWindowStd[2/2147483648](Constant(1))", "at most 1000000000 parts"),
        ("SlideWindowStd[2147483648](Constant(1))", "SlideWindowStd reads at most 1000000000"),
    ):
        with pytest.raises(ValueError, match=f"^Line 1, column 1: .*{message}"):
            Program.parse(text, grammar)
        rule = text.partition("(")[0] + "(atom->atom)"
        with pytest.raises(ValueError, match=f"^Line 1, column [0-9]+: .*{message}"):
            Grammar.parse(f"list->atom ::= {rule}\natom->atom ::= Constant")
    program = Program.parse(FILTER.format(5), grammar)
    with pytest.raises(ValueError, match=r"^expression\.production: TemporalFilter reads at most"):
        Program.from_json(program.to_json().replace('"window": 5', '"window": 999999999'))


def test_a_name_is_made_where_it_is_asked_for(monkeypatch):
    """Printing a program of a few bytes that reads one of a million features named them all."""
    program = Program.parse("Fold(Affine[a](x7))", Grammar.paper({"a": [7]}), n_features=10**6)
    named = []

    def counting(name, format_feature=texts.format_feature):
        named.append(name)
        return format_feature(name)

    monkeypatch.setattr(texts, "format_feature", counting)
    monkeypatch.setattr(python, "format_feature", counting)
    assert str(program) == "Fold(Affine[a](x7))"
    assert "x7" in program.to_python()
    assert set(named) == {"x7"}


def test_numbered_names_are_those_of_the_columns():
    names = texts.column_names(3, None)
    assert list(names) == ["x0", "x1", "x2"]
    assert (len(names), names[-1], list(names[1:])) == (3, "x2", ["x1", "x2"])
    assert names[np.int64(1)] == "x1"
    with pytest.raises(IndexError):
        names[3]
