"""What a model of several inputs is given of samples: some of the columns for each input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from kerasflow.core.types import string

__all__ = ["for_inputs"]

Array = np.ndarray[Any, Any]


def for_inputs(model: Any, X: Any, names: Sequence[str] | None = None) -> Any:
    """What a model takes of samples: `X` itself, or of several inputs an array for each, as its inputs are nested.

    Inputs that are all called as columns, and take one each, get these; otherwise inputs get the columns in turn, as
    many as they have numbers.

    Args:
        model: the model, built.
        X: the samples, (n_samples, n_features).
        names: what the columns are called, if they are.

    Raises:
        ValueError: the inputs ask for another number of columns, for texts, or for shapes of which a size is not
            known; a number for an input of integers is none; or the samples are sparse, or have more axes.

    >>> from kerasflow.estimators.several_inputs import for_inputs
    >>> inputs = {"day": tf.keras.Input((1,), dtype="int32"), "size": tf.keras.Input((2,))}
    >>> model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(inputs["size"]))
    >>> for_inputs(model, np.array([[3.0, 0.5, 1.5]]))
    {'day': array([[3]], dtype=int32), 'size': array([[0.5, 1.5]])}
    """
    tensors = model.inputs
    if len(tensors) == 1:
        return X
    if issparse(X) or X.ndim != 2:
        what = "a sparse matrix" if issparse(X) else f"an array of shape {X.shape}"
        raise ValueError(
            f"The model {model.name!r} has {len(tensors)} inputs, which take the columns of X: not {what}."
        )
    layout = model._layouts()[0]
    widths = [_width(tensor, label) for tensor, label in zip(tensors, layout.labels, strict=True)]
    if set(widths) == {1} and names is not None and set(layout.labels) <= set(names):
        places = [list(names).index(label) for label in layout.labels]
        parts = [X[:, place : place + 1] for place in places]
    elif sum(widths) == X.shape[1]:
        parts = np.split(X, np.cumsum(widths)[:-1], axis=1)
    else:
        wanted = ", ".join(f"{label!r} {width}" for label, width in zip(layout.labels, widths, strict=True))
        raise ValueError(
            f"The inputs of the model {model.name!r} take {sum(widths)} columns ({wanted}), X has {X.shape[1]}."
        )
    return layout.pack([_shaped(*three) for three in zip(parts, tensors, layout.labels, strict=True)])


def _width(tensor: Any, label: str) -> int:
    """How many numbers an input takes of a sample."""
    if tensor.dtype is string:
        raise ValueError(f"The input {label!r} takes texts; estimators give numbers: encode them before.")
    if tensor.dims is None or None in tensor.dims[1:]:
        raise ValueError(f"The input {label!r} of shape {tensor.shape} does not say how many columns it takes.")
    return int(np.prod(tensor.dims[1:], dtype=int))


def _shaped(part: Array, tensor: Any, label: str) -> Array:
    """Columns in the shape that an input has; as integers, if it takes such."""
    array = part.reshape(len(part), *tensor.dims[1:])
    if not tensor.dtype.is_integer:
        return array
    whole = array.astype(tensor.dtype.numpy)
    if not np.array_equal(whole, array):
        raise ValueError(f"The input {label!r} takes integers of type {tensor.dtype.name}; X has other numbers for it.")
    return whole
