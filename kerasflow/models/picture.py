"""`Picture`: boxes with words and arrows between them, before it is known what they are drawn with."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Arrow", "Frame", "Picture", "Word", "text_width"]

MARGIN = 14.0
_FONT = "Helvetica, Arial, sans-serif"
_NARROW, _BROAD = set("fijlrtI|!.,:;'()[]-_/ "), set("mwMWQO@%")

Point = tuple[float, float]


@dataclass
class Frame:
    """A box with round corners."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    line: str
    dashed: bool = False


@dataclass
class Word:
    """Text around a point."""

    x: float
    y: float
    text: str
    size: float = 12.0
    bold: bool = False
    color: str = "#1f2430"


@dataclass
class Arrow:
    """A curve: a point to begin with, then triples of points, two that pull at it and one that it leads to."""

    points: list[Point]


@dataclass
class Picture:
    """Something to draw, and to look at in a notebook; `svg` has it as text."""

    width: float = 0.0
    height: float = 0.0
    frames: list[Frame] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    def take(self, other: Picture, x: float, y: float) -> None:
        """Add what is in another picture, moved."""
        self.frames += [Frame(f.x + x, f.y + y, f.width, f.height, f.fill, f.line, f.dashed) for f in other.frames]
        self.words += [Word(w.x + x, w.y + y, w.text, w.size, w.bold, w.color) for w in other.words]
        self.arrows += [Arrow([(px + x, py + y) for px, py in a.points]) for a in other.arrows]

    def svg(self) -> str:
        """The picture as a document of scalable vector graphics.

        >>> from kerasflow.models.picture import Picture, Word
        >>> "<text" in Picture(words=[Word(1.0, 2.0, "a < b")]).svg()
        True
        """
        width, height = self.width + 2 * MARGIN, self.height + 2 * MARGIN
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="{-MARGIN:g} {-MARGIN:g} {width:.1f} {height:.1f}" font-family="{_FONT}">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0,0.8 L8,4 L0,7.2 z" fill="#59616e"/></marker></defs>',
            f'<rect x="{-MARGIN:g}" y="{-MARGIN:g}" width="100%" height="100%" fill="#ffffff"/>',
            *[_frame(f) for f in self.frames],
            *[_arrow(a) for a in self.arrows],
            *[_word(w) for w in self.words],
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _repr_svg_(self) -> str:
        return self.svg()


def _frame(f: Frame) -> str:
    dashes = ' stroke-dasharray="5 3"' if f.dashed else ""
    return (
        f'<rect x="{f.x:.1f}" y="{f.y:.1f}" width="{f.width:.1f}" height="{f.height:.1f}" rx="6" fill="{f.fill}" '
        f'stroke="{f.line}" stroke-width="1.2"{dashes}/>'
    )


def _word(w: Word) -> str:
    weight = ' font-weight="bold"' if w.bold else ""
    return (
        f'<text x="{w.x:.1f}" y="{w.y + 0.35 * w.size:.1f}" font-size="{w.size:g}"{weight} fill="{w.color}" '
        f'text-anchor="middle">{_escaped(w.text)}</text>'
    )


def _escaped(text: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return text


def _arrow(a: Arrow) -> str:
    start, *rest = [f"{x:.1f},{y:.1f}" for x, y in a.points]
    curves = " ".join(f"C{' '.join(rest[k : k + 3])}" for k in range(0, len(rest), 3))
    return f'<path d="M{start} {curves}" fill="none" stroke="#59616e" stroke-width="1.3" marker-end="url(#tip)"/>'


def text_width(text: str, size: float, bold: bool = False) -> float:
    """About how wide a text is drawn, rather too wide than too narrow."""
    share = sum(0.36 if c in _NARROW else 0.9 if c in _BROAD else 0.62 for c in text)
    return share * size * (1.06 if bold else 1.0)
