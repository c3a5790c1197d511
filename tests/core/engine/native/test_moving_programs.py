"""Random programs that move data about, derivatives and variables included: both engines give the same.

What can go wrong when statements share loops shows only where many meet: a part that is read before it is written, a
variable that is changed too early, memory given to two results at once.
"""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from tests.core.ops.harness import engine  # noqa: E402

LARGEST = 4000  # elements
SHAPES = ([3, 4], [5], [2, 3, 4], [4, 4])


class Draft:
    """A program in the making: the tensors there are so far, the variables, and four indices."""

    def __init__(self, seed, tensors, variables, indices):
        self.rng = np.random.default_rng(seed)
        self.tensors = list(tensors)
        self.variables = variables
        self.indices = indices

    def number(self, *bounds):
        return int(self.rng.integers(*bounds))

    def one_of(self, things):
        return things[self.number(len(things))]

    def like(self, shape, default):
        """A tensor of that shape, where None goes with any size."""
        fit = [t for t in self.tensors if t.shape.is_compatible_with(shape)]
        return self.one_of(fit) if fit else default


def sliced(d, x, axis, n):
    start = d.number(n)
    step = d.one_of([1, 1, 2, -1])
    key = slice(start, d.number(start + 1, n + 1), step) if step > 0 else slice(None, None, -1)
    return x[(slice(None),) * axis + (key,)]


def joined(d, x, axis, n):
    other = d.like([None if i == axis else s for i, s in enumerate(x.shape.as_list())], x)
    return tf.concat([x, other, tf.exp(-x * x)], axis)


def assigned(d, x, axis, n):
    v = d.one_of(d.variables)
    value = d.like(v.shape, tf.reverse(v.read_value(), [0]))
    return d.one_of([v.assign, v.assign_add, v.assign_sub])(0.5 * value)


def scattered(d, x, axis, n):
    v = d.one_of(d.variables)
    rows = tf.gather(x if x.shape.is_compatible_with(v.shape) else v.read_value(), tf.mod(d.indices, v.shape[0].value))
    return tf.scatter_add(v, tf.mod(d.indices, v.shape[0].value), 0.3 * rows)


# From a tensor, one of its axes, and the size of that.
MAKERS = [
    lambda d, x, axis, n: tf.tanh(x),
    lambda d, x, axis, n: 0.5 * x + d.like(x.shape, x),
    lambda d, x, axis, n: tf.reverse(x, [axis]),
    lambda d, x, axis, n: tf.transpose(x, d.rng.permutation(x.shape.ndims).tolist()),
    lambda d, x, axis, n: tf.reshape(x, [-1]),
    lambda d, x, axis, n: tf.stack([x, 2.0 * x], axis),
    lambda d, x, axis, n: tf.unstack(x, axis=axis)[-1],
    lambda d, x, axis, n: tf.tile(x, [d.number(1, 3) for _ in x.shape]),
    lambda d, x, axis, n: tf.pad(x, [[d.number(2), d.number(2)] for _ in x.shape], d.one_of(["CONSTANT", "SYMMETRIC"])),
    lambda d, x, axis, n: tf.gather(x, tf.mod(d.indices, n), axis=axis),
    lambda d, x, axis, n: tf.cumsum(0.3 * x, axis, d.number(2) == 1, d.number(2) == 1),
    lambda d, x, axis, n: tf.reduce_mean(x, axis=axis, keepdims=d.number(2) == 1),
    lambda d, x, axis, n: tf.nn.softmax(x, axis=axis),
    lambda d, x, axis, n: tf.unsorted_segment_sum(x, np.arange(x.shape[0].value) % 3 - 1, 2),
    lambda d, x, axis, n: tf.one_hot(tf.argmax(x, axis=axis), 3, dtype=tf.float64),
    lambda d, x, axis, n: 0.1 * tf.matmul(x, x, transpose_b=True) if x.shape.ndims > 1 else x,
    lambda d, x, axis, n: d.one_of(d.variables).read_value(),
    sliced,
    joined,
    assigned,
    scattered,
]


def grow(draft):
    for _ in range(draft.number(6, 16)):
        x = draft.one_of(draft.tensors)
        if x.shape.ndims:
            axis = draft.number(x.shape.ndims)
            y = draft.one_of(MAKERS)(draft, x, axis, x.shape[axis].value)
            if 0 < y.shape.num_elements() <= LARGEST:
                draft.tensors.append(y)


def results(seed, on):
    """What the program gives in three runs, and the variables after them."""
    rng = np.random.default_rng(seed)
    with tf.Graph().as_default() as graph, engine(on), tf.Session(graph=graph) as session:
        given = [tf.placeholder(tf.float64, shape) for shape in SHAPES]
        indices = tf.placeholder(tf.int32, [4])
        variables = [tf.Variable(rng.normal(size=(4, 4))), tf.Variable(rng.normal(size=5))]
        draft = Draft(seed, given, variables, indices)
        grow(draft)
        made = [t for t in draft.tensors[len(given) :] if draft.number(2)] or draft.tensors[-1:]
        gradients = tf.gradients([tf.reduce_sum(t * t) for t in made], given)
        fetches = [*made, *[tf.convert_to_tensor(g) for g in gradients if g is not None]]
        session.run([v.initializer for v in variables])
        values = []
        for _ in range(3):
            feeds = {p: rng.normal(size=p.shape.as_list()) for p in given} | {indices: rng.integers(0, 50, 4)}
            values += session.run(fetches, feeds)
        if on == "native":
            assert "native, all in one segment" in session.explain(fetches, [*given, indices])
        return values + session.run(variables)


@pytest.mark.parametrize("seed", [*range(16), *[pytest.param(k, marks=pytest.mark.slow) for k in range(16, 300)]])
def test_random_programs_agree(seed):
    for value, want in zip(results(seed, "native"), results(seed, "interpreter"), strict=True):
        np.testing.assert_allclose(value, want, rtol=1e-7, atol=1e-9 * max(1.0, float(np.max(np.abs(want)))))
