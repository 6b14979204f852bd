"""The rows about what was said: who says it, in what, which claims, and what speaks for them.

No row holds a name, a contact, a quotation or the position of a person or a camera: those lie in
the vault, or in the working copy of a text, which can be deleted without touching the ledger.
Nothing here is published as a row: `evidence.release` makes what may be said of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime

from shapely.geometry.base import BaseGeometry

from vallum.ground.kinds import Change, Kind
from vallum.ground.row import Row, Value, desk, private, public
from vallum.ground.saidkinds import (
    Access,
    Attribution,
    Event,
    Handling,
    MatchMethod,
    Modality,
    Paper,
    Part,
    Precision,
    Relation,
    Risk,
    Scope,
    Standing,
    Subject,
    Voice,
)
from vallum.ground.span import Span, Spans
from vallum.ground.when import When


@dataclass(frozen=True, kw_only=True)
class Exhibit(Row):
    """A file as received, or a copy made of it."""

    NAMED_BY = ("sha256",)
    PREFIX = "exhibit"

    sha256: str = desk("hash of the bytes, or the commitment where that must stay hidden")
    name: str = desk("file name, without its folder; empty for protected sources")
    media_type: str = desk("what the bytes are")
    role: str = public(
        "frontier, frontier_before, barriers, footprints, catalogue, verdicts, or statement"
    )
    licence: str = public("terms under which it was received", default="")
    credit: str = public("whom to credit", default="")
    paper: Paper = desk("what came in; empty for tables and lines", default=Paper.NONE)
    part: Part = desk("evidentiary, working or redacted copy", default=Part.NONE)
    source: str = desk("who it came from", refers="Source", default="")
    title: str = desk("heading, where it has one", default="")
    language: str = desk("language of its text, ISO 639", default="")
    url: str = desk("address at which it was published", default="")
    archived_urls: tuple[str, ...] = desk("where others have archived it", default=())
    published: date | None = desk("day of publication; 'last month' counts from it", default=None)
    received: date | None = desk("day on which it came in", default=None)
    collected_by: str = desk("who took it in", default="")
    how: str = desk("manual, in_person, auto_archiver, atlos, handover or import", default="")
    derived_from: str = desk("what it is a copy of, or rests on", refers="Exhibit", default="")
    derived_how: str = desk("part_of, working, redacted, translation_of or republishes", default="")
    handling: Handling = desk("who may be told", default=Handling.AMBER_STRICT)
    embargo_until: date | None = desk("not to be told before this day", default=None)
    vault_ref: str = desk("name of its encrypted file in the vault", default="")
    href: str = desk("working copy, inside the project; empty where only the vault has it",
                     default="")  # fmt: skip
    copy_sha256: str = desk("hash of the working copy, checked by verify", default="")
    n_bytes: int = desk("size; 0 where hidden", unit="B", default=0)
    commitment: str = desk("salted hash that may be published in place of the hash", default="")
    captured: str = desk("when it was taken (EDTF)", default="")
    captured_basis: str = desk("how that is known", default="")
    sensitive: tuple[str, ...] = desk(
        "personal information visible, graphic violence, deleted by source, or misleading",
        default=(),
    )
    rights: str = desk("who holds the rights", default="")
    c2pa: str = desk("absent, or the signer and state of its content credentials", default="")
    redactions: tuple[str, ...] = desk("what was covered or left out, by kind", default=())
    cleared_by: str = desk("who looked at the redacted copy and cleared it", default="")
    cleared_at: datetime | None = desk("when it was cleared", unit="UTC", default=None)
    is_simulated: bool = public("made by a program", default=False)


@dataclass(frozen=True, kw_only=True)
class Source(Row):
    """Who speaks. A person has no name here: who it is lies in the vault, or nowhere."""

    NAMED_BY = ("code",)
    PREFIX = "source"

    code: str = desk("random letters; say nothing of when or in which order it was made")
    voice: Voice = desk("person, organisation, publisher, account, document or sensor")
    name: str = desk("of a publisher or organisation; always empty for a person", default="")
    reliability: str = desk("A to F (Admiralty); F: cannot be judged", default="F")
    reliability_basis: str = desk("why", default="")
    attribution: Attribution = desk("how it may be referred to", default=Attribution.OFF_RECORD)
    described_as: str = desk("the words agreed with the source", default="")
    consent: tuple[Scope, ...] = desk("what it has agreed to", default=())
    consent_given: date | None = desk("day of the agreement", default=None)
    consent_method: str = desk("how it was given: in writing, spoken, by publication", default="")
    consent_expires: date | None = desk("last day of the agreement", default=None)
    consent_withdrawn: date | None = desk("day on which it was taken back", default=None)
    risk: Risk = desk("what may happen to it when it is found out", default=Risk.HIGH)
    origin: str = desk("shared by sources who have it from the same origin", default="")
    handling: Handling = desk("who may be told", default=Handling.AMBER_STRICT)
    vault_ref: str = desk("name of its encrypted file in the vault", default="")
    is_simulated: bool = public("made by a program", default=False)


@dataclass(frozen=True, kw_only=True)
class Placed(Value):
    """A place that a claim names, put on the frontier as closely as it is stated."""

    name: str = desk("as in the gazetteer; as stated where it is in none")
    as_stated: str = desk("the words", default="")
    precision: Precision = desk("how closely it is stated", default=Precision.UNPLACED)
    span: Span | None = desk("metres of frontier it can mean; None where unplaced", default=None)
    radius_m: int = desk("how far off it may be", unit="m", default=0)
    country: str = desk("ISO codes, 'CN/KP' for both banks", default="")
    side: str = desk("left or right of the direction of chainage; empty if not said", default="")
    is_near: bool = desk("stated as near the place, not at it", default=False)
    rivals: tuple[str, ...] = desk("other places of the same name", default=())
    basis: str = desk("gazetteer, person, photo or image", default="gazetteer")


@dataclass(frozen=True, kw_only=True)
class Dated(Value):
    """A date that a claim states."""

    expression: str = desk("the words", default="")
    edtf: str = desk("ISO 8601-2 (EDTF)", default="")
    first: date | None = desk("first day it can mean; None where open", default=None)
    last: date | None = desk("last day it can mean; None where open", default=None)


@dataclass(frozen=True, kw_only=True)
class Claim(Row):
    """One thing that a source states; the machine proposes it, a person approves it."""

    NAMED_BY = ("exhibit", "start", "end", "subject", "nth")
    PREFIX = "claim"

    exhibit: str = desk("the evidentiary exhibit in which it is said", refers="Exhibit")
    start: int = desk("first character in the working text; -1 where there is no text", default=-1)
    end: int = desk("one past the last character", default=-1)
    nth: int = desk("tells apart claims of the same words and subject", default=0)
    statement: str = desk("neutral wording by the desk, never a quotation", default="")
    subject: Subject = public("what it speaks of")
    change: Change | None = public("what happened to it, as stated", default=None)
    also: Change | None = public("the second of two stated changes: new or upgraded", default=None)
    modality: Modality = public("how far it is, as stated")
    quantity_min: float = public("smallest amount it can mean", default=math.nan)
    quantity_max: float = public("largest amount it can mean; NaN where open", default=math.nan)
    quantity_unit: str = public("km, m, mi, ft, count, layers; empty if none", default="")
    quantity_as_stated: str = desk("the words", default="")
    qualifier: str = public("at least, about, regular intervals; empty if none", default="")
    places: tuple[Placed, ...] = desk("where; empty if not stated", default=())
    dates: tuple[Dated, ...] = desk("when; empty if not stated", default=())
    attribution: str = desk("who says so, as stated; empty for the text's own voice", default="")
    access: Access = desk("how whoever says so came to know it", default=Access.UNKNOWN)
    credibility: int = desk("1 to 6 (Admiralty); 6: cannot be judged", default=6)
    credibility_basis: str = desk("why", default="")
    handling: Handling = desk("who may be told", default=Handling.AMBER_STRICT)
    embargo_until: date | None = desk("not to be told before this day", default=None)
    standing: Standing = desk("proposed, approved or rejected", default=Standing.PROPOSED)
    proposed_by: str = desk("the reader and its version, or a person", default="")
    approved_by: str = desk("who approved or rejected it", default="")
    approved_at: datetime | None = desk("when", unit="UTC", default=None)
    note: str = desk("why it was changed or rejected", default="")
    is_simulated: bool = public("made by a program", default=False)

    @property
    def spans(self) -> Spans:
        """Metres of frontier it can mean; empty where it cannot be placed."""
        return Spans(place.span for place in self.places if place.span is not None)

    @property
    def whens(self) -> tuple[When, ...]:
        """Brackets of days it states; those with an open end are left out."""
        ends = [(d.first, d.last) for d in self.dates]
        return tuple(When(first, last) for first, last in ends if first and last)


@dataclass(frozen=True, kw_only=True)
class Match(Row):
    """A claim held against a finding, a comparison or another claim."""

    NAMED_BY = ("claim", "about", "method")
    PREFIX = "match"

    claim: str = desk("the claim", refers="Claim")
    about: str = desk("what it was held against; 'nothing' where there is no image", refers="*")
    relation: Relation = desk("supports, contradicts or not observable")
    method: MatchMethod = desk("how")
    spans: Spans = desk("metres for which this holds", unit="m", default=Spans())
    rationale: str = desk("why, in a sentence")
    by: str = desk("who: vallum, or a person")
    at: datetime | None = desk("when a person said so", unit="UTC", default=None)
    is_withdrawn: bool = desk("taken back, or no longer found", default=False)


@dataclass(frozen=True, kw_only=True)
class Depicted(Row):
    """What a photograph or film frame from the ground shows, and where that thing stands.

    Where the camera stood and where it looked is in the vault alone: who knows it knows where a
    person was.
    """

    NAMED_BY = ("exhibit", "number")
    PREFIX = "depicted"

    exhibit: str = desk("the photograph", refers="Exhibit")
    number: int = desk("1, 2 ... of the things that it shows")
    category: Kind | None = desk(
        "class of what is shown; None when it is no structure", default=None
    )
    shape: BaseGeometry | None = desk(
        "where the thing stands, EPSG:4326; None where that would tell of a person", default=None
    )
    span: Span | None = desk("stretch of frontier beside it", unit="m", default=None)
    precision_m: float = desk("by how much the place may be wrong", unit="m", default=math.nan)
    when: When | None = desk("first and last possible day of the photograph", default=None)
    method: str = desk("how it was placed: crossing views, one view, ground control, stated")
    camera_ref: str = private("name of the encrypted file with camera point and view", default="")
    by: str = desk("who placed it")
    is_withdrawn: bool = desk("taken back; counts as not said", default=False)


@dataclass(frozen=True, kw_only=True)
class Custody(Row):
    """Something that was done with a thing that is kept: the chain of custody of an exhibit."""

    NAMED_BY = ("subject", "event", "at")
    PREFIX = "custody"

    subject: str = desk("the exhibit or source; 'vault' for all of it", refers="*")
    event: Event = desk("what was done (PREMIS 3)")
    at: datetime = desk("when", unit="UTC")
    by: str = desk("who did it")
    vault_ref: str = desk("name of the encrypted file, where there is one", default="")
    vault_sha256: str = desk(
        "hash of the encrypted file; of the recipients for 'vault'", default=""
    )
    vault_bytes: int = desk("size of the encrypted file; 0 where hidden", unit="B", default=0)
    outcome: str = desk("what came of it", default="")


@dataclass(frozen=True, kw_only=True)
class Disclosure(Row):
    """What one release told of one claim or exhibit; the memory against difference attacks."""

    NAMED_BY = ("release", "subject")
    PREFIX = "disclosure"

    release: str = desk("hash of the release's manifest")
    subject: str = private("the claim or exhibit")
    source: str = private("whose it is", default="")
    spans: Spans = private("cells of frontier that were named", default=Spans())
    when: When | None = private("bracket of days that was named", default=None)
    told: str = private("what was said of it", default="")


@dataclass(frozen=True, kw_only=True)
class Anchor(Row):
    """A time stamp of the ledger's head by somebody else (RFC 3161)."""

    NAMED_BY = ("ledger_head", "response_sha256")
    PREFIX = "anchor"

    ledger_head: str = public("hash of the newest ledger row it was asked for")
    ledger_seq: int = public("number of that row")
    response_sha256: str = public("hash of the answer; empty while there is none", default="")
    authority: str = public("who stamped it", default="")
    stamped: datetime | None = public("time in the stamp", unit="UTC", default=None)
    href: str = desk("the answer, inside the project", default="")
    roots_sha256: str = desk("hash of the certificates kept beside it", default="")


STATEMENTS = (Exhibit, Source, Claim, Match, Depicted, Custody, Disclosure, Anchor)

VALUES = (Placed, Dated)
