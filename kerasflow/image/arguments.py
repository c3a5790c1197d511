"""What the functions on images share: images alone or in batches, and their sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.tensor import Tensor

__all__ = ["as_images", "at_least_3d", "for_batches", "sizes"]


def at_least_3d(image: Any, what: str) -> Tensor:
    """An image or images, [..., height, width, channels]. ValueError if there are fewer than three axes."""
    image = convert(image)
    if image.dims is not None and len(image.dims) < 3:
        raise ValueError(f"{what} takes images of shape [..., height, width, channels], got {image}.")
    return image


def as_images(images: Any, what: str) -> tuple[Tensor, bool]:
    """Images as [batch, height, width, channels], and whether it was one alone. ValueError for another rank."""
    images = convert(images)
    if images.dims is None:
        raise ValueError(f"{what}: the number of axes of the images must be known, got {images}.")
    if len(images.dims) not in (3, 4):
        raise ValueError(f"{what} takes an image with 3 axes or a batch with 4, got {images}.")
    return (images, False) if len(images.dims) == 4 else (ops.expand_dims(images, 0), True)


def for_batches(function: Callable[[Tensor], Tensor], images: Any, what: str) -> Tensor:
    """`function` of images as a batch, in the form that `images` has."""
    batch, alone = as_images(images, what)
    found = function(batch)
    return found[0] if alone else found


def sizes(images: Tensor) -> tuple[Any, Any]:
    """The height and width of images [..., height, width, channels]: numbers where they are known, else tensors."""
    dims = (None, None, None) if images.dims is None else images.dims[-3:]
    dynamic = ops.shape(images)
    rank = ops.rank(images) if images.dims is None else len(images.dims)
    height, width = (dynamic[rank - 3 + k] if dims[k] is None else dims[k] for k in (0, 1))
    return height, width
