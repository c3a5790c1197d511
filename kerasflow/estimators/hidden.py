"""What the hidden layers of a network make of samples, as features for something else."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from kerasflow.estimators.outputs import outputs
from kerasflow.estimators.sparse import SparseStack
from kerasflow.estimators.stack import Stack, alternating
from kerasflow.estimators.threads import blas_threads

__all__ = ["Hidden"]

Array = np.ndarray[Any, Any]


class Hidden(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """The part of an estimator that gives the units of its last hidden layer."""

    def transform(self, X: Any) -> Array:
        """What the last hidden layer gives, (n_samples, n_units); called dnnclassifier0 and so on in frames.

        Args:
            X: array of shape (n_samples, n_features).

        Raises:
            NotFittedError: it is not fitted yet. ValueError: it has no hidden layer, or `X` another number of features.

        >>> from kerasflow.estimators import DNNRegressor
        >>> X = np.linspace(-1, 1, 50).reshape(-1, 1)
        >>> model = DNNRegressor((16, 2), solver="lbfgs", random_state=0, tol=1e-3).fit(X, X[:, 0] ** 2)
        >>> last = model.transform(X) @ model.coefs_[-1] + model.intercepts_[-1]
        >>> np.allclose(last[:, 0], model.predict(X))
        True
        """
        check_is_fitted(self)
        coefs, intercepts = self.coefs_[:-1], self.intercepts_[:-1]
        if not coefs:
            raise ValueError(f"This {type(self).__name__} has no hidden layer, whose units it could give.")
        # A last layer that changes nothing: stacks end in one without an activation.
        units, dtype = len(intercepts[-1]), coefs[0].dtype
        weights = alternating([*coefs, np.eye(units, dtype=dtype)], [*intercepts, np.zeros(units, dtype)])
        sizes = (len(coefs[0]), *[len(bias) for bias in intercepts], units)
        design = Stack(sizes, self._activation, dtype.name)
        X = self._features(X, dtype)
        with blas_threads(self.n_threads):
            return outputs(SparseStack.like(design) if issparse(X) else design, X, weights)

    @property
    def _n_features_out(self) -> int:
        return len(self.coefs_[-1])
