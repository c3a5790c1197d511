"""scikit-learn's own check suite: nothing skipped by us, nothing expected to fail."""

import warnings

import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@parametrize_with_checks([DNNRegressor(), DNNClassifier(), LinearRegressor(), LinearClassifier()])
def test_scikit_learn(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        check(estimator)
