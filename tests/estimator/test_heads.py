"""Heads against NumPy: losses, metrics, weights, labels that do not fit."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.estimator.heads.keys import MetricKeys

E = tf.estimator
LOGITS = np.array([[0.5], [-1.0], [2.0], [0.1]], np.float32)


def run(values, feeds=None):
    with tf.Session() as sess:
        sess.run([tf.local_variables_initializer(), tf.tables_initializer()])
        return sess.run(values, feeds)


def metrics_of(head, logits, labels, features=None):
    spec = head.create_estimator_spec(features or {}, E.ModeKeys.EVAL, tf.constant(logits), tf.constant(labels))
    with tf.Session() as sess:
        sess.run([tf.local_variables_initializer(), tf.tables_initializer()])
        sess.run([update for _, update in spec.eval_metric_ops.values()])
        return {"loss": sess.run(spec.loss), **sess.run({k: v for k, (v, _) in spec.eval_metric_ops.items()})}


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def cross_entropy(y, x):
    return -(y * np.log(sigmoid(x)) + (1 - y) * np.log(1 - sigmoid(x)))


@pytest.mark.parametrize(
    ("reduction", "reduced"),
    [
        ("SUM", lambda e, w: np.sum(e * w)),
        ("MEAN", lambda e, w: np.sum(e * w) / np.sum(w)),
        ("SUM_OVER_BATCH_SIZE", lambda e, w: np.mean(e * w)),
        ("SUM_BY_NONZERO_WEIGHTS", lambda e, w: np.sum(e * w) / np.count_nonzero(w)),
    ],
)
def test_reductions_of_a_regression(reduction, reduced):
    y, w = np.array([1.0, 0.0, 3.0, -1.0], np.float32), np.array([1.0, 0.0, 2.0, 0.5], np.float32)
    head = E.RegressionHead(weight_column="w", loss_reduction=getattr(tf.losses.Reduction, reduction))
    found = metrics_of(head, LOGITS, y, {"w": tf.constant(w)})
    errors = (LOGITS[:, 0] - y) ** 2
    assert found["loss"] == pytest.approx(reduced(errors, w), rel=1e-6)
    assert found["average_loss"] == pytest.approx(np.average(errors, weights=w), rel=1e-6)
    assert found["prediction/mean"] == pytest.approx(np.average(LOGITS[:, 0], weights=w), rel=1e-6)
    assert found["label/mean"] == pytest.approx(np.average(y, weights=w), rel=1e-6)


def test_weights_for_each_number():
    y, w = np.zeros((2, 2), np.float32), np.array([[1.0, 2.0], [3.0, 0.0]], np.float32)
    x = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    head = E.RegressionHead(2, tf.feature_column.numeric_column("w", (2,)), tf.losses.Reduction.SUM)
    assert metrics_of(head, x, y, {"w": tf.constant(w)})["loss"] == pytest.approx(np.sum(w * x**2))


def test_other_regressions():
    y = np.array([[0.2], [0.9], [1.0], [0.0]], np.float32)
    found = metrics_of(E.LogisticRegressionHead(), LOGITS, y)
    assert found["loss"] == pytest.approx(np.mean(cross_entropy(y, LOGITS)), rel=1e-5)
    assert found["prediction/mean"] == pytest.approx(np.mean(sigmoid(LOGITS)), rel=1e-6)
    counts = np.array([[0.0], [3.0], [7.0], [1.0]], np.float32)
    found = metrics_of(E.PoissonRegressionHead(compute_full_loss=False), LOGITS, counts)
    assert found["loss"] == pytest.approx(np.mean(np.exp(LOGITS) - counts * LOGITS), rel=1e-5)


def test_two_classes_with_thresholds():
    y = np.array([["no"], ["no"], ["yes"], ["yes"]])
    head = E.BinaryClassHead(thresholds=[0.3, 0.6], label_vocabulary=["no", "yes"], name="h")
    found = metrics_of(head, LOGITS, y)
    truth, p = np.array([0, 0, 1, 1]), sigmoid(LOGITS[:, 0])
    wanted = {"average_loss": np.mean(cross_entropy(truth, LOGITS[:, 0])), "accuracy": np.mean((p > 0.5) == truth)}
    wanted |= {"accuracy_baseline": 0.5, "precision": 2 / 3, "recall": 1.0, "label/mean": 0.5}
    for t in (0.3, 0.6):
        said = p >= t
        wanted[MetricKeys.ACCURACY_AT_THRESHOLD % t] = np.mean(said == truth)
        wanted[MetricKeys.PRECISION_AT_THRESHOLD % t] = np.mean(truth[said])
        wanted[MetricKeys.RECALL_AT_THRESHOLD % t] = np.mean(said[truth == 1])
    assert {k: found[f"{k}/h"] for k in wanted} == {k: pytest.approx(v, rel=1e-5) for k, v in wanted.items()}


def test_many_classes_at_once():
    x = np.array([[1.0, -1.0, 0.5], [0.0, 2.0, -2.0]], np.float32)
    y = np.array([[1, 0, 1], [0, 0, 0]])
    w = np.array([1.0, 3.0], np.float32)
    head = E.MultiLabelHead(3, "w", thresholds=[0.6], loss_reduction=tf.losses.Reduction.SUM)
    found = metrics_of(head, x, y, {"w": tf.constant(w)})
    each = cross_entropy(y, x).mean(1)
    assert found["loss"] == pytest.approx(np.sum(each * w), rel=1e-5)
    assert found["average_loss"] == pytest.approx(np.average(each, weights=w), rel=1e-5)
    right = (sigmoid(x) >= 0.6) == y
    assert found["accuracy/positive_threshold_0.6"] == pytest.approx(np.average(right.mean(1), weights=w), rel=1e-5)
    named = E.MultiLabelHead(3, label_vocabulary=["a", "b", "c"])
    sparse = tf.SparseTensor([[0, 0], [0, 1]], ["c", "a"], [2, 2])
    loss = named.create_loss({}, E.ModeKeys.EVAL, tf.constant(x), sparse)
    assert run(loss.training_loss) == pytest.approx(np.mean(each), rel=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Labels must be"):
        wrong = tf.SparseTensor([[0, 0]], tf.constant([3], tf.int64), [2, 1])
        run(E.MultiLabelHead(3).create_loss({}, E.ModeKeys.EVAL, tf.constant(x), wrong).training_loss)


def test_a_loss_and_a_penalty_of_ones_own():
    head = E.RegressionHead(loss_fn=lambda labels, logits: tf.abs(labels - logits))
    spec = head.create_estimator_spec(
        {},
        E.ModeKeys.TRAIN,
        tf.constant(LOGITS),
        tf.zeros([4]),
        train_op_fn=lambda loss: tf.identity(loss),
        regularization_losses=[tf.constant(1.0), tf.constant(2.0)],
    )
    assert run(spec.loss) == pytest.approx(np.mean(np.abs(LOGITS)) + 3.0, rel=1e-6)


@pytest.mark.parametrize(
    ("head", "labels", "told"),
    [
        (E.RegressionHead(), np.zeros((4, 2), np.float32), "Mismatched label shape"),
        (E.RegressionHead(2), np.zeros((4, 2), np.float32), "logits shape must be"),
        (E.BinaryClassHead(label_vocabulary=["a", "b"]), np.zeros(4), "dtype should be string"),
        (E.BinaryClassHead("w"), np.zeros(4), "'w'|w"),
    ],
)
def test_labels_that_cannot_fit(head, labels, told):
    with pytest.raises(ValueError, match=told):
        head.create_estimator_spec({}, E.ModeKeys.EVAL, tf.constant(LOGITS), tf.constant(labels))


def test_labels_that_do_not_fit_when_it_is_run():
    labels = tf.placeholder(tf.float32, [None])
    loss = E.BinaryClassHead().create_loss({}, E.ModeKeys.EVAL, tf.constant(LOGITS), labels).training_loss
    for wrong, told in (
        ([0, 1, 1], "labels shape must be"),
        ([0, 1, 2, 0], "Labels must be <="),
        ([0, 1, -1, 0], ">= 0"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=told):
            run(loss, {labels: wrong})


def test_heads_are_checked_when_they_are_made():
    for make, told in (
        (lambda: E.MultiClassHead(2), "n_classes must be > 2"),
        (lambda: E.MultiClassHead(3, label_vocabulary="abc"), "list or a tuple"),
        (lambda: E.BinaryClassHead(thresholds=[1.0]), "thresholds not in"),
        (lambda: E.RegressionHead(0), "Invalid label_dimension"),
        (lambda: E.RegressionHead(loss_reduction="none"), "Invalid loss_reduction"),
        (lambda: E.RegressionHead(loss_fn=lambda labels: labels), "loss_fn takes"),
        (lambda: E.MultiLabelHead(1), "n_classes must be > 1"),
    ):
        with pytest.raises(ValueError, match=told):
            make()
    with pytest.raises(TypeError, match="list or a tuple"):
        E.BinaryClassHead(label_vocabulary="ab")
    with pytest.raises(TypeError, match="Weight column must be"):
        E.RegressionHead(1, 3.5).create_loss({}, "eval", tf.constant(LOGITS), tf.zeros([4, 1]))


def test_optimizers_by_name_instance_or_function(tmp_path):
    x = tf.feature_column.numeric_column("x")
    read = E.inputs.numpy_input_fn({"x": np.ones(4)}, np.ones(4), num_epochs=None, shuffle=False)
    for optimizer, slots in (
        ("SGD", 0),
        (tf.train.AdamOptimizer(0.1), 2),
        (lambda: tf.train.MomentumOptimizer(0.1, 0.9), 1),
    ):
        model = E.LinearRegressor([x], str(tmp_path / f"{slots}"), optimizer=optimizer).train(read, steps=1)
        names = [n for n in model.get_variable_names() if n.startswith("linear/linear_model/x/weights/")]
        assert len(names) == slots
    with pytest.raises(ValueError, match="Unsupported optimizer name: Adm.*Adam"):
        E.LinearRegressor([x], str(tmp_path / "a"), optimizer="Adm").train(read, steps=1)
    with pytest.raises(ValueError, match="not an Optimizer instance"):
        E.DNNRegressor([2], [x], str(tmp_path / "b"), optimizer=3).train(read, steps=1)
    with pytest.raises(ValueError, match="Either linear_feature_columns or dnn_feature_columns"):
        E.DNNLinearCombinedRegressor(str(tmp_path / "c"))
    with pytest.raises(ValueError, match="features should be a dictionary"):
        plain = E.inputs.numpy_input_fn(np.ones(4), np.ones(4), shuffle=False)
        E.DNNRegressor([2], [x], str(tmp_path / "d")).train(plain)


def test_what_parses_examples():
    columns = [tf.feature_column.numeric_column("age")]
    spec = E.regressor_parse_example_spec(columns, "price", label_dimension=2, weight_column="w")
    assert spec["price"] == tf.FixedLenFeature((2,), tf.float32, None) and sorted(spec) == ["age", "price", "w"]
    with pytest.raises(ValueError, match="label should not be used as feature"):
        E.classifier_parse_example_spec(columns, "age")
    with pytest.raises(ValueError, match="weight_column should not be used as feature"):
        E.classifier_parse_example_spec(columns, "y", weight_column="age")
