"""What the outputs of a model of any kind are to the targets: numbers, classes, or labels that may go together.

A classifier has to know what the model was trained to give. A cross-entropy says whether that is logits or
probabilities; for other losses the activation of the last layer does, and without one the outputs are scores.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from kerasflow import losses
from kerasflow.activations import sigmoid
from kerasflow.activations import softmax as softmax_activation
from kerasflow.core import ops
from kerasflow.core.graph import Graph
from kerasflow.estimators.labels import weights_of_classes
from kerasflow.layers.symbolic import flatten

__all__ = [
    "Classes",
    "Numbers",
    "check_known",
    "decisions_of",
    "kind_of_outputs",
    "log_probabilities_of",
    "probabilities_of",
]

Array = np.ndarray[Any, Any]
_SPLIT = 1e-30  # the least probability of which a logarithm is taken


class Numbers:
    """Targets that are numbers, which the model is trained on as they are.

    Args:
        y: the targets, (n_samples,) or (n_samples, n_outputs).
    """

    classes: Any = None
    stratify = False

    def __init__(self, y: Array) -> None:
        self.outputs = 1 if y.ndim == 1 else y.shape[1]
        self.target_type = "continuous" if y.ndim == 1 else "continuous-multioutput"

    def default_loss(self, model: Any) -> Any:
        """The loss where nobody asks for another."""
        return losses.MeanSquaredError()

    def check(self, model: Any, name: str) -> None:
        """Raise ValueError if the model gives another number of outputs."""
        width = model.output_shape[-1]
        if width != self.outputs:
            raise ValueError(f"{name} has targets of {self.outputs} numbers, its model gives {width} outputs.")

    def encode(self, y: Array, width: int, loss: Any) -> Array:
        """What the model is trained on."""
        return y.reshape(len(y), -1)


class Classes:
    """Targets that are classes, or labels of which each sample may have several.

    Args:
        y: the class of each sample, (n_samples,), or zeros and ones, (n_samples, n_labels).
        classes: all classes, if `y` need not have each of them.

    Raises:
        ValueError: `y` is neither, or has a class that is not among `classes`.
    """

    def __init__(self, y: Array, classes: Any = None) -> None:
        check_classification_targets(y)
        self.target_type = type_of_target(y)
        self.several = self.target_type == "multilabel-indicator"
        if self.several:
            self.classes = np.arange(y.shape[1])
        elif y.ndim > 1:
            raise ValueError(
                f"An estimator's model takes the class of each sample, or zeros and ones for each label. y has "
                f"{y.shape[1]} columns of other values: MultiOutputClassifier fits a model for each."
            )
        else:
            self.classes = np.unique(y if classes is None else classes)
            check_known(self.classes, y)
        self.stratify = not self.several
        self.outputs = 1 if len(self.classes) <= 2 and not self.several else len(self.classes)

    def default_loss(self, model: Any) -> Any:
        """The loss where nobody asks for another: a cross-entropy."""
        one_by_one = self.several or model.output_shape[-1] == 1
        cls = losses.BinaryCrossentropy if one_by_one else losses.SparseCategoricalCrossentropy
        return cls(from_logits=_last_activation(model) is None)

    def check(self, model: Any, name: str) -> None:
        """Raise ValueError if the model gives another number of outputs, or one that is always 1."""
        width = model.output_shape[-1]
        fits = {self.outputs, len(self.classes)} if not self.several else {self.outputs}
        if width not in fits:
            what = "labels" if self.several else "classes"
            raise ValueError(f"{name} has targets of {len(self.classes)} {what}, its model gives {width} outputs.")
        if width == 1 and _last_activation(model) == "softmax":
            raise ValueError(
                f"A softmax over one output is always 1: the model of {name} needs a sigmoid, or two outputs."
            )

    def encode(self, y: Array, width: int, loss: Any) -> Array:
        """What the model is trained on: places of classes, or zeros and ones, as the loss asks for."""
        if self.several:
            return np.asarray(y)
        places = np.searchsorted(self.classes, y)
        if width == 1 or losses.get(loss).integer_targets:
            return places.reshape(-1, 1)
        return np.eye(width, dtype=np.float32)[places]

    def class_weights(self, class_weight: Any, y: Array, weights: Array) -> Array:
        """What each sample's weight is to be multiplied with, (n_samples,); see `KerasClassifier`."""
        if self.several:
            raise ValueError("class_weight is for classes, of which a sample has one; got labels that go together.")
        places = np.searchsorted(self.classes, y)
        return weights_of_classes(class_weight, self.classes, places, weights)[places]


def check_known(classes: Array, y: Array) -> None:
    """Raise ValueError for a label that is none of `classes`."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(f"y has the classes {unknown[:5].tolist()}, which are not among {classes[:20].tolist()}.")


def kind_of_outputs(model: Any) -> str:
    """What a classifier's compiled model gives: "logits", "probabilities" or "scores"."""
    loss = losses.get(model.loss)
    name = f"{type(loss).__name__} {loss.name}".lower().replace("_", "")
    if "crossentropy" in name or "divergence" in name or "crossentropy" in loss.get_config().get("fn", ""):
        return "logits" if loss.get_config().get("from_logits", False) else "probabilities"
    return "scores" if _last_activation(model) is None else "probabilities"


def probabilities_of(outputs: Array, kind: str, several: bool) -> Array:
    """The probabilities of classes or labels, (n_samples, n_classes), from what a model gave."""
    if outputs.shape[1] == 1 and not several:
        p = expit(outputs) if kind == "logits" else outputs
        rest = expit(-outputs) if kind == "logits" else 1 - outputs
        return np.hstack([rest, p])
    if several:
        return expit(outputs) if kind == "logits" else outputs
    if kind == "logits":
        return softmax(outputs, axis=1)
    total = outputs.sum(axis=1, keepdims=True)
    return np.where(total > 0, outputs / np.where(total > 0, total, 1), 1 / outputs.shape[1])


def log_probabilities_of(outputs: Array, kind: str, several: bool) -> Array:
    """The logarithms of `probabilities_of`, precise where probabilities of logits are next to 0 or 1."""
    if kind != "logits":
        with np.errstate(divide="ignore"):
            return np.log(probabilities_of(outputs, kind, several))
    if several:
        return log_expit(outputs)
    return np.hstack([log_expit(-outputs), log_expit(outputs)]) if outputs.shape[1] == 1 else log_softmax(outputs, 1)


def decisions_of(outputs: Array, kind: str, several: bool) -> Array:
    """Numbers that are the greater the surer a class or label is, above 0 for one that is more likely than not."""
    if kind == "probabilities":
        p = outputs.astype(np.float64)
        low = np.log(np.maximum(1 - p, _SPLIT)) if several or p.shape[1] == 1 else 0
        outputs = np.log(np.maximum(p, _SPLIT)) - low
    return outputs[:, 0] if outputs.shape[1] == 1 and not several else outputs


def _last_activation(model: Any) -> str | None:
    """ "sigmoid" or "softmax" if the outputs have been through it."""
    layer = model.outputs[0].node.layer
    while hasattr(layer, "outputs") and layer.outputs[0].node.layer is not layer:  # a model in the model
        layer = layer.outputs[0].node.layer
    if hasattr(layer, "outputs"):  # a model of one's own, which is one layer: what its call does last
        with Graph().as_default():
            outputs = layer.call(*[ops.placeholder(t.dtype, t.dims) for t in layer.inputs])
        return {"Sigmoid": "sigmoid", "Softmax": "softmax"}.get(flatten(outputs)[0].op.type)
    if type(layer).__name__ == "Softmax":
        return "softmax"
    activation = getattr(layer, "activation", None)
    return {sigmoid: "sigmoid", softmax_activation: "softmax"}.get(activation)
