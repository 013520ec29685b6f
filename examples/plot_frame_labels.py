"""
Three classes of frames
=======================

An animal rests, walks and grooms, and every frame has a label. Recordings differ in length. They
are simulated: what it does lasts for a while, and shows in its speed and in how the head moves.
"""

# %%
# Data
# ----

import numpy as np

from sklearn_dpads import ProgramFrameClassifier, inspection
from sklearn_dpads.display import (
    EthogramDisplay,
    ParetoFrontDisplay,
    PartialDependenceDisplay,
    PartsDisplay,
    ProgramDisplay,
    TraceDisplay,
)
from sklearn_dpads.metrics import frame_f1_score, frame_f1_scorer
from sklearn_dpads.search import SumSettings, SumsOfReaders

names = ["speed", "turn", "head pitch", "head yaw", "rearing", "tail"]
groups = {"body": names[:2], "head": names[2:4], "rest": names[4:]}
classes = np.array(["groom", "rest", "walk"])
means = {"groom": [0, 0, 1.5, 0, 0.5, 0], "rest": [0, 0, 0, 0, 0, 0], "walk": [2, 0.5, 0, 0, 0, 0]}

rng = np.random.default_rng(0)
X, y = [], []
for n_frames in rng.integers(60, 120, size=40):
    labels = np.repeat(rng.choice(classes, size=n_frames), rng.integers(8, 25, n_frames))
    labels = labels[:n_frames]
    X.append(np.array([means[label] for label in labels]) + rng.normal(size=(n_frames, 6)))
    y.append(labels)

# %%
# Fit
# ---
#
# A program gives a value for each class and frame, of what it has seen until then.

clf = ProgramFrameClassifier(
    feature_groups=groups,
    feature_names=names,
    search=SumsOfReaders(sums=SumSettings(max_summands=2), n_folds=3),
    random_state=0,
)
clf.fit(X[:25], y[:25])
print(clf.program_.compact())
print(f"F1 on the test part: {frame_f1_score(y[25:], clf.predict(X[25:])):.3f}")

# %%
# The program as a tree
# ---------------------

tree = ProgramDisplay.from_estimator(clf)

# %%
# True and predicted labels
# -------------------------
#
# Errors stand where one behaviour turns into the next: a mean of some frames comes late.

ethogram = EthogramDisplay.from_estimator(clf, X[25:], y[25:], samples=range(8))

# %%
# What the parts give
# -------------------

parts = PartsDisplay.from_estimator(clf, X[25:], y[25:], kind="violin")

# %%
# One recording, frame by frame
# -----------------------------

trace = TraceDisplay.from_estimator(clf, X[25:], sample=0)

# %%
# Other programs
# --------------

front = ParetoFrontDisplay.from_estimator(clf)

# %%
# What is lost without a feature
# ------------------------------

print(
    inspection.permutation_importance(clf, X[25:], y[25:], scoring=frame_f1_scorer, random_state=0)
)
dependence = PartialDependenceDisplay.from_estimator(clf, X[25:], ["speed", "head pitch"])
