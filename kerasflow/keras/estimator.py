"""`tf.keras.estimator`: Keras models as estimators."""

from kerasflow.estimator.keras_models import model_to_estimator

__all__ = ["model_to_estimator"]
