"""Crosses of features: for each row the combinations of one value of each feature, as a string or as a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.fingerprint import cat, farms, first_cat
from kerasflow.core.graph import apply
from kerasflow.core.opdef import blocked, op
from kerasflow.core.ops.cast import cast
from kerasflow.core.ops.sparse_making import convert_to_tensor_or_sparse_tensor
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import DType, Spec

__all__ = ["sparse_cross", "sparse_cross_hashed"]

_KEY = 0xDECAFCAFFE
_MOST = (1 << 63) - 1
_BETWEEN = b"_X_"


def _infer(*parts: Spec, count: int, **attrs: Any) -> tuple[Spec, ...]:
    """The parts of a sparse matrix; rows are known where a dense feature's are."""
    for dense in parts[3 * count :]:
        if dense.shape is not None and len(dense.shape) != 2:
            raise ValueError(f"a dense feature must have two axes, rows and values, got {len(dense.shape)}")
    kind: DType = types.int64 if attrs["hashed"] else types.string
    return Spec(types.int64, (None, 2)), Spec(kind, (None,)), Spec(types.int64, (2,))


def _features(parts: Sequence[Any], count: int) -> tuple[int, list[tuple[Any, Any, Any]]]:
    """The number of rows, and for each feature its values in the order of rows, where each row's begin, how many."""
    found, rows = [], []
    for indices, values, shape in zip(*[iter(parts[: 3 * count])] * 3, strict=True):
        n = int(shape[0])
        counts = np.bincount(indices[:, 0], minlength=n) if n else np.zeros(0, np.int64)
        found.append((values, np.cumsum(counts) - counts, counts))
        rows.append(n)
    for dense in parts[3 * count :]:
        n, width = dense.shape
        found.append((dense.reshape(-1), np.arange(n) * width, np.full(n, width)))
        rows.append(n)
    if len(set(rows)) > 1:
        raise ValueError(f"all features must have the same number of rows, got {', '.join(map(str, rows))}")
    return rows[0], found


@op("SparseCross", infer=_infer, vjp=blocked)
def _crossed(*parts: Any, count: int, hashed: bool, buckets: int, key: int | None) -> tuple[Any, Any, Any]:
    rows, features = _features(parts, count)
    row, place, chosen = _combinations(rows, features)
    values = _hashed(chosen, buckets, key) if hashed else _joined(chosen)
    width = int(place.max(initial=-1)) + 1
    return np.stack([row, place], 1).astype(np.int64), values, np.array([rows, width], np.int64)


def _combinations(rows: int, features: list[tuple[Any, Any, Any]]) -> tuple[Any, Any, list[Any]]:
    """The row of each combination, its place there, and the values that it takes."""
    if all(len(values) == rows and counts.all() for values, _, counts in features):  # one each
        return np.arange(rows), np.zeros(rows, np.int64), [values for values, _, _ in features]
    totals = np.ones(rows, np.int64)
    for _, _, counts in features:
        totals = totals * counts
    row = np.repeat(np.arange(rows), totals)
    place = np.arange(len(row)) - np.repeat(np.cumsum(totals) - totals, totals)
    chosen, rest = [], place
    for values, starts, counts in reversed(features):  # the last feature changes fastest
        n = counts[row]
        chosen.append(values[starts[row] + rest % n])
        rest = rest // n
    return row, place, chosen[::-1]


def _hashed(chosen: list[Any], buckets: int, key: int | None) -> Any:
    made, join = np.full(len(chosen[0]), _KEY if key is None else key, np.uint64), first_cat if key is None else cat
    for values in chosen:
        if values.dtype.kind == "O":
            values = farms(values.tolist())
        made = join(made, values.astype(np.uint64))
    return (made % np.uint64(buckets or _MOST)).astype(np.int64)


def _joined(chosen: list[Any]) -> Any:
    texts = [[v if isinstance(v, bytes) else b"%d" % v for v in values.tolist()] for values in chosen]
    made = np.empty(len(chosen[0]), object)
    made[:] = [_BETWEEN.join(each) for each in zip(*texts, strict=True)]
    return made


def crossed(inputs: Any, hashed: bool, buckets: int = 0, key: int | None = None, name: str | None = None) -> Any:
    """As `sparse_cross` and `sparse_cross_hashed`; without a key, hashes are joined as TensorFlow did first."""
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise TypeError(f"Inputs must be a list of tensors and sparse tensors, got {inputs!r}.")
    if buckets < 0:
        raise ValueError(f"num_buckets must not be negative, got {buckets}.")
    with name_scope(name, "SparseCross"):
        given = [convert_to_tensor_or_sparse_tensor(x) for x in inputs]
        sparse = [x for x in given if isinstance(x, SparseTensor)]
        dense = [x for x in given if not isinstance(x, SparseTensor)]
        parts = [part for s in sparse for part in (s.indices, _wide(s.values), s.dense_shape)]
        made = apply(
            "SparseCross",
            *parts,
            *[_wide(x) for x in dense],
            count=len(sparse),
            hashed=hashed,
            buckets=int(buckets),
            key=None if key is None else int(key),
        )
        return SparseTensor(*made)


def _wide(x: Any) -> Any:
    return x if x.dtype is types.string else cast(x, types.int64)


def sparse_cross(inputs: Sequence[Any], name: str | None = None) -> SparseTensor:
    """For each row the combinations of one value of each feature, joined by ``_X_``.

    Args:
        inputs: tensors and sparse tensors with two axes, rows and values, of strings or of numbers, which lose what
            follows the point. The sparse ones come first in the strings.

    Raises:
        TypeError: `inputs` is no list. ValueError: a feature has other axes.
        InvalidArgumentError: in a run, they have different numbers of rows.

    >>> made = tf.sparse.cross([tf.constant([["a"], ["b"]]), tf.constant([[1, 2], [3, 4]])])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(made, default_value=""))
    array([[b'a_X_1', b'a_X_2'],
           [b'b_X_3', b'b_X_4']], dtype=object)
    """
    return crossed(inputs, False, name=name)


def sparse_cross_hashed(
    inputs: Sequence[Any], num_buckets: int = 0, hash_key: int | None = None, name: str | None = None
) -> SparseTensor:
    """For each row the buckets of the combinations of one value of each feature, int64; see `sparse_cross`.

    The hash of a combination starts from `hash_key` and takes in one value after the other: FarmHash's Fingerprint64 of
    a string, an integer as it is.

    Args:
        inputs: as for `sparse_cross`.
        num_buckets: the number of buckets; 0 for the whole hash.
        hash_key: what the hash starts from.

    >>> made = tf.sparse.cross_hashed([tf.constant([["a"], ["b"]]), tf.constant([[1, 2], [3, 4]])], num_buckets=100)
    >>> tf.Session().run(tf.sparse_tensor_to_dense(made))
    array([[85, 87],
           [64, 90]])
    """
    return crossed(inputs, True, num_buckets, _KEY if hash_key is None else hash_key, name)
