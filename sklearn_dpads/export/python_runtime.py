"""Parts of exported Python source that are the same for every program."""

from __future__ import annotations

CAUSAL_MEAN = '''\
def _causal_mean(values, window):
    """Mean of the last `window` frames up to each frame; of all of them where None."""
    sums = np.cumsum(values, axis=1)
    counts = np.arange(1.0, values.shape[1] + 1)
    if window is not None and window < values.shape[1]:
        sums[:, window:] = sums[:, window:] - sums[:, :-window]
        counts = np.minimum(counts, window)
    return sums / counts[:, np.newaxis]
'''

CENTERED_MEAN = '''\
def _centered_mean(values, lengths, window):
    """Mean of the `window` frames around each frame, cut at both ends of the sequence."""
    n_samples, n_timesteps, n_features = values.shape
    sums = np.zeros((n_samples, n_timesteps + 1, n_features))
    sums[:, 1:] = np.cumsum(values, axis=1)
    t = np.arange(n_timesteps)
    first = np.maximum(t - window // 2, 0)
    last = np.minimum(t + window // 2 + 1, lengths[:, np.newaxis])
    last = np.maximum(last, first + 1)
    total = sums[np.arange(n_samples)[:, np.newaxis], last] - sums[:, first]
    return total / (last - first)[..., np.newaxis]
'''

FOLD = '''\
def {name}(frames, lengths):
    """Start at `initial`; every frame makes a new value of the previous one."""
    initial = {initial}
    n_samples, n_timesteps, _ = frames.shape
    value = np.full((n_samples, {width}), initial)
    values = np.zeros((n_samples, n_timesteps, {width}))
    for t in range(n_timesteps):
        running = t < lengths
        value[running] = {step}(frames[running, t], value[running])
        values[:, t] = value
    return values
'''

MAIN = '''\
def {name}(X, lengths=None):
    """Evaluate the program.

    X: array of shape (n_samples, n_timesteps, {n_features}), or one sequence of shape
        (n_timesteps, {n_features}).
    lengths: the number of frames of each sequence, where the array is padded at the end; by
        default the end is where frames are NaN throughout.

    Returns an array of shape {shape}; for one sequence without
    the first axis.{past}
    """
    X = np.asarray(X, dtype=np.float64)
    if X.ndim not in (2, 3) or X.shape[-1] != {n_features}:
        raise ValueError(
            "X must have shape (n_samples, n_timesteps, {n_features}) or "
            f"(n_timesteps, {n_features}), but has {{X.shape}}."
        )
    frames = X if X.ndim == 3 else X[np.newaxis]
    n_samples, n_timesteps, _ = frames.shape
    if lengths is None:
        lengths = n_timesteps - np.isnan(frames).all(axis=2).sum(axis=1)
    lengths = np.atleast_1d(lengths)
    if lengths.shape != (n_samples,) or (lengths < 1).any() or (lengths > n_timesteps).any():
        raise ValueError(f"Every sequence needs a length from 1 to {{n_timesteps}}.")
    past = np.arange(n_timesteps)[:, np.newaxis] >= lengths[:, np.newaxis, np.newaxis]
    values = {root}(np.where(past, 0.0, frames), lengths)
{finish}
    return values if X.ndim == 3 else values[0]
'''

PAST = " Past the end of a sequence it is NaN."
FINISH_LAST = "    values = values[np.arange(n_samples), lengths - 1]"
FINISH_FRAMES = "    values = np.where(past, np.nan, values)"

CHOICE = """\
def {name}(frames, lengths):
    condition = {condition}(frames, lengths)
    return np.where(condition >= 0, {then}(frames, lengths), {other}(frames, lengths))
"""
