"""The model: plain JSON in which every number and sentence of the report stands as printed.

The HTML is filled from this model and from nothing else, so whatever is printed there can be
found in `report.json`, beside its unrounded value and the name under which it can be traced.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from vallum.ground.kinds import Basis, Change, Held, Kind
from vallum.ground.records import Estimate, Finding, to_json
from vallum.ground.span import Spans
from vallum.report.book import STATUS_ORDER, Book, Chip, category_order
from vallum.report.built import built_model
from vallum.report.changes import history_model
from vallum.report.cite import cite, cited_of
from vallum.report.claims import claims_model
from vallum.report.context import context_model
from vallum.report.figures.evidence import evidence_model
from vallum.report.live import live_model
from vallum.report.livewords import is_compared, is_examined
from vallum.report.looked import by_date, image_model, pairs_model, sections_model, unseen_model
from vallum.report.printing import (
    CHANGE_LABELS,
    EXACT,
    RULE,
    STATUS_LABELS,
    THIN,
    bounds_text,
    day_text,
    exact_text,
    grouped,
    interval_text,
    kind_label,
    label_of,
    length_text,
    number_text,
    quantity_text,
    share_text,
    status_label,
    stretch_text,
    thing_of,
    value_text,
)
from vallum.report.said import said_model
from vallum.report.timeline import timeline_model
from vallum.report.tongue import many, said, say, spoken
from vallum.report.trust import trust_model
from vallum.report.visible import visible_model
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


def build(book: Book) -> Model:
    """Return the model of a book; everything in it is plain JSON."""
    top = headline(book)
    numbers = [_number(estimate) for estimate in book.estimates]
    return {
        "schema": "vallum report 2",
        "language": spoken(),
        "languages": list(book.languages),
        "name": book.name,
        "title": book.title,
        "is_simulated": book.is_simulated,
        "is_compared": is_compared(book),
        "is_examined": is_examined(book),
        "version": book.version,
        "level": str(book.level),
        "ledger_head": book.ledger_head,
        "before": day_text(str(book.before)),
        "after": day_text(str(book.after)),
        "headline": {
            "found": top.found,
            "unseen": top.unseen,
            "under": top.under,
            "numbers": list(top.from_names),
        },
        "key_numbers": _key_numbers(book),
        "said": said_model(book),
        "built": built_model(book),
        "context": context_model(book),
        "claims": _claims(book),
        "numbers": numbers,
        "rounding": said(RULE),
        "statuses": _statuses(book),
        "visible": visible_model(book),
        "findings": _findings(book),
        "standing": _standing(book),
        "candidates": _candidates(book),
        "images": [image_model(book, scene) for scene in by_date(book.scenes)],
        "pairs": pairs_model(book),
        "sections": sections_model(book),
        "unseen": unseen_model(book),
        "line": _line(book),
        "method": list(method_paragraphs(book)),
        "trust": trust_model(book.trust),
        "settings": {said(str(key)): said(str(value)) for key, value in book.settings.items()},
        "score": [_score(*row) for row in book.score],
        "chips": [_chip(book, chip) for chip in book.chips],
        "credits": list(credits_of(book)),
        "citation": cite(cited_of(book)),
        "history": history_model(book),
        "live": live_model(book),
        "evidence": evidence_model(book),
    }


def _claims(book: Book) -> Model:
    model = claims_model(book)
    return model and {**model, "timeline": timeline_model(book)}


def _number(estimate: Estimate) -> Model:
    printed = value_text(estimate)
    number, _, unit = printed.partition(THIN)
    bounds = bounds_text(estimate)
    if bounds and estimate.basis in {Basis.SAMPLED, Basis.ASSUMPTION}:
        bounds = interval_text(bounds)
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
        "is_exact": bounds == said(EXACT),
        "reason": said(estimate.reason),
        "basis": str(estimate.basis),
        "wording": said(estimate.wording),
        "denominator": said(estimate.denominator),
        "method": said(estimate.method),
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
                "label": status_label(status),
                "short": STATUS_LABELS[status],
                "metres": length_m,
                "printed": length_text(length_m),
                "exact": exact_text(length_m),
                "share": share_text(length_m / total_m) if total_m else "",
                "trace": f"border_km_{status}",
            }
            for status, length_m in rows
        ],
        "total": {
            "metres": total_m,
            "printed": length_text(total_m),
            "exact": exact_text(total_m),
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
    groups: dict[tuple[Kind, Change, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        listed_as = finding.subtype if held == "imported" else ""
        groups[finding.category, finding.change, listed_as].append(finding)
    rows = []
    for category, change, listed_as in sorted(
        groups, key=lambda key: (category_order(key[0]), list(Change).index(key[1]), key[2])
    ):
        members = groups[category, change, listed_as]
        border_m = Spans(member.span for member in members).length_m
        name = (
            f"barrier_km_imported_{listed_as}" if listed_as else f"barrier_km_{category}_{change}"
        )
        is_measured = held == "confirmed" or bool(listed_as)
        estimate = book.estimate(name) if is_measured and category.is_line else None
        metres = sum(member.length_m for member in members)
        rows.append(
            {
                "kind": f"{kind_label(category)}: {listed_as}"
                if listed_as
                else kind_label(category),
                "change": CHANGE_LABELS[change],
                "held": said(held),
                "count": len(members),
                "pieces": grouped(len(members)),
                "metres": metres if category.is_line else None,
                "barrier": _barrier_text(estimate, metres) if category.is_line else say("counted"),
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
            {
                "answer": said(answer.replace("_", " ")),
                "count": count,
                "printed": grouped(count),
            }
            for answer, count in sorted(answers.items())
        ],
        "not_kept": cut,
        "not_kept_text": many(
            cut, "{n} weaker suggestion not kept", "{n} weaker suggestions not kept"
        )
        if cut
        else "",
    }


def _line(book: Book) -> Model:
    frontier = book.frontier
    return {
        "name": said(frontier.title or frontier.name),
        "from": said(frontier.start),
        "to": said(frontier.end),
        "left": said(frontier.left),
        "right": said(frontier.right),
        "length_m": frontier.length_m,
        "length": f"{length_text(frontier.length_m)} ({exact_text(frontier.length_m)})",
        "tolerance": f"{number_text(frontier.tolerance_m)}{THIN}m"
        if frontier.tolerance_m
        else say("not stated"),
        "extent": f"{stretch_text(book.extent.start_m, book.extent.end_m)}, "
        f"{length_text(book.extent.length_m)}",
        "corridor": say(
            "{left_length} on the left ({left}) and {right_length} on the right ({right})",
            left_length=length_text(book.left_m),
            left=said(frontier.left) or say("side not named"),
            right_length=length_text(book.right_m),
            right=said(frontier.right) or say("side not named"),
        ),
        "source": frontier.source,
        "licence": frontier.licence,
        "credit": frontier.credit,
        "disclaimer": said(DISCLAIMER),
    }


def _score(what: str, truth: float, found: float, unit: str) -> Model:
    return {
        "what": said(what),
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
        "caption": said(chip.caption),
        "alt": said(chip.alt),
        "before": said(chip.before),
        "after": said(chip.after),
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
        return say(
            "{held}: {change} {kind}",
            held=said(finding.held.value).capitalize(),
            change=CHANGE_LABELS[finding.change],
            kind=said(finding.category.label),
        )
    if candidate is None:
        return say("Unreviewed candidate")
    return say(
        "Unreviewed candidate, not confirmed: {change} {kind}?",
        change=said(candidate.change.value),
        kind=said(candidate.category.label),
    )
