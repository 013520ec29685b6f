"""
Six classes of 24 features
==========================

Six gestures of two arms are simulated: each holds some joints away from where they rest. Leaves of
a program with many classes are tables of classes by features.
"""

# %%
# Data
# ----

import numpy as np

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.display import (
    ParetoFrontDisplay,
    PartsDisplay,
    PermutationImportanceDisplay,
    ProgramDisplay,
    TraceDisplay,
)
from sklearn_dpads.search import SumSettings, SumsOfReaders

joints = ("left hand", "left elbow", "right hand", "right elbow")
groups = {
    joint: [f"{joint} {axis}" for axis in ("x", "y", "z", "x speed", "y speed", "z speed")]
    for joint in joints
}
names = [name for group in groups.values() for name in group]
moves = {
    "all clear": {"left hand y": 1.2, "right hand y": 1.2},
    "fold wings": {"left elbow z": 1.2, "right elbow z": 1.2},
    "land left": {"left hand x": -1.5},
    "land right": {"right hand x": 1.5},
    "spread wings": {"left hand z": 1.0, "right hand z": 1.0},
    "stop": {"left hand z speed": 0.7},
}

rng = np.random.default_rng(0)
y = np.repeat(list(moves), 30)
X = rng.normal(size=(180, 25, 24)) + 0.4 * rng.normal(size=(180, 1, 24))
for gesture, moved in moves.items():
    for name, amount in moved.items():
        X[y == gesture, :, names.index(name)] += amount
train, test = np.arange(180) % 2 == 0, np.arange(180) % 2 == 1

# %%
# Fit
# ---

clf = ProgramClassifier(
    feature_groups=groups,
    feature_names=names,
    search=SumsOfReaders(sums=SumSettings(max_summands=3)),
    random_state=0,
)
clf.fit(X[train], y[train])
print(f"accuracy on the test part: {clf.score(X[test], y[test]):.3f}")
print(clf.programs_[:3])

# %%
# The program as a tree
# ---------------------
#
# A cell is blue where more of its feature speaks for a class, and red where it speaks against it.

tree = ProgramDisplay.from_estimator(clf)

# %%
# What the parts give
# -------------------
#
# A part has a value for each class: that of its own sequences is in colour, that of others grey.

parts = PartsDisplay.from_estimator(clf, X[test], y[test])

# %%
# One sequence, frame by frame
# ----------------------------

trace = TraceDisplay.from_estimator(clf, X[test], sample=3)

# %%
# What is lost without a joint
# ----------------------------
#
# All features of a joint are exchanged between sequences at once.

importance = PermutationImportanceDisplay.from_estimator(
    clf, X[test], y[test], features=groups, random_state=0
)

# %%
# Other programs
# --------------

front = ParetoFrontDisplay.from_estimator(clf, value="loss")
