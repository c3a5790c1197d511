"""Estimators of programs that may run on a TPU: batch sizes, host calls, metrics by function."""

import numpy as np
import pytest

import kerasflow as tf

T = tf.estimator.tpu
X = np.arange(24, dtype=np.float32)


def reading(seen):
    def input_fn(params):
        seen.append(params["batch_size"])
        return tf.data.Dataset.from_tensor_slices((X, 2 * X)).batch(params["batch_size"])

    return input_fn


def modelling(seen, called=None):
    def model_fn(features, labels, mode, params):
        seen.append((mode, params["batch_size"], params["rate"]))
        w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
        if mode == tf.estimator.ModeKeys.PREDICT:
            return T.TPUEstimatorSpec(mode, {"y": w * features})
        loss = tf.reduce_mean(tf.square(w * features - labels))
        step = tf.train.GradientDescentOptimizer(params["rate"]).minimize(loss, tf.train.get_global_step())

        def metric_fn(labels, y):
            return {"mae": tf.metrics.mean_absolute_error(labels, y)}

        def note(losses):
            called.append(float(losses[0]))
            return np.float32(0)

        call = (lambda one: [tf.py_func(note, [one], tf.float32)], [tf.reshape(loss, [1])])
        metrics = (metric_fn, {"labels": labels, "y": w * features})
        return T.TPUEstimatorSpec(mode, None, loss, step, metrics, host_call=None if called is None else call)

    return model_fn


def made(folder, model_fn, **more):
    config = T.RunConfig(T.TPUConfig(100, num_shards=8), model_dir=str(folder), save_checkpoints_steps=50)
    sizes = {"train_batch_size": 8, "eval_batch_size": 6, "predict_batch_size": 5}
    return T.TPUEstimator(model_fn, config=config, params={"rate": 1e-3}, use_tpu=False, **{**sizes, **more})


def test_functions_are_told_the_size_of_a_batch(tmp_path):
    seen, read = [], []
    model = made(tmp_path, modelling(seen)).train(reading(read))
    w = 0.0
    for batch in X.reshape(3, 8):
        w -= 1e-3 * np.mean(2 * (w - 2) * batch**2)
    assert model.get_variable_value("w") == pytest.approx(w, rel=1e-5)
    assert model.evaluate(reading(read))["mae"] == pytest.approx(np.mean(abs(w - 2) * X), rel=1e-5)
    predicted = [p["y"] for p in model.predict(reading(read))]
    np.testing.assert_allclose(predicted, w * X, rtol=1e-5)
    assert read == [8, 6, 5] and seen == [("train", 8, 1e-3), ("eval", 6, 1e-3), ("infer", 5, 1e-3)]
    assert model.params == {"rate": 1e-3} and model.config.tpu_config.num_shards == 8


def test_host_calls_are_run_with_each_step(tmp_path):
    called = []
    made(tmp_path, modelling([], called)).train(reading([]))
    w, wanted = 0.0, []
    for batch in X.reshape(3, 8):
        wanted.append(np.mean((w - 2) ** 2 * batch**2))
        w -= 1e-3 * np.mean(2 * (w - 2) * batch**2)
    assert called == pytest.approx(wanted, rel=1e-4)


def test_a_plain_specification_and_settings_as_params(tmp_path):
    def model_fn(features, mode, params):
        return tf.estimator.EstimatorSpec(mode, {"n": tf.fill(tf.shape(features), params.batch_size)})

    config = T.RunConfig(model_dir=str(tmp_path))
    params = tf.contrib.training.HParams(rate=0.5)
    model = T.TPUEstimator(model_fn, config=config, params=params, use_tpu=False, predict_batch_size=2)
    batches = model.predict(lambda params: tf.data.Dataset.range(4).batch(params.batch_size))
    assert [p["n"] for p in batches] == [2, 2, 2, 2]


def test_mistakes(tmp_path):
    model_fn = modelling([])
    config = T.RunConfig(model_dir=str(tmp_path))
    for make, told in (
        (lambda: T.TPUEstimator(model_fn, config=config), "no TPUs here: give use_tpu=False"),
        (lambda: T.TPUEstimator(model_fn, config=tf.estimator.RunConfig(), use_tpu=False), "`config` must be provided"),
        (lambda: T.TPUEstimator(model_fn, None, config, {"batch_size": 3}, False), "reserved key"),
        (lambda: made(tmp_path, model_fn, train_batch_size=0), "mode 'train' must be a positive integer, got 0"),
        (lambda: made(tmp_path, lambda x: None), "must include features"),
        (lambda: made(tmp_path, model_fn).train(lambda: None), "does not include params argument"),
        (lambda: T.TPUConfig(0), "iterations_per_loop must be positive"),
        (lambda: T.RunConfig(cluster="grpc://here"), "cluster must be None"),
        (lambda: T.TPUEstimatorSpec("eval", eval_metrics=3).as_estimator_spec(), "eval_metrics should be a pair"),
        (lambda: made(tmp_path, lambda features, params: None).train(reading([])), "does not take labels"),
    ):
        with pytest.raises(ValueError, match=told):
            make()
    with pytest.raises(TypeError, match=r"eval_metrics\[1\] should be a list"):
        T.TPUEstimatorSpec("eval", eval_metrics=(lambda x: {}, tf.constant(1))).as_estimator_spec()


def test_one_shard_needs_no_average():
    x = tf.Variable(3.0)
    rule = tf.contrib.tpu.CrossShardOptimizer(tf.train.AdamOptimizer(0.5))
    step = rule.minimize(tf.square(x))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        assert sess.run(x) == pytest.approx(2.5, rel=1e-5)
        assert sess.run(rule.get_slot(x, "m")) == pytest.approx(0.6, rel=1e-5)
    with pytest.raises(TypeError, match="only works with"):
        tf.contrib.tpu.CrossShardOptimizer(3)


@pytest.mark.parametrize(
    ("room", "name", "told"),
    [
        (tf.estimator, "BoostedTreesClassifier", "HistGradientBoostingClassifier.*tf.estimator.DNNClassifier"),
        (tf.estimator, "BoostedTreesRegressor", "HistGradientBoostingRegressor.*tf.estimator.DNNRegressor"),
        (tf.estimator.experimental, "LinearSDCA", "no tf.estimator.experimental.LinearSDCA.*FtrlOptimizer"),
        (tf.estimator.experimental, "KMeans", "sklearn.cluster.KMeans"),
        (tf.estimator, "DNNClasifier", "has no attribute 'DNNClasifier'. Did you mean 'DNNClassifier'"),
    ],
)
def test_names_that_are_not_there_say_what_is(room, name, told):
    with pytest.raises(AttributeError, match=told):
        getattr(room, name)
