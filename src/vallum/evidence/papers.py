"""What a file is, and a working copy of it: its words as a new text, or its pixels as a new PNG.

What it is follows from its bytes, never from its name; the name only tells tables and Markdown
from other text. Nothing of the file goes into the copy but words or pixels. When a photograph was
taken and where the camera stood is read out for the desk; the position must go into the vault.

There is no working copy of video, sound, old Word files, pictures of iPhones (HEIC) and whatever
is not known; they are kept, and that is said.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from vallum.evidence import archives, courier, texts
from vallum.evidence.archives import Piece
from vallum.evidence.bare import extras_of
from vallum.evidence.texts import Words
from vallum.ground.errors import BadImage, BadInput, WorkerFailed
from vallum.ground.saidkinds import Paper

LONGEST_PX = 4096
_HEAD = 4096
_MOST_NOTES, _MOST_LINE = 20, 300
_WALL_S = 240.0

# What vallum keeps without opening it: media type, what it is, and why there is no copy.
_VIDEO = "a video: kept, without a working copy; its metadata stays in the vault"
_SOUND = "sound: kept, without a working copy"
_OTHER = "kept, without a working copy: vallum cannot open "
_KEPT = {
    "video/mp4": (Paper.VIDEO, _VIDEO),
    "video/quicktime": (Paper.VIDEO, _VIDEO),
    "video/x-matroska": (Paper.VIDEO, _VIDEO),
    "video/x-msvideo": (Paper.VIDEO, _VIDEO),
    "video/mpeg": (Paper.VIDEO, _VIDEO),
    "video/x-flv": (Paper.VIDEO, _VIDEO),
    "audio/mp4": (Paper.DOCUMENT, _SOUND),
    "audio/mpeg": (Paper.DOCUMENT, _SOUND),
    "audio/wav": (Paper.DOCUMENT, _SOUND),
    "audio/ogg": (Paper.DOCUMENT, _SOUND),
    "audio/amr": (Paper.DOCUMENT, _SOUND),
    "image/heic": (Paper.PHOTO, f"{_OTHER}HEIC; save a copy as JPEG and give that too"),
    "image/avif": (Paper.PHOTO, f"{_OTHER}AVIF; save a copy as JPEG and give that too"),
    "image/gif": (Paper.PHOTO, f"{_OTHER}GIF; save a copy as PNG and give that too"),
    "application/msword": (Paper.DOCUMENT, f"{_OTHER}old Office files; save it as .docx too"),
    "application/rtf": (Paper.DOCUMENT, f"{_OTHER}RTF; save it as .docx too"),
    "application/age": (Paper.ARCHIVE, f"{_OTHER}what is locked with age"),
    "application/zip": (Paper.ARCHIVE, f"{_OTHER}ZIP files; unpack it and give the files in it"),
    "application/octet-stream": (Paper.DOCUMENT, f"{_OTHER}files of this kind"),
}
_IMAGES = {"image/jpeg", "image/png", "image/tiff", "image/webp"}
_READ = _IMAGES | {
    "text/plain", "text/markdown", "text/csv", "text/html", "multipart/related", "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/warc", "application/wacz",
}  # fmt: skip
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What a file is, and its working copy.

    Attributes:
        media_type: by its bytes.
        paper: what came in.
        text: working text; empty where there is none.
        picture: working picture, PNG; empty where there is none.
        pieces: pages or rows in it.
        tool: which tool wrote it: `auto_archiver`, `atlos`, `warc`, or "".
        title: heading, where the file has one.
        language: as the file says.
        published: day, as the page says.
        captured: when it was taken (EDTF, to the second); not a row's to hold for protected ones.
        captured_basis: how that is known.
        camera: latitude and longitude of the camera; for the vault only.
        looks: direction of the picture from true north and angle across it, in degrees, NaN where
            the file does not say; for the vault only.
        c2pa: whether content credentials lie in it.
        notes: what a person should know.
        sha256: of the bytes that were opened; empty when it was not opened.
    """

    media_type: str
    paper: Paper
    text: str = ""
    picture: bytes = b""
    pieces: tuple[Piece, ...] = ()
    tool: str = ""
    title: str = ""
    language: str = ""
    published: str = ""
    captured: str = ""
    captured_basis: str = ""
    camera: tuple[float, float] | None = None
    looks: tuple[float, float] = (math.nan, math.nan)
    c2pa: str = ""
    notes: tuple[str, ...] = ()
    sha256: str = ""


def opened(content: Path | bytes, *, name: str = "") -> Opened:
    """Say what a file is and return its working copy, made in the limited process.

    Args:
        content: a file, or bytes that are to lie on no disk.
        name: of the file; only its ending is looked at, and only for texts.

    Raises:
        BadInput: it is of a kind that is opened, but broken, locked or too large.
        WorkerFailed: the process that opened it died, or tried to pass on more than words.
    """
    head = content[:_HEAD] if isinstance(content, bytes) else _head(content)
    if not head:
        raise BadInput("the file is empty; nothing was taken")
    kind = sniffed(head)
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if kind in _KEPT and kind != "application/zip":
        return _kept(kind)
    if size > courier.MOST_BYTES:
        found = _kept(kind if kind in _KEPT else "application/octet-stream")
        return replace(found, notes=("larger than 200 MB: kept, without a working copy",))
    ending = Path(name).suffix.lower()
    answer = courier.ask(
        "vallum.evidence.papers:_open_here", content, ending=ending, wall_s=_WALL_S
    )
    return _checked(answer)


def sniffed(head: bytes) -> str:
    """Return the media type that the first bytes of a file tell; empty where they tell none."""
    for kind, test in _MAGIC.items():
        if test(head):
            return kind
    return ""


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(b"RIFF") and head[8:12] == kind


def _ftyp(*brands: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[4:8] == b"ftyp" and (not brands or head[8:12] in brands)


_MAGIC: dict[str, Callable[[bytes], bool]] = {
    "image/jpeg": _starts(b"\xff\xd8\xff"),
    "image/png": _starts(b"\x89PNG\r\n\x1a\n"),
    "image/webp": _riff(b"WEBP"),
    "image/gif": _starts(b"GIF8"),
    "image/tiff": _starts(b"II*\0", b"MM\0*"),
    "image/avif": _ftyp(b"avif", b"avis"),
    "image/heic": _ftyp(b"heic", b"heix", b"heif", b"mif1", b"msf1", b"hevc"),
    "audio/mp4": _ftyp(b"M4A ", b"M4B "),
    "video/quicktime": _ftyp(b"qt  "),
    "video/mp4": _ftyp(),
    "video/x-matroska": _starts(b"\x1a\x45\xdf\xa3"),
    "video/x-msvideo": _riff(b"AVI "),
    "video/mpeg": _starts(b"\0\0\1\xba", b"\0\0\1\xb3"),
    "video/x-flv": _starts(b"FLV\1"),
    "audio/wav": _riff(b"WAVE"),
    "audio/mpeg": _starts(b"ID3", b"\xff\xfb", b"\xff\xf3"),
    "audio/ogg": _starts(b"OggS"),
    "audio/amr": _starts(b"#!AMR"),
    "application/msword": _starts(b"\xd0\xcf\x11\xe0"),
    "application/rtf": _starts(b"{\\rtf"),
    "application/age": _starts(b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----"),
    "application/zip": _starts(b"PK\3\4", b"PK\5\6"),
    "application/warc": _starts(b"WARC/"),
    "application/pdf": lambda head: b"%PDF-" in head[:1024],
}


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(_HEAD)


def _kept(kind: str) -> Opened:
    paper, why = _KEPT[kind]
    return Opened(media_type=kind, paper=paper, notes=(why,))


# -- the answer, which nobody trusts ----------------------------------------------------------

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NO_MORE = "what came back is more than words or pixels; nothing was taken, do not use this file"


def _checked(answer: courier.Answer) -> Opened:
    """Return what the process says that it found, if it can be that."""
    told, bodies = dict(answer.told), list(answer.bodies)
    try:
        picture = bodies.pop(0)
        pieces = tuple(
            Piece(
                body=bodies.pop(0),
                archived_urls=tuple(map(_line, one.pop("archived_urls"))),
                sensitive=tuple(map(_line, one.pop("sensitive"))),
                text=_words(one.pop("text")),
                **{name: _line(value) for name, value in one.items()},
            )
            for one in told.pop("pieces")[: archives.MOST_PIECES]
        )
        camera, looks = told.pop("camera"), told.pop("looks", (None, None))
        found = Opened(
            picture=picture,
            pieces=pieces,
            text=_words(told.pop("text")),
            paper=Paper(told.pop("paper")),
            camera=None if camera is None else (float(camera[0]), float(camera[1])),
            looks=(_number(looks[0]), _number(looks[1])),
            notes=tuple(map(_line, told.pop("notes")[:_MOST_NOTES])),
            sha256=answer.sha256,
            **{name: _line(value) for name, value in told.items()},
        )
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise WorkerFailed(_NO_MORE) from error
    extras = extras_of(picture) if picture else ()
    if extras or found.media_type not in _READ | set(_KEPT):
        raise WorkerFailed(_NO_MORE)
    return found


def _line(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return " ".join(_CONTROL.sub(" ", value).split())[: 10 * _MOST_LINE]


def _number(value: object) -> float:
    if value is None:
        return math.nan
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError("not a number")
    return float(value)


def _words(value: object) -> str:
    if not isinstance(value, str) or len(value) > texts.MOST_CHARACTERS:
        raise TypeError("not a text")
    return _CONTROL.sub("", value)


# -- in the limited process -------------------------------------------------------------------


def _open_here(content: bytes, ending: str) -> tuple[dict[str, Any], list[bytes]]:
    """Open it; runs in the limited process."""
    found = _found(content, ending)
    told = {
        "media_type": found.media_type, "paper": str(found.paper), "text": found.text,
        "tool": found.tool, "title": found.title, "language": found.language,
        "published": found.published, "captured": found.captured,
        "captured_basis": found.captured_basis, "camera": found.camera, "c2pa": found.c2pa,
        "looks": [None if math.isnan(one) else one for one in found.looks],
        "notes": list(found.notes),
        "pieces": [
            {
                "media_type": one.media_type, "text": one.text, "title": one.title,
                "language": one.language, "url": one.url, "published": one.published,
                "captured": one.captured, "archived_urls": list(one.archived_urls),
                "sensitive": list(one.sensitive),
            }
            for one in found.pieces
        ],
    }  # fmt: skip
    return told, [found.picture, *(one.body for one in found.pieces)]


def _found(content: bytes, ending: str) -> Opened:
    kind = sniffed(content[:_HEAD])
    if kind in _IMAGES:
        return _photo(content, kind)
    if kind == "application/pdf":
        return _document(texts.from_pdf(content), kind)
    if archives.is_warc(content):
        pieces, notes = archives.pages_in_warc(content)
        return _archive("application/warc", pieces, notes)
    if kind == "application/zip":
        return _zipped(content)
    if kind:
        return _kept(kind)
    return _text(content, ending)


def _zipped(content: bytes) -> Opened:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
        if archives.is_wacz(names):
            return _archive("application/wacz", *archives.pages_in_wacz(content))
        if "word/document.xml" in names:
            return _document(texts.from_docx(content), _DOCX)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadInput(
            f"this file is broken or locked ({error!s:.120}); nothing was taken"
        ) from error
    return _kept("application/zip")


def _archive(kind: str, pieces: list[Piece], notes: list[str]) -> Opened:
    return Opened(
        media_type=kind, paper=Paper.ARCHIVE, pieces=tuple(pieces), notes=tuple(notes), tool="warc"
    )


_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|meta|title|div|p)[\s>]", re.I)
_BINARY = 0.1


def _text(content: bytes, ending: str) -> Opened:
    head = content[:_HEAD].lstrip()
    if re.search(rb"^MIME-Version:", head, re.M | re.I) and b"multipart/related" in head:
        return _document(texts.from_mhtml(content), "multipart/related", Paper.ARTICLE)
    if _HTML.search(head) and head.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
        return _document(texts.from_html(content), "text/html", Paper.ARTICLE)
    try:
        letters = texts.decoded(content)
    except BadInput:
        return _kept("application/octet-stream")
    n_odd = sum(char < " " and char not in "\t\n\r\f\v" for char in letters[:_HEAD])
    if n_odd > _BINARY * len(letters[:_HEAD]):
        return _kept("application/octet-stream")
    if ending in {".csv", ".tsv"}:
        return _table(content, letters)
    if ending in {".md", ".markdown"}:
        return _document(Words(text=texts.plain(_unmarked(letters))), "text/markdown")
    return _document(Words(text=texts.plain(letters)), "text/plain")


def _table(content: bytes, letters: str) -> Opened:
    tool, pieces = archives.rows_of(letters)
    if tool:
        return Opened(media_type="text/csv", paper=Paper.TABLE, pieces=tuple(pieces), tool=tool)
    words = texts.from_table(content)
    return Opened(media_type="text/csv", paper=Paper.TABLE, text=words.text)


def _unmarked(text: str) -> str:
    """Return Markdown without its signs."""
    text = re.sub(r"!?\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)", r"\1", text)
    text = re.sub(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|>[ \t]?)", "", text, flags=re.M)
    return re.sub(r"(\*{1,3}|_{2,3})(?=\S)(.{1,2000}?)(?<=\S)\1", r"\2", text)


def _document(words: Words, kind: str, paper: Paper = Paper.DOCUMENT) -> Opened:
    if not words.text and not words.notes:
        words = replace(words, notes=("there is no text in it",))
    return Opened(
        media_type=kind, paper=paper, text=words.text, title=words.title,
        language=words.language, published=words.published, notes=words.notes,
    )  # fmt: skip


def _photo(content: bytes, kind: str) -> Opened:
    from PIL import Image

    from vallum.evidence.scrub import decoded

    try:
        pixels, n_left_out = decoded(courier.Named(content))  # these bytes lie on no disk
    except BadImage as error:
        why = str(error).removeprefix(f"{courier.Named.name}: ")
        raise BadImage(why.replace("nothing was written", "nothing was taken")) from error
    picture = Image.fromarray(pixels)
    picture.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG")
    captured, camera, looks = _of_camera(content)
    has_c2pa = b"c2pa" in content and (b"jumb" in content or kind == "image/png")
    notes = (f"{n_left_out} further pictures in it were left out of the copy",)
    return Opened(
        media_type=kind,
        paper=Paper.PHOTO,
        picture=out.getvalue(),
        captured=captured,
        captured_basis="time in the file's metadata, which anybody can change" if captured else "",
        camera=camera,
        looks=looks,
        c2pa="present, not checked" if has_c2pa else "absent",
        notes=notes if n_left_out else (),
    )


def _of_camera(content: bytes) -> tuple[str, tuple[float, float] | None, tuple[float, float]]:
    """Return when a photograph says it was taken (EDTF), where the camera stood, how it looked."""
    from PIL import Image

    from vallum.evidence.scrub import BROKEN

    try:
        with Image.open(io.BytesIO(content)) as image:
            exif = image.getexif()
            taken, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
            when = str(taken.get(0x9003) or exif.get(0x0132) or "").strip("\0 ")
            captured = ""
            if re.fullmatch(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d", when):
                at = datetime.strptime(when, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
                captured = at.isoformat()  # as the camera's clock said; it knows no zone
            return captured, _degrees(place), (_direction(place), _angle_across(taken))
    except BROKEN:  # the picture itself was read: its capture time is then not known
        return "", None, (math.nan, math.nan)


def _direction(place: dict[int, Any]) -> float:
    """Return the direction of the picture from true north; of magnetic north nothing is made."""
    try:
        turn = float(place[0x11])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return math.nan
    is_true = str(place.get(0x10, "T")).strip("\0 ").upper() == "T"
    return turn % 360.0 if is_true and math.isfinite(turn) else math.nan


def _angle_across(taken: dict[int, Any]) -> float:
    """Return the angle across the longer side, from the focal length on 35 mm film (36 mm wide)."""
    try:
        focal_mm = float(taken[0xA405])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return math.nan
    return math.degrees(2 * math.atan(18 / focal_mm)) if 3 < focal_mm < 3000 else math.nan


def _degrees(place: dict[int, Any]) -> tuple[float, float] | None:
    try:
        lat, lon = (
            sum(float(part) / 60**nth for nth, part in enumerate(place[tag])) for tag in (2, 4)
        )
        lat = -lat if str(place.get(1, "N")).upper().startswith("S") else lat
        lon = -lon if str(place.get(3, "E")).upper().startswith("W") else lon
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None
