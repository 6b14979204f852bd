"""Connections that must say something soon and take what they asked for; and those of a proxy.

The server itself waits for ever for the head of a request, and for whoever does not read: a few
hundred idle connections would shut everybody out ("slow loris"). These end them.
"""

from __future__ import annotations

import asyncio
import ipaddress
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Receive, Scope, Send

HEAD_S = 15.0
"""The head of a request is here after this, or the connection ends."""
TAKEN_S = 120.0
"""Who takes none of an answer for this long gets no more of it."""
MOST_CONNECTIONS = 600
MOST_OF_ADDRESS = 200


class Wire(H11Protocol):
    """A connection with little patience; one too many is closed at once."""

    _head: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        if self._is_crowded():
            transport.abort()
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is begun must end soon, so must a body nobody reads."""
        super().data_received(data)
        if self.transport.is_closing():
            self._wait_no_more()
        elif self.conn.their_state is h11.IDLE or self._is_left_over():
            self._wait()
        else:
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Go on to the next request; what is left of this one's body must come soon."""
        super().on_response_complete()
        if self._is_left_over() and not self.transport.is_closing():
            self._wait()

    def _is_left_over(self) -> bool:
        """Say whether a request was answered before all of its body came."""
        return self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY

    def pause_writing(self) -> None:
        """Wait until what was sent is taken, not for ever."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(TAKEN_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: it was taken."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_S, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _is_crowded(self) -> bool:
        if len(self.connections) > MOST_CONNECTIONS:
            return True
        if self.client is None or is_loopback(self.client[0]):
            return False  # a proxy brings everybody
        mine = [one for one in self.connections if getattr(one, "client", None) is not None]
        here = network_of(self.client[0])
        n = sum(network_of(one.client[0]) == here for one in mine)  # type: ignore[index, union-attr]
        return n > MOST_OF_ADDRESS


class BehindProxy:
    """Takes from a proxy on this computer who asks and by which name; TLS ends there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through as it reached the proxy."""
        from starlette.datastructures import Headers

        from vallum.web.guard import Problem, plain

        client = scope.get("client")
        if scope["type"] == "http" and (client is None or is_loopback(client[0])):
            headers = Headers(scope=scope)
            if headers.get("x-forwarded-proto", "https") != "https":
                problem = Problem(
                    error="NotEncrypted",
                    message="the proxy took this request without TLS; nothing was shown",
                    next="Use the address that begins with https://.",
                )
                await plain(400, problem)(scope, receive, send)
                return
            scope = {**scope, "scheme": "https", "client": _asking(headers, client)}
        await self.app(scope, receive, send)


def _asking(headers: Headers, client: Any) -> Any:
    """Return the address that the proxy itself saw: the last one; those before are hearsay."""
    told = ",".join(headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    try:
        return (str(ipaddress.ip_address(told.strip("[]"))), 0)
    except ValueError:
        return client


def network_of(host: str) -> str:
    """Return what one asker has of the network: an IPv4 address, of IPv6 the upper half."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        # The lower half is the machine's own choice: each has 2^64 of them.
        return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
    return str(found)


def is_loopback(host: str) -> bool:
    """Say whether an address is of this computer alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
