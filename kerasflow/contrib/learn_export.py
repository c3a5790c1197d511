"""Saved models of `tf.contrib.learn`: what is put in, what comes out, and when they are written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kerasflow.estimator.base import Estimator as _Estimator
from kerasflow.estimator.calling import arguments
from kerasflow.estimator.receivers import (
    ServingInputReceiver,
    build_parsing_serving_input_receiver_fn,
    build_raw_serving_input_receiver_fn,
)

__all__ = [
    "ExportStrategy",
    "InputFnOps",
    "build_default_serving_input_fn",
    "build_parsing_serving_input_fn",
    "make_export_strategy",
    "received",
]


class InputFnOps(NamedTuple):
    """What is put into a saved model when it serves.

    Args:
        features: what the model function is given.
        labels: None.
        default_inputs: the tensors that are put in, by name.
    """

    features: Any
    labels: Any
    default_inputs: Any


def received(given: Any) -> Any:
    """`InputFnOps` as what `tf.estimator` is given; others as they are. ValueError: it is none of these."""
    if isinstance(given, tuple) and type(given) in (tuple, InputFnOps) and len(given) == 3:
        return ServingInputReceiver(given[0], given[2])
    if not hasattr(given, "receiver_tensors"):
        raise ValueError(f"serving_input_fn should return an InputFnOps, got {given!r}.")
    return given


def build_parsing_serving_input_fn(
    feature_spec: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """A function that gives features parsed from serialised examples, which are put in as ``"examples"``.

    Args:
        feature_spec: what `tf.parse_example` is given.
        default_batch_size: the number of examples, by default any.

    >>> read = tf.contrib.learn.build_parsing_serving_input_fn({"x": tf.FixedLenFeature([1], tf.float32)})
    >>> sorted(read().default_inputs)
    ['examples']
    """

    return _as_input_ops(build_parsing_serving_input_receiver_fn(feature_spec, default_batch_size))


def build_default_serving_input_fn(
    features: Mapping[str, Any], default_batch_size: int | None = None
) -> Callable[[], InputFnOps]:
    """A function that gives placeholders of the types and shapes of `features`, which are put in under their names."""
    return _as_input_ops(build_raw_serving_input_receiver_fn(features, default_batch_size))


def _as_input_ops(build: Callable[[], ServingInputReceiver]) -> Callable[[], InputFnOps]:
    def serving_input_fn() -> InputFnOps:
        receiver = build()
        return InputFnOps(receiver.features, None, receiver.receiver_tensors)

    return serving_input_fn


class ExportStrategy(NamedTuple):
    """How an `Experiment` writes its model when it is trained.

    Args:
        name: the name of the folder, inside ``export`` in the model's own.
        export_fn: ``export_fn(estimator, export_path, checkpoint_path)`` writes it; it may take ``eval_result`` too.
        strip_default_attrs: accepted and without effect.
    """

    name: str
    export_fn: Callable[..., Any]
    strip_default_attrs: bool | None = None

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: Any = None,
        eval_result: Mapping[str, Any] | None = None,
    ) -> Any:
        """Write the model; gives what `export_fn` gives."""
        more = {} if "eval_result" not in arguments(self.export_fn) else {"eval_result": eval_result}
        return self.export_fn(estimator, export_path, checkpoint_path, **more)


def make_export_strategy(
    serving_input_fn: Callable[[], Any],
    default_output_alternative_key: str | None = None,
    assets_extra: Mapping[str, str] | None = None,
    as_text: bool = False,
    exports_to_keep: int | None = 5,
    strip_default_attrs: bool | None = None,
) -> ExportStrategy:
    """The strategy to write a saved model, for an `Experiment`.

    Args:
        serving_input_fn: gives `InputFnOps`, or what `tf.estimator.export` makes.
        default_output_alternative_key, assets_extra, as_text: as for `Estimator.export_savedmodel`.
        exports_to_keep: how many models are kept; None for all.
        strip_default_attrs: accepted and without effect.

    Raises:
        ValueError: the number to keep is not positive; later, a key is given for an estimator that takes none.
    """
    if exports_to_keep is not None and exports_to_keep <= 0:
        raise ValueError(f"exports_to_keep must be positive or None, got {exports_to_keep}.")
    key = default_output_alternative_key

    def export_fn(estimator: Any, export_dir_base: str, checkpoint_path: Any = None) -> Any:
        if isinstance(estimator, _Estimator):
            if key is not None:
                raise ValueError("default_output_alternative_key must be None with a tf.estimator.Estimator.")
            path = estimator.export_saved_model(
                export_dir_base, lambda: received(serving_input_fn()), assets_extra, as_text, checkpoint_path
            )
        else:
            path = estimator.export_savedmodel(
                export_dir_base, serving_input_fn, key, assets_extra, as_text, checkpoint_path
            )
        if exports_to_keep is not None:
            there = sorted((name for name in os.listdir(export_dir_base) if name.isdigit()), key=int)
            for old in there[:-exports_to_keep]:
                shutil.rmtree(os.path.join(export_dir_base, old))
        return path

    return ExportStrategy("Servo", export_fn, strip_default_attrs)
