"""What runs, and in which order: only what is needed, and what it has been told to wait for."""

import numpy as np

import kerasflow as tf

counter = tf.Variable(0, name="counter")
with tf.control_dependencies([tf.assign_add(counter, 1)]):
    after = counter.read_value()


def never(value):
    """Is never called: nobody asks for what it gives."""
    raise AssertionError("this was not needed")


x = tf.placeholder(tf.float32, [None], name="x")
unused = tf.py_func(never, [x], tf.float32)
checked = tf.Assert(tf.reduce_all(x > 0.0), [x])
with tf.control_dependencies([checked]):
    root = tf.sqrt(x)
both = tf.group(tf.assign_add(counter, 10), tf.assign_add(counter, 100))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    assert [sess.run(after) for _ in range(3)] == [1, 2, 3]
    assert sess.run(both) is None and sess.run(counter) == 113
    assert np.allclose(sess.run(root, {x: [4.0, 9.0]}), [2.0, 3.0])
    try:
        sess.run(root, {x: [4.0, -1.0]})
    except tf.errors.InvalidArgumentError as error:
        print("refused:", str(error).splitlines()[0])
    else:
        raise AssertionError("a negative number passed")
    doubled = tf.py_func(lambda a: 2 * a, [x], tf.float32)
    print(sess.run(doubled + root, {x: [1.0, 4.0]}))
    assert np.allclose(sess.run(doubled, {x: [1.0, 4.0]}), [2.0, 8.0])
print("counted, grouped, checked")
