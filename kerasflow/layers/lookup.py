"""Layers as plain data, and back.

What a file may name is an explicit table: the classes that `kerasflow.layers` shows, the models, and what the caller
registered or passes. Nothing is imported because a file says so, and a layer's arguments are all that a file can give.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow.core.naming import did_you_mean
from kerasflow.layers.base import Layer
from kerasflow.layers.core import InputLayer
from kerasflow.utils.lookup import accepted, made_from
from kerasflow.utils.registry import custom_object_scope, get_registered_name, known_objects

__all__ = ["allow", "allow_later", "deserialize", "is_allowed", "plain_settings", "saved_class", "serialize"]

_ALLOWED: dict[str, type[Layer]] = {}
_LATER: dict[str, Callable[[], Any]] = {}  # classes whose rooms are entered when they are asked for
_MODULES: dict[type[Layer], tuple[str, str]] = {}  # where Keras has the class, and its name there
_PARTS = {"module", "class_name", "config", "registered_name"}
_MORE = {"build_config", "compile_config", "name", "inbound_nodes", "shared_object_id"}
_MORE |= {"keras_version", "backend"}  # in what Keras 2 writes

# Arguments of Keras's layers that kerasflow's lack, and the values of them that change nothing.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "data_format": ("channels_last",),
    "implementation": (1, 2),
    "mask_zero": (False,),
    "optional": (False,),
    "ragged": (False,),
    "renorm": (False,),
    "renorm_momentum": (0.99,),
    "sparse": (False,),
    "synchronized": (False,),
    "time_major": (False,),
    "unit_forget_bias": (True,),
    "use_cudnn": ("auto", False),
    "zero_output_for_mask": (False,),
}


def allow(named: Mapping[str, type[Layer]], module: str = "keras.layers") -> None:
    """Let files name these classes.

    Args:
        named: layers of kerasflow's own, by their names in files.
        module: where Keras has them.

    >>> from kerasflow.layers.lookup import allow
    >>> allow({"Dense": tf.keras.layers.Dense})
    """
    for name, cls in named.items():
        _ALLOWED[name] = cls
        _MODULES.setdefault(cls, (module, name))


def allow_later(named: Mapping[str, Callable[[], Any]]) -> None:
    """Let files name classes of kerasflow's own whose rooms are not entered yet; they call `allow` themselves.

    Args:
        named: by the names in files, what enters the room.

    >>> from functools import partial
    >>> from kerasflow.layers.lookup import allow_later
    >>> allow_later({"DenseFeatures": partial(getattr, tf.keras.layers, "DenseFeatures")})
    """
    _LATER.update(named)


def is_allowed(name: Any) -> bool:
    """Whether a file may name this class of kerasflow's own.

    >>> from kerasflow.layers.lookup import is_allowed
    >>> is_allowed("Dense"), is_allowed("system")
    (True, False)
    """
    return isinstance(name, str) and (name in _ALLOWED or name in _LATER)


def serialize(layer: Layer) -> dict[str, Any]:
    """A layer as plain data, for `deserialize`, in the form of Keras 3: the class's name and its arguments.

    >>> saved = tf.keras.layers.serialize(tf.keras.layers.Dense(3, name="d"))
    >>> saved["module"], saved["class_name"], saved["config"]["units"]
    ('keras.layers', 'Dense', 3)
    """
    cls = type(layer)
    own = cls in _MODULES
    module, name = saved_class(layer)
    registered = None if own else get_registered_name(cls)
    saved = {"module": module, "class_name": name, "config": layer.get_config(), "registered_name": registered}
    build_config = getattr(layer, "get_build_config", lambda: None)()
    return saved if build_config is None else {**saved, "build_config": build_config}


def saved_class(layer: Any) -> tuple[str, str]:
    """The module and the name that the class of a layer, or of anything, has in files.

    >>> from kerasflow.layers.lookup import saved_class
    >>> x = tf.keras.Input((3,))
    >>> saved_class(tf.keras.Model(x, x))
    ('keras.src.models.functional', 'Functional')
    """
    cls = type(layer)
    return _MODULES.get(cls, (cls.__module__, cls.__name__))


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The layer that `serialize`, or Keras, described; without weights.

    Args:
        config: the description.
        custom_objects: classes and functions of the caller's own, by the names that the description uses.

    Raises:
        ValueError: it names a class that is not known, or an argument that the class does not take; or it is malformed.

    >>> layer = tf.keras.layers.deserialize({"class_name": "Dense", "config": {"units": 3, "dtype": "float32"}})
    >>> layer.units
    3
    """
    if isinstance(config, Layer):
        return config
    name, settings = _parts(config)
    cls = _class(name, config.get("registered_name"), custom_objects)
    what = f"The layer {settings.get('name', name)!r} of class {name!r}"
    with custom_object_scope(custom_objects or {}):
        layer = made_from(cls, plain_settings(cls, settings, what), what)
    if not isinstance(layer, Layer):
        raise ValueError(f"{what} was to be a layer, but from_config() gave {layer!r}.")
    return layer


def _parts(config: Any) -> tuple[str, dict[str, Any]]:
    """The class's name and the arguments."""
    name = config.get("class_name") if isinstance(config, Mapping) else None
    settings = config.get("config") if isinstance(config, Mapping) else None
    known = isinstance(config, Mapping) and config.keys() <= _PARTS | _MORE
    if name == "Sequential" and isinstance(settings, list):  # as old Kerases write it
        settings = {"layers": settings}
    if not isinstance(name, str) or not isinstance(settings, Mapping) or not known:
        raise ValueError(
            f"Expected the description of a layer, {{'class_name': ..., 'config': {{...}}}}; got {_shown(config)}."
        )
    if not all(isinstance(key, str) for key in settings):
        raise ValueError(f"The arguments of the layer {name!r} have names that are no texts: {_shown(settings)}.")
    return name, dict(settings)


def _class(name: str, registered: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """The class that a file names: the caller's own before those of kerasflow."""
    custom = known_objects(custom_objects)
    for key in (registered, name):
        if isinstance(key, str) and key in custom:
            return custom[key]
    if name in _LATER:
        _LATER[name]()
    if name not in _ALLOWED:
        asked = registered if isinstance(registered, str) and registered else name
        raise ValueError(
            f"There is no layer {name!r}.{did_you_mean(name, [*custom, *_ALLOWED])} If it is a class of your own, pass "
            f"custom_objects={{{asked!r}: {name}}}, or decorate it with @register_keras_serializable."
        )
    return _ALLOWED[name]


def plain_settings(cls: Any, settings: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Arguments as kerasflow's layers take them, from those that Keras writes.

    A description of a type becomes its name, and arguments that kerasflow lacks go if their value changes nothing.

    Raises:
        ValueError: the type is one that kerasflow does not have.

    >>> from kerasflow.layers.lookup import plain_settings
    >>> plain_settings(tf.keras.layers.Dense, {"units": 3, "dtype": {"class_name": "DTypePolicy", "config":
    ...     {"name": "float32"}}}, "The layer 'd'")
    {'units': 3, 'dtype': 'float32'}
    """
    plain = dict(settings)
    if cls is InputLayer and "batch_input_shape" in plain:  # as Keras 2 writes it
        plain["batch_shape"] = plain.pop("batch_input_shape")
    if "dtype" in plain:
        plain["dtype"] = _dtype(plain["dtype"], what)
    if cls in _MODULES:
        names = accepted(cls)
        plain = {k: v for k, v in plain.items() if k in names or not _is_neutral(k, v)}
    return plain


def _is_neutral(name: str, value: Any) -> bool:
    return any(value is v or (type(value) is type(v) and value == v) for v in _NEUTRAL.get(name, ()))


def _dtype(dtype: Any, what: str) -> Any:
    """The name of a type, of which Keras writes a policy."""
    if isinstance(dtype, Mapping):
        inner = dtype.get("config")
        if dtype.get("class_name") not in ("DTypePolicy", "Policy") or not isinstance(inner, Mapping):
            raise ValueError(f"{what} has a type that kerasflow does not have: {_shown(dtype)}.")
        dtype = inner.get("name")
    if isinstance(dtype, str) and dtype.startswith("mixed_"):
        warnings.warn(f"{what} computes in {dtype} in Keras; kerasflow computes it in float32.", stacklevel=5)
        return "float32"
    return dtype


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
