"""Transformers of frames: any of scikit-learn's, and one that clips outliers."""

from __future__ import annotations

from .frames import FrameTransformer
from .outliers import ClipOutliers

__all__ = ["ClipOutliers", "FrameTransformer"]

# Classes are saved under their public home, so that files can move within the folder.
for _public in (ClipOutliers, FrameTransformer):
    _public.__module__ = __name__
