"""Whole models and weights written to files, whole or not at all."""

from __future__ import annotations

import datetime
import json
import os
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.io.archive import write_archive
from kerasflow.layers.lookup import serialize
from kerasflow.layers.symbolic import map_structure
from kerasflow.models.compiled import compile_config
from kerasflow.models.files.assets import asset_members
from kerasflow.models.files.named import ENDING, save_safetensors
from kerasflow.models.files.names import CONFIG, METADATA, OLD_STATE, WEIGHTS
from kerasflow.models.files.old_config import old_config
from kerasflow.models.files.old_weights import VERSION, old_weight_arrays
from kerasflow.models.files.weights import weight_arrays
from kerasflow.models.optimizer_state import old_state
from kerasflow.models.weights_file import save_named_weights

__all__ = ["model_members", "save_model", "save_weights"]

KERAS_VERSION = "3.15.1"  # whose form it is
OLD_ENDINGS = (".h5", ".hdf5")
_FULL = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "acc": "accuracy",
}


def save_model(model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True) -> None:
    """Write a model to a file: what it is, its weights, what it was compiled with, and where its training is.

    Args:
        model: the model, with an input shape; ``.h5`` takes stacks and functional models.
        filepath: a path that ends in ``.keras``, the format of Keras 3; or in ``.h5``, which Keras 2 reads too.
        overwrite: whether a file that is there may be replaced.
        include_optimizer: whether to write the state of the optimizer.

    Raises:
        ValueError: the ending is another, or the model cannot be described, or has no weights yet.
        FileExistsError: the file exists, and is not to be replaced. OSError: it cannot be written.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.keras")
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    >>> tf.keras.models.save_model(model, path)
    >>> again = tf.keras.models.load_model(path)
    >>> np.array_equal(again.get_weights()[0], model.get_weights()[0])
    True
    """
    path = os.fspath(filepath)
    if not path.endswith((".keras", *OLD_ENDINGS)):
        raise ValueError(f"A model is saved to a file that ends in .keras or .h5, got {path!r}.")
    _check_there(model, path, overwrite)
    if path.endswith(".keras"):
        write_archive(path, model_members(model, include_optimizer))
        return
    if not hasattr(model, "_stack") and not model.functional:
        raise ValueError(f"An .h5 file holds stacks and functional models, not {model!r}; save it as .keras.")
    from kerasflow.io.hdf5_tree import write_tree

    write_tree(path, *_old_tree(model, include_optimizer))


def _old_tree(model: Any, include_optimizer: bool) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, dict[str, Any]]]:
    """The arrays and the notes of a file that Keras 2 reads."""
    arrays, notes = old_weight_arrays(model, "model_weights/")
    compiled = compile_config(model)
    notes[""] = {"model_config": json.dumps(old_config(serialize(model))), **VERSION}
    if compiled is not None:
        notes[""]["training_config"] = json.dumps(_old_training(compiled))
        state = old_state(model.optimizer, model.trainable_weights) if include_optimizer else {}
        arrays.update({f"{OLD_STATE}/{name}": array for name, array in state.items()})
        notes.update({OLD_STATE: {"weight_names": list(state)}} if state else {})
    return arrays, notes


def model_members(model: Any, include_optimizer: bool) -> dict[str, bytes]:
    """The files in an archive of Keras 3, by name.

    >>> from kerasflow.models.files.saving import model_members
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    >>> sorted(model_members(model, include_optimizer=True))
    ['config.json', 'metadata.json', 'model.weights.h5']
    """
    from kerasflow.io.hdf5_tree import tree_bytes

    compiled = compile_config(model)
    if model.optimizer is not None and compiled is None:
        warnings.warn(f"The optimizer {model.optimizer!r} has no description and is not saved.", stacklevel=4)
    config = {**serialize(model), **({} if compiled is None else {"compile_config": compiled})}
    date = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    arrays, notes = weight_arrays(model)
    if not include_optimizer:
        arrays = {path: a for path, a in arrays.items() if not path.startswith("optimizer/")}
    metadata = {"keras_version": KERAS_VERSION, "date_saved": date}
    return {
        METADATA: json.dumps(metadata).encode(),
        CONFIG: json.dumps(config).encode(),
        WEIGHTS: tree_bytes(arrays, notes),
        **asset_members(model),
    }


def _old_training(compiled: Mapping[str, Any]) -> dict[str, Any]:
    """What a model was compiled with in the form of Keras 2."""
    optimizer = compiled["optimizer"]
    settings = {k: v for k, v in optimizer["config"].items() if v is not None}
    rest = {k: map_structure(_in_full, compiled[k]) for k in ("loss", "metrics", "weighted_metrics")}
    rest["loss_weights"] = compiled["loss_weights"]
    return {"optimizer_config": {"class_name": optimizer["class_name"], "config": settings}, **rest}


def _in_full(name: Any) -> Any:
    """The name of a loss or metric as Keras 3 knows it in these files."""
    return _FULL.get(name, name) if isinstance(name, str) else name


def save_weights(model: Any, filepath: Any, overwrite: bool = True) -> None:
    """Write the weights of a model, and the state of its optimizer, to a file.

    Args:
        model: the model, with an input shape.
        filepath: a path that ends in ``.weights.h5``, the format of Keras 3; in ``.h5``, that of Keras 2, without the
            optimizer; or in ``.safetensors``, without it too. With another ending it is a file of kerasflow's own, with
            a checksum for each array.
        overwrite: whether a file that is there may be replaced.

    Raises:
        ValueError: the model has no weights yet. FileExistsError: the file exists, and is not to be replaced.
        OSError: it cannot be written.
    """
    path = os.fspath(filepath)
    _check_there(model, path, overwrite)
    if path.endswith(ENDING):
        save_safetensors(model, path)
        return
    if not path.endswith(OLD_ENDINGS):
        save_named_weights(model, path)
        return
    from kerasflow.io.hdf5_tree import write_tree

    write_tree(path, *(weight_arrays(model) if path.endswith(".weights.h5") else old_weight_arrays(model, "")))


def _check_there(model: Any, path: str, overwrite: bool) -> None:
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} exists; pass overwrite=True to replace it.")
    if not model.built:
        raise ValueError(f"The model {model.name!r} is not built yet: give it an input shape, or fit it first.")
