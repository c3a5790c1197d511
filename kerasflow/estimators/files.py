"""Estimators in files that hold data alone, and cannot run anything.

A file is an archive: what the estimator is in JSON, the arrays beside it. An estimator around a model has the members
of a ``.keras`` file besides, so that Keras, and `load_model`, can open the model in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kerasflow.core.version import VERSION
from kerasflow.estimators.file_values import Reader, Writer, member
from kerasflow.estimators.kept import KeptModel
from kerasflow.io.archive import read_members, write_archive
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.io.json_file import Fields, JsonError, parse_json
from kerasflow.models import Model, load_model
from kerasflow.models.compiled import compile_arguments, compile_config
from kerasflow.models.files.saving import model_members

__all__ = ["Saveable", "class_in"]

Objects = Mapping[str, Any] | None
_ABOUT = "estimator.json"
_FORMAT, _LATEST = "kerasflow.estimator", 1
_MOST_ARRAYS = 9_000
# What scikit-learn keeps beside what was learned: how an estimator is used, and not what it is.
_BESIDE = ("_metadata_request", "_sklearn_output_config", "_skl_callbacks", "_parent_callback_ctx")


class Saveable:
    """The part of an estimator that is written to files, and read from them."""

    def save(self, path: Any, overwrite: bool = True) -> None:
        """Write the fitted estimator to a file that holds data alone, atomically.

        Args:
            path: the file. Its ending is free; that of an estimator around a model, ``.keras`` say, opens in Keras.
            overwrite: whether a file that is there may be replaced.

        Raises:
            NotFittedError: it is not fitted yet. TypeError: a parameter holds something else than data, such as
                callbacks. FileExistsError: the file exists, and is not to be replaced. OSError: it cannot be written.

        >>> import os, tempfile
        >>> from kerasflow.estimators import LinearRegressor, load
        >>> path = os.path.join(tempfile.mkdtemp(), "line")
        >>> LinearRegressor().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).save(path)
        >>> load(path).predict([[3.0]]).round(3)
        array([7.])
        """
        check_is_fitted(self)
        if not overwrite and os.path.exists(path):
            raise FileExistsError(f"{path} exists; pass overwrite=True to replace it.")
        writer = Writer()
        given = self.get_params(deep=False)
        params = {name: _parameter(self, writer, name, value) for name, value in given.items()}
        learned = {k: writer.value(v) for k, v in vars(self).items() if k not in params and k not in _BESIDE}
        about = {
            "format": _FORMAT,
            "version": _LATEST,
            "kerasflow": VERSION,
            "class": type(self).__name__,
            "arrays": len(writer.members),
            "parameters": params,
            "learned": learned,
        }
        members = model_members(self._kept.model, True) if "_kept" in vars(self) else {}
        write_archive(path, {_ABOUT: json.dumps(about).encode(), **members, **writer.members})

    @classmethod
    def load(cls, path: Any, custom_objects: Objects = None) -> Any:
        """The estimator of this class in a file that `save` wrote.

        Args:
            path: the file.
            custom_objects: classes and functions of one's own by name: those that a model in the file is made of, and
                the function that builds models for further fits. Without that they are like the model in the file.

        Raises:
            MissingFileError: there is no such file (a FileNotFoundError and a ValueError).
            ForeignFileError: it is no file of an estimator, or one of another class, or altered (a ValueError).
            DataLossError: it is truncated or altered.
        """
        name, about, members = _read(path)
        if name != cls.__name__:
            raise ForeignFileError(f"{path}: it holds an estimator of the class {name!r}, not {cls.__name__!r}")
        try:
            return _made(cls, about, members, path, custom_objects)
        except JsonError as error:
            raise ForeignFileError(f"{path}: {error}") from error


def class_in(path: Any) -> str:
    """The name of the class of the estimator in a file. Raises what `Saveable.load` raises."""
    return _read(path)[0]


def _parameter(estimator: Any, writer: Writer, name: str, value: Any) -> Any:
    """A parameter as JSON; the one that is a model, or makes one, and the caller's own objects have their own form."""
    if name == "custom_objects":
        return None
    if name == "model" and isinstance(value, Model):
        frozen = [np.array(weight.numpy_value) for weight in value.non_trainable_weights]
        return {"template": [compile_config(value), writer.value(frozen)]}
    if name == "model" and callable(value):
        return {"builder": getattr(value, "__name__", type(value).__name__)}
    try:
        return writer.value(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"The parameter {name!r} of {type(estimator).__name__} cannot be saved: {error}. Set it to None before, "
            "or pickle the estimator."
        ) from error


def _read(path: Any) -> tuple[str, Fields, dict[str, bytes]]:
    """The class of the estimator in a file, what is said of it, and the arrays."""
    try:
        about = Fields(parse_json(read_members(path, [_ABOUT])[_ABOUT], _ABOUT), _ABOUT)
        kind, version = about.text("format"), about.integer("version", 1)
        if kind != _FORMAT:
            raise JsonError(f"it is no {_FORMAT}, but {kind!r}")
        if version > _LATEST:
            raise JsonError(f"it has version {version} of the format, this kerasflow knows those up to {_LATEST}")
        about.text("kerasflow")
        name, count = about.text("class"), about.integer("arrays", 0, _MOST_ARRAYS)
    except JsonError as error:
        raise ForeignFileError(f"{path}: {error}") from error
    return name, about, read_members(path, map(member, range(count)))


def _made(cls: Any, about: Fields, members: Mapping[str, bytes], path: Any, custom_objects: Objects) -> Any:
    """The estimator that is described."""
    params, learned = about.take("parameters"), about.take("learned")
    about.done()
    if not isinstance(params, dict) or not isinstance(learned, dict):
        raise JsonError("parameters and learned attributes are objects")
    kept = KeptModel(load_model(path, custom_objects), custom_objects) if "_kept" in learned else None
    reader = Reader(members, custom_objects, kept)
    given = {k: reader.value(v) for k, v in params.items() if k != "model"}
    if "model" in params:
        given["model"] = _source(params["model"], reader, path, custom_objects)
        builder = params["model"].get("builder")
        own = {name: value for name, value in (custom_objects or {}).items() if name != builder}
        given["custom_objects"] = own or None
    known = cls._get_param_names()
    unknown = [name for name in given if name not in known]
    if unknown:
        raise JsonError(f"{cls.__name__} has no parameter {unknown[0]!r}")
    estimator = cls(**given)
    for name, value in learned.items():
        if not name.isidentifier() or name.startswith("__") or name in known or hasattr(cls, name):
            raise JsonError(f"{name!r} is nothing that {cls.__name__} learns")
        setattr(estimator, name, reader.value(value))
    _check_weights(estimator)
    return estimator


def _source(value: Any, reader: Reader, path: Any, custom_objects: Objects) -> Any:
    """What further fits make their models from."""
    word, content = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else (None, None)
    if word == "builder":
        return (custom_objects or {}).get(content) or load_model(path, custom_objects)
    if word != "template" or not isinstance(content, list) or len(content) != 2:
        raise JsonError("the parameter 'model' is neither a builder nor a template")
    model = load_model(path, custom_objects, compile=False)
    if content[0] is not None:
        try:
            model.compile(**compile_arguments(content[0], custom_objects))
        except (ValueError, TypeError) as error:
            raise JsonError(f"what the model is compiled with: {error}") from error
    frozen = reader.value(content[1])
    shapes = [weight.numpy_value.shape for weight in model.non_trainable_weights]
    if not isinstance(frozen, list) or [np.shape(array) for array in frozen] != shapes:
        raise JsonError("the weights that are not trained have other shapes than those of the model")
    for weight, array in zip(model.non_trainable_weights, frozen, strict=True):
        weight.assign(array)
    return model


def _check_weights(estimator: Any) -> None:
    """Raise JsonError unless the weights of a network fit together and to the features."""
    if not hasattr(estimator, "coefs_"):
        return
    try:
        expected, found = estimator._shapes()
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise JsonError(f"the weights are not those of a network: {error}") from error
    if expected != found:
        raise JsonError(f"the weights have the shapes {found}, the network {expected}")
