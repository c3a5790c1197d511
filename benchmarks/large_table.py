"""A table of any size, trained on by the command: ``python benchmarks/large_table.py [SIZE] [FOLDER]``.

Makes a CSV file of SIZE megabytes, 2000 by default, with 20 columns, 4 of them text, in FOLDER or a temporary one, and
trains on it for three epochs in a process of its own. Printed are the most memory that was resident there, and the rows
a second of the first epoch, which reads the file and writes its columns, and of the last, which does not, beside those
of pandas, which parses the file in chunks and keeps nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, BLOCKS = 100_000, 8  # of a block; different blocks, which take turns
NUMBERS, EPOCHS = 15, 3


def block(seed):
    """Lines of the table."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(ROWS, NUMBERS)).round(4)
    frame = pd.DataFrame(numbers, columns=[f"x{k}" for k in range(NUMBERS)])
    frame.loc[rng.random(ROWS) < 0.05, "x3"] = np.nan
    frame["kind"] = rng.choice(["red", "green", "blue"], ROWS)
    frame["town"] = [f"town {k}" for k in rng.zipf(1.5, ROWS) % 5000]
    frame["user"] = [f"user-{k:07}" for k in rng.integers(0, 3_000_000, ROWS)]
    frame["day"] = [f"2024-{k % 12 + 1:02}-{k % 28 + 1:02}" for k in rng.integers(0, 336, ROWS)]
    frame["y"] = (numbers[:, :4].sum(axis=1) + 2 * (frame["kind"] == "red") + rng.normal(size=ROWS)).round(4)
    return frame.to_csv(index=False, header=False).encode(), ",".join(frame.columns).encode()


def make(path, megabytes):
    """Write the table; its number of rows."""
    blocks, header = zip(*map(block, range(BLOCKS)), strict=True)
    rows = 0
    with open(path, "wb") as file:
        file.write(header[0] + b"\n")
        while file.tell() < megabytes << 20:
            file.write(blocks[rows // ROWS % BLOCKS])
            rows += ROWS
    return rows


def train(path, run):
    """Train; the most memory in bytes, and when what was said."""
    command = [sys.executable, "-m", "kerasflow", "train", path, "--target", "y", "-o", run, "--progress", "line"]
    started, told = time.perf_counter(), {}
    with subprocess.Popen([*command, "--epochs", str(EPOCHS)], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            print(f"{time.perf_counter() - started:7.1f} s  {line}", end="", flush=True)
            told[" ".join(line.split()[:2])] = time.perf_counter() - started
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return usage.ru_maxrss << 10, [told[f"epoch {k}/{EPOCHS}"] for k in range(1, EPOCHS + 1)]


def main():
    """Make the table, train, parse, print."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    folder = Path(tempfile.mkdtemp(dir=sys.argv[2] if len(sys.argv) > 2 else None))
    try:
        path = folder / "table.csv"
        rows = make(path, megabytes)
        memory, ends = train(str(path), str(folder / "RUN"))
        started = time.perf_counter()
        for _ in pd.read_csv(path, chunksize=ROWS):
            pass
        pandas = time.perf_counter() - started
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB; resident at the most {memory / 1e6:,.0f} MB")
        print(f"first epoch, with reading  {rows / ends[0]:9,.0f} rows/s")
        print(f"later epochs               {rows / (ends[-1] - ends[-2]):9,.0f} rows/s")
        print(f"pandas, parsing alone      {rows / pandas:9,.0f} rows/s")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
