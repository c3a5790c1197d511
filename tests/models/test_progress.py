"""The bar, in a real pseudo-terminal; the line, without one."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

PROGRAM = """
import numpy as np
from kerasflow import Sequential, layers
model = Sequential([layers.Dense(8), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((120000, 4)), np.ones(120000), batch_size=8, epochs=2)
"""


def run_in_terminal(program):
    """What a program writes to a terminal of its own, and its exit status."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    # Compiled, an epoch would be over before the bar moves.
    slow = {**os.environ, "KERASFLOW_ENGINE": "interpreter"}
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, close_fds=True, env=slow)
    os.close(child)
    written = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(parent)
    return written.decode(), process.wait()


@pytest.mark.slow
def test_a_terminal_gets_a_bar_and_keeps_a_line_an_epoch():
    written, status = run_in_terminal(PROGRAM)
    assert status == 0, written
    lines = [part for part in written.replace("\r", "\n").split("\n") if part.strip()]
    bars = [line for line in lines if "Epoch 1/2:" in line and "/15000" in line]
    assert len(bars) >= 2, written  # it moved
    assert any("loss:" in bar for bar in bars)
    kept = [line for line in lines if " - loss: " in line and "/15000" not in line]
    assert [line.split(" - ")[0].strip()[-9:] for line in kept] == ["Epoch 1/2", "Epoch 2/2"]


def test_a_pipe_gets_a_line_an_epoch_and_tqdm_is_not_loaded():
    program = PROGRAM.replace("120000", "64") + "\nimport sys; print('tqdm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2", "False"]
    assert done.stderr == ""
