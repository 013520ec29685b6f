"""Imports go one way, no folder reaches into the private parts of another, and torch stays put."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "sklearn_dpads"
ROOT = Path(__file__).parents[1] / PACKAGE

# From the ground up. A room may import from the floors below its own, and those on one floor
# don't know each other.
FLOORS = (
    {"inputs", "grammar"},
    {"program", "metrics", "model_selection", "preprocessing"},
    {"graph", "datasets"},
    {"engine", "display"},
    {"export", "training"},
    {"search"},
    {"estimator"},
    {"classifier", "baselines"},
    {"inspection"},
    {"__init__"},
    {"compat", "_cli", "demo", "callbacks"},
    {"__main__"},
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
TORCH = {"torch", "skorch"}
WITH_TORCH = {"engine", "training", "search", "estimator", "baselines", "export/torch"}

# The way back up, inside functions alone: methods of a program look an export up when they are
# called, what the package itself gives out is looked up by those who need it then, and a picture of
# an estimator's stability finds it out first.
LOOKED_UP = {("program", "export"), ("estimator", "__init__"), ("display", "inspection")}
# A program's methods give its text, JSON and trace, of which each takes or gives a program.
ONE_THING = {("program", "program")}
# Where torch is needed for what a user asks for, and not before.
TORCH_ON_CALL = {
    *("grammar/user", "grammar/user_functions", "grammar/user_statistics"),
    "program/exports",
}


@dataclass(frozen=True)
class Import:
    """An import: from which module, of which, and whether it waits for a call."""

    source: str
    target: str
    waits: bool

    @property
    def rooms(self) -> tuple[str, str]:
        return self.source.split("/")[0], self.target.split("/")[0]


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).with_suffix("").as_posix()
        yield name, ast.parse(path.read_text())


def waiting_nodes(tree: ast.Module) -> set[int]:
    """Nodes that don't run when the module is imported."""
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    ]
    return {id(node) for block in blocks for node in ast.walk(block)}


def imports(name: str, tree: ast.Module) -> Iterator[Import]:
    waiting = waiting_nodes(tree)
    here = [PACKAGE, *name.split("/")]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level] if node.level else []
            parts = [*base, *(node.module.split(".") if node.module else [])]
            targets = [[*parts, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            targets = [alias.name.split(".") for alias in node.names]
        else:
            continue
        for parts in targets:
            yield Import(name, module_of(parts), id(node) in waiting)


def module_of(parts: list[str]) -> str:
    """The module that a dotted name stands for or lies in; a library by its first name."""
    if parts[0] != PACKAGE:
        return parts[0]
    for end in range(len(parts), 1, -1):
        path = ROOT.joinpath(*parts[1:end])
        if path.with_suffix(".py").exists() or path.is_dir():
            return "/".join(parts[1:end])
    return "__init__"


ALL_IMPORTS = [found for name, tree in modules() for found in imports(name, tree)]


def test_every_room_has_a_floor() -> None:
    assert {name.split("/")[0] for name, _ in modules()} == set(FLOOR_OF)


def test_the_page_on_extending_lists_the_floors() -> None:
    page = (ROOT.parent / "doc" / "extending.rst").read_text(encoding="utf-8")
    listed = page.partition(".. code-block:: text\n")[2].partition("\ntorch is")[0].splitlines()
    lines = [line[4:].split("  ")[0].split(", ") for line in listed if line.startswith("    ")]
    told = [set(line) for line in lines if line != [""]]
    assert told == [rooms for rooms in FLOORS if not rooms & {"__init__", "__main__"}]


def test_imports_go_down() -> None:
    wrong = []
    for found in ALL_IMPORTS:
        source, target = found.rooms
        if target not in FLOOR_OF or source == target:
            continue
        climbs = FLOOR_OF[target] >= FLOOR_OF[source]
        if climbs and not (found.waits and found.rooms in LOOKED_UP):
            wrong.append(found)
    assert not wrong


def test_nothing_private_is_imported_from_another_folder() -> None:
    reached = {
        (found.source, found.target)
        for found in ALL_IMPORTS
        if found.target.split("/")[0] in FLOOR_OF
        and found.source.rpartition("/")[0] != found.target.rpartition("/")[0]
        and found.target.rpartition("/")[2].startswith("_")
        and found.target != "__init__"
        and "/" in found.target
    }
    assert not reached


def test_no_imports_form_a_circle() -> None:
    """Those that wait for a call, and those for types alone, count as all others."""
    needs: dict[str, set[str]] = {name: set() for name, _ in modules()}
    for found in ALL_IMPORTS:
        is_looked_up = found.waits and found.rooms in LOOKED_UP | ONE_THING
        if found.target in needs and found.target != found.source and not is_looked_up:
            needs[found.source].add(found.target)
    while free := [name for name, targets in needs.items() if not targets]:
        for name in free:
            del needs[name]
        for targets in needs.values():
            targets.difference_update(free)
    assert not needs


def test_torch_is_imported_where_it_belongs() -> None:
    users = {(found.source, found.waits) for found in ALL_IMPORTS if found.target in TORCH}
    outside = {use for use in users if not {use[0], use[0].split("/")[0]} & WITH_TORCH}
    assert outside == {(name, True) for name in TORCH_ON_CALL}
