"""A TensorBoard server on this machine, and questions to its data API."""

import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

_ADDRESS = re.compile(r"(http://(?:127\.0\.0\.1|localhost):\d+)/")


class Board:
    """The server at an address."""

    def __init__(self, address):
        self.address = address

    def get(self, path, **query):
        """The bytes at ``/data/plugin/PATH``."""
        url = f"{self.address}/data/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read()

    def post(self, path, content):
        """The answer to a JSON message."""
        data = json.dumps(content).encode()
        request = urllib.request.Request(f"{self.address}/data/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def ask(self, path, **query):
        """The JSON there, once it holds something: the server loads the files in the background."""
        for _ in range(100):
            found = json.loads(self.get(path, **query))
            if found:
                return found
            time.sleep(0.2)
        raise TimeoutError(f"TensorBoard has nothing at {path} {query}")


@contextlib.contextmanager
def started(folder):
    """A server that shows the folder."""
    command = [sys.executable, "-W", "ignore", "-m", "tensorboard.main", "--logdir", str(folder), "--port", "0"]
    command += ["--host", "127.0.0.1", "--load_fast", "false", "--reload_interval", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        try:
            lines = []
            for line in server.stderr:
                lines.append(line)
                if found := _ADDRESS.search(line):
                    yield Board(found[1])
                    return
            raise RuntimeError("TensorBoard did not start:\n" + "".join(lines))
        finally:
            server.kill()
