"""What could be seen: how much border was compared for each class, and findings in doubt for it."""

from __future__ import annotations

import math
from typing import Any

from vallum.ground import visibility
from vallum.ground.kinds import Kind
from vallum.ground.records import Comparison, Finding
from vallum.report.book import Book
from vallum.report.printing import (
    CHANGE_LABELS,
    THIN,
    Scaled,
    Way,
    exact_text,
    grouped,
    kind_label,
    length_text,
    quantity_text,
    share_text,
    stretch_text,
)
from vallum.report.tongue import ENGLISH, many, said, say, sentences, spoken

TOO_COARSE = "pixels too coarse: no class that is sought would show on them"
_MOST_DOUBTS = 60
_WHOLE_KM_FROM_M = 100_000
_MEANS = (
    "Where the images are coarser, the report does not say that there is none: it says nothing."
)
_NAMED_FIRST = (Kind.FENCE, Kind.GUARD_POST, Kind.PATROL_ROAD)


def visible_model(book: Book) -> dict[str, Any]:
    """Return the section as plain JSON; without rows where nothing was measured for it."""
    rows = [row for kind in Kind if (row := _row(book, kind)) is not None]
    doubts = _doubts(book)
    return {
        "said": _said(book) if rows else "",
        "means": said(_MEANS) if rows else "",
        "rows": rows,
        "doubts": doubts[:_MOST_DOUBTS],
        "n_doubts": len(doubts),
        "doubts_said": _doubts_said(len(doubts), book) if doubts else "",
    }


def _row(book: Book, kind: Kind) -> dict[str, Any] | None:
    estimate = book.estimate(f"border_km_comparable_{kind.value}")
    if estimate is None:
        return None
    limit, metres = visibility.of_kind(kind), round(estimate.value * 1000)
    size = f"{limit.most_m:g}{THIN}m"
    return {
        "kind": kind_label(kind),
        "pixels": say("{size} (a guess)", size=size) if limit.is_guess else size,
        "pixels_m": limit.most_m,
        "metres": metres,
        "printed": length_text(metres),
        "exact": exact_text(metres),
        "share": share_text(metres / book.extent.length_m) if book.extent.length_m else "",
        "caution": said(limit.caution),
        "reported": say(
            "reported seen on pixels of up to {size}", size=f"{limit.reported_m:g}{THIN}m"
        ),
        "source": said(limit.source),
        "reported_by": said(limit.reported_by),
        "trace": estimate.name,
    }


def _said(book: Book) -> str:
    """Say it in one sentence: fences on 812 km of 1,400, guard posts on 930, roads on 1,280."""
    metres = {
        kind: round(estimate.value * 1000)
        for kind in Kind
        if (estimate := book.estimate(f"border_km_comparable_{kind.value}")) is not None
    }
    whole_m = book.extent.length_m
    whole = _amount(whole_m, whole_m, Way.NEAREST)
    if not any(metres.values()):
        return say(
            "On none of the {whole} of border are both images fine enough to say of any class "
            "that there is none.", whole=whole,
        )  # fmt: skip
    if set(metres.values()) == {whole_m}:
        return say("Every class could be compared on all {whole} of border.", whole=whole)
    if len(set(metres.values())) == 1:
        one = _amount(next(iter(metres.values())), whole_m)
        return say(
            "Every class could be compared on {part} of {whole} of border.", part=one, whole=whole
        )
    first, *others = (kind for kind in _NAMED_FIRST if kind in metres)
    one = _amount(metres[first], whole_m)
    if 0 < metres[first] < whole_m:
        text = say(
            "{things} could be compared on {part} of {whole}",
            things=_things(first), part=one, whole=_bare(whole, one),
        )  # fmt: skip
    elif metres[first] == whole_m:
        text = say("{things} could be compared on all {whole}", things=_things(first), whole=whole)
    else:
        text = say(
            "{things} could be compared on none of the {whole} of border",
            things=_things(first), whole=whole,
        )  # fmt: skip
    for kind in others:
        part = _bare(_amount(metres[kind], whole_m), whole)
        text = say("{said}, {things} on {part}", said=text, things=_things(kind), part=part)
    return say("{sentence}.", sentence=text[:1].upper() + text[1:])


def _amount(metres: int, whole_m: int, way: Way = Way.DOWN) -> str:
    """Return a length on the scale of the whole: kilometres of a long border without decimals."""
    if not metres:
        return say("none")
    if metres == whole_m and way is Way.DOWN:
        return say("all")
    if whole_m >= _WHOLE_KM_FROM_M and metres >= 1000:
        return quantity_text(math.floor(metres / 1000 + (way is Way.NEAREST) / 2), "", way) + (
            f"{THIN}km"
        )
    return Scaled.over([whole_m / 1000], "km").text(metres / 1000, way)


def _bare(text: str, beside: str) -> str:
    """Return a length without its unit where that is the unit of the one beside it."""
    number, _, unit = text.partition(THIN)
    return number if unit == beside.partition(THIN)[2] else text


def _things(kind: Kind) -> str:
    """A class in the plural; other languages have one form."""
    return f"{kind.label}s" if spoken() == ENGLISH else said(kind.label)


# -- findings in doubt --------------------------------------------------------------------------


def _doubts(book: Book) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind_label(finding.category),
            "change": CHANGE_LABELS[finding.change],
            "where": stretch_text(finding.span.start_m, finding.span.end_m),
            "start_m": finding.span.start_m,
            "why": why,
        }
        for finding in book.confirmed + book.standing
        for why in _why(book, finding)
    ]


def _why(book: Book, finding: Finding) -> tuple[str, ...]:
    pair = book.candidate_by_id.get(finding.about)
    scenes = [book.scene_by_id.get(name) for name in (pair.before, pair.after)] if pair else []
    before, after = scenes or (None, None)
    if before is None or after is None:
        return ()
    doubts = visibility.doubts(finding.category, finding.change, before.gsd_m, after.gsd_m)
    return tuple(map(said, doubts))


def _doubts_said(n_reasons: int, book: Book) -> str:
    n = sum(bool(_why(book, one)) for one in book.confirmed + book.standing)
    text = many(
        n,
        "{n} confirmed finding rests on images whose pixels usually do not show such a thing. "
        "People saw it, so it is counted; what the pixels leave open is said here.",
        "{n} confirmed findings rest on images whose pixels usually do not show such a thing. "
        "People saw it, so it is counted; what the pixels leave open is said here.",
    )
    if n_reasons <= _MOST_DOUBTS:
        return text
    return sentences(text, say("The first {n} reasons are shown.", n=grouped(_MOST_DOUBTS)))


# -- what could not be seen for that ------------------------------------------------------------


def is_too_coarse(book: Book, one: Comparison) -> bool:
    """Say whether a pair of images is so coarse that it shows no class at all."""
    before, after = book.scene_of(one.before), book.scene_of(one.after)
    if before is None or after is None:
        return False
    sizes_m = (before.gsd_m, after.gsd_m)
    is_known = all(visibility.is_known(size) for size in sizes_m)
    return is_known and not visibility.shows_anything(max(sizes_m))
