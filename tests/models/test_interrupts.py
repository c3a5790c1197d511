"""Ctrl-C while a model is trained: real signals, sent to real processes."""

import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from kerasflow import Sequential, callbacks, layers, optimizers
from kerasflow.models.interrupts import Interrupt

# Trains until it is interrupted; then trains another model for as many steps, and tells what it has found.
PROGRAM = """
import json, signal, sys
import numpy as np
from kerasflow import callbacks, keras, layers

def model():
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="tanh"), layers.Dense(1)])
    made.compile("sgd", "mse")
    return made

rng = np.random.default_rng(0)
X = rng.standard_normal((4096, 4)).astype("f")
Y = np.sin(X[:, :1])
told = []
tell = callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: print("epoch", flush=True) if epoch == 1 else None,
    on_train_end=lambda logs: told.append("end"),
)
before = signal.getsignal(signal.SIGINT)
trained = model()
try:
    history = trained.fit(X, Y, batch_size=8, epochs=10**6, shuffle=False, verbose=0, callbacks=[tell, *OTHERS])
except KeyboardInterrupt:
    print("KeyboardInterrupt", signal.getsignal(signal.SIGINT) is before)
    sys.exit(0)
steps = int(trained.optimizer.iterations)
again, rest = model(), 8 * (steps % 512)
again.fit(X, Y, batch_size=8, epochs=steps // 512, shuffle=False, verbose=0)
if rest:
    again.fit(X[:rest], Y[:rest], batch_size=8, shuffle=False, verbose=0)
print(json.dumps({
    "stopped": history.stopped, "epochs": len(history.epoch), "losses": len(history.history["loss"]), "told": told,
    "steps": steps, "restored": signal.getsignal(signal.SIGINT) is before,
    "apart": max(float(np.abs(a - b).max()) for a, b in zip(trained.get_weights(), again.get_weights())),
    "loss": trained.evaluate(X, Y, verbose=0), "best": min(history.history["loss"]),
}))
"""


def run(engine, others="[]", signals=1):
    """What the program prints after its second epoch, when it gets so many signals, and what it says of errors."""
    if engine == "native":
        pytest.importorskip("llvmlite")
    environment = {**os.environ, "KERASFLOW_ENGINE": engine}
    command = [sys.executable, "-c", PROGRAM.replace("*OTHERS", f"*{others}")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout.readline() == "epoch\n", process.stderr.read()
        for _ in range(signals):
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out, err


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["native", "interpreter"])
def test_once_it_ends_the_training_after_a_whole_number_of_steps(engine):
    out, err = run(engine)
    found = json.loads(out)
    assert found["stopped"] == "interrupt" and found["told"] == ["end"] and found["restored"]
    assert found["epochs"] == found["losses"] >= 2
    assert found["steps"] >= 512 * found["epochs"]
    assert found["apart"] < 1e-6
    assert err.splitlines() == [f"Training was interrupted after {found['epochs']} whole epochs."]


@pytest.mark.slow
def test_the_best_weights_come_back():
    # The learning rate grows until each epoch is worse than the one before.
    worse = "[callbacks.EarlyStopping('loss', patience=10**6), callbacks.LambdaCallback(on_epoch_begin=lambda epoch, "
    worse += "logs: setattr(trained.optimizer, 'learning_rate', 0.01 if epoch == 0 else 1.5))]"
    found = json.loads(run("auto", worse)[0])
    assert found["stopped"] == "interrupt"
    assert found["loss"] < 0.5 and found["apart"] > 0.01


@pytest.mark.slow
def test_twice_it_is_a_keyboard_interrupt():
    # The second one arrives while the callbacks are told of the end.
    wait = "[callbacks.LambdaCallback(on_train_end=lambda logs: __import__('time').sleep(60))]"
    environment = {**os.environ, "KERASFLOW_ENGINE": "interpreter"}
    program = PROGRAM.replace("*OTHERS", f"*{wait}").replace('told.append("end")', 'print("end", flush=True)')
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        for expected in ("epoch\n", "end\n"):
            assert process.stdout.readline() == expected, process.stderr.read()
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out.split()) == (0, ["KeyboardInterrupt", "True"]), err


X = np.random.default_rng(0).standard_normal((64, 2))
Y = X.sum(1)


def model():
    made = Sequential([layers.Dense(1)])
    made.compile(optimizers.SGD(0.01), "mse")
    return made


def interrupt(*args):
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_in_a_validation_ends_it(capsys):
    stop = callbacks.LambdaCallback(on_test_begin=interrupt)
    history = model().fit(X, Y, epochs=5, validation_data=(X, Y), verbose=0, callbacks=[stop])
    assert history.stopped == "interrupt" and history.epoch == [] and history.history == {}
    assert capsys.readouterr().err == "Training was interrupted after 0 whole epochs.\n"


def test_an_interrupt_between_batches_keeps_the_epochs_before(capsys):
    made, seen = model(), []

    def watch(batch, logs):
        seen.append(batch)
        if len(seen) == 6:
            interrupt()

    watcher = callbacks.LambdaCallback(on_train_batch_end=watch)
    history = made.fit(X, Y, batch_size=16, epochs=5, verbose=0, callbacks=[watcher])
    assert history.epoch == [0] and seen == [0, 1, 2, 3, 0, 1] and int(made.optimizer.iterations) == 6
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_training_within_a_training_ends_both():
    inner = []

    def train(epoch, logs):
        other = model()
        stop = callbacks.LambdaCallback(on_epoch_end=interrupt)
        inner.append(other.fit(X, Y, epochs=5, verbose=0, callbacks=[stop]).stopped)

    outer = model().fit(X, Y, epochs=5, verbose=0, callbacks=[callbacks.LambdaCallback(on_epoch_begin=train)])
    assert inner == ["interrupt"] and outer.stopped == "interrupt"


def test_what_was_asked_before_a_training_within_ends_it_too():
    with Interrupt() as outer:
        interrupt()
        history = model().fit(X, Y, epochs=5, verbose=0)
        assert outer.asked and not outer.inner
    assert history.stopped == "interrupt" and history.epoch == []
    assert model().fit(X, Y, verbose=0).stopped is None  # and no other one after


def test_a_program_that_handles_the_signal_goes_on_doing_so():
    noted = []
    before = signal.signal(signal.SIGINT, lambda number, frame: noted.append(number))
    try:
        stop = callbacks.LambdaCallback(on_epoch_end=interrupt)
        history = model().fit(X, Y, epochs=2, verbose=0, callbacks=[stop])
    finally:
        signal.signal(signal.SIGINT, before)
    assert noted == [signal.SIGINT] * 2 and history.stopped is None and history.epoch == [0, 1]


def test_other_threads_leave_the_signal_alone():
    found = []

    def work():
        with Interrupt() as watch:
            found.append((signal.getsignal(signal.SIGINT), watch.asked))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(signal.default_int_handler, False)]


def test_the_handler_comes_back_after_an_error():
    def fail(epoch, logs):
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        model().fit(X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(on_epoch_end=fail)])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
