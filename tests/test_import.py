"""`import kerasflow` is cheap and silent: no heavy package comes along and nothing is printed."""

import os
import subprocess
import sys

HEAVY = ("h5py", "joblib", "llvmlite", "matplotlib", "onnx", "pandas", "ray", "scipy", "sklearn", "tensorboard", "tqdm")
OF_NUMPY = 1.5  # the time it may take, of NumPy's in the same process: it takes nine tenths, give or take noise

# CPU seconds, not the clock's: other programs on the machine are not the library's doing.
TIMED = """
import time
start = time.process_time()
import numpy
middle = time.process_time()
import kerasflow
print(middle - start, time.process_time() - middle)
"""


def python(source):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-W", "error", "-c", source]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_nothing_is_printed():
    done = python("import kerasflow")
    assert (done.stdout, done.stderr) == ("", "")


def test_no_heavy_package_is_loaded():
    done = python("import sys, kerasflow; print(*sorted(sys.modules))")
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert {"numpy", "kerasflow"} <= loaded
    assert not loaded & set(HEAVY)


def test_no_name_of_the_front_door_but_the_estimators_loads_scikit_learn():
    names = "Model, Sequential, Session, keras, layers, losses, metrics, nn, optimizers, train"
    done = python(f"import sys; from kerasflow import {names}; print(*sorted(sys.modules))")
    assert "sklearn" not in done.stdout.split()


def test_it_takes_no_longer_than_numpy():
    python("import kerasflow")  # compiles the sources, once
    runs = [[float(seconds) for seconds in python(TIMED).stdout.split()] for _ in range(7)]
    of_numpy, of_ours = map(min, zip(*runs, strict=True))  # noise only adds
    assert of_ours <= OF_NUMPY * of_numpy, runs
