"""Arrays made, cut, joined and turned, as `keras.ops` has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.session import Session
from kerasflow.core.types import as_dtype, int32
from kerasflow.core.weights import Weight
from kerasflow.keras.arithmetic import alike, convert_to_tensor, is_tensor
from kerasflow.layers.symbolic import KerasTensor

__all__ = [
    "arange",
    "array",
    "cast",
    "concatenate",
    "convert_to_numpy",
    "flip",
    "full",
    "full_like",
    "moveaxis",
    "ndim",
    "pad",
    "ravel",
    "repeat",
    "shape",
    "slice",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "take",
    "tile",
    "transpose",
    "unstack",
    "where",
]

array = convert_to_tensor


def cast(x: Any, dtype: Any) -> Any:
    """`x` with elements of another type.

    >>> tf.Session().run(tf.keras.ops.cast([1.7, -1.7], "int32"))
    array([ 1, -1], dtype=int32)
    """
    return ops.cast(convert_to_tensor(x), as_dtype(dtype))


def convert_to_numpy(x: Any) -> np.ndarray[Any, Any]:
    """The value of an array, of a weight, or of a tensor that depends on nothing that is fed.

    >>> tf.keras.ops.convert_to_numpy(tf.ones([2]) + 1.0)
    array([2., 2.], dtype=float32)
    """
    if isinstance(x, Weight):
        return x.numpy()
    return np.asarray(Session(graph=x.graph).run(x) if is_tensor(x) else x)


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of `x`: numbers where they are known, and else tensors; of a symbolic tensor, None.

    >>> tf.keras.ops.shape(tf.ones([2, 3])), tf.keras.ops.shape(tf.keras.Input((3,)))
    ((2, 3), (None, 3))
    """
    tensor = convert_to_tensor(x)
    if isinstance(tensor, KerasTensor) or tensor.dims is None:
        return tensor.dims or ()
    known = tensor.dims
    sizes = ops.shape(tensor) if None in known else None
    return tuple([sizes[i] if d is None and sizes is not None else d for i, d in enumerate(known)])


def ndim(x: Any) -> int:
    """The number of axes of `x`.

    >>> tf.keras.ops.ndim([[1.0]])
    2
    """
    return len(convert_to_tensor(x).dims)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """The numbers from `start`, or 0, up to `stop`, which is left out.

    >>> tf.Session().run(tf.keras.ops.arange(1, 7, 2))
    array([1, 3, 5], dtype=int32)
    """
    numbers = ops.range(start, delta=step) if stop is None else ops.range(start, stop, step)
    return numbers if dtype is None else ops.cast(numbers, as_dtype(dtype))


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A tensor of one number.

    >>> tf.Session().run(tf.keras.ops.full((2,), 3.0))
    array([3., 3.], dtype=float32)
    """
    return ops.fill(shape, convert_to_tensor(fill_value, dtype))


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A tensor of one number, as large as `x`.

    >>> tf.Session().run(tf.keras.ops.full_like([1.0, 2.0], 3))
    array([3., 3.], dtype=float32)
    """
    like = ops.zeros_like(convert_to_tensor(x, dtype))
    return like + convert_to_tensor(fill_value, like.dtype)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """`x1` where the condition is true, else `x2`; all three broadcast. Without them, the places where it is true.

    >>> tf.Session().run(tf.keras.ops.where([True, False], [1.0, 2.0], 0.0))
    array([1., 0.], dtype=float32)
    """
    chosen = convert_to_tensor(condition, "bool")
    if x1 is None and x2 is None:
        return tuple(ops.unstack(ops.cast(ops.where(chosen), int32), axis=1, num=len(chosen.dims)))
    return ops.where_v2(chosen, *alike(x1, x2))


# Axes.


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order, by default from the last to the first.

    >>> tf.keras.ops.transpose(tf.ones([2, 3, 4])).shape.as_list()
    [4, 3, 2]
    """
    return ops.transpose(convert_to_tensor(x), axes if axes is None else list(axes))


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes in each other's place.

    >>> tf.keras.ops.swapaxes(tf.ones([2, 3, 4]), 0, -1).shape.as_list()
    [4, 3, 2]
    """
    order = list(range(ndim(x)))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(x, order)


def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Some axes at other places, the rest in their order.

    >>> tf.keras.ops.moveaxis(tf.ones([2, 3, 4]), 0, -1).shape.as_list()
    [3, 4, 2]
    """
    rank = ndim(x)
    pairs = [(source, destination)] if isinstance(source, int) else zip(source, destination, strict=True)
    places = sorted((to % rank, origin % rank) for origin, to in pairs)
    order = [axis for axis in range(rank) if axis not in [origin for _, origin in places]]
    for to, origin in places:
        order.insert(to, origin)
    return transpose(x, order)


def squeeze(x: Any, axis: Any = None) -> Any:
    """`x` without axes of size 1: these, by default all.

    >>> tf.keras.ops.squeeze(tf.ones([1, 3, 1]), axis=-1).shape.as_list()
    [1, 3]
    """
    return ops.squeeze(convert_to_tensor(x), axis if axis is None else [axis] if isinstance(axis, int) else list(axis))


def ravel(x: Any) -> Any:
    """All elements along one axis.

    >>> tf.keras.ops.ravel(tf.ones([2, 3])).shape.as_list()
    [6]
    """
    return ops.reshape(convert_to_tensor(x), [-1])


def flip(x: Any, axis: Any = None) -> Any:
    """`x` in reverse along axes, by default all.

    >>> tf.Session().run(tf.keras.ops.flip([1, 2, 3]))
    array([3, 2, 1], dtype=int32)
    """
    axes = list(range(ndim(x))) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    return ops.reverse(convert_to_tensor(x), axes)


# Pieces.


def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """Tensors one behind the other along an axis.

    >>> tf.Session().run(tf.keras.ops.concatenate([[1], [2, 3]]))
    array([1, 2, 3], dtype=int32)
    """
    return ops.concat([convert_to_tensor(x) for x in xs], axis)


def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """Tensors of one shape along a new axis.

    >>> tf.Session().run(tf.keras.ops.stack([[1, 2], [3, 4]], axis=1))
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return ops.stack([convert_to_tensor(one) for one in x], axis)


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """The pieces along an axis, without it.

    >>> [v.tolist() for v in tf.Session().run(tf.keras.ops.unstack([[1, 2], [3, 4]]))]
    [[1, 2], [3, 4]]
    """
    return list(ops.unstack(convert_to_tensor(x), num=num, axis=axis))


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """So many equal pieces along an axis, or the pieces between the given places.

    >>> [v.tolist() for v in tf.Session().run(tf.keras.ops.split([1, 2, 3, 4], [1, 3]))]
    [[1], [2, 3], [4]]
    """
    tensor = convert_to_tensor(x)
    if isinstance(indices_or_sections, int):
        return list(ops.split(tensor, indices_or_sections, axis=axis))
    ends = [*indices_or_sections, tensor.dims[axis]]
    return list(ops.split(tensor, [b - a for a, b in zip([0, *ends], ends, strict=False)], axis=axis))


def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """The piece of the given shape that begins at the given place.

    >>> tf.Session().run(tf.keras.ops.slice([1, 2, 3, 4], [1], [2]))
    array([2, 3], dtype=int32)
    """
    return ops.slice(convert_to_tensor(inputs), start_indices, shape)


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The pieces of `x` at `indices` along an axis; by default the elements, one after the other.

    >>> tf.Session().run(tf.keras.ops.take([[1, 2], [3, 4]], [1, 0], axis=0))
    array([[3, 4],
           [1, 2]], dtype=int32)
    """
    tensor = ravel(x) if axis is None else convert_to_tensor(x)
    return ops.gather(tensor, convert_to_tensor(indices), axis=0 if axis is None else axis)


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each piece so many times in a row; by default the elements, one after the other.

    >>> tf.Session().run(tf.keras.ops.repeat([1, 2], 2))
    array([1, 1, 2, 2], dtype=int32)
    """
    return ops.repeat(convert_to_tensor(x), repeats, axis=axis)


def tile(x: Any, repeats: Any) -> Any:
    """All of `x` so many times along each axis.

    >>> tf.Session().run(tf.keras.ops.tile([1, 2], 2))
    array([1, 2, 1, 2], dtype=int32)
    """
    tensor = convert_to_tensor(x)
    times = [repeats] if isinstance(repeats, int) else list(repeats)
    rank = len(tensor.dims)
    if len(times) > rank:
        for _ in range(len(times) - rank):
            tensor = ops.expand_dims(tensor, 0)
    return ops.tile(tensor, [1] * (rank - len(times)) + times)


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """`x` with more elements around it.

    Args:
        pad_width: how many before and after, for each axis; or one pair, or one number, for all.
        mode: "constant", "reflect" or "symmetric".
        constant_values: what they are, by default 0.

    >>> tf.Session().run(tf.keras.ops.pad([1, 2], (1, 2)))
    array([0, 1, 2, 0, 0], dtype=int32)
    """
    tensor = convert_to_tensor(x)
    rank = len(tensor.dims)
    widths = np.broadcast_to(np.asarray(pad_width, dtype=np.int32), (rank, 2))
    return ops.pad(tensor, widths, mode=mode, constant_values=constant_values or 0)
