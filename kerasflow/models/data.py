"""What is passed to `fit` and its kin, as arrays: one for each input, target and weight, rows along the first axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.types import DType

__all__ = ["Data", "as_array", "input_arrays", "training_data"]


@dataclass
class Data:
    """Arrays with the same number of rows; a target without weights has None."""

    x: list[np.ndarray[Any, Any]]
    y: list[np.ndarray[Any, Any]]
    weights: list[np.ndarray[Any, Any] | None]

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.x[0])

    @property
    def arrays(self) -> list[np.ndarray[Any, Any]]:
        """All arrays, in the order in which a step takes them."""
        return [*self.x, *self.y, *[w for w in self.weights if w is not None]]

    def part(self, rows: slice) -> Data:
        """Some of the rows."""
        weights = [None if w is None else w[rows] for w in self.weights]
        return Data([a[rows] for a in self.x], [a[rows] for a in self.y], weights)

    def split(self, share: float) -> tuple[Data, Data]:
        """The rows without the last `share` of them, and those. ValueError if either part is empty."""
        if not 0 < share < 1:
            raise ValueError(f"validation_split must be between 0 and 1, got {share}.")
        at = int(self.count * (1 - share))
        if at in (0, self.count):
            raise ValueError(f"validation_split={share} of {self.count} rows leaves one part empty.")
        return self.part(slice(0, at)), self.part(slice(at, None))


def training_data(model: Any, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None) -> Data:
    """The arrays for a model whose inputs and outputs are known.

    Raises:
        ValueError: arrays are missing, do not fit the model or differ in their number of rows; TypeError: not numbers.
    """
    if y is None:
        raise ValueError("Targets are needed: pass y.")
    xs = input_arrays(model, x)
    names = model.output_names
    ys = [
        _target(value, output.dtype, name)
        for value, output, name in zip(_by_name(y, names, "target"), model.outputs, names, strict=True)
    ]
    weights = _weights(sample_weight, names, [t.dtype for t in model.outputs])
    if class_weight is not None:
        weights = [_with_class_weight(w, t, class_weight, n) for w, t, n in zip(weights, ys, names, strict=True)]
    data = Data(xs, ys, weights)
    named = [*zip(model.input_names, xs, strict=True), *zip(names, ys, strict=True)]
    named += [(f"weights of {n}", w) for n, w in zip(names, weights, strict=True) if w is not None]
    _check_counts(named)
    return data


def input_arrays(model: Any, x: Any) -> list[np.ndarray[Any, Any]]:
    """The arrays for the inputs of a model. ValueError if one is missing or has another shape than the model takes."""
    names = model.input_names
    if hasattr(x, "columns") and len(names) > 1:
        x = {name: x[name] for name in names if name in x.columns}
    arrays = []
    for value, tensor, name in zip(_by_name(x, names, "input"), model.inputs, names, strict=True):
        array = as_array(value, tensor.dtype, f"input {name!r}")
        if tensor.dims is not None and array.ndim == len(tensor.dims) - 1 and tensor.dims[-1] == 1:
            array = array[..., None]
        if not shapes.compatible(array.shape, tensor.dims):
            raise ValueError(
                f"The input {name!r} of the model {model.name!r} has the shape {shapes.show(tensor.dims)}, got an "
                f"array of shape {array.shape}."
            )
        arrays.append(array)
    _check_counts(list(zip(names, arrays, strict=True)))
    return arrays


def as_array(value: Any, dtype: DType | None, what: str) -> np.ndarray[Any, Any]:
    """`value`, an array, nested lists or a data frame, as an array of `dtype`, by default of its own.

    Raises:
        TypeError: it does not hold numbers; for a data frame the columns are named. ValueError: it has no rows axis.
    """
    wanted = None if dtype is None else dtype.numpy
    if hasattr(value, "columns"):
        value = _frame(value, wanted or np.dtype(np.float32), what)
    elif hasattr(value, "to_numpy"):
        value = value.to_numpy()
    array = np.asarray(value)
    if array.dtype.kind == "O":
        try:
            array = array.astype(wanted or np.float32)
        except (TypeError, ValueError):
            raise TypeError(f"Expected numbers for the {what}, got {array.reshape(-1)[:3]} among them.") from None
    if wanted is not None and wanted.kind != "O" and array.dtype.kind in "USOMm":
        raise TypeError(f"Expected numbers for the {what}, got values of type {array.dtype}.")
    if array.ndim == 0:
        raise ValueError(f"Expected an array with a row for each sample for the {what}, got the single value {array}.")
    return array if wanted is None else array.astype(wanted, copy=False)


def _frame(frame: Any, dtype: np.dtype[Any], what: str) -> np.ndarray[Any, Any]:
    try:
        return frame.to_numpy(dtype=dtype, na_value=np.nan) if dtype.kind == "f" else frame.to_numpy(dtype=dtype)
    except (TypeError, ValueError):
        bad = [str(c) for c in frame.columns if getattr(frame[c].dtype, "kind", "O") not in "biuf"]
        raise TypeError(f"Expected numbers for the {what}; these columns hold none: {', '.join(bad)}.") from None


def _by_name(value: Any, names: Sequence[str], role: str) -> list[Any]:
    """The value for each of `names`: from a dict by name, from a list by position, or the one there is."""
    if isinstance(value, Mapping):
        missing, extra = sorted(set(names) - set(value)), sorted(set(value) - set(names))
        if missing or extra:
            raise ValueError(f"Expected {role}s {list(names)}; missing: {missing}, unexpected: {extra}.")
        return [value[n] for n in names]
    if len(names) == 1:
        alone = isinstance(value, (list, tuple)) and len(value) == 1 and np.ndim(value[0]) > 0
        return [value[0] if alone and isinstance(value[0], np.ndarray) else value]
    if not isinstance(value, (list, tuple)) or len(value) != len(names):
        given = f"{len(value)}" if isinstance(value, (list, tuple)) else f"one {type(value).__name__}"
        raise ValueError(f"Expected a list or dict of {len(names)} {role}s, for {list(names)}; got {given}.")
    return list(value)


def _target(value: Any, dtype: DType, name: str) -> np.ndarray[Any, Any]:
    array = as_array(value, None, f"target {name!r}")
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"Expected numbers for the target {name!r}, got values of type {array.dtype}. Encode classes as 0, 1, ..."
        )
    if array.dtype.kind in "iu":
        return array.astype(np.int64 if array.dtype.itemsize > 4 else np.int32, copy=False)
    return array.astype(dtype.numpy, copy=False)


def _weights(sample_weight: Any, names: Sequence[str], dtypes: list[DType]) -> list[np.ndarray[Any, Any] | None]:
    if sample_weight is None:
        return [None] * len(names)
    if isinstance(sample_weight, Mapping):
        unknown = sorted(set(sample_weight) - set(names))
        if unknown:
            raise ValueError(f"There are sample weights for {unknown}, which are no outputs; these are {list(names)}.")
        values = [sample_weight.get(n) for n in names]
    elif isinstance(sample_weight, (list, tuple)) and len(names) > 1 and len(sample_weight) == len(names):
        values = list(sample_weight)
    else:
        values = [sample_weight] * len(names)
    return [
        None if v is None else as_array(v, d, f"sample weights of {n!r}")
        for v, n, d in zip(values, names, dtypes, strict=True)
    ]


def _with_class_weight(weights: Any, target: np.ndarray[Any, Any], class_weight: Any, name: str) -> Any:
    if isinstance(class_weight.get(name), Mapping):
        class_weight = class_weight[name]
    one_hot = target.ndim > 1 and target.shape[-1] > 1
    classes = target.argmax(axis=-1) if one_hot else target.reshape(len(target), -1)[:, 0]
    values, inverse = np.unique(classes, return_inverse=True)
    missing = [v for v in values.tolist() if int(v) not in class_weight]
    if missing or (values != values.astype(int)).any():
        raise ValueError(f"class_weight has no weight for the classes {missing or values.tolist()} of {name!r}.")
    found = np.array([class_weight[int(v)] for v in values], dtype=np.float32)[inverse]
    return found if weights is None else weights * found


def _check_counts(named: list[tuple[str, np.ndarray[Any, Any]]]) -> None:
    if len({len(a) for _, a in named}) > 1:
        counts = ", ".join(f"{name}: {len(a)}" for name, a in named)
        raise ValueError(f"All arrays must have the same number of rows; got {counts}.")
    if named and not len(named[0][1]):
        raise ValueError("There are no rows.")
