"""What is passed to `fit` and its kin, as arrays: one for each input, target and weight, rows along the first axis."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import Graph
from kerasflow.core.types import DType, string
from kerasflow.layers.preprocessing.base import as_texts
from kerasflow.models.nesting import Layout
from kerasflow.models.settings import fixed_rows

__all__ = ["Data", "as_array", "input_arrays", "nested_arrays", "training_data"]

Array = np.ndarray[Any, Any]


@dataclass
class Data:
    """Arrays with the same number of rows; None for a target that nothing is measured by, and where no weights are."""

    x: list[Array]
    y: list[Array | None]
    weights: list[Array | None]

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.x[0])

    @property
    def arrays(self) -> list[Array]:
        """All arrays, in the order in which a step takes them."""
        return [*self.x, *[a for a in (*self.y, *self.weights) if a is not None]]

    def part(self, rows: slice | Array) -> Data:
        """Some of the rows."""

        def of(arrays: list[Any]) -> list[Any]:
            return [None if a is None else a[rows] for a in arrays]

        return Data(of(self.x), of(self.y), of(self.weights))

    def split(self, share: float) -> tuple[Data, Data]:
        """The rows without the last `share` of them, and those. ValueError if either part is empty."""
        if not isinstance(share, (float, np.floating)) or not 0 < share < 1:
            raise ValueError(f"validation_split must be a number between 0 and 1, got {share!r}.")
        at = int(self.count * (1 - share))
        if at in (0, self.count):
            raise ValueError(f"validation_split={share} of {self.count} rows leaves one part empty.")
        return self.part(slice(0, at)), self.part(slice(at, None))

    def with_class_weight(self, class_weight: Any, names: Sequence[str]) -> Data:
        """The same arrays, with weights for the classes of the targets, which are called `names`."""
        if not isinstance(class_weight, Mapping):
            raise TypeError(f"class_weight must be a dict from each class to a number, got {class_weight!r}.")
        by_name = any(isinstance(v, Mapping) for v in class_weight.values())
        unknown = sorted(set(class_weight) - set(names), key=str) if by_name else []
        if unknown:
            raise ValueError(f"class_weight has weights for {unknown}, which are no outputs; these are {list(names)}.")
        weights = []
        for given, target, name in zip(self.weights, self.y, names, strict=True):
            wanted = class_weight.get(name) if by_name else class_weight
            weights.append(given if wanted is None or target is None else _by_class(given, target, wanted, name))
        return Data(self.x, self.y, weights)


def training_data(model: Any, x: Any, y: Any, sample_weight: Any, objectives: Any) -> Data:
    """The arrays for a model whose inputs and outputs are known.

    Args:
        model: the model.
        x, y, sample_weight: what was passed.
        objectives: says which outputs have targets, and which of these are numbers of classes.

    Raises:
        ValueError: arrays are missing, do not fit the model or differ in their number of rows; TypeError: not numbers.
    """
    layout, needed = objectives.layout, objectives.needed
    if y is None and any(needed):
        raise ValueError("Targets are needed: pass y.")
    xs = input_arrays(model, x)
    ys: list[Array | None] = []
    labelled = zip(_targets(y, layout, needed), layout.labels, model.outputs, needed, objectives.classes, strict=True)
    for value, name, output, is_needed, is_class in labelled:
        if value is None and is_needed:
            raise ValueError(f"Targets are needed for the output {name!r}: pass y.")
        array = _target(value, output.dtype, name) if is_needed else None
        ys.append(_whole(array, name) if is_class and array is not None else array)
    weights = _weights(sample_weight, layout, [t.dtype for t in model.outputs])
    weights = [w if is_needed else None for w, is_needed in zip(weights, needed, strict=True)]
    named = [*zip(model._layouts()[0].labels, xs, strict=True), *zip(layout.labels, ys, strict=True)]
    named += [(f"weights of {n}", w) for n, w in zip(layout.labels, weights, strict=True)]
    _check_counts([(n, a) for n, a in named if a is not None])
    return Data(xs, ys, weights)


def _targets(y: Any, layout: Layout, needed: Sequence[bool]) -> list[Any]:
    """The targets of each output: all of them, or in a list only those that are needed."""
    if y is None:
        return [None] * layout.count
    if isinstance(y, (list, tuple)) and len(y) == sum(needed) < layout.count and layout.flat:
        given = iter(y)
        return [next(given) if is_needed else None for is_needed in needed]
    return layout.take(y, "targets", partly=True, alone=_is_array)


def input_arrays(model: Any, x: Any) -> list[np.ndarray[Any, Any]]:
    """The arrays for the inputs of a model. ValueError if one is missing or has another shape than the model takes."""
    layout = model._layouts()[0]
    names = layout.labels
    if hasattr(x, "columns") and len(names) > 1:
        x = {name: x[name] for name in names if name in x.columns}
    arrays = []
    for value, tensor, name in zip(layout.take(x, "inputs", alone=_is_array), model.inputs, names, strict=True):
        array = as_array(value, tensor.dtype, f"input {name!r}")
        if tensor.dims is not None and array.ndim == len(tensor.dims) - 1 and tensor.dims[-1] == 1:
            array = array[..., None]
        if not shapes.compatible(array.shape[1:], tensor.dims and tensor.dims[1:]):  # the batch is another matter
            raise ValueError(
                f"The input {name!r} of the model {model.name!r} has the shape {shapes.show(tensor.dims)}, got an "
                f"array of shape {array.shape}."
            )
        arrays.append(array)
    _check_counts(list(zip(names, arrays, strict=True)))
    fixed = fixed_rows(model)
    if fixed and arrays and len(arrays[0]) % fixed:
        raise ValueError(f"The model {model.name!r} takes batches of {fixed} samples; got {len(arrays[0])} samples.")
    return arrays


def nested_arrays(x: Any) -> Any:
    """Arrays for inputs of which nothing is known yet: `x` itself, or what is in lists, tuples and dicts of arrays."""
    if isinstance(x, Mapping):
        return {key: nested_arrays(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)) and any(_holds_arrays(value) for value in x):
        return type(x)(nested_arrays(value) for value in x)
    return as_array(x, None, "input")


def _holds_arrays(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return any(map(_holds_arrays, value)) if isinstance(value, (list, tuple)) else _is_array(value)


def as_array(value: Any, dtype: DType | None, what: str) -> np.ndarray[Any, Any]:
    """`value`, an array, nested lists or a data frame, as an array of `dtype`, by default of its own.

    Raises:
        TypeError: it does not hold numbers; for a data frame the columns are named.
        ValueError: it has no rows axis, or numbers that `dtype` cannot hold.
    """
    wanted = None if dtype is None else dtype.numpy
    if value is None:
        raise ValueError(f"There is no array for the {what}: got None.")
    if dtype is string:
        return as_texts(value, f"the {what}")
    if hasattr(value, "columns"):
        value = _frame(value, wanted or np.dtype(np.float32), what)
    elif hasattr(value, "to_numpy"):
        value = value.to_numpy()
    elif hasattr(value, "toarray"):
        value = value.toarray()
    elif isinstance(getattr(value, "graph", None), Graph):
        raise TypeError(
            f"Expected numbers for the {what}, got {value}, a tensor of a graph; run it in a session first."
        )
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"The rows of the {what} differ in their lengths.") from None
    if array.dtype.kind == "O":
        array = _numbers(array, wanted or np.dtype(np.float32), what)
    if wanted is not None and array.dtype != wanted:
        array = _cast(array, wanted, what)
    if array.ndim == 0:
        raise ValueError(f"Expected an array with a row for each sample for the {what}, got the single value {array}.")
    return array


def _numbers(array: np.ndarray[Any, Any], dtype: np.dtype[Any], what: str) -> np.ndarray[Any, Any]:
    """An array of Python objects as one of numbers; text is none, even if it could be read as one."""
    wrong = [v for v in array.flat if isinstance(v, (str, bytes))]
    if not wrong:
        try:
            return array.astype(dtype)
        except (TypeError, ValueError):
            wrong = [v for v in array.flat if not isinstance(v, (int, float, np.number))]
    raise TypeError(f"Expected numbers for the {what}, got {wrong[:3]} among them.")


def _cast(array: np.ndarray[Any, Any], dtype: np.dtype[Any], what: str) -> np.ndarray[Any, Any]:
    if dtype.kind != "O" and array.dtype.kind not in "biuf":
        raise TypeError(f"Expected numbers for the {what}, got values of type {array.dtype}.")
    try:
        with np.errstate(over="raise"):
            return array.astype(dtype)
    except FloatingPointError:
        raise ValueError(f"The {what} has numbers that are too large for {dtype}.") from None


def _frame(frame: Any, dtype: np.dtype[Any], what: str) -> np.ndarray[Any, Any]:
    bad = [str(name) for name, column in frame.items() if not _holds_numbers(column)]
    if bad:
        raise TypeError(f"Expected numbers for the {what}; these columns hold none: {', '.join(bad)}.")
    try:
        return frame.to_numpy(dtype=dtype, na_value=np.nan) if dtype.kind == "f" else frame.to_numpy(dtype=dtype)
    except (TypeError, ValueError):
        raise TypeError(f"The {what} must be whole numbers, without missing ones.") from None


def _holds_numbers(column: Any) -> bool:
    kind = getattr(column.dtype, "kind", "O")
    if kind != "O" or hasattr(column, "cat"):
        return kind in "biuf"
    return not any(isinstance(v, (str, bytes)) for v in column)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0 or hasattr(value, "to_numpy")


def _target(value: Any, dtype: DType, name: str) -> np.ndarray[Any, Any]:
    array = as_array(value, None, f"target {name!r}")
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"Expected numbers for the target {name!r}, got values of type {array.dtype}. Encode classes as 0, 1, ..."
        )
    if array.dtype.kind in "iu":
        return array.astype(np.int64 if array.dtype.itemsize > 4 else np.int32, copy=False)
    return array.astype(dtype.numpy, copy=False)


def _whole(array: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """Numbers of classes; a bool is one too."""
    if array.dtype.kind == "f" and (wrong := array[array != np.floor(array)]).size:
        raise ValueError(f"The target {name!r} must be numbers of classes, 0, 1, ...; got {wrong[:3]} among them.")
    return array


def _weights(sample_weight: Any, layout: Layout, dtypes: list[DType]) -> list[Array | None]:
    """The sample weights of each output; those that are passed for no output in particular are for all."""
    if sample_weight is None:
        return [None] * layout.count
    nested = isinstance(sample_weight, (list, tuple)) and not all(isinstance(w, numbers.Real) for w in sample_weight)
    if isinstance(sample_weight, Mapping) or nested:
        values = layout.take(sample_weight, "sample weights", partly=True, alone=_is_array)
    else:
        values = [sample_weight] * layout.count
    return [
        None if v is None else as_array(v, d, f"sample weights of {n!r}")
        for v, n, d in zip(values, layout.labels, dtypes, strict=True)
    ]


def _by_class(weights: Array | None, target: Array, class_weight: Any, name: str) -> Array:
    """`weights`, multiplied by those of the samples' classes."""
    one_hot = target.ndim > 1 and target.shape[-1] > 1
    classes = target.argmax(axis=-1) if one_hot else target.reshape(len(target), -1)[:, 0]
    values, inverse = np.unique(classes, return_inverse=True)
    missing = [v for v in values.tolist() if v not in class_weight]
    if missing:
        raise ValueError(f"class_weight has no weight for the classes {missing[:5]} of {name!r}.")
    found = _cast(np.array([class_weight[v] for v in values.tolist()]), np.dtype(np.float32), "class_weight")[inverse]
    return found if weights is None else weights * found.reshape(-1, *[1] * (weights.ndim - 1))


def _check_counts(named: list[tuple[str, np.ndarray[Any, Any]]]) -> None:
    if len({len(a) for _, a in named}) > 1:
        counts = ", ".join(f"{name}: {len(a)}" for name, a in named)
        raise ValueError(f"All arrays must have the same number of rows; got {counts}.")
    if named and not len(named[0][1]):
        raise ValueError("There are no rows.")
