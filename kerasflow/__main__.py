"""`python -m kerasflow`: the command, where no console script is installed."""

import sys

from kerasflow.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
