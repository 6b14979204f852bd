"""The one way out: every request of a catalogue or a download goes through `Wire`.

It resolves and checks each address (`hosts`), connects to exactly the address that was checked,
follows at most five redirects and checks each anew, sends no cookie and nothing that names a
person or a machine, takes no compressed answer, bounds sizes and times, and tries again where a
server asks for patience. It writes no log: addresses may carry signatures.
"""

from __future__ import annotations

import email.utils
import http.client
import io
import json
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from vallum import __version__
from vallum.ground.errors import AddressRefused, NotReached
from vallum.imagery.stac.hosts import Address, Rules, joined, same_origin, shown

Connect = Callable[[str, int, float], socket.socket]

MOST_REDIRECTS = 5
JSON_BYTES = 64 << 20
_PART_BYTES = 1 << 18
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_MOVED = {301, 302, 303, 307, 308}
_PLAIN = {"User-Agent": f"vallum/{__version__}", "Accept-Encoding": "identity"}


def connect(address: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connection to a numeric address."""
    return socket.create_connection((address, port), timeout=timeout_s)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait for a server.

    Attributes:
        tries: how often a request is sent before giving up.
        connect_s: longest time to connect.
        silent_s: longest time without a byte.
        answer_s: longest time for a whole answer in JSON, and for the head of any answer.
        least_bytes_per_s: what comes slower, over `silent_s`, is given up.
        pause_s: pause after the first failure; doubled after each.
        longest_pause_s: longest pause a server may ask for.
    """

    tries: int = 5
    connect_s: float = 10.0
    silent_s: float = 60.0
    answer_s: float = 180.0
    least_bytes_per_s: float = 1_000.0
    pause_s: float = 0.5
    longest_pause_s: float = 120.0


class Failed(Exception):  # never leaves this package: `Wire.patiently` makes it a NotReached
    """One try came to nothing.

    Attributes:
        status: number with which the server refused; 0 when it did not answer.
        is_hopeful: whether asking again may help.
        after_s: pause that the server asks for.
    """

    def __init__(
        self, message: str, *, status: int = 0, is_hopeful: bool = False, after_s: float = 0.0
    ) -> None:
        super().__init__(message)
        self.status, self.is_hopeful, self.after_s = status, is_hopeful, after_s


class _TooSlow(TimeoutError):
    """What was being read did not come in time, though bytes came."""


@dataclass
class _Clock:
    """Until when what is being read from a connection must be here."""

    until: float = 0.0


class _Timed(io.RawIOBase):
    """The bytes of a connection; a server that drips them does not hold it beyond the clock."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, clock: _Clock) -> None:
        super().__init__()
        self._raw, self._sock, self._clock = raw, sock, clock
        self._silent_s = sock.gettimeout() or 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._clock.until - time.monotonic()
        if left_s <= 0:
            raise _TooSlow
        self._sock.settimeout(min(left_s, self._silent_s))
        try:
            return self._raw.readinto(buffer)
        except TimeoutError as error:
            if time.monotonic() < self._clock.until:
                raise  # it said nothing at all
            raise _TooSlow from error

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer of which every byte is read against a clock."""

    def __init__(self, clock: _Clock, sock: socket.socket, **more: Any) -> None:
        super().__init__(sock, **more)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, clock))


@dataclass(kw_only=True)
class Reply:
    """An answer whose body is still to be read."""

    status: int
    headers: Mapping[str, str]
    href: str = field(repr=False)
    _body: http.client.HTTPResponse = field(repr=False)
    _clock: _Clock = field(repr=False)
    _patience: Patience = field(repr=False)

    def header(self, name: str) -> str:
        """Return a header; empty when it was not sent."""
        return self.headers.get(name.lower(), "")

    def parts(self, most_bytes: int, *, until: float = 0.0) -> Iterator[bytes]:
        """Yield the body.

        Args:
            most_bytes: more than this is refused.
            until: moment of the monotonic clock at which to give up; 0 for as long as it comes
                fast enough.

        Raises:
            Failed: it is too large, too slow, or ended early.
        """
        n_bytes = n_lately = 0
        pace_s = self._patience.silent_s
        began = time.monotonic()
        slow = Failed(f"{shown(self.href)}: is too slow; try again later")
        broken = Failed(
            f"{shown(self.href)}: the connection broke off; what was fetched is kept, run it again",
            is_hopeful=True,
        )
        while part := self._read(broken, slow, until):
            n_bytes += len(part)
            n_lately += len(part)
            if n_bytes > most_bytes:
                raise Failed(
                    f"{shown(self.href)}: sends more than {most_bytes / 2**20:,.0f} MiB; the rest "
                    "was not read"
                )
            now = time.monotonic()
            if until and now > until:
                raise slow
            if now - began > pace_s:
                if n_lately < self._patience.least_bytes_per_s * (now - began):
                    raise slow
                began, n_lately = now, 0
            yield part
            began += time.monotonic() - now  # what is done with it takes no time of the server
        if n_bytes < (whole(self.header("content-length")) or 0):
            raise broken

    def _read(self, broken: Failed, slow: Failed, until: float) -> bytes:
        longest = time.monotonic() + 2 * self._patience.silent_s
        self._clock.until = min(until, longest) if until else longest
        try:
            return self._body.read1(_PART_BYTES)
        except _TooSlow as error:
            raise slow from error
        except (OSError, http.client.HTTPException) as error:
            raise broken from error


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, whatever the name would resolve to now."""

    def __init__(
        self, address: Address, numeric: list[str], context: ssl.SSLContext, wire: Wire
    ) -> None:
        super().__init__(address.host, address.port, timeout=wire.patience.silent_s)
        self._goal, self._numeric, self._context, self._wire = address, numeric, context, wire
        self.clock = _Clock()
        self.response_class = partial(_Answer, self.clock)  # type: ignore[assignment]

    def connect(self) -> None:
        """Connect to the first checked address that answers."""
        failure: OSError = OSError("no address")
        for numeric in self._numeric:
            try:
                plain = self._wire.connect(numeric, self._goal.port, self._wire.patience.connect_s)
            except OSError as error:
                failure = error
                continue
            plain.settimeout(self._wire.patience.silent_s)
            self.sock = plain
            if self._goal.scheme == "https":
                self.sock = self._context.wrap_socket(plain, server_hostname=self._goal.host)
            return
        raise failure


@dataclass(kw_only=True)
class Wire:
    """Connections to servers, kept open between requests; close it or use it in a `with`.

    Attributes:
        rules: what may be asked.
        patience: how long to wait.
        connect: how a numeric address is reached.
        context: which certificates are believed; the system's if left out.
        sleep: how to wait.
        n_requests: how many requests were sent.
        n_bytes: how many bytes of answers were read by `json` and `download`.
    """

    rules: Rules = field(default_factory=Rules)
    patience: Patience = field(default_factory=Patience)
    connect: Connect = field(default=connect, repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    n_requests: int = 0
    n_bytes: int = 0
    _open: dict[tuple[str, str, int], _Pinned] = field(default_factory=dict, repr=False)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def json(
        self,
        href: str,
        *,
        method: str = "GET",
        body: Any = None,
        most_bytes: int = JSON_BYTES,
        stays: bool = False,
    ) -> Any:
        """Return what a server answers, as JSON.

        Args:
            href: address.
            method: GET or POST.
            body: what to send with POST.
            most_bytes: more than this is refused.
            stays: what is sent is for this server alone: it is not followed to another.

        Raises:
            AddressRefused: the address, or one it leads to, is not asked.
            NotReached: it did not answer, or not with JSON.
        """
        content = None if body is None else json.dumps(body).encode()

        def read() -> bytes:
            until = time.monotonic() + self.patience.answer_s
            with self.open(href, method=method, body=content, stays=stays) as reply:
                return b"".join(reply.parts(most_bytes, until=until))

        text = self.patiently(read, href)
        self.n_bytes += len(text)
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            kind = "a web page" if text.lstrip()[:1] == b"<" else "no valid JSON"
            raise NotReached(
                f"{shown(href)}: answered with {kind}; nothing was taken from it, check that the "
                "address is that of a STAC API"
            ) from error

    def patiently(self, attempt: Callable[[], Any], href: str) -> Any:
        """Return what `attempt` returns, tried again with growing pauses while there is hope.

        Raises:
            AddressRefused: at once.
            NotReached: the last try failed as well, or there is no hope.
        """
        for n_tried in range(1, self.patience.tries + 1):
            try:
                return attempt()
            except Failed as error:
                if not error.is_hopeful or n_tried == self.patience.tries:
                    raise NotReached(str(error)) from error
                asked_s = error.after_s
            usual_s = self.patience.pause_s * 2 ** (n_tried - 1)
            # A little chance, so that many who were refused together do not come back together.
            usual_s *= random.uniform(0.75, 1.25)  # noqa: S311
            if asked_s > self.patience.longest_pause_s:
                raise NotReached(
                    f"{shown(href)}: asks to be left alone for {asked_s / 60:,.0f} min; what was "
                    "fetched is kept, run it again then"
                )
            self.sleep(max(usual_s, asked_s))
        raise AssertionError("unreachable")

    @contextmanager
    def open(
        self,
        href: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        stays: bool = False,
    ) -> Iterator[Reply]:
        """Yield the answer to one request, redirects followed; it is not tried again.

        Args:
            href: address.
            method: GET or POST.
            body: JSON to send with POST.
            headers: ranges and validators; nothing else goes out.
            stays: no redirect to another server is followed.

        Raises:
            AddressRefused: the address, or one it leads to, is not asked.
            Failed: the server was not reached, or refused.
        """
        goal = self.rules.check(href)
        for _ in range(MOST_REDIRECTS + 1):
            reply = self._send(goal, method, body, headers or {})
            if reply.status not in _MOVED:
                break
            location = reply.header("location")
            self._drop(goal)
            reply._body.close()
            if not location:
                raise Failed(f"{shown(goal.href)}: sends elsewhere without saying where")
            if reply.status == 303 or (reply.status in {301, 302} and method == "POST"):
                method, body = "GET", None
            onward = self.rules.check(joined(goal.href, location))
            if stays and not same_origin(onward.href, goal.href):
                raise _elsewhere(goal, onward)
            goal = onward
        else:
            raise AddressRefused(
                f"{shown(href)}: sends on more than {MOST_REDIRECTS} times; it was left out"
            )
        try:
            if reply.status >= 400:
                raise _refused(reply, goal)
            yield reply
        finally:
            if reply._body.length == 0:
                reply._body.close()  # read to its end: the connection is good for another request
            if not reply._body.isclosed():
                self._drop(goal)
                reply._body.close()

    def _send(
        self, goal: Address, method: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        key = (goal.scheme, goal.host, goal.port)
        for is_fresh in (key not in self._open, True):
            connection = self._open.get(key) or self._connection(goal)
            self._open[key] = connection
            sent = {"Host": goal.netloc, **_PLAIN, "Accept": "*/*", **headers}
            if body is not None:
                sent["Content-Type"] = "application/json"
            self.n_requests += 1
            connection.clock.until = time.monotonic() + self.patience.answer_s
            try:
                connection.request(method, goal.target, body=body, headers=sent)
                answer = connection.getresponse()
            except ssl.SSLCertVerificationError as error:
                self._drop(goal)
                raise Failed(
                    f"{goal.netloc}: its certificate is not valid for it; nothing was taken, check "
                    "the address and this computer's date"
                ) from error
            except _TooSlow as error:
                self._drop(goal)
                raise Failed(f"{goal.netloc}: is too slow; try again later") from error
            except (OSError, http.client.HTTPException) as error:
                self._drop(goal)
                if is_fresh:
                    raise Failed(
                        f"{goal.netloc}: did not answer; check the connection and run it again",
                        is_hopeful=True,
                    ) from error
                continue  # a connection that was kept open may have been closed meanwhile
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(
                status=answer.status,
                headers=found,
                href=goal.href,
                _body=answer,
                _clock=connection.clock,
                _patience=self.patience,
            )
        raise AssertionError("unreachable")

    def _connection(self, goal: Address) -> _Pinned:
        numeric = self.rules.addresses(goal)
        if self.context is None:
            self.context = ssl.create_default_context()
        return _Pinned(goal, numeric, self.context, self)

    def _drop(self, goal: Address) -> None:
        connection = self._open.pop((goal.scheme, goal.host, goal.port), None)
        if connection is not None:
            connection.close()


def _elsewhere(goal: Address, onward: Address) -> AddressRefused:
    return AddressRefused(
        f"{shown(goal.href)}: sends on to another server ({onward.netloc}); your corridor was not "
        "sent there, give the address of that catalogue if you trust it"
    )


def whole(text: str) -> int | None:
    """Return the whole number that a header holds; None when it holds none that makes sense."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _refused(reply: Reply, goal: Address) -> Failed:
    """Return the refusal of a server in words, with the next step."""
    status = reply.status
    meaning = {
        401: "wants you to sign in; vallum sends no passwords, download there yourself and add "
        "the files",
        403: "does not allow it; the link may have expired, or you must sign in there",
        404: "has nothing there; check the address",
        429: "is asked too often; wait a while and run it again",
    }.get(status, "is in trouble; try again later" if status >= 500 else "refuses the request")
    return Failed(
        f"{shown(goal.href)}: the server {meaning} (HTTP {status})",
        status=status,
        is_hopeful=status in _AGAIN,
        after_s=_seconds(reply.header("retry-after")),
    )


def _seconds(text: str) -> float:
    """Return the pause that `Retry-After` asks for: seconds or a date; 0 when it asks for none."""
    seconds = whole(text)
    if seconds is not None:
        return float(seconds)
    try:
        moment = email.utils.parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError, IndexError):
        return 0.0
