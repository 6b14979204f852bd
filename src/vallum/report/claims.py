"""What was said: each claim that may be told as a card, with its grade, status and why.

Everything comes from `Told`, which is all that a release lets out. Nothing here counts: a number of
claims beside a number of cells would say how many were left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vallum.ground.records import Finding
from vallum.ground.saidkinds import Access, ClaimStatus
from vallum.ground.span import Spans
from vallum.ground.told import Told
from vallum.report.book import SIMULATED, Book
from vallum.report.printing import CHANGE_LABELS, dated_text, kind_label, stretch_text, when_text
from vallum.report.tongue import Spoken, said, say

ORDER = (
    ClaimStatus.CORROBORATED,
    ClaimStatus.CONTRADICTED,
    ClaimStatus.NOT_OBSERVABLE,
    ClaimStatus.UNVERIFIED,
)
NOT_COUNTED = "Claims that may not be told are not in this list, nor is their number."
INTRO = (
    "Reports, testimony and papers were read for what they claim of this border. A program "
    "proposes what a sentence claims; a person approves it, changes it or throws it out, and only "
    "what a person approved can stand here. Each sentence is made by the program: nobody is "
    "quoted. Places are told by whole cells of the line and times by the month, the quarter or the "
    "year, to protect those who spoke.",
    "The status is worked out, never typed. It says how a claim stands beside images and other "
    "sources, not whether it is true. Sources who have it from the same origin count once.",
)
GRADED = (
    "Grades follow the Admiralty system: a letter for how reliable the source is, a number for how "
    "credible the information is. The two are judged independently and are never combined."
)
RELIABILITY = Spoken({
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "reliability cannot be judged",
})  # fmt: skip
CREDIBILITY = Spoken({
    "1": "confirmed by other independent sources",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "truth cannot be judged",
})  # fmt: skip
_ACCESS = Spoken({
    Access.DIRECT: "first-hand: whoever is quoted saw it or took part in it",
    Access.HEARSAY: "second-hand: whoever is quoted has it from others",
    Access.UNKNOWN: "how it is known is not stated",
})  # fmt: skip
_UNDESCRIBED = "a source that is not described"
_GRADE = re.compile(r"([A-F])([1-6])")


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a status is shown: never by its colour alone.

    Attributes:
        sign: one letter that stands before the word.
        colour: of ink on white; at least 7:1, so that it holds in print and in grey.
        hatch: what fills a bar; empty for a solid or a hollow one.
        is_solid: whether the bar is filled with the colour.
        dash: of a line on the map.
        means: what it says, in a sentence.
    """

    sign: str
    colour: str
    hatch: str
    is_solid: bool
    dash: Any
    means: str


LOOKS = {
    ClaimStatus.CORROBORATED: Look(
        sign="✓", colour="#0b5d3b", hatch="", is_solid=True, dash="solid",
        means="at least two sources of different origin agree on what, where and when; or one "
        "source says it and a finding from images supports it, in place and time.",
    ),
    ClaimStatus.CONTRADICTED: Look(
        sign="✗", colour="#8b0000", hatch="xxxx", is_solid=False, dash=(0, (3.2, 1.2)),
        means="images cover the place and the time, could show it, and show nothing of the kind; "
        "or a source of another origin says otherwise. Support, where there is some, stands in "
        "why.",
    ),
    ClaimStatus.NOT_OBSERVABLE: Look(
        sign="∅", colour="#4d4d4d", hatch="....", is_solid=False, dash=(0, (0.8, 0.8)),
        means="no image could show it: the thing is too small, or there is no image of that place "
        "and time. That speaks neither for it nor against it.",
    ),
    ClaimStatus.UNVERIFIED: Look(
        sign="?", colour="#6b4e00", hatch="", is_solid=False, dash=(0, (6, 1, 1, 1)),
        means="nothing was found that supports it or speaks against it. That does not make it "
        "false.",
    ),
}  # fmt: skip
MOST_NAMED = 5
"""Findings that a claim's card names; a town full of posts bears one claim out 150 times."""


def in_order(claims: Iterable[Told]) -> list[Told]:
    """Return claims along the line, those that cannot be placed last.

    The order in which they came says nothing and is not kept; among equals the random key decides.
    """
    return sorted(claims, key=_place)


def _place(one: Told) -> tuple[float, float, int, str]:
    start, end = ends_of(one.cells)
    return start, end, ORDER.index(one.status), one.key


def ends_of(cells: Spans) -> tuple[float, float]:
    """First and last metre of cells; infinity where there are none."""
    parts = list(cells)
    return (parts[0].start_m, parts[-1].end_m) if parts else (math.inf, math.inf)


def blocks_of(claims: Sequence[Told]) -> list[list[Told]]:
    """Return groups of claims that contradict each other, directly or through a third."""
    known = {one.key: one for one in claims}
    links: dict[str, set[str]] = {key: set() for key in known}
    for one in claims:
        for other in one.beside:
            if other in known and other != one.key:
                links[one.key].add(other)
                links[other].add(one.key)
    blocks, met = [], set()
    for one in claims:
        if one.key in met or not links[one.key]:
            continue
        group, waiting = {one.key}, [one.key]
        while waiting:
            fresh = links[waiting.pop()] - group
            group |= fresh
            waiting += fresh
        met |= group
        blocks.append([other for other in claims if other.key in group])
    return blocks


def claims_model(book: Book) -> dict[str, Any]:
    """Return the section as plain JSON: every word in it as printed; empty without claims."""
    if not book.claims:
        return {}
    claims = in_order(book.claims)
    anchors = {one.key: f"told-{number}" for number, one in enumerate(claims, start=1)}
    findings = findings_of(book, claims)
    placed_at = {book.id_of(one): f"held-{number}" for number, one in enumerate(findings, start=1)}
    cards = {one.key: _card(book, one, claims, anchors, placed_at) for one in claims}
    blocks = blocks_of(claims)
    apart = {one.key for block in blocks for one in block}
    rest = [one for one in claims if one.key not in apart]
    return {
        "intro": [said(text) for text in INTRO],
        "not_counted": said(NOT_COUNTED),
        "graded": said(GRADED) if any(_GRADE.fullmatch(one.grade) for one in claims) else "",
        "statuses": [_status(one) for one in ORDER],
        "against": [[cards[one.key] for one in block] for block in blocks],
        "placed": [cards[one.key] for one in rest if one.cells],
        "unplaced": [cards[one.key] for one in rest if not one.cells],
        "findings": [_held(book, one, placed_at) for one in findings],
    }


def findings_of(book: Book, claims: Iterable[Told]) -> list[Finding]:
    """Findings of the book that the claims' cards name, by place; all are in claims.csv."""
    wanted = {key for one in claims for key in one.findings[:MOST_NAMED]}
    return [one for one in book.stated if book.id_of(one) in wanted]


def _status(status: ClaimStatus) -> dict[str, str]:
    look = LOOKS[status]
    return {
        "status": str(status),
        "sign": look.sign,
        "label": said(status.label),
        "means": (means := said(look.means))[:1].upper() + means[1:],
    }


def grade_words(grade: str) -> str:
    """What a grade means, the letter and the number apart; empty where it is no grade."""
    match = _GRADE.fullmatch(grade)
    if match is None:
        return ""
    letter, number = match.groups()
    return say(
        "source {letter}, {reliability}; information {number}, {credibility}",
        letter=letter, reliability=RELIABILITY[letter],
        number=number, credibility=CREDIBILITY[number],
    )  # fmt: skip


def cells_text(cells: Spans) -> str:
    """The cells as stretches of the line."""
    return ", ".join(stretch_text(part.start_m, part.end_m) for part in cells)


def _card(
    book: Book, one: Told, claims: Sequence[Told], anchors: dict[str, str], held: dict[str, str]
) -> dict[str, Any]:
    agreeing = [other for other in claims if other.key in one.agrees and other.key != one.key]
    return {
        "key": one.key,
        "anchor": anchors[one.key],
        "says": said(one.says),
        "subject": said(one.subject.label),
        "change": CHANGE_LABELS[one.change] if one.change else "",
        "modality": said(one.modality.label),
        "quantity": said(one.quantity),
        "where": said(one.where) or say("cannot be placed"),
        "stretch": cells_text(one.cells),
        "cells": [[part.start_m, part.end_m] for part in one.cells],
        "when": when_text(one.when) or say("no date stated"),
        "first": one.first.isoformat() if one.first else "",
        "last": one.last.isoformat() if one.last else "",
        "who": said(one.who or _UNDESCRIBED),
        "access": _ACCESS[one.access],
        "grade": one.grade,
        "grade_words": grade_words(one.grade) or say("not graded"),
        "status": str(one.status),
        "sign": LOOKS[one.status].sign,
        "label": said(one.status.label),
        "why": said(one.why),
        "findings": [{"id": key, "anchor": held.get(key, "")} for key in one.findings],
        "named": [{"id": key, "anchor": held.get(key, "")} for key in one.findings[:MOST_NAMED]],
        "beside": [key for key in one.beside if key in anchors],
        "agrees": [
            {"key": other.key, "anchor": anchors[other.key], "says": said(other.says)}
            for other in agreeing
        ],
        "mark": SIMULATED if one.is_simulated or book.is_simulated else "",
    }


def _held(book: Book, finding: Finding, anchors: dict[str, str]) -> dict[str, str]:
    key = book.id_of(finding)
    return {
        "id": key,
        "anchor": anchors[key],
        "what": f"{kind_label(finding.category)}, {CHANGE_LABELS[finding.change]}",
        "held": said(str(finding.held)),
        "where": stretch_text(finding.span.start_m, finding.span.end_m),
        "dated": dated_text(finding) or say("not dated"),
        "trace": f"vallum trace {key}",
    }
