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

from vallum.evidence import coarse, consent, phrases, voices
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
    restated,
)
from vallum.evidence.redact import AT_DESK, redact
from vallum.ground.errors import BadSetting
from vallum.ground.records import Claim, Disclosure, Exhibit, Level, Source
from vallum.ground.saidkinds import (
    Access,
    Attribution,
    ClaimStatus,
    Risk,
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
        is_part_shown: images show a part of it.
        aside: why it is not told although it might be, as `repeated` says; else empty.
    """

    claim: Claim
    exhibit: Exhibit
    source: Source
    status: ClaimStatus = ClaimStatus.UNVERIFIED
    findings: tuple[str, ...] = ()
    agreeing: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()
    is_part_shown: bool = False
    aside: str = ""


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
        restated: claims whose status is new, where all are one source's.
        as_before: claims told as closely as before, although their source is at higher risk now.
        overruled: claims of which somebody decided that they are told although it was refused.
        statuses: where the told claims stand in it, by id.
        keys: names under which the told claims are printed, by id; never printed together.
    """

    told: tuple[Told, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    refused: tuple[Refusal, ...] = ()
    together: tuple[str, ...] = ()
    restated: tuple[str, ...] = ()
    as_before: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()
    statuses: Mapping[str, ClaimStatus] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


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


def repeated(
    claims: Iterable[Sayable],
    *,
    same: Collection[tuple[str, str]],
    otherwise: Collection[tuple[str, str]],
    origins: Mapping[str, str],
    earlier: Sequence[Disclosure],
    level: Level,
) -> dict[str, str]:
    """Return which claims are not told beside others of one origin, and why; see `voices`.

    Args:
        claims: those that may be told.
        same: pairs of ids of claims that say the same, whoever says so.
        otherwise: pairs of which one says what the other denies.
        origins: who each goes back to, by id; its source where it is not there.
        earlier: what all earlier releases told.
        level: who reads the release.
    """
    memory = Memory.of(earlier, level)
    said = []
    for one in claims:
        before = memory.of_claim(one.claim.id)
        said.append(
            voices.Said(
                claim=one.claim.id,
                origin=origins.get(one.claim.id) or one.source.code,
                is_guarded=is_guarded(one.source) or any(old.is_guarded for _, old in before),
                is_out=bool(before),
            )
        )
    return voices.left_out(said, same, otherwise)


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
        one.claim.id: barred(one.claim, one.exhibit, one.source, level=level, on=on) or one.aside
        for one in given
    }
    withheld = tuple(Withheld(subject=name, why=why) for name, why in reasons.items() if why)
    open_ones = [one for one in given if not reasons[one.claim.id]]
    memory = Memory.of(earlier, level)
    if not (open_ones or memory.headers):
        return Telling(withheld=withheld)
    if problem := grid.refusal(header.cell_m for header in memory.headers.values()):
        raise BadSetting(f"nothing was told: {problem}")
    risks = {one.claim.id: _risk(one, memory, despite) for one in open_ones}
    outlines = _outlines(open_ones, grid, memory, risks)
    plain = {one.claim.id: _told(one, outlines, towns) for one in open_ones}
    outlines = {name: _worded(outline, plain[name]) for name, outline in outlines.items()}
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
        restated=restated(outlines, memory),
        as_before=tuple(
            one.claim.id for one in open_ones if _is_bolder(risks[one.claim.id], one.source.risk)
        ),
        overruled=_overruled(outlines, memory, open_ones, despite),
        statuses={one.claim.id: one.status for one in open_ones},
        keys=keys,
    )


# -- how closely -------------------------------------------------------------------------------


def _risk(one: Sayable, memory: Memory, despite: Collection[str]) -> Risk:
    """Return the risk that decides how coarsely a claim is told.

    What was told is told as before when the risk of its source rises or falls: all claims that
    change together would be seen to be one source's, and that something happened to it. What is
    out is out; a person may decide otherwise, claim by claim.
    """
    told = [old.risk for _, old in memory.of_claim(one.claim.id) if old.risk]
    is_as_told = bool(told) and one.claim.id not in despite
    return Risk(told[-1]) if is_as_told else one.source.risk


def _is_bolder(told: Risk, now: Risk) -> bool:
    order = tuple(Risk)
    return order.index(told) < order.index(now)


def _overruled(
    outlines: Mapping[str, Outline],
    memory: Memory,
    claims: Sequence[Sayable],
    despite: Collection[str],
) -> tuple[str, ...]:
    """Return the claims whose refusal somebody has decided to overrule, of all that are named."""
    without = refusals(outlines, memory)
    coarser = {
        one.claim.id
        for one in claims
        if _is_bolder(_risk(one, memory, ()), _risk(one, memory, despite))
    }
    return tuple(sorted(({one.claim for one in without} | coarser) & set(despite)))


def _worded(outline: Outline, told: Told) -> Outline:
    """Return an outline that remembers what was printed, and where the claim stood."""
    words = repr(replace(told, status=ClaimStatus.UNVERIFIED, why="", findings=()))
    digest = hashlib.sha256(words.encode()).hexdigest()
    return replace(outline, words=digest, status=told.status.value)


def _outlines(
    claims: Sequence[Sayable], grid: Grid, memory: Memory, risks: Mapping[str, Risk]
) -> dict[str, Outline]:
    who = _who(claims, memory)
    return {
        one.claim.id: kept_coarse(
            _outline(one, grid, who[one.claim.id], risks[one.claim.id]),
            [old for _, old in memory.of_claim(one.claim.id)],
        )
        for one in claims
    }


def _outline(one: Sayable, grid: Grid, who: str, risk: Risk) -> Outline:
    claim, source = one.claim, one.source
    amount = (claim.quantity_min, claim.quantity_max)
    is_placed = bool(claim.places) and all(place.span is not None for place in claim.places)
    return Outline(
        claim=claim.id,
        source=source.id,
        is_guarded=is_guarded(source),
        is_quiet=risk.is_protected,
        # Half of the places would be told as if they were all.
        cells=grid.cells(claim.spans, risk) if is_placed else Spans(),
        bracket=coarse.widened(coarse.bracket_of(claim.dates), Grain.of(risk)),
        amount=coarse.rounded_out(amount) if risk.is_protected else amount,
        who=who,
        risk=risk.value,
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
    findings = () if quiet else tuple(sorted(one.findings))
    who = phrases.voice_words(outline.who, "" if outline.is_guarded else _quoted(one))
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
        # A grade goes with a source through all that it says, and changes in all of it at once.
        grade="" if outline.is_guarded else f"{source.reliability}{claim.credibility}",
        access=Access.UNKNOWN if quiet else claim.access,
        status=one.status,
        why=phrases.why_words(
            one.status, is_part_shown=bool(findings) or (one.is_part_shown and not quiet)
        ),
        findings=findings,
        is_simulated=claim.is_simulated,
    )


def _quoted(one: Sayable) -> str:
    """Return whom a source says it has it from, where that is somebody else."""
    said = " ".join(one.claim.attribution.split())
    own = {one.source.name.casefold(), one.source.described_as.casefold()}
    return "" if said.casefold() in own else said


def _links(
    claims: Sequence[Sayable], outlines: Mapping[str, Outline]
) -> dict[str, tuple[list[str], list[str]]]:
    """Return which claims agree and which do not, where saying so tells nothing more.

    A link from a guarded claim to one that is told more closely would tell where it lies. That two
    claims of one origin are not linked tells nothing either: of those that would be, one is told.
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


__all__ = ["Sayable", "Telling", "Withheld", "barred", "is_guarded", "redact", "repeated", "tell"]
