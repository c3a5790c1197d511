"""Arithmetic on tensors as `keras.ops` has it: numbers of different types meet in the wider one, means are floats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor, holds_tensor
from kerasflow.core.types import DType, as_dtype, float32, int32
from kerasflow.core.values import to_array
from kerasflow.layers.symbolic import KerasTensor

__all__ = [
    "add",
    "alike",
    "arctan2",
    "clip",
    "convert_to_tensor",
    "divide",
    "divide_no_nan",
    "equal",
    "floats",
    "floor_divide",
    "greater",
    "greater_equal",
    "is_tensor",
    "less",
    "less_equal",
    "log10",
    "log2",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "not_equal",
    "numbers",
    "power",
    "subtract",
]


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor, of a graph or of a model.

    >>> tf.keras.ops.is_tensor(tf.ones([2])), tf.keras.ops.is_tensor([1.0])
    (True, False)
    """
    return isinstance(x, (Tensor, KerasTensor))


def convert_to_tensor(x: Any, dtype: Any = None) -> Any:
    """`x` as a tensor, of type `dtype` if one is given.

    >>> tf.keras.ops.convert_to_tensor([1, 2], dtype="float32").dtype.name
    'float32'
    """
    if not (is_tensor(x) or hasattr(x, "__tensor__") or holds_tensor(x)):
        array = to_array(x)
        return convert(array if dtype is None else array.astype(as_dtype(dtype).numpy))
    tensor = x if isinstance(x, KerasTensor) else convert(x)
    return tensor if dtype is None or tensor.dtype == as_dtype(dtype) else ops.cast(tensor, as_dtype(dtype))


def floats(x: Any) -> Any:
    """`x` as floating numbers.

    >>> from kerasflow.keras.arithmetic import floats
    >>> floats([1, 2]).dtype.name
    'float32'
    """
    tensor = convert_to_tensor(x)
    return tensor if tensor.dtype.is_floating else ops.cast(tensor, float32)


def numbers(x: Any) -> Any:
    """`x` as numbers: truth values are 0 and 1.

    >>> from kerasflow.keras.arithmetic import numbers
    >>> numbers([True, False]).dtype.name
    'int32'
    """
    tensor = convert_to_tensor(x)
    return ops.cast(tensor, int32) if tensor.dtype.name == "bool" else tensor


def alike(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Both as tensors of one type. Python's numbers, and arrays, have none of their own beside a tensor.

    >>> from kerasflow.keras.arithmetic import alike
    >>> [t.dtype.name for t in alike(tf.constant([1, 2]), 0.5)]
    ['float32', 'float32']
    """
    known = [x.dtype for x in (x1, x2) if is_tensor(x) or hasattr(x, "__tensor__")]
    loose = [np.asarray(x).dtype for x in (x1, x2) if not (is_tensor(x) or hasattr(x, "__tensor__"))]
    floating = [d for d in known if d.is_floating]
    wanted: DType
    if floating or not known:
        wanted = _widest(floating) if floating else as_dtype(_plain(np.result_type(*loose)))
    elif _widest(known).name == "bool" and loose:
        wanted = as_dtype(_plain(loose[0]))
    else:
        wanted = float32 if [d for d in loose if d.kind == "f"] else _widest(known)
    return convert_to_tensor(x1, wanted), convert_to_tensor(x2, wanted)


def _widest(dtypes: Sequence[DType]) -> DType:
    widest = dtypes[0]
    for d in dtypes[1:]:
        widest = d if d.numpy.itemsize > widest.numpy.itemsize else widest
    return widest


def _plain(dtype: np.dtype[Any]) -> str:
    """The type that numbers have where nothing else is said."""
    return {"f": "float32", "i": "int32", "u": "int32"}.get(dtype.kind, dtype.name)


# Two tensors.


def add(x1: Any, x2: Any) -> Any:
    """``x1 + x2``.

    >>> tf.Session().run(tf.keras.ops.add(tf.constant([1, 2]), 0.5))
    array([1.5, 2.5], dtype=float32)
    """
    return ops.add(*alike(x1, x2))


def subtract(x1: Any, x2: Any) -> Any:
    """``x1 - x2``.

    >>> tf.Session().run(tf.keras.ops.subtract([3.0], 1))
    array([2.], dtype=float32)
    """
    return ops.subtract(*alike(x1, x2))


def multiply(x1: Any, x2: Any) -> Any:
    """``x1 * x2``, element-wise.

    >>> tf.Session().run(tf.keras.ops.multiply([1, 2], [3, 4]))
    array([3, 8], dtype=int32)
    """
    return ops.multiply(*alike(x1, x2))


def divide(x1: Any, x2: Any) -> Any:
    """``x1 / x2``, a float.

    >>> tf.Session().run(tf.keras.ops.divide([1, 2], 4))
    array([0.25, 0.5 ], dtype=float32)
    """
    a, b = alike(x1, x2)
    return ops.truediv(floats(a), floats(b))


def divide_no_nan(x1: Any, x2: Any) -> Any:
    """``x1 / x2``, and 0 where `x2` is 0.

    >>> tf.Session().run(tf.keras.ops.divide_no_nan([1.0, 2.0], [0.0, 4.0]))
    array([0. , 0.5], dtype=float32)
    """
    a, b = alike(x1, x2)
    return ops.div_no_nan(floats(a), floats(b))


def floor_divide(x1: Any, x2: Any) -> Any:
    """``x1 // x2``, rounded down.

    >>> tf.Session().run(tf.keras.ops.floor_divide([7, -7], 2))
    array([ 3, -4], dtype=int32)
    """
    return ops.floordiv(*alike(x1, x2))


def mod(x1: Any, x2: Any) -> Any:
    """``x1 % x2``, with the sign of `x2`.

    >>> tf.Session().run(tf.keras.ops.mod([7, -7], 3))
    array([1, 2], dtype=int32)
    """
    return ops.floormod(*alike(x1, x2))


def power(x1: Any, x2: Any) -> Any:
    """``x1 ** x2``.

    >>> tf.Session().run(tf.keras.ops.power([2.0, 3.0], 2))
    array([4., 9.], dtype=float32)
    """
    return ops.pow(*alike(x1, x2))


def arctan2(x1: Any, x2: Any) -> Any:
    """The angle of the point ``(x2, x1)``, in radians.

    >>> tf.Session().run(tf.keras.ops.arctan2([0.0], [1.0]))
    array([0.], dtype=float32)
    """
    a, b = alike(x1, x2)
    return ops.atan2(floats(a), floats(b))


def maximum(x1: Any, x2: Any) -> Any:
    """The larger of both, element-wise.

    >>> tf.Session().run(tf.keras.ops.maximum([1.0, 5.0], 3.0))
    array([3., 5.], dtype=float32)
    """
    return ops.maximum(*alike(x1, x2))


def minimum(x1: Any, x2: Any) -> Any:
    """The smaller of both, element-wise.

    >>> tf.Session().run(tf.keras.ops.minimum([1.0, 5.0], 3.0))
    array([1., 3.], dtype=float32)
    """
    return ops.minimum(*alike(x1, x2))


def equal(x1: Any, x2: Any) -> Any:
    """Whether both are equal, element-wise.

    >>> tf.Session().run(tf.keras.ops.equal([1, 2], 2))
    array([False,  True])
    """
    return ops.equal(*alike(x1, x2))


def not_equal(x1: Any, x2: Any) -> Any:
    """Whether both differ, element-wise.

    >>> tf.Session().run(tf.keras.ops.not_equal([1, 2], 2))
    array([ True, False])
    """
    return ops.not_equal(*alike(x1, x2))


def less(x1: Any, x2: Any) -> Any:
    """``x1 < x2``, element-wise.

    >>> tf.Session().run(tf.keras.ops.less([1, 2], 2))
    array([ True, False])
    """
    return ops.less(*alike(x1, x2))


def less_equal(x1: Any, x2: Any) -> Any:
    """``x1 <= x2``, element-wise.

    >>> tf.Session().run(tf.keras.ops.less_equal([1, 3], 2))
    array([ True, False])
    """
    return ops.less_equal(*alike(x1, x2))


def greater(x1: Any, x2: Any) -> Any:
    """``x1 > x2``, element-wise.

    >>> tf.Session().run(tf.keras.ops.greater([1, 3], 2))
    array([False,  True])
    """
    return ops.greater(*alike(x1, x2))


def greater_equal(x1: Any, x2: Any) -> Any:
    """``x1 >= x2``, element-wise.

    >>> tf.Session().run(tf.keras.ops.greater_equal([1, 2], 2))
    array([False,  True])
    """
    return ops.greater_equal(*alike(x1, x2))


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """`x`, but at least `x_min` and at most `x_max`.

    >>> tf.Session().run(tf.keras.ops.clip([-1.0, 0.5, 3.0], 0.0, 1.0))
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return minimum(maximum(x, x_min), x_max)


def log2(x: Any) -> Any:
    """The logarithm to base 2.

    >>> float(tf.Session().run(tf.keras.ops.log2(8.0)))
    3.0
    """
    return ops.log(floats(x)) / float(np.log(2.0))


def log10(x: Any) -> Any:
    """The logarithm to base 10.

    >>> round(float(tf.Session().run(tf.keras.ops.log10(1000.0))), 5)
    3.0
    """
    return ops.log(floats(x)) / float(np.log(10.0))
