"""Cut files, flipped bits and killed writers: what is read is what was written, or nothing is read at all."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kerasflow.core.errors import DataLossError
from kerasflow.io.hdf5 import ForeignFileError, read_arrays, read_specs, write_arrays

ARRAYS = {
    "dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "dense/bias": np.array(2.5, np.float16),
    "names": np.array([b"a\0b", b"cd"], object),
    "mask": np.array([True, False]),
    "empty": np.zeros((0, 3)),
}
META = {"kind": "weights", "step": 12}


@pytest.fixture(scope="module")
def genuine(tmp_path_factory):
    """The bytes of an undamaged file."""
    path = tmp_path_factory.mktemp("genuine") / "a.h5"
    write_arrays(path, ARRAYS, META)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "damaged.h5"


def is_genuine(arrays, meta):
    return (
        meta == META
        and arrays.keys() == ARRAYS.keys()
        and all(arrays[name].dtype == ARRAYS[name].dtype for name in ARRAYS)
        and all(arrays[name].tolist() == ARRAYS[name].tolist() for name in ARRAYS)
    )


def outcome(path, content):
    """Read a damaged file: "refused", or "harmless" if all is as it was written; else the test fails."""
    path.write_bytes(content)
    try:
        specs = read_specs(path)
        arrays, meta = read_arrays(path)
    except (DataLossError, ForeignFileError) as error:
        assert str(error).startswith(f"{path}: ")
        return "refused"
    assert is_genuine(arrays, meta)
    assert specs == {name: (array.dtype, array.shape) for name, array in ARRAYS.items()}
    return "harmless"


def test_every_cut_is_seen(path, genuine):
    for length in [*range(64), *range(64, len(genuine), 37), len(genuine) - 1]:
        path.write_bytes(genuine[:length])
        with pytest.raises(DataLossError, match="truncated"):
            read_arrays(path)


def test_more_at_the_end_is_harmless(path, genuine):
    assert outcome(path, genuine + b"\0" * 100) == "harmless"


def flips(content, step, seed):
    rng = np.random.default_rng(seed)
    for place in range(int(rng.integers(step)), len(content), step):
        damaged = bytearray(content)
        damaged[place] ^= int(rng.integers(1, 256))
        yield bytes(damaged)


def test_a_changed_byte_is_refused_or_harmless(path, genuine):
    outcomes = [outcome(path, damaged) for damaged in flips(genuine, 7, seed=0)]
    assert outcomes.count("refused") > len(outcomes) / 4  # the rest is room that HDF5 keeps for later


def test_every_changed_byte_of_the_data_is_refused(path, genuine):
    for text in (ARRAYS["dense/kernel"].tobytes(), ARRAYS["dense/bias"].tobytes(), b"a\0bcd", b'"step": 12'):
        start = genuine.index(text)
        for place in range(start, start + len(text)):
            damaged = bytearray(genuine)
            damaged[place] ^= 1
            assert outcome(path, damaged) == "refused"


@pytest.mark.slow
@pytest.mark.parametrize("bits", [1, 0x80, 0xFF])
def test_every_single_changed_byte_is_refused_or_harmless(path, genuine, bits):
    for place in range(len(genuine)):
        damaged = bytearray(genuine)
        damaged[place] ^= bits
        outcome(path, damaged)


@pytest.mark.slow
def test_zeroed_and_shuffled_blocks_are_refused_or_harmless(path, genuine):
    rng = np.random.default_rng(1)
    for _ in range(2000):
        damaged = bytearray(genuine)
        start, length = int(rng.integers(len(genuine))), int(rng.integers(1, 600))
        block = np.frombuffer(genuine[start : start + length], np.uint8)
        damaged[start : start + length] = (rng.permutation(block) * int(rng.integers(2))).astype(np.uint8).tobytes()
        outcome(path, damaged)


# --- killed writers --------------------------------------------------------------------------------------------------

WRITER = """
import sys
import numpy as np
from kerasflow.io.hdf5 import write_arrays
path, step = sys.argv[1], int(sys.argv[2])
while True:
    step += 1
    write_arrays(path, {"w": np.full(50_000, step), "b": np.full(3, step)}, {"kind": "weights", "step": step})
    print(step, flush=True)
"""


def read_step(path):
    arrays, meta = read_arrays(path)
    assert {name: array.shape for name, array in arrays.items()} == {"w": (50_000,), "b": (3,)}
    assert all(set(array.tolist()) == {meta["step"]} for array in arrays.values())
    return meta["step"]


def kill_a_writer(path, step, seconds, reads):
    """Let a writer work from `step` on, read beside it, kill it; the step that it has told last."""
    command = [sys.executable, "-c", WRITER, str(path), str(step)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        told = int(writer.stdout.readline())
        for _ in range(reads):
            assert read_step(path) >= told
        time.sleep(seconds)
        os.kill(writer.pid, signal.SIGKILL)
        with contextlib.suppress(ValueError):  # a line that was cut by the kill
            told = max([told, *map(int, writer.stdout.read().split())])
    return told


def test_a_killed_writer_leaves_a_whole_file(path):
    told = 0
    for seconds in (0.0, 0.013):
        told = kill_a_writer(path, told, seconds, reads=5)
        assert told <= read_step(path) <= told + 1


@pytest.mark.slow
def test_many_killed_writers_leave_whole_files(path):
    told, rng = 0, np.random.default_rng(2)
    for _ in range(40):
        told = kill_a_writer(path, told, float(rng.uniform(0, 0.05)), reads=0)
        assert told <= read_step(path) <= told + 1
    left = [name for name in os.listdir(path.parent) if name != path.name]
    assert left and all(name.startswith(".damaged.h5-") and name.endswith(".tmp") for name in left)
