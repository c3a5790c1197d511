"""Trainings with evaluations: train_and_evaluate, exporters, early stopping, evaluation in memory, warm starts."""

import os

import numpy as np
import pytest

import kerasflow as tf
from tests.estimator.test_estimator import X, after, batches, line_fn


def receiver_fn():
    x = tf.placeholder(tf.float32, [None])
    return tf.estimator.export.TensorServingInputReceiver(x, x)


@pytest.fixture
def line(tmp_path):
    config = tf.estimator.RunConfig(tf_random_seed=1, save_checkpoints_steps=4)
    return tf.estimator.Estimator(line_fn, str(tmp_path / "m"), config, {"rate": 0.01})


class Told(tf.estimator.Exporter):
    """Writes down what it is given."""

    def __init__(self, name="told"):
        self._name, self.calls = name, []

    @property
    def name(self):
        return self._name

    def export(self, estimator, export_path, checkpoint_path, eval_result, is_the_final_export):
        where = os.path.relpath(export_path, estimator.model_dir)
        self.calls.append((where, os.path.basename(checkpoint_path), is_the_final_export))
        return len(self.calls)


def test_each_checkpoint_is_evaluated_and_exported(line):
    told = Told()
    metrics, exported = tf.estimator.train_and_evaluate(
        line,
        tf.estimator.TrainSpec(batches(), max_steps=10),
        tf.estimator.EvalSpec(batches(), steps=2, exporters=told, throttle_secs=0),
    )
    folder = os.path.join("export", "told")
    steps = [(4, False), (8, False), (10, True)]
    assert told.calls == [(folder, f"model.ckpt-{step}", last) for step, last in steps] and exported == [3]
    assert metrics["loss"] == pytest.approx(np.mean((after(10) - 3) ** 2 * X**2), rel=1e-4)
    assert metrics["global_step"] == 10


def test_evaluations_are_throttled(line):
    told = Told()
    spec = tf.estimator.EvalSpec(batches(), steps=1, exporters=[told], throttle_secs=1000)
    tf.estimator.train_and_evaluate(line, tf.estimator.TrainSpec(batches(), max_steps=10), spec)
    assert [call[1:] for call in told.calls] == [("model.ckpt-4", False), ("model.ckpt-10", True)]


def test_what_exporters_write(line, monkeypatch):
    times = iter(range(1000, 2000))
    monkeypatch.setattr("kerasflow.estimator.exporting.time.time", lambda: next(times))
    best = tf.estimator.BestExporter(serving_input_receiver_fn=receiver_fn, exports_to_keep=2)
    latest = tf.estimator.LatestExporter("latest", receiver_fn, exports_to_keep=1)
    final = tf.estimator.FinalExporter("final", receiver_fn)
    tf.estimator.train_and_evaluate(
        line,
        tf.estimator.TrainSpec(batches(), max_steps=12),
        tf.estimator.EvalSpec(batches(), steps=1, exporters=[best, latest, final], throttle_secs=0),
    )
    there = {name: sorted(os.listdir(os.path.join(line.model_dir, "export", name))) for name in ("latest", "final")}
    assert {name: len(folders) for name, folders in there.items()} == {"latest": 1, "final": 1}
    assert len(os.listdir(os.path.join(line.model_dir, "export", "best_exporter"))) == 2
    folder = os.path.join(line.model_dir, "export", "final", there["final"][0])
    with tf.Session(graph=tf.Graph()) as sess:
        signature = tf.saved_model.load(sess, ["serve"], folder).signature_def["serving_default"]
        found = sess.run(signature.outputs["y"].name, {signature.inputs["input"].name: [1.0, -2.0]})
    assert found == pytest.approx(after(12) * np.array([1.0, -2.0]), rel=1e-5)
    again = tf.estimator.BestExporter(serving_input_receiver_fn=receiver_fn)
    worse = {"loss": 100.0, "global_step": 13}
    assert again.export(line, os.path.join(line.model_dir, "x"), line.latest_checkpoint(), worse, False) is None


def test_specifications_are_checked():
    with pytest.raises(TypeError, match="`input_fn` must be callable"):
        tf.estimator.TrainSpec(3)
    with pytest.raises(ValueError, match="max_steps > 0"):
        tf.estimator.TrainSpec(batches(), max_steps=0)
    with pytest.raises(TypeError, match="SessionRunHook"):
        tf.estimator.TrainSpec(batches(), hooks=[1])
    with pytest.raises(ValueError, match="throttle_secs >= 0"):
        tf.estimator.EvalSpec(batches(), throttle_secs=-1)
    with pytest.raises(TypeError, match="`exporters` must be an Exporter"):
        tf.estimator.EvalSpec(batches(), exporters=[1])
    with pytest.raises(ValueError, match="unique names"):
        tf.estimator.EvalSpec(batches(), exporters=[Told(), Told()])
    with pytest.raises(TypeError, match="`train_spec` must have type"):
        tf.estimator.train_and_evaluate(tf.estimator.BaselineRegressor("x"), 1, tf.estimator.EvalSpec(batches()))
    with pytest.raises(ValueError, match="compare_fn takes"):
        tf.estimator.BestExporter(compare_fn=lambda a, b: True)


@pytest.mark.parametrize(
    ("make", "given", "last"),
    [
        ("stop_if_lower_hook", {"metric_name": "loss", "threshold": 6.0}, 12),
        ("stop_if_higher_hook", {"metric_name": "loss", "threshold": 6.0}, 4),
        ("stop_if_higher_hook", {"metric_name": "loss", "threshold": 6.0, "min_steps": 100}, 16),
        ("stop_if_no_increase_hook", {"metric_name": "loss", "max_steps_without_increase": 8}, 12),
        ("stop_if_no_decrease_hook", {"metric_name": "loss", "max_steps_without_decrease": 8}, 16),
    ],
)
def test_early_stopping(line, make, given, last):
    losses = {step: float(np.mean((after(step) - 3) ** 2 * X**2)) for step in (8, 12)}
    assert losses[8] > 6.0 > losses[12]
    hook = getattr(tf.estimator.experimental, make)(line, run_every_secs=None, run_every_steps=1, **given)
    spec = tf.estimator.TrainSpec(batches(), max_steps=16, hooks=[hook])
    tf.estimator.train_and_evaluate(line, spec, tf.estimator.EvalSpec(batches(), steps=1, throttle_secs=0))
    assert line.get_variable_value("global_step") == last
    assert "signal_early_stopping/STOP" in line.get_variable_names()


def test_early_stopping_takes_one_interval(line):
    with pytest.raises(ValueError, match="Only one of"):
        tf.estimator.experimental.make_early_stopping_hook(line, lambda: True, run_every_secs=1, run_every_steps=1)
    with pytest.raises(TypeError, match="must be callable"):
        tf.estimator.experimental.make_early_stopping_hook(line, True)


def test_evaluation_in_memory(line):
    hook = tf.estimator.experimental.InMemoryEvaluatorHook(line, batches(), steps=1, every_n_iter=3, name="memory")
    line.train(batches(), hooks=[hook], steps=7)
    folder = line.eval_dir("memory")
    found = {}
    for name in os.listdir(folder):
        for event in tf.train.summary_iterator(os.path.join(folder, name)):
            for value in event.summary.value:
                found[event.step] = value.simple_value if value.tag == "mae" else found.get(event.step)
    steps = sorted(found)
    assert steps[0] == 0 and steps[-1] == 7 and len(steps) == 4
    for step in steps:
        assert found[step] == pytest.approx(np.mean((3 - after(step)) * X), rel=1e-4)


def test_more_metrics(line):
    line.train(batches(), steps=2)
    more = tf.estimator.add_metrics(line, lambda labels, predictions: {"top": tf.metrics.mean(labels)})
    found = more.evaluate(batches(), steps=1)
    assert sorted(found) == ["global_step", "loss", "mae", "top"] and found["top"] == pytest.approx(6.0)
    with pytest.raises(ValueError, match="not expected args"):
        tf.estimator.add_metrics(line, lambda x: {})


def test_warm_starts(line, tmp_path):
    line.train(batches(), steps=5)

    def renamed(features, labels, mode):
        with tf.variable_scope("other"):
            return line_fn(features, labels, mode, {"rate": 0.01})

    names = {"other/w": "w"}
    settings = tf.estimator.WarmStartSettings(line.model_dir, ".*", None, names)
    started = tf.estimator.Estimator(renamed, str(tmp_path / "a"), warm_start_from=settings)
    assert started.evaluate(batches(), steps=1)["loss"] == pytest.approx(np.mean((after(5) - 3) ** 2 * X**2), rel=1e-5)
    started.train(batches(), steps=3)
    assert started.get_variable_value("other/w") == pytest.approx(after(8), rel=1e-5)
    assert started.get_variable_value("global_step") == 3
    plain = tf.estimator.Estimator(line_fn, str(tmp_path / "b"), params={"rate": 0.01}, warm_start_from=line.model_dir)
    assert plain.train(batches(), steps=1).get_variable_value("w") == pytest.approx(after(6), rel=1e-5)
    with pytest.raises(ValueError, match="were not used.*wrong"):
        wrong = tf.estimator.WarmStartSettings(line.model_dir, ".*", None, {"wrong": "w"})
        tf.estimator.Estimator(renamed, str(tmp_path / "c"), warm_start_from=wrong).train(batches(), steps=1)
    with pytest.raises(ValueError, match="must be a string or a WarmStartSettings"):
        tf.estimator.Estimator(renamed, str(tmp_path / "c"), warm_start_from=3)


def test_a_warm_start_with_another_vocabulary(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("a\nb\nc\n")
    new.write_text("c\nd\na\n")
    table = np.arange(8.0, dtype=np.float32).reshape(4, 2)
    path = str(tmp_path / "m.ckpt")
    with tf.Graph().as_default(), tf.Session() as sess:
        made = tf.get_variable("words", initializer=table)
        sess.run(made.initializer)
        tf.train.Saver().save(sess, path)
    for backup, fresh in ((None, 0.0), (tf.constant_initializer(9.0), 9.0)):
        with tf.Graph().as_default(), tf.Session() as sess:
            words = tf.get_variable("words", [5, 2])
            info = tf.estimator.VocabInfo(str(new), 3, 2, str(old), backup_initializer=backup)
            tf.train.warm_start(path, ".*", {"words": info})
            sess.run(tf.global_variables_initializer())
            found = sess.run(words)
        assert found.tolist() == [[4.0, 5.0], [fresh] * 2, [0.0, 1.0], [fresh] * 2, [fresh] * 2]
