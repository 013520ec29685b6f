"""
Will it do for other animals?
=============================

Ten rats are filmed, twelve times each, and each film shows whether the rat is exploring. Six
features are the rat's own, its size and the way it holds itself, and by them a program can know
which rat it sees. Another four tell what it does.

A program that knows the rats does well on these and on no others. Which program is chosen, and what
it says of itself, depends on whether ``fit`` is told of the rats. The films are simulated, so that
there are two hundred other rats to ask.
"""

# %%
# Data
# ----

import matplotlib.pyplot as plt
import numpy as np

from sklearn_dpads import ProgramClassifier
from sklearn_dpads.search import SumsOfReaders

FEATURES = {
    "looks": ["length", "width", "ear", "tail", "fur", "weight"],
    "moves": ["speed", "turn", "rearing", "sniffing"],
}
NAMES = [name for group in FEATURES.values() for name in group]


def films(n_rats, seed):
    """Films of rats, some of which explore most of the time and some of which seldom do."""
    rng = np.random.default_rng(seed)
    rat = np.repeat(np.arange(n_rats), 12)
    bold = rng.permutation(n_rats) < n_rats // 2
    explores = rng.random(len(rat)) < np.where(bold, 0.85, 0.15)[rat]
    looks = rng.normal(size=(n_rats, 1, 6))[rat]
    moves = 0.5 * explores[:, None, None] + rng.normal(size=(len(rat), 1, 4))
    X = np.concatenate([np.repeat(looks, 20, 1), np.repeat(moves, 20, 1)], axis=2)
    X += 0.5 * rng.normal(size=X.shape)
    return X, np.where(explores, "explores", "rests"), rat


X, y, rat = films(10, seed=0)
X_new, y_new, _ = films(200, seed=1)

# %%
# Two fits
# --------
#
# With ``groups``, a program is judged on rats that its numbers have not seen.

clf = ProgramClassifier(
    search=SumsOfReaders(),
    scoring="accuracy",
    feature_groups=FEATURES,
    feature_names=NAMES,
    random_state=0,
)
found = {}
for told, groups in (("not told of the rats", None), ("told of the rats", rat)):
    clf.fit(X, y, groups=groups)
    found[told] = (clf.programs_[0].score, clf.score(X_new, y_new))
    print(f"{told}: {clf.program_.compact()}")

# %%
# What they say, and what is so
# -----------------------------

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
places = np.arange(len(found))
said, true = zip(*found.values(), strict=True)
for shift, values, label in (
    (-0.2, said, "what the program says of itself"),
    (0.2, true, "on two hundred other rats"),
):
    bars = ax.bar(places + shift, values, 0.36, label=label)
    ax.bar_label(bars, fmt="%.2f")
ax.axhline(0.5, color="grey", linewidth=0.8, linestyle="--")
ax.set(xticks=places, xticklabels=list(found), ylabel="accuracy", ylim=(0.0, 1.1))
ax.legend(loc="upper right", ncols=2, frameon=False)
