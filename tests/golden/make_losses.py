"""Write losses.json: what the losses and metrics of Keras 3 give, for tests/losses and tests/metrics.

Provenance: keras==3.15.1 with jax==0.10.2 from PyPI, CPython 3.11 on x86-64 Linux, in double precision. Run it as

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python tests/golden/make_losses.py

Nothing but the arguments and the numbers that Keras returned is stored.

functions  a function of keras.losses or keras.metrics, its arguments, and what it gave
losses     a class of keras.losses, the arguments of its constructor and of the call, and what it gave
metrics    a class of keras.metrics, the arguments of its constructor, some batches, and the result after all of them
"""

import json
import os

import keras
import numpy as np
from keras.src.backend.common import dtypes

keras.config.set_floatx("float64")
dtypes.BIT64_TO_BIT32_DTYPE.update({"float64": "float64", "int64": "int64"})  # else means are taken in float32 on JAX
RNG = np.random.default_rng(20250711)
ROWS = (5, 1, 4)  # batches of unequal size


def normal(*shape):
    return RNG.normal(size=shape).round(3)


def uniform(*shape):
    return RNG.uniform(0.02, 0.98, shape).round(3)


def distribution(rows, classes):
    p = RNG.dirichlet(np.ones(classes), rows).round(3)
    p[:, -1] += 1 - p.sum(1)
    return p.round(3)


def one_hot(rows, classes):
    return np.eye(classes)[RNG.integers(0, classes, rows)]


def labels(*shape):
    return RNG.integers(0, 2, shape)


def directions(rows):
    x = RNG.normal(size=(rows, 3))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


# What targets and predictions of each function look like: (targets, predictions) of some rows.
NUMBERS = (lambda n: normal(n, 3), lambda n: normal(n, 3))
POSITIVE = (lambda n: RNG.gamma(2.0, size=(n, 3)).round(3), lambda n: RNG.gamma(2.0, size=(n, 3)).round(3) - 0.3)
COUNTS = (lambda n: RNG.poisson(2.0, (n, 3)), lambda n: RNG.gamma(2.0, size=(n, 3)).round(3))
MANY = (lambda n: np.array([[0, 1, 0], [1, 0, 1]])[RNG.integers(0, 2, n)], lambda n: uniform(n, 3))
BINARY = (lambda n: labels(n, 3), lambda n: uniform(n, 3))
SCORES = (lambda n: labels(n, 3), lambda n: normal(n, 3))
SIGNS = (lambda n: 2 * labels(n, 3) - 1, lambda n: normal(n, 3))
CLASSES = (lambda n: one_hot(n, 4), lambda n: distribution(n, 4))
LOGITS = (lambda n: one_hot(n, 4), lambda n: normal(n, 4))
MIXED = (lambda n: distribution(n, 4), lambda n: distribution(n, 4))
UNSCALED = (lambda n: one_hot(n, 4), lambda n: uniform(n, 4))
SPARSE = (lambda n: RNG.integers(0, 4, n), lambda n: distribution(n, 4))
SPARSE_LOGITS = (lambda n: RNG.integers(0, 4, (n, 1)), lambda n: normal(n, 4))
VECTORS = (lambda n: RNG.integers(0, 3, n), directions)
ONE_OUTPUT = (lambda n: labels(n, 1), lambda n: uniform(n, 1))
DIGITS = (lambda n: RNG.integers(0, 3, (n, 2)), lambda n: RNG.integers(0, 3, (n, 2)))

LOSSES = [
    ("MeanSquaredError", {}, NUMBERS),
    ("MeanAbsoluteError", {}, NUMBERS),
    ("MeanAbsolutePercentageError", {}, NUMBERS),
    ("MeanSquaredLogarithmicError", {}, POSITIVE),
    ("Huber", {}, NUMBERS),
    ("Huber", {"delta": 0.3}, NUMBERS),
    ("LogCosh", {}, NUMBERS),
    ("Poisson", {}, COUNTS),
    ("CosineSimilarity", {}, NUMBERS),
    ("CosineSimilarity", {"axis": 0}, NUMBERS),
    ("BinaryCrossentropy", {}, BINARY),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, BINARY),
    ("BinaryCrossentropy", {"from_logits": True}, SCORES),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, SCORES),
    ("CategoricalCrossentropy", {}, CLASSES),
    ("CategoricalCrossentropy", {}, UNSCALED),
    ("CategoricalCrossentropy", {}, MIXED),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, CLASSES),
    ("CategoricalCrossentropy", {"from_logits": True}, LOGITS),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, LOGITS),
    ("CategoricalCrossentropy", {"axis": 0}, CLASSES),
    ("SparseCategoricalCrossentropy", {}, SPARSE),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, SPARSE_LOGITS),
    ("KLDivergence", {}, MIXED),
    ("Hinge", {}, SCORES),
    ("Hinge", {}, SIGNS),
    ("SquaredHinge", {}, SCORES),
    ("SquaredHinge", {}, SIGNS),
    ("CategoricalHinge", {}, LOGITS),
    ("BinaryFocalCrossentropy", {}, BINARY),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5}, BINARY),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, SCORES),
    ("CategoricalFocalCrossentropy", {}, CLASSES),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4], "gamma": 1.0}, UNSCALED),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, LOGITS),
    ("CategoricalGeneralizedCrossEntropy", {}, SPARSE),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, SPARSE),
    ("Dice", {"axis": 1}, BINARY),
    ("Tversky", {"axis": 1}, BINARY),
    ("Tversky", {"alpha": 0.2, "beta": 0.7, "axis": [1]}, BINARY),
    ("Circle", {"gamma": 2.0}, VECTORS),
    ("Circle", {"gamma": 8.0, "margin": 0.25, "remove_diagonal": False}, VECTORS),
]
WHOLE = [  # one number for a batch, which no weights can weigh
    ("Dice", {}, BINARY),
    ("Tversky", {}, BINARY),
    ("Tversky", {"alpha": 0.2, "beta": 0.7}, BINARY),
]
REDUCTIONS = ["sum_over_batch_size", "sum", "none", "mean_with_sample_weight"]

METRICS = [
    ("MeanSquaredError", {}, NUMBERS),
    ("RootMeanSquaredError", {}, NUMBERS),
    ("MeanAbsoluteError", {}, NUMBERS),
    ("MeanAbsolutePercentageError", {}, NUMBERS),
    ("MeanSquaredLogarithmicError", {}, POSITIVE),
    ("CosineSimilarity", {}, NUMBERS),
    ("LogCoshError", {}, NUMBERS),
    ("R2Score", {}, NUMBERS),
    ("R2Score", {"class_aggregation": None}, NUMBERS),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, NUMBERS),
    ("Accuracy", {}, DIGITS),
    ("BinaryAccuracy", {}, BINARY),
    ("BinaryAccuracy", {"threshold": 0.3}, BINARY),
    ("CategoricalAccuracy", {}, CLASSES),
    ("SparseCategoricalAccuracy", {}, SPARSE),
    ("TopKCategoricalAccuracy", {"k": 2}, CLASSES),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, SPARSE),
    ("Precision", {}, ONE_OUTPUT),
    ("Precision", {"thresholds": [0.7, 0.2]}, BINARY),
    ("Precision", {"class_id": 1}, BINARY),
    ("Recall", {}, ONE_OUTPUT),
    ("Recall", {"thresholds": 0.4}, BINARY),
    ("TruePositives", {}, ONE_OUTPUT),
    ("TrueNegatives", {"thresholds": [0.3, 0.6]}, ONE_OUTPUT),
    ("FalsePositives", {}, ONE_OUTPUT),
    ("FalseNegatives", {}, BINARY),
    ("AUC", {}, ONE_OUTPUT),
    ("AUC", {"num_thresholds": 5}, ONE_OUTPUT),
    ("AUC", {"num_thresholds": 5, "summation_method": "majoring"}, ONE_OUTPUT),
    ("AUC", {"num_thresholds": 5, "summation_method": "minoring"}, BINARY),
    ("AUC", {"thresholds": [0.25, 0.3, 0.8]}, BINARY),
    ("AUC", {"curve": "PR", "num_thresholds": 20}, BINARY),
    ("AUC", {"curve": "PR", "num_thresholds": 7, "summation_method": "majoring"}, BINARY),
    ("AUC", {"curve": "PR", "num_thresholds": 7, "summation_method": "minoring"}, ONE_OUTPUT),
    ("AUC", {"from_logits": True, "num_thresholds": 50}, SCORES),
    ("F1Score", {}, CLASSES),
    ("F1Score", {"threshold": 0.4}, BINARY),
    ("FBetaScore", {"beta": 2.0, "average": "macro"}, CLASSES),
    ("FBetaScore", {"beta": 0.5, "average": "weighted", "threshold": 0.5}, BINARY),
    ("FBetaScore", {"average": "micro", "threshold": 0.5}, BINARY),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, BINARY),
    ("CategoricalCrossentropy", {}, CLASSES),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, SPARSE_LOGITS),
    ("KLDivergence", {}, MIXED),
    ("Poisson", {}, COUNTS),
    ("Hinge", {}, SCORES),
    ("SquaredHinge", {}, SIGNS),
    ("CategoricalHinge", {}, LOGITS),
    ("Precision", {"top_k": 2}, BINARY),
    ("Precision", {"top_k": 2, "thresholds": [0.3, 0.8]}, BINARY),
    ("Recall", {"top_k": 1, "class_id": 1}, BINARY),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, BINARY),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6, "num_thresholds": 30}, BINARY),
    ("PrecisionAtRecall", {"recall": 0.6}, ONE_OUTPUT),
    ("RecallAtPrecision", {"precision": 0.6, "num_thresholds": 50}, BINARY),
    ("RecallAtPrecision", {"precision": 0.99, "num_thresholds": 1}, BINARY),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, DIGITS),
    ("MeanIoU", {"num_classes": 3}, DIGITS),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 1}, DIGITS),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.4}, BINARY),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 2]}, CLASSES),
    ("OneHotMeanIoU", {"num_classes": 4}, CLASSES),
    ("PearsonCorrelation", {}, NUMBERS),
    ("ConcordanceCorrelation", {}, NUMBERS),
]
METRICS += [
    ("AUC", {"multi_label": True, "num_thresholds": 9, **more}, MANY)
    for more in ({}, {"label_weights": [0.2, 0.3, 1.5]}, {"curve": "PR", "num_labels": 3})
]
METRICS += [("AUC", {"label_weights": [0.2, 0.3, 1.5], "num_thresholds": 9}, BINARY)]
COUNTED = "IoU"  # these count in whole numbers in Keras, which cuts off what weights have after the point

# Where the formulas have their edges.
FUNCTIONS = [
    ("losses", "binary_crossentropy", {}, [[0.0, 1.0, 0.0, 1.0]], [[0.0, 1.0, 1.0, 0.0]]),
    ("losses", "categorical_crossentropy", {}, [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0], [0.0, 0.5, 0.5]]),
    ("losses", "kl_divergence", {}, [[0.0, 1.0]], [[1.0, 0.0]]),
    ("losses", "cosine_similarity", {}, [[0.0, 0.0], [1e-9, 0.0]], [[1.0, 1.0], [2e-9, 0.0]]),
    ("losses", "mean_absolute_percentage_error", {}, [[0.0, 1e-9, -2.0]], [[1e-8, 0.0, 1.0]]),
    ("losses", "mean_squared_logarithmic_error", {}, [[-3.0, 0.0, 2.0]], [[1.0, -0.5, 0.0]]),
    ("losses", "huber", {"delta": 1.0}, [[0.0, 0.0, 0.0]], [[1.0, -1.0, 2.0]]),
    ("losses", "poisson", {}, [[0.0, 3.0]], [[0.0, 0.0]]),
    ("losses", "log_cosh", {}, [[0.0, 0.0, 0.0]], [[0.0, 500.0, -500.0]]),
    ("losses", "mean_squared_error", {}, [[1.0], [2.0]], [[1.5], [4.0]]),
    ("losses", "hinge", {}, [0.0, 1.0, 1.0], [0.2, 1.0, 3.0]),
    ("metrics", "binary_accuracy", {"threshold": 0.6}, [[0.0, 1.0], [1.0, 1.0]], [[0.1, 0.6], [0.7, 0.2]]),
    ("metrics", "categorical_accuracy", {}, [[0, 1, 0], [1, 0, 0]], [[0.4, 0.4, 0.2], [0.4, 0.4, 0.2]]),
    ("metrics", "sparse_categorical_accuracy", {}, [[1], [2]], [[0.1, 0.9, 0.0], [0.05, 0.95, 0.0]]),
    ("metrics", "top_k_categorical_accuracy", {"k": 2}, [[0, 1, 0], [1, 0, 0]], [[0.4, 0.3, 0.2], [0.1, 0.3, 0.6]]),
    ("metrics", "sparse_top_k_categorical_accuracy", {"k": 1}, [2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0.0]]),
]


def plain(value):
    return np.asarray(value).tolist()


def function(module, name, kwargs, y_true, y_pred):
    value = getattr(getattr(keras, module), name)(np.array(y_true), np.array(y_pred), **kwargs)
    return {"module": module, "name": name, "kwargs": kwargs, "args": [y_true, y_pred], "value": plain(value)}


def loss(name, config, kinds, reduction, weighted):
    y_true, y_pred = (kind(6) for kind in kinds)
    args = [y_true, y_pred, *([uniform(3 if config.get("axis") == 0 else 6)] if weighted else [])]
    if config.get("axis") == 0 and weighted:
        args[2] = uniform(y_pred.shape[1])
    value = getattr(keras.losses, name)(**config, reduction=reduction)(*args)
    config = {**config, "reduction": reduction}
    return {"name": name, "config": config, "args": [plain(a) for a in args], "value": plain(value)}


def metric(name, config, kinds, weighted):
    made = getattr(keras.metrics, name)(**config)
    batches = []
    for rows in ROWS:
        args = [kind(rows) for kind in kinds]
        made.update_state(*args, **({"sample_weight": (w := uniform(rows))} if weighted else {}))
        batches.append([plain(a) for a in ([*args, w] if weighted else args)])
    return {"name": name, "config": config, "batches": batches, "value": plain(made.result())}


def main():
    found = {
        "functions": [function(*row) for row in FUNCTIONS],
        "losses": [loss(*row, r, w) for row in LOSSES for r in REDUCTIONS for w in (False, True)]
        + [loss(*row, "sum_over_batch_size", False) for row in WHOLE],
        "metrics": [metric(*row, w) for row in METRICS for w in (False, True) if not (w and COUNTED in row[0])],
    }
    with open(os.path.join(os.path.dirname(__file__), "losses.json"), "w") as file:
        lines = (f'"{kind}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for kind, rows in found.items())
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
