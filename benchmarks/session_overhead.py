"""What `Session.run` costs beside the same NumPy calls written by hand: ``python benchmarks/session_overhead.py``.

Each workload is run both ways, in turn, in one process, on the same arrays; the results are compared. Of many short
stretches the quickest counts, which leaves out what other processes took. The goal: at most 15 microseconds more.
"""

import time

import numpy as np

import kerasflow as tf

GOAL = 15.0  # microseconds
CALLS, STRETCHES = 50, 400


def microseconds(*functions):
    """The time of one call of each of `functions`, measured in turn."""
    best = [float("inf")] * len(functions)
    for _ in range(STRETCHES):
        for k, function in enumerate(functions):
            started = time.perf_counter()
            for _ in range(CALLS):
                function()
            best[k] = min(best[k], (time.perf_counter() - started) / CALLS * 1e6)
    return best


def affine(sess):
    """``2 x + 1`` of a small vector that is fed."""
    x, a = tf.placeholder(tf.float32, [None]), np.float32([1.0, 2.0, 3.0])
    y, two, one = 2.0 * x + 1.0, np.float32(2), np.float32(1)
    return lambda: sess.run(y, {x: a}), lambda: two * a + one


def layer(sess):
    """``relu(x W + b)`` of eight rows."""
    rng = np.random.default_rng(0)
    a, kernel, bias = (rng.standard_normal(shape).astype(np.float32) for shape in ((8, 4), (4, 16), (16,)))
    x, w, b = tf.placeholder(tf.float32, [None, 4]), tf.Variable(kernel), tf.Variable(bias)
    y = tf.nn.relu(tf.matmul(x, w) + b)
    sess.run([w.initializer, b.initializer])
    return lambda: sess.run(y, {x: a}), lambda: np.maximum(a @ kernel + bias, np.float32(0))


def counter(sess):
    """A step counter: a variable that grows by one and is given back."""
    w, count = tf.Variable(0), np.zeros((), np.int32)
    step = w.assign_add(1)
    sess.run(w.initializer)
    one = np.int32(1)
    return lambda: sess.run(step), lambda: np.add(count, one, out=count).copy()[()]


def main():
    """Measure and print."""
    print(f"{'microseconds':<14}{'by hand':>9}{'session':>9}{'more':>7}{'ratio':>7}")
    for workload in (affine, layer, counter):
        with tf.Graph().as_default(), tf.Session() as sess:
            run, by_hand = workload(sess)
            for _ in range(3):
                np.testing.assert_allclose(run(), by_hand(), rtol=1e-6)
            session, hand = microseconds(run, by_hand)
        more = session - hand
        verdict = "" if more <= GOAL else f"  more than {GOAL:.0f}"
        print(f"{workload.__name__:<14}{hand:>9.2f}{session:>9.2f}{more:>7.2f}{session / hand:>7.1f}{verdict}")


if __name__ == "__main__":
    main()
