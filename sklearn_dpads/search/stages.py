"""What the local search tries, and how much: its settings, and its two stages."""

from __future__ import annotations

from dataclasses import dataclass

from ..inputs.settings import Settings, integer, real, within
from ..program import Expression
from .drafts import DraftSettings
from .problem import is_recurrent


@dataclass(frozen=True)
class Stage:
    """A part of the local search.

    Parameters
    ----------
    n_rounds : int
        Greatest number of rounds.
    beam : int
        Programs edited per round: the best of the stage's kind by the objective.
    n_valued : int
        Further programs edited per round: the best of the stage's kind by their value.
    n_simple : int
        Further programs edited per round: the best of any kind for their cost, the
        cheapest first.
    patience : int
        Rounds without a better program after which the stage ends.
    recurrent : bool
        Whether the stage makes programs that walk over single frames, or the others.
    """

    n_rounds: int
    beam: int
    n_valued: int
    n_simple: int
    patience: int
    recurrent: bool

    @property
    def title(self) -> str:
        """What it is called in the history."""
        return "recurrent programs" if self.recurrent else "programs without recurrence"

    def admits(self, expression: Expression) -> bool:
        """Whether a program is of the stage's kind."""
        return has_recurrence(expression) == self.recurrent


def has_recurrence(expression: Expression) -> bool:
    """Whether a program walks over single frames."""
    return any(is_recurrent(node.production) for _, node in expression.walk())


@dataclass(kw_only=True, repr=False, eq=False)
class LocalSearch(Settings):
    """Settings of the local search around the best programs.

    Comments say what a number trades, and what is known of its optimum.
    ``benchmarks/sensitivity.py`` halves and doubles each; where a comment gives no figure, that
    has not been done.

    Parameters
    ----------
    max_refinements : int, default=15
        Greatest number of rounds among programs without recurrence; a third as many follow
        with them. 0 leaves the local search out.
    wide_beam, beam : int, default=6 and 2
        Best programs edited per round: among those without a recurrence, and among those
        with one.
    n_valued : int, default=1
        Programs edited beside them: the best by score less price, as the choice is.
    n_wide_simple, n_simple : int, default=2 and 4
        Further programs edited: the best for their cost, the cheapest first.
    max_neighbours : int, default=150
        Neighbours tried per round, drawn at random where there are more.
    screen_steps : int, default=60
        Full-batch steps that a neighbour is trained for before it is judged.
    n_screened : int, default=12
        Neighbours cross-fitted per round, at most.
    race_errors : float, default=1.0
        Standard errors by which one of them may be worse than its rivals on the first fold; the
        others are not cross-fitted.
    wide_patience, patience : int, default=1
        Rounds without a better program after which the search without recurrences ends,
        and that with them.
    refinement_tol : float, default=0.005
        Fall of cross-fitted loss plus price, as a share of it, that counts as better.
    n_settled : int, default=2
        Programs per round that are trained on until they have settled, the best of those that
        are new; those with products come on top.
    settling_tol : float, default=0.02
        Fall of the cross-fitted loss, as a share of it, from which a program is trained on again.
    drafts : DraftSettings
        How large and how many the programs are that are tried.
    """

    # A bound on the time; most searches end before by their patience.
    max_refinements: int = integer(15, least=0)
    # Programs that are not the best yet, against rounds of them; programs with a recurrence take
    # several times as long.
    wide_beam: int = integer(6)
    beam: int = integer(2)
    n_valued: int = integer(1, least=0)
    # A recurrence helps most where little else was added: with a beam of the best alone fewer
    # known programs are recovered (benchmarks/recovery.py).
    n_wide_simple: int = integer(2, least=0)
    n_simple: int = integer(4, least=0)
    # The breadth of a round against its time, nearly all of which is spent on these. On three
    # divisions of the training parts of six sets twice as many of both have an F1 of +0.001 ± 0.001
    # in 1.56 of the time.
    max_neighbours: int = integer(150)
    # The time of a round against programs that are slow to train and never come to a whole fit.
    screen_steps: int = integer(60)
    n_screened: int = integer(12)
    # The time of cross-fits against programs that one fold is unlucky for. Of all that joined the
    # beam on CalMS21, RacketSports and the rats 1 keeps 53 of 54, and a fifth to three quarters of
    # the rest. On three divisions of the training parts of six sets F1 is -0.001 ± 0.002 in 0.81 of
    # the time without the race, where 24 are screened.
    race_errors: float = real(1.0)
    # Rounds that bring nothing against luck with the edits that are drawn. On eight divisions of
    # CalMS21's training part and three of basketball's 2 chose the same programs but for one, in
    # 1.15 of the time. Two rounds with recurrences too brought nothing (benchmarks/calms21.py).
    wide_patience: int = integer(1)
    patience: int = integer(1)
    # Rounds that gain less than this are noise, and a search without it seldom ends early.
    refinement_tol: float = real(0.005)
    # Steps for programs that need more than others against the time of a round. On three divisions
    # of basketball's training part 1 and 4 have the same F1 where products settle, too, which come
    # on top; those began 0.5 above the loss that they ended at.
    n_settled: int = integer(2, least=0)
    settling_tol: float = real(0.02)
    drafts: DraftSettings = within(DraftSettings)

    def stages(self) -> tuple[Stage, Stage]:
        """Give the two stages of the search.

        Programs without a recurrence train so much faster that their space is searched
        first, and widely. Then recurrences are put into the best programs of every cost,
        for the best of all are by then too large and too well fitted for the first one to
        help, and what came of it is edited further.
        """
        wide = Stage(
            n_rounds=self.max_refinements,
            beam=self.wide_beam,
            n_valued=self.n_valued,
            n_simple=self.n_wide_simple,
            patience=self.wide_patience,
            recurrent=False,
        )
        narrow = Stage(
            n_rounds=-(-self.max_refinements // 3),
            beam=self.beam,
            n_valued=self.n_valued,
            n_simple=self.n_simple,
            patience=self.patience,
            recurrent=True,
        )
        return wide, narrow
