"""Blocks of pixels moved into the batch or into the channels, and back.

`SpaceToBatchND` and `BatchToSpaceND` are each other's adjoint, and so are `SpaceToDepth` and `DepthToSpace`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import op
from kerasflow.core.ops.arguments import static_int, static_ints
from kerasflow.core.ops.window_arguments import (
    channels_last,
    either,
    format_of,
    ranked,
    shaped,
)
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = [
    "batch_to_space",
    "batch_to_space_nd",
    "depth_to_space",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
]

Ints = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


# Into the batch.


def _over(size: int | None, block: int, what: str) -> int | None:
    """`size` over `block`. ValueError if that is not whole."""
    if size is not None and size % block:
        raise ValueError(f"{what} must be evenly divisible by {block} but is {size}")
    return None if size is None else size // block


def _to_batch(dims: Any, block_shape: Ints, paddings: Pairs) -> Dims:
    count = len(block_shape)
    _enough_axes(dims, count)
    batch = None if dims[0] is None else dims[0] * math.prod(block_shape)
    sizes = [None if n is None else n + sum(pair) for n, pair in zip(dims[1:], paddings, strict=False)]
    inner = [_over(n, b, "each padded size") for n, b in zip(sizes, block_shape, strict=True)]
    return (batch, *inner, *dims[1 + count :])


def _from_batch(dims: Any, block_shape: Ints, crops: Pairs) -> Dims:
    count = len(block_shape)
    _enough_axes(dims, count)
    batch = _over(dims[0], math.prod(block_shape), "the batch")
    inner: list[int | None] = []
    for n, b, (before, after) in zip(dims[1:], block_shape, crops, strict=False):
        if n is not None and n * b < before + after:
            raise ValueError(f"the crops {[before, after]} are more than the size {n * b}")
        inner.append(None if n is None else n * b - before - after)
    return (batch, *inner, *dims[1 + count :])


def _enough_axes(dims: Any, count: int) -> None:
    if len(dims) <= count:
        raise ValueError(f"for {count} blocks the input must have rank {count + 1} at least, got {shapes.show(dims)}")


def _space_to_batch(x: Any, block_shape: Ints, paddings: Pairs) -> Any:
    wanted, count = _to_batch(x.shape, block_shape, paddings), len(block_shape)
    x = np.pad(x, [(0, 0), *paddings, *[(0, 0)] * (x.ndim - 1 - count)])
    split = [d for n, b in zip(x.shape[1:], block_shape, strict=False) for d in (n // b, b)]
    x = x.reshape(x.shape[0], *split, *x.shape[1 + count :])
    inner, outer = range(2, 2 * count + 1, 2), range(1, 2 * count, 2)
    return x.transpose(*inner, 0, *outer, *range(2 * count + 1, x.ndim)).reshape(wanted)


def _batch_to_space(x: Any, block_shape: Ints, crops: Pairs) -> Any:
    count = len(block_shape)
    wanted: Any = _from_batch(x.shape, block_shape, crops)
    sizes = [n * b for n, b in zip(x.shape[1:], block_shape, strict=False)]
    x = x.reshape(*block_shape, wanted[0], *x.shape[1:])
    order = [axis for k in range(count) for axis in (count + 1 + k, k)]
    x = x.transpose(count, *order, *range(2 * count + 1, x.ndim)).reshape(wanted[0], *sizes, *wanted[1 + count :])
    cut = [slice(before, size - after) for size, (before, after) in zip(sizes, crops, strict=True)]
    return np.ascontiguousarray(x[(slice(None), *cut)])


def _infer_to_batch(x: Spec, block_shape: Ints, paddings: Pairs) -> Spec:
    return Spec(x.dtype, None if x.shape is None else _to_batch(x.shape, block_shape, paddings))


def _infer_from_batch(x: Spec, block_shape: Ints, crops: Pairs) -> Spec:
    return Spec(x.dtype, None if x.shape is None else _from_batch(x.shape, block_shape, crops))


def _to_batch_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    x, attrs = n.inputs[0], n.attrs
    return (shaped(apply("BatchToSpaceND", g, block_shape=attrs["block_shape"], crops=attrs["paddings"]), x),)


def _from_batch_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    x, attrs = n.inputs[0], n.attrs
    return (shaped(apply("SpaceToBatchND", g, block_shape=attrs["block_shape"], paddings=attrs["crops"]), x),)


def _blocks(block_shape: Any, pairs: Any, what: str) -> tuple[Ints, Pairs]:
    """The attributes: the sizes of a block, and two numbers for each of them."""
    sizes = static_ints(block_shape, "block_shape")
    flat = static_ints(pairs if isinstance(pairs, (Tensor, np.ndarray)) else np.array(pairs, np.int64), what)
    if len(flat) != 2 * len(sizes):
        raise ValueError(f"{what} must have one pair for each of {len(sizes)} axes, got {len(flat)} numbers.")
    if any(b < 1 for b in sizes) or any(p < 0 for p in flat):
        raise ValueError(f"block_shape must be at least 1 and {what} at least 0, got {list(sizes)} and {list(flat)}.")
    return sizes, tuple(zip(flat[::2], flat[1::2], strict=True))


@op("SpaceToBatchND", infer=_infer_to_batch, kernel=_space_to_batch, vjp=_to_batch_vjp)
def space_to_batch_nd(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Tensor:
    """Every so manyth pixel as an image of its own: the batch grows as the images shrink.

    Args:
        input: [batch, ..., rest].
        block_shape: the size of the blocks along the axes that follow the batch.
        paddings: for each of those, the zeros before and after; with them, its size is a multiple of the block's.
        name: the operation's name.

    Raises:
        ValueError: a size is no multiple of the block's, or there are too few axes.

    >>> x = tf.reshape(tf.range(4), [1, 4, 1])
    >>> tf.Session().run(tf.space_to_batch_nd(x, [2], [[0, 0]]))[:, :, 0]
    array([[0, 2],
           [1, 3]], dtype=int32)
    """
    sizes, pairs = _blocks(block_shape, paddings, "paddings")
    return apply("SpaceToBatchND", input, name=name, block_shape=sizes, paddings=pairs)


@op("BatchToSpaceND", infer=_infer_from_batch, kernel=_batch_to_space, vjp=_from_batch_vjp)
def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """Images put together from every so manyth pixel of each; undoes `space_to_batch_nd`.

    Args:
        input: [batch, ..., rest], the batch a multiple of the number of pixels in a block.
        block_shape: the size of the blocks along the axes that follow the batch.
        crops: for each of those, what is cut off before and after.
        name: the operation's name.

    Raises:
        ValueError: the batch is no such multiple, or more is cut off than there is.

    >>> x = tf.constant([[0, 2], [1, 3]])
    >>> tf.Session().run(tf.batch_to_space_nd(x, [2], [[0, 1]]))
    array([[0, 1, 2]], dtype=int32)
    """
    sizes, pairs = _blocks(block_shape, crops, "crops")
    return apply("BatchToSpaceND", input, name=name, block_shape=sizes, crops=pairs)


def _square(block_size: Any, block_shape: Any) -> Any:
    """The sizes of the blocks of an image; one size stands for two."""
    given = either("block_size", block_size, "block_shape", block_shape)
    sizes = static_ints(given, "block_size")
    return sizes * 2 if len(sizes) == 1 else sizes


def space_to_batch(
    input: Any, paddings: Any, block_size: Any = None, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """`space_to_batch_nd` of images, with square blocks.

    Args:
        input: [batch, height, width, channels].
        paddings: [[top, bottom], [left, right]].
        block_size: the height and width of a block.
        name: the operation's name.
        block_shape: another name of `block_size`.

    >>> tf.space_to_batch(tf.ones([1, 4, 6, 3]), [[0, 0], [1, 1]], 2).shape.as_list()
    [4, 2, 4, 3]
    """
    return space_to_batch_nd(input, _square(block_size, block_shape), paddings, name)


def batch_to_space(
    input: Any, crops: Any, block_size: Any = None, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """`batch_to_space_nd` of images, with square blocks.

    Args:
        input: [batch, height, width, channels].
        crops: [[top, bottom], [left, right]].
        block_size: the height and width of a block.
        name: the operation's name.
        block_shape: another name of `block_size`.

    >>> tf.batch_to_space(tf.ones([4, 2, 4, 3]), [[0, 0], [1, 1]], 2).shape.as_list()
    [1, 4, 6, 3]
    """
    return batch_to_space_nd(input, _square(block_size, block_shape), crops, name)


# Into the channels.


def _sizes_of(x: Spec, data_format: str) -> tuple[int, int, int, Any]:
    dims = ranked(x, 4, "the input")
    return *((1, 2, 3) if data_format == "NHWC" else (2, 3, 1)), dims


def _infer_to_depth(x: Spec, block_size: int, data_format: str) -> Spec:
    h, w, c, dims = _sizes_of(x, data_format)
    out = list(dims)
    out[h], out[w] = (_over(dims[k], block_size, "the height and the width") for k in (h, w))
    out[c] = None if dims[c] is None else dims[c] * block_size**2
    return Spec(x.dtype, tuple(out))


def _infer_to_space(x: Spec, block_size: int, data_format: str) -> Spec:
    h, w, c, dims = _sizes_of(x, data_format)
    out = [None if n is None else n * block_size for n in dims]
    out[0], out[c] = dims[0], _over(dims[c], block_size**2, "the depth")
    return Spec(x.dtype, tuple(out))


def _space_to_depth(x: Any, block_size: int, data_format: str) -> Any:
    n, height, width, depth = channels_last(x, data_format).shape
    b = block_size
    blocks = channels_last(x, data_format).reshape(n, height // b, b, width // b, b, depth).transpose(0, 1, 3, 2, 4, 5)
    return _formed(blocks.reshape(n, height // b, width // b, b * b * depth), data_format)


def _depth_to_space(x: Any, block_size: int, data_format: str) -> Any:
    n, height, width, depth = channels_last(x, data_format).shape
    b, depth = block_size, depth // block_size**2
    blocks = channels_last(x, data_format).reshape(n, height, width, b, b, depth).transpose(0, 1, 3, 2, 4, 5)
    return _formed(blocks.reshape(n, height * b, width * b, depth), data_format)


def _formed(x: Any, data_format: str) -> Any:
    return x if data_format == "NHWC" else np.ascontiguousarray(np.moveaxis(x, -1, 1))


def _depth_attrs(block_size: Any, data_format: Any) -> dict[str, Any]:
    size = static_int(block_size, "block_size")
    if size < 2:
        raise ValueError(f"block_size must be at least 2, got {size}.")
    return {"block_size": size, "data_format": format_of(data_format, 2)}


@op(
    "SpaceToDepth",
    infer=_infer_to_depth,
    kernel=_space_to_depth,
    vjp=lambda n, g: (shaped(apply("DepthToSpace", g, **n.attrs), n.inputs[0]),),
)
def space_to_depth(input: Any, block_size: Any, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """The pixels of each block as channels of one pixel, block row by block row.

    Args:
        input: [batch, height, width, channels], or as `data_format` says.
        block_size: the height and width of a block, at least 2; height and width are multiples of it.
        name: the operation's name.
        data_format: ``"NHWC"`` or ``"NCHW"``.

    Raises:
        ValueError: the height or the width is no multiple of `block_size`.

    >>> x = tf.reshape(tf.range(4), [1, 2, 2, 1])
    >>> tf.Session().run(tf.space_to_depth(x, 2))
    array([[[[0, 1, 2, 3]]]], dtype=int32)
    """
    return apply("SpaceToDepth", input, name=name, **_depth_attrs(block_size, data_format))


@op(
    "DepthToSpace",
    infer=_infer_to_space,
    kernel=_depth_to_space,
    vjp=lambda n, g: (shaped(apply("SpaceToDepth", g, **n.attrs), n.inputs[0]),),
)
def depth_to_space(input: Any, block_size: Any, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """The channels of each pixel as a block of pixels; undoes `space_to_depth`.

    Args:
        input: [batch, height, width, channels], or as `data_format` says.
        block_size: the height and width of a block, at least 2; its square divides the number of channels.
        name: the operation's name.
        data_format: ``"NHWC"`` or ``"NCHW"``.

    Raises:
        ValueError: the channels are no multiple of the block's pixels.

    >>> x = tf.reshape(tf.range(4), [1, 1, 1, 4])
    >>> tf.Session().run(tf.depth_to_space(x, 2))[0, :, :, 0]
    array([[0, 1],
           [2, 3]], dtype=int32)
    """
    return apply("DepthToSpace", input, name=name, **_depth_attrs(block_size, data_format))
