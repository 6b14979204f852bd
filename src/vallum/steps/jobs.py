"""Steps that take a while, one at a time in the background: how far they are, and how to stop."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from vallum.ground import logbook
from vallum.ground.errors import Busy, NotThere, Stopped, VallumError
from vallum.ground.whole import OUT_OF_ROOM
from vallum.steps.done import Done, Progress

Work = Callable[[Progress], Done]


@dataclass(frozen=True, kw_only=True)
class FileResult:
    """What became of one file that was handed in."""

    name: str
    ok: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """One step in the background, as it stands.

    Attributes:
        id: names it while the server runs.
        what: the step: `run`, `add`, `demo` ...
        command: what to type for the same.
        state: running, done, failed or stopped.
        step: what it is at now.
        done: how much of `total` is finished, in `unit`; `total` 0 means unknown.
        total: see `done`.
        unit: see `done`.
        started: when.
        seconds: how long it has taken.
        lines: what it said, once it is done.
        blocked: what could not be worked on, and why.
        files: what became of each file handed in.
        problem: code and words of the error that ended it; empty when none did.
    """

    id: str
    what: str
    command: str
    state: str = "running"
    step: str = ""
    done: float = 0.0
    total: float = 0.0
    unit: str = ""
    started: datetime
    seconds: float = 0.0
    lines: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    files: tuple[FileResult, ...] = ()
    error: VallumError | None = None


class Jobs:
    """The job at work, or the last one; `close` stops it.

    `logged_in` says in which project's log it stands when a job runs; in none if it is None.
    """

    def __init__(self) -> None:
        self.logged_in: Callable[[], Path | None] = lambda: None
        self._job: Job | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._began = 0.0

    @property
    def current(self) -> Job | None:
        """The job at work, or the last one; None before the first."""
        with self._lock:
            job = self._job
            if job is not None and job.state == "running":
                return replace(job, seconds=time.monotonic() - self._began)
            return job

    @property
    def is_running(self) -> bool:
        """True while a job is at work."""
        return self._thread is not None and self._thread.is_alive()

    def check_free(self) -> None:
        """Refuse what must not happen while a job is at work.

        Raises:
            Busy: one is.
        """
        job = self._job
        if self.is_running and job is not None:
            raise Busy(f"'{job.what}' is running; nothing was changed, wait until it has ended")

    def start(self, what: str, command: str, work: Work) -> Job:
        """Begin a job and return it.

        Args:
            what: the step.
            command: what to type for the same.
            work: does it; is given the progress callback, which raises `Stopped` once a person
                has asked for that.

        Raises:
            Busy: another one is at work.
        """
        with self._lock:
            self.check_free()
            self._stop.clear()
            self._began = time.monotonic()
            self._job = Job(
                id=secrets.token_hex(6), what=what, command=command, started=datetime.now(UTC)
            )
            self._thread = threading.Thread(
                target=self._run, args=(work,), name=f"job {what}", daemon=True
            )
            self._thread.start()
            return self._job

    def stop(self) -> Job:
        """Ask the job to end at its next step forward; what it finished is kept.

        Raises:
            NotThere: there was none yet.
        """
        self.ask_to_stop()
        job = self.current
        if job is None:
            raise NotThere("no job is running; nothing was stopped")
        return job

    def ask_to_stop(self) -> None:
        """Let the job, if one is at work, end at its next step forward."""
        self._stop.set()

    def wait(self, timeout_s: float | None = None) -> Job | None:
        """Wait until the job has ended, and return it."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self.current

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop the job and wait a little; a step that is cut off goes on where it was later."""
        self.ask_to_stop()
        self.wait(timeout_s)

    def show(self, what: str, done: float, total: float, unit: str) -> None:
        """Take note of how far the job is.

        Raises:
            Stopped: a person asked for it.
        """
        if self._stop.is_set():
            raise Stopped("stopped; what was finished is kept, do it again to go on")
        self._note(step=what, done=float(done), total=float(total), unit=unit)

    def _run(self, work: Work) -> None:
        unforeseen = VallumError("something went wrong that nobody foresaw; nothing finished is "
                                 "lost, see the window where vallum runs")  # fmt: skip
        end: dict[str, object] = {"state": "failed", "error": unforeseen}
        try:
            with logbook.watched(self.logged_in(), self._job.what if self._job else "") as watch:
                done = work(self.show)
                watch.run, watch.counts["added"] = done.run, done.n_added
                watch.blocked(done.blocked)
            end = {
                "state": "done",
                "lines": done.lines,
                "blocked": done.blocked,
                "files": _files(done),
                "done": max(1.0, self._job.total if self._job else 1.0),
                "total": max(1.0, self._job.total if self._job else 1.0),
                "error": None,
            }
        except Stopped as error:
            end = {"state": "stopped", "lines": (str(error),), "error": None}
        except VallumError as error:
            end["error"] = error
        except OSError as error:
            end["error"] = _of_the_system(error)
        finally:
            # What nobody foresaw goes on to the console, and is said here in one line.
            self._note(seconds=time.monotonic() - self._began, **end)

    def _note(self, **changes: object) -> None:
        with self._lock:
            if self._job is not None:
                self._job = replace(self._job, **changes)  # type: ignore[arg-type]


def _files(done: Done) -> tuple[FileResult, ...]:
    """Return what a step says of each file in its facts."""
    told = done.facts.get("files")
    if not isinstance(told, list):
        return ()
    return tuple(
        FileResult(name=str(one["name"]), ok=bool(one["ok"]), note=str(one["note"]))
        for one in told
        if isinstance(one, dict)
    )


def _of_the_system(error: OSError) -> VallumError:
    from vallum.ground.errors import BadInput, DiskFull

    if error.errno in OUT_OF_ROOM:
        return DiskFull("no room left on the disk; nothing half-written was kept, free some space")
    return BadInput(
        f"{error.strerror or error}: {error.filename or 'a file'}; what was finished is kept, "
        "check that it exists and may be read and written"
    )
