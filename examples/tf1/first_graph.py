"""A first graph: two variables, an expression, a session that computes it."""

import kerasflow as tf

x = tf.Variable(3, name="x")
y = tf.Variable(4, name="y")
f = x * x * y + y + 2

with tf.Session() as sess:
    sess.run(x.initializer)
    sess.run(y.initializer)
    result = sess.run(f)
print("f(3, 4) =", result)
assert result == 42

init = tf.global_variables_initializer()
with tf.Session() as sess:
    init.run()
    assert f.eval() == 42  # the session is the default one within its block
    z, w = sess.run([x + 5, x * y])
print("both at once:", z, w)
assert (z, w) == (8, 12)
