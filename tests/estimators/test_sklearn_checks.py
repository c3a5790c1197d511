"""scikit-learn's own check suite on networks, which go by mini-batches, and on linear models, which do not."""

import pytest

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor
from tests.estimators.checks import with_checks


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@with_checks(DNNRegressor(), DNNClassifier(), LinearRegressor(), LinearClassifier())
def test_scikit_learn(estimator, check):
    check(estimator)
