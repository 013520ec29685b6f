"""
A program with Fold
===================

``Fold`` runs through the frames, and what it gave for the frame before is its ``previous``: a sum
that forgets. This program is given as text; the sequences are random, with the labels that it gives
them.
"""

# %%
# The program
# -----------
#
# Where the mean turn is small, energy decides that has been gathered, and else the last frames.

from sklearn_dpads import Grammar, Program, datasets
from sklearn_dpads.display import PartsDisplay, ProgramDisplay, TraceDisplay

names = ["energy", "turn", "heart rate"]
program = Program.parse(
    """
    if SlideWindowAvg[all](Affine[turn](0.3 - turn)) >= 0:
        Fold(Affine[energy](0.4*energy + 0.8*previous), initial=-0.5)
    else:
        SlideWindowAvg[5](Affine["heart rate"]("heart rate" - 0.2))
    """,
    Grammar.default(3, feature_names=names),
    feature_names=names,
    classes=("calm", "tired"),
)
X, y = datasets.make_program_classification(program, 200, 40, random_state=0)
print(program.describe(X))

# %%
# As a tree
# ---------

tree = ProgramDisplay.from_program(program)

# %%
# What the parts give, over time
# ------------------------------
#
# Sequences that take the other branch are left out of a part.

parts = PartsDisplay.from_program(program, X, y, kind="time")

# %%
# One sequence, frame by frame
# ----------------------------
#
# The condition sees more and more frames, and may take the one branch first and then the other.

trace = TraceDisplay.from_program(program, X, sample=9)

# %%
# What each part brings
# ---------------------

print(program.knock_out(X, y))
