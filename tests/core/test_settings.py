"""Settings: fields, records within records, what is refused."""

import copy

import pytest

import kerasflow as tf


def test_fields_have_defaults_and_are_set():
    config = tf.ConfigProto(intra_op_parallelism_threads=2, device_count={"CPU": 1})
    assert (config.intra_op_parallelism_threads, config.allow_soft_placement, config.device_count) == (
        2,
        False,
        {"CPU": 1},
    )
    config.log_device_placement = True
    config.device_filters.append("/job:ps")
    config.gpu_options.per_process_gpu_memory_fraction = 1
    assert config.gpu_options.per_process_gpu_memory_fraction == 1.0
    fresh = tf.ConfigProto()
    assert fresh.device_filters == [] and fresh.device_count == {} and fresh != config
    assert repr(fresh) == "ConfigProto()" and "device_filters=['/job:ps']" in repr(config)
    assert tf.RunOptions.FULL_TRACE == 3 and tf.OptimizerOptions.L0 == -1


def test_records_within_records_are_copied():
    gpu = tf.GPUOptions(allow_growth=True)
    config = tf.ConfigProto(gpu_options=gpu, graph_options=tf.GraphOptions(optimizer_options=tf.OptimizerOptions()))
    gpu.allow_growth = False
    assert config.gpu_options.allow_growth
    config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    assert config.graph_options.optimizer_options == tf.OptimizerOptions(global_jit_level=1)
    assert copy.deepcopy(config) == config and config != gpu


def test_copy_and_merge():
    one = tf.ConfigProto(device_count={"CPU": 1}, allow_soft_placement=True)
    two = tf.ConfigProto(device_count={"GPU": 0}, gpu_options=tf.GPUOptions(visible_device_list="0"))
    one.MergeFrom(two)
    assert one.device_count == {"CPU": 1, "GPU": 0} and one.allow_soft_placement
    assert one.gpu_options.visible_device_list == "0"
    one.CopyFrom(two)
    assert one == two and one.device_count is not two.device_count
    for change in (one.CopyFrom, one.MergeFrom):
        with pytest.raises(TypeError, match="Expected a ConfigProto, got GPUOptions"):
            change(tf.GPUOptions())


def test_what_is_refused():
    with pytest.raises(
        ValueError, match="ConfigProto has no field 'alow_soft_placement'. Did you mean 'allow_soft_plac"
    ):
        tf.ConfigProto(alow_soft_placement=True)
    config = tf.ConfigProto()
    with pytest.raises(AttributeError, match="GPUOptions has no field 'allow_grow'. Did you mean 'allow_growth'"):
        config.gpu_options.allow_grow = True
    with pytest.raises(AttributeError, match="use gpu_options.CopyFrom"):
        config.gpu_options = tf.GPUOptions()
    with pytest.raises(TypeError, match="ConfigProto.allow_soft_placement is of type bool, got 'yes'"):
        config.allow_soft_placement = "yes"
    with pytest.raises(TypeError, match="is of type int, got 1.5"):
        tf.ConfigProto(inter_op_parallelism_threads=1.5)
    with pytest.raises(TypeError, match="unhashable"):
        hash(config)
    with pytest.raises(TypeError, match="config must be a ConfigProto, got 'fast'"):
        tf.Session(config="fast")


def test_a_session_takes_them():
    config = tf.ConfigProto(allow_soft_placement=True)
    with tf.device("/gpu:0"):
        x = tf.constant(1.0) + 1.0
    assert tf.Session(config=config).run(x) == 2.0
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.Session(config=tf.ConfigProto()).run(x)
    run = tf.Session(config=config).run(x, options=tf.RunOptions(trace_level=tf.RunOptions.NO_TRACE))
    assert run == 2.0
