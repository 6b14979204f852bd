"""What can be said: confirmed, estimated and possible side by side, so that nobody mixes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from vallum.ground.kinds import Basis
from vallum.ground.numbers import BOUNDS, ESTIMATED, IF_AT_RANDOM, Parts, parts_of
from vallum.ground.records import Estimate, to_json
from vallum.report.book import Book
from vallum.report.printing import (
    Scaled,
    Way,
    area_text,
    grouped,
    interval_text,
    is_at_least,
    label_of,
    length_text,
    share_text,
    thing_of,
    way_of,
)
from vallum.report.tongue import clauses, many, said, say

NO_SAMPLE = (
    "Only what people confirmed is known here, so these numbers read “at least”. A sample of "
    "stretches drawn by chance and read by people would add how much there probably is, with a "
    "95 % interval: draw one with vallum sample, or under Sample on the review page."
)
ONLY_IF = "Only if what was not seen is like what was seen"
CHOSEN = "chosen, speaks of itself only"
COLUMNS = (
    ("observed", "Observed", "What people confirmed, place by place. There can be more."),
    (
        "estimated",
        "Estimated",
        "What is probably there on border that images show, noticed or not: worked out from "
        "stretches drawn by chance and read by people. Of 100 such intervals about 95 hold the "
        "truth.",
    ),
    (
        "possible",
        "Possible",
        "The interval, with none or all of the border that no pair of images shows. Nothing says "
        "which of it is more probable.",
    ),
    ("seen", "Seen", "Border with a usable pair of images, of all border asked about."),
)
_MAIN = frozenset(
    {
        "border_km_changed", "border_km_with_new_infrastructure",
        "border_km_with_removed_infrastructure", "barrier_km_all_new", "barrier_km_all_upgraded",
        "barrier_km_all_removed", "posts_new", "posts_removed",
    }
)  # fmt: skip
_METHODS = {
    "ratio": "straight from what was read",
    "expansion": "straight from what was read",
    "regression": "with the machine's map as a help",
    "two-phase": "with readers' errors corrected by second readings",
}
_CONFIRMED_BY = "confirmed by people"


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One quantity in all its forms; the first three share a scale."""

    parts: Parts
    observed: Estimate | None
    estimated: Estimate
    bounds: Estimate | None
    at_random: Estimate | None

    @property
    def scaled(self) -> Scaled:
        numbers = [
            number
            for one in (self.observed, self.estimated, self.bounds, self.at_random)
            if one is not None
            for number in (one.value, one.low, one.high)
        ]
        return Scaled.over(numbers, self.estimated.unit)


def said_model(book: Book) -> dict[str, Any]:
    """Return the section as plain JSON: every word and number in it as printed."""
    return {
        "columns": [
            {"key": key, "head": said(head), "means": said(text)} for key, head, text in COLUMNS
        ],
        "rows": [_row(book, row) for row in _rows(book)],
        "chosen": [_chosen(one) for one in book.estimates if one.basis == Basis.CHOSEN_AREA],
        "chosen_mark": said(CHOSEN),
        "n_others": grouped(sum(row.parts.counted_name not in _MAIN for row in _rows(book))),
        "without": "" if _rows(book) else said(NO_SAMPLE),
        "whole_km": _whole_km(book),
    }


def _rows(book: Book) -> list[_Row]:
    found = []
    for one in book.estimates:
        parts = parts_of(one.name)
        if parts.form != ESTIMATED or parts.section:
            continue
        name = parts.counted_name
        found.append(
            _Row(
                parts=parts,
                observed=book.estimate(name),
                estimated=one,
                bounds=book.estimate(f"{name}_{BOUNDS}"),
                at_random=book.estimate(f"{name}_{IF_AT_RANDOM}"),
            )
        )
    return found


def _row(book: Book, row: _Row) -> dict[str, Any]:
    name, scaled = row.parts.counted_name, row.scaled
    return {
        "name": name,
        "label": label_of(name),
        "thing": thing_of(name),
        "unit": row.estimated.unit,
        "observed": _observed(row, scaled),
        "estimated": _estimated(row.estimated, scaled),
        "possible": _possible(row, scaled),
        "seen": _seen(book),
        "only_if": _only_if(row.at_random, scaled),
        "is_main": name in _MAIN,
        "is_border": row.parts.quantity.startswith("border_km"),
    }


def _cell(words: str, number: str, *more: str, of: Estimate | None = None) -> dict[str, Any]:
    """What one cell prints: words, the number, what stands under it, and where it comes from."""
    ends = (of.value, of.low, of.high) if of is not None else ()
    return {
        "words": words,
        "number": number,
        "more": [one for one in more if one],
        "trace": f"vallum trace {of.name}" if of is not None else "",
        "values": [to_json(float(one)) for one in ends],
    }


def _observed(row: _Row, scaled: Scaled) -> dict[str, Any]:
    one = row.observed
    if one is None and not row.parts.change:
        return _cell(say("not counted"), "")
    if one is None or not math.isfinite(one.value):
        return _cell(*_nothing())
    if not one.value:
        return _cell(*_nothing(), of=one)
    held = many(one.n, "{n} finding", "{n} findings") if one.n else ""
    number = scaled.text(one.value, way_of(one))
    by = said(_CONFIRMED_BY) if is_at_least(one) else ""
    return _cell(said(one.wording), number, by, held, of=one)


def _nothing() -> tuple[str, str, str]:
    return say("nothing confirmed"), "", say("says nothing about what stands there")


def _no_number(one: Estimate) -> dict[str, Any]:
    """The cell where a reason stands in place of a number."""
    return _cell(say("no number"), "", said(one.reason), of=one)


def _estimated(one: Estimate, scaled: Scaled) -> dict[str, Any]:
    if not math.isfinite(one.value):
        reason = said(one.reason) or say("the reason was not recorded")
        return _cell(say("no number"), "", reason, of=one)
    ends = scaled.range_text(one.low, one.high)
    cell = _cell(
        said(one.wording), scaled.text(one.value), interval_text(ends), _rests_on(one), of=one
    )
    return cell | {"interval": ends}


def _rests_on(one: Estimate) -> str:
    """How many stretches were read, and by which method they became a number."""
    read = ""
    if one.n:
        read = many(
            one.n,
            "{n} stretch read, {positive} hold something",
            "{n} stretches read, {positive} hold something",
            positive=grouped(one.n_positive),
        )
    return clauses(read, said(_METHODS.get(one.estimator, one.estimator)))


def _possible(row: _Row, scaled: Scaled) -> dict[str, Any]:
    one = row.bounds
    if one is None or not math.isfinite(one.low):
        is_open = not math.isfinite(row.estimated.value)
        more = say("it would start from the estimate") if is_open else ""
        return _cell(say("not worked out"), "", more, of=one)
    is_estimated = math.isfinite(row.estimated.value)
    if not math.isfinite(one.high):
        number = say("{least} upward", least=scaled.text(one.low, Way.DOWN))
        where = _UNSEEN_UPWARD if is_estimated else _NOT_ESTIMATED_UPWARD
        more = said(where) + (f" ({length_text(one.open_m)})" if one.open_m else "")
        return _cell(say("from"), number, more, of=one)
    unseen = one.high - row.estimated.high
    more = said(_UNSEEN if is_estimated else _NOT_ESTIMATED)
    if math.isfinite(unseen) and unseen > 0:
        more += f" ({scaled.text(unseen)})"
    elif unseen == 0:
        more = say("nothing was left unseen")
    return _cell(say("between"), scaled.range_text(one.low, one.high, " and "), more, of=one)


_UNSEEN = "with none or all of what was not seen"
_NOT_ESTIMATED = "with none or all of what was not seen or not estimated"
_UNSEEN_UPWARD = "no upper bound: any amount may stand on border that was not seen"
_NOT_ESTIMATED_UPWARD = (
    "no upper bound: any amount may stand on border that was not seen or not estimated"
)


def _seen(book: Book) -> dict[str, Any]:
    seen, whole = book.estimate("border_km_comparable"), _whole_km(book)
    if seen is None:
        return _cell("", say("not measured"))
    scaled = Scaled.over([whole], "km")
    share = share_text(seen.value / whole) if whole else ""
    number = say("{part} of {whole}", part=scaled.text(seen.value), whole=scaled.text(whole))
    return _cell("", number, say("of border comparable"), share, of=seen)


def _whole_km(book: Book) -> float:
    return book.extent.length_m / 1000


def _only_if(one: Estimate | None, scaled: Scaled) -> dict[str, Any] | None:
    if one is None:
        return None
    if not math.isfinite(one.value):
        return _no_number(one)
    interval = interval_text(scaled.range_text(one.low, one.high))
    cell = _cell(say("about"), scaled.text(one.value), interval, of=one)
    return cell | {"head": said(ONLY_IF)}


def _chosen(one: Estimate) -> dict[str, Any]:
    """A number of an area that was chosen for interest, which no number outside it rests on."""
    parts = parts_of(one.name)
    scaled = Scaled.over([one.value, one.low, one.high], one.unit)
    cell = _no_number(one)
    if math.isfinite(one.value):
        doubt = ""
        if one.low < one.high:
            ends = scaled.range_text(one.low, one.high)
            doubt = say("{ends}, as readers could not tell everywhere", ends=ends)
        words = said(one.wording.partition(",")[0])
        cell = _cell(words, scaled.text(one.value, way_of(one)), doubt, _rests_on(one), of=one)
    return {
        "area": area_text(parts.section) or one.survey,
        "label": label_of(Parts(**{**vars(parts), "section": "", "form": ""}).name),
        "denominator": said(one.denominator),
        **cell,
    }
