"""The signatures of what a model of `tf.contrib.learn` gives: by the kind of its problem, and by what is put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core.tensor import Tensor
from kerasflow.estimator.export_outputs import ClassificationOutput, ExportOutput, PredictOutput, RegressionOutput
from kerasflow.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY

__all__ = ["ProblemType", "outputs_of"]

_ONLY = "default_output_alternative"  # the name of predictions that have none


class ProblemType:
    """The kinds of problems."""

    UNSPECIFIED, CLASSIFICATION, LINEAR_REGRESSION, LOGISTIC_REGRESSION = 0, 1, 2, 3


class _Alternative(ExportOutput):
    """Tensors by name, which are a classification or a regression if serialised examples are put in."""

    def __init__(self, problem: Any, tensors: Mapping[str, Tensor]) -> None:
        self._problem, self._tensors = problem, dict(tensors)

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        """The signature."""
        return self._output(receiver_tensors).as_signature_def(receiver_tensors)

    def _output(self, receiver_tensors: Mapping[str, Tensor]) -> ExportOutput:
        put_in = [t.dtype.name for t in receiver_tensors.values()]
        if put_in == ["string"] and self._problem in (ProblemType.CLASSIFICATION, ProblemType.LOGISTIC_REGRESSION):
            classes, scores = self._tensors.get("classes"), self._tensors.get("probabilities")
            if classes is not None and classes.dtype.name != "string":
                classes = None
            if classes is not None or scores is not None:
                return ClassificationOutput(scores, classes)
        if put_in == ["string"] and self._problem == ProblemType.LINEAR_REGRESSION and len(self._tensors) == 1:
            return RegressionOutput(next(iter(self._tensors.values())))
        return PredictOutput(self._tensors)


def outputs_of(alternatives: Any, predictions: Any, default: str | None) -> dict[str, ExportOutput]:
    """What a saved model gives, by the names of signatures.

    Args:
        alternatives: by name, pairs of a kind of problem and tensors by name; None for the predictions alone.
        predictions: a tensor or a dict of tensors.
        default: the name of the one that is the default; None if there is but one.

    Raises:
        ValueError: there is no such name, or there are several and no default.
    """
    if not alternatives:
        named = predictions if isinstance(predictions, Mapping) else {"output": predictions}
        alternatives = {_ONLY: (ProblemType.UNSPECIFIED, named)}
    there = list(alternatives)
    if default is None and len(there) > 1:
        raise ValueError(f"Please specify a default_output_alternative. Available output_alternatives are: {there}")
    key = there[0] if default is None else default
    if key not in alternatives:
        raise ValueError(f"Requested default_output_alternative: {key}, but available output_alternatives are: {there}")
    made: dict[str, ExportOutput] = {
        f"default_input_alternative:{name}": _Alternative(*pair) for name, pair in alternatives.items()
    }
    return {**made, DEFAULT_SERVING_SIGNATURE_DEF_KEY: made[f"default_input_alternative:{key}"]}
