"""What a source has agreed to, and who may be told: the rules, without a project.

Deny by default: what nobody allowed is not allowed. Every rule returns the empty text where it
allows, else the reason, which names neither the source nor anything it said.

Handling follows the Traffic Light Protocol 2.0 (FIRST, 2022), attribution the terms of the
Associated Press.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from vallum.ground.records import Claim, Exhibit, Level, Source
from vallum.ground.saidkinds import Attribution, Handling, Part, Scope, Voice


class Reader(StrEnum):
    """Who is told."""

    PUBLIC = "public"
    PARTNERS = "partners"
    DESK = "desk"
    KEEPER = "keeper"

    @classmethod
    def of(cls, level: Level) -> Reader:
        """Return who reads what is released at this level."""
        return {Level.PUBLIC: cls.PUBLIC, Level.DESK: cls.DESK, Level.PRIVATE: cls.KEEPER}[level]


_ORDER = tuple(Handling)  # strictest first
_MAY_READ = {
    Reader.PUBLIC: {Handling.CLEAR},
    Reader.PARTNERS: {Handling.CLEAR, Handling.GREEN},
    Reader.DESK: {*Handling} - {Handling.RED},
    Reader.KEEPER: {*Handling},
}
_TEXT = {
    Reader.PUBLIC: Scope.PUBLISH_TEXT,
    Reader.PARTNERS: Scope.SHARE_PARTNERS,
    Reader.DESK: Scope.ANALYSE,
    Reader.KEEPER: Scope.RETAIN,
}
_MEDIA = {**_TEXT, Reader.PUBLIC: Scope.PUBLISH_MEDIA}
_OUTSIDE = {Scope.SHARE_PARTNERS, Scope.PUBLISH_TEXT, Scope.PUBLISH_MEDIA}


def may(source: Source, scope: Scope, on: date) -> str:
    """Return why a source's material may not be used so on a day; empty where it may.

    Args:
        source: who speaks.
        scope: what is to be done.
        on: the day on which it is done.
    """
    what = scope.value.replace("_", " ")
    if source.consent_withdrawn is not None and on >= source.consent_withdrawn:
        return f"consent was withdrawn on {source.consent_withdrawn}"
    if scope not in source.consent:
        return f"the source has not agreed to this: {what}"
    if source.consent_given is None:
        return "it is not known on which day the source agreed"
    if on < source.consent_given:
        return f"the source agreed only on {source.consent_given}"
    if source.consent_expires is not None and on > source.consent_expires:
        return f"the agreement with the source ended on {source.consent_expires}"
    if scope in _OUTSIDE and source.attribution is Attribution.OFF_RECORD:
        return "it was said off the record"
    if scope is Scope.PUBLISH_MEDIA and source.risk.is_protected:
        return f"no picture of a source at {source.risk} risk is shown"
    return ""


def agreed(source: Source, scope: Scope, on: date) -> str:
    """Return why it may not be used so, as `may`; of publishers publication is enough for the desk.

    What a publisher has published may be kept and worked with, until it takes that back.
    """
    has_ended = source.consent_expires is not None and on > source.consent_expires
    is_in_print = source.voice is Voice.PUBLISHER and scope in {Scope.RETAIN, Scope.ANALYSE}
    if is_in_print and source.consent_withdrawn is None and not has_ended:
        return ""
    return may(source, scope, on)


def embargoed(row: Exhibit | Claim, on: date) -> str:
    """Return until when something is not to be told; empty from that day on."""
    if row.embargo_until is None or on >= row.embargo_until:
        return ""
    return f"under embargo until {row.embargo_until}"


def strictest(*handling: Handling) -> Handling:
    """Return the strictest of several; clear where there is none."""
    return min(handling, key=_ORDER.index, default=Handling.CLEAR)


def shown_to(handling: Handling, reader: Reader) -> str:
    """Return why something so marked may not be shown to a reader; empty where it may."""
    if handling in _MAY_READ[reader]:
        return ""
    name = handling.value.upper().replace("_", "+")
    return f"marked TLP:{name}, not for {'the desk' if reader is Reader.DESK else reader.value}"


def may_tell(
    reader: Reader, on: date, *, source: Source, exhibit: Exhibit, claim: Claim | None = None
) -> str:
    """Return the first reason why what is said may not be told to a reader; empty where it may.

    Args:
        reader: who is told.
        on: the day of the telling.
        source: who says it.
        exhibit: in what.
        claim: which claim of it; None for the text as a whole.
    """
    rows = (exhibit,) if claim is None else (exhibit, claim)
    marks = [source.handling, *(row.handling for row in rows)]
    return (
        may(source, _TEXT[reader], on)
        or shown_to(strictest(*marks), reader)
        or _until(rows, reader, on)
    )


def may_show(reader: Reader, on: date, *, source: Source, exhibit: Exhibit) -> str:
    """Return the first reason why a picture may not be shown to a reader; empty where it may.

    Outside the desk only redacted copies are shown, which a named person has cleared.
    """
    reason = (
        may(source, _MEDIA[reader], on)
        or shown_to(strictest(source.handling, exhibit.handling), reader)
        or _until((exhibit,), reader, on)
    )
    if reason or reader in {Reader.DESK, Reader.KEEPER}:
        return reason
    if source.risk.is_protected:
        return f"no picture of a source at {source.risk} risk is shown"
    if exhibit.part is not Part.REDACTED:
        return "it is not a redacted copy"
    if not exhibit.cleared_by.strip() or exhibit.cleared_at is None:
        return "nobody has looked at the redacted copy and cleared it"
    return ""


def spoken_of(source: Source) -> str:
    """Return the words by which a source may be named in print; empty where it may not be."""
    if source.attribution is Attribution.ON_RECORD and source.voice is not Voice.PERSON:
        return source.name or source.described_as
    if source.attribution in {Attribution.ON_RECORD, Attribution.BACKGROUND}:
        return source.described_as
    return ""


def _until(rows: tuple[Exhibit | Claim, ...], reader: Reader, on: date) -> str:
    """Embargo binds outside the desk: those who prepare it must see it."""
    if reader in {Reader.DESK, Reader.KEEPER}:
        return ""
    return next(filter(None, (embargoed(row, on) for row in rows)), "")
