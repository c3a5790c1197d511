"""Any estimator from its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.estimators.combined import DNNLinearCombinedClassifier, DNNLinearCombinedRegressor
from kerasflow.estimators.dnn import DNNClassifier, DNNRegressor
from kerasflow.estimators.files import class_in
from kerasflow.estimators.linear import LinearClassifier, LinearRegressor
from kerasflow.estimators.wrappers import KerasClassifier, KerasRegressor
from kerasflow.io.hdf5_layout import ForeignFileError

__all__ = ["load"]

_CLASSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        *(DNNClassifier, DNNRegressor, DNNLinearCombinedClassifier, DNNLinearCombinedRegressor),
        *(KerasClassifier, KerasRegressor, LinearClassifier, LinearRegressor),
    )
}


def load(path: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The estimator in a file that its method `save` wrote; nothing that the file says is run.

    An estimator of a class of one's own is loaded by that class: ``MyClassifier.load(path)``.

    Args:
        path: the file.
        custom_objects: classes and functions of one's own by name: those that a model in the file is made of, and the
            function that builds models for further fits. Without that they are like the model in the file.

    Raises:
        MissingFileError: there is no such file (a FileNotFoundError and a ValueError).
        ForeignFileError: it is no file of an estimator, or altered (a ValueError).
        DataLossError: it is truncated or altered.

    >>> import os, tempfile
    >>> from kerasflow.estimators import LinearClassifier, load
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> LinearClassifier().fit([[0.0], [1.0]], ["no", "yes"]).save(path)
    >>> load(path).predict([[2.0]])
    array(['yes'], dtype='<U3')
    """
    name = class_in(path)
    if name not in _CLASSES:
        raise ForeignFileError(f"{path}: it holds an estimator of the class {name!r}; load it by that class")
    return _CLASSES[name].load(path, custom_objects)
