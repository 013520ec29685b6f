"""
Two classes of 18 features
==========================

Two animals are followed by a camera, and each sequence is an encounter that is a chase or not. The
sequences are simulated, so that the program that made the labels is known, and one label of twenty
is wrong.
"""

# %%
# Data
# ----
#
# A program may read the features of a group together.

import numpy as np

from sklearn_dpads import Grammar, Program, ProgramClassifier, datasets
from sklearn_dpads.display import (
    ParetoFrontDisplay,
    PartialDependenceDisplay,
    PartsDisplay,
    PermutationImportanceDisplay,
    ProgramDisplay,
    TraceDisplay,
)
from sklearn_dpads.search import SumsOfReaders

groups = {
    "distance": ["nose to nose", "nose to tail", "tail to nose", "center to center"],
    "resident": ["res speed", "res turn", "res length", "res x", "res y", "res rise", "res area"],
    "intruder": ["int speed", "int turn", "int length", "int x", "int y", "int rise", "int area"],
}
names = [name for group in groups.values() for name in group]
grammar = Grammar.default(groups, feature_names=names)
truth = Program.parse(
    'Add(SlideWindowAvg[all](Affine[intruder](1.5*"int speed" - "int length")),'
    ' SlideWindowAvg[3/3](Affine[distance](-2*"nose to tail")))',
    grammar,
    feature_names=names,
    classes=("other", "chase"),
)
X, y = datasets.make_program_classification(truth, 300, 30, noise=0.05, random_state=0)
train, test = np.arange(300) < 200, np.arange(300) >= 200

# %%
# Fit
# ---
#
# Sums of readers take seconds.

clf = ProgramClassifier(grammar=grammar, search=SumsOfReaders(), random_state=0)
clf.fit(X[train], y[train])
print(clf.program_)
print(f"accuracy on the test part: {clf.score(X[test], y[test]):.3f}")

# %%
# The program as a tree
# ---------------------

tree = ProgramDisplay.from_estimator(clf)

# %%
# What the parts give
# -------------------

parts = PartsDisplay.from_estimator(clf, X[test], y[test])

# %%
# One sequence, frame by frame
# ----------------------------

trace = TraceDisplay.from_estimator(clf, X[test], sample=0)

# %%
# Other programs
# --------------

front = ParetoFrontDisplay.from_estimator(clf)

# %%
# What is lost without a feature, and when
# ----------------------------------------
#
# ``nose to tail`` counts in the last third alone.

importance = PermutationImportanceDisplay.from_estimator(
    clf, X[test], y[test], spans=3, random_state=0
)

# %%
# What if it were more
# --------------------

read = ["int speed", "int length", "nose to tail"]
dependence = PartialDependenceDisplay.from_estimator(clf, X[test], read, how="shift")
