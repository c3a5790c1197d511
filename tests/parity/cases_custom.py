"""Layers and models of one's own, nested and shared in every way, and masks on their ways through them."""

import numpy as np

from tests.parity.harness import Case

_rng = np.random.default_rng(4)
ROWS = _rng.uniform(-1, 1, (6, 5)).astype(np.float32)
OTHERS = _rng.uniform(-1, 1, (6, 3)).astype(np.float32)
STEPS = _rng.uniform(-1, 1, (4, 6, 3)).astype(np.float32)
IDS = np.array([[1, 2, 3, 0, 0, 0], [4, 0, 5, 0, 0, 6], [7, 7, 7, 7, 7, 7], [1, 0, 0, 0, 0, 0]], np.int32)


def weighted_layer(k):
    """`add_weight` as Keras 3 has it, with weights made in another order than they are listed in."""

    class Affine(k.layers.Layer):
        def build(self, input_shape):
            self.shift = self.add_weight((input_shape[-1],), "zeros", name="shift", trainable=False)
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor", regularizer="l2")
            self.scale = self.add_weight(name="scale", initializer="ones")

        def call(self, x):
            return x * self.factor * self.scale + self.shift

    return k.Sequential([k.Input((5,)), Affine(), k.layers.Dense(3), Affine()])


def blocks_in_lists(k):
    """Layers in lists that grow and in dicts: their weights come in the order in which the layers were put there."""

    class Blocks(k.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense, self.norms = [], []
            self._last = k.layers.Dense(5)
            for size in (4, 6):
                self.dense.append(k.layers.Dense(size, activation="tanh"))
                self.norms.append(k.layers.BatchNormalization())
            self.ways = {"a": k.layers.Dense(5), "b": k.layers.Dense(5, use_bias=False)}
            self.pair = (k.layers.Dense(2), [k.layers.Dense(2)])

        def call(self, x):
            y = x
            for dense, norm in zip(self.dense, self.norms, strict=True):
                y = norm(dense(y))
            y = self._last(y) + self.ways["a"](x) + self.ways["b"](x)
            return self.pair[0](y) * self.pair[1][0](y)

    return k.Sequential([k.Input((5,)), Blocks(), k.layers.Dense(2)])


def several_arguments(k):
    class Gate(k.layers.Layer):
        def build(self, x_shape, other_shape):
            self.w = self.add_weight((other_shape[-1], x_shape[-1]), name="w")

        def call(self, x, other, factor=1.0):
            return x * (other @ self.w) * factor

    a, b = k.Input((5,), name="a"), k.Input((3,), name="b")
    gate = Gate()
    return k.Model([a, b], k.layers.Dense(2)(gate(gate(a, b), other=b, factor=0.5)))


def own_model(k):
    class Residual(k.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = k.layers.Dense(5, activation="relu"), k.layers.Dense(5)
            self.drop = k.layers.Dropout(0.5)

        def call(self, x, training=False):
            return x + self.drop(self.second(self.first(x)), training=False if training else None)

    x = k.Input((5,))
    inner = Residual()
    return k.Model(x, k.layers.Dense(2)(inner(inner(x))))


def model_in_own_model(k):
    a, b = k.Input((5,), name="a"), k.Input((3,), name="b")
    functional = k.Model({"a": a, "b": b}, {"sum": k.layers.Dense(4)(a) + k.layers.Dense(4)(b), "a": a})

    class Outer(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = functional
            self.stack = k.Sequential([k.layers.Dense(3, activation="tanh"), k.Sequential([k.layers.Dense(2)])])

        def call(self, inputs):
            found = self.inner({"a": inputs[0], "b": inputs[1]})
            return self.stack(found["sum"]), self.stack(found["sum"] * 0.5)

    p, q = k.Input((5,), name="p"), k.Input((3,), name="q")
    first, second = Outer()([p, q])
    return k.Model([p, q], k.layers.Concatenate()([first, second]))


def shared_models(k):
    tower = k.Sequential([k.Input((5,)), k.layers.Dense(4, activation="relu"), k.layers.Dense(3)])
    x = k.Input((5,))
    y = tower(x)
    again = k.Model(x, k.layers.Dense(5)(y))
    return k.Model(x, k.layers.Subtract()([y, tower(again(x))]))


def penalties(k):
    class Sparse(k.layers.Layer):
        def call(self, x):
            self.add_loss(0.1 * k.ops.sum(k.ops.abs(x)))
            return x

    x = k.Input((5,))
    y = k.layers.Activation("tanh", activity_regularizer="l2")(k.layers.Dense(4, activity_regularizer="l1")(x))
    return k.Model(x, Sparse()(y))


def frozen(k):
    norm = k.layers.BatchNormalization()
    inner = k.Sequential([k.Input((5,)), k.layers.Dense(4), norm])
    inner.trainable = False
    x = k.Input((5,))
    return k.Model(x, k.layers.Dense(2)(inner(x)))


def mean_of_embedded(k):
    ids = k.Input((6,), dtype="int32")
    x = k.layers.Embedding(8, 3, mask_zero=True)(ids)
    return k.Model(ids, k.layers.Dense(2)(k.layers.GlobalAveragePooling1D()(k.layers.Dense(4)(x))))


def masked_normalisation(k):
    ids = k.Input((6,), dtype="int32")
    x = k.layers.BatchNormalization()(k.layers.Embedding(8, 3, mask_zero=True)(ids))
    return k.Model(ids, k.layers.GlobalAveragePooling1D()(k.layers.Dropout(0.0)(x)))


def merged_masks(k):
    ids, steps = k.Input((6,), dtype="int32", name="ids"), k.Input((6, 3), name="steps")
    x = k.layers.Embedding(8, 3, mask_zero=True)(ids)
    joined = k.layers.Concatenate(axis=1)([x, steps])
    ways = [k.layers.Add()([x, x]), k.layers.Add()([x, steps]), joined, k.layers.Concatenate()([x, steps])]
    return k.Model([ids, steps], [k.layers.GlobalAveragePooling1D()(way) for way in ways])


def mask_through_models(k):
    class Reader(k.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = k.layers.Dense(4)
            self.supports_masking = True

        def call(self, x, mask=None):
            y = self.dense(x)
            return y if mask is None else y * k.ops.cast(mask, "float32")[..., None]

    h = k.Input((6, 3))
    inner = k.Model(h, k.layers.Dense(3, activation="tanh")(h))
    stack = k.Sequential([k.layers.Embedding(8, 3, mask_zero=True), inner, k.Sequential([Reader()])])
    ids = k.Input((6,), dtype="int32")
    return k.Model(ids, k.layers.GlobalAveragePooling1D()(stack(ids)))


def masked_outputs(k):
    return k.Sequential([k.Input((6,), dtype="int32"), k.layers.Embedding(8, 3, mask_zero=True), k.layers.Dense(2)])


def running_total(k):
    class Total(k.layers.Layer):
        def build(self, input_shape):
            self.total = self.add_weight(shape=(input_shape[-1],), name="total", trainable=False)
            self.steps = self.add_weight(shape=(), name="steps", trainable=False)

        def call(self, x):
            self.total.assign(0.5 * self.total + 0.1 * k.ops.stop_gradient(k.ops.sum(x, axis=0)))
            self.steps.assign_add(k.ops.sum(k.ops.ones_like(x)))
            return x * self.total

    return k.Sequential([k.Input((5,)), k.layers.Dense(3), Total(), k.layers.Dense(2)])


def operations(k):
    class Norm(k.Layer):
        def call(self, x):
            mean, variance = k.ops.moments(x, axes=[-1], keepdims=True)
            y = (x - mean) * k.ops.rsqrt(variance + 1e-3)
            top = k.ops.max(k.ops.abs(y), axis=-1, keepdims=True)
            return k.ops.concatenate([k.ops.where(y > 0.0, y, 0.1 * y), k.ops.tanh(top)], axis=-1)

    x = k.Input((5,))
    y = Norm()(k.layers.Dense(x.shape[-1] + 2)(x))
    return k.Model(x, k.ops.mean(k.layers.Dense(4)(y), axis=-1, keepdims=True))


CASES = [
    Case("weighted layer", weighted_layer, ROWS),
    Case("blocks in lists", blocks_in_lists, ROWS),
    Case("several arguments", several_arguments, [ROWS, OTHERS]),
    Case("own model", own_model, ROWS),
    Case("model in own model", model_in_own_model, [ROWS, OTHERS]),
    Case("shared models", shared_models, ROWS),
    Case("penalties", penalties, ROWS),
    Case("frozen", frozen, ROWS),
    Case("mean of embedded", mean_of_embedded, IDS),
    Case("masked normalisation", masked_normalisation, IDS),
    Case("merged masks", merged_masks, [IDS, STEPS]),
    Case("mask through models", mask_through_models, IDS),
    Case("masked outputs", masked_outputs, IDS),
    Case("running total", running_total, ROWS),
    Case("operations", operations, ROWS),
]
