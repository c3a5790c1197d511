"""Monitors: when they are asked and told, as in TensorFlow 1.15.5; evaluations while there is training."""

import numpy as np
import pytest

import kerasflow as tf

L = tf.contrib.learn
M = L.monitors
RNG = np.random.RandomState(0)
X = RNG.normal(size=(60, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int32)


def classifier(folder, **config):
    columns = L.infer_real_valued_columns_from_input(X)
    return L.LinearClassifier(columns, str(folder), config=L.RunConfig(**config))


class Writing(M.EveryN):
    """Writes down what it is told."""

    def __init__(self, *args):
        super().__init__(*args)
        self.told = []

    def begin(self, max_steps=None):
        super().begin(max_steps)
        self.told.append("begin")

    def every_n_step_begin(self, step):
        return ["global_step"]

    def every_n_step_end(self, step, outputs):
        assert outputs == {"global_step": step}
        self.told.append(step)

    def every_n_post_step(self, step, session):
        self.told.append(f"after {step}")

    def end(self, session=None):
        super().end(session)
        self.told.append("end")


def test_the_first_steps_and_then_some(tmp_path):
    monitor = Writing(10, 2)
    model = classifier(tmp_path).fit(X, Y, steps=25, monitors=[monitor])
    wanted = ["begin"]
    for step in (1, 2, 12, 22):
        wanted += [step, f"after {step}"]
    assert monitor.told == [*wanted, "after 25", "end"]
    later = Writing(4, 0)
    model.fit(X, Y, steps=6, monitors=[later])
    assert later.told[1::2] == [26, 30, "after 31"]


def test_monitors_stop_a_training(tmp_path):
    class Stopping(M.BaseMonitor):
        def step_end(self, step, output):
            return step >= 3

    model = classifier(tmp_path).fit(X, Y, steps=10, monitors=[Stopping()])
    assert model.get_variable_value("global_step") == 3
    model.fit(X, Y, steps=10, monitors=[M.StopAtStep(num_steps=4)])
    assert model.get_variable_value("global_step") == 7
    model.fit(X, Y, steps=10, monitors=[M.StopAtStep(last_step=9)])
    assert model.get_variable_value("global_step") == 9
    with pytest.raises(TypeError, match="A monitor is a SessionRunHook or a tf.contrib"):
        model.fit(X, Y, steps=1, monitors=[3])
    with pytest.raises(ValueError, match="One of num_steps or last_step"):
        M.StopAtStep()


def test_what_is_fetched(tmp_path, caplog):
    caplog.set_level("INFO", "kerasflow")
    kept = M.CaptureVariable("linear/bias_weight", every_n=2)
    shown = M.PrintTensor({"step": "global_step:0"}, every_n=3)
    model = classifier(tmp_path).fit(X, Y, steps=5, monitors=[kept, shown])
    assert sorted(kept.values) == [1, 3, 5]
    np.testing.assert_array_equal(kept.values[5], model.get_variable_value("linear/bias_weight"))
    assert [r.getMessage() for r in caplog.records if "step = " in r.getMessage() and "Step" in r.getMessage()] == [
        "Step 1: step = 1", "Step 4: step = 4",
    ]  # fmt: skip


def test_losses_that_are_no_numbers(tmp_path):
    class Asking(M.NanLoss):
        def begin(self, max_steps=None):
            self._loss = tf.identity(tf.cast(tf.train.get_global_step(), tf.float32) * np.nan, name="bad").name

    model = classifier(tmp_path)
    with pytest.raises(tf.train.NanLossDuringTrainingError):
        model.fit(X, Y, steps=3, monitors=[Asking("")])
    model.fit(X, Y, steps=3, monitors=[Asking("", fail_on_nan_loss=False)])
    assert model.get_variable_value("global_step") == 1


def test_a_training_that_makes_nothing_better_is_stopped(tmp_path):
    rate = tf.train.GradientDescentOptimizer(0.1)
    columns = L.infer_real_valued_columns_from_input(X)
    config = L.RunConfig(save_checkpoints_steps=5)
    model = L.LinearClassifier(columns, str(tmp_path), optimizer=rate, config=config)
    wrong = 1 - Y
    watch = M.ValidationMonitor(X, wrong, every_n_steps=5, early_stopping_rounds=12, check_interval_secs=0)
    model.fit(X, Y, steps=100, monitors=[watch])
    assert watch.early_stopped and watch.best_step == 5 and model.get_variable_value("global_step") == 20
    assert watch.best_metrics["global_step"] == 5 and watch.best_value == watch.best_metrics["loss"]
    steps = {e.step for f in (tmp_path / "eval").iterdir() for e in tf.train.summary_iterator(str(f)) if e.step}
    assert steps == {5, 10, 15, 20}


def test_more_metrics_and_more_is_better(tmp_path):
    metrics = {"right": L.MetricSpec(tf.contrib.metrics.streaming_accuracy, L.PredictionKey.CLASSES)}
    watch = M.ValidationMonitor(
        X, Y, metrics=metrics, every_n_steps=2, early_stopping_metric="right", early_stopping_metric_minimize=False,
        early_stopping_rounds=1000, check_interval_secs=0,
    )  # fmt: skip
    model = classifier(tmp_path, save_checkpoints_steps=2).fit(X, Y, steps=20, monitors=[watch])
    assert watch.best_value >= model.evaluate(X, Y)["accuracy"] - 1e-6 and not watch.early_stopped
    for given, told in (
        ({"every_n_steps": 1}, "Either x or input_fn"),
        ({"x": X, "y": Y, "early_stopping_metric": "wrong", "early_stopping_rounds": 1, "every_n_steps": 1}, "'wrong'"),
    ):
        with pytest.raises(ValueError, match=told):
            model.fit(X, Y, steps=2, monitors=[M.ValidationMonitor(**given)])


def test_looks_are_so_many_seconds_apart(tmp_path):
    watch = M.ValidationMonitor(X, Y, every_n_steps=1, early_stopping_rounds=1000, check_interval_secs=1000)
    classifier(tmp_path, save_checkpoints_steps=2).fit(X, Y, steps=6, monitors=[watch])
    [folder] = [tmp_path / "eval"]
    assert {e.step for f in folder.iterdir() for e in tf.train.summary_iterator(str(f)) if e.step} == set()
    assert watch.best_step == 1
