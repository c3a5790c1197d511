"""Sums of products over named axes, and attention."""

import numpy as np

from tests.parity.harness import Case

_rng = np.random.default_rng(4)
QUERIES = _rng.uniform(-1, 1, (4, 5, 6)).astype(np.float32)
VALUES = _rng.uniform(-1, 1, (4, 7, 6)).astype(np.float32)
KEYS = _rng.uniform(-1, 1, (4, 7, 6)).astype(np.float32)
IMAGES = _rng.uniform(-1, 1, (2, 3, 4, 5)).astype(np.float32)
WORDS = np.where(_rng.uniform(size=(4, 6)) < 0.3, 0, _rng.integers(1, 9, (4, 6))).astype(np.int32)
WORDS[:, 0] = 1


def product(x, equation, *args, **kwargs):
    def make(k):
        inputs = k.Input(x.shape[1:])
        return k.Model(inputs, k.layers.EinsumDense(equation, *args, **kwargs)(inputs))

    return Case(f"EinsumDense {equation} {args} {kwargs}", make, x)


def one_head(name, arrays, call=None, **kwargs):
    def make(k):
        inputs = [k.Input(a.shape[1:]) for a in arrays]
        hidden = [k.layers.Dense(6)(x) for x in inputs]
        return k.Model(inputs, getattr(k.layers, name)(**kwargs)(hidden, **(call or {})))

    return Case(f"{name} {kwargs} of {len(arrays)} {call or ''}", make, arrays)


def many_heads(name, arrays, *args, call=None, **kwargs):
    def make(k):
        inputs = [k.Input(a.shape[1:]) for a in arrays]
        layer = getattr(k.layers, name)(*args, **kwargs)
        outputs = layer(*(inputs * 2 if len(inputs) == 1 else inputs), **(call or {}))
        return k.Model(inputs[0] if len(inputs) == 1 else inputs, outputs)

    return Case(f"{name} {args} {kwargs} of {len(arrays)} {call or ''}", make, arrays if len(arrays) > 1 else arrays[0])


def masked_heads(k):
    """Over words that count, and a mean of those."""
    words = k.Input((6,), dtype="int32")
    x = k.layers.Embedding(9, 4, mask_zero=True)(words)
    y = k.layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    return k.Model(words, k.layers.GlobalAveragePooling1D()(y))


def masked_head(k):
    words = k.Input((6,), dtype="int32")
    x = k.layers.Embedding(9, 4, mask_zero=True)(words)
    return k.Model(words, k.layers.Dense(2)(k.layers.Attention()([x, x])))


CASES = [
    product(QUERIES, "abc,cde->abde", (None, 2, 3), bias_axes="de", activation="tanh"),
    product(QUERIES, "...x,xy->...y", 4, bias_axes="y"),
    product(IMAGES, "ab...,bc->ac...", 4, bias_axes="c"),
    product(QUERIES, "abc,bcd->abd", (5, 3), bias_axes="b"),
    one_head("Attention", [QUERIES, VALUES]),
    one_head("Attention", [QUERIES, VALUES, KEYS], use_scale=True, call={"use_causal_mask": True}),
    one_head("Attention", [QUERIES, VALUES, KEYS], use_scale=True, score_mode="concat"),
    one_head("AdditiveAttention", [QUERIES, VALUES, KEYS]),
    one_head("AdditiveAttention", [QUERIES, VALUES], use_scale=False),
    many_heads("MultiHeadAttention", [QUERIES], 2, 3),
    many_heads("MultiHeadAttention", [QUERIES, VALUES, KEYS], 2, 3, output_shape=5),
    many_heads("MultiHeadAttention", [QUERIES, VALUES], 2, 3, use_bias=False, call={"return_attention_scores": True}),
    many_heads("MultiHeadAttention", [QUERIES], 3, 2, use_gate=True, call={"use_causal_mask": True}),
    many_heads("MultiHeadAttention", [QUERIES], 3, 2, sliding_window=2),
    many_heads("MultiHeadAttention", [IMAGES], 2, 3, attention_axes=(1, 2)),
    many_heads("MultiHeadAttention", [IMAGES], 2, 3, attention_axes=2),
    many_heads("GroupQueryAttention", [QUERIES, VALUES], 3, 4, 2),
    many_heads("GroupQueryAttention", [QUERIES], 3, 4, 1, use_gate=True, call={"use_causal_mask": True}),
    Case("heads on words that count", masked_heads, WORDS),
    Case("one head on words that count", masked_head, WORDS),
]
