"""What targets cannot be, said before NumPy stumbles over it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

__all__ = ["check_comparable", "is_mark", "refuse_texts_and_dates", "weights_of_classes", "without_marks"]

Array = np.ndarray[Any, Any]

_MARKS = ("NAType", "NaTType")  # what pandas puts where something is missing


def is_mark(value: Any) -> bool:
    """Whether pandas marks by a value that there is none.

    >>> import pandas as pd
    >>> from kerasflow.estimators.labels import is_mark
    >>> is_mark(pd.NA), is_mark(0)
    (True, False)
    """
    return type(value).__name__ in _MARKS


def without_marks(y: Any) -> Any:
    """Targets as they are, or as an array if their type is one of pandas that can mark what is missing.

    Texts of NumPy's type for such of any length, which scikit-learn does not take, become objects.

    Raises:
        ValueError: one is missing.

    >>> import pandas as pd
    >>> from kerasflow.estimators.labels import without_marks
    >>> without_marks(pd.Series([True, False], dtype="boolean"))
    array([ True, False])
    >>> without_marks(pd.Series(["low", None, "high"]))
    Traceback (most recent call last):
    ValueError: y lacks 1 of 3 values, the first in row 1: leave these samples out.
    """
    if hasattr(y, "isna"):
        missing = np.asarray(y.isna(), bool)
        rows = missing.reshape(len(missing), -1).any(axis=1)
        if rows.any():
            which = f"{rows.sum()} of {len(rows)} values, the first in row {rows.argmax()}"
            raise ValueError(f"y lacks {which}: leave these samples out.")
        kind = getattr(getattr(y, "dtype", None), "numpy_dtype", None)
        return y if kind is None or kind.kind not in "biuf" else y.to_numpy(kind)
    if isinstance(y, np.ndarray) and y.dtype.kind == "T":
        return y.astype(object)
    items = y.ravel().tolist() if isinstance(y, np.ndarray) and y.dtype == object else y
    if isinstance(items, (list, tuple)) and any(map(is_mark, items)):
        raise ValueError("y holds a mark for what is missing: leave these samples out.")
    return y


def check_comparable(y: Any) -> None:
    """Raise ValueError for labels that are missing, or of types that cannot be sorted together.

    Args:
        y: labels, an array; those that are not of the type object are left to others.

    >>> from kerasflow.estimators.labels import check_comparable
    >>> check_comparable(np.array([1, "a"], dtype=object))
    Traceback (most recent call last):
    ValueError: y holds labels of several types, int and str: make them one, by y.astype(str).
    """
    if issparse(y) or y.dtype != object:
        return
    types = {type(label) for label in y.ravel().tolist()}
    if type(None) in types:
        raise ValueError("y holds None where a label is missing: leave these samples out, or name a class for them.")
    for numbers in ({bool}, {int}, {float}, {int, float}):
        if types == numbers:
            name = (float if float in types else types.pop()).__name__
            raise ValueError(f"Unknown label type: y holds {name}s as objects. Give them a type, by y.astype({name}).")
    if len(types) > 1 and str in types:
        names = " and ".join(sorted(t.__name__ for t in types))
        raise ValueError(f"y holds labels of several types, {names}: make them one, by y.astype(str).")


def refuse_texts_and_dates(y: Any, name: str) -> None:
    """Raise ValueError for targets that are no numbers, or missing, although some of them could be made into some.

    Args:
        y: what `fit` was given.
        name: of the estimator.

    >>> from kerasflow.estimators.labels import refuse_texts_and_dates
    >>> refuse_texts_and_dates(["low", "high"], "DNNRegressor")
    Traceback (most recent call last):
    ValueError: DNNRegressor predicts numbers, y holds texts ('low'): for labels there are classifiers.
    """
    if y is None or issparse(y):
        return
    values = np.asarray(y)
    if values.dtype.kind in "mM":
        raise ValueError(f"{name} predicts numbers, y holds dates or times: say what counts, such as days since a day.")
    items = values.ravel().tolist() if values.dtype.kind in "OUT" else []
    if None in items:
        raise ValueError("y holds None where a number is missing: leave these samples out.")
    for text in [item for item in items if isinstance(item, str)]:
        try:
            float(text)
        except ValueError:
            message = f"{name} predicts numbers, y holds texts ({text!r}): for labels there are classifiers."
            raise ValueError(message) from None


def weights_of_classes(given: Any, classes: Array, places: Array, weights: Array) -> Array:
    """The weight of each class, (n_classes,).

    Args:
        given: a dict from class to number; "balanced", which gives all classes the same sum of weights; None for ones.
        classes: what there is.
        places: of the samples' classes among them, (n_samples,).
        weights: of the samples, (n_samples,).

    Raises:
        ValueError: a dict lacks a class and has one that does not occur.

    >>> from kerasflow.estimators.labels import weights_of_classes
    >>> classes, places = np.array(["0", "1"]), np.array([0, 1, 1, 1])
    >>> weights_of_classes({"1": 3.0}, classes, places, np.ones(4)).tolist()
    [1.0, 3.0]
    >>> weights_of_classes("balanced", classes, places, np.ones(4)).round(2).tolist()
    [2.0, 0.67]
    """
    if isinstance(given, str):
        sums = np.bincount(places, weights, len(classes))
        return weights.sum() / np.count_nonzero(sums) / np.where(sums > 0, sums, 1)
    known, given = classes.tolist(), given or {}
    lacking = [c for c in known if c not in given]
    if lacking and len(known) - len(lacking) < len(given):
        raise ValueError(f"The classes {lacking[:5]} are not in class_weight, which has others: {list(given)[:5]}.")
    return np.array([given.get(c, 1.0) for c in known], np.float64)
