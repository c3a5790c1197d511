"""What TensorFlow's `tf.estimator` has and this one has not, and what there is instead."""

from collections.abc import Callable

from kerasflow.core.naming import did_you_mean

__all__ = ["refusing"]

_TREES = "boosted trees are not built here; scikit-learn's HistGradientBoosting{} are, and here there are {}."
_CLASSIFIERS = "tf.estimator.DNNClassifier, LinearClassifier and DNNLinearCombinedClassifier"
_REGRESSORS = _CLASSIFIERS.replace("Classifier", "Regressor")
_EXPORT = "models are exported to predict alone, with tf.estimator.export.build_raw_serving_input_receiver_fn."
_INSTEAD = {
    "BoostedTreesClassifier": _TREES.format("Classifier", _CLASSIFIERS),
    "BoostedTreesEstimator": _TREES.format("Classifier and -Regressor", "tf.estimator.DNNEstimator, LinearEstimator"),
    "BoostedTreesRegressor": _TREES.format("Regressor", _REGRESSORS),
    "KMeans": "estimators here learn by gradients; scikit-learn has sklearn.cluster.KMeans.",
    "LinearSDCA": (
        "linear estimators take any optimizer of tf.train, such as tf.train.FtrlOptimizer, whose L1 and L2 penalties "
        "do what LinearSDCA's do."
    ),
    "build_raw_supervised_input_receiver_fn": _EXPORT,
}


def refusing(module: str, names: list[str]) -> Callable[[str], object]:
    """The `__getattr__` of a module with these names: AttributeError, that says what there is instead.

    >>> tf.estimator.BoostedTreesRegressor
    Traceback (most recent call last):
    ...
    AttributeError: There is no tf.estimator.BoostedTreesRegressor: boosted trees are not built here; ...
    """
    public = module.replace("kerasflow", "tf", 1)

    def missing(name: str) -> object:
        if name in _INSTEAD:
            raise AttributeError(f"There is no {public}.{name}: {_INSTEAD[name]}")
        raise AttributeError(f"module {module!r} has no attribute {name!r}.{did_you_mean(name, names)}")

    return missing
