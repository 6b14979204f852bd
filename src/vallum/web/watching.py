"""How the desk is: whether it answers, what ran, and in its log the requests that went badly."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from pydantic import BaseModel

from vallum import __version__
from vallum.ground import logbook
from vallum.ground.errors import StoreError
from vallum.ground.kinds import Role
from vallum.ground.logbook import Event, Line
from vallum.steps.desk import Desk, Person
from vallum.steps.home import Home
from vallum.steps.past import PastRun, Tally, past
from vallum.web.guard import PROBLEMS, desk, home, me, someone

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SLOW_S = 2.0
EVERY_S = 60.0
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_SEALED = frozenset({"Source", "Custody", "Disclosure", "Anchor", "Analyst"})
"""Kinds of which only the keeper is told when rows came: the order of arrival says who came."""

_SEALED_STEPS = frozenset({"source", "intake", "people", "vault", "withdraw", "scrub", "stamp"})
"""Steps of which others are not told when one was tried that wrote nothing, for the same reason."""

router = APIRouter(prefix="/api", tags=["watching"])


# -- is it well? --------------------------------------------------------------------------------


class Health(BaseModel):
    """Whether the desk answers; all but `ok` is for the keeper only.

    Attributes:
        ok: the store answers, or no project is open.
        is_opening: the project is still being read, and what needs it waits; told to everybody.
        version: of vallum.
        store: sqlite or postgresql.
        ledger_rows: rows in the ledger.
        disk_free_bytes: room on the disk of the project.
        backup_at: when the newest backup was made.
        backup_days: how many days ago that was.
        job: the step at work, if one is.
        job_seconds: for how long.
    """

    ok: bool
    is_opening: bool | None = None
    version: str | None = None
    store: str | None = None
    ledger_rows: int | None = None
    disk_free_bytes: int | None = None
    backup_at: str | None = None
    backup_days: float | None = None
    job: str | None = None
    job_seconds: float | None = None


@router.get(
    "/health",
    response_model=Health,
    response_model_exclude_none=True,
    responses=PROBLEMS | {503: {"model": Health, "description": "the store does not answer"}},
)
def health(request: Request, response: Response) -> Health:
    """Say whether the desk answers; nobody needs to be signed in for that."""
    here = home(request)
    try:
        n_rows = here.desk.project.store.head()[0] if here.desk is not None else None
        person = someone(request)
    except (StoreError, OSError):
        response.status_code = 503
        return Health(ok=False)
    if person is None or person.role is not Role.KEEPER:
        return Health(ok=True)
    return _for_keeper(here, n_rows)


def _for_keeper(here: Home, n_rows: int | None) -> Health:
    from vallum.steps.backing import last_backup

    job = here.jobs.current
    is_running = job is not None and job.state == "running"
    told: dict[str, Any] = {}
    if here.desk is not None:
        project = here.desk.project
        backup = last_backup(project)
        told = {
            "store": project.store.kind,
            "ledger_rows": n_rows,
            "disk_free_bytes": shutil.disk_usage(project.root).free,
            "backup_at": backup["at"] if backup else None,
            "backup_days": _days_since(backup["at"]) if backup else None,
        }
    return Health(
        ok=True,
        version=__version__,
        job=job.what if job is not None and is_running else None,
        job_seconds=round(job.seconds, 1) if job is not None and is_running else None,
        **told,
    )


def _days_since(at: str) -> float | None:
    try:
        return round((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() / 86_400, 2)
    except (ValueError, TypeError):
        return None


# -- what ran -----------------------------------------------------------------------------------


class BlockedRow(BaseModel):
    """Where a run could not do its work, and why."""

    why: str
    sections: list[int]
    length_m: int


class RunRow(BaseModel):
    """One execution of a step; `by` is told to the keeper only."""

    run: str
    step: str
    at: datetime
    by: str
    seconds: float | None
    n_added: int
    kinds: dict[str, int]
    blocked: list[BlockedRow]
    how: Literal["done", "failed", "stopped", "unfinished"]
    error: str
    version: str


@router.get("/history", responses=PROBLEMS)
def history(
    who: Annotated[Person, Depends(me)],
    where: Annotated[Desk, Depends(desk)],
    last: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[RunRow]:
    """Return the newest runs of steps, the newest first."""
    tally = where.kept.standing(("tally", last), Tally)
    found = where.kept.remembered(
        ("history", last), lambda: past(where.project, last=last, tally=tally)
    )
    if who.role is not Role.KEEPER:
        found = [_for_all(one) for one in found if _is_for_all(one)]
    return [RunRow.model_validate(one.as_json()) for one in found]


def _is_for_all(one: PastRun) -> bool:
    if not one.kinds:
        return one.step.partition(" ")[0] not in _SEALED_STEPS
    return bool(set(one.kinds) - _SEALED)


def _for_all(one: PastRun) -> PastRun:
    kinds = {kind: n for kind, n in one.kinds.items() if kind not in _SEALED}
    return replace(one, by="", kinds=kinds, n_added=sum(kinds.values()) if kinds else one.n_added)


# -- every request ------------------------------------------------------------------------------


class Watch:
    """Tells the log of requests that failed or took long, and once a minute how many there were.

    Of a request it knows the route as it stands in the program: never the address that was asked,
    who asked, from where, or what was sent.
    """

    def __init__(self, app: ASGIApp, *, root: Callable[[], Path | None]) -> None:
        self.app = app
        self.root = root
        self._counts: dict[str, int] = {}
        self._longest_s = 0.0
        self._since = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through and take note of how it ended."""
        if scope["type"] != "http":
            try:
                await self.app(scope, receive, send)
            finally:
                self._sum_up()
            return
        began, status = time.monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        error = ""
        try:
            await self.app(scope, receive, sending)
        except BaseException as problem:
            error, status = logbook.error_code(problem), status or 500
            raise
        finally:
            self._note(scope, status, time.monotonic() - began, error)

    def _note(self, scope: Scope, status: int, seconds: float, error: str) -> None:
        is_slow, is_failed = seconds > SLOW_S, status >= 500
        self._count("requests")
        for name, counts in (
            ("writes", scope["method"] not in _READS),
            ("refused", 400 <= status < 500),
            ("failed", is_failed),
            ("slow", is_slow),
        ):
            if counts:
                self._count(name)
        self._longest_s = max(self._longest_s, seconds)
        if is_failed or is_slow:
            self._tell(
                Event.REQUEST,
                step=f"{scope['method']} {_route(scope)}",
                seconds=seconds,
                status=status,
                error=error,
            )
        if time.monotonic() - self._since > EVERY_S:
            self._sum_up()

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1

    def _sum_up(self) -> None:
        if self._counts:
            self._tell(Event.REQUESTS, counts=self._counts, seconds=self._longest_s)
        self._counts, self._longest_s, self._since = {}, 0.0, time.monotonic()

    def _tell(self, event: Event, **told: Any) -> None:
        root = self.root()
        if root is not None:
            logbook.tell(root, Line(time=datetime.now(UTC), event=event, **told))


def _route(scope: Scope) -> str:
    """Return the route as it stands in the program; a part of the app knows it without `/api`."""
    route = str(getattr(scope.get("route"), "path", "/"))
    is_part = scope["path"].startswith("/api/") and not route.startswith("/api")
    return f"/api{route}" if is_part else route


def watch(app: FastAPI, here: Home) -> None:
    """Let the app say how it is, and keep the log of the project that is open."""

    def root() -> Path | None:
        return here.desk.project.root if here.desk is not None else None

    here.jobs.logged_in = root
    app.router.routes.extend(router.routes)
    app.add_middleware(Watch, root=root)
