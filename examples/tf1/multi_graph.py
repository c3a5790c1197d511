"""Several graphs and sessions side by side: nothing is shared but what is handed over."""

import kerasflow as tf

first = tf.Graph()
with first.as_default():
    x1 = tf.Variable(1.0, name="x")
    increment = x1.assign_add(10.0)
second = tf.Graph()
with second.as_default():
    x2 = tf.Variable(2.0, name="x")
assert x1.graph is first and x2.graph is second and x2.graph is not tf.get_default_graph()
assert x1.name == x2.name == "x:0"

with tf.Session(graph=first) as one, tf.Session(graph=second) as two, tf.Session(graph=first) as three:
    for sess, variable in ((one, x1), (two, x2), (three, x1)):
        sess.run(variable.initializer)
    one.run(increment)
    values = one.run(x1), two.run(x2), three.run(x1)
    print(values)
    assert values == (11.0, 2.0, 1.0)  # each session has values of its own
    try:
        one.run(x2)
    except ValueError as error:
        print("refused:", str(error).splitlines()[0])
    else:
        raise AssertionError("a session ran another graph")

try:
    with first.as_default():
        tf.add(x1, x2)
except ValueError as error:
    print("refused:", str(error).splitlines()[0])
else:
    raise AssertionError("two graphs were mixed")

tf.constant(1.0)
tf.reset_default_graph()
assert tf.get_default_graph().get_operations() == []
second.finalize()
try:
    with second.as_default():
        tf.constant(1.0)
except RuntimeError as error:
    print("refused:", error)
else:
    raise AssertionError("a finalized graph grew")
