"""Images come in here: looked at in the limited process, copied, and described as Scenes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import TypedDict  # that of `typing` tells pydantic too little before 3.12

from vallum.ground import foreign
from vallum.ground.errors import BadInput, DiskFull, VallumError, WorkerFailed
from vallum.ground.records import Scene
from vallum.ground.when import When
from vallum.ground.whole import replace_whole
from vallum.imagery import stated

# Pixels x bands x bytes that one image may unfold to: 100,000 x 100,000 x 4 x 16 bit is 75 GiB.
BUDGET_BYTES = 128 << 30
_LONGEST_S = 24 * 3600.0  # the worker sets itself tighter limits once it knows the image's size
_AT_ONCE = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
_SUFFIXES = {".tif", ".tiff", ".gtiff", ".cog", ".vrt", ".jp2", ".j2k", ".img", ".ntf", ".ecw"}
_INCOMING = ".incoming-"
_DAY_S = 86_400
TIFF = frozenset({b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"})
"""How a TIFF begins."""

OUT = "out"
"""Folder in the working folder from which the main process takes finished copies."""
_COPY = re.compile(r"[0-9a-f]{16}(-mask)?\.tif\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


T = TypeVar("T")


class Taken(TypedDict):
    """What the limited process tells of an image: the body of a Scene, and a note."""

    scene: dict[str, Any]
    note: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the person said about the images on the command line.

    Attributes:
        taken: when they were taken; a more exact date in the file that lies inside it is kept, one
            that contradicts it is refused.
        licence: terms of use.
        credit: line to print beside the pixels.
        may_publish: whether their pixels may be shown outside.
        in_place: read the files where they are; only for local, cloud-optimised GeoTIFFs.
        is_simulated: made by a program.
    """

    taken: When | None = None
    licence: str = ""
    credit: str = ""
    may_publish: bool = False
    in_place: bool = False
    is_simulated: bool = False


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of one file: a scene, or the problem why not; and what a person should know."""

    path: Path
    scene: Scene | None = None
    problem: str = ""
    note: str = ""

    @property
    def is_unplaced(self) -> bool:
        """True when a file is an image without a place: a screenshot, a scan, a raw product."""
        return self.scene is None and "; place it first" in self.problem


def find_images(folder_or_file: Path) -> list[Path]:
    """Return the images in a folder and its subfolders, sorted; or the file itself.

    Formats that only a conversion makes readable are listed too, so that each is reported.
    Hidden files, quicklooks (PNG, JPEG) and links to elsewhere are not.

    Raises:
        BadInput: there is no such file or folder.
    """
    if folder_or_file.is_file():
        return [folder_or_file]
    if not folder_or_file.is_dir():
        raise BadInput(f"{folder_or_file}: is not there; check the path")
    return sorted(
        path
        for path in folder_or_file.rglob("*")
        if path.suffix.lower() in _SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder_or_file).parts)
        and stat.S_ISREG(path.lstat().st_mode)
    )


def receive(
    paths: Sequence[Path],
    imagery_folder: Path,
    wish: Wish,
    *,
    budget_bytes: int = BUDGET_BYTES,
) -> Iterator[Received]:
    """Yield what became of each file, in order: exactly one `Received` per path.

    Each file is opened in a process of its own, some of them side by side. Unless it is used in
    place, a working copy is written into `imagery_folder`, named by the hash of the original's
    bytes; a Scene's `href` is then relative to the folder above. Adding the same bytes again gives
    the same Scene.

    Args:
        paths: the files.
        imagery_folder: where working copies go; made if it is not there.
        wish: what the person said about all of them.
        budget_bytes: pixels x bands x bytes that one image may unfold to.
    """
    imagery_folder.mkdir(parents=True, exist_ok=True)
    sweep(imagery_folder)
    known: set[str] = set()
    jobs = [partial(_receive, path, imagery_folder, wish, budget_bytes) for path in paths]
    for path, received in zip(paths, side_by_side(jobs), strict=True):
        scene, note = received.scene, received.note
        if scene is not None and scene.sha256 in known and "already in" not in note:
            parts = ["already in the project", note]
            note = "; ".join(part for part in parts if part)
        known.update([scene.sha256] if scene else [])
        yield Received(path=path, scene=scene, problem=received.problem, note=note)


@dataclass(frozen=True, kw_only=True, eq=False)
class Together:
    """Several images that are opened side by side.

    Attributes:
        ending: ends their limited processes once nobody wants what they tell.
    """

    ending: foreign.Ending = field(default_factory=foreign.Ending)
    _busy: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def alone(self, hashes: Collection[str]) -> Iterator[None]:
        """Wait for those that make the same working copies: one makes them, the next finds them."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy.isdisjoint(hashes))
            self._busy.update(hashes)
        try:
            yield
        finally:
            with self._changed:
                self._busy.difference_update(hashes)
                self._changed.notify_all()


def side_by_side(jobs: Sequence[Callable[[Together], T]]) -> Iterator[T]:
    """Yield what each job returns, in order, with as many at work as there are cores, at most four.

    Whoever stops asking ends the limited processes that still run.
    """
    n, together = min(len(jobs), _AT_ONCE), Together()
    if n < 2:
        yield from (job(together) for job in jobs)
        return
    waiting: deque[Future[T]] = deque()
    with ThreadPoolExecutor(n, thread_name_prefix="images") as pool:
        try:
            for job in jobs:
                waiting.append(pool.submit(job, together))
                if len(waiting) > n:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            together.ending.now()
            for one in waiting:
                one.cancel()


def _receive(
    path: Path, folder: Path, wish: Wish, budget_bytes: int, together: Together
) -> Received:
    job = "vallum.imagery.intake:take_in"
    file = path.resolve()
    sha256 = _hash_if_tiff(file)
    arguments = {"path": str(file), "sha256": sha256}
    reads = [file, *(one for one in beside(file) if one.is_file() and not one.is_symlink())]
    answer = answered(
        path, job, arguments, folder, wish, budget_bytes,
        reads=reads, returns=Taken, hashes={sha256}, together=together,
    )  # fmt: skip
    if isinstance(answer, Received):
        return answer
    return taken(path, answer, folder, hashes={sha256})


def hash_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Computed here, never by a process that looks into them: it names the image for good, and the
    working copy with it, so that one file could pass for another.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _hash_if_tiff(file: Path) -> str:
    """Return the hash of what may be taken in; nothing else is read to its end."""
    try:
        with file.open("rb") as stream:
            is_tiff = stream.read(4) in TIFF
        return hash_of(file) if is_tiff and stat.S_ISREG(file.stat().st_mode) else ""
    except OSError:
        return ""


def answered(
    path: Path,
    job: str,
    arguments: dict[str, Any],
    folder: Path,
    wish: Wish,
    budget_bytes: int,
    *,
    reads: Sequence[Path],
    returns: Any,
    hashes: Collection[str] | None = None,
    together: Together,
) -> Any:
    """Return what a job of the limited process made of an image, or its problem in one line.

    Args:
        path: the file by which it is called.
        job: `module:function`; it also gets `folder`, `work`, `wish` and `budget_bytes`.
        arguments: what else it takes.
        folder: where working copies go.
        wish: what the person said.
        budget_bytes: pixels x bands x bytes that the image may unfold to.
        reads: the files that it may read.
        returns: the type of its result.
        hashes: those that a scene may have: no other working copy is read or made. None where
            dates of a mosaic become scenes of their own.
        together: the others that are opened meanwhile.
    """
    file = path.resolve()
    if not file.is_file() or any(sign in str(file) for sign in ("/vsi", "://", "<", "\n")):
        reason = "has a path that cannot be used" if file.is_file() else "is no regular file"
        return _refused(path, f"{path.name}: {reason}; check the path")
    try:
        with together.alone(hashes or ()), incoming(folder) as work:
            (work / OUT).mkdir()
            answer = foreign.call(
                job,
                {
                    **arguments,
                    "folder": str(folder.resolve()),
                    "work": str(work),
                    "wish": _plain(wish),
                    "budget_bytes": budget_bytes,
                },
                # Copies that are there already are looked at, and written over by nobody.
                reads=[*reads, *(_copies(folder, hashes) if hashes is not None else [folder])],
                writes=[work],
                returns=returns,
                wall_s=_LONGEST_S,
                file_bytes=budget_bytes + (budget_bytes >> 1),
                ending=together.ending,
            )
            _keep(work / OUT, folder, hashes)
        return answer
    except BadInput as error:
        return _refused(path, str(error))
    except DiskFull:
        reason = f"no room left in {folder.name}/ for its working copy; nothing half-written stays"
        return _refused(path, f"{path.name}: {reason}; free some space and add it again")
    except WorkerFailed as error:
        reason = "it took too long to read" if "signal 14" in str(error) else str(error)
        return _refused(
            path,
            f"{path.name}: left out, {reason}; "
            "convert it with gdal_translate -of COG and add it again",
        )


def beside(file: Path) -> tuple[Path, Path]:
    """Return where the STAC item of an image may lie."""
    return file.with_suffix(".json"), file.with_name(file.name + ".json")


def taken(
    path: Path, told: Taken, folder: Path, *, hashes: Collection[str] | None = None
) -> Received:
    """Return what the limited process made of an image, if it can be that.

    Whether used in place or copied, the image is a plain file that was given or made here: what
    else a process that met foreign bytes says is not believed.
    """
    try:
        scene = Scene.from_body(told["scene"])
        if not _SHA256.match(scene.sha256) or not (hashes is None or scene.sha256 in hashes):
            raise ValueError("sha256")
        is_copy = Path(scene.href).parent == Path(folder.name)
        if not is_copy and Path(scene.href) != path.resolve():
            raise ValueError("href")
        names = {"": f"{scene.sha256[:16]}.tif", "-mask": f"{scene.sha256[:16]}-mask.tif"}
        if is_copy and foreign.made(folder, Path(scene.href).name).name != names[""]:
            raise ValueError("href")
        if scene.mask_href and Path(scene.mask_href) != Path(folder.name, names["-mask"]):
            raise ValueError("mask_href")
        if scene.mask_href:
            foreign.made(folder, names["-mask"])
    except (LookupError, ValueError, TypeError, AttributeError, VallumError):
        reason = "the process that opened it told something else than was asked"
        return _refused(path, f"{path.name}: left out, {reason}; fetch the image again")
    return Received(path=path, scene=scene, note=stated.words(told["note"], 2_000))


def _copies(folder: Path, hashes: Collection[str]) -> list[Path]:
    """Return the working copies that images of these hashes have already."""
    names = [f"{one[:16]}{what}.tif" for one in hashes for what in ("", "-mask") if one]
    return [folder / name for name in names if (folder / name).is_file()]


def _keep(made: Path, folder: Path, hashes: Collection[str] | None = None) -> None:
    """Give the working copies that were made their place; one that is there stays as it is.

    A copy for an image that never came would stand in for it once it does.
    """
    starts = None if hashes is None else {one[:16] for one in hashes if one}
    for name in sorted(one.name for one in made.iterdir()):
        if starts is not None and name[:16] not in starts:
            continue
        if _COPY.match(name) and not (folder / name).exists():
            replace_whole(foreign.made(made, name), folder / name)


def _plain(wish: Wish) -> dict[str, Any]:
    return {
        "taken": str(wish.taken) if wish.taken else None,
        "licence": wish.licence,
        "credit": wish.credit,
        "may_publish": wish.may_publish,
        "in_place": wish.in_place,
        "is_simulated": wish.is_simulated,
        "today": datetime.now(UTC).date().isoformat(),
    }


def _refused(path: Path, problem: str) -> Received:
    return Received(path=path, problem=stated.words(problem, 500))


@contextmanager
def incoming(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside the working copies; gone afterwards, whatever happens."""
    work = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=folder)).resolve()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what a run that was killed more than a day ago left behind."""
    for left in folder.glob(f"{_INCOMING}*"):
        if time.time() - left.stat().st_mtime > _DAY_S:
            shutil.rmtree(left, ignore_errors=True)
