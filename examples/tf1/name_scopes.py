"""Names: made unique, grouped by scopes, and a way to find what has been built."""

import kerasflow as tf

a1 = tf.Variable(0.0, name="a")
a2 = tf.Variable(0.0, name="a")
with tf.name_scope("parameters"):
    a3 = tf.Variable(0.0, name="a")
    with tf.name_scope("inner"):
        a4 = tf.Variable(0.0, name="a")
with tf.name_scope("parameters"):
    a5 = tf.Variable(0.0, name="a")
with tf.variable_scope("weights"):
    w = tf.get_variable("w", shape=[2, 3])
    total = tf.reduce_sum(w)
with tf.variable_scope("weights", reuse=True):
    again = tf.get_variable("w", shape=[2, 3])
    other = tf.reduce_sum(w)

names = [v.op.name for v in (a1, a2, a3, a4, a5, w)]
print(names)
assert names == ["a", "a_1", "parameters/a", "parameters/inner/a", "parameters_1/a", "weights/w"]
assert again is w
print(total.name, other.name)
assert (total.name, other.name) == ("weights/Sum:0", "weights_1/Sum:0")

graph = tf.get_default_graph()
assert graph.get_tensor_by_name("weights/Sum:0") is total
assert graph.get_operation_by_name("weights/Sum") is total.op
found = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="parameters")
assert [v.op.name for v in found] == ["parameters/a", "parameters/inner/a", "parameters_1/a"]
