"""Look into a watched run that was written to a folder: ``python -m kerasflow.debug.offline --dump_dir FOLDER``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kerasflow.debug.conversation import Conversation
from kerasflow.debug.recording import Recording

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Talk about the run in a folder; gives the exit code, 2 if there is none in it.

    Args:
        arguments: of the command line; by default the program's.
    """
    parser = argparse.ArgumentParser(prog="python -m kerasflow.debug.offline", description=__doc__)
    parser.add_argument(
        "--dump_dir", required=True, help="the folder of a run, or one of such folders: then the last one"
    )
    folder = Path(parser.parse_args(arguments).dump_dir)
    runs = [folder] if (folder / "run.json").exists() else sorted(p.parent for p in folder.glob("*/run.json"))
    if not runs:
        print(f"{folder} has no watched run in it.", file=sys.stderr)
        return 2
    try:
        recording = Recording.load(runs[-1])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    Conversation().after(recording, 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
