"""The figures that the dPads paper reports for its four data sets.

Source: G. Cui and H. Zhu, "Differentiable synthesis of program architectures", NeurIPS 2021.
Times are minutes on the authors' hardware; the recurrent network's are not reported.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "Cui and Zhu (2021), the authors' data and hardware"


@dataclass(frozen=True)
class Published:
    """What the paper reports of a system on a data set.

    Parameters
    ----------
    data_set : str
        Name of the data set, as in :mod:`.data_sets`.
    system : str
        Name of the system, as in :mod:`.systems`.
    f1, accuracy : float
        On the test part.
    minutes : float or None
        Time of the synthesis; None where it is not reported.
    """

    data_set: str
    system: str
    f1: float
    accuracy: float
    minutes: float | None


PUBLISHED = (
    Published("crim13", "dpads", 0.458, 0.812, 147.87),
    Published("crim13", "rnn", 0.481, 0.851, None),
    Published("crim13", "near-astar", 0.286, 0.820, 164.92),
    Published("crim13", "near-ids-bb", 0.323, 0.834, 463.36),
    Published("fly_vs_fly", "dpads", 0.887, 0.853, 348.25),
    Published("fly_vs_fly", "rnn", 0.964, 0.964, None),
    Published("fly_vs_fly", "near-astar", 0.828, 0.764, 243.82),
    Published("fly_vs_fly", "near-ids-bb", 0.822, 0.750, 465.57),
    Published("basketball", "dpads", 0.945, 0.939, 174.68),
    Published("basketball", "rnn", 0.980, 0.980, None),
    Published("basketball", "near-astar", 0.940, 0.934, 553.01),
    Published("basketball", "near-ids-bb", 0.793, 0.768, 513.33),
    Published("sk152", "dpads", 0.337, 0.337, 162.70),
    Published("sk152", "rnn", 0.414, 0.428, None),
    Published("sk152", "near-astar", 0.312, 0.315, 210.23),
    Published("sk152", "near-ids-bb", 0.314, 0.317, 848.44),
)
