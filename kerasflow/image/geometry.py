"""Where pixels are: mirrored, turned, cut out, surrounded by zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core import ops, types
from kerasflow.core.graph import convert
from kerasflow.core.ops import extract_image_patches, random_crop
from kerasflow.core.scopes import control_dependencies
from kerasflow.core.tensor import Tensor
from kerasflow.image.arguments import as_images, at_least_3d, for_batches, sizes
from kerasflow.image.resizing import ResizeMethod, resize_images

__all__ = [
    "central_crop",
    "crop_to_bounding_box",
    "extract_image_patches",
    "flip_left_right",
    "flip_up_down",
    "pad_to_bounding_box",
    "random_crop",
    "random_flip_left_right",
    "random_flip_up_down",
    "resize_image_with_crop_or_pad",
    "resize_image_with_pad",
    "resize_with_crop_or_pad",
    "rot90",
    "transpose",
    "transpose_image",
]


def flip_left_right(image: Any) -> Tensor:
    """An image or images, each row in the opposite order."""
    return ops.reverse(at_least_3d(image, "flip_left_right"), [-2])


def flip_up_down(image: Any) -> Tensor:
    """An image or images, the rows in the opposite order."""
    return ops.reverse(at_least_3d(image, "flip_up_down"), [-3])


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """`flip_left_right` with probability 1/2, drawn for each image."""
    return _perhaps(flip_left_right, image, "random_flip_left_right", seed)


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """`flip_up_down` with probability 1/2, drawn for each image."""
    return _perhaps(flip_up_down, image, "random_flip_up_down", seed)


def _perhaps(flip: Callable[[Any], Tensor], image: Any, what: str, seed: int | None) -> Tensor:
    image = convert(image)
    if image.dims is not None and len(image.dims) == 3:
        return ops.cond(ops.random_uniform([], 0, 1.0, seed=seed) < 0.5, lambda: flip(image), lambda: image)
    batch, _ = as_images(image, what)
    draws = ops.random_uniform([ops.shape(batch)[0]], 0, 1.0, seed=seed)
    flips = ops.reshape(ops.cast(ops.round(draws), batch.dtype), [-1, 1, 1, 1])
    return flips * flip(batch) + (1 - flips) * batch


def transpose_image(image: Any) -> Tensor:
    """An image or images, rows and columns exchanged."""
    return for_batches(lambda batch: ops.transpose(batch, [0, 2, 1, 3]), image, "transpose_image")


transpose = transpose_image


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """An image or images, turned counter-clockwise by 90 degrees, `k` times; `k` may be a scalar tensor."""
    turns: list[Callable[[Tensor], Tensor]] = [
        lambda batch: batch,
        lambda batch: ops.reverse(ops.transpose(batch, [0, 2, 1, 3]), [1]),
        lambda batch: ops.reverse(batch, [1, 2]),
        lambda batch: ops.transpose(ops.reverse(batch, [1]), [0, 2, 1, 3]),
    ]

    def turned(batch: Tensor) -> Tensor:
        times = convert(k, types.int32)
        if times.spec.value is not None:
            return turns[int(times.spec.value) % 4](batch)
        rest = ops.floormod(times, 4)
        cases = [(ops.equal(rest, n), lambda n=n: turns[n](batch)) for n in (1, 2, 3)]
        return ops.case(cases, default=lambda: turns[0](batch), exclusive=True)

    return ops.identity(for_batches(turned, image, "rot90"), name=name or "rot90")


def _checked(image: Tensor, conditions: list[tuple[Any, str]]) -> Tensor:
    """`image`, if conditions hold, which are bools or tensors. ValueError, or InvalidArgumentError in a run, if not."""
    asserts = []
    for holds, message in conditions:
        if isinstance(holds, Tensor):
            asserts.append(ops.Assert(holds, [message]))
        elif not holds:
            raise ValueError(message)
    with control_dependencies(asserts):
        return ops.identity(image) if asserts else image


def _positive(target_height: Any, target_width: Any) -> list[tuple[Any, str]]:
    """The conditions that sizes are positive."""
    return [(target_width > 0, "target_width must be > 0."), (target_height > 0, "target_height must be > 0.")]


def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """The part of an image or images whose first row and column and whose height and width are given.

    Raises:
        ValueError: the part is not in the image; InvalidArgumentError, if that shows in a run.
    """

    def cropped(batch: Tensor) -> Tensor:
        height, width = sizes(batch)
        batch = _checked(
            batch,
            [
                (offset_width >= 0, "offset_width must be >= 0."),
                (offset_height >= 0, "offset_height must be >= 0."),
                *_positive(target_height, target_width),
                (width >= target_width + offset_width, "width must be >= target + offset."),
                (height >= target_height + offset_height, "height must be >= target + offset."),
            ],
        )
        rows = slice(offset_height, offset_height + target_height)
        return batch[:, rows, offset_width : offset_width + target_width]

    return for_batches(cropped, image, "crop_to_bounding_box")


def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """An image or images within zeros: where their first row and column are, and the height and width of the whole.

    Raises:
        ValueError: the image does not fit; InvalidArgumentError, if that shows in a run.
    """

    def padded(batch: Tensor) -> Tensor:
        height, width = sizes(batch)
        below, right = target_height - offset_height - height, target_width - offset_width - width
        batch = _checked(
            batch,
            [
                (offset_height >= 0, "offset_height must be >= 0"),
                (offset_width >= 0, "offset_width must be >= 0"),
                (right >= 0, "width must be <= target - offset"),
                (below >= 0, "height must be <= target - offset"),
            ],
        )
        around = ops.stack([[0, 0], [offset_height, below], [offset_width, right], [0, 0]])
        found = ops.pad(batch, around)
        known = [n if isinstance(n, int) else None for n in (target_height, target_width)]
        found.set_shape([batch.dims[0] if batch.dims else None, *known, batch.dims[-1] if batch.dims else None])
        return found

    return for_batches(padded, image, "pad_to_bounding_box")


def central_crop(image: Any, central_fraction: float) -> Tensor:
    """The middle of an image or images, `central_fraction` of its height and width.

    Raises:
        ValueError: the fraction is not in (0, 1].
    """
    if not 0.0 < central_fraction <= 1.0:
        raise ValueError("central_fraction must be within (0, 1]")

    def cropped(batch: Tensor) -> Tensor:
        starts, lengths = zip(*[_middle(n, central_fraction) for n in sizes(batch)], strict=True)
        return batch[:, starts[0] : starts[0] + lengths[0], starts[1] : starts[1] + lengths[1]]

    return convert(image) if central_fraction == 1.0 else for_batches(cropped, image, "central_crop")


def _middle(size: Any, fraction: float) -> tuple[Any, Any]:
    """Where the middle part of an axis begins, and how long it is."""
    if isinstance(size, int):
        start = int((size - size * fraction) / 2)
    else:
        exact = ops.cast(size, types.float64)
        start = ops.cast((exact - exact * fraction) / 2, types.int32)
    return start, size - start * 2


def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """An image or images of that height and width: what is too much is cut off, what is missing is zero, all around.

    Raises:
        ValueError: a size is not positive.
    """

    def fitted(batch: Tensor) -> Tensor:
        batch = _checked(batch, _positive(target_height, target_width))
        (height, width), least, most = sizes(batch), _least, _most
        off_height, off_width = height - target_height, width - target_width
        cut = crop_to_bounding_box(
            batch,
            most(off_height // 2, 0),
            most(off_width // 2, 0),
            least(target_height, height),
            least(target_width, width),
        )
        return pad_to_bounding_box(
            cut, most(-off_height // 2, 0), most(-off_width // 2, 0), target_height, target_width
        )

    return for_batches(fitted, image, "resize_image_with_crop_or_pad")


resize_with_crop_or_pad = resize_image_with_crop_or_pad


def _least(a: Any, b: Any) -> Any:
    return ops.minimum(a, b) if isinstance(a, Tensor) or isinstance(b, Tensor) else min(a, b)


def _most(a: Any, b: Any) -> Any:
    return ops.maximum(a, b) if isinstance(a, Tensor) or isinstance(b, Tensor) else max(a, b)


def resize_image_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """An image or images, resized in their proportions to fit into that height and width, within zeros.

    Raises:
        ValueError: a size is not positive.
    """

    def fitted(batch: Tensor) -> Tensor:
        batch = _checked(batch, _positive(target_height, target_width))
        old = [ops.cast(convert(n), types.float64) for n in sizes(batch)]
        new = [ops.cast(convert(n), types.float64) for n in (target_height, target_width)]
        ratio = ops.maximum(old[0] / new[0], old[1] / new[1])
        inner = [n / ratio for n in old]
        offset = [
            ops.cast(ops.maximum(0.0, ops.floor((n - m) / 2)), types.int32) for n, m in zip(new, inner, strict=True)
        ]
        small = resize_images(batch, ops.cast(ops.floor(ops.stack(inner)), types.int32), method, align_corners)
        return pad_to_bounding_box(small, offset[0], offset[1], target_height, target_width)

    return for_batches(fitted, image, "resize_image_with_pad")
