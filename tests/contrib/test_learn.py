"""tf.contrib.learn against TensorFlow 1.15.5: metrics and weights after 20 steps on all rows, recorded from it."""

import numpy as np
import pytest

import kerasflow as tf

L = tf.contrib.learn
RNG = np.random.RandomState(0)
X = RNG.normal(size=(60, 4)).astype(np.float32)
TWO = (X[:, 0] > 0.2).astype(np.int32)
THREE = np.digitize(X[:, 1], [-0.5, 0.5])
NUMBER = X.sum(1).astype(np.float32)
WEIGHT = RNG.uniform(0.5, 2.0, 60).astype(np.float32)
COLUMNS = L.infer_real_valued_columns_from_input(X)


def close(found, wanted):
    assert sorted(found) == sorted(wanted)
    assert {k: float(v) for k, v in found.items()} == {k: pytest.approx(v, abs=2e-6) for k, v in wanted.items()}


def test_a_linear_classifier_learns_what_tensorflows_learns(tmp_path):
    classifier = L.LinearClassifier(COLUMNS, str(tmp_path))
    assert classifier.fit(X, TWO, steps=20) is classifier
    wanted = {
        "accuracy": 0.95, "accuracy/baseline_label_mean": 0.433333, "accuracy/threshold_0.500000_mean": 0.95,
        "auc": 0.990385, "auc_precision_recall": 0.986674, "global_step": 20, "labels/actual_label_mean": 0.433333,
        "labels/prediction_mean": 0.446033, "loss": 0.304548, "precision/positive_threshold_0.500000_mean": 0.925926,
        "recall/positive_threshold_0.500000_mean": 0.961538,
    }  # fmt: skip
    close(classifier.evaluate(X, TWO), wanted)
    weights = classifier.get_variable_value("linear//weight").ravel()
    assert weights == pytest.approx([1.13237, -0.24933, 0.40931, 0.0693], abs=1e-5)
    classes = list(classifier.predict(X))
    assert np.mean(classes == TWO) == pytest.approx(0.95)
    proba = classifier.predict_proba(X, as_iterable=False)
    assert proba.shape == (60, 2) and (proba.argmax(1) == classes).all()


def test_three_classes_with_clipped_gradients(tmp_path):
    classifier = L.LinearClassifier(COLUMNS, str(tmp_path), n_classes=3, optimizer="SGD", gradient_clip_norm=0.5)
    classifier.fit(X, THREE, steps=20)
    close(classifier.evaluate(X, THREE), {"accuracy": 0.85, "global_step": 20, "loss": 0.622881})
    first = classifier.get_variable_value("linear//weight")[0]
    assert first == pytest.approx([0.16982, -0.14811, -0.02171], abs=1e-5)


def test_a_linear_regression(tmp_path):
    regressor = L.LinearRegressor(COLUMNS, str(tmp_path))
    regressor.fit(X.astype(np.float64), NUMBER, steps=20)
    close(regressor.evaluate(X, NUMBER), {"global_step": 20, "loss": 0.033196})
    scores = np.array(list(regressor.predict(X)))
    assert np.mean((scores - NUMBER) ** 2) == pytest.approx(0.033196, abs=1e-5)


def test_weights_and_names_of_classes(tmp_path):
    x = tf.contrib.layers.real_valued_column("x", dimension=4)
    weighted = L.LinearClassifier([x], str(tmp_path / "w"), weight_column_name="w")
    weighted.fit({"x": X, "w": WEIGHT}, TWO, steps=5, batch_size=30)
    found = weighted.evaluate({"x": X, "w": WEIGHT}, TWO)
    p = weighted.predict_proba({"x": X, "w": WEIGHT}, as_iterable=False)[np.arange(60), TWO]
    assert found["loss"] == pytest.approx(np.average(-np.log(p), weights=WEIGHT), rel=1e-5)
    names = np.array(["a", "b", "c"])[THREE]
    named = L.LinearClassifier([x], str(tmp_path / "n"), n_classes=3, label_keys=["a", "b", "c"])

    def input_fn():
        return {"x": tf.constant(X)}, tf.constant(names)

    named.fit(input_fn=input_fn, steps=20)
    found = named.evaluate(input_fn=input_fn, steps=1)
    close(found, {"accuracy": 0.833333, "global_step": 20, "loss": 0.563627})
    assert next(named.predict({"x": X})) in (b"a", b"b", b"c")


def test_dense_layers_have_their_names(tmp_path):
    classifier = L.DNNClassifier([5, 3], COLUMNS, str(tmp_path), n_classes=3, dropout=0.2, optimizer="SGD")
    compatible = L.SKCompat(classifier).fit(X, THREE, steps=3, batch_size=20)
    layers = [f"dnn/{layer}" for layer in ("hiddenlayer_0", "hiddenlayer_1", "logits")]
    names = [f"{layer}/{kind}" for layer in layers for kind in ("biases", "weights")]
    assert classifier.get_variable_names() == [*names, "global_step"]
    found = compatible.predict(X)
    shapes = {"logits": (60, 3), "probabilities": (60, 3), "classes": (60,)}
    assert {k: v.shape for k, v in found.items()} == shapes and found["classes"].dtype == np.int64
    net = X
    for layer in layers:
        weights, biases = (classifier.get_variable_value(f"{layer}/{kind}") for kind in ("weights", "biases"))
        net = net @ weights + biases
        net = net if layer == layers[-1] else np.maximum(0, net)
    assert found["logits"] == pytest.approx(net, abs=1e-5)
    assert sorted(compatible.score(X, THREE)) == ["accuracy", "global_step", "loss"]


def test_dense_layers_learn(tmp_path):
    config = L.RunConfig(tf_random_seed=1)
    regressor = L.DNNRegressor([20, 10], COLUMNS, str(tmp_path / "r"), config=config)
    regressor.fit(X, NUMBER, steps=300)
    assert regressor.evaluate(X, NUMBER)["loss"] < 0.1
    both = L.DNNLinearCombinedClassifier(
        str(tmp_path / "b"),
        linear_feature_columns=COLUMNS,
        dnn_feature_columns=COLUMNS,
        dnn_hidden_units=[10],
        config=config,
    )
    both.fit(X, TWO, steps=100)
    assert both.evaluate(X, TWO)["accuracy"] > 0.95 and both.get_variable_value("global_step") == 100


def test_a_model_function_of_ones_own(tmp_path):
    def model_fn(features, labels, mode, params):
        w = tf.get_variable("w", [4], initializer=tf.zeros_initializer())
        y = tf.reduce_sum(features * w, 1)
        loss = None if labels is None else tf.reduce_mean(tf.square(y - labels))
        op = tf.train.GradientDescentOptimizer(params["rate"]).minimize(loss, tf.train.get_global_step())
        return y, loss, op if mode == L.ModeKeys.TRAIN else tf.no_op()

    def only_to_train(features, labels, mode, params):
        if mode == L.ModeKeys.INFER:
            return L.ModelFnOps(mode, tf.reduce_sum(features, 1))
        return model_fn(features, labels, mode, params)

    estimator = L.Estimator(only_to_train, str(tmp_path), params={"rate": 0.1})
    estimator.fit(X, NUMBER, steps=2).partial_fit(X, NUMBER)
    w = np.zeros(4)
    for _ in range(3):
        w -= 0.2 * np.mean((X @ w - NUMBER)[:, None] * X, 0)
    assert estimator.get_variable_value("w") == pytest.approx(w, abs=1e-5)
    spec = L.MetricSpec(lambda labels, predictions: tf.metrics.mean(predictions - labels))
    found = estimator.evaluate(X, NUMBER, metrics={"bias": spec})
    assert found["bias"] == pytest.approx(np.mean(X @ w - NUMBER), abs=1e-5)
    assert np.array(list(estimator.predict(X))) == pytest.approx(NUMBER, abs=1e-5)


def test_mistakes_are_told(tmp_path):
    classifier = L.LinearClassifier(COLUMNS, str(tmp_path))
    with pytest.raises(ValueError, match="Can not provide both input_fn and x or y"):
        classifier.fit(x=X, input_fn=lambda: None, steps=1)
    with pytest.raises(ValueError, match="Either x or input_fn must be provided"):
        classifier.fit(steps=1)
    with pytest.raises(ValueError, match="both steps and max_steps"):
        classifier.fit(X, TWO, steps=1, max_steps=2)
    with pytest.raises(ValueError, match="never ends by itself"):
        classifier.fit(X, TWO)
    with pytest.raises(ValueError, match="mismatched"):
        classifier.fit(X, TWO[:3], steps=1)
    with pytest.raises(ValueError, match="n_classes must be > 1"):
        L.LinearClassifier(COLUMNS, n_classes=1)
    with pytest.raises(ValueError, match="holds no numbers"):
        L.infer_real_valued_columns_from_input(np.array(["a"]))


def test_metrics_may_be_functions_as_they_were_once(tmp_path):
    classifier = L.LinearClassifier(COLUMNS, str(tmp_path)).fit(X, TWO, steps=5)
    right = tf.contrib.metrics.streaming_accuracy
    metrics = {("mine", "classes"): right, "spec": L.MetricSpec(right, "classes")}
    found = classifier.evaluate(X, TWO, metrics=metrics)
    assert found["mine"] == found["spec"] == found["accuracy"]
    for key in ("mine", ("mine", "class"), ("mine",)):
        with pytest.raises(ValueError, match="must name the prediction it judges: one of .*'classes'"):
            classifier.evaluate(X, TWO, metrics={key: right})
    with pytest.raises(TypeError, match="a MetricSpec or a function, 'a' is 3"):
        classifier.evaluate(X, TWO, metrics={"a": 3})

    def model_fn(features, labels, mode):
        return features[:, 0], tf.reduce_mean(features), tf.assign_add(tf.train.get_global_step(), 1)

    one = L.Estimator(model_fn, str(tmp_path / "one")).fit(X, NUMBER, steps=1)
    error = tf.contrib.metrics.streaming_mean_absolute_error
    found = one.evaluate(X, NUMBER, metrics={"mae": lambda predictions, labels: error(predictions, labels)})
    assert found["mae"] == pytest.approx(np.mean(abs(X[:, 0] - NUMBER)), rel=1e-5)


def test_experiments(tmp_path):
    calls = []

    def input_fn():
        return {"x": tf.constant(X)}, tf.constant(NUMBER)

    def train_input_fn():
        calls.append("train")
        return input_fn()

    def made(folder):
        x = tf.contrib.layers.real_valued_column("x", dimension=4)
        metrics = {"sum": L.MetricSpec(lambda labels, predictions: tf.metrics.mean(labels))}
        model = L.LinearRegressor([x], folder, config=L.RunConfig(save_checkpoints_steps=8))
        return L.Experiment(model, train_input_fn, input_fn, metrics, 20, eval_steps=1, check_interval_secs=0)

    metrics, exported = L.learn_runner.run(made, str(tmp_path / "a"))
    close(metrics, {"global_step": 20, "loss": 0.033196, "sum": float(np.mean(NUMBER))})
    [name] = (tmp_path / "a" / "eval").iterdir()
    steps = {e.step for e in tf.train.summary_iterator(str(name)) if e.HasField("summary")}
    assert steps == {0, 8, 16, 20} and exported == []
    assert calls == ["train"], "the data go on while there are evaluations"
    assert L.learn_runner.run(made, str(tmp_path / "b"), "test")[0]["global_step"] == 1
    with pytest.raises(ValueError, match="non-existent task trains.*train"):
        L.learn_runner.run(made, str(tmp_path / "b"), "trains")
    with pytest.raises(ValueError, match="must be an estimator"):
        L.Experiment(3, input_fn, input_fn)


def test_experiments_of_settings(tmp_path):
    def made(run_config, params):
        read = tf.estimator.inputs.numpy_input_fn({"x": X}, NUMBER, num_epochs=None, shuffle=True)
        model = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("x", shape=[4])], config=run_config)
        return L.Experiment(model, read, read, train_steps=params.steps, eval_steps=1, min_eval_frequency=0)

    config, settings = tf.estimator.RunConfig(str(tmp_path)), tf.contrib.training.HParams(steps=7)
    metrics, _ = L.learn_runner.run(made, run_config=config, hparams=settings, schedule="local_run")
    assert metrics["global_step"] == 7


def test_what_has_not_been_fitted_does_not_answer(tmp_path):
    regressor = L.LinearRegressor(COLUMNS, str(tmp_path))
    with pytest.raises(L.NotFittedError, match="Couldn't find trained model at .*: call fit before"):
        regressor.predict(X)
    with pytest.raises(L.NotFittedError):
        regressor.evaluate(X, NUMBER, steps=1)
    assert np.isfinite(list(regressor.fit(X, NUMBER, steps=1).predict(X))).all()


def test_both_bodies_count_a_step_once(tmp_path):
    given = {"linear_feature_columns": COLUMNS, "dnn_feature_columns": COLUMNS, "dnn_hidden_units": [3]}
    for i, kind in enumerate((L.DNNLinearCombinedClassifier, L.DNNLinearCombinedRegressor)):
        model = kind(str(tmp_path / str(i)), **given, fix_global_step_increment_bug=True)
        assert model.fit(X, TWO, steps=4).get_variable_value("global_step") == 4


def test_predictions_together(tmp_path):
    regressor = L.LinearRegressor(COLUMNS, str(tmp_path)).fit(X, NUMBER, steps=5)
    wanted = np.array(list(regressor.predict(X)))
    batches = tf.data.Dataset.from_tensor_slices(X)
    for given in (
        {"x": X, "batch_size": 7},
        {"input_fn": lambda: batches.batch(7)},
        {"input_fn": lambda: (batches.batch(7).make_one_shot_iterator().get_next(), None)},
        {"input_fn": lambda: tf.constant(X)},
        {"input_fn": lambda: (tf.constant(X), tf.constant(NUMBER))},
    ):
        found = regressor.predict(**given, as_iterable=False)
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    with pytest.raises(ValueError, match="nothing to predict"):
        regressor.predict(input_fn=lambda: batches.take(0).batch(2), as_iterable=False)


@pytest.mark.parametrize(
    "settings", [{"enable_centered_bias": True}, {"embedding_lr_multipliers": {COLUMNS[0]: 2.0}}], ids=lambda s: [*s][0]
)
def test_what_has_no_effect_is_said(settings):
    with pytest.warns(UserWarning, match=f"{[*settings][0]}=.* has no effect") as told:
        L.DNNClassifier([3], COLUMNS, **settings)
    assert told[0].filename == __file__
