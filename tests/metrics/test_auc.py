"""The area under curves, against scikit-learn within the thresholds' resolution, and against a count by hand."""

import numpy as np
import pytest
import sklearn.metrics as reference

import kerasflow as tf

metrics = tf.keras.metrics
RNG = np.random.default_rng(10)
CUTS = [(0, 50), (50, 51), (51, 400)]


def result(metric, y, p, w=None):
    for i, j in CUTS:
        metric.update_state(y[i:j], p[i:j], None if w is None else w[i:j])
    return metric.result()


def by_hand(y, p, w, thresholds, curve, method):
    """The area from decisions counted at each threshold, one after the other."""
    points = []
    for t in [-1.0, *thresholds, 2.0]:
        tp, fp = (w * (y == 1) * (p > t)).sum(), (w * (y == 0) * (p > t)).sum()
        recall = tp / (w * (y == 1)).sum()
        if curve == "ROC":
            points.append((fp / (w * (y == 0)).sum(), recall))
        else:
            points.append((recall, tp / (tp + fp) if tp + fp else 0.0))
    ends = {"interpolation": lambda a, b: (a + b) / 2, "majoring": max, "minoring": min}[method]
    return sum((x0 - x1) * ends(y0, y1) for (x0, y0), (x1, y1) in zip(points[:-1], points[1:], strict=True))


@pytest.fixture(params=[False, True], ids=["plain", "weighted"])
def weights(request):
    return RNG.uniform(size=400) if request.param else None


@pytest.fixture
def rows():
    y = RNG.integers(0, 2, 400)
    return y, np.clip(0.5 + 0.2 * (y - 0.5) + RNG.normal(size=400) * 0.2, 0, 1)


def test_scikit_learn_agrees_within_the_resolution(rows, weights):
    y, p = rows
    expected = reference.roc_auc_score(y, p, sample_weight=weights)
    assert 0.6 < expected < 0.9
    assert result(metrics.AUC(), y, p, weights) == pytest.approx(expected, abs=2e-3)
    assert result(metrics.AUC(num_thresholds=20001), y, p, weights) == pytest.approx(expected, abs=1e-4)
    average = reference.average_precision_score(y, p, sample_weight=weights)
    assert result(metrics.AUC(curve="PR"), y, p, weights) == pytest.approx(average, abs=1e-2)


def test_scikit_learn_agrees_where_every_prediction_has_a_threshold_beside_it(weights):
    y, p = RNG.integers(0, 2, 400), RNG.integers(0, 11, 400) / 10
    expected = reference.roc_auc_score(y, p, sample_weight=weights)
    between = metrics.AUC(thresholds=np.arange(0.05, 1.0, 0.1))
    assert result(between, y, p, weights) == pytest.approx(expected, rel=1e-12)
    even = metrics.AUC(num_thresholds=1001)
    assert result(even, y, p, weights) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("curve", "method"),
    [("ROC", "interpolation"), ("ROC", "majoring"), ("ROC", "minoring"), ("PR", "majoring"), ("PR", "minoring")],
)
@pytest.mark.parametrize("thresholds", [None, [0.3, 0.1, 0.75, 0.75]], ids=["even", "own"])
def test_a_count_by_hand(rows, curve, method, thresholds, weights):
    y, p = rows
    p = p.round(2)  # many predictions on thresholds
    metric = metrics.AUC(num_thresholds=21, curve=curve, summation_method=method, thresholds=thresholds)
    inner = np.arange(1, 20) / 20 if thresholds is None else sorted(thresholds)
    w = np.ones(400) if weights is None else weights
    expected = by_hand(y, p, w, inner, curve, method)
    assert result(metric, y, p, weights) == pytest.approx(expected, rel=1e-12)


def test_precision_is_interpolated_as_counts_are(rows, weights):
    """Davis and Goadrich: between two thresholds false positives grow in proportion to true ones."""
    y, p = rows
    w = np.ones(400) if weights is None else weights
    cells = [((w * y * (p > t)).sum(), (w * (1 - y) * (p > t)).sum()) for t in (-1.0, 0.25, 0.5, 0.75, 2.0)]
    area = 0.0
    for (tp1, fp1), (tp0, fp0) in zip(cells[:-1], cells[1:], strict=True):
        tp = np.linspace(tp0, tp1, 200001)
        fp = fp0 + (fp1 - fp0) * (tp - tp0) / (tp1 - tp0)
        area += np.trapezoid(tp / np.maximum(tp + fp, 1e-300), tp)
    expected = area / cells[0][0]
    metric = metrics.AUC(num_thresholds=5, curve="PR")
    # From the last threshold to the end, precision is taken as it is at the threshold.
    assert result(metric, y, p, weights) == pytest.approx(expected, rel=1e-4)


def test_logits_go_through_a_sigmoid(rows):
    y, p = rows
    p = np.clip(p, 1e-6, 1 - 1e-6)
    logits = np.log(p / (1 - p))
    assert result(metrics.AUC(from_logits=True), y, logits) == pytest.approx(result(metrics.AUC(), y, p), abs=1e-9)


def test_certain_predictions():
    assert metrics.AUC()([0, 0, 1, 1], [0.0, 0.0, 1.0, 1.0]) == 1.0
    assert metrics.AUC()([0, 0, 1, 1], [1.0, 1.0, 0.0, 0.0]) == 0.0
    assert metrics.AUC()([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]) == 0.5
    assert metrics.AUC(num_thresholds=2)([0, 1], [0.1, 0.9]) == 0.5


@pytest.mark.parametrize("curve", ["ROC", "PR"])
@pytest.mark.parametrize("method", ["interpolation", "minoring"])
def test_a_missing_class_is_nan(curve, method):
    auc = metrics.AUC(curve=curve, summation_method=method)
    assert np.isnan(auc.result())
    assert np.isnan(auc([0, 0], [0.1, 0.2]))
    assert not np.isnan(auc([1], [0.7]))
    auc.reset_state()
    assert np.isnan(auc([0, 1], [0.1, 0.9], [1.0, 0.0]))
    auc.reset_state()
    assert np.isnan(auc([1, 1], [0.1, 0.2])) == (curve == "ROC")


@pytest.mark.parametrize("wrong", [1.01, -0.01, 3.0, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("thresholds", [None, [0.5]])
def test_what_is_no_probability_is_nan(wrong, thresholds):
    assert np.isnan(metrics.AUC(thresholds=thresholds)([0, 1, 1], [0.1, wrong, 0.9]))


def test_rounding_may_leave_the_range():
    assert metrics.AUC()([0, 1, 1], [-1e-8, 1 + 1e-7, 0.9]) == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"curve": "LIFT"}, "curve must be one of"),
        ({"summation_method": "simpson"}, "summation_method must be one of"),
        ({"num_thresholds": 1}, "num_thresholds must be at least 2"),
        ({"thresholds": [1.5]}, "Thresholds must be in"),
    ],
)
def test_arguments_that_make_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        metrics.AUC(**arguments)


def test_configurations():
    auc = metrics.AUC(curve="pr", summation_method="Majoring", thresholds=[0.7, 0.2], name="a")
    assert auc.thresholds == [-1e-7, 0.2, 0.7, 1 + 1e-7]
    twin = metrics.AUC.from_config(auc.get_config())
    assert twin.get_config() == auc.get_config() and twin.thresholds == auc.thresholds
    assert len(metrics.AUC().thresholds) == 200 and metrics.AUC.from_config(metrics.AUC().get_config())._given is None


def test_columns_one_by_one():
    rng = np.random.default_rng(4)
    y, p, w = rng.integers(0, 2, (60, 3)), rng.uniform(size=(60, 3)).round(2), rng.uniform(0.1, 1, 60)
    each = [reference.roc_auc_score(y[:, k], p[:, k], sample_weight=w) for k in range(3)]
    thresholds = np.arange(0.005, 1.0, 0.01).tolist()  # between any two predictions
    metric = metrics.AUC(thresholds=thresholds, multi_label=True)
    with pytest.raises(ValueError, match="it does not know the number of labels"):
        metric.result()
    metric.update_state(y[:20], p[:20], w[:20])
    metric.update_state(y[20:], p[20:], w[20:])
    assert float(metric.result()) == pytest.approx(np.mean(each), rel=1e-12)
    weighted = metrics.AUC(thresholds=thresholds, multi_label=True, label_weights=[3, 0, 1])
    weighted.update_state(y, p, w)
    assert float(weighted.result()) == pytest.approx((3 * each[0] + each[2]) / 4, rel=1e-12)
    flat = metrics.AUC(thresholds=thresholds, label_weights=[3, 1, 2])
    flat.update_state(y, p, w)
    expected = reference.roc_auc_score(y.ravel(), p.ravel(), sample_weight=(w[:, None] * [3, 1, 2]).ravel())
    assert float(flat.result()) == pytest.approx(expected, rel=1e-12)
    again = metrics.deserialize(metrics.serialize(weighted))
    assert again.get_config() == weighted.get_config()


def test_columns_that_do_not_fit():
    y, p = np.ones((4, 3)), np.full((4, 3), 0.5)
    with pytest.raises(ValueError, match="num_labels goes with multi_label"):
        metrics.AUC(num_labels=3)
    with pytest.raises(ValueError, match="takes predictions of 2 columns, got 3"):
        metrics.AUC(multi_label=True, num_labels=2).update_state(y, p)
    with pytest.raises(ValueError, match=r"takes predictions of shape \(rows, labels\)"):
        metrics.AUC(multi_label=True).update_state(y[:, 0], p[:, 0])
    with pytest.raises(ValueError, match="has 2 label_weights for 3 columns"):
        metrics.AUC(label_weights=[1, 2]).update_state(y, p)
