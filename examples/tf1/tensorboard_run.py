"""A training run for TensorBoard: curves, histograms, pictures and the graph; then read back from the file.

Afterwards `tensorboard --logdir FOLDER` shows it.
"""

import glob
import os
import tempfile

import numpy as np

import kerasflow as tf

rng = np.random.RandomState(0)
data = rng.normal(size=(400, 2)).astype(np.float32)
labels = (data[:, :1] ** 2 + data[:, 1:] > 0.5).astype(np.float32)
folder = os.path.join(tempfile.mkdtemp(), "logs", "run-1")

with tf.name_scope("inputs"):
    X = tf.placeholder(tf.float32, [None, 2], name="X")
    y = tf.placeholder(tf.float32, [None, 1], name="y")
with tf.name_scope("model"):
    w = tf.Variable(rng.normal(size=(2, 8)).astype(np.float32), name="hidden_weights")
    b = tf.Variable(tf.zeros([8]), name="biases")
    v = tf.Variable(rng.normal(size=(8, 1)).astype(np.float32), name="top")
    hidden = tf.tanh(tf.matmul(X, w) + b, name="hidden")
    logits = tf.matmul(hidden, v, name="logits")
    tf.summary.histogram("weights", w)
with tf.name_scope("training"):
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits), name="mean_loss")
    right = tf.equal(logits > 0.0, y > 0.5)
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32), name="share")
    step = tf.Variable(0, trainable=False, name="step")
    train = tf.train.AdamOptimizer(0.05).minimize(loss, global_step=step)
    tf.summary.scalar("loss", loss)
    tf.summary.scalar("accuracy", accuracy)

axis = np.linspace(-2.0, 2.0, 24).astype(np.float32)
plane = np.stack(np.meshgrid(axis, axis[::-1]), axis=-1).reshape(-1, 2)
picture = tf.summary.image("plane", tf.reshape(tf.nn.sigmoid(logits), [1, 24, 24, 1]), max_outputs=1, collections=[])
merged = tf.summary.merge_all()

with tf.Session() as sess, tf.summary.FileWriter(folder, sess.graph) as writer:
    sess.run(tf.global_variables_initializer())
    for epoch in range(150):
        feed = {X: data, y: labels}
        if epoch % 10 == 0:
            writer.add_summary(sess.run(merged, feed), sess.run(step))
        sess.run(train, feed)
    writer.add_summary(sess.run(picture, {X: plane}), sess.run(step))
    by_hand = tf.Summary(value=[tf.Summary.Value(tag="final accuracy", simple_value=sess.run(accuracy, feed))])
    writer.add_summary(by_hand, 150)

[path] = glob.glob(os.path.join(folder, "events.out.tfevents.*"))
events = list(tf.train.summary_iterator(path))
values = [(event.step, value) for event in events for value in event.summary.value]
losses = [(s, value.simple_value) for s, value in values if value.tag == "training/loss"]
print("steps:", [s for s, _ in losses])
print("tags:", sorted({value.tag for _, value in values}))
final = [value.simple_value for _, value in values if value.tag == "final accuracy"][0]
print("final accuracy above 0.95:", final > 0.95)
graph_def = tf.GraphDef.FromString([e.graph_def for e in events if e.WhichOneof("what") == "graph_def"][0])
print("in the graph:", sorted({"inputs/X", "model/logits"} & {node.name for node in graph_def.node}))
assert losses[0][1] > 3 * losses[-1][1] and final > 0.95 and len(losses) == 15
image = [value.image for _, value in values if value.tag == "plane/image"][0]
assert (image.height, image.width, image.colorspace) == (24, 24, 1)
