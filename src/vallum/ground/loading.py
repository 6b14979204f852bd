"""Importing in one thread at a time, where several threads import what they need."""

from __future__ import annotations

import builtins
import importlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType

_real_import, _real_import_module = builtins.__import__, importlib.import_module
_turn = threading.RLock()
_LONGEST_S = 20.0


def import_in_turn() -> None:
    """Let one thread import at a time, in this process and from now on.

    Python locks each module by itself. Where two threads wait for each other's, it lets one of them
    go on with a module that is half made, and an import fails that would have succeeded in either
    thread alone: packages that import their own parts, as SciPy's do, are enough for that. What is
    imported already is not waited for. Compiled code may import past this, and then two threads
    could wait for each other here: so nobody waits for a turn for longer than 20 seconds.
    """
    builtins.__import__ = _import
    importlib.import_module = _import_module


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,  # noqa: A002 (names of the language)
    locals: Mapping[str, object] | None = None,  # noqa: A002
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    if level == 0 and _is_made(name, fromlist or ()):
        return _real_import(name, globals, locals, fromlist, level)
    with _in_turn():
        return _real_import(name, globals, locals, fromlist, level)


def _import_module(name: str, package: str | None = None) -> ModuleType:
    if not name.startswith(".") and _is_made(name, ()):
        return _real_import_module(name, package)
    with _in_turn():
        return _real_import_module(name, package)


@contextmanager
def _in_turn() -> Iterator[None]:
    turn = _turn
    is_mine = turn.acquire(timeout=_LONGEST_S)
    try:
        yield
    finally:
        if is_mine:
            turn.release()


def _is_made(name: str, parts: Sequence[str]) -> bool:
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    if module is None or getattr(spec, "_initializing", False):
        return False
    known = vars(module) if isinstance(module, ModuleType) else {}
    return all(part in known for part in parts)


def _begin_anew() -> None:
    """Forget, in a forked process, the turn of a thread that does not exist there."""
    global _turn
    _turn = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
