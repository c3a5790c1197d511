"""What only shows in a process: Ctrl-C, the threads of BLAS, the memory that compiled code takes."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("llvmlite")

FIT = """
import numpy as np, time
from kerasflow import keras, config
config.set_engine("native")
keras.utils.set_random_seed(1)
rng = np.random.default_rng(0)
x = rng.normal(size=(2400, 60)).astype("f")
y = rng.integers(0, 10, 2400)
model = keras.Sequential([keras.Input((60,)), keras.layers.Dense(301, activation="relu"),
                          keras.layers.Dense(203, activation="tanh"), keras.layers.Dropout(0.2),
                          keras.layers.Dense(10)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
"""

INTERRUPTED = (
    FIT
    + """
model.fit(x, y, batch_size=128, verbose=0)
ready = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: print("ready", flush=True))
long = np.zeros(400_000, int)
for k in range(3):
    before = model.get_weights()
    history = model.fit(x[long], y[long], batch_size=128, verbose=0, callbacks=[ready])
    print(time.monotonic(), flush=True)
    assert history.stopped == "interrupt"
    after = model.get_weights()
    assert all(np.isfinite(w).all() for w in after) and not np.array_equal(before[0], after[0])
    assert np.isfinite(model.fit(x, y, batch_size=128, verbose=0).history["loss"][0])
"""
)

TRAINED = (
    FIT
    + """
import hashlib, scipy.linalg, threadpoolctl
def threads():
    return [(i["filepath"], i["num_threads"]) for i in threadpoolctl.threadpool_info()]
before = threads()
model.fit(x, y, batch_size=1500, epochs=2, verbose=0)
assert before == threads()
digest = hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights()))
digest.update(model.predict(x, batch_size=300, verbose=0).tobytes())
print(digest.hexdigest(), max(n for _, n in before))
"""
)

BUILT_AGAIN = """
import gc, os, numpy as np
from kerasflow import keras, config
from kerasflow.core.engine.native import machine
config.set_engine("native")
made = []
compile_code = machine.Code.__init__
machine.Code.__init__ = lambda self, *args: made.append(1) or compile_code(self, *args)
def use(width):
    x = np.ones((50, width), "f")
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], epochs=2, verbose=0)
def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
"""

INTERRUPTED_COMPILATION = """
import gc
from llvmlite import binding
def interrupted(cls, name):
    call = getattr(cls, name)
    def run(*args):
        call(*args)
        setattr(cls, name, call)
        raise KeyboardInterrupt
    setattr(cls, name, run)
for k, where in enumerate([(binding.ModuleRef, "verify"), (binding.ModulePassManager, "run"),
                           (binding.ExecutionEngine, "finalize_object"), (binding.ExecutionEngine, "remove_module")]):
    interrupted(*where)
    for stopped in (True, False):
        try:
            use(4 + k)
            assert not stopped
        except KeyboardInterrupt:
            assert stopped
    gc.collect()
print("done")
"""


def run(program, **variables):
    environment = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def output(program, **variables):
    done = run(program, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_control_c_is_obeyed_within_a_fifth_of_a_second():
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True) as child:
        delays = []
        for _ in range(3):
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.3)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            delays.append(float(child.stdout.readline()) - sent)
        assert child.wait(60) == 0
    assert min(delays) < 0.2, delays  # the machine may be busy with other things once


@pytest.mark.slow
def test_control_c_may_come_while_code_is_compiled():
    assert output(BUILT_AGAIN + INTERRUPTED_COMPILATION) == ["done"]


@pytest.mark.slow
def test_results_do_not_depend_on_the_threads_of_blas():
    one, two = (output(TRAINED, OPENBLAS_NUM_THREADS=str(n)) for n in (1, 2))
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert one[1] == "1" and two[1] == str(min(2, there))
    assert one[0] == two[0]


def test_a_model_built_again_compiles_nothing():
    program = BUILT_AGAIN + "use(4)\nfirst = len(made)\nfor _ in range(5): use(4)\nprint(first, len(made))"
    first, last = map(int, output(program))
    assert 0 < first == last


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads the memory of the process as Linux shows it")
def test_a_hundred_models_of_different_shapes_leave_little_behind():
    program = BUILT_AGAIN + "sizes = []\nfor k in range(100): use(4 + k); sizes.append(resident())\n"
    done = output(program + "print(len(machine._CACHE), sizes[39], sizes[99])")
    kept, early, late = int(done[0]), float(done[1]), float(done[2])
    assert kept <= 70 and late - early < 40, (kept, early, late)
