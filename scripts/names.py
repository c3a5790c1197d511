"""Writes docs/names.md: which public names of TensorFlow 1.15 work in kerasflow, and why others do not.

    python scripts/names.py

The names are those of tests/golden/names.json; whether one works is asked of the package itself. A test keeps the page
true.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import kerasflow

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "names.md"
HEAD = """# Names of TensorFlow 1

Which public names of TensorFlow 1.15 a program finds after `import kerasflow as tf`. The page is made from the package
by `scripts/names.py`, and a test keeps it true. Rooms are named without `tf` in front.

"""

# Why a name is not there; the first pattern that its full name matches says it.
REASONS = (
    (r"tf\.summary\.", "for the summaries of TensorFlow 2"),
    (r"tf\.(image\.|io\..*(decode|encode|jpeg))", "not yet: images"),
    (r"tf\.io\..*(Queue)", "not yet: queues"),
    (r"tf\.(data|io)\.", "not yet: data pipelines"),
    (r"tf\.(train|queue)\..*(batch|producer|Queue|Coordinator|[Qq]ueue_runner|limit_epochs|input)", "not yet: queues"),
    (
        r"tf\..*(Queue|Reader|TFRecord|FixedLen|VarLen|parse_|serialize|deserialize|read_file|write_file)",
        "not yet: files",
    ),
    (r"tf\.train\..*(Server|Cluster|Replicas|replica|Worker|warm_start)", "not for one machine"),
    (r"tf\.(signal|spectral)\.|tf\.(.*fft.*|.*dct.*)", "left out: signal processing"),
    (r"tf\..*(ctc|CTC)", "left out: connectionist temporal classification"),
    (r"tf\..*(TPU|tpu|xla|XLA|cluster|Cluster|nccl)", "not for a CPU"),
    (
        r"tf\..*(TensorSpec|function|Function|eager|executing|GradientTape|custom_gradient|Module|contrib)",
        "TensorFlow 2",
    ),
    (r"tf\.(sysconfig|resource_loader|user_ops)\.", "about TensorFlow's own installation"),
    (r"tf\..*([Pp]artition)", "left out: variables in parts on several machines"),
    (r"tf\..*", "not yet"),
)


def resolves(name: str) -> bool:
    """Whether the package has what is called ``tf.…`` there."""
    found: Any = kerasflow
    for part in name.split(".")[1:]:
        try:
            found = getattr(found, part)
        except (AttributeError, ImportError):
            return False
    return True


def reason(name: str) -> str:
    """Why a name is not there."""
    return next(why for pattern, why in REASONS if re.fullmatch(f"{pattern}.*", name))


def page(rooms: dict[str, list[str]]) -> str:
    """The text of the page, from the names by room."""
    summary, parts = [], []
    for room, names in rooms.items():
        works = [n for n in names if resolves(f"{room}.{n}")]
        absent: dict[str, list[str]] = {}
        for n in names:
            if n not in works:
                absent.setdefault(reason(f"{room}.{n}"), []).append(n)
        title = room.removeprefix("tf.")
        summary.append(f"| `{title}` | {len(works)} | {len(names)} |")
        part = [f"## {title}", _listed("Works", works)] if works else [f"## {title}"]
        parts.append("\n\n".join([*part, *[_listed(f"Not in kerasflow ({why})", ns) for why, ns in absent.items()]]))
    table = "\n".join(["| room | work | there are |", "|---|---|---|", *summary])
    return HEAD + table + "\n\n" + "\n\n".join(parts) + "\n"


def _listed(title: str, names: list[str]) -> str:
    return textwrap.fill(f"{title}: {' '.join(f'`{n}`' for n in names)}", 120, break_on_hyphens=False)


def main() -> None:
    """Write the page."""
    rooms = json.loads((ROOT / "tests" / "golden" / "names.json").read_text())
    PAGE.write_text(page(rooms), encoding="utf-8")


if __name__ == "__main__":
    main()
