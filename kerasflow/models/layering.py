"""Boxes and arrows in layers: where to draw the nodes of a graph so that a person can follow it.

As Sugiyama, Tagawa and Toda (1981) do it: each node gets a row, below all that it takes from; an arrow that passes rows
gets a place in each of them; the places in a row are ordered to have few crossings; then they are moved to stand below
what they belong to, as near as the places beside them allow.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Box", "Layered", "arranged"]

_GAP, _ROW_GAP = 26.0, 44.0  # between places in a row, and between rows
_SWEEPS = 12

Key = Hashable
Edge = tuple[Key, Key]
Point = tuple[float, float]


@dataclass
class Box:
    """A place: its size, and its middle once it is known. An arrow that passes a row has a place without width."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass
class Layered:
    """An arrangement: the boxes of the nodes, and for each edge the places that it leads through, in order."""

    boxes: dict[Key, Box]
    paths: dict[Edge, list[Key]] = field(default_factory=dict)
    rows: list[list[Key]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def arranged(sizes: Mapping[Key, tuple[float, float]], edges: Sequence[Edge]) -> Layered:
    """An arrangement of nodes of some sizes.

    Args:
        sizes: the width and height of each node. Edges lead from nodes that come earlier here to later ones; others
            are left for the caller to draw.
        edges: pairs of nodes.

    >>> from kerasflow.models.layering import arranged
    >>> found = arranged({"a": (10, 4), "b": (10, 4), "c": (10, 4)}, [("a", "b"), ("b", "c"), ("a", "c")])
    >>> [[key for key in row if isinstance(key, str)] for row in found.rows]
    [['a'], ['b'], ['c']]
    """
    place = {key: i for i, key in enumerate(sizes)}
    forward = [e for e in dict.fromkeys(edges) if place[e[0]] < place[e[1]]]
    found = Layered({key: Box(*size) for key, size in sizes.items()})
    rank = _ranks(list(sizes), forward)
    found.rows = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key in sizes:
        found.rows[rank[key]].append(key)
    for edge in forward:
        found.paths[edge] = _places(found, edge, rank)
    links = [pair for path in found.paths.values() for pair in zip(path, path[1:], strict=False)]
    above, below = _neighbours(links)
    _order(found.rows, above, below)
    _set_columns(found, above, below)
    _set_rows(found)
    return found


def _ranks(keys: Sequence[Key], edges: Sequence[Edge]) -> dict[Key, int]:
    """The row of each node: one below the lowest that it takes from; nodes that take nothing come late."""
    rank = dict.fromkeys(keys, 0)
    by_target: dict[Key, list[Key]] = {}
    for source, target in edges:
        by_target.setdefault(target, []).append(source)
    for key in keys:
        rank[key] = max((rank[s] + 1 for s in by_target.get(key, ())), default=0)
    for key in keys:
        takers = [rank[target] for source, target in edges if source == key]
        if key not in by_target and takers:
            rank[key] = min(takers) - 1
    return rank


def _places(found: Layered, edge: Edge, rank: Mapping[Key, int]) -> list[Key]:
    """The places that an edge leads through; those in the rows that it passes are made."""
    passed: list[Key] = []
    for row in range(rank[edge[0]] + 1, rank[edge[1]]):
        passed.append((*edge, row))
        found.boxes[passed[-1]] = Box(0.0, 0.0)
        found.rows[row].append(passed[-1])
    return [edge[0], *passed, edge[1]]


def _neighbours(links: Sequence[tuple[Key, Key]]) -> tuple[dict[Key, list[Key]], dict[Key, list[Key]]]:
    above: dict[Key, list[Key]] = {}
    below: dict[Key, list[Key]] = {}
    for upper, lower in links:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    return above, below


def _order(rows: list[list[Key]], above: Mapping[Key, list[Key]], below: Mapping[Key, list[Key]]) -> None:
    """Order each row by where the neighbours in the row before, or after, stand; keep the best order found."""
    best, least = [list(row) for row in rows], _crossings(rows, below)
    for sweep in range(_SWEEPS):
        if sweep % 2 == 0:
            for upper, lower in zip(rows, rows[1:], strict=False):
                _sort(lower, upper, above)
        else:
            for lower, upper in zip(rows[::-1], rows[-2::-1], strict=False):
                _sort(upper, lower, below)
        crossings = _crossings(rows, below)
        if crossings < least:
            best, least = [list(row) for row in rows], crossings
    rows[:] = best


def _sort(row: list[Key], beside: Sequence[Key], neighbours: Mapping[Key, list[Key]]) -> None:
    """Order a row by the mean place that the neighbours of each have in the row beside it."""
    place = {key: k for k, key in enumerate(beside)}
    wanted = {}
    for k, key in enumerate(row):
        near = [place[n] for n in neighbours.get(key, ())]
        wanted[key] = sum(near) / len(near) if near else k
    row.sort(key=wanted.__getitem__)


def _crossings(rows: list[list[Key]], below: Mapping[Key, list[Key]]) -> int:
    count = 0
    for upper, lower in zip(rows, rows[1:], strict=False):
        place = {key: k for k, key in enumerate(lower)}
        ends = [sorted(place[n] for n in below.get(key, ())) for key in upper]
        seen: list[int] = []
        for targets in ends:
            count += sum(earlier > target for target in targets for earlier in seen)
            seen += targets
    return count


def _set_columns(found: Layered, above: Mapping[Key, list[Key]], below: Mapping[Key, list[Key]]) -> None:
    """Say how far from the left each place is."""
    boxes = found.boxes
    for row in found.rows:
        x = 0.0
        for key in row:
            boxes[key].x = x + boxes[key].width / 2
            x += boxes[key].width + _GAP
    both = {key: [*above.get(key, ()), *below.get(key, ())] for key in boxes}
    for sweep in range(3 * _SWEEPS):
        down = sweep % 2 == 0
        neighbours = both if sweep > _SWEEPS else above if down else below
        for row in found.rows if down else reversed(found.rows):
            wanted = []
            for key in row:
                near = [boxes[n].x for n in neighbours.get(key, ())]
                wanted.append(sum(near) / len(near) if near else boxes[key].x)
            for key, x in zip(row, _apart([boxes[k].width for k in row], wanted), strict=True):
                boxes[key].x = x
    left = min((b.x - b.width / 2 for b in boxes.values()), default=0.0)
    for box in boxes.values():
        box.x -= left
    found.width = max((b.x + b.width / 2 for b in boxes.values()), default=0.0)


def _apart(widths: Sequence[float], wanted: Sequence[float]) -> list[float]:
    """The positions nearest to those wanted, by least squares, at which boxes of these widths do not touch."""
    offsets, total = [], 0.0
    for i, width in enumerate(widths):
        total += 0.0 if i == 0 else (widths[i - 1] + width) / 2 + _GAP
        offsets.append(total)
    groups: list[tuple[float, int]] = []  # means and sizes; neighbours in the wrong order are pooled
    for want, offset in zip(wanted, offsets, strict=True):
        mean, size = want - offset, 1
        while groups and groups[-1][0] > mean:
            other, count = groups.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        groups.append((mean, size))
    means = [mean for mean, size in groups for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _set_rows(found: Layered) -> None:
    """Say how far from the top each place is."""
    y = 0.0
    for row in found.rows:
        height = max(found.boxes[key].height for key in row)
        for key in row:
            found.boxes[key].y = y + height / 2
            if not found.boxes[key].width:
                found.boxes[key].height = height
        y += height + _ROW_GAP
    found.height = max(y - _ROW_GAP, 0.0)
