"""`Scaffold`: the operations that a session needs besides those of the program: to start, to be ready, to be saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.scopes import global_variables_initializer, group, local_variables_initializer
from kerasflow.summary.functions import merge_all
from kerasflow.train.saver import Saver

__all__ = ["Scaffold"]


class Scaffold:
    """What makes a graph's variables ready, and saves them; what is not given is made when it is finalized.

    Args:
        init_op: gives global variables their first values; by default all of them.
        init_feed_dict: what is fed to it.
        init_fn: called as ``init_fn(scaffold, session)`` after `init_op`.
        ready_op: gives the names of variables that have no values; none if the graph is ready.
        ready_for_local_init_op: likewise, before `local_init_op` is run.
        local_init_op: gives local variables and tables their values, whether a checkpoint is read or not.
        summary_op: all summaries.
        saver: reads and writes checkpoints.
        copy_from_scaffold: a scaffold whose arguments stand for those that are not given.

    >>> v = tf.Variable(3.0, name="v")
    >>> scaffold = tf.train.Scaffold(init_fn=lambda scaffold, sess: v.load(5.0, sess))
    >>> with tf.train.MonitoredTrainingSession(scaffold=scaffold) as sess:
    ...     print(sess.run(v))
    5.0
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[..., Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Saver | None = None,
        copy_from_scaffold: Scaffold | None = None,
    ) -> None:
        if copy_from_scaffold is not None and not isinstance(copy_from_scaffold, Scaffold):
            raise TypeError(f"copy_from_scaffold must be a Scaffold, got {copy_from_scaffold!r}.")

        def given(value: Any, name: str) -> Any:
            return getattr(copy_from_scaffold, name) if value is None and copy_from_scaffold is not None else value

        self._init_fn = given(init_fn, "_init_fn")
        self._init_op = given(init_op, "_init_op")
        self._init_feed_dict = given(init_feed_dict, "_init_feed_dict")
        self._ready_op = given(ready_op, "_ready_op")
        self._ready_for_local_init_op = given(ready_for_local_init_op, "_ready_for_local_init_op")
        self._local_init_op = given(local_init_op, "_local_init_op")
        self._summary_op = given(summary_op, "_summary_op")
        self._saver = given(saver, "_saver")

    def finalize(self) -> Scaffold:
        """Make what is missing; the graph must not be final yet."""
        if self._init_op is None:
            self._init_op = self.get_or_default("init_op", GraphKeys.INIT_OP, _init_op)
        if self._ready_op is None:
            self._ready_op = self.get_or_default("ready_op", GraphKeys.READY_OP, _ready_op)
        if self._ready_for_local_init_op is None:
            key = GraphKeys.READY_FOR_LOCAL_INIT_OP
            self._ready_for_local_init_op = self.get_or_default("ready_for_local_init_op", key, _ready_for_local_op)
        if self._local_init_op is None:
            key = GraphKeys.LOCAL_INIT_OP
            self._local_init_op = self.get_or_default("local_init_op", key, self.default_local_init_op)
        if self._summary_op is None:
            self._summary_op = self.get_or_default("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        if self._saver is None:
            self._saver = self.get_or_default("saver", GraphKeys.SAVERS, lambda: Saver(allow_empty=True))
        self._saver.build()
        return self

    @staticmethod
    def get_or_default(arg_name: str, collection_key: str, default_constructor: Callable[[], Any]) -> Any:
        """What is in a collection, or else what `default_constructor` makes; that is added to it.

        Raises:
            RuntimeError: the collection holds several things.
        """
        elements = default_graph().get_collection(collection_key)
        if len(elements) > 1:
            raise RuntimeError(
                f"More than one item in the collection {collection_key!r}. Please indicate which one to use by passing "
                f"it to the tf.train.Scaffold constructor as: tf.train.Scaffold({arg_name}=item to use)"
            )
        if elements:
            return elements[0]
        made = default_constructor()
        if made is not None:
            default_graph().add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Any:
        """What gives all local variables and tables their values."""
        return group(local_variables_initializer(), ops.tables_initializer())

    @property
    def init_fn(self) -> Callable[[Any], Any] | None:
        """What is called with the session after `init_op`."""
        function = self._init_fn
        return None if function is None else lambda session: function(self, session)

    @property
    def init_op(self) -> Any:
        """What gives global variables their first values."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """What gives the names of variables that have no values."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """What gives the names of variables that need values before `local_init_op` is run."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """What gives local variables and tables their values."""
        return self._local_init_op

    @property
    def summary_op(self) -> Any:
        """All summaries."""
        return self._summary_op

    @property
    def saver(self) -> Saver | None:
        """What reads and writes checkpoints."""
        return self._saver


def _init_op() -> Any:
    return group(global_variables_initializer(), *default_graph().get_collection("saved_model_initializers"))


def _ready_op() -> Any:
    return ops.report_uninitialized_variables()


def _ready_for_local_op() -> Any:
    return ops.report_uninitialized_variables(default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES))
