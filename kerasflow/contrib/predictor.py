"""`tf.contrib.predictor`: functions that predict with a saved model or an estimator, in a session that stays open."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow.core.graph import Graph
from kerasflow.core.session import Session
from kerasflow.core.tensor import Tensor
from kerasflow.saved_model.loader import load

__all__ = ["Predictor", "from_estimator", "from_saved_model"]


class Predictor:
    """A function of arrays by name that gives arrays by name.

    Args:
        session: what it runs in.
        feed_tensors, fetch_tensors: the tensors that it feeds and fetches, by name.
    """

    def __init__(
        self, session: Session, feed_tensors: Mapping[str, Tensor], fetch_tensors: Mapping[str, Tensor]
    ) -> None:
        self.session = session
        self.feed_tensors, self.fetch_tensors = dict(feed_tensors), dict(fetch_tensors)

    @property
    def graph(self) -> Graph:
        """The graph of the session."""
        return self.session.graph

    def __call__(self, input_dict: Mapping[str, Any]) -> dict[str, Any]:
        """The values of `fetch_tensors`. ValueError: there is no input of a name."""
        unknown = sorted(set(input_dict) - set(self.feed_tensors))
        if unknown:
            raise ValueError(f"Got unexpected keys in input_dict: {unknown}, expected: {sorted(self.feed_tensors)}.")
        feeds = {self.feed_tensors[name]: value for name, value in input_dict.items() if value is not None}
        found: dict[str, Any] = self.session.run(self.fetch_tensors, feeds)
        return found

    def __repr__(self) -> str:
        return f"Predictor with feed tensors {self.feed_tensors} and fetch_tensors {self.fetch_tensors}"


def from_saved_model(
    export_dir: Any,
    signature_def_key: str | None = None,
    signature_def: Any = None,
    input_names: Mapping[str, str] | None = None,
    output_names: Mapping[str, str] | None = None,
    tags: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> Predictor:
    """A predictor of a saved model.

    Args:
        export_dir: its folder.
        signature_def_key: the name of a signature, by default serving_default.
        signature_def: a signature, instead.
        input_names, output_names: names of tensors, by names of one's own, instead of a signature.
        tags: those that the graph was saved under, with commas between, by default "serve".
        graph: where the model is added, by default a new graph.
        config: of the session.

    Raises:
        ValueError: there is no such signature, or more than one thing says what to feed and fetch.

    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32, [None])
    ...     tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": tf.square(x)})
    >>> tf.contrib.predictor.from_saved_model(folder)({"x": [3.0]})
    {'y': array([9.], dtype=float32)}
    """
    if (input_names is None) != (output_names is None):
        raise ValueError("input_names and output_names must both be specified or both be unspecified.")
    if sum(given is not None for given in (signature_def_key, signature_def, input_names)) > 1:
        raise ValueError(
            "You must specify at most one of signature_def_key OR signature_def OR (input_names AND output_names)."
        )
    session = Session(graph=graph or Graph(), config=config)
    folder = os.fsdecode(export_dir)
    signatures = load(session, [tag.strip() for tag in (tags or "serve").split(",")], folder).signature_def
    if input_names is None or output_names is None:
        key = signature_def_key or "serving_default"
        if signature_def is None and key not in signatures:
            raise ValueError(f"Got signature_def_key {key!r}. Available signatures are {sorted(signatures)}.")
        signature = signatures[key] if signature_def is None else signature_def
        input_names = {name: info.name for name, info in signature.inputs.items()}
        output_names = {name: info.name for name, info in signature.outputs.items()}
    tensors = [
        {key: session.graph.get_tensor_by_name(name) for key, name in names.items()}
        for names in (input_names, output_names)
    ]
    return Predictor(session, *tensors)


def from_estimator(
    estimator: Any,
    serving_input_receiver_fn: Callable[[], Any],
    output_key: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> Predictor:
    """A predictor of a `tf.estimator.Estimator`, as its newest checkpoint has it.

    Args:
        estimator: the estimator.
        serving_input_receiver_fn: as for `export_saved_model`.
        output_key: which of its outputs, by default serving_default.
        graph, config: as for `from_saved_model`.

    Raises:
        ValueError: it has not been trained, or has no such output.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = estimator.export_saved_model(folder, serving_input_receiver_fn)
        return from_saved_model(path, output_key, graph=graph, config=config)
