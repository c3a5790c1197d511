"""The arguments that say how windows move: strides, paddings, dilations and formats, as attributes.

And the views of arrays that such windows make, for the kernels of convolutions and pooling.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply
from kerasflow.core.ops.arguments import static_int, static_ints
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec
from kerasflow.core.windows import Axis, axes, channel_axis, places, spatial

__all__: list[str] = []

Ints = tuple[int, ...]
FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


# Arguments.


def format_of(data_format: str | None, rank: int) -> str:
    """`data_format`, which has to be one of those with `rank` axes for windows; None means channels last."""
    if data_format is not None and data_format not in FORMATS[rank]:
        raise ValueError(f"data_format must be one of {', '.join(FORMATS[rank])}, got {data_format!r}.")
    return data_format or FORMATS[rank][0]


def per_axis(value: Any, data_format: str, what: str) -> Ints:
    """One integer for each axis, 1 for those windows do not move along.

    Args:
        value: None (all are 1), an int, or one, as many as there are axes for windows, or as many as there are axes.
        data_format: names the axes.
        what: the argument's name, for messages.

    Raises:
        ValueError: there are too many or too few, one is less than 1, or one of the batch or channels is not 1.
    """
    at, count = spatial(data_format), len(data_format)
    given = static_ints(1 if value is None else value, what)
    if len(given) not in (1, len(at), count):
        raise ValueError(f"{what} should be of length 1, {len(at)} or {count} but was {len(given)}.")
    if any(n < 1 for n in given):
        raise ValueError(f"{what} must be at least 1, got {list(given)}.")
    if len(given) == count:
        if any(n != 1 for i, n in enumerate(given) if i not in at):
            raise ValueError(f"{what} must be 1 along the batch and the channels of {data_format}, got {list(given)}.")
        return given
    entries = iter(given * len(at) if len(given) == 1 else given)
    return tuple([next(entries) if i in at else 1 for i in range(count)])


def padding_of(padding: Any, data_format: str) -> dict[str, Any]:
    """The attributes for ``"SAME"``, ``"VALID"`` or a list of two integers for each axis."""
    if isinstance(padding, str):
        if padding not in ("SAME", "VALID"):
            raise ValueError(f"padding must be 'SAME', 'VALID' or a list of pairs, got {padding!r}.")
        return {"padding": padding, "explicit_paddings": ()}
    if not isinstance(padding, (list, tuple, np.ndarray)):
        raise TypeError(f"padding must be 'SAME', 'VALID' or a list of pairs, got {padding!r}.")
    rows = [static_ints(row, "padding") for row in padding]
    if len(rows) != len(data_format) or any(len(row) != 2 for row in rows):
        raise ValueError(f"padding must have one pair for each axis of {data_format}, got {padding!r}.")
    if any(n < 0 for row in rows for n in row):
        raise ValueError(f"paddings must be at least 0, got {padding!r}.")
    if any(rows[i] != (0, 0) for i, letter in enumerate(data_format) if letter in "NC"):
        raise ValueError(f"The batch and the channels cannot be padded, got {padding!r} for {data_format}.")
    return {"padding": "EXPLICIT", "explicit_paddings": tuple(itertools.chain(*rows))}


def simple_padding(padding: Any) -> str:
    """``"SAME"`` or ``"VALID"``; ValueError or TypeError if it is neither."""
    if not isinstance(padding, str):
        raise TypeError(f"padding must be 'SAME' or 'VALID', got {padding!r}.")
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"padding must be 'SAME' or 'VALID', got {padding!r}.")
    return padding


def either(name: str, value: Any, other: str, former: Any) -> Any:
    """The one of two arguments that is given: the present and the former name of the same. ValueError for both."""
    if value is not None and former is not None:
        raise ValueError(f"Cannot specify both {name!r} and {other!r}, which are the same.")
    if value is None and former is None:
        raise TypeError(f"The argument {name!r} is missing.")
    return former if value is None else value


def required(name: str, value: Any) -> Any:
    """`value`, which stands behind arguments that may be left out but must be given itself."""
    if value is None:
        raise TypeError(f"The argument {name!r} is missing.")
    return value


def one_int(value: Any, what: str) -> int:
    """An int, or a list of one."""
    return (
        static_ints(value, what)[0] if isinstance(value, (list, tuple)) and len(value) == 1 else static_int(value, what)
    )


# Shapes.


def ranked(spec: Spec, rank: int, what: str) -> Ints | Any:
    """The sizes of an input that must have `rank` axes, as far as known."""
    if spec.shape is not None and len(spec.shape) != rank:
        raise ValueError(f"{what} must have rank {rank}, got shape {shapes.show(spec.shape)}")
    return (None,) * rank if spec.shape is None else spec.shape


def pairs_of(explicit_paddings: Ints, data_format: str) -> tuple[tuple[int, int], ...]:
    """The explicit paddings along the axes that windows move along."""
    return tuple([explicit_paddings[2 * i : 2 * i + 2] for i in spatial(data_format)]) if explicit_paddings else ()  # type: ignore[misc]


def moved(
    dims: tuple[int | None, ...],
    windows: tuple[int | None, ...],
    channels: int | None,
    strides: Ints,
    padding: str,
    data_format: str,
    dilations: Ints,
    explicit_paddings: Ints = (),
) -> Dims:
    """The shape of what a window moving over `dims` gives, with `channels` channels."""
    out = list(dims)
    pairs = pairs_of(explicit_paddings, data_format) or ((0, 0),) * len(windows)
    for k, i in enumerate(spatial(data_format)):
        out[i] = places(dims[i], windows[k], strides[i], dilations[i], padding, pairs[k])
    out[channel_axis(data_format)] = channels
    return tuple(out)


@functools.lru_cache(maxsize=1024)
def moving(
    dims: Ints,
    windows: Ints,
    strides: Ints,
    padding: str,
    data_format: str,
    dilations: Ints,
    explicit_paddings: Ints = (),
) -> tuple[Axis, ...]:
    """The axes that windows move along, of an array of shape `dims`."""
    at = spatial(data_format)
    sizes, steps, rates = ([t[i] for i in at] for t in (dims, strides, dilations))
    return axes(sizes, windows, steps, rates, padding, pairs_of(explicit_paddings, data_format))


def sizes_of(x: Tensor) -> Tensor:
    """The sizes of `x`, for an operation that gives something of its shape."""
    return apply("Shape", x, out_type=types.int32)


def shaped(t: Tensor, like: Tensor) -> Tensor:
    """`t`, known to have the shape of `like` as far as that is known."""
    t.set_shape(like.dims)
    return t


# Arrays.


def channels_last(x: Any, data_format: str) -> Any:
    """A view with the channels as the last axis."""
    return x if data_format[-1] == "C" else np.moveaxis(x, 1, -1)


def as_format(x: Any, data_format: str, out: Any = None) -> Any:
    """What has its channels last in the order that `data_format` says, as an array of its own."""
    if out is not None:
        channels_last(out, data_format)[...] = x
        return out
    return x if data_format[-1] == "C" else np.ascontiguousarray(np.moveaxis(x, -1, 1))


def padded(x: Any, along: tuple[Axis, ...], fill: Any = 0) -> Any:
    """`x`, channels last, with `fill` around it; `x` itself if nothing is padded."""
    if not any(a.before or a.after for a in along):
        return x
    sizes = [a.before + a.size + a.after for a in along]
    out = np.full((x.shape[0], *sizes, x.shape[-1]), fill, x.dtype)
    inside(out, along)[...] = x
    return out


def inside(x: Any, along: tuple[Axis, ...]) -> Any:
    """The part of a padded array that is not padding."""
    return x[(slice(None), *[slice(a.before, a.before + a.size) for a in along])]


def each_place(x: Any, along: tuple[Axis, ...]) -> Iterator[tuple[Ints, Any]]:
    """For each element of the window: where it is in it, and the elements of padded `x` that it meets, as a view."""
    for index in itertools.product(*[range(a.window) for a in along]):
        starts = [(i * a.rate, (a.count - 1) * a.stride + 1, a.stride) for i, a in zip(index, along, strict=True)]
        yield index, x[(slice(None), *[slice(s, s + length, step) for s, length, step in starts])]
