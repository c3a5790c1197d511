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
    (r"tf\.(image\.|io\..*(decode_(?!compressed|json|proto)|encode_(?!proto)|jpeg))", "not yet: images"),
    (r"tf\.(queue\.|.*Queue|train\..*(batch|producer|[Qq]ueue_runner|limit_epochs|input))", "not yet: queues"),
    (r"tf\..*(Reader|parse_|serialize|deserialize|match_filenames|json_example|_proto)", "not yet: files"),
    (r"tf\.sparse\.cross", "not yet: feature columns"),
    (r"tf\.estimator\.(Boosted|experimental\.(KMeans|LinearSDCA))", "left out: other methods than gradients"),
    (r"tf\.estimator\.ProfilerHook", "see RunOptions(trace_level=FULL_TRACE)"),
    (r"tf\.estimator\.experimental", "left out: models are exported to predict"),
    (r"tf\.data\.", "TensorFlow 2"),
    (r"tf\.train\.(Supervisor|basic_train_loop)", "superseded by tf.train.MonitoredSession"),
    (r"tf\.train\.(SyncReplicas|ServerDef)|tf\.(.*Accumulator|Critical)", "for workers on several machines"),
    (r"tf\.train\.sdca", "left out: the solver of one kind of linear models"),
    (r"tf\.nn\.(ctc|collapse_repeated)", "left out: connectionist temporal classification"),
    (r"tf\.(signal|spectral)\.", "left out: signal processing beyond transforms"),
    (r"tf\.linalg\.LinearOperator", "left out: matrices that are objects"),
    (r"tf\.(Ragged|strings\.ngrams)", "left out: tensors with rows of different lengths"),
    (r"tf\.strings\.unicode_script", "left out: it needs tables of all scripts"),
    (r"tf\.(create_partitioned_variables)", "left out: variables in parts on several machines"),
    (r"tf\.(dtypes\.)?resource$", "variables are no tensors of resources here"),
    (r"tf\.debugging\..*log_device_placement", "a setting of sessions: ConfigProto(log_device_placement=True)"),
    (r"tf\.(get_logger|logging\.)", "see tf.logging for what there is"),
    (
        r"tf\.(.*(Spec|GradientTape|Module)|enable_|function|wrap_function|py_function|vectorized_map|train\.Checkpoint)",
        "TensorFlow 2",
    ),
    (r"tf\..*(TPU|tpu|XLA|xla|nccl)", "not for a CPU"),
    (r"tf\.saved_model\.(load_v2|save|main_op_with_restore)", "TensorFlow 2"),
    (
        r"tf\.(sysconfig|resource_loader|user_ops)\.|tf\.(load_|COMPILER|GIT|CXX11|MONOLITHIC)",
        "TensorFlow's own binaries",
    ),
    (
        r"tf\.(errors|graph_util|test)\.|tf\.(NameAttr|nondifferentiable_batch|register_tensor|train\.(do_|generate_))",
        "TensorFlow's own insides",
    ),
    (
        r"tf\.(linalg|math|nn|quantization|random|saved_model)\.|tf\.(matrix_square_root|quantized_concat)",
        "left out: no program is known to use it",
    ),
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
    return next(why for pattern, why in REASONS if re.fullmatch(f"(?:{pattern}).*", name))


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
