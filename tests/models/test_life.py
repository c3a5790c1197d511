"""What becomes of models: copies, pickles, interrupted training, the memory they leave, threads, seeds."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

from kerasflow import keras, reduce_sum

L = keras.layers
X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
Y = X[:, :1]


def trained(epochs=2):
    model = keras.Sequential([keras.Input((3,)), L.Dense(4, activation="tanh"), L.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, epochs=epochs, verbose=0)
    return model


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_is_another_model(clone):
    model = trained()
    before = model.predict(X, verbose=0)
    other = clone(model)
    np.testing.assert_array_equal(other.predict(X, verbose=0), before)
    other.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.predict(X, verbose=0), before)
    assert not np.array_equal(other.predict(X, verbose=0), before)


@pytest.mark.parametrize("method", ["on_train_batch_end", "on_epoch_end"])
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_training_goes_on_after_an_exception(method, error):
    def fail(number, logs):
        if number == 1:
            raise error

    model = trained()
    with pytest.raises(error):
        model.fit(X, Y, batch_size=5, epochs=3, callbacks=[keras.callbacks.LambdaCallback(**{method: fail})], verbose=0)
    start = model.evaluate(X, Y, verbose=0)[0]
    history = model.fit(X, Y, batch_size=5, epochs=5, shuffle=False, verbose=0).history["loss"]
    assert np.isfinite(start) and len(history) == 5 and history[-1] < start


def test_a_model_is_freed_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        model = trained()
        model.predict(X, verbose=0)
        seen = weakref.ref(model)
        del model
        assert seen() is None
    finally:
        gc.enable()


def test_a_history_keeps_no_model():
    model = trained()
    history, seen = model.fit(X, Y, verbose=0), weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None and len(history.history["loss"]) == 1
    assert pickle.loads(pickle.dumps(history)).history == history.history


def test_threads_predict_at_once():
    model = keras.Sequential([keras.Input((3,)), L.Dense(4, activation="tanh"), L.Dense(1)])
    expected, wrong = model.predict(X, verbose=0), []

    def work(k):
        for i in range(40):
            n = 1 + (7 * k + i) % 20
            if not np.allclose(model.predict(X[:n], verbose=0), expected[:n], rtol=1e-5, atol=1e-6):
                wrong.append((k, i))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_seed_that_is_set_again_starts_again():
    def run():
        keras.utils.set_random_seed(3)
        return trained().get_weights()

    for a, b in zip(run(), run(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_keep_their_order_when_layers_are_frozen():
    model = trained()
    before = model.get_weights()
    model.layers[0].trainable = False
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_are_set_all_or_none():
    model = trained()
    before = model.get_weights()
    for bad in (np.array(["a"]), np.array([1j])):
        with pytest.raises(ValueError, match="cannot be set"):
            model.set_weights([*(w * 0 for w in before[:3]), bad])
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_outputs_without_a_loss_and_outputs_that_are_inputs():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, [x, L.Dense(1, name="y")(x)])
    model.compile("sgd", [None, "mse"], metrics=[["mae"], []])
    assert list(model.fit(X, [X, Y], verbose=0).history) == ["loss", "x_mae"]
    same, _ = model.predict(X, verbose=0)
    assert np.array_equal(same, X) and not np.shares_memory(same, X)


def test_layers_with_one_name_are_refused():
    x = keras.Input((3,), name="x")
    with pytest.raises(ValueError, match="called 'a'"):
        keras.Model(x, L.Dense(1, name="a")(L.Dense(1, name="a")(x)))
    with pytest.raises(ValueError, match="at least one input"):
        keras.Model([], [])


def test_an_output_without_rows_is_not_spread_over_batches():
    x = keras.Input((3,))
    with pytest.raises(ValueError, match="no row of known shape"):
        keras.Model(x, reduce_sum(x)).predict(X, batch_size=4, verbose=0)


def test_an_input_cannot_be_named_twice():
    x = keras.Input((3,), name="x")
    with pytest.raises(ValueError, match="named twice"):
        keras.Model([x, x], L.Add()([x, x]))


@pytest.mark.parametrize("axis", [0, 2, -2])
def test_dot_takes_axes_of_a_sample_only(axis):
    x = keras.Input((3,))
    with pytest.raises(ValueError, match="is no axis of a sample"):
        L.Dot(axes=axis)([x, x])
