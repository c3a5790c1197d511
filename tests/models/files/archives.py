"""Archives and HDF5 files of models, taken apart, changed and put together again."""

import functools
import io
import json
import os
import tempfile
import zipfile

import h5py
import numpy as np

import kerasflow as tf
from kerasflow.keras import layers


def small(optimizer="adam"):
    """A model with a few kinds of layers, trained for a step."""
    x = tf.keras.Input((4,), name="x")
    h = layers.Dense(3, activation="relu", name="hidden")(x)
    h = layers.BatchNormalization(name="norm")(h)
    model = tf.keras.Model(x, layers.Dense(1, name="out")(h) * 2.0, name="small")
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape).astype(w.dtype) for w in model.get_weights()])
    model.compile(optimizer, "mse", metrics=["mae"])
    model.train_on_batch(*data())
    return model


@functools.cache
def saved(ending):
    """The content of a file of this model; what makes it takes a while."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"m{ending}")
        (small().save_weights if ending == ".weights.h5" else small().save)(path)
        with open(path, "rb") as stream:
            return stream.read()


def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(8, 4)).astype(np.float32), rng.normal(size=(8, 1)).astype(np.float32)


def members(path):
    """The members of an archive."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, compression=zipfile.ZIP_STORED, **changes):
    """Put other members in the places of those in an archive. Points in their names are written as two underscores."""
    content = members(path) | {name.replace("__", "."): value for name, value in changes.items()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, value in content.items():
            if value is not None:
                archive.writestr(name, value)


def change_config(path, change):
    """Let `change` alter the description in an archive or in an .h5 file, in place."""
    if str(path).endswith(".h5"):
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            change(config)
            file.attrs["model_config"] = json.dumps(config).encode()
        return
    config = json.loads(members(path)["config.json"])
    change(config)
    rewritten(path, config__json=json.dumps(config))


def change_weights(path, change):
    """Let `change` alter the HDF5 file in an archive."""
    buffer = io.BytesIO(members(path)["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        change(file)
    rewritten(path, model__weights__h5=buffer.getvalue())


def layer_of(config, name):
    """The description of a layer in that of a functional model."""
    return next(layer for layer in config["config"]["layers"] if layer["config"].get("name", layer.get("name")) == name)
