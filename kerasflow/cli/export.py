"""`kerasflow export`: a run or a model as a file for others: ONNX, a saved model, Keras's files, weights, JSON."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kerasflow.onnx as onnx_files
from kerasflow.cli.console import Console
from kerasflow.cli.exits import OK, CommandError, ModelError, UsageError
from kerasflow.cli.inspect import size_of
from kerasflow.cli.model_files import is_run
from kerasflow.cli.run import Run
from kerasflow.cli.run_folder import load_run
from kerasflow.core.errors import OpError
from kerasflow.core.graph import Graph
from kerasflow.estimators import table_exports
from kerasflow.io.files import MissingFileError, write_text
from kerasflow.models.files.exporting import export_model
from kerasflow.models.files.loading import load_model
from kerasflow.models.files.named import save_safetensors
from kerasflow.models.files.saving import save_model

__all__ = ["export"]

ENDINGS = {"keras": ".keras", "h5": ".h5"}  # that these files have to have
TABLE = ("onnx", "savedmodel")  # what takes the columns of a table, of a run


def export(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    console = Console.of(options)
    path, kind, output = options.model, options.to, options.output
    _check_output(path, kind, output, options.overwrite)
    with Graph().as_default():
        source = _source(path)
        try:
            _write(source, kind, output)
        except ImportError as error:
            raise CommandError(str(error)) from error
        except (OpError, ValueError) as error:
            raise ModelError(f"{path}: it cannot be written as {kind}: {error}") from error
    size = _size(output)
    what = "from the columns of a table to predictions" if isinstance(source, Run) and kind in TABLE else "the network"
    console.note(f"{output}: {what}, {size_of(size)}")
    if options.json:
        console.result("", {"model": path, "to": kind, "output": output, "bytes": size, "table": what[0] == "f"})
    return OK


def _check_output(path: str, kind: str, output: str, overwrite: bool) -> None:
    if not output.endswith(ENDINGS.get(kind, "")):
        raise UsageError(f"-o: a file of {kind} ends in {ENDINGS[kind]}, not {output!r}")
    if os.path.lexists(output) and not overwrite:
        raise UsageError(f"{output} exists already; --overwrite replaces it")
    if os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
        raise UsageError(f"-o: {output} is the model itself")
    parent = Path(output).absolute().parent
    if not parent.is_dir():
        raise UsageError(f"there is no folder '{parent}' to put '{output}' into")


def _source(path: str) -> Any:
    """The run, or the model.

    Raises:
        UsageError: there is nothing. ModelError: it is neither, or cannot be read.
    """
    if not os.path.exists(path):
        raise UsageError(f"{path}: there is no such file or folder")
    if is_run(path):
        return load_run(path)
    try:
        return load_model(path, compile=False)
    except MissingFileError as error:
        raise UsageError(str(error)) from error
    except (OpError, ValueError) as error:
        text = str(error)
        raise ModelError(text if path in text else f"{path}: {text}") from error


def _write(source: Any, kind: str, output: str) -> None:
    model = source.model if isinstance(source, Run) else source
    if isinstance(source, Run) and kind in TABLE:
        if kind == "onnx":
            made = table_exports.table_model(source.encoder, source.target, model, source.column)
            onnx_files.save_model(made, output)
        else:
            table_exports.save_table(source.encoder, source.target, model, output)
        return
    writers: dict[str, Callable[[], Any]] = {
        "onnx": lambda: export_model(model, output, "onnx"),
        "savedmodel": lambda: export_model(model, output, "tf_saved_model"),
        "keras": lambda: save_model(model, output),
        "h5": lambda: save_model(model, output),
        "safetensors": lambda: save_safetensors(model, output),
        "json": lambda: write_text(output, model.to_json() + "\n"),
    }
    writers[kind]()


def _size(path: str) -> int:
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file())
