"""Charts as drawings in a page: learning curves, predictions beside the truth, calibration, bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kerasflow.cli.reports.chart_frame import BOTTOM, RIGHT, TOP, WIDTH, Axis, Frame, drawing
from kerasflow.cli.reports.findings import Bin, Importance
from kerasflow.cli.reports.markup import Markup, tag

__all__ = ["bars", "calibration_chart", "curves", "histogram", "scatter"]

MOST_POINTS = 400  # of a line
MOST_DOTS = 800
FACTOR = 20.0  # between the largest and the smallest loss, from which on the axis is logarithmic
BAR = 26  # the height of a bar, with the room below it
CLASSES = {"loss": "first", "val_loss": "second"}
NAMES = {"loss": "training", "val_loss": "held out"}


def curves(history: Mapping[str, Sequence[float]], best_epoch: int) -> Markup:
    """The losses of each epoch.

    Args:
        history: `loss` and `val_loss`.
        best_epoch: the epoch whose weights were kept, from 1.
    """
    lines = {name: np.asarray(history[name], float) for name in CLASSES if name in history}
    values = np.concatenate(list(lines.values()))
    epochs = max(map(len, lines.values()))
    logarithmic = bool(values.min() > 0 and values.max() / values.min() > FACTOR)
    up = Axis.over(float(values.min()), float(values.max()), "loss", logarithmic)
    frame = Frame(Axis(min(1, epochs - 0.5), max(epochs, 1.5), "epoch", whole=True), up)
    parts = frame.axes()
    x = frame.x(best_epoch)
    parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=frame.height - BOTTOM, class_="mark"))
    side = "end" if best_epoch > epochs / 2 else ""
    parts.append(tag("text", f"epoch {best_epoch} kept", x=x + (-6 if side else 6), y=TOP + 10, class_=f"tick {side}"))
    shown = sorted({*np.linspace(0, epochs - 1, min(epochs, MOST_POINTS)).round().astype(int).tolist(), best_epoch - 1})
    for name, line in lines.items():
        points = [(k + 1, float(line[k])) for k in shown if k < len(line)]
        parts.append(frame.line(points, CLASSES[name]))
        parts += [_dot(frame, *points[0], CLASSES[name], 3)] if len(points) == 1 else []
    parts += _legend([(NAMES[name], CLASSES[name]) for name in lines])
    told = [f"{NAMES[name]} from {line[0]:.4g} to {line[best_epoch - 1]:.4g}" for name, line in lines.items()]
    return drawing("Learning curves", f"The loss by epoch: {', '.join(told)} in epoch {best_epoch}.", parts)


def scatter(truth: np.ndarray, predicted: np.ndarray, seed: int = 0) -> Markup:
    """Predicted numbers beside true ones, of some rows; on the line they agree."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(truth))[:MOST_DOTS])
    low, high = float(min(truth.min(), predicted.min())), float(max(truth.max(), predicted.max()))
    frame = Frame(Axis.over(low, high, "true"), Axis.over(low, high, "predicted"), height=360)
    parts = [*frame.axes(), frame.line([(low, low), (high, high)], "even")]
    parts += [_dot(frame, float(truth[k]), float(predicted[k]), "second faint", 3) for k in rows.tolist()]
    return drawing("Predicted and true values", f"{len(rows)} of the rows held out.", parts, 360)


def histogram(errors: np.ndarray) -> Markup:
    """How often errors of each size occur; the largest hundredth on either side is left out."""
    low, high = (float(q) for q in np.quantile(errors, [0.01, 0.99]))
    shown = errors[(errors >= low) & (errors <= high)]
    counts, edges = np.histogram(shown, bins=30)
    frame = Frame(
        Axis.over(float(edges[0]), float(edges[-1]), "predicted less true"),
        Axis(0, counts.max() * 1.05, "rows", whole=True),
    )
    parts = frame.axes()
    for size, left, right in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        x, y = frame.x(left), frame.y(size)
        wide, high_ = frame.x(right) - x - 1, frame.height - BOTTOM - y
        parts.append(tag("rect", x=x, y=y, width=round(max(wide, 0.5), 2), height=round(high_, 2), class_="bar"))
    if edges[0] < 0 < edges[-1]:
        x = frame.x(0.0)
        parts.append(tag("line", x1=x, x2=x, y1=TOP, y2=frame.height - BOTTOM, class_="mark"))
    return drawing("Errors", f"Half of the errors are between {_quartiles(errors)}.", parts)


def calibration_chart(bins: Sequence[Bin]) -> Markup:
    """How often predictions of a probability come true; on the line as often as they should."""
    axes = (Axis(-0.02, 1.02, "probability predicted"), Axis(-0.02, 1.02, "share found"))
    frame = Frame(*axes, height=360)
    parts = [*frame.axes(), frame.line([(0, 0), (1, 1)], "even")]
    most = max(b.rows for b in bins)
    parts += [_dot(frame, b.predicted, b.found, "second faint", 4 + 8 * (b.rows / most) ** 0.5) for b in bins]
    told = "; ".join(f"{b.predicted:.2f} predicted, {b.found:.2f} found in {b.rows} rows" for b in bins)
    return drawing("Calibration", told + ".", parts, 360)


def bars(found: Sequence[Importance]) -> Markup:
    """How much the loss grows without each column, and between which values in several shuffles."""
    height = TOP + BAR * len(found) + BOTTOM
    high = max(0.0, *(item.mean + item.deviation for item in found)) * 100
    low = min(0.0, *(item.mean - item.deviation for item in found)) * 100
    frame = Frame(Axis.over(low, high, "the loss grows by, in percent"), Axis(0, 1, ""), height, 190)
    parts = [part for part in frame.axes() if 'class="grid"' not in part and 'class="tick end"' not in part]
    zero = frame.x(0.0)
    for place, item in enumerate(found):
        y, end = TOP + place * BAR, frame.x(100 * item.mean)
        parts.append(tag("text", _cut(item.column), x=frame.left - 10, y=y + 15, class_="tick end name"))
        parts.append(
            tag("rect", x=min(zero, end), y=y + 3, width=round(abs(end - zero), 2), height=BAR - 9, class_="bar")
        )
        ends = {"x1": frame.x(100 * (item.mean - item.deviation)), "x2": frame.x(100 * (item.mean + item.deviation))}
        parts.append(tag("line", y1=y + 11.5, y2=y + 11.5, class_="spread", **ends))
    parts.append(tag("line", x1=zero, x2=zero, y1=TOP, y2=height - BOTTOM, class_="axis"))
    told = ", ".join(f"{item.column} {100 * item.mean:.3g} %" for item in found[:8])
    return drawing("Importance of the columns", told + ".", parts, height)


def _dot(frame: Frame, x: float, y: float, class_: str, radius: float) -> Markup:
    return tag("circle", cx=frame.x(x), cy=frame.y(y), r=round(radius, 1), class_=f"dot {class_}")


def _legend(entries: Sequence[tuple[str, str]]) -> list[Markup]:
    parts, x = [], WIDTH - RIGHT - 90 * len(entries)
    for text, class_ in entries:
        parts.append(tag("line", x1=x, x2=x + 18, y1=10, y2=10, class_=f"line {class_}"))
        parts.append(tag("text", text, x=x + 24, y=14, class_="tick"))
        x += 90
    return parts


def _quartiles(errors: np.ndarray) -> str:
    low, high = np.quantile(errors, [0.25, 0.75])
    return f"{low:.4g} and {high:.4g}"


def _cut(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"
