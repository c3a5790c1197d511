"""Traces of some steps of a monitored session."""

import json

import pytest

import kerasflow as tf


def test_every_so_many_steps_a_trace(tmp_path):
    with tf.Graph().as_default():
        count = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        work = tf.reduce_sum(tf.matmul(tf.ones([8, 8]), tf.random_normal([8, 8])))
        hook = tf.train.ProfilerHook(save_steps=3, output_dir=str(tmp_path), show_memory=True)
        with tf.train.MonitoredSession(hooks=[hook, tf.train.StopAtStepHook(8)]) as sess:
            while not sess.should_stop():
                sess.run([count, work])
    traces = sorted(p.name for p in tmp_path.glob("timeline-*.json"))
    assert traces == ["timeline-4.json", "timeline-7.json"]
    events = json.loads((tmp_path / traces[0]).read_text())["traceEvents"]
    assert {"MatMul", "RandomStandardNormal"} <= {e["name"] for e in events if e["ph"] == "X"}
    [file] = tmp_path.glob("events.*")
    tags = [
        e.tagged_run_metadata.tag for e in tf.train.summary_iterator(str(file)) if e.HasField("tagged_run_metadata")
    ]
    assert tags == ["step_4", "step_7"]


def test_other_options_of_the_run_stay(tmp_path):
    with tf.Graph().as_default():
        out = tf.FIFOQueue(1, tf.int32).dequeue()
        count = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        hook = tf.train.ProfilerHook(save_steps=1, output_dir=str(tmp_path))
        with tf.train.MonitoredSession(hooks=[hook]) as sess:
            for _ in range(3):
                sess.run(count)
            with pytest.raises(tf.errors.DeadlineExceededError):
                sess.run(out, options=tf.RunOptions(timeout_in_ms=50))


def test_what_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Exactly one"):
        tf.train.ProfilerHook(output_dir=str(tmp_path))
    with pytest.raises(ValueError, match="Exactly one"):
        tf.train.ProfilerHook(1, 1.0, str(tmp_path))
    with (
        tf.Graph().as_default(),
        pytest.raises(RuntimeError, match="Global step should be created to use ProfilerHook"),
    ):
        tf.train.ProfilerHook(1, output_dir=str(tmp_path)).begin()
