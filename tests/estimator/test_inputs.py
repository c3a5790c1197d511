"""What estimators are given: input functions, configurations and specifications, with TensorFlow 1.15.5's errors."""

import json

import numpy as np
import pandas as pd
import pytest

import kerasflow as tf

E = tf.estimator


def drawn(input_fn, most=100):
    """All batches that an input function gives."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(1)
        tensors = input_fn()
        found = []
        try:
            while len(found) < most:
                found.append(sess.run(tensors))
        except tf.errors.OutOfRangeError:
            pass
        return found


def test_rows_of_arrays_in_order():
    x = {"b": np.arange(10.0), "a": np.arange(20).reshape(10, 2)}
    found = drawn(E.inputs.numpy_input_fn(x, np.arange(10) * 10, batch_size=4, num_epochs=2, shuffle=False))
    assert [len(y) for _, y in found] == [4, 4, 4, 4, 4], "batches go on from one pass to the next"
    assert np.concatenate([y for _, y in found]).tolist() == [*range(0, 100, 10)] * 2
    features, _ = found[0]
    assert list(features) == ["a", "b"] and features["b"].dtype == np.float64 and (features["a"] == x["a"][:4]).all()
    assert [len(y) for y in drawn(E.inputs.numpy_input_fn(np.ones((5, 2)), batch_size=2, shuffle=False))] == [2, 2, 1]


def test_shuffled_rows_come_once_in_each_pass():
    found = drawn(E.inputs.numpy_input_fn(np.arange(6), batch_size=3, num_epochs=None, shuffle=True), most=20)
    passes = np.concatenate(found).reshape(-1, 6)
    assert all(sorted(p) == list(range(6)) for p in passes.tolist())
    assert len({tuple(p) for p in passes.tolist()}) > 3
    assert [b.tolist() for b in found] == [
        b.tolist() for b in drawn(E.inputs.numpy_input_fn(np.arange(6), None, 3, None, shuffle=True), most=20)
    ]


def test_the_size_of_batches_is_known_where_it_does_not_change():
    x = np.ones((10, 3), np.float32)
    endless = E.inputs.numpy_input_fn(x, batch_size=4, num_epochs=None, shuffle=True)()
    assert endless.shape.as_list() == [4, 3]
    assert E.inputs.numpy_input_fn(x, batch_size=4, shuffle=False)().shape.as_list() == [None, 3]


@pytest.mark.parametrize(
    ("x", "y", "kind", "told"),
    [
        ({}, None, ValueError, "x cannot be an empty dict"),
        (np.zeros(0), None, ValueError, "x cannot be an empty array"),
        ([1, 2], None, TypeError, "x must be a dict or array; got list"),
        ({"a": np.ones(2)}, {}, ValueError, "y cannot be empty dict"),
        ({"a": np.ones(2)}, {"a": np.ones(2)}, ValueError, "1 duplicate keys are found in both x and y"),
        ({"a": np.ones(2)}, np.ones(3), ValueError, "Length of tensors in x and y is mismatched"),
        ({"a": np.ones(2), "b": np.ones(3)}, None, ValueError, "mismatched"),
    ],
)
def test_arrays_that_do_not_fit(x, y, kind, told):
    with pytest.raises(kind, match=told):
        E.inputs.numpy_input_fn(x, y, shuffle=False)()


def test_shuffling_has_to_be_said():
    for make in (E.inputs.numpy_input_fn, E.inputs.pandas_input_fn):
        with pytest.raises(ValueError, match="shuffle must be provided and explicitly set as boolean"):
            make(pd.DataFrame({"a": [1]}))


def test_rows_of_frames():
    table = pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": ["x", "y", "z"]}, index=[7, 8, 9])
    [(features, y)] = drawn(E.inputs.pandas_input_fn(table, pd.Series([1, 2, 3], index=[7, 8, 9]), shuffle=False))
    assert features["a"].tolist() == [1.5, 2.5, 3.5] and features["b"].tolist() == [b"x", b"y", b"z"]
    assert y.tolist() == [1, 2, 3]
    labels = pd.DataFrame({"p": [1, 2, 3], "q": [4, 5, 6]}, index=table.index)
    [(_, y)] = drawn(E.inputs.pandas_input_fn(table, labels, shuffle=False))
    assert {k: v.tolist() for k, v in y.items()} == {"p": [1, 2, 3], "q": [4, 5, 6]}
    with pytest.raises(ValueError, match="Cannot use name a for target column"):
        E.inputs.pandas_input_fn(table, table["a"], shuffle=False, target_column="a")
    with pytest.raises(ValueError, match="Index for x and y are mismatched"):
        E.inputs.pandas_input_fn(table, pd.Series([1, 2, 3]), shuffle=False)
    with pytest.raises(TypeError, match="target_column must be a string type"):
        E.inputs.pandas_input_fn(table, shuffle=False, target_column=3)
    with pytest.raises(TypeError, match="must be a pandas DataFrame, got a dict; numpy_input_fn takes arrays"):
        E.inputs.pandas_input_fn({"a": [1]}, shuffle=False)


def test_a_configuration_is_replaced_and_not_changed():
    config = E.RunConfig(save_checkpoints_secs=30)
    assert (config.save_checkpoints_secs, config.save_checkpoints_steps) == (30, None)
    other = config.replace(save_checkpoints_steps=5)
    assert (other.save_checkpoints_secs, other.save_checkpoints_steps) == (None, 5)
    assert other.replace(save_checkpoints_secs=9).save_checkpoints_steps is None
    assert (E.RunConfig().save_checkpoints_secs, E.RunConfig().is_chief, E.RunConfig().task_type) == (
        600,
        True,
        "worker",
    )
    with pytest.raises(AttributeError):
        config.model_dir = "x"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"save_checkpoints_steps": 1, "save_checkpoints_secs": 1}, "cannot be both set"),
        ({"model_dir": ""}, "model_dir should be non-empty"),
        ({"save_summary_steps": -1}, "save_summary_steps should be >= 0"),
        ({"log_step_count_steps": 0}, "log_step_count_steps should be > 0"),
        ({"session_config": 3}, "session_config must be instance of ConfigProto"),
        ({"tf_random_seed": 1.0}, "tf_random_seed must be integer"),
        ({"train_distribute": object()}, "train_distribute must be None"),
    ],
)
def test_configurations_are_checked(given, told):
    with pytest.raises(ValueError, match=told):
        E.RunConfig(**given)


def test_a_configuration_has_no_other_properties():
    with pytest.raises(ValueError, match="Replacing modeldir is not supported.*model_dir"):
        E.RunConfig().replace(modeldir="x")


def test_the_environment_names_the_folder(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"model_dir": "there"}))
    assert E.RunConfig().model_dir == "there"
    with pytest.raises(ValueError, match="differs from that of TF_CONFIG"):
        E.RunConfig("here")
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:2"]}}))
    with pytest.raises(ValueError, match="describes a cluster"):
        E.RunConfig()
    monkeypatch.setenv("TF_CONFIG", "{")
    with pytest.raises(ValueError, match="TF_CONFIG is not JSON"):
        E.RunConfig()


def test_a_specification_is_checked():
    loss, op, x = tf.constant(1.0), tf.no_op(), tf.constant([1.0, 2.0])
    modes = E.ModeKeys
    for given, kind, told in (
        ((modes.TRAIN, None, loss), ValueError, "Missing train_op"),
        ((modes.TRAIN, None, None, op), ValueError, "Missing loss"),
        ((modes.EVAL,), ValueError, "Missing loss"),
        ((modes.PREDICT,), ValueError, "Missing predictions"),
        ((modes.EVAL, None, x), ValueError, "Loss must be scalar"),
        ((modes.EVAL, None, 1.0), TypeError, "loss must be Tensor"),
        ((modes.PREDICT, {"x": 1}), TypeError, r"predictions\[x\] must be Tensor"),
        ((modes.TRAIN, None, loss, 3), TypeError, "train_op must be Operation or Tensor"),
        ((modes.EVAL, None, loss, None, [1]), TypeError, "eval_metric_ops must be a dict"),
        ((modes.EVAL, None, loss, None, {"a": x}), TypeError, "must be .metric_value, update_op. tuples"),
        ((modes.PREDICT, x, None, None, None, x), TypeError, "export_outputs must be dict"),
        ((modes.PREDICT, x, None, None, None, {"a": x}), TypeError, "must be ExportOutput objects"),
    ):
        with pytest.raises(kind, match=told):
            E.EstimatorSpec(*given)
    several = {"a": E.export.PredictOutput(x), "b": E.export.PredictOutput(x)}
    with pytest.raises(ValueError, match="none of them is specified as the default"):
        E.EstimatorSpec(modes.PREDICT, x, export_outputs=several)
    with pytest.raises(TypeError, match="scaffold must be tf.train.Scaffold"):
        E.EstimatorSpec(modes.EVAL, None, loss, scaffold=3)
    with pytest.raises(TypeError, match="All hooks must be SessionRunHook"):
        E.EstimatorSpec(modes.EVAL, None, loss, evaluation_hooks=[3])
    spec = E.EstimatorSpec(modes.EVAL, None, tf.constant([1.0]))
    assert spec.loss.shape.as_list() == []
    with pytest.raises(ValueError, match="mode of EstimatorSpec cannot be changed"):
        spec._replace(mode=modes.TRAIN)
    with tf.Graph().as_default(), pytest.raises(ValueError, match="must be from the default graph"):
        E.EstimatorSpec(modes.EVAL, None, loss)


def test_what_is_exported_is_checked():
    x, texts = tf.constant([1.0]), tf.constant(["a"])
    for make, told in (
        (lambda: E.export.ClassificationOutput(), "At least one of scores and classes"),
        (lambda: E.export.ClassificationOutput(texts), "scores must be a float32 Tensor"),
        (lambda: E.export.ClassificationOutput(x, x), "classes must be a string Tensor"),
        (lambda: E.export.RegressionOutput(texts), "value must be a float32 Tensor"),
        (lambda: E.export.PredictOutput({1: x}), "output key must be a string"),
        (lambda: E.export.ServingInputReceiver(None, x), "features must be defined"),
        (lambda: E.export.ServingInputReceiver({"x": 1}, x), "feature x must be a Tensor"),
        (lambda: E.export.ServingInputReceiver({"x": x}, {}), "inputs must be defined"),
        (lambda: E.export.TensorServingInputReceiver({"x": x}, x), "feature must be a Tensor"),
    ):
        with pytest.raises(ValueError, match=told):
            make()
