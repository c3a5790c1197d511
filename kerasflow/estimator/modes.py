"""What a model function is called for."""

__all__ = ["ModeKeys"]


class ModeKeys:
    """The modes of a model function: `TRAIN`, `EVAL` and `PREDICT`, which is ``"infer"``.

    >>> tf.estimator.ModeKeys.TRAIN, tf.estimator.ModeKeys.EVAL, tf.estimator.ModeKeys.PREDICT
    ('train', 'eval', 'infer')
    """

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"
