"""A training program that is killed at any moment goes on from a sound checkpoint, and ends where it would have."""

import random
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import sys
import time
import kerasflow as tf
tf.set_random_seed(1)
step = tf.train.get_or_create_global_step()
x = tf.random_normal([16, 4], seed=2)
y = tf.layers.dense(tf.layers.dropout(x, 0.5, seed=3, training=True), 3, name="d")
loss = tf.reduce_mean(tf.square(y - tf.reduce_sum(x, 1, keepdims=True)))
train = tf.train.AdamOptimizer(0.01).minimize(loss, global_step=step)
final = tf.train.FinalOpsHook(tf.trainable_variables())
hooks = [tf.train.StopAtStepHook(last_step=600), final]
with tf.train.MonitoredTrainingSession(checkpoint_dir=sys.argv[1], hooks=hooks, save_checkpoint_steps=7) as sess:
    while not sess.should_stop():
        sess.run(train)
        time.sleep(0.003)
print([v.tolist() for v in final.final_ops_values])
"""


def started(folder):
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path):
    begun = time.monotonic()
    undisturbed, _ = started(tmp_path / "whole").communicate(timeout=200)
    took = time.monotonic() - begun
    rng = random.Random(0)
    for kills in range(21):
        process = started(tmp_path / "killed")
        try:
            # At the most half of it, so that the first runs do not reach the end; the last one may.
            found, _ = process.communicate(timeout=rng.uniform(0.1, 0.5) * took if kills < 20 else 200)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    assert kills >= 4
    assert found == undisturbed and found.count("[") > 3
