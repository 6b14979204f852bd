"""`doctor`: what protects this machine and the project on it, line by line; changes nothing.

Every line is ok, warn or bad, with the one next step. What is said of the limited process was tried
by one (`foreign.protection`), not read out of settings.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from vallum.ground import foreign
from vallum.ground.errors import BrokenInstall, MissingExtra, VallumError
from vallum.ground.records import Json
from vallum.project import Project
from vallum.steps import doctoring_system as system
from vallum.steps.done import Done

_GIB = 1 << 30
_LITTLE, _TOO_LITTLE = 20 * _GIB, 1 * _GIB
_BUILT = datetime(2026, 1, 1, tzinfo=UTC)
"""This version did not exist before: a clock that says so is wrong."""
_SKEW_S = 300.0
_EXTRAS = (
    # (extra, module, what it is for)
    ("video", "imageio_ffmpeg", "videos of witnesses"),
    ("clouds", "ukis_csmask", "clouds told from snow by a network"),
    ("parquet", "pyarrow", "tables as GeoParquet"),
    ("cluster", "distributed", "work on a Dask cluster"),
    ("postgres", "pg8000", "a desk of many people on PostgreSQL"),
)


class State(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what, in one word or two.
        state: how it stands.
        said: what was found, in words.
        next: the one next step; empty where none is needed.
    """

    name: str
    state: State
    said: str
    next: str = ""

    @property
    def line(self) -> str:
        """It in one line."""
        step = f". {self.next[:1].upper()}{self.next[1:]}" if self.next else ""
        return f"{self.state:4} {self.name}: {self.said}{step}"


def doctor(project: Project | None, *, problem: VallumError | None = None) -> Done:
    """Say what protects this machine, and the project if one is open.

    Args:
        project: an open project, or None.
        problem: why the project here could not be opened.
    """
    root = project.root if project else Path.cwd()
    looks: list[Callable[[], Iterator[Check]]] = [
        _worker,
        lambda: _places(root),
        _versions,
        _parts,
        lambda: _clock(project),
    ]
    if project:
        looks.append(lambda: _project(project))
    checks = [check for look in looks for check in look()]
    if problem is not None:
        checks.append(
            Check(name="project", state=State.BAD, said=system.without_home(str(problem)))
        )
    n = {state: sum(check.state is state for check in checks) for state in State}
    lines = [check.line for check in checks if check.state is not State.BAD]
    lines.append(f"{n[State.OK]} ok, {n[State.WARN]} to know, {n[State.BAD]} to mend")
    facts: dict[str, Json] = {
        "checks": [{key: str(value) for key, value in asdict(one).items()} for one in checks],
        "n_ok": n[State.OK],
        "n_warn": n[State.WARN],
        "n_bad": n[State.BAD],
    }
    bad = tuple(check.line.removeprefix("bad  ") for check in checks if check.state is State.BAD)
    return Done(step="doctor", lines=tuple(lines), blocked=bad, facts=facts)


# -- what opens files from others -------------------------------------------------------------


def _worker() -> Iterator[Check]:
    held = foreign.protection()
    why = "; ".join(held.why_not) or "the system does not allow it"
    for name, is_held, what, cannot in (
        ("network", held.network, "reaches the network", "reach the network"),
        (
            "files",
            held.files,
            "reads and writes files that it was not given",
            "read or write any file but those it is given",
        ),
        ("programs", held.programs, "starts programs", "start programs"),
    ):
        if is_held:
            version = f" (Landlock {held.landlock_abi})" if name == "files" else ""
            said = f"the process that opens files from others cannot {cannot}{version}"
            yield Check(name=name, state=State.OK, said=said)
        else:
            yield Check(
                name=name,
                state=State.WARN,
                said=f"a taken-over process that opens files from others {what} ({why})",
                next="open what you distrust on a machine that holds nothing else, or use Linux "
                "5.13 or newer with Landlock switched on",
            )
    state = State.OK if held.limits else State.BAD
    said = "memory, time and size of files of that process are " + (
        "limited" if held.limits else f"not limited ({why})"
    )
    yield Check(name="limits", state=state, said=said,
                next="" if held.limits else "open no files from others here")  # fmt: skip


# -- where things lie -------------------------------------------------------------------------


def _places(root: Path) -> Iterator[Check]:
    temp = Path(tempfile.gettempdir())
    kind = system.mount_of(temp).kind
    if kind in {"tmpfs", "ramfs"}:
        yield Check(name="temp", state=State.OK, said="temporary files lie in memory")
    else:
        yield Check(
            name="temp", state=State.WARN,
            said="temporary files lie on a disk; what is opened of sources is locked there, the "
            "words of other files are not",
            next="set TMPDIR to a folder in memory, such as /dev/shm",
        )  # fmt: skip
    yield _swap()
    yield _encryption(root)
    yield _free(root, "disk")
    place = system.mount_of(root)
    is_far = place.is_network
    yield Check(
        name="drive",
        state=State.BAD if is_far else State.OK,
        said=f"the folder here lies on a {'network drive' if is_far else 'disk of this machine'}"
        + (f" ({place.kind})" if place.kind else ""),
        next="put projects on this machine's own disk, or use PostgreSQL" if is_far else "",
    )


def _swap() -> Check:
    open_ones = system.open_swaps()
    if open_ones is None:
        return Check(name="swap", state=State.WARN, said="this system does not tell of its swap",
                     next="see that swap is encrypted")  # fmt: skip
    if open_ones:
        return Check(
            name="swap", state=State.WARN,
            said=f"{len(open_ones)} swap areas are not known to be encrypted; what lies in memory "
            "may be written there",
            next="encrypt swap or turn it off",
        )  # fmt: skip
    return Check(name="swap", state=State.OK, said="nothing in memory is written to open swap")


def _encryption(root: Path) -> Check:
    told = system.is_encrypted(root)
    if told:
        return Check(name="encryption", state=State.OK, said="the disk here is encrypted (LUKS)")
    said = (
        "this system does not say whether the disk here is encrypted"
        if told is None
        else "the disk here is not known to be encrypted"
    )
    return Check(name="encryption", state=State.WARN, said=said,
                 next="encrypt the whole disk: a laptop that is taken tells all else")  # fmt: skip


def _free(folder: Path, name: str) -> Check:
    free = shutil.disk_usage(folder).free
    state = State.BAD if free < _TOO_LITTLE else State.WARN if free < _LITTLE else State.OK
    step = "" if state is State.OK else "free some space before adding images"
    return Check(name=name, state=state, said=f"{free / _GIB:,.1f} GiB free here", next=step)


# -- what vallum is made of -------------------------------------------------------------------


def _versions() -> Iterator[Check]:
    for name, version, known in system.versions():
        if known:
            yield Check(
                name=name, state=State.WARN, said=f"{version}: {known}",
                next="update it, unless your system has mended it under the same number",
            )  # fmt: skip
        else:
            yield Check(name=name, state=State.OK, said=version)


def _parts() -> Iterator[Check]:
    from vallum.evidence import faces, plates
    from vallum.report.figures.ink import FONTS

    for name, path, sha256 in (
        ("faces", faces.WEIGHTS, faces.SHA256),
        ("plates", plates.WEIGHTS, plates.SHA256),
        *system.detector(),
    ):
        try:
            faces.whole(path, sha256)
            yield Check(name=f"network of {name}", state=State.OK, said="as it was published")
        except (BrokenInstall, OSError):
            yield Check(name=f"network of {name}", state=State.BAD, said="missing or changed",
                        next="install vallum again")  # fmt: skip
    n_fonts = len([*Path(FONTS).glob("*.ttf")])
    yield Check(
        name="fonts", state=State.OK if n_fonts else State.BAD,
        said=f"{n_fonts} of vallum's own, none of the system is needed",
        next="" if n_fonts else "install vallum again",
    )  # fmt: skip
    has_typst = importlib.util.find_spec("typst") is not None
    yield Check(name="typst", state=State.OK if has_typst else State.BAD,
                said="sets reports as PDF" if has_typst else "missing: no PDF can be made",
                next="" if has_typst else "install vallum again")  # fmt: skip
    yield _ffmpeg()
    for extra, module, what in _EXTRAS:
        is_there = importlib.util.find_spec(module) is not None
        said = what if is_there else f'{what}: not installed (pip install "vallum[{extra}]")'
        yield Check(name=f"extra {extra}", state=State.OK, said=said)


def _ffmpeg() -> Check:
    from vallum.evidence import film

    try:
        film.the_encoder()
    except MissingExtra:
        said = 'not installed; only videos need it (pip install "vallum[video]")'
        return Check(name="ffmpeg", state=State.OK, said=said)
    return Check(name="ffmpeg", state=State.OK, said="writes videos of faces covered")


# -- time, and the project --------------------------------------------------------------------


def _clock(project: Project | None) -> Iterator[Check]:
    now, least = time.time(), _BUILT.timestamp()
    said = f"it is {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    if project:
        n_rows, _ = project.store.head()
        newest = project.store.entries(after=n_rows - 1) if n_rows else []
        for entry in newest[-1:]:
            least = max(least, datetime.fromisoformat(entry.at).timestamp())
    is_late = now + _SKEW_S >= least
    yield Check(
        name="clock", state=State.OK if is_late else State.BAD,
        said=said + ("" if is_late else ", before vallum or the newest row was written"),
        next="" if is_late else "set the clock: dates of custody would be wrong",
    )  # fmt: skip


def _project(project: Project) -> Iterator[Check]:
    yield Check(name="rows", state=State.OK,
                said=f"{project.store.head()[0]:,} in {project.store.say_where()}")  # fmt: skip
    is_open = sys.platform != "win32" and bool(project.root.stat().st_mode & 0o007)
    if is_open:
        yield Check(
            name="folder", state=State.WARN,
            said="every user of this computer may read the project's folder",
            next="chmod 700 the folder",
        )  # fmt: skip
    else:
        yield Check(name="folder", state=State.OK, said="only you or your group may read it")
