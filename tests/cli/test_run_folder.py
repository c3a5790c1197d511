"""A RUN folder that was altered, mixed, damaged or forged is refused, and nothing in it is run."""

import hashlib
import json

import h5py
import numpy as np
import pytest

from kerasflow.cli.network import Architecture
from kerasflow.cli.run_folder import load_run
from kerasflow.io.hdf5 import write_arrays


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
    """Make `model.json` agree with the other files, as a forger would."""

    def change(value):
        for name in ("schema.json", "model.h5"):
            value["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()

    edit(folder / "model.json", change)


def test_what_was_trained_is_what_is_loaded(runs):
    run = load_run(str(runs / "homes"))
    assert run.column == "price" and run.target.task == "regression"
    assert run.architecture == Architecture(6, (64, 64), 1, 0.0, 0.0)
    assert [column.name for column in run.encoder.columns] == ["rooms", "area", "sea"]
    with h5py.File(runs / "homes" / "model.h5") as file:
        kernel = file["hidden_2/kernel"][...]
    np.testing.assert_array_equal(run.model.get_layer("hidden_2").get_weights()[0], kernel)


def test_metrics_and_history_are_for_people(kerasflow, runs):
    (runs / "homes" / "metrics.json").unlink()
    (runs / "homes" / "history.csv").write_text("x")
    assert kerasflow("evaluate", "homes", "homes.csv").code == 0


def test_a_folder_that_is_no_run_is_refused(refuses, runs):
    (runs / "homes" / "model.json").unlink()
    refuses("the folder is no run of kerasflow train, it has no model.json")


@pytest.mark.parametrize("name", ["schema.json", "model.h5"])
def test_a_run_that_lacks_a_file_is_refused(refuses, runs, name):
    (runs / "homes" / name).unlink()
    refuses(f"the run is not usable: {name} is missing")


@pytest.mark.parametrize("name", ["schema.json", "model.h5"])
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


def remove(name):
    return lambda value: value.pop(name)


def put(value, *path):
    def change(config):
        for name in path[:-1]:
            config = config[name]
        config[path[-1]] = value

    return change


MIXED = "schema.json and model.json are not of one run: they differ in features or outputs"
MODEL = [
    (put(2, "format"), "kerasflow 0.1.0 wrote it in format 2, kerasflow 0.1.0 reads 1"),
    (put("1", "format"), "model.json: \"format\" is an integer from 1 on, not '1'"),
    (remove("network"), 'model.json: "network" is missing'),
    (put(1, "code"), "model.json: unknown 'code'"),
    (put("os.system", "network", "activation"), "model.json: \"network\": \"activation\" is 'relu', not 'os.system'"),
    (put([64, 0], "network", "hidden"), 'model.json: "network": "hidden" is at most 64 sizes from 1 to 65536'),
    (put([64] * 65, "network", "hidden"), 'model.json: "network": "hidden" is at most 64 sizes from 1 to 65536'),
    (put([True], "network", "hidden"), 'model.json: "network": "hidden" is at most 64 sizes from 1 to 65536'),
    (put(0, "network", "features"), 'model.json: "network": "features" is an integer from 1 on, not 0'),
    (
        put(7, "network", "features"),
        "schema.json and model.json are not of one run: they differ in features or outputs",
    ),
    (put(2, "network", "outputs"), MIXED),
    (put(1.5, "network", "dropout"), 'model.json: "network": "dropout" is a finite number from 0 to 1, not 1.5'),
    (put(3, "sha256", "model.h5"), 'model.json: "sha256": "model.h5" is a text, not 3'),
    (put("x", "sha256", "../../etc/passwd"), "model.json: \"sha256\": unknown '../../etc/passwd'"),
]


@pytest.mark.parametrize(("change", "message"), MODEL)
def test_a_model_that_is_no_model_is_refused(refuses, runs, change, message):
    edit(runs / "homes" / "model.json", change)
    refuses(f"the run is not usable: {message}")


SCHEMA = [
    (remove("column"), 'schema.json: "column" is missing'),
    (put(0.0, "target", "scale"), 'schema.json: "target": "scale" is above 0'),
    (put([], "encoder", "columns", 0, "mean"), 'schema.json: "encoder": column 0: "mean" is a finite number, not []'),
    (put(1, "more"), "schema.json: unknown 'more'"),
    (put(True, "encoder", "columns", 0, "indicator"), MIXED),
]


@pytest.mark.parametrize(("change", "message"), SCHEMA)
def test_a_forged_schema_is_refused(refuses, runs, change, message):
    edit(runs / "homes" / "schema.json", change)
    sign(runs / "homes")
    refuses(f"the run is not usable: {message}")


@pytest.mark.parametrize("content", [b"", b"[", b"\xff", b"[" * 100_000, b'{"format": NaN}'])
@pytest.mark.parametrize("name", ["model.json", "schema.json"])
def test_what_is_no_json_is_refused(kerasflow, runs, name, content):
    (runs / "homes" / name).write_bytes(content)
    if name == "schema.json":
        sign(runs / "homes")
    done = kerasflow("predict", "homes", "homes.csv", "-o", "OUT.csv")
    assert done.code == 4 and done.err.startswith(f"kerasflow predict: homes: the run is not usable: {name} is ")
    assert done.err.count("\n") == 1


def weights():
    return {name: np.zeros(shape, dtype) for name, (dtype, shape) in Architecture(6, (64, 64), 1).weights().items()}


FORGED = [
    (lambda a: a.pop("output/bias"), "missing: output/bias"),
    (lambda a: a.update(extra=np.zeros(3)), "unexpected: extra"),
    (
        lambda a: a.update({"output/bias": np.zeros(2, "f4")}),
        "different: output/bias is float32[2], expected float32[1]",
    ),
    (lambda a: a.update({"output/bias": np.zeros(1)}), "different: output/bias is float64[1], expected float32[1]"),
]


@pytest.mark.parametrize(("change", "message"), FORGED)
def test_forged_weights_are_refused(refuses, runs, change, message):
    arrays = weights()
    change(arrays)
    write_arrays(runs / "homes" / "model.h5", arrays, {"kind": "weights"})
    sign(runs / "homes")
    path = "homes/model.h5"
    refuses(f"the run is not usable: {path}: the file does not fit, nothing was read. {message}")


def test_weights_that_are_not_finite_are_refused(refuses, runs):
    arrays = weights()
    arrays["output/kernel"][3, 0] = np.inf
    write_arrays(runs / "homes" / "model.h5", arrays, {"kind": "weights"})
    sign(runs / "homes")
    refuses("the run is not usable: model.h5 holds numbers that are not finite")


def test_a_file_of_another_kind_is_refused(refuses, runs):
    write_arrays(runs / "homes" / "model.h5", weights(), {"kind": "checkpoint"})
    sign(runs / "homes")
    refuses("the run is not usable: homes/model.h5: it holds 'checkpoint', not 'weights'")


def test_a_size_that_is_not_in_the_file_takes_no_memory(kerasflow, runs):
    edit(runs / "homes" / "model.json", put([65536] * 64, "network", "hidden"))  # a terabyte
    done = kerasflow("evaluate", "homes", "homes.csv")
    assert done.code == 4 and "the file does not fit, nothing was read. missing: hidden_3/kernel, " in done.err
