"""`Bidirectional`, `TimeDistributed` and their base."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import (
    GRU,
    LSTM,
    RNN,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    Input,
    Layer,
    LSTMCell,
    Masking,
    SimpleRNN,
    TimeDistributed,
    Wrapper,
)
from tests.layers.harness import assert_remade, close, outputs, with_weights
from tests.layers.recurrent_references import network

RNG = np.random.default_rng(1)
X = RNG.uniform(-1, 1, (3, 4, 2))
MASK = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1]], bool)
MERGED = {
    "concat": lambda a, b: np.concatenate([a, b], -1),
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
}


def ways(kind, weights, mask=None, zero=False):
    """The outputs of both networks in the order of the inputs, and all last states."""
    ahead, after = network(kind, X, weights[: len(weights) // 2], mask=mask, zero=zero)
    back, before = network(kind, X, weights[len(weights) // 2 :], mask=mask, backwards=True, zero=zero)
    return ahead, back[:, ::-1], [*after, *before]


@pytest.mark.parametrize("mode", MERGED)
@pytest.mark.parametrize("make", [GRU, LSTM, SimpleRNN])
def test_both_ways(make, mode):
    kind = make.__name__
    all_times = Bidirectional(make(3, return_sequences=True, dtype="float64"), merge_mode=mode, dtype="float64")
    all_times, weights = with_weights(all_times, np.random.default_rng(0), X)
    ahead, back, _ = ways(kind, weights)
    close(outputs(all_times, X), MERGED[mode](ahead, back))
    last = Bidirectional(make(3, dtype="float64"), merge_mode=mode, weights=weights, dtype="float64")
    close(outputs(last, X), MERGED[mode](ahead[:, -1], back[:, 0]))


def test_both_ways_with_masks_give_zeros_where_the_mask_leaves_something_out():
    layer = Bidirectional(LSTM(3, return_sequences=True, dtype="float64"), dtype="float64")
    layer, weights = with_weights(layer, np.random.default_rng(0), X)
    x, mask = Input((4, 2), dtype="float64"), Input((4,), dtype="bool")
    got = tf.keras.Model([x, mask], layer(x, mask=mask)).predict([X, MASK], verbose=0)
    ahead, back, _ = ways("LSTM", weights, MASK, zero=True)
    close(got, np.concatenate([ahead, back], -1))
    assert not got[~MASK].any()
    hidden = layer(Masking(dtype="float64")(x))
    assert hidden.masked and not Bidirectional(GRU(2, dtype="float64"))(hidden).masked


def test_both_ways_without_merging_and_with_states():
    layer = Bidirectional(
        LSTM(3, return_sequences=True, return_state=True, dtype="float64"), merge_mode=None, dtype="float64"
    )
    layer, weights = with_weights(layer, np.random.default_rng(0), X)
    ahead, back, states = ways("LSTM", weights)
    for got, wanted in zip(outputs(layer, X), [ahead, back, *states], strict=True):
        close(got, wanted)
    first = [np.random.default_rng(k).uniform(-1, 1, (3, 3)) for k in range(4)]
    x, given = Input((4, 2), dtype="float64"), [Input((3,), dtype="float64") for _ in range(4)]
    for out in (layer(x, initial_state=given), layer([x, *given])):
        got = tf.keras.Model([x, *given], list(out)).predict([X, *first], verbose=0)
        close(got[0], network("LSTM", X, weights[:3], first[:2])[0])
        close(got[1], network("LSTM", X, weights[3:], first[2:], backwards=True)[0][:, ::-1])


def test_a_layer_of_its_own_for_the_way_back():
    ahead, back = LSTM(3, name="a"), GRU(2, go_backwards=True, name="b")
    layer = Bidirectional(ahead, backward_layer=back, name="c")
    assert layer(Input((4, 2))).shape.as_list() == [None, 5]
    assert layer.backward_layer is back and layer.forward_layer is not ahead and not ahead.built
    assert [one.name for one in (layer.forward_layer, layer.backward_layer)] == ["forward_a", "b"]
    assert [w.name for w in layer.weights] == [w.name for w in layer.forward_layer.weights + back.weights]


def test_both_ways_from_batch_to_batch():
    layer = Bidirectional(GRU(3, stateful=True, dtype="float64"), dtype="float64")
    model = tf.keras.Sequential([Input(batch_shape=(3, 4, 2), dtype="float64"), layer])
    weights = model.get_weights()
    model.predict(X, verbose=0)
    for state, wanted in zip(layer.states, ways("GRU", weights)[2], strict=True):
        close(state.numpy(), wanted)
    layer.reset_states()
    assert not any(s.numpy().any() for s in layer.states)
    assert Bidirectional(GRU(3)).states is None


def test_both_ways_with_cells_and_functions_of_ones_own():
    class Cell(LSTMCell):
        pass

    def bent(x):
        return tf.maximum(0.1 * x, x)

    layer = Bidirectional(RNN(Cell(3, activation=bent), return_sequences=True))
    assert layer(Input((4, 2))).shape.as_list() == [None, 4, 6]
    assert type(layer.backward_layer.cell) is Cell and layer.backward_layer.cell.activation is bent


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bidirectional("lstm"), "takes a recurrent layer as layer, got 'lstm'"),
        (lambda: Bidirectional(GRU(2), backward_layer=3), "takes a recurrent layer as backward_layer, got 3"),
        (lambda: Bidirectional(GRU(2), merge_mode="max"), "as merge_mode, got 'max'"),
        (lambda: Bidirectional(GRU(2), backward_layer=GRU(2)), "both go forwards"),
        (lambda: Bidirectional(GRU(2, go_backwards=True)), "both go backwards"),
        (
            lambda: Bidirectional(GRU(2), backward_layer=GRU(2, go_backwards=True, return_sequences=True)),
            "differ in return_sequences: False and True",
        ),
        (lambda: Bidirectional(GRU(2))(Input((4, 2)), initial_state=[Input((2,))]), "as many initial states for each"),
        (lambda: TimeDistributed(3), "TimeDistributed takes a layer, got 3"),
        (lambda: TimeDistributed(Dense(2))(Input((3,))), "at least three axes; got the shape"),
        (lambda: TimeDistributed(GRU(2))(Input((3, 4, 2)), mask=Input((5,), dtype="bool")), r"takes a mask \(batch"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# At each time.


@pytest.mark.parametrize("times", [4, None])
def test_a_layer_at_each_time(times):
    x = RNG.uniform(-1, 1, (2, 4, 6, 3))
    inner = Conv1D(5, 2, activation="tanh", dtype="float64")
    layer = TimeDistributed(inner, dtype="float64")
    inputs = Input((times, 6, 3), dtype="float64")
    y = layer(inputs)
    assert y.shape.as_list() == [None, times, 5, 5] and layer.weights == inner.weights
    got = tf.keras.Model(inputs, y).predict(x, verbose=0)
    one_by_one = np.stack([outputs(inner, x[:, t]) for t in range(4)], axis=1)
    close(got, one_by_one)


def test_each_time_has_a_batch_of_its_own():
    """Moments are those of one time, and are averaged time by time."""
    layer = TimeDistributed(BatchNormalization(momentum=0.5, epsilon=0.0, dtype="float64"), dtype="float64")
    model = tf.keras.Sequential([Input((4, 2), dtype="float64"), layer])
    model.compile(tf.keras.optimizers.SGD(0.0), "mse")
    normalised = (X - X.mean(0)) / X.std(0)
    np.testing.assert_allclose(model.train_on_batch(X, normalised), 0.0, atol=1e-20)
    mean, variance = np.zeros(2), np.ones(2)
    for t in range(4):
        mean, variance = 0.5 * (mean + X[:, t].mean(0)), 0.5 * (variance + X[:, t].var(0))
    close(model.get_weights()[2], mean)
    close(model.get_weights()[3], variance)
    close(model.predict(X, verbose=0), (X - mean) / np.sqrt(variance))


def test_dropout_drops_others_at_each_time():
    layer = TimeDistributed(Dropout(0.5))
    y = tf.Session().run(layer(tf.ones((5, 6, 20)), training=True))
    assert set(np.unique(y)) == {0.0, 2.0} and (y[:, 0] != y[:, 1]).any()


def test_masks_go_time_by_time():
    """A network over words at each sentence; its mask goes on to a network over sentences."""
    ids = np.array([[[1, 2, 0], [0, 0, 0]], [[3, 0, 1], [2, 2, 2]]])
    x = Input((2, 3), dtype="int32")
    embedding = Embedding(4, 2, mask_zero=True, dtype="float64")
    words, sentences = GRU(3, dtype="float64"), LSTM(3, dtype="float64")
    hidden = TimeDistributed(words, dtype="float64")(embedding(x))
    model = tf.keras.Model(x, [hidden, sentences(hidden)])
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(-1, 1, w.shape) for w in model.get_weights()])
    vectors = embedding.get_weights()[0][ids]
    of_words = [network("GRU", vectors[:, t], words.get_weights(), mask=ids[:, t] > 0)[0][:, -1] for t in range(2)]
    wanted = np.stack(of_words, axis=1)
    first, second = model.predict(ids, verbose=0)
    close(first, wanted)
    close(second, network("LSTM", wanted, sentences.get_weights(), mask=(ids > 0).any(-1))[0][:, -1])


def test_a_model_at_each_time():
    inner = tf.keras.Sequential([Input((2,)), Dense(3, activation="relu"), Dense(1)])
    model = tf.keras.Sequential([Input((4, 2)), TimeDistributed(inner)])
    x = X.astype(np.float32)
    np.testing.assert_allclose(model.predict(x, verbose=0)[:, 2], inner.predict(x[:, 2], verbose=0), rtol=1e-6)


def test_in_a_graph_of_the_users_the_weights_are_its_variables():
    x = tf.placeholder(tf.float32, (None, 4, 2))
    TimeDistributed(Dense(3, name="d"), name="t")(x)
    Bidirectional(SimpleRNN(3, use_bias=False, name="r"), name="b")(x)
    wanted = ["t/d/kernel", "t/d/bias"]
    wanted += [
        f"b/{way}_r/simple_rnn_cell/{w}" for way in ("forward", "backward") for w in ("kernel", "recurrent_kernel")
    ]
    assert [v.op.name for v in tf.trainable_variables()] == wanted


def test_from_its_configuration_it_is_the_same():
    assert_remade(Bidirectional(LSTM(3, dropout=0.1), merge_mode="sum", name="a"))
    assert_remade(Bidirectional(GRU(3), backward_layer=LSTM(2, go_backwards=True)))
    assert_remade(TimeDistributed(Dense(3, activation="relu")))
    assert_remade(Masking(3.0))

    class Twice(Wrapper):
        def call(self, inputs):
            return self.layer(self.layer(inputs))

    layer = Twice.from_config(Twice(Dense(2)).get_config())
    assert isinstance(layer.layer, Layer) and layer(Input((2,))).shape.as_list() == [None, 2]
