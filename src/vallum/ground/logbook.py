"""The logbook of a project: what ran, when, for how long, what stopped it; numbers and known words.

One JSON object per line in `log/vallum.jsonl` of the project's folder, readable by its owner only.
What may stand in it is decided here, field by field and value by value: a step is a word of
vallum's own, a reason is one of `Cause`, an error the name of a class of ours. A name, a quote, a
file name, a path or an address has no field to stand in, so none gets in, whatever goes wrong.

Writing is best effort: a log that cannot be written never fails the work it would tell of.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from vallum import __version__
from vallum.ground import errors
from vallum.ground.whole import OUT_OF_ROOM

FOLDER = "log"
FILE = "vallum.jsonl"
MOST_BYTES = 1 << 20
"""A file that has grown to this is put aside."""

KEPT = 4
"""How many files that were put aside are kept; older ones are deleted."""

MOST_SECTIONS = 50
_LONGEST_LINE = 4000  # written in one piece, so that lines of two processes do not mix
_STEP = re.compile(r"[a-z][a-z-]{0,19}( [a-z][a-z-]{0,19}){0,2}")
_ROUTE = re.compile(
    r"(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) /([a-z-]+|\{[a-z_]+(:path)?\})?"
    r"(/([a-z-]+(\.json)?|(\{[a-z_]+(:path)?\}(\.[a-z]{2,5})?))){0,8}"
)
_VERSION = re.compile(r"[0-9a-z.+]{1,40}")
_RUN = re.compile(r"run-[a-z2-7]{16}")
_MARK = re.compile(r"[0-9a-f]{8}")


class Event(StrEnum):
    """What a line tells of."""

    BEGAN = "began"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    REQUEST = "request"
    REQUESTS = "requests"


class Cause(StrEnum):
    """Why something could not be worked on, without the words, which may name a file."""

    NO_IMAGE = "no-image"
    NO_OVERLAP = "no-overlap"
    FOOTPRINT = "footprint-only"
    CLOUD = "cloud"
    NOT_ALIGNED = "not-aligned"
    NO_DATE = "no-date"
    REPLACED = "replaced"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    WORKER = "worker-died"
    REFUSED = "refused"
    OTHER = "other"


_FRAGMENTS: tuple[tuple[str, Cause], ...] = (
    ("footprint only", Cause.FOOTPRINT),
    ("process that worked on it died", Cause.WORKER),
    ("took longer than", Cause.WORKER),
    ("better pair was found", Cause.REPLACED),
    ("replaced:", Cause.REPLACED),
    ("no overlap", Cause.NO_OVERLAP),
    ("do not overlap", Cause.NO_OVERLAP),
    ("no image", Cause.NO_IMAGE),
    ("no usable image", Cause.NO_IMAGE),
    ("cloud", Cause.CLOUD),
    ("not aligned", Cause.NOT_ALIGNED),
    ("tiles", Cause.NOT_ALIGNED),
    ("shift", Cause.NOT_ALIGNED),
    ("date", Cause.NO_DATE),
    ("is missing", Cause.MISSING),
    ("does not exist", Cause.MISSING),
    ("cannot be read", Cause.UNREADABLE),
    ("could not be", Cause.UNREADABLE),
    ("refused", Cause.REFUSED),
    ("must not leave", Cause.REFUSED),
)

_OTHERS = frozenset({"OSError", "Usage", "Unexpected"})
COUNTS = frozenset({"added", "blocked", "files", "requests", "writes", "refused", "failed", "slow"})
"""What may be counted."""


def cause_of(reason: str) -> Cause:
    """Return the cause that a reason in words comes down to."""
    text = reason.casefold()
    return next((cause for fragment, cause in _FRAGMENTS if fragment in text), Cause.OTHER)


def error_code(error: BaseException) -> str:
    """Return the name of an error for the log: a class of ours, else one of `_OTHERS`."""
    if isinstance(error, errors.VallumError):
        code = type(error).__name__
        return code if getattr(errors, code, None) is type(error) else "VallumError"
    if isinstance(error, OSError):
        return "DiskFull" if error.errno in OUT_OF_ROOM else "OSError"
    return "Usage" if type(error).__module__.startswith("click.") else "Unexpected"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the log; what is not allowed in a field is left out of it.

    Attributes:
        time: when it was written, UTC.
        event: what it tells of.
        step: the command, the job, or the route of a request as it stands in the program.
        mark: the same for the beginning and the end of one execution.
        run: id of the run whose rows it wrote.
        seconds: how long it took; the longest of many requests.
        counts: how many of what; names of `COUNTS`.
        sections: numbers of the sections that are blocked, the first `MOST_SECTIONS` of them.
        causes: how often which cause.
        error: class of the error that ended it.
        status: HTTP status.
        version: of vallum.
    """

    time: datetime
    event: Event
    step: str = ""
    mark: str = ""
    run: str = ""
    seconds: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    sections: tuple[int, ...] = ()
    causes: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    status: int = 0
    version: str = __version__

    def as_json(self) -> dict[str, object]:
        """Return what may be written of it; empty fields are left out."""
        made: dict[str, object] = {
            "time": self.time.astimezone(UTC).isoformat(timespec="milliseconds"),
            "event": Event(self.event).value,
            "step": self.step if _is_step(self.step) else "",
            "mark": self.mark if _MARK.fullmatch(self.mark) else "",
            "run": self.run if _RUN.fullmatch(self.run) else "",
            "seconds": None if self.seconds is None else round(float(self.seconds), 3),
            "counts": {k: int(n) for k, n in sorted(self.counts.items()) if k in COUNTS and n},
            "sections": [int(number) for number in self.sections[:MOST_SECTIONS]],
            "causes": {Cause(k).value: int(n) for k, n in sorted(self.causes.items())},
            "error": self.error if _is_error(self.error) else "",
            "status": int(self.status) if 100 <= self.status < 600 else 0,
            "version": __version__,
        }
        return {name: v for name, v in made.items() if v or (name == "seconds" and v is not None)}

    @classmethod
    def of_json(cls, told: Mapping[str, object]) -> Line:
        """Return a line as it was read; raises ValueError, KeyError or TypeError if it is none.

        What may not be written is not read either: the log may have come with a folder.
        """
        step, mark, run = (str(told.get(name, "")) for name in ("step", "mark", "run"))
        seconds, sections, status = told.get("seconds"), told.get("sections"), told.get("status")
        error, version = str(told.get("error", "")), str(told.get("version", ""))
        return cls(
            time=datetime.fromisoformat(str(told["time"])).astimezone(UTC),
            event=Event(str(told["event"])),
            step=step if _is_step(step) else "",
            mark=mark if _MARK.fullmatch(mark) else "",
            run=run if _RUN.fullmatch(run) else "",
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
            counts=_numbers(told.get("counts"), COUNTS),
            sections=tuple(int(n) for n in sections) if isinstance(sections, list) else (),
            causes=_numbers(told.get("causes"), frozenset(Cause)),
            error=error if _is_error(error) else "",
            status=status if isinstance(status, int) else 0,
            version=version if _VERSION.fullmatch(version) else "",
        )


def _numbers(told: object, known: frozenset[str]) -> dict[str, int]:
    return {k: int(n) for k, n in told.items() if k in known} if isinstance(told, dict) else {}


def _is_step(text: str) -> bool:
    return bool(_STEP.fullmatch(text) or _ROUTE.fullmatch(text))


def _is_error(code: str) -> bool:
    if code in _OTHERS:
        return True
    found = getattr(errors, code, None) if code.isidentifier() else None
    return isinstance(found, type) and issubclass(found, errors.VallumError)


# -- writing and reading ------------------------------------------------------------------------


def tell(root: Path, line: Line) -> None:
    """Add a line to the log of the project in `root`; do nothing where that is not possible."""
    with suppress(OSError, ValueError, TypeError):
        text = json.dumps(line.as_json(), separators=(",", ":")).encode() + b"\n"
        if len(text) > _LONGEST_LINE:
            text = json.dumps(replace(line, sections=(), causes={}).as_json()).encode() + b"\n"
        folder = root / FOLDER
        if folder.is_symlink():
            return  # somebody would have it written elsewhere
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / FILE
        _put_aside(path)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        flags |= getattr(os, "O_NONBLOCK", 0)  # a pipe that came with the folder is not waited for
        handle = os.open(path, flags, 0o600)
        try:
            os.write(handle, text)
        finally:
            os.close(handle)


def _put_aside(path: Path) -> None:
    """Rename a file that has grown large, and forget the oldest one."""
    if not path.is_file() or path.stat().st_size < MOST_BYTES:
        return
    for number in range(KEPT - 1, 0, -1):
        older = path.with_suffix(f".{number}.jsonl")
        if older.is_file():
            older.replace(path.with_suffix(f".{number + 1}.jsonl"))
    path.replace(path.with_suffix(".1.jsonl"))


def told(root: Path) -> list[Line]:
    """Return what the log holds, oldest first; what is no line of a log is left out."""
    folder = root / FOLDER
    files = [
        folder / FILE,
        *((folder / FILE).with_suffix(f".{n}.jsonl") for n in range(1, KEPT + 1)),
    ]
    found: list[Line] = []
    for path in reversed(files):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 2 * MOST_BYTES:
            continue
        with suppress(OSError), path.open("rb") as handle:
            for text in handle:
                with suppress(ValueError, KeyError, TypeError, RecursionError, OverflowError):
                    line = json.loads(text)
                    found += [Line.of_json(line)] if isinstance(line, dict) else []
    return found


# -- one execution ------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Watched:
    """One execution while it runs: what is known of it so far."""

    root: Path | None
    step: str
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    run: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    sections: tuple[int, ...] = ()
    causes: dict[str, int] = field(default_factory=dict)

    def blocked(self, reasons: Iterable[str], sections: Iterable[int] = ()) -> None:
        """Take note of what could not be worked on."""
        found = [cause_of(reason) for reason in reasons]
        self.causes = {cause.value: n for cause, n in Counter(found).items()}
        self.counts["blocked"] = len(found)
        self.sections = tuple(sections)

    def tell(self, event: Event, seconds: float | None = None, error: str = "") -> None:
        """Write a line of it."""
        if self.root is None:
            return
        line = Line(
            time=datetime.now(UTC),
            event=event,
            step=self.step,
            mark=self.mark,
            run=self.run,
            seconds=seconds,
            counts=self.counts,
            sections=self.sections,
            causes=self.causes,
            error=error,
        )
        tell(self.root, line)


@contextmanager
def watched(root: Path | None, step: str, *, is_quiet: bool = False) -> Iterator[Watched]:
    """Tell that a step begins, and how it ends: done, failed or stopped.

    Args:
        root: the project's folder; None writes nothing, a folder that is no project neither.
        step: the command or job, in words of the program.
        is_quiet: a question that changes nothing: only its failure is told.
    """
    watch = Watched(root=root if root is not None and _is_project(root) else None, step=step)
    began = time.monotonic()
    if not is_quiet:
        watch.tell(Event.BEGAN)
    try:
        yield watch
    except (KeyboardInterrupt, errors.Stopped):
        watch.tell(Event.STOPPED, time.monotonic() - began)
        raise
    except BaseException as error:
        watch.tell(Event.FAILED, time.monotonic() - began, error_code(error))
        raise
    if not is_quiet:
        watch.tell(Event.DONE, time.monotonic() - began)


def _is_project(root: Path) -> bool:
    with suppress(OSError, ValueError):
        return (root / "vallum.toml").is_file()
    return False
