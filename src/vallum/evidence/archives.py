"""What others archived: pages out of WARC and WACZ, rows out of auto-archiver and Atlos exports.

vallum never fetches an address; these tools of the desk do, and their files come in here. The file
itself is the exhibit and is kept as it is; each page or row in it becomes one of its own that
rests on it. Runs in the limited process.

Formats: WARC 1.0/1.1 (ISO 28500); WACZ 1.1.1, a ZIP of WARCs, `pages/pages.jsonl` and
`datapackage.json` with a SHA-256 of each; the sheet that auto-archiver's `gsheet_feeder_db` fills
(columns of its `GWorksheet`); the CSV that Atlos's `ExportController` writes. A position that
Atlos gives may be where the camera stood, and assigned people have names: neither is read out.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vallum.evidence.texts import decoded, from_html, member, plain
from vallum.ground.errors import BadInput

MOST_PIECES = 2_000
_MOST_PAGES = 100
_MOST_BYTES = 400 << 20
_MOST_PAGE = 8 << 20
_MOST_BODIES = 64 << 20
_MOST_MEMBERS = 1_000
_LEAST_CHARACTERS = 200
_SMALL, _CHUNK = 16 << 20, 1 << 16
_CUT = "it is cut short: only what came before was read"
_PAGES = {"text/html", "application/xhtml+xml"}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A page or row in an archive or export.

    Attributes:
        body: as it lies in there.
        media_type: of `body`.
        text: its words.
        title: heading; may name people.
        language: ISO 639.
        url: where it was published; may name people.
        archived_urls: where others have it.
        published: day, `YYYY-MM-DD`.
        captured: when the tool fetched it, ISO 8601 in UTC.
        sensitive: in the words of `Exhibit.sensitive`.
    """

    body: bytes
    media_type: str
    text: str
    title: str = ""
    language: str = ""
    url: str = ""
    archived_urls: tuple[str, ...] = ()
    published: str = ""
    captured: str = ""
    sensitive: tuple[str, ...] = ()


# -- WARC and WACZ ----------------------------------------------------------------------------


def pages_in_warc(content: bytes) -> tuple[list[Piece], list[str]]:
    """Return the pages of a WARC, and what a person should know.

    Raises:
        BadInput: it is no WARC, or is cut short.
    """
    notes = [] if _is_whole(content) else [_CUT]
    return _told(_pages(content, wanted={}), notes)


def pages_in_wacz(content: bytes) -> tuple[list[Piece], list[str]]:
    """Return the pages that a WACZ lists, out of all its WARCs, and what a person should know.

    Raises:
        BadInput: it is no WACZ, is under a password, or would unfold too far.
    """
    notes: list[str] = []
    found: list[tuple[Piece, bool | None]] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if len(names) > _MOST_MEMBERS:
            raise BadInput(f"{len(names)} parts, {_MOST_MEMBERS} at most; it was not opened")
        stated, titles = _stated(archive, names), _listed(archive, names)
        budget, n_wrong, n_cut = _MOST_BYTES, 0, 0
        for name in names:
            if not re.fullmatch(r"archive/[^/]+\.warc(?:\.gz)?", name):
                continue
            warc = member(archive, name, budget)
            budget -= len(warc)
            n_cut += not _is_whole(warc)
            n_wrong += name in stated and stated[name] != hashlib.sha256(warc).hexdigest()
            found += _pages(warc, wanted=titles)
    if n_wrong:
        notes.append(f"{n_wrong} of its WARCs are not those that its own list of hashes names")
    if n_cut:
        notes.append(_CUT)
    if not stated:
        notes.append("it has no list of hashes (datapackage.json)")
    return _told(found, notes)


def is_wacz(names: list[str]) -> bool:
    """Say whether the members of a ZIP are those of a WACZ."""
    return "datapackage.json" in names and any(name.startswith("archive/") for name in names)


def _stated(archive: zipfile.ZipFile, names: list[str]) -> dict[str, str]:
    """Return the SHA-256 of each member, as the WACZ itself states it."""
    if "datapackage.json" not in names:
        return {}
    try:
        resources = json.loads(member(archive, "datapackage.json", _SMALL))["resources"]
        return {
            str(one["path"]): str(one["hash"]).removeprefix("sha256:")
            for one in resources
            if str(one["hash"]).startswith("sha256:")
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def _listed(archive: zipfile.ZipFile, names: list[str]) -> dict[str, str]:
    """Return address and title of the pages that a person archived."""
    if "pages/pages.jsonl" not in names:
        return {}
    found: dict[str, str] = {}
    for line in member(archive, "pages/pages.jsonl", _SMALL).splitlines()[:10_000]:
        try:
            page = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(page, dict) and isinstance(page.get("url"), str):
            found[page["url"]] = str(page.get("title") or "")
    return found


def _pages(warc: bytes, wanted: Mapping[str, str]) -> Iterator[tuple[Piece, bool | None]]:
    """Yield pages with whether their digest is right; None where none is stated."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    n_bytes = 0
    try:
        for record in ArchiveIterator(io.BytesIO(warc), check_digests=True):
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            if record.rec_type not in {"response", "resource"} or (wanted and url not in wanted):
                continue
            if not _is_page(record):
                continue
            body = record.content_stream().read(_MOST_PAGE)
            n_bytes += len(body)
            if n_bytes > _MOST_BODIES:
                return
            piece = _page(body, url, record.rec_headers.get_header("WARC-Date") or "", wanted)
            if piece is not None:
                yield piece, record.digest_checker.passed
    except (ArchiveLoadFailed, zlib.error, EOFError, ValueError, AttributeError) as error:
        raise BadInput(
            f"this archive cannot be read to its end ({str(error)[:120]}); nothing was taken"
        ) from error


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    if record.rec_type == "response" and headers is not None:
        status = str(headers.get_statuscode())
        kind = headers.get_header("Content-Type") or ""
        return status.startswith("2") and kind.split(";")[0].strip().lower() in _PAGES
    kind = record.rec_headers.get_header("Content-Type") or ""
    return record.rec_type == "resource" and kind.split(";")[0].strip().lower() in _PAGES


def _page(body: bytes, url: str, when: str, titles: Mapping[str, str]) -> Piece | None:
    try:
        words = from_html(body)
    except BadInput:
        return None
    if len(words.text) < _LEAST_CHARACTERS and url not in titles:
        return None
    return Piece(
        body=body,
        media_type="text/html",
        text=words.text,
        title=words.title or titles.get(url, "")[:300],
        language=words.language,
        url=url,
        published=words.published,
        captured=_utc(when),
    )


def _told(
    found: Iterator[tuple[Piece, bool | None]] | list[tuple[Piece, bool | None]], notes: list[str]
) -> tuple[list[Piece], list[str]]:
    pieces: list[Piece] = []
    seen: set[bytes] = set()
    n_wrong = 0
    for piece, is_right in found:
        n_wrong += is_right is False
        if piece.body in seen:
            continue
        seen.add(piece.body)
        if len(pieces) == _MOST_PAGES:
            notes.append(f"only the first {_MOST_PAGES} pages were read out")
            break
        pieces.append(piece)
    if n_wrong:
        notes.append(f"{n_wrong} pages in it do not fit the digest stated for them")
    if not pieces:
        notes.append("no page with a text in it")
    return pieces, notes


def _is_whole(warc: bytes) -> bool:
    """Say whether a WARC ends as its last record should.

    Raises:
        BadInput: it unfolds without end.
    """
    if not warc.startswith(b"\x1f\x8b"):
        return warc.endswith(b"\r\n\r\n")
    at, n_bytes, unpacker = 0, 0, None
    while at < len(warc):
        unpacker = unpacker or zlib.decompressobj(wbits=31)
        packed = warc[at : at + _CHUNK]
        at += len(packed)
        try:
            while packed and not unpacker.eof:
                n_bytes += len(unpacker.decompress(packed, _SMALL))
                packed = unpacker.unconsumed_tail
                if n_bytes > _MOST_BYTES:
                    raise BadInput("this archive unfolds to more than 400 MB; it was not opened")
        except zlib.error:
            return False
        if unpacker.eof:
            at -= len(unpacker.unused_data)
            unpacker = None
    return unpacker is None


def is_warc(content: bytes) -> bool:
    """Say whether bytes begin like a WARC, packed or not."""
    if content.startswith(b"WARC/"):
        return True
    if not content.startswith(b"\x1f\x8b"):
        return False
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(content[: 1 << 20])).read(5) == b"WARC/"
    except (OSError, EOFError, zlib.error):
        return False


# -- exports ----------------------------------------------------------------------------------

_AUTO_ARCHIVER = {"link", "archive status"}
_ATLOS = {"slug", "description", "sensitive"}
# Atlos's words for what is in a thing, and ours.
_SENSITIVE = {
    "personal information visible": "personal information visible",
    "graphic violence": "graphic violence",
    "deleted by source": "deleted by source",
    "deceptive or misleading": "misleading",
}
# What a person wrote about a thing; no position, no assigned people, no tags of the tool.
_ATLOS_WORDS = ("description", "more_info")


def rows_of(table: str) -> tuple[str, list[Piece]]:
    """Return which tool wrote a table (`auto_archiver`, `atlos`, or "") and its rows.

    Raises:
        BadInput: it is such a table, but cannot be read.
    """
    csv.field_size_limit(10_000_000)
    lines = csv.reader(io.StringIO(table))
    try:
        heads = [head.strip().lower() for head in next(lines, [])]
        tool = _tool_of(set(heads))
        if not tool:
            return "", []
        read = _from_auto_archiver if tool == "auto_archiver" else _from_atlos
        pieces: list[Piece] = []
        for line in lines:
            row = {head: cell.strip() for head, cell in zip(heads, line, strict=False) if head}
            piece = read(row) if any(row.values()) else None
            pieces += [piece] if piece is not None else []
            if len(pieces) == MOST_PIECES:
                break
        return tool, pieces
    except csv.Error as error:
        raise BadInput(f"this table cannot be read ({error}); nothing was taken") from error


def _tool_of(heads: set[str]) -> str:
    if heads >= _AUTO_ARCHIVER:
        return "auto_archiver"
    return "atlos" if heads >= _ATLOS else ""


def _from_auto_archiver(row: Mapping[str, str]) -> Piece | None:
    status = row.get("archive status", "").lower()
    if not row.get("link") or "fail" in status or "nothing archived" in status:
        return None
    archived = [row.get(name, "") for name in ("archive location", "wacz", "replaywebpage")]
    return Piece(
        body=_as_json(row),
        media_type="application/json",
        text=plain(row.get("text content", "")),
        title=plain(row.get("upload title", ""))[:300],
        url=_address(row["link"]),
        archived_urls=tuple(filter(None, map(_address, archived))),
        published=_utc(row.get("upload timestamp", ""))[:10],
        captured=_utc(row.get("archive date", "")),
    )


def _from_atlos(row: Mapping[str, str]) -> Piece | None:
    words = [_unescaped(row.get(name, "")) for name in _ATLOS_WORDS]
    sources = [
        _address(_unescaped(row[name]))
        for name in sorted(row, key=lambda head: (len(head), head))
        if re.fullmatch(r"source_\d+|urls?", name)
    ]
    sources = [one for one in sources if one]
    terms = {term.strip().lower() for term in row.get("sensitive", "").split(",")}
    if not any(words) and not sources:
        return None
    return Piece(
        body=_as_json(row),
        media_type="application/json",
        text=plain("\n\n".join(word for word in words if word)),
        title=plain(_unescaped(row.get("slug", "")))[:80],
        url=sources[0] if sources else "",
        archived_urls=tuple(sources[1:]),
        sensitive=tuple(sorted(_SENSITIVE[term] for term in terms & set(_SENSITIVE))),
    )


def _unescaped(cell: str) -> str:
    """Return a cell without the quote that Atlos writes before what a table would compute."""
    return cell[1:] if re.match(r"'[=+@\-\t]", cell) else cell


def _address(cell: str) -> str:
    found = re.search(r"https?://[^\s\"'<>,]{1,2000}", cell)
    return found.group() if found else ""


def _as_json(row: Mapping[str, str]) -> bytes:
    return json.dumps(dict(row), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _utc(text: str) -> str:
    """Return a time in UTC as ISO 8601, or nothing where it cannot be read."""
    text = text.strip().replace("Z", "+00:00")
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return ""
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return when.astimezone(UTC).isoformat(timespec="seconds")


def text_of_table(content: bytes) -> str:
    """Return a table as text, as it was saved."""
    return decoded(content)
