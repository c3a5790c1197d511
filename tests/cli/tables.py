"""Small tables of which it is known what can be learned from them, and what came of learning from them."""

import zipfile

import numpy as np


def homes(rows=400, seed=0):
    """A table whose price is known from its other columns, as lines of CSV."""
    rng = np.random.default_rng(seed)
    rooms = rng.integers(1, 9, rows)
    area = rng.normal(80.0, 20.0, rows).round(1)
    sea = rng.choice(["near", "far", "island"], rows)
    price = 1000 * area + 20000 * rooms + 50000 * (sea == "near") + 200000 * (sea == "island")
    lines = ["rooms,area,sea,price"]
    for row in zip(rooms, area, sea, price.round(), strict=True):
        cells = [str(cell) for cell in row]
        if rng.random() < 0.05:
            cells[1] = ""
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def flowers(rows=300, seed=0):
    """A table with three kinds of flowers, of which one can be told by its width and the others by their length."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, rows)
    length = rng.normal(5.0 + 3.0 * (kind == 2), 0.6)
    width = rng.normal(2.0 + 2.0 * (kind == 1), 0.5)
    names = np.array(["rose", "iris", "poppy"])[kind]
    lines = [f"{a:.3f},{b:.3f},{name}" for a, b, name in zip(length, width, names, strict=True)]
    return "\n".join(["length,width,flower", *lines]) + "\n"


def content(run):
    """The bytes of what training computed, by name: all but when it was done, and how long it took."""
    found = {name: (run / name).read_bytes() for name in ("history.csv", "predictions_valid.csv", "schema.json")}
    with zipfile.ZipFile(run / "model.keras") as archive:
        return found | {name: archive.read(name) for name in archive.namelist() if name != "metadata.json"}
