"""What a RUN folder is, for `inspect`: its columns, its target, how good it is, and its model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasflow.cli.model_files import describe
from kerasflow.cli.run_folder import MODEL, load_run, version_of
from kerasflow.cli.run_format_1 import WEIGHTS
from kerasflow.estimators.targets import LabelTarget
from kerasflow.io.json_file import read_json

__all__ = ["describe_run"]


def describe_run(path: str) -> dict[str, Any]:
    """What there is to know of a run.

    Raises:
        ModelError: it is not usable.
    """
    run = load_run(path)
    folder = Path(path)
    number, writer = version_of(folder)
    model = describe(str(folder / (MODEL if number > 1 else WEIGHTS)))
    found = {
        "what": "run",
        "format": f"format {number}, kerasflow {writer}",
        "target": run.column,
        "task": run.target.task,
        "columns": [_column(column) for column in run.encoder.columns],
        "options": dict(run.options),
        "bytes": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
    }
    if isinstance(run.target, LabelTarget):
        found["labels"] = list(run.target.labels)
    # Who wrote the model is known already, and it is called as all models of runs are.
    model = {key: value for key, value in model.items() if key not in ("name", "written_by")}
    return found | _validation(folder) | {key: value for key, value in model.items() if key not in found}


def _column(column: Any) -> dict[str, Any]:
    return {"name": column.name, "kind": column.kind, "features": len(column.features)}


def _validation(folder: Path) -> dict[str, Any]:
    """The metrics on the rows held out, if they are still there."""
    try:
        metrics = read_json(folder / "metrics.json")
        found = {"rows": metrics["validation"]["rows"], "model": dict(metrics["validation"]["model"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {"validation": found}
