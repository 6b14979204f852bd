"""Where each claim stands: computed from matches and origins, never typed.

One origin never counts twice, however often it is published, translated or told: a claim rests on
as many voices as there are origins behind it. Grades are letters; they are neither multiplied nor
averaged, and only compared where two origins contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vallum.claims.against import is_partly
from vallum.ground.records import Finding
from vallum.ground.saidkinds import ClaimStatus, MatchMethod, Relation, Standing, Voice
from vallum.ground.statements import Claim, Exhibit, Match, Source

_LETTERS = tuple("ABCDEF")
_WORST = len(_LETTERS) - 1
_FOUND = f"{Finding.PREFIX}-"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """One approved claim and where it stands.

    Attributes:
        claim: the claim.
        exhibit: where it is said; None where that row is missing.
        source: whose it is; None where nobody is named.
        status: corroborated, contradicted, not observable or unverified.
        supports: matches with findings that bear all of it out.
        in_part: matches with images that support it less than that; they corroborate nothing.
        contradicts: matches with images that contradict it.
        not_observable: matches that say why images show nothing of it.
        origins: who it goes back to, and who says the same: each origin once.
        agreeing: claims of other origins that say as much or more.
        contradicting: claims that say otherwise, of whatever origin.
        why: what the status rests on, without places, days stated, or sources.
    """

    claim: Claim
    exhibit: Exhibit | None
    source: Source | None
    status: ClaimStatus
    supports: tuple[Match, ...] = ()
    in_part: tuple[Match, ...] = ()
    contradicts: tuple[Match, ...] = ()
    not_observable: tuple[Match, ...] = ()
    origins: tuple[str, ...] = ()
    agreeing: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class _Voice:
    """Who is behind a claim."""

    exhibit: Exhibit | None
    source: Source | None
    origin: str
    """Empty where nobody is known, or where it is a sensor: it cannot count as a voice."""
    standing: int
    """Of the one it goes back to: 0 for A to 5 for F. A republication lends it no better one."""


def weigh(
    claims: Iterable[Claim],
    exhibits: Iterable[Exhibit],
    sources: Iterable[Source],
    matches: Iterable[Match],
) -> tuple[Weighed, ...]:
    """Return every approved claim with its status, by id.

    *Corroborated*: sources of two origins say it, or one does and an image shows all of it.
    *Contradicted*: an image that would show it does not, or a claim of another origin, whose source
    is of equal or better reliability, says otherwise. It stays so beside whatever supports it.
    *Not observable*: images can say nothing, and nobody else says it. *Unverified*: all else.

    Claims that are not approved, and those of a source who took consent back, count nowhere. Whom
    else not to ask on a day is for the caller to know, and to leave out.

    Args:
        claims: those that may count.
        exhibits: evidentiary ones at least, with what they derive from.
        sources: all of them.
        matches: the newest row per key; withdrawn ones do not count.
    """
    papers = {row.id: row for row in exhibits}
    every = list(sources)
    known = {row.code: row for row in every} | {row.id: row for row in every}
    voices = {
        claim.id: (claim, _voice(claim, papers, known))
        for claim in claims
        if claim.standing is Standing.APPROVED
    }
    voices = {
        name: (claim, voice)
        for name, (claim, voice) in voices.items()
        if voice.source is None or voice.source.consent_withdrawn is None
    }
    about: dict[str, list[Match]] = {name: [] for name in voices}
    for match in matches:
        if match.claim in about and not match.is_withdrawn:
            about[match.claim].append(match)
    return tuple(
        _weighed(name, voices, sorted(about[name], key=lambda match: match.id))
        for name in sorted(voices)
    )


# -- who is behind it ---------------------------------------------------------------------------


def _voice(claim: Claim, exhibits: Mapping[str, Exhibit], known: Mapping[str, Source]) -> _Voice:
    """Return who is behind a claim; `known` holds sources by id and by code."""
    exhibit = exhibits.get(claim.exhibit)
    source = known.get(exhibit.source) if exhibit else None
    root = _root(exhibit, exhibits)
    first = known.get(root.source) if root else None
    if first is None or first.voice is Voice.SENSOR:
        return _Voice(exhibit=exhibit, source=source, origin="", standing=_WORST)
    origin = _origin(first, known)
    letter = known.get(origin, first).reliability
    return _Voice(
        exhibit=exhibit,
        source=source,
        origin=origin,
        standing=_LETTERS.index(letter) if letter in _LETTERS else _WORST,
    )


def _root(exhibit: Exhibit | None, exhibits: Mapping[str, Exhibit]) -> Exhibit | None:
    """Return what a copy, a translation or a republication goes back to."""
    passed: list[str] = []
    while exhibit is not None and exhibit.derived_from in exhibits:
        if exhibit.id in passed:
            # Papers that name each other in a ring have one root, whichever one begins with.
            return exhibits[min(passed[passed.index(exhibit.id) :])]
        passed.append(exhibit.id)
        exhibit = exhibits[exhibit.derived_from]
    return exhibit


def _origin(source: Source, known: Mapping[str, Source]) -> str:
    """Return what a source goes back to: its group, whose name may be that of another source."""
    passed = [source.code]
    label = source.origin
    while label in known and known[label].code not in passed:
        passed.append(known[label].code)
        label = known[label].origin
    if not label:
        return passed[-1]
    if label in known:
        # Sources that name each other in a ring are one group, whichever one begins with.
        return min(passed[passed.index(known[label].code) :])
    return label


# -- where it stands ----------------------------------------------------------------------------


def _weighed(
    name: str, voices: Mapping[str, tuple[Claim, _Voice]], matches: Sequence[Match]
) -> Weighed:
    claim, voice = voices[name]
    said = [m for m in matches if m.method is MatchMethod.SECOND_SOURCE and m.about in voices]
    shown = [m for m in matches if m.method is not MatchMethod.SECOND_SOURCE]
    fitting = [m for m in shown if m.relation is Relation.SUPPORTS]
    supports = tuple(m for m in fitting if m.about.startswith(_FOUND) and not is_partly(m))
    in_part = tuple(m for m in fitting if m not in supports)
    contradicts = tuple(m for m in shown if m.relation is Relation.CONTRADICTS)
    unseen = tuple(m for m in shown if m.relation is Relation.NOT_OBSERVABLE)
    agreeing = [
        m.about for m in said
        if m.relation is Relation.SUPPORTS and _is_other(voice, voices[m.about][1])
    ]  # fmt: skip
    contradicting = [m.about for m in said if m.relation is Relation.CONTRADICTS]
    weighty = [
        other for other in contradicting
        if _is_other(voice, voices[other][1]) and voices[other][1].standing <= voice.standing
    ]  # fmt: skip
    origins = {voice.origin, *(voices[other][1].origin for other in agreeing)} - {""}
    is_corroborated = bool(voice.origin) and (len(origins) > 1 or bool(supports))
    if contradicts or weighty:
        status = ClaimStatus.CONTRADICTED
    elif is_corroborated:
        status = ClaimStatus.CORROBORATED
    elif unseen and not fitting:
        status = ClaimStatus.NOT_OBSERVABLE
    else:
        status = ClaimStatus.UNVERIFIED
    return Weighed(
        claim=claim,
        exhibit=voice.exhibit,
        source=voice.source,
        status=status,
        supports=supports,
        in_part=in_part,
        contradicts=contradicts,
        not_observable=unseen,
        origins=tuple(sorted(origins)),
        agreeing=tuple(sorted(agreeing)),
        contradicting=tuple(sorted(contradicting)),
        why=_why(
            voice,
            origins,
            supports,
            in_part,
            contradicts,
            unseen,
            bool(weighty),
            bool(contradicting),
        ),
    )


def _is_other(voice: _Voice, other: _Voice) -> bool:
    """Say whether two claims go back to two origins, both known."""
    return bool(voice.origin and other.origin and voice.origin != other.origin)


def _why(
    voice: _Voice,
    origins: set[str],
    supports: Sequence[Match],
    in_part: Sequence[Match],
    contradicts: Sequence[Match],
    unseen: Sequence[Match],
    is_denied: bool,
    is_disputed: bool,
) -> str:
    """Return in sentences what a status rests on."""
    told = []
    if contradicts:
        told.append(_sentence(f"contradicted by images: {contradicts[0].rationale}"))
    if is_denied:
        told.append("Another origin, no less reliable, says otherwise.")
    elif is_disputed:
        told.append("Another claim says otherwise.")
    if supports:
        told.append(_sentence(f"shown by images: {supports[0].rationale}"))
        if len(supports) > 1:
            told.append(_sentence(f"{_number(len(supports) - 1)} more of what was found fits"))
    elif in_part:
        told.append(_sentence(f"supported in part only: {in_part[0].rationale}"))
    if len(origins) > 1:
        told.append(_sentence(f"reported by {_number(len(origins))} independent origins"))
    elif not voice.origin:
        told.append("It is not known who says so, so that it cannot count as a source.")
    else:
        told.append("Reported by one origin.")
    if unseen and not supports and not in_part and not contradicts:
        told.append(_sentence(f"images say nothing: {unseen[0].rationale}"))
    return " ".join(told)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}".rstrip(".") + "."


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
