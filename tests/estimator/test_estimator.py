"""An estimator of a model function: numbers against a loop in NumPy, order and errors as in TensorFlow 1.15.5."""

import os

import numpy as np
import pytest

import kerasflow as tf

X = np.array([1.0, 2.0, 3.0], np.float32)


class Telling(tf.train.SessionRunHook):
    """Writes down when it is called."""

    def __init__(self, name, calls):
        self.name, self.calls = name, calls

    def begin(self):
        self.calls.append(f"{self.name}.begin")

    def after_create_session(self, session, coord):
        self.calls.append(f"{self.name}.create")

    def before_run(self, run_context):
        self.calls.append(f"{self.name}.before")

    def after_run(self, run_context, run_values):
        self.calls.append(f"{self.name}.after")

    def end(self, session):
        self.calls.append(f"{self.name}.end")


class Listening(tf.train.CheckpointSaverListener):
    """Writes down what it is told."""

    def __init__(self, calls):
        self.calls = calls

    def before_save(self, session, global_step_value):
        self.calls.append(f"before {global_step_value}")

    def end(self, session, global_step_value):
        self.calls.append(f"end {global_step_value}")


def line_fn(features, labels, mode, params):
    """y = w x, by gradient descent on the mean square."""
    w = tf.get_variable("w", [], initializer=tf.zeros_initializer())
    y = w * features
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, {"y": y, "x": features})
    loss = tf.reduce_mean(tf.square(y - labels))
    optimizer = tf.train.GradientDescentOptimizer(params["rate"])
    op = optimizer.minimize(loss, tf.train.get_global_step())
    metrics = {"mae": tf.metrics.mean_absolute_error(labels, y)}
    return tf.estimator.EstimatorSpec(mode, {"y": y}, loss, op, metrics)


def batches(*, passes=None):
    return lambda: tf.data.Dataset.from_tensors((X, 3 * X)).repeat(passes)


def after(steps, rate=0.01):
    w = 0.0
    for _ in range(steps):
        w -= rate * np.mean(2 * (w - 3) * X**2)
    return w


@pytest.fixture
def line(tmp_path):
    config = tf.estimator.RunConfig(tf_random_seed=1, save_checkpoints_steps=4, log_step_count_steps=3)
    return tf.estimator.Estimator(line_fn, str(tmp_path / "m"), config, {"rate": 0.01})


def test_training_goes_on_from_the_newest_checkpoint(line):
    assert line.latest_checkpoint() is None
    assert line.train(batches(), steps=5) is line
    assert line.get_variable_value("w") == pytest.approx(after(5), rel=1e-5)
    line.train(batches(), max_steps=9)
    assert line.get_variable_value("w") == pytest.approx(after(9), rel=1e-5)
    line.train(batches(), max_steps=9)
    assert line.get_variable_names() == ["global_step", "w"] and line.get_variable_value("global_step") == 9
    line.train(batches(passes=2))
    again = tf.estimator.Estimator(line_fn, line.model_dir, params={"rate": 0.01})
    assert again.get_variable_value("w") == pytest.approx(after(11), rel=1e-5)
    kept = [name for name in os.listdir(line.model_dir) if name.endswith(".index")]
    assert sorted(kept) == [f"model.ckpt-{step}.index" for step in (0, 11, 4, 5, 9)]


def test_evaluation_gives_metrics_and_writes_them(line):
    line.train(batches(), steps=5)
    found = line.evaluate(batches(passes=3), name="late")
    w = after(5)
    assert sorted(found) == ["global_step", "loss", "mae"] and found["global_step"] == 5
    assert found["loss"] == pytest.approx(np.mean((w - 3) ** 2 * X**2), rel=1e-5)
    assert found["mae"] == pytest.approx(np.mean((3 - w) * X), rel=1e-5)
    folder = line.eval_dir("late")
    [name] = os.listdir(folder)
    events = list(tf.train.summary_iterator(os.path.join(folder, name)))
    values = {v.tag: v.simple_value for e in events for v in e.summary.value if e.step == 5}
    assert sorted(values) == ["checkpoint_path", "loss", "mae"] and values["loss"] == found["loss"]
    first = line.evaluate(batches(passes=1), checkpoint_path=os.path.join(line.model_dir, "model.ckpt-4"))
    assert first["mae"] == pytest.approx(np.mean((3 - after(4)) * X), rel=1e-5)


def test_evaluation_without_a_checkpoint_starts_from_the_initial_values(line):
    assert line.evaluate(batches(), steps=2)["loss"] == pytest.approx(np.mean(9 * X**2), rel=1e-6)


def test_predictions_come_one_by_one_or_in_batches(line):
    line.train(batches(), steps=5)
    coming = line.predict(batches(passes=2))
    graph = tf.get_default_graph()
    first = next(coming)
    assert tf.get_default_graph() is graph, "the generator must not leave its graph behind"
    rest = list(coming)
    assert first["y"] == pytest.approx(after(5), rel=1e-5) and [float(r["x"]) for r in rest] == [2, 3, 1, 2, 3]
    [batch] = line.predict(batches(passes=1), predict_keys=["x"], yield_single_examples=False)
    assert sorted(batch) == ["x"] and (batch["x"] == X).all()
    with pytest.raises(ValueError, match="Expected to run at least one output"):
        next(line.predict(batches(passes=1), predict_keys=["z"]))


def test_predictions_of_different_lengths(tmp_path):
    def model_fn(features, mode):
        return tf.estimator.EstimatorSpec(mode, {"a": features, "b": features[:2]})

    predictions = tf.estimator.Estimator(model_fn, str(tmp_path)).predict(lambda: tf.data.Dataset.from_tensors(X))
    with pytest.raises(ValueError, match="Batch length of predictions should be same"):
        next(predictions)


def test_the_order_of_hooks_is_that_of_tensorflow(tmp_path):
    calls = []

    def model_fn(features, labels, mode):
        spec = line_fn(features, labels, mode, {"rate": 0.1})
        hooks = {"training": "t", "training_chief": "tc", "evaluation": "e", "prediction": "p"}
        return spec._replace(**{f"{kind}_hooks": [Telling(name, calls)] for kind, name in hooks.items()})

    line = tf.estimator.Estimator(model_fn, str(tmp_path), tf.estimator.RunConfig(save_checkpoints_steps=1))
    line.train(batches(passes=1), hooks=[Telling("u", calls)], saving_listeners=[Listening(calls)])
    assert ", ".join(calls) == (
        "tc.begin, u.begin, t.begin, before 0, tc.create, u.create, t.create, tc.before, u.before, t.before, before 1, "
        "tc.after, u.after, t.after, tc.before, u.before, t.before, end 1, tc.end, u.end, t.end"
    )
    calls.clear()
    line.evaluate(batches(), steps=1, hooks=[Telling("u", calls)])
    assert calls == "u.begin e.begin u.create e.create u.before e.before u.after e.after u.end e.end".split()
    calls.clear()
    list(line.predict(batches(passes=1), hooks=[Telling("u", calls)]))
    turn = "u.before p.before u.after p.after u.before p.before"
    assert calls == f"u.begin p.begin u.create p.create {turn} u.end p.end".split()


def test_what_is_in_the_log(line, caplog):
    caplog.set_level("INFO", "kerasflow")
    line.train(batches(), steps=4)
    lines = [r.getMessage() for r in caplog.records]
    beginnings = [
        "Calling model_fn.", "Done calling model_fn.", "Create CheckpointSaverHook.", "Graph was finalized.",
        "Running local_init_op.", "Done running local_init_op.", "Saving checkpoints for 0 into ",
        "loss = 42.0, step = 1", "Saving checkpoints for 4 into ", "global_step/sec: ", "loss = ",
        "Loss for final step: ",
    ]  # fmt: skip
    assert len(lines) == len(beginnings)
    assert [line.startswith(begin) for line, begin in zip(lines, beginnings, strict=True)] == [True] * len(lines), lines
    assert "step = 4 (" in lines[10]


def test_summaries_are_as_many_steps_apart_as_is_said(tmp_path):
    config = tf.estimator.RunConfig(save_summary_steps=5)
    line = tf.estimator.Estimator(line_fn, str(tmp_path), config, {"rate": 0.01}).train(batches(), steps=12)
    [path] = [os.path.join(tmp_path, name) for name in os.listdir(tmp_path) if "tfevents" in name]
    written = [e.step for e in tf.train.summary_iterator(path) if any(v.tag == "loss" for v in e.summary.value)]
    assert written == [1, 6, 11]
    assert line.get_variable_value("global_step") == 12


def test_input_functions_take_what_they_ask_for(tmp_path):
    seen = {}

    def input_fn(mode, params, config):
        seen[mode] = (params["rate"], config.tf_random_seed)
        return tf.constant(X), tf.constant(3 * X)

    config = tf.estimator.RunConfig(tf_random_seed=7)
    line = tf.estimator.Estimator(line_fn, tmp_path, config, {"rate": 0.01})
    line.train(input_fn, steps=3)
    line.evaluate(input_fn, steps=1)
    assert seen == {"train": (0.01, 7), "eval": (0.01, 7)}
    assert line.get_variable_value("w") == pytest.approx(after(3), rel=1e-5)


def test_a_seed_makes_trainings_alike(tmp_path):
    def model_fn(features, labels, mode):
        w = tf.get_variable("w", [3])
        op = tf.assign_add(tf.train.get_global_step(), 1)
        return tf.estimator.EstimatorSpec(mode, None, tf.reduce_sum(w), op)

    values = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        config = tf.estimator.RunConfig(str(tmp_path / name), seed)
        made = tf.estimator.Estimator(model_fn, config=config)
        values.append(made.train(batches(), steps=1).get_variable_value("w"))
    assert (values[0] == values[1]).all() and (values[0] != values[2]).all()


def test_a_loss_that_is_no_number(tmp_path):
    diverging = tf.estimator.Estimator(line_fn, str(tmp_path), params={"rate": float("inf")})
    with pytest.raises(tf.train.NanLossDuringTrainingError):
        diverging.train(batches(), steps=5)


def test_mistakes_are_told(line, tmp_path):
    for given, told in (
        ({"steps": 1, "max_steps": 2}, "Can not provide both steps and max_steps"),
        ({"steps": 0}, "Must specify steps > 0, given: 0"),
        ({"max_steps": -1}, "Must specify max_steps > 0, given: -1"),
    ):
        with pytest.raises(ValueError, match=told):
            line.train(batches(), **given)
    with pytest.raises(TypeError, match="Hooks must be a SessionRunHook"):
        line.train(batches(), hooks=["x"], steps=1)
    with pytest.raises(TypeError, match="CheckpointSaverListener"):
        line.train(batches(), saving_listeners=["x"], steps=1)
    with pytest.raises(ValueError, match="len 2 tuple"):
        line.train(lambda: (1, 2, 3), steps=1)
    with pytest.raises(ValueError, match="Could not find trained model"):
        line.get_variable_names()
    with pytest.raises(ValueError, match="Couldn't find trained model"):
        line.export_saved_model(str(tmp_path), lambda: None)
    with pytest.raises(ValueError, match="There should be a CheckpointSaverHook"):
        config = tf.estimator.RunConfig(save_checkpoints_steps=None, save_checkpoints_secs=None)
        unsaved = tf.estimator.Estimator(line_fn, str(tmp_path / "u"), config, {"rate": 0.1})
        unsaved.train(batches(), steps=1, saving_listeners=[Listening([])])
    with pytest.raises(ValueError, match="different values"):
        tf.estimator.Estimator(line_fn, "here", tf.estimator.RunConfig("there"), {})


@pytest.mark.parametrize(
    ("model_fn", "params", "told"),
    [
        (None, None, "must be provided"),
        (lambda x: None, None, "must include features"),
        (lambda features: None, {}, "does not include params"),
        (lambda features, other: None, None, "not expected args: ..other"),
    ],
)
def test_model_functions_that_cannot_be_called(model_fn, params, told, tmp_path):
    with pytest.raises(ValueError, match=told):
        tf.estimator.Estimator(model_fn, str(tmp_path), params=params)


def test_model_functions_that_give_something_else(tmp_path):
    with pytest.raises(ValueError, match="should return an EstimatorSpec"):
        tf.estimator.Estimator(lambda features, labels: 3, str(tmp_path)).train(batches(), steps=1)
    with pytest.raises(ValueError, match="does not take labels"):
        tf.estimator.Estimator(lambda features: 3, str(tmp_path)).train(batches(), steps=1)

    def taken(features, labels, mode):
        spec = line_fn(features, labels, mode, {"rate": 0.1})
        return spec._replace(eval_metric_ops={"loss": tf.metrics.mean(features)})

    with pytest.raises(ValueError, match="Metric with name `loss` is not allowed"):
        tf.estimator.Estimator(taken, str(tmp_path)).evaluate(batches(), steps=1)


def test_a_subclass_keeps_what_an_estimator_does(tmp_path):
    class Mine(tf.estimator.Estimator):
        def train(self, input_fn):
            return self

    with pytest.raises(ValueError, match="cannot override members of Estimator.*train"):
        Mine(line_fn, str(tmp_path), params={})
