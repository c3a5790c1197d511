"""Queues: what comes out in which order, who waits for whom, and how queues end. Values are TensorFlow 1.15.5's."""

import threading
import time

import numpy as np
import pytest

import kerasflow as tf

Cancelled, OutOfRange = tf.errors.CancelledError, tf.errors.OutOfRangeError


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def in_thread(work):
    """Start `work`; gives a function that waits for it and gives its result or raises its error."""
    found = {}

    def run():
        try:
            found["result"] = work()
        except Exception as error:
            found["error"] = error

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(10)
        assert not thread.is_alive()
        if "error" in found:
            raise found["error"]
        return found["result"]

    result.thread = thread
    return result


def test_first_in_first_out(sess):
    queue = tf.FIFOQueue(3, tf.int32)
    one, two, out, size = queue.enqueue(5), queue.enqueue_many([[1, 2]]), queue.dequeue(), queue.size()
    assert [one.name, two.name, out.op.name] == ["fifo_queue_enqueue", "fifo_queue_EnqueueMany", "fifo_queue_Dequeue"]
    assert size.op.name == "fifo_queue_Size" and queue.name == "fifo_queue" and queue.dtypes == [tf.int32]
    assert out.shape.ndims is None and sess.run(queue.queue_ref) == b"fifo_queue"
    sess.run([one, two])
    assert sess.run(size) == 3
    assert [sess.run(out) for _ in range(3)] == [5, 1, 2]


def test_what_is_put_in_does_not_change_with_the_array(sess):
    queue, x = tf.FIFOQueue(3, tf.float32, [[2]]), tf.placeholder(tf.float32, [2])
    put, fed = queue.enqueue(2.0 * x), np.ones(2, np.float32)
    for k in range(3):  # the third run has buffers of its own
        sess.run(put, {x: fed * k})
    np.testing.assert_array_equal(sess.run(queue.dequeue_many(3)), [[0, 0], [2, 2], [4, 4]])


def test_several_at_a_time(sess):
    queue = tf.FIFOQueue(10, [tf.float32, tf.string], shapes=[[2], []], names=["a", "b"], name="q")
    put = queue.enqueue({"a": [1.0, 2.0], "b": "x"})
    for _ in range(3):
        sess.run(put)
    two, rest = queue.dequeue_many(2), queue.dequeue_up_to(4)
    assert [two["a"].shape.as_list(), two["b"].shape.as_list()] == [[2, 2], [2]] and two["a"].op.name == "q_DequeueMany"
    assert [rest["a"].shape.as_list(), rest["b"].shape.as_list()] == [[None, 2], [None]]
    found = sess.run(two)
    np.testing.assert_array_equal(found["a"], [[1, 2], [1, 2]])
    assert found["b"].tolist() == [b"x", b"x"]
    sess.run(queue.close())
    found = sess.run(rest)
    assert found["a"].tolist() == [[1, 2]] and found["b"].tolist() == [b"x"]
    with pytest.raises(OutOfRange, match=r"FIFOQueue 'q' is closed and has .*requested 4, current size 0"):
        sess.run(rest)
    assert sess.run(queue.dequeue_many(0))["a"].shape == (0, 2)


def test_a_closed_queue(sess):
    queue = tf.FIFOQueue(3, tf.int32, [[]])
    put, out, close = queue.enqueue(5), queue.dequeue(), queue.close()
    sess.run(put)
    assert not sess.run(queue.is_closed())
    sess.run(close)
    assert sess.run(queue.is_closed())
    with pytest.raises(Cancelled, match="FIFOQueue 'fifo_queue' is closed"):
        sess.run(put)
    with pytest.raises(OutOfRange, match="requested 2, current size 1"):
        sess.run(queue.dequeue_many(2))
    assert sess.run(out) == 5
    with pytest.raises(OutOfRange, match="requested 1, current size 0"):
        sess.run(out)
    with pytest.raises(Cancelled, match="already closed"):
        sess.run(close)
    sess.run(queue.close(cancel_pending_enqueues=True))


def test_random_order_is_that_of_tensorflow(sess):
    queue = tf.RandomShuffleQueue(100, 5, tf.int32, shapes=[[]], seed=3)
    sess.run(queue.enqueue_many([list(range(30))]))
    one, ten = queue.dequeue(), queue.dequeue_many(10)
    assert [sess.run(one) for _ in range(7)] == [17, 12, 28, 26, 25, 6, 8]
    assert sess.run(ten).tolist() == [11, 29, 22, 10, 20, 19, 3, 7, 9, 1]
    sess.run(queue.close())
    assert sess.run(ten).tolist() == [27, 18, 23, 0, 13, 5, 21, 14, 4, 24]
    with pytest.raises(OutOfRange, match="requested 10, current size 3"):
        sess.run(ten)
    assert sess.run(queue.dequeue_up_to(9)).tolist() == [16, 2, 15]


def test_some_elements_stay_in_a_shuffled_queue(sess):
    queue = tf.RandomShuffleQueue(10, 2, tf.int32, [[]])
    sess.run(queue.enqueue_many([[1, 2, 3]]))
    out = queue.dequeue()
    sess.run(out)
    waiting = in_thread(lambda: sess.run(out))
    time.sleep(0.1)
    assert waiting.thread.is_alive()
    sess.run(queue.enqueue(4))
    assert waiting() in (1, 2, 3, 4)


def test_padding(sess):
    queue = tf.PaddingFIFOQueue(10, [tf.int32, tf.string], shapes=[[None], []])
    x = tf.placeholder(tf.int32, [None])
    put = queue.enqueue([x, "z"])
    for n in (1, 3, 2):
        sess.run(put, {x: np.arange(n) + 1})
    numbers, texts = queue.dequeue_many(3)
    assert numbers.shape.as_list() == [3, None]
    found = sess.run([numbers, texts])
    assert found[0].tolist() == [[1, 0, 0], [1, 2, 3], [1, 2, 0]] and found[1].tolist() == [b"z"] * 3


def test_priorities(sess):
    queue = tf.PriorityQueue(10, [tf.string], shapes=[[]])
    sess.run(queue.enqueue_many([np.array([3, 1, 2, 1]), ["c", "a", "b", "d"]]))
    assert sess.run(queue.dequeue()) == [1, b"a"]
    priorities, names = sess.run(queue.dequeue_many(3))
    assert priorities.tolist() == [1, 2, 3] and names.tolist() == [b"d", b"b", b"c"]


def test_who_puts_in_waits_for_room(sess):
    queue = tf.FIFOQueue(1, tf.int32, shapes=[[]])
    fill, three = queue.enqueue_many([[1, 2, 3, 4]]), queue.dequeue_many(3)
    filled = in_thread(lambda: sess.run(fill))
    assert sess.run(three).tolist() == [1, 2, 3]
    filled()
    assert sess.run(queue.size()) == 1
    filled = in_thread(lambda: sess.run(fill))
    while not queue._queue.store(sess._runtime)._putting:
        time.sleep(0.01)
    sess.run(queue.close(cancel_pending_enqueues=True))
    with pytest.raises(Cancelled, match="cancelled"):
        filled()
    assert sess.run(queue.size()) == 1


def test_closing_waits_for_what_waits_to_be_put_in(sess):
    queue = tf.FIFOQueue(1, tf.int32, shapes=[[]])
    fill, out, close = queue.enqueue_many([[1, 2]]), queue.dequeue(), queue.close()
    filled = in_thread(lambda: sess.run(fill))
    while not queue._queue.store(sess._runtime)._putting:
        time.sleep(0.01)
    closed = in_thread(lambda: sess.run(close))
    assert [sess.run(out), sess.run(out)] == [1, 2]
    filled()
    closed()
    with pytest.raises(OutOfRange):
        sess.run(out)


def test_every_element_comes_out_once_of_many_threads(sess):
    queue = tf.FIFOQueue(4, tf.int32, shapes=[[]])
    x = tf.placeholder(tf.int32, [])
    put, out = queue.enqueue(x), queue.dequeue() * 10
    makers = [in_thread(lambda k=k: [sess.run(put, {x: n}) for n in range(k, 400, 4)]) for k in range(4)]
    takers = [in_thread(lambda: [int(sess.run(out)) for _ in range(100)]) for _ in range(4)]
    found = sorted(n for taker in takers for n in taker())
    [maker() for maker in makers]
    assert found == [10 * n for n in range(400)]


def test_closing_the_session_ends_the_waiting():
    with tf.Graph().as_default():
        session, queue = tf.Session(), tf.FIFOQueue(1, tf.int32)
        out = queue.dequeue()
        waiting = in_thread(lambda: session.run(out))
        while session._runtime.states.get(queue._queue) is None:
            time.sleep(0.01)
        session.close()
        with pytest.raises(Cancelled, match="session was closed"):
            waiting()


def test_a_run_waits_no_longer_than_it_may(sess):
    out = tf.FIFOQueue(1, tf.int32).dequeue()
    start = time.monotonic()
    with pytest.raises(tf.errors.DeadlineExceededError, match="Timed out"):
        sess.run(out, options=tf.RunOptions(timeout_in_ms=100))
    assert 0.1 <= time.monotonic() - start < 5
    config = tf.ConfigProto(operation_timeout_in_ms=100)
    with tf.Session(config=config) as limited, pytest.raises(tf.errors.DeadlineExceededError):
        limited.run(out)


def test_queues_of_one_shared_name_are_one(sess):
    one, two = (tf.FIFOQueue(2, tf.int32, [[]], shared_name="s") for _ in range(2))
    sess.run(one.enqueue(4))
    assert sess.run(two.dequeue()) == 4
    with tf.Session() as other:
        assert other.run(two.size()) == 0


def test_a_negative_capacity_is_none(sess):
    queue = tf.FIFOQueue(-1, tf.int32, [[]])
    sess.run(queue.enqueue_many([list(range(100))]))
    assert sess.run(queue.size()) == 100


@pytest.mark.parametrize(
    ("work", "error", "match"),
    [
        (lambda q, n: q.enqueue("a"), TypeError, "int32"),
        (lambda q, n: q.enqueue_many([1]), ValueError, "first axis"),
        (lambda q, n: n.enqueue([[1.0, 2.0], "x"]), ValueError, "dictionary"),
        (lambda q, n: n.enqueue({"a": [1.0, 2.0]}), ValueError, r"\['a', 'b'\]"),
        (lambda q, n: n.enqueue({"a": [1.0, 2.0, 3.0], "b": "x"}), ValueError, r"\(3,\) and \(2,\) are incompatible"),
        (lambda q, n: n.enqueue_many({"a": [[1.0, 2.0]], "b": ["x", "y"]}), ValueError, "one size"),
        (lambda q, n: tf.FIFOQueue(1, tf.int32, [[None]]), ValueError, "fully defined"),
        (lambda q, n: tf.FIFOQueue(1, [tf.int32, tf.int32], [[]]), ValueError, "shape for each of 2"),
        (lambda q, n: tf.FIFOQueue(1, tf.int32, names=["a", "b"]), ValueError, "name for each of 1"),
        (lambda q, n: tf.PaddingFIFOQueue(1, [tf.int32], None), ValueError, "list of shapes"),
    ],
)
def test_what_is_refused(work, error, match, sess):
    plain = tf.FIFOQueue(3, tf.int32)
    named = tf.FIFOQueue(10, [tf.float32, tf.string], shapes=[[2], []], names=["a", "b"])
    with pytest.raises(error, match=match):
        work(plain, named)


def test_what_is_refused_in_a_run(sess):
    x = tf.placeholder(tf.float32)
    put = tf.FIFOQueue(3, tf.float32, [[2]]).enqueue(x)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"component 0. Expected \[2\], got \[1\]"):
        sess.run(put, {x: [1.0]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="require the components to have specified shapes"):
        sess.run(tf.FIFOQueue(3, tf.int32).dequeue_many(2))


def test_what_was_taken_goes_back_if_the_rest_does_not_come_in_time(sess):
    queue = tf.FIFOQueue(10, tf.int32, [[]])
    fill, three, size = queue.enqueue_many([[1, 2]]), queue.dequeue_many(3), queue.size()
    sess.run(fill)
    with pytest.raises(tf.errors.DeadlineExceededError):
        sess.run(three, options=tf.RunOptions(timeout_in_ms=100))
    assert sess.run(size) == 2
    sess.run(fill)
    assert sess.run(three).tolist() == [1, 2, 1]


def test_a_queue_adds_to_its_own_graph_in_threads_and_outside_of_the_block():
    with tf.Graph().as_default() as graph:
        queue = tf.FIFOQueue(10, tf.int32, [[]])
    before = len(tf.get_default_graph().get_operations())
    made = [
        *[queue.enqueue([1]), queue.enqueue_many([[2, 3]]), queue.dequeue().op, queue.dequeue_many(2).op],
        *[queue.dequeue_up_to(1).op, queue.size().op, queue.is_closed().op, in_thread(queue.close)()],
    ]
    assert all(op.graph is graph for op in made)
    assert len(tf.get_default_graph().get_operations()) == before
    with tf.Session(graph=graph) as session:
        session.run(made[1])
        assert session.run([made[3].outputs[0], made[5].outputs[0]])[0].tolist() == [2, 3]
