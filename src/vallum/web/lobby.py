"""Answers while the desk is being read: the page itself at once, everything else once it is there.

A whole border takes a second or two to read. The port is open before that, so that the browser
can load and begin the page meanwhile; nothing is ever answered from rows that are half read.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import Future
from typing import TYPE_CHECKING

from vallum.web.dress import HEADERS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH = "/api/health"
_PAGE = ("/static/", "/favicon")


class Lobby:
    """An app in front of the app.

    Attributes:
        is_open: what waits has been let through.
    """

    def __init__(self) -> None:
        self._page: Future[ASGIApp] = Future()
        self._desk: Future[ASGIApp] = Future()
        for wait in (self._page, self._desk):
            wait.set_running_or_notify_cancel()  # a browser that leaves must not end it for others

    @property
    def is_open(self) -> bool:
        """Say whether the project has been read, or will not be."""
        return self._desk.done()

    def show(self, app: ASGIApp) -> None:
        """Let through what needs no project: the page and its files."""
        self._page.set_result(app)

    def admit(self, app: ASGIApp) -> None:
        """Let everything through."""
        if not self._page.done():
            self._page.set_result(app)
        self._desk.set_result(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or wait until somebody can."""
        path = scope.get("path", "")
        if path == HEALTH and not self.is_open:
            await _say_it_is_opening(send)
            return
        is_page = path == "/" or path.startswith(_PAGE)
        waiting = self._page if is_page else self._desk
        app = await asyncio.shield(asyncio.wrap_future(waiting))
        await app(scope, receive, send)


async def _say_it_is_opening(send: Send) -> None:
    body = json.dumps({"ok": True, "is_opening": True}).encode()
    told = {"content-type": "application/json", "content-length": str(len(body))}
    told |= HEADERS | {"cache-control": "no-store"}
    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
