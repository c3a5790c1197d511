"""Losses by name, class, function and configuration."""

import functools

import numpy as np
import pytest

import kerasflow as tf

losses = tf.keras.losses


def mine(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - y_pred), -1)


@pytest.mark.parametrize(
    ("names", "cls"),
    [
        ("mse MSE mean_squared_error MeanSquaredError", losses.MeanSquaredError),
        ("mae MAE mean_absolute_error MeanAbsoluteError", losses.MeanAbsoluteError),
        ("mape MAPE mean_absolute_percentage_error", losses.MeanAbsolutePercentageError),
        ("msle MSLE mean_squared_logarithmic_error", losses.MeanSquaredLogarithmicError),
        ("bce BCE binary_crossentropy BinaryCrossentropy", losses.BinaryCrossentropy),
        ("categorical_crossentropy CategoricalCrossentropy", losses.CategoricalCrossentropy),
        ("sparse_categorical_crossentropy SparseCategoricalCrossentropy", losses.SparseCategoricalCrossentropy),
        ("kld KLD kl_divergence kullback_leibler_divergence KLDivergence", losses.KLDivergence),
        ("huber huber_loss Huber", losses.Huber),
        ("log_cosh logcosh LogCosh", losses.LogCosh),
        ("cosine_similarity cosine_proximity CosineSimilarity", losses.CosineSimilarity),
        ("poisson Poisson", losses.Poisson),
        ("hinge Hinge", losses.Hinge),
        ("squared_hinge SquaredHinge", losses.SquaredHinge),
        ("categorical_hinge CategoricalHinge", losses.CategoricalHinge),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_names(names, cls):
    for name in names.split():
        found = losses.get(name)
        assert type(found) is cls
        assert found.name == (cls.fn.__name__ if name == cls.__name__ else name)
    assert type(losses.get(cls)) is type(losses.get(cls.fn)) is cls


def test_what_is_a_loss_already_stays_as_it_is():
    loss = losses.Huber(delta=2.0)
    assert losses.get(loss) is loss and losses.get(None) is None


def test_other_functions_are_wrapped():
    assert losses.get(mine).fn is mine and losses.get(mine).name == "mine"
    assert losses.get(functools.partial(mine)).name == "partial"
    half = losses.get(lambda y, p: 0.5 * mine(y, p))
    assert tf.Session().run(half(np.zeros((1, 2)), np.ones((1, 2)))) == 0.5


def test_an_unknown_name_is_guessed():
    with pytest.raises(ValueError, match="There is no loss 'mean_squred_error'. Did you mean 'mean_squared_error'?"):
        losses.get("mean_squred_error")
    for wrong in (3, 2.5, object()):
        with pytest.raises(TypeError, match="Expected a loss, or its name"):
            losses.get(wrong)


@pytest.mark.parametrize(
    "loss",
    [losses.Huber(delta=0.5, reduction="sum"), losses.BinaryCrossentropy(from_logits=True), losses.KLDivergence()],
    ids=repr,
)
def test_there_and_back(loss):
    saved = losses.serialize(loss)
    assert saved["module"] == "keras.losses" and saved["class_name"] == type(loss).__name__
    for twin in (losses.deserialize(saved), losses.get(saved)):
        assert type(twin) is type(loss) and twin.get_config() == loss.get_config()


def test_what_the_caller_brings():
    class Mine(losses.Loss):
        def call(self, y_true, y_pred):
            return mine(y_true, y_pred)

    saved = losses.serialize(Mine(reduction="sum"))
    assert isinstance(losses.get(saved, {"Mine": Mine}), Mine)
    assert isinstance(losses.get("Mine", {"Mine": Mine}), Mine)
    assert losses.get("mine", {"mine": mine}).fn is mine
    with pytest.raises(ValueError, match="There is no loss 'Mine'"):
        losses.get(saved)
    wrapped = losses.serialize(losses.LossFunctionWrapper(mine, reduction="sum"))
    assert losses.deserialize(wrapped, {"mine": mine}).fn is mine
    assert losses.deserialize(wrapped, {"mine": mine}).reduction == "sum"
    with pytest.raises(ValueError, match="'mine' is a function of the program that saved it"):
        losses.deserialize(wrapped)


def test_configurations_that_do_not_fit():
    with pytest.raises(ValueError, match="'Huber' cannot be made from"):
        losses.get({"class_name": "Huber", "config": {"width": 2.0}})
    with pytest.raises(ValueError, match="saved form of a loss"):
        losses.get({"name": "Huber"})
