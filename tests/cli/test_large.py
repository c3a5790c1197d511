"""Tables that do not fit in memory: the same runs, whatever waits on the disk; rows are dealt, and none is lost."""

import numpy as np
import pandas as pd
import pytest

from kerasflow.cli import coded_rows, feeding
from kerasflow.cli.coded_rows import CodedBlocks, CodedRows, WholeBlocks
from kerasflow.cli.feeding import Memory
from kerasflow.cli.option_values import size
from kerasflow.cli.run_folder import load_run
from kerasflow.cli.train_options import LEAST_MEMORY
from kerasflow.io import column_writer
from tests.cli.tables import content, flowers, homes


def rows_of(count, seed, folder=None, parts=3):
    """Rows that say their number, dealt in some parts."""
    rows = CodedRows(count, ["<f4", "<i4"], seed, folder)
    for numbers in np.array_split(np.arange(count), parts):
        rows.append([numbers.astype(np.float32), -numbers])
    return rows


def passed(blocks, seed):
    """The rows of a pass in their order."""
    found = []
    for (numbers, negated), order in blocks.passes(seed):
        np.testing.assert_array_equal(numbers, -negated)
        found.append(numbers if order is None else numbers[order])
    return np.concatenate(found).astype(int)


def made(columns):
    return tuple(columns)


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("count", [1, 63, 64, 1000])
def test_every_row_comes_once_in_an_epoch(monkeypatch, tmp_path, count, folder):
    monkeypatch.setattr(coded_rows, "MOST_ROWS", 64)
    rows = rows_of(count, 5, str(tmp_path) if folder else None)
    assert rows.buckets == -(-count // 64)
    blocks = CodedBlocks(rows, made, 10)
    first, second, again = passed(blocks, 1), passed(blocks, 2), passed(blocks, 1)
    np.testing.assert_array_equal(np.sort(first), np.arange(count))
    np.testing.assert_array_equal(first, again)
    assert count == 1 or (first != second).any()
    np.testing.assert_array_equal(passed(CodedBlocks(rows_of(count, None), made, 10), None), np.arange(count))
    assert list(tmp_path.iterdir()) == []  # the file has no name


def test_how_rows_wait_does_not_change_their_order(monkeypatch, tmp_path):
    monkeypatch.setattr(coded_rows, "MOST_ROWS", 64)
    blocks = [
        WholeBlocks(rows_of(500, 5), made),
        CodedBlocks(rows_of(500, 5, parts=7), made, 10),
        CodedBlocks(rows_of(500, 5, str(tmp_path)), made, 64),
    ]
    for seed in (None, 3):
        orders = [passed(b, seed).tolist() for b in blocks]
        assert orders[0] == orders[1] == orders[2]


def test_a_batch_has_rows_from_all_over_the_table(monkeypatch):
    monkeypatch.setattr(coded_rows, "MOST_ROWS", 256)
    order = passed(CodedBlocks(rows_of(8192, 1), made, 256), 4)
    means = order.reshape(-1, 32).mean(axis=1)
    # Of 32 rows drawn from 8192 the mean deviates by 8192 / sqrt(12 * 32) = 418.
    assert abs(means.mean() - 4095.5) < 1 and 300 < means.std() < 540
    other = passed(CodedBlocks(rows_of(8192, 1), made, 256), 5)
    near = np.abs(np.argsort(order) - np.argsort(other))
    assert np.median(near) > 1500  # where a row comes in one epoch says nothing of the next


def test_wide_rows_make_small_buckets(monkeypatch):
    monkeypatch.setattr(coded_rows, "MOST_BYTES", 4096)
    assert CodedRows(1000, ["<f4"] * 64, 0).buckets == 63


@pytest.mark.parametrize(("table", "target"), [(homes, "price"), (flowers, "flower")])
def test_a_table_that_waits_on_the_disk_gives_the_same_run(kerasflow, tmp_path, monkeypatch, table, target):
    monkeypatch.setattr(coded_rows, "MOST_ROWS", 64)
    (tmp_path / "DATA.csv").write_text(table(700))
    command = ("train", "DATA.csv", "--target", target, "--epochs", "3", "--dropout", "0.2", "--batch-size", "24")
    found = []
    for run, fits in (("A", True), ("B", False), ("C", False)):
        monkeypatch.setattr(Memory, "fits", lambda self, task, fits=fits: fits)
        monkeypatch.setattr(Memory, "block", lambda self, task, run=run: 17 if run == "B" else 64)
        monkeypatch.setattr(Memory, "chunk", lambda self, task, run=run: 100 if run == "B" else 1000)
        assert kerasflow(*command, "-o", run).code == 0
        found.append(content(tmp_path / run))
    assert found[0] == found[1] == found[2]


def test_the_least_memory_is_that_of_the_process_and_some_rows():
    assert size(LEAST_MEMORY)(LEAST_MEMORY) == feeding.PROCESS + feeding.LEAST


def test_memory_is_shared_out():
    class Wide:
        class encoder:
            columns, features = [None] * 20, ["x"] * 5000

        @staticmethod
        def count(side):
            return 50_000

    for total in (1 << 20, 1 << 30, 1 << 33):
        memory = Memory(total)
        assert memory.free >= feeding.LEAST and memory.block(Wide) >= 1
        assert 4 * 5000 * 4 * memory.block(Wide) <= memory.free
    assert not Memory(1 << 30).fits(Wide) and Memory(1 << 33).fits(Wide)


def test_a_column_of_very_many_texts_is_hashed_in_training_and_in_predicting(kerasflow, tmp_path, monkeypatch):
    monkeypatch.setattr(column_writer, "MOST_TEXTS", 100)
    monkeypatch.setattr(column_writer, "ALL_TEXTS", 300)
    rng = np.random.default_rng(0)
    users = rng.integers(0, 600, 3000)
    lines = [
        f"{x:.3f},user {user},{x + 2 * (user % 2):.3f}" for x, user in zip(rng.normal(size=3000), users, strict=True)
    ]
    (tmp_path / "DATA.csv").write_text("\n".join(["x,user,y", *lines]) + "\n")
    done = kerasflow("train", "DATA.csv", "--target", "y", "-o", "RUN", "--epochs", "2")
    assert done.code == 0 and "very many texts, dealt into 32 by their hash" in done.err
    assert load_run("RUN").encoder.columns[1].buckets == 32
    assert kerasflow("predict", "RUN", "DATA.csv", "-o", "OUT.csv").code == 0
    predicted, valid = pd.read_csv("OUT.csv").prediction, pd.read_csv("RUN/predictions_valid.csv")
    # What training saw of a row, hashes, and what predicting sees, texts, are one.
    np.testing.assert_allclose(predicted[valid.line - 2], valid.prediction, rtol=1e-4, atol=1e-4)
