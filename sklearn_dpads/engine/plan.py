"""What to compute for a forest, level by level: index lists without torch.

An atom->atom slot is evaluated once per *context*: once per stream outside ``Fold``, once
per filter, and once per ``Fold`` inside. A :class:`BlockPlan` lists, from the root down, the
edges that enter each level and the groups of equal productions that stand there; the groups'
arguments are the first edges of the next level, group by group and argument by argument, so
that a whole group is computed from plain slices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..grammar import (
    Grammar,
    Kind,
    Production,
    SlideWindow,
    StreamKey,
    TemporalFilter,
)
from ..grammar.spans import span_order
from ..graph import (
    NEURAL,
    DerivationGraph,
    EdgeKey,
    SlotKey,
)
from .parameters import hidden_units
from .tables import Tables

LISTS = "lists"


class FilterKey(NamedTuple):
    """A filter of a graph, and the slot that holds it."""

    graph: int
    slot: SlotKey
    production: TemporalFilter


Read = StreamKey | FilterKey
Context = str | Read | SlotKey
SlotUse = tuple[int, SlotKey, Context]
CompletionKey = tuple[int, int, int]


@dataclass(frozen=True)
class EdgeUse:
    """An edge evaluated in a context."""

    graph: int
    key: EdgeKey
    target: SlotKey
    context: Context

    @property
    def place(self) -> SlotUse:
        """The slot in its context."""
        return (self.graph, self.target, self.context)


@dataclass
class Group:
    """Equal productions of one level, computed together.

    Parameters
    ----------
    kind : str
        ``"combine"`` (a function of the arguments), ``"pass"`` (the argument itself) or
        the name of an external source: ``"fold"``, ``"values"``, ``"mlp"``, ``"lstm"``.
    width : int
        Output width.
    production : Production or None
        The production of a ``"combine"`` group.
    hidden, accumulator : int
        Units and accumulator length, for neural completions.
    members : list of SlotUse
        Slots in their contexts.
    arguments : list of (width, start, stop)
        Slices of the next level's edge values.
    first : int
        Position of the first member in its external source.
    """

    kind: str
    width: int
    production: Production | None = None
    hidden: int = 0
    accumulator: int = 0
    members: list[SlotUse] = field(default_factory=list)
    arguments: list[tuple[int, int, int]] = field(default_factory=list)
    first: int = 0


@dataclass
class Mixing:
    """Entries of a level's mixing matrix: edge, candidate, and the weight's place.

    Where ``is_choice``, every edge has one candidate, of weight 1, and each candidate, but for
    leaves, is that of one edge.
    """

    edges: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    weights: list[tuple[int, int]] = field(default_factory=list)
    is_choice: bool = False


@dataclass
class Level:
    """Edges that enter a level of a block, and the groups that stand there."""

    edges: dict[int, list[EdgeUse]] = field(default_factory=dict)
    tops: dict[int, tuple[int, int]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    mixing: dict[int, Mixing] = field(default_factory=dict)


@dataclass
class BlockPlan:
    """One evaluation space: its levels from the root down, and its neural completions."""

    levels: list[Level] = field(default_factory=list)
    neural: dict[CompletionKey, list[SlotUse]] = field(default_factory=dict)

    @property
    def widths(self) -> list[int]:
        """Widths that occur."""
        return sorted({w for level in self.levels for w in level.edges})


@dataclass
class Entries:
    """Edges that enter a block from outside, by level and width, in order of arrival."""

    by_level: dict[int, dict[int, list[EdgeUse]]] = field(default_factory=dict)

    def add(self, use: EdgeUse) -> int:
        """Add an edge; give its position among all of its width."""
        position = sum(len(widths.get(use.target.width, [])) for widths in self.by_level.values())
        level = self.by_level.setdefault(use.target.level, {})
        level.setdefault(use.target.width, []).append(use)
        return position


class Plan:
    """Evaluation plan of a forest.

    Parameters
    ----------
    graphs : list of DerivationGraph
        The forest; all of one signature, frame length and output width.

    Attributes
    ----------
    tables : Tables
        Places of the parameters.
    output, fold, values : BlockPlan
        The output positions; the bodies of ``Fold``, per time step; and expressions
        whose values are averaged over single frames.
    folds, windows : dict of int to list
        By width, the ``Fold`` slots and the windows of value averages, in the order of
        their rows.
    filters : dict of int to list of FilterKey
        By window, the ``TemporalFilter`` slots, in the order of their rows.
    lstms : dict of (width, hidden, accumulator) to list of SlotUse
        Neural completions over lists.
    """

    def __init__(self, graphs: list[DerivationGraph]) -> None:
        self.graphs = graphs
        self.tables = Tables(graphs)
        self.folds: dict[int, list[tuple[int, SlotKey]]] = {}
        self.windows: dict[int, list[SlideWindow]] = {}
        self.filters: dict[int, list[FilterKey]] = {}
        self.lstms: dict[CompletionKey, list[SlotUse]] = {}
        self._fold_entries, self._value_entries = Entries(), Entries()
        roots = Entries()
        for g, graph in enumerate(graphs):
            (key,) = (key for key in graph.edges if key.parent is None)
            roots.add(EdgeUse(g, key, graph.root, LISTS))
        self.output = self._block(roots)
        self.fold = self._block(self._fold_entries)
        self.values = self._block(self._value_entries)

    @property
    def streams(self) -> tuple[StreamKey, ...]:
        """Streams that the output block and the filters read; at least one."""
        found = {
            use.context
            for level in self.output.levels
            for uses in level.edges.values()
            for use in uses
            if isinstance(use.context, StreamKey)
        }
        for keys in self.filters.values():
            found.update(keys[0].production.streams)
        return tuple(sorted(found, key=_stream_order)) or (_DEFAULT_STREAM,)

    @property
    def read(self) -> tuple[Read, ...]:
        """What functions of frames read in the output block: the streams, then the filters."""
        return (*self.streams, *(key for keys in self.filters.values() for key in keys))

    @property
    def needs_frames(self) -> bool:
        """Whether single frames are read in a training step."""
        return bool(self.folds or self.windows or self.lstms)

    def _block(self, entries: Entries) -> BlockPlan:
        block = BlockPlan()
        if not entries.by_level:
            return block
        number = min(entries.by_level)
        entering: dict[int, list[EdgeUse]] = {}
        while entering or number <= max(entries.by_level):
            level = Level(edges=entering)
            for width, uses in entries.by_level.get(number, {}).items():
                inside = level.edges.setdefault(width, [])
                level.tops[width] = (len(inside), len(inside) + len(uses))
                inside.extend(uses)
            entering = self._fill(block, level)
            block.levels.append(level)
            number += 1
        return block

    def _fill(self, block: BlockPlan, level: Level) -> dict[int, list[EdgeUse]]:
        """Group a level's candidates and give the edges that enter the next level."""
        places = dict.fromkeys(use.place for uses in level.edges.values() for use in uses)
        following: dict[int, list[EdgeUse]] = {}
        columns: dict[tuple[SlotUse, str], int] = {}
        counts: dict[int, int] = {}
        for group, labels in self._groups(places):
            level.groups.append(group)
            for place, label in zip(group.members, labels, strict=True):
                columns[place, label] = counts.get(group.width, 0)
                counts[group.width] = columns[place, label] + 1
            self._connect(block, group, labels, following)
        for width, uses in level.edges.items():
            level.mixing[width] = self._mixing(uses, columns, counts.get(width, 0))
        return following

    def _groups(self, places: Iterable[SlotUse]) -> list[tuple[Group, list[str]]]:
        found: dict[tuple[str, str, int, int, int], tuple[Group, list[str]]] = {}
        for place in places:
            g, key, _ = place
            slot = self.graphs[g].slots[key]
            if slot.is_neural:
                kind = "mlp" if key.signature.input is Kind.ATOM else "lstm"
                hidden = hidden_units(key.level)
                entry = (kind, "", key.width, hidden, key.accumulator)
                group = Group(kind, key.width, hidden=hidden, accumulator=key.accumulator)
                members, labels = found.setdefault(entry, (group, []))
                members.members.append(place)
                labels.append(NEURAL)
                continue
            for production in slot.branching:
                kind = _kind(production)
                name = (production.symbol or production.label) if kind == "combine" else ""
                entry = (kind, name, key.width, 0, 0)
                group = Group(kind, key.width, production if kind == "combine" else None)
                members, labels = found.setdefault(entry, (group, []))
                members.members.append(place)
                labels.append(production.label)
        return list(found.values())

    def _connect(
        self,
        block: BlockPlan,
        group: Group,
        labels: list[str],
        following: dict[int, list[EdgeUse]],
    ) -> None:
        if group.kind in ("mlp", "lstm"):
            registry = block.neural if group.kind == "mlp" else self.lstms
            rows = registry.setdefault((group.width, group.hidden, group.accumulator), [])
            group.first = len(rows)
            rows.extend(group.members)
            return
        uses = [
            self._argument_uses(place, label)
            for place, label in zip(group.members, labels, strict=True)
        ]
        if group.kind in ("fold", "values"):
            self._register_external(group, labels, [use for (use,) in uses])
            return
        for argument in zip(*uses, strict=True):
            width = argument[0].target.width
            inside = following.setdefault(width, [])
            group.arguments.append((width, len(inside), len(inside) + len(argument)))
            inside.extend(argument)

    def _register_external(self, group: Group, labels: list[str], uses: list[EdgeUse]) -> None:
        entries = self._fold_entries if group.kind == "fold" else self._value_entries
        positions = [entries.add(use) for use in uses]
        group.first = positions[0]
        for (g, key, _), label in zip(group.members, labels, strict=True):
            if group.kind == "fold":
                self.folds.setdefault(group.width, []).append((g, key))
            else:
                production = self.graphs[g].slots[key].production(label)
                assert isinstance(production, SlideWindow)
                self.windows.setdefault(group.width, []).append(production)

    def _argument_uses(self, place: SlotUse, label: str) -> tuple[EdgeUse, ...]:
        g, key, _ = place
        production = self.graphs[g].slots[key].production(label)
        inner = self._context(production, place)
        arguments = self.graphs[g].arguments(key, production)
        return tuple(EdgeUse(g, edge, target, inner) for edge, target in arguments)

    def _context(self, production: Production, place: SlotUse) -> Context:
        """Context in which a production's arguments are evaluated."""
        g, key, context = place
        if production.recurrent:
            return key
        if isinstance(production, TemporalFilter):
            made = FilterKey(g, key, production)
            self.filters.setdefault(production.window, []).append(made)
            return made
        return context if production.stream is None else production.stream

    def _mixing(
        self, uses: list[EdgeUse], columns: dict[tuple[SlotUse, str], int], n_columns: int
    ) -> Mixing:
        mixing = Mixing()
        n_labels = []
        for i, use in enumerate(uses):
            row = self.tables.rows[use.graph, use.key]
            table = self.tables.by_width[row.width]
            labels = self.graphs[use.graph].edges[use.key].labels
            n_labels.append(len(labels))
            for label in labels:
                if (use.place, label) in columns:
                    mixing.edges.append(i)
                    mixing.columns.append(columns[use.place, label])
                    mixing.weights.append((row.row, table.columns[row.slot][label]))
        is_single = all(n == 1 for n in n_labels)
        mixing.is_choice = is_single and sorted(mixing.columns) == list(range(n_columns))
        return mixing


_DEFAULT_STREAM = StreamKey("causal", None)


def _stream_order(key: StreamKey) -> tuple[str, str, tuple[int, int, int]]:
    return (key.kind, key.statistic.name, span_order(key.window))


def _kind(production: Production) -> str:
    if production.recurrent:
        return "fold"
    if production.walks_frames:
        return "values"
    # What has one argument and no stream hands on the whole list, as MapPrefix does.
    hands_on = production.takes_lists and len(production.arguments) == 1
    return "pass" if production.streams or hands_on else "combine"


def stream_keys(grammar: Grammar) -> tuple[StreamKey, ...]:
    """All streams that programs of a grammar can read, in a fixed order."""
    found: list[StreamKey] = []
    for production in grammar.productions:
        if not production.recurrent:
            found.extend(production.streams)
    return tuple(sorted(dict.fromkeys([*found, _DEFAULT_STREAM]), key=_stream_order))
