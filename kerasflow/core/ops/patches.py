"""Patches of images and volumes: what windows that move over them see. `PatchesToImage` is the adjoint."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import FLOAT, REAL, of_kind, op
from kerasflow.core.ops.window_arguments import (
    each_place,
    either,
    inside,
    moved,
    moving,
    padded,
    per_axis,
    ranked,
    required,
    shaped,
    simple_padding,
)
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["extract_image_patches", "extract_volume_patches"]

Ints = tuple[int, ...]

_FORMATS = {4: "NHWC", 5: "NDHWC"}  # by rank
_PATCHES = {4: "ExtractImagePatches", 5: "ExtractVolumePatches"}


def _patched(dims: Any, ksizes: Ints, strides: Ints, rates: Ints, padding: str) -> Dims:
    channels = None if dims[-1] is None else dims[-1] * math.prod(ksizes)
    return moved(dims, ksizes[1:-1], channels, strides, padding, _FORMATS[len(dims)], rates)


def _along(dims: Ints, ksizes: Ints, strides: Ints, rates: Ints, padding: str) -> Any:
    return moving(
        dims, ksizes[1:-1], strides=strides, padding=padding, data_format=_FORMATS[len(dims)], dilations=rates
    )


def _infer_patches(x: Spec, **attrs: Any) -> Spec:
    of_kind(REAL, x)
    return Spec(x.dtype, _patched(ranked(x, len(attrs["ksizes"]), "the images"), **attrs))


def _patches(x: Any, out: Any = None, **attrs: Any) -> Any:
    shape: Any = _patched(x.shape, **attrs)
    along = _along(x.shape, **attrs)
    out = np.empty(shape, x.dtype) if out is None else out
    parts = out.reshape(*shape[:-1], *attrs["ksizes"][1:-1], x.shape[-1])
    for index, place in each_place(padded(x, along), along):
        parts[(..., *index, slice(None))] = place
    return out


def _infer_image(g: Spec, like: Spec, **attrs: Any) -> Spec:
    of_kind(FLOAT, g)
    if not shapes.compatible(g.shape, _patched(ranked(like, len(attrs["ksizes"]), "the images"), **attrs)):
        raise ValueError(f"patches of shape {shapes.show(g.shape)} are not those of images {shapes.show(like.shape)}")
    return Spec(g.dtype, like.shape)


def _image(g: Any, like: Any, **attrs: Any) -> Any:
    """The sum of all patches, each where it was taken from."""
    along = _along(like.shape, **attrs)
    parts = g.reshape(*g.shape[:-1], *attrs["ksizes"][1:-1], like.shape[-1])
    total = np.zeros((len(g), *[a.before + a.size + a.after for a in along], like.shape[-1]), g.dtype)
    for index, place in each_place(total, along):
        place += parts[(..., *index, slice(None))]
    return np.ascontiguousarray(inside(total, along))


op(
    "PatchesToImage",
    infer=_infer_image,
    kernel=_image,
    vjp=lambda n, h: (shaped(apply(_PATCHES[len(n.attrs["ksizes"])], h, **n.attrs), n.inputs[0]), None),
)(_image)


_FLAGS: Any = {
    "infer": _infer_patches,
    "kernel": _patches,
    "vjp": lambda n, g: (apply("PatchesToImage", g, n.inputs[0], **n.attrs),),
    "out": True,
}


@op("ExtractImagePatches", **_FLAGS)
def extract_image_patches(
    images: Any,
    ksizes: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: Any = None,
    name: str | None = None,
    sizes: Any = None,
) -> Tensor:
    """The windows that a convolution looks at, each as the channels of one pixel: row by row, channel by channel.

    Args:
        images: [batch, height, width, channels].
        ksizes: the window, as for `tf.nn.max_pool`.
        strides, rates: between two windows, and between neighbours in a window, as `ksizes`.
        padding: ``"SAME"`` or ``"VALID"``.
        name: the operation's name.
        sizes: another name of `ksizes`.

    Raises:
        ValueError: the window does not fit, or the images have not rank 4.

    >>> x = tf.reshape(tf.range(9), [1, 3, 3, 1])
    >>> y = tf.extract_image_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)[0, 0]
    array([[0, 1, 3, 4],
           [1, 2, 4, 5]], dtype=int32)
    """
    attrs = {
        "ksizes": per_axis(either("ksizes", ksizes, "sizes", sizes), "NHWC", "ksizes"),
        "strides": per_axis(required("strides", strides), "NHWC", "strides"),
        "rates": per_axis(required("rates", rates), "NHWC", "rates"),
    }
    return apply("ExtractImagePatches", images, name=name, padding=simple_padding(padding), **attrs)


@op("ExtractVolumePatches", **_FLAGS)
def extract_volume_patches(input: Any, ksizes: Any, strides: Any, padding: Any, name: str | None = None) -> Tensor:
    """As `extract_image_patches`, for volumes.

    Args:
        input: [batch, depth, height, width, channels].
        ksizes, strides: the window and the way between two of them, one number for each axis; 1 for batch and channels.
        padding: ``"SAME"`` or ``"VALID"``.

    Raises:
        ValueError: the window does not fit, or the volumes have not rank 5.

    >>> x = tf.reshape(tf.range(8), [1, 2, 2, 2, 1])
    >>> y = tf.extract_volume_patches(x, [1, 1, 2, 2, 1], [1, 1, 1, 1, 1], "VALID")
    >>> tf.Session().run(y)[0, :, 0, 0]
    array([[0, 1, 2, 3],
           [4, 5, 6, 7]], dtype=int32)
    """
    attrs = {
        "ksizes": per_axis(ksizes, "NDHWC", "ksizes"),
        "strides": per_axis(strides, "NDHWC", "strides"),
        "rates": (1,) * 5,
    }
    return apply("ExtractVolumePatches", input, name=name, padding=simple_padding(padding), **attrs)
