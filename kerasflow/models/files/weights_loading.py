"""Weights read from files of any layout into a model, all or none of them."""

from __future__ import annotations

import os
from typing import Any

from kerasflow.io.archive import is_archive, read_members
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.io.safetensors import is_safetensors
from kerasflow.models.files.checkpoint_weights import load_checkpoint_weights, prefix_of
from kerasflow.models.files.named import ENDING, load_safetensors
from kerasflow.models.files.names import WEIGHTS
from kerasflow.models.files.old_weights import read_old_weights
from kerasflow.models.files.weights import Loaded, read_optimizer, read_weights
from kerasflow.models.weights_file import load_named_weights

__all__ = ["load_weights"]


def load_weights(model: Any, filepath: Any, by_name: bool = False, skip_mismatch: bool = False) -> None:
    """Set the weights of a model from a file that kerasflow, Keras 3 or Keras 2 wrote; all of them, or none.

    Args:
        model: the model, with an input shape.
        filepath: a file of weights, or of a whole model; or what the names of the files of a checkpoint of TensorFlow's
            begin with.
        by_name: whether to take the layers that have the names of layers in the file, and leave the others as they
            are; for ``.h5`` files of Keras 2, and of safetensors, where weights have names.
        skip_mismatch: whether to leave layers as they are, with a warning, whose weights are missing or of other
            shapes.

    Raises:
        MissingFileError, ForeignFileError, DataLossError, NotFoundError, InvalidArgumentError: as `load_model`.
        ValueError: the model has no weights yet, or the file does not go by names.
    """
    path = os.fspath(filepath)
    if not model.built:
        raise ValueError(f"The model {model.name!r} is not built yet: give it an input shape, or fit it first.")
    prefix = prefix_of(path)
    if prefix is not None:
        load_checkpoint_weights(model, prefix, by_name, skip_mismatch)
        return
    there = os.path.isfile(path)
    if path.endswith(ENDING) or there and is_safetensors(path):
        load_safetensors(model, path, by_name, skip_mismatch)
        return
    from kerasflow.io.hdf5_tree import is_named_arrays, opened_tree

    archive = there and is_archive(path)
    if not archive and is_named_arrays(path):
        load_named_weights(model, path)
        return
    source: Any = read_members(path, [WEIGHTS])[WEIGHTS] if archive else path
    with opened_tree(source, path) as tree:
        loaded = _weights_in(model, tree, path, by_name, skip_mismatch)
    loaded.install()


def _weights_in(model: Any, tree: Any, path: str, by_name: bool, skip_mismatch: bool) -> Loaded:
    """The weights in a file of either layout."""
    group = "model_weights" if tree.has_group("model_weights") else ""
    if tree.texts(group, "layer_names") is not None:
        return read_old_weights(model, tree, group, path, by_name, skip_mismatch)
    if any("_layer_checkpoint_dependencies" in p for p in tree.arrays):
        raise ForeignFileError("it is in the layout of TensorFlow 2.12, which is not read: save it with a later Keras")
    if by_name:
        raise ForeignFileError("by_name is for the .h5 files of Keras 2; this one goes by the order of the layers")
    loaded = read_weights(model, tree, path, names=False, skip_mismatch=skip_mismatch)
    if not skip_mismatch:
        read_optimizer(model, tree, path, loaded)
    return loaded
