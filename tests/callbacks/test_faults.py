"""`TerminateOnNaN` names the first bad operation, the batch and the rows."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import callbacks
from kerasflow.core.finding import first_not_finite

RNG = np.random.default_rng(2)


def watched(model, *data, **options):
    watch = callbacks.TerminateOnNaN()
    history = model.fit(*data, verbose=0, callbacks=[watch], **options)
    return watch, history


class Log(tf.keras.layers.Layer):
    """Is NaN where a number is negative, and infinite where it is 0."""

    def call(self, x):
        return tf.log(x, name="the_log")


def model_with_log(rate=0.1):
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="ones"), Log()])
    model.compile(tf.keras.optimizers.SGD(rate), "mse")
    return model


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_operation_the_batch_and_the_rows(shuffle, capsys):
    x = np.ones((40, 1))
    x[[13, 14, 33]] = [[-1.0], [2.0], [-3.0]]
    model = model_with_log(0.0)
    watch, history = watched(model, x, np.zeros(40), batch_size=40, epochs=3, shuffle=shuffle)
    assert "the_log' (Log) gives NaN, made at " in watch.report and __file__ in watch.report
    rows = watch.report.rpartition("for rows ")[2]
    assert set(rows.split(" of")[0].split(", ")) == {"13", "33"} and rows.endswith("of the data.")
    assert watch.report.startswith("Epoch 1, batch 0: the loss is nan: the operation ")
    assert capsys.readouterr().err == watch.report + "\n"
    assert history.stopped == "TerminateOnNaN" and len(history.epoch) == 1
    assert model.get_weights()[0][0, 0] == 1.0


def test_the_weights_are_those_before_the_batch():
    x = np.ones((6, 1))
    x[5] = -4.0
    model = model_with_log()
    seen = []
    note = callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: seen.append(model.get_weights()))
    watch = callbacks.TerminateOnNaN()
    model.fit(x, np.ones(6), batch_size=2, shuffle=False, verbose=0, callbacks=[note, watch], epochs=4)
    assert len(seen) == 3 and watch.report.startswith("Epoch 1, batch 2")
    for kept, now in zip(seen[-1], model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)
    assert not np.array_equal(seen[0][0], seen[-1][0])


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (0, "the inputs are not finite in row 3 of the data."),
        (1, "the targets are not finite in row 3 of the data."),
        (2, "the sample weights are not finite in row 3 of the data."),
    ],
)
def test_the_data(place, text):
    data = [RNG.uniform(1, 2, (8, 1)), np.ones((8, 1)), np.ones(8)]
    data[place][3] = np.inf
    watch = callbacks.TerminateOnNaN()
    x, y, w = data
    model_with_log().fit(x, y, sample_weight=w, batch_size=2, shuffle=False, verbose=0, callbacks=[watch])
    assert watch.report.endswith(text) and "batch 1" in watch.report


def test_a_gradient():
    """The loss is finite, its gradient is not: the next batch shows it, and the backward operation is named."""
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Lambda(lambda x: x)])
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="zeros"), Root()])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    watch, _ = watched(model, np.ones((4, 1)), np.ones(4), batch_size=2)
    assert watch.report.startswith("Epoch 1, batch 1") and "the operation" in watch.report


class Root(tf.keras.layers.Layer):
    def call(self, x):
        return tf.sqrt(x)


def test_batches_of_a_generator():
    def batches():
        for k in range(4):
            x = np.ones((3, 1))
            x[1] = 1.0 - k
            yield x, np.ones((3, 1))

    watch, _ = watched(model_with_log(0.0), batches())
    assert watch.report.startswith("Epoch 1, batch 1: the loss is inf") and "infinities" in watch.report
    assert watch.report.endswith("for row 1 of the batch.")


def test_all_is_well():
    watch, history = watched(model_with_log(), np.ones((4, 1)), np.ones(4), epochs=2)
    assert watch.report is None and history.stopped is None and watch.find_fault is None


def test_what_changes_variables_is_not_run():
    x = tf.placeholder(tf.float32, [])
    w = tf.Variable(2.0)
    bad = tf.log(x)
    with tf.control_dependencies([w.assign_add(1.0)]):
        after = tf.identity(bad, name="after")
    update = w.assign(after)
    with tf.Session() as session:
        session.run(w.initializer)
        found = first_not_finite(session, [update.op], {x: -1.0})
        assert found.tensor is bad and session.run(w) == 2.0
        assert first_not_finite(session, [update.op], {x: 1.0}) is None


def test_infinities_that_do_no_harm_are_passed_over():
    x = tf.placeholder(tf.float32, [3])
    harmless = tf.where(x > 0.0, tf.log(x), tf.zeros([3]))
    harmful = tf.log(x - 1.0, name="harmful")
    found = first_not_finite(tf.Session(), [tf.reduce_sum(harmless + harmful).op], {x: [0.0, 2.0, 3.0]})
    assert found.tensor.op.name == "harmful" and found.rows(3).tolist() == [0] and found.rows(5) is None
    start = tf.log(x, name="start")
    found = first_not_finite(tf.Session(), [tf.reduce_sum(start - start).op], {x: [0.0, 2.0, 3.0]})
    assert found.tensor.op.name == "start" and "gives infinities" in str(found)
