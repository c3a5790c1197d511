"""Placeholders: nodes that get their values when the graph is run, of shapes known in part."""

import numpy as np

import kerasflow as tf

a = tf.placeholder(tf.float32, shape=(None, 3), name="a")
b = a + 5
c = tf.placeholder_with_default(tf.constant(2.0), shape=[], name="c")
with tf.Session() as sess:
    one = sess.run(b, feed_dict={a: [[1, 2, 3]]})
    two = b.eval(feed_dict={a: [[4, 5, 6], [7, 8, 9]]})
    print(one, two, sep="\n")
    assert np.array_equal(one, [[6, 7, 8]]) and np.array_equal(two, [[9, 10, 11], [12, 13, 14]])
    assert sess.run(b * c, {a: [[0, 0, 0]]}).tolist() == [[10, 10, 10]]
    assert sess.run(b * c, {a: [[0, 0, 0]], c: 3.0}).tolist() == [[15, 15, 15]]
    assert sess.run(b * 10, {b: [[1, 1, 1]]}).tolist() == [[10, 10, 10]]  # any tensor can be fed

    for wrong in ([[1, 2]], [1, 2, 3]):
        try:
            sess.run(b, {a: wrong})
        except ValueError as error:
            print("refused:", error)
        else:
            raise AssertionError("a wrong shape was taken")
    try:
        sess.run(b)
    except tf.errors.InvalidArgumentError as error:
        print("refused:", str(error).splitlines()[0])
    else:
        raise AssertionError("a placeholder ran without a value")
