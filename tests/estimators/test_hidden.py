"""The units of the last hidden layer as features."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import datasets
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier, DNNRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def iris():
    X, y = datasets.load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.mark.parametrize("cls", [DNNClassifier, DNNRegressor])
def test_they_are_what_the_weights_say(cls):
    X, y = iris()
    model = cls((6, 3), "tanh", max_iter=5, dropout=0.2, random_state=0).fit(X, y)
    hidden = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    hidden = np.tanh(hidden @ model.coefs_[1] + model.intercepts_[1])
    np.testing.assert_allclose(model.transform(X), hidden, rtol=1e-12)
    np.testing.assert_allclose(model.transform(sparse.csr_array(X)), hidden, rtol=1e-12)
    assert model.get_feature_names_out().tolist() == [f"{cls.__name__.lower()}{k}" for k in range(3)]
    again = cls((6, 3), "tanh", max_iter=5, dropout=0.2, random_state=0).fit_transform(X, y)
    np.testing.assert_array_equal(again, model.transform(X))


def test_in_a_pipeline_and_in_frames():
    X, y = iris()
    deep = DNNClassifier((5,), max_iter=60, learning_rate_init=0.01, random_state=0)
    assert make_pipeline(deep, LogisticRegression()).fit(X, y).score(X, y) > 0.9
    frame = pd.DataFrame(X, columns=list("abcd")).assign(kind=np.where(X[:, 0] > 0, "long", "short"))
    model = DNNClassifier((5,), max_iter=3, categorical_features="from_dtype").set_output(transform="pandas")
    units = model.fit(frame, y).transform(frame)
    assert units.columns.tolist() == [f"dnnclassifier{k}" for k in range(5)] and units.to_numpy().dtype == np.float32


def test_without_hidden_layers_there_are_none():
    X, y = iris()
    with pytest.raises(NotFittedError):
        DNNClassifier().transform(X)
    with pytest.raises(ValueError, match="This DNNClassifier has no hidden layer"):
        DNNClassifier((), max_iter=2).fit(X, y).transform(X)
