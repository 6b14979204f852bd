"""What was looked at: images, pairs of them, sections, and what no pair shows, as plain JSON."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from vallum.ground.kinds import Status
from vallum.ground.records import FOOTPRINT_ONLY, Comparison, Fit, Scene, to_json
from vallum.ground.span import Spans
from vallum.report.book import Book
from vallum.report.printing import (
    THIN,
    date_text,
    day_text,
    exact_text,
    grouped,
    length_text,
    metres_text,
    number_text,
    stretch_text,
)
from vallum.report.tongue import many, said, say
from vallum.report.visible import TOO_COARSE, is_too_coarse

Model = dict[str, Any]
_MAX_STRETCHES = 12
_MAX_ROWS = 60
NO_OVERLAP = "no overlap: the footprints of both dates lie beside it"
NO_PAIR = "no usable pair of images, or not clear over the whole corridor"


def by_date(scenes: Iterable[Scene]) -> list[Scene]:
    """Return images by date, sensor and name."""
    return sorted(scenes, key=lambda scene: (scene.taken, scene.sensor, scene.id))


def image_model(book: Book, scene: Scene) -> Model:
    """Return one image: what it is, what of it was compared, and whether it may be shown."""
    looks = {look.id for look in book.looks if look.scene == scene.id}
    used = Spans(
        part
        for comparison in book.comparisons
        if not comparison.blocked_by and looks & {comparison.before, comparison.after}
        for part in comparison.seen
    ).length_m
    return {
        "id": scene.id,
        "taken": day_text(str(scene.taken)),
        "taken_from": said(scene.taken_from),
        "sensor": scene.sensor or say("not stated"),
        "gsd": f"{number_text(scene.gsd_m)}{THIN}m",
        "gsd_m": to_json(float(scene.gsd_m)),
        "angle": _degrees(scene.off_nadir_deg),
        "cloud": f"{number_text(scene.cloud_percent)}{THIN}%"
        if math.isfinite(scene.cloud_percent)
        else say("not stated"),
        "compared_m": used,
        "compared": say("set aside: {why}", why=said(scene.set_aside))
        if scene.set_aside
        else length_text(used),
        "pixels": say("pixels") if scene.n_bands or scene.has_pixels else say("footprint only"),
        "may_show": say("yes") if scene.may_publish or scene.is_simulated else say("no"),
        "licence": scene.licence or say("not stated"),
        "credit": scene.credit or say("not stated"),
    }


def _degrees(value: float) -> str:
    return f"{number_text(value)}°" if math.isfinite(value) else say("not stated")


def pairs_model(book: Book) -> list[Model]:
    """One row per pair of images: what it compared and how well it lies."""
    fits = {fit.id: fit for fit in book.fits}
    groups: dict[tuple[str, str], list[Comparison]] = defaultdict(list)
    for one in book.comparisons:
        before, after = book.scene_of(one.before), book.scene_of(one.after)
        if before is not None and after is not None:
            groups[before.id, after.id].append(one)
    rows = []
    for before_id, after_id in groups:
        members = groups[before_id, after_id]
        own = [fits[one.fit] for one in members if one.fit in fits]
        good = [fit for fit in own if not fit.blocked_by and math.isfinite(fit.rmse_m)]
        seen_m = Spans(part for one in members for part in one.seen).length_m
        before, after = book.scene_by_id[before_id], book.scene_by_id[after_id]
        rows.append(
            {
                "before": day_text(str(before.taken)),
                "before_id": before_id,
                "after": day_text(str(after.taken)),
                "after_id": after_id,
                "sections": grouped(len(members)),
                "seen": length_text(seen_m),
                "seen_m": seen_m,
                **_alignment(good),
                "refused": grouped(sum(bool(fit.blocked_by) for fit in own)),
            }
        )
    return sorted(rows, key=lambda row: (row["before"], row["after"], row["before_id"]))


def _alignment(fits: Sequence[Fit]) -> Model:
    if not fits:
        return {"dx": "–", "dy": "–", "rmse": "–", "worst": "–"}
    return {
        "dx": metres_text(median(fit.dx_m for fit in fits)),
        "dy": metres_text(median(fit.dy_m for fit in fits)),
        "rmse": metres_text(median(fit.rmse_m for fit in fits)),
        "worst": metres_text(max(fit.rmse_m for fit in fits)),
    }


def sections_model(book: Book) -> Model:
    """One row per comparison, the first ones printed and all of them counted."""
    fits = {fit.id: fit for fit in book.fits}
    rows = []
    for one in sorted(book.comparisons, key=lambda row: (row.span, row.slot)):
        fit = fits.get(one.fit)
        rows.append(
            {
                "where": stretch_text(one.span.start_m, one.span.end_m),
                "pair": _pair_text(book, one),
                "seen": exact_text(one.seen.length_m),
                "dx": metres_text(fit.dx_m) if fit else "–",
                "dy": metres_text(fit.dy_m) if fit else "–",
                "rmse": metres_text(fit.rmse_m) if fit else "–",
                "conditions": said(one.conditions),
                "blocked": said(one.blocked_by or (fit.blocked_by if fit else "")),
            }
        )
    return {
        "rows": rows,
        "shown": min(len(rows), _MAX_ROWS),
        "text": _comparisons_text(len(rows)),
    }


def _comparisons_text(n: int) -> str:
    if n <= _MAX_ROWS:
        return many(n, "{n} comparison", "{n} comparisons")
    return say(
        "{all} comparisons; the first {shown} are shown, all are in report.json",
        all=grouped(n), shown=grouped(_MAX_ROWS),
    )  # fmt: skip


def _pair_text(book: Book, one: Comparison) -> str:
    before, after = book.scene_of(one.before), book.scene_of(one.after)
    if before is None or after is None:
        return say("no pair")
    return f"{_taken(before)} → {_taken(after)}"


def _taken(scene: Scene) -> str:
    """The days of an image as the record has them; one day as the language writes it."""
    taken = scene.taken
    return date_text(taken.earliest) if taken.earliest == taken.latest else str(taken)


def unseen_model(book: Book) -> Model:
    """Metres that could not be compared by reason; each metre is given to one reason only."""
    fits = {fit.id: fit for fit in book.fits}
    blind = book.status_spans.get(Status.NOT_COMPARABLE, Spans())
    left = blind
    reasons: dict[str, list[tuple[str, Spans]]] = defaultdict(list)
    for one in book.comparisons:
        if is_too_coarse(book, one) and (mine := left & one.seen):
            reasons[TOO_COARSE].append((TOO_COARSE, mine))
            left = left - mine
    for one in sorted(book.comparisons, key=lambda row: (row.span, row.slot)):
        fit = fits.get(one.fit)
        reason = one.blocked_by or (fit.blocked_by if fit else "")
        if reason == FOOTPRINT_ONLY:  # what no pair of footprints covers has another reason
            reason = NO_OVERLAP
        mine = left & one.span
        if reason and mine:
            # "rmse 2.3 m" and "rmse 2.4 m" are one reason.
            reasons[re.sub(r"\d[\d.,]*", "…", reason)].append((reason, mine))
            left = left - mine
    if left:
        reasons[NO_PAIR].append((NO_PAIR, left))
    rows = [_reason_row(key, parts) for key, parts in reasons.items()]
    return {
        "rows": sorted(rows, key=lambda row: -row["metres"]),
        "metres": blind.length_m,
        "printed": length_text(blind.length_m),
    }


def _reason_row(key: str, parts: Sequence[tuple[str, Spans]]) -> Model:
    texts = {text for text, _ in parts}
    where = Spans(part for _, spans in parts for part in spans)
    stretches = [stretch_text(part.start_m, part.end_m) for part in where]
    return {
        "reason": said(texts.pop() if len(texts) == 1 else key),
        "metres": where.length_m,
        "printed": length_text(where.length_m),
        "exact": exact_text(where.length_m),
        "where": _where_text(stretches),
    }


def _where_text(stretches: Sequence[str]) -> str:
    shown, more = ", ".join(stretches[:_MAX_STRETCHES]), len(stretches) - _MAX_STRETCHES
    if more <= 0:
        return shown
    return say("{stretches} and {more} more, see statuses.csv", stretches=shown,
               more=grouped(more))  # fmt: skip
