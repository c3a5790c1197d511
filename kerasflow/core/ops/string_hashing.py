"""Strings spread over buckets by a hash, the same one in every process; see `kerasflow.core.fingerprint`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.fingerprint import farms, murmur, sip
from kerasflow.core.graph import apply
from kerasflow.core.opdef import op
from kerasflow.core.ops.arguments import static_int
from kerasflow.core.ops.strings import mapped, of_strings
from kerasflow.core.tensor import Tensor

__all__ = ["string_to_hash_bucket", "string_to_hash_bucket_fast", "string_to_hash_bucket_strong"]

_INT64: dict[str, Any] = {"infer": of_strings(types.int64), "vjp": None}


def _count(num_buckets: Any, function: str) -> int:
    n = static_int(num_buckets, "num_buckets")
    if n < 1:
        raise ValueError(f"{function}: num_buckets must be at least 1, got {n}.")
    return n


@op("StringToHashBucketFast", **_INT64)
def _fast(x: Any, num_buckets: int) -> Any:
    x = np.asarray(x, object)
    found = farms(x.reshape(-1).tolist()) % np.uint64(num_buckets)
    return found.astype(np.int64).reshape(x.shape)


def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """A bucket for each string, by FarmHash's Fingerprint64.

    Whoever chooses the strings can make them collide; `string_to_hash_bucket_strong` is for those.

    Args:
        input: a string tensor.
        num_buckets: the number of buckets; results are in [0, num_buckets).

    >>> tf.Session().run(tf.string_to_hash_bucket_fast(["hello", "world"], 100))
    array([96, 98])
    """
    n = _count(num_buckets, "string_to_hash_bucket_fast")
    return apply("StringToHashBucketFast", input, num_buckets=n, name=name)


@op("StringToHashBucket", **_INT64)
def _first(x: Any, num_buckets: int) -> Any:
    return mapped(lambda s: murmur(s) % num_buckets, x, np.int64)


def string_to_hash_bucket(string_tensor: Any, num_buckets: int, name: str | None = None, input: Any = None) -> Tensor:
    """A bucket for each string, by the hash TensorFlow used first; for what was made with it.

    Args:
        string_tensor: a string tensor; `input` is another name of it.
        num_buckets: the number of buckets; results are in [0, num_buckets).

    >>> tf.Session().run(tf.string_to_hash_bucket(["a", "hello"], 1000))
    array([868, 938])
    """
    n = _count(num_buckets, "string_to_hash_bucket")
    return apply("StringToHashBucket", string_tensor if input is None else input, num_buckets=n, name=name)


@op("StringToHashBucketStrong", **_INT64)
def _strong(x: Any, num_buckets: int, key: tuple[int, int]) -> Any:
    return mapped(lambda s: sip(s, key) % num_buckets, x, np.int64)


def string_to_hash_bucket_strong(input: Any, num_buckets: int, key: Sequence[int], name: str | None = None) -> Tensor:
    """A bucket for each string, by SipHash-2-4 under a key: nobody who lacks the key can make strings collide.

    Args:
        input: a string tensor.
        num_buckets: the number of buckets; results are in [0, num_buckets).
        key: two integers of 64 bits.

    Raises:
        ValueError: the key is not two integers.

    >>> tf.Session().run(tf.string_to_hash_bucket_strong(["a", "hello"], 1000, [1, 2]))
    array([646, 622])
    """
    numbers = [static_int(k, "Each part of the key") for k in key]
    if len(numbers) != 2:
        raise ValueError(f"string_to_hash_bucket_strong: the key must be two integers, got {list(key)}.")
    n = _count(num_buckets, "string_to_hash_bucket_strong")
    return apply("StringToHashBucketStrong", input, num_buckets=n, key=(numbers[0], numbers[1]), name=name)
