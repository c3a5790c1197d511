"""Warm starts: variables that begin with what an earlier training has learned, also where vocabularies have changed."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core import ops
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.variables import Variable
from kerasflow.train.checkpoints import CheckpointReader, load_checkpoint
from kerasflow.train.initial_checkpoints import init_from_checkpoint

__all__ = ["VocabInfo", "warm_start"]

_log = logging.getLogger("kerasflow")


class VocabInfo(NamedTuple):
    """How the rows of a variable belong to the words of a vocabulary, now and when the checkpoint was written.

    Args:
        new_vocab: the file with the words now, one on each line.
        new_vocab_size: how many of them are used.
        num_oov_buckets: how many rows, at the end, are for other words.
        old_vocab: the file with the words of then.
        old_vocab_size: how many of them were used; -1 for all.
        backup_initializer: gives rows that are new their values; by default 0.
        axis: 0 if words are rows, 1 if they are columns.
    """

    new_vocab: str
    new_vocab_size: int
    num_oov_buckets: int
    old_vocab: str
    old_vocab_size: int = -1
    backup_initializer: Any = None
    axis: int = 0


def warm_start(
    ckpt_to_initialize_from: str | os.PathLike[str],
    vars_to_warm_start: Any = ".*",
    var_name_to_vocab_info: Mapping[str, VocabInfo] | None = None,
    var_name_to_prev_var_name: Mapping[str, str] | None = None,
) -> None:
    """Have the initializers of variables set them to what a checkpoint holds.

    Args:
        ckpt_to_initialize_from: a checkpoint, or a folder for the latest one in it.
        vars_to_warm_start: a regular expression for the names of trainable variables, or a list of such for the names
            of all variables, or a list of variables; None for those with vocabularies alone.
        var_name_to_vocab_info: the vocabularies of variables, by their names.
        var_name_to_prev_var_name: the names in the checkpoint of variables that are now called something else.

    Raises:
        ValueError: a name is of no variable that is started, or the checkpoint has no such array or one of another
            shape.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.get_variable("w", initializer=[1.0, 2.0])
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> w = tf.get_variable("w", [2])
    >>> tf.train.warm_start(path)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(w)
    array([1., 2.], dtype=float32)
    """
    _log.info("Warm-starting from: %s", ckpt_to_initialize_from)
    vocabularies, renamed = dict(var_name_to_vocab_info or {}), dict(var_name_to_prev_var_name or {})
    variables = {v.op.name: v for v in _chosen(vars_to_warm_start)}
    for what, names in (("var_name_to_prev_var_name", renamed), ("var_name_to_vocab_info", vocabularies)):
        unused = sorted(set(names) - set(variables))
        if unused:
            raise ValueError(
                f"You provided the following variables in {what} that were not used: {unused}. Perhaps you misspelled "
                f"them? Here is the list of viable variable names: {sorted(variables)}"
            )
    reader = load_checkpoint(ckpt_to_initialize_from)
    plain: dict[str, Variable] = {}
    count = 0
    for name, variable in variables.items():
        there = renamed.get(name, name)
        if name in vocabularies:
            _start_words(variable, vocabularies[name], reader, there)
        elif vars_to_warm_start:
            plain[there] = variable
        else:
            continue
        count += 1
    init_from_checkpoint(ckpt_to_initialize_from, plain)
    _log.info("Warm-started %d variables.", count)


def _chosen(which: Any) -> Sequence[Variable]:
    graph = default_graph()
    if which is None or isinstance(which, str):
        found: list[Variable] = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
        return [v for v in found if which is None or re.match(which, v.name)]
    if isinstance(which, (list, tuple)) and all(isinstance(w, str) for w in which):
        everything: list[Variable] = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        return [v for v in everything if any(re.match(w, v.name) for w in which)]
    if isinstance(which, (list, tuple)) and all(isinstance(w, Variable) for w in which):
        return list(which)
    raise ValueError(
        f"vars_to_warm_start must be a regular expression, a list of these or of variables; got {which!r}."
    )


def _start_words(variable: Variable, words: VocabInfo, reader: CheckpointReader, name: str) -> None:
    """Start a variable whose rows, or columns, belong to words, with what each word had."""
    if words.axis not in (0, 1):
        raise ValueError(f"The axis of a VocabInfo is 0 or 1, got {words.axis}.")
    if not reader.has_tensor(name):
        raise ValueError(
            f"There is no {name!r} in the checkpoint; it has {sorted(reader.get_variable_to_shape_map())}."
        )
    old = np.moveaxis(np.asarray(reader.get_tensor(name)), words.axis, 0)
    shape = tuple(variable.shape.as_list())
    new = np.moveaxis(np.zeros(shape, variable.dtype.numpy), words.axis, 0)
    then = _words(words.old_vocab, words.old_vocab_size)
    now = _words(words.new_vocab, words.new_vocab_size)
    if len(now) + words.num_oov_buckets != len(new) or new.shape[1:] != old.shape[1:] or len(then) > len(old):
        raise ValueError(
            f"{variable.name} of shape {shape} has no row for each of {len(now)} words and {words.num_oov_buckets} "
            f"buckets, or {name} of shape {list(np.shape(reader.get_tensor(name)))} none for each of {len(then)} words."
        )
    places = {word: i for i, word in enumerate(then)}
    kept = [i for i, word in enumerate(now) if word in places]
    new[kept] = old[[places[now[i]] for i in kept]]
    value: Any = np.moveaxis(new, 0, words.axis)
    if words.backup_initializer is not None:
        mask = np.zeros(new.shape, bool)
        mask[kept] = True
        fresh = words.backup_initializer(shape, variable.dtype)
        value = ops.where(np.moveaxis(mask, 0, words.axis), value, fresh)
    variable.start_from(value)


def _words(path: str, size: int) -> list[bytes]:
    with open(path, "rb") as file:
        words = file.read().splitlines()
    if size > len(words):
        raise ValueError(f"{path!r} has {len(words)} words, and {size} are wanted.")
    return words if size < 0 else words[:size]
