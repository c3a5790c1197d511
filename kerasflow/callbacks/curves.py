"""The curves of a training as pictures: an SVG made by hand for notebooks, and matplotlib's figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["escaped", "figure", "panels", "svg"]

Curve = list[tuple[int, float]]  # epochs and values
_COLORS = ("#1f77b4", "#ff7f0e")  # training, validation
_WIDTH, _HEIGHT = 280, 180
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 28, 10, 22


def escaped(text: str) -> str:
    """`text` as it is written in HTML and SVG.

    >>> from kerasflow.callbacks.curves import escaped
    >>> escaped("a<b & c")
    'a&lt;b &amp; c'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def panels(curves: Mapping[str, Curve]) -> dict[str, dict[str, Curve]]:
    """The curves by what they show: those of the training and of the validation data together.

    >>> from kerasflow.callbacks.curves import panels
    >>> panels({"loss": [(0, 1.0)], "val_loss": [(0, 2.0)]})
    {'loss': {'training': [(0, 1.0)], 'validation': [(0, 2.0)]}}
    """
    found: dict[str, dict[str, Curve]] = {}
    for name, curve in curves.items():
        held_out = name.startswith("val_")
        found.setdefault(name.removeprefix("val_"), {})["validation" if held_out else "training"] = curve
    return found


def svg(curves: Mapping[str, Curve]) -> str:
    """One panel for each loss and metric, three in a row.

    >>> from kerasflow.callbacks.curves import svg
    >>> svg({"loss": [(0, 1.0), (1, 0.5)]}).count("<polyline")
    1
    """
    shown = panels(curves)
    columns = min(3, max(1, len(shown)))
    rows = math.ceil(len(shown) / columns)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns * _WIDTH}" height="{rows * _HEIGHT}" '
        'font-family="sans-serif" font-size="11">'
    ]
    for k, (name, lines) in enumerate(shown.items()):
        parts.append(f'<g transform="translate({k % columns * _WIDTH},{k // columns * _HEIGHT})">')
        parts += _panel(name, lines)
        parts.append("</g>")
    return "".join([*parts, "</svg>"])


def _panel(name: str, lines: Mapping[str, Curve]) -> list[str]:
    points = [p for curve in lines.values() for p in curve if math.isfinite(p[1])]
    first, last = _range([x for x, _ in points])
    low, high = _range([y for _, y in points])
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def place(x: float, y: float) -> str:
        across = _LEFT + (x - first) / (last - first) * (right - _LEFT)
        return f"{across:.1f},{bottom - (y - low) / (high - low) * (bottom - _TOP):.1f}"

    parts = [
        f'<text x="{_LEFT}" y="16" font-weight="bold">{escaped(name)}</text>',
        f'<path d="M{_LEFT},{_TOP}V{bottom}H{right}" fill="none" stroke="#888"/>',
        f'<text x="{_LEFT - 4}" y="{_TOP + 8}" text-anchor="end">{high:.3g}</text>',
        f'<text x="{_LEFT - 4}" y="{bottom}" text-anchor="end">{low:.3g}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 6}">{first + 1:g}</text>',
        f'<text x="{right}" y="{_HEIGHT - 6}" text-anchor="end">epoch {last + 1:g}</text>',
    ]
    for k, (label, color) in enumerate(zip(("training", "validation"), _COLORS, strict=True)):
        if label not in lines:
            continue
        parts.append(f'<text x="{right}" y="{12 + 12 * k}" text-anchor="end" fill="{color}">{label}</text>')
        for run in _runs(lines[label]):
            if len(run) > 1:
                path = " ".join(place(x, y) for x, y in run)
                parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>')
            else:
                x, y = place(*run[0]).split(",")
                parts.append(f'<circle cx="{x}" cy="{y}" r="2" fill="{color}"/>')
    return parts


def _range(values: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest, apart from each other."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if low < high:
        return low, high
    room = abs(low) / 2 or 0.5
    return (low, high + 1) if isinstance(low, int) else (low - room, high + room)


def _runs(curve: Curve) -> list[Curve]:
    """The stretches of a curve between values that are not finite."""
    runs: list[Curve] = [[]]
    for x, y in curve:
        if math.isfinite(y):
            runs[-1].append((x, y))
        else:
            runs.append([])
    return [run for run in runs if run]


def figure(curves: Mapping[str, Curve]) -> Any:
    """A matplotlib figure with one panel for each loss and metric. ImportError if matplotlib is missing."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("History.plot needs the package matplotlib: pip install 'kerasflow[plot]'.") from error
    shown = panels(curves)
    made, axes = pyplot.subplots(1, max(1, len(shown)), figsize=(4.2 * max(1, len(shown)), 3.2), squeeze=False)
    for ax, (name, lines) in zip(axes[0], shown.items(), strict=False):
        for label, color in zip(("training", "validation"), _COLORS, strict=True):
            if label in lines:
                epochs = [x + 1 for x, _ in lines[label]]
                ax.plot(epochs, [y for _, y in lines[label]], color=color, label=label)
        ax.set_title(name)
        ax.set_xlabel("epoch")
        ax.legend()
    made.tight_layout()
    return made
