"""What a repository asks for before it gives a DOI: CITATION.cff and the metadata of DataCite.

Names stand in them only where the settings hold them. Nothing is registered anywhere: these are
files to be handed in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vallum.report.book import SIMULATED, Book, Cite
from vallum.report.cite import cite, cited_of
from vallum.report.printing import day_text, length_text, stretch_text
from vallum.report.safe import clean
from vallum.report.tongue import say

CFF, DATACITE = "CITATION.cff", "datacite.json"
_NOBODY = "Authors not stated"
_KEYWORDS = ("border", "barrier", "satellite imagery", "change detection", "linear referencing")
_CITED = ("creators", "publisher", "identifiers", "doi", "url", "rightsList")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
Json = dict[str, Any]


def files(book: Book) -> dict[str, bytes]:
    """Return both files by their path in the publication."""
    return {CFF: _cff(book).encode(), DATACITE: _datacite(book)}


def doi_of(book: Book) -> str:
    """The DOI as a bare name, `10.1234/abc`; empty where none was reserved."""
    return _doi(book.cite_as)


def _doi(said: Cite) -> str:
    found = _DOI.search(said.doi)
    return found[0] if found else ""


def is_cited_so(said: Cite, folder_files: Mapping[str, bytes]) -> bool:
    """Say whether the files of a publication cite it as the settings say now.

    Args:
        said: the settings.
        folder_files: `CITATION.cff` and `datacite.json` by name, as they were published.
    """
    try:
        told = json.loads(folder_files[DATACITE])
        lines = folder_files[CFF].decode().splitlines()
    except (KeyError, ValueError):
        return False
    cited = _cited(said)
    has_contact = any(line.startswith("contact:") for line in lines)
    return (
        all(told.get(name) == cited.get(name) for name in _CITED)
        and has_contact == bool(said.contact)
        and all(line in lines for line in _contact(said))
    )


def _cited(said: Cite) -> Json:
    """What the settings alone decide of the metadata."""
    doi = _doi(said)
    told: Json = {
        "creators": [_creator(family, given) for family, given in _authors(said)],
        "publisher": {"name": said.publisher or "not stated"},
        "identifiers": [{"identifier": doi, "identifierType": "DOI"}] if doi else [],
    }
    if doi:
        told["doi"] = doi
    if said.url:
        told["url"] = said.url
    if said.licence:
        told["rightsList"] = [_rights(said.licence)]
    return told


def _contact(said: Cite) -> list[str]:
    """The lines of CITATION.cff that say where mistakes are reported; none without an address."""
    if not said.contact:
        return []
    key = "email" if "@" in said.contact and " " not in said.contact else "address"
    return [
        "contact:",
        f"  - name: {_text(said.publisher or 'Desk')}",
        f"    {key}: {_text(said.contact)}",
    ]


def _authors(cited: Cite) -> list[tuple[str, str]]:
    """Family and given name of each; a desk or a group has no given name."""
    said = cited.authors or ((cited.publisher,) if cited.publisher else ())
    pairs = [one.partition(",") for one in said]
    return [(family.strip(), given.strip()) for family, _, given in pairs] or [(_NOBODY, "")]


def _title(book: Book) -> str:
    return cited_of(book).title


def _version(book: Book) -> str:
    issue = book.history.issue
    state = book.ledger_head[:12]
    if not issue.is_draft:
        return f"edition {issue.number} ({state})"
    return f"draft ({state})" if state else "draft"


def _message() -> str:
    return say("If you use these numbers, cite them as below, with their interval.")


def _abstract(book: Book) -> str:
    line = book.frontier
    mark = f"{SIMULATED}: {say('shows no real place')}. " if book.is_simulated else ""
    return mark + say(
        "Barriers and posts along {part} of the line “{line}” ({whole}), images of {before} "
        "against images of {after}; with what could not be compared, intervals, methods and the "
        "images used.",
        part=stretch_text(book.extent.start_m, book.extent.end_m), line=line.title or line.name,
        whole=length_text(line.length_m), before=day_text(str(book.before)),
        after=day_text(str(book.after)),
    )  # fmt: skip


def _cff(book: Book) -> str:
    """Citation File Format 1.2.0; every text as a JSON string, which YAML reads as it is."""
    said = book.cite_as
    lines = [
        "cff-version: 1.2.0",
        f"message: {_text(_message())}",
        "type: dataset",
        f"title: {_text(_title(book))}",
        f"abstract: {_text(_abstract(book))}",
        f"version: {_text(_version(book))}",
    ]
    day = book.history.issue.day
    for name, value in (("date-released", day.isoformat() if day else ""), ("doi", doi_of(book)),
                        ("license", said.licence if _is_spdx(said.licence) else ""),
                        ("url", said.url)):  # fmt: skip
        if value:
            lines.append(f"{name}: {_text(value)}")
    lines.append("authors:")
    for family, given in _authors(said):
        lines += (
            [f"  - family-names: {_text(family)}", f"    given-names: {_text(given)}"]
            if given
            else [f"  - name: {_text(family)}"]
        )
    lines += _contact(said)
    lines += ["keywords:", *(f"  - {_text(one)}" for one in _KEYWORDS)]
    return "\n".join([*lines, *_references(book)]) + "\n"


def _references(book: Book) -> list[str]:
    line = book.frontier
    credit = line.credit or line.source or "not stated"
    return [
        "references:",
        "  - type: software",
        '    title: "vallum"',
        f"    version: {_text(book.version or 'not stated')}",
        "    authors:",
        '      - name: "the vallum project"',
        "  - type: data",
        f"    title: {_text(f'Border line: {line.title or line.name}')}",
        f"    notes: {_text(', '.join(filter(None, (credit, line.licence))))}",
        "    authors:",
        f"      - name: {_text(credit)}",
    ]


def _text(value: str) -> str:
    # JSON leaves DEL and the line ends of Unicode as they are; YAML forbids or breaks at them.
    said = json.dumps(clean(value), ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff]", lambda one: f"\\u{ord(one[0]):04x}", said)


def _is_spdx(licence: str) -> bool:
    """Whether it looks like the name of a licence, not a sentence: CFF takes no other."""
    return bool(re.fullmatch(r"[A-Za-z0-9.+-]+", licence))


def _datacite(book: Book) -> bytes:
    """Metadata of DataCite 4, in the JSON that its members hand in."""
    day = book.history.issue.day
    told: Json = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Measurements of barriers"},
        "titles": [{"title": _title(book)}],
        "version": _version(book),
        "language": book.languages[0],
        "subjects": [{"subject": one} for one in _KEYWORDS],
        "dates": [{"date": f"{book.before.earliest}/{book.after.latest}", "dateType": "Collected"}],
        "descriptions": [
            {"description": _abstract(book), "descriptionType": "Abstract"},
            {"description": cite(cited_of(book)), "descriptionType": "TechnicalInfo"},
        ],
        "geoLocations": [_place(book)],
        "formats": ["text/html", "application/pdf", "application/geopackage+sqlite3", "text/csv",
                    "application/geo+json", "application/vnd.google-earth.kmz"],
        **_cited(book.cite_as),
    }  # fmt: skip
    if day:
        told["publicationYear"] = day.year
        told["dates"].append({"date": day.isoformat(), "dateType": "Issued"})
    text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
    return (clean(text) + "\n").encode()


def _creator(family: str, given: str) -> Json:
    if not given:
        return {"name": family, "nameType": "Organizational"}
    return {
        "name": f"{family}, {given}",
        "nameType": "Personal",
        "familyName": family,
        "givenName": given,
    }


def _rights(licence: str) -> Json:
    if not _is_spdx(licence):
        return {"rights": licence}
    return {
        "rights": licence,
        "rightsIdentifier": licence.lower(),
        "rightsIdentifierScheme": "SPDX",
    }


def _place(book: Book) -> Json:
    """The box around the part of the line that was measured, as coarse as a border is long."""
    line = book.frontier
    west, south, east, north = line.line_of(book.extent).bounds
    return {
        "geoLocationPlace": line.title or line.name,
        "geoLocationBox": {
            "westBoundLongitude": round(west, 4),
            "eastBoundLongitude": round(east, 4),
            "southBoundLatitude": round(south, 4),
            "northBoundLatitude": round(north, 4),
        },
    }
