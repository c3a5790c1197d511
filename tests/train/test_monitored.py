"""Monitored sessions and hooks. The order of events, and what is logged, are those of TensorFlow 1.15.5."""

import logging
import os
import re

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core import errors


class Recording(tf.train.SessionRunHook):
    """Notes each call."""

    def __init__(self, calls, fetches=None, feeds=None):
        self.calls, self.fetches, self.feeds = calls, fetches, feeds

    def begin(self):
        self.calls.append("begin")

    def after_create_session(self, session, coord):
        assert tf.get_default_graph().finalized
        self.calls.append("created")

    def before_run(self, run_context):
        self.calls.append("before")
        return (
            None if self.fetches is None and self.feeds is None else tf.train.SessionRunArgs(self.fetches, self.feeds)
        )

    def after_run(self, run_context, run_values):
        self.calls.append(("after", run_values.results))

    def end(self, session):
        self.calls.append("end")


class Listener(tf.train.CheckpointSaverListener):
    def __init__(self, calls, stops_at=None):
        self.calls, self.stops_at = calls, stops_at

    def begin(self):
        self.calls.append("begin")

    def before_save(self, session, global_step_value):
        self.calls.append(("before", global_step_value))

    def after_save(self, session, global_step_value):
        self.calls.append(("after", global_step_value))
        return global_step_value == self.stops_at

    def end(self, session, global_step_value):
        self.calls.append(("end", global_step_value))


def descent():
    """A loss that falls from 25 by 0.64 a step, and what takes one."""
    w = tf.Variable(5.0, name="w")
    loss = tf.multiply(w, w, name="loss")
    tf.summary.scalar("shown", loss)
    step = tf.train.get_or_create_global_step()
    return w, loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)


@pytest.fixture
def log(caplog):
    logger = logging.getLogger("kerasflow")
    level, logger.propagate = logger.level, True
    logger.setLevel(logging.INFO)
    yield caplog
    logger.setLevel(level)


def test_the_order_of_calls():
    calls, x = [], tf.constant(2.0)
    y = x + 1
    with tf.train.MonitoredSession(hooks=[Recording(calls, {"double": 2 * x})]) as sess:
        assert sess.run(y) == 3.0
        assert not sess.should_stop()
    assert calls == ["begin", "created", "before", ("after", {"double": 4.0}), "end"]
    assert sess.should_stop() and sess.graph is None
    with pytest.raises(RuntimeError, match="already closed"):
        sess.run(x)


def test_the_graph_is_final_until_the_session_is_closed():
    x = tf.constant(1.0)
    with tf.train.MonitoredSession() as sess:
        with pytest.raises(RuntimeError, match="finalized"):
            tf.constant(2.0)
        sess.run(x)
    tf.constant(3.0)


def test_an_error_closes_without_telling_hooks():
    calls = []
    tf.constant(1.0)
    with pytest.raises(KeyError), tf.train.MonitoredSession(hooks=[Recording(calls)]):
        raise KeyError("x")
    assert calls == ["begin", "created"]


def test_the_end_of_the_data_ends_the_block():
    x = tf.data.Dataset.range(3).make_one_shot_iterator().get_next()
    seen, calls = [], []
    with tf.train.MonitoredSession(hooks=[Recording(calls)]) as sess:
        while not sess.should_stop():
            seen.append(sess.run(x))
    assert seen == [0, 1, 2] and calls[-1] == "end"


def test_feeds_of_hooks():
    p, q = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    both = p + q
    with tf.train.MonitoredSession(hooks=[tf.train.FeedFnHook(lambda: {p: 1.0})]) as sess:
        assert sess.run(both, {q: 2.0}) == 3.0
        with pytest.raises(RuntimeError, match="fed by a SessionRunHook and the caller"):
            sess.run(p, {p: 2.0})
    hooks = [tf.train.FeedFnHook(lambda: {p: 1.0})] * 2
    with tf.train.MonitoredSession(hooks=hooks) as sess, pytest.raises(RuntimeError, match="fed by two hooks"):
        sess.run(p)


def test_a_lost_session_is_made_anew():
    class Losing(tf.train.SessionRunHook):
        runs = 0

        def before_run(self, run_context):
            self.runs += 1
            if self.runs == 2:
                raise errors.AbortedError(None, None, "lost")

    v = tf.Variable(1.0)
    grow = v.assign_add(1.0)
    calls = []
    with tf.train.MonitoredSession(hooks=[Losing(), Recording(calls)]) as sess:
        assert [sess.run(grow), sess.run(grow)] == [2.0, 2.0]
    assert calls.count("created") == 2 and calls.count("begin") == 1
    with tf.train.SingularMonitoredSession(hooks=[Losing()]) as sess:
        sess.run(grow)
        assert sess.raw_session().run(v) == 2.0
        with pytest.raises(errors.AbortedError):
            sess.run(grow)


def test_step_functions():
    v = tf.Variable(1.0)
    grow = v.assign_add(1.0)
    calls = []
    with tf.train.MonitoredSession(hooks=[Recording(calls)]) as sess:
        assert sess.run_step_fn(lambda step_context: step_context.session.run(grow)) == 2.0
        assert "before" not in calls
        assert sess.run_step_fn(lambda step_context: step_context.run_with_hooks(grow)) == 3.0
        assert calls.count("before") == 1
        with pytest.raises(ValueError, match="step_context"):
            sess.run_step_fn(lambda x: x)
        sess.run_step_fn(lambda step_context: step_context.request_stop())
        raise AssertionError("the block goes on")
    assert sess.should_stop()


def test_initialisation():
    v, w = tf.Variable(1.0), tf.Variable(2.0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    p = tf.placeholder(tf.float32, [])
    scaffold = tf.train.Scaffold(init_op=v.assign(p), init_feed_dict={p: 7.0}, init_fn=lambda s, sess: seen.append(s))
    seen = []
    with tf.train.MonitoredTrainingSession(scaffold=scaffold) as sess:
        assert sess.run([v, w]) == [7.0, 2.0] and seen == [scaffold]
    creator = tf.train.ChiefSessionCreator(tf.train.Scaffold(init_op=tf.no_op(), ready_op=scaffold.ready_op))
    with pytest.raises(RuntimeError, match="did not make model ready.*Variable"):
        tf.train.MonitoredSession(creator)
    copied = tf.train.Scaffold(copy_from_scaffold=scaffold)
    assert copied.init_op is scaffold.init_op and copied.saver is scaffold.saver


# Hooks.


def test_checkpoints_listeners_and_going_on(tmp_path, log):
    folder = str(tmp_path)

    def train(last):
        with tf.Graph().as_default():
            w, loss, op = descent()
            calls, scaffold = [], tf.train.Scaffold()
            final = tf.train.FinalOpsHook(w)
            hooks = [
                tf.train.StopAtStepHook(last_step=last),
                tf.train.LoggingTensorHook({"loss": "loss:0", "g": "global_step:0"}, every_n_iter=3, at_end=True),
                tf.train.CheckpointSaverHook(folder, save_steps=4, scaffold=scaffold, listeners=[Listener(calls)]),
                final,
            ]
            options = {"save_checkpoint_secs": None, "save_summaries_steps": 2, "log_step_count_steps": 5}
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=folder, hooks=hooks, scaffold=scaffold, **options
            ) as sess:
                runs = 0
                while not sess.should_stop():
                    sess.run(op)
                    runs += 1
            return runs, float(final.final_ops_values), calls

    runs, w, calls = train(6)
    assert runs == 6 and w == pytest.approx(5 * 0.8**6, rel=1e-6)
    saved = [("before", 0), ("after", 0), ("before", 4), ("after", 4), ("before", 6), ("after", 6), ("end", 6)]
    assert calls == ["begin", *saved]
    lines = [re.sub(r"\d+\.\d+ sec|(?<=/sec: ).*", "T", r.getMessage()) for r in log.records]
    assert lines == [
        "Create CheckpointSaverHook.",
        "Graph was finalized.",
        "Running local_init_op.",
        "Done running local_init_op.",
        f"Saving checkpoints for 0 into {folder}/model.ckpt.",
        "g = 1, loss = 25.0",
        "g = 4, loss = 6.5536 (T)",
        f"Saving checkpoints for 4 into {folder}/model.ckpt.",
        "global_step/sec: T",
        "g = 6, loss = 1.7179865 (T)",
        f"Saving checkpoints for 6 into {folder}/model.ckpt.",
    ]
    runs, w, calls = train(11)
    assert runs == 5 and w == pytest.approx(5 * 0.8**11, rel=1e-6)
    assert [c for c in calls if c[0] == "before"] == [("before", s) for s in (6, 10, 11)]
    assert os.path.exists(f"{folder}/graph.pbtxt") and tf.train.latest_checkpoint(folder).endswith("model.ckpt-11")
    shown = [
        (e.step, e.WhichOneof("what"), [v.tag for v in e.summary.value])
        for name in sorted(os.listdir(folder))
        if "tfevents" in name
        for e in tf.train.summary_iterator(f"{folder}/{name}")
    ]
    assert [(step, tags[0]) for step, kind, tags in shown if kind == "summary"] == [
        (1, "shown"), (3, "shown"), (5, "shown"), (6, "global_step/sec"), (7, "shown"), (9, "shown"), (11, "shown"),
    ]  # fmt: skip
    assert [step for step, kind, _ in shown if kind == "session_log"] == [0, 1, 4, 6, 6, 7, 10, 11]


def test_a_listener_can_stop(tmp_path):
    _, _, op = descent()
    hook = tf.train.CheckpointSaverHook(str(tmp_path), save_steps=2, listeners=[Listener([], stops_at=4)])
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        runs = 0
        while not sess.should_stop():
            sess.run(op)
            runs += 1
    assert runs == 4


def test_a_damaged_checkpoint_is_left_aside(tmp_path):
    def train(last):
        with tf.Graph().as_default():
            w, _, op = descent()
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=str(tmp_path), hooks=[tf.train.StopAtStepHook(last_step=last)], save_checkpoint_steps=2
            ) as sess:
                start = sess.run(tf.train.get_global_step())
                while not sess.should_stop():
                    sess.run(op)
            return start

    assert train(6) == 0
    newest = tf.train.latest_checkpoint(str(tmp_path))
    [path] = [p for p in tmp_path.glob(f"{os.path.basename(newest)}*") if not p.name.endswith(".meta")]
    path.write_bytes(path.read_bytes()[:-200])
    assert train(8) == 4
    assert tf.train.latest_checkpoint(str(tmp_path)).endswith("-8")


def test_nan():
    x = tf.constant(np.nan)
    with pytest.raises(tf.train.NanLossDuringTrainingError, match="NaN loss"):
        with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(x)]) as sess:
            sess.run(x)
    with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(x, fail_on_nan_loss=False)]) as sess:
        sess.run(x)
        assert sess.should_stop()


def test_waiting_for_a_step():
    step = tf.train.get_or_create_global_step()
    grow = step.assign_add(1)

    class Elsewhere(tf.train.SessionRunHook):
        def after_create_session(self, session, coord):
            session.run([grow])
            session.run([grow])

    with tf.train.MonitoredSession(hooks=[Elsewhere(), tf.train.GlobalStepWaiterHook(2)]) as sess:
        assert sess.run(step) == 2


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda t: t.StopAtStepHook(), ValueError, "One of"),
        (lambda t: t.StopAtStepHook(1, 1), ValueError, "Only one"),
        (lambda t: t.CheckpointSaverHook("x"), ValueError, "save_secs and save_steps"),
        (lambda t: t.CheckpointSaverHook("x", 1, saver=1, scaffold=1), ValueError, "both saver and scaffold"),
        (lambda t: t.LoggingTensorHook(["x"]), ValueError, "every_n_iter"),
        (lambda t: t.LoggingTensorHook(["x"], every_n_iter=0), ValueError, "every_n_iter=0"),
        (lambda t: t.SummarySaverHook(1, 1, summary_op=1), ValueError, "save_steps and save_secs"),
        (lambda t: t.SummarySaverHook(1), ValueError, "scaffold or summary_op"),
        (lambda t: t.StepCounterHook(1, 1), ValueError, "every_n_steps"),
        (lambda t: t.SecondOrStepTimer(1, 1), ValueError, "every_secs and every_steps"),
        (lambda t: t.MonitoredSession(hooks=[t.StopAtStepHook(1)]), RuntimeError, "Global step should be created"),
        (lambda t: t.MonitoredTrainingSession(save_checkpoints_secs=1), TypeError, "save_checkpoint_secs"),
    ],
)
def test_what_is_refused(make, error, text):
    with pytest.raises(error, match=text):
        make(tf.train)


# Sessions and threads.


def test_a_session_manager(tmp_path):
    v = tf.Variable(2.0)
    saver = tf.train.Saver()
    manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    with pytest.raises(RuntimeError, match="no init_op"):
        manager.prepare_session("", checkpoint_dir=str(tmp_path), saver=saver)
    with manager.prepare_session("", tf.global_variables_initializer(), saver, str(tmp_path)) as sess:
        sess.run(v.assign(5.0))
        saver.save(sess, str(tmp_path / "m"))
    sess, ready = manager.recover_session("", saver, str(tmp_path))
    assert ready and sess.run(v) == 5.0
    assert manager.recover_session("", saver, str(tmp_path / "nothing"))[1] is False
    with pytest.raises(errors.DeadlineExceededError):
        manager.wait_for_session("", max_wait_secs=0)


def test_a_coordinator():
    coord = tf.train.Coordinator()

    def fail():
        raise KeyError("first")

    loopers = [tf.train.LooperThread.loop(coord, None, fail), tf.train.LooperThread.loop(coord, 0.01, lambda: None)]
    with pytest.raises(KeyError, match="first"):
        coord.join(loopers)
    assert coord.should_stop() and coord.joined and not any(t.is_alive() for t in loopers)
    coord.clear_stop()
    with coord.stop_on_exception():
        raise errors.OutOfRangeError(None, None, "the end")
    coord.join()
    assert coord.wait_for_stop(0)
