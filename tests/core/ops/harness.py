"""What every operation is held to, given one `Case`: an independent NumPy reference and inputs to try it on.

`check_value` builds the operation on constants and on placeholders that know less and less of their shapes, runs it
with and without planned memory, in each type, and compares with the reference. `check_gradient` compares the first and
second derivatives in random directions with difference quotients of order eight of the reference: it never asks the
library what is right.
"""

import itertools
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np

import kerasflow as tf
from kerasflow.core.engine.memory import Layout
from kerasflow.core.graph import apply

# How much the graph knows of its inputs, from all to nothing.
VALUE, SHAPE, RANK, NOTHING = "value", "shape", "rank", "nothing"
LEVELS = (VALUE, SHAPE, RANK, NOTHING)

SINGLE = {"f": "float32", "c": "complex64"}
# Central differences of order eight: d f / d t is the sum of weight * (f(k h) - f(-k h)) / h.
STENCIL = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
STEP_1, STEP_2 = 1e-3, 2e-3


@dataclass(frozen=True)
class Case:
    """One operation on one set of inputs.

    Args:
        build: makes the tensor, or the list of tensors, from one tensor per input.
        inputs: arrays; the float64 ones (and complex128) are also tried in the other type of `dtypes`.
        reference: what `build` has to give, from the arrays, in independent NumPy float64; its type is the very type
            that `build` has to give from the inputs as they stand.
        differentiable: whether to check derivatives by the floating-point inputs, or the indices of those to check.
            The inputs must lie further from kinks and from the domain's end than `reach`.
        dtypes: the types floating-point inputs are tried in.
        rtol: the error that is let pass in float64, relative to each number, or to the largest one times 1e-2.
        rtol32: the same in float32.
        knows: how little the graph may know of the inputs for `build` to work: SHAPE, RANK (sizes may be unknown) or
            NOTHING. The case is tried at every level down to this one.
        shape_from: what the static shape of the results follows from: SHAPE if the inputs' shapes are enough, VALUE if
            it takes their values, NOTHING if it is known in the run only.
        second: whether the second derivative is checked too; there has to be a reason if not.
    """

    build: Callable[..., Any]
    inputs: Sequence[Any]
    reference: Callable[..., Any]
    differentiable: bool | tuple[int, ...] = True
    dtypes: tuple[str, ...] = ("float64", "float32")
    rtol: float = 1e-12
    rtol32: float = 2e-6
    knows: str = NOTHING
    shape_from: str = SHAPE
    second: bool = True

    @property
    def arrays(self) -> list[np.ndarray]:
        """The inputs as arrays nobody can write to."""
        return [_frozen(x) for x in self.inputs]

    @property
    def indices(self) -> tuple[int, ...]:
        """The inputs to differentiate by."""
        if isinstance(self.differentiable, tuple):
            return self.differentiable
        return tuple(i for i, x in enumerate(self.arrays) if x.dtype == np.float64 and self.differentiable)


reach = 8 * STEP_2  # no input is moved further than this to take differences


def _frozen(x: Any) -> np.ndarray:
    array = np.array(x)
    array.flags.writeable = False
    return array


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def in_type(x: np.ndarray, dtype: str) -> np.ndarray:
    if x.dtype == np.complex128 and dtype == "float32":
        return _frozen(x.astype(np.complex64))
    return _frozen(x.astype(dtype)) if x.dtype == np.float64 else x


def inputs_of(arrays: list[np.ndarray], level: str) -> list[tf.Tensor]:
    """The arrays as constants or as placeholders that know no more than `level` says."""
    if level == VALUE:
        return [tf.constant(x) for x in arrays]
    dims = {SHAPE: lambda x: x.shape, RANK: lambda x: (None,) * x.ndim, NOTHING: lambda x: None}[level]
    return [tf.placeholder(x.dtype, dims(x)) for x in arrays]


def feeds_of(tensors: list[tf.Tensor], arrays: list[np.ndarray], level: str) -> dict[tf.Tensor, np.ndarray]:
    return {} if level == VALUE else dict(zip(tensors, arrays, strict=True))


def _copied(t: tf.Tensor) -> tf.Tensor:
    """A copy that no pass can see through: what is between two of these gets planned memory."""
    if t.dtype.is_bool:
        return apply("LogicalNot", apply("LogicalNot", t))
    return t if t.dtype == tf.string else apply("AddN", t)


def _allocate_dirty(layout: Layout, plan: Any, allocate: Any = Layout.allocate) -> Any:
    """Memory full of NaN and -1, so that an operation that does not write its result is found out."""
    buffers = allocate(layout, plan)
    for buffer in buffers.values():
        buffer.reshape(-1).view(np.uint8).fill(0xFF)
    return buffers


@contextmanager
def engine(name: str) -> Iterator[None]:
    """Run graphs on the engine `name`."""
    before = tf.config.get_engine()
    tf.config.set_engine(name)
    try:
        yield
    finally:
        tf.config.set_engine(before)


def seeded(*key: Any) -> np.random.Generator:
    """A generator whose numbers depend on `key` alone."""
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


# Values.


def check_value(case: Case, name: str, on: str = "interpreter") -> None:
    """The operation's values, types and shapes are the reference's on that engine, however little is known before."""
    floating = any(x.dtype.kind in "fc" for x in case.arrays)
    for dtype in case.dtypes if floating else case.dtypes[:1]:
        arrays = [in_type(x, dtype) for x in case.arrays]
        exact = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in arrays]
        wanted = [np.asarray(w) for w in listed(case.reference(*exact))]
        is_own = all(a.dtype == x.dtype for a, x in zip(arrays, case.arrays, strict=True))
        for level in LEVELS[: LEVELS.index(case.knows) + 1]:
            _check_level(case, name, arrays, wanted, level, is_own, False, on)
        _check_level(case, name, arrays, wanted, SHAPE, is_own, True, on)


def _check_level(
    case: Case,
    name: str,
    arrays: list[np.ndarray],
    wanted: list[np.ndarray],
    level: str,
    is_own: bool,
    planned: bool,
    on: str,
) -> None:
    where = f"{name} on {[f'{x.dtype}{list(x.shape)}' for x in arrays]}, {level} known, {planned=}, {on}"
    graph = tf.Graph()
    with graph.as_default():
        given = inputs_of(arrays, level)
        results = listed(case.build(*([_copied(t) for t in given] if planned else given)))
        fetches = [_copied(t) for t in results] if planned else results
    assert any(op.type == name for op in graph.get_operations()), f"{where}: the case makes no operation {name}"
    assert len(results) == len(wanted), f"{where}: {len(results)} results, the reference has {len(wanted)}"
    with tf.Session(graph=graph) as session:
        feeds = feeds_of(given, arrays, level)
        # The first run is of the general program, the others of the specialised one, the last in used memory.
        with engine(on), mock.patch.object(Layout, "allocate", _allocate_dirty):
            runs = [session.run(fetches, feeds) for _ in range(3)]
    for a, b in zip(runs[1], runs[2], strict=True):
        np.testing.assert_array_equal(a, b, f"{where}: a second run gives something else")
    for values in runs[:2]:
        for tensor, value, want in zip(results, values, wanted, strict=True):
            _check_static(case, tensor, np.asarray(value), level, where)
            _check_array(case, np.asarray(value), want, is_own, where)


def _check_static(case: Case, tensor: tf.Tensor, value: np.ndarray, level: str, where: str) -> None:
    assert tensor.dtype == value.dtype, f"{where}: said to be {tensor.dtype}, is {value.dtype}"
    assert tensor.shape.is_compatible_with(value.shape), f"{where}: said to be {tensor.shape}, is {value.shape}"
    decided = {SHAPE: (VALUE, SHAPE), VALUE: (VALUE,), NOTHING: ()}[case.shape_from]
    if level in decided:
        assert tensor.dims == value.shape, f"{where}: said to be {tensor.shape}, could be known to be {value.shape}"


def _check_array(case: Case, value: np.ndarray, want: np.ndarray, is_own: bool, where: str) -> None:
    assert value.shape == want.shape, f"{where}: the shape is {value.shape}, not {want.shape}"
    if is_own:
        assert value.dtype == want.dtype, f"{where}: the type is {value.dtype}, not {want.dtype}"
    assert value.dtype.kind == want.dtype.kind, f"{where}: {value.dtype} is no kind of {want.dtype}"
    if value.dtype.kind not in "fc":
        np.testing.assert_array_equal(value, want, where)
        return
    rtol = {2: 5e-3, 4: case.rtol32, 8: case.rtol32 if value.dtype.kind == "c" else case.rtol, 16: case.rtol}
    close(value, want, rtol[value.dtype.itemsize], where)


def close(value: np.ndarray, want: np.ndarray, rtol: float, where: str = "") -> None:
    """Each number within `rtol` of what it should be; of one much smaller than the largest, `rtol` of 1% of that."""
    finite = np.abs(want[np.isfinite(want)])
    largest = finite.max(initial=0.0)
    np.testing.assert_allclose(value, want, rtol=rtol, atol=1e-2 * rtol * float(largest), err_msg=where)


# Derivatives.


def check_gradient(case: Case, name: str, on: str = "interpreter") -> None:
    """First and second derivatives, on that engine, agree with difference quotients of the reference."""
    indices = case.indices
    if not indices:
        return
    arrays = case.arrays
    rng = seeded(name, [x.shape for x in arrays])
    results = [np.asarray(r) for r in listed(case.reference(*arrays))]
    weights = [rng.uniform(0.5, 1.5, r.shape) * (r.dtype.kind in "fc") for r in results]
    along = [_direction(rng, arrays[i].shape) for i in indices]
    across = [_direction(rng, arrays[i].shape) for i in indices]

    def moved(s: float, t: float) -> float:
        at = list(arrays)
        for i, q, v in zip(indices, across, along, strict=True):
            at[i] = arrays[i] + s * q + t * v
        values = [np.asarray(r) for r in listed(case.reference(*at))]
        return sum(float(np.sum(w * r)) for w, r in zip(weights, values, strict=True) if r.dtype.kind in "fc")

    size = abs(moved(0.0, 0.0))
    first = _difference(lambda t: moved(0.0, t), STEP_1)
    second = _difference(lambda s: _difference(lambda t: moved(s, t), STEP_2), STEP_2) if case.second else None
    levels = {SHAPE, case.knows}
    for level, dtype in itertools.product(sorted(levels), case.dtypes):
        typed = [in_type(x, dtype) for x in arrays]
        where = f"{name} on {[f'{x.dtype}{list(x.shape)}' for x in typed]}, {level} known, {on}"
        with engine(on):
            gradient, curvature = _derivatives(case, typed, weights, across, level, where)
        loose = 1e-7 if dtype == "float64" else 2e-4
        _compare(gradient, along, first, loose, size, f"{where}: the first derivative")
        if dtype == "float64" and second is not None:
            _compare(curvature, along, second, 1e-6, size, f"{where}: the second derivative")


def _direction(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape)


def _difference(f: Callable[[float], float], step: float) -> float:
    return sum(w * (f(k * step) - f(-k * step)) for k, w in STENCIL) / step


def _derivatives(
    case: Case,
    arrays: list[np.ndarray],
    weights: list[np.ndarray],
    across: list[np.ndarray],
    level: str,
    where: str,
) -> tuple[list[Any], list[Any]]:
    """The library's gradient of the weighted sum of the results, and that of the gradient's part in one direction."""
    graph = tf.Graph()
    with graph.as_default():
        given = inputs_of(arrays, level)
        xs = [given[i] for i in case.indices]
        pairs = [(t, w) for t, w in zip(listed(case.build(*given)), weights, strict=True) if t.dtype.kind in "fc"]
        ys = [t for t, _ in pairs]
        gradient = tf.gradients(ys, xs, grad_ys=[tf.constant(w.astype(t.dtype.numpy)) for t, w in pairs])
        terms = [(g, q) for g, q in zip(gradient, across, strict=True) if g is not None]
        assert terms, f"{where}: no gradient at all"
        terms = [(tf.convert_to_tensor(g), q) for g, q in terms]
        qs = [tf.constant(q.astype(g.dtype.numpy)) for g, q in terms]
        curvature = tf.gradients([g for g, _ in terms], xs, grad_ys=qs) if case.second else []
    with tf.Session(graph=graph) as session:
        fetches = [[tf.convert_to_tensor(t) for t in ts if t is not None] for ts in (gradient, curvature)]
        feeds = feeds_of(given, arrays, level)
        runs = [session.run(fetches, feeds) for _ in range(2)]
    for values in runs:
        parts = [_with_gaps(ts, vs) for ts, vs in zip((gradient, curvature), values, strict=True)]
        for x, g in zip([arrays[i] for i in case.indices] * 2, itertools.chain(*parts), strict=False):
            assert g is None or g.shape == x.shape, f"{where}: a gradient of shape {g.shape} for {x.shape}"
            assert g is None or g.dtype == x.dtype, f"{where}: a gradient of type {g.dtype} for {x.dtype}"
    return parts[0], parts[1]


def _with_gaps(tensors: list[Any], values: list[Any]) -> list[Any]:
    left = iter(values)
    return [None if t is None else np.asarray(next(left)) for t in tensors]


def _compare(gradient: list[Any], along: list[np.ndarray], want: float, rtol: float, size: float, where: str) -> None:
    """Whether the gradient along a direction is `want`; differences of numbers as large as `size` leave some noise."""
    terms = [g.astype(np.float64) * v for g, v in zip(gradient, along, strict=True) if g is not None]
    got = sum(float(np.sum(t)) for t in terms)
    scale = sum(float(np.sum(np.abs(t))) for t in terms)
    assert abs(got - want) <= rtol * max(scale, abs(want), 1e-3, 1e-2 * size), f"{where} is {got!r}, should be {want!r}"
