"""Programs that draw random numbers, written once: TensorFlow runs them to make the golden file, the tests run them.

A program takes the library and gives the tensors to run, the initialiser to run first (or None), and what to feed.
Only operations that are one node in both libraries stand between the random ones, so that their places agree.
"""

import numpy as np


def weights(tf):
    """What a program of a course does: weights of two layers, then noise."""
    tf.set_random_seed(42)
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w1 = tf.Variable(tf.random_normal([3, 4], stddev=0.35), name="w1")
    b1 = tf.Variable(tf.zeros([4]), name="b1")
    w2 = tf.Variable(tf.truncated_normal([4, 2], mean=1.0, stddev=0.1), name="w2")
    w3 = tf.Variable(tf.random_uniform([2, 2], -1.0, 1.0), name="w3")
    hidden = tf.add(tf.matmul(x, w1), b1)
    noise = tf.random_normal([2])
    with tf.name_scope("more"):
        seeded = tf.random_uniform([2], seed=1)
        later = tf.random_uniform([3])
    fetches = [w1.value(), w2.value(), w3.value(), tf.matmul(hidden, w2), noise, seeded, later]
    return fetches, [w1.initializer, b1.initializer, w2.initializer, w3.initializer], {x: np.ones((2, 3), np.float32)}


def layers(tf):
    """Weights that layers make, between other operations of theirs."""
    tf.set_random_seed(42)
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    hidden = tf.layers.dense(x, 4, tf.nn.relu)
    dropped = tf.layers.dropout(hidden, 0.5, training=True)
    y = tf.layers.dense(dropped, 2, kernel_initializer=tf.random_normal_initializer(stddev=0.1))
    many = tf.Variable(tf.zeros([1000]))  # the first number of zeros that is no constant
    last = tf.Variable(tf.truncated_normal([2]))
    made = tf.trainable_variables()
    fetches = [made[0].value(), made[2].value(), last.value(), hidden, dropped, y, tf.add(many, 1.0)[:2]]
    return fetches, [v.initializer for v in made], {x: np.eye(3, dtype=np.float32)}


def kinds(tf):
    """Every kind of draw, type and spelling of a shape."""
    tf.set_random_seed(1234)
    n = tf.placeholder(tf.int32, [], name="n")
    shape = tf.placeholder(tf.int32, [2], name="shape")
    drawn = [
        tf.random_uniform([5], 0, 10, dtype=tf.int32),
        tf.random_uniform([2, 2], -3, 2**40, dtype=tf.int64),
        tf.random_uniform([]),
        tf.random_uniform(shape, -2.0, 3.0, dtype=tf.float64),
        tf.random_uniform([2, n], minval=[[1.0], [10.0]], maxval=20.0),
        tf.random_normal((3,), dtype=tf.float16),
        tf.random_normal([2], mean=[0.0, 100.0], stddev=2.0, dtype=tf.float64, seed=5),
        tf.truncated_normal(np.array([9]), 1.0, 2.0, dtype=tf.float64),
        tf.random_shuffle([10, 20, 30, 40, 50]),
        tf.random_shuffle(np.arange(12).reshape(6, 2), seed=3),
    ]
    return drawn, None, {n: 3, shape: [2, 3]}


def op_seeds(tf):
    """Seeds of operations alone; the graph has none."""
    drawn = [
        tf.random_uniform([3], seed=7),
        tf.random_normal([3], seed=7),
        tf.random_shuffle(list(range(8)), seed=0),
        tf.random_uniform([3], seed=-1),
    ]
    return drawn, None, {}


def dropout(tf):
    """Dropout with every way to say how much, and masks of other shapes."""
    tf.set_random_seed(99)
    x = tf.placeholder(tf.float32, [None, 5], name="x")
    rate = tf.placeholder(tf.float32, [], name="rate")
    nn = tf.nn
    drawn = [
        nn.dropout(x, keep_prob=0.5),
        nn.dropout(x, rate=0.25, seed=11),
        nn.dropout(x, keep_prob=rate),
        nn.dropout(tf.ones([4, 5], tf.float64), rate=0.3, noise_shape=[None, 1]),
        nn.dropout(x, 0.8, noise_shape=[1, 5], name="columns"),
        tf.random_uniform([2]),
    ]
    return drawn, None, {x: np.arange(15, dtype=np.float32).reshape(3, 5), rate: 0.6}


def initializers(tf):
    """The initialisers with TensorFlow's names and defaults, and Keras's."""
    tf.set_random_seed(7)
    made = [
        tf.glorot_uniform_initializer()([3, 4]),
        tf.glorot_normal_initializer()([3, 4]),
        tf.variance_scaling_initializer(scale=2.0, mode="fan_out", distribution="uniform")([2, 3, 4]),
        tf.variance_scaling_initializer(distribution="untruncated_normal", seed=4)([6]),
        tf.random_normal_initializer()([2, 2]),
        tf.random_uniform_initializer()([4]),
        tf.truncated_normal_initializer(stddev=0.5)([5], dtype=tf.float64),
        tf.keras.initializers.RandomNormal()([3]),
        tf.keras.initializers.RandomUniform()([3]),
        tf.keras.initializers.TruncatedNormal()([3]),
        tf.keras.initializers.he_normal()([4, 2]),
        tf.keras.initializers.he_uniform()([4, 2]),
        tf.keras.initializers.lecun_normal()([4, 2]),
        tf.keras.initializers.lecun_uniform()([4, 2]),
        tf.zeros_initializer()([2, 2]),
        tf.ones_initializer()([2]),
        tf.constant_initializer([1, 2, 3])([2, 2]),
        tf.random_uniform([2]),
    ]
    return made, None, {}


def orthogonal(tf):
    """Orthogonal matrices, wide, tall and of more axes; a program of its own, since it takes many operations."""
    tf.set_random_seed(7)
    made = [tf.orthogonal_initializer(seed=i)(shape) for i, shape in enumerate([(3, 5), (5, 3), (2, 2, 3)])]
    return [*made, tf.orthogonal_initializer(gain=2.0, seed=9)([4, 4], dtype=tf.float64)], None, {}


PROGRAMS = (weights, layers, kinds, op_seeds, dropout, initializers, orthogonal)
