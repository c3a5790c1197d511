"""Saved models: a folder with graphs and the values of their variables, which serves without the program."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.session import Session
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.graphdef.meta_graph import add_saver, meta_graph_of
from kerasflow.saved_model import signature_constants, tag_constants
from kerasflow.saved_model.files import VARIABLES, write_graphs
from kerasflow.saved_model.signatures import predict_signature_def
from kerasflow.train.saver import Saver, SaverDef

__all__ = ["MAIN_OP", "SavedModelBuilder", "simple_save"]

MAIN_OP = "saved_model_main_op"  # the collection with the operation that a loaded model runs first

StrPath = str | os.PathLike[str]


class SavedModelBuilder:
    """Builds a saved model in a folder, which TensorFlow loads too.

    Args:
        export_dir: the folder; it must not exist, or be empty.

    Raises:
        AssertionError: there is something in the folder.

    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "model")
    >>> x = tf.placeholder(tf.float32, [None], name="x")
    >>> y = tf.Variable(2.0) * x
    >>> builder = tf.saved_model.builder.SavedModelBuilder(folder)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     signature = tf.saved_model.predict_signature_def({"x": x}, {"y": y})
    ...     builder.add_meta_graph_and_variables(sess, ["serve"], {"serving_default": signature})
    >>> os.path.basename(builder.save())
    'saved_model.pb'
    """

    def __init__(self, export_dir: StrPath) -> None:
        self._folder = os.fspath(export_dir)
        self._graphs: list[Any] = []
        if os.path.exists(self._folder) and (not os.path.isdir(self._folder) or os.listdir(self._folder)):
            raise AssertionError(f"Export directory already exists, and isn't empty: {self._folder!r}.")
        os.makedirs(self._folder, exist_ok=True)

    def add_meta_graph_and_variables(
        self,
        sess: Session,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Any = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Add the session's graph, and the values that its variables have now: the first, and once.

        Args:
            sess: the session.
            tags: what the graph is for; whoever loads it asks for the same tags.
            signature_def_map: signatures by their keys.
            main_op, legacy_init_op: the operation to run when the model has been loaded.
            clear_devices: whether to leave out where operations run.
            assets_collection: must be empty: files beside the graph are not supported.
            strip_default_attrs: accepted and without effect.
            saver: a saver that says which variables to save; by default all global ones.

        Raises:
            AssertionError: there is a graph already. ValueError: no tags, or assets. FailedPreconditionError: a
                variable has no value.
        """
        if self._graphs:
            raise AssertionError("The variables are saved with the first graph; add others with add_meta_graph.")
        graph = sess.graph
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        with graph.as_default():
            chosen = saver or (Saver(variables) if variables else None)
            first = main_op or legacy_init_op
            meta = self._meta_graph(graph, tags, signature_def_map, assets_collection, first, chosen, clear_devices)
            if chosen is not None:
                os.makedirs(os.path.join(self._folder, os.path.dirname(VARIABLES)), exist_ok=True)
                keeper = Saver(chosen.saved, write_version=SaverDef.V2)
                keeper.save(sess, os.path.join(self._folder, VARIABLES), write_meta_graph=False, write_state=False)
        self._graphs.append(meta)

    def add_meta_graph(
        self,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Any = None,
        legacy_init_op: Any = None,
        clear_devices: bool = False,
        main_op: Any = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Add the default graph, which uses the variables that were saved with the first; see above.

        Raises:
            AssertionError: no variables have been saved yet. ValueError: no tags, or assets.
        """
        if not self._graphs:
            raise AssertionError("The first graph is added with add_meta_graph_and_variables.")
        graph = default_graph()
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        chosen = saver or (Saver(variables) if variables else None)
        first = main_op or legacy_init_op
        meta = self._meta_graph(graph, tags, signature_def_map, assets_collection, first, chosen, clear_devices)
        self._graphs.append(meta)

    def save(self, as_text: bool = False) -> str:
        """Write the graphs. Gives the path of the file, ``saved_model.pb`` or, as text, ``saved_model.pbtxt``.

        Raises:
            AssertionError: there is no graph. OSError: the file cannot be written.
        """
        if not self._graphs:
            raise AssertionError("There is no graph to save: add one with add_meta_graph_and_variables.")
        return write_graphs(self._folder, self._graphs, as_text)

    @staticmethod
    def _meta_graph(
        graph: Any, tags: Any, signatures: Any, assets: Any, main_op: Any, saver: Saver | None, clear_devices: bool
    ) -> Any:
        tags = [tags] if isinstance(tags, str) else list(tags)
        if not tags or not all(isinstance(t, str) for t in tags):
            raise ValueError(f"A graph is saved under at least one tag, got {tags!r}.")
        if assets:
            raise ValueError("Files beside the graph (assets_collection) are not supported.")
        meta = meta_graph_of(graph, clear_devices=clear_devices)
        meta.meta_info_def.tags.extend(tags)
        if saver is not None:
            add_saver(meta, saver.saved)
        for key, signature in (signatures or {}).items():
            meta.signature_def[key].CopyFrom(signature)
        if main_op is not None:
            if not isinstance(main_op, (Operation, Tensor)):
                raise TypeError(f"main_op must be an operation, got {main_op!r}.")
            meta.collection_def[MAIN_OP].node_list.value.append(main_op.name)
        return meta


def simple_save(
    session: Session,
    export_dir: StrPath,
    inputs: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    legacy_init_op: Any = None,
) -> None:
    """Save a session's graph for serving, with one signature.

    Args:
        session: the session.
        export_dir: the folder; it must not exist, or be empty.
        inputs, outputs: tensors by the names they have in the signature.
        legacy_init_op: the operation to run when the model has been loaded.

    Raises:
        AssertionError: there is something in the folder. ValueError: no inputs or no outputs.

    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "model")
    >>> x = tf.placeholder(tf.float32, [None], name="x")
    >>> with tf.Session() as sess:
    ...     tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": tf.square(x)})
    >>> sorted(os.listdir(folder))
    ['saved_model.pb']
    """
    signature = predict_signature_def(inputs, outputs)
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        [tag_constants.SERVING],
        {signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        legacy_init_op=legacy_init_op,
    )
    builder.save()
