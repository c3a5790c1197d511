"""A saved model of what a model function gives, in a new folder whose name is the time."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Mapping
from typing import Any

from kerasflow.core.errors import NotFoundError
from kerasflow.core.graph import default_graph
from kerasflow.core.session import Session
from kerasflow.estimator.export_outputs import signatures
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.saved_model import tag_constants
from kerasflow.saved_model.builder import SavedModelBuilder
from kerasflow.train.saver import Saver
from kerasflow.train.scaffold import Scaffold

__all__ = ["new_folder", "write"]

_log = logging.getLogger("kerasflow")
_ATTEMPTS = 10


def write(
    base: Any,
    receiver: Any,
    spec: EstimatorSpec,
    checkpoint_path: str,
    config: Any,
    as_text: bool,
    assets_extra: Mapping[str, str] | None,
) -> bytes:
    """Write the default graph with what a checkpoint holds; the folder gets its name when all is there.

    Raises:
        ValueError: the checkpoint lacks a variable. OSError: a file cannot be written.
    """
    folder = new_folder(os.fsdecode(base))
    beside = os.path.join(os.path.dirname(folder), f"temp-{os.path.basename(folder)}")
    alternatives = getattr(receiver, "receiver_tensors_alternatives", None)
    signed = signatures(receiver.receiver_tensors, spec.export_outputs, alternatives)
    builder = SavedModelBuilder(beside)
    with Session(graph=default_graph(), config=config) as session:
        saver = spec.scaffold.saver or Saver(allow_empty=True)
        try:
            saver.restore(session, checkpoint_path)
        except NotFoundError as error:
            raise ValueError(
                "Could not load all requested variables from checkpoint. Please make sure your model_fn does not "
                f"expect variables that were not saved in the checkpoint {checkpoint_path!r}: {error.message}"
            ) from error
        first = spec.scaffold.local_init_op or Scaffold.default_local_init_op()
        builder.add_meta_graph_and_variables(session, [tag_constants.SERVING], signed, main_op=first)
    builder.save(as_text)
    for there, source in (assets_extra or {}).items():
        path = os.path.join(beside, "assets.extra", there)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(source, path)
    os.rename(beside, folder)
    _log.info("SavedModel written to: %s", folder)
    return os.fsencode(folder)


def new_folder(base: str) -> str:
    """A folder in `base` that does not exist yet; its name is the time in seconds."""
    for _ in range(_ATTEMPTS):
        folder = os.path.join(base, str(int(time.time())))
        if not os.path.exists(folder):
            return folder
        time.sleep(1)
    raise RuntimeError(f"Failed to obtain a unique export directory name after {_ATTEMPTS} attempts in {base!r}.")
