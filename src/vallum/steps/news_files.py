"""News as files: text, page, e-mail, and two feeds. None of it is sent anywhere."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from vallum.ground.errors import BadSetting

ATOM, FEED = "feed.xml", "feed.json"
_FROM = "vallum@localhost"
_ADDRESS = re.compile(r"[^\s@<>,;\"\\]+@[^\s@<>,;\"\\]+")
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One telling as it is kept: what feeds and e-mails are made from.

    Attributes:
        key: the same for the same telling, on every machine.
        name: of its files, without ending.
        title: one line.
        at: when the newest of it came, UTC.
        lines: the text.
    """

    key: str
    name: str
    title: str
    at: datetime
    lines: tuple[str, ...]


def key_of(genesis: str, number: int) -> str:
    """Return the name of a telling: of a project by its first ledger row, and by its number."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"vallum:{genesis}:{number}"))


def checked(address: str) -> str:
    """Return an address for e-mail.

    Raises:
        BadSetting: it is none.
    """
    if not _ADDRESS.fullmatch(address):
        raise BadSetting(f"'{address[:60]}' is no e-mail address; nothing was done, correct --to")
    return address


def plain(told: Told) -> bytes:
    """Return the news as plain text."""
    return ("\n".join(told.lines) + "\n").encode()


def page(told: Told) -> bytes:
    """Return the news as a page that loads nothing from anywhere."""
    head = escape(told.title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{head}</title></head>\n"
        '<body style="font-family:sans-serif;max-width:44rem;margin:1rem auto;padding:0 1rem">\n'
        f"<h1>{head}</h1>\n"
        f'<p><time datetime="{told.at.isoformat(timespec="seconds")}">{told.at:%Y-%m-%d %H:%M} UTC'
        f'</time></p>\n<pre style="white-space:pre-wrap;font:inherit">'
        f"{escape(_body(told))}</pre>\n</body></html>\n"
    ).encode()


def mail(told: Told, to: Sequence[str]) -> bytes:
    """Return the news as an e-mail for `sendmail -t`; the same news give the same bytes."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(told.title)
    message["From"] = f"vallum <{_FROM}>"
    if to:
        message["To"] = ", ".join(map(checked, to))
    message["Date"] = format_datetime(told.at)
    message["Message-ID"] = f"<{told.key}@vallum.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(told.lines) + "\n")
    message.add_alternative(page(told).decode(), subtype="html")
    message.set_boundary(f"=={told.key}==")
    return message.as_bytes()


def atom(border: str, genesis: str, every: Sequence[Told]) -> bytes:
    """Return an Atom feed (RFC 4287), the newest first."""
    entries = "".join(
        f"<entry><id>urn:uuid:{told.key}</id><title>{_xml(told.title)}</title>"
        f"<updated>{_stamp(told.at)}</updated>"
        f'<link rel="alternate" type="text/html" href="{_xml(told.name)}.html"/>'
        f'<content type="text">{_xml(_body(told))}</content></entry>\n'
        for told in sorted(every, key=lambda one: one.name, reverse=True)
    )
    newest = max(told.at for told in every)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>urn:uuid:{key_of(genesis, 0)}</id><title>{_xml(border)}: what is new</title>"
        f"<updated>{_stamp(newest)}</updated><author><name>vallum</name></author>"
        f'<link rel="self" href="{ATOM}"/><generator>vallum</generator>\n'
        f"{entries}</feed>\n"
    ).encode()


def feed(border: str, every: Sequence[Told]) -> bytes:
    """Return a JSON Feed (version 1.1), the newest first."""
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{border}: what is new",
        "authors": [{"name": "vallum"}],
        "items": [
            {
                "id": f"urn:uuid:{one.key}",
                "title": one.title,
                "content_text": _body(one),
                "date_published": _stamp(one.at),
            }
            for one in sorted(every, key=lambda one: one.name, reverse=True)
        ],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _body(told: Told) -> str:
    """Return the text without its first line, which is the title."""
    return "\n".join(told.lines[1:]).strip()


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _xml(text: str) -> str:
    return escape(_NO_XML.sub(" ", text))


def _one_line(text: str) -> str:
    return " ".join(text.split())
