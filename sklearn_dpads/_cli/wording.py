"""Messages that name parameters of Python, in the words of the command line."""

from __future__ import annotations

import re

# What messages of the package say, and what those say instead who write no Python. The functions
# that raise them are called by both, and give Python's users what they can paste.
SAID = (
    # How data are read.
    (r"features=\[\.\.\.\]", "--features A,B,…"),
    (r"list it in features\b", "list it in --features"),
    (r"pass frame_label='.*'\.", "pass --labels frames."),
    (r"\b(?:sequence|frame)_label=", "--label "),
    (r"\b(sample|time)=(?=.+ is no column)", r"--\1 "),
    (r"as encoding, such", "as --encoding, such"),
    (r"pass it as sep\b", "pass it as --sep"),
    (r"leave the time out", "leave --time out"),
    (r"pass from_channels_first\(X\)", "swap these axes in the file"),
    # How events are.
    (r"pass subject=, one", "pass --subject, one"),
    (r"pass observation=, one of", "leave the rows of a single one in the table, of"),
    (r"Pass behaviors=, the most important first, as \[(.*)\]:",
     r"Pass --behaviors, the most important first, as \1:"),
    (r"fps or n_timesteps may", "--fps, or the table, may"),
    # What has a label.
    (r"use \w+FrameClassifier\.", "pass --labels frames."),
    (r"use \w+Classifier\.", "pass --labels sequences."),
    (r"pass a masked array, with the mask True where a frame has no label",
     "name what stands there by --unlabelled"),
    (r", or pass a masked array, with the mask True where a sequence has no label", ""),
    (r"unlabelled=None", "--unlabelled ''"),
    (r"unlabelled=-1", "--unlabelled=-1"),
    (r"by `unlabelled`", "by --unlabelled"),
    (r"leave groups out", "leave --together out"),
    # How a search goes.
    (r" search_history_ tells how far it came\.", ""),
    (r"ended by max_time", "ended by --max-time"),
    (r"more max_time", "more --max-time"),
    (r"more max_iter", "more --epochs"),
    (r"(within|raise) max_depth\b", r"\1 --depth"),
    (r"class_weight='balanced'", "--balanced"),
    (r"\bscoring=", "--scoring "),
    (r", a callable, or None for F1", ", or leave it out for F1"),
    (r"another program of programs_", "another --selection"),
    (r"Use standardize=True, or a grammar", "Use a --grammar"),
    (r"\bdevice=", "--device "),
    (r"\bcheckpoint_dir\b", "--checkpoints"),
    (r"decomposition='ovr' of a classifier", "--decomposition ovr"),
    # What a program is written as.
    (r"as in max_frames=(\d+)", r"as in --max-frames \1"),
)  # fmt: skip


def in_options(text: str) -> str:
    """Say a message of the package in options of the command line.

    Examples
    --------
    >>> in_options("Leave them out, or list the features, as features=[...].")
    'Leave them out, or list the features, as --features A,B,….'
    """
    for pattern, said in SAID:
        text = re.sub(pattern, said, text)
    return text
