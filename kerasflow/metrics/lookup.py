"""Metrics by name, and as plain data; and what "accuracy" means for an output of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow import losses
from kerasflow.core.shapes import Dims, show
from kerasflow.losses.base import function_name, with_function
from kerasflow.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from kerasflow.metrics.auc import AUC
from kerasflow.metrics.base import Metric
from kerasflow.metrics.confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from kerasflow.metrics.correlation import (
    ConcordanceCorrelation,
    MeanRelativeError,
    PearsonCorrelation,
    concordance_correlation,
    pearson_correlation,
)
from kerasflow.metrics.f_score import F1Score, FBetaScore
from kerasflow.metrics.means import Mean, MeanMetricWrapper, Sum
from kerasflow.metrics.overlap import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from kerasflow.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    KLDivergence,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from kerasflow.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    R2Score,
    RootMeanSquaredError,
)
from kerasflow.metrics.tradeoffs import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from kerasflow.utils.lookup import Lookup

__all__ = ["deserialize", "get", "resolve", "serialize"]

_CLASSES: tuple[type[Metric], ...] = (
    (AUC, Accuracy, BinaryAccuracy, BinaryCrossentropy, CategoricalAccuracy, CategoricalCrossentropy, CategoricalHinge)
    + (CosineSimilarity, F1Score, FBetaScore, FalseNegatives, FalsePositives, Hinge, KLDivergence, LogCoshError, Mean)
    + (MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson)
    + (Precision, R2Score, Recall, RootMeanSquaredError, SparseCategoricalAccuracy, SparseCategoricalCrossentropy)
    + (SparseTopKCategoricalAccuracy, SquaredHinge, Sum, TopKCategoricalAccuracy, TrueNegatives, TruePositives)
    + (BinaryIoU, ConcordanceCorrelation, IoU, MeanIoU, MeanRelativeError, OneHotIoU, OneHotMeanIoU)
    + (PearsonCorrelation, PrecisionAtRecall, RecallAtPrecision, SensitivityAtSpecificity, SpecificityAtSensitivity)
)
_ALIASES: dict[str, type[Metric]] = {
    "acc": Accuracy,
    "bce": BinaryCrossentropy,
    "cosine_proximity": CosineSimilarity,
    "f1": F1Score,
    "kl_divergence": KLDivergence,
    "kld": KLDivergence,
    "kullback_leibler_divergence": KLDivergence,
    "log_cosh": LogCoshError,
    "logcosh": LogCoshError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mse": MeanSquaredError,
    "msle": MeanSquaredLogarithmicError,
    "r2": R2Score,
    "rmse": RootMeanSquaredError,
    "sparse_top_k_categorical_accuracy": SparseTopKCategoricalAccuracy,
    "top_k_categorical_accuracy": TopKCategoricalAccuracy,
}
_UPPER = {name.upper(): _ALIASES[name] for name in ("bce", "kld", "mae", "mape", "mse", "msle")}
_LOOKUP = Lookup("metric", _CLASSES, aliases={**_ALIASES, **_UPPER})
_BY_FUNCTION: dict[Any, type[Metric]] = {
    binary_accuracy: BinaryAccuracy,
    categorical_accuracy: CategoricalAccuracy,
    sparse_categorical_accuracy: SparseCategoricalAccuracy,
    sparse_top_k_categorical_accuracy: SparseTopKCategoricalAccuracy,
    top_k_categorical_accuracy: TopKCategoricalAccuracy,
    concordance_correlation: ConcordanceCorrelation,
    pearson_correlation: PearsonCorrelation,
    losses.binary_crossentropy: BinaryCrossentropy,
    losses.categorical_crossentropy: CategoricalCrossentropy,
    losses.categorical_hinge: CategoricalHinge,
    losses.hinge: Hinge,
    losses.kl_divergence: KLDivergence,
    losses.log_cosh: LogCoshError,
    losses.mean_absolute_error: MeanAbsoluteError,
    losses.mean_absolute_percentage_error: MeanAbsolutePercentageError,
    losses.mse: MeanSquaredError,
    losses.mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    losses.poisson: Poisson,
    losses.sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    losses.squared_hinge: SquaredHinge,
}


def get(identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The metric that `identifier` stands for.

    Args:
        identifier: a metric, a class of metrics, a function ``(y_true, y_pred)`` or a loss, whose mean is taken; a name
            (of a class, of a function, or a short one like "mse"), what `serialize` gave, or None.
        custom_objects: the caller's own classes and functions, by name.

    Returns:
        A `Metric`, which is named as `identifier` says; None for None.

    Raises:
        ValueError: there is no metric of this name. TypeError: it is none of the above.

    >>> tf.keras.metrics.get("mse"), tf.keras.metrics.get(tf.keras.metrics.Recall)
    (<MeanSquaredError 'mse'>, <Recall 'recall'>)
    """
    found = deserialize(identifier, custom_objects)
    if isinstance(identifier, str) and found is not None and identifier != type(found).__name__:
        found.name = identifier
    return found


def serialize(metric: Any) -> Any:
    """A metric as plain data, without its state, for `deserialize`.

    >>> tf.keras.metrics.serialize(tf.keras.metrics.Recall(thresholds=0.3))["config"]["thresholds"]
    [0.3]
    """
    return _LOOKUP.serialize(metric)


_KERAS_2 = (
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "categorical_accuracy"),
    *("mean_squared_logarithmic_error", "binary_accuracy", "sparse_categorical_accuracy", "binary_crossentropy"),
    *("categorical_crossentropy", "sparse_categorical_crossentropy", "cosine_similarity", "hinge", "squared_hinge"),
    *("kl_divergence", "poisson", "log_cosh"),
)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The metric that `serialize` described; raises as `get`.

    >>> tf.keras.metrics.deserialize({"class_name": "AUC", "config": {"curve": "PR"}}).curve
    'PR'
    """
    custom = dict(custom_objects or {})
    if isinstance(config, Mapping) and config.get("class_name") == "MeanMetricWrapper":
        settings = config.get("config")
        name = function_name(settings.get("fn")) if isinstance(settings, Mapping) else None
        if isinstance(settings, Mapping) and name in _KERAS_2:  # there a metric of ours is a wrapped function
            found = get(name)
            found.name = str(settings.get("name", found.name))
            return found
        config = with_function(config, custom, "metric")
        custom["MeanMetricWrapper"] = MeanMetricWrapper
    found = _LOOKUP.get(config, custom)
    if found is None or isinstance(found, Metric):
        return found
    try:
        return _BY_FUNCTION[found]()
    except (KeyError, TypeError):  # none of ours, or not even hashable
        return MeanMetricWrapper(found)


def resolve(identifier: Any, y_pred_dims: Dims, y_dims: Dims, loss: Any = None) -> Any:
    """The metric for one output of a model; as `get`, but "accuracy" and "crossentropy" become what fits the target.

    The kind of target is told by the loss if it is one of the cross-entropies or margins, else by the shapes: one
    output is binary, fewer dimensions than the predictions have (or a last one of size 1) are numbers of classes, and
    the rest are ones and zeros. If the loss takes logits, a metric that is asked for by name does so too.

    Args:
        identifier: what `get` takes; also "accuracy", "acc", "crossentropy" and "ce", in any case.
        y_pred_dims, y_dims: the shapes of predictions and targets, None for unknown sizes.
        loss: the `Loss` that the output is trained with, if any.

    Raises:
        ValueError: there is no metric of this name, the shapes do not tell what it means, or it needs probabilities
            where there are logits of several classes.

    >>> tf.keras.metrics.resolve("acc", (None, 3), (None, 1))
    <SparseCategoricalAccuracy 'acc'>
    """
    if not isinstance(identifier, str):
        return get(identifier)
    logits = bool(getattr(loss, "parameters", {}).get("from_logits", False))
    kinds = _BY_KIND.get(identifier.lower())
    if kinds is None:
        return _for_logits(get(identifier), loss, y_pred_dims) if logits else get(identifier)
    metric = kinds[_target_kind(identifier, y_pred_dims, y_dims, loss)](name=identifier)
    signed = logits or isinstance(loss, (losses.Hinge, losses.SquaredHinge))
    return _for_logits(metric, loss, y_pred_dims) if signed else metric


_ACCURACY = {"binary": BinaryAccuracy, "sparse": SparseCategoricalAccuracy, "categorical": CategoricalAccuracy}
_CROSSENTROPY = {
    "binary": BinaryCrossentropy,
    "sparse": SparseCategoricalCrossentropy,
    "categorical": CategoricalCrossentropy,
}
_BY_KIND: dict[str, dict[str, type[Metric]]] = {
    "accuracy": _ACCURACY,
    "acc": _ACCURACY,
    "crossentropy": _CROSSENTROPY,
    "ce": _CROSSENTROPY,
}
_LOSS_KINDS: dict[type, str] = {
    losses.BinaryCrossentropy: "binary",
    losses.Hinge: "binary",
    losses.SquaredHinge: "binary",
    losses.CategoricalCrossentropy: "categorical",
    losses.CategoricalHinge: "categorical",
    losses.SparseCategoricalCrossentropy: "sparse",
}


def _target_kind(identifier: str, y_pred_dims: Dims, y_dims: Dims, loss: Any) -> str:
    if type(loss) in _LOSS_KINDS:
        return _LOSS_KINDS[type(loss)]
    if y_pred_dims and (len(y_pred_dims) == 1 or y_pred_dims[-1] == 1):
        return "binary"
    if not y_pred_dims or y_dims is None:
        raise ValueError(
            f"What the metric {identifier!r} means cannot be told from predictions of shape {show(y_pred_dims)} and "
            f"targets of shape {show(y_dims)}: name it in full, such as 'binary_accuracy'."
        )
    return "sparse" if len(y_dims) < len(y_pred_dims) or y_dims[-1] == 1 else "categorical"


def _for_logits(metric: Metric, loss: Any, y_pred_dims: Dims) -> Metric:
    """The same metric for predictions that are logits or signed scores."""
    config, changed = metric.get_config(), {}
    binary = _LOSS_KINDS.get(type(loss)) == "binary"
    if isinstance(metric, (AUC, Precision, Recall)) and not binary:
        raise ValueError(
            f"The metric {metric.name!r} needs probabilities, but the loss {loss.name!r} takes logits of several "
            "classes: let the model end in a softmax, and the loss take probabilities."
        )
    if "from_logits" in config:
        changed = {"from_logits": True}
    elif "thresholds" in config:
        changed = {"thresholds": 0.0}
    elif (
        "threshold" in config
        and binary
        and (isinstance(metric, BinaryAccuracy) or y_pred_dims and y_pred_dims[-1] == 1)
    ):
        changed = {"threshold": 0.0}
    return type(metric).from_config({**config, **changed}) if changed else metric
