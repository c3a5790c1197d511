"""scikit-learn's own check suite, nothing skipped by us, nothing expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

__all__ = ["with_checks"]


def with_checks(*estimators):
    """As `parametrize_with_checks`, whose list of checks newer versions of pytest want whole."""
    mark = parametrize_with_checks(list(estimators))
    names, checks = mark.args
    return pytest.mark.parametrize(names, list(checks), **mark.kwargs)
