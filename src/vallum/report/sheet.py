"""One page on one finding: what it is, how it is known, and who agreed, for print and screen.

Like the model of the report, the model of a sheet holds every number and sentence as printed, and
both the page and the PDF are made from it alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapely.geometry import Point

from vallum.ground.kinds import Change, Held, Life, Stage
from vallum.ground.records import Candidate, Finding, Fit, Scene, to_json
from vallum.ground.told import Told
from vallum.report.blocks import sentence
from vallum.report.book import Book, Chip
from vallum.report.claims import grade_words
from vallum.report.looked import by_date, image_model
from vallum.report.printing import (
    CHANGE_LABELS,
    STAGE_LABELS,
    THIN,
    Way,
    dated_text,
    day_text,
    length_text,
    number_text,
    stretch_text,
)
from vallum.report.tongue import many, said, say, spoken
from vallum.report.words import DISCLAIMER

Model = dict[str, Any]
_MOST_CLAIMS, _MOST_IMAGES = 3, 4
_DECIMALS = 5  # about a metre; findings.geojson holds one more


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One finding with all that its sheet may say of it.

    Attributes:
        finding: what the desk holds.
        candidate: what it settles; None for one that was imported.
        fit: how the pair of images was aligned; None where it was not.
        chip: before and after, ready to print; None where none may be shown.
        why_no_chip: why not.
        n_yes: people who said yes.
        n_no: people who said no.
        n_unsure: people who could not tell.
        scenes: images that it rests on.
        claims: what was said of it and may be told.
    """

    finding: Finding
    candidate: Candidate | None = None
    fit: Fit | None = None
    chip: Chip | None = None
    why_no_chip: str = ""
    n_yes: int = 0
    n_no: int = 0
    n_unsure: int = 0
    scenes: tuple[Scene, ...] = ()
    claims: tuple[Told, ...] = ()


def sheet_model(book: Book, subject: Subject) -> Model:
    """Return everything that the sheet of one finding prints, as plain JSON.

    Args:
        book: of the project, at the level at which it is shown.
        subject: the finding.
    """
    finding = subject.finding
    name = book.id_of(finding)
    return {
        "schema": "vallum sheet 1",
        "language": spoken(),
        "name": book.name,
        "title": book.title,
        "is_simulated": book.is_simulated,
        "version": book.version,
        "level": str(book.level),
        "ledger_head": book.ledger_head,
        "finding": name,
        "about": finding.about,
        "trace": f"vallum trace {name}",
        "headline": _headline(finding),
        "where": _where(book, finding),
        "dated": dated_text(finding) or say("Nothing says when it was built."),
        "facts": _facts(finding),
        "measures": _measures(subject),
        "agreement": _agreement(subject),
        "care": [said(flag) for flag in subject.candidate.flags] if subject.candidate else [],
        "claims": [_claim(one) for one in subject.claims[:_MOST_CLAIMS]],
        "more_claims": _more_claims(len(subject.claims) - _MOST_CLAIMS),
        "images": _images(book, subject.scenes),
        "chip": _chip(subject.chip),
        "why_no_chip": "" if subject.chip else sentence(_why(subject)),
        "line": _line(book),
        "disclaimer": say(DISCLAIMER),
    }


def _headline(finding: Finding) -> str:
    held, what = said(finding.held.value), said(finding.category.label)
    if finding.held is Held.IMPORTED:
        return say("{held}: {what}", held=sentence(held), what=what)
    change = said(CHANGE_LABELS[finding.change])
    return say("{held}: {change} {what}", held=sentence(held), change=change, what=what)


def _where(book: Book, finding: Finding) -> Model:
    span, is_left = finding.span, finding.off_m < 0
    side = say("left") if is_left else say("right")
    country = said(book.frontier.left if is_left else book.frontier.right)
    off = length_text(abs(finding.off_m))
    shape = finding.shape
    middle = shape if isinstance(shape, Point) else shape.interpolate(0.5, normalized=True)
    lon, lat = round(float(middle.x), _DECIMALS), round(float(middle.y), _DECIMALS)
    words = {"off": off, "side": side, "country": country}
    return {
        "stretch": stretch_text(span.start_m, span.end_m),
        "off": say("{off} {side} of the line ({country})", **words) if country
        else say("{off} {side} of the line", **words),
        "lon": lon,
        "lat": lat,
        "position": f"{abs(lat):.5f}° {'N' if lat >= 0 else 'S'}, "
        f"{abs(lon):.5f}° {'E' if lon >= 0 else 'W'}",
    }  # fmt: skip


def _facts(finding: Finding) -> list[list[str]]:
    """What the looks say of its life, in the order of time."""
    days = (
        (say("Surely not there yet on"), finding.last_absent),
        (say("Surely there by"), finding.first_seen),
        (say("Last seen standing on"), finding.still_seen),
        (say("Surely gone by"), finding.gone_by),
    )
    rows = [[name, day_text(str(day))] for name, day in days if day is not None]
    for name, bracket in ((say("Built"), finding.built), (say("Removed"), finding.removed)):
        if bracket is not None and not any(day for _, day in days):
            rows.append([name, day_text(str(bracket))])
    if finding.stage is not Stage.NONE:
        rows.append([say("Last seen"), said(STAGE_LABELS.get(str(finding.stage), ""))])
    if finding.life is not Life.UNKNOWN:
        rows.append([say("Meant to stand"), said(str(finding.life))])
    if finding.n_looks:
        rows.append([say("Dated on"), many(finding.n_looks, "{n} image", "{n} images")])
    if finding.conflicts:
        n = len(finding.conflicts)
        rows.append([say("Contradicted by"), many(n, "{n} image", "{n} images")])
    return rows


def _measures(subject: Subject) -> list[Model]:
    """Lengths with what they can be at most and at least, if outlines are right to one pixel."""
    finding, candidate = subject.finding, subject.candidate
    pixel_m = max((one.gsd_m for one in subject.scenes), default=math.nan)
    fit = subject.fit
    rest_m = fit.rmse_m if fit is not None and math.isfinite(fit.rmse_m) else 0.0
    off_by_m = pixel_m + rest_m
    ends = say("Each end may lie off by one pixel and the residual of the alignment; both are "
               "added in full.")  # fmt: skip
    once = say("May be off by one pixel and the residual of the alignment, added in full; how far "
               "the images themselves are displaced is not known.")  # fmt: skip
    pixels = say("Read on the image; may be off by one pixel on each side.")
    made = []
    if finding.category.is_line:
        made.append(_measure("length_m", say("Length of the thing itself"), finding.length_m,
                             2 * off_by_m, ends))  # fmt: skip
        made.append(_measure("border_m", say("Stretch of border beside it"),
                             float(finding.span.length_m), math.nan,
                             say("Along the line, between the feet of its ends.")))  # fmt: skip
    made.append(_measure("off_m", say("Distance from the line"), abs(finding.off_m), off_by_m,
                         once))  # fmt: skip
    if candidate is not None:
        for name, label, value in (
            ("width_m", say("Apparent width"), candidate.width_m),
            ("gap_m", say("Gap between its rows"), candidate.gap_m),
            ("post_spacing_m", say("Usual distance of the posts of its group"),
             candidate.post_spacing_m),
        ):  # fmt: skip
            if math.isfinite(value) and value > 0:
                made.append(_measure(name, label, value, 2 * pixel_m, pixels))
    return made


def _measure(name: str, label: str, value: float, off_by: float, method: str) -> Model:
    low, high = max(0.0, value - off_by), value + off_by
    bounds = ""
    if math.isfinite(off_by):
        bounds = say("{low} to {high}", low=_metres(low, Way.DOWN), high=_metres(high, Way.UP))
    return {
        "name": name,
        "label": label,
        "value": to_json(float(value)),
        "low": to_json(float(low)),
        "high": to_json(float(high)),
        "printed": _metres(value),
        "bounds": bounds,
        "method": method if bounds or name == "border_m" else say("No image says how exactly."),
    }


def _metres(metres: float, way: Way = Way.NEAREST) -> str:
    return length_text(metres, way) if metres >= 100 else f"{number_text(metres, way)}{THIN}m"


def _agreement(subject: Subject) -> Model:
    counts = (subject.n_yes, subject.n_no, subject.n_unsure)
    finding = subject.finding
    if finding.held is Held.IMPORTED:
        text = say("Taken over from a source; nobody here was asked.")
    elif not any(counts):
        text = say("Nobody was asked.")
    else:
        text = say(
            "{yes}, {no}, {unsure}.",
            yes=many(subject.n_yes, "{n} person said yes", "{n} people said yes"),
            no=many(subject.n_no, "{n} said no", "{n} said no"),
            unsure=many(subject.n_unsure, "{n} could not tell", "{n} could not tell"),
        )
    return {
        "counts": list(counts),
        "text": text,
        "rule": sentence(said(finding.agreement)),
    }


def _claim(one: Told) -> Model:
    return {
        "says": said(one.says),
        "status": str(one.status),
        "label": sentence(said(one.status.label)),
        "why": sentence(said(one.why)),
        "who": one.who,
        "grade": one.grade,
        "grade_words": said(grade_words(one.grade)),
        "where": one.where,
        "when": one.when,
    }


def _more_claims(n: int) -> str:
    if n <= 0:
        return ""
    return many(n, "{n} more claim, in claims.csv", "{n} more claims, in claims.csv")


def _images(book: Book, scenes: Sequence[Scene]) -> Model:
    rows = [image_model(book, scene) for scene in by_date(scenes)]
    n = len(rows) - _MOST_IMAGES
    if n <= 0:
        return {"rows": rows, "more": ""}
    half = _MOST_IMAGES // 2
    more = many(n, "{n} more image, in images.csv", "{n} more images, in images.csv")
    return {"rows": [*rows[:half], *rows[-half:]], "more": more}


def _chip(chip: Chip | None) -> Model | None:
    if chip is None:
        return None
    return {
        "caption": said(chip.caption),
        "alt": chip.alt,
        "before": chip.before,
        "after": chip.after,
        "credit": chip.credit,
        "width_px": chip.width_px,
        "height_px": chip.height_px,
    }


def _why(subject: Subject) -> str:
    finding = subject.finding
    if subject.why_no_chip:
        return said(subject.why_no_chip)
    if finding.held is Held.IMPORTED:
        return say("no picture: it was taken over from a source, not read on images")
    if finding.change is Change.UNCHANGED:
        return say("no picture: it stands on both dates, so there is no before and after")
    return say("no picture: the pixels of both dates are not here")


def _line(book: Book) -> Model:
    frontier = book.frontier
    return {
        "name": said(frontier.title) or frontier.name,
        "source": frontier.source,
        "licence": frontier.licence,
        "credit": frontier.credit,
    }
