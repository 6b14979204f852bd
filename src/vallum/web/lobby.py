"""Answers while the desk is being read: the page itself at once, everything else once it is there.

A whole border takes a second or two to read. The port is open before that, so that the browser
can load and begin the page meanwhile; nothing is ever answered from rows that are half read.
What the first page does not ask is made ready when somebody asks for it, and pictures, for which
much must be imported, wait a moment for the first thing to judge and the strip.
"""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from vallum.web.dress import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH = "/api/health"
_PAGE = ("/static/", "/favicon")
_FIRST = (
    "/api/state", "/api/strip", "/api/queue", "/api/verdicts", "/api/progress", "/api/presence",
    "/api/me", "/api/job", "/api/home", "/api/ribbon", HEALTH,
)  # fmt: skip
_ITEM, _STRIP = "/api/item/", "/api/strip"
_ON_THE_WAY = ("/api/queue", _ITEM, _STRIP)
_PICTURES = ("/api/tiles/", "/api/chip/", "/api/ribbon")
"""What is shown beside the first thing to judge and the strip."""

_FIRST_BELOW = (_ITEM, "/api/tiles/", "/api/chip/", "/api/ribbon/")
_PATIENCE_S = 1.5


def is_of_the_first_page(path: str) -> bool:
    """Say whether a path is asked by the page on which people review, or is that page."""
    return path == "/" or path in _FIRST or path.startswith((*_PAGE, *_FIRST_BELOW))


class Lobby:
    """An app in front of the app.

    Attributes:
        is_open: what waits has been let through.
        is_told: the first thing to judge and the strip were told, or nobody asks for them.
    """

    def __init__(self) -> None:
        self._page: Future[ASGIApp] = Future()
        self._desk: Future[ASGIApp] = Future()
        self._rest: tuple[Callable[[], object], Callable[[], object]] | None = None
        self._making: asyncio.Task[None] | None = None
        self._told, self._awaited = asyncio.Event(), {_ITEM, _STRIP}
        self._n_asked = self._n_answered = 0
        self.is_told = threading.Event()
        for wait in (self._page, self._desk):
            wait.set_running_or_notify_cancel()  # a browser that leaves must not end it for others

    @property
    def is_open(self) -> bool:
        """Say whether the project has been read, or will not be."""
        return self._desk.done()

    def show(self, app: ASGIApp) -> None:
        """Let through what needs no project: the page and its files."""
        self._page.set_result(app)

    def admit(
        self,
        app: ASGIApp,
        *,
        rest: tuple[Callable[[], object], Callable[[], object]] | None = None,
    ) -> None:
        """Let everything through.

        Args:
            app: what answers.
            rest: what is done, once, before the first answer that is not for the first page: in a
                thread of its own, and then between two requests.
        """
        self._rest = rest
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
        if self._rest is not None and not is_of_the_first_page(path):
            self._making = self._making or asyncio.create_task(self._make_rest(*self._rest))
            await asyncio.shield(self._making)
        if path.startswith(_PICTURES):
            await self._let_others_first()
            await app(scope, receive, send)
            return
        is_on_the_way = path.startswith(_ON_THE_WAY)
        self._n_asked += is_on_the_way
        try:
            await app(scope, receive, send)
        finally:
            self._n_answered += is_on_the_way
        self._awaited -= {one for one in self._awaited if path.startswith(one)}
        if not self._awaited:
            self._tell()

    async def _let_others_first(self) -> None:
        """Wait for the first thing and the strip while the page is on its way to ask for them."""
        while not self._told.is_set():
            before = self._n_answered
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _PATIENCE_S)
            if self._n_asked == self._n_answered == before:
                self._tell()

    def _tell(self) -> None:
        self._told.set()
        self.is_told.set()

    async def _make_rest(self, aside: Callable[[], object], between: Callable[[], object]) -> None:
        try:
            await asyncio.to_thread(aside)
            between()
            self._rest = None
        finally:
            self._making = None


async def _say_it_is_opening(send: Send) -> None:
    body = json.dumps({"ok": True, "is_opening": True}).encode()
    told = {"content-type": "application/json", "content-length": str(len(body))}
    told |= HEADERS | {"cache-control": "no-store"}
    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
