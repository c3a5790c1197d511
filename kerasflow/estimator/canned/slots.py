"""The names of optimizers' variables in checkpoints of canned estimators, as TensorFlow 1.15 writes and reads them.

There each variable of `DNNEstimator` and `LinearEstimator` is one in parts, of which there is one, `part_0`; a slot is
made in the variable scope of the model, and its name is cut where the name of its variable would end without that
scope. So the slot ``Ftrl`` of ``linear/w`` is called ``linear/w/part_0/Ftrl``, that of ``dnn/w`` ``dnn/w/t_0/Ftrl``.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.variables import Variable
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.estimator.training import checkpoint_saver
from kerasflow.train.scaffold import Scaffold

__all__ = ["with_slots_named"]


def with_slots_named(spec: EstimatorSpec, config: RunConfig, scope: str, optimizer: Any) -> EstimatorSpec:
    """The same, saved under these names when it is trained."""
    if spec.mode != ModeKeys.TRAIN:
        return spec

    def named() -> dict[str, Variable]:
        graph = default_graph()
        names = {}
        for owner in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES):
            for kind in optimizer.get_slot_names():
                slot = optimizer.get_slot(owner, kind)
                if slot is not None:
                    names[slot] = _name(scope, owner.op.name, slot.op.name.rpartition("/")[2])
        return {names.get(v, v.op.name): v for v in graph.get_collection(GraphKeys.GLOBAL_VARIABLES)}

    return spec._replace(scaffold=Scaffold(saver=checkpoint_saver(config, named), copy_from_scaffold=spec.scaffold))


def _name(scope: str, owner: str, slot: str) -> str:
    part = f"{owner}/part_0/"
    return f"{owner}/" + f"{scope}/{part}{slot}"[len(part) :]
