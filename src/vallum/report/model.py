"""The model: plain JSON in which every number and sentence of the report stands as printed.

The HTML is filled from this model and from nothing else, so whatever is printed there can be
found in `report.json`, beside its unrounded value and the name under which it can be traced.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from vallum.ground.kinds import Basis, Change, Held, Kind, Status
from vallum.ground.records import FOOTPRINT_ONLY, Comparison, Estimate, Finding, Fit, Scene, to_json
from vallum.ground.span import Spans
from vallum.report.book import STATUS_ORDER, Book, Chip, category_order
from vallum.report.built import built_model
from vallum.report.cite import cite, cited_of
from vallum.report.claims import claims_model
from vallum.report.context import context_model
from vallum.report.printing import (
    CHANGE_LABELS,
    RULE,
    STATUS_LABELS,
    THIN,
    bounds_text,
    day_text,
    kind_label,
    label_of,
    length_text,
    metres_text,
    number_text,
    plural,
    quantity_text,
    share_text,
    stretch_text,
    thing_of,
    value_text,
)
from vallum.report.said import said_model
from vallum.report.timeline import timeline_model
from vallum.report.trust import trust_model
from vallum.report.visible import TOO_COARSE, is_too_coarse, visible_model
from vallum.report.words import DISCLAIMER, credits_of, headline, method_paragraphs

Model = dict[str, Any]
_KEY = (
    "barrier_km_all_new",
    "barrier_km_all_extended",
    "barrier_km_all_upgraded",
    "barrier_km_all_replaced",
    "barrier_km_all_removed",
    "border_km_with_new_infrastructure",
    "border_km_not_comparable",
    "border_km_not_examined",
    "border_km_comparable",
    "posts_new",
    "posts_removed",
    "posts_stock_before",
    "posts_stock_after",
    "posts_new_per_border_km_comparable",
    "candidates_unreviewed",
    "barrier_km_imported_all",
)
_SILENT_AT_ZERO = frozenset(
    {
        "barrier_km_all_extended", "barrier_km_all_replaced", "barrier_km_all_removed",
        "posts_removed", "candidates_unreviewed", "border_km_not_examined",
    }
)  # fmt: skip
_UNSEEN = frozenset({"border_km_not_comparable", "border_km_not_examined"})
_MAX_STRETCHES = 12
_MAX_ROWS = 60
NO_PAIR = "no usable pair of images, or not clear over the whole corridor"


def build(book: Book) -> Model:
    """Return the model of a book; everything in it is plain JSON."""
    said = headline(book)
    numbers = [_number(estimate) for estimate in book.estimates]
    return {
        "schema": "vallum report 1",
        "name": book.name,
        "title": book.title,
        "is_simulated": book.is_simulated,
        "version": book.version,
        "level": str(book.level),
        "ledger_head": book.ledger_head,
        "before": day_text(str(book.before)),
        "after": day_text(str(book.after)),
        "headline": {
            "found": said.found,
            "unseen": said.unseen,
            "under": said.under,
            "numbers": list(said.from_names),
        },
        "key_numbers": _key_numbers(book),
        "said": said_model(book),
        "built": built_model(book),
        "context": context_model(book),
        "claims": _claims(book),
        "numbers": numbers,
        "rounding": RULE,
        "statuses": _statuses(book),
        "visible": visible_model(book),
        "findings": _findings(book),
        "standing": _standing(book),
        "candidates": _candidates(book),
        "images": [_image(book, scene) for scene in _by_date(book.scenes)],
        "pairs": _pairs(book),
        "sections": _sections(book),
        "unseen": _unseen(book),
        "line": _line(book),
        "method": list(method_paragraphs(book)),
        "trust": trust_model(book.trust),
        "settings": {str(key): str(value) for key, value in book.settings.items()},
        "score": [_score(*row) for row in book.score],
        "chips": [_chip(book, chip) for chip in book.chips],
        "credits": list(credits_of(book)),
        "citation": cite(cited_of(book)),
        "corrections": list(book.corrections),
    }


def _claims(book: Book) -> Model:
    model = claims_model(book)
    return model and {**model, "timeline": timeline_model(book)}


def _number(estimate: Estimate) -> Model:
    printed = value_text(estimate)
    number, _, unit = printed.partition(THIN)
    bounds = bounds_text(estimate)
    if bounds and estimate.basis in {Basis.SAMPLED, Basis.ASSUMPTION}:
        bounds = f"95{THIN}% interval: {bounds}"
    return {
        "name": estimate.name,
        "label": label_of(estimate.name),
        "value": to_json(float(estimate.value)),
        "low": to_json(float(estimate.low)),
        "high": to_json(float(estimate.high)),
        "open_m": estimate.open_m,
        "unit": estimate.unit,
        "thing": thing_of(estimate.name),
        "printed": printed,
        "printed_number": number,
        "printed_unit": unit,
        "bounds": bounds,
        "reason": estimate.reason,
        "basis": str(estimate.basis),
        "wording": estimate.wording,
        "denominator": estimate.denominator,
        "method": estimate.method,
        "trace": f"vallum trace {estimate.name}",
        "is_unseen": estimate.name in _UNSEEN,
    }


_COVERAGE = (
    "border_km_under_any_image",
    "border_km_on_two_or_more_dates",
    "border_km_imaged_before",
    "border_km_imaged_after",
)


def _key_numbers(book: Book) -> list[Model]:
    names = [name for name in _KEY if name in book.by_name]
    within = [name for name in book.by_name if "_with_imported_barrier_within_" in name]
    shown = [
        name
        for name in (*names, *within)
        if book.by_name[name].value or name not in _SILENT_AT_ZERO
    ]
    if not any(not one.blocked_by for one in book.comparisons):
        # Zeros of a comparison that never took place would read as a finding.
        shown = [name for name in shown if book.by_name[name].value]
        shown += [name for name in _COVERAGE if name in book.by_name and name not in shown]
    return [_number(book.by_name[name]) for name in shown]


def _statuses(book: Book) -> Model:
    rows = []
    for status in STATUS_ORDER:
        estimate = book.estimate(f"border_km_{status}")
        if estimate is not None:
            rows.append((status, round(estimate.value * 1000)))
    total_m = sum(length for _, length in rows)
    return {
        "rows": [
            {
                "status": str(status),
                "label": status.label,
                "short": STATUS_LABELS[status],
                "metres": length_m,
                "printed": length_text(length_m),
                "exact": f"{length_m:,}{THIN}m",
                "share": share_text(length_m / total_m) if total_m else "",
                "trace": f"border_km_{status}",
            }
            for status, length_m in rows
        ],
        "total": {
            "metres": total_m,
            "printed": length_text(total_m),
            "exact": f"{total_m:,}{THIN}m",
            "share": share_text(1.0) if total_m else "",
            "trace": "frontier_km",
        },
    }


def _findings(book: Book) -> list[Model]:
    """Confirmed changes by class and change, with what is in doubt beside them."""
    return _grouped(book, book.confirmed, "confirmed") + _grouped(book, book.doubtful, "in doubt")


def _standing(book: Book) -> list[Model]:
    imported = [finding for finding in book.standing if finding.held == Held.IMPORTED]
    others = [finding for finding in book.standing if finding.held != Held.IMPORTED]
    return _grouped(book, others, "confirmed") + _grouped(book, imported, "imported")


def _grouped(book: Book, findings: Iterable[Finding], held: str) -> list[Model]:
    groups: dict[tuple[Kind, Change], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.category, finding.change].append(finding)
    rows = []
    for category, change in sorted(
        groups, key=lambda key: (category_order(key[0]), list(Change).index(key[1]))
    ):
        members = groups[category, change]
        border_m = Spans(member.span for member in members).length_m
        name = f"barrier_km_{category}_{change}"
        estimate = book.estimate(name) if held == "confirmed" and category.is_line else None
        metres = sum(member.length_m for member in members)
        rows.append(
            {
                "kind": kind_label(category),
                "change": CHANGE_LABELS[change],
                "held": held,
                "count": len(members),
                "pieces": f"{len(members):,}",
                "metres": metres if category.is_line else None,
                "barrier": _barrier_text(estimate, metres) if category.is_line else "counted",
                "bounds": bounds_text(estimate) if estimate else "",
                # Of imported lines border-km depend on a distance, which the numbers carry.
                "border": length_text(border_m) if category.is_line and held != "imported" else "",
                "border_m": border_m if category.is_line else None,
                "trace": name if estimate else "findings.csv",
            }
        )
    return rows


def _barrier_text(estimate: Estimate | None, metres: float) -> str:
    return value_text(estimate) if estimate else length_text(metres)


def _candidates(book: Book) -> Model:
    answers: dict[str, int] = defaultdict(int)
    for candidate in book.candidates:
        answers[book.answer_to(candidate)] += 1
    cut = sum(comparison.n_beyond_cap for comparison in book.comparisons)
    return {
        "total": len(book.candidates),
        "rows": [
            {"answer": answer.replace("_", " "), "count": count, "printed": f"{count:,}"}
            for answer, count in sorted(answers.items())
        ],
        "not_kept": cut,
        "not_kept_text": f"{plural(cut, 'weaker suggestion')} not kept" if cut else "",
    }


def _by_date(scenes: Iterable[Scene]) -> list[Scene]:
    return sorted(scenes, key=lambda scene: (scene.taken, scene.sensor, scene.id))


def _image(book: Book, scene: Scene) -> Model:
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
        "taken_from": scene.taken_from,
        "sensor": scene.sensor or "not stated",
        "gsd": f"{number_text(scene.gsd_m)}{THIN}m",
        "gsd_m": to_json(float(scene.gsd_m)),
        "angle": _degrees(scene.off_nadir_deg),
        "cloud": f"{number_text(scene.cloud_percent)}{THIN}%"
        if math.isfinite(scene.cloud_percent)
        else "not stated",
        "compared_m": used,
        "compared": f"set aside: {scene.set_aside}" if scene.set_aside else length_text(used),
        "pixels": "pixels" if scene.n_bands or scene.has_pixels else "footprint only",
        "may_show": "yes" if scene.may_publish or scene.is_simulated else "no",
        "licence": scene.licence or "not stated",
        "credit": scene.credit or "not stated",
    }


def _degrees(value: float) -> str:
    return f"{number_text(value)}°" if math.isfinite(value) else "not stated"


def _pairs(book: Book) -> list[Model]:
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
                "sections": f"{len(members):,}",
                "seen": length_text(seen_m),
                "seen_m": seen_m,
                **_alignment(good),
                "refused": f"{sum(bool(fit.blocked_by) for fit in own):,}",
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


def _sections(book: Book) -> Model:
    """One row per comparison, the first ones printed and all of them counted."""
    fits = {fit.id: fit for fit in book.fits}
    rows = []
    for one in sorted(book.comparisons, key=lambda row: (row.span, row.slot)):
        fit = fits.get(one.fit)
        rows.append(
            {
                "where": stretch_text(one.span.start_m, one.span.end_m),
                "pair": _pair_text(book, one),
                "seen": f"{one.seen.length_m:,}{THIN}m",
                "dx": metres_text(fit.dx_m) if fit else "–",
                "dy": metres_text(fit.dy_m) if fit else "–",
                "rmse": metres_text(fit.rmse_m) if fit else "–",
                "conditions": one.conditions,
                "blocked": one.blocked_by or (fit.blocked_by if fit else ""),
            }
        )
    return {
        "rows": rows,
        "shown": min(len(rows), _MAX_ROWS),
        "text": plural(len(rows), "comparison")
        + (f"; the first {_MAX_ROWS} are shown, all are in report.json" * (len(rows) > _MAX_ROWS)),
    }


def _pair_text(book: Book, one: Comparison) -> str:
    before, after = book.scene_of(one.before), book.scene_of(one.after)
    if before is None or after is None:
        return "no pair"
    return f"{before.taken} → {after.taken}"


def _unseen(book: Book) -> Model:
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
            reason = "no overlap: the footprints of both dates lie beside it"
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
    more = len(stretches) - _MAX_STRETCHES
    return {
        "reason": texts.pop() if len(texts) == 1 else key,
        "metres": where.length_m,
        "printed": length_text(where.length_m),
        "exact": f"{where.length_m:,}{THIN}m",
        "where": ", ".join(stretches[:_MAX_STRETCHES])
        + (f" and {more:,} more, see statuses.csv" if more > 0 else ""),
    }


def _line(book: Book) -> Model:
    frontier = book.frontier
    return {
        "name": frontier.title or frontier.name,
        "from": frontier.start,
        "to": frontier.end,
        "left": frontier.left,
        "right": frontier.right,
        "length_m": frontier.length_m,
        "length": f"{length_text(frontier.length_m)} ({frontier.length_m:,}{THIN}m)",
        "tolerance": f"{number_text(frontier.tolerance_m)}{THIN}m"
        if frontier.tolerance_m
        else "not stated",
        "extent": f"{stretch_text(book.extent.start_m, book.extent.end_m)}, "
        f"{length_text(book.extent.length_m)}",
        "corridor": f"{length_text(book.left_m)} on the left ({frontier.left or 'side not named'})"
        f" and {length_text(book.right_m)} on the right ({frontier.right or 'side not named'})",
        "source": frontier.source,
        "licence": frontier.licence,
        "credit": frontier.credit,
        "disclaimer": DISCLAIMER,
    }


def _score(what: str, truth: float, found: float, unit: str) -> Model:
    return {
        "what": what,
        "truth": quantity_text(truth, unit),
        "found": quantity_text(found, unit),
        "difference": quantity_text(found - truth, unit),
        "values": [to_json(float(truth)), to_json(float(found))],
        "unit": unit,
    }


def _chip(book: Book, chip: Chip) -> Model:
    return {
        "candidate": chip.candidate_id,
        "title": _chip_title(book, chip),
        "caption": chip.caption,
        "alt": chip.alt,
        "before": chip.before,
        "after": chip.after,
        "credit": chip.credit,
        "width_px": chip.width_px,
        "height_px": chip.height_px,
        "is_simulated": chip.is_simulated,
        "sha256_before": hashlib.sha256(chip.png_before).hexdigest(),
        "sha256_after": hashlib.sha256(chip.png_after).hexdigest(),
    }


def _chip_title(book: Book, chip: Chip) -> str:
    """What the place is held to be, in the words that its verdicts allow."""
    candidate = book.candidate_by_id.get(chip.candidate_id)
    finding = book.settled.get(chip.candidate_id)
    if finding is not None:
        change, label = CHANGE_LABELS[finding.change], finding.category.label
        return f"{finding.held.value.capitalize()}: {change} {label}"
    if candidate is None:
        return "Unreviewed candidate"
    what = f"{candidate.change.value} {candidate.category.label}"
    return f"Unreviewed candidate, not confirmed: {what}?"
