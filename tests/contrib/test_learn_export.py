"""Saved models of tf.contrib.learn: signatures and values as in TensorFlow 1.15.5."""

import os

import numpy as np
import pytest

import kerasflow as tf

L = tf.contrib.learn
RNG = np.random.RandomState(0)
X = RNG.normal(size=(40, 2)).astype(np.float32)
Y = (X.sum(1) > 0).astype(np.int64)
COLUMNS = [tf.contrib.layers.real_valued_column(name) for name in "ab"]
ROWS = [[1.0, 2.0], [2.0, -3.0]]


def reading(y):
    return lambda: ({"a": tf.constant(X[:, :1]), "b": tf.constant(X[:, 1:])}, tf.constant(y))


def raw():
    x = {name: tf.placeholder(tf.float32, [None, 1]) for name in "ab"}
    return L.InputFnOps(x, None, x)


PARSING = L.build_parsing_serving_input_fn(tf.contrib.layers.create_feature_spec_for_parsing(COLUMNS))


def example(row):
    def number(value):
        return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))

    features = tf.train.Features(feature={name: number(v) for name, v in zip("ab", row, strict=True)})
    return tf.train.Example(features=features).SerializeToString()


def served(model, folder, serving_fn, **more):
    """The methods by the names of the signatures, and what the default one gives."""
    path = model.export_savedmodel(str(folder / "x"), serving_fn, **more)
    with tf.Graph().as_default(), tf.Session() as sess:
        found = tf.saved_model.load(sess, ["serve"], path).signature_def
        default = found["serving_default"]
        values = {name: [row[i : i + 1] for row in ROWS] for i, name in enumerate("ab")}
        if "a" not in default.inputs:
            values = dict.fromkeys(default.inputs, [example(row) for row in ROWS])
        feeds = {info.name: values[name] for name, info in default.inputs.items()}
        outputs = sess.run({name: info.name for name, info in default.outputs.items()}, feeds)
        return {name: s.method_name.rpartition("/")[2] for name, s in found.items()}, outputs


@pytest.mark.parametrize("names", [None, ["x", "y", "z"]])
@pytest.mark.parametrize("n", [2, 3])
def test_classifiers(tmp_path, n, names):
    labels = Y if names is None or n == 2 else np.array(names)[Y]
    model = L.LinearClassifier(COLUMNS, str(tmp_path), n, label_keys=None if n == 2 else names)
    model.fit(input_fn=reading(labels), steps=3)
    weights = np.concatenate([model.get_variable_value(f"linear/{c}/weight") for c in "ab"])
    logits = np.array(ROWS) @ weights + model.get_variable_value("linear/bias_weight")
    logits = np.concatenate([0 * logits, logits], 1) if n == 2 else logits
    wanted = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    every = [(name if names and n == 3 else str(i)).encode() for i, name in enumerate("xyz"[:n])]
    kinds, found = served(model, tmp_path, PARSING)
    assert kinds == {"default_input_alternative:None": "classify", "serving_default": "classify"}
    np.testing.assert_allclose(found["scores"], wanted, rtol=1e-5)
    assert found["classes"].tolist() == [every, every]
    kinds, found = served(model, tmp_path, raw)
    assert kinds["serving_default"] == "predict" and sorted(found) == ["classes", "probabilities"]
    np.testing.assert_allclose(found["probabilities"], wanted, rtol=1e-5)


def test_regressors(tmp_path):
    model = L.LinearRegressor(COLUMNS, str(tmp_path)).fit(input_fn=reading(X.sum(1)), steps=30)
    wanted = list(model.predict({"a": np.array(ROWS)[:, :1], "b": np.array(ROWS)[:, 1:]}))
    kinds, found = served(model, tmp_path, PARSING)
    assert kinds["serving_default"] == "regress"
    np.testing.assert_allclose(found["outputs"], wanted, rtol=1e-5)
    kinds, found = served(model, tmp_path, raw)
    assert kinds["serving_default"] == "predict"
    np.testing.assert_allclose(found["scores"], wanted, rtol=1e-5)


def model_fn(features, labels, mode):
    w = tf.get_variable("w", [], initializer=tf.ones_initializer())
    y, loss, step = w * features["a"], None, None
    if mode != L.ModeKeys.INFER:
        loss = tf.reduce_mean(y)
        step = tf.assign_add(tf.train.get_global_step(), 1)
    kinds = L.ProblemType.LINEAR_REGRESSION, L.ProblemType.UNSPECIFIED
    alternatives = {"one": (kinds[0], {"y": y}), "other": (kinds[1], {"double": 2.0 * y})}
    return L.ModelFnOps(mode, {"y": y}, loss, step, output_alternatives=alternatives)


def test_alternatives(tmp_path):
    model = L.Estimator(model_fn, str(tmp_path)).fit(input_fn=reading(Y), steps=1)
    kinds, found = served(model, tmp_path, raw, default_output_alternative_key="other")
    assert found["double"].tolist() == [[2.0], [4.0]] and set(kinds.values()) == {"predict"}
    kinds, found = served(model, tmp_path, PARSING, default_output_alternative_key="one")
    assert found["outputs"].tolist() == [[1.0], [2.0]]
    assert kinds == {
        "default_input_alternative:one": "regress", "default_input_alternative:other": "predict",
        "serving_default": "regress",
    }  # fmt: skip
    assert [p["y"].tolist() for p in model.predict({"a": np.ones((2, 1)), "b": np.ones((2, 1))})] == [[1.0], [1.0]]
    for given, told in (
        ({}, r"Please specify a default_output_alternative.*\['one', 'other'\]"),
        ({"default_output_alternative_key": "third"}, "Requested default_output_alternative: third"),
    ):
        with pytest.raises(ValueError, match=told):
            served(model, tmp_path, raw, **given)
    plain = L.Estimator(lambda features, labels, mode: model_fn(features, labels, mode)[:3], str(tmp_path))
    with pytest.raises(ValueError, match="serving_input_fn must be defined"):
        plain.export_savedmodel(str(tmp_path / "x"), None)
    with pytest.raises(ValueError, match="should return an InputFnOps"):
        model.export_savedmodel(str(tmp_path / "x"), lambda: 3)
    with pytest.raises(L.NotFittedError, match="call fit before"):
        L.Estimator(model_fn, str(tmp_path / "new")).export_savedmodel(str(tmp_path / "x"), raw)


def test_experiments_export_their_models(tmp_path):
    def made(folder):
        model = L.LinearRegressor(COLUMNS, folder)
        strategies = [
            L.make_export_strategy(raw, exports_to_keep=1),
            L.ExportStrategy("told", lambda estimator, path, checkpoint, eval_result: eval_result["global_step"]),
        ]
        return L.Experiment(
            model, reading(X.sum(1)), reading(X.sum(1)), train_steps=5, eval_steps=1, export_strategies=strategies
        )

    for _ in range(2):
        _, (path, step) = L.learn_runner.run(made, str(tmp_path))
        assert step == 5 and os.listdir(tmp_path / "export" / "Servo") == [os.path.basename(path.decode())]
    newer = tf.estimator.LinearRegressor([tf.feature_column.numeric_column("a")], str(tmp_path / "newer"))
    newer.train(reading(X.sum(1)), steps=1)
    path = L.make_export_strategy(raw).export(newer, str(tmp_path / "y"))
    assert tf.contrib.predictor.from_saved_model(path, "predict")({"a": [[1.0]]})["predictions"].shape == (1, 1)
    with pytest.raises(ValueError, match="must be None with a tf.estimator.Estimator"):
        L.make_export_strategy(raw, "key").export(newer, str(tmp_path / "y"))
    with pytest.raises(ValueError, match="exports_to_keep must be positive"):
        L.make_export_strategy(raw, exports_to_keep=0)
    with pytest.raises(ValueError, match="`export_strategies` must be"):
        L.Experiment(newer, raw, raw, export_strategies=[3])


def test_what_is_put_in():
    ops = L.build_default_serving_input_fn({"x": tf.zeros([5, 2])})()
    assert ops.features["x"] is ops.default_inputs["x"] and ops.features["x"].dims == (None, 2) and ops.labels is None
