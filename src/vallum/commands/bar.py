"""The progress bar of the command line."""

from __future__ import annotations

import threading
from typing import Any

_SHOW_AFTER_S = 2.0


class Bar:
    """A progress bar on stderr, with rate and time left, once something takes over two seconds."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, float, str]] = {}
        self._tasks: dict[str, Any] = {}
        self._progress: Any = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def show(self, what: str, done: float, total: float, unit: str) -> None:
        """Take note of how far `what` is; `total` 0 means unknown."""
        with self._lock:
            self._known[what] = (done, total, unit)
            if self._timer is None:
                # Started by the clock, not by progress: one large file must show a bar too.
                self._timer = threading.Timer(_SHOW_AFTER_S, self._start)
                self._timer.daemon = True
                self._timer.start()
            if self._progress is not None:
                self._draw(what)

    def _start(self) -> None:
        with self._lock:
            self._progress = _rich_progress()
            self._progress.start()
            for what, (done, total, _) in self._known.items():
                if done < total or not total:
                    self._draw(what)

    def _draw(self, what: str) -> None:
        done, total, unit = self._known[what]
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total or None, unit=unit)
        self._progress.update(self._tasks[what], completed=done, total=total or None)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            with self._lock:
                if self._progress is not None:
                    self._progress.stop()


def _rich_progress() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Items per second."""

        def render(self, task: Any) -> Text:
            return Text(f"{task.speed or 0:.2g} {task.fields['unit']}/s")

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        Rate(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,  # a log file gets no half-drawn bars
    )
