"""The papers of a delivery: small text files beside the images, read by what they hold.

Runs in the limited process only. Names of files are believed for nothing but finding what a paper
refers to: people rename things, and what a paper is shows in its first lines.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from vallum.ground.formats import xml
from vallum.imagery import stated

IMAGES = frozenset(
    {".tif", ".tiff", ".gtiff", ".cog", ".vrt", ".jp2", ".j2k", ".img", ".ntf", ".nitf", ".ecw"}
    | {".sid"}
)
PICTURES = frozenset({".png", ".jpg", ".jpeg"})
SHAPES = frozenset({".shp", ".geojson", ".kml", ".gml"})
_TEXTS = frozenset({".imd", ".til", ".rpb", ".txt", ".md"})
_XML = frozenset({".xml", ".dim", ".gml"})
_JSON = frozenset({".json", ".geojson"})
_PAPER_BYTES = 32 << 20
_MOST_FILES = 200_000
_ODD_SUFFIX = re.compile(r"\.(?:xml|json|txt|imd|til|rpb)\.?\d*$", re.IGNORECASE)


@dataclass(kw_only=True)
class Folder:
    """All files that were given, with the papers among them as they parse.

    Attributes:
        files: every file, sorted.
        problems: a line for every paper that is broken.
        claimed: files that some delivery speaks of.
        at: the paper that a reader is at, so that an odd one can be named and left out.
    """

    files: tuple[Path, ...]
    problems: list[str] = field(default_factory=list)
    claimed: set[Path] = field(default_factory=set)
    at: Path | None = None

    @cached_property
    def xml(self) -> dict[Path, Any]:
        """XML papers: root elements by path."""
        return dict(self._read(_XML, self._xml))

    @cached_property
    def json(self) -> dict[Path, Any]:
        """JSON papers by path."""
        return dict(self._read(_JSON, self._json))

    @cached_property
    def text(self) -> dict[Path, str]:
        """Plain text papers by path."""
        return dict(self._read(_TEXTS, lambda _path, data: data.decode("utf-8", "replace")))

    @cached_property
    def images(self) -> tuple[Path, ...]:
        """Files that look like images by their suffix."""
        return tuple(path for path in self.files if path.suffix.lower() in IMAGES)

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        names: dict[str, list[Path]] = {}
        for path in self.files:
            names.setdefault(path.name.lower(), []).append(path)
        return names

    def find(self, paper: Path, name: str) -> Path | None:
        """Return the file that a paper calls `name`; the nearest where several have that name.

        Case and folders may differ from what the paper says: archives are unpacked flat.
        """
        wanted = re.split(r"[\\/]", name.strip())
        options = self._by_name.get(wanted[-1].lower(), [])

        def fit(path: Path) -> tuple[int, int, str]:
            agree = 0
            for mine, theirs in zip(reversed(path.parts), reversed(wanted), strict=False):
                if mine.lower() != theirs.lower():
                    break
                agree += 1
            return -agree, -_common(path, paper), str(path)

        return min((o for o in options if _common(o, paper)), key=fit, default=None)

    def beside(self, paper: Path, suffixes: Iterable[str] = IMAGES) -> list[Path]:
        """Return files of these kinds in the folder of a paper that nobody claimed."""
        kinds = set(suffixes)
        return [
            path
            for path in self.files
            if path.parent == paper.parent
            and path.suffix.lower() in kinds
            and path not in self.claimed
        ]

    def drop(self, paper: Path) -> None:
        """Read a paper no more: it says something that no reader understands."""
        for papers in (self.xml, self.json, self.text):
            papers.pop(paper, None)

    def _read(self, suffixes: frozenset[str], parse: Any) -> Iterator[tuple[Path, Any]]:
        for path in self.files:
            odd = _ODD_SUFFIX.search(path.name)
            suffix = "." + odd[0].split(".")[1].lower() if odd else path.suffix.lower()
            if suffix not in suffixes:
                continue
            try:
                if path.stat().st_size > _PAPER_BYTES:
                    self.problems.append(
                        f"{path.name}: too large for a paper of a delivery; ignored"
                    )
                    continue
                data = path.read_bytes()
            except OSError as error:
                self.problems.append(
                    f"{path.name}: cannot be read ({error.strerror}); check who may read it"
                )
                continue
            found = parse(path, data)
            if found is not None:
                yield path, found

    def _xml(self, path: Path, data: bytes) -> Any:
        typed = (
            f"{path.name}: declares a document type, which no delivery needs; not read, fetch "
            "the delivery again"
        )
        if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
            self.problems.append(typed)
            return None
        try:
            root = etree.fromstring(data, xml.parser())
        except (etree.XMLSyntaxError, ValueError, LookupError) as error:
            line = getattr(error, "lineno", None)
            where = f" at line {line}" if line else ""
            self.problems.append(
                f"{path.name}: is broken XML{where} and says nothing; fetch it again"
            )
            return None
        if root.getroottree().docinfo.doctype:  # in an encoding that hides the word
            self.problems.append(typed)
            return None
        return root

    def _json(self, path: Path, data: bytes) -> Any:
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            # What it stands beside may need it, so its absence is said there too.
            self.problems.append(f"{path.name}: is no valid JSON and was ignored; fetch it again")
            return None


def _common(one: Path, other: Path) -> int:
    """Return how many folders two paths share, from the root down."""
    n = 0
    for mine, theirs in zip(one.parts[:-1], other.parts[:-1], strict=False):
        if mine != theirs:
            break
        n += 1
    return n


def gather(paths: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Return the regular files in folders, and lines on what was passed over."""
    found: set[Path] = set()
    problems: list[str] = []
    for path in paths:
        if path.is_file():
            found.add(path)
            continue
        links: list[str] = []
        for file in path.rglob("*"):
            if any(part.startswith(".") for part in file.relative_to(path).parts):
                continue
            if file.is_symlink():
                links.append(file.name)
                continue
            if not file.is_file():
                continue
            found.add(file)
            if len(found) > _MOST_FILES:
                problems.append(f"{path.name}: more than {_MOST_FILES:,} files; give smaller parts")
                return sorted(found), problems
        if links:
            problems.append(_not_followed(sorted(links)))
    return sorted(found), problems


def _not_followed(links: list[str]) -> str:
    """Return the line about links in a folder: they may lead to any file of this computer."""
    names = ", ".join(stated.words(name, 80) for name in links[:3])
    more = f" and {len(links) - 3} more" if len(links) > 3 else ""
    return f"{names}{more}: a link to elsewhere, not followed; add the file it leads to by its path"


# -- reading values -------------------------------------------------------------------------


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def every(root: Any, *names: str) -> Iterator[Any]:
    """Yield elements anywhere below `root` that have one of these names."""
    wanted = set(names)
    return (element for element in root.iter() if local(element) in wanted)


def value(root: Any, path: str) -> str:
    """Return the text of the first element found by names like `A/B/C`; empty if none.

    The first name may lie anywhere below `root`, each following one directly in the one before.
    """
    first, *rest = path.split("/")
    for element in every(root, first):
        at = element
        for name in rest:
            at = next((child for child in at if local(child) == name), None)
            if at is None:
                break
        if at is not None and at.text and at.text.strip():
            return stated.words(at.text, 400)
    return ""


def number(text: object, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a number from `low` to `high`, or NaN."""
    try:
        found = float(str(text).strip().strip('";'))
    except ValueError:
        return math.nan
    return found if low <= found <= high else math.nan


def moment(text: object) -> str:
    """Return a moment as ISO text in UTC, to the microsecond; empty if it is none."""
    plain = str(text or "").strip().strip('";').strip()
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        return ""
    if len(plain) <= 10:  # a day without a time
        return ""
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC).isoformat()
    except OverflowError:
        return ""


def year_of(taken_at: str) -> str:
    """Return the year of an ISO moment or day, for a line of credit."""
    return taken_at[:4]


def groups(text: str) -> dict[str, Any]:
    """Return `key = value;` text with `BEGIN_GROUP`/`GROUP` blocks as nested dictionaries.

    Read are `.IMD`, `.TIL` and `.RPB` of Maxar and `_MTL.txt` of Landsat. Lists in brackets over
    several lines become text with commas. Quotes are taken off.
    """
    root: dict[str, Any] = {}
    stack = [root]
    for key, said in _statements(text):
        if key in {"BEGIN_GROUP", "GROUP"}:
            inner: dict[str, Any] = {}
            stack[-1].setdefault(said, inner)
            stack.append(inner)
        elif key == "END_GROUP":
            if len(stack) > 1:
                stack.pop()
        elif len(stack) < 20:
            stack[-1].setdefault(key, said)
    return root


def _statements(text: str) -> Iterator[tuple[str, str]]:
    held = ""
    for line in text.splitlines():
        held = f"{held} {line.strip()}" if held else line.strip()
        if held.count("(") > held.count(")") and len(held) < 100_000:
            continue
        key, sign, said = held.partition("=")
        held = ""
        if sign:
            yield key.strip(), said.strip().rstrip(";").strip().strip('"')


def flat(tree: Mapping[str, Any]) -> dict[str, str]:
    """Return the leaves of nested groups by their own names, the first of each."""
    found: dict[str, str] = {}
    for key, said in tree.items():
        if isinstance(said, dict):
            for name, leaf in flat(said).items():
                found.setdefault(name, leaf)
        else:
            found.setdefault(key, str(said))
    return found


def tiff_size(path: Path) -> tuple[int, int] | None:
    """Return columns and rows of a TIFF from its first directory alone; None if it has none."""
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
            order = {b"II": "<", b"MM": ">"}.get(head[:2])
            if order is None or struct.unpack(f"{order}H", head[2:4])[0] not in {42, 43}:
                return None
            is_big = struct.unpack(f"{order}H", head[2:4])[0] == 43
            at = struct.unpack(
                f"{order}{'Q' if is_big else 'I'}", head[8:16] if is_big else head[4:8]
            )
            stream.seek(at[0])
            (n_tags,) = struct.unpack(
                f"{order}{'Q' if is_big else 'H'}", stream.read(8 if is_big else 2)
            )
            entry = 20 if is_big else 12
            table = stream.read(entry * min(n_tags, 200))
    except (OSError, struct.error, OverflowError):
        return None
    found = {}
    for start in range(0, len(table) - entry + 1, entry):
        tag, kind = struct.unpack_from(f"{order}HH", table, start)
        if tag in {256, 257}:
            form = "H" if kind == 3 else "I"
            (found[tag],) = struct.unpack_from(
                f"{order}{form}", table, start + entry - (8 if is_big else 4)
            )
    return (found[256], found[257]) if len(found) == 2 else None
