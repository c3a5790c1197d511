"""What a report consists of: titles, texts, tables, charts; how they are written down is for `page` and `markdown`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kerasflow.cli.reports.markup import Markup

__all__ = ["Block", "Cards", "Chart", "Folded", "Heat", "Report", "Section", "Table", "Text"]


@dataclass(frozen=True)
class Text:
    """A paragraph; a `warning` stands out."""

    text: str
    warning: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells below a head; of each column "<" or ">" in `sides` tells where its cells stand."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    sides: str


@dataclass(frozen=True)
class Chart:
    """A drawing, and the words or the table that stand for it where there are no drawings."""

    caption: str
    drawing: Markup
    instead: Table | Text


@dataclass(frozen=True)
class Heat:
    """How many rows of each label (the rows) were predicted to be each (the columns)."""

    caption: str
    labels: Sequence[str]
    matrix: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Cards:
    """Numbers that matter most: what each is, its value, what it is to be compared with."""

    items: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Folded:
    """A table that is shown to those who ask for it."""

    table: Table


Block = Text | Table | Chart | Heat | Cards | Folded


@dataclass(frozen=True)
class Section:
    """Blocks below a title."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """All of it."""

    title: str
    summary: str
    cards: Cards
    sections: Sequence[Section] = field(default_factory=tuple)
