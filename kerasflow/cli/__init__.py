"""The `kerasflow` command: train on a CSV file, see how good it is, predict, with no code at all.

`main` reads the command line and needs nothing heavy; it imports a command's own room (`train`, `evaluate`, `predict`)
only when that command runs. Results go to stdout, all else to stderr, and every way to fail has an exit code (`exits`).
"""
