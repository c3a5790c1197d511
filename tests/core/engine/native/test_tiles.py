"""Products in register tiles against NumPy in double precision, for all layouts, edges and processors."""

import ctypes
import dataclasses

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from llvmlite import ir  # noqa: E402

import kerasflow as tf  # noqa: E402
from kerasflow.core import types  # noqa: E402
from kerasflow.core.engine.native import tiles  # noqa: E402
from kerasflow.core.engine.native.groups import Storage, Value  # noqa: E402
from kerasflow.core.engine.native.machine import compiled, new_module  # noqa: E402
from kerasflow.core.engine.native.vectors import machine  # noqa: E402
from tests.core.ops.harness import engine  # noqa: E402

GUARD = 64  # elements before and after a result, which have to stay as they are


def matrix(rng, rows, columns, turned, gap, dtype):
    """A matrix in memory by rows, or by columns if `turned`, with `gap` elements between these; and its strides."""
    shape = (columns, rows + gap) if turned else (rows, columns + gap)
    array = rng.normal(size=shape).astype(dtype)
    array[:, shape[1] - gap :] = np.nan  # not to be read
    view = array[:, : shape[1] - gap]
    return array, view.T if turned else view


def value_of(view, dtype):
    strides = tuple(s // view.itemsize for s in view.strides)
    return Value(dtype, view.shape, Storage(dtype, view.size), strides)


def product(x, y, tiling, *added):
    """The product of two arrays, computed by code for `tiling`; what lies around the result is checked."""
    module = new_module()
    function = tiles.emit_product(module, tiling)
    entry = ir.Function(module, function.function_type, "entry")
    b = ir.IRBuilder(entry.append_basic_block("entry"))
    b.call(function, entry.args)
    b.ret_void()
    result = np.full(tiling.m * tiling.n + 2 * GUARD, 7.0, x.dtype)
    scratch = np.full(tiling.scratch + 2 * GUARD, np.nan, x.dtype)
    scratch[:GUARD] = scratch[len(scratch) - GUARD :] = 7.0
    place = GUARD * x.itemsize
    code = compiled(module)
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (4 + len(added)))(code.address("entry"))
    more = [a.ctypes.data for a in added]
    call(x.ctypes.data, y.ctypes.data, result.ctypes.data + place, scratch.ctypes.data + place, *more)
    for array in (result, scratch):
        assert (array[:GUARD] == 7.0).all() and (array[len(array) - GUARD :] == 7.0).all()
    return result[GUARD:-GUARD].reshape(tiling.m, tiling.n)


def check(m, k, n, turned, gaps, dtype, seed=0):
    rng = np.random.default_rng(seed)
    x, x_view = matrix(rng, m, k, turned[0], gaps[0], dtype.numpy)
    y, y_view = matrix(rng, k, n, turned[1], gaps[1], dtype.numpy)
    tiling = tiles.tiling(value_of(x_view, dtype), value_of(y_view, dtype))
    assert tiling is not None
    got = product(x, y, tiling)
    wide_x, wide_y = x_view.astype(np.float64), y_view.astype(np.float64)
    scale = np.abs(wide_x) @ np.abs(wide_y)  # the rounding error of a sum is a share of the sum of the sizes
    unit = np.finfo(dtype.numpy).eps
    assert (np.abs(got - wide_x @ wide_y) <= (k + 1) * unit / 2 * scale + np.finfo(dtype.numpy).tiny).all()
    return tiling


@pytest.fixture(params=[(64, 32), (32, 16)], ids=["512 bits", "256 bits"], autouse=True, scope="module")
def processor(request):
    """Code for long and for short vectors, whatever this processor has."""
    if request.param[0] > machine()[0]:
        pytest.skip("this processor has no such vectors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "machine", lambda: request.param)
        yield request.param


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.integers(1, 70)] * 3),
    st.tuples(st.booleans(), st.booleans()),
    st.tuples(st.sampled_from([0, 1, 5]), st.sampled_from([0, 3])),
    st.sampled_from([types.float32, types.float64]),
)
def test_all_layouts_and_edges(shape, turned, gaps, dtype):
    check(*shape, turned, gaps, dtype)


@pytest.mark.parametrize("dtype", [types.float32, types.float64])
@pytest.mark.parametrize("turned", [(False, False), (False, True), (True, False), (True, True)])
@pytest.mark.parametrize("shape", [(128, 300, 40), (131, 130, 67), (70, 200, 5), (3, 90, 257)])
def test_shapes_of_layers(shape, turned, dtype):
    check(*shape, turned, (0, 0), dtype)


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.integers(1, 70)] * 3),
    st.sampled_from([None, 0, 3]),
    st.sampled_from([types.float32, types.float64]),
)
def test_what_is_added_to_a_product(shape, gap, dtype):
    """A row for all rows, or a matrix whose rows are further apart than they are long."""
    (m, k, n), rng = shape, np.random.default_rng(1)
    x, y = rng.normal(size=(m, k)).astype(dtype.numpy), rng.normal(size=(k, n)).astype(dtype.numpy)
    added = rng.normal(size=n if gap is None else (m, n + gap)).astype(dtype.numpy)
    tiling = tiles.tiling(value_of(x, dtype), value_of(y, dtype))
    alone = product(x, y, tiling)
    both = product(x, y, dataclasses.replace(tiling, added=0 if gap is None else n + gap), added)
    np.testing.assert_array_equal(both, alone + added[..., :n])


def test_every_way_through_memory_is_taken():
    """The cases above are worth nothing if the rules never choose some of the code."""
    chosen = set()
    for shape in [(128, 300, 40), (131, 130, 67), (70, 200, 5), (32, 64, 64)]:
        for turned in [(False, False), (False, True), (True, False), (True, True)]:
            t = check(*shape, turned, (0, 0), types.float32)
            chosen.add((t.packs, t.rows_first, t.n < t.lanes))
    wanted = {(False, False, False), (True, False, False), (True, True, False), (True, False, True)}
    assert chosen >= wanted, wanted - chosen


def test_special_numbers_go_through():
    x, y = np.ones((9, 20), "f"), np.ones((20, 21), "f")
    x[2, 3], x[4, 5], x[5, 6] = np.nan, np.inf, -np.inf
    tiling = tiles.tiling(value_of(x, types.float32), value_of(y, types.float32))
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(product(x, y, tiling), x @ y)


def test_large_products_are_left_to_blas():
    big = [np.empty((500, 500), "f"), np.empty((500, 500), "f")]
    assert tiles.tiling(*[value_of(a, types.float32) for a in big]) is None
    long = [np.empty((3, 3000), "f"), np.empty((3000, 3), "f")]
    assert tiles.tiling(*[value_of(a, types.float32) for a in long]) is None


def test_the_engine_uses_them():
    before = tf.config.get_engine()
    tf.config.set_engine("native")
    try:
        with tf.Graph().as_default(), tf.Session() as session:
            x, w = np.random.default_rng(0).normal(size=(2, 32, 32)).astype("f")
            p = tf.placeholder(tf.float32, [32, 32])
            y = tf.matmul(tf.matmul(p, tf.constant(w), transpose_b=True), p, transpose_a=True)
            got = session.run(y, {p: x})
            np.testing.assert_allclose(got, (x @ w.T).T @ x, rtol=1e-4, atol=1e-4)
            assert "2 products in tiles" in session.explain(y, [p])
    finally:
        tf.config.set_engine(before)


RNG = np.random.default_rng(2)
X, W, M = (RNG.normal(size=s).astype("f") for s in ((32, 24), (24, 40), (32, 40)))
SUMS = {
    "a row": lambda p, w, v, m: p @ w + v[0],
    "before": lambda p, w, v, m: v[0] + p @ w,
    "a matrix": lambda p, w, v, m: p @ w + tf.exp(m),
    "a transpose": lambda p, w, v, m: p @ w + tf.transpose(tf.reshape(m, [40, 32])),
    "a column": lambda p, w, v, m: p @ w + m[:, :1],
    "two products": lambda p, w, v, m: p @ w + p @ (2.0 * w),
    "itself": lambda p, w, v, m: (lambda y: y + y)(p @ w),
    "read again": lambda p, w, v, m: (lambda y: (y + v[0]) * y)(p @ w),
    "under another shape": lambda p, w, v, m: tf.tensordot(tf.reshape(p, [4, 8, 24]), w, 1) + v[0],
    "scalar": lambda p, w, v, m: p @ w + 2.0,
}


@pytest.mark.parametrize("name", SUMS)
def test_sums_with_products(name):
    """In one pass where they can be; both engines give the same."""
    found = []
    for on in ("interpreter", "native"):
        with engine(on), tf.Graph().as_default(), tf.Session() as session:
            p, m = tf.placeholder(tf.float32, [32, 24]), tf.placeholder(tf.float32, [32, 40])
            w, v = tf.constant(W), tf.constant(W)
            y = SUMS[name](p, w, tf.reshape(v, [24, 40]), m)
            found.append(session.run([y, *tf.gradients(tf.sin(y), [p, w, m])[:2]], {p: X, m: M}))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-4)


def test_a_factor_that_changes_between_the_product_and_the_sum():
    found = []
    for on in ("interpreter", "native"):
        with engine(on), tf.Graph().as_default(), tf.Session() as session:
            p, w = tf.placeholder(tf.float32, [32, 24]), tf.Variable(W)
            y = tf.matmul(p, w)
            with tf.control_dependencies([y]):
                change = w.assign_add(W)
            with tf.control_dependencies([change]):
                total = y + w.read_value()[0]
            session.run(w.initializer)
            found.append(session.run([total, w], {p: X}))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found[1][0], X @ W + 2 * W[0], rtol=1e-4, atol=1e-4)


def test_a_bias_takes_no_pass_of_its_own():
    with engine("native"), tf.Graph().as_default(), tf.Session() as session:
        p = tf.placeholder(tf.float32, [32, 24])
        y = tf.nn.bias_add(tf.matmul(p, tf.constant(W)), tf.constant(W[0]))
        np.testing.assert_allclose(session.run(y, {p: X}), X @ W + W[0], rtol=1e-4, atol=1e-4)
        assert "0 loop nests, 1 products in tiles" in session.explain(y, [p])
