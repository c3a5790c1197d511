"""Small tables that scikit-learn has, for examples."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.datasets import load_iris

__all__ = ["iris"]


def iris() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Fisher's irises: the lengths and widths of sepals and petals in cm, float64 [150, 4], and the kind, int64 [150].

    Source: Fisher, "The use of multiple measurements in taxonomic problems", 1936.

    >>> from kerasflow.estimators.samples import iris
    >>> data, target = iris()
    >>> data.shape, np.bincount(target).tolist()
    ((150, 4), [50, 50, 50])
    """
    data, target = load_iris(return_X_y=True)
    return data, target.astype(np.int64)
