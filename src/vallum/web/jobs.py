"""Routes for steps that take a while: images, run, single steps, the demo, and how far they are."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from vallum.ground.errors import BadInput, BadSetting
from vallum.ground.kinds import Role
from vallum.steps import jobs as background
from vallum.steps import overview
from vallum.steps.desk import Desk, Person
from vallum.steps.desk_pictures import height_model
from vallum.steps.home import Home, Terms
from vallum.steps.making import set_aside
from vallum.web import guard, upload
from vallum.web.guard import PROBLEMS, Body, Problem

router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["jobs"])
Here = Annotated[Home, Depends(guard.home)]
AtDesk = Annotated[Desk, Depends(guard.desk)]
KEEPER = [Depends(guard.needs(Role.KEEPER))]
StepName = Literal["cover", "align", "detect", "sight", "settle", "measure", "publish"]
Short = Annotated[str, Field(max_length=2000)]
_OF_THE_KEEPER = frozenset({"publish", "edition", "sheet"})
_FOLDERS = re.compile(r"(?<![\w./\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:;,'\"]+[/\\])+")
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "binary"},
                        },
                        "taken": {"type": "string", "maxLength": 2000},
                        "licence": {"type": "string", "maxLength": 2000},
                        "credit": {"type": "string", "maxLength": 2000},
                        "may_publish": {"type": "string", "enum": ["true", "false"]},
                        "dem": {
                            "description": "a height model: the file, or its path as text",
                            "oneOf": [
                                {"type": "string", "format": "binary"},
                                {"type": "string", "maxLength": 2000},
                            ],
                        },
                    },
                }
            }
        },
    }
}


class FileNote(BaseModel):
    """What became of one file."""

    name: str
    ok: bool
    note: str


class Job(BaseModel):
    """A step in the background, as it stands."""

    id: str
    what: str
    command: str
    state: Literal["running", "done", "failed", "stopped"]
    step: str
    done: float
    total: float
    unit: str
    started: datetime
    seconds: float
    lines: list[str]
    blocked: list[str]
    files: list[FileNote]
    error: Problem | None

    @classmethod
    def of(cls, job: background.Job) -> Job:
        """Return a job as the page gets it."""
        told = {name: getattr(job, name) for name in cls.model_fields if name != "error"}
        told["files"] = [vars(file) for file in job.files]
        return cls(**told, error=guard.problem_of(job.error) if job.error else None)


class DemoBody(Body):
    """Where to make the demo; beside where vallum was started if left out."""

    folder: Short = ""


class FolderBody(Body):
    """A folder with images on the computer where vallum runs."""

    path: Annotated[str, Field(min_length=1, max_length=2000)]
    taken: Short = ""
    licence: Short = ""
    credit: Short = ""
    may_publish: bool = False
    dem: Short = ""


class AsideBody(Body):
    """Why an image is taken out of use, or that it is used again."""

    why: Short = ""
    back: bool = False


@router.post("/demo", dependencies=KEEPER)
def demo(here: Here, body: DemoBody | None = None) -> Job:
    """Make a small SIMULATED border without verdicts, and open it when it is ready."""
    return Job.of(here.demo(body.folder if body else ""))


@router.post("/images", openapi_extra=_UPLOAD, dependencies=KEEPER)
async def add_images(request: Request, here: Here) -> Job:
    """Take in the images that come with the request."""
    announced = int(request.headers.get("content-length", "0"))
    if announced > upload.MOST_BYTES:
        raise upload.too_large()
    folder = here.inbox(announced)
    try:
        inbox = await upload.receive(request, folder, here, apart=["dem"])
        unknown = set(inbox.fields) - {"taken", "licence", "credit", "may_publish", "files", "dem"}
        if unknown:
            raise BadSetting(f"'{min(unknown)[:40]}' is not asked for; nothing was taken in")
        if not (folder / upload.FILES).is_dir():
            raise BadInput("no image came with it; nothing was taken in, choose files or a folder")
        dem = _height_model(here, folder / "dem", inbox.fields.get("dem", ""))
        return Job.of(here.add_inbox(folder, _terms(inbox.fields, dem), folder / upload.FILES))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _terms(fields: dict[str, str], dem: Path | None) -> Terms:
    return Terms(
        taken=fields.get("taken", ""),
        licence=fields.get("licence", ""),
        credit=fields.get("credit", ""),
        may_publish=fields.get("may_publish", "") in {"true", "1", "on"},
        dem=dem,
    )


def _height_model(here: Home, came: Path | None, typed: str) -> Path | None:
    """Return the height model that was sent or named; None without one."""
    sent = [path for path in sorted(came.rglob("*")) if path.is_file()] if came else []
    return height_model([*sent, *([here.folder(typed)] if typed.strip() else [])])


@router.post("/images/folder", dependencies=KEEPER)
def add_folder(here: Here, body: FolderBody) -> Job:
    """Take in the images of a folder on the computer where vallum runs."""
    terms = Terms(
        taken=body.taken,
        licence=body.licence,
        credit=body.credit,
        may_publish=body.may_publish,
        dem=_height_model(here, None, body.dem),
    )
    return Job.of(here.add_folder(body.path, terms))


@router.get("/images")
def images(desk: AtDesk) -> list[overview.Image]:
    """Return the images, oldest first."""
    return overview.images(desk.kept)


@router.post("/images/{name}/aside", dependencies=KEEPER)
def aside(desk: AtDesk, name: str, body: AsideBody) -> list[overview.Image]:
    """Take an image out of use for a reason, or back into use."""
    set_aside(desk.project, name, why=body.why, back=body.back)
    return images(desk)


@router.post("/run", dependencies=KEEPER)
def run(here: Here) -> Job:
    """Do everything that is due."""
    return Job.of(here.run())


@router.post("/steps/{name}", dependencies=KEEPER)
def step(here: Here, name: StepName) -> Job:
    """Do one step."""
    return Job.of(here.step(name))


@router.get("/job")
def job(who: Annotated[Person, Depends(guard.me)], here: Here) -> Job | None:
    """Return the job at work, or the last one."""
    return told(here, who)


def told(here: Home, who: Person) -> Job | None:
    """Return the job at work, or the last one; folders are told to the keeper alone."""
    current = here.jobs.current
    if current is None:
        return None
    whole = Job.of(current)
    if who.role is Role.KEEPER:
        return whole
    # What a publication holds back is told to who may publish.
    lines, blocked = ([], []) if whole.what in _OF_THE_KEEPER else (whole.lines, whole.blocked)
    return whole.model_copy(
        update={
            "command": "",
            "lines": [_without_folders(line) for line in lines],
            "blocked": [_without_folders(line) for line in blocked],
            "files": [
                FileNote(name=_without_folders(name), ok=ok, note=_without_folders(note))
                for name, ok, note in ((one.name, one.ok, one.note) for one in whole.files)
            ],
            "error": None
            if whole.error is None or whole.what in _OF_THE_KEEPER
            else Problem(
                error=whole.error.error,
                message=_without_folders(whole.error.message),
                next=_without_folders(whole.error.next),
            ),
        }
    )


def _without_folders(text: str) -> str:
    """Return what a job said with the folders of this computer left out of its paths."""
    return _FOLDERS.sub("…/", text)


@router.post("/job/stop", dependencies=KEEPER)
def stop(here: Here) -> Job:
    """Ask the job to end; what it finished is kept."""
    return Job.of(here.jobs.stop())
