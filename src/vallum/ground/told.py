"""What may be told of a claim: made by `evidence.release`, printed by `report`, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vallum.ground.kinds import Change
from vallum.ground.saidkinds import Access, ClaimStatus, Modality, Subject
from vallum.ground.span import Spans


@dataclass(frozen=True, kw_only=True)
class Told:
    """One claim as a release tells it: coarse in place and time, without its words.

    Attributes:
        key: random, made anew for every release; says nothing of the claim's row.
        says: a sentence made by the program, never a quotation.
        subject: what it speaks of.
        change: what happened to it; None if nothing is said.
        modality: how far it is.
        quantity: how much, in words; empty if not stated.
        where: the place in words, as coarse as `cells`; "cannot be placed" where it cannot.
        cells: whole border cells; empty where it cannot be placed.
        when: the time in words: a month, a season, a year, or "no date stated".
        first: first day of that bracket; None where open or not stated.
        last: last day of it.
        who: the words agreed with the source, or the name of a publisher.
        grade: reliability and credibility as judged, like "B2".
        access: how whoever says so came to know it.
        status: corroborated, contradicted, not observable or unverified.
        why: what the status rests on, in a sentence.
        findings: ids of published findings that support or contradict it.
        beside: keys of claims in this release that say otherwise.
        agrees: keys of claims in this release that say the same.
        is_simulated: made by a program.
    """

    key: str
    says: str
    subject: Subject
    modality: Modality
    status: ClaimStatus
    change: Change | None = None
    quantity: str = ""
    where: str = ""
    cells: Spans = Spans()
    when: str = ""
    first: date | None = None
    last: date | None = None
    who: str = ""
    grade: str = ""
    access: Access = Access.UNKNOWN
    why: str = ""
    findings: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    agrees: tuple[str, ...] = ()
    is_simulated: bool = False
