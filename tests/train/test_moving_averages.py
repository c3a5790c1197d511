"""Moving averages: their values, their names, and their use in place of the variables."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train

VALUES = np.random.default_rng(0).standard_normal((6, 3)) * 10.0 ** np.arange(-3, 3)[:, None]


def run(averages, x, given, update):
    """The average after each of the values has been given to x."""
    found = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for value in VALUES:
            session.run(update, {given: value})
            found.append(session.run(averages.average(x)))
    return found


def moving(start, decays):
    a = start
    for value, d in zip(VALUES, decays, strict=True):
        a = d * a + (1 - d) * value
        yield a


@pytest.mark.parametrize("decay", [0.9, lambda: tf.constant(np.float64(0.9))], ids=["number", "tensor"])
def test_of_a_variable(decay):
    x = tf.Variable(np.ones(3), name="x")
    given = tf.placeholder(tf.float64, [3])
    averages = train.ExponentialMovingAverage(decay() if callable(decay) else decay)
    with tf.control_dependencies([x.assign(given)]):
        update = averages.apply([x])
    np.testing.assert_allclose(run(averages, x, given, update), list(moving(np.ones(3), [0.9] * 6)), rtol=1e-12)


def test_of_a_tensor():
    given = tf.placeholder(tf.float64, [3])
    x = 2.0 * given
    averages = train.ExponentialMovingAverage(0.9)
    found = run(averages, x, given, averages.apply([x]))
    np.testing.assert_allclose(found, 2 * np.array(list(moving(np.zeros(3), [0.9] * 6))), rtol=1e-12)


@pytest.mark.parametrize("kind", ["variable", "number"])
def test_faster_at_the_beginning(kind):
    count = tf.Variable(0, trainable=False) if kind == "variable" else 3
    x = tf.Variable(np.ones(3))
    given = tf.placeholder(tf.float64, [3])
    averages = train.ExponentialMovingAverage(0.35, num_updates=count)
    with tf.control_dependencies([x.assign(given)]):
        update = [averages.apply([x])]
    if kind == "variable":
        with tf.control_dependencies(update):
            update = [count.assign_add(1)]
    decays = [min(0.35, (1 + n) / (10 + n)) for n in (range(6) if kind == "variable" else [3] * 6)]
    assert 0.35 in decays or kind == "number"
    assert len(set(decays)) > 1 or kind == "number"
    np.testing.assert_allclose(run(averages, x, given, update), list(moving(np.ones(3), decays)), rtol=1e-12)


def test_it_starts_at_the_value_of_its_variable():
    """Drawn once for both; and where the variable was set before, from there."""
    x = tf.Variable(tf.random_uniform([4]))
    averages = train.ExponentialMovingAverage(0.9)
    averages.apply([x])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(*session.run([x, averages.average(x)]))
        session.run(x.assign([1.0, 2.0, 3.0, 4.0]))
        session.run(averages.average(x).initializer)
        assert session.run(averages.average(x)).tolist() == [1, 2, 3, 4]
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError, match="Variable"):
        session.run(averages.average(x).initializer)


def test_names_and_collections():
    """As in TensorFlow."""
    x, y = tf.Variable(1.0, name="x"), tf.Variable(1.0, name="y")
    count = tf.Variable(0, name="count", trainable=False)
    averages = train.ExponentialMovingAverage(0.9)
    assert averages.average(x) is None
    assert averages.average_name(x) == "x/ExponentialMovingAverage"
    with tf.name_scope("scope"):
        update = averages.apply([x])
    assert update.name == "scope/ExponentialMovingAverage"
    assert averages.average(x).name == "x/ExponentialMovingAverage:0"
    assert averages.average(x) in tf.global_variables()
    assert averages.average(x) not in tf.trainable_variables()
    assert tf.get_collection(tf.GraphKeys.MOVING_AVERAGE_VARIABLES) == [x]
    assert averages.apply([x]).name == "ExponentialMovingAverage"
    assert averages.variables_to_restore() == {
        "x/ExponentialMovingAverage": x,
        "y/ExponentialMovingAverage": y,
        "count": count,
    }
    assert averages.variables_to_restore([x])["y"] is y
    averages.apply()
    assert averages.average(y).name == "y/ExponentialMovingAverage:0"


def test_variables_restored_from_their_averages(tmp_path):
    x = tf.Variable(1.0, name="x")
    averages = train.ExponentialMovingAverage(0.5)
    with tf.control_dependencies([x.assign_add(2.0)]):
        update = averages.apply()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        path = train.Saver().save(session, tmp_path / "m")
        assert session.run(x) == 3.0
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.Variable(0.0, name="x")
        train.Saver(train.ExponentialMovingAverage(0.5).variables_to_restore()).restore(session, path)
        assert session.run(x) == 2.0


def test_what_cannot_be_averaged():
    averages = train.ExponentialMovingAverage(0.9)
    refused = {
        "decay": (ValueError, "decay must be", lambda: train.ExponentialMovingAverage(1.0)),
        "zero_debias": (ValueError, "zero_debias", lambda: train.ExponentialMovingAverage(0.9, zero_debias=True)),
        "integers": (TypeError, "floating-point", lambda: averages.apply([tf.Variable(1)])),
        "numbers": (TypeError, "floating-point", lambda: averages.apply([1.0])),
        "nothing": (ValueError, "no variables", averages.apply),
        "any shape": (ValueError, "shape", lambda: averages.apply([tf.placeholder(tf.float32, [None])])),
    }
    for error, message, call in refused.values():
        with tf.Graph().as_default(), pytest.raises(error, match=message):
            call()


def test_averages_in_a_branch_move_only_when_it_is_chosen():
    # The batch normalisation of many a published script: averages move in training, and are read when it is over.
    x, training = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.bool, [])
    mean = tf.reduce_mean(x)
    averages = tf.train.ExponentialMovingAverage(0.5)

    def moved():
        with tf.control_dependencies([averages.apply([mean])]):
            return tf.identity(mean)

    used = tf.cond(training, moved, lambda: averages.average(mean))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(used, {x: [4.0], training: True}) == 4.0
        assert sess.run(used, {x: [100.0], training: False}) == 2.0
        assert sess.run(averages.average(mean)) == 2.0


def test_the_average_of_what_a_branch_computes():
    x, training = tf.placeholder(tf.float32, []), tf.placeholder(tf.bool, [])
    averages = tf.train.ExponentialMovingAverage(0.5)

    def moved():
        double = 2.0 * x
        with tf.control_dependencies([averages.apply([double])]):
            return averages.average(double).read_value()

    used = tf.cond(training, moved, lambda: tf.constant(-1.0))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        got = [sess.run(used, {x: 4.0, training: t}) for t in (True, False, True)]
    assert got == [4.0, -1.0, 6.0]
