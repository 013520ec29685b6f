"""Time and accuracy on data sets of the UEA archive of multivariate time series.

Fits DPadsClassifier to the training part of uea_NAME.npz for every name, over the feature
groups that the file gives, and an LSTM beside it; one core, several seeds. F1 is weighted. The
table shows the productions of a program without its parameters, of which there is one set per
class; --texts shows them too.
"""

from __future__ import annotations

from _common import (
    DataSet,
    add_data_option,
    add_settings_option,
    find_data,
    load,
    option_parser,
    use_one_core,
)
from _compare import add_comparison_options, compare

from sklearn_dpads import Grammar, Program

NAMES = ("RacketSports", "NATOPS", "BasicMotions")


def grammar_of(data: DataSet) -> Grammar:
    """The default grammar over a data set's own groups."""
    return Grammar.default(data.feature_groups)


def full_text(program: Program) -> str:
    return program.to_text(precision=3, width=None)


def productions(program: Program) -> str:
    return program.expression.skeleton()


def main() -> None:
    parser = option_parser(__doc__)
    add_data_option(parser)
    parser.add_argument(
        "--names", nargs="+", default=NAMES, metavar="NAME", help=f"default: {' '.join(NAMES)}"
    )
    add_comparison_options(parser)
    add_settings_option(parser)
    parser.add_argument("--texts", action="store_true", help="show the whole programs")
    options = parser.parse_args()
    paths = find_data(options.data, [f"uea_{name}" for name in options.names])
    use_one_core()
    for path in paths:
        data = load(path)
        compare(
            data,
            models=options.models,
            seeds=options.seeds,
            settings={"grammar": grammar_of(data), **dict(options.settings)},
            rnn_settings={},
            describe=full_text if options.texts else productions,
        )


if __name__ == "__main__":
    main()
