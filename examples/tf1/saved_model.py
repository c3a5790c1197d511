"""A saved model: exported for serving with a signature, loaded and run by its names."""

import os
import tempfile

import numpy as np

import kerasflow as tf

folder = os.path.join(tempfile.mkdtemp(), "model")
rows = np.random.RandomState(0).normal(size=(3, 4)).astype(np.float32)

with tf.Graph().as_default(), tf.Session() as sess:
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    scores = tf.nn.softmax(tf.layers.dense(x, 3, kernel_initializer=tf.glorot_uniform_initializer(seed=5)))
    sess.run(tf.global_variables_initializer())
    tf.saved_model.simple_save(sess, folder, inputs={"x": x}, outputs={"scores": scores, "best": tf.argmax(scores, 1)})
    wanted = sess.run(scores, {x: rows})
print(sorted(os.listdir(folder)))

with tf.Graph().as_default(), tf.Session() as sess:
    meta = tf.saved_model.loader.load(sess, [tf.saved_model.tag_constants.SERVING], folder)
    signature = meta.signature_def[tf.saved_model.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY]
    outputs = {key: info.name for key, info in signature.outputs.items()}
    found = sess.run(outputs, {signature.inputs["x"].name: rows})
print(found)
assert np.allclose(found["scores"], wanted, rtol=1e-6) and (found["best"] == wanted.argmax(1)).all()
