"""Pictures drawn with matplotlib, which is loaded when the first one is painted."""

from __future__ import annotations

from typing import Any

from kerasflow.models.picture import MARGIN, Picture

__all__ = ["paint"]

_INCH = 96.0  # the units of a picture in an inch
_LINE = "#59616e"


def paint(picture: Picture, to_file: Any, dpi: int) -> None:
    """Write a picture to a ``.png`` of that many dots an inch. ImportError if matplotlib is missing."""
    try:
        from matplotlib import figure, patches, path
    except ImportError as error:
        raise ImportError(
            "A .png needs the package matplotlib: pip install 'kerasflow[plot]'. A .svg does not: to_file='model.svg'."
        ) from error
    width, height = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    canvas = figure.Figure(figsize=(width / _INCH, height / _INCH))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-MARGIN, width - MARGIN), ylim=(height - MARGIN, -MARGIN))
    axes.axis("off")
    for f in picture.frames:
        style = "--" if f.dashed else "-"
        box = patches.FancyBboxPatch((f.x + 6, f.y + 6), f.width - 12, f.height - 12, boxstyle="round,pad=6")
        box.set(facecolor=f.fill, edgecolor=f.line, linewidth=0.9, linestyle=style)
        axes.add_patch(box)
    for a in picture.arrows:
        codes = [path.Path.MOVETO, *[path.Path.CURVE4] * (len(a.points) - 1)]
        arrow = patches.FancyArrowPatch(
            path=path.Path(a.points, codes), arrowstyle="-|>", mutation_scale=8, color=_LINE
        )
        axes.add_patch(arrow)
    for w in picture.words:
        weight = "bold" if w.bold else "normal"
        axes.text(
            w.x, w.y, w.text, fontsize=w.size * 72 / _INCH, color=w.color, weight=weight, ha="center", va="center"
        )
    canvas.savefig(to_file, dpi=dpi, format="png")
