"""Who may come in: trusted hosts and origins, headers of every answer, sessions, roles, errors."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, MutableMapping
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from vallum.config import Desked
from vallum.ground import errors
from vallum.ground.errors import NoProject, NotAllowed, NotSignedIn, TooLarge, VallumError
from vallum.ground.kinds import Role
from vallum.ground.whole import OUT_OF_ROOM
from vallum.steps.desk import Desk, Person
from vallum.steps.home import Home
from vallum.web.dress import HEADERS as HEADERS
from vallum.web.dress import POLICY as POLICY

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "vallum"
UPLOADS = frozenset({"/api/images", "/api/exhibits", "/api/terrain"})
_MOST_JSON_BYTES = 16 << 20
_SAFE = {"GET", "HEAD", "OPTIONS"}
_DAY_S = 86_400
_HSTS = "max-age=31536000"

REPORT_POLICY = "; ".join(
    (
        # The report's own policy names its one script by hash; the sandbox keeps it from the desk.
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-scripts allow-downloads allow-popups",
    )
)


class Body(BaseModel):
    """What a browser sends; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """What every error looks like."""

    error: str
    message: str
    next: str


def problem(description: str) -> dict[str, Any]:
    """Return how an error is described in the API's own description, by reference.

    A model in this place would be built anew for each error of each route, a second in all;
    `web.app.openapi` puts the model in once.
    """
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: problem("what came cannot be used"),
    401: problem("nobody is signed in"),
    403: problem("this person may not, or it came from elsewhere"),
    404: problem("there is no such thing"),
    409: problem("no project is open, or something else is in the way"),
    413: problem("more than is taken at once"),
    429: problem("more than is answered at once; `Retry-After` says when"),
    423: problem("another vallum is at work in this project"),
    507: problem("no room left on the disk"),
}
"""For `responses=` of every router."""

_STATUS: tuple[tuple[type[VallumError], int], ...] = (
    (errors.NotSignedIn, 401),
    (errors.NotAllowed, 403),
    (errors.NotThere, 404),
    (errors.TooLarge, 413),
    (errors.NotOpened, 403),
    (errors.VaultError, 409),
    (errors.StoreLocked, 423),
    (errors.DiskFull, 507),
    (errors.NoProject, 409),
    (errors.Busy, 409),
    (errors.StoreError, 409),
)
_NEXT = {
    "NotSignedIn": "Open the link that vallum printed when it started, or your own invitation.",
    "NotAllowed": "Ask the keeper of the project.",
    "NoProject": "Open a project on the start page, or try the demo border.",
    "StoreLocked": "Wait until it has finished; decisions made meanwhile stay in this browser.",
    "NetworkDrive": "Put the project on this computer's own disk, and let people use the browser.",
    "DiskFull": "Free some space and do it again.",
    "Busy": "Wait until the job has ended, or stop it.",
}


def status_of(error: VallumError) -> int:
    """Return the HTTP status that goes with an error; 400 where none is named."""
    if type(error).__name__ == "Stale":
        return 409
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def problem_of(error: VallumError) -> Problem:
    """Return an error as the page gets it; the next step is the end of what its message says."""
    text = str(error)
    return Problem(error=error.code, message=text, next=_NEXT.get(error.code) or _way_out(text))


def _way_out(text: str) -> str:
    """Return the last part of a message that keeps our rule: what, where, what now."""
    _, _, tail = text.rpartition(";")
    tail = tail.strip()
    if tail.startswith(("nothing", "no project", "the old", "everything")) and ", " in tail:
        tail = tail.split(", ", 1)[1]
    return f"{tail[:1].upper()}{tail[1:]}"


def answer(error: VallumError) -> JSONResponse:
    """Return the response for an error raised on purpose."""
    return plain(status_of(error), problem_of(error))


def plain(status: int, problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    return JSONResponse(problem.model_dump(), status, headers=headers)


def disk_problem(error: OSError) -> JSONResponse:
    """Return the response for what the operating system refused."""
    if error.errno in OUT_OF_ROOM:
        return answer(
            errors.DiskFull("no room left on the disk; nothing half-written was kept, free space")
        )
    # Which file, not where: folders of the server are nobody's business.
    name = PurePath(os.fsdecode(error.filename)).name if _is_path(error.filename) else "a file"
    text = f"{error.strerror or type(error).__name__}: {name}"
    step = "Check that it exists and may be read and written."
    return plain(400, Problem(error="OSError", message=text, next=step))


def _is_path(told: object) -> bool:
    return isinstance(told, str | bytes) and bool(told)


# -- every request -----------------------------------------------------------------------------


class Shield:
    """Refuses strange hosts and origins and oversized bodies; puts our headers on every answer."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                dress(headers, scope["path"])
                if scope["scheme"] == "https":
                    headers.setdefault("strict-transport-security", _HSTS)
            await send(message)

        if scope["type"] != "http":
            await Response(status_code=403)(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, sending)
            return
        await self.app(scope, self._measured(scope, receive), sending)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _bare(host) not in self.hosts:
            text = "this address is not one that vallum answers to; nothing was done"
            step = "Use the address that vallum printed when it started."
            return plain(400, Problem(error="UnknownHost", message=text, next=step))
        if scope["method"] not in _SAFE:
            site = headers.get("sec-fetch-site", "same-origin")
            is_ours = headers.get("origin") == f"{scope['scheme']}://{host}"
            if not is_ours or site not in {"same-origin", "none"}:
                text = "the request came from another page; nothing was done"
                step = "Use the page that vallum opened; a program must send its Origin header."
                return plain(403, Problem(error="NotAllowed", message=text, next=step))
        if "transfer-encoding" in headers and "content-length" in headers:
            # A proxy may believe the other one, and take the rest for somebody's next request.
            text = "the request states its length in two ways; nothing was done"
            return plain(400, Problem(error="BadInput", message=text, next="Send it with one."))
        size = headers.get("content-length", "0")
        if not size.isdecimal() or (scope["path"] not in UPLOADS and int(size) > _MOST_JSON_BYTES):
            return answer(_too_much())
        return None

    @staticmethod
    def _measured(scope: Scope, receive: Receive) -> Receive:
        """Return `receive`, ending bodies without a stated length that grow too large."""
        if scope["path"] in UPLOADS:
            return receive
        n_bytes = 0

        async def measured() -> MutableMapping[str, Any]:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > _MOST_JSON_BYTES:
                raise _too_much()
            return message

        return measured


def _too_much() -> TooLarge:
    return TooLarge(f"more than {_MOST_JSON_BYTES >> 20} MiB came at once; send less at a time")


def _bare(host: str) -> str:
    """Return a Host header without its port."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).lower()


def dress(headers: MutableHeaders, path: str) -> None:
    """Put our headers on an answer; what a route set itself stays."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if path.startswith("/api"):
        headers.setdefault("cache-control", "no-store")


# -- who is it ---------------------------------------------------------------------------------


def home(request: Request) -> Home:
    """Return what this server holds."""
    return cast("Home", request.app.state.home)


def session_key(request: Request) -> str:
    """Return the key by which the desk knows this browser; empty when it sent none."""
    here = home(request)
    return here.desk_key(request.cookies.get(here.cookie, ""))


def someone(request: Request) -> Person | None:
    """Return who is asking, or None when nobody is signed in."""
    here = home(request)
    return here.person_of(request.cookies.get(here.cookie, ""))


def me(request: Request) -> Person:
    """Return who is asking.

    Raises:
        NotSignedIn: the browser sent no session that is known.
    """
    person = someone(request)
    if person is None:
        raise NotSignedIn("this browser is not signed in; nothing was shown or changed")
    return person


def desk(request: Request) -> Desk:
    """Return the desk of the open project.

    Raises:
        NotSignedIn: nobody is signed in.
        NoProject: none is open.
    """
    me(request)
    found = home(request).desk
    if found is None:
        raise NoProject("no project is open here; nothing was changed")
    return found


def needs(*roles: Role) -> Callable[[Request], Person]:
    """Return a dependency that lets only these roles through.

    Example: `who: Annotated[Person, Depends(needs(Role.KEEPER))]`.
    """

    def allowed(request: Request) -> Person:
        person = me(request)
        if person.role not in roles:
            words = " or ".join(role.value for role in roles)
            raise NotAllowed(f"only the {words} can do this; nothing was changed")
        return person

    allowed.roles = frozenset(roles)  # type: ignore[attr-defined]
    return allowed


def sign_in(request: Request, response: Response, key: str) -> None:
    """Give the browser its session: a cookie that no script and no other site can use."""
    response.set_cookie(
        home(request).cookie,
        key,
        max_age=_stay_days(home(request)) * _DAY_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def sign_out(request: Request, response: Response) -> None:
    """Take its session from the browser."""
    response.delete_cookie(
        home(request).cookie,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _stay_days(here: Home) -> int:
    desk = here.desk
    return desk.project.config.desk.session_days if desk is not None else Desked().session_days


def calm_page(title: str, message: str, step: str, status: int) -> Response:
    """Return a page in words for a person who came where nothing is."""
    style = _calm_style()
    mark = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>vallum</title>"
        f"<meta name=viewport content='width=device-width'><style>{style}</style>"
        f"<body><h1>{escape(title)}</h1><p>{escape(message)}</p><p>{escape(step)}</p></body></html>"
    )
    policy = POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{mark}'")
    headers = {"content-security-policy": policy, "cache-control": "no-store"}
    return Response(body, status, media_type="text/html", headers=headers)


def _calm_style() -> str:
    return (
        "body{font:16px/1.6 system-ui,sans-serif;background:#14181d;color:#e8ecef;"
        "max-width:38rem;margin:15vh auto;padding:0 1rem}h1{font-size:1.4rem}"
    )
