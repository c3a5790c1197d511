"""Columns of a table as features: the rule of one column, how it is learned, and how it is applied.

A rule is applied in two steps. `code` gives a number for each row, four bytes, in which data wait for their turn:
of a number its feature, NaN where it is missing; of a text its place among the features. `expand` makes of these the
features. A column that does not fit in memory is learned a chunk at a time.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.io.json_file import Fields, JsonError

__all__ = [
    "BUCKETS",
    "FARTHEST",
    "TOO_SMALL",
    "NumericColumn",
    "TextColumn",
    "column_from_config",
    "is_missing",
    "standardised",
]

FARTHEST = 10.0  # standard deviations; a number further out counts as this far, so that no single cell decides
TOO_SMALL = float(np.finfo(np.float64).tiny)  # a standard deviation below is none
SEEN_TWICE = 2  # the rows that make a text a value of its own
MANY = 64  # texts that were seen twice and have no feature of their own, from which on they share several
BUCKETS = 32  # features that they share
MOST_BUCKETS = 1 << 16  # in a file
EXACT = 1 << 23  # numbers up to which the median is exact; of more, this many are taken evenly

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class NumericColumn:
    """How a column of numbers becomes features: ``(x - mean) / scale``, and 1 where x was missing.

    Args:
        name: the column.
        median: what stands for a missing number.
        mean, scale: mean and standard deviation of the training rows, missing numbers filled in; scale 0 means that all
            were the same, and the column gives no such feature.
        indicator: whether some training rows lacked a number, others not, and a feature says which.
    """

    name: str
    median: float
    mean: float
    scale: float
    indicator: bool

    kind = "numeric"

    @classmethod
    def learn(cls, name: str, chunks: Callable[[], Iterable[Array]]) -> NumericColumn:
        """Learn the rule from the numbers of the training rows, gone through twice.

        Args:
            name: the column.
            chunks: gives the numbers in chunks, float64, NaN where one is missing.
        """
        first = _Range.of(chunks())
        if not first.present:
            return cls(name, 0.0, 0.0, 0.0, False)
        mean, deviation = first.moments(chunks())
        scale = 0.0 if first.low == first.high else float(np.ldexp(deviation, first.exponent))
        return cls(
            name,
            median=float(np.ldexp(first.median, first.exponent)),
            mean=float(np.ldexp(mean, first.exponent)),
            scale=scale if scale >= TOO_SMALL else 0.0,
            indicator=first.present < first.count,
        )

    @property
    def features(self) -> list[str]:
        """The names of the features."""
        return [self.name] * (self.scale > 0) + [f"{self.name} is missing"] * self.indicator

    def code(self, values: Array) -> Array:
        """Of each row its feature, float32 of shape (rows,); NaN where the number is missing."""
        if not self.scale > 0:
            return np.where(np.isnan(values), np.float32("nan"), np.float32(0.0))
        return standardised(values, self.mean, self.scale, FARTHEST).astype(np.float32)

    def expand(self, codes: Array, out: Array) -> None:
        """Write the features of each row into `out`, (rows, features)."""
        if not out.shape[1]:
            return
        missing = np.isnan(codes)
        if self.scale > 0:
            filled = standardised(np.array([self.median]), self.mean, self.scale, FARTHEST).astype(np.float32)
            out[:, 0] = np.where(missing, filled, codes)
        if self.indicator:
            out[:, -1] = missing

    def unseen(self, values: Array) -> int:
        """How many rows hold what training never saw: none, numbers are always known."""
        return 0

    def to_config(self) -> dict[str, Any]:
        """What was learned, as JSON carries it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "median": self.median,
            "mean": self.mean,
            "scale": self.scale,
            "indicator": self.indicator,
        }

    @classmethod
    def from_config(cls, name: str, fields: Fields) -> NumericColumn:
        """The rule that `to_config` wrote down. Raises JsonError: the fields are not of that kind."""
        return cls(
            name, fields.number("median"), fields.number("mean"), fields.number("scale", 0), fields.flag("indicator")
        )


@dataclass(frozen=True)
class TextColumn:
    """How a column of texts becomes features: 1 for the one that a row has, 0 for the rest.

    Args:
        name: the column.
        values: the texts with a feature of their own, the most frequent first.
        missing: whether training rows lacked the text, and a feature says which.
        others: whether training rows had further texts, and a feature says which.
        shares: of each feature, the share of the training rows that have it.
        buckets: the features that all further texts share, each text the one that its hash gives; 0 if they are so few
            that one feature, or none, is enough.
    """

    name: str
    values: tuple[str, ...]
    missing: bool
    others: bool
    shares: tuple[float, ...]
    buckets: int = 0

    kind = "text"

    @classmethod
    def learn(cls, name: str, counts: Mapping[str | None, int], most: int) -> TextColumn:
        """Learn the rule from how many training rows have each text.

        Args:
            name: the column.
            counts: the number of rows by text; None is a missing one.
            most: how many texts get a feature of their own at the most.
        """
        counts = {text: count for text, count in counts.items() if count}
        total, missing = sum(counts.values()), counts.pop(None, 0)
        # Equal counts go by the alphabet: the order of the rows decides nothing.
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [item for item in ranked[:most] if item[1] >= SEEN_TWICE]
        others = ranked[len(kept) :]
        buckets = BUCKETS if sum(count >= SEEN_TWICE for _, count in others) >= MANY else 0
        sizes = [count for _, count in kept] + [missing] * (missing > 0)
        if buckets:
            shared = Counter[int]()
            for text, count in others:
                shared[_bucket(text, buckets)] += count
            sizes += [shared[k] for k in range(buckets)]
        elif others:
            sizes.append(sum(count for _, count in others))
        texts, shares = tuple(text for text, _ in kept), tuple(size / total for size in sizes)
        return cls(name, texts, missing > 0, bool(others) and not buckets, shares, buckets)

    @classmethod
    def learn_hashed(cls, name: str, hashes: Array, missing: int) -> TextColumn:
        """Learn the rule of a column whose texts are so many that nothing but their hashes is known.

        Args:
            name: the column.
            hashes: how many training rows have a text of which the CRC-32, modulo the length of the array, which is a
                multiple of `BUCKETS`, is this; integers.
            missing: how many have none.
        """
        sizes = [missing] * (missing > 0) + hashes.reshape(-1, BUCKETS).sum(axis=0).tolist()
        total = max(sum(sizes), 1)
        return cls(name, (), missing > 0, False, tuple(size / total for size in sizes), BUCKETS)

    @property
    def features(self) -> list[str]:
        """The names of the features; a single one would be 1 everywhere, so there is none then."""
        names = [f"{self.name} = {value}" for value in self.values]
        names += [f"{self.name} is missing"] * self.missing + [f"{self.name} is another"] * self.others
        names += [f"{self.name} is another, hash {k}" for k in range(self.buckets)]
        return names if len(names) > 1 else []

    def code(self, values: Array) -> Array:
        """Of each row the place of its feature, int32 of shape (rows,); the number of features if it has none."""
        places, rows = self._places(), [None if is_missing(value) else value for value in values.tolist()]
        for text in set(rows).difference(places):
            places[text] = self._other(text)
        return np.fromiter((places[text] for text in rows), np.int32, len(rows))

    def code_hashed(self, hashes: Array, size: int) -> Array:
        """As `code`, where of texts only hashes are known: their CRC-32 modulo `size`; -1 is a missing text."""
        own = len(self.values) + self.missing
        shared = own + np.arange(size) % self.buckets if self.buckets else np.full(size, own)
        table = np.append(shared if self.buckets or self.others else np.full(size, len(self.shares)), 0)
        for place, text in enumerate(self.values):
            table[_bucket(text, size)] = place
        table[-1] = len(self.values) if self.missing else self._other(None)
        return table.astype(np.int32)[hashes]

    def expand(self, codes: Array, out: Array) -> None:
        """Write the features of each row into `out`, (rows, features)."""
        if out.shape[1]:
            known = np.flatnonzero(codes < len(self.shares))
            out[...] = 0
            out[known, codes[known]] = 1
            out[codes == len(self.shares)] = self.shares  # the average training row

    def unseen(self, values: Array) -> int:
        """How many rows hold a text that was not learned; none if there are buckets, which do not tell, or no features.

        A text in the bucket of others counts, too, as those that fell there in training are not kept.
        """
        if not self.features or self.buckets:
            return 0
        places = self._places()
        return sum((None if is_missing(value) else value) not in places for value in values.tolist())

    def _places(self) -> dict[str | None, int]:
        places: dict[str | None, int] = {text: place for place, text in enumerate(self.values)}
        if self.missing:
            places[None] = len(self.values)
        return places

    def _other(self, text: str | None) -> int:
        """The place of a text that has no feature of its own; a missing one, of which training knew none, has none."""
        own = len(self.values) + self.missing
        if text is not None and self.buckets:
            return own + _bucket(text, self.buckets)
        return own if self.others else len(self.shares)

    def to_config(self) -> dict[str, Any]:
        """What was learned, as JSON carries it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "values": list(self.values),
            "missing": self.missing,
            "others": self.others,
            "shares": list(self.shares),
            **({"buckets": self.buckets} if self.buckets else {}),
        }

    @classmethod
    def from_config(cls, name: str, fields: Fields) -> TextColumn:
        """The rule that `to_config` wrote down. Raises JsonError: the fields are not of that kind."""
        values, missing, others = fields.texts("values"), fields.flag("missing"), fields.flag("others")
        buckets = fields.integer("buckets", 0, MOST_BUCKETS) if fields.has("buckets") else 0
        column = cls(name, values, missing, others, fields.numbers("shares", 0, 1), buckets)
        expected = len(column.values) + column.missing + column.others + column.buckets
        if len(column.shares) != expected or not np.isclose(sum(column.shares), 1.0):
            raise JsonError(f'{fields.where}: "shares" is {expected} numbers that sum to 1')
        return column


@dataclass
class _Range:
    """What a first pass over numbers finds: how many there are, between which bounds, and about where the middle is.

    From there on numbers are divided by a power of two, which loses nothing: then no sum and no square overflows.
    """

    count: int
    present: int
    low: float
    high: float
    exponent: int
    median: float

    @classmethod
    def of(cls, chunks: Iterable[Array]) -> _Range:
        count = present = 0
        low, high, evenly = np.inf, -np.inf, _Evenly(EXACT)
        for chunk in chunks:
            values = chunk[~np.isnan(chunk)]
            count, present = count + len(chunk), present + len(values)
            if len(values):
                low, high = min(low, values.min()), max(high, values.max())
            evenly.add(values)
        if not present:
            return cls(count, 0, 0.0, 0.0, 0, 0.0)
        exponent = int(np.frexp(max(abs(low), abs(high)))[1])
        median = float(np.median(np.ldexp(evenly.values(), -exponent)))
        return cls(count, present, float(low), float(high), exponent, median)

    def moments(self, chunks: Iterable[Array]) -> tuple[float, float]:
        """Mean and standard deviation, missing numbers filled in, divided by the power of two.

        Those of chunks are put together as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
        computing sample variances", 1979, equation 2.1.
        """
        seen, mean, squares = 0, 0.0, 0.0
        for chunk in chunks:
            if not len(chunk):
                continue
            missing = np.isnan(chunk)
            values = np.where(missing, self.median, np.ldexp(np.where(missing, 0.0, chunk), -self.exponent))
            own = float(values.mean())
            apart, total = own - mean, seen + len(values)
            squares += float(np.square(values - own).sum()) + apart * apart * (seen * len(values) / total)
            mean += apart * (len(values) / total)
            seen = total
        return mean, float(np.sqrt(squares / seen))


class _Evenly:
    """Numbers out of a stream, all of them up to a limit, then every second, every fourth ..."""

    def __init__(self, limit: int) -> None:
        self.limit, self.every, self.offset = limit, 1, 0
        self._parts: list[Array] = []
        self._size = 0

    def add(self, values: Array) -> None:
        taken = values[self.offset :: self.every]
        self.offset = (self.offset - len(values)) % self.every
        self._parts.append(taken.copy())
        self._size += len(taken)
        while self._size > self.limit:
            together = self.values()
            self._parts = [together[::2]]
            # The next one to be taken comes two strides after the last one that is kept.
            self.offset += self.every * (len(together) % 2)
            self.every *= 2
            self.offset %= self.every
            self._size = len(self._parts[0])

    def values(self) -> Array:
        return np.concatenate(self._parts)


def standardised(values: np.ndarray, mean: float, scale: float, farthest: float) -> np.ndarray:
    """``(values - mean) / scale``, no further than `farthest` from 0; nothing overflows on the way."""
    half = scale / 2
    return np.clip(values / 2 - mean / 2, -farthest * half, farthest * half) / half


def column_from_config(value: Any, where: str) -> NumericColumn | TextColumn:
    """The rule that a column's `to_config` wrote down. Raises JsonError: it is not what that writes."""
    fields = Fields(value, where)
    name, kind = fields.text("name"), fields.text("kind", ("numeric", "text"))
    column = (NumericColumn if kind == "numeric" else TextColumn).from_config(name, fields)
    fields.done()
    return column


def is_missing(value: Any) -> bool:
    """Whether a value is None or NaN."""
    return value is None or value != value  # NaN is what differs from itself


def _bucket(text: str, buckets: int) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % buckets
