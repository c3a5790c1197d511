"""An estimator with a model function of one's own: it trains, goes on from its folder, evaluates and predicts."""

import tempfile

import numpy as np

import kerasflow as tf

rng = np.random.RandomState(0)
x = rng.uniform(-3.0, 3.0, (600, 1)).astype(np.float32)
y = np.sin(x) + rng.normal(0.0, 0.05, x.shape).astype(np.float32)


def model_fn(features, labels, mode, params):
    """Layers, and what is done with them in each mode."""
    net = features["x"]
    for units in params["layers"]:
        net = tf.layers.dense(net, units, activation=tf.nn.tanh)
    output = tf.layers.dense(net, 1)
    predictions = {"y": output}
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions)
    loss = tf.losses.mean_squared_error(labels, output)
    if mode == tf.estimator.ModeKeys.EVAL:
        metrics = {"error": tf.metrics.mean_absolute_error(labels, output)}
        return tf.estimator.EstimatorSpec(mode, predictions, loss, eval_metric_ops=metrics)
    rate = tf.train.exponential_decay(params["rate"], tf.train.get_global_step(), 500, 0.5)
    train_op = tf.train.AdamOptimizer(rate).minimize(loss, tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, predictions, loss, train_op)


class Losses(tf.train.SessionRunHook):
    """Keeps the loss of each step."""

    def begin(self):
        """Find the loss."""
        self.values = []
        self._loss = tf.get_collection(tf.GraphKeys.LOSSES)[0]

    def before_run(self, run_context):
        """Ask for it."""
        return tf.train.SessionRunArgs(self._loss)

    def after_run(self, run_context, run_values):
        """Keep it."""
        self.values.append(float(run_values.results))


def training():
    """Batches without end."""
    data = tf.data.Dataset.from_tensor_slices(({"x": x[:500]}, y[:500]))
    return data.shuffle(500).repeat().batch(50)


def judging():
    """All other rows."""
    return tf.data.Dataset.from_tensors(({"x": x[500:]}, y[500:]))


config = tf.estimator.RunConfig(tf_random_seed=42, save_checkpoints_steps=500)
params = {"layers": [30, 30], "rate": 0.01}
estimator = tf.estimator.Estimator(model_fn, tempfile.mkdtemp(), config, params)
hook = Losses()
estimator.train(training, hooks=[hook], steps=500)
print("first and last losses:", hook.values[0], hook.values[-1])
print("after 500 steps:", estimator.evaluate(judging))
estimator.train(training, max_steps=1000)
found = estimator.evaluate(judging)
print("after 1000 steps:", found)
first = next(estimator.predict(judging))
print("predicted", first["y"], "for", x[500])
assert found["global_step"] == 1000 and found["error"] < 0.1
