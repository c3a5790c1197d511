"""The weights of a model in a file of kerasflow's own: an HDF5 archive of named, checked arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["load_named_weights", "save_named_weights"]

_KIND = "weights"


def _named_arrays(model: Any) -> dict[str, Any]:
    if not model.built:
        raise ValueError(f"The model {model.name!r} is not built yet: give it an input shape, or fit it first.")
    return {name: weight for layer in model.layers for name, weight in _weights_of(layer)}


def _weights_of(layer: Any) -> list[tuple[str, Any]]:
    """The weights of a layer by name; a name that occurs twice is numbered."""
    named: dict[str, Any] = {}
    for weight in layer.weights:
        last = weight.name.rpartition("/")[2].partition(":")[0]
        name, k = f"{layer.name}/{last}", 0
        while name in named:
            k += 1
            name = f"{layer.name}/{last}_{k}"
        named[name] = weight
    return list(named.items())


def save_named_weights(model: Any, path: Any) -> None:
    """Write the weights of `model`, each as ``layer/weight``."""
    named = _named_arrays(model)
    arrays = dict(zip(named, (np.asarray(w.numpy()) for w in named.values()), strict=True))
    from kerasflow.io.hdf5 import write_arrays

    write_arrays(path, arrays, {"kind": _KIND})


def load_named_weights(model: Any, path: Any) -> None:
    """Set the weights of `model` from a file, all or none of them."""
    named = _named_arrays(model)
    expected = {name: (w.dtype.numpy, tuple(w.shape.as_list())) for name, w in named.items()}
    from kerasflow.io.hdf5 import read_arrays

    arrays, _ = read_arrays(path, expected, kind=_KIND)
    for name, weight in named.items():
        weight.assign(arrays[name])
