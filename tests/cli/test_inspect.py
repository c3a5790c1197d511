"""`kerasflow inspect`: each kind of file is recognised by what is in it, shown as it is, and nothing in it is run."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
import kerasflow.onnx as kerasflow_onnx
from kerasflow.core.graph import Graph
from kerasflow.layers import Dense, Dropout, InputLayer
from kerasflow.models import Sequential

GOLDEN = Path(__file__).parents[1] / "golden"
FORMAT_1 = Path(__file__).parent / "format_1"


@pytest.fixture
def model():
    with Graph().as_default():
        yield Sequential([InputLayer((4,)), Dense(3, "relu", name="one"), Dropout(0.5), Dense(2, name="two")], name="m")


@pytest.fixture
def inspected(kerasflow):
    """What the command finds, as JSON and as text."""

    def inspected(path):
        found, text = kerasflow("inspect", path, "--json"), kerasflow("inspect", path)
        assert (found.code, found.err, text.code, text.err) == (0, "", 0, "")
        return json.loads(found.out), text.out

    return inspected


PARAMETERS = 4 * 3 + 3 + 3 * 2 + 2


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_model(inspected, model, tmp_path, name):
    model.compile("adam", "mse")
    model.fit(np.zeros((8, 4), np.float32), np.zeros((8, 2), np.float32), verbose=0)
    model.save(name)
    found, text = inspected(name)
    assert (found["what"], found["name"], found["parameters"]) == ("model", "m", PARAMETERS)
    assert found["bytes"] == (tmp_path / name).stat().st_size
    [(taken, given)] = [(i["shape"], o["shape"]) for i, o in zip(found["inputs"], found["outputs"], strict=True)]
    assert (taken, given) == ([None, 4], [None, 2])
    layers = [
        (x["name"], x["kind"], x["output"], x["parameters"]) for x in found["layers"] if x["kind"] != "InputLayer"
    ]
    assert layers == [
        ("one", "Dense", [None, 3], 15),
        ("dropout", "Dropout", [None, 3], 0),
        ("two", "Dense", [None, 2], 8),
    ]
    assert [x["settings"] for x in found["layers"]][-2:] == [{"rate": 0.5}, {"units": 2, "activation": "linear"}]
    shapes = [w["shape"] for w in found["weights"] if not w["name"].startswith("optimizer")]
    assert sorted(shapes) == sorted([[4, 3], [3], [3, 2], [2]])
    assert text.startswith(f"{name}: model m (") and "units=3 activation=relu" in text


def test_names_of_layers_stand_beside_the_weights_of_keras_3(inspected, model):
    model.save("m.keras")
    model.save_weights("m.weights.h5")
    for path in ("m.keras", "m.weights.h5"):
        found, _ = inspected(path)
        layers = {weight["name"]: weight.get("layer") for weight in found["weights"]}
        assert layers["layers/dense/vars/0"] == "one" and layers["layers/dense_1/vars/1"] == "two"


def test_files_of_weights(inspected, model):
    model.save_weights("old.h5")
    model.save_weights("new.weights.h5")
    model.save_weights("own.weights")
    for path, kind in (("old.h5", "Keras 2"), ("new.weights.h5", "Keras 3"), ("own.weights", "kerasflow's own")):
        found, text = inspected(path)
        assert found["what"] == "weights" and kind in found["format"] and found["parameters"] == PARAMETERS
        assert "layers" not in found and text.startswith(f"{path}: weights (")


def test_safetensors(inspected, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    arrays = {"a/kernel": np.zeros((2, 3), np.float32), "b": np.zeros(5, np.float16)}
    safetensors.save_file(arrays, "w.safetensors", {"by": "hand"})
    found, text = inspected("w.safetensors")
    assert found["weights"] == [
        {"name": "a/kernel", "shape": [2, 3], "dtype": "float32", "bytes": 24},
        {"name": "b", "shape": [5], "dtype": "float16", "bytes": 10},
    ]
    assert found["parameters"] == 11 and found["notes"] == {"by": "hand"} and "by: hand" in text


def test_a_checkpoint_of_tensorflow(inspected, tmp_path):
    shutil.copytree(GOLDEN / "checkpoint", tmp_path / "c")
    paths = ("c/m.ckpt-3", "c/m.ckpt-3.index", "c/m.ckpt-3.data-00000-of-00001")
    descriptions = [inspected(path)[0] for path in paths]
    assert {x.pop("path") for x in descriptions} == set(paths) and descriptions[0] == descriptions[1] == descriptions[2]
    listed = {w["name"]: w["shape"] for w in descriptions[0]["weights"]}
    assert listed == dict(tf.train.list_variables("c/m.ckpt-3"))
    assert descriptions[0]["what"] == "checkpoint"


def test_the_folder_of_a_checkpoint(inspected, tmp_path):
    with Graph().as_default():
        tf.Variable(np.zeros((2, 3), np.float32), name="w")
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            tf.train.Saver().save(session, str(tmp_path / "m.ckpt"), global_step=7)
    found, _ = inspected(".")
    assert [(w["name"], w["shape"]) for w in found["weights"]] == [("w", [2, 3])]


def test_a_saved_model(inspected):
    found, text = inspected(GOLDEN / "saved_model")
    [graph] = found["graphs"]
    assert graph["tags"] == ["serve"] and graph["nodes"] > 10
    assert graph["signatures"] == [
        {
            "name": "serving_default",
            "inputs": [{"name": "x", "shape": [None, 4], "dtype": "float32"}],
            "outputs": [{"name": "y", "shape": [None, 3], "dtype": "float32"}],
        }
    ]
    assert found["written_by"] == {"tensorflow_version": "1.15.5"} and "input x: float32 (?, 4)" in text


def test_a_run(inspected, trained):
    found, text = inspected(trained / "flowers")
    assert (found["what"], found["target"], found["task"]) == ("run", "flower", "classification")
    assert found["labels"] == ["iris", "poppy", "rose"] and found["options"]["epochs"] == 30
    assert [column["name"] for column in found["columns"]] == ["length", "width"]
    metrics = json.loads((trained / "flowers" / "metrics.json").read_text())
    assert found["validation"]["model"] == metrics["validation"]["model"]
    assert "predicts flower: classification, 3 classes: iris, poppy, rose" in text and "hidden_2" in text


def test_a_run_without_its_metrics_and_an_old_one(inspected, runs):
    (runs / "homes" / "metrics.json").unlink()
    assert "held out" not in inspected("homes")[1]
    found, text = inspected(FORMAT_1 / "homes")
    assert found["format"] == "format 1, kerasflow 0.1.0" and "from area: numeric, 2 features" in text


def forged(path, **changes):
    """Change the description of a layer in a .keras file."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    config["config"]["layers"][1].update(changes)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_model_of_unknown_layers_is_shown_and_not_run(inspected, model, tmp_path):
    model.save("m.keras")
    forged("m.keras", module="os", class_name="system", config={"name": "x\x1b", "command": "touch pwned"})
    found, text = inspected("m.keras")
    assert "system" in found["problem"] and found["layers"][1] == {"name": "x\x1b", "kind": "system", "settings": {}}
    assert "\x1b" not in text and "'x\\x1b'" in text and not (tmp_path / "pwned").exists()


def test_sizes_that_are_not_there_take_no_memory(inspected, model):
    model.save("m.keras")
    forged("m.keras", config={"name": "one", "units": 2**40})
    found, _ = inspected("m.keras")
    assert found["parameters"] == PARAMETERS


def test_what_is_nothing_that_is_known_is_refused(refused, tmp_path):
    refused(2, "there.keras: there is no such file or folder", "inspect", "there.keras")
    (tmp_path / "folder").mkdir()
    message = "folder: the folder is no run, no saved model, and has no checkpoint"
    refused(4, message, "inspect", "folder")


@pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(50), b"\x89HDF\r\n\x1a\n" + bytes(50)])
def test_what_is_damaged_is_refused(kerasflow, tmp_path, content):
    (tmp_path / "m.keras").write_bytes(content)
    done = kerasflow("inspect", "m.keras")
    assert done.code == 4 and done.out == "" and done.err.startswith("kerasflow inspect: m.keras: ")
    assert done.err.count("\n") == 1


def test_a_file_of_onnx(inspected, kerasflow, runs):
    pytest.importorskip("onnx")
    assert kerasflow("export", "flowers", "--to", "onnx", "-o", "m.onnx").code == 0
    found, text = inspected("m.onnx")
    assert (found["what"], found["bytes"]) == ("model", (runs / "m.onnx").stat().st_size)
    assert found["inputs"] == [{"name": n, "shape": [None, 1], "dtype": "float64"} for n in ("length", "width")]
    assert found["outputs"][1] == {"name": "probabilities", "shape": [None, 3], "dtype": "float32"}
    assert found["notes"]["target"] == "flower" and "output  probabilities  (?, 3)  float32" in text
    assert text.splitlines()[2] == f"written by kerasflow {tf.__version__}"
    for content in (b"length,width\n1,2\n", (runs / "m.onnx").read_bytes()[:-200], b""):
        (runs / "m.onnx").write_bytes(content)
        done = kerasflow("inspect", "m.onnx")
        assert done.code == 4 and done.err.startswith("kerasflow inspect: m.onnx: no file of ONNX, or a damaged one: ")


def test_onnx_is_needed_for_its_files(kerasflow, tmp_path, monkeypatch):
    def describe_model(path):
        raise ImportError("it takes the package onnx")

    (tmp_path / "m.onnx").write_bytes(b"x")
    monkeypatch.setattr(kerasflow_onnx, "describe_model", describe_model, raising=False)
    assert kerasflow("inspect", "m.onnx") == (1, "", "kerasflow inspect: m.onnx: it takes the package onnx\n")
