"""Parameters of the classifiers made of convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from sklearn.utils import check_scalar

from .net_classifier import NetClassifier


class ConvolutionalClassifier(NetClassifier):
    """Base of the classifiers of sequences and of frames with a convolutional network."""

    def __init__(
        self,
        *,
        n_filters: int = 32,
        kernel_size: int = 5,
        num_layers: int = 3,
        dropout: float = 0.2,
        max_iter: int = 300,
        batch_size: int = 16,
        learning_rate: float = 0.003,
        weight_decay: float = 0.001,
        validation_fraction: float = 0.2,
        n_iter_no_change: int = 40,
        tol: float = 1e-4,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        standardize: bool = True,
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            max_iter=max_iter,
            batch_size=batch_size,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            class_weight=class_weight,
            standardize=standardize,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.n_filters = n_filters
        self.kernel_size = kernel_size
        self.num_layers = num_layers
        self.dropout = dropout

    def _check_parameters(self) -> None:
        super()._check_parameters()
        for name in ("n_filters", "kernel_size", "num_layers"):
            check_scalar(getattr(self, name), name, Integral, min_val=1)
        if self.kernel_size % 2 == 0:
            raise ValueError(
                f"kernel_size must be odd, so that filters are centred on a frame; got "
                f"{self.kernel_size}. Try {self.kernel_size + 1}."
            )
        check_scalar(self.dropout, "dropout", Real, min_val=0, max_val=1, include_boundaries="left")
