"""How fast tables become columns on the disk, beside pandas' bare parsing: ``python benchmarks/reading.py [MB]``.

Two files of 20 columns, 4 of them texts, one whose texts stand in quotation marks and one whose do not, are read in
turn in one process: by pandas in chunks, which are thrown away, and into a `ColumnCache`, which checks every row, finds
the kinds, numbers the texts and writes them all. The best of the rounds counts. A second `make` over the same file only
takes its fingerprint. The greatest resident memory is printed last; it does not grow with the file.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from kerasflow.io.column_cache import ColumnCache

ROUNDS, BLOCK = 3, 50_000
NUMBERS, TEXTS = 16, 4


def write(path, megabytes, separator):
    """A table of about so many megabytes; its number of rows."""
    rng = np.random.default_rng(0)
    words = np.array([f"word{separator} {number}" for number in range(500)])
    columns = {f"n{k}": rng.normal(size=BLOCK).round(6) for k in range(NUMBERS)}
    columns |= {f"t{k}": rng.choice(words, BLOCK) for k in range(TEXTS)}
    text = pd.DataFrame(columns).to_csv(index=False)
    header, body = text.split("\n", 1)
    times = max(1, round(megabytes * 1e6 / len(body)))
    with open(path, "w") as stream:
        stream.write(header + "\n")
        for _ in range(times):
            stream.write(body)
    return times * BLOCK


def seconds(function):
    """The wall time and the CPU time, of all threads, that a call takes."""
    started = np.array([time.perf_counter(), time.process_time()])
    function()
    return np.array([time.perf_counter(), time.process_time()]) - started


def parse(path):
    """What pandas does at the least."""
    for _ in pd.read_csv(path, chunksize=BLOCK):
        pass


def measure(path, folder):
    """Wall and CPU seconds of pandas and of a cache, and wall seconds of a cache that is there already."""
    best = {"pandas": [np.inf, np.inf], "cache": [np.inf, np.inf], "again": [np.inf, np.inf]}
    for turn in range(ROUNDS):
        cache = folder / f"{path.stem}{turn}"
        calls = {"pandas": lambda: parse(path), "cache": lambda cache=cache: ColumnCache.make(cache, path)}
        calls["again"] = calls["cache"]
        for name, call in calls.items():
            best[name] = np.minimum(best[name], seconds(call))
    return best


def main():
    """Measure and print."""
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as name:
        for what, separator in (("plain", ""), ("quoted", ",")):
            path = Path(name) / f"{what}.csv"
            rows = write(path, megabytes, separator)
            best = measure(path, Path(name))
            print(f"{what}: {path.stat().st_size / 1e6:.0f} MB, {rows:,} rows")
            for how, times in best.items():
                wall, cpu = best["pandas"] / times
                print(
                    f"  {how:6} {rows / times[0]:11,.0f} rows/s, {wall:4.0%} of pandas' speed ({cpu:.0%} by CPU time)"
                )
    print(f"resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at the most")


if __name__ == "__main__":
    main()
