"""Iterators go on where a checkpoint says."""

import numpy as np
import pytest

import kerasflow as tf

Dataset, saveable = tf.data.Dataset, tf.data.experimental.make_saveable_from_iterator

PIPELINES = {
    "range": lambda: Dataset.range(20),
    "shuffled": lambda: Dataset.range(20).shuffle(7),
    "seeded": lambda: Dataset.range(20).shuffle(20, seed=3).repeat(2),
    "twice": lambda: Dataset.range(20).map(lambda x: x + 1).shuffle(5).repeat(3).shuffle(8).batch(3),
    "same order": lambda: Dataset.range(6).shuffle(6, reshuffle_each_iteration=False).repeat(4),
    "rows": lambda: Dataset.from_tensor_slices(np.arange(20)).shuffle(20).repeat(2).batch(4),
}


def all_left(sess, x):
    found = []
    with pytest.raises(tf.errors.OutOfRangeError):
        while True:
            found.append(np.asarray(sess.run(x)).tolist())
    return found


@pytest.mark.parametrize(
    ("kind", "taken"),
    [("one-shot", 1), ("one-shot", 6), *[("initializable", n) for n in (0, 1, 6)]],
)
@pytest.mark.parametrize("name", PIPELINES)
def test_it_goes_on_with_the_next_element(name, kind, taken, tmp_path):
    with tf.Graph().as_default():
        dataset = PIPELINES[name]()
        iterator = dataset.make_one_shot_iterator() if kind == "one-shot" else dataset.make_initializable_iterator()
        x, w = iterator.get_next(), tf.Variable(0.0)
        tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, saveable(iterator))
        saver = tf.train.Saver()
        with tf.Session() as sess:
            sess.run([w.initializer] + ([iterator.initializer] if kind != "one-shot" else []))
            for _ in range(taken):
                sess.run(x)
            path = saver.save(sess, str(tmp_path / "m.ckpt"))
            expected = all_left(sess, x)
        with tf.Session() as sess:
            if kind != "one-shot":
                sess.run(iterator.initializer)
            saver.restore(sess, path)
            assert all_left(sess, x) == expected
            saver.restore(sess, path)  # back again, from the end
            assert all_left(sess, x) == expected


def test_an_initializer_starts_over(tmp_path):
    with tf.Graph().as_default():
        iterator = Dataset.range(4).make_initializable_iterator()
        x, w = iterator.get_next(), tf.Variable(0.0)
        assert saveable(iterator) is saveable(iterator)
        saver = tf.train.Saver()
        with tf.Session() as sess:
            sess.run([w.initializer, iterator.initializer])
            sess.run(x)
            path = saver.save(sess, str(tmp_path / "m.ckpt"))
            saver.restore(sess, path)
            sess.run(iterator.initializer)
            assert all_left(sess, x) == [0, 1, 2, 3]


def test_what_was_not_asked_for_is_not_kept(tmp_path):
    with tf.Graph().as_default():
        x, w = Dataset.range(4).make_one_shot_iterator().get_next(), tf.Variable(0.0)
        saver = tf.train.Saver()
        with tf.Session() as sess:
            sess.run(w.initializer)
            sess.run(x)
            path = saver.save(sess, str(tmp_path / "m.ckpt"))
        with tf.Session() as sess:
            saver.restore(sess, path)
            assert sess.run(x) == 0


def test_an_iterator_of_several_data_sets_is_refused():
    with tf.Graph().as_default():
        iterator = tf.data.Iterator.from_structure(tf.int64, [])
        with pytest.raises(ValueError, match="made for one data set"):
            saveable(iterator)
