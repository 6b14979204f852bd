"""What may leave of what was said: deny by default, coarse, and no more than was told before.

`redact` lets rows through to what is printed; `tell` makes, of claims, what may be printed of them.
Whether there is anything that may not be told, and how much, is told to nobody: what is told does
not change by a byte when a claim that may not be told is added or taken away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from vallum.evidence import coarse, consent, phrases
from vallum.evidence.coarse import Grain, Grid
from vallum.evidence.difference import (
    Header,
    Memory,
    Outline,
    Refusal,
    arrivals,
    is_as_wide,
    kept_coarse,
    refusals,
)
from vallum.evidence.redact import AT_DESK, redact
from vallum.ground.errors import BadSetting
from vallum.ground.records import Claim, Disclosure, Exhibit, Level, Source
from vallum.ground.saidkinds import (
    Access,
    Attribution,
    ClaimStatus,
    Scope,
    Standing,
    Voice,
)
from vallum.ground.span import Spans
from vallum.ground.told import Told

_PEOPLE = frozenset({Voice.PERSON, Voice.ACCOUNT})
_SALT_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Sayable:
    """One claim, with all that decides about its telling.

    Attributes:
        claim: as it stands.
        exhibit: in which it is said.
        source: who says it.
        status: weighed among what may be told, never among all there is.
        findings: ids of findings that support or contradict it.
        agreeing: ids of claims that say the same.
        contradicting: ids of claims that say otherwise.
    """

    claim: Claim
    exhibit: Exhibit
    source: Source
    status: ClaimStatus = ClaimStatus.UNVERIFIED
    findings: tuple[str, ...] = ()
    agreeing: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """A claim that is not told, and why; for the desk."""

    subject: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What a release tells, and what it remembers; `told` alone is printed.

    Attributes:
        told: in a random order, the same for the same content.
        disclosures: rows to keep, with `release` still empty; none where nothing was ever told.
        withheld: claims that are not told.
        refused: why it must not go out; empty where it may.
        together: claims that are new in it and can be seen to come from one source.
        statuses: where the told claims stand in it, by id.
    """

    told: tuple[Told, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    refused: tuple[Refusal, ...] = ()
    together: tuple[str, ...] = ()
    statuses: Mapping[str, ClaimStatus] = field(default_factory=dict)


def is_guarded(source: Source) -> bool:
    """Say whether what a source says may only ever get coarser: people, and whoever is at risk."""
    return source.voice in _PEOPLE or source.risk.is_protected


def barred(claim: Claim, exhibit: Exhibit, source: Source, *, level: Level, on: date) -> str:
    """Return the first reason why a claim may not be told; empty where it may.

    Publishers and organisations who said it in print, on the record, agreed to its publication by
    their own; everybody else is asked, and what is not known is no.

    Args:
        claim: the claim.
        exhibit: in which it is said.
        source: who says it.
        level: who reads the release.
        on: the day of the release.
    """
    if level is Level.PRIVATE:
        return "nothing is told at level private"
    if claim.standing is not Standing.APPROVED:
        return f"nobody has approved it: {claim.standing}"
    if source.attribution is Attribution.OFF_RECORD:
        return "it was said off the record"
    strict = consent.strictest(source.handling, exhibit.handling, claim.handling)
    reason = consent.shown_to(strict, consent.Reader.of(level))
    if reason or (level is Level.DESK and strict not in AT_DESK):
        return reason or f"marked TLP:{strict.value.upper().replace('_', '+')}, told to nobody else"
    if not _is_in_print(exhibit, source, on):
        scope = Scope.PUBLISH_TEXT if level is Level.PUBLIC else Scope.ANALYSE
        if reason := consent.may(source, scope, on):
            return reason
    return consent.embargoed(exhibit, on) or consent.embargoed(claim, on)


def _is_in_print(exhibit: Exhibit, source: Source, on: date) -> bool:
    return (
        not is_guarded(source)
        and source.attribution is Attribution.ON_RECORD
        and exhibit.published is not None
        and exhibit.published <= on
        and (source.consent_withdrawn is None or on < source.consent_withdrawn)
    )


def tell(
    claims: Iterable[Sayable],
    *,
    level: Level,
    on: date,
    grid: Grid,
    earlier: Sequence[Disclosure] = (),
    towns: Sequence[tuple[str, int]] = (),
    despite: Collection[str] = (),
) -> Telling:
    """Return what may be told of claims on a day, with what has to be remembered of it.

    Args:
        claims: any; those that may not be told are left out.
        level: public or desk.
        on: the day of the release.
        grid: the cells.
        earlier: what all earlier releases told.
        towns: name and chainage of towns, for `Told.where`.
        despite: claims whose refusal a keeper has decided to overrule.

    Raises:
        BadSetting: the cells differ from those of an earlier release.
    """
    given = sorted(claims, key=lambda one: one.claim.id)
    reasons = {
        one.claim.id: barred(one.claim, one.exhibit, one.source, level=level, on=on)
        for one in given
    }
    withheld = tuple(Withheld(subject=name, why=why) for name, why in reasons.items() if why)
    open_ones = [one for one in given if not reasons[one.claim.id]]
    memory = Memory.of(earlier, level)
    if not (open_ones or memory.headers):
        return Telling(withheld=withheld)
    if problem := grid.refusal(header.cell_m for header in memory.headers.values()):
        raise BadSetting(f"nothing was told: {problem}")
    outlines = _outlines(open_ones, grid, memory)
    plain = {one.claim.id: _told(one, outlines, towns) for one in open_ones}
    links = _links(open_ones, outlines)
    header = _header(plain, links, memory, grid, level)
    keys = _keys(plain, header.salt)
    told = [
        replace(
            plain[name],
            key=keys[name],
            agrees=tuple(sorted(keys[other] for other in links[name][0])),
            beside=tuple(sorted(keys[other] for other in links[name][1])),
        )
        for name in plain
    ]
    return Telling(
        told=tuple(sorted(told, key=lambda one: one.key)),
        disclosures=(header.row(), *(outline.row() for outline in outlines.values())),
        withheld=withheld,
        refused=refusals(outlines, memory, despite=despite),
        together=arrivals(outlines, memory),
        statuses={one.claim.id: one.status for one in open_ones},
    )


# -- how closely -------------------------------------------------------------------------------


def _outlines(claims: Sequence[Sayable], grid: Grid, memory: Memory) -> dict[str, Outline]:
    who = _who(claims, memory)
    return {
        one.claim.id: kept_coarse(
            _outline(one, grid, who[one.claim.id]),
            [old for _, old in memory.of_claim(one.claim.id)],
        )
        for one in claims
    }


def _outline(one: Sayable, grid: Grid, who: str) -> Outline:
    claim, source = one.claim, one.source
    amount = (claim.quantity_min, claim.quantity_max)
    is_placed = bool(claim.places) and all(place.span is not None for place in claim.places)
    return Outline(
        claim=claim.id,
        source=source.id,
        is_guarded=is_guarded(source),
        is_quiet=source.risk.is_protected,
        # Half of the places would be told as if they were all.
        cells=grid.cells(claim.spans, source.risk) if is_placed else Spans(),
        bracket=coarse.widened(coarse.bracket_of(claim.dates), Grain.of(source.risk)),
        amount=coarse.rounded_out(amount) if source.risk.is_protected else amount,
        who=who,
    )


def _who(claims: Sequence[Sayable], memory: Memory) -> dict[str, str]:
    """Return how each claim's source is named.

    The words agreed with a guarded source stand at one of its claims at most, in all releases
    together: the same words at several would show that one source said them all.
    """
    found = {one.claim.id: consent.spoken_of(one.source) for one in claims}
    groups: dict[str, list[str]] = defaultdict(list)
    for one in claims:
        if is_guarded(one.source):
            groups[one.source.id].append(one.claim.id)
    named = {
        old.source: old.claim
        for told in memory.outlines.values()
        for old in told.values()
        if old.who and old.is_guarded
    }
    for source, names in groups.items():
        for name in names:
            if name != named.get(source, names[0]):
                found[name] = ""
    return found


# -- in words ----------------------------------------------------------------------------------


def _told(one: Sayable, outlines: Mapping[str, Outline], towns: Sequence[tuple[str, int]]) -> Told:
    claim, source = one.claim, one.source
    outline = outlines[claim.id]
    quiet = outline.is_quiet
    near = not quiet and coarse.is_close(place.precision for place in claim.places)
    where = coarse.place_words(outline.cells, towns, near=near)
    when = coarse.time_words(outline.bracket)
    quantity = phrases.amount_words(
        outline.amount, claim.quantity_unit, "" if quiet else claim.qualifier
    )
    who = outline.who or phrases.UNNAMED
    return Told(
        key="",
        says=phrases.says(
            claim, who=who, amount=outline.amount, quantity=quantity, where=where, when=when
        ),
        subject=claim.subject,
        change=claim.change,
        modality=claim.modality,
        quantity=quantity,
        where=where,
        cells=outline.cells,
        when=when,
        first=outline.bracket[0],
        last=outline.bracket[1],
        who=who,
        # A grade goes with a source through all that it says, and a witness was there.
        grade="" if quiet else f"{source.reliability}{claim.credibility}",
        access=Access.UNKNOWN if quiet else claim.access,
        status=one.status,
        why=phrases.why_words(one.status),
        findings=() if quiet else tuple(sorted(one.findings)),
        is_simulated=claim.is_simulated,
    )


def _links(
    claims: Sequence[Sayable], outlines: Mapping[str, Outline]
) -> dict[str, tuple[list[str], list[str]]]:
    """Return which claims agree and which do not, where saying so tells nothing more.

    A link from a guarded claim to one that is told more closely would tell where it lies.
    """
    said = {one.claim.id: one for one in claims}

    def linked(name: str, others: Iterable[str]) -> list[str]:
        both = [other for other in dict.fromkeys(others) if other in said and other != name]
        return [other for other in both if _may_link(outlines[name], outlines[other])]

    agree = {name: set(linked(name, one.agreeing)) for name, one in said.items()}
    differ = {name: set(linked(name, one.contradicting)) for name, one in said.items()}
    return {
        name: (
            sorted(agree[name] | {other for other in said if name in agree[other]}),
            sorted(differ[name] | {other for other in said if name in differ[other]}),
        )
        for name in said
    }


def _may_link(one: Outline, other: Outline) -> bool:
    return (not one.is_quiet or is_as_wide(other, one)) and (
        not other.is_quiet or is_as_wide(one, other)
    )


# -- keys --------------------------------------------------------------------------------------


def _header(
    plain: Mapping[str, Told],
    links: Mapping[str, tuple[list[str], list[str]]],
    memory: Memory,
    grid: Grid,
    level: Level,
) -> Header:
    """Return the header of an earlier release with the same content, or a new one."""
    content = hashlib.sha256(
        json.dumps(
            [[name, repr(plain[name]), links[name]] for name in sorted(plain)], sort_keys=True
        ).encode()
    ).hexdigest()
    newest = memory.headers.get(memory.newest)
    for header in memory.headers.values():
        same = (content, grid.cell_m, level)
        if (header.content, header.cell_m, header.level) == same and newest is not None:
            is_newest = header.nth == newest.nth
            return header if is_newest else replace(header, nth=newest.nth + 1)
    return Header(
        salt=secrets.token_hex(_SALT_BYTES),
        cell_m=grid.cell_m,
        level=level,
        content=content,
        nth=newest.nth + 1 if newest else 1,
    )


def _keys(names: Iterable[str], salt: str) -> dict[str, str]:
    """Return a random name for each claim; without the salt it cannot be made from the claim."""
    secret = bytes.fromhex(salt)
    return {
        name: base64.b32encode(hmac.digest(secret, name.encode(), "sha256")[:5]).decode().lower()
        for name in names
    }


__all__ = ["Sayable", "Telling", "Withheld", "barred", "is_guarded", "redact", "tell"]
