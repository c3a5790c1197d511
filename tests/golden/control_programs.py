"""Programs that choose and repeat, written once: TensorFlow runs them to make the golden file, the tests run them.

A program takes the library and gives the tensors to fetch and what to feed; variables are initialised first. Where the
result would depend on the moment in TensorFlow (what reads a variable that is changed), no program looks.
"""

import numpy as np

X = np.array([[0.3, -0.7, 0.2], [1.1, 0.4, -0.9]])
W = np.array([[0.5, -0.2, 0.1], [0.3, 0.8, -0.4], [-0.6, 0.2, 0.7]])


def cond_gradients(tf):
    """Both sides of a choice, first and second derivatives, and by what only one side takes."""
    x, p = tf.constant(X), tf.placeholder(tf.bool, [])
    w = tf.Variable(W)
    y = tf.cond(p, lambda: tf.reduce_sum(tf.matmul(x, w) ** 3), lambda: tf.reduce_sum(tf.exp(x)))
    gx, gw = tf.gradients(y, [x, w])
    return [y, gx, gw, tf.gradients(gx, x)[0]], {p: True}


def cond_other_side(tf):
    """The same with the other side chosen."""
    fetches, feeds = cond_gradients(tf)
    return fetches, dict.fromkeys(feeds, False)


def nested_cond(tf):
    """Three ways out of a choice in a choice."""
    x = tf.constant([-2.0, 0.5, 4.0])

    def one(v):
        return tf.cond(v < 0.0, lambda: -v, lambda: tf.cond(v < 1.0, lambda: v * v, lambda: tf.sqrt(v)))

    ys = [one(x[i]) for i in range(3)]
    return [*ys, *[tf.gradients(y, x)[0] for y in ys]], {}


def case_order(tf):
    """The first true predicate wins."""
    x = tf.placeholder(tf.int32, [])
    y = tf.case([(x < 3, lambda: tf.constant(1)), (x < 9, lambda: tf.constant(2))], default=lambda: tf.constant(3))
    return [y], {x: 2}


def loop_gradients(tf):
    """A recurrence with a captured variable."""
    x, w = tf.constant(X), tf.Variable(W)

    def body(i, y):
        return i + 1, tf.tanh(tf.matmul(y, w)) + y * tf.sin(tf.cast(i, tf.float64) + 1.0)

    i, y = tf.while_loop(lambda i, y: i < 5, body, (0, x))
    return [i, y, *tf.gradients(y, [x, w])], {}


def loop_of_data(tf):
    """The number of rounds depends on the values."""
    x = tf.placeholder(tf.float64, [])
    n, y = tf.while_loop(lambda n, y: y < 100.0, lambda n, y: (n + 1, y * y + x), (0, x))
    return [n, y, tf.gradients(y, x)[0]], {x: 1.7}


def loop_no_round(tf):
    """No round at all."""
    x = tf.constant(X)
    i, y = tf.while_loop(lambda i, y: i < 0, lambda i, y: (i + 1, y * 2.0), (0, x))
    return [i, y, tf.gradients(y, x)[0]], {}


def loop_limited(tf):
    """`maximum_iterations`, and a nest of loop variables."""
    i, d = tf.while_loop(
        lambda i, d: i < 100,
        lambda i, d: (i + 1, {"a": d["a"] * 2, "b": (d["b"][0] + 0.5,)}),
        (0, {"a": 1, "b": (2.0,)}),
        maximum_iterations=7,
    )
    return [i, d["a"], d["b"][0]], {}


def loop_growing(tf):
    """A shape that changes, with its gradient."""
    x = tf.constant([1.0, 2.0])
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    _, y = tf.while_loop(
        lambda i, y: i < 3, lambda i, y: (i + 1, tf.concat([y, y * 0.5], 0)), (0, x), shape_invariants=shapes
    )
    return [y, tf.gradients(y, x)[0]], {}


def loops_in_loops(tf):
    """A loop and a choice in each round of a loop."""
    x = tf.constant(0.8, tf.float64)

    def body(i, y):
        _, z = tf.while_loop(lambda j, z: j < i, lambda j, z: (j + 1, z * x + y), (0, y))
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: tf.sin(z), lambda: z * y)

    _, y = tf.while_loop(lambda i, y: i < 4, body, (0, x))
    return [y, tf.gradients(y, x)[0]], {}


def rnn_by_hand(tf):
    """A recurrent network as programs write it: arrays as loop variables."""
    x, w = tf.constant(np.stack([X, X[::-1], X * 0.5])), tf.Variable(np.concatenate([W, W.T]))
    source = tf.TensorArray(tf.float64, 3).unstack(x)
    out = tf.TensorArray(tf.float64, 3)

    def step(t, h, out):
        h = tf.tanh(tf.matmul(tf.concat([source.read(t), h], 1), w))
        return t + 1, h, out.write(t, h)

    _, h, out = tf.while_loop(lambda t, h, out: t < 3, step, (0, tf.zeros([2, 3], tf.float64), out))
    y = out.stack()
    return [h, y, *tf.gradients(tf.reduce_sum(y * y), [x, w])], {}


def arrays(tf):
    """Writing and reading in other orders, joining and splitting."""
    x = tf.constant(X)
    a = tf.TensorArray(tf.float64, 4).scatter([3, 1], x).write(0, x[0] * x[1]).write(2, x[1])
    b = tf.TensorArray(tf.float64, 2, infer_shape=False).split(tf.transpose(x), [1, 2])
    y = tf.reduce_sum(a.gather([0, 3, 2]) ** 2)
    z = b.concat()
    return [y, tf.gradients(y, x)[0], a.size(), z, tf.gradients(z * z, x)[0]], {}


def map_gradients(tf):
    """A function of each row, with several results."""
    x, w = tf.constant(X), tf.Variable(W)
    y = tf.map_fn(lambda row: (tf.reduce_sum(row[None] @ w), row * row), x, dtype=(tf.float64, tf.float64))
    return [*y, *tf.gradients(tf.reduce_sum(y[0] ** 2) + tf.reduce_sum(y[1]), [x, w])], {}


def scans(tf):
    """Forwards and backwards, with a value to begin with and without."""
    x = tf.constant(X[0])
    a0 = tf.constant(0.4, tf.float64)

    def f(a, e):
        return tf.sin(a) * e + a

    ys = [tf.scan(f, x), tf.scan(f, x, reverse=True), tf.scan(f, x, a0), tf.scan(f, x, a0, reverse=True)]
    return [*ys, *[tf.gradients(y, x)[0] for y in ys], tf.gradients(ys[3], a0)[0]], {}


def scan_of_nests(tf):
    """A nest is carried, a nest of rows comes in."""
    a, b = tf.scan(lambda a, e: (a[0] + e[0], a[1] * e[1]), (tf.constant(X), tf.constant([2, 5])))
    return [a, b], {}


def folds(tf):
    """From the left and from the right."""
    x = tf.constant(X[1])

    def f(a, e):
        return a * 0.5 - e

    ys = [tf.foldl(f, x), tf.foldr(f, x), tf.foldl(f, x, np.float64(2.0)), tf.foldr(f, x, np.float64(2.0))]
    return [*ys, *[tf.gradients(y, x)[0] for y in ys]], {}


def shapes_and_names(tf):
    """What is known of results, as numbers; the names are kept beside them."""
    p = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [None, 2])
    ys = [
        tf.cond(p, lambda: tf.zeros([2, 3]), lambda: tf.ones([2, 4])),
        tf.while_loop(lambda y: tf.reduce_sum(y) < 9.0, lambda y: y + 1.0, [x]),
        tf.map_fn(lambda row: row * 2.0, x),
        tf.scan(lambda a, e: a + e, x, tf.zeros([2])),
    ]
    return ys, {p: True, x: [[1.0, 2.0]]}


PROGRAMS = [
    cond_gradients,
    cond_other_side,
    nested_cond,
    case_order,
    loop_gradients,
    loop_of_data,
    loop_no_round,
    loop_limited,
    loop_growing,
    loops_in_loops,
    rnn_by_hand,
    arrays,
    map_gradients,
    scans,
    scan_of_nests,
    folds,
    shapes_and_names,
]
