"""Recurrent layers, their cells, and the wrappers around layers."""

import numpy as np

from tests.parity.harness import Case

_rng = np.random.default_rng(3)
SEQUENCES = _rng.uniform(-1, 1, (4, 6, 3)).astype(np.float32)
IDS = np.array([[3, 1, 0, 4, 0, 0], [1, 0, 0, 0, 0, 0], [0, 0, 2, 2, 1, 3], [4, 3, 2, 1, 4, 3]], np.int32)
GAPS = np.where(IDS[..., None] > 0, SEQUENCES, 0.0).astype(np.float32)
STATES = [_rng.uniform(-1, 1, (4, 5)).astype(np.float32) for _ in range(2)]
FILMS = _rng.uniform(-1, 1, (3, 4, 5, 5, 2)).astype(np.float32)

KINDS = ("SimpleRNN", "LSTM", "GRU")


def on_sequences(layers, shape=(6, 3)):
    """A model of `layers(k)` on sequences."""
    return lambda k: k.Sequential([k.Input(shape), *layers(k)])


def one(kind, units=5, shape=(6, 3), **options):
    return on_sequences(lambda k: [getattr(k.layers, kind)(units, **options)], shape)


def masked(kind, **options):
    return on_sequences(lambda k: [k.layers.Masking(), getattr(k.layers, kind)(5, **options)])


def embedded(kind, **options):
    layers = [("Embedding", {"input_dim": 5, "output_dim": 3, "mask_zero": True}), (kind, {"units": 5, **options})]
    return lambda k: k.Sequential(
        [k.Input((6,), dtype="int32"), *[getattr(k.layers, name)(**arguments) for name, arguments in layers]]
    )


def both_ways(kind, masks=False, **options):
    given = {k: options.pop(k) for k in ("merge_mode",) if k in options}
    return on_sequences(
        lambda k: [
            *([k.layers.Masking()] if masks else []),
            k.layers.Bidirectional(getattr(k.layers, kind)(5, **options), **given),
        ]
    )


def all_states(kind, **options):
    def make(k):
        x = k.Input((6, 3))
        return k.Model(x, list(getattr(k.layers, kind)(5, return_state=True, **options)(x)))

    return make


def from_states(kind):
    def make(k):
        x = k.Input((6, 3))
        states = [k.Input((5,)) for _ in range(2 if kind == "LSTM" else 1)]
        y = getattr(k.layers, kind)(5, return_sequences=True)(x, initial_state=states)
        return k.Model([x, *states], y)

    return make


def encoder_and_decoder(k):
    x, y = k.Input((6, 3)), k.Input((6, 3))
    _, *states = k.layers.LSTM(5, return_state=True)(x)
    decoded = k.layers.LSTM(5, return_sequences=True)(y, initial_state=states)
    return k.Model([x, y], k.layers.TimeDistributed(k.layers.Dense(2, activation="softmax"))(decoded))


def both_ways_with_all_states(k):
    x = k.Input((6, 3))
    layer = k.layers.Bidirectional(k.layers.LSTM(5, return_state=True, return_sequences=True))
    return k.Model(x, list(layer(x)))


def both_ways_from_states(k):
    x, h, g = k.Input((6, 3)), k.Input((5,)), k.Input((5,))
    return k.Model([x, h, g], k.layers.Bidirectional(k.layers.GRU(5))(x, initial_state=[h, g]))


def two_different_ways(k):
    ahead = k.layers.GRU(5, return_sequences=True)
    back = k.layers.GRU(5, return_sequences=True, go_backwards=True, reset_after=False, activation="relu")
    return on_sequences(lambda k: [k.layers.Bidirectional(ahead, backward_layer=back, merge_mode="ave")])(k)


def apart(k):
    x = k.Input((6, 3))
    layer = k.layers.Bidirectional(k.layers.SimpleRNN(5, return_sequences=True), merge_mode=None)
    return k.Model(x, list(layer(x)))


def stacked_cells(k):
    cells = [k.layers.GRUCell(4), k.layers.LSTMCell(5), k.layers.SimpleRNNCell(3)]
    return on_sequences(lambda k: [k.layers.Masking(), k.layers.RNN(cells, return_sequences=True)])(k)


def own_cell(k):
    class Cell(k.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel")

        def call(self, inputs, states):
            output = inputs @ self.kernel + states[0] @ self.recurrent_kernel
            return output, [output]

    return on_sequences(lambda k: [k.layers.Masking(), k.layers.RNN(Cell(5), return_sequences=True)])(k)


def on_top_of_each_other(k):
    return on_sequences(
        lambda k: [k.layers.GRU(5, return_sequences=True), k.layers.LSTM(4, return_sequences=True), k.layers.LSTM(3)]
    )(k)


def of_documents(k):
    x = k.Input((3, 4), dtype="int32")
    words = k.layers.Embedding(5, 3, mask_zero=True)(x)
    sentences = k.layers.TimeDistributed(k.layers.GRU(4))(words)
    return k.Model(x, k.layers.LSTM(5)(sentences))


def normalised_at_each_time(k):
    return on_sequences(lambda k: [k.layers.TimeDistributed(k.layers.BatchNormalization()), k.layers.Dense(2)])(k)


def films(k):
    frame = k.Sequential([k.Input((5, 5, 2)), k.layers.Conv2D(3, 2, activation="relu"), k.layers.Flatten()])
    return on_sequences(lambda k: [k.layers.TimeDistributed(frame), k.layers.LSTM(4)], (4, 5, 5, 2))(k)


def penalised(k):
    return on_sequences(
        lambda k: [
            k.layers.LSTM(
                5,
                activity_regularizer="l2",
                kernel_regularizer="l1",
                recurrent_regularizer="l2",
                bias_regularizer=k.regularizers.L1L2(0.1, 0.2),
            )
        ]
    )(k)


CASES = [
    *[Case(kind, one(kind), SEQUENCES) for kind in KINDS],
    *[Case(f"{kind}, masked", masked(kind, return_sequences=True), GAPS) for kind in KINDS],
    *[Case(f"{kind}, all states", all_states(kind), SEQUENCES) for kind in KINDS],
    *[Case(f"{kind}, from states", from_states(kind), [SEQUENCES, *STATES[: 1 + (kind == "LSTM")]]) for kind in KINDS],
    *[Case(f"{kind}, masked both ways", both_ways(kind, masks=True, return_sequences=True), GAPS) for kind in KINDS],
    *[
        Case(f"merged by {mode}", both_ways("GRU", merge_mode=mode, return_sequences=True), SEQUENCES)
        for mode in ("sum", "mul", "ave")
    ],
    Case("LSTM, both ways to one", both_ways("LSTM"), SEQUENCES),
    Case("LSTM, no bias", one("LSTM", use_bias=False, activation="elu"), SEQUENCES),
    Case("GRU, no bias", one("GRU", use_bias=False, activation="elu"), SEQUENCES),
    Case("LSTM, backwards", one("LSTM", go_backwards=True, return_sequences=True), SEQUENCES),
    Case("GRU, backwards to one", one("GRU", go_backwards=True), SEQUENCES),
    Case("GRU, masked backwards", masked("GRU", return_sequences=True, go_backwards=True), GAPS),
    Case("LSTM, masked to one", masked("LSTM"), GAPS),
    Case("LSTM, masked by zeros", masked("LSTM", return_sequences=True, zero_output_for_mask=True), GAPS),
    Case("LSTM, unrolled", one("LSTM", unroll=True, return_sequences=True), SEQUENCES),
    Case("GRU, any times", one("GRU", shape=(None, 3), return_sequences=True), SEQUENCES),
    Case("LSTM, embedded", embedded("LSTM"), IDS),
    Case("GRU, reset before", one("GRU", reset_after=False), SEQUENCES),
    Case("LSTM, another gate", one("LSTM", recurrent_activation="softsign"), SEQUENCES),
    Case("LSTM, split kernels", one("LSTM", implementation=1), SEQUENCES),
    Case("dropout at rest", one("GRU", dropout=0.5, recurrent_dropout=0.5), SEQUENCES, trains=False),
    Case("encoder and decoder", encoder_and_decoder, [SEQUENCES, GAPS]),
    Case("both ways with all states", both_ways_with_all_states, SEQUENCES),
    Case("both ways from states", both_ways_from_states, [SEQUENCES, *STATES]),
    Case("two different ways", two_different_ways, SEQUENCES),
    Case("both ways apart", apart, SEQUENCES),
    Case("stacked cells", stacked_cells, GAPS),
    Case("a cell of one's own", own_cell, GAPS),
    Case("on top of each other", on_top_of_each_other, SEQUENCES),
    Case("documents of sentences", of_documents, IDS[:, :4].reshape(4, 1, 4).repeat(3, axis=1)),
    Case("normalised at each time", normalised_at_each_time, SEQUENCES),
    Case("films", films, FILMS),
    Case("penalised LSTM", penalised, SEQUENCES),
]
