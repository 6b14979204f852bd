"""Asking object storage: signed requests through the one way out, `stac.wire`.

Requests carry version 4 signatures (AWS, Signature Version 4 for Authenticating Requests), go to
the endpoint that the person's environment names and to no other: where it sends on elsewhere, it
is not followed. Every request for a part says which content is meant (`If-Match`), so that an
object that was changed meanwhile is refused, not mixed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from lxml import etree

from vallum.ground.errors import AddressRefused, BadImage, NotReached
from vallum.ground.formats.xml import parser
from vallum.imagery.objects import Named, Storage, is_etag, is_key
from vallum.imagery.stac.hosts import Rules
from vallum.imagery.stac.wire import Failed, Patience, Reply, Wire, whole

Value = TypeVar("Value")

PATIENCE = Patience(
    tries=3, connect_s=10.0, silent_s=30.0, answer_s=60.0, pause_s=0.3, longest_pause_s=20.0
)
AGAIN = "what is done is kept, run it again"
_NOTHING = hashlib.sha256(b"").hexdigest()
_PIECE_BYTES = 8 << 20
_LIST_BYTES = 8 << 20
_MOST_LISTED = 100_000
_DENIED = (
    "access was denied; nothing was read, look whether the key may read this bucket, and whether "
    "this computer's clock is right"
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the storage tells of an object: its bytes, and what it calls this content."""

    size: int
    etag: str


class Differs(BadImage):  # a BadImage to everybody but `verify`
    """An object is gone, or is not what was added."""


class _Refused(BadImage):  # never leaves this module: `_told` says it of an object
    """The storage answered, and not with what was asked for."""

    def __init__(self, what: str, status: int) -> None:
        super().__init__(what)
        self.status = status


# -- signing --------------------------------------------------------------------------------


def signed(
    storage: Storage,
    method: str,
    target: str,
    query: str,
    headers: Mapping[str, str],
    at: datetime | None = None,
) -> dict[str, str]:
    """Return the headers of one request with its signature; unchanged where none is wanted.

    Args:
        storage: who asks, and where.
        method: GET or HEAD.
        target: path, quoted.
        query: sorted and quoted.
        headers: of the request; they are not signed.
        at: moment of the request; now if left out.
    """
    if not storage.user:
        return dict(headers)
    moment = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    own = {"host": storage.netloc, "x-amz-content-sha256": _NOTHING, "x-amz-date": moment}
    own |= {"x-amz-security-token": storage.token} if storage.token else {}
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(own.items()))
    names = ";".join(sorted(own))
    asked = "\n".join((method, target, query, lines, names, _NOTHING))
    scope = f"{moment[:8]}/{storage.region}/s3/aws4_request"
    digest = hashlib.sha256(asked.encode()).hexdigest()
    key = f"AWS4{storage.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = "\n".join(("AWS4-HMAC-SHA256", moment, scope, digest))
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    who = f"AWS4-HMAC-SHA256 Credential={storage.user}/{scope}"
    del own["host"]  # the wire writes it
    said = f"{who}, SignedHeaders={names}, Signature={signature}"
    return {**headers, **own, "Authorization": said}


# -- asking ---------------------------------------------------------------------------------


class _Wires(threading.local):
    """Open connections of one thread: a `Wire` is for one thread, and not for a child process."""

    def __init__(self) -> None:
        self.of_process = 0
        self.wires: dict[tuple[str, str, int, str], Wire] = {}


_WIRES = _Wires()


def _wire(storage: Storage) -> Wire:
    if _WIRES.of_process != os.getpid():
        _WIRES.of_process, _WIRES.wires = os.getpid(), {}
    key = (storage.scheme, storage.host, storage.port, storage.authorities)
    if key not in _WIRES.wires:
        host = f"[{storage.host}]" if ":" in storage.host else storage.host
        # The person named it: it may lie in the own network. What tells passwords is never asked.
        rules = Rules(private=frozenset({f"{host}:{storage.port}"}))
        context = None
        if storage.authorities:
            try:
                context = ssl.create_default_context(cafile=storage.authorities)
            except OSError:
                raise _Refused(
                    "the file that AWS_CA_BUNDLE names cannot be read; nothing was asked, name "
                    "the certificates of the authority",
                    0,
                ) from None
        _WIRES.wires[key] = Wire(rules=rules, patience=PATIENCE, context=context)
    return _WIRES.wires[key]


@contextmanager
def _open(
    storage: Storage,
    method: str,
    bucket: str,
    key: str,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> Iterator[Reply]:
    """Yield the answer to one request; a refusal that no patience changes is told at once."""
    target = "/" + quote(f"{bucket}/{key}" if key else bucket, safe="/-._~")
    href = f"{storage.scheme}://{storage.netloc}{target}" + (f"?{query}" if query else "")
    own = signed(storage, method, target, query, headers or {})
    try:
        with _wire(storage).open(href, method=method, headers=own, stays=True) as reply:
            yield reply
    except Failed as error:
        if error.status in {401, 403}:
            raise _Refused(_DENIED, error.status) from None
        if error.status in {404, 412, 416}:
            raise _Refused("", error.status) from None
        if 400 <= error.status < 500 and not error.is_hopeful:
            raise _Refused(
                f"the storage refuses the request (HTTP {error.status}); nothing was read, look "
                "whether AWS_REGION and AWS_ENDPOINT_URL are those of the bucket",
                error.status,
            ) from None
        raise
    except AddressRefused:
        raise _Refused(
            "the storage sends on elsewhere, or lies where vallum never asks; nothing was sent "
            "there, set AWS_REGION and AWS_ENDPOINT_URL to those of the bucket",
            0,
        ) from None


def _patiently(storage: Storage, bucket: str, attempt: Callable[[], Value]) -> Value:
    """Return what `attempt` returns, tried again while there is hope.

    Raises:
        _Refused: the storage said no, or could not be reached.
    """
    try:
        found: Value = _wire(storage).patiently(attempt, storage.netloc)
    except NotReached as error:
        why = str(error).partition(";")[0].removeprefix(f"{storage.netloc}: ")
        raise _Refused(
            f"the bucket '{bucket}' at {storage.netloc} could not be reached ({why}); {AGAIN}", 0
        ) from None
    return found


def _told(one: Named, error: _Refused) -> BadImage:
    """Return a refusal in words, of one object."""
    if error.status == 404:
        what = "put it back there, or set the image aside"
        return Differs(one.about(f"it is no longer in the bucket '{one.bucket}'; {what}"))
    return _changed(one) if error.status in {412, 416} else BadImage(one.about(str(error)))


def _changed(one: Named) -> Differs:
    return Differs(
        one.about(
            f"it was changed in the bucket '{one.bucket}' after it was added; nothing of the new "
            "one was used, put the old one back or add it again"
        )
    )


def look(storage: Storage, bucket: str, key: str) -> Found:
    """Return size and ETag of an object; one small request.

    Raises:
        BadImage: it is not there, may not be read, or has no ETag.
    """
    try:
        found = _looked(storage, bucket, key)
    except _Refused as error:
        is_gone = error.status == 404
        what = f"it is not in the bucket '{bucket}'; check its name" if is_gone else str(error)
        raise BadImage(Named(bucket=bucket, key=key, size=0, etag="").about(what)) from None
    if not found.size or not found.etag:
        what = "it is empty" if not found.size else "the storage gives it no plain ETag"
        name = key.rpartition("/")[2]
        raise BadImage(f"{name}: {what}; nothing was added, put it there again")
    return found


def _looked(storage: Storage, bucket: str, key: str) -> Found:
    def attempt() -> Found:
        with _open(storage, "HEAD", bucket, key) as reply:
            size = whole(reply.header("content-length"))
            return Found(size=size or 0, etag=_etag(reply))

    return _patiently(storage, bucket, attempt)


def _etag(reply: Reply) -> str:
    plain = reply.header("etag").strip().removeprefix('"').removesuffix('"')
    return plain if is_etag(plain) else ""


def check(storage: Storage, one: Named) -> None:
    """Ask whether an object is still what was added, by its size and ETag.

    Raises:
        Differs: it is gone or was changed.
        BadImage: it cannot be asked for.
    """
    try:
        found = _looked(storage, one.bucket, one.key)
    except _Refused as error:
        raise _told(one, error) from None
    if (found.size, found.etag) != (one.size, one.etag):
        raise _changed(one)


def part(storage: Storage, one: Named, start: int, stop: int) -> bytes:
    """Return bytes of an object, as it was when it was added.

    Args:
        storage: where it lies.
        one: the object.
        start: first byte.
        stop: behind the last byte, at most its size.

    Raises:
        BadImage: it is gone, was changed, or cannot be reached.
    """
    headers = {"Range": f"bytes={start}-{stop - 1}", "If-Match": f'"{one.etag}"'}

    def attempt() -> bytes:
        with _open(storage, "GET", one.bucket, one.key, headers=headers) as reply:
            range_, _, size = reply.header("content-range").removeprefix("bytes ").partition("/")
            if reply.status != 206:
                raise _Refused("the storage gives no parts of objects; use files instead", 0)
            if whole(size) != one.size or _etag(reply) != one.etag:
                raise _Refused("", 412)  # it does not know If-Match
            if range_ != f"{start}-{stop - 1}":
                raise Failed("sent another part than was asked for", is_hopeful=True)
            body = b"".join(reply.parts(stop - start))
            if len(body) != stop - start:
                raise Failed("sent less than was asked for", is_hopeful=True)
            return body

    try:
        return _patiently(storage, one.bucket, attempt)
    except _Refused as error:
        raise _told(one, error) from None


def pieces(storage: Storage, one: Named) -> Iterator[bytes]:
    """Yield all of an object, in order, in pieces of which each can be tried again.

    Raises:
        BadImage: it is gone, was changed, or cannot be reached.
    """
    for start in range(0, one.size, _PIECE_BYTES):
        yield part(storage, one, start, min(start + _PIECE_BYTES, one.size))


def small(storage: Storage, bucket: str, key: str, most_bytes: int) -> bytes | None:
    """Return a small object, None when there is none or it may not be read.

    Raises:
        BadImage: the storage cannot be reached.
    """

    def attempt() -> bytes | None:
        with _open(storage, "GET", bucket, key) as reply:
            size = whole(reply.header("content-length"))
            if size is None or size > most_bytes:
                return None
            return b"".join(reply.parts(most_bytes))

    try:
        return _patiently(storage, bucket, attempt)
    except _Refused as error:
        if error.status in {401, 403, 404}:
            return None
        name = Named(bucket=bucket, key=key, size=0, etag="")
        raise BadImage(name.about(str(error))) from None


# -- listing --------------------------------------------------------------------------------


def keys(storage: Storage, bucket: str, prefix: str) -> tuple[list[str], int]:
    """Return the keys below a folder, sorted, and how many of them no row can name.

    Raises:
        BadImage: the bucket cannot be listed.
    """
    found: list[str] = []
    n_odd, after = 0, ""
    while True:
        root = _listed(storage, bucket, prefix, after)
        names = [unquote(text) for text in _texts(root, "Contents/{*}Key")]
        sound = [name for name in names if is_key(name)]
        n_odd += sum(not name.endswith("/") for name in set(names) - set(sound))
        found += sound
        after = next(iter(_texts(root, "NextContinuationToken")), "")
        if not after or len(found) > _MOST_LISTED:
            return sorted(found), n_odd


def _listed(storage: Storage, bucket: str, prefix: str, after: str) -> Any:
    told = {"encoding-type": "url", "list-type": "2", "prefix": prefix}
    told |= {"continuation-token": after} if after else {}
    query = "&".join(f"{name}={quote(value, safe='-._~')}" for name, value in sorted(told.items()))

    def attempt() -> bytes:
        with _open(storage, "GET", bucket, "", query=query) as reply:
            return b"".join(reply.parts(_LIST_BYTES))

    try:
        return etree.fromstring(_patiently(storage, bucket, attempt), parser())
    except _Refused as error:
        what = "there is no such bucket; check its name" if error.status == 404 else str(error)
    except (etree.XMLSyntaxError, ValueError):
        what = "the storage answers with no list; check AWS_ENDPOINT_URL"
    raise BadImage(f"the bucket '{bucket}': {what}")


def _texts(root: Any, path: str) -> list[str]:
    found = root.findall(re.sub(r"\A", "{*}", path))
    return [str(one.text or "") for one in found]
