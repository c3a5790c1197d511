"""Files that are made to harm whoever loads them: one test for each way in which loaders of Keras files were attacked.

Each is refused with an error that names the file, before anything that it says is done.
"""

import base64
import io
import marshal
import os
import pickle
import socket
import subprocess
import zipfile

import h5py
import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import DataLossError, InvalidArgumentError, NotFoundError
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.keras import layers
from tests.io.hdf5_forgery import ATTACKS, SECRET
from tests.models.files.archives import change_config, change_weights, layer_of, members, rewritten, saved

load_model = tf.keras.models.load_model
MARSHALLED = b"a function, marshalled"


@pytest.fixture(params=["m.keras", "m.h5"])
def path(request, tmp_path):
    path = tmp_path / request.param
    path.write_bytes(saved(path.suffix))
    return path


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(saved(".keras"))
    return path


@pytest.fixture(autouse=True)
def nothing_is_run(monkeypatch):
    """What an attacker would like to reach."""

    def reached(*args, **kwargs):
        pytest.fail("code of the file was run")

    for owner, name in [(os, "system"), (subprocess, "Popen"), (pickle, "loads"), (pickle, "load"), (socket, "socket")]:
        monkeypatch.setattr(owner, name, reached)
    loads = marshal.loads  # Python's imports use it too
    monkeypatch.setattr(
        marshal, "loads", lambda data, *rest: reached() if MARSHALLED in bytes(data) else loads(data, *rest)
    )


def refused(path, message, *, error=ForeignFileError, **options):
    with pytest.raises(error, match=f"(?s){message}") as caught:
        load_model(path, **options)
    assert str(path) in str(caught.value)


def puts(name, **layer):
    """Put something else in the place of a layer."""

    def change(config):
        found = layer_of(config, name)
        kept = {k: found[k] for k in ("name", "inbound_nodes") if k in found}
        found.clear()
        found.update({**layer, **kept})

    return change


CODE = base64.b64encode(MARSHALLED).decode()


@pytest.mark.parametrize("safe_mode", [True, False, None])
@pytest.mark.parametrize(
    "function",
    [
        {"class_name": "__lambda__", "config": {"value": [CODE, None, None], "code": CODE}},
        [CODE, None, None],
        {"class_name": "function", "module": "builtins", "config": "exec", "registered_name": "exec"},
        {"class_name": "function", "module": "os", "config": "system", "registered_name": "system"},
        "exec",
    ],
)
def test_cve_2024_3660_and_2026_12481_code_in_a_lambda_layer(path, function, safe_mode):
    """Also CVE-2025-9905: in an .h5 file, too; and no mode makes it otherwise."""
    config = {"name": "hidden", "function": function, "function_type": "lambda", "module": "os"}
    change_config(path, puts("hidden", class_name="Lambda", config=config))
    refused(path, "hidden|Lambda|function", safe_mode=safe_mode)
    with pytest.raises(ValueError):
        layers.deserialize({"class_name": "Lambda", "config": config})


@pytest.mark.parametrize(
    "module, kind, config",
    [
        ("os", "system", {"command": "true"}),
        ("subprocess", "Popen", {"args": ["true"]}),
        ("builtins", "exec", {"source": "1"}),
        ("keras.src.utils.file_utils", "get_file", {"fname": "a", "origin": "http://127.0.0.1/a"}),  # CVE-2025-8747
        ("keras.utils", "get_file", {"fname": "a", "origin": "http://127.0.0.1/a"}),
        ("keras.config", "enable_unsafe_deserialization", {}),  # CVE-2025-9906
        ("keras.models", "load_model", {"filepath": "other.keras"}),
        ("keras.layers", "TFSMLayer", {"filepath": "saved", "call_endpoint": "serve"}),  # CVE-2026-1462
        ("keras.layers", "TorchModuleWrapper", {"module": CODE}),  # CVE-2025-49655
        ("kerasflow", "py_func", {"func": "exec"}),
        ("kerasflow.core.ops", "read_file", {"filename": "/etc/passwd"}),
        ("keras.src.ops.numpy", "load", {"file": "/etc/passwd"}),
        ("keras.src.ops.core", "ReadFile", {}),
    ],
)
def test_cve_2025_1550_modules_and_functions_by_name(path, module, kind, config):
    change_config(path, puts("hidden", module=module, class_name=kind, config={**config, "name": "hidden"}))
    refused(path, kind)


@pytest.mark.parametrize("place", ["activation", "kernel_initializer", "kernel_regularizer", "kernel_constraint"])
def test_cve_2025_1550_inside_the_arguments_of_a_layer(path, place):
    gadget = {"module": "os", "class_name": "system", "config": {"command": "true"}, "registered_name": "system"}
    change_config(path, lambda config: layer_of(config, "hidden")["config"].update({place: gadget}))
    refused(path, "system")


@pytest.mark.parametrize("place", ["optimizer", "loss", "metrics"])
def test_cve_2025_1550_in_what_a_model_is_compiled_with(archive, place):
    gadget = {"module": "os", "class_name": "system", "config": {"command": "true"}, "registered_name": "system"}
    change_config(
        archive, lambda config: config["compile_config"].update({place: [gadget] if place == "metrics" else gadget})
    )
    refused(archive, "system")
    assert load_model(archive, compile=False).name == "small"


def test_cve_2025_1550_in_the_arguments_of_a_call(path):
    gadget = {"class_name": "__lambda__", "config": {"value": CODE}}
    change_config(
        path,
        lambda config: layer_of(config, "hidden")["inbound_nodes"].__setitem__(0, {"args": [gadget], "kwargs": {}}),
    )
    refused(path, "__lambda__")


@pytest.mark.parametrize("vocabulary", ["/etc/passwd", "http://127.0.0.1/words.txt", "file:///etc/passwd", "words.txt"])
def test_cve_2025_12058_a_vocabulary_that_is_a_path(path, vocabulary, tmp_path, monkeypatch):
    (tmp_path / "words.txt").write_text("secret\n")
    monkeypatch.chdir(tmp_path)
    config = {"name": "hidden", "vocabulary": vocabulary}
    for kind in ("StringLookup", "IntegerLookup"):
        change_config(path, puts("hidden", module="keras.layers", class_name=kind, config=config))
        refused(path, "vocabulary|hidden")


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "assets/../../escaped", "config.json/../../escaped"])
def test_cve_2025_12060_and_ghsa_hqp4_members_outside_of_the_archive(archive, name, tmp_path):
    """Also CVE-2024-55459: nothing is extracted, so there is nowhere to escape to."""
    rewritten(archive, **{name: b"x"})
    before = sorted(os.listdir(tmp_path))
    assert load_model(archive).name == "small"
    assert sorted(os.listdir(tmp_path)) == before and not os.path.exists(tmp_path.parent / "escaped")


def test_cve_2026_0897_shapes_of_petabytes_in_the_description(path):
    """The weights are compared with the file before they are filled: there is nothing in it of this size."""
    change_config(path, lambda config: layer_of(config, "hidden")["config"].update(units=200_000_000))
    refused(path, "hidden/kernel|kernel|allocate|norm", error=(InvalidArgumentError, ForeignFileError))
    change_config(path, lambda config: layer_of(config, "hidden")["config"].update(units=10**17))
    refused(path, "hidden|allocate|large|maximum|array", error=(InvalidArgumentError, ForeignFileError))


def test_cve_2026_0897_shapes_of_petabytes_in_the_weights(archive):
    def change(file):
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (10**6, 10**6), "f4", chunks=(1000, 1000))

    change_weights(archive, change)
    refused(archive, "chunks")


def test_cve_2026_0897_arrays_that_are_not_there(archive):
    def change(file):
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (10**5, 10**5), "f4")

    change_weights(archive, change)
    refused(archive, "declares")


def test_a_member_that_expands_to_far_more_than_it_takes(archive):
    rewritten(archive, zipfile.ZIP_DEFLATED, model__weights__h5=bytes(80 << 20))
    refused(archive, "expands from")


def test_cve_2026_1669_weights_in_another_file(archive, tmp_path):
    (tmp_path / "secret").write_bytes(SECRET)

    def change(file):
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (4, 3), "f4", external=[(str(tmp_path / "secret"), 0, 48)])

    change_weights(archive, change)
    refused(archive, "another file")


@pytest.mark.parametrize(("attack", "message"), ATTACKS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_cve_2026_1669_every_other_forgery_of_hdf5(attack, message, archive, tmp_path):
    """Links, external storage, virtual datasets, filters, foreign types: in archives, and in files of weights."""
    (tmp_path / "secret").write_bytes(SECRET)
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = np.arange(4.0)
    change_weights(archive, lambda file: attack(file, tmp_path / "secret"))
    errors = (ForeignFileError, DataLossError, InvalidArgumentError, NotFoundError)
    if not _is_noticed(members(archive)["model.weights.h5"]):
        return  # it is about the attributes of kerasflow's own files
    refused(archive, "", error=errors)
    weights = tmp_path / "w.weights.h5"
    weights.write_bytes(members(archive)["model.weights.h5"])
    with pytest.raises(errors):
        tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(1)]).load_weights(weights)


def _is_noticed(content):
    """Whether there is more in the file than before."""
    with h5py.File(io.BytesIO(content)) as file:
        return any(name in file or file.get(name, getlink=True) is not None for name in ("x", "y", "g"))


def test_links_are_not_followed(archive):
    def change(file):
        del file["layers/dense"]
        file["layers/dense"] = h5py.SoftLink("/layers/dense_1")

    change_weights(archive, change)
    refused(archive, "link")


def test_a_file_does_not_extend_what_may_be_named(path):
    """Loading a file that is refused leaves nothing behind that lets the next one pass."""
    change_config(
        path, puts("hidden", module="tests.models.files.test_attacks", class_name="Mine", config={"name": "hidden"})
    )
    for _ in range(2):
        refused(path, "There is no layer 'Mine'.*custom_objects={'Mine': Mine}")


class Mine(layers.Layer):
    """What the file above would like to have imported."""
