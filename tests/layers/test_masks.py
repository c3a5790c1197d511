"""Masks: how they ride from layer to layer, who takes them, who loses them."""

import copy

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Input,
    Layer,
)
from kerasflow.layers.masks import mask_of, set_mask

IDS = np.array([[1, 2, 0, 0], [3, 0, 4, 0]])


class Spy(Layer):
    """Gives the mask it takes, as numbers; -1 where there is none."""

    def call(self, inputs, mask=None):
        return tf.cast(mask, "float32") if mask is not None else -tf.ones(tf.shape(inputs)[:2])

    def compute_mask(self, inputs, mask=None):
        return None


class Pair(Layer):
    """Notes what masks two inputs come with."""

    supports_masking = True

    def call(self, first, second, first_mask=None, second_mask=None, mask=None):
        self.seen = (first_mask is not None, second_mask is not None, mask is not None)
        return first + second


def embedded(mask_zero=True):
    ids = Input((4,), dtype="int32")
    return ids, Embedding(5, 3, mask_zero=mask_zero)(ids)


def predicted(ids, output):
    return tf.keras.Model(ids, output).predict(IDS, verbose=0)


def test_a_mask_rides_through_layers_that_leave_the_steps_where_they_are():
    ids, x = embedded()
    for layer in (Dense(2), Dropout(0.5), BatchNormalization(), tf.keras.layers.Activation("relu")):
        x = layer(x)
    assert x.masked and x.mask_dims == (None, 4)
    np.testing.assert_array_equal(predicted(ids, Spy()(x)), IDS != 0)


def test_without_mask_zero_there_is_none():
    ids, x = embedded(mask_zero=False)
    assert not x.masked
    np.testing.assert_array_equal(predicted(ids, Spy()(x)), -np.ones((2, 4)))


def test_masks_ride_with_tensors_of_a_graph():
    x = tf.ones([2, 3, 1])
    assert mask_of(x) is None and mask_of(np.ones(3)) is None
    mask = tf.constant([[True, True, False], [True, False, False]])
    set_mask(x, mask)
    y = Dense(2)(x)
    assert mask_of(y) is mask
    set_mask(y, None)
    assert mask_of(y) is None and mask_of(x) is mask


def test_a_mask_that_the_caller_gives_counts():
    ids, x = embedded()
    given = np.array([[True, False, True, True]] * 2)
    np.testing.assert_array_equal(predicted(ids, Spy()(x, mask=given)), given)
    other = Input((4,), dtype="bool", name="other")
    model = tf.keras.Model([ids, other], Spy()(x, mask=other))
    np.testing.assert_array_equal(model.predict([IDS, given], verbose=0), given)


def test_several_arguments_have_masks_of_their_own():
    layer, (_, x), plain = Pair(), embedded(), Input((4, 3))
    for arguments, seen in [((x, x), (True, True, False)), ((x, plain), (True, False, False))]:
        y = layer(*arguments)
        assert layer.seen == seen
        assert y.masked  # that of the first argument
    assert not layer(plain, second=x).masked
    assert layer.seen == (False, True, False)


def test_one_argument_of_several_tensors_has_a_list_of_masks():
    class Listed(Layer):
        supports_masking = True

        def call(self, inputs, mask=None):
            self.seen = [m is not None for m in mask]
            return {"sum": inputs[0] + inputs[1], "first": inputs[0] * 1.0}

        def compute_mask(self, inputs, mask=None):
            return {"sum": None, "first": mask[0]}

    layer, (_, x), plain = Listed(), embedded(), Input((4, 3))
    y = layer([x, plain])
    assert layer.seen == [True, False]
    assert (y["first"].masked, y["sum"].masked) == (True, False)


def test_merged_masks():
    ids, x = embedded()
    shifted, plain = x[:, :, ::-1], Input((4, 3))
    assert not shifted.masked and not Add()([x, plain]).masked
    other = Embedding(5, 3, mask_zero=True)(4 - ids)
    np.testing.assert_array_equal(predicted(ids, Spy()(Add()([x, other]))), (IDS != 0) | (IDS != 4))
    joined = predicted(ids, Spy()(Concatenate(axis=1)([x, other, 2.0 * x])))
    np.testing.assert_array_equal(joined, np.concatenate([IDS != 0, IDS != 4, np.ones((2, 4), bool)], 1))
    along = predicted(ids, Spy()(Concatenate()([x, other])))
    np.testing.assert_array_equal(along, (IDS != 0) | (IDS != 4))
    assert not Dot(axes=2)([x, other]).masked
    with pytest.raises(ValueError, match="takes a list of 2 masks, got 1"):
        Add().compute_mask([x, other], [None])


def test_means_are_those_of_the_steps_that_count():
    for data_format, axes in [("channels_last", (0, 1, 2)), ("channels_first", (0, 2, 1))]:
        x = np.random.default_rng(1).normal(size=(2, 4, 3)).astype("float32")
        with tf.Session() as sess:
            y = GlobalAveragePooling1D(data_format)(tf.constant(x.transpose(axes)), mask=IDS != 0)
            expected = [row[ids != 0].astype("float64").mean(0) for row, ids in zip(x, IDS, strict=True)]
            np.testing.assert_allclose(sess.run(y), expected, rtol=1e-6)
    ids, x = embedded()
    assert not GlobalAveragePooling1D()(x).masked


def test_batch_normalisation_counts_the_steps_in_the_mask():
    x = np.random.default_rng(2).normal(2.0, 3.0, size=(2, 4, 3))
    inputs, mask = Input((4, 3)), Input((4,), dtype="bool", name="mask")
    layer = BatchNormalization(momentum=0.0, epsilon=0.0)
    model = tf.keras.Model([inputs, mask], layer(inputs, mask=mask))
    model.compile(tf.keras.optimizers.SGD(0.0), "mse")
    x[~(IDS != 0)] = np.nan  # what does not count does not matter
    model.train_on_batch([x, IDS != 0], np.zeros((2, 4, 3)))
    kept = x[IDS != 0]
    np.testing.assert_allclose(layer.get_weights()[2], kept.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.get_weights()[3], kept.var(0), rtol=1e-5)
    with pytest.raises(ValueError, match="all axes of its input but the last"):
        BatchNormalization()(tf.ones([2, 4, 3]), mask=tf.ones([2], "bool"))


def test_a_lost_mask_is_told_once():
    ids, x = embedded()
    with pytest.warns(UserWarning, match=r"layer 'flatten', and Flatten does not support masks") as found:
        y = Flatten()(x)
        predicted(ids, Dense(1)(y))
        predicted(ids, y)
    assert len(found) == 1 and found[0].filename == __file__
    assert not y.masked


def test_a_function_of_a_masked_tensor_loses_the_mask_silently():
    _, x = embedded()
    assert not (2.0 * x).masked and not tf.reduce_sum(x, axis=2).masked


def test_masks_pass_through_models_inside_of_models():
    ids, x = embedded()
    h = Input((4, 3))
    inner = tf.keras.Model(h, Dense(2)(h))
    y = tf.keras.Sequential([Input((4, 3)), inner, tf.keras.Sequential([Dense(3)])])(x)
    assert y.masked
    np.testing.assert_array_equal(predicted(ids, Spy()(y)), IDS != 0)


class Reader(tf.keras.Model):
    """A model of one's own: the mask reaches the layers it calls, and the caller."""

    def __init__(self):
        super().__init__()
        self.table, self.spy = Embedding(5, 3, mask_zero=True), Spy()
        self.dense = Dense(2)

    def call(self, inputs):
        x = self.dense(self.table(inputs))
        return {"seen": self.spy(x), "vectors": x}


def test_masks_in_a_model_of_ones_own():
    ids = Input((4,), dtype="int32")
    out = Reader()(ids)
    assert out["vectors"].masked and not out["seen"].masked
    np.testing.assert_array_equal(predicted(ids, Spy()(out["vectors"])), IDS != 0)
    np.testing.assert_array_equal(predicted(ids, out["seen"]), IDS != 0)


def test_compute_mask_works_on_symbolic_tensors():
    ids = Input((4,), dtype="int32")
    table = Embedding(5, 3, mask_zero=True)
    x = table(ids)
    np.testing.assert_array_equal(predicted(ids, Spy()(x * 2.0, mask=table.compute_mask(ids))), IDS != 0)


def test_a_copied_layer_supports_masks_as_the_first():
    assert copy.deepcopy(Embedding(5, 3, mask_zero=True)).supports_masking
    assert Spy.supports_masking and not Layer.supports_masking
    assert Embedding(5, 3, mask_zero=True).get_config()["mask_zero"] is True


def test_a_mask_set_in_the_call_stays():
    class Shifted(Layer):
        supports_masking = True

        def call(self, x, mask=None):
            y = x * 1.0
            set_mask(y, tf.logical_not(mask))
            return y

    ids, x = embedded()
    np.testing.assert_array_equal(predicted(ids, Spy()(Shifted()(x))), IDS == 0)


def test_a_phase_that_is_a_tensor_is_no_input():
    class Told(Spy):
        def call(self, inputs, training=None, mask=None):
            return super().call(inputs, mask)

    x = Embedding(5, 3, mask_zero=True)(tf.constant(IDS))
    y = Told()(x, training=tf.constant(True))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(sess.run(y), IDS != 0)


def test_a_mask_stays_where_the_type_changes():
    ids = Input((4,), dtype="int32")
    x = Embedding(5, 3, mask_zero=True, dtype="float64")(ids)
    np.testing.assert_array_equal(predicted(ids, Spy()(x)), IDS != 0)
