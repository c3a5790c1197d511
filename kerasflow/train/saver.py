"""`Saver`: the variables of a session, kept in files from which a later session goes on."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.session import Session
from kerasflow.core.variables import Variable
from kerasflow.io import protos
from kerasflow.io.files import MissingFileError
from kerasflow.train import checkpoint_state, checkpoints, graph_files
from kerasflow.train.step_counter import global_step as value_of_step

__all__ = ["Saver", "SaverDef", "export_meta_graph", "import_meta_graph"]

_log = logging.getLogger("kerasflow")


class SaverDef:
    """The formats of checkpoints there are in TensorFlow, for `Saver`: of these, `V2` is written.

    >>> tf.train.SaverDef.V2
    2
    """

    LEGACY, V1, V2 = 0, 1, 2


class Saver:
    """Saves variables to checkpoints and restores them.

    Args:
        var_list: the variables, as a list, or by the names they have in the file; by default all global variables that
            the default graph has now. Or a function that gives these, called when they are looked for.
        reshape: whether `restore` takes an array of another shape with as many elements.
        max_to_keep: how many checkpoints to keep; older ones are deleted. None or 0 keeps all, and forgets them.
        keep_checkpoint_every_n_hours: besides, one checkpoint for every so many hours is kept for good.
        write_version: `SaverDef.V2` to write files that TensorFlow reads, ``PATH.index`` and
            ``PATH.data-00000-of-00001``; by default a checkpoint is one HDF5 file. Either is restored.
        name, sharded, restore_sequentially, saver_def, builder, save_relative_paths, filename: accepted and without
            effect.
        defer_build: look for the variables at the first save or restore, or at `build()`.
        allow_empty: whether there may be no variables; `save` and `restore` then do nothing.
        pad_step_number: whether step numbers in file names have eight digits, so that names sort as steps do.

    Raises:
        ValueError: there are no variables, two of them have one name, or the format is none that is written.
        TypeError: something else is in the list.

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> saver = tf.train.Saver()
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     os.path.basename(saver.save(sess, os.path.join(folder, "m.ckpt"), global_step=7))
    'm.ckpt-7'
    >>> with tf.Session() as sess:
    ...     saver.restore(sess, tf.train.latest_checkpoint(folder))
    ...     sess.run(w)
    array([1., 2.], dtype=float32)
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: Any = None,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if max_to_keep is not None and (not isinstance(max_to_keep, int) or max_to_keep < 0):
            raise ValueError(f"max_to_keep must be a whole number, at least 0, or None; got {max_to_keep!r}.")
        if write_version not in (None, SaverDef.V2):
            raise ValueError(
                f"write_version must be SaverDef.V2 or None, for a file of our own; got {write_version!r}."
            )
        self._for_tensorflow = write_version == SaverDef.V2
        self._var_list = var_list
        self._reshape = reshape
        self._max_to_keep = max_to_keep or 0
        self._keep_seconds = keep_checkpoint_every_n_hours * 3600
        self._next_keep = time.time() + self._keep_seconds
        self._allow_empty = allow_empty
        self._pad_step_number = pad_step_number
        self._checkpoints: list[tuple[str, float]] = []
        self._variables: dict[str, Variable] | None = None
        if not defer_build:
            self.build()

    def build(self) -> None:
        """Settle which variables are saved."""
        self._variables = _by_name(self._var_list)
        if not self._variables and not self._allow_empty:
            raise ValueError("There are no variables to save.")

    def save(
        self,
        sess: Session,
        save_path: Any,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Write a checkpoint, note it in the file ``checkpoint`` beside it, and delete one that is too old.

        Beside the variables it says how far random numbers have been drawn, so that dropout and the like go on where
        they stopped; files for TensorFlow have no place for that.

        Args:
            sess: where the values are.
            save_path: the file; its folder must exist.
            global_step: a number, tensor or variable that is appended to the name: ``m.ckpt-7``.
            latest_filename: the name of the file that says which checkpoint is the latest, by default ``checkpoint``.
            meta_graph_suffix: the end of the name of the file with the graph.
            write_meta_graph: whether the graph is written too, to ``PATH.meta``, for `tf.train.import_meta_graph`. It
                takes the package tensorboard; where that is not installed, no graph is written.
            write_state: whether the file that says which is the latest is written, and old checkpoints are deleted.
            strip_default_attrs, save_debug_info: accepted and without effect.

        Returns:
            The path of the checkpoint, for `restore`; None if there was nothing to save.

        Raises:
            ValueError: there is no such folder, or the names collide. TypeError: `sess` is no session.
            FailedPreconditionError: a variable is not initialised.
        """
        variables = self._checked(sess)
        path = os.fspath(save_path)
        if latest_filename is not None and os.path.dirname(latest_filename):
            raise ValueError(f"latest_filename must be a name without a folder, got {latest_filename!r}.")
        if not os.path.basename(path):
            raise ValueError(f"save_path must name a file, got {path!r}.")
        folder = os.path.dirname(path)
        if not os.path.isdir(folder or "."):
            raise MissingFileError(f"There is no folder {folder!r} to save {path!r} in.")
        step = None if global_step is None else _number(sess, global_step)
        if step is not None:
            path += f"-{step:08d}" if self._pad_step_number else f"-{step}"
        elif os.path.basename(path) == (latest_filename or "checkpoint"):
            raise ValueError(f"{path!r} is the name of the file that says which checkpoint is the latest.")
        if not variables:
            return None
        arrays = sess.run(variables)
        if not self._for_tensorflow:
            arrays |= {checkpoints.STREAMS + name: array for name, array in sess.kept().items()}
        checkpoints.write_checkpoint(path, arrays, step, self._for_tensorflow)
        if write_meta_graph and protos.available():
            self.export_meta_graph(f"{path}.{meta_graph_suffix}")
        if write_state:
            dropped = self._record(path)
            checkpoint_state.update_checkpoint_state(folder, path, self.last_checkpoints, latest_filename)
            self._drop(dropped, meta_graph_suffix)
        return path

    def export_meta_graph(
        self,
        filename: Any = None,
        collection_list: Iterable[Any] | None = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """The graph of the saver's variables as a `MetaGraphDef`, written to `filename` if there is one.

        Args:
            filename: the file.
            collection_list: the names of the collections to take along; by default all.
            as_text: whether the file is readable text.
            clear_devices: whether to leave out where operations run.
            export_scope: must be None: graphs are exported whole.
            clear_extraneous_savers, strip_default_attrs, save_debug_info: accepted and without effect.

        Raises:
            ImportError: the package tensorboard is missing. ValueError: the graph is too large for a message.
        """
        if export_scope is not None:
            raise ValueError(f"Graphs are exported whole; export_scope={export_scope!r} is not supported.")
        variables = self.saved
        graph = next((v.graph for v in variables.values()), default_graph())
        return graph_files.save_meta_graph(
            filename, graph, variables, self._max_to_keep, collection_list, as_text, clear_devices
        )

    def restore(self, sess: Session, save_path: Any) -> None:
        """Give the variables the values in a checkpoint; they need not be initialised.

        The checkpoint may hold more than that. If it does not fit, nothing is changed.

        Raises:
            ValueError: there is no such file, or it is no checkpoint. NotFoundError: there is no such folder.
            NotFoundError, InvalidArgumentError: names are missing; or shapes or types differ; all are listed.
            DataLossError: the file is truncated or altered. TypeError: `sess` is no session.
        """
        variables = self._checked(sess)
        if save_path is None:
            raise ValueError("There is no checkpoint to restore from: save_path is None.")
        if not variables:
            return
        _log.info("Restoring parameters from %s", save_path)
        wanted = {name: (v.dtype, v.dims) for name, v in variables.items()}
        arrays = checkpoints.read_matching(save_path, wanted, self._reshape)
        sess.load_kept(checkpoints.read_streams(save_path))
        for name, v in variables.items():
            sess.load(
                v, arrays[name].reshape(v.dims if self._reshape and shapes.is_static(v.dims) else arrays[name].shape)
            )

    @property
    def saved(self) -> dict[str, Variable]:
        """The variables that are saved, by their names in the file."""
        if self._variables is None:
            self.build()
        return dict(self._variables or {})

    @property
    def last_checkpoints(self) -> list[str]:
        """The checkpoints that are kept, oldest first; any of them can be restored."""
        return [path for path, _ in self._checkpoints]

    def set_last_checkpoints(self, last_checkpoints: list[str]) -> None:
        """Take these checkpoints, oldest first, for those that were saved and are to be deleted in time."""
        self.set_last_checkpoints_with_time([(path, 0.0) for path in last_checkpoints])

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time: list[tuple[str, float]]) -> None:
        """As `set_last_checkpoints`, with the time each was saved at, in seconds since 1970."""
        self._checkpoints = [(os.fspath(path), seconds) for path, seconds in last_checkpoints_with_time]

    def recover_last_checkpoints(self, checkpoint_paths: list[str]) -> None:
        """As `set_last_checkpoints` after a restart: those that are still there, with the times of their files."""
        there = [p for p in checkpoint_paths if checkpoint_state.checkpoint_exists(p)]
        times = checkpoint_state.get_checkpoint_mtimes(there)
        self.set_last_checkpoints_with_time(list(zip(there, times, strict=True)))

    def _checked(self, sess: Any) -> dict[str, Variable]:
        if not isinstance(sess, Session):
            raise TypeError(f"A Saver needs the session the values are in, got {sess!r}.")
        variables = self.saved
        foreign = [v.name for v in variables.values() if v.graph is not sess.graph]
        if foreign:
            raise ValueError(f"The session runs another graph than that of the variables {', '.join(foreign)}.")
        return variables

    def _record(self, path: str) -> tuple[str, float] | None:
        """Note a new checkpoint; the one that there is no more room for."""
        if not self._max_to_keep:
            return None
        self._checkpoints = [(p, seconds) for p, seconds in self._checkpoints if p != path]
        self._checkpoints.append((path, time.time()))
        return self._checkpoints.pop(0) if len(self._checkpoints) > self._max_to_keep else None

    def _drop(self, checkpoint: tuple[str, float] | None, meta_graph_suffix: str) -> None:
        """Delete a checkpoint, unless its turn has come to be kept for good."""
        if checkpoint is None:
            return
        path, seconds = checkpoint
        if seconds > self._next_keep:
            self._next_keep += self._keep_seconds
        else:
            checkpoint_state.remove_checkpoint(path, meta_graph_suffix=meta_graph_suffix)


def export_meta_graph(
    filename: Any = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Iterable[Any] | None = None,
    as_text: bool = False,
    graph: Any = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    **kwargs: Any,
) -> Any:
    """A graph, by default the default one, as a `MetaGraphDef`: operations, collections, and how to save its variables.

    Args:
        filename: the file to write it to, if any.
        collection_list: the names of the collections to take along; by default all.
        as_text: whether the file is readable text.
        graph: the graph.
        clear_devices: whether to leave out where operations run.
        export_scope: must be None: graphs are exported whole.
        meta_info_def, graph_def, saver_def, kwargs: accepted and without effect.

    Raises:
        ImportError: the package tensorboard is missing. ValueError: the graph is too large for a message.

    >>> w = tf.Variable(2.0, name="w")
    >>> tf.train.export_meta_graph().collection_def["trainable_variables"].WhichOneof("kind")
    'bytes_list'
    """
    if export_scope is not None:
        raise ValueError(f"Graphs are exported whole; export_scope={export_scope!r} is not supported.")
    graph = default_graph() if graph is None else graph
    saved = _by_name(graph.get_collection(GraphKeys.GLOBAL_VARIABLES))
    return graph_files.save_meta_graph(filename, graph, saved, 5, collection_list, as_text, clear_devices)


def import_meta_graph(
    meta_graph_or_file: Any, clear_devices: bool = False, import_scope: str | None = None, **kwargs: Any
) -> Saver | None:
    """Add a meta graph to the default graph: what was written beside a checkpoint, by us or by TensorFlow.

    Args:
        meta_graph_or_file: a `MetaGraphDef`, or the path of a file with one.
        clear_devices: whether to leave out where operations run.
        import_scope: a scope for the names.
        kwargs: accepted and without effect.

    Returns:
        A saver for the variables it has, by the names they have in checkpoints; None if it has none.

    Raises:
        ImportError: the package tensorboard is missing. MissingFileError: there is no such file (a FileNotFoundError
            and a ValueError). ValueError: it is no meta graph, or has operations that kerasflow does not have.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable(2.0, name="w")
    ...     y = tf.multiply(w, 3.0, name="y")
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> saver = tf.train.import_meta_graph(path + ".meta")
    >>> with tf.Session() as sess:
    ...     saver.restore(sess, path)
    ...     sess.run("y:0")
    np.float32(6.0)
    """
    variables, keep = graph_files.variables_of_meta_graph(meta_graph_or_file, clear_devices, import_scope)
    return Saver(variables, max_to_keep=keep) if variables else None


def _by_name(var_list: Any) -> dict[str, Variable]:
    """The variables by the names they have in the file."""
    if callable(var_list):
        var_list = var_list()
    if var_list is None:
        var_list = default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)
    if isinstance(var_list, Mapping):
        named = list(var_list.items())
    else:
        named = [(v.op.name if isinstance(v, Variable) else "", v) for v in var_list]
    found: dict[str, Variable] = {}
    for name, v in named:
        if not isinstance(v, Variable) or not isinstance(name, str):
            raise TypeError(f"A Saver takes variables, as a list or by name; got {name!r}: {v!r}.")
        if name in found:
            raise ValueError(f"At least two variables have the name {name!r}.")
        found[name] = v
    return found


def _number(sess: Session, step: Any) -> int:
    if isinstance(step, (int, np.integer)):
        return int(step)
    return value_of_step(sess, step)
