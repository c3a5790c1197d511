"""Devices: names are parsed, merged and shown as TensorFlow 1.15.5 shows them; what is not there is refused."""

import contextlib
from types import SimpleNamespace

import pytest

import kerasflow as tf


def placed(*devices):
    with tf.Graph().as_default(), contextlib.ExitStack() as stack:
        for d in devices:
            stack.enter_context(tf.device(d))
        return tf.constant(1.0).op.device


@pytest.mark.parametrize(
    ("devices", "shown"),
    [
        ([], ""),
        (["/cpu:0"], "/device:CPU:0"),
        (["cpu:0"], "/device:CPU:0"),
        (["/job:ps/task:0/cpu:0"], "/job:ps/task:0/device:CPU:0"),
        (["/job:worker", "/gpu:1"], "/job:worker/device:GPU:1"),
        (["/job:a", "/task:1", "/cpu:0"], "/job:a/task:1/device:CPU:0"),
        (["/job:a/replica:1/task:2/device:CPU:0", "/job:b"], "/job:b/replica:1/task:2/device:CPU:0"),
        (["/cpu:0", "/gpu:1"], "/device:GPU:1"),
        (["/cpu:0", "/gpu"], "/device:GPU:*"),
        (["/gpu:*"], "/device:GPU:*"),
        (["/device:gpu:2"], "/device:GPU:2"),
        (["/device:TPU:0"], "/device:TPU:0"),
        (["/cpu:0", None], ""),
        (["/cpu:0", ""], "/device:CPU:0"),
        (["//"], ""),
        ([lambda op: "/gpu:3"], "/device:GPU:3"),
        (["/job:a", lambda op: "/gpu:3"], "/job:a/device:GPU:3"),
        ([lambda op: f"/gpu:{len(op.inputs)}" if op.type == "Const" else "", "/cpu:0"], "/device:GPU:0"),
        ([lambda op: op.device, "/cpu:0"], "/device:CPU:0"),
        ([lambda op: None], ""),
        ([SimpleNamespace(to_string=lambda: "/job:ps/cpu:1")], "/job:ps/device:CPU:1"),
    ],
)
def test_names(devices, shown):
    assert placed(*devices) == shown


def test_a_tensor_is_shown_with_its_device():
    with tf.device("/cpu:0"):
        t = tf.constant(1.0, name="a")
    assert str(t) == 'Tensor("a:0", shape=(), dtype=float32, device=/device:CPU:0)'
    assert repr(t) == "<tf.Tensor 'a:0' shape=() dtype=float32>"


@pytest.mark.parametrize(
    ("name", "error", "match"),
    [
        ("/xyz:0", ValueError, "Unknown attribute: 'xyz'"),
        ("/job:a/cpu:0/gpu:1", ValueError, "multiple device types: /job:a/cpu:0/gpu:1"),
        ("/job:ps/task:x", ValueError, "'x'"),
        (3, TypeError, "a name, a function of operations or None, got 3"),
    ],
)
def test_what_is_no_device(name, error, match):
    with pytest.raises(error, match=match):
        placed(name)


def test_what_has_a_device():
    with tf.Graph().as_default() as g:
        with tf.device("/cpu:0"):
            w = tf.Variable(1.0)
            y = w * 2.0
        z = w * 3.0
        with g.device("/gpu:1"):
            x = tf.constant(1.0)
    assert w.device == w.initializer.device == w.value().device == y.device == y.op.device == "/device:CPU:0"
    assert z.device == "" and x.device == "/device:GPU:1"


def test_colocation():
    with tf.Graph().as_default():
        with tf.device("/gpu:1"):
            x = tf.constant(1.0)
        with tf.colocate_with(x):
            a = tf.constant(1.0)
        with tf.device("/cpu:0"), tf.colocate_with(x.op):
            b = tf.constant(1.0)
        with tf.device("/cpu:0"), tf.colocate_with(None, ignore_existing=True):
            c = tf.constant(1.0)
    assert [t.device for t in (a, b, c)] == ["/device:GPU:1", "/device:GPU:1", ""]


@pytest.mark.parametrize("name", ["/gpu:0", "/cpu:1", "/job:ps/task:0", "/task:1"])
def test_what_is_not_there_is_refused(name):
    with tf.Graph().as_default():
        free = tf.constant(2.0)
        with tf.device(name):
            y = tf.add(1.0, 2.0, name="y")
        for config in (None, tf.ConfigProto(allow_soft_placement=False)):
            with tf.Session(config=config) as sess:
                assert sess.run(free) == 2.0
                assert sess.run(y, {y: 7.0}) == 7.0
                with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device for operation y") as e:
                    sess.run([free, y])
                assert e.value.op.name.startswith("y") and "test_devices.py" in str(e.value)
        with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
            if "pu:" in name:
                assert sess.run(y) == 3.0
            else:  # another process cannot be replaced
                with pytest.raises(tf.errors.InvalidArgumentError, match=r"available devices are \[ /job:localhost"):
                    sess.run(y)


def test_what_is_there_runs_and_is_shown(capfd):
    with tf.Graph().as_default():
        with tf.device("/job:localhost/replica:0/task:0/cpu:0"):
            y = tf.add(1.0, 2.0, name="y")
        with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as sess:
            assert sess.run(y) == 3.0
    assert "y: (Add): /job:localhost/replica:0/task:0/device:CPU:0\n" in capfd.readouterr().err


def test_inside_a_loop():
    inner = []
    with tf.Graph().as_default(), tf.device("/cpu:0"), tf.Session() as sess:

        def body(i):
            inner.append(i + 1)
            with tf.device("/gpu:0"):
                inner.append(tf.identity(inner[0]))
            return inner[1]

        y = tf.while_loop(lambda i: i < 3, body, [0])
        assert y.device == inner[0].device == "/device:CPU:0" and inner[1].device == "/device:GPU:0"
        with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
            sess.run(y)
