"""The scripts here run under other libraries, named in each, which are not installed beside the tests."""

collect_ignore_glob = ["make_*.py"]
