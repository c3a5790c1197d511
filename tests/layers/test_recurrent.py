"""`SimpleRNN`, `LSTM` and `GRU`, against networks in NumPy."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import GRU, LSTM, Dense, Embedding, Input, Masking, SimpleRNN
from tests.layers.harness import assert_remade, close
from tests.layers.recurrent_references import STATES, network, slope

KINDS = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}
BATCH, TIMES, SIZE, UNITS = 3, 5, 2, 4
MASK = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1], [1, 1, 1, 1, 1]], bool)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def built(kind, rng, times=TIMES, **options):
    """A layer in float64 with weights drawn at random, what it takes, and the weights."""
    layer = KINDS[kind](UNITS, dtype="float64", **options)
    layer.build((None, times, SIZE))
    weights = [rng.uniform(-1, 1, w.shape) for w in layer.get_weights()]
    layer.set_weights(weights)
    return layer, rng.uniform(-1, 1, (BATCH, TIMES, SIZE)), weights


def computed(layer, x, times=TIMES, states=(), mask=None):
    """What the layer gives in a model, as a list."""
    inputs = Input((times, SIZE), dtype="float64")
    given = [Input((UNITS,), dtype="float64") for _ in states]
    allowed = Input((times,), dtype="bool")
    options = {} if mask is None else {"mask": allowed}
    out = layer(inputs, initial_state=given or None, **options)
    out = list(out) if isinstance(out, tuple) else [out]
    model = (
        tf.keras.Model([inputs, *given, allowed], out) if mask is not None else tf.keras.Model([inputs, *given], out)
    )
    fed = [x, *states, *([] if mask is None else [mask])]
    found = model.predict(fed if len(fed) > 1 else fed[0], verbose=0)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("times", [TIMES, None], ids=["a known time", "any time"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_states_of_all_kinds(kind, backwards, masked, times, rng):
    layer, x, weights = built(kind, rng, times, return_sequences=True, return_state=True, go_backwards=backwards)
    mask = MASK if masked else None
    outputs, states = network(kind, x, weights, mask=mask, backwards=backwards)
    got, *last = computed(layer, x, times, mask=mask)
    close(got, outputs)
    for a, b in zip(last, states, strict=True):
        close(a, b)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_last_output_alone(kind, backwards, masked, rng):
    layer, x, weights = built(kind, rng, go_backwards=backwards)
    mask = MASK if masked else None
    outputs, _ = network(kind, x, weights, mask=mask, backwards=backwards)
    close(computed(layer, x, mask=mask)[0], outputs[:, -1])


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_that_do_not_count_can_be_zero(kind, sequences, rng):
    layer, x, weights = built(kind, rng, return_sequences=sequences, zero_output_for_mask=True)
    outputs, _ = network(kind, x, weights, mask=MASK, zero=True)
    assert not outputs[0, -1].any() and outputs[1, -1].any()
    close(computed(layer, x, mask=MASK)[0], outputs if sequences else outputs[:, -1])


@pytest.mark.parametrize("kind", KINDS)
def test_states_to_begin_with(kind, rng):
    layer, x, weights = built(kind, rng, return_sequences=True)
    states = [rng.uniform(-1, 1, (BATCH, UNITS)) for _ in range(STATES[kind])]
    outputs, _ = network(kind, x, weights, states, MASK)
    close(computed(layer, x, states=states, mask=MASK)[0], outputs)
    with_inputs = Input((TIMES, SIZE), dtype="float64"), *[Input((UNITS,), dtype="float64") for _ in states]
    model = tf.keras.Model(list(with_inputs), layer(list(with_inputs)))
    close(model.predict([x, *states], verbose=0), network(kind, x, weights, states)[0])


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_written_out_it_is_the_same(kind, masked, rng):
    layer, x, weights = built(kind, rng, unroll=True, return_sequences=True, return_state=True, go_backwards=True)
    mask = MASK if masked else None
    outputs, states = network(kind, x, weights, mask=mask, backwards=True)
    for a, b in zip(computed(layer, x, mask=mask), [outputs, *states], strict=True):
        close(a, b)


def test_the_reset_gate_may_come_before_the_product(rng):
    layer, x, weights = built("GRU", rng, reset_after=False, return_sequences=True)
    assert weights[2].shape == (3 * UNITS,)
    close(computed(layer, x)[0], network("GRU", x, weights)[0])


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_without_bias(kind, implementation, rng):
    layer, x, weights = built(kind, rng, use_bias=False, implementation=implementation)
    assert len(weights) == 2
    zero = np.zeros({"SimpleRNN": UNITS, "LSTM": 4 * UNITS, "GRU": (2, 3 * UNITS)}[kind])
    close(computed(layer, x)[0], network(kind, x, [*weights, zero])[0][:, -1])


@pytest.mark.parametrize("kind", KINDS)
def test_activations_can_be_chosen(kind, rng):
    gates = {} if kind == "SimpleRNN" else {"recurrent_activation": "linear"}
    layer, x, weights = built(kind, rng, activation="linear", **gates)
    x, weights = 0.1 * x, [0.1 * w for w in weights]
    layer.set_weights(weights)
    got = computed(layer, x)[0]
    assert np.abs(got - network(kind, x, weights)[0][:, -1]).max() > 1e-6
    first = KINDS[kind](UNITS, dtype="float64", activation=lambda v: v, **{k: lambda v: v for k in gates})
    first.build((None, TIMES, SIZE))
    first.set_weights(weights)
    close(computed(first, x)[0], got)


# Gradients.


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients(kind, masked, rng):
    """By inputs, weights and first states, of outputs and last states together, against differences in NumPy."""
    states = [rng.uniform(-1, 1, (BATCH, UNITS)) for _ in range(STATES[kind])]
    x = rng.uniform(-1, 1, (BATCH, TIMES, SIZE))
    mask = MASK if masked else None
    layer = KINDS[kind](UNITS, dtype="float64", return_sequences=True, return_state=True, go_backwards=True)
    inputs = tf.placeholder(tf.float64, (None, None, SIZE))
    first = [tf.placeholder(tf.float64, (None, UNITS)) for _ in states]
    given = None if mask is None else tf.constant(mask)
    outputs = layer(inputs, initial_state=first, mask=given)
    factors = [rng.uniform(-1, 1, (BATCH, TIMES, UNITS)), *[rng.uniform(-1, 1, s.shape) for s in states]]
    loss = tf.add_n([tf.reduce_sum(y * f) for y, f in zip(outputs, factors, strict=True)])
    gradients = tf.gradients(loss, [inputs, *first, *layer.weights])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        weights = [rng.uniform(-1, 1, w.shape.as_list()) for w in layer.weights]
        layer.set_weights(weights)
        found = sess.run(gradients, {inputs: x, **dict(zip(first, states, strict=True))})

    def reference(x, *rest):
        ys, last = network(kind, x, rest[len(states) :], rest[: len(states)], mask, backwards=True)
        return sum((y * f).sum() for y, f in zip([ys, *last], factors, strict=True))

    points = [x, *states, *weights]
    for k, (p, g) in enumerate(zip(points, found, strict=True)):
        directions = [np.zeros_like(q) for q in points]
        directions[k] = rng.uniform(-1, 1, p.shape)
        np.testing.assert_allclose((g * directions[k]).sum(), slope(reference, points, directions), rtol=1e-8)


# Weights.


def test_weights_begin_as_in_keras():
    sizes = {"SimpleRNN": (UNITS,), "LSTM": (4 * UNITS,), "GRU": (2, 3 * UNITS)}
    for kind, make in KINDS.items():
        layer = make(UNITS, name="a", dtype="float64")
        layer.build((None, None, SIZE))
        kernel, recurrent, bias = layer.get_weights()
        assert kernel.shape == (SIZE, sizes[kind][-1]) and bias.shape == sizes[kind]
        close(recurrent @ recurrent.T, np.eye(UNITS), 1e-6)
        wanted = np.zeros(sizes[kind])
        if kind == "LSTM":
            wanted[UNITS : 2 * UNITS] = 1.0
        np.testing.assert_array_equal(bias, wanted)
    layer = LSTM(UNITS, unit_forget_bias=False, bias_initializer="ones")
    layer.build((None, None, SIZE))
    np.testing.assert_array_equal(layer.get_weights()[2], 1.0)
    assert [w.name.rpartition("/")[2] for w in layer.weights] == ["kernel", "recurrent_kernel", "bias"]


def test_penalties_and_projections(rng):
    layer = SimpleRNN(
        UNITS,
        kernel_regularizer=tf.keras.regularizers.L2(0.1),
        recurrent_regularizer=tf.keras.regularizers.L1(0.2),
        bias_regularizer=tf.keras.regularizers.L1(0.3),
        activity_regularizer=tf.keras.regularizers.L2(0.5),
        recurrent_constraint="non_neg",
        bias_initializer="ones",
    )
    model = tf.keras.Sequential([Input((TIMES, SIZE)), layer])
    x = rng.uniform(-1, 1, (BATCH, TIMES, SIZE))
    y = model.predict(x, verbose=0)
    kernel, recurrent, bias = layer.get_weights()
    penalty = 0.1 * (kernel**2).sum() + 0.2 * abs(recurrent).sum() + 0.3 * bias.sum() + 0.5 * (y**2).sum() / BATCH
    model.compile("sgd", "mse")
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), penalty, rtol=1e-5)
    model.fit(x, y, verbose=0)
    assert (layer.get_weights()[1] >= 0).all() and (recurrent < 0).any()


def test_frozen_it_does_not_learn(rng):
    model = tf.keras.Sequential([Input((TIMES, SIZE)), GRU(UNITS, trainable=False), Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(rng.normal(size=(8, TIMES, SIZE)), np.ones(8), verbose=0)
    same = [np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert same == [True, True, True, False, False] and len(model.trainable_weights) == 2


def test_in_a_graph_of_the_users_the_weights_are_its_variables():
    x = tf.placeholder(tf.float32, (None, TIMES, SIZE))
    assert LSTM(UNITS, name="memory")(x).shape.as_list() == [None, UNITS]
    wanted = [f"memory/lstm_cell/{name}:0" for name in ("kernel", "recurrent_kernel", "bias")]
    assert [v.name for v in tf.trainable_variables()] == wanted


# Dropout.


def trained(layer, x):
    """What the layer gives in training."""
    y = layer(tf.constant(x), training=True)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(y)


def test_inputs_are_dropped_alike_at_all_times():
    layer = SimpleRNN(50, "linear", kernel_initializer="identity", recurrent_initializer="zeros", dropout=0.75)
    layer.return_sequences = True
    y = trained(layer, np.ones((20, 3, 50), np.float32))
    assert set(np.unique(y)) == {0.0, 4.0} and abs((y == 0).mean() - 0.75) < 0.05
    np.testing.assert_array_equal(y, y[:, :1].repeat(3, axis=1))
    assert (y[0] != y[1]).any()


def test_the_state_is_dropped_alike_at_all_times():
    layer = SimpleRNN(50, "linear", kernel_initializer="zeros", recurrent_initializer="identity", recurrent_dropout=0.5)
    layer.return_sequences = True
    x = tf.zeros((20, 3, 50))
    y = layer(x, initial_state=tf.ones((20, 50)), training=True)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        y = sess.run(y)
    assert [set(np.unique(y[:, t])) for t in range(3)] == [{0.0, 2.0}, {0.0, 4.0}, {0.0, 8.0}]
    np.testing.assert_array_equal(y[:, 2], 4 * y[:, 0])


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("gates", [1, 4])
def test_gates_see_other_inputs_where_the_state_is_dropped_too(kind, gates):
    cell = KINDS[kind](8, dropout=0.5, recurrent_dropout=0.0 if gates == 1 else 0.1, seed=3).cell
    cell.build((None, 8))
    cell.set_weights([np.tile(np.eye(8), (1, cell.gates)), *[np.zeros(w.shape) for w in cell.get_weights()[1:]]])
    project, advance = cell.stepper(30, True)
    with tf.Session() as sess:
        seen = sess.run(project(tf.ones((30, 8)))).reshape(30, cell.gates, 8)
    assert set(np.unique(seen)) == {0.0, 2.0}
    alike = [np.array_equal(seen[:, 0], seen[:, k]) for k in range(1, cell.gates)]
    assert alike == [gates == 1] * (cell.gates - 1)


def test_inputs_and_state_lose_other_numbers():
    cell = LSTM(20, dropout=0.5, recurrent_dropout=0.5, seed=3).cell
    cell.build((None, 20))
    noise = [n for f in cell.stepper(30, True) for n in f.keywords["noise"]]
    noise = [n.tobytes() for n in tf.Session().run(noise)]
    assert len(noise) == len(set(noise)) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_dropped_when_it_is_used(kind, rng):
    layer, x, weights = built(kind, rng, dropout=0.5, recurrent_dropout=0.5)
    close(computed(layer, x)[0], network(kind, x, weights)[0][:, -1])


def test_dropout_is_seeded_and_another_one_in_each_batch():
    def run():
        tf.reset_default_graph()
        tf.set_random_seed(1)
        layer = LSTM(UNITS, dropout=0.5, recurrent_dropout=0.5, seed=2)
        y = layer(tf.ones((BATCH, TIMES, SIZE)), training=tf.constant(True))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            return sess.run(y), sess.run(y)

    first, second = run()
    assert (first != second).any()
    np.testing.assert_array_equal(run()[0], first)


# States that batches hand on.


def stateful(kind, weights=None, batch=BATCH, **options):
    layer = KINDS[kind](UNITS, stateful=True, dtype="float64", **options)
    model = tf.keras.Sequential([Input(batch_shape=(batch, 2, SIZE), dtype="float64"), layer])
    if weights is not None:
        layer.set_weights(weights)
    return model, layer


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_goes_on_from_the_one_before(kind, rng):
    _, _, weights = built(kind, rng)
    model, layer = stateful(kind, weights, return_sequences=True)
    assert len(model.get_weights()) == 3 and len(layer.states) == STATES[kind]
    x = rng.uniform(-1, 1, (BATCH, 6, SIZE))
    whole = network(kind, x, weights)[0]
    for _ in range(2):
        for t in (0, 2, 4):
            close(model.predict(x[:, t : t + 2], batch_size=BATCH, verbose=0), whole[:, t : t + 2])
        model.reset_states()
    close(model.predict(x[:, :2], batch_size=BATCH, verbose=0), whole[:, :2])
    layer.reset_states([np.ones((BATCH, UNITS))] * STATES[kind])
    wanted = network(kind, x[:, :2], weights, [np.ones((BATCH, UNITS))] * STATES[kind])[0]
    close(model.predict(x[:, :2], batch_size=BATCH, verbose=0), wanted)


def test_states_are_handed_on_in_training_and_in_evaluation(rng):
    _, _, weights = built("LSTM", rng)
    model, layer = stateful("LSTM", weights)
    model.compile(tf.keras.optimizers.SGD(0.0), "mse")
    x = rng.uniform(-1, 1, (3 * BATCH, 2, SIZE))
    long = x.reshape(3, BATCH, 2, SIZE).transpose(1, 0, 2, 3).reshape(BATCH, 6, SIZE)
    outputs, states = network("LSTM", long, weights)
    last = outputs[:, 1::2].transpose(1, 0, 2).reshape(-1, UNITS)
    history = model.fit(x, last, batch_size=BATCH, shuffle=False, verbose=0)
    np.testing.assert_allclose(history.history["loss"], 0.0, atol=1e-20)
    for state, wanted in zip(layer.states, states, strict=True):
        close(state.numpy(), wanted)
    layer.reset_state()
    np.testing.assert_allclose(model.evaluate(x, last, batch_size=BATCH, verbose=0), 0.0, atol=1e-20)
    close(layer.states[0].numpy(), states[0])


def test_states_in_a_graph_of_the_users(rng):
    x = tf.placeholder(tf.float32, (BATCH, 2, SIZE))
    layer = GRU(UNITS, stateful=True)
    y = layer(x)
    value = rng.uniform(-1, 1, (BATCH, 2, SIZE))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first, second = sess.run(y, {x: value}), sess.run(y, {x: value})
        weights = [w.astype(np.float64) for w in layer.get_weights()]
        layer.reset_states()
        np.testing.assert_array_equal(sess.run(y, {x: value}), first)
    wanted = network("GRU", np.concatenate([value, value], axis=1), weights)[0]
    close(first, wanted[:, 1], 1e-5)
    close(second, wanted[:, 3], 1e-5)


def test_a_model_takes_batches_of_the_size_it_says():
    model, layer = stateful("GRU")
    model.compile("sgd", "mse")
    x, y = np.ones((4 * BATCH, 2, SIZE)), np.zeros((4 * BATCH, UNITS))
    model.fit(x, y, validation_data=(x, y), verbose=0)
    assert model.predict(x, verbose=0).shape == (4 * BATCH, UNITS)
    for run in (
        lambda **k: model.fit(x, y, **k),
        lambda **k: model.predict(x, **k),
        lambda **k: model.evaluate(x, y, **k),
    ):
        with pytest.raises(ValueError, match="takes batches of 3 samples, so batch_size cannot be 6"):
            run(batch_size=6, verbose=0)
    with pytest.raises(ValueError, match="takes batches of 3 samples; got 4 samples"):
        model.predict(x[:4], verbose=0)


def test_what_stateful_layers_refuse(rng):
    model, layer = stateful("GRU")
    with pytest.raises(ValueError, match=r"takes batches of 3, got one of 2"):
        layer(tf.zeros((2, 2, SIZE), "float64"))
    with pytest.raises(ValueError, match=r"states of shapes \[\(3, 4\)\], which cannot be set from .*\(2, 4\)"):
        layer.reset_state([np.ones((2, 4))])
    with pytest.raises(ValueError, match="the size of the batch must be known"):
        GRU(UNITS, stateful=True)(Input((2, SIZE)))
    with pytest.raises(AttributeError, match="is not stateful"):
        GRU(UNITS).reset_states()


# The rest.


def test_masks_come_from_below_and_ride_on(rng):
    ids = np.array([[1, 2, 0], [3, 0, 1]])
    table = rng.uniform(-1, 1, (4, SIZE))
    inputs = Input((3,), dtype="int32")
    embedding = Embedding(4, SIZE, mask_zero=True, dtype="float64")
    layer = GRU(UNITS, return_sequences=True, dtype="float64")
    hidden = layer(embedding(inputs))
    assert hidden.masked and not GRU(UNITS, dtype="float64")(hidden).masked
    embedding.set_weights([table])
    weights = [rng.uniform(-1, 1, w.shape) for w in layer.get_weights()]
    layer.set_weights(weights)
    wanted = network("GRU", table[ids], weights, mask=ids > 0)[0]
    close(tf.keras.Model(inputs, hidden).predict(ids, verbose=0), wanted)
    states = LSTM(UNITS, return_state=True, return_sequences=True, dtype="float64")(hidden)
    assert [t.masked for t in states] == [True, False, False]


def test_masking_leaves_out_times_without_features(rng):
    layer, x, weights = built("LSTM", rng)
    x[~MASK] = 7.0
    x[0, 0, 0] = 7.0
    model = tf.keras.Sequential([Input((TIMES, SIZE), dtype="float64"), Masking(7.0, dtype="float64"), layer])
    close(model.predict(x, verbose=0), network("LSTM", x, weights, mask=MASK)[0][:, -1])
    close(tf.keras.Model(model.input, model.layers[0].output).predict(x, verbose=0), np.where(MASK[..., None], x, 0))


@pytest.mark.parametrize("kind", KINDS)
def test_from_its_configuration_it_is_the_same(kind):
    assert_remade(KINDS[kind](3, return_sequences=True, go_backwards=True, dropout=0.2, seed=5, name="a"))
    assert_remade(KINDS[kind](3, activation="relu", kernel_regularizer="l2", recurrent_constraint="unit_norm"))
    layer = KINDS[kind](3, use_bias=False, stateful=True)
    assert layer.units == 3 and layer.use_bias is False and layer.recurrent_dropout == 0.0
    with pytest.raises(AttributeError, match="has no attribute 'gaps'"):
        layer.gaps  # noqa: B018


def test_keras_2_said_the_size_of_the_input_in_other_words():
    model = tf.keras.Sequential([LSTM(UNITS, input_dim=SIZE, input_length=TIMES), Dense(1)])
    assert model.input_shape == (None, TIMES, SIZE)
    assert tf.keras.Sequential([GRU(UNITS, input_shape=(TIMES, SIZE))]).count_params() > 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LSTM(0), "LSTMCell needs a positive integer as units, got 0"),
        (lambda: GRU(2, dropout=1.0), "GRUCell takes a dropout of at least 0 and less than 1, got 1.0"),
        (lambda: LSTM(2, recurrent_dropout=-0.1), "recurrent_dropout of at least 0"),
        (lambda: LSTM(2, use_cudnn=True), "without cuDNN"),
        (lambda: LSTM(2)(Input((3,))), r"takes inputs \(batch, time, size\); got the shape \(\?, 3\)"),
        (lambda: LSTM(2)(Input((3, None))), r"of known size; got the shape \(\?, \?\)"),
        (lambda: GRU(2, unroll=True)(Input((None, 3))), "the number of times must be known"),
        (lambda: LSTM(2)(Input((4, 3)), initial_state=Input((2,))), r"of shapes \(\?, 2\), \(\?, 2\); got \(\?, 2\)\."),
        (lambda: GRU(2)(Input((4, 3)), initial_state=Input((3,))), r"of shapes \(\?, 2\); got \(\?, 3\)\."),
        (lambda: GRU(2)(Input((4, 3)), mask=Input((5,), dtype="bool")), r"mask \(batch, time\) for inputs"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_another_size_of_inputs_than_it_was_built_for():
    layer = LSTM(2, dtype="float64")
    layer(Input((4, 3), dtype="float64"))
    with pytest.raises(ValueError, match=r"built for inputs of size 3; got the shape \(4, \?, 6\)"):
        layer(Input((4, 6), dtype="float64"))
    x = tf.placeholder(tf.float64, (None, None, None))
    y = layer(x)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="MatMul"):
        sess.run(y, {x: np.ones((1, 4, 6))})


def test_arguments_that_nobody_knows():
    with pytest.raises(TypeError, match="LSTM got arguments it does not know: unit"):
        LSTM(2, unit=3)
