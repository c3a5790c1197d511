"""A sample's weight is how often it counts, and a class's weight is that of its samples."""

import numpy as np
import pytest
from sklearn import datasets, linear_model
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor
from tests.estimators.reference import precise

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"hidden_layer_sizes": (6,), "activation": "tanh", "alpha": 0.1, "random_state": 0}


def wine():
    X, y = datasets.load_wine(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(X))[:60]
    return StandardScaler().fit_transform(X)[rows], y[rows]


def repeats(count=60):
    return np.random.default_rng(1).integers(0, 4, count)


@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_weights_are_repeats_for_deep_estimators(solver):
    X, y = wine()
    w = repeats()
    settings = {**SETTINGS, "solver": solver, "max_iter": 60, "tol": 0.0}
    weighted, repeated = DNNClassifier(**settings), DNNClassifier(**settings)
    weighted.fit(X, y, sample_weight=w)
    repeated.fit(X.repeat(w, axis=0), y.repeat(w))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-7)
    targets = X[:, :2] ** 2
    weighted, repeated = DNNRegressor(**settings), DNNRegressor(**settings)
    weighted.fit(X, targets, sample_weight=w)
    repeated.fit(X.repeat(w, axis=0), targets.repeat(w, axis=0))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), atol=1e-6)


@pytest.mark.parametrize("settings", [{"batch_size": 8}, {"early_stopping": True}])
def test_a_weight_of_zero_is_an_absence(settings):
    X, y = wine()
    w = repeats() > 0
    model = DNNClassifier(**SETTINGS, **settings, max_iter=10)
    weighted = model.fit(X, y, sample_weight=w).predict_proba(X)
    np.testing.assert_array_equal(weighted, model.fit(X[w], y[w]).predict_proba(X))


def test_the_unit_of_targets_is_that_of_samples_that_count():
    X, w = np.arange(8.0).reshape(-1, 1), np.repeat([0.0, 1.0], [1, 7])
    huge = np.array([1e300, *range(7)])
    np.testing.assert_allclose(LinearRegressor().fit(X, huge, sample_weight=w).predict(X[1:]), huge[1:], atol=1e-6)
    model = DNNRegressor(**SETTINGS, max_iter=10)
    for y in (huge, np.array([9.0] + 7 * [1.0])):
        weighted = model.fit(X, y, sample_weight=w).predict(X)
        np.testing.assert_array_equal(weighted, model.fit(X[1:], y[1:]).predict(X))


def test_samples_held_out_do_not_decide_the_unit_of_targets():
    X, y = wine()[0], np.arange(60.0)
    w = np.random.default_rng(3).uniform(0.1, 9, 60)
    model = DNNRegressor(**SETTINGS, early_stopping=True, validation_fraction=0.3, max_iter=3)
    rows, others = train_test_split(np.arange(60), test_size=0.3, random_state=np.random.RandomState(0))
    before = model.fit(X, y, sample_weight=w).loss_curve_
    y[others] = 1e6
    assert model.fit(X, y, sample_weight=w).loss_curve_[0] == before[0]
    outputs, mean = model.predict(X[rows]), np.average(y[rows], weights=w[rows])
    scale = np.sqrt(np.average((y[rows] - mean) ** 2, weights=w[rows]))
    np.testing.assert_allclose([model._targets_mean[0], model._targets_scale[0]], [mean, scale], rtol=1e-12)
    assert abs(outputs.mean() - mean) < 5 * scale


def test_the_loss_on_samples_held_out_is_weighted():
    X, y = wine()
    w = np.random.default_rng(3).uniform(0.1, 9, 60)
    model = DNNClassifier(**{**SETTINGS, "alpha": 0.0}, early_stopping=True, validation_fraction=0.3, max_iter=5)
    model.fit(X, y, sample_weight=w)
    rows = train_test_split(np.arange(60), test_size=0.3, random_state=np.random.RandomState(0), stratify=y)[1]
    expected = log_loss(y[rows], model.predict_proba(X[rows]), sample_weight=w[rows])
    np.testing.assert_allclose(min(model.validation_loss_curve_), expected, rtol=1e-9)


def test_weights_are_those_of_scikit_learn():
    X, y = wine()
    w = np.random.default_rng(2).uniform(0, 5, 60)
    theirs = linear_model.LogisticRegression(tol=1e-10, max_iter=10_000).fit(X, y, sample_weight=w)
    np.testing.assert_allclose(precise().fit(X, y, sample_weight=w).coef_, theirs.coef_, atol=1e-5)
    ridge = linear_model.Ridge(3.0).fit(X[:, 1:], X[:, 0], sample_weight=w)
    ours = LinearRegressor(alpha=3.0).fit(X[:, 1:], X[:, 0], sample_weight=w)
    np.testing.assert_allclose(ours.coef_, ridge.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, ridge.intercept_, atol=1e-6)


def test_the_unit_of_the_weights_matters_to_the_penalty_alone():
    X, y = wine()
    model = LinearClassifier(alpha=1.0).fit(X, y)
    np.testing.assert_allclose(LinearClassifier(alpha=10.0).fit(X, y, sample_weight=10.0).coef_, model.coef_, atol=1e-6)
    np.testing.assert_array_equal(LinearClassifier(alpha=1.0).fit(X, y, sample_weight=np.ones(60)).coef_, model.coef_)
    assert not np.allclose(LinearClassifier(alpha=1.0).fit(X, y, sample_weight=10.0).coef_, model.coef_, atol=1e-2)


def test_a_dict_of_class_weights():
    X, y = wine()
    factors = {0: 1.0, 1: 0.25, 2: 4.0}
    weighted = LinearClassifier().fit(X, y, sample_weight=np.vectorize(factors.get)(y))
    np.testing.assert_array_equal(LinearClassifier(class_weight=factors).fit(X, y).coef_, weighted.coef_)
    names = np.array(["none", "one", "two"])[y]
    by_name = {"none": 1.0, "one": 0.25, "two": 4.0, "a class that this fold lacks": 9.0}
    np.testing.assert_array_equal(LinearClassifier(class_weight=by_name).fit(X, names).coef_, weighted.coef_)
    np.testing.assert_array_equal(LinearClassifier(class_weight={1: 0.25, 2: 4.0}).fit(X, y).coef_, weighted.coef_)
    with pytest.raises(ValueError, match=r"\[0, 1, 2\].*not in class_weight"):
        LinearClassifier(class_weight={"none": 1.0}).fit(X, y)


@pytest.mark.parametrize("dtype", [str, object])
def test_a_dict_of_class_weights_may_have_digits(dtype):
    X, y = wine()
    weighted = LinearClassifier(class_weight={0: 1.0, 1: 0.25, 2: 4.0}).fit(X, y)
    by_name = LinearClassifier(class_weight={"0": 1.0, "1": 0.25, "2": 4.0}).fit(X, y.astype(str).astype(dtype))
    np.testing.assert_array_equal(by_name.coef_, weighted.coef_)
    with pytest.raises(ValueError, match=r"\['2'\] are not in class_weight, which has others: \['0', '1', 2\]"):
        LinearClassifier(class_weight={"0": 1.0, "1": 0.25, 2: 4.0}).fit(X, y.astype(str))


def test_balanced_classes_weigh_the_same_with_weights_too():
    X, y = wine()
    counts = np.bincount(y)
    plain = LinearClassifier().fit(X, y, sample_weight=(60 / 3 / counts)[y])
    np.testing.assert_allclose(LinearClassifier(class_weight="balanced").fit(X, y).coef_, plain.coef_, atol=1e-9)
    w = repeats()
    weighted = LinearClassifier(class_weight="balanced").fit(X, y, sample_weight=w)
    repeated = LinearClassifier(class_weight="balanced").fit(X.repeat(w, axis=0), y.repeat(w))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)
    sums = np.bincount(y, w * (w.sum() / 3 / np.bincount(y, w))[y])
    np.testing.assert_allclose(sums, sums[0])
    by_hand = LinearClassifier().fit(X, y, sample_weight=w * (w.sum() / 3 / np.bincount(y, w))[y])
    np.testing.assert_allclose(weighted.coef_, by_hand.coef_, atol=1e-9)


def test_a_class_without_weight_is_known_and_never_predicted():
    X, y = wine()
    model = LinearClassifier().fit(X, y, sample_weight=y != 1)
    assert model.classes_.tolist() == [0, 1, 2] and 1 not in model.predict(X)
    balanced = LinearClassifier(class_weight="balanced").fit(X, y, sample_weight=y != 1)
    counts = np.bincount(y) * [1, 0, 1]
    by_hand = np.array([counts.sum() / 2 / n if n else 0.0 for n in counts])[y]
    np.testing.assert_allclose(balanced.coef_, LinearClassifier().fit(X, y, sample_weight=by_hand).coef_, atol=1e-9)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(59), "There are 59 sample weights for 60 samples"),
        (np.ones((60, 1)), "1D"),
        (np.zeros(60), "not all zero"),
        (-np.ones(60), "not negative"),
        (np.full(60, np.nan), "finite"),
        (np.full(60, np.inf), "finite"),
        (["heavy"] * 60, "could not convert"),
    ],
)
def test_weights_that_are_none(weights, message):
    X, y = wine()
    with pytest.raises(ValueError, match=message):
        DNNClassifier().fit(X, y, sample_weight=weights)


def test_class_weights_that_leave_nothing():
    X, y = wine()
    with pytest.raises(ValueError, match="class_weight gives all samples the weight zero"):
        DNNClassifier(class_weight={0: 0.0, 1: 0.0, 2: 0}).fit(X, y)


def test_a_list_of_class_weights_is_for_several_outputs():
    X, y = wine()
    with pytest.raises(ValueError, match="y has 1 outputs: class_weight must be a dict or 'balanced'. Got "):
        LinearClassifier(class_weight=[{0: 1.0, 1: 2.0, 2: 3.0}]).fit(X, y)
