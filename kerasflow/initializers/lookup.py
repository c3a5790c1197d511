"""Finding an initializer by what stands for it, and describing one as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.initializers.distributions import (
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
)
from kerasflow.initializers.fixed import Constant, Identity, Ones, Zeros
from kerasflow.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)
from kerasflow.utils.lookup import Lookup

__all__ = ["deserialize", "get", "serialize"]

_CLASSES = (Zeros, Ones, Constant, Identity, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling) + (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
)
_LOOKUP = Lookup(
    "initializer",
    _CLASSES,
    aliases={"zero": Zeros, "one": Ones, "normal": RandomNormal, "uniform": RandomUniform},
    like={
        random_normal_initializer: RandomNormal,
        random_uniform_initializer: RandomUniform,
        truncated_normal_initializer: TruncatedNormal,
    },
)


def get(identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The initializer that `identifier` stands for.

    Args:
        identifier: a name, a class, an instance, a function of a shape and a type, what `serialize` gave, or None.
        custom_objects: the caller's own classes and functions, by name.

    Raises:
        ValueError: there is no initializer of this name. TypeError: it is none of the above.

    >>> tf.keras.initializers.get("glorot_uniform"), tf.keras.initializers.get("ones")
    (GlorotUniform(seed=None), Ones())
    """
    return _LOOKUP.get(identifier, custom_objects)


def serialize(initializer: Any) -> Any:
    """An initializer as plain data, for `deserialize`.

    >>> tf.keras.initializers.serialize(tf.keras.initializers.Constant(2.0))
    {'module': 'keras.initializers', 'class_name': 'Constant', 'config': {'value': 2.0}}
    """
    return _LOOKUP.serialize(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The initializer that `serialize` described; raises as `get`.

    >>> tf.keras.initializers.deserialize({"class_name": "Constant", "config": {"value": 2.0}})
    Constant(value=2.0)
    """
    return _LOOKUP.deserialize(config, custom_objects)
