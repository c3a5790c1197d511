"""Variables that start from checkpoints; what works and what does not is as in TensorFlow 1.15.5."""

import threading

import numpy as np
import pytest

import kerasflow as tf


@pytest.fixture
def folder(tmp_path):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.get_variable("old/a", initializer=[1.0, 2.0])
        tf.get_variable("old/b", initializer=[3.0])
        tf.get_variable("top", initializer=7)
        sess.run(tf.global_variables_initializer())
        tf.train.Saver().save(sess, str(tmp_path / "m"))
    return tmp_path


@pytest.fixture
def new():
    with tf.variable_scope("new"):
        return tf.get_variable("a", [2]), tf.get_variable("b", [1])


def started(variables):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return [v.tolist() for v in sess.run(list(variables))]


@pytest.mark.parametrize("path", ["", "m"])
def test_scopes_and_names(folder, new, path):
    a, b = new
    assert tf.train.init_from_checkpoint(str(folder / path), {"old/": "new/"}) is None
    assert started(new) == [[1.0, 2.0], [3.0]]
    assert a.initializer.type == "Assign" and tf.get_static_value(a.initial_value).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("key", ["name", "variable", "list"])
def test_single_variables(folder, new, key):
    a, b = new
    tf.train.init_from_checkpoint(folder, {"old/a": {"name": "new/a", "variable": a, "list": [a]}[key]})
    first, second = started(new)
    assert first == [1.0, 2.0] and second != [3.0]


def test_the_outermost_scope(folder):
    with tf.variable_scope("old"):
        a = tf.get_variable("a", [2])
    other = tf.get_variable("top", [], tf.int32)
    tf.train.init_from_checkpoint(folder, {"/": "/"})
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(a).tolist() == [1.0, 2.0] and sess.run(other) == 7


@pytest.mark.parametrize(
    ("mapping", "error", "message"),
    [
        ({"old/b": "new/a"}, ValueError, r"Shape of variable new/a:0 .* doesn't match with shape of tensor old/b"),
        ({"nope": "new/a"}, ValueError, "Tensor nope is not found in"),
        ({"nope/": "new/"}, ValueError, "Tensor nope/a is not found in"),
        ({"old/a": "new/x"}, ValueError, "no variable 'new/x' that 'old/a' could be mapped to"),
        ({"old/": "new"}, ValueError, "A scope is mapped to a scope"),
        ({"old/a": 3}, TypeError, "mapped to a variable or a name, got 3"),
    ],
)
def test_what_is_refused(folder, new, mapping, error, message):
    with pytest.raises(error, match=message):
        tf.train.init_from_checkpoint(folder, mapping)


def test_other_types_and_no_files(folder, tmp_path):
    v = tf.get_variable("v", [], tf.float32)
    with pytest.raises(ValueError, match="Variable v:0 is of type float32, tensor top of int32"):
        tf.train.init_from_checkpoint(folder, {"top": v})
    with pytest.raises(tf.errors.NotFoundError):
        tf.train.init_from_checkpoint(tmp_path / "nowhere", {"/": "/"})


def test_a_value_of_another_shape_is_no_start():
    v = tf.Variable([1.0, 2.0])
    v.start_from([3, 4])
    assert started([v]) == [[3.0, 4.0]]
    with pytest.raises(ValueError):
        v.start_from([1.0, 2.0, 3.0])


def test_checkpoints_as_they_come(tmp_path, monkeypatch):
    monkeypatch.setattr("kerasflow.train.initial_checkpoints._POLL", 0.01)
    w = tf.Variable(1.0)
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(w.initializer)
        first = saver.save(sess, str(tmp_path / "m"), 1)
        found = tf.train.checkpoints_iterator(tmp_path, timeout=20)
        assert next(found) == first
        late = threading.Timer(0.1, saver.save, (sess, str(tmp_path / "m"), 2))
        late.start()
        assert next(found) == str(tmp_path / "m-2")
        late.join()
    asked = []
    ends = tf.train.checkpoints_iterator(tmp_path, timeout=0, timeout_fn=lambda: asked.append(1) or len(asked) > 2)
    assert len(list(ends)) == 1 and len(asked) == 3


def test_dual_averaging_steps_as_tensorflow_does():
    """The numbers are those of TensorFlow 1.15.5."""
    gradients = np.array([[1.0, -0.5, 0.0, 10.0], [0.1, 1e-3, 0.2, -3.0], [-2.0, 1.0, 0.1, 4.0]])
    plain = [
        [-0.09534625892455922, 0.08451542547285167, 0.0, -0.09995003746877731],
        [-0.1044073795327749, 0.0843462741273147, -0.05345224838248488, -0.06701710522173158],
        [0.03981365596834278, -0.04311919861770531, -0.07745966692414835, -0.0983476598107337],
    ]
    sparse = [
        [-0.05350871687123721, 0.01651022063282783, 0.0, -0.09565224808452581],
        [-0.02862992204890111, 0.0, 0.0, -0.05922894818852661],
        [0.0, 0.0, 0.0, -0.08706949918959253],
    ]
    penalties = {
        "initial_gradient_squared_accumulator_value": 0.25,
        "l1_regularization_strength": 0.375,
        "l2_regularization_strength": 0.5,
    }
    for settings, expected in (({}, plain), (penalties, sparse)):
        with tf.Graph().as_default(), tf.Session() as sess:
            steps = tf.train.get_or_create_global_step()
            x, g = tf.Variable(np.array([1.0, -2.0, 0.5, 3.0])), tf.placeholder(tf.float64, [4])
            optimizer = tf.train.AdagradDAOptimizer(0.1, steps, **settings)
            step = optimizer.apply_gradients([(g, x)], steps)
            sess.run(tf.global_variables_initializer())
            for row, want in zip(gradients, expected, strict=True):
                sess.run(step, {g: row})
                np.testing.assert_allclose(sess.run(x), want, rtol=1e-12)
            assert optimizer.get_slot_names() == ["gradient_accumulator", "gradient_squared_accumulator"]
            assert [v.name for v in optimizer.variables()] == ["Variable/AdagradDA:0", "Variable/AdagradDA_1:0"]
    for wrong in ({"initial_gradient_squared_accumulator_value": 0.0}, {"l1_regularization_strength": -1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            tf.train.AdagradDAOptimizer(0.1, tf.train.get_or_create_global_step(), **wrong)


def test_cosines_that_fall_to_nothing():
    """The numbers are those of TensorFlow 1.15.5."""
    step = tf.placeholder(tf.int64, [])
    plain = tf.train.linear_cosine_decay(0.1, step, 10)
    waves = tf.train.linear_cosine_decay(0.1, step, 10, num_periods=1.5, alpha=0.1, beta=0.01)
    tf.set_random_seed(1)
    noisy = tf.train.noisy_linear_cosine_decay(0.1, step, 10, initial_variance=0.25)
    assert (plain.name, waves.name) == ("LinearCosineDecay:0", "LinearCosineDecay_1:0")
    assert noisy.name == "NoisyLinearCosineDecay:0"
    with tf.Session() as sess:
        found = [[sess.run(t, {step: k}) for k in (0, 1, 3, 7, 10, 12)] for t in (plain, waves)]
        draws = np.array([sess.run(noisy, {step: 3}) for _ in range(400)])
    np.testing.assert_allclose(found[0], [0.1001, 0.08789755, 0.055672478, 0.006283222, 0.0001, 0.0001], rtol=1e-5)
    np.testing.assert_allclose(found[1], [0.111, 0.08038926, 0.002957736, 0.040021125, 0.001, 0.001], rtol=1e-5)
    wave = 0.5 * (1 + np.cos(0.3 * np.pi))
    spread = 0.1 * wave * np.sqrt(0.25 / 4**0.55)
    assert abs(draws.mean() - 0.055672478) < 4 * spread / 20 and 0.85 < draws.std() / spread < 1.15
