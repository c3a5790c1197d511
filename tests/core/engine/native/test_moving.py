"""What moves data about in compiled code: views, picked elements, arrays put together, and what must not go wrong."""

import itertools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from kerasflow.core.engine.loop import Loop  # noqa: E402
from kerasflow.core.engine.native import (  # noqa: E402
    contracting,
    counting,
    integers,
    joining,
    keeping,
    moving,
    products,
    reducing,
    running,
    viewing,
    watching,
)
from kerasflow.core.graph import apply  # noqa: E402
from tests.core.engine.native.test_agreement import is_compiled  # noqa: E402
from tests.core.ops.cases import CASES  # noqa: E402
from tests.core.ops.harness import engine  # noqa: E402

PAIRS = list(itertools.product([False, True], repeat=2))
FAMILIES = (contracting, counting, integers, joining, keeping, moving, products, reducing, running, viewing, watching)
# Their cases leave to the run what has to be a constant, or the specialised plan has no such step left.
NOT_BY_A_CASE = {"Bincount", "Eye", "OnesLike", "Range", "Roll", "SliceGrad", "ZerosLike"}
RECIPES = sorted({name for family in FAMILIES for name in family.RECIPES} - NOT_BY_A_CASE)


@pytest.mark.parametrize("name", [name for name in RECIPES if name in CASES])
def test_a_case_is_compiled(name):
    assert any(is_compiled(case) for case in CASES[name])


def outcome(build, arrays, on, runs=1):
    """What `build`, of placeholders, gives on that engine in the last of some runs, or the error it ends in."""
    with tf.Graph().as_default() as graph:
        given = [tf.placeholder(a.dtype, a.shape) for a in arrays]
        results = build(*given)
        feeds = dict(zip(given, arrays, strict=True))
        with engine(on), tf.Session(graph=graph) as session:
            session.run([v.initializer for v in tf.global_variables()])
            try:
                for _ in range(runs):
                    value = session.run(results, feeds)
            except tf.errors.OpError as error:
                return type(error), error.message.split("\n")[:2]
            if on == "native":
                assert "native, all in one segment" in session.explain(results, given)
    return value


def check(build, *arrays, want=None, rtol=1e-6):
    """Both engines give the same, and what is wanted."""
    value, other = (outcome(build, arrays, on, runs=3) for on in ("native", "interpreter"))
    for a, b in zip(*(v if isinstance(v, list) else [v] for v in (value, other)), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol)
    if want is not None:
        np.testing.assert_allclose(value, want, rtol=rtol)
    return value


def check_refused(build, *arrays, match):
    """Both engines end in the same error, in the same words."""
    native, interpreter = (outcome(build, arrays, on) for on in ("native", "interpreter"))
    assert native == interpreter
    assert native[0] is tf.errors.InvalidArgumentError
    assert match in native[1][0]


def rng(seed=0):
    return np.random.default_rng(seed)


# Views.


def random_views(draw, x, count):
    """`count` views one of another, of the tensor and the array, and what was done."""
    t, a = x
    for _ in range(count):
        kind = draw.integers(6)
        if kind == 0 and a.ndim:
            axis = draw.integers(a.ndim)
            start = draw.integers(a.shape[axis])
            stop, step = draw.integers(start + 1, a.shape[axis] + 1), draw.integers(1, 3)
            key = (slice(None),) * axis + (slice(int(start), int(stop), int(step)),)
            t, a = t[key], a[key]
        elif kind == 1 and a.ndim:
            axis = int(draw.integers(a.ndim))
            t, a = tf.reverse(t, [axis]), np.flip(a, axis)
        elif kind == 2:
            order = [int(i) for i in draw.permutation(a.ndim)]
            t, a = tf.transpose(t, order), a.transpose(order)
        elif kind == 3 and a.size > 1:
            shape = next(s for s in ((a.size // 2, 2), (a.size // 3, 3), (a.size,)) if np.prod(s) == a.size)
            t, a = tf.reshape(t, shape), a.reshape(shape)
        elif kind == 4:
            axis = int(draw.integers(a.ndim + 1))
            t, a = tf.expand_dims(t, axis), np.expand_dims(a, axis)
        elif kind == 5 and a.ndim and a.shape[0] > 1:
            t, a = tf.unstack(t, axis=0)[1], a[1]
    return t, a


@pytest.mark.parametrize("seed", range(12))
def test_views_of_views_read_what_they_should(seed):
    x = rng(seed).normal(size=(4, 6, 5)).astype("f")
    wanted = []

    def build(p):
        t, a = random_views(rng(seed), (p, x), 6)
        wanted[:] = [a * 2, np.sum(a, axis=tuple(range(a.ndim)))]
        return [t * 2.0, tf.reduce_sum(t)]

    value = check(build, x, rtol=2e-5)
    for v, w in zip(value, wanted, strict=True):
        np.testing.assert_allclose(v, w, rtol=1e-4, atol=1e-5)


def test_products_read_parts_where_they_lie():
    x, w = rng().normal(size=(40, 50)), rng(1).normal(size=(60, 30))
    check(lambda p, q: tf.matmul(p[3:33, 10:50], q[:40]), x, w, want=x[3:33, 10:50] @ w[:40], rtol=1e-9)
    check(lambda p, q: tf.matmul(p[::-1, 10:50], q[:40]), x, w, want=x[::-1, 10:50] @ w[:40], rtol=1e-9)


@pytest.mark.parametrize("shapes", [((5, 40, 30), (5, 30, 20)), ((2, 1, 17, 30), (3, 30, 20)), ((3, 2, 4), (3, 4, 5))])
@pytest.mark.parametrize("transposed", PAIRS)
def test_products_of_batches(shapes, transposed):
    x, y = (rng(k).normal(size=s) for k, s in enumerate(shapes))
    given = [
        np.ascontiguousarray(v.swapaxes(-1, -2)) if turn else v for v, turn in zip((x, y), transposed, strict=True)
    ]

    def build(p, q):
        return tf.matmul(p, q, transpose_a=transposed[0], transpose_b=transposed[1]) + 1.0

    np.testing.assert_allclose(outcome(build, given, "native"), x @ y + 1.0, rtol=1e-9, atol=1e-12)


# Indices.


@pytest.mark.parametrize("dtype", ["i4", "i8"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_gathered_and_scattered_along_every_axis(axis, dtype):
    x = rng().normal(size=(5, 4, 3)).astype("f")
    i = rng(1).integers(0, x.shape[axis], (2, 6)).astype(dtype)
    weights = np.moveaxis(rng(2).normal(size=(2, 6)).astype("f").reshape(2, 6, *[1] * (2 - axis)), 0, 0)

    def build(p, k):
        y = tf.gather(p, k, axis=axis) * weights
        return [y, tf.convert_to_tensor(tf.gradients(tf.square(y), p)[0])]

    value, gradient = check(build, x, i, rtol=2e-5)
    np.testing.assert_allclose(value, np.take(x, i, axis) * weights, rtol=1e-6)
    wanted = np.zeros_like(x)
    key = (slice(None),) * axis
    np.add.at(wanted, (*key, i), 2 * np.take(x, i, axis) * weights**2)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-5)


BAD_INDICES = [
    ("index 4 at position [1]", lambda x, i: tf.gather(x, i), [0, 4, 9]),
    ("index -1 at position [2]", lambda x, i: tf.gather(x, i), [0, 3, -1]),
    ("index 5 at position [0]", lambda x, i: tf.gather(x, i, axis=1), [5, 0, 0]),
    ("index for axis 1: 5 at position [0]", lambda x, i: tf.gather_nd(x, i[None, :2]), [3, 5, 0]),
    ("index for axis 0: 4 at position [1]", lambda x, i: tf.scatter_nd(i[:, None], x[:3], [4, 5]), [3, 4, 0]),
    ("segment id 3 at position [2]", lambda x, i: tf.unsorted_segment_sum(x[:3], i, 3), [-7, 2, 3]),
    ("index 4 is out of bounds for axis 0", lambda x, i: x[i[0]], [4, 0, 0]),
    ("index -6 is out of bounds for axis 1", lambda x, i: x[:, i[0]], [-6, 0, 0]),
    ("label 3 at position [0]", lambda x, i: tf.math.confusion_matrix(i, i * 0, 3), [3, 0, 0]),
    ("values must be at least 0", lambda x, i: tf.math.bincount(i, minlength=3, maxlength=3), [3, 0, -1]),
]


@pytest.mark.parametrize("dtype", ["i4", "i8"])
@pytest.mark.parametrize(("match", "build", "indices"), BAD_INDICES)
def test_an_index_outside_is_refused_in_the_interpreters_words(match, build, indices, dtype):
    check_refused(build, np.ones((4, 5), "f"), np.array(indices, dtype), match=match)


@pytest.mark.parametrize("index", [2**31 - 1, -(2**31)])
def test_an_index_far_outside_touches_nothing(index):
    i = np.array([0, index, 1], "i4")
    x = np.ones((4, 100), "f")
    check_refused(lambda p, k: tf.gather(p, k) + 1.0, x, i, match=f"index {index} at position [1]")
    check_refused(lambda p, k: tf.scatter_nd(k[:, None], p[:3], [4, 100]), x, i, match=f"{index} at position [1]")
    if index > 0:
        check_refused(lambda p, k: tf.unsorted_segment_sum(p[:3], k, 4), x, i, match=f"segment id {index}")


def test_rows_with_a_negative_number_do_not_count():
    x, ids = rng().normal(size=(6, 2)).astype("f") - 5, np.array([1, -1, 0, -7, 1, 3], "i4")
    lowest = np.finfo("f").min

    def build(p, k):
        return [
            tf.unsorted_segment_sum(p, k, 4),
            tf.unsorted_segment_prod(p, k, 4),
            tf.unsorted_segment_max(p, k, 4),
            tf.gradients(tf.unsorted_segment_sum(p, k, 4), p)[0],
        ]

    total, product, largest, gradient = check(build, x, ids)
    np.testing.assert_allclose(total, [x[2], x[0] + x[4], [0, 0], x[5]], rtol=1e-6)
    np.testing.assert_allclose(product, [x[2], x[0] * x[4], [1, 1], x[5]], rtol=1e-6)
    np.testing.assert_array_equal(largest, [x[2], np.maximum(x[0], x[4]), [lowest] * 2, x[5]])
    np.testing.assert_array_equal(gradient, np.repeat((ids >= 0).astype("f")[:, None], 2, 1))


def test_nothing_is_changed_by_a_run_that_is_refused():
    with tf.Graph().as_default() as graph, engine("native"), tf.Session(graph=graph) as session:
        w = tf.Variable(np.zeros((3, 2), "f"))
        i = tf.placeholder(tf.int32, [4])
        step = w.assign_add(tf.gather(w.read_value(), i)[:3] + 1.0)
        session.run(w.initializer)
        session.run(step, {i: [0, 1, 2, 0]})
        before = session.run(w)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"index 3 at position \[3\]"):
            session.run(step, {i: [0, 1, 2, 3]})
        np.testing.assert_array_equal(session.run(w), before)


def test_what_is_added_to_one_place_is_added_in_order():
    i = rng().integers(0, 3, 2000).astype("i4")
    x = (rng(1).normal(size=(2000, 5)) * 10.0 ** rng(2).integers(-6, 6, (2000, 1))).astype("f")
    wanted = np.zeros((3, 5), "f")
    for k, row in zip(i, x, strict=True):
        wanted[k] += row
    for build in (lambda p, q: tf.scatter_nd(q[:, None], p, [3, 5]), lambda p, q: tf.unsorted_segment_sum(p, q, 3)):
        np.testing.assert_array_equal(outcome(build, [x, i], "native", runs=2), wanted)


def test_a_variable_that_is_read_by_index_and_then_written():
    start = rng().normal(size=(6, 3)).astype("f")

    def build(i, x):
        w = tf.Variable(start)
        rows = tf.gather(w.read_value(), i)
        with tf.control_dependencies([rows]):
            update = w.assign_sub(tf.scatter_nd(i[:, None], rows * x, [6, 3]))
        with tf.control_dependencies([update]):
            return [rows * 1.0, tf.gather(w.read_value(), i), w.assign_add(tf.reverse(update, [0]))]

    check(build, np.array([5, 0, 5, 2], "i4"), rng(1).normal(size=(4, 3)).astype("f"), rtol=1e-5)


def test_a_variable_assigned_from_another_view_of_itself():
    start = np.arange(16.0, dtype="f").reshape(4, 4)

    def build():
        w = tf.Variable(start)
        first = w.assign(tf.transpose(w.read_value()))
        with tf.control_dependencies([first]):
            return w.assign_add(tf.reverse(w.read_value(), [0, 1]))

    turned = start
    for _ in range(3):
        turned = turned.T + turned.T[::-1, ::-1]
    check(build, want=turned)


def test_a_copy_of_a_variable_keeps_the_old_value():
    def build():
        v = tf.Variable(3.0)
        before = tf.fill([3], v.read_value())
        with tf.control_dependencies([before]):
            after = v.assign_add(1.0)
        with tf.control_dependencies([after]):
            return [before * 1.0, after * 1.0]

    old, new = check(build)
    assert old.tolist() == [5.0] * 3
    assert new == 6.0


# Arrays put together.


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_parts_are_written_beside_each_other(axis):
    x = rng().normal(size=(3, 4, 5)).astype("f")

    def build(p):
        parts = [tf.exp(p), p * 2.0, tf.reverse(p, [0]), tf.ones([3, 4, 5])]
        joined, stacked = tf.concat(parts, axis), tf.stack(parts, axis)
        back = tf.split(joined, 4, axis)
        return [joined, stacked, back[1] - tf.unstack(stacked, axis=axis)[2], tf.reduce_sum(back[0])]

    parts = [np.exp(x), x * 2, x[::-1], np.ones_like(x)]
    value = check(build, x, rtol=1e-5)
    np.testing.assert_allclose(value[0], np.concatenate(parts, axis), rtol=1e-6)
    np.testing.assert_allclose(value[1], np.stack(parts, axis), rtol=1e-6)
    np.testing.assert_allclose(value[2], 2 * x - x[::-1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", ["CONSTANT", "REFLECT", "SYMMETRIC"])
def test_padding_and_what_undoes_it(mode):
    x = rng().normal(size=(4, 6)).astype("f")

    def build(p):
        y = tf.pad(tf.exp(p), [[1, 2], [3, 0]], mode)
        return [y, tf.gradients(tf.square(y), p)[0]]

    value, _ = check(build, x, rtol=1e-5)
    np.testing.assert_allclose(value, np.pad(np.exp(x), [(1, 2), (3, 0)], mode.lower()), rtol=1e-6)


def test_a_block_that_begins_where_the_run_says():
    x = rng().normal(size=(8, 5, 3)).astype("f")

    def build(p, i):
        y = tf.square(tf.slice(p, tf.stack([i, 2, 0]), [3, 2, 3]))
        return [y, *tf.gradients(y, p)]

    value, gradient = check(build, x, np.array(4, "i4"))
    np.testing.assert_allclose(value, x[4:7, 2:4] ** 2, rtol=1e-6)
    wanted = np.zeros_like(x)
    wanted[4:7, 2:4] = 2 * x[4:7, 2:4]
    np.testing.assert_allclose(gradient, wanted, rtol=1e-6)
    for start, match in ((6, "3 elements from 6 on are not all there"), (-1, "begin must be at least 0")):
        check_refused(build, x, np.array(start, "i4"), match=match)


def test_a_part_is_put_back_where_it_was():
    x = rng().normal(size=(5, 6)).astype("f")

    def build(p, i):
        y = tf.square(p[1:4, ::-2]) * 3.0
        row = tf.square(p[i])
        return [y, *tf.gradients(y, p), *tf.gradients(row, p)]

    _, gradient, of_row = check(build, x, np.array(-2, "i4"))
    wanted = np.zeros_like(x)
    wanted[1:4, ::-2] = 6 * x[1:4, ::-2]
    np.testing.assert_allclose(gradient, wanted, rtol=1e-6)
    assert np.count_nonzero(of_row) == 6
    np.testing.assert_allclose(of_row[3], 2 * x[3], rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(("exclusive", "reverse"), PAIRS)
def test_running_sums_along_every_axis(axis, exclusive, reverse):
    x = rng().normal(size=(3, 4, 5)).astype("f")
    value = check(lambda p: tf.cumsum(tf.exp(p), axis, exclusive, reverse), x)
    e = np.flip(np.exp(x), axis) if reverse else np.exp(x)
    wanted = np.cumsum(e, axis) - (e if exclusive else 0)
    np.testing.assert_allclose(value, np.flip(wanted, axis) if reverse else wanted, rtol=1e-4, atol=1e-5)


def test_the_largest_numbers_of_rows_with_ties_and_nan():
    x = np.array([[1, 3, 3, 2], [np.nan, 1, np.nan, np.inf], [0, -0.0, 0, -1]], "f")
    values, indices = check(lambda p: list(tf.nn.top_k(p, 3)), x)
    assert indices.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 2]]


def test_numbers_in_steps_too_many_to_be_kept():
    value = check(lambda: tf.range(0.5, 200_000.0, 0.5, dtype=tf.float64) * 1.0)
    np.testing.assert_array_equal(value, np.arange(0.5, 200_000, 0.5))


# Integers.


@pytest.mark.parametrize(
    ("function", "dtype"),
    list(itertools.product([tf.floordiv, tf.floormod, tf.truncatediv, tf.truncatemod, tf.div], ["i1", "u1"])),
)
def test_quotients_of_all_small_integers(function, dtype):
    x = np.arange(256).astype(dtype)
    y = x[x != 0]
    value = outcome(lambda p, q: function(p[:, None], q), [x, y], "native")
    np.testing.assert_array_equal(value, outcome(lambda p, q: function(p[:, None], q), [x, y], "interpreter"))
    a, b = x[:, None].astype(int), y.astype(int)
    quotient = np.trunc(a / b).astype(int) if "truncate" in function.__name__ else a // b
    wanted = a - quotient * b if "mod" in function.__name__ else quotient
    np.testing.assert_array_equal(value, wanted.astype(dtype))


@pytest.mark.parametrize("function", [tf.floordiv, tf.floormod, tf.truncatediv, tf.truncatemod, tf.div])
@pytest.mark.parametrize("dtype", ["i4", "i8", "u1"])
def test_integers_are_not_divided_by_zero(function, dtype):
    check_refused(function, np.array([1, 2, 3], dtype), np.array([1, 0, 2], dtype), match="Integer division by zero")


@pytest.mark.parametrize("dtype", ["i1", "i4", "i8", "u1"])
def test_powers_of_integers(dtype):
    x, y = np.array([-3, -1, 0, 1, 2, 7]).astype(dtype), np.arange(12).astype(dtype)
    check(lambda p, q: tf.pow(p[:, None], q), x, y, want=np.power(x[:, None], y))
    check(lambda p: tf.pow(p, 5), x, want=np.power(x, 5, dtype=dtype))


def test_integers_have_no_negative_powers():
    check_refused(tf.pow, np.array([2, 2], "i4"), np.array([1, -1], "i4"), match="negative integer powers")


# Shapes that an operation takes on trust, and that turn out in the run.

X, SMALL, LONG = np.ones((4, 3), "f"), np.ones((2, 3), "f"), np.ones((5, 3), "f")
TWICE = np.array([2, 2], "i4")
MISFITS = {
    "ReshapeLike": ([X, SMALL], {}),
    "BroadcastLike": ([X, LONG], {}),
    "SumTo": ([X, SMALL], {}),
    "Spread": ([X, LONG], {"axis": ()}),
    "TileGrad": ([X, LONG, TWICE], {}),
    "MirrorPadGrad": ([X, LONG, np.ones((2, 2), "i4")], {"mode": "REFLECT"}),
    "GatherGrad": ([X, np.array([0, 1], "i4"), X], {"axis": 1, "batch_dims": 0}),
    "LineUpGrad": ([X, LONG], {"axis": (0,)}),
    "SliceGrad": ([X, SMALL, np.zeros(2, "i4")], {}),
    "StridedSliceGrad": ([X, SMALL], {"items": (("slice", None, None, None),)}),
    "TakeAlongLast": ([X, np.zeros((5, 2), "i8")], {}),
    "PutAlongLast": ([X, np.zeros((4, 3), "i8"), LONG], {}),
    "MatrixDiagLike": ([X, LONG], {}),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_left_to_the_kernel(name):
    arrays, attrs = MISFITS[name]
    known = ("TileGrad", "MirrorPadGrad", "SliceGrad")
    results = []
    for on in ("native", "interpreter"):
        with tf.Graph().as_default() as graph, engine(on), tf.Session(graph=graph) as session:
            given = [tf.placeholder(a.dtype, None) for a in arrays]
            feeds = dict(zip(given, arrays, strict=True))
            if name in known:
                given[-1] = tf.constant(arrays[-1])
            y = apply(name, *given, **attrs)
            with pytest.raises(tf.errors.InvalidArgumentError) as raised:
                session.run(y, {t: a for t, a in feeds.items() if t in given})
            results.append(raised.value.message.split("\n")[0])
    assert results[0] == results[1]


# Values that are looked at.


def test_numbers_that_are_not_finite_are_refused():
    x = np.array([1.0, np.inf, 2.0], "f")
    check(lambda p: tf.check_numerics(p * 2.0, "seen") + 1.0, np.ones(3, "f"), want=[3.0] * 3)
    check_refused(lambda p: tf.check_numerics(p * 2.0, "seen") + 1.0, x, match="seen : Tensor had Inf values")
    check_refused(lambda p: tf.check_numerics(p - p, "seen") + 1.0, x, match="seen : Tensor had NaN values")


def test_an_assertion_shows_its_data_and_stops_what_waits_for_it():
    with tf.Graph().as_default() as graph, engine("native"), tf.Session(graph=graph) as session:
        w, x = tf.Variable([0.0, 0.0]), tf.placeholder(tf.float32, [2])
        with tf.control_dependencies([tf.Assert(x > 0.0, ["must be positive:", x * 2.0, tf.constant(7)])]):
            step = w.assign_add(x)
        session.run(w.initializer)
        session.run(step, {x: [1.0, 2.0]})
        assert "native, all in one segment" in session.explain(step, [x])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"failed: \[must be positive:\] \[2 -6\] \[7\]"):
            session.run(step, {x: [1.0, -3.0]})
        assert session.run(w).tolist() == [1.0, 2.0]


# Models.


def embedding_step(optimizer):
    """A step of a model of bags of words, and what it needs."""
    x, y = tf.placeholder(tf.int32, [None, 7]), tf.placeholder(tf.int64, [None])
    table = tf.Variable(rng().normal(size=(50, 16)).astype("f"))
    w, bias = tf.Variable(rng(1).normal(size=(16, 3)).astype("f")), tf.Variable(np.zeros(3, "f"))
    logits = tf.matmul(tf.reduce_mean(tf.gather(table, x), axis=1), w) + bias
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    return x, y, loss, optimizer().minimize(loss)


OPTIMIZERS = {
    "GradientDescent": lambda: tf.train.GradientDescentOptimizer(0.5),
    "Adam": lambda: tf.train.AdamOptimizer(0.01),
    "Momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "Adagrad": lambda: tf.train.AdagradOptimizer(0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_model_of_embeddings_is_one_segment(name):
    words, classes = rng(3).integers(0, 50, (32, 7)), rng(4).integers(0, 3, 32)
    trained = {}
    for on in ("native", "interpreter"):
        with tf.Graph().as_default() as graph, engine(on), tf.Session(graph=graph) as session:
            x, y, loss, step = embedding_step(OPTIMIZERS[name])
            session.run(tf.global_variables_initializer())
            losses = [session.run([loss, step], {x: words, y: classes})[0] for _ in range(10)]
            if on == "native":
                assert "native, all in one segment" in session.explain([loss, step], [x, y])
            trained[on] = [np.array(losses), *session.run(tf.trainable_variables())]
    assert trained["native"][0][-1] < trained["native"][0][0]
    for a, b in zip(trained["native"], trained["interpreter"], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_loop_over_batches_gathers_and_stops_at_a_word_that_is_none():
    words, classes = rng(3).integers(0, 50, (100, 7)).astype("i4"), rng(4).integers(0, 3, 100)
    tables = []
    for on in ("native", "interpreter"):
        with tf.Graph().as_default() as graph, engine(on), tf.Session(graph=graph) as session:
            x, y, _, step = embedding_step(OPTIMIZERS["Adagrad"])
            session.run(tf.global_variables_initializer())
            loop = Loop(session.executable([step], [x, y]), [words, classes])
            loop.run(rng(5).permutation(100), 16)
            tables.append(session.run(tf.trainable_variables()[0]))
            wrong = words.copy()
            wrong[40, 3] = 50
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"index 50 at position \[8, 3\](.|\n)*GatherV2"):
                Loop(session.executable([step], [x, y]), [wrong, classes]).run(np.arange(100), 16)
    np.testing.assert_allclose(*tables, rtol=1e-4, atol=1e-6)
