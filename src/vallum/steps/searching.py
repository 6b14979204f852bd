"""The search of a publication before it appears: whether anything is in it that must not leave.

Everything that is declared for the desk or nobody, on the rows about what was said, is a needle:
what nobody thought of is searched for as well. Not searched for: what vallum itself prints anyway,
and texts that lie in the vault, for they cannot be read here.
"""

from __future__ import annotations

import base64
import calendar
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from vallum import __version__
from vallum.evidence.redact import STATEMENT
from vallum.evidence.release import Telling
from vallum.evidence.sweep import sweep
from vallum.ground import visibility
from vallum.ground.errors import NotThere, WouldLeak
from vallum.ground.records import (
    Analyst,
    Claim,
    Custody,
    Exhibit,
    Level,
    Match,
    Remark,
    Row,
    Run,
    Scene,
    Sighting,
    Source,
    Verdict,
    field_notes,
)
from vallum.ground.told import Told
from vallum.project import Project, actor
from vallum.steps.papers import text_lies, text_of

_KEPT: tuple[type[Row], ...] = (Exhibit, Source, Claim, Match, Custody, Remark, Analyst)
_NAMES: dict[type[Row], tuple[str, ...]] = {
    Analyst: ("name",),
    Verdict: ("analyst",),
    Sighting: ("analyst",),
    Remark: ("analyst",),
    Run: ("actor",),
    Exhibit: ("collected_by", "cleared_by"),
    Claim: ("approved_by",),
    Match: ("by",),
    Custody: ("by",),
}
_HASHES = frozenset(
    {
        "sha256",
        "vault_sha256",
        "key_sha256",
        "invite_sha256",
        "commitment",
        "copy_sha256",
        "mask_sha256",
    }
)
_LEAST_NAME, _LEAST_TEXT, _LEAST_NAMED, _LONGEST, _HASH_PART = 4, 8, 12, 60, 16
_MOST_TOLD = 5
_READABLE = (".py", ".j2", ".css", ".js", ".typ", ".po")
_INNER = ("figures", "messages", "templates")
_OF_FORMATS = """
    identity identity-h adobe catalog metadata producer creator creation-date modification document
    structure section article language encoding descriptor fontdescriptor description properties
    collection attachment embedded parquet arrow pandas columns created_by compression uncompressed
    dictionary statistics geometry primary_column bbox covering typst
"""
"""Words that PDF, Parquet and STAC are made of; they stand in every such file."""
_NUMBERED = re.compile(r" #\d+\Z")
Needle = tuple[str, str]
"""Kind and text."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What must not be in a publication.

    Attributes:
        needles: text by label, in all spellings.
        names: short texts by label, as whole words.
        phrases: texts of which no few words in a row may be borrowed.
    """

    needles: dict[str, str]
    names: dict[str, str]
    phrases: tuple[str, ...]


def search(project: Project, draft: Path, telling: Telling, level: Level) -> None:
    """Search the draft of a publication for what must not leave.

    Args:
        project: whose rows must not be in it.
        draft: the folder.
        telling: what it is meant to tell.
        level: who reads it.

    Raises:
        WouldLeak: something was found, or a file could not be looked into. The message names
            files and kinds, never what was found.
    """
    known = secrets_of(project, telling.told, level)
    scan = sweep(
        draft,
        known.needles,
        names=known.names,
        phrases=known.phrases,
        printed=[*(text for one in telling.told for text in _printed_of(one)), *_packaged_words()],
    )
    if scan.is_clean:
        return
    found = Counter((leak.file, _NUMBERED.sub("", leak.needle)) for leak in scan.leaks)
    told = [f"{file}: {kind}" for file, kind in sorted(found)]
    told += [f"{file}: {why}" for file, why in scan.unread]
    more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    raise WouldLeak(
        f"what must not leave is in what was about to be published: {'; '.join(told[:_MOST_TOLD])}"
        f"{more}. Nothing was published; look where those words stand in names, credits and "
        "settings of the project, change them and publish again"
    )


def _packaged_words() -> Iterator[str]:
    """Yield sentences of vallum's own table of what images show; reasons of matches quote it."""
    for limit in visibility.thresholds().values():
        yield from (limit.caution, limit.source)


def _printed_of(one: Told) -> tuple[str, ...]:
    """Return what stands in a publication of a claim: its sentence, and its fields in a row.

    The desk's wording is made of the same fields in the same order, where nobody wrote another.
    """
    fields_of = (one.subject.label, one.change or "", one.modality.label, one.quantity)
    return one.says, one.who, one.why, " ".join(fields_of)


def secrets_of(project: Project, told: Sequence[Told], level: Level) -> Secrets:
    """Return what must not be in a publication of a project that tells `told`."""
    rows = [row for cls in _KEPT for row in project.rows(cls) if _is_kept(row)]
    scenes = project.rows(Scene) if level is Level.PUBLIC else []
    printed = _printed_anyway(project, told, scenes)
    needles = [
        *(
            needle
            for scene in scenes
            for needle in _fields(scene)
            if len(needle[1]) >= _LEAST_NAMED
        ),
        *_ids(rows),
        *(needle for row in rows for needle in _fields(row)),
        *_quotations(project, rows),
        *_places(project, rows),
        *_paths(project),
    ]
    names = list(dict.fromkeys(_names(project))) if level is Level.PUBLIC else []
    needles += [needle for needle in names if len(needle[1]) >= _LEAST_TEXT]
    texts = [text for kind, text in needles if kind != "file name" and " " in text.strip()]
    texts += [_text(project, row) for row in rows if isinstance(row, Exhibit)]
    short = [(kind, text[:_LONGEST]) for kind, text in needles if len(text) >= _LEAST_TEXT]
    names = [(kind, name) for kind, name in names if len(name) >= _LEAST_NAME]
    return Secrets(
        needles=_labelled(one for one in short if one[1].casefold() not in printed),
        names=_labelled(one for one in names if not _word(one[1], printed)),
        phrases=tuple(filter(None, texts)),
    )


def _is_kept(row: Row) -> bool:
    return not isinstance(row, Exhibit) or row.role == STATEMENT


def _labelled(needles: Iterable[Needle]) -> dict[str, str]:
    kinds = {text: kind for kind, text in needles}
    return {f"{kind} #{n}": text for n, (text, kind) in enumerate(kinds.items(), start=1)}


# -- needles ----------------------------------------------------------------------------------


def _ids(rows: Iterable[Row]) -> Iterator[Needle]:
    for row in rows:
        prefix, _, random = row.id.partition("-")
        yield f"id of a {prefix}", random


def _fields(row: Row) -> Iterator[Needle]:
    """Yield every text of a row that is not declared public."""
    agreed = {"described_as", "name"} if isinstance(row, Source) else set()
    for entry in fields(row):
        value = getattr(row, entry.name)
        is_open = field_notes(entry)[0] is Level.PUBLIC or entry.metadata.get("refers")
        if is_open or entry.name in agreed:
            continue
        kind = f"{entry.name.replace('_', ' ')} of a {row.kind().lower()}"
        for text in value if isinstance(value, tuple) else (value,):
            if not isinstance(text, str) or isinstance(text, StrEnum):
                continue
            if entry.name in _HASHES:
                yield from _hashes(kind, text)
            else:
                yield kind, text


def _hashes(kind: str, text: str) -> Iterator[Needle]:
    yield kind, text[:_HASH_PART]
    try:
        yield kind, base64.b64encode(bytes.fromhex(text)).decode()[:_HASH_PART]
    except ValueError:
        return


def _quotations(project: Project, rows: Iterable[Row]) -> Iterator[Needle]:
    texts: dict[str, str] = {}
    papers = {row.id: row for row in rows if isinstance(row, Exhibit)}
    for claim in (row for row in rows if isinstance(row, Claim)):
        for part in (*claim.places, *claim.dates):
            yield (
                "words of a source",
                getattr(part, "as_stated", "") or getattr(part, "expression", ""),
            )
        if claim.exhibit in papers and claim.start >= 0:
            if claim.exhibit not in texts:
                texts[claim.exhibit] = _text(project, papers[claim.exhibit])
            yield "quotation", " ".join(texts[claim.exhibit][claim.start : claim.end].split())


def _text(project: Project, exhibit: Exhibit) -> str:
    if text_lies(project, exhibit) != "open":
        return ""
    try:
        return text_of(project, exhibit)
    except NotThere:
        return ""


def _places(project: Project, rows: Sequence[Row]) -> Iterator[Needle]:
    """Yield positions of what protected sources spoke of."""
    risky = {row.id for row in rows if isinstance(row, Source) and row.risk.is_protected}
    risky |= {row.code for row in rows if isinstance(row, Source) and row.id in risky}
    papers = {row.id for row in rows if isinstance(row, Exhibit) and row.source in risky}
    for claim in (row for row in rows if isinstance(row, Claim) and row.exhibit in papers):
        for span in claim.spans:
            point = project.frontier.point_at(span.middle_m)
            for text in _pairs(point.x, point.y):
                yield "place of a protected source", text


def _pairs(lon: float, lat: float) -> Iterator[str]:
    """Yield a position as programs write it; one number of it alone is found by chance."""
    for form in ("{:.6f}", "{!r}"):
        x, y = (form.format(round(value, 6)) for value in (lon, lat))
        for between in (",", ", ", " "):
            yield f"{x}{between}{y}"
            yield f"{y}{between}{x}"


def _paths(project: Project) -> Iterator[Needle]:
    for folder in (project.root, project.root.resolve()):
        yield "path of the project", str(folder)
    yield "path of the vault", project.config.vault.folder
    yield "path of the home folder", str(Path.home())


def _names(project: Project) -> Iterator[Needle]:
    yield "login name", actor()
    for cls, names in _NAMES.items():
        for row in project.rows(cls):
            for name in names:
                yield "name of a person at the desk", getattr(row, name)


# -- what is printed anyway ---------------------------------------------------------------------


def _printed_anyway(project: Project, told: Sequence[Told], scenes: Iterable[Scene]) -> str:
    """Return, in lower case, what vallum prints by itself, or because it was asked to."""
    config, line = project.config, project.frontier
    words = (line.name, line.title, line.source, line.licence, line.credit, line.start, line.end)
    own = [*words, line.left, line.right, config.name, config.publish.desk, f"vallum {__version__}"]
    own += [f"{row.credit} {row.licence} {row.sensor} {row.taken_from}" for row in scenes]
    own += [text for one in told for text in (one.says, one.who, one.where, one.when, one.why)]
    own += [f"{row.credit} {row.licence}" for row in project.rows(Exhibit) if not _is_kept(row)]
    return "\n".join([*own, _OF_FORMATS, _vocabulary()]).casefold()


@cache
def _vocabulary() -> str:
    """Return the sources of the report: all words that it can print by itself are in them."""
    room = resources.files("vallum") / "report"
    pages = [*room.iterdir(), *(page for name in _INNER for page in (room / name).iterdir())]
    texts = [page.read_text("utf-8") for page in pages if page.name.endswith(_READABLE)]
    return "\n".join([*texts, *calendar.month_name])


def _word(name: str, printed: str) -> bool:
    """Say whether a name is a word that is printed anyway."""
    text = name.casefold()
    at = printed.find(text)
    while at >= 0:
        beside = printed[at - 1 : at] + printed[at + len(text) : at + len(text) + 1]
        if not any(letter.isalnum() for letter in beside):
            return True
        at = printed.find(text, at + 1)
    return False
