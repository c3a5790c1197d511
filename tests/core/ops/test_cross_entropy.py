"""Cross-entropies beyond their cases: how they must be called, what they refuse, what a gradient costs."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

import kerasflow as tf
from kerasflow.core import ops
from tests.core.ops.harness import Case, check_gradient, check_value, seeded

rng = seeded("test_cross_entropy")
LOGITS = rng.normal(size=(6, 4))
CLASSES = rng.integers(0, 4, 6)
ONE_HOT = np.eye(4)[CLASSES]


def run(t, feeds=None):
    return tf.Session().run(t, feeds)


# --- values


def test_the_mean_is_scikit_learns_log_loss():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    expected = pytest.approx(log_loss(CLASSES, p, labels=range(4)), rel=1e-13)
    sparse = ops.sparse_softmax_cross_entropy_with_logits(labels=CLASSES, logits=LOGITS)
    for dense in (ops.softmax_cross_entropy_with_logits, ops.softmax_cross_entropy_with_logits_v2):
        assert np.mean(run(dense(labels=ONE_HOT, logits=LOGITS))) == expected
    assert np.mean(run(sparse)) == expected
    yes = (CLASSES > 1).astype(np.float64)
    sigmoid = ops.sigmoid_cross_entropy_with_logits(labels=yes, logits=LOGITS[:, 0])
    assert np.mean(run(sigmoid)) == pytest.approx(log_loss(yes, 1 / (1 + np.exp(-LOGITS[:, 0]))), rel=1e-13)


@pytest.mark.parametrize("classes", [1, 2, 63, 64, 65, 200])
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
def test_few_and_many_classes(classes, dtype):
    x, labels = rng.normal(size=(300, classes)), rng.integers(0, min(classes, 120), 300)
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    logits = tf.constant(x)
    loss = ops.sparse_softmax_cross_entropy_with_logits(labels=labels.astype(dtype), logits=logits)
    found, back = run([loss, tf.gradients(loss, logits)[0]])
    np.testing.assert_allclose(found, -np.log(p[np.arange(300), labels]), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(back, p - np.eye(classes)[labels], rtol=1e-12, atol=1e-14)


def test_large_logits_lose_nothing():
    """Where exponentials would overflow or vanish the loss is linear, and stays exact in single precision."""
    x = np.array([[1e4, 0.0, -1e4]], np.float32)
    for label, loss in enumerate([0.0, 1e4, 2e4]):
        sparse = ops.sparse_softmax_cross_entropy_with_logits(labels=[label], logits=x)
        dense = ops.softmax_cross_entropy_with_logits(labels=np.eye(3)[[label]], logits=x)
        assert run([sparse, dense]) == [loss, loss]
    wide = ops.sigmoid_cross_entropy_with_logits(labels=np.float32([1, 0, 1]), logits=np.float32([20, -20, -3e38]))
    np.testing.assert_allclose(run(wide), [np.exp(-20.0), np.exp(-20.0), 3e38], rtol=2e-6)


def weighted(y, x, q):
    return q * y * np.logaddexp(0, -x) + (1 - y) * np.logaddexp(0, x)


@pytest.mark.parametrize("q", [2.5, np.array([0.5, 1.0, 2.0, 4.0])], ids=["number", "vector"])
def test_weighted(q):
    case = Case(
        lambda x, y: ops.weighted_cross_entropy_with_logits(y, x, q),
        (LOGITS, rng.uniform(0.1, 0.9, LOGITS.shape)),
        lambda x, y: weighted(y, x, q),
    )
    check_value(case, "Softplus")
    check_gradient(case, "Softplus")


def test_weighted_by_a_tensor_and_under_the_old_name():
    q = tf.placeholder(tf.float64, [])
    loss = ops.weighted_cross_entropy_with_logits(targets=ONE_HOT, logits=LOGITS, pos_weight=q)
    np.testing.assert_allclose(run(loss, {q: 3.0}), weighted(ONE_HOT, LOGITS, 3.0), rtol=1e-13)


def test_labels_take_the_type_of_the_logits():
    logits = tf.placeholder(tf.float32, [None, 4])
    for labels in (ONE_HOT, ONE_HOT.astype(np.int64), ONE_HOT.tolist(), tf.constant(ONE_HOT)):
        loss = ops.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
        assert loss.dtype == tf.float32
    assert ops.sigmoid_cross_entropy_with_logits(labels=ONE_HOT, logits=logits).dtype == tf.float32


def test_the_axis_of_the_classes():
    expected = run(ops.softmax_cross_entropy_with_logits(labels=ONE_HOT, logits=LOGITS))
    for options in ({"dim": 0}, {"axis": 0}):
        turned = ops.softmax_cross_entropy_with_logits(labels=ONE_HOT.T, logits=LOGITS.T, **options)
        np.testing.assert_allclose(run(turned), expected, rtol=1e-14)
    turned = ops.softmax_cross_entropy_with_logits_v2(ONE_HOT.T, LOGITS.T, dim=0)
    np.testing.assert_allclose(run(turned), expected, rtol=1e-14)


# --- derivatives


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: ops.softmax_cross_entropy_with_logits_v2(labels=ONE_HOT, logits=x),
        lambda x: ops.sparse_softmax_cross_entropy_with_logits(labels=CLASSES, logits=x),
    ],
    ids=["dense", "sparse"],
)
def test_a_step_back_is_one_product(loss):
    x = tf.placeholder(tf.float64, [6, 4])
    y = loss(x)
    (g,) = tf.gradients(y, x)
    assert g.op.type == "Mul"
    assert y.op.outputs[1] in g.op.inputs


def test_labels_are_constants_in_the_first_version_only():
    x, y = tf.placeholder(tf.float64, [6, 4]), tf.placeholder(tf.float64, [6, 4])
    stopped = tf.gradients(ops.softmax_cross_entropy_with_logits(labels=y, logits=x), [x, y])
    flowing = tf.gradients(ops.softmax_cross_entropy_with_logits_v2(labels=y, logits=x), [x, y])
    assert stopped[1] is None
    a, b = run([stopped[0], flowing[1]], {x: LOGITS, y: ONE_HOT})
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(a, p - ONE_HOT, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(b, -np.log(p), rtol=1e-12)


def test_labels_that_are_weights_have_the_derivative_of_the_very_loss():
    """The derivative by the logits is p sum(y) - y, also where the labels do not sum to 1."""
    y = 3.0 * ONE_HOT
    x = tf.placeholder(tf.float64, [6, 4])
    (g,) = tf.gradients(ops.softmax_cross_entropy_with_logits(labels=y, logits=x), x)
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(run(g, {x: LOGITS}), 3.0 * p - y, rtol=1e-12, atol=1e-15)


# --- names


def test_names():
    x = tf.placeholder(tf.float32, [None, 3])
    y, i = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [None])
    names = [
        ops.sigmoid_cross_entropy_with_logits(labels=y, logits=x).name,
        ops.sigmoid_cross_entropy_with_logits(labels=y, logits=x, name="s").name,
        ops.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x, name="x").name,
        ops.softmax_cross_entropy_with_logits_v2(labels=y, logits=x).name,
        ops.softmax_cross_entropy_with_logits_v2(labels=y, logits=x, name="d").name,
        ops.weighted_cross_entropy_with_logits(y, x, 2.0).name,
    ]
    assert names == [
        "logistic_loss:0",
        "s:0",
        "x/x:0",
        "softmax_cross_entropy_with_logits:0",
        "d:0",
        "logistic_loss_1:0",
    ]


# --- what is refused

BY_NAME = [
    ops.sigmoid_cross_entropy_with_logits,
    ops.softmax_cross_entropy_with_logits,
    ops.sparse_softmax_cross_entropy_with_logits,
]


@pytest.mark.parametrize("function", BY_NAME, ids=lambda f: f.__name__)
def test_arguments_come_by_name(function):
    with pytest.raises(ValueError, match=rf"{function.__name__} takes its arguments by name.*labels=.*logits="):
        function(LOGITS, ONE_HOT)
    with pytest.raises(ValueError, match=r"needs both labels= and logits=; logits missing"):
        function(labels=ONE_HOT)
    with pytest.raises(ValueError, match=r"labels missing"):
        function(logits=LOGITS)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ops.sigmoid_cross_entropy_with_logits(labels=np.zeros((2, 1)), logits=np.zeros(2)),
            ValueError,
            r"same shape, got \(2,\) and \(2, 1\)",
        ),
        (
            lambda: ops.sigmoid_cross_entropy_with_logits(labels=tf.constant([1]), logits=tf.constant([1.0])),
            TypeError,
            "float32 and int32",
        ),
        (
            lambda: ops.softmax_cross_entropy_with_logits(labels=[[1.0]], logits=[[1.0, 2.0]]),
            ValueError,
            r"same shape, got \(1, 2\) and \(1, 1\)",
        ),
        (
            lambda: ops.softmax_cross_entropy_with_logits(labels=[[1.0, 0.0]], logits=[[1.0, 2.0]], dim=2),
            ValueError,
            "axis 2",
        ),
        (lambda: ops.softmax_cross_entropy_with_logits_v2(labels=[1, 0], logits=[1, 2]), TypeError, "int32"),
        (lambda: ops.softmax_cross_entropy_with_logits_v2(labels=1.0, logits=1.0), ValueError, "rank 0"),
        (
            lambda: ops.sparse_softmax_cross_entropy_with_logits(labels=[[0], [1]], logits=np.zeros((2, 3))),
            ValueError,
            r"labels of shape \(2, 1\) and logits of shape \(2, 3\)",
        ),
        (lambda: ops.sparse_softmax_cross_entropy_with_logits(labels=0, logits=1.0), ValueError, "scalar"),
        (
            lambda: ops.sparse_softmax_cross_entropy_with_logits(labels=[0.0], logits=[[1.0]]),
            TypeError,
            "float32 is not one of",
        ),
        (
            lambda: ops.weighted_cross_entropy_with_logits(labels=[1.0], logits=[[1.0]], pos_weight=2.0),
            ValueError,
            "same shape",
        ),
        (lambda: ops.weighted_cross_entropy_with_logits(labels=[1.0], logits=[1.0]), ValueError, "pos_weight="),
    ],
)
def test_refused_while_the_graph_is_built(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("bad", [3, -1])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_a_label_that_is_no_class(bad, dtype):
    labels = tf.placeholder(dtype, [None])
    loss = ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=np.zeros((3, 3), np.float32))
    for _ in range(3):
        with pytest.raises(tf.errors.InvalidArgumentError, match=rf"label {bad} at position \[1\] is not in \[0, 3\)"):
            run(loss, {labels: [0, bad, 2]})


def test_shapes_that_turn_out_different_in_the_run():
    x, y, i = tf.placeholder(tf.float32), tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    for loss in (
        ops.sigmoid_cross_entropy_with_logits(labels=y, logits=x),
        ops.softmax_cross_entropy_with_logits(labels=y, logits=x),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"same shape, got \(2, 3\) and \(2, 1\)"):
            run(loss, {x: np.zeros((2, 3)), y: np.zeros((2, 1))})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"labels of shape \(2, 1\)"):
        run(ops.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x), {x: np.zeros((2, 3)), i: [[0], [1]]})
