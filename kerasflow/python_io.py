"""`tf.python_io`: TFRecord files, written and read in Python."""

from kerasflow.data.record_files import TFRecordCompressionType, TFRecordOptions, TFRecordWriter, tf_record_iterator

__all__ = ["TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]
