"""
A sum of four readers
=====================

A reader takes a statistic of some frames: their mean, deviation, largest value or change. A sum of
four is still read at a glance, part by part.
"""

# %%
# The program
# -----------

from sklearn_dpads import Grammar, Program, datasets
from sklearn_dpads.display import PartsDisplay, ProgramDisplay, TraceDisplay

groups = {
    "accelerometer": ["acc_x", "acc_y", "acc_z"],
    "gyroscope": ["gyro_x", "gyro_y", "gyro_z"],
}
names = [name for group in groups.values() for name in group]
program = Program.parse(
    """
    Add(
        Add(
            SlideWindowAvg[10](Affine[accelerometer](1.2*acc_x - 0.4*acc_y + 0.3)),
            SlideWindowStd[all](Affine[gyroscope](gyro_z - 0.7))
        ),
        Add(
            SlideWindowMax[1/3](Affine[gyroscope](0.6*gyro_x - 0.8)),
            SlideWindowDelta[all](Affine[accelerometer](0.5*acc_z))
        )
    )
    """,
    Grammar.default(groups, feature_names=names),
    feature_names=names,
    classes=("miss", "hit"),
)
X, y = datasets.make_program_classification(program, 200, 30, noise=0.1, random_state=0)
print(program.compact())
print(program.describe(X))

# %%
# As a tree
# ---------

tree = ProgramDisplay.from_program(program)

# %%
# What the parts give
# -------------------

parts = PartsDisplay.from_program(program, X, y)

# %%
# One sequence, frame by frame
# ----------------------------

trace = TraceDisplay.from_program(program, X, sample=0)

# %%
# What each part brings
# ---------------------

print(program.knock_out(X, y))
