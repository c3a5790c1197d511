"""A report as one page of HTML: no script, nothing from outside, drawings inside."""

from __future__ import annotations

from collections.abc import Sequence

from kerasflow.cli.console import number
from kerasflow.cli.reports.content import Block, Cards, Chart, Heat, Report, Table, Text
from kerasflow.cli.reports.markup import Markup, joined, tag
from kerasflow.cli.reports.style import STYLE

__all__ = ["page"]

# What a browser may load for the page: nothing at all, and no script runs whatever the page holds.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(report: Report) -> str:
    """The page, whole."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", report.title),
        tag("style", Markup(STYLE)),
    )
    parts = [tag("h1", report.title), tag("p", report.summary, class_="summary"), _block(report.cards)]
    for section in report.sections:
        parts.append(tag("section", tag("h2", section.title), *map(_block, section.blocks)))
    body = tag("body", tag("main", *parts))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _block(block: Block) -> Markup:
    if isinstance(block, Text):
        return tag("p", block.text, class_="warning" if block.warning else None)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Chart):
        return tag("figure", block.drawing, tag("figcaption", block.caption))
    if isinstance(block, Heat):
        return _heat(block)
    if isinstance(block, Cards):
        return _cards(block)
    return tag("details", tag("summary", block.table.caption), _table(block.table, caption=False))


def _cards(cards: Cards) -> Markup:
    items = (
        tag("div", tag("dt", name), tag("dd", value, class_="value"), tag("dd", note, class_="note"))
        for name, value, note in cards.items
    )
    return tag("dl", *items, class_="cards")


def _table(table: Table, caption: bool = True) -> Markup:
    classes = ["right" if side == ">" else None for side in table.sides]
    head = tag("tr", *(tag("th", c, scope="col", class_=k) for c, k in zip(table.head, classes, strict=True)))
    rows = (_row(cells, classes) for cells in table.rows)
    start = [tag("caption", table.caption)] if caption and table.caption else []
    return tag("div", tag("table", *start, tag("thead", head), tag("tbody", *rows)), class_="wide")


def _row(cells: Sequence[str], classes: Sequence[str | None]) -> Markup:
    first = tag("th", cells[0], scope="row", class_=classes[0])
    return tag("tr", first, *(tag("td", c, class_=k) for c, k in zip(cells[1:], classes[1:], strict=True)))


def _heat(heat: Heat) -> Markup:
    head = tag("tr", tag("th", "is \\ predicted"), *(tag("th", label, scope="col") for label in heat.labels))
    rows = []
    for label, counts in zip(heat.labels, heat.matrix, strict=True):
        total = sum(counts) or 1.0
        cells = (tag("td", number(n), style=f"--share: {0.6 * n / total:.3f}") for n in counts)
        rows.append(tag("tr", tag("th", label, scope="row"), *cells))
    table = tag("table", tag("thead", head), tag("tbody", joined(*rows)), class_="heat")
    return tag("figure", tag("div", table, class_="wide"), tag("figcaption", heat.caption))
