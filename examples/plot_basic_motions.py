"""
Activities told apart by a program
==================================

Four activities were recorded with a smart watch: badminton, running, standing and walking. A
program of a few productions tells them apart, and can be read.
"""

# %%
# Data
# ----
#
# Each sequence has 100 frames of an accelerometer and a gyroscope, with three axes each.

import matplotlib.pyplot as plt

from sklearn_dpads import DPadsClassifier, datasets
from sklearn_dpads.display import ProgramDisplay, SearchDisplay

train = datasets.load_basic_motions(split="train")
test = datasets.load_basic_motions(split="test")

figure, axes = plt.subplots(2, 2, sharex=True, sharey=True, layout="constrained")
for ax, label in zip(axes.flat, train.target_names, strict=True):
    sequence = train.data[train.target == label][0]
    ax.plot(sequence[:, train.feature_groups["accelerometer"]])
    ax.set_title(label)
axes[1, 0].set(xlabel="frame", ylabel="acceleration")

# %%
# Fit
# ---
#
# Groups of features are what a program may read together; a group of all features is added.

classifier = DPadsClassifier(
    feature_groups=train.feature_groups,
    feature_names=train.feature_names,
    max_depth=3,
    max_refinements=1,
    max_iter=10,
    random_state=0,
)
classifier.fit(train.data, train.target)
print(classifier.program_)
print(f"accuracy on the test part: {classifier.score(test.data, test.target):.3f}")

# %%
# The program as a tree
# ---------------------

tree = ProgramDisplay.from_estimator(classifier)

# %%
# How it was found
# ----------------

search = SearchDisplay.from_estimator(classifier)

# %%
# Shorter programs
# ----------------
#
# All programs that the search scored are kept. Those on the Pareto front are the best of
# their cost or less.

for i, record in enumerate(classifier.programs_):
    if record.on_front:
        accuracy = (classifier.predict(test.data, program=i) == test.target).mean()
        print(f"cost {record.cost}: score {record.score:.3f}, test accuracy {accuracy:.3f}")
        print(record.program.to_text(precision=2), end="\n\n")
