"""Measures of images: how much two differ, how much neighbours differ, edges; and boxes that overlap."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec
from kerasflow.image.arguments import as_images, at_least_3d
from kerasflow.image.colors import convert_image_dtype

__all__ = ["image_gradients", "non_max_suppression", "psnr", "sobel_edges", "ssim", "total_variation"]

_SOBEL = (((-1, -2, -1), (0, 0, 0), (1, 2, 1)), ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)))


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """The sum of the absolute differences of neighbouring pixels, of each image.

    Source: Rudin, Osher and Fatemi, "Nonlinear total variation based noise removal algorithms", 1992.
    """
    images = convert(images)
    batch, alone = as_images(images, "total_variation")
    with name_scope(name, "total_variation", [images]):
        down = ops.abs(batch[:, 1:] - batch[:, :-1])
        across = ops.abs(batch[:, :, 1:] - batch[:, :, :-1])
        found = ops.reduce_sum(down, axis=[1, 2, 3]) + ops.reduce_sum(across, axis=[1, 2, 3])
        return found[0] if alone else found


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """The differences of each pixel from the one below and the one to the right; zero in the last row and column.

    Args:
        image: [batch, height, width, channels].

    Raises:
        ValueError: another rank.
    """
    batch, alone = as_images(image, "image_gradients")
    if alone:
        raise ValueError("image_gradients takes a batch of images with 4 axes, got 3.")
    down, across = batch[:, 1:] - batch[:, :-1], batch[:, :, 1:] - batch[:, :, :-1]
    return (
        ops.concat([down, ops.zeros_like(batch[:, :1])], 1),
        ops.concat([across, ops.zeros_like(batch[:, :, :1])], 2),
    )


def sobel_edges(image: Any) -> Tensor:
    """Edges by Sobel's filters: [batch, height, width, channels, 2], along the height and along the width.

    Args:
        image: [batch, height, width, channels], floating-point numbers.
    """
    batch, _ = as_images(image, "sobel_edges")
    channels = batch.dims[-1] if batch.dims else None
    if channels is None:
        raise ValueError(f"sobel_edges: the number of channels must be known, got {batch}.")
    filters = np.transpose(np.array(_SOBEL, batch.dtype.numpy), [1, 2, 0])[:, :, None]
    kernel = np.tile(filters, [1, 1, channels, 1])
    padded = ops.pad(batch, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    found = ops.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")
    return ops.reshape(found, ops.concat([ops.shape(batch), [2]], 0))


def _as_floats(max_val: Any, a: Any, b: Any, what: str) -> tuple[Tensor, Tensor, Tensor]:
    """The span of the pixels of two images, and the images, as float32."""
    span = ops.cast(convert(max_val), convert(a).dtype)
    one, two = (at_least_3d(image, what) for image in (a, b))
    return tuple(convert_image_dtype(t, types.float32) for t in (span, one, two))


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """The peak signal-to-noise ratio of each pair of images in decibels, ``20 log10(max) - 10 log10(mean((a - b)^2))``.

    Args:
        a, b: images of one shape.
        max_val: the difference of the largest and the least number that pixels can have.
        name: of the operations.
    """
    with name_scope(name, "PSNR", [a, b]):
        top, x, y = _as_floats(max_val, a, b, "psnr")
        error = ops.reduce_mean(ops.squared_difference(x, y), axis=[-3, -2, -1])
        return (20 / math.log(10)) * ops.log(top) - np.float32(10 / math.log(10)) * ops.log(error)


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """The structural similarity of each pair of images, 1 for equal ones.

    Args:
        img1, img2: images of one shape.
        max_val: the difference of the largest and the least number that pixels can have.
        filter_size, filter_sigma: the size and the spread of the Gaussian window, in pixels.
        k1, k2: what keeps quotients from zeros.

    Source: Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004, equation 13.
    """
    top, x, y = _as_floats(max_val, img1, img2, "ssim")
    if x.dims is None or x.dims[-1] is None:
        raise ValueError(f"ssim: the number of channels must be known, got {x}.")
    places = np.square(np.arange(filter_size, dtype=np.float32) - (filter_size - 1) / 2)
    window = np.exp(-0.5 * np.add.outer(places, places) / filter_sigma**2)
    kernel = np.tile((window / window.sum())[:, :, None, None], [1, 1, x.dims[-1], 1]).astype(np.float32)

    def blurred(image: Tensor) -> Tensor:
        flat = ops.reshape(image, ops.concat([[-1], ops.shape(image)[-3:]], 0))
        found = ops.depthwise_conv2d(flat, kernel, [1, 1, 1, 1], "VALID")
        return ops.reshape(found, ops.concat([ops.shape(image)[:-3], ops.shape(found)[1:]], 0))

    one, two = ops.square(k1 * top), ops.square(k2 * top)
    mean_x, mean_y = blurred(x), blurred(y)
    luminance = (2 * mean_x * mean_y + one) / (ops.square(mean_x) + ops.square(mean_y) + one)
    covariance = 2 * blurred(x * y) - 2 * mean_x * mean_y
    variances = blurred(ops.square(x) + ops.square(y)) - ops.square(mean_x) - ops.square(mean_y)
    contrast = (covariance + two) / (variances + two)
    return ops.reduce_mean(ops.reduce_mean(luminance * contrast, axis=[-3, -2]), axis=-1)


def _infer_suppression(boxes: Spec, scores: Spec, *limits: Spec) -> Spec:
    if boxes.shape is not None and (len(boxes.shape) != 2 or boxes.shape[1] not in (None, 4)):
        raise ValueError(f"boxes have the shape [number, 4], got {boxes}")
    return Spec(types.int32, (None,))


@op("NonMaxSuppressionV3", infer=_infer_suppression, vjp=None)
def _suppress(boxes: Any, scores: Any, most: Any, overlap: Any, least: Any) -> Any:
    if len(boxes) != len(scores):
        raise ValueError(f"{len(scores)} scores for {len(boxes)} boxes")
    ends = np.stack([np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])])
    areas = np.prod(ends[1] - ends[0], axis=1)
    order = [i for i in np.argsort(-scores, kind="stable").tolist() if scores[i] > least]
    chosen: list[int] = []
    for i in order:
        if len(chosen) == int(most):
            break
        common = np.minimum(ends[1, i], ends[1, chosen]) - np.maximum(ends[0, i], ends[0, chosen])
        shared = np.prod(np.maximum(common, 0), axis=1)
        union = areas[i] + areas[chosen] - shared
        share = np.divide(shared, union, out=np.zeros_like(union), where=(areas[i] > 0) & (areas[chosen] > 0))
        if not (share > overlap).any():
            chosen.append(i)
    return np.array(chosen, np.int32)


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """The numbers of boxes, the best first, none of which overlaps much with a better one.

    Args:
        boxes: [number, 4], the coordinates of two opposite corners, y1, x1, y2, x2.
        scores: how good each is.
        max_output_size: how many to give at the most.
        iou_threshold: the share of their union that two boxes may have in common.
        score_threshold: boxes with no higher score are left out.
        name: of the operation.

    >>> boxes = np.array([[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 2, 1, 3]], np.float32)
    >>> tf.Session().run(tf.image.non_max_suppression(boxes, [0.9, 0.8, 0.7], 3))
    array([0, 2], dtype=int32)
    """
    limits = (convert(max_output_size, types.int32), convert(iou_threshold), convert(score_threshold))
    made: Tensor = apply("NonMaxSuppressionV3", convert(boxes), convert(scores), *limits, name=name)
    return made
