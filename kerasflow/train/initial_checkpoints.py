"""Variables that start from what a checkpoint holds, and the checkpoints that come as a training goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kerasflow.core.graph import default_graph
from kerasflow.core.naming import did_you_mean
from kerasflow.core.variable_scope import store_of
from kerasflow.core.variables import Variable
from kerasflow.train.checkpoint_state import StrPath, latest_checkpoint
from kerasflow.train.checkpoints import CheckpointReader, load_checkpoint

__all__ = ["checkpoints_iterator", "init_from_checkpoint"]

_POLL = 1.0  # seconds between two looks


def init_from_checkpoint(ckpt_dir_or_file: StrPath, assignment_map: Mapping[str, Any]) -> None:
    """Have the initializers of variables set them to what a checkpoint holds.

    Args:
        ckpt_dir_or_file: a checkpoint, or a folder for the latest one in it.
        assignment_map: from names in the checkpoint to variables, or to the names of those that `get_variable` made;
            ``"there/": "here/"`` means all of these in the scope ``here``, and ``"/"`` is the outermost scope.

    Raises:
        ValueError: the checkpoint has no such array or one of another shape, there is no such variable, or a scope is
            mapped to something else. TypeError: something else than variables and names. NotFoundError: no such file.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     old = tf.get_variable("old/w", initializer=[1.0, 2.0])
    ...     sess.run(old.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> with tf.variable_scope("new"):
    ...     w = tf.get_variable("w", [2])
    >>> tf.train.init_from_checkpoint(path, {"old/": "new/"})
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(w)
    array([1., 2.], dtype=float32)
    """
    reader = load_checkpoint(ckpt_dir_or_file)
    made = store_of(default_graph().root).variables
    for there, here in sorted(assignment_map.items()):
        for name, variable in _pairs(there, here, made):
            _start(variable, name, reader, os.fspath(ckpt_dir_or_file))


def _pairs(there: str, here: Any, made: Mapping[str, Variable]) -> list[tuple[str, Variable]]:
    """Names in the checkpoint and the variables that start from them."""
    if isinstance(here, (list, tuple)) and len(here) == 1:
        (here,) = here
    if isinstance(here, Variable):
        return [(there, here)]
    if not isinstance(here, str):
        raise TypeError(f"{there!r} must be mapped to a variable or a name, got {here!r}.")
    if here in made and not there.endswith("/"):
        return [(there, made[here])]
    if not there.endswith("/") or not (here.endswith("/") or not here):
        if there.endswith("/") or here.endswith("/"):
            raise ValueError(f"A scope is mapped to a scope, 'there/': 'here/'; got {there!r}: {here!r}.")
        raise ValueError(f"There is no variable {here!r} that {there!r} could be mapped to.{did_you_mean(here, made)}")
    scope, source = here.removeprefix("/"), there.removeprefix("/")
    return [(source + name.removeprefix(scope), v) for name, v in made.items() if name.startswith(scope)]


def _start(variable: Variable, name: str, reader: CheckpointReader, path: str) -> None:
    if not reader.has_tensor(name):
        held = reader.get_variable_to_shape_map()
        raise ValueError(f"Tensor {name} is not found in {path} checkpoint {held}.{did_you_mean(name, held)}")
    value = reader.get_tensor(name)
    if not variable.shape.is_compatible_with(value.shape):
        raise ValueError(
            f"Shape of variable {variable.name} ({variable.shape}) doesn't match with shape of tensor {name} "
            f"({list(value.shape)}) from checkpoint reader."
        )
    if value.dtype != variable.dtype.numpy:
        raise ValueError(f"Variable {variable.name} is of type {variable.dtype.name}, tensor {name} of {value.dtype}.")
    variable.start_from(value)


def checkpoints_iterator(
    checkpoint_dir: StrPath,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """The latest checkpoint of a folder, and then each that takes its place, as long as a training goes on.

    Args:
        checkpoint_dir: the folder.
        min_interval_secs: the least seconds between two of them.
        timeout: the seconds to wait for the next one, after which the iteration ends; for ever by default.
        timeout_fn: called after `timeout`; the iteration ends only if it is true.

    >>> list(tf.train.checkpoints_iterator("no such folder", timeout=0))
    []
    """
    seen = None
    while True:
        began = time.monotonic()
        found = latest_checkpoint(checkpoint_dir)
        while found is None or found == seen:
            if timeout is not None and time.monotonic() + min(_POLL, timeout) > began + timeout:
                break
            time.sleep(_POLL if timeout is None else min(_POLL, timeout))
            found = latest_checkpoint(checkpoint_dir)
        if found is None or found == seen:
            if timeout_fn is None or timeout_fn():
                return
            continue
        seen = found
        yield found
        time.sleep(max(0.0, began + min_interval_secs - time.monotonic()))
