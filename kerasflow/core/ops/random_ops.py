"""Random numbers as operations: uniform, normal, truncated normal, shuffle, and how their seeds are chosen.

A random operation owns one stream of `philox` in each session: a run draws on from where the last one stopped, and a
new session starts over. Its key is fixed while the graph is built, from the graph's seed (`set_random_seed`) and the
operation's own: `seed=`, or else the number of operations the graph holds. So a seeded program draws the numbers it
drew in TensorFlow 1, provided that it creates the same operations in the same order; each function here creates
exactly those that its namesake there does, under the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert, default_graph
from kerasflow.core.opdef import FLOAT, blocked, of_kind, op
from kerasflow.core.ops import philox
from kerasflow.core.ops.arguments import known_entries, refine, shape_from, sizes, vector
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["get_seed", "random_normal", "random_shuffle", "random_uniform", "truncated_normal"]

_UNIFORM_TYPES = (types.float16, types.float32, types.float64, types.int32, types.int64)


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The two seeds of a random operation that is about to be added to the default graph.

    Args:
        op_seed: the operation's own seed, or None.

    Returns:
        (graph's seed, operation's seed); 87654321 where only the graph has none, the number of the graph's operations
        where only the operation has none. (None, None) if there is no seed at all.

    >>> from kerasflow.core.ops.random_ops import get_seed
    >>> get_seed(None), get_seed(7)
    ((None, None), (87654321, 7))
    >>> tf.set_random_seed(42)
    >>> get_seed(None), get_seed(7)
    ((42, 0), (42, 7))
    """
    graph = default_graph()
    return philox.op_seeds(graph.seed, op_seed, graph.size) or (None, None)


def stream_seeds(op_seed: int | None) -> dict[str, Any]:
    """The seeds as attributes; 0 and 0 stand for numbers that nobody can repeat."""
    seed, seed2 = get_seed(op_seed)
    return {"seed": seed or 0, "seed2": seed2 or 0}


def stream_start(seed: int, seed2: int, **attrs: Any) -> Any:
    """The key and the counter that a stream starts with."""
    return (philox.Philox(seed, seed2) if seed or seed2 else philox.Philox.from_entropy()).numbers


def stream(runtime: Any, operation: Any) -> philox.Philox:
    """The operation's stream in this session."""
    return philox.Philox.over(runtime.kept(operation))


def _infer(shape: Spec, dtype: DType, seed: int, seed2: int) -> Spec:
    of_kind(FLOAT, Spec(dtype, ()))
    return Spec(dtype, shape_from(vector(shape, "the shape")))


def _infer_int(shape: Spec, low: Spec, high: Spec, dtype: DType, seed: int, seed2: int) -> Spec:
    for bound in (low, high):
        if not shapes.compatible(bound.shape, ()):
            raise ValueError(f"minval and maxval of integers must be scalars, got shape {shapes.show(bound.shape)}")
    return Spec(dtype, shape_from(vector(shape, "the shape")))


def _draw(kind: str, shape: Tensor, *bounds: Tensor, dtype: DType, seed: int | None, name: str | None = None) -> Tensor:
    """The operation `kind` with its seeds, as many as the graph says now."""
    drawn = apply(kind, shape, *bounds, dtype=dtype, **stream_seeds(seed), name=name)
    return refine(drawn, lambda sizes, *_: known_entries(sizes))


# Kernels.


@op("RandomUniform", infer=_infer, vjp=blocked, stateful=True, state=stream_start)
def _uniform(runtime: Any, operation: Any, shape: Any, dtype: DType, seed: int, seed2: int) -> Any:
    return philox.uniform(stream(runtime, operation), shape.tolist(), dtype.numpy)


@op("RandomUniformInt", infer=_infer_int, vjp=blocked, stateful=True, state=stream_start)
def _uniform_int(
    runtime: Any, operation: Any, shape: Any, low: Any, high: Any, dtype: DType, seed: int, seed2: int
) -> Any:
    return philox.uniform_int(stream(runtime, operation), shape.tolist(), low, high, dtype.numpy)


@op("RandomStandardNormal", infer=_infer, vjp=blocked, stateful=True, state=stream_start)
def _normal(runtime: Any, operation: Any, shape: Any, dtype: DType, seed: int, seed2: int) -> Any:
    return philox.normal(stream(runtime, operation), shape.tolist(), dtype.numpy)


@op("TruncatedNormal", infer=_infer, vjp=blocked, stateful=True, state=stream_start)
def _truncated(runtime: Any, operation: Any, shape: Any, dtype: DType, seed: int, seed2: int) -> Any:
    return philox.truncated_normal(stream(runtime, operation), shape.tolist(), dtype.numpy)


def _infer_shuffle(value: Spec, seed: int, seed2: int) -> Spec:
    return Spec(value.dtype, value.shape)


@op("RandomShuffle", infer=_infer_shuffle, vjp=None, stateful=True, state=stream_start)
def _shuffle(runtime: Any, operation: Any, value: Any, seed: int, seed2: int) -> Any:
    if value.ndim == 0:
        return np.array(value)
    return value[philox.shuffle_permutation(stream(runtime, operation), len(value))]


# Functions.


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = types.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers drawn uniformly from ``[minval, maxval)``, anew in each run.

    Args:
        shape: the shape of the result, a list of sizes or an int tensor.
        minval, maxval: the bounds, of type `dtype`; for floats they may be tensors that broadcast to `shape`. By
            default [0, 1); integers need a `maxval`.
        dtype: float16, float32, float64, int32 or int64.
        seed: the operation's own seed, see `set_random_seed`.
        name: the operation's name.

    Raises:
        ValueError: another `dtype`, or integers without `maxval`.
        InvalidArgumentError: integers with minval >= maxval.

    >>> tf.Session().run(tf.random_uniform([3], 0, 10, dtype=tf.int32, seed=7))
    array([7, 7, 5], dtype=int32)
    """
    dtype = as_dtype(dtype)
    if dtype not in _UNIFORM_TYPES:
        names = ", ".join(t.name for t in _UNIFORM_TYPES)
        raise ValueError(f"random_uniform draws {names}; got dtype {dtype.name}.")
    if maxval is None and dtype.is_integer:
        raise ValueError(f"random_uniform of {dtype.name} needs a maxval.")
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = convert(sizes(shape), name="shape")
        low = convert(minval, dtype, "min")
        high = convert(1 if maxval is None else maxval, dtype, "max")
        if dtype.is_integer:
            return _draw("RandomUniformInt", shape, low, high, dtype=dtype, seed=seed, name=scope)
        drawn = _draw("RandomUniform", shape, dtype=dtype, seed=seed)
        return apply("Add", drawn * (high - low), low, name=scope)


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = types.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers drawn from the normal distribution, ``mean + stddev * n``, anew in each run.

    Args:
        shape: the shape of the result, a list of sizes or an int tensor.
        mean, stddev: of type `dtype`; they may be tensors that broadcast to `shape`.
        dtype: float16, float32 or float64.
        seed: the operation's own seed, see `set_random_seed`.
        name: the operation's name.

    Raises:
        TypeError: `dtype` is not a floating-point type.

    >>> tf.Session().run(tf.random_normal([2], mean=10.0, stddev=0.1, seed=7)).round(4)
    array([9.9953, 9.8796], dtype=float32)
    """
    return _scaled("RandomStandardNormal", "random_normal", shape, mean, stddev, dtype, seed, name)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = types.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Numbers drawn from the normal distribution cut off two `stddev` from `mean`, anew in each run.

    What lies outside is drawn again, so the standard deviation of the result is 0.8796 `stddev`.

    Args:
        shape: the shape of the result, a list of sizes or an int tensor.
        mean, stddev: of type `dtype`; they may be tensors that broadcast to `shape`.
        dtype: float16, float32 or float64.
        seed: the operation's own seed, see `set_random_seed`.
        name: the operation's name.

    Raises:
        TypeError: `dtype` is not a floating-point type.

    >>> x = tf.Session().run(tf.truncated_normal([1000]))
    >>> bool(abs(x).max() < 2.0)
    True
    """
    return _scaled("TruncatedNormal", "truncated_normal", shape, mean, stddev, dtype, seed, name)


def _scaled(
    kind: str, default_name: str, shape: Any, mean: Any, stddev: Any, dtype: Any, seed: int | None, name: str | None
) -> Tensor:
    dtype = as_dtype(dtype)
    with name_scope(name, default_name, [shape, mean, stddev]) as scope:
        shape = convert(sizes(shape), name="shape")
        mean = convert(mean, dtype, "mean")
        stddev = convert(stddev, dtype, "stddev")
        drawn = _draw(kind, shape, dtype=dtype, seed=seed)
        return apply("Add", drawn * stddev, mean, name=scope)


def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """The rows of `value` in random order, another one in each run (Fisher and Yates).

    Args:
        value: a tensor; it is shuffled along its first axis.
        seed: the operation's own seed, see `set_random_seed`.
        name: the operation's name.

    >>> tf.Session().run(tf.random_shuffle([1, 2, 3, 4], seed=7))
    array([4, 3, 1, 2], dtype=int32)
    """
    return apply("RandomShuffle", value, **stream_seeds(seed), name=name)
