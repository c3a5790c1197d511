"""Losses by name, and as plain data in a saved model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.losses.base import Loss, LossFunctionWrapper, StandardLoss, with_function
from kerasflow.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    SparseCategoricalCrossentropy,
)
from kerasflow.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
)
from kerasflow.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from kerasflow.losses.overlap import Dice, Tversky
from kerasflow.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
)
from kerasflow.losses.similarity import Circle
from kerasflow.utils.lookup import Lookup

__all__ = ["deserialize", "get", "serialize"]

_CLASSES = (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Circle,
    CosineSimilarity,
    Dice,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)
_ALIASES = {
    "bce": BinaryCrossentropy,
    "cosine_proximity": CosineSimilarity,
    "huber_loss": Huber,
    "kl_divergence": KLDivergence,
    "kld": KLDivergence,
    "kullback_leibler_divergence": KLDivergence,
    "logcosh": LogCosh,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mse": MeanSquaredError,
    "msle": MeanSquaredLogarithmicError,
}
_UPPER = {name.upper(): _ALIASES[name] for name in ("bce", "kld", "mae", "mape", "mse", "msle")}
_LOOKUP = Lookup("loss", _CLASSES, aliases={**_ALIASES, **_UPPER})
_BY_FUNCTION = {cls.fn: cls for cls in _CLASSES}


def get(identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss that `identifier` stands for.

    Args:
        identifier: a loss, a class of losses, a function ``(y_true, y_pred)``, a name (of a class, of a function, or a
            short one like "mse"), what `serialize` gave, or None.
        custom_objects: the caller's own classes and functions, by name.

    Returns:
        A `Loss`, which is named as `identifier` says; None for None.

    Raises:
        ValueError: there is no loss of this name. TypeError: it is none of the above.

    >>> tf.keras.losses.get("mse"), tf.keras.losses.get({"class_name": "Huber", "config": {"delta": 2.0}}).parameters
    (<MeanSquaredError 'mse' reduction='sum_over_batch_size'>, {'delta': 2.0})
    """
    found = deserialize(identifier, custom_objects)
    if isinstance(identifier, str) and isinstance(found, StandardLoss) and identifier != type(found).__name__:
        found.name = identifier
    return found


def serialize(loss: Any) -> Any:
    """A loss as plain data, for `deserialize`.

    >>> tf.keras.losses.serialize(tf.keras.losses.MeanSquaredError(reduction="sum"))["config"]["reduction"]
    'sum'
    """
    saved = _LOOKUP.serialize(loss)
    return {**saved, "module": "keras.losses"} if "module" in saved else saved


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss that `serialize` described; raises as `get`.

    >>> loss = tf.keras.losses.Huber(delta=3.0)
    >>> tf.keras.losses.deserialize(tf.keras.losses.serialize(loss)).parameters
    {'delta': 3.0}
    """
    custom = dict(custom_objects or {})
    if isinstance(config, Mapping) and config.get("class_name") == "LossFunctionWrapper":
        config = with_function(config, custom, "loss")
        custom["LossFunctionWrapper"] = LossFunctionWrapper
    found = _LOOKUP.get(config, custom)
    if found is None or isinstance(found, Loss):
        return found
    try:
        return _BY_FUNCTION[found]()
    except (KeyError, TypeError):  # none of ours, or not even hashable
        return LossFunctionWrapper(found)
