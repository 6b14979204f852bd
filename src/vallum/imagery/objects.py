"""Images in object storage (S3 and what speaks like it): what they are called, and whose they are.

A row names an object by its bucket, its key, and the size and ETag that it had when it was added.
The row may come from a stranger, with a whole project. So where the storage is, who asks there and
which buckets are trusted is said by the person's environment alone, as all tools for S3 read it:
`AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID` with
`AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE`; and by `VALLUM_BUCKETS`, the names of their buckets.
Nothing else is looked up anywhere, no service of a cloud machine is asked. Nothing here speaks to
a server: see `buckets`.
"""

from __future__ import annotations

import configparser
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qsl, urlsplit

from vallum.ground.errors import BadImage

SCHEME = "s3://"
ROOT = Path("/s3:")
"""Where objects seem to lie, for what handles paths; no program finds anything there."""
BUCKETS = "VALLUM_BUCKETS"
SUFFIXES = (".tif", ".tiff")

_SIGN = " in object storage: "
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ETAG = re.compile(r"[A-Za-z0-9._+-]{1,128}")
_PIN = re.compile(r"([0-9]{1,15})-([A-Za-z0-9._+-]{1,128})")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_HOST = re.compile(r"[\w.:-]{1,253}")
_LONGEST_KEY, _LONGEST_NAME = 900, 240
_PORTS = {"https": 443, "http": 80}
_ON, _PROFILE_BYTES = {"yes", "true", "on", "1"}, 1 << 20


@dataclass(frozen=True, kw_only=True)
class Named:
    """One object as it was when it was added.

    Attributes:
        bucket: that it lies in.
        key: its name there, with slashes.
        size: its bytes.
        etag: what the storage calls this content, without quotation marks.
    """

    bucket: str
    key: str
    size: int
    etag: str

    @property
    def name(self) -> str:
        """The last part of its key."""
        return PurePosixPath(self.key).name

    @property
    def href(self) -> str:
        """How a row names it."""
        return f"{SCHEME}{self.bucket}/{self.key}#size={self.size}&etag={self.etag}"

    @property
    def path(self) -> Path:
        """How it goes where paths go: below `ROOT`, where nothing is."""
        return ROOT / self.bucket / f"{self.size}-{self.etag}" / self.key

    def about(self, what: str) -> str:
        """Return a problem with it as people are told; `is_of_storage` knows it again."""
        return f"{self.name}{_SIGN}{what}"


def is_object(name: str | Path) -> bool:
    """Say whether a row, a path or what a person typed means an object."""
    text = str(name)
    return text.startswith((f"{ROOT}/", "s3:/")) or text == str(ROOT)


def is_of_storage(problem: str) -> bool:
    """Say whether a problem was with the storage, so that another run may not have it."""
    return _SIGN in problem


def still_due(made_with: str, problem: str) -> str:
    """Return the mark of inputs that a row is kept with; none after a problem with the storage.

    What could not be read then is due again at the next run, as if it had not been looked at.
    """
    return "" if is_of_storage(problem) else made_with


def is_there(path: Path | None) -> bool:
    """Say whether there may be an image at a path; of an object nothing is asked."""
    return path is not None and (is_object(path) or path.exists())


def parse(text: str) -> tuple[str, str]:
    """Return bucket and key of what a person typed; the key of a folder is empty or ends with /.

    Raises:
        BadImage: it is no name of an object.
    """
    plain = re.sub(r"\As3:/+", "", text)
    bucket, _, key = plain.partition("/")
    if not key.lower().endswith(SUFFIXES):
        key = f"{key.rstrip('/')}/".lstrip("/")
    if not _BUCKET.fullmatch(bucket) or (key and not is_key(key.rstrip("/"))):
        raise BadImage(
            f"'{_printable(text)}' is no name of an object; nothing was asked, write "
            "s3://BUCKET/KEY.tif or s3://BUCKET/FOLDER/"
        )
    return bucket, key


def is_key(key: str) -> bool:
    """Say whether a key can be written into a row: no part of it is empty, and all can be read."""
    parts = key.split("/")
    is_plain = key.isprintable() and not set(key) & set("#?\\") and len(key) <= _LONGEST_KEY
    return is_plain and all(part not in {"", ".", ".."} for part in parts) and _fits(parts[-1])


def _fits(name: str) -> bool:
    return len(name.encode()) <= _LONGEST_NAME


def named(href: str) -> Named:
    """Return the object that a row names.

    Raises:
        BadImage: it names none, or not as it was when it was added.
    """
    try:
        parts = urlsplit(href)
        told = dict(parse_qsl(parts.fragment, strict_parsing=True))
        found = Named(
            bucket=parts.netloc,
            key=parts.path.removeprefix("/"),
            size=int(told["size"]),
            etag=told["etag"],
        )
    except (ValueError, KeyError) as error:
        raise _misnamed(href) from error
    if parts.scheme != "s3" or parts.query or not _is_sound(found):
        raise _misnamed(href)
    return found


def path_of(href: str) -> Path:
    """Return how an object that a row names goes where paths go; `of_path` looks at it again."""
    try:
        return named(href).path
    except BadImage:
        return ROOT / "no-object"


def of_path(path: Path) -> Named:
    """Return the object that a path means.

    Raises:
        BadImage: it means none.
    """
    parts = path.parts[2:]
    pin = _PIN.fullmatch(parts[1]) if len(parts) > 2 else None
    if path.parts[:2] != ROOT.parts or pin is None:
        raise _misnamed(path.name)
    found = Named(bucket=parts[0], key="/".join(parts[2:]), size=int(pin[1]), etag=pin[2])
    if not _is_sound(found):
        raise _misnamed(path.name)
    return found


def _is_sound(one: Named) -> bool:
    is_named = bool(_BUCKET.fullmatch(one.bucket)) and is_key(one.key)
    return is_named and one.size > 0 and bool(_ETAG.fullmatch(one.etag))


def is_etag(text: str) -> bool:
    """Say whether an ETag can be written into a row, and asked for again."""
    return bool(_ETAG.fullmatch(text))


def _misnamed(text: str) -> BadImage:
    return BadImage(
        f"'{_printable(text)}'{_SIGN}the project does not say which object it was; nothing was "
        "asked, add the image again"
    )


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:200]


# -- whose they are -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Where the storage is, and who asks there; what is secret is never shown.

    Attributes:
        scheme: https; http on this machine alone.
        host: of the endpoint.
        port: of the endpoint.
        region: for which requests are signed.
        buckets: those that the person trusts.
        user: id of the access key; empty to ask without signing.
        secret: the access key.
        token: of a session, where there is one.
        authorities: file with the certificates to believe; the system's if empty.
    """

    scheme: str
    host: str
    port: int
    region: str
    buckets: frozenset[str]
    user: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    authorities: str = ""

    @property
    def netloc(self) -> str:
        """Host, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def storage(bucket: str, environ: Mapping[str, str] | None = None) -> Storage:
    """Return the person's storage, if they trust `bucket`; nothing is asked.

    Raises:
        BadImage: they do not, or their environment does not say where and who.
    """
    told = os.environ if environ is None else environ
    mine = frozenset(one.strip() for one in told.get(BUCKETS, "").split(",") if one.strip())
    if bucket not in mine:
        raise BadImage(
            f"the bucket '{_printable(bucket)}' is none that you named as yours; nothing was "
            f"asked, if you trust it set {BUCKETS}={_printable(bucket)} and run it again"
        )
    region = told.get("AWS_REGION") or told.get("AWS_DEFAULT_REGION") or "us-east-1"
    if not _REGION.fullmatch(region):
        raise BadImage("AWS_REGION is no name of a region; nothing was asked, correct it")
    scheme, host, port = _endpoint(told, region)
    user, secret, token = _keys(told)
    return Storage(
        scheme=scheme,
        host=host,
        port=port,
        region=region,
        buckets=mine,
        user=user,
        secret=secret,
        token=token,
        authorities=told.get("AWS_CA_BUNDLE", ""),
    )


def _endpoint(told: Mapping[str, str], region: str) -> tuple[str, str, int]:
    text = told.get("AWS_ENDPOINT_URL_S3") or told.get("AWS_ENDPOINT_URL")
    text = (text or f"https://s3.{region}.amazonaws.com").rstrip("/")
    try:
        parts = urlsplit(text)
        scheme, host = parts.scheme, parts.hostname or ""
        port = parts.port or _PORTS.get(scheme, 0)
        has_more = bool(parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        scheme, host, port, has_more = "", "", 0, True
    # Nothing of it is repeated: it may hold a password.
    if scheme not in _PORTS or not _HOST.fullmatch(host) or not port or has_more:
        raise BadImage(
            "AWS_ENDPOINT_URL is no address of a storage; nothing was asked, write it like "
            "https://storage.example.org, without folder, name or password"
        )
    if scheme == "http" and not _is_this_machine(host):
        raise BadImage(
            f"AWS_ENDPOINT_URL asks {host} without encryption, and only this machine is asked so; "
            "nothing was asked, write https://"
        )
    return scheme, host, port


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _keys(told: Mapping[str, str]) -> tuple[str, str, str]:
    if told.get("AWS_NO_SIGN_REQUEST", "").lower() in _ON:
        return "", "", ""
    user, secret = told.get("AWS_ACCESS_KEY_ID", ""), told.get("AWS_SECRET_ACCESS_KEY", "")
    if user and secret:
        return user, secret, told.get("AWS_SESSION_TOKEN", "")
    if profile := told.get("AWS_PROFILE", ""):
        return _of_profile(told, profile)
    raise BadImage(
        "no key for the object storage is set; nothing was asked, set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or AWS_NO_SIGN_REQUEST=YES where all may read"
    )


def _of_profile(told: Mapping[str, str], profile: str) -> tuple[str, str, str]:
    """Return the keys of a profile; programs and services that a profile names are not asked."""
    file = Path(told.get("AWS_SHARED_CREDENTIALS_FILE") or Path.home() / ".aws" / "credentials")
    lines = configparser.RawConfigParser()
    try:
        with file.open(encoding="utf-8") as stream:
            lines.read_string(stream.read(_PROFILE_BYTES))
        part = lines[profile]
        return (
            part["aws_access_key_id"],
            part["aws_secret_access_key"],
            part.get("aws_session_token", ""),
        )
    except (OSError, UnicodeDecodeError, configparser.Error, KeyError):
        pass  # what went wrong may quote a line with a secret
    raise BadImage(
        f"the profile '{_printable(profile)}' that AWS_PROFILE names has no key in "
        "~/.aws/credentials; nothing was asked, write it there"
    )


def trusted(one: Named) -> Storage:
    """Return the storage that an object lies in, if the person trusts its bucket.

    Raises:
        BadImage: they do not, or their environment does not say where and who.
    """
    try:
        return storage(one.bucket)
    except BadImage as error:
        raise BadImage(one.about(str(error))) from None
