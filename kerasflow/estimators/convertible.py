"""The methods by which skl2onnx converts an estimator, alone or in a pipeline, without anything being registered.

It asks an estimator for three functions: one that names the outputs, one that says their types, one that writes the
operators down. They are in `onnx_converter`, which is loaded when the first is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core.doors import door

__all__ = ["Convertible"]

_look: Callable[[str], Any]
_, _look, _ = door(__name__, {"kerasflow.estimators.onnx_converter": ("convert", "names_of", "set_types")})


class Convertible:
    """An estimator that skl2onnx converts.

    The outputs are ``label`` and ``probabilities`` of a classifier, (rows,) and (rows, classes), and ``variable`` of a
    regressor, (rows, outputs); all numbers are float32. Probabilities are an array, whether or not the option "zipmap"
    asks for a list of dicts.
    """

    @property
    def alias(self) -> str:
        """The converter of skl2onnx whose options are accepted: those that scikit-learn's own networks have."""
        return "SklearnMLPClassifier" if hasattr(type(self), "predict_proba") else "SklearnMLPRegressor"

    def onnx_parser(self) -> Callable[..., list[str]]:
        """What gives the names of the outputs."""
        return lambda scope=None, inputs=None: list(_look("names_of")(self))

    def onnx_shape_calculator(self) -> Callable[[Any], None]:
        """What sets the types and shapes of the outputs."""
        found: Callable[[Any], None] = _look("set_types")
        return found

    def onnx_converter(self) -> Callable[[Any, Any, Any], None]:
        """What writes the operators."""
        found: Callable[[Any, Any, Any], None] = _look("convert")
        return found
