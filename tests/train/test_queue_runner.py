"""Threads that fill queues, and what is made for them: producers and batches. Values are TensorFlow 1.15.5's."""

import threading

import numpy as np
import pytest

import kerasflow as tf


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


class Running:
    """The runners of the graph, started, within a block; all threads have ended after it."""

    def __init__(self, sess):
        self.sess = sess

    def __enter__(self):
        self.sess.run(tf.local_variables_initializer())
        self.coord = tf.train.Coordinator()
        self.threads = tf.train.start_queue_runners(self.sess, self.coord)
        return self

    def all_of(self, fetches):
        found = []
        with pytest.raises(tf.errors.OutOfRangeError):
            while True:
                found.append(self.sess.run(fetches))
        return found

    def __exit__(self, kind, error, trace):
        self.coord.request_stop()
        self.coord.join(self.threads, stop_grace_period_secs=10)
        assert not any(t.is_alive() for t in self.threads)


def numbers(count):
    return tf.data.Dataset.range(count).make_one_shot_iterator().get_next()


def test_slices_in_the_order_of_tensorflow(sess):
    x, y = tf.train.slice_input_producer([[1, 2, 3], ["a", "b", "c"]], num_epochs=2, shuffle=True, seed=3)
    with Running(sess) as running:
        found = running.all_of([x, y])
    assert found == [[3, b"c"], [1, b"a"], [2, b"b"], [3, b"c"], [2, b"b"], [1, b"a"]]
    assert [v.op.name for v in tf.local_variables()] == ["input_producer/input_producer/limit_epochs/epochs"]


def test_numbers_and_rows(sess):
    n = tf.train.range_input_producer(3, num_epochs=1, shuffle=False).dequeue()
    row = tf.train.input_producer(tf.constant([[1, 2], [3, 4]]), num_epochs=1, shuffle=False).dequeue()
    assert row.shape.as_list() == [2]
    with Running(sess) as running:
        assert running.all_of(n) == [0, 1, 2]
        assert [r.tolist() for r in running.all_of(row)] == [[1, 2], [3, 4]]


def test_files_that_match(sess, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(name)
    files = tf.train.match_filenames_once(str(tmp_path / "*.txt"))
    out = tf.train.string_input_producer(files, num_epochs=1, shuffle=False).dequeue()
    with Running(sess) as running:
        assert running.all_of(out) == [str(tmp_path / f"{name}.txt").encode() for name in "ab"]


def test_no_files_stop_the_threads(sess):
    files = tf.placeholder_with_default(tf.constant([], tf.string), [None])
    tf.train.string_input_producer(files)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess, coord)
    with pytest.raises(tf.errors.InvalidArgumentError, match="string_input_producer requires a non-null input tensor"):
        coord.join(threads, stop_grace_period_secs=10)


def test_batches(sess):
    n = numbers(7)
    batch = tf.train.batch({"n": n, "pair": tf.stack([n, -n])}, 3)
    assert batch["n"].op.name == "batch" and batch["pair"].shape.as_list() == [3, 2]
    with Running(sess) as running:
        found = running.all_of(batch)
    assert [f["n"].tolist() for f in found] == [[0, 1, 2], [3, 4, 5]]
    assert found[1]["pair"].tolist() == [[3, -3], [4, -4], [5, -5]]


def test_a_batch_of_one_tensor_of_many_examples(sess):
    rows = tf.reshape(tf.range(6), [3, 2]) + tf.cast(10 * numbers(2), tf.int32)
    batch = tf.train.batch([rows], 4, enqueue_many=True, allow_smaller_final_batch=True)
    with Running(sess) as running:
        found = running.all_of(batch)
    assert [f[:, 0].tolist() for f in found] == [[0, 2, 4, 10], [12, 14]]


def test_padded_batches(sess):
    n = numbers(4)
    batch = tf.train.batch([tf.ones([n], tf.int32)], 2, shapes=[[None]], dynamic_pad=True)
    with Running(sess) as running:
        found = running.all_of(batch)
    assert [f.tolist() for f in found] == [[[0], [1]], [[1, 1, 0], [1, 1, 1]]]


def test_batches_of_what_is_kept(sess):
    n = numbers(10)
    one_by_one = tf.train.maybe_batch([n], tf.equal(n % 3, 0), 2, shapes=[[]])
    with Running(sess) as running:
        assert [f.tolist() for f in running.all_of(one_by_one)] == [[0, 3], [6, 9]]
    with tf.Graph().as_default(), tf.Session() as other:
        rows = tf.range(4) + tf.cast(4 * numbers(2), tf.int32)
        of_many = tf.train.maybe_batch([rows], tf.equal(rows % 2, 1), 2, enqueue_many=True)
        with Running(other) as running:
            assert [f.tolist() for f in running.all_of(of_many)] == [[1, 3], [5, 7]]


def test_shuffled_batches(sess):
    n = numbers(40)
    batch = tf.train.shuffle_batch([n], 10, capacity=30, min_after_dequeue=20, seed=1)
    assert batch.op.name == "shuffle_batch"
    with Running(sess) as running:
        found = np.concatenate(running.all_of(batch))
    assert sorted(found.tolist()) == list(range(40)) and found.tolist() != list(range(40))
    assert found[:10].max() < 32  # what had not been read could not be drawn


def test_joined_batches(sess):
    batch = tf.train.batch_join([[numbers(3)], [10 + numbers(3)]], 6)
    with Running(sess):
        assert sorted(sess.run(batch).tolist()) == [0, 1, 2, 10, 11, 12]
    with tf.Graph().as_default(), tf.Session() as other:
        shuffled = tf.train.shuffle_batch_join([[numbers(3)], [10 + numbers(3)]], 6, 20, 0)
        with Running(other):
            assert sorted(other.run(shuffled).tolist()) == [0, 1, 2, 10, 11, 12]


def test_threads_share_the_work(sess):
    with_threads = tf.train.batch([numbers(100)], 10, num_threads=4)
    with Running(sess) as running:
        assert len(running.threads) == 5
        assert running.threads[0].name == "QueueRunnerThread-batch/fifo_queue-batch/fifo_queue_enqueue"
        assert sorted(np.concatenate(running.all_of(with_threads)).tolist()) == list(range(100))
        assert tf.train.start_queue_runners(sess, running.coord) != running.threads


def test_an_error_in_a_thread_reaches_the_program(sess):
    tf.train.batch([tf.check_numerics(1.0 / tf.zeros([]), "broken")], 2)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess, coord)
    with pytest.raises(tf.errors.InvalidArgumentError, match="broken"):
        coord.join(threads, stop_grace_period_secs=10)


def test_errors_without_a_coordinator_are_kept(sess):
    queue = tf.FIFOQueue(2, tf.float32)
    runner = tf.train.QueueRunner(queue, [queue.enqueue(tf.check_numerics(1.0 / tf.zeros([]), "broken"))])
    [thread] = runner.create_threads(sess, start=True)
    thread.join(10)
    [error] = runner.exceptions_raised
    assert isinstance(error, tf.errors.InvalidArgumentError)
    assert (runner.name, runner.queue, runner.queue_closed_exception_types) == (
        "fifo_queue",
        queue,
        (tf.errors.OutOfRangeError,),
    )


def test_threads_run_once_in_a_session(sess):
    queue = tf.FIFOQueue(1, tf.int32, [[]])
    runner = tf.train.QueueRunner(queue, [queue.enqueue(1)])
    coord = tf.train.Coordinator()
    threads = runner.create_threads(sess, coord, start=True)
    assert len(threads) == 2 and runner.create_threads(sess, coord) == []
    sess.run(queue.dequeue_many(5))
    coord.request_stop()
    coord.join(threads, stop_grace_period_secs=10)
    assert sess.run(queue.is_closed())


def test_a_monitored_session_starts_the_runners_and_ends_with_the_data(sess):
    before = threading.active_count()
    x = tf.train.batch([numbers(5)], 2)
    found = []
    with tf.train.MonitoredSession() as monitored:
        while not monitored.should_stop():
            found.append(monitored.run(x).tolist())
    assert found == [[0, 1], [2, 3]]
    assert threading.active_count() == before


def test_how_full_a_queue_is(sess):
    tf.train.batch([1.0], 2, capacity=8)
    tf.train.shuffle_batch([1.0], 2, capacity=8, min_after_dequeue=4)
    [one, two] = tf.get_collection(tf.GraphKeys.SUMMARIES)
    assert [one.op.name, two.op.name] == ["batch/fraction_of_8_full", "shuffle_batch/fraction_over_4_of_4_full"]
    assert tf.Summary.FromString(sess.run(one)).value[0].simple_value == 0.0


@pytest.mark.parametrize(
    ("work", "error", "match"),
    [
        (lambda: tf.train.string_input_producer([]), ValueError, "non-null"),
        (lambda: tf.train.slice_input_producer([]), ValueError, "at least one tensor"),
        (lambda: tf.train.batch([], 2), ValueError, "at least one tensor"),
        (lambda: tf.train.batch(tf.zeros([3]), 2), TypeError, "list or a dict"),
        (lambda: tf.train.batch([tf.placeholder(tf.float32)], 2), ValueError, "rank"),
        (lambda: tf.train.batch([tf.placeholder(tf.float32, [None])], 2), ValueError, "fully defined"),
        (lambda: tf.train.shuffle_batch([1.0], 2, 10, 20), ValueError, "capacity 10 must be bigger"),
        (lambda: tf.train.batch_join([[1.0], [1.0, 2.0]], 2), ValueError, "as many tensors"),
        (lambda: tf.train.batch_join([{"a": 1.0}, {"b": 1.0}], 2), ValueError, "same keys"),
        (lambda: tf.train.maybe_batch([1.0], [True, False], 2), ValueError, "single boolean"),
        (lambda: tf.train.batch([tf.SparseTensor([[0]], [1], [2])], 2), TypeError, "dense"),
        (lambda: tf.train.limit_epochs(1, 0), ValueError, "must be > 0 not 0"),
        (lambda: tf.train.input_producer(tf.placeholder(tf.float32)), ValueError, "fully defined"),
        (lambda: tf.train.QueueRunner(), ValueError, "Must provide queue"),
        (lambda: tf.train.start_queue_runners("session"), TypeError, "Session"),
    ],
)
def test_what_is_refused(work, error, match, sess):
    with pytest.raises(error, match=match):
        work()


def test_runners_need_a_session():
    with tf.Graph().as_default(), pytest.raises(ValueError, match="no default session"):
        tf.train.start_queue_runners()
