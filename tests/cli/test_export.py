"""`kerasflow export`: each file gives, where it is read, what the run predicts."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import kerasflow as tf
from kerasflow.cli.run_folder import load_run
from kerasflow.core.graph import Graph

FORMATS = {"onnx": "m.onnx", "savedmodel": "m", "keras": "m.keras", "h5": "m.h5", "safetensors": "m.st", "json": "m.js"}


def export(kerasflow, run, kind, *more):
    done = kerasflow("export", run, "--to", kind, "-o", FORMATS[kind], *more)
    assert done.code == 0, done.err
    return done


def fed(run, table):
    """The columns of a table that the run uses as exported models take them."""
    columns = {}
    for column in (column for column in run.encoder.columns if column.features):
        values = table[column.name].to_numpy()
        if column.kind == "numeric":
            columns[column.name] = values.astype(np.float64)[:, None]
        else:
            columns[column.name] = np.array(["" if v != v else v for v in values], object)[:, None]
    return columns


def predicted(kerasflow, name, *more):
    assert kerasflow("predict", name, f"{name}.csv", "-o", "OUT.csv", *more).code == 0
    return pd.read_csv("OUT.csv")


@pytest.mark.parametrize("name", ["homes", "flowers"])
def test_onnx_takes_the_columns_of_the_table(kerasflow, runs, name):
    runtime = pytest.importorskip("onnxruntime")
    export(kerasflow, name, "onnx")
    session = runtime.InferenceSession("m.onnx")
    found = dict(zip([o.name for o in session.get_outputs()], session.run(None, fed_of(name)), strict=True))
    compare(found, kerasflow, name)


def fed_of(name):
    return fed(load_run(name), pd.read_csv(f"{name}.csv"))


def compare(found, kerasflow, name):
    if name == "homes":
        np.testing.assert_allclose(found["prediction"], predicted(kerasflow, name).prediction, rtol=1e-5)
        return
    expected = predicted(kerasflow, name, "--proba")
    labels = [x.decode() if isinstance(x, bytes) else x for x in found["prediction"]]
    assert labels == expected.prediction.tolist()
    np.testing.assert_allclose(found["probabilities"], expected.iloc[:, 1:], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["homes", "flowers"])
def test_a_saved_model_takes_the_columns_of_the_table(kerasflow, runs, name):
    export(kerasflow, name, "savedmodel")
    with Graph().as_default(), tf.Session() as session:
        signature = tf.saved_model.load(session, ["serve"], "m").signature_def["serving_default"]
        feeds = {signature.inputs[key].name: value for key, value in fed_of(name).items()}
        found = session.run({key: info.name for key, info in signature.outputs.items()}, feeds)
    compare(found, kerasflow, name)


@pytest.fixture
def unused(kerasflow, runs):
    """A run on a table with columns that say nothing: an id, one that is left out, one that is always the same."""
    table = pd.read_csv("homes.csv").assign(key=[f"k{row}" for row in range(400)], note="x", year=2020)
    table.to_csv("unused.csv", index=False)
    options = ("--ignore", "note", "--epochs", "1", "-q")
    assert kerasflow("train", "unused.csv", "--target", "price", "-o", "unused", *options).code == 0


@pytest.mark.parametrize("kind", ["onnx", "savedmodel"])
def test_what_is_not_used_is_not_asked_for(kerasflow, unused, kind):
    package = pytest.importorskip("onnx" if kind == "onnx" else "tensorboard")
    export(kerasflow, "unused", kind)
    if kind == "onnx":
        inputs = [port.name for port in package.load("m.onnx").graph.input]
    else:
        [graph] = json.loads(kerasflow("inspect", "m", "--json").out)["graphs"]
        inputs = [port["name"] for port in graph["signatures"][0]["inputs"]]
    assert sorted(inputs) == ["area", "rooms", "sea"]
    assert "  from key: text, not used\n  from year: numeric, not used\n" in kerasflow("inspect", "unused").out


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_files_of_keras_hold_the_network(kerasflow, runs, kind):
    export(kerasflow, "homes", kind)
    run = load_run("homes")
    with Graph().as_default():
        model = tf.keras.models.load_model(FORMATS[kind])
    for mine, other in zip(run.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_weights_and_json(kerasflow, runs):
    export(kerasflow, "homes", "safetensors")
    export(kerasflow, "homes", "json")
    run = load_run("homes")
    with Graph().as_default(), open("m.js") as file:
        model = tf.keras.models.model_from_json(file.read())
    assert [w.shape for w in model.get_weights()] == [w.shape for w in run.model.get_weights()]
    arrays = tf.io.safetensors.read_safetensors("m.st") if hasattr(tf.io, "safetensors") else None
    if arrays is not None:
        by_shape = sorted(arrays.values(), key=lambda a: a.size)
        assert [a.shape for a in by_shape] == sorted((w.shape for w in run.model.get_weights()), key=np.prod)


@pytest.mark.parametrize("kind", ["onnx", "savedmodel", "h5", "safetensors", "json"])
def test_a_model_in_a_file(kerasflow, runs, kind):
    if kind == "onnx":
        pytest.importorskip("onnx")
    export(kerasflow, "homes/model.keras", kind)
    found = json.loads(kerasflow("inspect", FORMATS[kind], "--json").out) if kind in ("h5", "safetensors") else None
    if found:
        assert found["parameters"] == sum(w.size for w in load_run("homes").model.get_weights())


def test_what_is_said(kerasflow, runs):
    pytest.importorskip("tensorboard")
    done = export(kerasflow, "homes", "savedmodel")
    assert done.out == "" and done.err.startswith("m: from the columns of a table to predictions, ")
    done = export(kerasflow, "homes", "json", "--json", "-q")
    size = (runs / "m.js").stat().st_size
    assert json.loads(done.out) == {"model": "homes", "to": "json", "output": "m.js", "bytes": size, "table": False}


def test_what_is_there_is_replaced_only_if_asked(kerasflow, refused, runs):
    (runs / "m.js").write_text("old")
    refused(2, "m.js exists already; --overwrite replaces it", "export", "homes", "--to", "json", "-o", "m.js")
    export(kerasflow, "homes", "json", "--overwrite")
    assert (runs / "m.js").read_text().startswith("{")


def test_what_cannot_be_is_refused(refused, runs):
    refused(2, "-o: a file of h5 ends in .h5, not 'm.keras'", "export", "homes", "--to", "h5", "-o", "m.keras")
    message = f"there is no folder '{runs}/a' to put 'a/m.onnx' into"
    refused(2, message, "export", "homes", "--to", "onnx", "-o", "a/m.onnx")
    refused(2, "there: there is no such file or folder", "export", "there", "--to", "json", "-o", "m.json")
    message = "homes.csv: neither a .keras archive nor an HDF5 file"
    refused(4, message, "export", "homes.csv", "--to", "json", "-o", "m.json")
    (runs / "homes" / "schema.json").write_text("{}")
    message = "homes: the run is not usable: schema.json is not the file that training wrote"
    refused(4, message, "export", "homes", "--to", "json", "-o", "m.json")


@pytest.mark.slow
def test_a_missing_extra_is_said(tmp_path):
    """And asked for where it is needed alone."""
    tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)]).save(tmp_path / "m.keras")
    program = (
        "import sys; sys.modules['onnx'] = None; from kerasflow.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    said = []
    for kind, code in (("json", 0), ("onnx", 1)):
        command = ["export", str(tmp_path / "m.keras"), "--to", kind, "-o", str(tmp_path / "m")]
        done = subprocess.run([sys.executable, "-c", program, *command, "--overwrite"], capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        said.append(done.stderr)
    assert said[1].startswith("kerasflow export: ") and said[1].endswith("pip install 'kerasflow[onnx]'.\n")
