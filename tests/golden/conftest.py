"""The scripts here run under genuine TensorFlow 1.15.5, which is not installed beside the tests."""

collect_ignore_glob = ["make_*.py"]
