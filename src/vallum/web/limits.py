"""How much may be asked at once: a crowd is served, a flood is not.

A token bucket per address and per session. It is our own, for a library would bring a storage layer
and text rules for what is forty lines here; the bucket is the one of Turner (1986), as all of them
use it. What is remembered is bounded: the addresses and sessions that asked last, no others.

Tries that are let in cost nothing, so a whole desk may join from one address in a minute; tries
that fail are counted, for each address and for all addresses together. Who failed too often is
still listened to, for a link has 256 bits and cannot be guessed: else anybody who fails on purpose
could keep everybody else at the address, or in the world, from joining.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection

from vallum.web.guard import UPLOADS, Problem, calm_page, plain
from vallum.web.wire import network_of

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_S = 60.0
"""A body that is no upload is here after this, or is refused; so is each piece of an upload."""
LEAST_BYTES_PER_S = 1_000
MOST_UPLOADS = 2
_MOST_KNOWN = 4096
_UNLOCKS = frozenset({"/api/vault/unlock", "/api/vault/keys"})
_LET_IN = range(200, 400)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How much is let through: `burst` at once, and `per_s` from then on."""

    burst: float
    per_s: float


TRIES = Rule(burst=10, per_s=1 / 6)
TRIES_OF_ALL = Rule(burst=60, per_s=1.0)
UNLOCKS = Rule(burst=6, per_s=1 / 10)
UPLOAD = Rule(burst=20, per_s=1 / 2)
OF_SESSION = Rule(burst=1000, per_s=100)
OF_ADDRESS = Rule(burst=6000, per_s=1500)


class Buckets:
    """What is left to each of the last few thousand who asked, under one rule."""

    def __init__(self, rule: Rule, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.rule = rule
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, who: str) -> float:
        """Take one, and return 0; or return how many seconds to wait, and take none."""
        left = self._level(who)
        if left < 1:
            self._put(who, left)
            return (1 - left) / self.rule.per_s
        self._put(who, left - 1)
        return 0.0

    def give_back(self, who: str) -> None:
        """Put one back: it was let in."""
        self._put(who, min(self.rule.burst, self._level(who) + 1))

    def _level(self, who: str) -> float:
        left, at = self._left.get(who, (self.rule.burst, self._clock()))
        return min(self.rule.burst, left + (self._clock() - at) * self.rule.per_s)

    def _put(self, who: str, left: float) -> None:
        self._left[who] = (left, self._clock())
        self._left.move_to_end(who)
        while len(self._left) > _MOST_KNOWN:
            self._left.popitem(last=False)


class Limits:
    """Counts what is asked, ends bodies that drag, and lets few uploads in at once."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        cookie: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to count; `cookie` returns the name of the session's cookie."""
        self.app = app
        self._cookie = cookie
        self._tries = Buckets(TRIES, clock=clock)
        self._tries_of_all = Buckets(TRIES_OF_ALL, clock=clock)
        self._unlocks = Buckets(UNLOCKS, clock=clock)
        self._uploads = Buckets(UPLOAD, clock=clock)
        self._session = Buckets(OF_SESSION, clock=clock)
        self._address = Buckets(OF_ADDRESS, clock=clock)
        self.n_uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer how long to wait."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_upload = scope["method"] == "POST" and scope["path"] in UPLOADS
        refusal = self._refusal(self._counted(scope, is_upload), is_upload)
        if refusal is not None:
            await _fit(scope, refusal)(scope, receive, send)
            return
        sending = self._judged(scope, receive, send) if _is_try(scope) else send
        self.n_uploads += is_upload
        try:
            await self.app(scope, _paced(receive, is_upload), sending)
        finally:
            self.n_uploads -= is_upload

    def _counted(self, scope: Scope, is_upload: bool) -> Iterable[tuple[Buckets, str]]:
        """Yield the buckets that a request takes from."""
        address, session = _address(scope), self._of_session(scope)
        yield self._address, address
        if session:
            yield self._session, session
        if scope["path"] in _UNLOCKS:
            yield self._unlocks, session or address
        if is_upload:
            yield self._uploads, session or address

    def _of_session(self, scope: Scope) -> str:
        # Read as the door reads it, or one session could pass for many.
        found = HTTPConnection(scope).cookies.get(self._cookie(), "")
        return hashlib.sha256(found.encode("utf-8", "replace")).hexdigest() if found else ""

    def _refusal(self, counted: Iterable[tuple[Buckets, str]], is_upload: bool) -> Response | None:
        if is_upload and self.n_uploads >= MOST_UPLOADS:
            return too_many("files are coming in from others already", 10.0)
        taken: list[tuple[Buckets, str]] = []
        for bucket, who in counted:
            wait_s = bucket.take(who)
            if wait_s:
                for other, name in taken:
                    other.give_back(name)
                return too_many("more was asked than is answered at once", wait_s)
            taken.append((bucket, who))
        return None

    def _judged(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """Return `send`, which counts a try that failed and, if there were many, says only so."""
        is_replaced = False

        async def sending(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] not in _LET_IN:
                wait_s = max(self._tries.take(_address(scope)), self._tries_of_all.take(""))
                if wait_s:
                    is_replaced = True
                    refusal = too_many("too many links that let nobody in", wait_s)
                    await _fit(scope, refusal)(scope, receive, send)
            if not is_replaced:
                await send(message)

        return sending


def too_many(why: str, wait_s: float) -> Response:
    """Return the answer for who must wait."""
    seconds = max(1, math.ceil(wait_s))
    problem = Problem(
        error="TooMany",
        message=f"{why}; nothing was changed",
        next=f"Wait {seconds} {'second' if seconds == 1 else 'seconds'} and do it again.",
    )
    return plain(429, problem, {"retry-after": str(seconds)})


def _fit(scope: Scope, refusal: Response) -> Response:
    """Return a refusal as it is, or as a page for a person who opened a link."""
    if scope["path"] != "/":
        return refusal
    told = Problem.model_validate_json(bytes(refusal.body))
    page = calm_page("Please wait a moment", told.message.capitalize() + ".", told.next, 429)
    page.headers["retry-after"] = refusal.headers["retry-after"]
    return page


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return network_of(str(client[0])) if client else ""


def _is_try(scope: Scope) -> bool:
    """Say whether a request wants to be let in, however its address is written."""
    if scope["path"] == "/":
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return any(name == "token" for name, _ in asked)
    return bool(scope["path"] == "/api/join")


def _paced(receive: Receive, is_upload: bool) -> Receive:
    """Return `receive`, which ends bodies that come too slowly as if the browser had gone."""
    begun = time.monotonic()
    n_bytes, is_whole = 0, False

    async def paced() -> MutableMapping[str, Any]:
        nonlocal n_bytes, is_whole
        if is_whole:
            return await receive()  # now it waits for the browser to go away, however long
        took_s = time.monotonic() - begun
        try:
            async with asyncio.timeout(BODY_S if is_upload else max(0.0, BODY_S - took_s)):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        n_bytes += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if took_s > BODY_S and n_bytes < took_s * LEAST_BYTES_PER_S:
            return {"type": "http.disconnect"}
        return message

    return paced
