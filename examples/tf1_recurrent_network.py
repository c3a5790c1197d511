"""A recurrent network written by hand: a loop over time in the graph, trained to tell which of two numbers came last.

Each row is a sequence of small noise with a +1 and a -1 somewhere in it. The network reads it step by step; what it
has to remember is the sign of the last one.
"""

import numpy as np

import kerasflow as tf

STEPS, UNITS = 12, 16


def sequences(rng, count):
    """Sequences of shape (count, STEPS, 1), and 1.0 where the positive mark is the last."""
    x = rng.normal(0.0, 0.1, (count, STEPS, 1))
    first, last = np.sort(np.array([rng.permutation(STEPS)[:2] for _ in range(count)]), axis=1).T
    sign = rng.choice([-1.0, 1.0], count)
    x[np.arange(count), first, 0] -= sign
    x[np.arange(count), last, 0] += sign
    return x.astype(np.float32), (sign > 0).astype(np.float32)[:, None]


def recurrent(x):
    """The state after the last step: h = tanh([x_t, h] W + b), with the steps of all rows at once."""
    inputs = tf.TensorArray(tf.float32, STEPS).unstack(tf.transpose(x, [1, 0, 2]))
    w = tf.get_variable("w", [1 + UNITS, UNITS])
    b = tf.get_variable("b", [UNITS], initializer=tf.zeros_initializer())

    def step(t, h):
        return t + 1, tf.tanh(tf.matmul(tf.concat([inputs.read(t), h], 1), w) + b)

    start = tf.zeros_like(x[:, 0, :]) * tf.ones([1, UNITS])
    return tf.while_loop(lambda t, h: t < STEPS, step, (0, start))[1]


def main():
    """Train, and print how many of new sequences are told right."""
    tf.set_random_seed(1)
    rng = np.random.default_rng(1)
    x = tf.placeholder(tf.float32, [None, STEPS, 1], name="x")
    y = tf.placeholder(tf.float32, [None, 1], name="y")
    logits = tf.layers.dense(recurrent(x), 1)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))
    grads, variables = zip(*tf.train.AdamOptimizer(0.01).compute_gradients(loss), strict=True)
    clipped, _ = tf.clip_by_global_norm(grads, 1.0)
    train = tf.train.AdamOptimizer(0.01).apply_gradients(zip(clipped, variables, strict=True))
    accuracy = tf.reduce_mean(tf.cast(tf.equal(logits > 0.0, y > 0.5), tf.float32))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(601):
            rows, labels = sequences(rng, 64)
            _, value = sess.run([train, loss], {x: rows, y: labels})
            if step % 100 == 0:
                print(f"step {step}: loss {value:.3f}")
        rows, labels = sequences(rng, 2000)
        right = sess.run(accuracy, {x: rows, y: labels})
    print(f"{right:.1%} of new sequences are told right")
    if right < 0.97:
        raise SystemExit("the network has not learnt")


if __name__ == "__main__":
    main()
