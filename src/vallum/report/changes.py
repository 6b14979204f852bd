"""What is otherwise than in the edition before, number by number, and what was corrected."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from vallum.ground.kinds import Basis
from vallum.ground.records import Estimate
from vallum.report.book import Book
from vallum.report.issue import Cause, Changed, Correction, Issue, Sort
from vallum.report.printing import (
    bounds_text,
    day_text,
    interval_text,
    label_of,
    number_text,
    quantity_text,
    value_text,
)
from vallum.report.tongue import many, said, say

Model = dict[str, Any]
_MOST_IDS = 3
_MINUS = "\u2212"


def history_model(book: Book) -> Model:
    """Return edition, changes and corrections as plain JSON, as printed."""
    told = book.history
    return {
        "edition": edition_text(told.issue, told.editions),
        "is_draft": told.issue.is_draft,
        "day": _day(told.issue),
        "note": told.issue.note,
        "since": name_of(told.editions[-1]) if told.editions else "",
        "editions": [
            {
                "number": one.number,
                "name": name_of(one),
                "day": _day(one),
                "note": one.note,
                "manifest_sha256": one.manifest_sha256,
            }
            for one in told.editions
        ],
        "changes": changes_model(told.changes),
        "corrections": [_correction(one) for one in told.corrections],
    }


def edition_text(issue: Issue, earlier: Iterable[Issue] = ()) -> str:
    """Return how an edition or a draft is called: `edition 2`, `draft after edition 1`."""
    if not issue.is_draft:
        return name_of(issue)
    last = [*earlier][-1:]
    if last:
        return say("draft after edition {number}", number=last[0].number)
    return say("draft")


def name_of(issue: Issue) -> str:
    """Return how an edition is called."""
    return say("edition {number}", number=issue.number)


def changes_model(changes: Iterable[Changed]) -> list[Model]:
    """Return numbers that are not as they were, as plain JSON, as printed."""
    return [
        {
            "name": one.name,
            "label": label_of(one.name),
            "was": printed(one.old),
            "now": printed(one.new),
            "difference": difference(one.old, one.new),
            "why": [why if isinstance(why, str) else cause_text(why) for why in one.why],
            "is_correction": one.is_correction,
            "trace": f"vallum trace {one.name}",
        }
        for one in changes
    ]


def _correction(one: Correction) -> Model:
    return {
        "edition": one.edition,
        "day": day_text(one.day.isoformat()),
        "name": one.name,
        "label": label_of(one.name),
        "was": printed(one.was),
        "now": printed(one.now),
        "why": one.why,
    }


def _day(issue: Issue) -> str:
    return day_text(issue.day.isoformat()) if issue.day else ""


def printed(estimate: Estimate | None) -> str:
    """Return a number as it stands in a report, with its interval; in words where there is none."""
    if estimate is None:
        return say("not stated")
    if estimate.reason:
        return say("no number: {why}", why=said(estimate.reason))
    bounds = bounds_text(estimate)
    if not math.isfinite(estimate.value):
        return bounds or say("no number")
    if bounds and estimate.basis in {Basis.SAMPLED, Basis.ASSUMPTION}:
        bounds = interval_text(bounds)
    return f"{value_text(estimate)} ({bounds})" if bounds else value_text(estimate)


def difference(old: Estimate | None, new: Estimate | None) -> str:
    """Return by how much a number went up or down, with its sign; empty where one is missing."""
    if old is None or new is None or old.unit != new.unit:
        return ""
    by = new.value - old.value
    if not math.isfinite(by):
        return ""
    sign = "+" if by > 0 else _MINUS if by < 0 else "\u00b1"
    return f"{sign}{quantity_text(abs(by), new.unit)}"


def cause_text(cause: Cause) -> str:
    """Return a reason that the ledger shows, in words."""
    ids = _ids(cause)
    if cause.sort is Sort.CAME:
        return _came(cause.kind, cause.n) + ids
    if cause.sort is Sort.WENT:
        return _went(cause.kind, cause.n) + ids
    if cause.sort is Sort.DIFFER:
        return _differ(cause.kind, cause.n) + ids
    if cause.sort is Sort.IMAGES_ADDED:
        return many(cause.n, "{n} image was added", "{n} images were added")
    if cause.sort is Sort.IMAGES_ASIDE:
        return many(
            cause.n,
            "{n} image was set aside or taken back into use",
            "{n} images were set aside or taken back into use",
        )
    if cause.sort is Sort.ANSWERS:
        return many(
            cause.n,
            "{n} answer of an analyst was given or changed",
            "{n} answers of analysts were given or changed",
        )
    if cause.sort is Sort.SETTING:
        return say(
            "the setting '{name}' was {was} and is {now}",
            name=said(cause.name), was=cause.was, now=cause.now,
        )  # fmt: skip
    if cause.sort is Sort.VERSION:
        return say("vallum {was} became vallum {now}", was=cause.was, now=cause.now)
    return say("the settings were changed")


def _ids(cause: Cause) -> str:
    if not cause.ids:
        return ""
    shown = ", ".join(cause.ids[:_MOST_IDS])
    if cause.n > _MOST_IDS:
        rest = number_text(cause.n - _MOST_IDS)
        return say(": {ids} and {n} more", ids=shown, n=rest)
    return say(": {ids}", ids=shown)


def _came(kind: str, n: int) -> str:
    if kind == "Finding":
        return many(n, "{n} finding came", "{n} findings came")
    if kind == "Candidate":
        return many(n, "{n} candidate came", "{n} candidates came")
    if kind == "Comparison":
        return many(n, "{n} comparison came", "{n} comparisons came")
    if kind in {"Scene", "Look"}:
        return many(n, "{n} image or look came", "{n} images or looks came")
    if kind in {"Sample", "Stratum"}:
        return many(n, "{n} stretch was drawn", "{n} stretches were drawn")
    if kind in {"Verdict", "Sighting"}:
        return many(n, "{n} answer came", "{n} answers came")
    return many(n, "{n} row that it rests on came", "{n} rows that it rests on came")


def _went(kind: str, n: int) -> str:
    if kind == "Finding":
        return many(n, "{n} finding went", "{n} findings went")
    if kind == "Candidate":
        return many(n, "{n} candidate went", "{n} candidates went")
    if kind == "Comparison":
        return many(n, "{n} comparison went", "{n} comparisons went")
    if kind in {"Scene", "Look"}:
        return many(n, "{n} image or look went", "{n} images or looks went")
    if kind in {"Sample", "Stratum"}:
        return many(n, "{n} stretch was left out", "{n} stretches were left out")
    if kind in {"Verdict", "Sighting"}:
        return many(n, "{n} answer was taken back", "{n} answers were taken back")
    return many(n, "{n} row that it rested on went", "{n} rows that it rested on went")


def _differ(kind: str, n: int) -> str:
    if kind == "Finding":
        return many(n, "{n} finding was changed", "{n} findings were changed")
    if kind == "Candidate":
        return many(n, "{n} candidate was changed", "{n} candidates were changed")
    if kind == "Comparison":
        return many(n, "{n} comparison was made anew", "{n} comparisons were made anew")
    if kind in {"Scene", "Look"}:
        return many(n, "{n} image or look was changed", "{n} images or looks were changed")
    if kind in {"Verdict", "Sighting"}:
        return many(n, "{n} answer was changed", "{n} answers were changed")
    return many(n, "{n} row that it rests on was changed", "{n} rows that it rests on were changed")
