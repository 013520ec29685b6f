"""How programs are judged: the folds, the steps of their fits, and what one may cost.

Comments say what a number trades, and what is known of its optimum. ``benchmarks/sensitivity.py``
halves and doubles each; where a comment gives no figure, that has not been done. Differences in F1
are means with standard errors over six fits: RacketSports, NATOPS and CalMS21, two divisions of
each training part.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..inputs.settings import Settings, integer, real


@dataclass(kw_only=True, repr=False, eq=False)
class Judging(Settings):
    """Settings that every search has, since every search ends with judged programs.

    Parameters
    ----------
    n_folds : int, default=4
        Parts of the cross-fitting that judges discrete programs.
    fit_steps, final_steps : int, default=100 and 400
        Steps of a discrete program's training with `enough_samples` sequences: on the
        folds, and the last one.
    fresh_starts : int, default=4
        Beginnings of the last fit with values drawn anew, beside those of the folds.
    enough_samples : int, default=1000
        Sequences from which on more change neither steps nor prices.
    most_price, most_fit, most_final : float, default=12.0, 1.25 and 3.0
        With few sequences the price of structural cost is higher, the fits on the folds are
        longer and the last one is shorter, by so many times at most.
    coldest : float, default=1 / 32
        Least factor that outputs are scaled by before their loss is taken.
    n_temperatures : int, default=21
        Factors tried between that and 1.
    calibration_positions : int, default=4000
        Labels that the factor is looked for with, at most.
    largest_forest : int, default=96
        Programs that are trained side by side, at most.
    largest_recurrent_forest : int, default=64
        The same, where they walk over single frames.
    work_per_program : float, default=2.0
        Work that a round can spend on a program on average; see
        :func:`~.problem.affordable`.
    step_overhead : int, default=1000
        What calling torch costs a program per step, in values computed.
    sparse_errors : float, default=0.0
        Standard errors of the paired difference by which the cross-fitted loss of the program
        chosen may be greater for fewer numbers; 0 keeps all.
    most_linear_positions : int, default=8000
        Labels that programs linear in their parameters are fitted to, at most.
    few_linear_positions, all_linear_positions : int, default=4000 and 50000
        The same, where very many are looked at, and in the last fit.
    """

    # More folds leave a program more to train on and cost as many fits. 2 in place of 4 has an F1
    # of -0.011 ± 0.022 in 0.68 of the time, 8 has -0.010 ± 0.016 in 1.73
    # (benchmarks/sensitivity.py).
    n_folds: int = integer(4, least=2)
    # The noise of a score that comes from fits broken off against the time of a search, most of
    # which is spent here. Half has an F1 of +0.000 ± 0.017 in 0.76 of the time, twice as many
    # -0.003 ± 0.012 in 1.55 (benchmarks/sensitivity.py).
    fit_steps: int = integer(100)
    final_steps: int = integer(400)
    # Against a last fit that ends in a poor optimum; the best of all starts is taken.
    fresh_starts: int = integer(4, least=0)
    # Below this many sequences programs cost more and are fitted longer, up to the limits below.
    enough_samples: int = integer(1000)
    # Dear programs are passed over where scores are noise, good ones among them. On three
    # divisions of the training parts of six sets 12 chose programs with an F1 of 0.883 on average,
    # 6 with 0.880 and 3 with 0.878; BasicMotions, of 28 sequences, decides that.
    most_price: float = real(12.0, least=1.0)
    # Fits on the folds are judged as they end, against the time of a search. Twice as much chose
    # the same programs on two divisions of the training parts of RacketSports, JapaneseVowels and
    # MSR Action3D, in 1.27 of the time.
    most_fit: float = real(1.25, least=1.0)
    # More steps than those that were judged fit noise: 125 in place of 400 gave +0.002 to +0.017 on
    # splits inside the training data of the five sets with 40 to 270 sequences, and lost up to
    # 0.009 with 700 or more.
    most_final: float = real(3.0, least=1.0)
    # How much too sure of itself a program may be found to be, and how finely that is told.
    coldest: float = real(1 / 32, most=1.0, open=True)
    n_temperatures: int = integer(21)
    calibration_positions: int = integer(4000)
    # Calls of torch against memory that no longer fits the cache: speed, not what is found.
    largest_forest: int = integer(96)
    # The recurrent part of a forest is a dense matrix over its folds.
    largest_recurrent_forest: int = integer(64)
    # How much of a round goes to programs with a recurrence, which cost many times as much.
    work_per_program: float = real(2.0, least=1.0)
    step_overhead: int = integer(1000)
    # How much there is to read against how well it fits. On three divisions of the training parts
    # of BasicMotions, RacketSports and NATOPS 1 keeps 0.71 of the numbers of sums with an F1 of
    # -0.006 ± 0.004, a half 0.73 with the same, and 2 keeps 0.33 with -0.018 ± 0.008
    # (benchmarks/reading.py --nested). Whole searches have not been compared with it.
    sparse_errors: float = real(0.0, least=0.0)
    # Neighbouring frames tell nearly the same, so that more of them cost time and bring little.
    most_linear_positions: int = integer(8_000, least=100)
    few_linear_positions: int = integer(4_000, least=100)
    all_linear_positions: int = integer(50_000, least=100)

    def price(self, structural_penalty: float, n_samples: int) -> float:
        """Price of a unit of structural cost, in units of score and of loss.

        With few sequences a search among thousands of programs fits their noise: what a
        parameter gains by chance in mean loss goes as 1 / n (Akaike 1974). The price of
        `enough_samples` sequences grows accordingly, up to `most_price` times.
        """
        return structural_penalty * self._scarcity(n_samples, self.most_price)

    def linear_share(self, n_samples: int) -> float:
        """Share of the price that is asked of programs linear in their parameters.

        There are few of them beside others, and their fits have one optimum: their price does not
        grow where sequences are few.
        """
        return 1.0 / self._scarcity(n_samples, self.most_price)

    def n_fit_steps(self, n_samples: int) -> int:
        """Steps of a fit without a fold; with few sequences they are cheap, and more."""
        return round(self.fit_steps * self._scarcity(n_samples, self.most_fit))

    def n_final_steps(self, n_samples: int) -> int:
        """Steps of the last fit; with few sequences they are fewer, since more fit noise.

        They come on top of those of the fits without a fold, which are what was scored.
        """
        return round(self.final_steps / self._scarcity(n_samples, self.most_final))

    def _scarcity(self, n_samples: int, at_most: float) -> float:
        """How many times fewer sequences there are than enough."""
        return min(max(1.0, self.enough_samples / n_samples), at_most)
