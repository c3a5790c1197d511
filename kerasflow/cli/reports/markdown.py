"""A report as Markdown, as it is read on its own and as GitHub shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kerasflow.cli.console import number
from kerasflow.cli.reports.content import Block, Cards, Chart, Folded, Heat, Report, Table, Text

__all__ = ["markdown"]

SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")


def markdown(report: Report) -> str:
    """The report, whole."""
    lines = [f"# {plain_text(report.title)}", "", plain_text(report.summary), "", *_block(report.cards)]
    for section in report.sections:
        lines += ["", f"## {plain_text(section.title)}"]
        for block in section.blocks:
            lines += ["", *_block(block)]
    return "\n".join(lines) + "\n"


def plain_text(text: str) -> str:
    """A text of which nothing is taken for markup, on one line.

    >>> plain_text("a_b <i>\\n# c")
    'a\\\\_b \\\\<i\\\\> \\\\# c'
    """
    shown = "".join(c if c.isprintable() else " " if c in "\r\n\t" else "\ufffd" for c in text)
    return SPECIAL.sub(r"\\\1", shown)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        yield f"> **Note:** {plain_text(block.text)}" if block.warning else plain_text(block.text)
    elif isinstance(block, Cards):
        yield from _table(Table("", ("", "", ""), [(name, value, note) for name, value, note in block.items], "<><"))
    elif isinstance(block, Chart):
        yield from _block(block.instead)
    elif isinstance(block, Heat):
        rows = [(label, *map(number, counts)) for label, counts in zip(block.labels, block.matrix, strict=True)]
        head = ("is \\ predicted", *block.labels)
        yield from _table(Table(block.caption, head, rows, "<" + ">" * len(block.labels)))
    else:
        yield from _table(block.table if isinstance(block, Folded) else block)


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield f"{plain_text(table.caption.rstrip('.'))}:"
        yield ""
    yield _row(table.head)
    yield "|" + "|".join("---:" if side == ">" else "---" for side in table.sides) + "|"
    yield from map(_row, table.rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(plain_text(cell) for cell in cells) + " |"
