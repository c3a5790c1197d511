"""Learning-rate schedules under their Keras names; `kerasflow.train.schedules` defines them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.train.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from kerasflow.utils.registry import get_registered_name, known_objects

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

_CLASSES = (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
_BY_NAME: dict[str, Any] = {cls.__name__: cls for cls in _CLASSES}


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """A description of a schedule that JSON can carry.

    >>> rate = tf.optimizers.schedules.InverseTimeDecay(0.1, 10, 0.5)
    >>> tf.optimizers.schedules.serialize(rate)["class_name"]
    'InverseTimeDecay'
    """
    cls = type(learning_rate_schedule)
    ours = _BY_NAME.get(cls.__name__) is cls
    return {
        "module": "keras.optimizers.schedules" if ours else cls.__module__,
        "class_name": cls.__name__,
        "config": learning_rate_schedule.get_config(),
        "registered_name": None if ours else get_registered_name(cls),
    }


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> LearningRateSchedule:
    """The schedule that `serialize` described.

    Args:
        config: ``{"class_name": ..., "config": ...}``.
        custom_objects: classes of your own, by name.

    Raises:
        ValueError: there is no schedule of that name, or the description is malformed.

    >>> schedules = tf.optimizers.schedules
    >>> config = {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}
    >>> schedules.deserialize({"class_name": "ExponentialDecay", "config": config})(10)
    0.05
    """
    known = {**_BY_NAME, **known_objects(custom_objects)}
    name = config.get("class_name") if isinstance(config, Mapping) else None
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"Expected the description of one of the schedules {', '.join(known)}; got {config!r}.")
    schedule: LearningRateSchedule = known[name].from_config(dict(config.get("config") or {}))
    return schedule
