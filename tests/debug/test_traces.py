"""Traced runs: what their statistics, timeline and table say."""

import json
import time

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.debug import profile_table
from kerasflow.python.client import timeline


@pytest.fixture
def traced():
    """The metadata of a run of a small network, and what it gave."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    with tf.name_scope("layer"), tf.device("/device:CPU:1"):
        y = tf.nn.relu(tf.matmul(x, w) + 1.0)
    loss = tf.reduce_sum(y, name="loss")
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        sess.run(w.initializer)
        feeds = {x: np.ones((4, 3))}
        assert sess.run(loss, feeds, options=options, run_metadata=metadata) == sess.run(loss, feeds) == 32.0
    return metadata


def nodes(metadata):
    return {n.node_name: n for d in metadata.step_stats.dev_stats for n in d.node_stats}


def test_every_operation_is_there_with_its_times_and_outputs(traced):
    found = nodes(traced)
    assert set(found) == {"w/read", "layer/MatMul", "layer/add/y", "layer/add", "layer/Relu", "loss"}
    product = found["layer/MatMul"]
    assert product.timeline_label == "layer/MatMul = MatMul(x:0, w/read:0)"
    assert [d.size for d in product.output[0].tensor_description.shape.dim] == [4, 2]
    assert product.output[0].tensor_description.allocation_description.requested_bytes == 32
    assert product.memory[0].total_bytes == 32
    starts = [found[n].all_start_nanos for n in ("w/read", "layer/MatMul", "layer/add", "layer/Relu", "loss")]
    assert starts == sorted(starts) and all(n.op_end_rel_nanos >= 0 for n in found.values())
    assert {d.device for d in traced.step_stats.dev_stats} >= {"/job:localhost/replica:0/task:0/device:CPU:0"}


def test_without_options_nothing_is_traced():
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(tf.constant(1.0), run_metadata=metadata)
        sess.run(tf.constant(1.0), options=tf.RunOptions(), run_metadata=metadata)
    assert not metadata.step_stats.dev_stats
    with pytest.raises(ValueError, match="was not traced"):
        profile_table(metadata)


def test_a_time_that_passes_is_seen():
    slow = tf.py_func(lambda: (time.sleep(0.02), np.float32(1.0))[1], [], tf.float32, name="slow")
    metadata = tf.RunMetadata()
    tf.Session().run(slow, options=tf.RunOptions(trace_level=3), run_metadata=metadata)
    assert nodes(metadata)["slow"].op_end_rel_micros >= 20_000
    assert profile_table(metadata, "name", 1).splitlines()[1].startswith("slow")


def test_the_timeline(traced):
    made = timeline.Timeline(traced.step_stats)
    events = json.loads(made.generate_chrome_trace_format(show_memory=True))["traceEvents"]
    by_kind = {}
    for e in events:
        by_kind.setdefault(e["ph"], []).append(e)
    names = [e["args"]["name"] for e in by_kind["X"]]
    assert set(names) == set(nodes(traced))
    [product] = [e for e in by_kind["X"] if e["name"] == "MatMul"]
    assert product["args"] == {"name": "layer/MatMul", "op": "MatMul", "input0": "x:0", "input1": "w/read:0"}
    arrows = {(e["name"], e["ph"]) for e in by_kind["s"] + by_kind["t"]}
    assert {("layer/MatMul:0", "s"), ("layer/MatMul:0", "t"), ("w/read:0", "s")} <= arrows
    assert {e["args"]["name"] for e in by_kind["M"]} == {f"{d.device} Compute" for d in traced.step_stats.dev_stats}
    assert max(e["args"]["bytes"] for e in by_kind["C"]) >= 32 + 24
    plain = json.loads(made.generate_chrome_trace_format(show_dataflow=False))["traceEvents"]
    assert {e["ph"] for e in plain} == {"M", "X"}


def test_the_table(traced):
    lines = profile_table(traced, by="type").splitlines()
    assert lines[0].split() == ["type", "count", "microseconds", "share", "bytes"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["MatMul"][0] == "1" and rows["MatMul"][3] == "32"
    assert rows["all"][0] == str(len(nodes(traced))) and rows["all"][2] == "100.0%"
    micros = [float(line.split()[2].replace(",", "")) for line in lines[1:-1]]
    assert micros == sorted(micros, reverse=True)
    short = profile_table(traced, by="name", rows=2).splitlines()
    assert len(short) == 5 and f"({len(nodes(traced)) - 2} others)" in short[3]
    assert "layer" in profile_table(traced, by="scope")
    with pytest.raises(ValueError, match="by must be one of"):
        profile_table(traced, by="size")


def test_what_a_failed_run_says():
    x = tf.constant([1.0, np.nan])
    checked = tf.check_numerics(x, "not good")
    metadata = tf.RunMetadata()
    with pytest.raises(tf.errors.InvalidArgumentError, match="not good"):
        tf.Session().run(checked, options=tf.RunOptions(trace_level=3), run_metadata=metadata)


def test_loops_and_fed_constants():
    c = tf.constant(2.0)
    total = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + c), [0, 0.0])[1]
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        options = tf.RunOptions(trace_level=3)
        assert sess.run(total, options=options, run_metadata=metadata) == 10.0
        assert sess.run(total, {c: 3.0}, options=options, run_metadata=metadata) == 15.0
