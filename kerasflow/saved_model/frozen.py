"""Saved models whose variables have become constants: one file, for those who only predict.

Unlike the others these are for runtimes other than kerasflow, so they hold none of kerasflow's own operations.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kerasflow.core.opdef import REGISTRY
from kerasflow.core.session import Session
from kerasflow.core.tensor import Tensor
from kerasflow.graphdef import composing
from kerasflow.graphdef.forms import BY_OPERATION
from kerasflow.graphdef.freezing import convert_variables_to_constants, extract_sub_graph
from kerasflow.graphdef.meta_graph import meta_graph_of
from kerasflow.graphdef.writing import KEPT, SPECIAL
from kerasflow.io.files import atomic_directory
from kerasflow.saved_model.builder import MAIN_OP
from kerasflow.saved_model.files import MODEL, write_graphs
from kerasflow.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from kerasflow.saved_model.signatures import predict_signature_def
from kerasflow.saved_model.tag_constants import SERVING

__all__ = ["save_frozen"]

_SHOWN = 10
_FINDING = ("LookupTableFindV2", "LookupTableSizeV2")


def save_frozen(
    session: Session, export_dir: str | os.PathLike[str], inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]
) -> None:
    """Write the part of a session's graph that computes some outputs, with the values that its variables have now.

    Args:
        session: the session.
        export_dir: the folder, which is made as a whole; one that is there is replaced if it is a saved model.
        inputs, outputs: tensors by the names that they have in the signature.

    Raises:
        ValueError: the graph has operations that TensorFlow does not have, or that change variables, of which none is
            left: all are named. It has tables that change; or there are no inputs or no outputs.
        FailedPreconditionError: a variable has no value. OSError: the folder cannot be written.

    >>> import os, tempfile
    >>> from kerasflow.saved_model.frozen import save_frozen
    >>> folder = os.path.join(tempfile.mkdtemp(), "model")
    >>> x = tf.placeholder(tf.float32, [None], name="x")
    >>> y = tf.multiply(x, tf.Variable(2.0), name="y")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     save_frozen(sess, folder, {"x": x}, {"y": y})
    >>> os.listdir(folder)
    ['saved_model.pb']
    """
    signature = predict_signature_def(inputs, outputs)
    meta = meta_graph_of(session.graph, [], clear_devices=True)
    wanted = list(dict.fromkeys(t.op.name for t in (*inputs.values(), *outputs.values())))
    filling = _fills(session, extract_sub_graph(meta.graph_def, wanted))
    frozen = convert_variables_to_constants(session, meta.graph_def, [*wanted, *filling])
    _check_known(frozen, session)
    meta.graph_def.CopyFrom(frozen)
    if filling:
        taken = {n.name for n in frozen.node}
        name = next(n for k in range(len(taken) + 1) if (n := f"fill_tables_{k}") not in taken)
        meta.graph_def.node.add(name=name, op="NoOp", input=[f"^{f}" for f in filling])
        meta.collection_def[MAIN_OP].node_list.value.append(name)
    meta.meta_info_def.tags.append(SERVING)
    meta.signature_def[DEFAULT_SERVING_SIGNATURE_DEF_KEY].CopyFrom(signature)
    with atomic_directory(export_dir, overwrite=True, marker=MODEL) as folder:
        write_graphs(folder, [meta], as_text=False)


def _fills(session: Session, definition: Any) -> list[str]:
    """The operations that fill the lookup tables which a graph uses: whoever loads it runs them first."""
    tables = [session.graph.get_operation_by_name(n.name).attrs["table"] for n in definition.node if n.op in _FINDING]
    unfilled = [t.name for t in tables if not hasattr(t, "initializer")]
    if unfilled:
        raise ValueError(f"The tables {unfilled[:_SHOWN]} change, so they have no form in a graph of constants.")
    return list(dict.fromkeys(table.initializer.name for table in tables))


def _is_own(node: Any) -> bool:
    """Whether a node is one of kerasflow's own, or changes a variable, of which none is left."""
    if node.op not in REGISTRY:
        return False
    unknown = node.op not in BY_OPERATION and node.op not in SPECIAL or node.op in composing.RULES
    described = KEPT in node.attr and not set(node.attr) - {KEPT, "_output_shapes"}
    return unknown or described or bool(REGISTRY[node.op].writes)


def _check_known(definition: Any, session: Session) -> None:
    """ValueError if TensorFlow does not have the operations of a graph."""
    found = [session.graph.get_operation_by_name(n.name) for n in definition.node if _is_own(n)]
    if found:
        lines = "".join(f"\n  operation {o.name!r} ({o.type}), made at {o.created_at}" for o in found[:_SHOWN])
        more = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ValueError(
            f"The graph has operations that TensorFlow does not have, or that change variables:{lines}{more}"
        )
