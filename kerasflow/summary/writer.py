"""`FileWriter`: summaries, graphs and other events into files that TensorBoard reads."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.where import user_line
from kerasflow.io.events import EventFile
from kerasflow.io.protos import message
from kerasflow.io.records import read_records

__all__ = ["FileWriter", "FileWriterCache", "summary_iterator"]

StrPath = str | os.PathLike[str]
_VERSION = "brain.Event:2"


class FileWriter:
    """Writes events into a file in a folder, for TensorBoard.

    The file is made with the first event. Close the writer, or use it in a ``with`` block: what is held back until
    then is written at the end of the program at the latest.

    Args:
        logdir: the folder; it is made if it is not there.
        graph: a graph to write at once, such as ``sess.graph``.
        max_queue: how many events are held back at the most.
        flush_secs: for how long at the most, in seconds, if events keep coming.
        graph_def: a graph as a message, in place of `graph`.
        filename_suffix: what the file's name ends in.

    Raises:
        ImportError: the package tensorboard is missing. TypeError: `logdir` is not a path. OSError: the folder cannot
            be made.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with tf.summary.FileWriter(folder) as writer:
    ...     writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)]), global_step=3)
    >>> import os
    >>> [path] = os.listdir(folder)
    >>> [(e.step, v.tag) for e in tf.train.summary_iterator(os.path.join(folder, path)) for v in e.summary.value]
    [(3, 'loss')]
    """

    def __init__(
        self,
        logdir: StrPath,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
    ) -> None:
        if not isinstance(logdir, (str, os.PathLike)):
            raise TypeError(f"logdir must be a path, got {logdir!r}.")
        first = message("Event")(wall_time=time.time(), file_version=_VERSION).SerializeToString()
        self._file = EventFile(logdir, first, max_queue, flush_secs, filename_suffix)
        self._closed = False
        self._described: set[str] = set()  # the tags whose metadata are in the file
        self._runs: set[str] = set()
        if graph is not None or graph_def is not None:
            definition = self._definition(graph, graph_def)
            self._add(graph_def=definition.SerializeToString())
            self._add(meta_graph_def=message("MetaGraphDef")(graph_def=definition).SerializeToString())

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def get_logdir(self) -> str:
        """The folder."""
        return self._file.folder

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Write a summary.

        Args:
            summary: a `tf.Summary`, or the bytes that a session gives for a summary operation.
            global_step: the step that it is of.

        Raises:
            TypeError: `summary` is neither. ValueError: the bytes are not a summary.
        """
        kind = message("Summary")
        if isinstance(summary, bytes):
            try:
                summary = kind.FromString(summary)
            except message("DecodeError") as error:
                raise ValueError(f"The bytes are not a serialised Summary: {summary[:40]!r}...") from error
        elif isinstance(summary, kind):
            summary = kind.FromString(summary.SerializeToString())  # which stays as it is
        else:
            raise TypeError(f"summary must be a tf.Summary or bytes, got {summary!r}, a {type(summary).__name__}.")
        for value in summary.value:
            if value.tag in self._described:
                value.ClearField("metadata")
            self._described.add(value.tag)
        self._add(global_step, summary=summary)

    def add_graph(self, graph: Any = None, global_step: Any = None, graph_def: Any = None) -> None:
        """Write a graph, with the shapes of its tensors.

        Args:
            graph: a `tf.Graph`.
            global_step: the step that it is of.
            graph_def: the graph as a `tf.GraphDef`, in place of `graph`.

        Raises:
            TypeError: it is neither. ValueError: both are given.
        """
        self._add(global_step, graph_def=self._definition(graph, graph_def).SerializeToString())

    @staticmethod
    def _definition(graph: Any, graph_def: Any) -> Any:
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        given = graph_def if graph is None else graph
        if isinstance(given, Graph):
            return given.as_graph_def(add_shapes=True)  # type: ignore[attr-defined]  # `graphdef` adds it
        if isinstance(given, message("GraphDef")):
            return given
        raise TypeError(f"The graph must be a tf.Graph or a tf.GraphDef, got {given!r}, a {type(given).__name__}.")

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Write a `tf.MetaGraphDef`. TypeError if it is something else."""
        if not isinstance(meta_graph_def, message("MetaGraphDef")):
            raise TypeError(f"meta_graph_def must be a MetaGraphDef, got a {type(meta_graph_def).__name__}.")
        self._add(global_step, meta_graph_def=meta_graph_def.SerializeToString())

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Write a `tf.SessionLog`.

        One whose status is START, at step s, hides in TensorBoard all that earlier files of the folder have from
        step s on: write it where a program goes on from a checkpoint, nowhere else.
        """
        self._add(global_step, session_log=session_log)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Write what was recorded of one run, a ``RunMetadata``, under a tag. ValueError if it has been used."""
        if tag in self._runs:
            raise ValueError(f"The provided tag was already used for this event type: {tag!r}")
        self._runs.add(tag)
        tagged = message("TaggedRunMetadata")(tag=tag, run_metadata=run_metadata.SerializeToString())
        self._add(global_step, tagged_run_metadata=tagged)

    def add_event(self, event: Any) -> None:
        """Write a `tf.Event` as it is. TypeError if it is something else."""
        if not isinstance(event, message("Event")):
            raise TypeError(f"event must be a tf.Event, got {event!r}, a {type(event).__name__}.")
        if self._open():
            self._file.write(event.SerializeToString())

    def _add(self, global_step: Any = None, **what: Any) -> None:
        event = message("Event")(wall_time=time.time(), **what)
        if global_step is not None:
            event.step = int(global_step)
        self.add_event(event)

    def _open(self) -> bool:
        if self._closed:
            where = user_line() or ("unknown", 0)
            text = "The FileWriter is closed: nothing is written until it is opened again with reopen()."
            warnings.warn_explicit(text, UserWarning, where[0], where[1])
        return not self._closed

    def flush(self) -> None:
        """Write what has been held back."""
        if self._open():
            self._file.flush()

    def close(self) -> None:
        """Write what has been held back and close the file."""
        self._file.close()
        self._closed = True

    def reopen(self) -> None:
        """Go on after `close`, in another file in the same folder."""
        self._closed = False


class FileWriterCache:
    """One `FileWriter` for each folder, shared by all who ask for it.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> tf.summary.FileWriterCache.get(folder) is tf.summary.FileWriterCache.get(folder)
    True
    >>> tf.summary.FileWriterCache.clear()
    """

    _writers: ClassVar[dict[str, FileWriter]] = {}
    _lock = threading.RLock()

    @classmethod
    def get(cls, logdir: StrPath) -> FileWriter:
        """The writer of a folder; a new one writes the default graph."""
        key = os.fspath(logdir)
        with cls._lock:
            if key not in cls._writers:
                cls._writers[key] = FileWriter(key, graph=default_graph())
            return cls._writers[key]

    @classmethod
    def clear(cls) -> None:
        """Close all writers and forget them."""
        with cls._lock:
            for writer in cls._writers.values():
                writer.close()
            cls._writers.clear()


def summary_iterator(path: StrPath) -> Iterator[Any]:
    """The events of a file, one `tf.Event` after the other.

    Raises:
        NotFoundError: there is no such file. DataLossError: it is cut off or damaged; the message says where.
        ImportError: the package tensorboard is missing.

    >>> next(tf.train.summary_iterator("no such file"), None)
    Traceback (most recent call last):
    kerasflow.core.errors.NotFoundError: no such file; No such file or directory
    """
    event = message("Event")
    for record in read_records(path):
        yield event.FromString(record)
