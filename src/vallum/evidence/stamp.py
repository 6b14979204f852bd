"""Time stamps by others (RFC 3161): a request to carry out, an answer to check. No network.

What is stamped is a text of one line: the hash of a ledger row as 64 letters, and a line end.
Whoever has the printed hash can write that text and check the stamp with `openssl ts`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vallum.ground import foreign
from vallum.ground.errors import BadInput, WorkerFailed

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampRequest, TimeStampResponse

_MOST_BYTES = 1 << 20
_CHECK_S = 60.0
_CHAIN = re.compile(r"Verify error: ?([^\"]+)")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\s*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Stamped:
    """What a time stamp says that holds.

    Attributes:
        at: the time in it, UTC.
        authority: subject of the certificate that signed it.
        serial: its number at that authority.
    """

    at: datetime
    authority: str
    serial: str


def head_text(sha256: str) -> bytes:
    """Return the text that is stamped for a ledger row: its hash and a line end."""
    return f"{sha256}\n".encode()


def request_for(text: bytes) -> bytes:
    """Return a time stamp request (DER) for a text: SHA-256, a fresh nonce, certificate wanted."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    builder = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def check(response: Path, text: bytes, requests: list[Path], roots: list[Path]) -> Stamped:
    """Check an answer in the limited process, and return what it says.

    Args:
        response: the answer (.tsr).
        text: what was to be stamped.
        requests: what was asked for it; one of them must have the nonce of the answer.
        roots: certificates that are trusted (PEM or DER); those of this computer if empty.

    Raises:
        BadInput: it does not hold; the message says why.
    """
    try:
        said = foreign.call(
            "vallum.evidence.stamp:checked",
            {
                "response": str(response.absolute()),
                "text": text.decode(),
                "requests": [str(path.absolute()) for path in requests],
                "roots": [str(path.absolute()) for path in roots],
            },
            reads=[response, *requests, *roots, *([] if roots else known_here())],
            returns=dict[str, str],
            wall_s=_CHECK_S,
        )
    except WorkerFailed as error:
        raise BadInput(
            f"{response.name} cannot be read as a time stamp; nothing was kept, ask the authority "
            "again"
        ) from error
    return Stamped(
        at=_moment(response, said.get("at", "")),
        authority=said.get("authority", "")[:200],
        serial=said.get("serial", "")[:80],
    )


def _moment(response: Path, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{response.name} cannot be read as a time stamp; nothing was kept, ask the authority "
            "again"
        ) from None


def stamped_digest(response: Path) -> str:
    """Return the hash (hex) that an answer is about, read in the limited process.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        said: str = foreign.call(
            "vallum.evidence.stamp:digest_in",
            {"response": str(response.absolute())},
            reads=[response],
            returns=str,
        )
    except WorkerFailed as error:
        raise BadInput(
            f"{response.name} cannot be read as a time stamp; nothing was kept, ask the authority "
            "again"
        ) from error
    return said


# -- inside the limited process -------------------------------------------------------------


def digest_in(response: str) -> str:
    """Return the hash that an answer is about, as letters."""
    path = Path(response)
    return _read(path).tst_info.message_imprint.message.hex()


def checked(response: str, text: str, requests: list[str], roots: list[str]) -> dict[str, str]:
    """Return what an answer says, as plain JSON.

    Raises:
        BadInput: it does not hold.
    """
    from rfc3161_client import VerificationError, VerifierBuilder
    from rfc3161_client.errors import VerificationError as Base

    path, content = Path(response), text.encode()
    answer = _read(path)
    info = answer.tst_info
    if info.message_imprint.message != hashlib.sha256(content).digest():
        raise BadInput(
            f"{path.name} stamps something else than this head of the ledger; nothing was kept, "
            "give the answer to the request that was made here"
        )
    if requests and info.nonce not in {_asked(Path(one)).nonce for one in requests}:
        raise BadInput(
            f"{path.name} answers another request (its nonce differs), so it may be an old answer "
            "that somebody kept; nothing was kept, send the request again"
        )
    verifier = VerifierBuilder(roots=_trusted([Path(one) for one in roots]))
    try:
        verifier.build().verify(answer, hashlib.sha256(content).digest())
    except (VerificationError, Base, ValueError) as error:
        raise BadInput(f"{path.name} does not hold: {_in_words(str(error))}") from error
    return {
        "at": info.gen_time.isoformat(),
        "authority": _authority(answer),
        "serial": f"{info.serial_number:x}",
    }


def in_order(answer: bytes) -> bytes:
    """Return an answer with the certificates in it sorted, as DER wants a set.

    Authorities that use openssl send them in any order, which openssl takes and the reader does
    not. The order is in no signature (RFC 5652, 5.4), and every length stays as it is.
    """
    try:
        at = (0, len(answer))
        # TimeStampResp, its token, what that holds, SignedData, and the certificates in it.
        for tag, place in ((0x30, 0), (0x30, 1), (0xA0, 1), (0x30, 0)):
            at = next(one[1] for one in list(_items(answer, *at))[place:] if one[0] == tag)
        at = next(inner for tag, inner, _ in _items(answer, *at) if tag == 0xA0)
        found = sorted(answer[inner[0] - n : inner[1]] for _, inner, n in _items(answer, *at))
    except (IndexError, StopIteration):
        return answer
    return answer[: at[0]] + b"".join(found) + answer[at[1] :]


def _items(data: bytes, start: int, end: int) -> Iterator[tuple[int, tuple[int, int], int]]:
    """Yield tag, ends of the content and size of the header of each item in a stretch of DER.

    Raises:
        IndexError: it is no DER.
    """
    while start < end:
        tag, size, n = data[start], data[start + 1], 2
        if size & 0x80:
            n_more = size & 0x7F
            size, n = int.from_bytes(data[start + 2 : start + 2 + n_more], "big"), 2 + n_more
        if start + n + size > end or data[start + 1] == 0x80:
            raise IndexError(start)
        yield tag, (start + n, start + n + size), n
        start += n + size


def _read(path: Path) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    try:
        return _granted(path, decode_timestamp_response(in_order(_bytes(path))))
    except ValueError as error:
        raise BadInput(
            f"{path.name} is no time stamp (RFC 3161); nothing was kept, give the .tsr file that "
            "the authority sent"
        ) from error


def _granted(path: Path, answer: TimeStampResponse) -> TimeStampResponse:
    if answer.status not in {0, 1}:
        why = "; ".join(answer.status_string) or f"status {answer.status}"
        raise BadInput(
            f"{path.name}: the authority refused the request ({why}); nothing was kept, make a new "
            "request"
        )
    return answer


def _asked(path: Path) -> TimeStampRequest:
    from rfc3161_client._rust import parse_timestamp_request

    return parse_timestamp_request(path.read_bytes())


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput(f"{path} does not exist; nothing was read, check the path")
    if path.stat().st_size > _MOST_BYTES:
        raise BadInput(f"{path.name} is larger than any time stamp; nothing was read")
    return path.read_bytes()


def _trusted(paths: list[Path]) -> list[Certificate]:
    """Return the certificates in some files, or those that this computer trusts."""
    from cryptography import x509

    paths = paths or known_here()
    found = []
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        blocks = _PEM.findall(content)
        try:
            found += [x509.load_pem_x509_certificate(one) for one in blocks]
            found += [] if blocks else [x509.load_der_x509_certificate(content)]
        except ValueError as error:
            raise BadInput(
                f"{path.name} holds no certificate; nothing was kept, name a PEM or DER file with "
                "the certificate of the authority"
            ) from error
    if not found:
        raise BadInput(
            "no certificate is trusted here; nothing was kept, name that of the authority with "
            "--root FILE"
        )
    return found


def known_here() -> list[Path]:
    """Return the file with the certificates that this computer trusts, if it has one."""
    import ssl

    known = ssl.get_default_verify_paths()
    paths = [Path(name) for name in (known.cafile, known.openssl_cafile) if name]
    return [path for path in paths if path.is_file()][:1]


def _authority(answer: TimeStampResponse) -> str:
    """Return the name on the certificate that signed, as the authority writes it."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    signer: Any = next(iter(answer.signed_data.signer_infos))
    for one in answer.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(one)
        if certificate.serial_number == signer.serial_number:
            named = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(named[0].value) if named else certificate.subject.rfc4514_string()
    return "not named"


def _in_words(said: str) -> str:
    """Return why a stamp does not hold, with the next step, for what the checker said."""
    told = said.lower()
    chain = _CHAIN.search(said)
    if "expired" in told or "not yet valid" in told:
        why = "the certificate of the authority was not valid at the time in the stamp"
    elif chain is not None:
        why = (
            f"its certificate does not lead to one that is trusted ({chain[1]}); if you trust the "
            "authority, name its certificate with --root FILE"
        )
    elif "signature" in told or "digest" in told:
        why = "its signature does not fit, so it was changed"
    elif "eku" in told or "purpose" in told:
        why = "its certificate is not made for time stamps"
    else:
        why = said.splitlines()[0][:200] if said else "it was changed"
    return f"{why}; nothing was kept, ask the authority for another"
