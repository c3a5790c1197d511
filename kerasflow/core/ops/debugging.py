"""Looking at values while a graph runs: printing them, refusing wrong ones, calling Python."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasflow.core.errors import (
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from kerasflow.core.graph import apply, default_graph, graph_of
from kerasflow.core.opdef import FLOAT, blocked, of_kind, op
from kerasflow.core.scopes import group
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, Spec, as_dtype
from kerasflow.core.values import to_array

__all__ = [
    "Assert",
    "Print",
    "add_check_numerics_ops",
    "check_numerics",
    "numpy_function",
    "py_func",
    "verify_tensor_all_finite",
]


def _summary(value: Any, limit: int) -> str:
    """The first `limit` elements of an array, in brackets; all if it is negative."""
    array = np.asarray(value)
    shown = array.reshape(-1)[: limit if limit >= 0 else None]
    texts = [_text(v) for v in shown.tolist()] if shown.dtype.kind != "f" else [number_text(v) for v in shown]
    inside = _rows(iter(texts), len(texts), array.shape)[0]
    return f"[{inside}{'...' if len(texts) < array.size else ''}]"


def _rows(texts: Iterator[str], left: int, shape: tuple[int, ...], depth: int = 0) -> tuple[str, int]:
    """The next of `texts`, of which `left` are left, in the brackets of an array; and how many are left then."""
    if len(shape) < 2:
        count = min(left, shape[0] if shape else 1)
        cut = "..." if depth and shape and count < shape[0] else ""
        return " ".join([next(texts) for _ in range(count)]) + cut, left - count
    rows = ""
    for _ in range(shape[0]):
        if left:
            row, left = _rows(texts, left, shape[1:], depth + 1)
            rows += f"[{row}]"
    return rows, left


def number_text(x: Any) -> str:
    """The shorter of two ways to write a float that gives the same number again, or else the longer."""
    short, long = (15, 17) if x.dtype == np.float64 else (6, 9)
    text = f"{float(x):.{short}g}"
    return text if x.dtype.type(text) == x or x != x else f"{float(x):.{long}g}"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        escapes = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "'": "\\'", "\\": "\\\\"}
        return "".join(escapes.get(c, c) for c in value.decode("utf-8", "replace"))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _infer_assert(condition: Spec, *data: Spec, summarize: int) -> tuple[()]:
    if condition.dtype.kind != "b":
        raise TypeError(f"the condition must be a bool, got {condition.dtype.name}")
    return ()


@op("Assert", infer=_infer_assert, vjp=None, stateful=True)
def _assert(runtime: Any, operation: Any, condition: Any, *data: Any, summarize: int) -> Any:
    if not np.all(condition):
        shown = " ".join(_summary(d, summarize) for d in data)
        raise InvalidArgumentError(None, None, f"assertion failed: {shown}")
    return ()


def Assert(condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None) -> Operation:
    """An operation that fails, and shows `data`, if `condition` is not true.

    It runs only if something waits for it: use it in `control_dependencies`.

    Args:
        condition: a boolean tensor.
        data: tensors to show.
        summarize: how many numbers of each, 3 by default.

    Raises:
        InvalidArgumentError: when it is run and `condition` is false.

    >>> x = tf.placeholder(tf.float32, [])
    >>> with tf.control_dependencies([tf.Assert(x > 0.0, ["x must be positive, got", x])]):
    ...     y = tf.log(x)
    >>> tf.Session().run(y, {x: 1.0})
    np.float32(0.0)
    """
    made: Operation = apply("Assert", condition, *data, summarize=3 if summarize is None else summarize, name=name)
    return made


def _infer_print(x: Spec, *data: Spec, **attrs: Any) -> Spec:
    return Spec(x.dtype, x.shape)


@op("Print", infer=_infer_print, vjp=lambda n, g: (g, *[None] * (len(n.inputs) - 1)), stateful=True, alias=True)
def _print(runtime: Any, operation: Any, x: Any, *data: Any, message: str, first_n: int | None, summarize: int) -> Any:
    count = runtime.state(operation, lambda: [0])
    count[0] += 1
    if first_n is None or first_n < 0 or count[0] <= first_n:
        print(message + "".join(_summary(d, summarize) for d in data), file=sys.stderr)
    return x


def Print(
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`input_` itself; whenever it is computed, `data` is printed to the standard error stream.

    Args:
        input_: a tensor.
        data: tensors to print.
        message: what to print before them.
        first_n: how many times to print in a session, always by default.
        summarize: how many numbers of each to print, 3 by default and all if it is negative.

    >>> tf.Session().run(tf.Print(tf.constant(2.0), [tf.constant([1, 2])], "seen: "))
    np.float32(2.0)
    """
    attrs = {"message": message or "", "first_n": first_n, "summarize": 3 if summarize is None else summarize}
    printed: Tensor = apply("Print", input_, *data, **attrs, name=name)
    return printed


# Finite numbers.


def _infer_check(x: Spec, message: str) -> Spec:
    of_kind(FLOAT, x)
    return Spec(x.dtype, x.shape)


@op("CheckNumerics", infer=_infer_check, vjp=lambda n, g: (check_numerics(g, _WORSE),), alias=True)
def _check(x: Any, message: str) -> Any:
    if not np.isfinite(x).all():
        found = " and ".join(w for w, b in (("Inf", np.isinf(x).any()), ("NaN", np.isnan(x).any())) if b)
        raise InvalidArgumentError(None, None, f"{message} : Tensor had {found} values")
    return x


_WORSE = "Not a number (NaN) or infinity (Inf) values detected in gradient."


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """`tensor` itself, if all its numbers are finite.

    Raises:
        InvalidArgumentError: when it is run and they are not; it says `message`.

    >>> tf.Session().run(tf.check_numerics([1.0, 2.0], "x"))
    array([1., 2.], dtype=float32)
    """
    return apply("CheckNumerics", tensor, message=message, name=name)


def verify_tensor_all_finite(t: Any, msg: str, name: str | None = None) -> Tensor:
    """`t` itself, if all its numbers are finite; as `check_numerics`.

    >>> tf.Session().run(tf.verify_tensor_all_finite([1.0, 2.0], "x"))
    array([1., 2.], dtype=float32)
    """
    with graph_of((t,)).name_scope(name or "VerifyFinite"):
        return check_numerics(t, msg)


def add_check_numerics_ops() -> Operation:
    """An operation that checks all floating-point tensors of the default graph, in the order of their creation.

    Raises:
        InvalidArgumentError: when it is run and one has a number that is not finite; the message names it.

    >>> x = tf.placeholder(tf.float32, [])
    >>> y = tf.log(x)
    >>> check = tf.add_check_numerics_ops()
    >>> tf.Session().run(check, {x: 1.0})
    """
    graph = default_graph()
    checks: list[Tensor] = []
    for operation in graph.get_operations():
        for t in operation.outputs:
            if t.dtype.is_floating and not operation.opdef.last:
                with graph.control_dependencies(checks[-1:]):
                    checks.append(check_numerics(t, f"{operation.name}:{t.value_index}"))
    return group(*checks)


# Python.


def _infer_call(*inputs: Spec, func: Any, types: tuple[DType, ...]) -> tuple[Spec, ...]:
    return tuple([Spec(t, None) for t in types])


_RAISED: dict[type[Exception], type[OpError]] = {
    MemoryError: ResourceExhaustedError,
    NotImplementedError: UnimplementedError,
    StopIteration: OutOfRangeError,
    ValueError: InvalidArgumentError,
    TypeError: InvalidArgumentError,
    Exception: UnknownError,
}


def _answer(func: Callable[..., Any], arrays: Sequence[Any]) -> Any:
    """What `func` gives. What it raises becomes an `OpError` that says of which class that was, and from where."""
    try:
        return func(*arrays)
    except OpError:
        raise
    except Exception as cause:
        place = traceback.extract_tb(cause.__traceback__)[-1]
        where = f"raised at {place.filename}:{place.lineno}, in {place.name}"
        cls = next(e for c, e in _RAISED.items() if isinstance(cause, c))
        raise cls(None, None, f"{type(cause).__name__}: {cause}; {where}") from cause


def _call(func: Callable[..., Any], types: tuple[DType, ...], inputs: Sequence[Any]) -> Any:
    given = _answer(func, [np.array(x) if np.ndim(x) else x for x in inputs])
    results = list(given) if isinstance(given, (list, tuple)) else [] if given is None and not types else [given]
    if len(results) != len(types):
        raise InvalidArgumentError(None, None, f"the function returned {len(results)} values, Tout has {len(types)}")
    arrays = []
    for i, (r, t) in enumerate(zip(results, types, strict=True)):
        array = to_array(r, t) if t.kind == "O" else np.array(r)
        if array.dtype != t.numpy:
            raise InvalidArgumentError(
                None, None, f"{i}-th value returned by the function is {array.dtype}, but expects {t.name}"
            )
        arrays.append(array)
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


@op("PyFunc", infer=_infer_call, vjp=blocked, stateful=True)
def _py_func(runtime: Any, operation: Any, *inputs: Any, func: Any, types: tuple[DType, ...]) -> Any:
    return _call(func, types, inputs)


@op("PyFuncStateless", infer=_infer_call, vjp=blocked)
def _py_func_stateless(*inputs: Any, func: Any, types: tuple[DType, ...]) -> Any:
    return _call(func, types, inputs)


def py_func(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """What the Python function `func` gives for the values of `inp`, called whenever the graph runs.

    No gradient flows through it, unless `Graph.gradient_override_map` gives its kind, ``"PyFunc"``, one.

    Args:
        func: takes one array per tensor; gives one array, or a list of them. Python floats are float64.
        inp: tensors.
        Tout: the type of what it gives, or a list of types. The shapes are not known: use `set_shape`.
        stateful: whether it may give something else when it is called again with the same values.

    Raises:
        InvalidArgumentError: when it is run and gives something else than it should, or raises a ValueError or
            TypeError. OutOfRangeError: it raises StopIteration. UnknownError: it raises something else.

    >>> y = tf.py_func(np.sinh, [tf.constant([0.0, 1.0])], tf.float32)
    >>> tf.Session().run(y)
    array([0.       , 1.1752012], dtype=float32)
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got {func!r}.")
    is_list = isinstance(Tout, (list, tuple))
    types = tuple([as_dtype(t) for t in (Tout if is_list else [Tout])])
    kind = "PyFunc" if stateful else "PyFuncStateless"
    graph = graph_of(inp)
    made = graph.apply(kind, *[graph.convert(x) for x in inp], func=func, types=types, name=name)
    outputs = list(made) if isinstance(made, tuple) else [made]
    return outputs if is_list and types else outputs[0]


def numpy_function(func: Callable[..., Any], inp: Sequence[Any], Tout: Any, name: str | None = None) -> Any:
    """`py_func`, for functions that may give something else when they are called again; see there.

    >>> tf.Session().run(tf.numpy_function(np.sum, [tf.constant([1.0, 2.0])], tf.float32))
    np.float32(3.0)
    """
    return py_func(func, inp, Tout, True, name)
