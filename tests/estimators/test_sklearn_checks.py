"""scikit-learn's own check suite: nothing skipped by us, nothing expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([DNNRegressor(), DNNClassifier(), LinearRegressor(), LinearClassifier()])
def test_scikit_learn(estimator, check):
    check(estimator)
