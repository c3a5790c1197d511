"""Columns of a data frame, or of an array, as numbers and texts for the encoder of tables.

Frames of pandas and polars are taken by what they have in common: `columns`, ``frame[name]`` and `to_numpy`. Columns
are found by their names, so their order does not matter once they are learned, and columns beside them do no harm.
"""

from __future__ import annotations

import decimal
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.estimators.labels import is_mark

__all__ = [
    "FrameReader",
    "check_different",
    "check_frame",
    "check_present",
    "chosen",
    "is_frame",
    "refuse",
]

Array = np.ndarray[Any, Any]
_CATEGORIES = ("category", "categorical", "enum", "str", "string", "large_string", "utf8")  # names of types of columns
_DATES = ("date", "time", "duration", "period")  # likewise
_SHOWN = 3
_EXACT = 2**53  # up to here all whole numbers are in float64


def is_frame(X: Any) -> bool:
    """Whether `X` has named columns."""
    return hasattr(type(X), "columns") and hasattr(X, "__getitem__")  # of a lazy frame, to look is to compute


@dataclass(frozen=True)
class FrameReader:
    """What the columns are called, and which of them hold categories.

    Args:
        names: of the columns, in order.
        categorical: of each column, whether its values are categories.

    >>> import pandas as pd
    >>> from kerasflow.estimators.frames import FrameReader
    >>> frame = pd.DataFrame({"rooms": [2, None], "sea": ["near", "far"]})
    >>> reader = FrameReader.learn(frame, "from_dtype")
    >>> reader.categorical, reader.read(frame[["sea", "rooms"]])
    ((False, True), {'rooms': array([ 2., nan]), 'sea': array(['near', 'far'], dtype=object)})
    """

    names: tuple[str, ...]
    categorical: tuple[bool, ...]

    @classmethod
    def learn(cls, X: Any, categorical_features: Any) -> FrameReader:
        """Learn what columns there are.

        Args:
            X: a frame, or an array of shape (n_samples, n_features), whose columns are called x0, x1, and so on.
            categorical_features: names or places of the columns of categories, a mask, or "from_dtype": those of the
                type of categories, and those with texts. None for none.

        Raises:
            ValueError: there is no such column, or two of one name.
        """
        names = check_different(X)
        if isinstance(categorical_features, str):
            columns = _columns(X, names)
            return cls(tuple(names), tuple(_is_categorical(name, columns[name]) for name in names))
        found = chosen(categorical_features, names, "categorical_features")
        return cls(tuple(names), tuple(name in found for name in names))

    def read(self, X: Any) -> dict[str, Array]:
        """The values of the columns: float64 with NaN, or of categories texts with None, for what is missing.

        Raises:
            ValueError: a column is missing, or holds something else: texts where numbers are expected, or dates.
        """
        columns = _columns(X, list(self.names))
        kinds = zip(self.names, self.categorical, strict=True)
        return {name: _texts(name, columns[name]) if text else _numbers(name, columns[name]) for name, text in kinds}

    def pairs(self, crosses: Any) -> list[tuple[str, ...]]:
        """The columns that are to be combined, by name; ValueError if one holds no categories."""
        found = [tuple(chosen([item], self.names, "crosses").pop() for item in items) for items in crosses or ()]
        for name in {" x ".join(names) for names in found}.intersection(self.names):
            raise ValueError(f"crosses makes a column called {name!r}, and X has one, too: give that another name.")
        for name in {name for names in found for name in names}:
            if not self.categorical[self.names.index(name)]:
                raise ValueError(f"crosses names {name!r}, which holds no categories: see categorical_features.")
        return found

    def select(self, X: Any) -> Any:
        """The columns of a frame in the order in which they were learned; anything else as it is.

        Raises:
            ValueError: columns are missing.
        """
        if not is_frame(X):
            return X
        labels = {str(label): label for label in X.columns}
        missing = [name for name in self.names if name not in labels]
        if missing:
            raise ValueError(f"Columns are missing: {', '.join(map(repr, missing))}; X has {list(labels)}.")
        return X[[labels[name] for name in self.names]]


def _names(X: Any) -> list[str]:
    if is_frame(X):
        return [str(label) for label in X.columns]
    return [f"x{place}" for place in range(np.shape(X)[1])]


def _columns(X: Any, names: Sequence[str]) -> dict[str, Any]:
    """The columns, as a frame or an array has them."""
    if is_frame(X):
        labels = {str(label): label for label in X.columns}
        return {name: X[labels[name]] for name in names}
    return dict(zip(names, np.asarray(X).T, strict=True))


def chosen(wanted: Any, names: Sequence[str], parameter: str) -> set[str]:
    """The names of the columns that are asked for by name, place or mask.

    Args:
        wanted: a list of names and places, or a mask.
        names: of all columns.
        parameter: what asks for them.

    Raises:
        ValueError: there is no such column.

    >>> from kerasflow.estimators.frames import chosen
    >>> chosen([False, True], ["rooms", "sea"], "columns")
    {'sea'}
    """
    items = [] if wanted is None else np.asarray(wanted, object).tolist()
    if items and all(isinstance(item, (bool, np.bool_)) for item in items):
        if len(items) != len(names):
            raise ValueError(f"{parameter} is a mask of {len(items)} columns; X has {len(names)}.")
        return {name for name, item in zip(names, items, strict=True) if item}
    known, found = set(names), set()
    for item in items:
        by_place = isinstance(item, numbers.Integral)
        if by_place and not -len(names) <= item < len(names) or not by_place and item not in known:
            raise ValueError(f"{parameter} names {item!r}, which is no column. There are {list(names)}.")
        found.add(names[item] if by_place else item)
    return found


def _is_categorical(name: str, column: Any) -> bool:
    """Whether a column holds categories: by its type, or because there are texts in it."""
    if str(getattr(column, "dtype", "")).lower().partition("(")[0].partition("[")[0] in _CATEGORIES:
        return True
    values, missing = _values(name, column)
    return values.dtype == object and any(isinstance(value, str) for value in values[~missing])


def _values(name: str, column: Any, exact: bool = False) -> tuple[Array, Array]:
    """The values of a column, numbers or objects, and where they are missing.

    Args:
        name: of the column.
        column: the column.
        exact: whether whole numbers may not be rounded to float64, where the type of the column marks missing ones.
    """
    if hasattr(column, "cat") and hasattr(column, "isna"):  # categories of pandas, of any type: intervals, say
        categories = column.cat.categories.tolist()
        if not all(isinstance(value, (str, numbers.Number, np.bool_)) for value in categories):
            codes = column.cat.codes.to_numpy()
            return np.array([*map(str, categories), None], object)[codes], codes < 0
    values = _array(column, exact)
    if values.dtype.kind not in "biufOUT" or values.ndim > 1:
        kind = values.dtype if isinstance(column, np.ndarray) or values.ndim == 1 else column.dtype
        raise ValueError(_unlike(name, kind, values[:_SHOWN]))
    if values.dtype.kind in "biuf":
        return values, np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
    values = values.astype(object)
    marked = column.isna() if hasattr(column, "isna") else [_is_missing(value) for value in values]
    missing = np.asarray(marked, bool)
    for value in values[~missing]:
        if not isinstance(value, (str, numbers.Real, decimal.Decimal, np.bool_)):
            raise ValueError(_unlike(name, type(value).__name__, [value]))
    return values, missing


def _array(column: Any, exact: bool) -> Array:
    """The values of a column as NumPy has them."""
    if isinstance(column, np.ndarray):
        return column
    if exact and hasattr(column, "to_list"):
        return np.array([*column.to_list(), None], object)[:-1]
    if getattr(getattr(column, "dtype", None), "kind", "O") in "biuf" and hasattr(column, "isna"):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))  # perhaps with a mark for what is missing
    return np.asarray(column.to_numpy())


def _is_missing(value: Any) -> bool:
    return value is None or is_mark(value) or isinstance(value, (float, np.floating)) and value != value


def _unlike(name: str, kind: Any, examples: Any) -> str:
    """What to say of a column that holds neither numbers nor texts."""
    dates = getattr(kind, "kind", "") in ("m", "M") or hasattr(examples[0], "isoformat")
    what = "dates or times" if dates else f"{kind}"
    shown = ", ".join(str(example) for example in examples)
    hint = " Make numbers of them first, such as the year or the days since a day." if dates else ""
    return f"The column {name!r} holds {what} ({shown}), neither numbers nor texts.{hint}"


def _numbers(name: str, column: Any) -> Array:
    values, missing = _values(name, column)
    if values.dtype != object:
        return values.astype(np.float64)
    texts = [value for value in values[~missing] if isinstance(value, str)]
    if texts:
        shown = ", ".join(map(repr, texts[:_SHOWN]))
        raise ValueError(
            f"The column {name!r} holds texts ({shown}) where numbers are expected; name it in categorical_features."
        )
    result = np.full(len(values), np.nan)
    try:
        result[~missing] = [float(value) for value in values[~missing]]
    except OverflowError:
        raise ValueError(f"The column {name!r} holds a number that is too large for float64.") from None
    return result


def _texts(name: str, column: Any) -> Array:
    values, missing = _values(name, column, exact=True)
    result = np.full(len(values), None, object)
    labels: dict[Any, str] = {}
    present = values[~missing].tolist()
    keys = [(type(value), value) for value in present]  # as True and 1 are equal
    for key in keys:
        if key not in labels:
            labels[key] = _label(key[1])
    result[~missing] = [labels[key] for key in keys]
    return result


def _label(value: Any) -> str:
    """A category as a text: the same one for 2 and 2.0, as numbers change their type where one is missing."""
    if isinstance(value, (str, bool)):
        return str(value)
    whole = isinstance(value, numbers.Integral) or abs(value) < _EXACT and value == int(value)
    return str(int(value)) if whole else str(value)


_WAY_OUT = "missing_values='median' fills in what is None or NaN in numbers; a missing category is one itself."


def check_present(columns: Mapping[str, Array], way_out: str = _WAY_OUT) -> None:
    """Raise ValueError, which names the column and a way out, if a value is missing."""
    for name, values in columns.items():
        missing = np.isnan(values) if values.dtype == np.float64 else np.array([v is None for v in values], bool)
        if missing.any():
            raise ValueError(
                f"The column {name!r} lacks {missing.sum()} of {len(missing)} values, the first in row "
                f"{int(missing.argmax())}. {way_out}"
            )


def refuse(
    X: Any,
    error: Exception,
    texts_way_out: str = "categorical_features='from_dtype' takes them as such.",
    missing_way_out: str = _WAY_OUT,
) -> None:
    """Raise ValueError, from `error`, that names the columns of a frame which are no numbers, or lack some, if any."""
    reader = FrameReader.learn(X, "from_dtype")
    texts = [name for name, categorical in zip(reader.names, reader.categorical, strict=True) if categorical]
    if texts:
        shown = ", ".join(map(repr, texts[:_SHOWN])) + ", ..." * (len(texts) > _SHOWN)
        raise ValueError(f"Columns hold texts or categories: {shown}. {texts_way_out}") from error
    try:
        check_present(reader.read(X), missing_way_out)
    except ValueError as found:
        raise found from error


def check_frame(X: Any) -> None:
    """Raise ValueError for a frame without rows or columns, or with dates, which would count as large numbers.

    TypeError for one that is lazy.
    """
    if not hasattr(X, "shape"):
        raise TypeError(f"X is a {type(X).__name__}, whose rows are not there yet: pass X.collect().")
    if not all(X.shape):
        what = "feature" if X.shape[0] else "sample"
        raise ValueError(f"Found array with 0 {what}(s) (shape={X.shape}) while a minimum of 1 is required.")
    for label, dtype in zip(X.columns, getattr(X, "dtypes", ()), strict=False):
        if str(dtype).lower().startswith(_DATES):
            _values(str(label), X[label])


def check_different(X: Any) -> list[str]:
    """The names of the columns; ValueError if two are the same."""
    names = _names(X)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"Two columns are called {twice!r}.")
    return names
