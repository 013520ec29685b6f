"""Small files, as trackers of animals write them."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest

VALUES = np.arange(24.0).reshape(4, 6)
COORDS = ["x", "y", "likelihood"]


def pose_columns(animals=None):
    """Names of two points, of one animal or of two, as DeepLabCut writes them."""
    levels = [["net"], ["nose", "tail"], COORDS]
    names = ["scorer", "bodyparts", "coords"]
    if animals is not None:
        levels, names = [["net"], animals, ["nose"], COORDS], [names[0], "individuals", *names[1:]]
    return pd.MultiIndex.from_product(levels, names=names)


def need_h5py():
    return pytest.importorskip("h5py", reason="h5py isn't installed: no .h5 file can be made")


def write_table(path, columns, values=VALUES, *, pickled=None, blocks=None):
    """Write what to_hdf(format="table") writes, as far as it matters, with h5py alone."""
    h5py = need_h5py()
    names = list(columns)
    blocks = [list(range(len(names)))] if blocks is None else blocks
    parts = {f"values_block_{i}": part for i, part in enumerate(blocks)}
    kind = np.dtype([("index", "i8"), *((n, "f8", (len(p),)) for n, p in parts.items())])
    rows = np.zeros(len(values), dtype=kind)
    rows["index"] = np.arange(len(values))
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_("frame_table")
        group.attrs["non_index_axes"] = np.bytes_(pickle.dumps([(1, names)], protocol=0))
        for name, part in parts.items():
            rows[name] = values[:, part]
        table = group.create_dataset("table", data=rows)
        for name, part in parts.items():
            members = pickle.dumps([names[i] for i in part], protocol=0)
            table.attrs[f"{name}_kind"] = np.bytes_(members if pickled is None else pickled)
    return path


# Axes of the arrays in an analysis file; the first are those that SLEAP writes by default.
AXES = {
    "matlab": ("track", "xy", "node", "frame"),
    "standard": ("frame", "track", "node", "xy"),
    "not transposed": ("frame", "node", "xy", "track"),
}


def write_sleap(path, tracks, scores=None, *, names=(), nodes=("nose", "tail"), form="matlab"):
    """Write an analysis file; tracks are (frame, track, node, xy), scores (frame, track, node)."""
    h5py = need_h5py()
    axes = AXES[form]
    order = [AXES["standard"].index(axis) for axis in axes]
    with h5py.File(path, "w") as file:
        array = file.create_dataset("tracks", data=tracks.transpose(order), compression="gzip")
        if form == "standard":
            array.attrs["dims"] = json.dumps(axes)
        if scores is not None:
            order = [AXES["standard"].index(axis) for axis in axes if axis != "xy"]
            file["point_scores"] = scores.transpose(order)
        file["node_names"] = np.array([name.encode() for name in nodes])
        file["track_names"] = np.array([name.encode() for name in names], dtype="S10")
        file["edge_names"] = np.array([[b"nose", b"tail"]])
    return path


def make_dataset(tracks, scores, individuals, *, singular=True):
    """A Dataset of movement; tracks and scores as for write_sleap."""
    xarray = pytest.importorskip("xarray", reason="xarray isn't installed: no Dataset can be made")
    point, individual = ("keypoint", "individual") if singular else ("keypoints", "individuals")
    return xarray.Dataset(
        {
            "position": (("time", "space", point, individual), tracks.transpose(0, 3, 2, 1)),
            "confidence": (("time", point, individual), scores.transpose(0, 2, 1)),
        },
        coords={
            "time": np.arange(len(tracks)) / 10,
            "space": ["x", "y"],
            point: ["nose", "tail"],
            individual: individuals,
        },
    )
