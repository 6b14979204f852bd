"""Making very many things that stay, without looking through all of them for garbage meanwhile."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_n_inside = 0


@contextmanager
def unhurried() -> Iterator[None]:
    """Leave garbage lying while something large is made that is kept; then go on as before.

    Python looks through everything that there is each time that a quarter more was made: of the
    time to read a long border, a third. Nothing is lost, and memory in rings is freed afterwards.
    Safe for threads; where the collector was off, it stays off.
    """
    global _n_inside
    with _lock:
        was_on = gc.isenabled() or _n_inside > 0
        _n_inside += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if was_on and not _n_inside:
                gc.enable()
