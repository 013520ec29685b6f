"""Time and accuracy on CalMS21: is the mouse investigating the other one?

Fits DPadsClassifier to the training part of calms21_investigation.npz, over the feature
groups that the file gives, and an LSTM beside it; one core, several seeds. Test F1 is that
of class 1, investigation. Ablations are settings:

    python benchmarks/calms21.py --models dpads --set d_s=1
    python benchmarks/calms21.py --models dpads --set N=3
    python benchmarks/calms21.py --models dpads --set max_refinements=0
    python benchmarks/calms21.py --models dpads --set node_sharing=False
    python benchmarks/calms21.py --models dpads --set unfolding=False
"""

from __future__ import annotations

from _common import (
    add_data_option,
    add_settings_option,
    find_data,
    load,
    option_parser,
    use_one_core,
)
from _compare import add_comparison_options, compare


def main() -> None:
    parser = option_parser(__doc__)
    add_data_option(parser)
    add_comparison_options(parser)
    add_settings_option(parser)
    options = parser.parse_args()
    (path,) = find_data(options.data, ["calms21_investigation"])
    use_one_core()
    compare(
        load(path),
        models=options.models,
        seeds=options.seeds,
        settings=dict(options.settings),
        rnn_settings={"hidden_size": 32},
        describe=lambda program: program.to_text(precision=3, width=None),
    )


if __name__ == "__main__":
    main()
