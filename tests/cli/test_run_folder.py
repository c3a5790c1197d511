"""A RUN folder that was altered, mixed, damaged or forged is refused, and nothing in it is run."""

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kerasflow.cli.run_folder import load_run
from kerasflow.core.graph import Graph
from kerasflow.layers import Dense, InputLayer
from kerasflow.models import Sequential

FORMAT_2 = Path(__file__).parent / "format_2"


@pytest.fixture
def refuses(refused, runs):
    """Check that a run is refused by both commands that read it, with a message."""

    def check(message, name="homes"):
        refused(4, f"{name}: {message}", "predict", name, "homes.csv", "-o", "OUT.csv")
        refused(4, f"{name}: {message}", "evaluate", name, "homes.csv")

    return check


def edit(path, change):
    """Change the JSON in a file."""
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def sign(folder):
    """Make `config.json` agree with the other files, as a forger would."""

    def change(value):
        for name in ("schema.json", "model.keras"):
            value["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()

    edit(folder / "config.json", change)


def stack(features, *units):
    """A model of another shape, or of the right one."""
    return Sequential([InputLayer((features,)), *(Dense(n) for n in units)])


def test_what_was_trained_is_what_is_loaded(runs):
    run = load_run(str(runs / "homes"))
    assert run.column == "price" and run.target.task == "regression"
    assert [column.name for column in run.encoder.columns] == ["rooms", "area", "sea"]
    assert [w.shape for w in run.model.get_weights()] == [(6, 128), (128,), (128, 64), (64,), (64, 1), (1,)]
    assert run.options["epochs"] == 30 and run.options["target"] == "price" and run.options["hidden"] == [128, 64]


@pytest.mark.parametrize("name", ["homes", "flowers"])
def test_keras_opens_the_model(runs, name, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    run = load_run(str(runs / name))
    model = keras.models.load_model(runs / name / "model.keras")
    features = np.random.default_rng(0).normal(size=(50, len(run.encoder.features))).astype(np.float32)
    expected = run.model.predict(features, verbose=0)
    np.testing.assert_allclose(np.asarray(model(features)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "more"), [("homes", ()), ("flowers", ("--proba",))])
def test_a_run_that_was_written_once_predicts_what_it_did_then(runs, kerasflow, name, more):
    done = kerasflow("predict", FORMAT_2 / name, f"{name}.csv", "--limit", "5", *more)
    assert done.code == 0, done.err
    expected, found = pd.read_csv(FORMAT_2 / f"{name}_predictions.csv"), pd.read_csv(io.StringIO(done.out))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "wide-deep"])
def test_keras_opens_models_of_other_kinds(runs, kerasflow, kind, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    options = ("--target", "price", "-o", "other", "--model", kind, "--epochs", "2", "--dropout", "0.2", "--l1", "1e-4")
    assert kerasflow("train", "homes.csv", *options, "--report", "none").code == 0
    run, model = load_run("other"), keras.models.load_model("other/model.keras")
    features = np.random.default_rng(0).normal(size=(20, len(run.encoder.features))).astype(np.float32)
    expected = run.model.predict(features, verbose=0)
    np.testing.assert_allclose(np.asarray(model(features)), expected, rtol=1e-4, atol=1e-5)


def test_what_is_for_people_need_not_be_there(kerasflow, runs):
    for path in (runs / "homes").iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in ("config.json", "schema.json", "model.keras"):
            path.unlink()
    assert kerasflow("evaluate", "homes", "homes.csv").code == 0


def test_a_folder_that_is_no_run_is_refused(refuses, runs):
    (runs / "homes" / "config.json").unlink()
    refuses("its training was not finished; kerasflow train --resume goes on with it")
    shutil.rmtree(runs / "homes" / "checkpoints")
    refuses("the folder is no run of kerasflow train, it has no config.json")


@pytest.mark.parametrize("name", ["schema.json", "model.keras"])
def test_a_run_that_lacks_a_file_is_refused(refuses, runs, name):
    (runs / "homes" / name).unlink()
    refuses(f"the run is not usable: {name} is missing")


@pytest.mark.parametrize("name", ["schema.json", "model.keras"])
def test_a_file_that_was_altered_is_refused(refuses, runs, name):
    content = bytearray((runs / "homes" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (runs / "homes" / name).write_bytes(content)
    refuses(f"the run is not usable: {name} is not the file that training wrote")


def test_files_of_two_runs_are_refused(refuses, kerasflow, runs):
    options = ("--target", "price", "--epochs", "1", "--seed", "1", "--quiet")
    assert kerasflow("train", "homes.csv", "-o", "other", *options).code == 0
    (runs / "homes" / "schema.json").write_bytes((runs / "other" / "schema.json").read_bytes())
    refuses("the run is not usable: schema.json is not the file that training wrote")


def remove(*path):
    def change(config):
        for name in path[:-1]:
            config = config[name]
        config.pop(path[-1])

    return change


def put(value, *path):
    def change(config):
        for name in path[:-1]:
            config = config[name]
        config[path[-1]] = value

    return change


CONFIG = [
    (put(3, "format"), "kerasflow 0.1.0 wrote it in format 3, kerasflow 0.1.0 reads 1 to 2"),
    (put("1", "format"), "config.json: \"format\" is an integer from 1 on, not '1'"),
    (remove("options"), 'config.json: "options" is missing'),
    (put([], "options"), 'config.json: "options" is an object, not []'),
    (put(1, "code"), "config.json: unknown 'code'"),
    (put(3, "sha256", "model.keras"), 'config.json: "sha256": "model.keras" is a text, not 3'),
    (put("x", "sha256", "../../etc/passwd"), "config.json: \"sha256\": unknown '../../etc/passwd'"),
]


@pytest.mark.parametrize(("change", "message"), CONFIG)
def test_a_forged_config_is_refused(refuses, runs, change, message):
    edit(runs / "homes" / "config.json", change)
    refuses(f"the run is not usable: {message}")


MIXED = "schema.json and model.keras are not of one run: they differ in features or outputs"
LEARNED = 'schema.json: "learned"'
SCHEMA = [
    (remove("learned"), f"{LEARNED} is an object, not None"),
    (remove("learned", "column"), f'{LEARNED}: "column" is missing'),
    (put(0.0, "learned", "target", "scale"), f'{LEARNED}: "target": "scale" is above 0'),
    (
        put([], "learned", "encoder", "columns", 0, "mean"),
        f'{LEARNED}: "encoder": column 0: "mean" is a finite number, not []',
    ),
    (put(1, "learned", "more"), f"{LEARNED}: unknown 'more'"),
    (put(True, "learned", "encoder", "columns", 0, "indicator"), MIXED),
]


@pytest.mark.parametrize(("change", "message"), SCHEMA)
def test_a_forged_schema_is_refused(refuses, runs, change, message):
    edit(runs / "homes" / "schema.json", change)
    sign(runs / "homes")
    refuses(f"the run is not usable: {message}")


@pytest.mark.parametrize("content", [b"", b"[", b"\xff", b"[" * 100_000, b'{"format": NaN}'])
@pytest.mark.parametrize("name", ["config.json", "schema.json"])
def test_what_is_no_json_is_refused(kerasflow, runs, name, content):
    (runs / "homes" / name).write_bytes(content)
    if name == "schema.json":
        sign(runs / "homes")
    done = kerasflow("predict", "homes", "homes.csv", "-o", "OUT.csv")
    assert done.code == 4 and done.err.startswith(f"kerasflow predict: homes: the run is not usable: {name} is ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("units", [(7, 1), (6, 2), (6, 4, 2)])
def test_a_model_of_another_shape_is_refused(refuses, runs, units):
    with Graph().as_default():
        stack(*units).save(runs / "homes" / "model.keras")
    sign(runs / "homes")
    refuses(f"the run is not usable: {MIXED}")


def test_a_model_that_is_not_finite_is_refused(refuses, runs):
    with Graph().as_default():
        model = stack(6, 1)
        model.set_weights([np.full((6, 1), np.inf), np.zeros(1)])
        model.save(runs / "homes" / "model.keras")
    sign(runs / "homes")
    refuses("the run is not usable: model.keras holds numbers that are not finite")


def test_a_model_that_names_code_is_refused(kerasflow, runs):
    path = runs / "homes" / "model.keras"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    config["config"]["layers"][1] = {"module": "os", "class_name": "system", "config": {"command": "touch pwned"}}
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    sign(runs / "homes")
    done = kerasflow("evaluate", "homes", "homes.csv")
    assert done.code == 4 and done.err.count("\n") == 1 and "system" in done.err
    assert not (runs / "pwned").exists()


def test_what_is_no_model_is_refused(kerasflow, runs):
    (runs / "homes" / "model.keras").write_bytes(b"PK\x03\x04" + bytes(100))
    sign(runs / "homes")
    done = kerasflow("evaluate", "homes", "homes.csv")
    assert done.code == 4 and done.err.startswith("kerasflow evaluate: homes: the run is not usable: ")
