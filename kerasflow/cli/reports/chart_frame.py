"""The frame of a chart: where values go on the page, and axes with round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kerasflow.cli.reports.markup import Markup, tag

__all__ = ["Axis", "Frame", "drawing", "label_of"]

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 28, 44


@dataclass(frozen=True)
class Axis:
    """What an axis spans, and the round numbers on it.

    Args:
        low, high: its ends; `high` is above `low`.
        title: what it measures.
        logarithmic: whether equal factors take up equal lengths; `low` is above 0 then.
        whole: whether only whole numbers make sense on it.
    """

    low: float
    high: float
    title: str
    logarithmic: bool = False
    whole: bool = False

    @classmethod
    def over(cls, low: float, high: float, title: str, logarithmic: bool = False) -> Axis:
        """An axis that spans values, and a little more; of any length, where all values are the same."""
        if logarithmic:
            return cls(low / 1.1, high * 1.1, title, True)
        room = 0.04 * (high - low) or max(abs(high) * 0.1, 1e-9)
        return cls(low - room, high + room, title)

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int = 6) -> list[float]:
        """Round numbers within the axis, `most` at the most.

        >>> Axis(0.0, 97.0, "rows").ticks()
        [0.0, 20.0, 40.0, 60.0, 80.0]
        >>> Axis(0.009, 2.0, "loss", True).ticks()
        [0.01, 0.1, 1.0]
        >>> Axis(1, 20, "epoch", whole=True).ticks(8)
        [5.0, 10.0, 15.0, 20.0]
        """
        if self.logarithmic and self.high / self.low >= 30:
            powers = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            step = max(1, math.ceil(len(powers) / most))
            return [10.0**power for power in powers[::step]]
        rough = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
        if self.whole:
            step = max(1.0, 2 * step if step != round(step) else step)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(k * step, 12 - math.floor(math.log10(step))) + 0.0 for k in range(first, last + 1)]


@dataclass(frozen=True)
class Frame:
    """Two axes and the rectangle between them.

    Args:
        across, up: the axes.
        height: of the whole drawing.
        left: the room for the numbers of the axis that goes up.
    """

    across: Axis
    up: Axis
    height: float = HEIGHT
    left: float = LEFT

    def x(self, value: float) -> float:
        """Where a value of the axis across lies."""
        return round(self.left + self.across.share(value) * (WIDTH - self.left - RIGHT), 2)

    def y(self, value: float) -> float:
        """Where a value of the axis that goes up lies."""
        return round(self.height - BOTTOM - self.up.share(value) * (self.height - TOP - BOTTOM), 2)

    def axes(self) -> list[Markup]:
        """Lines at the round numbers, the numbers, the titles."""
        bottom, parts = self.height - BOTTOM, []
        for value in self.up.ticks():
            y = self.y(value)
            parts.append(tag("line", x1=self.left, x2=WIDTH - RIGHT, y1=y, y2=y, class_="grid"))
            parts.append(tag("text", label_of(value), x=self.left - 8, y=y + 4, class_="tick end"))
        for value in self.across.ticks(8):
            x = self.x(value)
            parts.append(tag("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="axis"))
            parts.append(tag("text", label_of(value), x=x, y=bottom + 18, class_="tick middle"))
        parts.append(tag("line", x1=self.left, x2=WIDTH - RIGHT, y1=bottom, y2=bottom, class_="axis"))
        middle, side = (self.left + WIDTH - RIGHT) / 2, (TOP + bottom) / 2
        parts.append(tag("text", self.across.title, x=middle, y=self.height - 6, class_="title middle"))
        turned = f"rotate(-90 14 {side:g})"
        parts.append(tag("text", self.up.title, x=14, y=side, class_="title middle", transform=turned))
        return parts

    def line(self, points: list[tuple[float, float]], class_: str) -> Markup:
        """A line through points."""
        path = " ".join(f"{self.x(x):g},{self.y(y):g}" for x, y in points)
        return tag("polyline", points=path, class_=f"line {class_}")


def drawing(name: str, description: str, parts: list[Markup], height: float = HEIGHT) -> Markup:
    """A drawing, with what it shows in words for those who do not see it."""
    return tag(
        *("svg", tag("title", name), *parts),
        viewBox=f"0 0 {WIDTH} {height:g}", role="img", aria_label=f"{name}. {description}",
        xmlns="http://www.w3.org/2000/svg",
    )  # fmt: skip


def label_of(value: float) -> str:
    """A round number as an axis has it.

    >>> [label_of(value) for value in (0.0, 0.25, 1500.0, 2e6, -3e-7)]
    ['0', '0.25', '1,500', '2M', '-3e-07']
    """
    size = abs(value)
    for unit, sign in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if unit <= size < 1e12:
            scale = 1e3 if sign == "k" else unit
            return f"{value / scale:,.6g}{sign}"
    return f"{value:,.6g}" if 1e-4 <= size < 1e12 or value == 0 else f"{value:.3g}"
