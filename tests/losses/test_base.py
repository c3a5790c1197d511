"""Reductions, weights, and losses of one's own."""

import numpy as np
import pytest

import kerasflow as tf

losses = tf.keras.losses
V = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])  # predictions; the targets are 0, so these are the errors
ZERO = np.zeros_like(V)


class Errors(losses.Loss):
    """The errors as they are: one value for each of two steps of a sample."""

    def call(self, y_true, y_pred):
        return y_pred - y_true


def run(tensor):
    return tf.Session().run(tensor)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (
            None,
            {"sum_over_batch_size": 3.5, "sum": 21.0, "mean_with_sample_weight": 3.5, "sum_by_nonzero_weights": 3.5},
        ),
        (
            [1.0, 0.0, 2.0],
            {
                "sum_over_batch_size": 25 / 6,
                "sum": 25.0,
                "mean_with_sample_weight": 25 / 6,
                "sum_by_nonzero_weights": 25 / 4,
            },
        ),
        (
            [[1.0, 0.0], [0.0, 0.0], [0.5, 2.0]],
            {
                "sum_over_batch_size": 15.5 / 6,
                "sum": 15.5,
                "mean_with_sample_weight": 15.5 / 3.5,
                "sum_by_nonzero_weights": 15.5 / 3,
            },
        ),
        (
            0.5,
            {"sum_over_batch_size": 1.75, "sum": 10.5, "mean_with_sample_weight": 3.5, "sum_by_nonzero_weights": 1.75},
        ),
        (
            [0.0, 0.0, 0.0],
            {"sum_over_batch_size": 0.0, "sum": 0.0, "mean_with_sample_weight": 0.0, "sum_by_nonzero_weights": 0.0},
        ),
    ],
)
def test_reductions(weights, expected):
    for reduction, value in expected.items():
        assert run(Errors(reduction=reduction)(ZERO, V, weights)) == pytest.approx(value, rel=1e-15), reduction


def test_without_reduction():
    np.testing.assert_array_equal(run(Errors(reduction="none")(ZERO, V)), V)
    np.testing.assert_array_equal(run(Errors(reduction=None)(ZERO, V, [1, 0, 2])), V * [[1], [0], [2]])


@pytest.mark.parametrize(
    ("spelling", "standard"),
    [
        ("auto", "sum_over_batch_size"),
        ("mean", "sum_over_batch_size"),
        ("SUM_OVER_BATCH_SIZE", "sum_over_batch_size"),
        ("weighted_sum_over_batch_size", "sum_over_batch_size"),
        ("weighted_sum", "sum"),
        ("weighted_mean", "mean_with_sample_weight"),
        ("weighted_sum_by_nonzero_weights", "sum_by_nonzero_weights"),
        (None, "none"),
        (losses.Reduction.NONE, "none"),
        (losses.Reduction.AUTO, "sum_over_batch_size"),
    ],
)
def test_spellings_of_reductions(spelling, standard):
    assert losses.MeanSquaredError(reduction=spelling).reduction == standard


@pytest.mark.parametrize("wrong", ["avg", 3, True, ["sum"]])
def test_reductions_that_are_none(wrong):
    with pytest.raises(ValueError, match="reduction must be one of"):
        losses.MeanSquaredError(reduction=wrong)


def test_a_vector_of_numbers_is_that_many_samples():
    y, p, w = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]), np.array([1.0, 0.5, 3.0])
    assert run(losses.MeanSquaredError(reduction="none")(y, p)).tolist() == [1.0, 4.0, 0.0]
    assert run(losses.MeanSquaredError()(y, p, w)) == pytest.approx((1 + 2) / 3, rel=1e-15)
    assert run(losses.MeanSquaredError()(y, p[:, None], w[:, None])) == pytest.approx((1 + 2) / 3, rel=1e-15)
    assert run(losses.MeanSquaredError(reduction="sum")(y[:, None], p)) == 5.0


def test_a_vector_of_probabilities_is_one_sample():
    loss = losses.CategoricalCrossentropy(reduction="sum")
    assert run(loss(np.array([0.0, 1.0, 0.0]), np.array([0.25, 0.5, 0.25]))) == pytest.approx(np.log(2), rel=1e-14)


def test_a_function_of_ones_own():
    def cubed(y_true, y_pred, factor=1.0):
        return factor * tf.reduce_sum(tf.pow(tf.abs(y_true - y_pred), 3.0), -1)

    loss = losses.get(cubed)
    assert loss.name == "cubed" and run(loss(ZERO, V)) == pytest.approx((V**3).sum(1).mean(), rel=1e-14)
    doubled = losses.LossFunctionWrapper(cubed, "sum", factor=2.0)
    assert run(doubled(ZERO, V, [1, 2, 3])) == pytest.approx(2 * ((V**3).sum(1) * [1, 2, 3]).sum(), rel=1e-14)
    assert doubled.get_config() == {"name": "cubed", "reduction": "sum", "dtype": None, "fn": "cubed", "factor": 2.0}


def test_whole_targets_reach_a_function_as_the_type_of_the_predictions():
    seen = []

    def mine(y_true, y_pred):
        seen.append((y_true.dtype, y_pred.dtype))
        return tf.square(y_true - y_pred)

    losses.get(mine)(np.array([1, 2]), np.array([0.5, 1.0], np.float32))
    losses.LossFunctionWrapper(mine, dtype="float64")(np.array([1, 2]), np.array([0.5, 1.0], np.float32))
    assert seen == [(tf.float32, tf.float32), (tf.float64, tf.float64)]


def test_one_number_for_the_batch_cannot_be_weighed():
    loss = losses.get(lambda y_true, y_pred: tf.reduce_mean(tf.abs(y_true - y_pred)))
    assert run(loss(ZERO, V)) == 3.5
    assert run(loss(ZERO, V, 0.5)) == 1.75
    with pytest.raises(ValueError, match="one value per sample, so reduce over the last axis only"):
        loss(ZERO, V, [1.0, 2.0, 3.0])


def test_a_loss_without_call_says_so():
    class Nothing(losses.Loss):
        pass

    with pytest.raises(NotImplementedError, match=r"Nothing must define call"):
        Nothing()(ZERO, V)
    with pytest.raises(TypeError, match="must be callable, got 3"):
        losses.LossFunctionWrapper(3)


def test_operations_lie_under_the_name_of_the_loss():
    loss = losses.MeanSquaredError(name="my loss!")
    t = loss(ZERO, V)
    assert t.op.name.startswith("my_loss_/") and repr(loss) == (
        "<MeanSquaredError 'my loss!' reduction='sum_over_batch_size'>"
    )


def test_configurations_make_equal_losses():
    made = [
        losses.Huber(delta=0.3, reduction="sum", name="h", dtype="float64"),
        losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        losses.CategoricalCrossentropy(axis=1),
        losses.SparseCategoricalCrossentropy(from_logits=True),
        losses.CosineSimilarity(axis=0),
        losses.Poisson(),
    ]
    for loss in made:
        twin = type(loss).from_config(loss.get_config())
        assert twin.get_config() == loss.get_config() and type(twin) is type(loss)
    assert made[0].get_config() == {"name": "h", "reduction": "sum", "dtype": "float64", "delta": 0.3}


def test_the_type_can_be_chosen():
    p = np.array([1.0 + 1e-7], np.float32)
    assert losses.MeanSquaredError()(p, p).dtype is tf.float32
    assert losses.MeanSquaredError(dtype=tf.float64)(p, p).dtype is tf.float64


def test_only_sparse_losses_take_numbers_of_classes():
    names = ["SparseCategoricalCrossentropy", "CategoricalCrossentropy", "MeanSquaredError", "Hinge"]
    assert [getattr(losses, n)().integer_targets for n in names] == [True, False, False, False]
