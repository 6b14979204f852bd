"""The app: every router under /api, the page, and what surrounds each request."""

from __future__ import annotations

import importlib
import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from vallum import __version__
from vallum.ground.errors import NotSignedIn, VallumError
from vallum.steps.desk_pictures import Bench
from vallum.steps.desk_press import Press
from vallum.steps.home import Home
from vallum.web import guard, home, jobs, people, review, tiles, watching
from vallum.web.guard import Problem
from vallum.web.limits import Limits
from vallum.web.wire import BehindProxy

STATIC = Path(__file__).parent / "static"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
# Newer FastAPI can send traces away when the environment says so; this app never does.
_SILENT: Any = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
    "exclude": lambda _: True,
}
_CODES = {404: "NotThere", 405: "NotAllowed"}
_WORDS = {404: "there is no such address", 405: "this cannot be done with that address"}


_LATER = ("said", "vault", "views", "shots", "pictures", "publishing")
"""Modules of routes that the page on which people review does not ask."""


def create_app(
    here: Home, *, hosts: Iterable[str] = (), is_proxied: bool = False, is_whole: bool = True
) -> FastAPI:
    """Return the app over what one server holds.

    Args:
        here: the open project, the jobs, the start token.
        hosts: names and addresses by which it is reached, besides this computer's own.
        is_proxied: whoever asks from this computer is a proxy, which ends TLS for others.
        is_whole: False leaves out what `complete` adds.
    """
    app = FastAPI(
        title="vallum",
        version=__version__,
        summary="The review desk of one vallum. Nothing in it reaches beyond this machine.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        telemetry=_SILENT,
    )
    app.state.home = here
    app.state.bench = Bench(home=here)
    app.state.press = Press(home=here)
    for part in (home, jobs, review, people, tiles):
        app.router.routes.extend(part.router.routes)  # including would make each one a second time
    if is_whole:
        complete(app)
    _tell_what_went_wrong(app)
    _show_pages(app)
    app.add_middleware(Limits, cookie=lambda: here.cookie)
    app.add_middleware(guard.Shield, hosts=LOOPBACK | {host.lower() for host in hosts})
    if is_proxied:
        app.add_middleware(BehindProxy)
    watching.watch(app, here)
    return app


def import_later() -> None:
    """Import what `complete` needs: a fifth of a second, in which nobody need wait."""
    for name in _LATER:
        importlib.import_module(f"vallum.web.{name}")


def complete(app: FastAPI) -> None:
    """Add the routes of all pages but the one on which people review."""
    for name in _LATER:
        part = importlib.import_module(f"vallum.web.{name}")
        app.router.routes.extend(part.router.routes)


# -- pages -------------------------------------------------------------------------------------


def _show_pages(app: FastAPI) -> None:
    for suffix in (".js", ".mjs"):
        mimetypes.add_type("text/javascript", suffix)  # some systems say text/plain
    if STATIC.is_dir():
        app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_api_route("/", _start, include_in_schema=False)
    app.add_api_route("/join", _page, include_in_schema=False)
    app.add_api_route(
        "/api/openapi.json", _openapi, include_in_schema=False, dependencies=[Depends(guard.me)]
    )


def _start(request: Request, token: str = "") -> Response:
    """Return the page; a token is exchanged for a session and leaves the address bar."""
    if token:
        try:
            key = guard.home(request).sign_in(token)
        except NotSignedIn as error:
            return _stranger(str(error))
        response = RedirectResponse("/", 303)
        guard.sign_in(request, response, key)
        return response
    if guard.someone(request) is None:
        return _stranger("This browser is not signed in.")
    return _page()


def _stranger(message: str) -> Response:
    step = "Open the link that vallum printed when it started, or your own invitation."
    return guard.calm_page("This link does not open the desk", message, step, 401)


def _page() -> Response:
    page = STATIC / "index.html"
    if not page.is_file():
        text = "The page itself is not part of this installation; the commands work without it."
        return guard.calm_page("vallum is running", text, "Build it with: make bundle", 503)
    return FileResponse(page, headers={"cache-control": "no-cache"})


def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(openapi(request.app))


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return what the API takes and answers; wrong input is answered with 400 here, not 422."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        for path in made["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            made.get("components", {}).get("schemas", {}).pop(name, None)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        app.openapi_schema = made
    return app.openapi_schema


# -- what went wrong ---------------------------------------------------------------------------


def _tell_what_went_wrong(app: FastAPI) -> None:
    @app.exception_handler(VallumError)
    def on_purpose(_: Request, error: VallumError) -> Response:
        return guard.answer(error)

    @app.exception_handler(RequestValidationError)
    def wrong_input(_: Request, error: RequestValidationError) -> Response:
        return guard.plain(400, _in_words(error))

    @app.exception_handler(OSError)
    def refused(_: Request, error: OSError) -> Response:
        return guard.disk_problem(error)

    @app.exception_handler(ClientDisconnect)
    def gone(_: Request, __: ClientDisconnect) -> Response:
        text = "what was being sent did not come in time; nothing was taken in"
        return guard.plain(400, Problem(error="BadInput", message=text, next="Send it again."))

    @app.exception_handler(HTTPException)
    def of_the_frame(request: Request, error: HTTPException) -> Response:
        what = _WORDS.get(error.status_code, str(error.detail))
        step = "Go back to the start page." if error.status_code == 404 else "Try something else."
        if error.status_code == 404 and not request.url.path.startswith("/api"):
            return guard.calm_page("Nothing is here", f"{what}.", step, 404)
        code = _CODES.get(error.status_code, "BadInput")
        problem = Problem(error=code, message=what, next=step)
        return guard.plain(error.status_code, problem, dict(error.headers or {}))

    @app.exception_handler(Exception)
    def unforeseen(_: Request, error: Exception) -> Response:
        # Starlette passes it on to the console after this has been sent.
        problem = Problem(
            error="Unexpected",
            message=f"{type(error).__name__}: something that nobody foresaw; nothing that was "
            "saved is lost",
            next="Do it again; if it comes back, report what the window of vallum shows.",
        )
        return guard.plain(500, problem, guard.HEADERS | {"cache-control": "no-store"})


def _in_words(error: RequestValidationError) -> Problem:
    """Return the first complaints about a request in one line; what was sent is not repeated."""
    said = []
    for one in error.errors()[:3]:
        where = ".".join(str(part) for part in one["loc"][1:] or one["loc"])
        said.append(f"{where}: {one['msg']}")
    text = "; ".join(said).encode("utf-8", "replace").decode()
    return Problem(
        error="BadInput",
        message=f"the request cannot be used ({text}); nothing was changed",
        next="Correct it and send it again.",
    )
