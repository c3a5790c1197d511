"""RUN folders that kerasflow wrote before format 2 are read; altered or forged ones are refused."""

import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kerasflow.cli.run_folder import load_run
from kerasflow.io.hdf5 import write_arrays
from tests.cli.tables import flowers, homes

OLD = Path(__file__).parent / "format_1"


@pytest.fixture
def runs(tmp_path):
    """Copies of two old runs, and the tables that they were trained on."""
    shutil.copytree(OLD, tmp_path, dirs_exist_ok=True)
    (tmp_path / "homes.csv").write_text(homes())
    (tmp_path / "flowers.csv").write_text(flowers())
    return tmp_path


@pytest.fixture
def refuses(refused, runs):
    """Check that a run is refused, with a message."""

    def check(message):
        refused(4, f"homes: the run is not usable: {message}", "evaluate", "homes", "homes.csv")

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


@pytest.mark.parametrize(("name", "more"), [("homes", ()), ("flowers", ("--proba",))])
def test_it_predicts_what_it_predicted_then(kerasflow, runs, name, more):
    done = kerasflow("predict", name, f"{name}.csv", "-o", "-", *more)
    assert done.code == 0
    expected = pd.read_csv(OLD / f"{name}_predictions.csv")
    found = pd.read_csv(io.StringIO(done.out)).head(len(expected))
    assert list(found.columns) == list(expected.columns) and len(expected) == 5
    for column in expected:
        if column.startswith("probability") or name == "homes":
            np.testing.assert_allclose(found[column], expected[column], rtol=1e-5)
        else:
            assert list(found[column]) == list(expected[column])


def test_it_is_evaluated_and_replaced(kerasflow, runs):
    assert json.loads(kerasflow("evaluate", "homes", "homes.csv", "--json").out)["model"]["r2"] > 0.98
    options = ("--target", "price", "-o", "homes", "--epochs", "1", "--overwrite")
    assert kerasflow("train", "homes.csv", *options).code == 0
    assert not (runs / "homes" / "model.json").exists() and load_run("homes").options["epochs"] == 1


@pytest.mark.parametrize("name", ["schema.json", "model.h5"])
def test_a_run_that_lacks_a_file_is_refused(refuses, runs, name):
    (runs / "homes" / name).unlink()
    refuses(f"{name} is missing")


@pytest.mark.parametrize("name", ["schema.json", "model.h5"])
def test_a_file_that_was_altered_is_refused(refuses, runs, name):
    content = bytearray((runs / "homes" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (runs / "homes" / name).write_bytes(content)
    refuses(f"{name} is not the file that training wrote")


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
    (put(2, "format"), 'model.json: "format" is an integer from 1 to 1, not 2'),
    (put("1", "format"), "model.json: \"format\" is an integer from 1 to 1, not '1'"),
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
    refuses(message)


SHAPES = {"hidden_1/kernel": (6, 8), "hidden_1/bias": (8,), "output/kernel": (8, 1), "output/bias": (1,)}


def weights():
    return {name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}


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
    refuses(f"{path}: the file does not fit, nothing was read. {message}")


def test_weights_that_are_not_finite_are_refused(refuses, runs):
    arrays = weights()
    arrays["output/kernel"][3, 0] = np.inf
    write_arrays(runs / "homes" / "model.h5", arrays, {"kind": "weights"})
    sign(runs / "homes")
    refuses("model.h5 holds numbers that are not finite")


def test_a_file_of_another_kind_is_refused(refuses, runs):
    write_arrays(runs / "homes" / "model.h5", weights(), {"kind": "checkpoint"})
    sign(runs / "homes")
    refuses("homes/model.h5: it holds 'checkpoint', not 'weights'")


def test_a_size_that_is_not_in_the_file_takes_no_memory(kerasflow, runs):
    edit(runs / "homes" / "model.json", put([65536] * 64, "network", "hidden"))  # a terabyte
    done = kerasflow("evaluate", "homes", "homes.csv")
    assert done.code == 4 and "the file does not fit, nothing was read. missing: h" in done.err
