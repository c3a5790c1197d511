"""scikit-learn's own check suite on networks and linear models, also with settings other than the defaults."""

import pytest

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor
from tests.estimators.checks import with_checks


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@with_checks(
    DNNRegressor(),
    DNNClassifier(),
    LinearRegressor(),
    LinearClassifier(),
    LinearRegressor(solver="adam", learning_rate_init=0.1, max_iter=50),
    LinearClassifier(solver="adam", learning_rate_init=0.1, max_iter=50),
)
def test_scikit_learn(estimator, check):
    check(estimator)
