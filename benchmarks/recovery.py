"""Can the search find a program as good as one that is known to exist?

Random programs of depth 2 to 4 of the default grammar, or of the paper's, with no part in vain,
label random sequences by the sign of their output. Of the training labels 2 % are wrong.
DPadsClassifier searches with the grammar that the programs were drawn from; reported is how often
the sign of the program found agrees with that of the true one on fresh sequences, with right
labels. One core.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from _common import Column, Table, add_settings_option, option_parser, use_one_core
from _random_programs import draw_sequences, productions, random_programs

from sklearn_dpads import DPadsClassifier, Grammar, Program
from sklearn_dpads.datasets import make_program_classification
from sklearn_dpads.program import joined

GROUPS = {"a": [0, 1], "b": [2, 3], "c": [4, 5]}
N_TIMESTEPS, N_FRESH, NOISE = 20, 2000, 0.02
GRAMMARS = {
    "default": Grammar.default(GROUPS).for_lengths(np.full(1, N_TIMESTEPS)),
    "paper": Grammar.paper(GROUPS),
}


@dataclass(frozen=True)
class Recovery:
    """What a search made of the labels of a program.

    Parameters
    ----------
    found : Program
        The program found.
    agreement : float
        Share of fresh sequences on which it agrees with the true program.
    score : float
        Its cross-fitted score on the training sequences.
    positive : float
        Share of fresh sequences that the true program is positive on.
    seconds, cpu_seconds : float
        Time of the fit, by the clock and of the processor.
    warnings : list of str
        What the fit warned of.
    """

    found: Program
    agreement: float
    score: float
    positive: float
    seconds: float
    cpu_seconds: float
    warnings: list[str]


def recover(
    program: Program,
    grammar: Grammar,
    n_samples: int,
    seeds: tuple[int, int, int],
    settings: Mapping[str, Any],
) -> Recovery:
    """Search for a program of a grammar from its labels.

    The seeds are for training, test and search.
    """
    X, y = make_program_classification(
        program, n_samples, N_TIMESTEPS, noise=NOISE, random_state=seeds[0]
    )
    X_fresh, y_fresh = make_program_classification(
        program, N_FRESH, N_TIMESTEPS, random_state=seeds[1]
    )
    classifier = DPadsClassifier(grammar=grammar, random_state=seeds[2], **settings)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start, cpu_start = time.perf_counter(), time.process_time()
        classifier.fit(X, y)
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
        agreement = np.mean(classifier.predict(X_fresh) == y_fresh)
    return Recovery(
        found=classifier.program_,
        agreement=float(agreement),
        score=classifier.programs_[0].score,
        positive=float(y_fresh.mean()),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        warnings=[str(w.message) for w in caught],
    )


def main() -> None:
    options = _parse_options()
    use_one_core()
    settings = dict(options.settings)
    changed = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    print(
        f"{options.n_samples} training sequences of {N_TIMESTEPS} frames, {NOISE:.0%} wrong labels"
    )
    print(f"DPadsClassifier: {changed or 'default hyperparameters'}\n")
    grammar = GRAMMARS[options.grammar]
    X = draw_sequences(grammar, N_FRESH, N_TIMESTEPS, options.seed)
    programs = random_programs(grammar, X, max_depth=options.max_depth, seed=options.seed)
    table = Table(
        Column("program", 7, "d"),
        Column("depth", 5, "d"),
        Column("positive", 8, ".0%"),
        Column("fit s", 7, ".1f"),
        Column("cpu s", 7, ".1f"),
        Column("cross-fitted", 12, ".3f"),
        Column("agreement", 9, ".1%"),
        Column("productions", 11),
        Column("", 5),
    )
    agreements = []
    for i, program in enumerate(itertools.islice(programs, options.number)):
        if options.only and i not in options.only:
            continue
        seeds = np.random.SeedSequence([options.seed, i]).generate_state(3).tolist()
        result = recover(program, grammar, options.n_samples, tuple(seeds), settings)
        agreements.append(result.agreement)
        # Of the program to find, sums are joined as they are in what a fit gives.
        shapes = [
            productions(joined(one.expression, grammar.productions))
            for one in (result.found, program)
        ]
        same = shapes[0] == shapes[1]
        table.row(
            i,
            program.depth,
            result.positive,
            result.seconds,
            result.cpu_seconds,
            result.score,
            result.agreement,
            "the same" if same else "others",
            "" if result.agreement >= options.target else "below",
        )
        print(f"         true  {program.to_text(precision=3, width=None)}")
        print(f"         found {result.found.to_text(precision=3, width=None)}", flush=True)
        for message in result.warnings:
            print(f"         warning: {message}")
    reached = sum(agreement >= options.target for agreement in agreements)
    print(
        f"\n{reached} of {len(agreements)} reach {options.target:.0%}; agreement: least "
        f"{min(agreements):.1%}, median {np.median(agreements):.1%}, "
        f"mean {np.mean(agreements):.1%}"
    )


def _parse_options() -> argparse.Namespace:
    parser = option_parser(__doc__)
    parser.add_argument("--number", type=int, default=20, help="number of programs (default: 20)")
    parser.add_argument(
        "--only", type=int, nargs="+", metavar="I", help="try just these of the programs, from 0"
    )
    parser.add_argument(
        "--grammar", choices=list(GRAMMARS), default="default", help="default: default"
    )
    parser.add_argument("--max-depth", type=int, default=4, help="greatest depth (default: 4)")
    parser.add_argument("--n-samples", type=int, default=1000, help="default: 1000")
    parser.add_argument("--seed", type=int, default=0, help="of programs and data (default: 0)")
    parser.add_argument(
        "--target", type=float, default=0.97, help="agreement to reach (default: 0.97)"
    )
    add_settings_option(parser)
    options = parser.parse_args()
    if options.number < 1:
        parser.error("--number must be at least 1")
    if options.only and not all(0 <= i < options.number for i in options.only):
        parser.error(f"--only must name programs from 0 to {options.number - 1}")
    return options


if __name__ == "__main__":
    main()
