"""What a model of several inputs is given of samples: some of the columns for each input.

Of a frame with texts it is a column for each input that is called so. All else is one array of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse

from kerasflow.core.types import string
from kerasflow.estimators.frames import FrameReader, check_present

__all__ = ["FrameColumns", "for_inputs"]

Array = np.ndarray[Any, Any]
_SHOWN = 3


class FrameColumns:
    """The columns of a frame by name, numbers as float64 and texts as objects; rows are taken as those of an array.

    Args:
        columns: of each its values, (n_samples,), none of which is missing.

    >>> import pandas as pd
    >>> from kerasflow.estimators.several_inputs import FrameColumns
    >>> columns = FrameColumns.of(pd.DataFrame({"size": [1, 2], "color": ["red", "white"]}), "")
    >>> columns[np.array([1])].columns
    {'size': array([2.]), 'color': array(['white'], dtype=object)}
    """

    ndim = 2
    dtype = np.dtype(np.float64)

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self.columns = dict(columns)

    @classmethod
    def of(cls, X: Any, way_out: str) -> FrameColumns | None:
        """Those of a frame; None if it has no texts.

        Raises:
            ValueError: a column holds neither numbers nor texts, lacks values, which `way_out` says a way out of, or a
                number is infinite.
        """
        reader = FrameReader.learn(X, "from_dtype")
        columns = reader.read(X) if any(reader.categorical) else {}
        check_present(columns, way_out)
        for name, values in columns.items():
            if values.dtype == np.float64 and np.isinf(values).any():
                raise ValueError(f"The column {name!r} holds a number that is infinite.")
        return cls(columns) if columns else None

    @property
    def shape(self) -> tuple[int, int]:
        """How many samples there are, and columns."""
        return len(next(iter(self.columns.values()))), len(self.columns)

    def __getitem__(self, rows: Array) -> FrameColumns:
        return FrameColumns({name: values[rows] for name, values in self.columns.items()})


def for_inputs(model: Any, X: Any, names: Sequence[str] | None = None) -> Any:
    """What a model takes of samples: `X` itself, or of several inputs an array for each, as its inputs are nested.

    Inputs that are all called as columns, and take one each, get these; otherwise inputs get the columns in turn, as
    many as they have numbers.

    Args:
        model: the model, built.
        X: the samples, (n_samples, n_features), or `FrameColumns`.
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
    if isinstance(X, FrameColumns):
        return _by_name(model, X.columns)
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


def _by_name(model: Any, columns: Mapping[str, Array]) -> Any:
    """The columns for the inputs of the same names."""
    layout = model._layouts()[0]
    texts = [name for name, values in columns.items() if values.dtype == object]
    if not set(layout.labels) <= set(columns):
        shown = ", ".join(map(repr, texts[:_SHOWN])) + ", ..." * (len(texts) > _SHOWN)
        raise ValueError(
            f"Columns hold texts or categories: {shown}. Make numbers of them first, say by a OneHotEncoder in a "
            "ColumnTransformer; or let all inputs of the model be called as columns are."
        )
    parts = []
    for tensor, label in zip(model.inputs, layout.labels, strict=True):
        if (label in texts) != (tensor.dtype is string):
            what, other = ("numbers", "texts") if label in texts else ("texts", "numbers")
            raise ValueError(f"The input {label!r} takes {what}; the column of that name holds {other}.")
        if tensor.dims is None or tuple(tensor.dims[1:]) not in ((), (1,)):
            raise ValueError(f"The input {label!r} of shape {tensor.shape} takes another number of columns than one.")
        parts.append(_shaped(columns[label], tensor, label))
    return layout.pack(parts)


def _width(tensor: Any, label: str) -> int:
    """How many numbers an input takes of a sample."""
    if tensor.dtype is string:
        raise ValueError(
            f"The input {label!r} takes texts, and X has none: let it be a frame with a column of that name."
        )
    if tensor.dims is None or None in tensor.dims[1:]:
        raise ValueError(f"The input {label!r} of shape {tensor.shape} does not say how many columns it takes.")
    return int(np.prod(tensor.dims[1:], dtype=int))


def _shaped(part: Array, tensor: Any, label: str) -> Array:
    """Columns in the shape that an input has; as integers, if it takes such."""
    array = part.reshape(len(part), *tensor.dims[1:])
    if not tensor.dtype.is_integer:
        return array
    with np.errstate(invalid="ignore"):  # what the type cannot hold becomes something else
        whole = array.astype(tensor.dtype.numpy)
    if not np.array_equal(whole, array):
        raise ValueError(f"The input {label!r} takes integers of type {tensor.dtype.name}; X has other numbers for it.")
    return whole
