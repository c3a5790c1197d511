"""What there is to see in the columns of a table: how full they are, what is in them, what looks wrong.

A column is read some rows at a time, so the table may be of any size. Different values are counted up to `MOST`; a
column with more has "more than that".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kerasflow.cli.console import shown
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.csv_text import Dialect
from kerasflow.io.table import number_of

__all__ = ["Found", "find", "hint_of", "says_the_target", "warnings"]

Array = np.ndarray
AT_ONCE = 1 << 18  # rows
MOST = 10_000  # different values that are counted
LISTED = 3  # frequent values, and examples
MANY = 1000  # texts, from which on they are called many
FEW_ROWS = 20  # below, chance alone makes a column look like an id
NEARLY_ALL = 0.99
MOSTLY = 0.9  # the share of numbers from which a column of texts looks like one of numbers with slips
SAME = 1e-9  # what a squared correlation lacks of 1 where two columns say the same

ID_NAME = re.compile(r"(^|[_\W])(id|uuid|guid|key|index|rownum(ber)?)$|[a-z]I[dD]$", re.IGNORECASE)
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( .*)?")
LOOKS = {
    "dates; they are taken for texts, each a value of its own: columns of month or weekday say more": DATE,
    "numbers with marks between thousands; --thousands ,": re.compile(r"\s*[+-]?\d{1,3}(,\d{3})+(\.\d+)?\s*"),
    "numbers with marks between thousands; --thousands . --decimal ,": re.compile(r"\s*[+-]?\d{1,3}(\.\d{3})+,\d+\s*"),
    "numbers with decimal commas; --decimal ,": re.compile(r"\s*[+-]?\d+,\d+\s*"),
    "numbers with a unit, which makes them texts": re.compile(
        r"\s*[€$£¥]?\s*[+-]?\d[\d.,]*\s*([%€$£¥]|[A-Za-z]{1,3})?\s*"
    ),
}


@dataclass(frozen=True)
class Found:
    """What is in a column.

    Args:
        rows, missing: how many rows there are, and how many lack a value.
        distinct: how many different values there are; None if there are more than `MOST`.
        low, mean, high: of the numbers; None where there are none.
        frequent: the most frequent values and how many rows have them; none if there are too many to count.
        examples: values from the first rows.
        whole: whether all numbers are whole ones.
        rising: whether each number is greater than the one of the row before.
    """

    rows: int
    missing: int
    distinct: int | None
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    frequent: tuple[tuple[str, int], ...] = ()
    examples: tuple[str, ...] = ()
    whole: bool = False
    rising: bool = False


def find(cache: ColumnCache, name: str) -> Found:
    """Look through a column. Raises TableError: one of its numbers is infinite."""
    return _numbers(cache, name) if cache.kinds[name] == "numeric" else _texts(cache, name)


def warnings(cache: ColumnCache, name: str, found: Found, dialect: Dialect, is_input: bool = True) -> list[str]:
    """What looks wrong with a column, or is to be known before it is used.

    Args:
        cache: the table.
        name: of the column.
        found: what is in it.
        dialect: how the table is written.
        is_input: whether it is one to predict from, if it says something.
    """
    present = found.rows - found.missing
    if not present:
        return ["no row has a value"]
    if found.distinct == 1:
        value = found.frequent[0][0]
        return [f"every {'row' if not found.missing else 'value'} is {shown(value)}"]
    told = []
    if found.frequent and found.frequent[0][1] >= NEARLY_ALL * found.rows:
        told.append(f"{found.frequent[0][1] / found.rows:.1%} of the rows have {shown(found.frequent[0][0])}")
    more = list(_text_warnings(cache, name, found, dialect)) if cache.kinds[name] == "text" else []
    if is_input and _is_id(name, found) and not any("numbers" in text for text in more):
        told.append(f"tells rows apart like an id, which says nothing about new ones; {_fate(found)}")
    if found.missing > found.rows / 2:
        told.append(f"{found.missing / found.rows:.0%} of the rows lack a value")
    return told + more


def says_the_target(cache: ColumnCache, name: str, target: str) -> bool:
    """Whether a column says the target in other words: value for value, or as a number times a factor."""
    if cache.kinds[name] == cache.kinds[target] == "numeric":
        sums = np.zeros(6)
        origin = [next((v[0] for v in _present(cache, column) if len(v)), 0.0) for column in (name, target)]
        for start in range(0, cache.rows, AT_ONCE):
            x, y = (
                cache.numbers(column, start, start + AT_ONCE) - origin[k] for k, column in enumerate((name, target))
            )
            both = ~(np.isnan(x) | np.isnan(y))
            x, y = x[both], y[both]
            sums += (len(x), x.sum(), y.sum(), x @ x, y @ y, x @ y)
        rows, x, y, xx, yy, xy = sums
        spread = (rows * xx - x * x) * (rows * yy - y * y)
        return bool(rows >= FEW_ROWS and spread > 0 and (rows * xy - x * y) ** 2 >= (1 - SAME) * spread)
    return _one_to_one(cache, name, target)


# --- numbers ---


def _present(cache: ColumnCache, name: str) -> Iterator[Array]:
    """The numbers or codes of a column where there are some, some rows at a time."""
    for start in range(0, cache.rows, AT_ONCE):
        values = _coded(cache, name, start)
        yield values[~np.isnan(values)]


def _coded(cache: ColumnCache, name: str, start: int) -> Array:
    """Numbers, or codes as numbers; NaN where a value is missing."""
    if cache.kinds[name] == "numeric":
        return cache.numbers(name, start, start + AT_ONCE)
    codes = cache.codes(name, start, start + AT_ONCE).astype(np.float64)
    codes[codes < 0] = np.nan
    return codes


def _numbers(cache: ColumnCache, name: str) -> Found:
    present, mean, low, high, last = 0, 0.0, np.inf, -np.inf, -np.inf
    whole = rising = True
    values, counts = np.empty(0), np.empty(0, np.int64)
    examples: list[float] = []
    for numbers in _present(cache, name):
        if not len(numbers):
            continue
        examples += numbers[: LISTED - len(examples)].tolist()
        present += len(numbers)
        mean += (numbers / 2 - mean / 2).mean() * 2 * len(numbers) / present
        low, high = min(low, numbers.min()), max(high, numbers.max())
        whole = whole and bool((numbers == np.rint(numbers)).all())
        rising = rising and last < numbers[0] and bool((numbers[1:] > numbers[:-1]).all())
        last = numbers[-1]
        if len(values) <= MOST:
            values, counts = _counted(values, counts, numbers)
    missing = cache.rows - present
    if not present:
        return Found(cache.rows, missing, 0)
    countable = len(values) <= MOST
    top = np.argsort(-counts, kind="stable")[:LISTED] if countable else []
    return Found(
        cache.rows,
        missing,
        len(values) if countable else None,
        float(low),
        float(mean),
        float(high),
        tuple((_number(values[place]), int(counts[place])) for place in top),
        tuple(map(_number, examples)),
        whole,
        rising,
    )


def _counted(values: Array, counts: Array, more: Array) -> tuple[Array, Array]:
    """Different numbers and their counts, with those of more rows."""
    found, their = np.unique(more, return_counts=True)
    together, places = np.unique(np.concatenate([values, found]), return_inverse=True)
    return together, np.bincount(places, np.concatenate([counts, their])).astype(np.int64)


def _number(value: float) -> str:
    return str(int(value)) if value == np.rint(value) and abs(value) < 1e15 else repr(float(value))


# --- texts ---


def _texts(cache: ColumnCache, name: str) -> Found:
    buckets, sample = cache.buckets(name), cache.sample(name)
    counts = np.zeros(buckets or len(sample), np.int64)
    for codes in _present(cache, name):
        counts += np.bincount(codes.astype(np.int64), minlength=len(counts))
    missing = cache.rows - int(counts.sum())
    examples = tuple(sample[:LISTED])
    if buckets:
        return Found(cache.rows, missing, None, examples=examples)
    top = np.argsort(-counts, kind="stable")[:LISTED]
    frequent = tuple((sample[place], int(counts[place])) for place in top)
    return Found(cache.rows, missing, len(sample), frequent=frequent, examples=examples)


def _text_warnings(cache: ColumnCache, name: str, found: Found, dialect: Dialect) -> Iterator[str]:
    texts = cache.sample(name)
    if found.distinct is None or found.distinct > MANY:
        yield f"{'more than 10,000' if found.distinct is None else f'{found.distinct:,}'} different texts"
    is_number = np.array([number_of(text, dialect) is not None for text in texts])
    look = _look_of([text for text, plain in zip(texts, is_number, strict=True) if not plain])
    if MOSTLY <= is_number.mean() < 1:
        row = _first_row(cache, name, int(np.argmin(is_number)))
        path, line = cache.place(row) if row is not None else ("", 0)
        text = shown(texts[int(np.argmin(is_number))])
        place = f", first on line {line} of {path}" if row is not None else ""
        way = look.partition("; ")[2] if "--" in look else "--na or --numeric"
        yield f"nearly all are numbers, but not {text}{place}; {way}"
    elif look:
        yield f"look like {look}"


def hint_of(texts: Sequence[str]) -> str:
    """What to add to the error for texts where numbers belong: what reads them as numbers, if anything does.

    >>> hint_of(["1,5", "2,25", "-3,0"]), hint_of(["many"])
    ('; they look like numbers with decimal commas; --decimal ,', '')
    """
    look = _look_of(texts)
    return f"; they look like {look}" if "--" in look else ""


def _look_of(texts: Sequence[str]) -> str:
    """What texts look like, of `LOOKS`; "" if they look like nothing but texts."""
    some = texts[:MANY]
    for look, pattern in LOOKS.items():
        if some and sum(pattern.fullmatch(text) is not None for text in some) >= MOSTLY * len(some):
            return look
    return ""


def _first_row(cache: ColumnCache, name: str, code: int) -> int | None:
    """The first row with a text; None where texts are hashed."""
    if cache.buckets(name):
        return None
    for start in range(0, cache.rows, AT_ONCE):
        found = np.flatnonzero(cache.codes(name, start, start + AT_ONCE) == code)
        if len(found):
            return start + int(found[0])
    return None


# --- two columns ---


def _one_to_one(cache: ColumnCache, name: str, target: str) -> bool:
    """Whether each value of a column goes with one value of another, and the other way round, each more than once."""
    pairs, rows = np.empty(0, complex), 0
    for start in range(0, cache.rows, AT_ONCE):
        both = _coded(cache, name, start) + 1j * _coded(cache, target, start)
        both = both[~np.isnan(both)]
        rows += len(both)
        pairs = np.unique(np.concatenate([pairs, both]))
        if len(pairs) > MOST:
            return False
    sides = [len(np.unique(side)) for side in (pairs.real, pairs.imag)]
    return rows >= FEW_ROWS and sides[0] == sides[1] == len(pairs) and 1 < len(pairs) <= rows / 2


def _fate(found: Found) -> str:
    """What becomes of a column that is like an id: texts that are all different make no feature."""
    alone = found.low is None and not found.missing and bool(found.frequent) and found.frequent[0][1] == 1
    return "it is not used" if alone else "--id leaves it out"


def _is_id(name: str, found: Found) -> bool:
    present = found.rows - found.missing
    if present < FEW_ROWS:
        return False
    if found.low is not None:
        return found.whole and (found.rising or bool(ID_NAME.search(name)) and found.distinct in (None, present))
    return (
        found.distinct is not None
        and found.distinct > NEARLY_ALL * present
        or (found.distinct is None and bool(ID_NAME.search(name)))
    )
