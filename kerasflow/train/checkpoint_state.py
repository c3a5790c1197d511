"""Which checkpoints a folder has: the text file ``checkpoint`` that says so, and the files themselves.

The text is a protocol buffer's, as TensorFlow writes it: a line ``model_checkpoint_path: "m.ckpt-7"`` for the latest,
and one ``all_model_checkpoint_paths`` for each that is kept. Paths within the folder are written relative to it, so
that it can be moved.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kerasflow.io.bundle import bundle_files
from kerasflow.io.files import write_text

__all__ = [
    "CheckpointState",
    "checkpoint_exists",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "latest_checkpoint",
    "remove_checkpoint",
    "update_checkpoint_state",
]

StrPath = str | os.PathLike[str]


@dataclass
class CheckpointState:
    """What the file ``checkpoint`` says: the latest checkpoint, and all that are kept, oldest first."""

    model_checkpoint_path: str
    all_model_checkpoint_paths: list[str] = field(default_factory=list)
    all_model_checkpoint_timestamps: list[float] = field(default_factory=list)
    last_preserved_timestamp: float = 0.0


def checkpoint_exists(checkpoint_prefix: StrPath) -> bool:
    """Whether there is a checkpoint of this name, a file of ours or the files of TensorFlow's.

    >>> tf.train.checkpoint_exists("no/such/model.ckpt")
    False
    """
    return bool(_main_file(checkpoint_prefix))


def get_checkpoint_mtimes(checkpoint_prefixes: Iterable[StrPath]) -> list[float]:
    """When each of these checkpoints was written, in seconds since 1970; those that are gone are passed over.

    >>> tf.train.get_checkpoint_mtimes(["no/such/model.ckpt"])
    []
    """
    return [os.path.getmtime(f) for f in map(_main_file, checkpoint_prefixes) if f]


def remove_checkpoint(
    checkpoint_prefix: StrPath, checkpoint_format_version: int = 2, meta_graph_suffix: str = "meta"
) -> None:
    """Delete a checkpoint, if it is there, and the graph beside it, whose name ends in ``.meta`` or the suffix given.

    `checkpoint_format_version` is without effect: files of either form are deleted.

    >>> tf.train.remove_checkpoint("no/such/model.ckpt")
    """
    graphs = [f"{os.fspath(checkpoint_prefix)}.{suffix}" for suffix in {"meta", meta_graph_suffix}]
    for path in (*bundle_files(checkpoint_prefix), checkpoint_prefix, *graphs):
        if os.path.isfile(path):
            os.remove(path)


def _main_file(prefix: StrPath) -> str:
    """The file that makes the checkpoint; empty if there is none."""
    if os.path.isfile(prefix):
        return os.fspath(prefix)
    return next(iter(bundle_files(prefix)), "")


def update_checkpoint_state(
    save_dir: StrPath,
    model_checkpoint_path: StrPath,
    all_model_checkpoint_paths: Sequence[StrPath] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Write the file ``checkpoint`` in `save_dir`, atomically.

    Args:
        save_dir: the folder.
        model_checkpoint_path: the latest checkpoint.
        all_model_checkpoint_paths: all that are kept, oldest first; the latest is added if it is not among them.
        latest_filename: the name of the file, by default ``checkpoint``.
        all_model_checkpoint_timestamps: when each was written, in seconds since 1970.
        last_preserved_timestamp: when the last one was written that is kept for good.

    Raises:
        ValueError: the numbers of paths and times differ, or there is no such folder.

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> tf.train.update_checkpoint_state(folder, os.path.join(folder, "m.ckpt-7"))
    >>> with open(os.path.join(folder, "checkpoint")) as file:
    ...     print(file.read(), end="")
    model_checkpoint_path: "m.ckpt-7"
    all_model_checkpoint_paths: "m.ckpt-7"
    """
    latest = os.fspath(model_checkpoint_path)
    paths = [os.fspath(p) for p in all_model_checkpoint_paths or ()]
    paths += [] if latest in paths else [latest]
    times = list(all_model_checkpoint_timestamps or ())
    if times and len(times) != len(paths):
        raise ValueError(f"There must be one time for each of the {len(paths)} checkpoints, got {len(times)} times.")
    lines = [("model_checkpoint_path", latest), *[("all_model_checkpoint_paths", p) for p in paths]]
    text = "".join(f"{key}: {_quoted(_relative(path, save_dir))}\n" for key, path in lines)
    text += "".join(f"all_model_checkpoint_timestamps: {float(t)!r}\n" for t in times)
    if last_preserved_timestamp is not None:
        text += f"last_preserved_timestamp: {float(last_preserved_timestamp)!r}\n"
    write_text(_state_file(save_dir, latest_filename), text)


def get_checkpoint_state(checkpoint_dir: StrPath, latest_filename: str | None = None) -> CheckpointState | None:
    """What the file ``checkpoint`` in a folder says; None if there is none, or, with a warning, if it is malformed.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> tf.train.update_checkpoint_state(folder, "/models/m.ckpt-7")
    >>> tf.train.get_checkpoint_state(folder).all_model_checkpoint_paths
    ['/models/m.ckpt-7']
    """
    name = _state_file(checkpoint_dir, latest_filename)
    try:
        with open(name, encoding="utf-8") as file:
            return _state(_parse(file.read()), os.fspath(checkpoint_dir))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        warnings.warn(f"{name}: not a checkpoint state file ({error}); it is passed over.", stacklevel=2)
        return None


def latest_checkpoint(checkpoint_dir: StrPath, latest_filename: str | None = None) -> str | None:
    """The path of the latest checkpoint in a folder; None if there is none.

    >>> import tempfile
    >>> tf.train.latest_checkpoint(tempfile.mkdtemp()) is None
    True
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not checkpoint_exists(state.model_checkpoint_path):
        return None
    return state.model_checkpoint_path


def _state(fields: Mapping[str, Sequence[str]], folder: str) -> CheckpointState:
    return CheckpointState(
        os.path.join(folder, fields["model_checkpoint_path"][-1]),
        [os.path.join(folder, p) for p in fields.get("all_model_checkpoint_paths", ())],
        [float(t) for t in fields.get("all_model_checkpoint_timestamps", ())],
        float(fields.get("last_preserved_timestamp", ["0"])[-1]),
    )


def _state_file(folder: StrPath, name: str | None) -> str:
    return os.path.join(folder, name or "checkpoint")


def _relative(path: str, folder: StrPath) -> str:
    """`path` from `folder` if it lies in there, else in full."""
    return os.path.abspath(path).removeprefix(os.path.join(os.path.abspath(folder), ""))


# --- protocol buffers in text form -----------------------------------------------------------------------------------

_TEXT = r""""((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'"""
_FIELD = re.compile(rf"(?:(\w+)\s*:\s*(?:{_TEXT}|([-+.\w]+)))?[ \t;,]*(?:#.*)?\n")
_SPACE = re.compile(r"[^\S\n]*")
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))")
_PLAIN = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}


def _quoted(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def _unquoted(text: str) -> str:
    def plain(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, other = match.groups()
        if other is not None:
            return _PLAIN.get(other, other)
        return bytes([int(octal, 8) & 255 if octal else int(hexadecimal, 16)])

    return _ESCAPE.sub(plain, text.encode()).decode()


def _parse(text: str) -> dict[str, list[str]]:
    """The fields of a message, one a line. ValueError if it is none, or names no checkpoint."""
    fields: dict[str, list[str]] = {}
    start = 0
    text += "\n"
    while start < len(text):
        space = _SPACE.match(text, start)
        match = _FIELD.match(text, space.end() if space else start)
        if match is None:
            line = text.count("\n", 0, start) + 1
            raise ValueError(f"line {line} is not 'name: value'")
        key, double, single, bare = match.groups()
        if key:
            fields.setdefault(key, []).append(bare if bare is not None else _unquoted(double or single or ""))
        start = match.end()
    if not fields.get("model_checkpoint_path", [""])[-1]:
        raise ValueError("it has no model_checkpoint_path")
    return fields
