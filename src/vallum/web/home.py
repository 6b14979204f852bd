"""Routes around the review: state, start page, settings, coverage, strip, places, the report."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field

from vallum import __version__
from vallum.frontier import Frontier, packaged_names
from vallum.ground import foreign
from vallum.ground.errors import NotThere
from vallum.ground.foreign import Wall
from vallum.ground.kinds import COLOURS, Kind, Reason, Role
from vallum.steps import overview
from vallum.steps.desk import Desk, Person
from vallum.steps.done import known
from vallum.steps.home import FoundProject
from vallum.steps.settings import Setting
from vallum.steps.settings import settings as all_settings
from vallum.web import guard
from vallum.web.guard import PROBLEMS, Body, Problem
from vallum.web.jobs import KEEPER, AtDesk, Here, Job, told

router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["home"])
_KEYS = (
    Kind.GUARD_POST, Kind.WATCHTOWER, Kind.FENCE, Kind.DOUBLE_FENCE,
    Kind.WALL, Kind.PATROL_ROAD, Kind.CLEARED_STRIP, Kind.BUILDING,
)  # fmt: skip
_REASONS = (
    Reason.SHADOW, Reason.SEASON, Reason.CROP, Reason.MISALIGNED, Reason.CLOUD, Reason.VEHICLE,
)  # fmt: skip
_BY_MOUSE = (Reason.TOO_COARSE, Reason.OTHER)
Name = Annotated[str, Field(min_length=1, max_length=500)]


# -- what is sent ------------------------------------------------------------------------------


class Line(BaseModel):
    """The frontier, with what its length depends on."""

    name: str
    length_m: int
    left: str
    right: str
    start: str
    end: str
    source: str
    credit: str
    tolerance_m: float | None


class Corridor(BaseModel):
    """How far to each side."""

    left_m: int
    right_m: int


class Section(BaseModel):
    """One unit of work."""

    number: int
    start_m: int
    end_m: int


class Epochs(BaseModel):
    """The dates that are compared."""

    before: str
    after: str


class Counts(BaseModel):
    """How much there is."""

    scenes: int
    candidates: int
    verdicts: int
    findings: int


class OpenProject(BaseModel):
    """The open project; `root` is empty for everybody but the keeper."""

    name: str
    root: str
    is_simulated: bool
    frontier: Line
    extent: tuple[int, int]
    corridor: Corridor
    sections: list[Section]
    dates: Epochs
    n_agree: int
    counts: Counts
    next: str


class Me(BaseModel):
    """Who is asking."""

    name: str
    role: Role
    needs_name: bool


class KindInfo(BaseModel):
    """A class of structure with its key."""

    key: str
    kind: Kind
    label: str
    is_line: bool
    colour: str


class ReasonInfo(BaseModel):
    """A reason for no; with Shift and its key, or by mouse where the key is empty."""

    key: str
    reason: Reason


class State(BaseModel):
    """What the page needs to begin; of the project nothing, before somebody has signed in."""

    version: str
    python: str
    project: OpenProject | None
    me: Me | None
    kinds: list[KindInfo]
    reasons: list[ReasonInfo]
    job: Job | None
    is_local: bool


class PackagedFrontier(BaseModel):
    """A line that comes with vallum."""

    name: str
    title: str
    length_m: int


class HomeList(BaseModel):
    """What the start page offers; `problem` says why no project could be opened.

    Folders are told to the keeper alone: `cwd` and `projects` are empty for others. So is `notice`:
    which walls around files from others this machine lacks.
    """

    cwd: str
    projects: list[FoundProject]
    frontiers: list[PackagedFrontier]
    problem: Problem | None
    notice: list[Wall]


class NewProject(Body):
    """A border to begin with."""

    folder: Name
    name: Annotated[str, Field(max_length=80)] = ""
    frontier: Name
    before: Name
    after: Name
    corridor_m: Annotated[int, Field(ge=1, le=100_000)] = 1000
    km: Annotated[str, Field(max_length=100)] = ""


class Root(Body):
    """The folder of a project."""

    root: Name


class NewValue(Body):
    """A setting to change."""

    table: Annotated[str, Field(max_length=50)]
    name: Annotated[str, Field(max_length=50)]
    value: bool | int | float | Annotated[str, Field(max_length=500)]


# -- routes ------------------------------------------------------------------------------------


@router.get("/state")
def state(request: Request, here: Here) -> State:
    """Return who is asking, and the open project."""
    who = guard.someone(request)
    return State(
        version=__version__,
        python=platform.python_version(),
        project=_opened(here.desk, who) if who and here.desk else None,
        me=_me(who, here.desk) if who else None,
        kinds=[
            KindInfo(
                key=str(number),
                kind=kind,
                label=kind.label,
                is_line=kind.is_line,
                colour=COLOURS[kind],
            )
            for number, kind in enumerate(_KEYS, start=1)
        ],
        reasons=[
            *(ReasonInfo(key=str(n), reason=reason) for n, reason in enumerate(_REASONS, start=1)),
            *(ReasonInfo(key="", reason=reason) for reason in _BY_MOUSE),
        ],
        job=told(here, who) if who else None,
        is_local=here.is_local,
    )


def _me(who: Person, desk: Desk | None) -> Me:
    return Me(
        name=who.name,
        role=who.role,
        needs_name=desk is not None and desk.needs_name(who),
    )


def _opened(desk: Desk, who: Person) -> OpenProject:
    project = desk.project
    line, border, dates = project.frontier, project.config.border, project.config.dates
    counts = overview.counts(desk)
    return OpenProject(
        name=project.config.name,
        root=str(project.root.resolve()) if who.role is Role.KEEPER else "",
        is_simulated=project.config.is_simulated,
        frontier=Line(
            name=line.name,
            length_m=line.length_m,
            left=line.left,
            right=line.right,
            start=line.start,
            end=line.end,
            source=line.source,
            credit=line.credit,
            tolerance_m=known(line.tolerance_m),
        ),
        extent=(project.extent.start_m, project.extent.end_m),
        corridor=Corridor(left_m=border.left_m, right_m=border.right_m),
        sections=[
            Section(number=s.number, start_m=s.span.start_m, end_m=s.span.end_m)
            for s in project.sections
        ],
        dates=Epochs(before=str(dates.before_when), after=str(dates.after_when)),
        n_agree=project.config.review.n_agree,
        counts=Counts(
            scenes=counts.scenes,
            candidates=counts.candidates,
            verdicts=counts.verdicts,
            findings=counts.findings,
        ),
        next=counts.next,
    )


@router.get("/home")
def start_page(who: Annotated[Person, Depends(guard.me)], here: Here) -> HomeList:
    """Return the projects near by and the lines that come with vallum."""
    is_keeper = who.role is Role.KEEPER
    return HomeList(
        cwd=str(here.cwd) if is_keeper else "",
        projects=here.projects() if is_keeper else [],
        frontiers=[
            PackagedFrontier(name=name, title=title, length_m=Frontier.packaged(name).length_m)
            for name, title in packaged_names().items()
        ],
        problem=guard.problem_of(here.problem) if here.problem and is_keeper else None,
        notice=list(foreign.protection().missing) if is_keeper else [],
    )


@router.post("/projects", dependencies=KEEPER)
def new_project(request: Request, here: Here, body: NewProject) -> State:
    """Make a project and open it."""
    here.make(**body.model_dump())
    return state(request, here)


@router.post("/open", dependencies=KEEPER)
def open_project(request: Request, here: Here, body: Root) -> State:
    """Open a project in place of the one that is open."""
    here.open(here.folder(body.root))
    return state(request, here)


@router.post("/close", dependencies=KEEPER)
def close_project(request: Request, here: Here) -> State:
    """Close the project."""
    here.shut()
    return state(request, here)


@router.get("/settings")
def settings(desk: AtDesk) -> list[Setting]:
    """Return every setting with its meaning."""
    return all_settings(desk.project.config)


@router.post("/settings", dependencies=KEEPER)
def change_setting(here: Here, body: NewValue) -> list[Setting]:
    """Change one setting."""
    return all_settings(here.set(body.table, body.name, body.value).config)


@router.get("/coverage")
def coverage(desk: AtDesk) -> overview.Coverage:
    """Return what is known of every metre."""
    return overview.coverage(desk)


@router.get("/strip")
def strip(
    desk: AtDesk,
    who: Annotated[Person, Depends(guard.me)],
    bins: Annotated[int, Query(ge=1, le=4000)] = 700,
    blind: bool = False,
) -> overview.Strip:
    """Return the whole border in bins; blind, without what was suggested and where."""
    return overview.strip(desk, who, bins, is_blind=blind)


@router.get("/places")
def places(desk: AtDesk, q: Annotated[str, Query(max_length=100)] = "") -> list[overview.Place]:
    """Return the places that a name in any spelling may mean."""
    return overview.places(desk.project, q)


@router.get("/report-state")
def report_state(desk: AtDesk, who: Annotated[Person, Depends(guard.me)]) -> overview.ReportState:
    """Return whether there is a report and it is still true; where it is, to the keeper."""
    found = overview.report_state(desk.project)
    return found if who.role is Role.KEEPER else replace(found, path="")


@router.get("/report/", response_class=Response, include_in_schema=False)
def report(desk: AtDesk) -> Response:
    """Return the report."""
    return report_file(desk, "report.html")


@router.get("/report/{name:path}", response_class=Response, include_in_schema=False)
def report_file(desk: AtDesk, name: str) -> Response:
    """Return one file of the report."""
    folder = desk.project.out_folder / "report"
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    path: Path | None = there.get(name)
    if path is None or not path.is_file() or path.is_symlink():
        raise NotThere("there is no such file in the report; publish it first")
    return FileResponse(path, headers={"content-security-policy": guard.REPORT_POLICY})
