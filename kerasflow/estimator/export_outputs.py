"""What a saved model of an estimator gives, and the signatures that say so."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from kerasflow.core.tensor import Tensor
from kerasflow.saved_model import signature_constants
from kerasflow.saved_model.signatures import (
    classification_signature_def,
    predict_signature_def,
    regression_signature_def,
)

__all__ = [
    "ClassificationOutput",
    "ExportOutput",
    "PredictOutput",
    "RegressionOutput",
    "given_outputs",
    "signatures",
]

_log = logging.getLogger("kerasflow")
_DEFAULT = signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class ExportOutput:
    """The base of what a saved model gives: it makes a signature of what is put in."""

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        """The signature. ValueError if it cannot have these inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define as_signature_def().")


def _named(outputs: Any, single: str, what: str) -> dict[str, Tensor]:
    """Outputs by name, the one that has none as `single`. ValueError if they are no tensors by text."""
    named = dict(outputs) if isinstance(outputs, Mapping) else {single: outputs}
    for key, value in named.items():
        if not isinstance(key, str):
            raise ValueError(f"{what} output key must be a string; got {key!r}.")
        if not isinstance(value, Tensor):
            raise ValueError(f"{what} output value must be a Tensor; got {value!r}.")
    return named


class PredictOutput(ExportOutput):
    """Any tensors by name; one without a name is called ``output``.

    Args:
        outputs: a tensor or a dict of tensors.

    Raises:
        ValueError: something else.

    >>> sorted(tf.estimator.export.PredictOutput(tf.constant([1.0])).outputs)
    ['output']
    """

    def __init__(self, outputs: Any) -> None:
        self._outputs = _named(outputs, "output", "Prediction")

    @property
    def outputs(self) -> dict[str, Tensor]:
        """The tensors by name."""
        return self._outputs

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        """The signature of a prediction."""
        return predict_signature_def(receiver_tensors, self._outputs)


class ClassificationOutput(ExportOutput):
    """Classes, as texts, and their scores.

    Args:
        scores: a tensor of floats.
        classes: a tensor of texts.

    Raises:
        ValueError: a tensor of another type, or neither is given.
    """

    def __init__(self, scores: Any = None, classes: Any = None) -> None:
        if scores is not None and not (isinstance(scores, Tensor) and scores.dtype.is_floating):
            raise ValueError(f"Classification scores must be a float32 Tensor; got {scores!r}.")
        if classes is not None and not (isinstance(classes, Tensor) and classes.dtype.name == "string"):
            raise ValueError(f"Classification classes must be a string Tensor; got {classes!r}.")
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")
        self._scores, self._classes = scores, classes

    @property
    def scores(self) -> Any:
        """The scores, None if there are none."""
        return self._scores

    @property
    def classes(self) -> Any:
        """The classes, None if there are none."""
        return self._classes

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        """The signature of a classifier."""
        examples = _examples(receiver_tensors, "Classification")
        return classification_signature_def(examples, self._classes, self._scores)


class RegressionOutput(ExportOutput):
    """Numbers.

    Args:
        value: a tensor of floats.

    Raises:
        ValueError: something else.
    """

    def __init__(self, value: Any) -> None:
        if not (isinstance(value, Tensor) and value.dtype.is_floating):
            raise ValueError(f"Regression output value must be a float32 Tensor; got {value!r}")
        self._value = value

    @property
    def value(self) -> Tensor:
        """The numbers."""
        return self._value

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        """The signature of a regression."""
        return regression_signature_def(_examples(receiver_tensors, "Regression"), self._value)


def _examples(receiver_tensors: Mapping[str, Tensor], what: str) -> Tensor:
    """The one tensor of serialised examples that signatures of this kind take."""
    given = list(receiver_tensors.values())
    if len(given) != 1 or given[0].dtype.name != "string":
        raise ValueError(f"{what} input must be a single string Tensor; got {dict(receiver_tensors)}")
    return given[0]


def given_outputs(export_outputs: Any, predictions: Any) -> dict[str, ExportOutput]:
    """The outputs of a model function; one of them is the default.

    Raises:
        TypeError: no dict of `ExportOutput`. ValueError: of several, none is the default.
    """
    if export_outputs is None:
        return {_DEFAULT: PredictOutput(predictions)}
    if not isinstance(export_outputs, Mapping):
        raise TypeError(f"export_outputs must be dict, given: {export_outputs!r}")
    for value in export_outputs.values():
        if not isinstance(value, ExportOutput):
            raise TypeError(f"Values in export_outputs must be ExportOutput objects. Given: {dict(export_outputs)}")
    outputs = dict(export_outputs)
    if len(outputs) == 1 and _DEFAULT not in outputs:
        (outputs[_DEFAULT],) = outputs.values()
    if len(outputs) > 1 and _DEFAULT not in outputs:
        raise ValueError(
            f"Multiple export_outputs were provided, but none of them is specified as the default. Do this by naming "
            f"one of them {_DEFAULT!r}; got {sorted(outputs)}."
        )
    return outputs


def signatures(
    receiver_tensors: Mapping[str, Tensor], outputs: Mapping[str, ExportOutput], alternatives: Any = None
) -> dict[str, Any]:
    """The signatures of a saved model; those that cannot have these inputs are left out, and the log says so.

    Args:
        receiver_tensors: what is put in.
        outputs: what comes out, by the name of the signature.
        alternatives: by name, other ways to put it in; their signatures are ``ALTERNATIVE:OUTPUT``.

    Raises:
        ValueError: `alternatives` is no dict of dicts.
    """
    made: dict[str, Any] = {}
    left_out: dict[str, str] = {}

    def add(prefix: str, receivers: Mapping[str, Tensor]) -> None:
        for key, output in outputs.items():
            try:
                made[prefix + key] = output.as_signature_def(receivers)
            except (TypeError, ValueError) as error:
                left_out[prefix + key] = str(error)

    add("", receiver_tensors)
    for name, other in (alternatives or {}).items():
        add(f"{name}:", other if isinstance(other, Mapping) else {"input": other})
    for method in ("classify", "regress", "predict"):
        keys = [k for k, s in made.items() if s.method_name.endswith(method)]
        _log.info("Signatures INCLUDED in export for %s: %s", method.capitalize(), keys or None)
    for key, why in left_out.items():
        _log.info("Signature %r is left out: %s", key, why)
    if _DEFAULT not in made:
        _log.warning("Export includes no default signature!")
    return made
