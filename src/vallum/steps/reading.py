"""`read`: claims out of a text, as suggestions for a person to approve."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from vallum.claims.draft import ClaimDraft
from vallum.claims.places import Gazetteer, likeliest, packaged
from vallum.claims.placing import FARTHEST_M, Land, put, put_one
from vallum.claims.rows import READER, VALLUM, numbered, row_of
from vallum.evidence.consent import agreed
from vallum.evidence.keys import Key
from vallum.frontier import Frontier
from vallum.ground import names
from vallum.ground.errors import (
    BadDate,
    BadInput,
    BadSetting,
    NotThere,
    VaultError,
)
from vallum.ground.names import NamedPlace
from vallum.ground.saidkinds import Handling, Paper, Part, Scope, Standing, Voice
from vallum.ground.span import Span, Spans
from vallum.ground.statements import Claim, Exhibit, Source
from vallum.ground.when import When
from vallum.project import Project
from vallum.steps.done import Done, finished
from vallum.steps.giventext import given_text
from vallum.steps.papers import text_lies, text_of

PLACES_FILE = "places.csv"
_OWN_WITHIN_M = 2_000
_PRIVATE = {Voice.PERSON, Voice.ACCOUNT}


@dataclass(frozen=True, kw_only=True)
class WasRead(Done):
    """What a text claims.

    Attributes:
        claims: in the order of the text.
        published: the day that "last month" was counted from.
        reaches: for each claim, one stretch for each of its places; None where it has none.
        spans: for each claim, the stretch that it speaks of; None where it cannot be placed.
        frontier: the line on which places were put.
    """

    claims: tuple[ClaimDraft, ...] = ()
    published: date | None = None
    reaches: tuple[tuple[Span | None, ...], ...] = field(default=())
    spans: tuple[Span | None, ...] = field(default=())
    frontier: str = ""

    def to_json(self) -> Any:
        """Return a list with one object per claim."""
        every = zip(self.claims, self.reaches, self.spans, strict=True)
        return [self._one(claim, reaches, span) for claim, reaches, span in every]

    def _one(
        self, claim: ClaimDraft, reaches: Sequence[Span | None], span: Span | None
    ) -> dict[str, Any]:
        """Return a claim with its spans: of each place, and from the first to the last of them."""
        told = claim.to_json()
        for place, reach in zip(told["places"], reaches, strict=True):
            place["span"] = [reach.start_m, reach.end_m] if reach else None
        return {
            **told,
            "span": [span.start_m, span.end_m] if span else None,
            "frontier": self.frontier,
            "published": self.published.isoformat() if self.published else None,
        }


def read(
    text_or_path: Path | str, *, published: date | str, frontier: Frontier | str | None = None
) -> WasRead:
    """Return the claims that a text makes about structures, orders and arrests at a border.

    Args:
        text_or_path: a file (.txt, .md, .html; others are read as plain text), `-` for standard
            input, or the text itself.
        published: day of publication; "last month" is counted from it.
        frontier: the line that places are put on, or the name of a packaged one; the one of which
            the text names most places if left out, and North Korea's where it names none.

    Returns:
        WasRead; offsets count the characters of the text as decoded, line ends untouched.

    Raises:
        BadInput: there is no such file, or it is no text.
        BadDate: `published` is no day.
        BadLine: there is no packaged frontier of that name.
        TooLarge: the file is larger than 10 MB.
    """
    from vallum.claims.read import read as claims_of

    day = _day(published)
    name, text, markup = given_text(text_or_path, done="read")
    land = _land(text, frontier)
    claims = claims_of(text, published=day, markup=markup, gazetteer=land.gazetteer)
    reaches = tuple(tuple(put_one(one, land).span for one in claim.places) for claim in claims)
    whole = tuple(
        Spans(one.span for one in put(claim.places, land) if one.span).hull for claim in claims
    )
    return WasRead(
        step="read",
        lines=_told(name, claims, day),
        claims=claims,
        published=day,
        reaches=reaches,
        spans=whole,
        frontier=land.line.name,
        facts={
            "n_claims": len(claims),
            "n_placed": sum(span is not None for span in whole),
            "frontier": land.line.name,
        },
    )


def _day(published: date | str) -> date:
    if isinstance(published, date):
        return When.on(published).earliest
    when = When.parse(published)
    if when.days != 1:
        raise BadDate(f"'{published}' is no single day; write the day of publication, 2019-05-15")
    return when.earliest


# -- along the frontier -----------------------------------------------------------------------


def land_of(project: Project) -> Land:
    """Return the frontier of a project, with the names that are known around it.

    Packaged names near the line, and the project's own file `places.csv` (name, other, lon, lat;
    country and within_m if there are such columns).

    Raises:
        BadSetting: a row of `places.csv` cannot be used.
    """
    line, name = project.frontier, project.frontier.name
    own = own_places(project.root / PLACES_FILE)
    if name in names.lines() or name in {"prk-chn", "prk-rus"}:
        here, around = names.places(name), names.regions(name)
    else:
        here, around = _near(names.places(), line), names.regions()
    korean = {id(place) for place in names.places("prk-north")}
    sure = tuple(place for place in here if id(place) in korean)
    doubtful = tuple(place for place in here if id(place) not in korean)
    gazetteer = Gazetteer.of((*own, *sure), around, careful=doubtful)
    return Land.of(line, gazetteer, around, (*own, *here))


def _near(places: Sequence[NamedPlace], line: Frontier) -> tuple[NamedPlace, ...]:
    _, off_m = line.locate_many([one.lon for one in places], [one.lat for one in places])
    return tuple(
        one for one, off in zip(places, off_m, strict=True) if abs(float(off)) <= FARTHEST_M
    )


def own_places(path: Path) -> tuple[NamedPlace, ...]:
    """Return the places of a project's own table; none where there is no such file.

    Raises:
        BadSetting: a row has no name, or no position on Earth.
    """
    if not path.is_file():
        return ()
    found = []
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadSetting(
            f"{path.name} cannot be read as a table; no place was read, save it as CSV in UTF-8"
        ) from error
    for number, row in enumerate(rows, start=2):
        try:
            lon, lat = float(row["lon"]), float(row["lat"])
            within_m = int(row.get("within_m") or _OWN_WITHIN_M)
        except (KeyError, TypeError, ValueError) as error:
            raise BadSetting(
                f"{path.name} row {number}: needs name, other, lon, lat; correct it"
            ) from error
        if not (abs(lon) <= 180 and abs(lat) <= 90 and row.get("name")):
            raise BadSetting(f"{path.name} row {number}: no name, or not on Earth; correct it")
        found.append(
            NamedPlace(
                name=row["name"].strip(), kind=(row.get("kind") or "town").strip(),
                country=(row.get("country") or "").strip(),
                names={"other": (row.get("other") or "").strip()}, lon=lon, lat=lat,
                within_m=within_m, source=path.name,
            )
        )  # fmt: skip
    return tuple(found)


def _land(text: str, frontier: Frontier | str | None) -> Land:
    """Return the line on which a text is put: the one given, or that of which it names most."""
    if isinstance(frontier, Frontier):
        line, name = frontier, frontier.name
    else:
        name = frontier or likeliest(text)
        line = Frontier.packaged(name)
    return Land.of(line, packaged(name), names.regions(name), names.places(name))


# -- in a project -----------------------------------------------------------------------------


def read_in(
    project: Project,
    exhibit_ids: Sequence[str] = (),
    *keys: Key,
) -> Done:
    """Propose claims out of the texts of a project; a person approves them, or not.

    What a person decided stays as it is, and nothing is proposed where a person decided about the
    same words. What its source has not agreed to have worked with is not read. A proposal that
    nobody touched and that the reader no longer makes is rejected by vallum, with a note.

    Args:
        project: whose exhibits; its frontier and its places are used.
        exhibit_ids: which; all that have a text if left out.
        keys: what opens the vault, for texts of protected sources.

    Raises:
        BadInput: one of `exhibit_ids` is no exhibit that can be read.
    """
    exhibits = _chosen(project, exhibit_ids)
    land, sources = land_of(project), project.rows(Source)
    before = project.rows(Claim)
    n_read = n_proposed = n_gone = 0
    with project.run("read") as work:
        for exhibit in exhibits:
            known = [claim for claim in before if claim.exhibit == exhibit.id]
            if why := barred(exhibit, sources):
                work.block(exhibit.id, f"{exhibit.id}: {why}; it was not read")
                continue
            try:
                drafts = _drafts(project, exhibit, land, keys)
            except (NotThere, VaultError, BadSetting) as error:
                work.block(exhibit.id, str(error))
                continue
            proposed = proposals(exhibit, drafts, land, known, is_guarded(exhibit, sources))
            gone = _vanished(known, proposed)
            work.add_all([*proposed, *gone])
            n_read, n_proposed = n_read + 1, n_proposed + len(proposed)
            n_gone += len(gone)
    lines = [
        f"{n_read:,} of {len(exhibits):,} exhibits read; {n_proposed:,} proposals stand in them, "
        f"{work.n_added:,} new or changed"
    ]
    if n_gone:
        lines.append(f"{n_gone:,} earlier proposals that nobody had touched are no longer made")
    return finished(
        work, lines, then="vallum claims --export claims.csv" if n_proposed else "",
        facts={"exhibits": n_read, "proposed": n_proposed, "withdrawn": n_gone},
    )  # fmt: skip


def _drafts(
    project: Project, exhibit: Exhibit, land: Land, keys: Sequence[Key]
) -> tuple[ClaimDraft, ...]:
    """Return what the working text of an exhibit claims."""
    day = _counts_from(exhibit)
    if day is None:
        raise BadSetting(
            f"{exhibit.id}: has no day of publication, so that 'last month' means nothing; it was "
            "not read, take it in again with `vallum intake FILE --published DATE`"
        )
    from vallum.claims.read import read as claims_of

    return claims_of(text_of(project, exhibit, *keys), published=day, gazetteer=land.gazetteer)


def _chosen(project: Project, exhibit_ids: Sequence[str]) -> list[Exhibit]:
    """Return the exhibits to read, in the order of their ids: their order of arrival says much."""
    readable = {row.id: row for row in project.rows(Exhibit) if is_readable(project, row)}
    unknown = [one for one in exhibit_ids if one not in readable]
    if unknown:
        raise BadInput(
            f"{unknown[0]} is no exhibit with a text in this project; nothing was read, "
            "`vallum status` and the inbox of the page list them"
        )
    return [readable[one] for one in sorted(dict.fromkeys(exhibit_ids) or readable)]


def is_readable(project: Project, exhibit: Exhibit) -> bool:
    """Say whether an exhibit is a statement as received, and has a text, locked away or not."""
    return (
        exhibit.role == "statement"
        and exhibit.part is Part.EVIDENTIARY
        and text_lies(project, exhibit) != "none"
    )


def _counts_from(exhibit: Exhibit) -> date | None:
    """Return the day from which "last month" counts: for testimony, that on which it was given."""
    return exhibit.published or (exhibit.received if exhibit.paper is Paper.TESTIMONY else None)


def is_protected(exhibit: Exhibit, sources: Sequence[Source]) -> bool:
    """Say whether no words of an exhibit may lie outside the vault.

    Where its source is not in the register, none may. Without any source it is not protected: it
    was published, or nobody speaks in it.
    """
    if exhibit.handling is Handling.RED:
        return True
    whose = _whose(exhibit, sources)
    return any(one.risk.is_protected or one.handling is Handling.RED for one in whose) or bool(
        exhibit.source and not whose
    )


def is_guarded(exhibit: Exhibit, sources: Sequence[Source]) -> bool:
    """Say whether no words of an exhibit may get into a row: its source is at risk, or a person.

    What a person says tells who speaks and names others, at every risk; and a risk may rise, while
    the ledger can never forget.
    """
    is_private = any(one.voice in _PRIVATE for one in _whose(exhibit, sources))
    return is_private or is_protected(exhibit, sources)


def barred(exhibit: Exhibit, sources: Sequence[Source]) -> str:
    """Return why an exhibit may not be worked with today; empty where it may.

    Its source must have agreed to that (`Scope.ANALYSE`); of publishers publication is enough.
    """
    if not exhibit.source:
        return ""
    today = datetime.now(UTC).date()
    whose = _whose(exhibit, sources)
    reasons = [agreed(one, Scope.ANALYSE, today) for one in whose]
    return next(filter(None, reasons), "" if whose else "its source is not in the register")


def _whose(exhibit: Exhibit, sources: Sequence[Source]) -> list[Source]:
    return [one for one in sources if exhibit.source and exhibit.source in {one.id, one.code}]


def proposals(
    exhibit: Exhibit,
    drafts: Sequence[ClaimDraft],
    land: Land,
    known: Sequence[Claim],
    is_wordless: bool,
) -> list[Claim]:
    """Return what may be proposed: nothing over the words about which a person decided."""
    touched = [claim for claim in known if is_touched(claim)]
    found = []
    for draft, nth in numbered(drafts):
        row = row_of(draft, exhibit, land, nth=nth, is_protected=is_wordless)
        if not any(_says_the_same(claim, row) for claim in touched):
            found.append(row)
    return found


def is_touched(claim: Claim) -> bool:
    """Say whether a person wrote, approved, rejected, changed or graded a claim."""
    return not claim.proposed_by.startswith(READER) or claim.approved_by not in {"", VALLUM}


def _says_the_same(claim: Claim, row: Claim) -> bool:
    overlap = claim.start < row.end and row.start < claim.end
    return claim.id == row.id or (overlap and claim.subject is row.subject)


def _vanished(known: Sequence[Claim], proposed: Sequence[Claim]) -> list[Claim]:
    kept = {row.id for row in proposed}
    return [
        replace(
            claim, standing=Standing.REJECTED, approved_by=VALLUM,
            note="the reader no longer proposes this",
        )
        for claim in known
        if claim.id not in kept and not is_touched(claim)
        and claim.standing is Standing.PROPOSED
    ]  # fmt: skip


# -- in words ---------------------------------------------------------------------------------


def _told(name: str, claims: Sequence[ClaimDraft], day: date) -> tuple[str, ...]:
    lines: list[str] = []
    for claim in claims:
        where = "; ".join(place.name for place in claim.places) or "no place stated"
        when = f"{claim.time.expression} = {claim.time.edtf}" if claim.time else "no time stated"
        what = f"{claim.kind.replace('_', ' ')}, {claim.modality.replace('_', ' ')}"
        amount = f", {claim.quantity.as_stated}" if claim.quantity else ""
        who = claim.attribution or "the text itself"
        lines.append(f"{claim.start}-{claim.end}: {what}{amount}")
        lines.append(f"    {where}; {when}; says {who} ({claim.access})")
    n = len(claims)
    lines.append(
        f"{n or 'no'} claim{'s' * (n != 1)} in {name}, published {day.isoformat()}; each is a "
        "suggestion until a person approves it"
    )
    return tuple(lines)
