"""Tables and a figure of the results that benchmarks/run.py left in a file.

One table per data set: F1, accuracy and time, mean ± standard deviation over the seeds, the
best in bold or with an asterisk. Then how systems stand over all sets, and, apart from what
was measured, the figures that the paper reports for those of its data sets that occur.

    python benchmarks/table.py benchmark_results/comparison.jsonl
    python benchmarks/table.py benchmark_results/comparison.jsonl --markdown --figure f1.png
"""

from __future__ import annotations

from collections.abc import Sequence

from _common import option_parser
from comparison.layout import LAYOUTS
from comparison.results import ResultsFile
from comparison.summary import Summary, summarize
from comparison.tables import measured_table, published_table, standings_table


def read_summary(path: str) -> Summary:
    """Read results, or end the script with what is wrong with them."""
    file = ResultsFile(path)
    if not file.path.is_file():
        raise SystemExit(f"{path} not found: benchmarks/run.py writes such a file")
    rows = [row for row in file.rows() if "system" in row and "settings_hash" in row]
    summary = summarize(rows)
    if not summary.groups:
        raise SystemExit("\n".join([f"{path} holds no finished run", *summary.notes]))
    damaged = file.n_damaged()
    notes = [f"{damaged} damaged line(s) of {path} skipped"] if damaged else []
    return Summary(summary.groups, [*summary.notes, *notes])


def report(summary: Summary, layout: str, *, published: bool = False) -> str:
    """All tables and notes as one text.

    Parameters
    ----------
    summary : Summary
        The results.
    layout : {"text", "markdown", "rst"}
        Form of the tables.
    published : bool, default=False
        Whether to show the paper's figures for all its sets, not only for those that occur.
    """
    from comparison.data_sets import PAPER_LOADERS

    tables = [measured_table(summary, name) for name in summary.data_sets]
    papers = list(PAPER_LOADERS) if published else summary.data_sets
    tables += [table for table in (standings_table(summary), published_table(papers)) if table]
    blocks = [LAYOUTS[layout](table) for table in tables]
    if summary.notes:
        blocks.append("\n".join(["Notes:", "", *(f"- {note}" for note in summary.notes)]))
    return "\n\n".join(blocks)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = option_parser(__doc__)
    parser.add_argument("results", help="file of results")
    layouts = parser.add_mutually_exclusive_group()
    for layout in ("markdown", "rst"):
        layouts.add_argument(
            f"--{layout}", dest="layout", action="store_const", const=layout, default="text"
        )
    parser.add_argument("--figure", metavar="FILE", help="draw F1 over time into this file")
    parser.add_argument(
        "--published", action="store_true", help="show the paper's figures for all its data sets"
    )
    options = parser.parse_args(arguments)
    summary = read_summary(options.results)
    print(report(summary, options.layout, published=options.published))
    if options.figure:
        from comparison.figure import draw

        draw(summary, options.figure)


if __name__ == "__main__":
    main()
