"""What heads of classifications share: the names of classes, as predictions and in signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.core.tensor import Tensor
from kerasflow.estimator.export_outputs import ClassificationOutput, PredictOutput
from kerasflow.estimator.heads.keys import PredictionKeys
from kerasflow.saved_model import signature_constants

__all__ = ["all_classes", "check_vocabulary", "chosen_class", "classification_outputs", "looked_up"]

Vocabulary = Sequence[Any] | None


def check_vocabulary(vocabulary: Any, n_classes: int, error: type[Exception]) -> tuple[Any, ...] | None:
    """The names of classes. An error of this type if they are no list, ValueError if there are more or fewer."""
    if vocabulary is None:
        return None
    if not isinstance(vocabulary, (list, tuple)):
        raise error(f"label_vocabulary should be a list or a tuple. Given type: {type(vocabulary)}")
    if len(vocabulary) != n_classes:
        raise ValueError(f"label_vocabulary needs a name for each of {n_classes} classes, got {len(vocabulary)}.")
    return tuple(vocabulary)


def looked_up(labels: Tensor, vocabulary: Vocabulary) -> Tensor:
    """Labels that are names as numbers of classes; others are numbers already."""
    if vocabulary is None:
        return labels
    if labels.dtype.name != "string":
        raise ValueError(f"Labels dtype should be string if there is a vocabulary. Instead got {labels.dtype}")
    return ops.index_table_from_tensor(list(vocabulary), name="class_id_lookup").lookup(labels)


def chosen_class(scores: Tensor, vocabulary: Vocabulary) -> dict[str, Tensor]:
    """The class of the greatest score of each example, by number and name."""
    ids = ops.expand_dims(ops.argmax(scores, axis=-1, name=PredictionKeys.CLASS_IDS), -1)
    if vocabulary is None:
        classes = ops.as_string(ids, name="str_classes")
    else:
        classes = ops.index_to_string_table_from_tensor(list(vocabulary), name="class_string_lookup").lookup(ids)
    return {PredictionKeys.CLASS_IDS: ids, PredictionKeys.CLASSES: classes}


def all_classes(scores: Tensor, n_classes: int, vocabulary: Vocabulary) -> dict[str, Tensor]:
    """All classes, by number and name, for each example."""
    return {
        PredictionKeys.ALL_CLASS_IDS: _for_each(scores, ops.range(n_classes)),
        PredictionKeys.ALL_CLASSES: _for_each(scores, _names(n_classes, vocabulary)),
    }


def _names(n_classes: int, vocabulary: Vocabulary) -> Any:
    return ops.as_string(ops.range(n_classes)) if vocabulary is None else ops.constant(list(vocabulary))


def _for_each(scores: Tensor, row: Any) -> Tensor:
    """The row, once for each example."""
    return ops.tile(ops.expand_dims(row, 0), [ops.shape(scores)[0], 1])


def classification_outputs(predictions: Mapping[str, Tensor], n_classes: int, vocabulary: Vocabulary) -> dict[str, Any]:
    """The signatures of a classification."""
    scores = predictions[PredictionKeys.PROBABILITIES]
    classes = ClassificationOutput(scores, _for_each(scores, _names(n_classes, vocabulary)))
    return {
        signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: classes,
        "classification": classes,
        "predict": PredictOutput(predictions),
    }
