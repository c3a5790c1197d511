"""Types and colours of images: numbers from 0 to 1, grey, hue, saturation, contrast, brightness; and at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.graph import convert
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import as_dtype
from kerasflow.image.arguments import at_least_3d

__all__ = [
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "convert_image_dtype",
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "per_image_standardization",
    "random_brightness",
    "random_contrast",
    "random_hue",
    "random_saturation",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "rgb_to_yiq",
    "rgb_to_yuv",
    "yiq_to_rgb",
    "yuv_to_rgb",
]

_GREY = (0.2989, 0.5870, 0.1140)
_YIQ = ((0.299, 0.59590059, 0.2115), (0.587, -0.27455667, -0.52273617), (0.114, -0.32134392, 0.31119955))
_FROM_YIQ = ((1.0, 1.0, 1.0), (0.95598634, -0.27201283, -1.10674021), (0.6208248, -0.64720424, 1.70423049))
_YUV = ((0.299, -0.14714119, 0.61497538), (0.587, -0.28886916, -0.51496512), (0.114, 0.43601035, -0.10001026))
_FROM_YUV = ((1.0, 1.0, 1.0), (0.0, -0.394642334, 2.03206185), (1.13988303, -0.58062185, 0.0))


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Tensor:
    """An image in another type, its numbers scaled: floating-point numbers go from 0 to 1, integers to their largest.

    Args:
        image: an image or images.
        dtype: the type.
        saturate: whether numbers that the type cannot hold become its least and largest.
        name: of the operations.

    >>> tf.Session().run(tf.image.convert_image_dtype(np.array([0, 51, 255], np.uint8), tf.float32)).round(3)
    array([0. , 0.2, 1. ], dtype=float32)
    """
    image, wanted = convert(image), as_dtype(dtype)
    if image.dtype is wanted:
        return ops.identity(image, name=name)
    cast = ops.saturate_cast if saturate else ops.cast
    with name_scope(name, "convert_image", [image]):
        if image.dtype.is_integer and wanted.is_integer:
            return _between_integers(image, wanted, cast)
        if image.dtype.is_integer:
            return ops.cast(image, wanted) * (1.0 / image.dtype.max)
        if wanted.is_integer:
            return cast(image * (wanted.max + 0.5), wanted)
        return ops.cast(image, wanted)


def _between_integers(image: Tensor, wanted: Any, cast: Any) -> Tensor:
    old, new = int(image.dtype.max), int(wanted.max)
    if old > new:
        return cast(ops.floordiv(image, (old + 1) // (new + 1)), wanted)
    return cast(image, wanted) * ((new + 1) // (old + 1))


def _as_float(image: Tensor) -> tuple[Tensor, Any]:
    """An image as floating-point numbers, and its own type."""
    floating = image.dtype.is_floating
    return (image if floating else convert_image_dtype(image, types.float32)), image.dtype


def _back(image: Tensor, dtype: Any) -> Tensor:
    return image if image.dtype is dtype else convert_image_dtype(image, dtype, saturate=True)


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """Grey images with one channel, ``0.2989 r + 0.587 g + 0.114 b``, of the type of `images`."""
    images, dtype = _as_float(convert(images))
    weights = np.array(_GREY, images.dtype.numpy)
    grey = ops.expand_dims(ops.tensordot(images, weights, [[-1], [-1]]), -1)
    return ops.identity(_back(grey, dtype), name=name or "rgb_to_grayscale")


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Images with the one channel three times."""
    images = at_least_3d(images, "grayscale_to_rgb")
    times = [1] * (len(images.dims) - 1) + [3]
    return ops.tile(images, times, name=name or "grayscale_to_rgb")


def _mixed(images: Any, matrix: Any) -> Tensor:
    images = convert(images)
    return ops.tensordot(images, np.array(matrix, images.dtype.numpy), [[-1], [0]])


def rgb_to_yiq(images: Any) -> Tensor:
    """Images as luma and two differences of colours, Y, I and Q."""
    return _mixed(images, _YIQ)


def yiq_to_rgb(images: Any) -> Tensor:
    """The inverse of `rgb_to_yiq`."""
    return _mixed(images, _FROM_YIQ)


def rgb_to_yuv(images: Any) -> Tensor:
    """Images as luma and two differences of colours, Y, U and V."""
    return _mixed(images, _YUV)


def yuv_to_rgb(images: Any) -> Tensor:
    """The inverse of `rgb_to_yuv`."""
    return _mixed(images, _FROM_YUV)


def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Images as hue, saturation and value, all from 0 to 1.

    Args:
        images: floating-point numbers from 0 to 1, with three channels.
        name: of the operation.
    """
    r, g, b = ops.unstack(convert(images), axis=-1)
    value = ops.maximum(ops.maximum(r, g), b)
    span = value - ops.minimum(ops.minimum(r, g), b)
    grey, zero = ops.equal(span, 0), ops.zeros_like(span)
    unit = ops.where(grey, ops.ones_like(span), 6 * span)
    hue = ops.where(
        ops.equal(value, r),
        (g - b) / unit,
        ops.where(ops.equal(value, g), (b - r) / unit + 2 / 6, (r - g) / unit + 4 / 6),
    )
    hue = ops.where(grey, zero, ops.where(hue < 0, hue + 1, hue))
    saturation = ops.where(value > 0, span / ops.where(value > 0, value, ops.ones_like(value)), zero)
    return ops.stack([hue, saturation, value], axis=-1, name=name)


def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """The inverse of `rgb_to_hsv`."""
    h, s, v = ops.unstack(convert(images), axis=-1)
    wheel = [
        ops.clip_by_value(ops.abs(h * 6 - 3) - 1, 0, 1),
        ops.clip_by_value(2 - ops.abs(h * 6 - 2), 0, 1),
        ops.clip_by_value(2 - ops.abs(h * 6 - 4), 0, 1),
    ]
    return ops.stack([(1 - s + s * part) * v for part in wheel], axis=-1, name=name)


# Adjusting.


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """An image with `delta` added to its numbers, which are thought to go from 0 to 1; integers are scaled for that."""
    image, dtype = _as_float(convert(image))
    return _back(image + ops.cast(convert(delta), image.dtype), dtype)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Images whose numbers are `contrast_factor` times as far from their channel's mean: ``(x - mean) c + mean``."""
    images, dtype = _as_float(at_least_3d(images, "adjust_contrast"))
    mean = ops.reduce_mean(images, axis=[-3, -2], keepdims=True)
    return _back((images - mean) * ops.cast(convert(contrast_factor), images.dtype) + mean, dtype)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """An image with each number x, from 0 to 1, turned into ``gain x^gamma``.

    Raises:
        ValueError: `gamma` is negative.
    """
    image, dtype = _as_float(convert(image))
    gamma = ops.cast(convert(gamma), image.dtype)
    if gamma.spec.value is not None and gamma.spec.value < 0:
        raise ValueError("Gamma should be a non-negative real number.")
    return _back(ops.pow(image, gamma) * ops.cast(convert(gain), image.dtype), dtype)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """An image with `delta`, from -1 to 1, added to its hue."""
    image, dtype = _as_float(at_least_3d(image, "adjust_hue"))
    hue, saturation, value = ops.unstack(rgb_to_hsv(image), axis=-1)
    turned = ops.floormod(hue + ops.cast(convert(delta), image.dtype), 1.0)
    return _back(hsv_to_rgb(ops.stack([turned, saturation, value], axis=-1, name=name)), dtype)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """An image with its saturation multiplied, and kept from 0 to 1."""
    image, dtype = _as_float(at_least_3d(image, "adjust_saturation"))
    hue, saturation, value = ops.unstack(rgb_to_hsv(image), axis=-1)
    more = ops.clip_by_value(saturation * ops.cast(convert(saturation_factor), image.dtype), 0.0, 1.0)
    return _back(hsv_to_rgb(ops.stack([hue, more, value], axis=-1, name=name)), dtype)


def per_image_standardization(image: Any) -> Tensor:
    """Images less their mean, divided by their standard deviation, ``1 / sqrt(pixels)`` at least; float32.

    TensorFlow 1.15 alone turns the result back into integers if the images have these; versions before it do not.
    """
    images = at_least_3d(image, "per_image_standardization")
    with name_scope(None, "per_image_standardization", [images]) as scope:
        images = ops.cast(images, types.float32)
        count = ops.cast(ops.reduce_prod(ops.shape(images)[-3:]), types.float32)
        mean = ops.reduce_mean(images, axis=[-3, -2, -1], keepdims=True)
        variance = ops.reduce_mean(ops.square(images - mean), axis=[-3, -2, -1], keepdims=True)
        spread = ops.maximum(ops.sqrt(variance), ops.rsqrt(count))
        return ops.div(images - mean, spread, name=scope)


# At random.


def _drawn(low: Any, high: Any, seed: int | None) -> Tensor:
    return ops.random_uniform([], low, high, seed=seed)


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_brightness` by a number drawn from [-max_delta, max_delta). ValueError if `max_delta` is negative."""
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, _drawn(-max_delta, max_delta, seed))


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_contrast` by a factor drawn from [lower, upper). ValueError unless 0 <= lower < upper."""
    _check_bounds(lower, upper)
    return adjust_contrast(image, _drawn(lower, upper, seed))


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_saturation` by a factor drawn from [lower, upper). ValueError unless 0 <= lower < upper."""
    _check_bounds(lower, upper)
    return adjust_saturation(image, _drawn(lower, upper, seed))


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_hue` by a number drawn from [-max_delta, max_delta). ValueError unless it is from 0 to 0.5."""
    if not 0 <= max_delta <= 0.5:
        raise ValueError(f"max_delta must be from 0 to 0.5, got {max_delta}.")
    return adjust_hue(image, _drawn(-max_delta, max_delta, seed))


def _check_bounds(lower: float, upper: float) -> None:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
