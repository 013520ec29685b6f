"""Programs as text for Graphviz."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given

from sklearn_dpads import Grammar, Program

from ..program.cases import EXPORTS, cases
from ..user_functions import PRODUCTIONS

_NODE = re.compile(r'    (n[_0-9]*) \[label="((?:[^"\\]|\\.)*)", fillcolor="(#[0-9a-f]{6})"\];')
_EDGE = re.compile(r'    (n[_0-9]*) -> (n[_0-9]*)(?: \[label="([^"\\]*)"\])?;')


def read(text: str):
    """Labels by node and branches by edge, of a graph as it is written."""
    head, *lines, tail = text.splitlines()
    assert (head, tail) == ("digraph program {", "}")
    nodes, edges = {}, {}
    for line in lines[3:]:
        if node := _NODE.fullmatch(line):
            assert node[1] not in nodes
            nodes[node[1]] = node[2]
        else:
            edge = _EDGE.fullmatch(line)
            assert edge is not None, line
            edges[edge[1], edge[2]] = edge[3]
    return nodes, edges


def plain(label: str) -> str:
    """The text of a label, its lines ended by a line feed."""
    text = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "l" else m[1], label)
    return text.replace("&amp;", "&")


@EXPORTS
@given(cases(user=True))
def test_the_graph_is_the_tree(case):
    program, _ = case
    nodes, edges = read(program.to_dot())
    assert len(nodes) == program.n_productions
    assert len(edges) == len(nodes) - 1
    for path, node in program.expression.walk():
        identifier = "_".join(["n", *map(str, path)])
        label = plain(nodes[identifier])
        for i, _ in enumerate(node.args):
            branch = ("if ≥ 0", "then", "else")[i] if node.production.symbol == "ITE" else None
            assert edges[identifier, f"{identifier}_{i}"] == branch
        if not node.args:
            text = program.with_expression(node).to_text(width=None)
            assert "".join(label.split()) == "".join(c for c in text if c.isprintable()).replace(
                " ", ""
            )


def test_labels_of_a_program():
    grammar = Grammar.paper({'a "b"\\': ["x & y", "z"]}, feature_names=["x & y", "z"])
    text = 'Fold(Multiply(Affine["a \\"b\\"\\\\"]("x & y" - 1), Constant(2)), initial=-0.5)'
    program = Program.parse(text, grammar, feature_names=["x & y", "z"])
    nodes, edges = read(program.to_dot())
    assert {key: plain(label) for key, label in nodes.items()} == {
        "n": "Fold\ninitial -0.5\n",
        "n_0": "Multiply\n",
        "n_0_0": 'Affine["a \\"b\\"\\\\"]("x & y" - 1)\n',
        "n_0_1": "Constant(2)\n",
    }
    assert edges == {("n", "n_0"): None, ("n_0", "n_0_0"): None, ("n_0", "n_0_1"): None}


def test_a_fold_of_several_outputs_names_where_each_starts():
    grammar = Grammar.paper(1).with_production(*PRODUCTIONS)
    text = "Fold(|Constant(run: 1, walk: 2)|, initial=(run: 0.12345, walk: 0))"
    nodes, _ = read(Program.parse(text, grammar, classes=("run", "walk")).to_dot(precision=2))
    assert plain(nodes["n"]) == "Fold\ninitial run: 0.12\ninitial walk: 0\n"
    assert plain(nodes["n_0"]) == "soft_sign\n"


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it():
    names = ['"', "\\", "&lt;<b>", "ω\n"]
    grammar = Grammar.paper({"].;{|": names}, feature_names=names)
    text = (
        'Map(if Affine["].;{|"]("\\"" + 2*"\\\\" + "&lt;<b>") >= 0: Constant(1) else: Constant(2))'
    )
    program = Program.parse(text, grammar, feature_names=names)
    done = subprocess.run(
        ["dot", "-Tplain"], input=program.to_dot(), capture_output=True, encoding="utf8", check=True
    )
    kinds = [line.split()[0] for line in done.stdout.splitlines()]
    assert (kinds.count("node"), kinds.count("edge")) == (5, 4)


@pytest.mark.parametrize("precision", [0, -1, 2.0, True])
def test_precision_must_be_a_positive_integer(precision):
    program = Program.parse("Fold(Constant(1))", Grammar.paper(1))
    with pytest.raises(ValueError, match="^precision must be a positive integer; got "):
        program.to_dot(precision)
