"""Metrics by name, class, function and configuration, and what "accuracy" means for an output."""

import numpy as np
import pytest

import kerasflow as tf

losses, metrics = tf.keras.losses, tf.keras.metrics


def mine(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - y_pred), -1)


@pytest.mark.parametrize(
    ("names", "cls"),
    [
        ("mse MSE mean_squared_error MeanSquaredError", metrics.MeanSquaredError),
        ("mae MAE mean_absolute_error", metrics.MeanAbsoluteError),
        ("mape MAPE mean_absolute_percentage_error", metrics.MeanAbsolutePercentageError),
        ("msle MSLE mean_squared_logarithmic_error", metrics.MeanSquaredLogarithmicError),
        ("rmse root_mean_squared_error RootMeanSquaredError", metrics.RootMeanSquaredError),
        ("bce BCE binary_crossentropy", metrics.BinaryCrossentropy),
        ("categorical_crossentropy", metrics.CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", metrics.SparseCategoricalCrossentropy),
        ("kld KLD kl_divergence kullback_leibler_divergence", metrics.KLDivergence),
        ("logcosh log_cosh LogCoshError", metrics.LogCoshError),
        ("cosine_similarity cosine_proximity", metrics.CosineSimilarity),
        ("accuracy acc Accuracy", metrics.Accuracy),
        ("binary_accuracy", metrics.BinaryAccuracy),
        ("top_k_categorical_accuracy TopKCategoricalAccuracy", metrics.TopKCategoricalAccuracy),
        ("sparse_top_k_categorical_accuracy", metrics.SparseTopKCategoricalAccuracy),
        ("auc AUC", metrics.AUC),
        ("f1 f1_score F1Score", metrics.F1Score),
        ("fbeta_score FBetaScore", metrics.FBetaScore),
        ("r2 r2_score R2Score", metrics.R2Score),
        ("precision Precision", metrics.Precision),
        ("true_positives TruePositives", metrics.TruePositives),
        ("poisson", metrics.Poisson),
        ("squared_hinge", metrics.SquaredHinge),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_names(names, cls):
    for name in names.split():
        found = metrics.get(name)
        assert type(found) is cls
        assert found.name == (cls().name if name == cls.__name__ else name)
    assert type(metrics.get(cls)) is cls


@pytest.mark.parametrize("name", [n for n in metrics.__all__ if n.islower() and hasattr(metrics, n)])
def test_every_function_stands_for_its_class(name):
    if name in ("get", "resolve", "serialize", "deserialize"):
        return
    found = metrics.get(getattr(metrics, name))
    assert type(found) is type(metrics.get(name)) and not isinstance(found, metrics.MeanMetricWrapper)


def test_others():
    metric = metrics.AUC()
    assert metrics.get(metric) is metric and metrics.get(None) is None
    assert metrics.get(mine).fn is mine and metrics.get(mine).name == "mine"
    with pytest.raises(ValueError, match="There is no metric 'acuracy'. Did you mean 'accuracy'?"):
        metrics.get("acuracy")
    with pytest.raises(TypeError, match="Expected a metric, or its name"):
        metrics.get(3)


@pytest.mark.parametrize(
    "metric",
    [
        metrics.AUC(num_thresholds=10, curve="PR", name="pr"),
        metrics.Recall([0.1, 0.2]),
        metrics.FBetaScore("macro", 2.0),
        metrics.R2Score(None),
        metrics.TopKCategoricalAccuracy(3, dtype="float32"),
        metrics.BinaryAccuracy(threshold=0.1),
        metrics.CosineSimilarity(axis=0),
        metrics.Mean(),
    ],
    ids=repr,
)
def test_there_and_back(metric):
    saved = metrics.serialize(metric)
    assert saved["module"] == "keras.metrics"
    twin = metrics.deserialize(saved)
    assert type(twin) is type(metric) and twin.get_config() == metric.get_config()


def test_what_the_caller_brings():
    wrapped = metrics.serialize(metrics.MeanMetricWrapper(mine, name="m"))
    twin = metrics.deserialize(wrapped, {"mine": mine})
    assert twin.fn is mine and twin.name == "m"
    assert metrics.get("mine", {"mine": mine}).fn is mine
    with pytest.raises(ValueError, match="'mine' is a function of the program that saved it"):
        metrics.deserialize(wrapped)


ACCURACIES = {
    "binary": metrics.BinaryAccuracy,
    "sparse": metrics.SparseCategoricalAccuracy,
    "categorical": metrics.CategoricalAccuracy,
}
CROSSENTROPIES = {
    "binary": metrics.BinaryCrossentropy,
    "sparse": metrics.SparseCategoricalCrossentropy,
    "categorical": metrics.CategoricalCrossentropy,
}


@pytest.mark.parametrize(
    ("predictions", "targets", "loss", "kind"),
    [
        ((None, 1), (None,), None, "binary"),
        ((None, 1), (None, 1), losses.MeanSquaredError(), "binary"),
        ((None,), (None,), None, "binary"),
        ((None, 3), (None,), None, "sparse"),
        ((None, 3), (None, 1), losses.get(mine), "sparse"),
        ((None, 3), (None, 3), None, "categorical"),
        ((None, 5, 3), (None, 5), None, "sparse"),
        ((None, 3), (None, 3), losses.BinaryCrossentropy(), "binary"),
        ((None, 3), None, losses.SparseCategoricalCrossentropy(), "sparse"),
        (None, None, losses.CategoricalCrossentropy(), "categorical"),
        ((None, 3), (None, 3), losses.CategoricalHinge(), "categorical"),
    ],
)
def test_what_fits_the_target(predictions, targets, loss, kind):
    for name, classes in [
        ("accuracy", ACCURACIES),
        ("acc", ACCURACIES),
        ("Accuracy", ACCURACIES),
        ("crossentropy", CROSSENTROPIES),
        ("ce", CROSSENTROPIES),
    ]:
        found = metrics.resolve(name, predictions, targets, loss)
        assert type(found) is classes[kind] and found.name == name
        assert found.parameters.get("threshold", 0.5) == 0.5 and not found.parameters.get("from_logits")


def test_other_names_mean_what_they_say():
    assert type(metrics.resolve("mse", (None, 1), (None,))) is metrics.MeanSquaredError
    assert metrics.resolve("mse", (None, 1), (None,)).name == "mse"
    assert metrics.resolve(mine, (None, 1), (None,)).fn is mine
    metric = metrics.BinaryAccuracy()
    assert metrics.resolve(metric, (None, 3), (None,), losses.BinaryCrossentropy(from_logits=True)) is metric
    with pytest.raises(
        ValueError, match=r"cannot be told from predictions of shape \(\?, 3\) and targets of shape <unk"
    ):
        metrics.resolve("accuracy", (None, 3), None)
    with pytest.raises(ValueError, match="There is no metric 'acuracy'"):
        metrics.resolve("acuracy", (None, 3), (None,))


def test_metrics_take_logits_where_the_loss_does():
    logits = losses.BinaryCrossentropy(from_logits=True)
    y, x = np.array([0, 1, 1, 0]), np.array([-3.0, 0.2, 2.0, -0.1])  # 0.2 is above 0, but not above 1/2
    for name in ("accuracy", "binary_accuracy", "auc", "precision", "recall", "f1"):
        metric = metrics.resolve(name, (None, 1), (None,), logits)
        assert metric(y, x[:, None]) == 1.0 and metric.name == name
    p = 1 / (1 + np.exp(-x))
    expected = -np.log(np.where(y == 1, p, 1 - p)).mean()
    for name in ("ce", "bce", "binary_crossentropy"):
        assert metrics.resolve(name, (None, 1), (None,), logits)(y, x) == pytest.approx(expected, rel=1e-12)
    several = losses.SparseCategoricalCrossentropy(from_logits=True)
    assert metrics.resolve("ce", (None, 3), (None,), several).parameters["from_logits"] is True
    assert type(metrics.resolve("accuracy", (None, 3), (None,), several)) is metrics.SparseCategoricalAccuracy
    assert metrics.resolve("f1", (None, 3), (None,), several).threshold is None
    for name in ("auc", "precision", "recall"):
        with pytest.raises(ValueError, match=f"'{name}' needs probabilities, but the loss"):
            metrics.resolve(name, (None, 3), (None,), several)


def test_margins_decide_at_0():
    for loss in (losses.Hinge(), losses.SquaredHinge()):
        metric = metrics.resolve("accuracy", (None, 1), (None,), loss)
        assert metric([-1, 1, -1, 1], [-0.2, 0.3, 0.1, 0.2]) == 0.75
