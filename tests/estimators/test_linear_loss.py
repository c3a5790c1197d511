"""Linear models in closed form: the derivatives, where Newton's method ends, and when it is what "auto" means."""

import numpy as np
import pytest
from scipy import sparse
from scipy.linalg import block_diag
from sklearn import datasets, linear_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

import kerasflow as tf
from kerasflow.estimators import DNNClassifier, LinearClassifier, LinearRegressor, newton
from kerasflow.estimators.heads import ClassificationHead, RegressionHead
from kerasflow.estimators.linear_loss import LinearLoss

rng = np.random.default_rng(0)
LABELS = rng.integers(0, 2, (6, 3))
SEVERAL = np.array([["a", "x"], ["b", "y"], ["c", "x"], ["a", "y"], ["b", "x"], ["c", "y"]])


def weighted(targets, class_weight):
    head = ClassificationHead.learn(targets)
    head.weigh(class_weight, targets, np.ones(len(targets)))
    return head


HEADS = {
    "a number": (RegressionHead(np.array([1.0]), np.array([2.0])), rng.normal(size=6)),
    "numbers": (RegressionHead(np.arange(3.0), np.ones(3)), rng.normal(size=(6, 3))),
    "two classes": (ClassificationHead.learn(np.array([3, 5, 5, 3, 3, 5])), np.array([3, 5, 5, 3, 3, 5])),
    "four classes": (ClassificationHead.learn(np.array([3, 1, 2, 0, 3, 1])), np.array([3, 1, 2, 0, 3, 1])),
    "labels": (ClassificationHead.learn(LABELS), LABELS),
    "several": (ClassificationHead.learn(SEVERAL), SEVERAL),
    "weighted": (weighted(SEVERAL, [{"a": 2.0, "b": 0.5, "c": 1.0}, {"x": 3.0, "y": 0.25}]), SEVERAL),
}


@pytest.mark.parametrize("name", HEADS)
def test_losses_and_derivatives_are_those_of_the_loss_in_the_graph(name):
    head, y = HEADS[name]
    targets, outputs = head.encode(y), rng.normal(size=(6, head.outputs))
    losses, slopes, curves = head.expanded(outputs, targets)
    with tf.Graph().as_default(), tf.Session() as session:
        logits = tf.constant(outputs)
        each = [head.loss()(targets[i : i + 1], logits[i : i + 1]) for i in range(6)]
        first = tf.gradients(each, logits)[0]
        second = [tf.gradients(first[:, k], logits)[0] for k in range(head.outputs)]
        second = [tf.zeros_like(logits) if s is None else s for s in second]
        wanted = session.run([each, first, tf.stack(second, axis=1)])
    blocks = [[np.diag(c) - (0 if u is None else np.outer(u[i], u[i])) for i, c in enumerate(d)] for d, u in curves()]
    second = [block_diag(*of_sample) for of_sample in zip(*blocks, strict=True)]
    for found, right in zip((losses, slopes, second), wanted, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-14)


def many(name, count):
    """A head, and targets of so many samples."""
    head, y = HEADS[name]
    return head, y[np.random.default_rng(8).integers(0, len(y), count)]


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("name", HEADS)
def test_loss_slope_and_curvature_of_many_samples_are_what_the_formulas_say(name, l2):
    head, y = many(name, 5000)
    random = np.random.default_rng(9)
    x, w = random.normal(size=(5000, 2)) * [0.01, 30.0] + [1.0, -2.0], random.uniform(0.2, 2, 5000)
    w *= len(w) / w.sum()
    targets, point = head.encode(y), random.normal(size=(3, head.outputs))
    loss = LinearLoss(head, (x, targets, w), l2)
    mean, variance = np.average(x, axis=0, weights=w), np.cov(x.T, aweights=w, ddof=0).diagonal()
    z = np.column_stack([(x - mean) / np.sqrt(variance + l2), np.ones(5000)])
    losses, slopes, curves = head.expanded(z @ point, targets)
    shares, costs = w / 5000, np.append(2 * l2 / (variance + l2), 0)[:, None]
    value, slope, curvature = loss.expanded(point)
    np.testing.assert_allclose(value, shares @ losses + (costs * point**2).sum() / 2, rtol=1e-12)
    np.testing.assert_allclose(slope, np.einsum("i,if,ik->fk", shares, z, slopes) + costs * point, atol=1e-11)
    second = np.zeros((5000, head.outputs, head.outputs))
    start = 0
    for c, u in curves():
        own = slice(start, start + c.shape[1])
        second[:, own, own] = c[:, :, None] * np.eye(c.shape[1]) - (0 if u is None else u[:, :, None] * u[:, None, :])
        start = own.stop
    wanted = np.einsum("i,if,ig,ijk->fjgk", shares, z, z, second, optimize=True).reshape(3 * head.outputs, -1)
    wanted += np.kron(np.diag(costs[:, 0]), np.eye(head.outputs)) + np.kron(np.diag(costs[:, 0] == 0), head.idle)
    np.testing.assert_allclose(curvature(), wanted, atol=1e-11)


@pytest.mark.parametrize("name", ["numbers", "four classes", "labels", "several", "weighted"])
def test_directions_in_which_no_loss_changes_are_idle(name):
    head, y = HEADS[name]
    outputs = np.random.default_rng(10).normal(size=(6, head.outputs))
    losses, slopes, _ = head.expanded(outputs, head.encode(y))
    along = outputs + np.random.default_rng(11).normal(size=(6, head.outputs)) @ head.idle
    np.testing.assert_allclose(head.expanded(along, head.encode(y))[0], losses, rtol=1e-12)
    np.testing.assert_allclose(head.idle @ head.idle, head.idle, atol=1e-12)
    assert round(np.trace(head.idle)) == sum(width > 1 for width in head.widths)


def test_weights_that_become_a_point_come_back():
    random = np.random.default_rng(12)
    head, y = many("four classes", 50)
    x, weights = random.normal(size=(50, 3)) * [1, 1e3, 1e-3] + 5, [random.normal(size=(3, 4)), random.normal(size=4)]
    loss = LinearLoss(head, (x, head.encode(y), np.ones(50)), 0.1)
    for found, right in zip(loss.weights(loss.point(weights)), weights, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-9)
    value = loss.expanded(loss.point(weights))[0]
    outputs = x @ weights[0] + weights[1]
    right = head.expanded(outputs, head.encode(y))[0].mean() + 0.1 * (weights[0] ** 2).sum()
    np.testing.assert_allclose(value, right, rtol=1e-9)


def test_losses_of_large_logits_are_finite():
    two, several = HEADS["two classes"][0], HEADS["four classes"][0]
    losses, _, _ = two.expanded(np.array([[1e4], [-1e4]]), np.array([[0], [0]]))
    np.testing.assert_array_equal(losses, [1e4, 0])
    losses, slopes, _ = several.expanded(np.array([[1e4, 0, 0, -1e4]]), np.array([[3]]))
    np.testing.assert_array_equal(losses, [2e4])
    np.testing.assert_array_equal(slopes, [[1, 0, 0, -1]])


def scaled(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.mark.parametrize("name", ["breast_cancer", "iris", "wine"])
def test_it_ends_in_few_steps_where_the_gradient_is_next_to_nothing(name):
    X, y = scaled(name)
    w = np.random.default_rng(1).uniform(0.2, 3, len(y))
    model = LinearClassifier(alpha=0.7, solver="newton", tol=1e-10).fit(X, y, sample_weight=w)
    p = model.predict_proba(X)
    t = np.eye(p.shape[1])[y]
    slope = X.T @ (w[:, None] * (p - t))
    slope, coef = (slope[:, 1:], model.coef_.T) if p.shape[1] == 2 else (slope, model.coef_.T)
    np.testing.assert_allclose(slope + 0.7 * coef, 0, atol=1e-7)
    np.testing.assert_allclose(w @ (p - t), 0, atol=1e-7)
    assert 4 <= model.n_iter_ <= 10
    assert np.all(np.diff(model.loss_curve_) <= 0)
    searched = LinearClassifier(alpha=0.7, solver="lbfgs", tol=1e-9).fit(X, y, sample_weight=w)
    np.testing.assert_allclose(model.coef_, searched.coef_, atol=1e-5)
    np.testing.assert_allclose(model.loss_, searched.loss_, rtol=1e-9)


def test_probabilities_of_labels_and_of_several_outputs_are_those_of_the_other_solver():
    X = np.random.default_rng(2).normal(size=(80, 4))
    labels = (X @ np.random.default_rng(3).normal(size=(4, 3)) > 0).astype(int)
    several = np.column_stack([labels[:, 0], labels[:, 1] + labels[:, 2]])
    for y in (labels, several):
        pair = [LinearClassifier(solver=s, tol=1e-9).fit(X, y).predict_proba(X) for s in ("newton", "lbfgs")]
        np.testing.assert_allclose(np.hstack(pair[0]), np.hstack(pair[1]), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("alpha", [0.0, 2.0])
def test_least_squares_take_two_steps(alpha, dtype):
    X, y = scaled("diabetes")
    y = np.stack([y, X[:, 0] ** 2], axis=1)
    model = LinearRegressor(alpha=alpha, solver="newton").fit(X.astype(dtype), y)
    ridge = linear_model.Ridge(alpha, solver="svd").fit(X, y)
    np.testing.assert_allclose(model.coef_, ridge.coef_, rtol=1e-7 if dtype == np.float64 else 1e-3, atol=1e-4)
    assert model.n_iter_ <= 2 and model.coef_.dtype == dtype


def test_features_of_any_unit_and_offset_take_no_more_steps():
    X, y = scaled("breast_cancer")
    plain = LinearClassifier(alpha=0.0, max_iter=12, solver="newton").fit(X[:, :4], y)
    other = LinearClassifier(alpha=0.0, max_iter=12, solver="newton").fit(X[:, :4] * [1e-7, 1, 1e3, 1e8] + 1e4, y)
    np.testing.assert_allclose(
        other.predict_proba(X[:, :4] * [1e-7, 1, 1e3, 1e8] + 1e4), plain.predict_proba(X[:, :4]), atol=1e-3
    )
    assert plain.n_iter_ == other.n_iter_


def test_columns_that_are_constant_or_copies_of_others_do_no_harm():
    X, y = scaled("iris")
    plain = LinearClassifier(alpha=0.0, tol=1e-6, solver="newton").fit(X[:, 2:3], y)
    Z = np.column_stack([X[:, 2], X[:, 2], np.full(150, 0.1), np.zeros(150)])
    model = LinearClassifier(alpha=0.0, tol=1e-6, solver="newton").fit(Z, y)
    np.testing.assert_allclose(model.predict_proba(Z), plain.predict_proba(X[:, 2:3]), atol=1e-3)
    np.testing.assert_allclose(model.coef_[:, 0], model.coef_[:, 1], rtol=1e-4)
    np.testing.assert_allclose(model.coef_[:, 2:], 0, atol=1e-9)


def test_more_features_than_samples_give_the_smallest_weights_that_fit():
    random = np.random.default_rng(4)
    X, y = StandardScaler().fit_transform(random.normal(size=(10, 25))), random.normal(size=10)
    model = LinearRegressor(solver="newton").fit(X, y)
    np.testing.assert_allclose(model.coef_, np.linalg.pinv(X) @ (y - y.mean()), atol=1e-6)


def test_where_the_loss_does_not_curve_as_it_should_a_step_goes_where_it_does():
    step = newton._solved(
        np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([[3.0], [9.0]])
    )  # curves by 3 along (1, 1), by -1
    np.testing.assert_allclose(step, [[2.0], [2.0]])


def test_classes_that_a_line_separates_end_the_search_too():
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    model = LinearClassifier(alpha=0.0, solver="newton").fit(X, [0, 0, 1, 1])
    assert np.isfinite(model.coef_).all()
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], [0, 0, 1, 1], atol=1e-3)


def test_a_step_that_leads_too_far_is_halved():
    X, y = scaled("iris")
    there = LinearClassifier(alpha=1e-3, tol=1e-9, solver="newton").fit(X, y)
    back = LinearClassifier(alpha=1e-3, tol=1e-9, solver="newton", warm_start=True).fit(X, 2 - y)  # the other way round
    back.fit(X, y)
    assert back.n_iter_ > 3 and np.all(np.diff(back.loss_curve_) <= 1e-12)
    np.testing.assert_allclose(back.predict_proba(X), there.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("size", [1e-250, 1e-170, 1e120, 1e200, 1e300])
def test_features_whose_squares_are_no_numbers_are_learned_from(size, solver):
    X, y = scaled("breast_cancer")
    X = X[:, :3] + 2
    X[0] = 0
    plain = LinearClassifier(solver=solver, alpha=0.0, tol=1e-7).fit(X, y)
    model = LinearClassifier(solver=solver, alpha=0.0, tol=1e-7).fit(X * size, y)
    np.testing.assert_allclose(model.predict_proba(X * size), plain.predict_proba(X), atol=1e-5)
    numbers = LinearRegressor(solver=solver).fit(X[:, 1:] * size, X[:, 0])
    close = LinearRegressor(solver=solver).fit(X[:, 1:], X[:, 0]).predict(X[:, 1:])
    np.testing.assert_allclose(numbers.predict(X[:, 1:] * size), close, atol=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_it_ends_where_the_loss_falls_by_no_more_than_its_rounding(alpha):
    X, y = scaled("breast_cancer")
    model = LinearClassifier(alpha=alpha, tol=0.0, solver="newton").fit(X[:, :3], y)
    assert model.n_iter_ < 15
    assert model.loss_curve_[-2] - model.loss_ < 1e-14


def test_max_iter_ends_it_with_a_warning():
    X, y = scaled("wine")
    with pytest.warns(ConvergenceWarning, match="has not converged after max_iter=2 iterations"):
        model = LinearClassifier(max_iter=2, solver="newton").fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 2


@pytest.mark.parametrize("name, features", [("breast_cancer", 30), ("digits", 64)])
def test_the_closed_form_leads_where_the_graph_leads(monkeypatch, name, features):
    X, y = scaled(name)
    X, y = X[:400, :features], y[:400]
    w = np.random.default_rng(5).uniform(0.2, 3, len(y))
    models = [LinearClassifier(solver="lbfgs", tol=1e-8)]
    models += [LinearClassifier(solver="newton", tol=1e-8)] if name == "breast_cancer" else []
    for model in models:
        model.fit(X, y, sample_weight=w)
    monkeypatch.setattr(LinearLoss, "holds", lambda x: False)
    graph = LinearClassifier(solver="lbfgs", tol=1e-8).fit(X, y, sample_weight=w)
    for model in models:
        np.testing.assert_allclose(model.coef_, graph.coef_, atol=1e-5)
        np.testing.assert_allclose(model.loss_, graph.loss_, rtol=1e-10)


def test_the_space_of_the_search_is_where_the_least_curvature_is_one():
    X, y = scaled("wine")
    X = X @ np.random.default_rng(6).normal(size=(13, 13)) + 3
    head, l2 = ClassificationHead.learn(y), 0.002
    w = np.random.default_rng(7).uniform(0.5, 2, len(y))
    w *= len(y) / w.sum()
    turn, back = LinearLoss(head, (X, head.encode(y), w), l2).turn(head.flattest)
    covariance = np.cov(X.T, aweights=w, ddof=0) + l2 / head.flattest * np.eye(13)
    spread = np.sqrt(np.diag(np.cov(X.T, aweights=w, ddof=0)) + l2)
    axes = turn[:-1, :-1] / spread[:, None]
    np.testing.assert_allclose(axes.T @ covariance @ axes, np.eye(13), atol=1e-8)
    np.testing.assert_allclose(back @ turn, np.eye(14), atol=1e-10)


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_what_is_good_enough_stays(solver):
    X, y = scaled("iris")
    model = LinearClassifier(solver=solver, warm_start=True).fit(X, y)
    before = model.coef_
    model.set_params(tol=100.0).fit(X, (y + 1) % 3)
    np.testing.assert_allclose(model.coef_, before, rtol=1e-12)
    assert model.n_iter_ == 1


@pytest.mark.parametrize(
    "samples, features, targets, cheap",
    [
        (100_000, 60, np.arange(2), True),
        (100_000, 80, np.arange(2), False),
        (100, 80, np.arange(2), True),
        (100_000, 9, np.arange(3), True),
        (10_000, 5, np.arange(10), False),
        (100, 5, np.arange(10), True),
        (200, 20, np.arange(10), False),
        (10_000, 20, np.eye(5, dtype=int), True),  # labels, each with an equation of its own
        (10_000, 60, np.eye(5, dtype=int), False),
        (100_000, 200, np.arange(2.0), True),  # numbers: one step
        (100_000, 300, np.arange(2.0), False),
        (10_000, 60, np.eye(5, dtype=float), False),
    ],
)
def test_newtons_method_is_cheap_where_it_was_measured_to_be(samples, features, targets, cheap):
    learn = RegressionHead.learn if targets.dtype == float else lambda y, _: ClassificationHead.learn(y)
    assert newton.is_cheap(samples, features, learn(targets, np.ones(len(targets)))) == cheap


def test_data_of_which_no_copy_is_made_go_to_the_graph():
    assert LinearLoss.holds(np.broadcast_to(np.float32(0), (1 << 12, 1 << 12)))
    assert not LinearLoss.holds(np.broadcast_to(np.float32(0), (1 << 12, (1 << 12) + 1)))


def same(first, second, X, y):
    return np.array_equal(first.fit(X, y).coef_, second.fit(X, y).coef_)


def test_auto_is_newton_where_that_is_cheap_and_lbfgs_where_it_is_not():
    X, y = scaled("wine")
    assert same(LinearClassifier(), LinearClassifier(solver="newton"), X, y)
    assert not same(LinearClassifier(), LinearClassifier(solver="lbfgs"), X, y)
    assert same(LinearClassifier(l1=0.5), LinearClassifier(l1=0.5, solver="lbfgs"), X, y)
    assert same(LinearClassifier(), LinearClassifier(solver="lbfgs"), sparse.csr_matrix(X), y)
    X, y = scaled("digits")
    assert same(LinearClassifier(), LinearClassifier(solver="lbfgs"), X[:900], y[:900])


@pytest.mark.parametrize(
    "settings, made, message",
    [
        ({"l1": 0.1}, np.asarray, "does not go with a penalty on magnitudes, l1; solver='lbfgs' does"),
        ({}, sparse.csr_matrix, "does not go with a sparse X; solver='lbfgs' does"),
        ({"early_stopping": True}, np.asarray, "early_stopping=True asks for .* mini-batches. Got solver='newton'"),
    ],
)
def test_what_newton_cannot_do_is_said(settings, made, message):
    X, y = scaled("iris")
    with pytest.raises(ValueError, match=message):
        LinearClassifier(solver="newton", **settings).fit(made(X), y)


def test_networks_with_hidden_layers_have_no_such_solver():
    with pytest.raises(ValueError, match="'lbfgs', or an optimizer .* Got 'newton'"):
        DNNClassifier(solver="newton").fit([[0.0], [1.0]], [0, 1])
