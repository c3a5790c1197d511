"""Windows that move over an array: how many places there are for them, and what is padded.

Convolutions and pooling share this, as do the engines: nothing here but sizes. A format such as ``"NHWC"`` names the
axes of an array: N the batch, C the channels, the others are those that windows move along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Axis", "axes", "channel_axis", "places", "spatial"]

Ints = tuple[int, ...]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis that a window moves along.

    `size` elements with `before` and `after` zeros around them; the window takes `window` of them, `rate` apart, at
    each of `count` places, `stride` apart.
    """

    size: int
    window: int
    stride: int
    rate: int
    before: int
    after: int
    count: int


def spatial(data_format: str) -> Ints:
    """The axes that windows move along."""
    return tuple([i for i, letter in enumerate(data_format) if letter not in "NC"])


def channel_axis(data_format: str) -> int:
    """The axis of the channels."""
    return data_format.index("C")


def places(
    size: int | None, window: int | None, stride: int, rate: int, padding: str, pair: Pair = (0, 0)
) -> int | None:
    """The number of places for a window, None if it is not known.

    Raises:
        ValueError: the window is empty, or larger than what it moves along.
    """
    if window is not None and window < 1:
        raise ValueError(f"a window must have at least one element along each axis, got {window}")
    if size is None or (window is None and padding != "SAME"):
        return None
    if padding == "SAME" or window is None:
        return -(-size // stride)
    reach, room = (window - 1) * rate + 1, size + sum(pair)
    if room < reach:
        raise ValueError(f"negative dimension size caused by subtracting {reach} from {room}: the window does not fit")
    return (room - reach) // stride + 1


def axes(
    sizes: Sequence[int],
    windows: Sequence[int],
    strides: Sequence[int],
    rates: Sequence[int],
    padding: str,
    pairs: Sequence[Pair] = (),
) -> tuple[Axis, ...]:
    """All axes that a window moves along; `pairs` are the paddings if `padding` is ``"EXPLICIT"``.

    ``"SAME"`` pads so that there are ``ceil(size / stride)`` places, as evenly as can be, with the odd zero at the end.
    """
    found = []
    for k, (size, window, stride, rate) in enumerate(zip(sizes, windows, strides, rates, strict=True)):
        before, after = pairs[k] if padding == "EXPLICIT" else (0, 0)
        count = places(size, window, stride, rate, padding, (before, after)) or 0
        if padding == "SAME":
            total = max((count - 1) * stride + (window - 1) * rate + 1 - size, 0)
            before, after = total // 2, total - total // 2
        found.append(Axis(size, window, stride, rate, before, after, count))
    return tuple(found)
