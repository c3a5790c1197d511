"""The same elements under another shape: `reshape`, `transpose`, `expand_dims`, `squeeze`.

All of these give views of their input. Where only sizes change the adjoint is `ReshapeLike`; a `Transpose` is undone
by one with the inverse permutation.
"""

from __future__ import annotations

import math
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.ops.arguments import in_rank, known_entries, refine, sizes, static_int, static_ints, vector
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["expand_dims", "matrix_transpose", "reshape", "squeeze", "transpose"]


def _as_input(n: Any, g: Any) -> tuple[Any, ...]:
    """The gradient where elements keep their order."""
    return (apply("ReshapeLike", g, n.inputs[0]), *[None] * (len(n.inputs) - 1))


# Reshape.


def _reshaped(dims: Dims, target: tuple[int | None, ...] | None) -> Dims:
    """The shape of an array of shape `dims` after a reshape to `target`, in which -1 means "what is left"."""
    if target is None:
        return None
    if any(d is not None and d < -1 for d in target) or target.count(-1) > 1:
        raise ValueError(f"sizes must be at least 0, and one of them may be -1; got {shapes.show(target)}")
    total, left = shapes.size(dims), [i for i, d in enumerate(target) if d is None or d == -1]
    given = math.prod([d for d in target if d is not None and d != -1])
    out = [None if i in left else d for i, d in enumerate(target)]
    if total is None or len(left) > 1:
        return tuple(out)
    if total % given if given and left else total != given:
        raise ValueError(f"{total} elements of shape {shapes.show(dims)} cannot be reshaped to {shapes.show(target)}")
    if left and given:
        out[left[0]] = total // given
    elif left and target[left[0]] == -1:
        raise ValueError(f"the size -1 in {shapes.show(target)} can be anything: another size is 0")
    return tuple(out)


def _infer_reshape(x: Spec, shape: Spec) -> Spec:
    return Spec(x.dtype, _reshaped(x.shape, vector(shape, "the shape")))


def _same_shape(x: Spec, shape: Spec) -> int | None:
    if shape.value is None or not shapes.is_static(x.shape):
        return None
    try:
        return 0 if _infer_reshape(x, shape).shape == x.shape else None
    except ValueError:
        return None  # the run says so, and where


def _reshape(x: Any, shape: Any) -> Any:
    target = shape.tolist()
    if any(d < -1 for d in target):
        raise ValueError(f"sizes must be at least 0 or -1, got {target}")
    return x.reshape(target)


@op("Reshape", infer=_infer_reshape, vjp=_as_input, kernel=_reshape, alias=True, forward=_same_shape)
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements of `tensor`, in the same order, under another shape.

    Args:
        tensor: any tensor.
        shape: the sizes, ints or scalar int tensors, or an int vector. One may be -1: it becomes what is left over.

    Raises:
        ValueError: `shape` stands for another number of elements; InvalidArgumentError if that is found in a run.

    >>> tf.Session().run(tf.reshape([1, 2, 3, 4, 5, 6], [2, -1]))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=int32)
    """
    y = apply("Reshape", tensor, sizes(shape), name=name)
    return refine(y, lambda x, entries: _reshaped(x.dims, known_entries(entries)))


# Transpose.

_MATRIX = (-1, -2)  # the permutation that swaps the last two axes, whatever the rank


def _permutation(perm: tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """`perm` as a permutation of ``range(rank)``; None reverses. ValueError if it is none."""
    if perm is None:
        return tuple(range(rank))[::-1]
    if perm == _MATRIX:
        if rank < 2:
            raise ValueError(f"a matrix has at least 2 dimensions, this tensor has {rank}")
        return (*range(rank - 2), rank - 1, rank - 2)
    if sorted(perm) != list(range(rank)):
        raise ValueError(f"perm must be a permutation of the {rank} axes, got {list(perm)}")
    return perm


def _infer_transpose(x: Spec, perm: tuple[int, ...] | None) -> Spec:
    if x.shape is None:
        return Spec(x.dtype, None if perm is None or perm == _MATRIX else (None,) * len(_permutation(perm, len(perm))))
    return Spec(x.dtype, tuple([x.shape[i] for i in _permutation(perm, len(x.shape))]))


def _transpose(x: Any, perm: tuple[int, ...] | None) -> Any:
    if perm == _MATRIX:
        if x.ndim < 2:
            raise ValueError(f"a matrix has at least 2 dimensions, this tensor has {x.ndim}")
        return x.swapaxes(-1, -2)
    return x.transpose(perm)


def _transpose_grad(n: Any, g: Any) -> tuple[Any]:
    perm = n.attrs["perm"]
    if perm is not None and perm != _MATRIX:
        perm = tuple(sorted(range(len(perm)), key=perm.__getitem__))
    return (apply("Transpose", g, perm=perm),)


def _stays(x: Spec, perm: tuple[int, ...] | None) -> int | None:
    if perm is None:
        return 0 if x.shape is not None and len(x.shape) < 2 else None
    return 0 if perm == tuple(range(len(perm))) else None


op(
    "Transpose",
    infer=_infer_transpose,
    vjp=_transpose_grad,
    kernel=_transpose,
    alias=True,
    forward=_stays,
)(_transpose)


def swaps_last_two(perm: tuple[int, ...] | None) -> bool:
    """Whether the `perm` of a `Transpose` turns matrices over and leaves the axes before them alone."""
    return perm == _MATRIX or perm is not None and len(perm) > 1 and perm == _permutation(_MATRIX, len(perm))


def transpose(a: Any, perm: Any = None, name: str | None = "transpose", conjugate: bool = False) -> Tensor:
    """`a` with its axes in another order: axis i of the result is axis ``perm[i]`` of `a`.

    Args:
        a: any tensor.
        perm: a permutation of the axes; by default they are reversed.
        conjugate: whether to take the complex conjugate too.

    Raises:
        ValueError: `perm` is not a permutation of the axes, or is not known.

    >>> tf.Session().run(tf.transpose([[1, 2, 3], [4, 5, 6]]))
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)
    """
    x = convert(a)
    if perm is not None:
        order: tuple[int, ...] | None = static_ints(perm, "perm")
        if order == _MATRIX:
            raise ValueError(f"transpose: perm must be a permutation of the axes, got {list(order)}.")
    else:
        order = None if x.dims is None else _permutation(None, len(x.dims))
    return _transposed(x, order, name or "transpose", conjugate)


def matrix_transpose(a: Any, name: str | None = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """`a` with its last two axes swapped.

    Args:
        a: a matrix or a batch of matrices, shape (..., m, n).
        conjugate: whether to take the complex conjugate too.

    Raises:
        ValueError: `a` has less than two axes.

    >>> tf.matrix_transpose(tf.zeros([5, 2, 3])).shape.as_list()
    [5, 3, 2]
    """
    return _transposed(convert(a), _MATRIX, name or "matrix_transpose", conjugate)


def _transposed(x: Tensor, perm: tuple[int, ...] | None, name: str, conjugate: bool) -> Tensor:
    if conjugate and x.dtype.is_complex:
        x = apply("Conj", x)
    return apply("Transpose", x, perm=perm, name=name)


# Axes of size 1.


def _expanded(dims: tuple[Any, ...], axis: int) -> tuple[Any, ...]:
    i = in_rank(axis, len(dims) + 1)
    return (*dims[:i], 1, *dims[i:])


@op(
    "ExpandDims",
    infer=lambda x, axis: Spec(x.dtype, None if x.shape is None else _expanded(x.shape, axis)),
    vjp=_as_input,
    kernel=lambda x, axis: x.reshape(_expanded(x.shape, axis)),
    alias=True,
)
def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """`input` with a new axis of size 1.

    Args:
        input: any tensor, of rank r.
        axis: where the new axis will be, from -r - 1 to r.
        dim: the old name of `axis`.

    Raises:
        ValueError: `axis` is out of range, or not given.

    >>> tf.Session().run(tf.expand_dims([1, 2], 1))
    array([[1],
           [2]], dtype=int32)
    """
    if axis is not None and dim is not None:
        raise ValueError("expand_dims: axis and its old name dim cannot both be given.")
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("expand_dims: axis must be given.")
    return apply("ExpandDims", input, axis=static_int(axis, "expand_dims: axis"), name=name)


def _infer_squeeze(x: Spec, axis: tuple[int, ...]) -> Spec:
    dims = x.shape
    if dims is None or not axis and None in dims:
        return Spec(x.dtype, None)
    gone = {in_rank(i, len(dims)) for i in axis} if axis else {i for i, d in enumerate(dims) if d == 1}
    for i in sorted(gone):
        if dims[i] not in (1, None):
            raise ValueError(f"axis {i} has size {dims[i]} in {shapes.show(dims)}: only axes of size 1 can be dropped")
    return Spec(x.dtype, tuple([d for i, d in enumerate(dims) if i not in gone]))


@op(
    "Squeeze",
    infer=_infer_squeeze,
    vjp=_as_input,
    kernel=lambda x, axis: x.squeeze(axis or None),
    alias=True,
)
def squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> Tensor:
    """`input` without its axes of size 1.

    Args:
        input: any tensor.
        axis: the axes to drop; by default all of size 1. Without it the result's rank is known only if all sizes are.
        squeeze_dims: the old name of `axis`.

    Raises:
        ValueError: one of the axes has another size than 1; InvalidArgumentError if that is found in a run.

    >>> tf.Session().run(tf.squeeze([[[1, 2]]], [0]))
    array([[1, 2]], dtype=int32)
    """
    if axis is not None and squeeze_dims is not None:
        raise ValueError("squeeze: axis and its old name squeeze_dims cannot both be given.")
    axis = squeeze_dims if axis is None else axis
    axes = () if axis is None else static_ints(axis, "squeeze: axis")
    return apply("Squeeze", input, axis=axes, name=name)
