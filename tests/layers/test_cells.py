"""Cells in a list, and cells of one's own."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import GRU, LSTM, RNN, Dense, GRUCell, Input, Layer, LSTMCell, SimpleRNNCell, StackedRNNCells
from tests.layers.harness import assert_remade, close, model_of
from tests.layers.recurrent_references import network

X = np.random.default_rng(1).uniform(-1, 1, (2, 4, 3))
MASK = np.array([[0, 1, 0, 1], [1, 0, 0, 1]], bool)


class Sum(Layer):
    """The output is twice the sum of what it has seen, and no state; the second state counts."""

    state_size = [3, 1]
    output_size = 3

    def call(self, inputs, states):
        total = states[0] + inputs
        return 2.0 * total, [total, states[1] + 1.0]


class Plain:
    """A cell that is no layer and has one state that is no list."""

    state_size = 3

    def call(self, inputs, states):
        return inputs - states[0], inputs - states[0]


def run(layer, x=X, **inputs):
    """What the layer gives for constants in a graph, as a list."""
    y = layer(tf.constant(x), **{k: v if v is None else tf.constant(v) for k, v in inputs.items()})
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(list(y) if isinstance(y, tuple) else [y])


def test_a_cell_of_ones_own():
    outputs, total, count = run(RNN(Sum(dtype="float64"), return_sequences=True, return_state=True, dtype="float64"))
    close(outputs, 2.0 * X.cumsum(axis=1))
    close(total, X.sum(axis=1))
    close(count, np.full((2, 1), 4.0))
    close(run(RNN(Sum(dtype="float64"), go_backwards=True, dtype="float64"))[0], 2.0 * X.sum(axis=1))


@pytest.mark.parametrize("unroll", [False, True])
def test_where_the_mask_leaves_out_a_time_the_output_before_comes_again(unroll):
    layer = RNN(Sum(dtype="float64"), return_sequences=True, return_state=True, unroll=unroll, dtype="float64")
    outputs, total, count = run(layer, mask=MASK)
    seen = np.where(MASK[..., None], X, 0.0)
    close(outputs, 2.0 * seen.cumsum(axis=1))  # at first, zero
    close(total, seen.sum(axis=1))
    close(count, MASK.sum(axis=1, keepdims=True))
    layer = RNN(Sum(dtype="float64"), return_sequences=True, zero_output_for_mask=True, dtype="float64")
    close(run(layer, mask=MASK)[0], np.where(MASK[..., None], 2.0 * seen.cumsum(axis=1), 0.0))
    close(run(RNN(Sum(dtype="float64"), dtype="float64"), mask=MASK[:, :3], x=X[:, :3])[0], 2.0 * seen[:, :3].sum(1))


def test_a_cell_made_from_one_of_keras():
    class Twice(GRUCell):
        def call(self, inputs, states, training=False):
            output, new = super().call(inputs, states, training)
            return 2.0 * output, new

    layer = RNN(Twice(3, dtype="float64"), return_sequences=True, dtype="float64")
    plain = RNN(GRUCell(3, dtype="float64"), return_sequences=True, dtype="float64")
    for one in (layer, plain):
        one.build((None, 4, 3))
        one.set_weights([0.3 * np.ones(w.shape) for w in one.get_weights()])
    close(run(layer, mask=MASK)[0], np.where(MASK.cumsum(1)[..., None], 2.0 * run(plain, mask=MASK)[0], 0.0))


def test_a_cell_that_is_no_layer():
    layer = RNN(Plain(), dtype="float64", return_sequences=True)
    wanted = np.zeros((2, 3))
    for t, output in enumerate(run(layer)[0].transpose(1, 0, 2)):
        wanted = X[:, t] - wanted
        close(output, wanted)


def test_a_cell_says_what_it_begins_with_and_is_told_the_phase():
    class Cell(Layer):
        state_size = 3

        def get_initial_state(self, batch_size=None, dtype=None):
            return tf.fill([batch_size, 3], tf.constant(5.0, dtype))

        def call(self, inputs, states, training=False):
            return states[0] if training else -states[0], [states[0] + inputs]

    close(run(RNN(Cell(dtype="float64"), dtype="float64"))[0], -5.0 - X[:, :-1].sum(axis=1))
    y = RNN(Cell(dtype="float64"), dtype="float64")(tf.constant(X), training=True)
    close(tf.Session().run(y), 5.0 + X[:, :-1].sum(axis=1))
    layer = RNN(Cell(), stateful=True)
    model = tf.keras.Sequential([Input(batch_shape=(2, 4, 3)), layer])
    np.testing.assert_array_equal(layer.states[0].numpy(), 5.0)
    model.predict(X, verbose=0)
    assert (layer.states[0].numpy() != 5.0).all()
    layer.reset_states()
    np.testing.assert_array_equal(layer.states[0].numpy(), 5.0)


def test_a_cell_with_layers_inside_learns():
    class Cell(Layer):
        def __init__(self, units):
            super().__init__()
            self.state_size = units
            self.inside = Dense(units, activation="tanh")

        def build(self, input_shape):
            self.inside.build((input_shape[0], input_shape[1] + self.state_size))

        def call(self, inputs, states):
            output = self.inside(tf.concat([inputs, states[0]], 1))
            return output, [output]

    model = tf.keras.Sequential([Input((4, 3)), RNN(Cell(2))])
    assert [w.shape.as_list() for w in model.weights] == [[5, 2], [2]]
    model.compile(tf.keras.optimizers.Adam(0.05), "mse")
    y = 0.5 * np.tanh(X[:, -1, :2])
    losses = model.fit(X, y, epochs=60, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]


@pytest.mark.parametrize("masked", [False, True])
def test_cells_on_top_of_each_other_are_layers_on_top_of_each_other(masked):
    rng = np.random.default_rng(2)
    cells = [GRUCell(3, dtype="float64"), LSTMCell(2, dtype="float64"), SimpleRNNCell(4, dtype="float64")]
    layer = RNN(cells, return_sequences=True, return_state=True, dtype="float64")
    layer.build((None, 4, 3))
    weights = [rng.uniform(-1, 1, w.shape) for w in layer.get_weights()]
    layer.set_weights(weights)
    assert layer.state_size == [3, [2, 2], 4] and layer.cell.output_size == 4
    x, mask = Input((4, 3), dtype="float64"), Input((4,), dtype="bool")
    outputs, (a,), (b, c), (d,) = layer(x, mask=mask if masked else None)
    found = tf.keras.Model([x, mask], [outputs, a, b, c, d]).predict([X, MASK], verbose=0)
    y, states = X, []
    for kind, part in (("GRU", weights[:3]), ("LSTM", weights[3:6]), ("SimpleRNN", weights[6:])):
        y, last = network(kind, y, part, mask=MASK if masked else None)
        states += last
    for got, wanted in zip(found, [y, *states], strict=True):
        close(got, wanted)


def test_cells_in_a_list_drop_alike_at_all_times():
    cells = [SimpleRNNCell(20, "linear", kernel_initializer="identity", recurrent_initializer="zeros", dropout=0.5)]
    cells.append(type(cells[0]).from_config({**cells[0].get_config(), "name": "other"}))
    layer = RNN(cells, return_sequences=True)
    y = layer(tf.ones((8, 3, 20)), training=True)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        y = sess.run(y)
    assert set(np.unique(y)) == {0.0, 4.0}
    np.testing.assert_array_equal(y, y[:, :1].repeat(3, axis=1))


@pytest.mark.parametrize("make", [GRUCell, LSTMCell, SimpleRNNCell])
def test_one_step_of_a_cell(make):
    """A cell called by itself computes what a layer computes with a single time."""
    cell = make(2, dtype="float64")
    first = [np.full((2, 2), 0.3)] * (2 if make is LSTMCell else 1)
    output, new = cell(tf.constant(X[:, 0]), [tf.constant(s) for s in first])
    kind = make.__name__.removesuffix("Cell")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        wanted, states = network(kind, X[:, :1], sess.run(cell.weights), first)
        close(sess.run(output), wanted[:, 0])
        for got, state in zip(sess.run(new), states, strict=True):
            close(got, state)
    if make is not LSTMCell:
        assert isinstance(cell(tf.constant(X[:, 0]), tf.constant(first[0]))[1], tf.Tensor)


@pytest.mark.parametrize("options", [{"reset_after": True}, {"reset_after": False}, None], ids=str)
def test_each_gate_sees_the_state_through_noise_of_its_own(options):
    """Noise that is one factor for each gate is the same as other recurrent weights."""
    rng = np.random.default_rng(3)
    cell = LSTMCell(2, dtype="float64") if options is None else GRUCell(2, dtype="float64", **options)
    cell.build((None, 3))
    kernel, recurrent, bias = [rng.uniform(-1, 1, w.shape) for w in cell.get_weights()]
    factors = rng.uniform(0, 2, cell.gates)
    h = [rng.uniform(-1, 1, (2, 2)) for _ in range(2 if options is None else 1)]
    x = tf.constant(X[:, 0])

    def step(recurrent, noise):
        cell.set_weights([kernel, recurrent, bias])
        output, _ = cell.advance(cell.project(x), [tf.constant(s) for s in h], noise)
        return tf.Session().run(output)

    through = step(recurrent, [tf.constant(np.full(2, f)) for f in factors])
    close(through, step(recurrent * np.repeat(factors, 2), ()))


def test_from_its_configuration_it_is_the_same():
    assert_remade(RNN([GRUCell(2, reset_after=False), LSTMCell(3, unit_forget_bias=False)], return_state=True))
    assert_remade(StackedRNNCells([SimpleRNNCell(2, recurrent_dropout=0.5)]))
    again = RNN.from_config(RNN(LSTMCell(3, seed=4), activity_regularizer="l2", unroll=True).get_config())
    assert again.cell.seed == 4 and again.unroll and again.activity_regularizer is not None
    assert type(again.cell) is LSTMCell


def test_layers_know_their_cells():
    assert [type(make(2).cell).__name__ for make in (LSTM, GRU)] == ["LSTMCell", "GRUCell"]
    model = model_of(LSTM(2), X.astype(np.float32))
    assert model.layers[-1].cell.built and model.layers[-1].cell.name == "lstm_cell"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RNN(3), r"A cell has call\(inputs, states\) and state_size; 3 has no call and no state_size"),
        (lambda: RNN(Dense(3)), "has no state_size"),
        (lambda: StackedRNNCells([]), "takes a list of cells"),
        (lambda: RNN(Forgetful())(tf.ones((2, 3, 1))), "A cell that takes 2 states must give as many, got 1"),
    ],
)
def test_what_is_no_cell(make, message):
    with pytest.raises(ValueError, match=message):
        make()


class Forgetful(Layer):
    """A cell that loses a state."""

    state_size = [1, 1]

    def call(self, inputs, states):
        return inputs, states[:1]
