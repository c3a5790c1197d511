"""Which rows are learned from and which are held out.

A row's side is decided by what it says, not by where it stands: rows that are appended, or another order of the rows,
leave the others where they were. A hash of all its cells gives each row a number between 0 and 1, and those below the
share are held out; of rows that say the same, each has a number of its own. What this leaves to chance is kept in
bounds: of each class, at most a tenth more or fewer rows are held out than there should be, or one; where it would be
more, the rows next to the share change sides. In classes of a thousand rows and more this hardly ever happens.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

__all__ = [
    "LEFT_OUT",
    "TRAINING",
    "VALIDATION",
    "draws",
    "hash_numbers",
    "hash_texts",
    "hold_out",
    "hold_out_groups",
    "hold_out_latest",
    "mixed",
    "told_apart",
]

TRAINING, VALIDATION, LEFT_OUT = 0, 1, -1  # the side of a row, int8

Array = np.ndarray
Parts = Callable[[], Iterable[tuple[Array, Array | None]]]
SLACK = 0.1  # of the rows that should be held out, so many more or fewer are
_GOLDEN, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def draws(seed: int, columns: Iterable[tuple[str, Array]], rows: int) -> Array:
    """A number from 0 to below 1 for each row, by what its cells say.

    Args:
        seed: another one gives other numbers.
        columns: of each column its name and the hashes of its cells, uint64 of shape (rows,); their order does not
            matter.
        rows: how many there are.

    >>> cells = [("x", hash_numbers(np.array([1.0, 2.0, 1.0])))]
    >>> draws(0, cells, 3).round(3)
    array([0.849, 0.44 , 0.849])
    """
    total = np.zeros(rows, np.uint64)
    for name, cells in columns:
        total += mixed(cells ^ _of_text(name))
    return (mixed(total + mixed(np.uint64(seed) + _GOLDEN)) >> np.uint64(11)) * 2.0**-53


def told_apart(drawn: Array) -> Array:
    """Other numbers for rows that say what a row before them says, by how many of these there are.

    >>> told_apart(np.array([0.5, 0.25, 0.5])).round(3)
    array([0.5  , 0.25 , 0.394])
    """
    ordered = np.sort(drawn)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return drawn
    alike = np.flatnonzero(np.isin(drawn, again))
    found = drawn[alike]
    order = np.argsort(found, kind="stable")
    first = np.append(True, np.diff(found[order]) != 0)
    places = np.arange(len(found))
    before = np.empty(len(found), np.uint64)
    before[order] = places - np.maximum.accumulate(np.where(first, places, 0))
    other = (mixed(found.view(np.uint64) + before) >> np.uint64(11)) * 2.0**-53
    result = drawn.copy()
    result[alike] = np.where(before == 0, found, other)
    return result


def hash_numbers(values: Array) -> Array:
    """Hashes of float64 numbers; equal numbers have equal ones, missing numbers too."""
    plain = np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN of many, and no negative zero
    return mixed(plain.view(np.uint64))


def hash_texts(texts: Sequence[str | None]) -> Array:
    """Hashes of texts; None, a missing one, has its own."""
    return np.array([0 if text is None else int(_of_text(text)) for text in texts], np.uint64)


def hold_out(parts: Parts, share: float) -> Array:
    """Which rows are held out, bool of shape (rows,): one at least, and of each class not all.

    Args:
        parts: gives the numbers of the rows, from `draws`, and their classes, integers from 0 on, or None if there are
            none; some rows at a time. It is asked a second time where rows have to change sides.
        share: of the rows, the share to be held out.

    >>> hold_out(lambda: [(np.array([0.7, 0.1, 0.5, 0.3]), None)], 0.5)
    array([False,  True, False,  True])
    """
    held_out, sizes, counts = _below(parts, share)
    wanted = np.array(
        [min(max(n, _least(size, share)), _most(size, share)) for n, size in zip(counts, sizes, strict=True)]
    )
    if not wanted.sum():
        wanted[np.argmax(sizes)] = 1
    wrong = np.flatnonzero(wanted != counts)
    if len(wrong):
        rows, drawn, classes = _rows_of(parts, wrong)
        for place in wrong.tolist():
            mine = np.flatnonzero(classes == place)
            held_out[rows[mine]] = False
            held_out[rows[mine[np.argsort(drawn[mine], kind="stable")[: wanted[place]]]]] = True
    return held_out


def hold_out_groups(parts: Callable[[], Iterable[Array]], share: float) -> Array:
    """Which rows are held out, where rows of one group have the same number: whole groups, one at least, and not all.

    >>> hold_out_groups(lambda: [np.array([0.7, 0.5, 0.7])], 0.1)
    array([False,  True, False])
    """
    least, most = min(part.min() for part in parts()), max(part.max() for part in parts())
    return np.concatenate([(part <= least) | (part < share) & (part < most) for part in parts()])


def hold_out_latest(times: Array, share: float) -> Array:
    """Which rows are held out: the latest; of those that are as late as the first one held out, all.

    >>> hold_out_latest(np.array([3.0, 1.0, 2.0, 3.0]), 0.25)
    array([ True, False, False,  True])
    """
    ordered = np.sort(times)
    cut = min(max(len(times) - round(share * len(times)), 1), len(times) - 1)
    first = ordered[cut]
    return times > first if first == ordered[0] else times >= first


def _below(parts: Parts, share: float) -> tuple[Array, Array, Array]:
    """Which rows have a number below the share; of each class, how many rows it has, and how many of these."""
    below: list[Array] = []
    sizes, counts = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for drawn, classes in parts():
        below.append(drawn < share)
        found = np.zeros(len(drawn), np.int64) if classes is None else classes
        more = np.bincount(found)
        width = max(len(sizes), len(more))
        sizes = np.pad(sizes, (0, width - len(sizes))) + np.bincount(found, minlength=width)
        counts = np.pad(counts, (0, width - len(counts))) + np.bincount(found[below[-1]], minlength=width)
    return np.concatenate(below), sizes, counts


def _rows_of(parts: Parts, wanted: Array) -> tuple[Array, Array, Array]:
    """The rows of some classes, their numbers and their classes."""
    found, start = [], 0
    for drawn, classes in parts():
        all_classes = np.zeros(len(drawn), np.int64) if classes is None else classes
        mine = np.flatnonzero(np.isin(all_classes, wanted))
        found.append((start + mine, drawn[mine], all_classes[mine]))
        start += len(drawn)
    rows, drawn, classes = map(np.concatenate, zip(*found, strict=True))
    return rows, drawn, classes


def _least(size: int, share: float) -> int:
    wanted = share * size
    return min(max(math.ceil(wanted - max(SLACK * wanted, 1.0)), 0), _most(size, share))


def _most(size: int, share: float) -> int:
    wanted = share * size
    return max(min(math.floor(wanted + max(SLACK * wanted, 1.0)), size - 1), 0)


def _of_text(text: str) -> np.uint64:
    data = text.encode("utf-8", "surrogatepass")
    return np.uint64(int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little"))


def mixed(values: Array) -> Array:
    """Bits that tell nothing of those they were: the last step of SplitMix64 (Steele, Lea and Flood, 2014, fig. 14)."""
    with np.errstate(over="ignore"):
        z = values + _GOLDEN
        for shift, factor in ((30, _FIRST), (27, _SECOND)):
            z ^= z >> np.uint64(shift)
            z *= factor
        z ^= z >> np.uint64(31)
        return z
