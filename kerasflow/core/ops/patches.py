"""Patches of images: what windows that move over them see. `PatchesToImage` is the adjoint."""

from __future__ import annotations

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

__all__ = ["extract_image_patches"]

Ints = tuple[int, ...]


def _patched(dims: Any, ksizes: Ints, strides: Ints, rates: Ints, padding: str) -> Dims:
    channels = None if dims[3] is None else dims[3] * ksizes[1] * ksizes[2]
    return moved(dims, ksizes[1:3], channels, strides, padding, "NHWC", rates)


def _along(dims: Ints, ksizes: Ints, strides: Ints, rates: Ints, padding: str) -> Any:
    return moving(dims, ksizes[1:3], strides=strides, padding=padding, data_format="NHWC", dilations=rates)


def _infer_patches(x: Spec, **attrs: Any) -> Spec:
    of_kind(REAL, x)
    return Spec(x.dtype, _patched(ranked(x, 4, "the images"), **attrs))


def _patches(x: Any, out: Any = None, **attrs: Any) -> Any:
    shape: Any = _patched(x.shape, **attrs)
    along = _along(x.shape, **attrs)
    out = np.empty(shape, x.dtype) if out is None else out
    parts = out.reshape(*shape[:3], *attrs["ksizes"][1:3], x.shape[-1])
    for index, place in each_place(padded(x, along), along):
        parts[(..., *index, slice(None))] = place
    return out


def _infer_image(g: Spec, like: Spec, **attrs: Any) -> Spec:
    of_kind(FLOAT, g)
    if not shapes.compatible(g.shape, _patched(ranked(like, 4, "the images"), **attrs)):
        raise ValueError(f"patches of shape {shapes.show(g.shape)} are not those of images {shapes.show(like.shape)}")
    return Spec(g.dtype, like.shape)


def _image(g: Any, like: Any, **attrs: Any) -> Any:
    """The sum of all patches, each where it was taken from."""
    along = _along(like.shape, **attrs)
    parts = g.reshape(*g.shape[:3], *attrs["ksizes"][1:3], like.shape[-1])
    total = np.zeros((len(g), *[a.before + a.size + a.after for a in along], like.shape[-1]), g.dtype)
    for index, place in each_place(total, along):
        place += parts[(..., *index, slice(None))]
    return np.ascontiguousarray(inside(total, along))


op(
    "PatchesToImage",
    infer=_infer_image,
    kernel=_image,
    vjp=lambda n, h: (shaped(apply("ExtractImagePatches", h, **n.attrs), n.inputs[0]), None),
)(_image)


@op(
    "ExtractImagePatches",
    infer=_infer_patches,
    kernel=_patches,
    vjp=lambda n, g: (apply("PatchesToImage", g, n.inputs[0], **n.attrs),),
    out=True,
)
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
