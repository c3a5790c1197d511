"""A feature of many messages as arrays: one class for each way of laying it out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np

from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.types import DType, Spec, float32, int64, string

__all__ = ["Column", "Fixed", "Sequential", "Sparse", "Varying", "unreadable"]

Features = Mapping[str, Any]  # of a message
_LISTS = {float32: "float_list", int64: "int64_list", string: "bytes_list"}
_GETTERS = {dtype: attrgetter(f"{kind}.value") for dtype, kind in _LISTS.items()}
_TYPES = {"float_list": "float", "int64_list": "int64", "bytes_list": "string", None: "nothing"}


def unreadable(i: int, text: bytes) -> InvalidArgumentError:
    """What is raised for a text that is no message."""
    shown = text if len(text) < 60 else text[:57] + b"..."
    return InvalidArgumentError(None, None, f"Could not parse example input {i}, value: {shown!r}")


def _values(features: Features, key: str, dtype: DType, i: int) -> Any:
    """The values of the feature `key` of message `i`, None if it has none. InvalidArgumentError for another type."""
    if key not in features:
        return None
    return _held(features[key], key, dtype, i)


def _held(feature: Any, key: str, dtype: DType, i: int) -> Any:
    wanted = _LISTS[dtype]
    values = getattr(feature, wanted).value
    if not values:
        kind = feature.WhichOneof("kind")
        if kind is None:
            return None
        if kind != wanted:
            raise InvalidArgumentError(
                None,
                None,
                f"Key: {key}, Index: {i}. Data types don't match. Expected type: {_TYPES[wanted]}, "
                f"Actual type: {_TYPES[kind]}",
            )
    return values


def _array(values: list[Any], dtype: DType, dims: Sequence[int]) -> np.ndarray[Any, Any]:
    if dtype.kind == "O":
        found = np.empty(len(values), object)
        found[:] = values
        return found.reshape(dims)
    return np.array(values, dtype.numpy).reshape(dims)


class Column:
    """What is read of each message, as one array or three."""

    sparse = False

    def specs(self, rows: tuple[int | None, ...]) -> list[Spec]:
        """What is known of its arrays; `rows` is their first axis, or nothing for a single message."""
        raise NotImplementedError

    def read(self, messages: Sequence[Features], single: bool) -> list[Any]:
        """Its arrays, without the first axis for a single message."""
        raise NotImplementedError

    def read_list(self, lists: Features) -> list[Any]:
        """Its arrays, from the steps of a sequence."""
        raise NotImplementedError


@dataclass(frozen=True)
class Fixed(Column):
    """As many values in each message; `default` stands for them where they are missing."""

    key: str
    dtype: DType
    dims: tuple[int, ...]
    default: tuple[Any, ...] | None

    def specs(self, rows: tuple[int | None, ...]) -> list[Spec]:
        """One array."""
        return [Spec(self.dtype, (*rows, *self.dims))]

    def read(self, messages: Sequence[Features], single: bool) -> list[Any]:
        """One array."""
        size = math.prod(self.dims)
        lists = list(map(_GETTERS[self.dtype], [features[self.key] for features in messages]))  # empty if there is none
        if size == 1 and all(len(values) == 1 for values in lists):
            found = [values[0] for values in lists]
        elif size and all(len(values) == size for values in lists):
            found = list(chain.from_iterable(lists))
        else:
            found = self._checked(messages, size)
        return [_array(found, self.dtype, self.dims if single else (len(messages), *self.dims))]

    def _checked(self, messages: Sequence[Features], size: int) -> list[Any]:
        """The values of all messages. InvalidArgumentError if one has another number, or none where there must be."""
        found: list[Any] = []
        for i, features in enumerate(messages):
            values = _values(features, self.key, self.dtype, i)
            if values is None:
                if self.default is None:
                    raise InvalidArgumentError(
                        None,
                        None,
                        f"Feature: {self.key} (data type: {_TYPES[_LISTS[self.dtype]]}) is required but could not be "
                        f"found in message {i}.",
                    )
                values = self.default
            elif len(values) != size:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"Key: {self.key}, Index: {i}. Number of {_TYPES[_LISTS[self.dtype]]} values != expected. "
                    f"Values size: {len(values)} but output shape: {list(self.dims)}",
                )
            found.extend(values)
        return found


@dataclass(frozen=True)
class Varying(Column):
    """Any number of values: a sparse tensor of as many columns as the longest has values."""

    key: str
    dtype: DType
    sparse = True

    def specs(self, rows: tuple[int | None, ...]) -> list[Spec]:
        """Places, values and shape."""
        rank = 1 + len(rows)
        return [Spec(int64, (None, rank)), Spec(self.dtype, (None,)), Spec(int64, (rank,))]

    def read(self, messages: Sequence[Features], single: bool) -> list[Any]:
        """Places, values and shape."""
        rows = [_values(features, self.key, self.dtype, i) or () for i, features in enumerate(messages)]
        places, values, dims = _ragged(rows, self.dtype)
        return [places[:, 1:], values, dims[1:]] if single else [places, values, dims]

    def read_list(self, lists: Features) -> list[Any]:
        """Places, values and shape; a row for each step."""
        steps = lists[self.key].feature if self.key in lists else ()
        return _ragged([_held(f, self.key, self.dtype, i) or () for i, f in enumerate(steps)], self.dtype)


def _ragged(rows: Sequence[Any], dtype: DType) -> list[Any]:
    """Rows of different lengths as a sparse tensor."""
    lengths = np.array([len(r) for r in rows], np.int64)
    total = int(lengths.sum())
    row = np.repeat(np.arange(len(rows)), lengths)
    column = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = np.stack([row, column], axis=1).astype(np.int64).reshape(-1, 2)
    values = _array([v for r in rows for v in r], dtype, (total,))
    return [places, values, np.array([len(rows), lengths.max(initial=0)], np.int64)]


@dataclass(frozen=True)
class Sequential(Column):
    """Any number of parts of one shape, filled up with `default` to the longest in the batch."""

    key: str
    dtype: DType
    dims: tuple[int, ...]
    may_miss: bool
    default: tuple[Any, ...] | None

    def specs(self, rows: tuple[int | None, ...]) -> list[Spec]:
        """One array."""
        return [Spec(self.dtype, (*rows, None, *self.dims))]

    def read(self, messages: Sequence[Features], single: bool) -> list[Any]:
        """One array."""
        size = math.prod(self.dims)
        rows = [_values(features, self.key, self.dtype, i) or () for i, features in enumerate(messages)]
        for i, r in enumerate(rows):
            if not size or len(r) % size:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"Key: {self.key}, Index: {i}. {len(r)} values are no whole number of parts of shape "
                    f"{list(self.dims)}",
                )
        longest = max((len(r) for r in rows), default=0)
        fill = (b"" if self.dtype.kind == "O" else 0) if self.default is None else self.default[0]
        found = np.full((len(rows), longest), fill, self.dtype.numpy)
        for target, r in zip(found, rows, strict=True):
            target[: len(r)] = _array(list(r), self.dtype, (len(r),))
        steps = longest // size
        return [found.reshape(steps, *self.dims) if single else found.reshape(len(rows), steps, *self.dims)]

    def read_list(self, lists: Features) -> list[Any]:
        """One array, a row for each step."""
        if self.key not in lists:
            if not self.may_miss:
                raise InvalidArgumentError(
                    None, None, f"Feature list {self.key!r} is required but could not be found; see allow_missing."
                )
            return [_array([], self.dtype, (0, *self.dims))]
        steps = lists[self.key].feature
        found: list[Any] = []
        for i, feature in enumerate(steps):
            values = _held(feature, self.key, self.dtype, i) or ()
            if len(values) != math.prod(self.dims):
                raise InvalidArgumentError(
                    None,
                    None,
                    f"Key: {self.key}, Index: {i}. Values size: {len(values)} but output shape: {list(self.dims)}",
                )
            found.extend(values)
        return [_array(found, self.dtype, (len(steps), *self.dims))]


@dataclass(frozen=True)
class Sparse(Column):
    """A sparse tensor whose places and values are two features."""

    index_key: str
    value_key: str
    dtype: DType
    size: int
    is_sorted: bool
    sparse = True

    def specs(self, rows: tuple[int | None, ...]) -> list[Spec]:
        """Places, values and shape."""
        return Varying(self.value_key, self.dtype).specs(rows)

    def read(self, messages: Sequence[Features], single: bool) -> list[Any]:
        """Places, values and shape."""
        places: list[tuple[int, int]] = []
        values: list[Any] = []
        for i, features in enumerate(messages):
            at = list(_values(features, self.index_key, int64, i) or ())
            held = list(_values(features, self.value_key, self.dtype, i) or ())
            if len(at) != len(held):
                raise InvalidArgumentError(
                    None, None, f"Message {i}: {len(at)} {self.index_key!r} but {len(held)} {self.value_key!r}."
                )
            wrong = [p for p in at if not 0 <= p < self.size]
            if wrong:
                raise InvalidArgumentError(
                    None, None, f"Message {i}: {self.index_key!r} has {wrong[0]}, which is not in [0, {self.size})."
                )
            order = range(len(at)) if self.is_sorted else sorted(range(len(at)), key=at.__getitem__)
            places += [(i, at[k]) for k in order]
            values += [held[k] for k in order]
        found = np.array(places, np.int64).reshape(-1, 2)
        dims = np.array([len(messages), self.size], np.int64)
        flat = _array(values, self.dtype, (len(values),))
        return [found[:, 1:], flat, dims[1:]] if single else [found, flat, dims]
