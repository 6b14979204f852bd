"""A process that answers tasks until the one who started it is gone, or asks for nothing more.

Started by `processes` as `python -m vallum.run.worker FD`, where FD is its end of a line.
"""

from __future__ import annotations

import contextlib
import os
import sys
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from threading import Thread

IDLE_S = 10.0
"""How long it waits for a task. Starting costs more than a second of imports."""
IDLED = 75
"""Exit status of one that waited in vain."""


def serve(line: Connection) -> int:
    """Answer tasks; return the exit status."""
    from vallum.run.inside import settle
    from vallum.run.outcome import answered

    sys.path[:] = line.recv()
    tasks: SimpleQueue[tuple[bytes, bytes]] = SimpleQueue()
    Thread(target=_listen, args=(line, tasks), daemon=True).start()
    while True:
        try:
            function, task = tasks.get(timeout=IDLE_S)
        except Empty:
            return IDLED
        settle()
        line.send_bytes(answered(function, task))


def _listen(line: Connection, tasks: SimpleQueue[tuple[bytes, bytes]]) -> None:
    """Take tasks off the line at once, so that who sends never waits for who works."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            tasks.put(line.recv())
    os._exit(0)  # who started it is gone: nobody waits for an answer


def main() -> None:
    """Serve on the line of which the number was given."""
    with Connection(int(sys.argv[1])) as line:
        status = serve(line)
    os._exit(status)


if __name__ == "__main__":
    main()
