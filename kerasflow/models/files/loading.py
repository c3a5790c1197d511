"""Whole models read from files, without running anything that a file says.

What a file has is found out first; the model is made from its description with empty weights; then what the file
declares is compared with the model, and only then is it read.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from kerasflow.core.errors import OpError
from kerasflow.io.archive import is_archive, read_members
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.io.json_file import JsonError, parse_json
from kerasflow.layers.context import empty_weights
from kerasflow.models.cloning import model_from_config
from kerasflow.models.compiled import compile_arguments
from kerasflow.models.files.assets import read_assets
from kerasflow.models.files.names import CONFIG, OLD_STATE, WEIGHTS
from kerasflow.models.files.old_weights import read_old_weights
from kerasflow.models.files.weights import read_optimizer, read_state, read_weights

__all__ = ["load_model"]

Objects = Mapping[str, Any] | None


def load_model(filepath: Any, custom_objects: Objects = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """The model in a file that kerasflow, Keras 3 or Keras 2 wrote.

    Loading runs no code that a file brings along: it names layers, functions and optimizers, and only those of
    kerasflow and those that the caller passes or has registered are known.

    Args:
        filepath: a ``.keras`` archive, or an ``.h5`` file of a whole model.
        custom_objects: classes and functions of the caller's own, by the names that the file uses.
        compile: whether to compile the model as it was, and to go on with the state of its optimizer.
        safe_mode: taken for Keras's sake; there is no other mode.

    Raises:
        MissingFileError: there is no such file (a FileNotFoundError and a ValueError).
        ForeignFileError: it is none of these, or describes no model that can be made; names what is not known (a
            ValueError).
        DataLossError: it is truncated or altered.
        NotFoundError, InvalidArgumentError: weights are missing, or of other shapes than those of the model.
    """
    path = os.fspath(filepath)
    if os.path.isdir(path):
        raise ForeignFileError(f"{path}: a folder, not a .keras or .h5 file; tf.saved_model loads saved models")
    if is_archive(path):
        return _load_archive(path, custom_objects, compile)
    from kerasflow.io.hdf5_tree import is_hdf5, opened_tree

    if not is_hdf5(path):
        raise ForeignFileError(f"{path}: neither a .keras archive nor an HDF5 file")
    with opened_tree(path, path) as tree:
        texts = tree.texts("", "model_config")
        if texts is None:
            raise ForeignFileError("it has no description of a model; load_weights() reads files of weights")
        config = _json("\n".join(texts).encode(), path, "model_config")
        model = _made(config, path, custom_objects)
        loaded = read_old_weights(model, tree, "model_weights", path)
        training = tree.texts("", "training_config") if compile else None
        if training is not None:
            compiled = _new_training(_json("\n".join(training).encode(), path, "training_config"))
            _compile(model, compiled, path, custom_objects)
            names = tree.texts(OLD_STATE, "weight_names") if tree.has_group(OLD_STATE) else None
            paths = [f"{OLD_STATE}/{n}" for n in names or []]
            unknown = [p for p in paths if p not in tree.arrays]
            if unknown:
                raise ForeignFileError(f"it lists {unknown[0]}, which it does not have")
            read_state(model, tree, paths, path, loaded)
    loaded.install()
    return model


def _load_archive(path: str, custom_objects: Objects, compile: bool) -> Any:
    from kerasflow.io.hdf5_tree import opened_tree

    members = read_members(path, [CONFIG, WEIGHTS])
    config = _json(members[CONFIG], path, CONFIG)
    model = _made(config, path, custom_objects)
    if compile and config.get("compile_config"):
        _compile(model, config["compile_config"], path, custom_objects)
    with _told(path):
        read_assets(model, path)
    with opened_tree(members[WEIGHTS], f"{path}: {WEIGHTS}") as tree:
        loaded = read_weights(model, tree, path, names=True)
        read_optimizer(model, tree, path, loaded)
    loaded.install()
    return model


def _json(data: bytes, path: str, what: str) -> dict[str, Any]:
    try:
        value = parse_json(data, what)
    except JsonError as error:
        raise ForeignFileError(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise ForeignFileError(f"{path}: {what} is no description of a model")
    return value


def _made(config: dict[str, Any], path: str, custom_objects: Objects) -> Any:
    """The model that is described, with empty weights."""
    with _told(path), empty_weights():
        model = model_from_config(config, custom_objects)
        built = config.get("build_config")
        shape = built.get("input_shape") if isinstance(built, dict) else None
        if not model.built and isinstance(shape, list):
            model.build(tuple(shape))
        return model


def _compile(model: Any, config: Any, path: str, custom_objects: Objects) -> None:
    with _told(path):
        model.compile(**compile_arguments(config, custom_objects))


def _new_training(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a model was compiled with, as Keras 2 writes it, in the form of Keras 3."""
    optimizer = config.get("optimizer_config", "rmsprop")
    if isinstance(optimizer, Mapping) and isinstance(optimizer.get("class_name"), str):
        optimizer = {**optimizer, "class_name": optimizer["class_name"].removeprefix("Custom>")}
    return {**config, "optimizer": optimizer}


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Whatever a description leads to becomes one error that names the file."""
    try:
        yield
    except (
        *(ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError, MemoryError),
        *(NotImplementedError, RuntimeError, OpError),
    ) as error:
        text = str(error) or type(error).__name__
        raise ForeignFileError(f"{path}: {text}") from error
