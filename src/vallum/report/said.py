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
    NO_NUMBER,
    NO_UPPER_BOUND,
    THIN,
    Scaled,
    Way,
    area_text,
    is_at_least,
    label_of,
    length_text,
    plural,
    share_text,
    thing_of,
    way_of,
)

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
        "columns": [{"key": key, "head": head, "means": text} for key, head, text in COLUMNS],
        "rows": [_row(book, row) for row in _rows(book)],
        "chosen": [_chosen(one) for one in book.estimates if one.basis == Basis.CHOSEN_AREA],
        "chosen_mark": CHOSEN,
        "n_others": f"{sum(row.parts.counted_name not in _MAIN for row in _rows(book)):,}",
        "without": "" if _rows(book) else NO_SAMPLE,
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
        return _cell("not counted", "")
    if one is None or not math.isfinite(one.value):
        return _cell("nothing confirmed", "", "says nothing about what stands there")
    if not one.value:
        return _cell("nothing confirmed", "", "says nothing about what stands there", of=one)
    held = plural(one.n, "finding") if one.n else ""
    number = scaled.text(one.value, way_of(one))
    by = _CONFIRMED_BY if is_at_least(one) else ""
    return _cell(one.wording, number, by, held, of=one)


def _estimated(one: Estimate, scaled: Scaled) -> dict[str, Any]:
    if not math.isfinite(one.value):
        return _cell(NO_NUMBER, "", one.reason or "the reason was not recorded", of=one)
    interval = f"95{THIN}% interval: {scaled.range_text(one.low, one.high)}"
    return _cell(one.wording, scaled.text(one.value), interval, _rests_on(one), of=one)


def _rests_on(one: Estimate) -> str:
    """How many stretches were read, and by which method they became a number."""
    read = ""
    if one.n:
        read = f"{plural(one.n, 'stretch', 'stretches')} read, {one.n_positive:,} hold something"
    return "; ".join(filter(None, (read, _METHODS.get(one.estimator, one.estimator))))


def _possible(row: _Row, scaled: Scaled) -> dict[str, Any]:
    one = row.bounds
    if one is None or not math.isfinite(one.low):
        more = "" if math.isfinite(row.estimated.value) else "it would start from the estimate"
        return _cell("not worked out", "", more, of=one)
    where = "not seen" if math.isfinite(row.estimated.value) else "not seen or not estimated"
    if not math.isfinite(one.high):
        number = f"{scaled.text(one.low, Way.DOWN)} upward"
        more = f"{NO_UPPER_BOUND}: any amount may stand on border that was {where}{_open(one)}"
        return _cell("from", number, more, of=one)
    unseen = one.high - row.estimated.high
    more = f"with none or all of what was {where}"
    if math.isfinite(unseen) and unseen > 0:
        more += f" ({scaled.text(unseen)})"
    elif unseen == 0:
        more = "nothing was left unseen"
    return _cell("between", scaled.range_text(one.low, one.high, " and "), more, of=one)


def _open(one: Estimate) -> str:
    return f" ({length_text(one.open_m)})" if one.open_m else ""


def _seen(book: Book) -> dict[str, Any]:
    seen, whole = book.estimate("border_km_comparable"), _whole_km(book)
    if seen is None:
        return _cell("", "not measured")
    scaled = Scaled.over([whole], "km")
    share = share_text(seen.value / whole) if whole else ""
    number = f"{scaled.text(seen.value)} of {scaled.text(whole)}"
    return _cell("", number, "of border comparable", share, of=seen)


def _whole_km(book: Book) -> float:
    return book.extent.length_m / 1000


def _only_if(one: Estimate | None, scaled: Scaled) -> dict[str, Any] | None:
    if one is None:
        return None
    if not math.isfinite(one.value):
        return _cell(NO_NUMBER, "", one.reason, of=one)
    interval = f"95{THIN}% interval: {scaled.range_text(one.low, one.high)}"
    return _cell("about", scaled.text(one.value), interval, of=one) | {"head": ONLY_IF}


def _chosen(one: Estimate) -> dict[str, Any]:
    """A number of an area that was chosen for interest, which no number outside it rests on."""
    parts = parts_of(one.name)
    scaled = Scaled.over([one.value, one.low, one.high], one.unit)
    cell = _cell(NO_NUMBER, "", one.reason, of=one)
    if math.isfinite(one.value):
        doubt = ""
        if one.low < one.high:
            ends = scaled.range_text(one.low, one.high)
            doubt = f"{ends}, as readers could not tell everywhere"
        words = one.wording.partition(",")[0]
        cell = _cell(words, scaled.text(one.value, way_of(one)), doubt, _rests_on(one), of=one)
    return {
        "area": area_text(parts.section) or one.survey,
        "label": label_of(Parts(**{**vars(parts), "section": "", "form": ""}).name),
        "denominator": one.denominator,
        **cell,
    }
