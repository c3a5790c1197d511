"""Sums of products over named axes, and attention, against NumPy."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from kerasflow.layers.masks import mask_of, set_mask
from tests.layers.harness import assert_remade, close, outputs, with_weights

F64 = {"dtype": "float64"}


@pytest.fixture
def rng():
    return np.random.default_rng(11)


# Products.


@pytest.mark.parametrize(
    ("equation", "shape", "output", "bias_axes", "kernel", "bias"),
    [
        ("ab,bc->ac", (3, 4), 5, None, (4, 5), None),
        ("ab,bc->ac", (3, 4), (5,), "c", (4, 5), (5,)),
        ("abc,cde->abde", (3, 2, 4), (None, 5, 6), "de", (4, 5, 6), (5, 6)),
        ("abc,cde->abde", (3, 2, 4), (None, 5, 6), "d", (4, 5, 6), (5, 1)),
        ("abde,dec->abc", (3, 2, 4, 5), (None, 6), "bc", (4, 5, 6), (2, 6)),
        ("abc,bcd->abd", (3, 2, 4), (2, 5), "d", (2, 4, 5), (5,)),
        ("...b,bc->...c", (3, 2, 6, 4), (5,), "c", (4, 5), (5,)),
        ("...ab,abc->...c", (3, 2, 6, 4), (5,), "c", (6, 4, 5), (5,)),
        ("ab...,bc->ac...", (3, 4, 2, 6), 5, "c", (4, 5), (5, 1, 1)),
    ],
)
def test_products(equation, shape, output, bias_axes, kernel, bias, rng):
    x = rng.standard_normal(shape)
    layer, weights = with_weights(
        layers.EinsumDense(equation, output, bias_axes=bias_axes, activation="tanh", **F64), rng, x
    )
    assert [w.shape for w in weights] == [kernel] + ([] if bias is None else [bias])
    close(outputs(layer, x), np.tanh(np.einsum(equation, x, weights[0]) + sum(weights[1:])))
    assert_remade(layer)
    assert layer.get_config()["output_shape"] == ((output,) if isinstance(output, int) else output)


@pytest.mark.parametrize(
    ("equation", "output", "bias_axes", "shape", "message"),
    [
        ("ab,bc", 5, None, (4,), "is not like 'ab,bc->ac'"),
        ("...b,bc->c", 5, None, (4,), "is not like 'ab,bc->ac'"),
        ("aa,ac->ac", 5, None, (4,), "names an axis twice"),
        ("ab,bc->ad", 5, None, (4,), "is named nowhere else"),
        ("abc,cd->abd", 5, None, (4,), "names 3 axes, and it is called on inputs of 2"),
        ("abc,cd->abd", 5, None, (3, 4), r"output_shape=\(5,\) does not have the axes of its output"),
        ("abc,cd->abd", (2, 5), None, (3, 4), r"the axis 'b' of inputs of shape \(\?, 3, 4\) is 2 in output_shape"),
        ("ab,bc->ac", 5, "b", (4,), "names 'b', which is no axis of its output"),
        ("ab,bc->ac", 5, None, (None,), "must be fully known"),
        ("ab,bc->ac", (None,), None, (4,), "must be fully known"),
    ],
)
def test_equations_that_do_not_fit(equation, output, bias_axes, shape, message):
    with pytest.raises(ValueError, match=message):
        layers.EinsumDense(equation, output, bias_axes=bias_axes)(tf.keras.Input(shape))


def test_a_built_product_refuses_other_sizes():
    layer = layers.EinsumDense("ab,bc->ac", 5)
    layer(tf.keras.Input((4,)))
    with pytest.raises(ValueError, match=r"inputs of shape \(\?, 3\) do not fit its kernel, \(4, 5\)"):
        layer(tf.keras.Input((3,)))


# One head.


def softmax(scores, kept=True, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True)) * kept
    return e / e.sum(axis=axis, keepdims=True)


@pytest.fixture
def qvk(rng):
    return [rng.standard_normal(s) for s in ((3, 4, 5), (3, 6, 5), (3, 6, 5))]


SCORES = {
    "dot": lambda q, k, w: q @ k.transpose(0, 2, 1),
    "scaled dot": lambda q, k, w: q @ k.transpose(0, 2, 1) * w[0],
    "concat": lambda q, k, w: w[0] * np.tanh(q[:, :, None] + k[:, None]).sum(-1),
    "scaled concat": lambda q, k, w: w[1] * np.tanh(w[0] * (q[:, :, None] + k[:, None])).sum(-1),
    "additive": lambda q, k, w: np.tanh(q[:, :, None] + k[:, None]).sum(-1),
    "scaled additive": lambda q, k, w: (w[0] * np.tanh(q[:, :, None] + k[:, None])).sum(-1),
}


@pytest.mark.parametrize("kind", SCORES)
def test_attention(kind, qvk, rng):
    mode = kind.split()[-1]
    options = {"use_scale": kind.startswith("scaled"), **F64}
    layer = layers.AdditiveAttention(**options) if mode == "additive" else layers.Attention(score_mode=mode, **options)
    layer, weights = with_weights(layer, rng, *qvk)
    q, v, k = qvk
    close(outputs(layer, q, v, k), softmax(SCORES[kind](q, k, weights)) @ v)
    close(outputs(layer, q, v), softmax(SCORES[kind](q, v, weights)) @ v)
    assert_remade(layer)
    assert ("score_mode" in layer.get_config()) == (mode != "additive")


def run(layer, arrays, **options):
    with tf.Session() as sess:
        tensors = [tf.constant(a) for a in arrays]
        result = layer(tensors, **options)
        sess.run(tf.global_variables_initializer())
        return sess.run(result)


def test_masks_of_queries_and_values(qvk):
    q, v, k = qvk
    of_query = np.arange(4) < np.array([[4], [2], [3]])
    of_value = np.arange(6) < np.array([[5], [1], [6]])
    layer = layers.Attention(**F64)
    expected = softmax(q @ k.transpose(0, 2, 1), of_value[:, None]) @ v * of_query[..., None]
    y, weights = run(layer, qvk, mask=[of_query, of_value], return_attention_scores=True)
    close(y, expected)
    close(weights, softmax(q @ k.transpose(0, 2, 1), of_value[:, None]))
    tensors = [tf.constant(a) for a in qvk]
    set_mask(tensors[0], tf.constant(of_query))
    set_mask(tensors[1], tf.constant(of_value))
    y = layer(tensors)
    got, mask = tf.Session().run([y, mask_of(y)])
    close(got, expected)
    assert (mask == of_query).all()


def test_values_after_the_query_are_not_seen(qvk):
    q, v, k = qvk
    causal = np.tril(np.ones((4, 6), bool))
    of_value = np.arange(6) < np.array([[5], [1], [6]])
    scores = q @ k.transpose(0, 2, 1)
    close(run(layers.Attention(**F64), qvk, use_causal_mask=True), softmax(scores, causal) @ v)
    y = run(layers.Attention(**F64), qvk, use_causal_mask=True, mask=[None, of_value])
    close(y, softmax(scores, causal & of_value[:, None]) @ v)


def test_weights_are_dropped_in_training():
    x = [np.zeros((1, 1, 2)), np.ones((1, 1000, 2))]
    layer = layers.Attention(dropout=0.5, seed=1, **F64)
    close(run(layer, x), np.ones((1, 1, 2)))
    dropped = run(layer, x, training=True)
    assert abs(dropped[0, 0, 0] - 1.0) < 0.15 and dropped[0, 0, 0] != 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Attention(score_mode="cosine"), "one of dot, concat as score_mode"),
        (lambda: layers.Attention()(tf.keras.Input((3, 4))), r"is called on \[query, value\] or"),
        (lambda: layers.Attention()([tf.keras.Input((3, 4))]), r"is called on \[query, value\] or"),
        (lambda: run(layers.Attention(), [np.zeros((1, 2, 3))] * 2, mask=np.ones((1, 2), bool)), "takes masks as"),
        (lambda: layers.MultiHeadAttention(0, 3), "positive integer as num_heads"),
        (lambda: layers.MultiHeadAttention(2, 1.5), "positive integer as key_dim"),
        (lambda: layers.MultiHeadAttention(2, 3, sliding_window=0), "positive integer as sliding_window"),
        (lambda: layers.GroupQueryAttention(2, 3, 2), "3 heads evenly among 2 groups"),
        (
            lambda: layers.MultiHeadAttention(2, 3)(*[tf.keras.Input((n, 4)) for n in (2, 3, 5)]),
            r"alike in all axes but the last; got \(\?, 3, 4\) and \(\?, 5, 4\)",
        ),
        (lambda: layers.GroupQueryAttention(2, 2, 1)(*[tf.keras.Input((2, 3, 4))] * 2), "of 3 axes"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# Several heads.


def heads(x, kernel, bias=0.0):
    return np.einsum("btd,dhk->bhtk", x, kernel) + (bias[:, None] if np.ndim(bias) else bias)


def many_headed(q, v, k, weights, kept=True):
    """Head by head; and the weights of the values."""
    wq, bq, wk, bk, wv, bv, wo, bo = weights
    queries, keys, values = heads(q, wq, bq), heads(k, wk, bk), heads(v, wv, bv)
    found = softmax(queries @ keys.transpose(0, 1, 3, 2) / np.sqrt(wq.shape[-1]), kept)
    return np.einsum("bhtk,hkd->btd", found @ values, wo) + bo, found


def made(layer, rng, *arrays):
    """The layer with random weights, and these."""
    layer.build(*[(None, *a.shape[1:]) for a in arrays])
    drawn = [rng.standard_normal(w.shape) for w in layer.get_weights()]
    layer.set_weights(drawn)
    return layer, drawn


def call(layer, *arrays, **options):
    """What the layer gives when it is called on constants."""
    return tf.Session().run(layer(*[tf.constant(a) for a in arrays], **options))


def test_several_heads(qvk, rng):
    layer, weights = made(layers.MultiHeadAttention(2, 3, value_dim=4, **F64), rng, *qvk)
    shapes = [(5, 2, 3), (2, 3), (5, 2, 3), (2, 3), (5, 2, 4), (2, 4), (2, 4, 5), (5,)]
    assert [w.shape for w in weights] == shapes
    expected, found = many_headed(*qvk, weights)
    close(call(layer, *qvk), expected)
    got, scores = call(layer, *qvk, return_attention_scores=True)
    close(got, expected)
    close(scores, found)
    close(call(layer, *qvk[:2]), many_headed(qvk[0], qvk[1], qvk[1], weights)[0])
    assert_remade(layers.MultiHeadAttention(2, 3, value_dim=4, attention_axes=1, output_shape=7, **F64))


def test_heads_that_do_not_see_everything(qvk, rng):
    layer, weights = made(layers.MultiHeadAttention(2, 3, **F64), rng, *qvk)
    kept = rng.uniform(size=(3, 4, 6)) < 0.7
    kept[..., 0] = True
    causal = np.tril(np.ones((4, 6), bool))
    of_value = np.arange(6) < np.array([[5], [1], [6]])
    for scores in (False, True):
        options = {"return_attention_scores": scores}

        def got(options=options, **more):
            y = call(layer, *qvk, **options, **more)
            return y[0] if isinstance(y, (list, tuple)) else y

        close(got(attention_mask=kept), many_headed(*qvk, weights, kept[:, None])[0])
        close(got(use_causal_mask=True), many_headed(*qvk, weights, causal)[0])
        both = kept & causal & of_value[:, None]
        y = got(attention_mask=kept, use_causal_mask=True, value_mask=of_value)
        close(y, many_headed(*qvk, weights, both[:, None])[0])
        close(got(key_mask=of_value), many_headed(*qvk, weights, of_value[:, None, None])[0])
    near = layers.MultiHeadAttention(2, 3, sliding_window=3, **F64)
    near.build(*[a.shape for a in qvk])
    near.set_weights(weights)
    window = np.abs(np.arange(4)[:, None] - np.arange(6)) < 3
    close(call(near, *qvk), many_headed(*qvk, weights, window)[0])


def test_masks_that_ride_with_the_inputs(qvk, rng):
    layer, weights = made(layers.MultiHeadAttention(2, 3, **F64), rng, *qvk[:2])
    q, v = (tf.constant(a) for a in qvk[:2])
    of_query = np.arange(4) < np.array([[4], [2], [3]])
    of_value = np.arange(6) < np.array([[5], [1], [6]])
    set_mask(q, tf.constant(of_query))
    set_mask(v, tf.constant(of_value))
    y = layer(q, v)
    got, mask = tf.Session().run([y, mask_of(y)])
    expected = many_headed(qvk[0], qvk[1], qvk[1], weights, of_value[:, None, None])[0]
    assert (mask == of_query).all()
    close(got[of_query], expected[of_query])


def test_attention_over_two_axes(rng):
    x = rng.standard_normal((2, 3, 4, 5))
    layer, weights = made(layers.MultiHeadAttention(2, 3, attention_axes=(1, 2), **F64), rng, x, x)
    flat = x.reshape(2, 12, 5)
    close(call(layer, x, x), many_headed(flat, flat, flat, weights)[0].reshape(x.shape))
    rows = layers.MultiHeadAttention(2, 3, attention_axes=-2, **F64)
    rows.build(x.shape, x.shape)
    rows.set_weights(weights)
    apart = x.reshape(6, 4, 5)
    close(call(rows, x, x), many_headed(apart, apart, apart, weights)[0].reshape(x.shape))
    assert rows.get_config()["attention_axes"] == (2,)


def test_other_outputs_and_gates(qvk, rng):
    layer, weights = made(layers.MultiHeadAttention(2, 3, use_bias=False, output_shape=(2, 7), **F64), rng, *qvk)
    wq, wk, wv, wo = weights
    values = softmax(heads(qvk[0], wq) @ heads(qvk[2], wk).transpose(0, 1, 3, 2) / np.sqrt(3)) @ heads(qvk[1], wv)
    close(call(layer, *qvk), np.einsum("bhtk,hkde->btde", values, wo))
    layer, weights = made(layers.MultiHeadAttention(2, 3, use_bias=False, use_gate=True, **F64), rng, *qvk)
    wq, wk, wg, wv, wo = weights
    values = softmax(heads(qvk[0], wq) @ heads(qvk[2], wk).transpose(0, 1, 3, 2) / np.sqrt(3)) @ heads(qvk[1], wv)
    close(call(layer, *qvk), np.einsum("bhtk,hkd->btd", values / (1 + np.exp(-heads(qvk[0], wg))), wo))


def test_groups_of_heads(qvk, rng):
    layer, weights = made(layers.GroupQueryAttention(3, 6, 2, **F64), rng, *qvk)
    assert [w.shape for w in weights[:4]] == [(5, 6, 3), (6, 3), (5, 2, 3), (2, 3)]
    spread = [w.repeat(3, w.ndim - 2) if i in (2, 3, 4, 5) else w for i, w in enumerate(weights)]
    expected, found = many_headed(*qvk, spread)
    close(call(layer, *qvk), expected)
    close(call(layer, *qvk, return_attention_scores=True)[1], found)
    close(call(layer, *qvk, use_causal_mask=True), many_headed(*qvk, spread, np.tril(np.ones((4, 6), bool)))[0])
    assert_remade(layer)
    assert layers.GroupQueryAttention(3, 6, 2).name.startswith("grouped_query_attention")
    saved = layers.serialize(layer)
    assert saved["class_name"] == "GroupQueryAttention"
    again = layers.deserialize({**saved, "class_name": "GroupedQueryAttention"})  # as .h5 files have it
    assert again.get_config() == layer.get_config()


def test_gates_of_groups(qvk, rng):
    layer, weights = made(layers.GroupQueryAttention(3, 4, 2, use_bias=False, use_gate=True, **F64), rng, *qvk)
    wq, wk, wg, wv, wo = weights
    keys, values = heads(qvk[2], wk).repeat(2, 1), heads(qvk[1], wv).repeat(2, 1)
    means = softmax(heads(qvk[0], wq) @ keys.transpose(0, 1, 3, 2) / np.sqrt(3)) @ values
    close(call(layer, *qvk), np.einsum("bhtk,hkd->btd", means / (1 + np.exp(-heads(qvk[0], wg))), wo))


def test_steps_whose_number_is_known_in_the_run_only(qvk, rng):
    q, v, k = qvk
    close(
        outputs_of_any_length(layers.Attention(**F64), [q, v, k], use_causal_mask=True),
        softmax(q @ k.transpose(0, 2, 1), np.tril(np.ones((4, 6), bool))) @ v,
    )
    layer, weights = made(layers.MultiHeadAttention(2, 3, sliding_window=2, **F64), rng, *qvk)
    inputs = [tf.keras.Input((None, 5), dtype="float64") for _ in qvk]
    model = tf.keras.Model(inputs, layer(*inputs, use_causal_mask=True))
    distance = np.arange(4)[:, None] - np.arange(6)
    kept = (distance >= 0) & (distance < 2)
    close(model.predict(qvk, verbose=0), many_headed(*qvk, weights, kept)[0])


def outputs_of_any_length(layer, arrays, **options):
    inputs = [tf.keras.Input((None, a.shape[-1]), dtype="float64") for a in arrays]
    return tf.keras.Model(inputs, layer(inputs, **options)).predict(arrays, verbose=0)


def test_the_arguments_may_be_named(qvk, rng):
    layer, weights = made(layers.MultiHeadAttention(2, 3, **F64), rng, *qvk)
    q, v, k = (tf.constant(a) for a in qvk)
    close(tf.Session().run(layer(query=q, value=v, key=k)), many_headed(*qvk, weights)[0])


def test_it_is_trained_by_a_model(qvk):
    tf.set_random_seed(1)
    inputs = tf.keras.Input((4, 5))
    y = layers.MultiHeadAttention(2, 3, dropout=0.1)(inputs, inputs, use_causal_mask=True)
    model = tf.keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(y)))
    model.compile(tf.keras.optimizers.Adam(0.02), "mse")
    history = model.fit(qvk[0], np.ones((3, 1)), epochs=30, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]
    assert len(model.trainable_weights) == 10


def test_on_the_tensors_of_a_graph_the_weights_are_its_variables(qvk):
    x = tf.constant(qvk[0])
    y = layers.MultiHeadAttention(2, 3, name="mha", **F64)(x, x)
    names = [v.name for v in tf.global_variables()]
    assert len(names) == 8 and "mha/query/kernel:0" in names and "mha/attention_output/bias:0" in names
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(y).shape == (3, 4, 5)
