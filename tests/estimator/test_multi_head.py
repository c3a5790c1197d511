"""Several heads over one body: sums of losses in closed form; names and values as in TensorFlow 1.15.5."""

import numpy as np
import pytest

import kerasflow as tf

E = tf.estimator
LOGITS = np.array([[0.5, -1.0, 2.0, 0.25], [1.5, 0.0, -0.5, -2.0]], np.float32)
LABELS = {"kind": np.array([2, 1]), "size": np.array([[1.0], [-1.0]], np.float32)}
CROSS = np.log(np.exp(LOGITS[:, :3]).sum(1)) - LOGITS[[0, 1], LABELS["kind"]]
SQUARED = (LOGITS[:, 3:] - LABELS["size"]) ** 2


def two(weights=None):
    return E.MultiHead([E.MultiClassHead(3, name="kind"), E.RegressionHead(name="size")], weights)


def labels():
    return {name: tf.constant(value) for name, value in LABELS.items()}


def run(values):
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer(), tf.tables_initializer()])
        return sess.run(values)


@pytest.mark.parametrize("weights", [None, [0.5, 3.0]])
@pytest.mark.parametrize("split", [False, True])
def test_the_loss_is_the_sum_of_theirs(weights, split):
    logits = {"kind": tf.constant(LOGITS[:, :3]), "size": tf.constant(LOGITS[:, 3:])} if split else tf.constant(LOGITS)
    a, b = weights or [1.0, 1.0]
    spec = two(weights).create_loss({}, E.ModeKeys.EVAL, logits, labels())
    found = run(spec.training_loss), run(spec.unreduced_loss), run(spec.processed_labels)
    assert found[0] == pytest.approx(a * CROSS.mean() + b * SQUARED.mean(), rel=1e-6)
    np.testing.assert_allclose(found[1]["kind"][:, 0], a * CROSS, rtol=1e-5)
    np.testing.assert_allclose(found[1]["size"], b * SQUARED, rtol=1e-6)
    assert spec.weights == {"kind": a, "size": b}
    np.testing.assert_array_equal(found[2]["size"], LABELS["size"])


def test_an_evaluation():
    spec = two([0.5, 3.0]).create_estimator_spec({}, E.ModeKeys.EVAL, tf.constant(LOGITS), labels())
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        sess.run([update for _, update in spec.eval_metric_ops.values()])
        found, loss = sess.run([{k: v for k, (v, _) in spec.eval_metric_ops.items()}, spec.loss])
    assert loss == pytest.approx(0.5 * CROSS.mean() + 3.0 * SQUARED.mean(), rel=1e-6)
    wanted = {
        "accuracy/kind": 0.5, "average_loss/kind": CROSS.mean(), "average_loss/size": SQUARED.mean(),
        "label/mean/size": 0.0, "loss/kind": CROSS.mean(), "loss/size": SQUARED.mean(),
        "prediction/mean/size": LOGITS[:, 3].mean(),
    }  # fmt: skip
    assert found == {key: pytest.approx(value, rel=1e-5) for key, value in wanted.items()}


def test_predictions_and_signatures():
    spec = two().create_estimator_spec({}, E.ModeKeys.PREDICT, tf.constant(LOGITS))
    kinds = ["all_class_ids", "all_classes", "class_ids", "classes", "logits", "probabilities"]
    assert sorted(spec.predictions) == [*[("kind", key) for key in kinds], ("size", "predictions")]
    np.testing.assert_array_equal(run(spec.predictions["kind", "class_ids"]), [[2], [0]])
    assert sorted(spec.export_outputs) == [
        "kind", "kind/classification", "kind/predict", "predict", "serving_default", "size", "size/predict",
        "size/regression",
    ]  # fmt: skip
    assert spec.export_outputs["serving_default"] is spec.export_outputs["kind"]
    together = spec.export_outputs["predict"].outputs
    assert sorted(together) == [*[f"kind/{key}" for key in kinds], "size/predictions"]
    np.testing.assert_array_equal(run(together["size/predictions"]), LOGITS[:, 3:])


def test_a_step_is_that_of_the_sum():
    w = tf.Variable(LOGITS)
    tf.train.get_or_create_global_step()
    rule = tf.train.GradientDescentOptimizer(1.0)
    penalty = [tf.reduce_sum(w)]
    spec = two([0.5, 3.0]).create_estimator_spec({}, E.ModeKeys.TRAIN, w, labels(), rule, regularization_losses=penalty)
    proba = np.exp(LOGITS[:, :3]) / np.exp(LOGITS[:, :3]).sum(1, keepdims=True)
    kind = 0.5 * (proba - np.eye(3)[LABELS["kind"]]) / 2
    size = 3.0 * 2 * (LOGITS[:, 3:] - LABELS["size"]) / 2
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        loss = sess.run([spec.loss, spec.train_op])[0]
        moved, steps = sess.run([w, tf.train.get_global_step()])
    assert loss == pytest.approx(0.5 * CROSS.mean() + 3.0 * SQUARED.mean() + LOGITS.sum(), rel=1e-5)
    np.testing.assert_allclose(moved, LOGITS - np.concatenate([kind, size], 1) - 1.0, rtol=1e-5, atol=1e-6)
    assert steps == 1
    tags = [t.op.name for t in tf.get_collection(tf.GraphKeys.SUMMARIES)]
    assert tags == ["loss/kind", "loss/size", "loss"]


def test_it_serves_canned_estimators(tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    y = {"kind": (x[:, 0] > 0).astype(int) + (x[:, 1] > 0), "size": x.sum(1, keepdims=True)}
    columns = [tf.feature_column.numeric_column("x", shape=[2])]
    model = E.DNNEstimator(two(), [8], columns, str(tmp_path), "Adam", config=E.RunConfig(tf_random_seed=1))

    def read():
        return tf.data.Dataset.from_tensors(({"x": x}, y)).repeat(60)

    found = model.train(read).evaluate(read, steps=1)
    assert found["accuracy/kind"] > 0.9 and found["average_loss/size"] < 0.1
    first = next(model.predict(read, predict_keys=[("kind", "class_ids")]))
    assert list(first) == [("kind", "class_ids")]


def test_mistakes():
    named = E.RegressionHead(name="a")
    for make, told in (
        (lambda: E.MultiHead([]), "Must specify heads"),
        (lambda: E.MultiHead([named, E.RegressionHead()]), "must have name specified"),
        (lambda: E.MultiHead([named, named]), "a name of its own"),
        (lambda: E.MultiHead([named], [1.0, 2.0]), "must have the same size"),
        (lambda: two().create_loss({}, "eval", tf.zeros([2, 3]), labels()), "should equal 4 but is 3"),
        (lambda: two().create_loss({}, "eval", tf.zeros([2, 4]), tf.zeros([2])), "labels must be a dict"),
        (lambda: two().create_estimator_spec({}, "eval", tf.zeros([2, 4])), "You must provide a labels Tensor"),
        (lambda: two().create_estimator_spec({}, "train", tf.zeros([2, 4]), labels()), "cannot both be None"),
    ):
        with pytest.raises(ValueError, match=told):
            make()
    with pytest.raises(KeyError, match=r"no labels of the heads \['size'\], only \['kind'\]"):
        two().create_loss({}, "eval", tf.zeros([2, 4]), {"kind": tf.constant([0, 1])})
