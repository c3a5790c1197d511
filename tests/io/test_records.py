"""Records and event files, against tensorboard's own writer and reader."""

import io
import os

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.summary.writer.record_writer import RecordWriter

from kerasflow.core import errors
from kerasflow.io import events, records

DATA = [b"", b"abc", bytes(range(256)) * 9]


@pytest.mark.parametrize("data", DATA, ids=len)
def test_a_record_is_tensorboards(data):
    stream = io.BytesIO()
    RecordWriter(stream).write(data)
    assert records.framed(data) == stream.getvalue()


def written(path, data=DATA):
    path.write_bytes(b"".join(records.framed(d) for d in data))
    return path


def test_what_is_written_is_read(tmp_path):
    path = written(tmp_path / "a")
    assert list(records.read_records(path)) == DATA
    assert list(RawEventFileLoader(str(path)).Load()) == DATA
    assert list(records.read_records(written(tmp_path / "b", []))) == []


@pytest.mark.parametrize("left", [1, 11, 12, 15, 17, 18])
def test_a_cut_file_is_told(tmp_path, left):
    """The second record starts at byte 16 and is 19 bytes long."""
    path = written(tmp_path / "a", DATA[:2])
    path.write_bytes(path.read_bytes()[: 16 + left])
    found = records.read_records(path)
    assert next(found) == b""
    with pytest.raises(errors.DataLossError, match="truncated record at 16"):
        next(found)


def test_every_damaged_byte_is_told(tmp_path):
    path = written(tmp_path / "a", DATA[:2])
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(errors.DataLossError, match=f"record at {0 if place < 16 else 16}"):
            list(records.read_records(path))


def test_no_file(tmp_path):
    with pytest.raises(errors.NotFoundError, match="nothing; No such file or directory"):
        next(records.read_records(tmp_path / "nothing"))


def sizes(folder):
    return [os.path.getsize(folder / name) for name in sorted(os.listdir(folder))]


def test_events_are_held_back(tmp_path):
    """The first is written at once, then three at a time."""
    file = events.EventFile(tmp_path / "new" / "folder", b"first", max_queue=3)
    folder = tmp_path / "new" / "folder"
    assert os.listdir(folder) == []
    found = []
    for _ in range(8):
        file.write(b"x" * 100)
        found.append(sizes(folder)[0])
    one, start = len(records.framed(b"x" * 100)), len(records.framed(b"first"))
    assert [(n - start) / one for n in found] == [1, 1, 1, 4, 4, 4, 7, 7]
    file.flush()
    assert sizes(folder) == [start + 8 * one]


def test_time_ends_the_wait(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(events.time, "monotonic", lambda: now[0])
    file = events.EventFile(tmp_path, b"first", max_queue=1000, flush_secs=5)
    found = []
    for seconds in (0, 4, 2, 1):
        now[0] += seconds
        file.write(b"x")
        found.append(sizes(tmp_path)[0])
    assert [n > m for n, m in zip(found[1:], found, strict=False)] == [False, True, False]


def test_files_of_one_second_have_their_own_names(tmp_path):
    files = [events.EventFile(tmp_path, b"first", suffix=".end") for _ in range(3)]
    for file in files:
        file.write(b"x")
        file.close()
        file.write(b"y")
        file.close()
    names = sorted(os.listdir(tmp_path))
    assert len(names) == 6 and all(n.startswith("events.out.tfevents.") and n.endswith(".end") for n in names)
    contents = [list(records.read_records(tmp_path / n)) for n in names]
    assert sorted(contents) == [[b"first", b"x"]] * 3 + [[b"first", b"y"]] * 3


def test_a_forgotten_file_is_written(tmp_path):
    file = events.EventFile(tmp_path, b"first")
    for k in range(5):
        file.write(b"%d" % k)
    del file
    [name] = os.listdir(tmp_path)
    assert len(list(records.read_records(tmp_path / name))) == 6


def test_large_records_are_quick(tmp_path):
    data = np.random.default_rng(0).bytes(1 << 20)
    assert list(records.read_records(written(tmp_path / "a", [data]))) == [data]
