"""Other sizes: each pixel of the result is a weighted mean of pixels of the image.

The weights along the height do not depend on those along the width, so that resizing is two matrix products,

    y[i, j] = sum_pq  A[i, p]  x[p, q]  B[j, q],

whose gradients are matrix products, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import blocked, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec
from kerasflow.image.arguments import as_images, for_batches, sizes

__all__ = [
    "ResizeMethod",
    "resize",
    "resize_area",
    "resize_bicubic",
    "resize_bilinear",
    "resize_images",
    "resize_nearest_neighbor",
]

Array = np.ndarray[Any, Any]
_STEPS = 1024  # in which TensorFlow rounds places between pixels for cubic weights


class ResizeMethod:
    """How `resize_images` computes pixels."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


def _scale(old: int, new: int, align_corners: bool) -> np.float32:
    if align_corners and new > 1:
        return np.float32(old - 1) / np.float32(new - 1)
    return np.float32(old) / np.float32(new)


def _places(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    """Where the new pixels are among the old ones, float32[new]."""
    scale, numbers = _scale(old, new, align_corners), np.arange(new, dtype=np.float32)
    if half_pixels:
        return (numbers + np.float32(0.5)) * scale - np.float32(0.5)
    return numbers * scale


def _linear(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    """The weights of linear interpolation."""
    places = _places(old, new, align_corners, half_pixels)
    low = np.floor(places)
    weights = np.zeros((new, old), np.float32)
    rows = np.arange(new)
    np.add.at(weights, (rows, np.clip(low, 0, old - 1).astype(int)), 1 - (places - low))
    np.add.at(weights, (rows, np.clip(low + 1, 0, old - 1).astype(int)), places - low)
    return weights


def _cubic(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    """The weights of cubic convolution. Source: Keys 1981, equation 15, with -0.75 in place of -0.5 as a default."""
    places = _places(old, new, align_corners, half_pixels)
    low = np.floor(places)
    part = np.rint((places - low) * _STEPS) / np.float32(_STEPS)
    a = np.float32(-0.5 if half_pixels else -0.75)
    weights = np.zeros((new, old), np.float32)
    for k in range(-1, 3):
        x = np.abs(part - np.float32(k))
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        value = np.where(x <= 1, near, far)
        column = (low + k).astype(int)
        if half_pixels:  # what lies outside has no weight
            value = np.where((column < 0) | (column >= old), 0, value)
        np.add.at(weights, (np.arange(new), np.clip(column, 0, old - 1)), value)
    return weights / weights.sum(1, keepdims=True) if half_pixels else weights


def _area(old: int, new: int, align_corners: bool, half_pixels: bool) -> Array:
    """The weights of means over the area that a pixel covers."""
    scale = _scale(old, new, align_corners)
    starts = np.arange(new, dtype=np.float32) * scale
    ends = np.arange(1, new + 1, dtype=np.float32) * scale
    edges = np.arange(old, dtype=np.float32)
    covered = np.minimum(ends[:, None], edges + 1) - np.maximum(starts[:, None], edges)
    weights = np.maximum(covered, 0)
    weights[:, -1] += np.maximum(ends - np.maximum(starts, old), 0)  # beyond the last pixel counts as the last
    return (weights / scale).astype(np.float32)


_WEIGHTS: dict[str, Callable[[int, int, bool, bool], Array]] = {"linear": _linear, "cubic": _cubic, "area": _area}


def _infer_weights(old: Spec, new: Spec, **attrs: Any) -> Spec:
    sides = [None if s.value is None else int(s.value) for s in (new, old)]
    return Spec(types.float32, (sides[0], sides[1]))


@op("ResizeWeights", infer=_infer_weights, vjp=blocked)
def _resize_weights(old: Any, new: Any, kind: str, align_corners: bool, half_pixels: bool) -> Array:
    _check_sizes(old, new)
    return _WEIGHTS[kind](int(old), int(new), align_corners, half_pixels).astype(np.float32)


def _check_sizes(old: Any, new: Any) -> None:
    if int(new) < 1 or int(old) < 1:
        raise ValueError(f"an image cannot be resized from {int(old)} to {int(new)} pixels")


def _infer_nearest(old: Spec, new: Spec, **attrs: Any) -> Spec:
    return Spec(types.int32, (None if new.value is None else int(new.value),))


@op("NearestPixels", infer=_infer_nearest, vjp=blocked)
def _nearest_pixels(old: Any, new: Any, align_corners: bool, half_pixels: bool) -> Array:
    _check_sizes(old, new)
    numbers, scale = np.arange(int(new), dtype=np.float32), _scale(int(old), int(new), align_corners)
    if half_pixels:
        places = np.floor((numbers + np.float32(0.5)) * scale)
    else:
        places = np.floor(numbers * scale + np.float32(0.5)) if align_corners else np.floor(numbers * scale)
    return np.clip(places, 0, int(old) - 1).astype(np.int32)


def _new_sizes(size: Any) -> tuple[Any, Any]:
    size = convert(size)
    if size.dtype.kind not in "iu" or size.dims is not None and size.dims != (2,):
        raise ValueError(f"'size' must be a 1-D Tensor of 2 elements: new_height, new_width; got {size}.")
    size = ops.cast(size, types.int32)
    return size[0], size[1]


def _resized(images: Tensor, size: Any, kind: str, align_corners: bool, half_pixels: bool, name: str | None) -> Tensor:
    """Images as float32, resized by weights."""
    if align_corners and half_pixels:
        raise ValueError("If half_pixel_centers is true, align_corners must be false.")
    attrs = {"kind": kind, "align_corners": bool(align_corners), "half_pixels": bool(half_pixels)}
    (height, width), (new_height, new_width) = sizes(images), _new_sizes(size)
    down, across = (
        apply("ResizeWeights", convert(old, types.int32), new, **attrs)
        for old, new in ((height, new_height), (width, new_width))
    )
    pixels = ops.cast(images, types.float32)
    if pixels.dtype is types.float32 and images.dtype is types.float64:
        down, across, pixels = ops.cast(down, types.float64), ops.cast(across, types.float64), images
    rows = ops.einsum("ip,npqc->niqc", down, pixels)
    found = ops.einsum("jq,niqc->nijc", across, rows, name=name)
    return found if found.dtype is types.float32 else ops.cast(found, types.float32)


def resize_bilinear(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """Images of another size, float32, by linear interpolation between the four nearest pixels.

    Args:
        images: [batch, height, width, channels].
        size: the new height and width.
        align_corners: whether the centres of the pixels in the corners stay where they are.
        name: of the operation.
        half_pixel_centers: whether pixels are thought to be at their centres; TensorFlow 1 has them at their corners.

    Raises:
        ValueError: images of another rank, or no two sizes.

    >>> x = np.arange(4.0, dtype=np.float32).reshape(1, 1, 4, 1)
    >>> tf.Session().run(tf.image.resize_bilinear(x, [1, 8]))[0, 0, :, 0]
    array([0. , 0.5, 1. , 1.5, 2. , 2.5, 3. , 3. ], dtype=float32)
    """
    return _resized(_batch(images, "resize_bilinear"), size, "linear", align_corners, half_pixel_centers, name)


def resize_bicubic(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """As `resize_bilinear`, by cubic interpolation between the 16 nearest pixels.

    Source: Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    return _resized(_batch(images, "resize_bicubic"), size, "cubic", align_corners, half_pixel_centers, name)


def resize_area(images: Any, size: Any, align_corners: bool = False, name: str | None = None) -> Tensor:
    """As `resize_bilinear`, by means over the area of the image that each pixel covers."""
    return _resized(_batch(images, "resize_area"), size, "area", align_corners, False, name)


def resize_nearest_neighbor(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None, half_pixel_centers: bool = False
) -> Tensor:
    """As `resize_bilinear`, with the nearest pixels themselves, of whatever type they are."""
    images = _batch(images, "resize_nearest_neighbor")
    attrs = {"align_corners": bool(align_corners), "half_pixels": bool(half_pixel_centers)}
    (height, width), (new_height, new_width) = sizes(images), _new_sizes(size)
    rows = apply("NearestPixels", convert(height, types.int32), new_height, **attrs)
    columns = apply("NearestPixels", convert(width, types.int32), new_width, **attrs)
    return ops.gather(ops.gather(images, rows, axis=1), columns, axis=2, name=name)


def _batch(images: Any, what: str) -> Tensor:
    images, alone = as_images(images, what)
    if alone:
        raise ValueError(f"{what} takes a batch of images with 4 axes, got 3.")
    return images


_METHODS: dict[Any, Callable[..., Tensor]] = {
    ResizeMethod.BILINEAR: resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: resize_nearest_neighbor,
    ResizeMethod.BICUBIC: resize_bicubic,
    ResizeMethod.AREA: resize_area,
}


def _within(wanted: Tensor, height: Any, width: Any) -> Tensor:
    """The largest size of an image's proportions within another; known before a run if both are."""
    limits = wanted.spec.value
    if limits is not None and isinstance(height, int) and isinstance(width, int):
        size = np.array([height, width], np.float32)
        return convert(np.rint((limits.astype(np.float32) / size).min() * size).astype(np.int32))
    old = ops.cast(ops.stack([convert(height, types.int32), convert(width, types.int32)]), types.float32)
    share = ops.reduce_min(ops.cast(wanted, types.float32) / old)
    return ops.cast(ops.round(share * old), types.int32)


def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """An image or images of another size.

    Args:
        images: [batch, height, width, channels], or one image without the first axis.
        size: the new height and width.
        method: one of `ResizeMethod`.
        align_corners: whether the centres of the pixels in the corners stay where they are.
        preserve_aspect_ratio: whether `size` is the largest the image may have, and its proportions stay.
        name: of the operation.

    Returns:
        float32; with `ResizeMethod.NEAREST_NEIGHBOR`, or where the size is the same, the type of the images.

    Raises:
        ValueError: images of another rank, no two sizes, or no such method.

    >>> x = tf.ones([2, 3, 1], tf.uint8)
    >>> tf.image.resize_images(x, [4, 6]).shape.as_list()
    [4, 6, 1]
    """
    if method not in _METHODS:
        raise ValueError("Resize method is not implemented.")

    def resized(batch: Tensor) -> Tensor:
        height, width = sizes(batch)
        wanted = ops.cast(convert(size), types.int32)
        if wanted.dims != (2,):
            raise ValueError(f"'size' must be a 1-D Tensor of 2 elements: new_height, new_width; got {wanted}.")
        if preserve_aspect_ratio:
            wanted = _within(wanted, height, width)
        known = wanted.spec.value
        if known is not None and known.tolist() == [height, width]:
            return batch
        return _METHODS[method](batch, wanted, align_corners=align_corners)

    return for_batches(resized, images, "resize_images")


resize = resize_images
